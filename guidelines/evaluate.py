"""Rules held against scores and facts. Pure: no clock, no text, no memory of other comments.

What fires here is a finding, never a decision; what becomes of it is for the caller.
"""

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from functools import lru_cache

from guidelines.schema import (
    NO_FACTS,
    ActivityCondition,
    AllOf,
    AnyOf,
    Condition,
    FactCondition,
    Facts,
    Finding,
    GuidelineSet,
    Held,
    LabelCondition,
    LinkCondition,
    Measure,
    Mode,
    Needs,
    Not,
    Period,
    PeriodCondition,
    PostCondition,
    RecordedCondition,
    Risk,
    Rule,
    RungCount,
    Scores,
    Strength,
    WordsCondition,
)
from guidelines.states import Compiler, Find, State, Test, count_of


class Evaluator:
    """A guideline set made ready to be asked often. Safe to share between threads.

    Most comments break no rule, so a rule is only asked where something that could speak for it was measured or found.
    """

    def __init__(self, guidelines: GuidelineSet) -> None:
        by_severity = sorted(guidelines.rules, key=lambda rule: rule.severity)
        self._rules = tuple(
            _compile(rule, rule.condition, guidelines.periods)
            for rule in by_severity
            if rule.condition and _fires(rule)
        )
        self._always = frozenset(place for place, rule in enumerate(self._rules) if not rule.asks)
        self._labels = tuple(_alarms(self._rules))
        self._finds = tuple(_bells(self._rules))

    def __call__(self, scores: Scores, facts: Facts = NO_FACTS) -> tuple[Finding, ...]:
        """The findings, most severe first, then in the order of the document.

        A label without a score (or with NaN) and a fact that is not known fire nothing, excuse nothing and raise
        nothing.
        """
        places = set(self._always)
        for label, review, woken in self._labels:
            score = scores.get(label)
            if score is not None and score >= review:
                places |= woken
        for find, woken in self._finds:
            if find(facts):
                places |= woken
        if not places:
            return ()
        return tuple([finding for place in sorted(places) if (finding := self._rules[place](scores, facts))])


def evaluate(guidelines: GuidelineSet, scores: Scores, facts: Facts = NO_FACTS) -> tuple[Finding, ...]:
    """`Evaluator(guidelines)(scores, facts)`, with the evaluators of the last few sets kept."""
    return _evaluator(guidelines)(scores, facts)


def labels_used(guidelines: GuidelineSet) -> frozenset[str]:
    """The labels that rules which can fire ask for: what classifiers are worth running."""
    return frozenset(measured.label for condition in _firing(guidelines) for measured in label_conditions(condition))


def needs(guidelines: GuidelineSet) -> Needs:
    """The facts that rules which can fire ask for."""
    asked = [fact for condition in _firing(guidelines) for fact in fact_conditions(condition)]
    return Needs(
        words=frozenset(word for fact in asked if isinstance(fact, WordsCondition) for word in fact.words),
        links=_asks_for(LinkCondition, asked),
        recorded=_asks_for(RecordedCondition, asked),
        counts=frozenset(count_of(fact) for fact in asked if isinstance(fact, ActivityCondition)),
        post=_asks_for(PostCondition, asked),
        day=_asks_for(PeriodCondition, asked),
        rungs=frozenset(
            RungCount(rule.id, rung.within_days)
            for rule in guidelines.rules
            if rule.condition and _fires(rule)
            for rung in rule.repeat
        ),
    )


def needs_person(guidelines: GuidelineSet, available_labels: Set[str]) -> tuple[Rule, ...]:
    """The rules that never fire by these labels and by facts: published, and for people to notice and judge."""
    return tuple(
        rule
        for rule in guidelines.rules
        if not (rule.condition and _fires(rule) and _testable(rule.condition, available_labels))
    )


def label_conditions(condition: Condition) -> Iterator[LabelCondition]:
    """Every label condition inside, in the order of the document, those under `not` included."""
    return (leaf for leaf, _ in _leaves(condition) if isinstance(leaf, LabelCondition))


def fact_conditions(condition: Condition) -> Iterator[FactCondition]:
    """Every condition on a fact inside, in the order of the document, those under `not` included."""
    return (leaf for leaf, _ in _leaves(condition) if not isinstance(leaf, LabelCondition))


def evidence(condition: Condition) -> Iterator[LabelCondition]:
    """The label conditions inside for which a score speaks for the rule: exceptions (`not`) are left out."""
    return (leaf for leaf, speaks in _leaves(condition) if speaks and isinstance(leaf, LabelCondition))


def fact_evidence(condition: Condition) -> Iterator[FactCondition]:
    """The conditions on facts inside that speak for the rule: exceptions (`not`) are left out."""
    return (leaf for leaf, speaks in _leaves(condition) if speaks and not isinstance(leaf, LabelCondition))


def measure_of(rule: Rule, condition: LabelCondition, score: float) -> Measure:
    """The score with the thresholds that hold for it: the condition's own, else the rule's."""
    review = rule.thresholds.review if condition.review is None else condition.review
    automatic = rule.thresholds.automatic if condition.automatic is None else condition.automatic
    return Measure(condition.label, score, review, automatic if _may_act(rule) and automatic <= 1 else None)


def rung_of(rule: Rule, upheld: Mapping[RungCount, int]) -> int:
    """The highest step of the rule's ladder whose count is reached, from 1; 0 for none. Not counted is not reached."""
    if not rule.repeat or not upheld:
        return 0
    reached = (
        number
        for number, rung in enumerate(rule.repeat, 1)
        if upheld.get(RungCount(rule.id, rung.within_days), 0) >= rung.count
    )
    return max(reached, default=0)


@lru_cache(maxsize=64)
def _evaluator(guidelines: GuidelineSet) -> Evaluator:
    return Evaluator(guidelines)


def _firing(guidelines: GuidelineSet) -> Iterator[Condition]:
    return (rule.condition for rule in guidelines.rules if rule.condition and _fires(rule))


def _leaves(condition: Condition, speaks: bool = True) -> Iterator[tuple[LabelCondition | FactCondition, bool]]:
    """Every condition inside that holds no others, and whether it speaks for the rule; under `not` it does not."""
    match condition:
        case Not(inner):
            yield from _leaves(inner, not speaks)
        case AnyOf(parts) | AllOf(parts):
            for part in parts:
                yield from _leaves(part, speaks)
        case _:
            yield condition, speaks


def _testable(condition: Condition, labels: Set[str]) -> bool:
    """Whether the condition can hold where only these labels are measured. Facts can always be found out."""
    match condition:
        case LabelCondition(label):
            return label in labels
        case Not(inner):
            return _testable(inner, labels)
        case AnyOf(parts):
            return any(_testable(part, labels) for part in parts)
        case AllOf(parts):
            # An exception nobody can test does not stop the rest.
            asked = [part for part in parts if not isinstance(part, Not)] or parts
            return all(_testable(part, labels) for part in asked)
        case _:
            return True


def _asks_for(kind: type[FactCondition], asked: Iterable[FactCondition]) -> bool:
    return any(isinstance(fact, kind) for fact in asked)


def _fires(rule: Rule) -> bool:
    return rule.mode is not Mode.OFF


def _may_act(rule: Rule) -> bool:
    return rule.mode is Mode.AUTO_HIDE and rule.viewpoint_risk is not Risk.HIGH


@dataclass(frozen=True, slots=True)
class _CompiledRule:
    rule: Rule
    test: Test
    #: what a score of each label that speaks for the rule is held against
    measures: tuple[Measure, ...]
    finds: Mapping[FactCondition, Find]
    #: False: it can fire on what a comment is not
    asks: bool

    def __call__(self, scores: Scores, facts: Facts) -> Finding | None:
        state = self.test(scores, facts)
        if state < State.REVIEW:
            return None
        strength = Strength.AUTOMATIC if state is State.AUTOMATIC else Strength.REVIEW
        crossed = tuple(self._crossed(scores))
        held = tuple(dict.fromkeys(self._held(facts))) if self.finds else ()
        return Finding(self.rule.id, strength, crossed, held, rung_of(self.rule, facts.upheld))

    def _crossed(self, scores: Scores) -> Iterator[Measure]:
        """What the condition asks for and got. Exceptions are no evidence, so they are not here."""
        for measure in self.measures:
            score = scores.get(measure.label)
            if score is not None and score >= measure.review:
                yield Measure(measure.label, score, measure.review, measure.automatic)

    def _held(self, facts: Facts) -> Iterator[Held]:
        for find in self.finds.values():
            yield from find(facts) or ()


def _compile(rule: Rule, condition: Condition, periods: tuple[Period, ...]) -> _CompiledRule:
    def measure(labelled: LabelCondition) -> Measure:
        return measure_of(rule, labelled, 0.0)

    compiler = Compiler(measure, _may_act(rule), periods)
    return _CompiledRule(
        rule,
        compiler.test(condition),
        tuple(map(measure, dict.fromkeys(evidence(condition)))),
        {fact: compiler.find(fact) for fact in fact_evidence(condition)},
        _asks(condition),
    )


def _alarms(rules: tuple[_CompiledRule, ...]) -> Iterator[tuple[str, float, frozenset[int]]]:
    """For each label the lowest score that can speak for a rule, and the places of those rules."""
    measured = [(measure, place) for place, rule in enumerate(rules) for measure in rule.measures]
    for label in dict.fromkeys(measure.label for measure, _ in measured):
        found = [(measure.review, place) for measure, place in measured if measure.label == label]
        yield label, min(review for review, _ in found), frozenset(place for _, place in found)


def _bells(rules: tuple[_CompiledRule, ...]) -> Iterator[tuple[Find, frozenset[int]]]:
    """For each fact that can speak for a rule how to find it, and the places of those rules."""
    finds = {fact: find for rule in rules for fact, find in rule.finds.items()}
    for fact, find in finds.items():
        yield find, frozenset(place for place, rule in enumerate(rules) if fact in rule.finds)


def _asks(condition: Condition, speaks: bool = True) -> bool:
    """Whether something that speaks for the rule must be there for the condition to hold."""
    match condition:
        case Not(inner):
            return _asks(inner, not speaks)
        case AnyOf(parts) | AllOf(parts):
            # "Not all of these" is "any of these is not".
            either = isinstance(condition, AnyOf) is speaks
            return (all if either else any)(_asks(part, speaks) for part in parts)
        case _:
            return speaks
