"""Comments that no rule can tell apart come to the same, so each kind of them is judged once.

Rules do nothing with a score but compare it with thresholds: two scores between the same two thresholds are alike.
Facts, doubts and failures are taken as they are.
"""

from bisect import bisect_right
from collections.abc import Hashable

from guidelines.evaluate import label_conditions, measure_of
from guidelines.schema import NO_FACTS, Facts, GuidelineSet
from moderator.pipeline.judge import Heard


class Kinds:
    """Tells which kind of comment one is to some sets of rules. The ensemble must be the same for all comments."""

    def __init__(self, *sets: GuidelineSet | None) -> None:
        cuts: dict[str, set[float]] = {}
        for guidelines in sets:
            for rule in guidelines.rules if guidelines else ():
                for condition in label_conditions(rule.condition) if rule.condition else ():
                    measure = measure_of(rule, condition, 0.0)
                    found = cuts.setdefault(measure.label, set())
                    found.add(measure.review)
                    if measure.automatic is not None:
                        found.add(measure.automatic)
        self._cuts = tuple((label, sorted(found)) for label, found in sorted(cuts.items()))

    def __call__(self, heard: Heard) -> Hashable:
        """The same for comments of which these sets make the same, where the same is known of them."""
        scores = heard.answers.scores
        return (
            heard.unreadable,
            # How many thresholds the score reaches; less than none where there is no score, or one that is no number.
            tuple(
                [
                    -1 if (score := scores.get(label)) is None or score != score else bisect_right(cuts, score)
                    for label, cuts in self._cuts
                ]
            ),
            tuple([(opinion.classifier, opinion.failed, opinion.doubts) for opinion in heard.opinions]),
        )


def known(facts: Facts) -> Hashable:
    """The same for comments of which the same is known."""
    if facts is NO_FACTS:
        return None
    return (
        facts.words,
        facts.hosts,
        facts.recorded,
        facts.post,
        facts.day,
        frozenset(facts.counts.items()),
        frozenset(facts.upheld.items()),
    )
