"""Which cases a member's view of the queue shows, and in which order: a filter and a reach, as SQL.

The list, the queue beside a case and the next case all come from here, so they cannot disagree. What is asked for by
rule or label is walked along the index of `CaseFacet`, everything else along those of `Case`; both are in the order
of the queue, so no view is ever sorted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import Session

from moderator import clock
from moderator.domain.cases import CaseState, Lane
from moderator.domain.filters import NOBODY, Filter, Standing
from moderator.review.access import Reach
from moderator.storage.tables import Case, CaseFacet, Lease, Office

#: The lanes in which something is to be decided, in the order of their urgency.
DECIDING: tuple[Lane, ...] = (Lane.ACT_NOW, Lane.REVIEW, Lane.SECOND_OPINION, Lane.APPEALS)


@dataclass(frozen=True, slots=True)
class View:
    """Cases to be walked in the order of the queue. `query` selects their id and `urgent_at`, and is not ordered yet."""

    query: Select[Any]
    urgent_at: ColumnElement[datetime]
    case_id: ColumnElement[str]


def view(session: Session, reach: Reach, member_id: str, wanted: Filter) -> View:
    """The open cases that `wanted` asks for, as far as the member may see them."""
    conditions = [*reach.of_cases(), Case.state == CaseState.OPEN, *_asked(session, reach, member_id, wanted)]
    walked = _facet(wanted)
    if walked is None:
        return View(select(Case.id, Case.urgent_at).where(*conditions), Case.urgent_at.expression, Case.id.expression)
    kind, value = walked
    query = (
        select(CaseFacet.case_id.label("id"), CaseFacet.urgent_at)
        .join(Case, Case.id == CaseFacet.case_id)
        .where(CaseFacet.office_id == reach.office_id, CaseFacet.kind == kind, CaseFacet.value == value, *conditions)
    )
    return View(query, CaseFacet.urgent_at.expression, CaseFacet.case_id.expression)


def held(now: datetime) -> ColumnElement[bool]:
    """The case is on somebody's screen."""
    return exists().where(Lease.case_id == Case.id, Lease.until > now)


def _facet(wanted: Filter) -> tuple[str, str] | None:
    """What the walk goes along; a label beside a rule is looked up for each case."""
    if wanted.rule:
        return "rule", wanted.rule
    return ("label", wanted.label) if wanted.label else None


def _asked(session: Session, reach: Reach, member_id: str, wanted: Filter) -> Sequence[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [
        Case.lane.in_([wanted.lane] if wanted.lane else [lane.value for lane in DECIDING])
    ]
    if wanted.channel:
        conditions.append(Case.channel_id == wanted.channel)
    if wanted.language:
        conditions.append(Case.language == wanted.language)
    if wanted.rule and wanted.label:
        beside = (CaseFacet.case_id == Case.id, CaseFacet.kind == "label", CaseFacet.value == wanted.label)
        conditions.append(exists().where(*beside).correlate(Case))
    if wanted.assignee:
        nobody = wanted.assignee == NOBODY
        conditions.append(Case.assignee_id.is_(None) if nobody else Case.assignee_id == wanted.assignee)
    if wanted.since or wanted.until:
        conditions += _between(session, reach, wanted)
    if wanted.state:
        conditions.append(_standing(wanted.state, member_id))
    return conditions


def _standing(state: str, member_id: str) -> ColumnElement[bool]:
    now = clock.now()
    if state == Standing.WAITING:
        return ~held(now)
    if state == Standing.HELD:
        return Case.id.in_(select(Lease.case_id).where(Lease.until > now))
    if state == Standing.MINE:
        mine = select(Lease.case_id).where(Lease.member_id == member_id, Lease.until > now)
        return or_(Case.assignee_id == member_id, Case.id.in_(mine))
    return Case.escalated_by.is_not(None)


def _between(session: Session, reach: Reach, wanted: Filter) -> list[ColumnElement[bool]]:
    zone = ZoneInfo(session.scalars(select(Office.timezone).where(Office.id == reach.office_id)).one())
    conditions: list[ColumnElement[bool]] = []
    if wanted.since:
        conditions.append(Case.opened_at >= _midnight(wanted.since, zone))
    if wanted.until:
        conditions.append(Case.opened_at < _midnight(wanted.until, zone, days=1))
    return [and_(*conditions)]


def _midnight(day: str, zone: ZoneInfo, days: int = 0) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(day) + timedelta(days=days), time(), zone).astimezone(UTC)
    except OverflowError:
        # The first and the last day that a calendar knows.
        return datetime.combine(date.fromisoformat(day), time(), UTC)
