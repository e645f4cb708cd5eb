"""A choice that arrives twice, since nobody heard the answer to the first time, is the same choice."""

from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from moderator.domain.cases import CaseState
from moderator.domain.decisions import Maker, Reason, State
from moderator.storage.tables import Case, Comment, Decision, Member


def already_made(
    session: Session, member: Member, comment_id: str, seen: str | None, verbs: Sequence[str], rule_id: str | None
) -> str | None:
    """The decision that says what the member chooses here, made by themself since the one they had `seen`.

    None where it is not in force any more, or was taken back: then somebody should look again.
    """
    latest = session.scalar(
        select(Decision)
        .where(
            Decision.comment_id == comment_id, Decision.office_id == member.office_id, Decision.maker == Maker.PERSON
        )
        .where(or_(Decision.member_id == member.id, Decision.second_member_id == member.id))
        .order_by(Decision.made_at.desc(), Decision.id.desc())
        .limit(1)
    )
    if latest is None or latest.reason == Reason.UNDO or set(latest.verbs) != set(verbs):
        return None
    if latest.rule_ids and latest.rule_ids != [rule_id]:
        return None
    before = session.get(Decision, seen) if seen else None
    if before is not None and (
        before.comment_id != comment_id or before.id == latest.id or before.made_at > latest.made_at
    ):
        return None
    return latest.id if _stands(session, latest) else None


def _stands(session: Session, decision: Decision) -> bool:
    """Whether it is in force, or waits for a second person."""
    if decision.state == State.PROPOSED:
        waits = select(Case.id).where(Case.decision_id == decision.id, Case.state == CaseState.OPEN)
        return session.scalar(waits.where(Case.comment_id == decision.comment_id)) is not None
    in_force = session.scalar(select(Comment.decision_id).where(Comment.id == decision.comment_id))
    return decision.state == State.MADE and in_force == decision.id
