"""At which scores a guideline set acts, label by label."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from guidelines.evaluate import measure_of
from guidelines.schema import AllOf, AnyOf, Condition, GuidelineSet, LabelCondition, Measure, Mode, Not, Rule, Strength

#: The name of a threshold that was given by hand.
GIVEN = "given"


@dataclass(frozen=True, slots=True)
class Cut:
    """A threshold and what it is for: a `Strength`, or `GIVEN`."""

    name: str
    at: float


Cuts = Mapping[str, tuple[Cut, ...]]


def cuts_of(guidelines: GuidelineSet) -> dict[str, tuple[Cut, ...]]:
    """For each label the lowest review threshold of any rule that can fire, and the lowest automatic one if any.

    Exceptions (`not`) are left out: there a score keeps a rule from acting. A rule that asks for two labels at once
    counts for both as if either were enough.
    """
    measures: dict[str, list[Measure]] = {}
    for rule in guidelines.rules:
        for measure in _measures(rule):
            measures.setdefault(measure.label, []).append(measure)
    return {label: tuple(_cuts(found)) for label, found in measures.items()}


def _measures(rule: Rule) -> Iterator[Measure]:
    if rule.condition is not None and rule.mode is not Mode.OFF:
        for condition in _asked(rule.condition):
            yield measure_of(rule, condition, 0.0)


def _asked(condition: Condition) -> Iterator[LabelCondition]:
    match condition:
        case LabelCondition():
            yield condition
        case AnyOf(parts) | AllOf(parts):
            for part in parts:
                yield from _asked(part)
        case Not():
            return


def _cuts(measures: Iterable[Measure]) -> Iterator[Cut]:
    measures = list(measures)
    yield Cut(Strength.REVIEW.value, min(measure.review for measure in measures))
    automatic = [measure.automatic for measure in measures if measure.automatic is not None]
    if automatic:
        yield Cut(Strength.AUTOMATIC.value, min(automatic))
