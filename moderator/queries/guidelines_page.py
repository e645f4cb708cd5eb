"""An office's published guidelines, for everybody: one version, and the list of all."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from guidelines.evaluate import label_conditions, measure_of, needs_person
from guidelines.schema import GuidelineSet, Rule
from moderator import publishing
from moderator.errors import NotFound
from moderator.storage.tables import GuidelineVersion, Office


@dataclass(frozen=True, slots=True)
class VersionLine:
    number: int
    sha256: str
    published_at: datetime


@dataclass(frozen=True, slots=True)
class MachineTest:
    """From how sure the service is it asks a person, and hides by itself: the lowest of a rule's thresholds."""

    review: float
    #: None: it never acts by itself under this rule
    automatic: float | None


@dataclass(frozen=True, slots=True)
class GuidelinesPage:
    office: str
    slug: str
    timezone: str
    version: VersionLine
    #: the version in force is this one
    current: bool
    guidelines: GuidelineSet
    #: the canonical bytes that the version's sha256 is of
    document: str
    #: by rule id; a rule that is not here is judged by people alone
    tests: Mapping[str, MachineTest]
    #: newest first
    versions: tuple[VersionLine, ...]


def guidelines_page(session: Session, slug: str, number: int | None, labels: frozenset[str]) -> GuidelinesPage:
    """One version, the newest where no number is given. Raises `NotFound`.

    `labels` are those that somebody measures.
    """
    office = session.scalar(select(Office).where(Office.slug == slug))
    if office is None:
        raise NotFound("No office has this address.")
    versions = list(
        session.execute(
            select(GuidelineVersion.number, GuidelineVersion.sha256, GuidelineVersion.published_at)
            .where(GuidelineVersion.office_id == office.id)
            .order_by(GuidelineVersion.number.desc())
        )
    )
    if not versions:
        raise NotFound(f"{office.name} has not published guidelines here yet.")
    newest = versions[0].number
    version = session.scalar(
        select(GuidelineVersion).where(
            GuidelineVersion.office_id == office.id, GuidelineVersion.number == (newest if number is None else number)
        )
    )
    if version is None:
        raise NotFound(f"There is no version {number} of these guidelines. The newest is version {newest}.")
    guidelines = publishing.read(version)
    return GuidelinesPage(
        office=office.name,
        slug=office.slug,
        timezone=office.timezone,
        version=VersionLine(version.number, version.sha256, version.published_at),
        current=version.number == newest,
        guidelines=guidelines,
        document=version.document,
        tests=_tests(guidelines, labels),
        versions=tuple(VersionLine(*line) for line in versions),
    )


def _tests(guidelines: GuidelineSet, labels: frozenset[str]) -> dict[str, MachineTest]:
    judged = {rule.id for rule in needs_person(guidelines, labels)}
    return {rule.id: _test(rule, labels) for rule in guidelines.rules if rule.condition and rule.id not in judged}


def _test(rule: Rule, labels: frozenset[str]) -> MachineTest:
    conditions = label_conditions(rule.condition) if rule.condition else ()
    measures = [measure_of(rule, condition, 0.0) for condition in conditions if condition.label in labels]
    automatic = [measure.automatic for measure in measures if measure.automatic is not None]
    return MachineTest(
        review=min((measure.review for measure in measures), default=rule.thresholds.review),
        automatic=min(automatic, default=None),
    )
