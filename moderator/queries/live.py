"""What changes while somebody looks at the queue: how much waits, what came, and what is on whose screen."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderator import clock
from moderator.domain.cases import Lane
from moderator.domain.filters import Filter, Standing
from moderator.queries.queue_page import COUNTED, counted
from moderator.review.access import Reach
from moderator.review.view import arrived
from moderator.storage.tables import AuditHead, Case, Lease, Member

#: More leases than this run in no office.
_LEASES = 500

#: The end of an office's log, and who holds what until when: where it is the same, nothing has happened.
Sign = tuple[int, tuple[tuple[str, str, datetime], ...]]


@dataclass(frozen=True, slots=True)
class Screen:
    """A case on somebody's screen."""

    name: str
    until: datetime
    mine: bool


@dataclass(frozen=True, slots=True)
class Live:
    #: where the office's log ends
    sequence: int
    #: by lane, up to `COUNTED`
    counts: Mapping[str, int]
    #: cases of the view that came since the page was made, up to `COUNTED`
    new: int
    #: by case
    leases: Mapping[str, Screen]


def signs(session: Session, office_ids: Collection[str]) -> dict[str, Sign]:
    """What tells, for next to nothing, whether anything happened in these offices."""
    ends = select(AuditHead.chain, AuditHead.sequence).where(AuditHead.chain.in_(office_ids))
    heads = dict(session.execute(ends).tuples().all())
    held: dict[str, list[tuple[str, str, datetime]]] = {}
    running = (
        select(Lease.office_id, Lease.case_id, Lease.member_id, Lease.until)
        .where(Lease.office_id.in_(office_ids), Lease.until > clock.now())
        .order_by(Lease.case_id)
    )
    for office_id, case_id, member_id, until in session.execute(running).tuples():
        held.setdefault(office_id, []).append((case_id, member_id, until))
    return {office_id: (heads.get(office_id, 0), tuple(held.get(office_id, ()))) for office_id in office_ids}


def live(session: Session, reach: Reach, member: Member, wanted: Filter, made_at: datetime) -> Live:
    """How things stand for a page of the queue that was made then."""
    sequence = session.scalar(select(AuditHead.sequence).where(AuditHead.chain == reach.office_id)) or 0
    return Live(
        sequence=sequence,
        counts=counted(session, reach),
        new=_new(session, reach, member, wanted, made_at),
        leases=_leases(session, reach, member),
    )


def _new(session: Session, reach: Reach, member: Member, wanted: Filter, made_at: datetime) -> int:
    if wanted.lane == Lane.PLATFORM or wanted.state == Standing.CLOSED:
        return 0
    return arrived(session, reach, member, wanted, made_at, COUNTED)


def _leases(session: Session, reach: Reach, member: Member) -> dict[str, Screen]:
    running = (
        select(Lease.case_id, Member.name, Lease.until, Lease.member_id)
        .join(Case, Case.id == Lease.case_id)
        .join(Member, Member.id == Lease.member_id)
        .where(Lease.office_id == reach.office_id, Lease.until > clock.now(), *reach.of_cases())
        .limit(_LEASES)
    )
    return {
        case_id: Screen(name, until, holder == member.id)
        for case_id, name, until, holder in session.execute(running).tuples()
    }
