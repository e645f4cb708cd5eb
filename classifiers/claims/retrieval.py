"""Finds the claims nearest to a comment: by meaning (vectors) and by the words that the two share (BM25)."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifiers.claims.words import sentences, stems, words

Vectors = NDArray[np.float32]

#: Claims that are found for one comment, at most.
MOST = 3

#: What the words that two texts share count for, beside the cosine of their vectors.
WORDS_COUNT = 0.25

#: Claims whose two parts come to less are on another matter.
FLOOR = 0.5

_SATURATION, _LENGTH = 1.2, 0.6


@dataclass(frozen=True, slots=True)
class Found:
    """`claim` is the place of the claim in the index; `nearness` counts meaning and words."""

    claim: int
    nearness: float


class Index:
    """Claims in memory. Safe to share between threads."""

    def __init__(self, texts: Sequence[str], vectors: Vectors) -> None:
        """`vectors`: one unit vector per text, zeros where there is none yet."""
        self.vectors = vectors
        self._postings = _postings([stems(words(text)) for text in texts])
        full = np.zeros(len(texts))
        for places, weights in self._postings.values():
            full[places] += weights
        self._full = np.maximum(full, 1e-9)

    def nearest(self, text: str, vector: Vectors) -> list[Found]:
        """At most `MOST`, nearest first."""
        near = np.clip(self.vectors @ vector, 0, 1) + WORDS_COUNT * self._shared(text)
        most = min(MOST, len(near))
        top = np.argpartition(near, len(near) - most)[-most:] if most < len(near) else np.arange(len(near))
        order = sorted(top.tolist(), key=lambda place: (-near[place], place))
        return [Found(place, float(near[place])) for place in order if near[place] >= FLOOR]

    def _shared(self, text: str) -> NDArray[np.float64]:
        """For each claim, how much of what its words say is in the text, 0 to 1."""
        shared = np.zeros(len(self._full))
        for stem in set(stems(words(text))):
            if stem in self._postings:
                places, weights = self._postings[stem]
                shared[places] += weights
        return shared / self._full


def passage(text: str, claim: str) -> str:
    """The sentence of a text that shares most words with a claim; empty where the text has only one sentence."""
    parts = sentences(text)
    if len(parts) < 2:
        return ""
    about = set(stems(words(claim)))
    return max(parts, key=lambda part: len(about & set(stems(words(part)))))


def _postings(claims: Sequence[Sequence[str]]) -> dict[str, tuple[NDArray[np.intp], NDArray[np.float64]]]:
    """For each stem, the claims that have it and what it weighs in them."""
    usual = sum(map(len, claims)) / max(len(claims), 1) or 1.0
    held: dict[str, list[tuple[int, float]]] = {}
    for place, claim in enumerate(claims):
        length = 1 - _LENGTH + _LENGTH * len(claim) / usual
        for stem, count in Counter(claim).items():
            held.setdefault(stem, []).append((place, count * (1 + _SATURATION) / (count + _SATURATION * length)))
    found = {}
    for stem, entries in held.items():
        rarity = math.log(1 + (len(claims) - len(entries) + 0.5) / (len(entries) + 0.5))
        places, weights = zip(*entries, strict=True)
        found[stem] = np.array(places, np.intp), np.array(weights) * rarity
    return found
