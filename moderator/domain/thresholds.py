"""From which scores on the rules of a guideline set act, label by label. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from guidelines.evaluate import evidence, measure_of
from guidelines.schema import GuidelineSet, Measure, Mode


@dataclass(frozen=True, slots=True)
class Lowest:
    """The lowest score for which any rule asks a person, and for which any hides by itself. None: none does."""

    review: float
    automatic: float | None


Thresholds = Mapping[str, Lowest]


def lowest_of(guidelines: GuidelineSet) -> dict[str, Lowest]:
    """The thresholds of each label that a rule which can fire asks for.

    Exceptions (`not`) are left out: there a score keeps a rule from acting. A rule that asks for two labels at once
    counts for both as if either were enough.
    """
    measures: dict[str, list[Measure]] = {}
    for rule in guidelines.rules:
        if rule.condition is not None and rule.mode is not Mode.OFF:
            for condition in evidence(rule.condition):
                measures.setdefault(condition.label, []).append(measure_of(rule, condition, 0.0))
    return {label: _lowest(found) for label, found in measures.items()}


def _lowest(measures: list[Measure]) -> Lowest:
    automatic = [measure.automatic for measure in measures if measure.automatic is not None]
    return Lowest(min(measure.review for measure in measures), min(automatic, default=None))
