"""Who has a case on their screen, so that nobody else is given it meanwhile.

A lease runs out by itself, and is renewed while its page is looked at. It never stands in the way of its own member: a
decision that comes after it ran out counts, unless somebody else has taken the case since.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from moderator import audit, clock
from moderator.domain.cases import LEASE_MINUTES, CaseState, Lane
from moderator.domain.vocabulary import Role
from moderator.errors import Conflict, Invalid, NotFound
from moderator.review.access import may_manage, reach, require_manager
from moderator.storage.tables import Case, Lease, Member, Office

#: How long a case is held once its member said that it takes longer.
KEPT = timedelta(hours=8)

#: Minutes that an office can choose at most.
LONGEST = 240

_USUAL = 10


@dataclass(frozen=True, slots=True)
class Held:
    """A lease that runs."""

    case_id: str
    member_id: str
    name: str
    until: datetime
    #: the member said that it takes longer: nothing but the time or they themself end it
    kept: bool
    #: it is the lease of the member who asks
    mine: bool
    #: which look at the case took it: the page of an earlier look must not end it
    taken_at: datetime
    #: this very look made it theirs; it was not before
    new: bool = False


def can_hold(role: Role) -> bool:
    """Observers look on: a case on their screen is held up for nobody."""
    return role is not Role.OBSERVER


def take(session: Session, member: Member, case_id: str) -> Held:
    """Hold an open case for the member, longer if they hold it already; somebody else's lease is given back unchanged.

    The first time that anybody does this is when the case was first seen. Raises `NotFound`, or `Conflict` where
    nothing is asked any more.
    """
    case = _locked_case(session, member, case_id)
    now = clock.now()
    lease = session.get(Lease, case.id, populate_existing=True)
    if case.first_seen_at is None:
        case.first_seen_at = now
    if lease is not None and lease.until > now and lease.member_id != member.id:
        return _held(session, lease, member.id)
    until = now + length(session, case)
    if lease is not None and lease.until > now:
        lease.taken_at, lease.until = now, max(lease.until, until)
        session.flush()
        return _held(session, lease, member.id)
    fresh = Lease(case_id=case.id, office_id=case.office_id, member_id=member.id, taken_at=now, until=until, kept=False)
    lease = session.merge(fresh)
    session.flush()
    return replace(_held(session, lease, member.id), new=True)


def renew(session: Session, member: Member, case_id: str) -> Held | None:
    """Hold it longer: the member is still looking at it. Somebody else's lease is given back unchanged.

    None where it ran out meanwhile and nobody has taken it: it is not taken again behind the member's back. Raises as
    `take` does.
    """
    case = _locked_case(session, member, case_id)
    lease = _running(session, case.id)
    if lease is not None and lease.member_id == member.id:
        lease.until = max(lease.until, clock.now() + length(session, case))
        session.flush()
    return _held(session, lease, member.id) if lease is not None else None


def keep(session: Session, member: Member, case_id: str) -> Held:
    """Hold it for hours: it takes longer. Raises as `take` does, and `Conflict` where somebody else holds it."""
    held = take(session, member, case_id)
    if not held.mine:
        raise _taken(held)
    lease = session.get_one(Lease, case_id)
    lease.kept, lease.until = True, clock.now() + KEPT
    session.flush()
    return _held(session, lease, member.id)


def release(session: Session, member: Member, case_id: str) -> None:
    """Give the case back to all. Owners and leads may give back what somebody else holds."""
    lease = session.get(Lease, case_id)
    if lease is None or lease.office_id != member.office_id:
        return
    if lease.member_id == member.id or may_manage(member):
        session.execute(delete(Lease).where(Lease.case_id == case_id, Lease.member_id == lease.member_id))


def leave(session: Session, member: Member, case_id: str, taken_at: datetime) -> None:
    """The page that took the lease then was closed. A later look, or having said "keep it", goes on holding it."""
    session.execute(
        delete(Lease).where(
            Lease.case_id == case_id,
            Lease.member_id == member.id,
            Lease.taken_at <= taken_at,
            Lease.kept.is_(False),
        )
    )


def holder(session: Session, case_id: str, member: Member | None = None) -> Held | None:
    """Whoever holds the case now, seen by `member`."""
    lease = _running(session, case_id)
    return _held(session, lease, member.id if member else "") if lease is not None else None


def holders(session: Session, case_ids: Collection[str], member: Member) -> dict[str, Held]:
    """Who holds which of these cases now, seen by `member`."""
    if not case_ids:
        return {}
    rows = session.execute(
        select(Lease, Member.name)
        .join(Member, Member.id == Lease.member_id)
        .where(Lease.case_id.in_(case_ids), Lease.until > clock.now())
    ).tuples()
    return {lease.case_id: _as_held(lease, name, member.id) for lease, name in rows}


def require_free(session: Session, member: Member, case_id: str) -> None:
    """Raises `Conflict` while somebody else holds the case."""
    held = holder(session, case_id, member)
    if held is not None and not held.mine:
        raise _taken(held)


def length(session: Session, case: Case) -> timedelta:
    """How long a case of its lane is held in its office."""
    return timedelta(minutes=minutes(session.get_one(Office, case.office_id), case.lane))


def minutes(office: Office, lane: str) -> int:
    """How many minutes a case of the lane is held in the office."""
    return int(office.lease_minutes.get(lane, usual(Lane(lane))))


def usual(lane: Lane) -> int:
    """How many minutes it is where the office says nothing."""
    return LEASE_MINUTES.get(lane, _USUAL)


def set_lengths(session: Session, member: Member, typed: Mapping[str, str]) -> None:
    """How long cases of each lane are held, as somebody typed it; what is empty takes the service's own.

    Leases that run go on for as long as they were given. Raises `NotAllowed`, or `Invalid` naming the lane.
    """
    require_manager(member)
    office = session.get_one(Office, member.office_id, with_for_update=True)
    chosen = {lane.value: _as_minutes(lane, value) for lane in Lane if (value := typed.get(lane, "").strip())}
    if chosen == office.lease_minutes:
        return
    office.lease_minutes = chosen
    entry = audit.Entry(office.id, f"member:{member.id}", "office.leases_changed", f"office:{office.id}", chosen)
    audit.append(session, [entry])


def _as_minutes(lane: Lane, typed: str) -> int:
    if not (typed.isascii() and typed.isdigit() and len(typed) <= 4 and 1 <= int(typed) <= LONGEST):
        raise Invalid(lane.value, f"a case is held for 1 to {LONGEST} minutes")
    return int(typed)


def _taken(held: Held) -> Conflict:
    return Conflict(
        f"{held.name} has this comment open and holds it for {_left(held)}. Your choice was not carried out."
    )


def _left(held: Held) -> str:
    left = max(1, round((held.until - clock.now()).total_seconds() / 60))
    if left == 1:
        return "another minute"
    return f"another {left} minutes" if left < 90 else f"another {round(left / 60)} hours"


def _locked_case(session: Session, member: Member, case_id: str) -> Case:
    query = select(Case).where(Case.id == case_id, *reach(session, member).of_cases()).with_for_update(of=Case)
    case = session.scalar(query.execution_options(populate_existing=True))
    if case is None:
        raise NotFound("there is no such case")
    if case.state != CaseState.OPEN:
        raise Conflict("This case is closed: nothing is asked any more.")
    return case


def _running(session: Session, case_id: str) -> Lease | None:
    query: Select[tuple[Lease]] = select(Lease).where(Lease.case_id == case_id, Lease.until > clock.now())
    return session.scalar(query)


def _held(session: Session, lease: Lease, member_id: str) -> Held:
    return _as_held(lease, session.get_one(Member, lease.member_id).name, member_id)


def _as_held(lease: Lease, name: str, member_id: str) -> Held:
    mine = lease.member_id == member_id
    return Held(lease.case_id, lease.member_id, name, lease.until, lease.kept, mine, lease.taken_at)
