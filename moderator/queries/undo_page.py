"""A member's last decisions, with what undoing each would do, and why where it cannot be undone."""

from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from moderator.domain.decisions import Reason, State
from moderator.queries import rows
from moderator.review import undo
from moderator.review.access import Reach
from moderator.review.undo import Foreseen
from moderator.storage.tables import Comment, Decision, Member

#: Shown at most, newest first.
MOST = 20


@dataclass(frozen=True, slots=True)
class Line:
    """One decision. The text is the beginning of its comment."""

    decision_id: str
    comment_id: str
    text: str
    author: str
    channel: str
    verbs: tuple[str, ...]
    rule_ids: tuple[str, ...]
    made_at: datetime
    #: why it cannot be undone, in a sentence; empty where it can
    refusal: str
    #: what undoing it does; None where it cannot be undone
    foreseen: Foreseen | None


def undo_page(session: Session, reach: Reach, member: Member) -> tuple[Line, ...]:
    """What the member decided last, alone or as the second of two."""
    decided = [*_last(session, member, Decision.member_id), *_last(session, member, Decision.second_member_id)]
    newest = sorted(decided, key=attrgetter("made_at", "id"), reverse=True)[:MOST]
    shown = rows.comments().where(Comment.id.in_({each.comment_id for each in newest}), *reach.of_comments())
    texts = {row.comment_id: row for row in session.execute(shown)}
    lines = []
    for decision in newest:
        row = texts.get(decision.comment_id)
        if row is None:
            continue
        comment = session.get_one(Comment, decision.comment_id)
        refusal = undo.refusal(session, decision, comment)
        lines.append(
            Line(
                decision_id=decision.id,
                comment_id=comment.id,
                text=row.text,
                author=rows.author_of(row, reach),
                channel=row.channel_name,
                verbs=tuple(decision.verbs),
                rule_ids=tuple(decision.rule_ids),
                made_at=decision.made_at,
                refusal=refusal,
                foreseen=None if refusal else undo.foresee(session, decision, comment),
            )
        )
    return tuple(lines)


def _last(session: Session, member: Member, whose: InstrumentedAttribute[str | None]) -> list[Decision]:
    query = select(Decision).where(
        whose == member.id, Decision.reason == Reason.PERSON, Decision.state.in_([State.MADE, State.UNDONE])
    )
    return list(session.scalars(query.order_by(Decision.made_at.desc()).limit(MOST)))
