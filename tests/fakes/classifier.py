"""Classifiers that read their scores out of the comment: `threat=0.95 and some words` scores 0.95 for threat."""

import re
from collections.abc import Sequence

from classifiers.base import Item, Result, Span

_ADDRESSED = re.compile(r"(?:\b(\w+)\.)?\b([a-z_]+)=(\w[\w.]*)")

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


class Speaker(WrittenScores):
    """One of several classifiers: `threat=0.9` is for all to read, `second.threat=0.2` for the one called second alone.

    `language=fr` writes the comment in French, `doubt=nul` and `view=joined` are said of it as they stand, and
    `second.fails=1` makes the second one raise. Whoever explains a label points at its name, where that is written.
    """

    def __init__(self, name: str, *labels: str, languages: Sequence[str] = ("en",)) -> None:
        super().__init__()
        self.name = name
        self.labels = labels or WrittenScores.labels
        self._languages = frozenset(languages)
        self.explained: list[tuple[str, tuple[str, ...]]] = []

    def result(self, item: Item) -> Result:
        written = {m[2]: m[3] for m in self._read(item)}
        if "fails" in written:
            raise RuntimeError(f"{self.name} fails")
        scores = {label: float(written.get(label, QUIET)) for label in self.labels}
        language = written.get("language", "en")
        doubts = [written["doubt"]] if "doubt" in written else []
        if language not in self._languages:
            doubts.append("other_language")
        views = {label: written["view"] for label in self.labels if label in written and "view" in written}
        return Result(scores, language=language, doubts=tuple(doubts), views=views)

    def explain(self, item: Item, labels: Sequence[str]) -> tuple[Span, ...]:
        self.explained.append((item.text, tuple(labels)))
        if "inexplicable" in item.text:
            raise RuntimeError("nobody can explain this")
        return tuple(Span(*m.span(2), m[2]) for m in self._read(item) if m[2] in labels)

    def _read(self, item: Item) -> list[re.Match[str]]:
        """What is written for this one; what is addressed to it comes last."""
        mine = [m for m in _ADDRESSED.finditer(item.text) if m[1] in (None, self.name)]
        return sorted(mine, key=lambda m: m[1] is not None)
