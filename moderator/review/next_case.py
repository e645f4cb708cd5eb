"""The case that a member should look at next: the first of their view that is nobody else's."""

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from moderator import clock
from moderator.domain.cases import Lane
from moderator.domain.filters import Filter, Standing
from moderator.review import care
from moderator.review.access import MANAGERS, Reach
from moderator.review.view import View, place, view
from moderator.storage.tables import Case, CasePass, Decision, Lease, Member


def next_case(session: Session, reach: Reach, member: Member, wanted: Filter, after: str = "") -> str | None:
    """First in the order of the queue, or after the case `after`; None where nothing is left for this member.

    Left out is what somebody else holds or was asked to take, what the member passed on, what they proposed
    themselves, and what waits for a lead, unless they are one. After much that weighs on people something else comes
    first, where there is any.
    """
    if wanted.lane == Lane.PLATFORM or wanted.state == Standing.CLOSED:
        return None
    seen = view(session, reach, member, wanted)
    mine = View(seen.query.where(*_for(member)), seen.urgent_at, seen.case_id)
    here = place(session, reach, after) if after else None
    mixing = care.mixing(session, member)
    if mixing:
        lighter = View(mine.query.where(*mixing), mine.urgent_at, mine.case_id)
        if found := lighter.first(session, 1, here):
            return found[0]
    return next(iter(mine.first(session, 1, here)), None)


def _for(member: Member) -> list[ColumnElement[bool]]:
    elsewhere = select(Lease.case_id).where(
        Lease.case_id == Case.id, Lease.member_id != member.id, Lease.until > clock.now()
    )
    passed = select(CasePass.case_id).where(CasePass.case_id == Case.id, CasePass.member_id == member.id)
    own = select(Decision.id).where(Decision.id == Case.decision_id, Decision.member_id == member.id)
    conditions: list[ColumnElement[bool]] = [
        ~elsewhere.correlate(Case).exists(),
        ~passed.correlate(Case).exists(),
        or_(Case.assignee_id.is_(None), Case.assignee_id == member.id),
        or_(Case.lane != Lane.SECOND_OPINION, ~own.correlate(Case).exists()),
    ]
    if member.role not in MANAGERS:
        conditions.append(Case.escalated_by.is_(None))
    return conditions
