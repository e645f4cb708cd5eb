"""What the work asks of the people who do it: how much that weighs on them they open, and what they are spared.

Counts are kept per member and hour, and nothing else: not which cases, not how fast, not what was decided. They are
the member's own; leads learn an office's sum of a day at most (`queries.care_page`). What somebody is spared is never
lost: `allowed` lets owners and leads see whatever nobody else would.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, delete, false, or_, select, true, update
from sqlalchemy.orm import Session

from moderator import audit, clock
from moderator.domain.cases import CaseState, Lane
from moderator.domain.vocabulary import Label
from moderator.errors import Conflict, Invalid, NotAllowed, NotFound
from moderator.review import leases, preferences
from moderator.review.access import MANAGERS, may_decide, reach, require_manager, role_on
from moderator.review.preferences import Chosen
from moderator.storage.tables import Case, CaseFacet, CasePass, Exposure, Lease, Member, Office
from moderator.storage.tables.base import table_of
from moderator.storage.upsert import insert_missing

#: What the representative is spared: abuse that is likely to be of themself.
ABUSE: frozenset[str] = frozenset({Label.THREAT, Label.HARASSMENT, Label.DISCRIMINATION, Label.SEXUAL})

#: What anybody may ask to be spared.
SPARED: tuple[Label, ...] = (
    Label.THREAT,
    Label.HARASSMENT,
    Label.DISCRIMINATION,
    Label.SEXUAL,
    Label.PROFANITY,
    Label.PERSONAL_DATA,
    Label.ACCUSATION,
    Label.HELP_REQUEST,
)

#: After so many severe cases in a row something else comes next.
IN_A_ROW: Final = 3

#: What is to be acted on within this time is delayed for nobody.
PRESSING: Final = timedelta(hours=1)

#: Counts are forgotten after this.
KEPT: Final = timedelta(days=35)

MOST: Final = 1_000


class Kind(StrEnum):
    """What is counted of the cases that a member opened in an hour."""

    ALL = "all"
    SEVERE = "severe"
    #: how many of the last ones were severe, without another between
    IN_A_ROW = "in_a_row"


class Limit(StrEnum):
    HOUR = "hour"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Standing:
    """How much of what weighs on people a member has opened, and how much they should at most."""

    severe_this_hour: int
    severe_today: int
    in_a_row: int
    #: None: no limit
    per_hour: int | None
    per_day: int | None

    @property
    def reached(self) -> Limit | None:
        """The limit that is reached: it is for suggesting something else, never for holding anybody back."""
        if self.per_day is not None and self.severe_today >= self.per_day:
            return Limit.DAY
        if self.per_hour is not None and self.severe_this_hour >= self.per_hour:
            return Limit.HOUR
        return None


def seen(session: Session, member: Member, case: Case) -> None:
    """Count a case that the member has just opened. To be called once for each time it became theirs."""
    office = session.get_one(Office, member.office_id)
    hour = hour_of(clock.now(), office.timezone)
    kinds = (Kind.ALL, Kind.SEVERE, Kind.IN_A_ROW) if case.severe else (Kind.ALL,)
    rows = [{"member_id": member.id, "hour": hour, "kind": kind.value, "count": 0} for kind in kinds]
    insert_missing(session, table_of(Exposure), rows)
    here = (Exposure.member_id == member.id, Exposure.hour == hour)
    unseen = {"synchronize_session": False}
    session.execute(
        update(Exposure).where(*here, Exposure.kind.in_(kinds)).values(count=Exposure.count + 1),
        execution_options=unseen,
    )
    if not case.severe:
        session.execute(
            update(Exposure).where(*here, Exposure.kind == Kind.IN_A_ROW).values(count=0), execution_options=unseen
        )


def standing(session: Session, member: Member) -> Standing:
    """Where the member stands today, by their own limits where those are lower than the office's."""
    office = session.get_one(Office, member.office_id)
    chosen = preferences.read(session, member.id)
    now = clock.now()
    hour, day = hour_of(now, office.timezone), midnight(today(office.timezone), office.timezone)
    rows = session.execute(
        select(Exposure.hour, Exposure.kind, Exposure.count).where(
            Exposure.member_id == member.id, Exposure.hour >= day
        )
    ).all()
    this_hour = {kind: count for at, kind, count in rows if at == hour}
    return Standing(
        severe_this_hour=this_hour.get(Kind.SEVERE, 0),
        severe_today=sum(count for _, kind, count in rows if kind == Kind.SEVERE),
        in_a_row=this_hour.get(Kind.IN_A_ROW, 0),
        per_hour=_lower(office.severe_per_hour, chosen.severe_per_hour),
        per_day=_lower(office.severe_per_day, chosen.severe_per_day),
    )


def mixing(session: Session, member: Member) -> list[ColumnElement[bool]]:
    """What the member's next case should hold to where there is one that does; empty where nothing speaks for it.

    After several severe cases, and once a limit is reached, something else comes first, but for what cannot wait.
    """
    now = standing(session, member)
    if now.in_a_row < IN_A_ROW and now.reached is None:
        return []
    pressing = and_(Case.lane == Lane.ACT_NOW, Case.due_at <= clock.now() + PRESSING)
    return [or_(Case.severe.is_(False), pressing)]


def allowed(session: Session, member: Member) -> list[ColumnElement[bool]]:
    """What cases must hold to that the member is given, or shown without having asked for all.

    A view asked for by a label that the member is spared does not ask for this. What all who decide are spared comes
    to owners and leads, where there are none to everybody: no case is hidden from all. What owners and leads passed on
    themselves they go on seeing in lists, for the same reason; only `next_case` gives it to them no more.
    """
    conditions = [] if member.role in MANAGERS else [~_was_passed_on(member.id)]
    about = _is_about(spared_labels(session, member))
    if about is None:
        return conditions
    others = _others(session, member)
    if any(other.channels is None and _turn(other.member) < _turn(member) for other in others):
        return [*conditions, ~about]
    lost = (_is_lost_on(session, other, for_=member) for other in others)
    return [*conditions, or_(~about, and_(true(), *lost))]


def spared_labels(session: Session, member: Member) -> tuple[str, ...]:
    """What the member is not shown unless they ask."""
    chosen = preferences.read(session, member.id)
    return tuple(sorted(set(chosen.not_about) | (ABUSE if member.representative else frozenset())))


def alone(session: Session, member: Member) -> bool:
    """Nobody else of the office decides, so that nothing can be left to others."""
    return not _others(session, member)


def pass_on(session: Session, member: Member, case_id: str) -> None:
    """Give a case to others without saying why. It does not come back, and nobody is told.

    Raises `NotFound`, `NotAllowed` for those who only look on, or `Conflict` where nothing is asked any more.
    """
    theirs = reach(session, member)
    case = session.scalar(select(Case).where(Case.id == case_id, *theirs.of_cases()).with_for_update())
    if case is None:
        raise NotFound("There is no such case in your office.")
    if not leases.can_hold(role_on(theirs, member, case.channel_id)):
        raise NotAllowed("Your role looks on, so there is nothing to pass on.")
    if case.state != CaseState.OPEN:
        raise Conflict("This case is closed: nothing is asked any more.")
    row = {"case_id": case.id, "member_id": member.id, "at": clock.now()}
    insert_missing(session, table_of(CasePass), [row])
    if case.assignee_id == member.id:
        case.assignee_id = case.assigned_by = None
    session.execute(delete(Lease).where(Lease.case_id == case.id, Lease.member_id == member.id))


def set_limits(session: Session, member: Member, per_hour: str, per_day: str) -> None:
    """How many severe cases the office asks one person to read at most; empty: no limit.

    Raises `NotAllowed` or `Invalid`.
    """
    require_manager(member)
    hour, day = as_limit("severe_per_hour", per_hour), as_limit("severe_per_day", per_day)
    office = session.get_one(Office, member.office_id, with_for_update=True)
    if (office.severe_per_hour, office.severe_per_day) == (hour, day):
        return
    office.severe_per_hour, office.severe_per_day = hour, day
    detail = {"severe_per_hour": hour, "severe_per_day": day}
    entry = audit.Entry(office.id, f"member:{member.id}", "office.care_changed", f"office:{office.id}", detail)
    audit.append(session, [entry])


def as_limit(field: str, typed: str) -> int | None:
    """A limit as somebody typed it; None where they left it out. Raises `Invalid`."""
    value = typed.strip()
    if not value:
        return None
    if not (value.isascii() and value.isdigit() and len(value) <= 4 and 1 <= int(value) <= MOST):
        raise Invalid(field, f"a limit is a whole number from 1 to {MOST:,}, or nothing")
    return int(value)


def quiet_until(chosen: Chosen, timezone: str) -> datetime | None:
    """When the member's quiet hours end; None outside them. Clock times are the office's."""
    if not chosen.quiet_from or not chosen.quiet_until or chosen.quiet_from == chosen.quiet_until:
        return None
    here = clock.now().astimezone(ZoneInfo(timezone))
    begins, ends = time.fromisoformat(chosen.quiet_from), time.fromisoformat(chosen.quiet_until)
    wall = here.time()
    inside = begins <= wall < ends if begins < ends else wall >= begins or wall < ends
    if not inside:
        return None
    day = here.date() if wall < ends else here.date() + timedelta(days=1)
    return datetime.combine(day, ends, ZoneInfo(timezone)).astimezone(UTC)


def forgotten(session: Session, office_id: str) -> None:
    """Counts that are so old that nobody is shown them any more."""
    people = select(Member.id).where(Member.office_id == office_id)
    session.execute(
        delete(Exposure).where(Exposure.member_id.in_(people), Exposure.hour < clock.now() - KEPT),
        execution_options={"synchronize_session": False},
    )


def hour_of(moment: datetime, timezone: str) -> datetime:
    """When the hour of the office's clock began that the moment is in."""
    here = moment.astimezone(ZoneInfo(timezone))
    return here.replace(minute=0, second=0, microsecond=0).astimezone(UTC)


def next_hour(timezone: str) -> datetime:
    """When the hour ends that the office's clock is in."""
    return hour_of(clock.now(), timezone) + timedelta(hours=1)


def today(timezone: str) -> date:
    """Which day it is in the office."""
    return clock.now().astimezone(ZoneInfo(timezone)).date()


def midnight(day: date, timezone: str) -> datetime:
    """When a day of the office begins."""
    return datetime.combine(day, time(), ZoneInfo(timezone)).astimezone(UTC)


def _lower(office: int | None, own: int | None) -> int | None:
    return min((limit for limit in (office, own) if limit is not None), default=None)


def _is_about(labels: Collection[str]) -> ColumnElement[bool] | None:
    if not labels:
        return None
    found = select(CaseFacet.case_id).where(
        CaseFacet.case_id == Case.id, CaseFacet.kind == "label", CaseFacet.value.in_(sorted(labels))
    )
    return found.correlate(Case).exists()


def _was_passed_on(member_id: str) -> ColumnElement[bool]:
    passed = select(CasePass.case_id).where(CasePass.case_id == Case.id, CasePass.member_id == member_id)
    return passed.correlate(Case).exists()


@dataclass(frozen=True, slots=True)
class _Colleague:
    """Somebody who decides in the office today. `channels`: on these alone; None: on all."""

    member: Member
    channels: frozenset[str] | None


def _others(session: Session, member: Member) -> list[_Colleague]:
    active = select(Member).where(
        Member.office_id == member.office_id,
        Member.id != member.id,
        Member.left_at.is_(None),
        or_(Member.ends_at.is_(None), Member.ends_at > clock.now()),
    )
    found = []
    for each in session.scalars(active).all():
        roles = reach(session, each).channels
        if roles is None and may_decide(each):
            found.append(_Colleague(each, None))
        elif roles is not None and (deciding := frozenset(at for at, role in roles.items() if may_decide(each, role))):
            found.append(_Colleague(each, deciding))
    return found


def _is_lost_on(session: Session, other: _Colleague, for_: Member) -> ColumnElement[bool]:
    """The case would not come to that colleague: they are spared it, gave it away, or do not decide on its channel."""
    never = false() if other.channels is None else Case.channel_id.not_in(sorted(other.channels))
    colleague = other.member
    if _turn(colleague) < _turn(for_):
        # Whatever else they are spared, this colleague is given it first.
        return never
    about = _is_about(spared_labels(session, colleague))
    return or_(never, _was_passed_on(colleague.id), false() if about is None else about)


def _turn(member: Member) -> tuple[bool, bool]:
    """Who is given what all are spared: owners and leads first, the representative last."""
    return member.representative, member.role not in MANAGERS
