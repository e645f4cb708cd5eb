"""What an office's work came to, counted day by day, so that the overview reads a few rows however much there is.

A day's figures are kept per channel: whoever sees one channel only can be shown its part. Days that are over stay as
they were counted, except for the last few, on which somebody may still look for the first time. No count is of a
person: nobody's speed is measured here.
"""

import json
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Integer, Text, cast, delete, func, insert, select
from sqlalchemy.orm import Session, aliased

from moderator import clock
from moderator.domain.cases import CaseState
from moderator.domain.decisions import Maker, Reason, State
from moderator.storage.tables import Case, CaseFacet, Comment, Decision, Figures, Office

#: The stretch that is no day: what waits now.
WAITING = "waiting"

#: Minutes; what took longer than the last falls into one more.
BOUNDS: tuple[int, ...] = (2, 5, 10, 15, 30, 60, 120, 240, 480, 1440, 2880, 4320)

#: How far back days are counted that nobody has counted yet.
DAYS = 90

#: On the days since then somebody may look for the first time: they are counted again and again.
_OPEN_DAYS = 3
_WAITING_EVERY = timedelta(minutes=1)
_TODAY_EVERY = timedelta(minutes=2)
_OPEN_DAY_EVERY = timedelta(hours=1)
#: Days made up for in one turn.
_AT_ONCE = 3


@dataclass(frozen=True, slots=True)
class Counted:
    """One row of figures, as it is to be kept. `figures`: channel id -> what was counted there."""

    office_id: str
    stretch: str
    figures: dict[str, dict[str, Any]]
    at: datetime


def due(session: Session, office_id: str) -> list[Counted]:
    """Count what has not been counted lately enough. Reads only, and a few days at most."""
    now = clock.now()
    zone = ZoneInfo(session.scalars(select(Office.timezone).where(Office.id == office_id)).one())
    rows = select(Figures.stretch, Figures.counted_at).where(Figures.office_id == office_id)
    kept = dict(session.execute(rows).tuples().all())
    counted = []
    if _is_old(kept.get(WAITING), now, _WAITING_EVERY):
        counted.append(Counted(office_id, WAITING, waiting(session, office_id, now), now))
    for day in _due_days(session, office_id, kept, now.astimezone(zone).date(), zone, now):
        began, ended = _bounds(day, zone)
        counted.append(Counted(office_id, day.isoformat(), of_stretch(session, office_id, began, ended), now))
    return counted


def keep(session: Session, counted: Sequence[Counted]) -> None:
    """Put them in the place of what was counted before."""
    for each in counted:
        session.execute(delete(Figures).where(Figures.office_id == each.office_id, Figures.stretch == each.stretch))
        row = {
            "office_id": each.office_id,
            "stretch": each.stretch,
            "counted": each.figures,
            "counted_at": each.at,
        }
        session.execute(insert(Figures), [row])


def waiting(session: Session, office_id: str, now: datetime) -> dict[str, dict[str, Any]]:
    """What is open now, by lane and by rule: [how many, how many of them overdue]. `oldest`: when the first was due."""
    found: dict[str, dict[str, Any]] = defaultdict(lambda: {"lanes": {}, "rules": {}, "oldest": None})
    overdue = func.sum(cast(Case.due_at <= now, Integer))
    is_open = (Case.office_id == office_id, Case.state == CaseState.OPEN)
    lanes = select(Case.channel_id, Case.lane, func.count(), overdue, func.min(Case.due_at)).where(*is_open)
    for channel, lane, count, late, oldest in session.execute(lanes.group_by(Case.channel_id, Case.lane)):
        here = found[channel]
        here["lanes"][lane] = [count, late]
        here["oldest"] = min(filter(None, (here["oldest"], oldest.isoformat())))
    rules = (
        select(Case.channel_id, CaseFacet.value, func.count(), overdue)
        .join(Case, Case.id == CaseFacet.case_id)
        .where(CaseFacet.office_id == office_id, CaseFacet.kind == "rule", Case.state == CaseState.OPEN)
    )
    for channel, rule, count, late in session.execute(rules.group_by(Case.channel_id, CaseFacet.value)):
        found[channel]["rules"][rule] = [count, late]
    return dict(found)


def of_stretch(session: Session, office_id: str, began: datetime, ended: datetime) -> dict[str, dict[str, Any]]:
    """What came in and what was decided from one moment up to another.

    `service` and `people`: decisions by the first rule cited, "" without one. `verbs`: verb -> [service, people].
    `followed`: rule -> [as suggested, otherwise]. `undone`: [of the service's, of people's]. `look`: from the opening
    of a case to the first look, counts per `BOUNDS` and two more: longer, and not yet. `act`: from arrival to a
    person's decision, per `BOUNDS` and one more.
    """
    found: dict[str, dict[str, Any]] = defaultdict(_nothing)
    for channel, count in session.execute(_received(office_id, began, ended)):
        found[channel]["received"] = count
    _add_decided(session, found, office_id, began, ended)
    _add_undone(session, found, office_id, began, ended)
    _add_times(session, found, office_id, began, ended)
    return dict(found)


def bucket(taken: timedelta) -> int:
    """Which of the counts per `BOUNDS` a time belongs to: the first that is no shorter, or the one after the last."""
    return bisect_left(BOUNDS, taken.total_seconds() / 60)


def _nothing() -> dict[str, Any]:
    return {
        "received": 0,
        "service": {},
        "people": {},
        "verbs": {},
        "followed": {},
        "undone": [0, 0],
        "look": [0] * (len(BOUNDS) + 2),
        "act": [0] * (len(BOUNDS) + 1),
    }


def _received(office_id: str, began: datetime, ended: datetime) -> Any:
    return (
        select(Comment.channel_id, func.count())
        .where(Comment.office_id == office_id, Comment.received_at >= began, Comment.received_at < ended)
        .group_by(Comment.channel_id)
    )


def _add_decided(
    session: Session, found: dict[str, dict[str, Any]], office_id: str, began: datetime, ended: datetime
) -> None:
    rules, verbs = cast(Decision.rule_ids, Text), cast(Decision.verbs, Text)
    query = (
        select(Comment.channel_id, Decision.maker, rules, verbs, Decision.suggestion_followed, func.count())
        .join(Comment, Comment.id == Decision.comment_id)
        .where(
            *_made_between(Decision, office_id, began, ended),
            Decision.state.in_([State.MADE, State.UNDONE]),
            Decision.reason != Reason.UNDO,
        )
        .group_by(Comment.channel_id, Decision.maker, rules, verbs, Decision.suggestion_followed)
    )
    for channel, maker, cited, decided, followed, count in session.execute(query):
        here, rule = found[channel], next(_strings(cited), "")
        by = "people" if maker == Maker.PERSON else "service"
        here[by][rule] = here[by].get(rule, 0) + count
        for verb in _strings(decided):
            here["verbs"].setdefault(verb, [0, 0])[by == "people"] += count
        if followed is not None:
            here["followed"].setdefault(rule, [0, 0])[not followed] += count


def _add_undone(
    session: Session, found: dict[str, dict[str, Any]], office_id: str, began: datetime, ended: datetime
) -> None:
    undone = aliased(Decision)
    query = (
        select(Comment.channel_id, undone.maker, func.count())
        .select_from(Decision)
        .join(undone, undone.id == Decision.previous_id)
        .join(Comment, Comment.id == Decision.comment_id)
        .where(*_made_between(Decision, office_id, began, ended), Decision.reason == Reason.UNDO)
        .group_by(Comment.channel_id, undone.maker)
    )
    for channel, maker, count in session.execute(query):
        found[channel]["undone"][maker == Maker.PERSON] += count


def _add_times(
    session: Session, found: dict[str, dict[str, Any]], office_id: str, began: datetime, ended: datetime
) -> None:
    looks = select(Case.channel_id, Case.opened_at, Case.first_seen_at).where(
        Case.office_id == office_id, Case.id >= clock.first_id(began), Case.id < clock.first_id(ended)
    )
    for channel, opened_at, seen_at in session.execute(looks):
        place = bucket(seen_at - opened_at) if seen_at is not None else len(BOUNDS) + 1
        found[channel]["look"][place] += 1
    acts = (
        select(Comment.channel_id, Comment.received_at, Decision.made_at)
        .join(Comment, Comment.id == Decision.comment_id)
        .where(*_made_between(Decision, office_id, began, ended), Decision.reason == Reason.PERSON)
    )
    for channel, received_at, made_at in session.execute(acts):
        found[channel]["act"][bucket(made_at - received_at)] += 1


def _made_between(decision: type[Decision], office_id: str, began: datetime, ended: datetime) -> tuple[Any, ...]:
    return (
        decision.office_id == office_id,
        decision.id >= clock.first_id(began),
        decision.id < clock.first_id(ended),
    )


def _strings(written: str) -> Iterator[str]:
    yield from json.loads(written)


def _due_days(
    session: Session, office_id: str, kept: dict[str, datetime], today: date, zone: ZoneInfo, now: datetime
) -> Iterable[date]:
    if _is_old(kept.get(today.isoformat()), now, _TODAY_EVERY):
        yield today
    first = session.scalar(select(func.min(Comment.received_at)).where(Comment.office_id == office_id))
    if first is None:
        return
    began = max(first.astimezone(zone).date(), today - timedelta(days=DAYS - 1))
    yesterday = today - timedelta(days=1)
    missed = 0
    for back in range((yesterday - began).days + 1):
        day = yesterday - timedelta(days=back)
        counted_at = kept.get(day.isoformat())
        is_final = counted_at is not None and counted_at >= _bounds(day, zone)[1] + timedelta(days=_OPEN_DAYS)
        if not is_final and _is_old(counted_at, now, _OPEN_DAY_EVERY):
            yield day
            missed += 1
        if missed == _AT_ONCE:
            return


def _is_old(counted_at: datetime | None, now: datetime, every: timedelta) -> bool:
    return counted_at is None or now - counted_at >= every


def _bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    following = day + timedelta(days=1)
    return datetime.combine(day, time(), zone), datetime.combine(following, time(), zone)
