"""Rules held against scores. Pure: no clock, no text, no memory of other comments.

What fires here is a finding, never a decision; what becomes of it is for the caller.
"""

from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

from guidelines.schema import (
    AllOf,
    AnyOf,
    Condition,
    Finding,
    GuidelineSet,
    LabelCondition,
    Measure,
    Mode,
    Not,
    Risk,
    Rule,
    Scores,
    Strength,
)


class _State(IntEnum):
    """What became of a condition. In this order, so that `any` is the greatest of its parts."""

    ABSENT = 0  # below the review threshold
    UNKNOWN = 1  # no score to tell
    UNTESTED = 2  # an exception (`not`) without a score: stops nothing, starts nothing, and keeps a machine from acting
    REVIEW = 3
    CLEAR = 4  # an exception that does not apply: it holds, but says nothing for acting
    AUTOMATIC = 5


_NEGATED = {
    _State.ABSENT: _State.CLEAR,
    _State.UNKNOWN: _State.UNTESTED,
    _State.UNTESTED: _State.UNKNOWN,
    _State.REVIEW: _State.ABSENT,
    _State.CLEAR: _State.ABSENT,
    _State.AUTOMATIC: _State.ABSENT,
}

_FIRED = {
    _State.REVIEW: Strength.REVIEW,
    _State.CLEAR: Strength.REVIEW,
    _State.AUTOMATIC: Strength.AUTOMATIC,
}

_Test = Callable[[Scores], _State]


class Evaluator:
    """A guideline set made ready to be asked often. Safe to share between threads."""

    def __init__(self, guidelines: GuidelineSet) -> None:
        by_severity = sorted(guidelines.rules, key=lambda rule: rule.severity)
        self._rules = tuple(_compile(rule, rule.condition) for rule in by_severity if rule.condition and _fires(rule))

    def __call__(self, scores: Scores) -> tuple[Finding, ...]:
        """The findings, most severe first, then in the order of the document.

        A label without a score (or with NaN) fires nothing and raises nothing.
        """
        return tuple(finding for rule in self._rules if (finding := rule(scores)))


def evaluate(guidelines: GuidelineSet, scores: Scores) -> tuple[Finding, ...]:
    """`Evaluator(guidelines)(scores)`, with the evaluators of the last few sets kept."""
    return _evaluator(guidelines)(scores)


def labels_used(guidelines: GuidelineSet) -> frozenset[str]:
    """The labels that rules which can fire ask for: what classifiers are worth running."""
    return frozenset(
        measured.label
        for rule in guidelines.rules
        if rule.condition and _fires(rule)
        for measured in label_conditions(rule.condition)
    )


def needs_person(guidelines: GuidelineSet, available_labels: Set[str]) -> tuple[Rule, ...]:
    """The rules that never fire by these labels alone: published, and for people to notice and judge."""
    return tuple(
        rule
        for rule in guidelines.rules
        if not (rule.condition and _fires(rule) and _testable(rule.condition, available_labels))
    )


def label_conditions(condition: Condition) -> Iterator[LabelCondition]:
    """Every label condition inside, in the order of the document, those under `not` included."""
    match condition:
        case LabelCondition():
            yield condition
        case Not(inner):
            yield from label_conditions(inner)
        case AnyOf(parts) | AllOf(parts):
            for part in parts:
                yield from label_conditions(part)


def evidence(condition: Condition, negated: bool = False) -> Iterator[LabelCondition]:
    """The label conditions inside for which a score speaks for the rule: exceptions (`not`) are left out."""
    match condition:
        case LabelCondition() if not negated:
            yield condition
        case Not(inner):
            yield from evidence(inner, not negated)
        case AnyOf(parts) | AllOf(parts):
            for part in parts:
                yield from evidence(part, negated)


def measure_of(rule: Rule, condition: LabelCondition, score: float) -> Measure:
    """The score with the thresholds that hold for it: the condition's own, else the rule's."""
    review = rule.thresholds.review if condition.review is None else condition.review
    automatic = rule.thresholds.automatic if condition.automatic is None else condition.automatic
    return Measure(condition.label, score, review, automatic if _may_act(rule) and automatic <= 1 else None)


@lru_cache(maxsize=64)
def _evaluator(guidelines: GuidelineSet) -> Evaluator:
    return Evaluator(guidelines)


def _fires(rule: Rule) -> bool:
    return rule.mode is not Mode.OFF


def _may_act(rule: Rule) -> bool:
    return rule.mode is Mode.AUTO_HIDE and rule.viewpoint_risk is not Risk.HIGH


@dataclass(frozen=True, slots=True)
class _CompiledRule:
    rule: Rule
    test: _Test
    evidence: tuple[LabelCondition, ...]

    def __call__(self, scores: Scores) -> Finding | None:
        strength = _FIRED.get(self.test(scores))
        if strength is None:
            return None
        return Finding(self.rule.id, strength, tuple(self._crossed(scores)))

    def _crossed(self, scores: Scores) -> Iterator[Measure]:
        """What the condition asks for and got. Exceptions are no evidence, so they are not here."""
        for condition in self.evidence:
            score = scores.get(condition.label)
            if score is not None and score >= (measure := measure_of(self.rule, condition, score)).review:
                yield measure


def _compile(rule: Rule, condition: Condition) -> _CompiledRule:
    return _CompiledRule(rule, _test(rule, condition), tuple(dict.fromkeys(evidence(condition))))


def _test(rule: Rule, condition: Condition) -> _Test:
    match condition:
        case LabelCondition():
            return _label_test(measure_of(rule, condition, 0.0))
        case Not(inner):
            test = _test(rule, inner)
            return lambda scores: _NEGATED[test(scores)]
        case AnyOf(parts):
            tests = tuple(_test(rule, part) for part in parts)
            return lambda scores: max((test(scores) for test in tests), default=_State.ABSENT)
        case AllOf(parts):
            tests = tuple(_test(rule, part) for part in parts)
            return lambda scores: _weakest([test(scores) for test in tests])


def _label_test(measure: Measure) -> _Test:
    label, review, automatic = measure.label, measure.review, measure.automatic

    def test(scores: Scores) -> _State:
        score = scores.get(label)
        if score is None or score != score:
            return _State.UNKNOWN
        if score < review:
            return _State.ABSENT
        return _State.AUTOMATIC if automatic is not None and score >= automatic else _State.REVIEW

    return test


def _weakest(states: list[_State]) -> _State:
    least = min(states, default=_State.ABSENT)
    if least is not _State.UNTESTED:
        # Exceptions that hold give way to what the rest says.
        return _State.AUTOMATIC if least is _State.CLEAR and _State.AUTOMATIC in states else least
    acted = _State.REVIEW in states or _State.AUTOMATIC in states
    return _State.REVIEW if acted else _State.UNTESTED


def _testable(condition: Condition, available: Set[str]) -> bool:
    match condition:
        case LabelCondition(label):
            return label in available
        case Not(inner):
            return _testable(inner, available)
        case AnyOf(parts):
            return any(_testable(part, available) for part in parts)
        case AllOf(parts):
            # An exception nobody can test does not stop the rest.
            asked = [part for part in parts if not isinstance(part, Not)] or parts
            return all(_testable(part, available) for part in asked)
