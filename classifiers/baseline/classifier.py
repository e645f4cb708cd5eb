"""Scores six labels by the words and letters of a comment. It reads no context and knows no irony."""

import tomllib
from collections.abc import Iterator, Sequence
from importlib.resources import files

import numpy as np

from classifiers.base import Item, Result, Span
from classifiers.baseline.features import Ints, grams
from classifiers.baseline.reading import Window, logits, windows
from classifiers.baseline.weights import Floats, Weights, read, sigmoid

#: Spans are given from this score on: at most `MOST_SPANS` a label and window, of tokens that push the score at least
#: `SPAN_SHARE` as hard as the one that pushes hardest.
SPAN_SCORE = 0.4
SPAN_SHARE = 0.3
MOST_SPANS = 3


class Baseline:
    """Labels as in its card. Results do not depend on the batch; instances may be shared by threads."""

    name = "baseline"

    def __init__(self, weights: Weights, version: str) -> None:
        self.labels = weights.labels
        self.version = version
        self._weights = weights

    def classify(self, batch: Sequence[Item]) -> list[Result]:
        worst = np.zeros((len(batch), len(self.labels)))
        spans: list[list[Span]] = [[] for _ in batch]
        for group in windows([item.text for item in batch]):
            scores = sigmoid(logits(self._weights, group))
            np.maximum.at(worst, [window.text for window in group], scores)
            for number, span in self._spans(group, scores):
                spans[number].append(span)
        return [
            Result(dict(zip(self.labels, map(float, row), strict=True)), tuple(dict.fromkeys(found)))
            for row, found in zip(worst, spans, strict=True)
        ]

    def _spans(self, group: Sequence[Window], scores: Floats) -> Iterator[tuple[int, Span]]:
        chosen = np.flatnonzero((scores >= SPAN_SCORE).any(axis=1))
        if not len(chosen):
            return
        found = grams([group[number].plain.text for number in chosen.tolist()])
        edges = np.searchsorted(found.tokens.document, np.arange(len(chosen) + 1))
        for column, label in enumerate(self.labels):
            pushes = self._pushes(found.bucket, found.first, found.last, column, len(found.tokens.start))
            for place in np.flatnonzero(scores[chosen, column] >= SPAN_SCORE):
                window = group[int(chosen[place])]
                low, high = edges[place], edges[place + 1]
                for first, last in _strongest(pushes[low:high]):
                    start, end = window.plain.original_span(
                        int(found.tokens.start[low + first]), int(found.tokens.end[low + last])
                    )
                    yield window.text, Span(window.start + start, window.start + end, label)

    def _pushes(self, bucket: Ints, first: Ints, last: Ints, column: int, count: int) -> Floats:
        """How hard each token pushes the label, in no unit; a feature of two tokens is shared between them."""
        push = self._weights.table[bucket, column] / 2
        return np.asarray(np.bincount(first, push, count) + np.bincount(last, push, count), np.float64)


def load() -> Baseline:
    """The classifier with its committed weights. Raises `WeightsDamaged` if they are not those of the card."""
    place = files(__package__)
    card = tomllib.loads(place.joinpath("card.toml").read_text("utf-8"))
    weights = read(place.joinpath("weights.npz").read_bytes(), card["sha256"])
    return Baseline(weights, card["version"])


def _strongest(pushes: Floats) -> list[tuple[int, int]]:
    """First and last token of the stretches that push hardest, in reading order."""
    if not len(pushes) or pushes.max() <= 0:
        return []
    strong = np.flatnonzero(pushes >= SPAN_SHARE * pushes.max())
    stretches = np.split(strong, np.flatnonzero(np.diff(strong) > 1) + 1)
    stretches.sort(key=lambda stretch: -float(pushes[stretch].sum()))
    return sorted((int(stretch[0]), int(stretch[-1])) for stretch in stretches[:MOST_SPANS])
