"""How the answer about one text came about: what each classifier said, whose word counted, and which rule it broke."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from guidelines.schema import GuidelineSet, Rule, RuleAction
from moderator import ensembles, publishing
from moderator.domain.ensemble import OTHER_LANGUAGE, Answers, Opinion, dissent
from moderator.domain.thresholds import Lowest, Thresholds
from moderator.domain.vocabulary import Signal
from moderator.storage.tables import Assessment, Decision, GuidelineVersion, Revision

#: start, end (excluded) and label
Span = tuple[int, int, str]

_SIGNALS = frozenset(Signal)


@dataclass(frozen=True, slots=True)
class Measured:
    """One score held against the thresholds of the version that was in force. None: no such threshold."""

    label: str
    score: float
    review: float | None
    automatic: float | None
    #: whose score it is; empty in decisions from before this was noted
    classifier: str = ""
    #: the view that scored, where it was not the text as written
    view: str = ""
    #: what the classifier saw, in a sentence
    because: str = ""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A label for which classifiers are further apart than the office's margin: each with its score, highest first."""

    label: str
    answered_by: str
    scores: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class FactShown:
    """A fact that spoke for a rule."""

    #: `guidelines.schema.Held`: words, links, recorded, activity, post, period
    kind: str
    value: str
    count: int | None
    within_hours: float | None
    by: str
    #: of a period, as the version calls it
    title: str = ""
    #: of what is recorded, as long as it is
    source: str = ""


@dataclass(frozen=True, slots=True)
class StepShown:
    """The step of a rule's ladder that the author had reached."""

    count: int
    within_days: int
    actions: tuple[RuleAction, ...]


@dataclass(frozen=True, slots=True)
class FoundRule:
    """A rule that the comment appears to break, in the words of the version that the decision cites."""

    id: str
    title: str
    text: str
    severity: int
    measures: tuple[Measured, ...]
    facts: tuple[FactShown, ...] = ()
    step: StepShown | None = None


@dataclass(frozen=True, slots=True)
class ReadingShown:
    """What one classifier made of the text."""

    classifier: str
    version: str
    error: str
    #: it does not read the language of the text, so others answer
    other_language: bool
    scores: tuple[Measured, ...]
    #: what it tells moderators and no rule may rest on: signal and strength
    signals: tuple[tuple[str, float], ...]


def found_rules(
    explaining: Decision | None,
    cited: GuidelineVersion | None,
    readings: Sequence[Assessment],
    sources: Mapping[str, str],
) -> tuple[FoundRule, ...]:
    """What the decision found, in the words of the version that it cites. `sources` of what is recorded, by fact."""
    if explaining is None or cited is None:
        return ()
    guidelines = publishing.read(cited)
    told = {reading.classifier: reading for reading in readings}
    return tuple(
        replace(
            _found_rule(guidelines.rule(finding["rule_id"]), finding, explaining.answered, told),
            facts=tuple(_fact(guidelines, held, sources) for held in finding.get("facts", ())),
        )
        for finding in explaining.findings
    )


def shown_reading(reading: Assessment, thresholds: Thresholds) -> ReadingShown:
    scores = sorted(reading.scores.items(), key=lambda entry: -entry[1])
    return ReadingShown(
        classifier=reading.classifier,
        version=reading.version,
        error=reading.error,
        other_language=OTHER_LANGUAGE in reading.doubts,
        scores=tuple(_measured(label, s, thresholds.get(label)) for label, s in scores if label not in _SIGNALS),
        signals=tuple((label, s) for label, s in scores if label in _SIGNALS),
    )


def spans(readings: Sequence[Assessment], answered: Mapping[str, str]) -> tuple[Span, ...]:
    """What is marked in the text: by whoever answered for a label, and by everybody where that was not noted."""
    return tuple(
        (start, end, label)
        for reading in readings
        for start, end, label in reading.spans
        if answered.get(label, reading.classifier) == reading.classifier
    )


def unreadable(
    revision: Revision, readings: Sequence[Assessment], answered: Mapping[str, str], wanted: Collection[str]
) -> tuple[str, ...]:
    """Why a person must look, whatever the scores.

    Another language is a reason only where it left a label open that rules ask for (`wanted`).
    """
    reasons = list(revision.unreadable)
    for reading in readings:
        left_open = any(label in wanted and label not in answered for label in reading.scores)
        reasons += [doubt for doubt in reading.doubts if doubt != OTHER_LANGUAGE or left_open]
    return tuple(dict.fromkeys(reasons))


def language(readings: Sequence[Assessment]) -> str:
    """The first that a classifier told; empty where none did."""
    return next((reading.language for reading in readings if reading.language), "")


def disagreements(
    session: Session,
    office_id: str,
    readings: Sequence[Assessment],
    answered: Mapping[str, str],
    wanted: Collection[str],
) -> tuple[Disagreement, ...]:
    """About labels that rules ask for (`wanted`)."""
    opinions = [Opinion(r.classifier, r.scores, tuple(r.doubts), failed=bool(r.error)) for r in readings]
    scores = {o.classifier: o.scores for o in opinions}
    known = {label: name for label, name in answered.items() if label in scores.get(name, {}) and label in wanted}
    if len(opinions) < 2 or not known:
        return ()
    answers = Answers({label: scores[name][label] for label, name in known.items()}, known)
    margin = ensembles.of_office(session, office_id, ()).margin
    return tuple(
        _disagreement(label, answers, apart)
        for label in sorted(known)
        if (apart := dissent(opinions, answers, label, margin))
    )


def stored_readings(session: Session, revision_id: str) -> list[Assessment]:
    query = select(Assessment).where(Assessment.revision_id == revision_id).order_by(Assessment.id)
    return list(session.scalars(query))


def _found_rule(
    rule: Rule, finding: Mapping[str, Any], answered: Mapping[str, str], told: Mapping[str, Assessment]
) -> FoundRule:
    measures = []
    for measure in finding["measures"]:
        label = measure["label"]
        classifier = answered.get(label, "")
        reading = told.get(classifier)
        view, because = (reading.views.get(label, ""), reading.because.get(label, "")) if reading else ("", "")
        measures.append(Measured(**measure, classifier=classifier, view=view, because=because))
    strongest_first = tuple(sorted(measures, key=lambda m: -m.score))
    return FoundRule(
        rule.id, rule.title, rule.text, rule.severity, strongest_first, step=_step(rule, finding.get("rung", 0))
    )


def _step(rule: Rule, rung: int) -> StepShown | None:
    if not 0 < rung <= len(rule.repeat):
        return None
    step = rule.repeat[rung - 1]
    return StepShown(step.count, step.within_days, step.actions)


def _fact(guidelines: GuidelineSet, held: Mapping[str, Any], sources: Mapping[str, str]) -> FactShown:
    kind, value = held["kind"], held["value"]
    titles = {period.id: period.title for period in guidelines.periods} if kind == "period" else {}
    source = sources.get(value, "") if kind == "recorded" else ""
    return FactShown(kind, value, held["count"], held["within_hours"], held["by"], titles.get(value, ""), source)


def _measured(label: str, score: float, lowest: Lowest | None) -> Measured:
    if lowest is None:
        return Measured(label, score, None, None)
    return Measured(label, score, lowest.review, lowest.automatic)


def _disagreement(label: str, answers: Answers, apart: Sequence[Opinion]) -> Disagreement:
    said = [
        (answers.by[label], answers.scores[label]),
        *((opinion.classifier, opinion.scores[label]) for opinion in apart),
    ]
    return Disagreement(label, answers.by[label], tuple(sorted(said, key=lambda pair: -pair[1])))
