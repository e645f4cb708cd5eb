"""Where people are asked, and where a machine acts: in this order, with room between the two."""

from collections.abc import Iterator

from guidelines.checks.flaw import CERTAIN, Flaw, label_conditions, rules
from guidelines.evaluate import measure_of
from guidelines.reader import Path
from guidelines.schema import GuidelineSet, LabelCondition, Measure, Rule


def review_above_automatic(guidelines: GuidelineSet) -> Iterator[Flaw]:
    for path, rule in rules(guidelines):
        if rule.thresholds.review > rule.thresholds.automatic:
            yield _above((*path, "thresholds", "review"), rule, rule.thresholds.review, rule.thresholds.automatic)
            continue
        for inner, _, measure in _measures(path, rule):
            if measure.automatic is not None and measure.review > measure.automatic:
                yield _above(inner, rule, measure.review, measure.automatic)


def nothing_to_review(guidelines: GuidelineSet) -> Iterator[Flaw]:
    for path, rule in rules(guidelines):
        for inner, condition, measure in _measures(path, rule):
            if measure.automatic == measure.review and condition.label not in CERTAIN:
                message = f"rule {rule.id} hides {condition.label} from {measure.review:g}, and asks nobody before"
                yield Flaw(inner, "nothing-to-review", message, "make review the lower of the two", True)


def automatic_on_a_guess(guidelines: GuidelineSet) -> Iterator[Flaw]:
    """Scores are probabilities: below an even chance, most of what is hidden is fine."""
    for path, rule in rules(guidelines):
        for inner, condition, measure in _measures(path, rule):
            if measure.automatic is not None and measure.automatic < 0.5 and condition.label not in CERTAIN:
                message = (
                    f"rule {rule.id} hides from {measure.automatic:g} on, where a comment is more likely fine than not"
                )
                yield Flaw(inner, "automatic-on-a-guess", message, "make automatic 0.9 or more", True)


def threshold_of_one(guidelines: GuidelineSet) -> Iterator[Flaw]:
    """No probability that is measured is ever 1."""
    for path, rule in rules(guidelines):
        for inner, condition, measure in _measures(path, rule):
            if 1 in (measure.review, measure.automatic) and condition.label not in CERTAIN:
                message = f"rule {rule.id} waits for {condition.label} at 1, which hardly any score reaches"
                yield Flaw(inner, "unreachable", message, "lower it, or write automatic: never", True)


def fires_on_everything(guidelines: GuidelineSet) -> Iterator[Flaw]:
    for path, rule in rules(guidelines):
        for inner, condition, measure in _measures(path, rule):
            if measure.review == 0:
                message = f"rule {rule.id} fires on every comment: {condition.label} is reviewed from 0"
                yield Flaw(inner, "fires-on-everything", message, "raise review", True)


CHECKS = (review_above_automatic, nothing_to_review, automatic_on_a_guess, threshold_of_one, fires_on_everything)


def _measures(path: Path, rule: Rule) -> Iterator[tuple[Path, LabelCondition, Measure]]:
    """Every label of the rule with the thresholds that hold for it."""
    for inner, condition in label_conditions(path, rule):
        yield inner, condition, measure_of(rule, condition, 0.0)


def _above(path: Path, rule: Rule, review: float, automatic: float) -> Flaw:
    message = f"rule {rule.id} asks people from {review:g}, but acts automatically from {automatic:g} already"
    return Flaw(path, "review-above-automatic", message, "make automatic the higher of the two")
