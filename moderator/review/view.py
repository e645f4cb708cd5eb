"""Which cases a member's view of the queue shows, and in which order: a filter and a reach, as SQL.

The list, the queue beside a case and the next case all come from here, so they cannot disagree. No view is ever sorted:
each is walked in the order of the queue along one index, and what does not belong is passed over. `ix_cases_open` holds
all that can be asked of an open case but its rules and labels, so passing over costs little even where nearly nothing
fits; what was found is walked along the index of `CaseFacet` where that is the shorter way.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, func, literal_column, or_, select, tuple_
from sqlalchemy.orm import Session

from moderator import clock
from moderator.domain.cases import Lane
from moderator.domain.filters import NOBODY, Filter, Standing
from moderator.review import care
from moderator.review.access import Reach
from moderator.storage.tables import Case, CaseFacet, Lease, Member, Office

#: The lanes in which something is to be decided, in the order of their urgency.
DECIDING: tuple[Lane, ...] = (Lane.ACT_NOW, Lane.REVIEW, Lane.SECOND_OPINION, Lane.APPEALS)

#: Written out, since an index of open cases alone is used only where the statement itself says so.
IS_OPEN: Final[ColumnElement[bool]] = Case.state == literal_column("'open'")

#: SQLite keeps no figures about its tables and would look up every case for what the index already says.
_ALONG_OPEN: Final = "INDEXED BY ix_cases_open"

#: So many cases are looked up in no time. More are walked in order, until a page is full.
_FEW: Final = 5_000


@dataclass(frozen=True, slots=True)
class View:
    """Cases to be walked in the order of the queue. `query` selects their id and moment, in no order yet."""

    query: Select[Any]
    urgent_at: ColumnElement[datetime]
    case_id: ColumnElement[str]

    def first(self, session: Session, limit: int, after: tuple[datetime, str] | None = None) -> list[str]:
        """The ids of the first cases, or of those after a place in the queue."""
        query = self.query if after is None else self.query.where(self._place > after)
        return list(session.scalars(query.order_by(self.urgent_at, self.case_id).limit(limit)))

    def last(self, session: Session, limit: int, before: tuple[datetime, str]) -> list[str]:
        """The ids of the last cases before a place in the queue, in its order."""
        query = self.query.where(self._place < before)
        found = session.scalars(query.order_by(self.urgent_at.desc(), self.case_id.desc()).limit(limit)).all()
        return list(reversed(found))

    @property
    def _place(self) -> Any:
        return tuple_(self.urgent_at, self.case_id)


def view(session: Session, reach: Reach, member: Member, wanted: Filter) -> View:
    """The open cases that `wanted` asks for, as far as the member may see them."""
    conditions = [*reach.of_cases(), IS_OPEN, *_asked(session, reach, member, wanted)]
    facets = _facets(wanted)
    walked = _walked(session, reach, wanted, facets)
    conditions += [_has(*facet) for facet in facets.items() if facet != walked]
    if walked is not None:
        query = (
            select(CaseFacet.case_id, CaseFacet.urgent_at)
            .join(Case, Case.id == CaseFacet.case_id)
            .where(*_of_facet(reach, *walked), *conditions)
        )
        return View(query, CaseFacet.urgent_at.expression, CaseFacet.case_id.expression)
    query = select(Case.id, Case.urgent_at).where(*conditions)
    if wanted.narrows or not reach.whole:
        query = query.with_hint(Case, _ALONG_OPEN, "sqlite")
    return View(query, Case.urgent_at.expression, Case.id.expression)


def arrived(session: Session, reach: Reach, member: Member, wanted: Filter, since: datetime, at_most: int) -> int:
    """How many cases of the view came since then."""
    conditions = [_has(*facet) for facet in _facets(wanted).items()]
    query = select(Case.id).where(
        *reach.of_cases(), IS_OPEN, Case.opened_at > since, *_asked(session, reach, member, wanted), *conditions
    )
    return session.scalar(select(func.count()).select_from(query.limit(at_most).subquery())) or 0


def place(session: Session, reach: Reach, case_id: str) -> tuple[datetime, str] | None:
    """Where a case stands in the queue, or stood before it was closed; None where the member sees no such case."""
    found = session.execute(select(Case.urgent_at, Case.id).where(Case.id == case_id, *reach.of_cases())).one_or_none()
    return (found.urgent_at, found.id) if found else None


def lane_counts(session: Session, reach: Reach, at_most: int) -> dict[Lane, int]:
    """How many cases are open in each lane in which something is to be decided."""
    whole = {lane: _in_lane(session, Reach(reach.office_id), lane, at_most) for lane in DECIDING}
    if reach.whole:
        return whole
    if not reach.severe or reach.channels is None or not all(reach.severe_on(each) for each in reach.channels):
        # What is severe is looked up case by case: only as often as it takes to count as far as asked.
        return {lane: count and _in_lane(session, reach, lane, at_most) for lane, count in whole.items()}
    by_lane = select(Case.lane, func.count()).with_hint(Case, _ALONG_OPEN, "sqlite")
    counted = session.execute(by_lane.where(*reach.of_cases(), IS_OPEN).group_by(Case.lane)).tuples()
    found = dict(counted.all())
    return {lane: min(found.get(lane.value, 0), at_most) for lane in DECIDING}


def _in_lane(session: Session, reach: Reach, lane: Lane, at_most: int) -> int:
    query = select(Case.id).where(*reach.of_cases(), IS_OPEN, Case.lane == lane)
    if not reach.whole:
        query = query.with_hint(Case, _ALONG_OPEN, "sqlite")
    return session.scalar(select(func.count()).select_from(query.limit(at_most).subquery())) or 0


def _facets(wanted: Filter) -> dict[str, str]:
    return {kind: value for kind, value in (("rule", wanted.rule), ("label", wanted.label)) if value}


def _of_facet(reach: Reach, kind: str, value: str) -> tuple[ColumnElement[bool], ...]:
    return (CaseFacet.office_id == reach.office_id, CaseFacet.kind == kind, CaseFacet.value == value)


def _has(kind: str, value: str) -> ColumnElement[bool]:
    facet = select(CaseFacet.case_id).where(
        CaseFacet.case_id == Case.id, CaseFacet.kind == kind, CaseFacet.value == value
    )
    return facet.correlate(Case).exists()


def _walked(session: Session, reach: Reach, wanted: Filter, facets: Mapping[str, str]) -> tuple[str, str] | None:
    """The facet to walk along; None where the cases themselves are the shorter way."""
    if not facets:
        return None
    sizes = {
        facet: _few(session, select(CaseFacet.case_id).where(*_of_facet(reach, *facet))) for facet in facets.items()
    }
    rarest = min(sizes, key=lambda facet: sizes[facet])
    if sizes[rarest] < _FEW:
        return rarest
    if any((wanted.language, wanted.state, wanted.assignee, wanted.since, wanted.until)) or not reach.whole:
        return None
    beside = [Case.lane == wanted.lane] * bool(wanted.lane) + [Case.channel_id == wanted.channel] * bool(wanted.channel)
    open_cases = select(Case.id).where(Case.office_id == reach.office_id, IS_OPEN)
    return rarest if all(_few(session, open_cases.where(each)) == _FEW for each in beside) else None


def _few(session: Session, query: Select[Any]) -> int:
    """How many there are, up to `_FEW`."""
    return session.scalar(select(func.count()).select_from(query.limit(_FEW).subquery())) or 0


def _asked(session: Session, reach: Reach, member: Member, wanted: Filter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [
        Case.lane.in_([wanted.lane] if wanted.lane else [lane.value for lane in DECIDING])
    ]
    if wanted.channel:
        conditions.append(Case.channel_id == wanted.channel)
    if wanted.language:
        conditions.append(Case.language == wanted.language)
    if wanted.assignee:
        nobody = wanted.assignee == NOBODY
        conditions.append(Case.assignee_id.is_(None) if nobody else Case.assignee_id == wanted.assignee)
    if wanted.since or wanted.until:
        conditions += opened_between(session, reach, wanted)
    if wanted.state:
        conditions.append(_standing(wanted.state, member.id))
    if wanted.label not in care.spared_labels(session, member):
        conditions += care.allowed(session, member)
    return conditions


def _standing(state: str, member_id: str) -> ColumnElement[bool]:
    running = select(Lease.case_id).where(Lease.until > clock.now())
    if state == Standing.WAITING:
        return ~running.where(Lease.case_id == Case.id).correlate(Case).exists()
    if state == Standing.HELD:
        return Case.id.in_(running)
    if state == Standing.MINE:
        return or_(Case.assignee_id == member_id, Case.id.in_(running.where(Lease.member_id == member_id)))
    if state == Standing.ESCALATED:
        return Case.escalated_by.is_not(None)
    # No open case is closed. SQLAlchemy would drop everything beside a plain "false", and the index with it.
    return Case.closed_at.is_not(None)


def opened_between(session: Session, reach: Reach, wanted: Filter) -> list[ColumnElement[bool]]:
    """The days that `wanted` asks for, each from midnight to midnight where the office is."""
    zone = ZoneInfo(session.scalars(select(Office.timezone).where(Office.id == reach.office_id)).one())
    conditions: list[ColumnElement[bool]] = []
    if wanted.since:
        conditions.append(Case.opened_at >= _midnight(wanted.since, zone))
    if wanted.until:
        conditions.append(Case.opened_at < _midnight(wanted.until, zone, days=1))
    return conditions


def _midnight(day: str, zone: ZoneInfo, days: int = 0) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(day) + timedelta(days=days), time(), zone).astimezone(UTC)
    except OverflowError:
        # The first and the last day that calendars know have no day before and after them.
        return datetime.combine(date.fromisoformat(day), time(), UTC)
