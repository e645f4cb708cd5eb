"""An office's published guidelines, for everybody: one version, when which was in force, and what the machine tests.

`shown` makes what the page's body takes from any set, so that a draft can be looked at as the public would see it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from itertools import zip_longest
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from guidelines.evaluate import label_conditions, measure_of, needs_person
from guidelines.schema import (
    ActivityCondition,
    AllOf,
    AnyOf,
    Condition,
    GuidelineSet,
    LabelCondition,
    LinkCondition,
    Mode,
    Not,
    Period,
    Risk,
    Rule,
    WordsCondition,
)
from moderator import clock, publishing
from moderator.errors import NotFound
from moderator.storage.tables import GuidelineVersion, Office


class Standing(StrEnum):
    """Where a version stands today."""

    IN_FORCE = "in_force"
    UPCOMING = "upcoming"
    EARLIER = "earlier"
    #: another version took effect at the same moment or before its own came
    REPLACED = "replaced"


class Does(StrEnum):
    """What the service does about a rule."""

    HIDES = "hides"  # it may hide by itself, and asks people about the rest
    ASKS = "asks"
    NOTHING = "nothing"  # people notice and judge


class Course(StrEnum):
    """Where a period stands today."""

    AHEAD = "ahead"
    NOW = "now"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class VersionLine:
    number: int
    sha256: str
    published_at: datetime
    effective_at: datetime
    #: when the next one took over, or will; None: nothing follows
    ended_at: datetime | None
    standing: Standing
    #: a second member read it before it was published
    agreed: bool
    #: what changed and why, in the office's words
    note: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A guideline set as its page shows it, published or not."""

    guidelines: GuidelineSet
    timezone: str
    #: by rule id
    does: Mapping[str, Does]
    #: labels that somebody measures
    labels: frozenset[str]
    #: by period id
    periods: Mapping[str, Course]


@dataclass(frozen=True, slots=True)
class GuidelinesPage:
    office: str
    slug: str
    timezone: str
    version: VersionLine
    guidelines: GuidelineSet
    shown: Shown
    #: the canonical bytes that the version's sha256 is of
    document: str
    #: highest number first
    versions: tuple[VersionLine, ...]

    @property
    def in_force(self) -> VersionLine | None:
        return next((line for line in self.versions if line.standing is Standing.IN_FORCE), None)

    @property
    def upcoming(self) -> tuple[VersionLine, ...]:
        """Those that are yet to take effect, the next one first."""
        later = [line for line in self.versions if line.standing is Standing.UPCOMING]
        return tuple(sorted(later, key=lambda line: (line.effective_at, line.number)))


def guidelines_page(session: Session, slug: str, number: int | None, labels: frozenset[str]) -> GuidelinesPage:
    """One version, the one in force where no number is given; where none is yet, the one that will be first.

    Raises `NotFound`. `labels` are those that somebody measures.
    """
    office = _office(session, slug)
    now = clock.now()
    lines = _lines(session, office.id, now)
    if not lines:
        raise NotFound(f"{office.name} has not published guidelines here yet.")
    line = _wanted(lines, number)
    if line is None:
        raise NotFound(f"There is no version {number} of these guidelines. The newest is version {lines[0].number}.")
    version = session.scalars(
        select(GuidelineVersion).where(GuidelineVersion.office_id == office.id, GuidelineVersion.number == line.number)
    ).one()
    guidelines = publishing.read(version)
    return GuidelinesPage(
        office=office.name,
        slug=office.slug,
        timezone=office.timezone,
        version=line,
        guidelines=guidelines,
        shown=shown(guidelines, labels, office.timezone, now),
        document=version.document,
        versions=lines,
    )


def shown(guidelines: GuidelineSet, labels: frozenset[str], timezone: str, at: datetime | None = None) -> Shown:
    """What the body of the page takes: a published set or a draft, as it would look at that moment, or now."""
    today = (at or clock.now()).astimezone(ZoneInfo(timezone)).date()
    by_people = {rule.id for rule in needs_person(guidelines, labels)}
    return Shown(
        guidelines=guidelines,
        timezone=timezone,
        does={rule.id: Does.NOTHING if rule.id in by_people else _does(rule, labels) for rule in guidelines.rules},
        labels=labels,
        periods={period.id: _course(period, today) for period in guidelines.periods},
    )


def hides(rule: Rule, condition: Condition, labels: frozenset[str]) -> bool:
    """Whether this part of the rule's condition is enough for the service to hide by itself."""
    return _may_hide(rule) and _weight(rule, condition, labels) is _Weight.ENOUGH


class _Weight(StrEnum):
    """What a condition that holds does for hiding."""

    ENOUGH = "enough"
    #: a fact or an exception: weakens nothing, and is not enough
    BESIDE = "beside"
    #: a label that only ever asks a person, or that nobody measures
    TOO_LITTLE = "too_little"


def _weight(rule: Rule, condition: Condition, labels: frozenset[str]) -> _Weight:
    match condition:
        case LabelCondition(label=label):
            automatic = measure_of(rule, condition, 0.0).automatic
            return _Weight.ENOUGH if automatic is not None and label in labels else _Weight.TOO_LITTLE
        case WordsCondition(automatic=True) | LinkCondition(automatic=True) | ActivityCondition(automatic=True):
            return _Weight.ENOUGH
        case AnyOf(of=parts):
            weights = [_weight(rule, part, labels) for part in parts]
            return next((weight for weight in _Weight if weight in weights), _Weight.TOO_LITTLE)
        case AllOf(of=parts):
            weights = [_weight(rule, part, labels) for part in parts]
            if _Weight.TOO_LITTLE in weights:
                return _Weight.TOO_LITTLE
            return _Weight.ENOUGH if _Weight.ENOUGH in weights else _Weight.BESIDE
        case Not(of=inner) if any(part.label not in labels for part in label_conditions(inner)):
            return _Weight.TOO_LITTLE  # an exception that nobody measures leaves it to people
        case _:
            return _Weight.BESIDE


def _may_hide(rule: Rule) -> bool:
    return rule.mode is Mode.AUTO_HIDE and rule.viewpoint_risk is not Risk.HIGH


def _does(rule: Rule, labels: frozenset[str]) -> Does:
    return Does.HIDES if rule.condition and hides(rule, rule.condition, labels) else Does.ASKS


def _course(period: Period, today: date) -> Course:
    if today < period.first:
        return Course.AHEAD
    return Course.OVER if today > period.last else Course.NOW


def _office(session: Session, slug: str) -> Office:
    office = session.scalar(select(Office).where(Office.slug == slug.lower()))
    if office is None:
        raise NotFound("No office has this address.")
    return office


def _lines(session: Session, office_id: str, now: datetime) -> tuple[VersionLine, ...]:
    """All versions, highest number first."""
    rows = session.execute(
        select(
            GuidelineVersion.number,
            GuidelineVersion.sha256,
            GuidelineVersion.published_at,
            GuidelineVersion.effective_at,
            GuidelineVersion.approved_by,
            GuidelineVersion.note,
        ).where(GuidelineVersion.office_id == office_id)
    ).all()
    in_turn = sorted(rows, key=lambda row: (row.effective_at, row.number))
    ends = [row.effective_at for row in in_turn[1:]]
    lines = [
        VersionLine(
            number=row.number,
            sha256=row.sha256,
            published_at=row.published_at,
            effective_at=row.effective_at,
            ended_at=end,
            standing=_standing(row.effective_at, end, now),
            agreed=row.approved_by is not None,
            note=row.note,
        )
        for row, end in zip_longest(in_turn, ends)
    ]
    return tuple(sorted(lines, key=lambda line: -line.number))


def _standing(effective_at: datetime, ended_at: datetime | None, now: datetime) -> Standing:
    if ended_at == effective_at:
        return Standing.REPLACED
    if effective_at > now:
        return Standing.UPCOMING
    return Standing.IN_FORCE if ended_at is None or ended_at > now else Standing.EARLIER


def _wanted(lines: Sequence[VersionLine], number: int | None) -> VersionLine | None:
    if number is not None:
        return next((line for line in lines if line.number == number), None)
    in_force = (line for line in lines if line.standing is Standing.IN_FORCE)
    first_to_come = min(lines, key=lambda line: (line.effective_at, -line.number))
    return next(in_force, first_to_come)
