"""Scores gibberish by how the letters of a text follow each other. In doubt it is a name or another language."""

import io
import math
import tomllib
from collections.abc import Sequence
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from classifiers.base import Item, Result, Span
from classifiers.gibberish.letters import Letters, is_plain, seen
from classifiers.language import ENGLISH, language_of

LABEL = "gibberish"
#: Fewer letters decide nothing.
FEWEST = 8
#: From this score on, words are marked, the reason is told, and it is asked whether it may be another language.
TOLD = 0.3
MOST_SPANS = 5
#: What is left of a score where the letters look like another language.
FOREIGN = 0.5


class Gibberish:
    """Label as in its card. A result does not depend on the batch."""

    name = "gibberish"
    labels: tuple[str, ...] = (LABEL,)

    def __init__(self, table: NDArray[np.float32], weights: NDArray[np.float64], version: str) -> None:
        self.version = version
        self._table = table
        self._weights = weights

    def classify(self, batch: Sequence[Item]) -> list[Result]:
        return [self._result(item.text) for item in batch]

    def _result(self, text: str) -> Result:
        if is_plain(text, self._table):
            return Result({LABEL: 0.0})
        letters = seen(text, self._table)
        found = score(letters, self._weights)
        if found < TOLD:
            return Result({LABEL: found})
        if language_of(text[:600].lower()) not in (ENGLISH, ""):
            found *= FOREIGN
        spans = tuple(Span(start, end, LABEL) for start, end in letters.odd[:MOST_SPANS])
        odd = f": {len(letters.odd)} of {letters.words} words" if spans and letters.words > 1 else ""
        return Result(
            {LABEL: found}, spans, because={LABEL: f"Its letters stand in an order that hardly occurs in writing{odd}."}
        )


def load() -> Gibberish:
    """The classifier with its committed table."""
    place = files(__package__)
    card = tomllib.loads(place.joinpath("card.toml").read_text("utf-8"))
    with np.load(io.BytesIO(place.joinpath("table.npz").read_bytes())) as stored:
        table = stored["table"].astype(np.float32) / 16
        return Gibberish(table, stored["weights"].astype(np.float64), card["version"])


def score(letters: Letters, weights: NDArray[np.float64]) -> float:
    """A probability; short texts get less than their letters say, and nearly nothing where they decide nothing."""
    if letters.count < FEWEST:
        return 0.0
    logit = float(weights[0]) + sum(float(w) * f for w, f in zip(weights[1:], letters.features, strict=True))
    return 1 / (1 + math.exp(-max(min(logit, 30.0), -30.0)))
