"""How the baseline reads a text: in windows, and in each window the whole and its sentences.

Calm words water down a threat among them, so a window's logit is mixed from the whole window's and its worst
sentence's; a text has the logit of its worst window. Nothing is left unread up to `MAX_WINDOWS` windows; of a longer
text they are spread evenly from start to end (`classifiers.text.unreadable` sends it to a person anyway).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from classifiers.baseline.features import features
from classifiers.baseline.weights import Floats, Weights
from classifiers.text import Normalised, normalise

# Lengths in characters as written, and the share of the worst sentence. Chosen on the `TUNE` rows: shorter windows and
# a larger share find more of what is hidden among calm words, but tell single comments apart less well.
WINDOW, OVERLAP = 400, 100
MAX_WINDOWS = 400  # 120,100 characters in full
SHORTEST_SENTENCE = 15
SENTENCE_SHARE = 0.65

WINDOWS_AT_ONCE = 256

_SENTENCE_END = re.compile(r"""[.!?…]+["'”’)\]]*\s+|\n\s*""")


@dataclass(frozen=True, slots=True)
class Window:
    """Part of text number `text`, beginning at character `start` of what was written."""

    text: int
    start: int
    written: str
    plain: Normalised


def windows(texts: Sequence[str]) -> Iterator[list[Window]]:
    """The windows of the texts in order, in groups small enough to score at once."""
    group: list[Window] = []
    for number, text in enumerate(texts):
        for start in _starts(len(text)):
            written = text[start : start + WINDOW]
            group.append(Window(number, start, written, normalise(written)))
            if len(group) == WINDOWS_AT_ONCE:
                yield group
                group = []
    if group:
        yield group


def logits(weights: Weights, group: Sequence[Window]) -> Floats:
    """Windows × labels."""
    whole = weights.logits(features([window.plain.text for window in group]))
    owners: list[int] = []
    sentences: list[str] = []
    for number, window in enumerate(group):
        parts = split(window.written)
        if len(parts) > 1:
            owners += [number] * len(parts)
            sentences += [normalise(part).text for part in parts]
    if not owners:
        return whole
    worst = np.full_like(whole, -np.inf)
    np.maximum.at(worst, owners, weights.logits(features(sentences)))
    several = np.unique(owners)
    whole[several] = (1 - SENTENCE_SHARE) * whole[several] + SENTENCE_SHARE * worst[several]
    return whole


def worst_logits(weights: Weights, texts: Sequence[str]) -> Floats:
    """Texts × labels: each text by its worst window."""
    worst = np.full((len(texts), len(weights.labels)), -np.inf)
    for group in windows(texts):
        np.maximum.at(worst, [window.text for window in group], logits(weights, group))
    return worst


def split(written: str) -> list[str]:
    """The sentences of a text; one too short to judge goes with its neighbour."""
    sentences: list[str] = []
    begin = 0
    for end in _SENTENCE_END.finditer(written):
        if end.end() - begin >= SHORTEST_SENTENCE:
            sentences.append(written[begin : end.end()])
            begin = end.end()
    rest = written[begin:]
    if len(rest) >= SHORTEST_SENTENCE or not sentences:
        return [*sentences, rest]
    return [*sentences[:-1], sentences[-1] + rest]


def _starts(length: int) -> list[int]:
    if length <= WINDOW:
        return [0]
    count = -(-(length - OVERLAP) // (WINDOW - OVERLAP))
    if count > MAX_WINDOWS:
        return [int(start) for start in np.linspace(0, length - WINDOW, MAX_WINDOWS)]
    return [number * (WINDOW - OVERLAP) for number in range(count)]
