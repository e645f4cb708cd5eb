"""A classifier that reads its scores out of the comment: `threat=0.95 and some words` scores 0.95 for threat."""

import re
from collections.abc import Sequence

from classifiers.base import Item, Result, Span

_WRITTEN = re.compile(r"\b([a-z_]+)=([0-9.]+)")

#: what a label scores that the comment does not write down
QUIET = 0.01


class WrittenScores:
    """Scores every label in `labels`; those written in a text as written. A text with `explode` in it raises.

    `batches` holds the texts of every call.
    """

    name = "written"
    version = "1"
    labels: tuple[str, ...] = ("threat", "harassment", "discrimination", "spam")

    def __init__(self) -> None:
        self.batches: list[list[str]] = []

    def classify(self, batch: Sequence[Item]) -> list[Result]:
        self.batches.append([item.text for item in batch])
        return [self.result(item) for item in batch]

    def result(self, item: Item) -> Result:
        if "explode" in item.text:
            raise RuntimeError("this text makes it explode")
        written = [(m[1], float(m[2]), m.span()) for m in _WRITTEN.finditer(item.text) if m[1] in self.labels]
        scores = dict.fromkeys(self.labels, QUIET) | {label: score for label, score, _ in written}
        return Result(scores, tuple(Span(*place, label) for label, score, place in written if score >= 0.5))
