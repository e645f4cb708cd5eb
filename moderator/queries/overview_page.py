"""How the office is doing: what waits, how soon people looked and acted, what the service did alone and got wrong.

Reads the figures that upkeep counted, a row per day, and never the comments themselves. Nothing here is of a person.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moderator import clock, publishing
from moderator.domain.cases import Lane
from moderator.figures import BOUNDS, WAITING
from moderator.review.access import Reach
from moderator.storage.tables import Channel, Comment, Figures, Office

#: How many days may be asked for.
RANGES: tuple[int, ...] = (7, 28, 90)


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is open under one rule, on one channel or in one lane. `id` is empty for what falls under no rule."""

    id: str
    name: str
    count: int
    overdue: int


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the office's own."""

    day: date
    received: int
    by_service: int
    by_people: int


@dataclass(frozen=True, slots=True)
class RuleLine:
    """What was decided under one rule; `id` is empty for keeping, which needs none."""

    id: str
    title: str
    by_service: int
    by_people: int
    #: people decided with a suggestion on the screen: how often they did as it said, and how often not
    followed: int
    otherwise: int


@dataclass(frozen=True, slots=True)
class Times:
    """How long something took: how many fell under each of `BOUNDS`, and how many took longer."""

    counts: tuple[int, ...]
    #: nobody has looked yet, so it is not known how long that takes
    not_yet: int = 0

    @property
    def total(self) -> int:
        return sum(self.counts)

    def within(self, share: float) -> int | None:
        """Minutes within which that share of all was done; None where even the longest bound does not do."""
        done = 0
        for minutes, count in zip(BOUNDS, self.counts, strict=False):
            done += count
            if self.total and done >= share * self.total:
                return minutes
        return None


@dataclass(frozen=True, slots=True)
class OverviewPage:
    days: tuple[Day, ...]
    by_rule: tuple[Waiting, ...]
    by_channel: tuple[Waiting, ...]
    by_lane: tuple[Waiting, ...]
    #: when the first of what waits was due
    oldest_due: datetime | None
    rules: tuple[RuleLine, ...]
    #: verb -> by the service, by people
    verbs: Mapping[str, tuple[int, int]]
    look: Times
    act: Times
    #: decisions taken back: the service's, people's
    undone: tuple[int, int]
    #: when what waits was counted; None: not yet
    waiting_as_of: datetime | None
    #: days of the range that nobody has counted yet
    not_counted: int

    @property
    def received(self) -> int:
        return sum(day.received for day in self.days)

    @property
    def by_service(self) -> int:
        return sum(day.by_service for day in self.days)

    @property
    def by_people(self) -> int:
        return sum(day.by_people for day in self.days)

    @property
    def decided(self) -> int:
        return self.by_service + self.by_people

    @property
    def waiting(self) -> int:
        return sum(each.count for each in self.by_lane)

    @property
    def overdue(self) -> int:
        return sum(each.overdue for each in self.by_lane)

    @property
    def followed(self) -> tuple[int, int]:
        """People decided with a suggestion on the screen: as it said, otherwise."""
        return sum(rule.followed for rule in self.rules), sum(rule.otherwise for rule in self.rules)


def overview_page(session: Session, reach: Reach, days: int) -> OverviewPage:
    """The last so many days, today among them, and what waits now."""
    zone = ZoneInfo(session.scalars(select(Office.timezone).where(Office.id == reach.office_id)).one())
    today = clock.now().astimezone(zone).date()
    wanted = [today - timedelta(days=back) for back in reversed(range(days))]
    kept = {
        row.stretch: row
        for row in session.scalars(
            select(Figures).where(
                Figures.office_id == reach.office_id,
                Figures.stretch.in_([WAITING, *(day.isoformat() for day in wanted)]),
            )
        )
    }
    counted = {day: _seen(reach, kept[day.isoformat()]) for day in wanted if day.isoformat() in kept}
    waiting = _seen(reach, kept[WAITING]) if WAITING in kept else {}
    every = [channel for day in counted.values() for channel in day.values()]
    titles = _titles(session, reach.office_id)
    began = _first_day(session, reach, zone, today)
    oldest = min(filter(None, (channel["oldest"] for channel in waiting.values())), default=None)
    return OverviewPage(
        days=tuple(_day(day, counted.get(day, {}).values()) for day in wanted),
        by_rule=_most_first(_summed(waiting.values(), "rules"), titles),
        by_channel=_by_channel(waiting, _channel_names(session, reach.office_id)),
        by_lane=_by_lane(_summed(waiting.values(), "lanes")),
        oldest_due=datetime.fromisoformat(oldest) if oldest else None,
        rules=_rules(every, titles),
        verbs=_verbs(every),
        look=_look(every),
        act=Times(_added(channel["act"] for channel in every)),
        undone=_pair(channel["undone"] for channel in every),
        waiting_as_of=kept[WAITING].counted_at if WAITING in kept else None,
        not_counted=sum(1 for day in wanted if day not in counted and day >= began),
    )


def _first_day(session: Session, reach: Reach, zone: ZoneInfo, today: date) -> date:
    """Nothing is to be counted on the days before anything came."""
    first = session.scalar(select(func.min(Comment.received_at)).where(Comment.office_id == reach.office_id))
    return first.astimezone(zone).date() if first else today


def _seen(reach: Reach, row: Figures) -> dict[str, Any]:
    """The channels that may be seen."""
    return {
        channel: counted
        for channel, counted in row.counted.items()
        if reach.channels is None or channel in reach.channels
    }


def _day(day: date, channels: Iterable[Any]) -> Day:
    here = list(channels)
    return Day(
        day=day,
        received=sum(channel["received"] for channel in here),
        by_service=sum(sum(channel["service"].values()) for channel in here),
        by_people=sum(sum(channel["people"].values()) for channel in here),
    )


def _summed(channels: Iterable[Any], kind: str) -> dict[str, tuple[int, int]]:
    count: Counter[str] = Counter()
    overdue: Counter[str] = Counter()
    for channel in channels:
        for name, (here, late) in channel[kind].items():
            count[name] += here
            overdue[name] += late
    return {name: (count[name], overdue[name]) for name in count}


def _most_first(found: Mapping[str, tuple[int, int]], names: Mapping[str, str]) -> tuple[Waiting, ...]:
    lines = [Waiting(each, names.get(each, ""), count, overdue) for each, (count, overdue) in found.items()]
    return tuple(sorted(lines, key=lambda line: (-line.overdue, -line.count, line.id)))


def _by_channel(waiting: Mapping[str, Any], names: Mapping[str, str]) -> tuple[Waiting, ...]:
    sums = {
        channel: (sum(n for n, _ in counted["lanes"].values()), sum(late for _, late in counted["lanes"].values()))
        for channel, counted in waiting.items()
    }
    return _most_first(sums, names)


def _by_lane(found: Mapping[str, tuple[int, int]]) -> tuple[Waiting, ...]:
    return tuple(Waiting(lane.value, "", *found[lane.value]) for lane in Lane if lane.value in found)


def _rules(channels: Sequence[Any], titles: Mapping[str, str]) -> tuple[RuleLine, ...]:
    service: Counter[str] = Counter()
    people: Counter[str] = Counter()
    followed: Counter[str] = Counter()
    otherwise: Counter[str] = Counter()
    for channel in channels:
        service.update(channel["service"])
        people.update(channel["people"])
        for rule, (did, did_not) in channel["followed"].items():
            followed[rule] += did
            otherwise[rule] += did_not
    lines = [
        RuleLine(rule, titles.get(rule, ""), service[rule], people[rule], followed[rule], otherwise[rule])
        for rule in {*service, *people}
    ]
    return tuple(sorted(lines, key=lambda line: (not line.id, -line.by_service - line.by_people, line.id)))


def _verbs(channels: Sequence[Any]) -> dict[str, tuple[int, int]]:
    sums: dict[str, tuple[int, int]] = {}
    for channel in channels:
        for verb, (service, people) in channel["verbs"].items():
            before = sums.get(verb, (0, 0))
            sums[verb] = (before[0] + service, before[1] + people)
    return dict(sorted(sums.items(), key=lambda item: -sum(item[1])))


def _look(channels: Sequence[Any]) -> Times:
    *counts, not_yet = _added((channel["look"] for channel in channels), len(BOUNDS) + 2)
    return Times(tuple(counts), not_yet)


def _added(lists: Iterable[Sequence[int]], length: int = len(BOUNDS) + 1) -> tuple[int, ...]:
    sums = [0] * length
    for each in lists:
        for place, count in enumerate(each):
            sums[place] += count
    return tuple(sums)


def _pair(pairs: Iterable[Sequence[int]]) -> tuple[int, int]:
    first, second = _added(pairs, 2)
    return first, second


def _titles(session: Session, office_id: str) -> dict[str, str]:
    version = publishing.current(session, office_id)
    return {rule.id: rule.title for rule in publishing.read(version).rules} if version else {}


def _channel_names(session: Session, office_id: str) -> dict[str, str]:
    named = select(Channel.id, Channel.name).where(Channel.office_id == office_id)
    return dict(session.execute(named).tuples().all())
