"""Several classifiers, one answer for each label: who may give it, who gave it, and who sees it otherwise. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter

from moderator.domain.vocabulary import WORD_LABELS

#: Scores further apart than this are shown to the moderator, where an office has not chosen otherwise.
MARGIN = 0.3

#: The doubt of a classifier that does not read the language of a text (`classifiers.text.REASONS`).
OTHER_LANGUAGE = "other_language"

#: Classifier → the labels it measures; None where that is not known, because it does not load.
Measured = Mapping[str, frozenset[str] | None]


@dataclass(frozen=True, slots=True)
class Ensemble:
    """An office's classifiers in order of priority. `orders` holds the labels for which the office chose its own."""

    classifiers: tuple[str, ...]
    orders: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    margin: float = MARGIN

    def order(self, label: str) -> tuple[str, ...]:
        """Who may answer for the label, first choice first. What the service no longer runs is passed over."""
        if label not in self.orders:
            return self.classifiers
        return tuple(name for name in self.orders[label] if name in self.classifiers) or self.classifiers


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one classifier made of a text. Where it `failed` there are no scores."""

    classifier: str
    scores: Mapping[str, float]
    doubts: tuple[str, ...] = ()
    failed: bool = False

    @property
    def counts(self) -> bool:
        """Whether it may answer: scores for a language it does not read say nothing."""
        return not self.failed and OTHER_LANGUAGE not in self.doubts


@dataclass(frozen=True, slots=True)
class Answers:
    """One score for each label that was answered, and by which classifier."""

    scores: Mapping[str, float]
    by: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Silence:
    """Labels that a rule asks for and a classifier should have answered, by why none did."""

    failed: frozenset[str]
    language: frozenset[str]


def answer(ensemble: Ensemble, opinions: Sequence[Opinion]) -> Answers:
    """For each label, the score of the first classifier in order that measures it and may answer.

    Words of a list are found or not: for them the highest score of all counts.
    """
    heard = {opinion.classifier: opinion for opinion in opinions if opinion.counts}
    scores: dict[str, float] = {}
    by: dict[str, str] = {}
    for name in reversed(ensemble.classifiers):
        if name in heard:
            scores |= heard[name].scores
            by |= dict.fromkeys(heard[name].scores, name)
    for label in ensemble.orders:
        scores.pop(label, None)
        by.pop(label, None)
        able = [name for name in ensemble.order(label) if name in heard and label in heard[name].scores]
        if able:
            scores[label], by[label] = heard[able[0]].scores[label], able[0]
    for label in WORD_LABELS:
        found = [(opinion.scores[label], name) for name, opinion in heard.items() if label in opinion.scores]
        if found:
            scores[label], by[label] = max(found, key=itemgetter(0))
    return Answers(scores, by)


def silence(
    ensemble: Ensemble, opinions: Sequence[Opinion], answers: Answers, wanted: Iterable[str], measured: Measured
) -> Silence:
    """Which of the labels that rules ask for (`wanted`) stayed without the answer that they could have had."""
    doubting = {o.classifier for o in opinions if not o.failed and OTHER_LANGUAGE in o.doubts}
    failed, language = set(), set()
    for label in set(wanted) - WORD_LABELS - answers.by.keys():
        able = [name for name in ensemble.order(label) if _measures(measured, name, label)]
        if able and doubting.issuperset(able):
            language.add(label)
        elif any(_measures(measured, name, label) for name in ensemble.classifiers):
            # Also where those that the office chose measure it no more, and another one would.
            failed.add(label)
    return Silence(frozenset(failed), frozenset(language))


def dissent(opinions: Sequence[Opinion], answers: Answers, label: str, margin: float) -> tuple[Opinion, ...]:
    """The opinions that are further than `margin` from the answer for a label, furthest first."""
    if label not in answers.by or label in WORD_LABELS:
        return ()
    score = answers.scores[label]
    others = [o for o in opinions if o.counts and o.classifier != answers.by[label] and label in o.scores]
    # Scores are stored with four decimals: what differs by less is the same.
    apart = [o for o in others if abs(o.scores[label] - score) > margin + 1e-6]
    return tuple(sorted(apart, key=lambda o: -abs(o.scores[label] - score)))


def _measures(measured: Measured, name: str, label: str) -> bool:
    labels = measured.get(name)
    return labels is None or label in labels
