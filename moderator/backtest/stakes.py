"""Which facts can make a difference to a comment with such scores: only those need to be found out.

A rule that its scores keep from firing fires whatever the facts are, and a ladder says what is asked beside hiding.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import reduce

from guidelines.evaluate import measure_of, needs
from guidelines.schema import AllOf, AnyOf, Condition, GuidelineSet, LabelCondition, Measure, Mode, Needs, Rule, Scores
from moderator.facts import both

_NOTHING = Needs()

#: The score from which a label does what is asked about; None: no score does it.
_Bar = Callable[[Measure], float | None]


class Stakes:
    """A set made ready to be asked which facts matter. Without a set none do."""

    def __init__(self, guidelines: GuidelineSet | None) -> None:
        rules = guidelines.rules if guidelines else ()
        firing = [(rule, rule.condition) for rule in rules if rule.condition and rule.mode is not Mode.OFF]
        asking = [(rule, condition, _of_rule(guidelines, rule)) for rule, condition in firing if guidelines]
        self._asking = [each for each in asking if each[2] != _NOTHING]
        self._hiding = [(rule, condition) for rule, condition in firing if rule.mode is Mode.AUTO_HIDE]

    def __call__(self, scores: Scores) -> Needs:
        """The facts without which nobody can tell what the set makes of a comment with these scores."""
        found = reduce(
            both,
            [asked for rule, condition, asked in self._asking if _in_reach(rule, condition, scores, _review)],
            _NOTHING,
        )
        if found.rungs and not any(_in_reach(rule, each, scores, _automatic) for rule, each in self._hiding):
            return replace(found, rungs=frozenset())
        return found


def _of_rule(guidelines: GuidelineSet, rule: Rule) -> Needs:
    return needs(replace(guidelines, rules=(rule,)))


def _in_reach(rule: Rule, condition: Condition, scores: Scores, bar: _Bar) -> bool:
    """Whether the condition may come as far as the bar, whatever the facts are. In doubt it may."""
    match condition:
        case LabelCondition(label):
            score, least = scores.get(label), bar(measure_of(rule, condition, 0.0))
            return score is not None and least is not None and score >= least
        case AnyOf(parts):
            return any(_in_reach(rule, part, scores, bar) for part in parts)
        case AllOf(parts):
            return all(_in_reach(rule, part, scores, bar) for part in parts)
        case _:
            return True


def _review(measure: Measure) -> float | None:
    return measure.review


def _automatic(measure: Measure) -> float | None:
    return measure.automatic
