"""The case that a member should look at next: the first of their view that is nobody else's."""

from sqlalchemy import ColumnElement, or_, select, tuple_
from sqlalchemy.orm import Session

from moderator import clock
from moderator.domain.cases import Lane
from moderator.domain.filters import Filter
from moderator.review.access import MANAGERS, Reach
from moderator.review.view import view
from moderator.storage.tables import Case, CasePass, Decision, Lease, Member


def next_case(session: Session, reach: Reach, member: Member, wanted: Filter, after: str = "") -> str | None:
    """First in the order of the queue, or after the case `after`; None where nothing is left for this member.

    Left out is what somebody else holds or was asked to take, what the member passed on, what they proposed
    themselves, and what waits for a lead, unless they are one.
    """
    seen = view(session, reach, member.id, wanted)
    query = seen.query.where(*_for(member))
    if after:
        here = session.execute(select(Case.urgent_at, Case.id).where(Case.id == after, *reach.of_cases())).one_or_none()
        if here is not None:
            query = query.where(tuple_(seen.urgent_at, seen.case_id) > tuple(here))
    return session.scalars(query.order_by(seen.urgent_at, seen.case_id).limit(1)).first()


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
