"""Fits the parts of the weights, one after the other, each on texts that the one before has not seen."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

from classifiers.relevance.reading import (
    RARITY_BITS,
    RARITY_UNIT,
    Floats,
    Read,
    bucket,
    overlap,
    passages,
    plain_of,
    read,
    stem,
    words,
)
from classifiers.relevance.scoring import pair_features
from classifiers.training.relevance.pairs import Pair

#: All chosen on the pairs that tune.
ROUNDS, BATCH, RATE, WARMTH = 4, 128, 2e-4, 20.0
STRANGERS = 3
#: An own item counts as much as so many public pairs in the head that is fitted on both.
OWN_WEIGHT = 6.0

Vectors = Mapping[str, Floats]


def rarities(texts: Iterable[str]) -> NDArray[np.uint8]:
    """Inverse document frequency of stems by hash, in units of `RARITY_UNIT`."""
    counts: Counter[int] = Counter()
    total = 0
    for text in texts:
        total += 1
        counts.update({bucket(stem(word)) for word in words(plain_of(text).text)})
    seen = np.array([counts[place] for place in range(1 << RARITY_BITS)])
    return np.asarray(np.rint(np.log((total + 1) / (seen + 1)) / RARITY_UNIT).clip(0, 255), np.uint8)


def answers(pairs: Sequence[Pair], vectors: Vectors, report: Callable[[str], None]) -> NDArray[np.float16]:
    """The map that brings what was answered nearer to its answer than what others answered, from the identity on."""
    torch.manual_seed(1)
    torch.set_num_threads(1)
    comments = torch.from_numpy(np.stack([vectors[pair.comment] for pair in pairs]))
    parents = torch.from_numpy(np.stack([vectors[pair.parent] for pair in pairs]))
    matrix = torch.nn.Parameter(torch.eye(comments.shape[1]))
    optimiser = torch.optim.Adam([matrix], lr=RATE)
    for number in range(ROUNDS):
        total = 0.0
        for chosen in torch.split(torch.randperm(len(pairs)), BATCH):
            scores = WARMTH * comments[chosen] @ matrix @ parents[chosen].T
            own = torch.arange(len(chosen))
            loss = torch.nn.functional.cross_entropy(scores, own) + torch.nn.functional.cross_entropy(scores.T, own)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            total += loss.item() * len(chosen) / len(pairs)
        report(f"map, round {number + 1} of {ROUNDS}: {total:.3f}")
    return np.asarray(matrix.detach().numpy().astype(np.float16))


class Features:
    """The features of pairs, every text read once."""

    def __init__(self, vectors: Vectors, rarity: NDArray[np.uint8], matrix: NDArray[np.float16]) -> None:
        self.vectors, self._rarity, self._matrix = vectors, rarity, matrix.astype(np.float32)
        self._read: dict[str, Read] = {}

    def read(self, text: str) -> Read:
        if text not in self._read:
            self._read[text] = read(text, self._rarity)
        return self._read[text]

    def of(self, comments: Sequence[str], posts: Sequence[str]) -> NDArray[np.float64]:
        """Pairs × `PAIR`."""
        under = np.stack([self.vectors[text] for text in posts])
        overlaps = [overlap(self.read(one), self.read(other)) for one, other in zip(comments, posts, strict=True)]
        said = np.stack([self.vectors[text] for text in comments])
        return pair_features(said, under, under @ self._matrix.T, overlaps)

    def passages(self, post: str, usual: Floats) -> tuple[Floats, Floats, Floats]:
        """Vectors of a post's passages, those times the map, and how near the post is to each usual matter."""
        vectors = np.stack([self.vectors[text] for text in passages(post)])
        return vectors, vectors @ self._matrix.T, usual @ self.vectors[post]


def logistic(
    features: NDArray[np.float64], truth: NDArray[np.float64], weights: NDArray[np.float64], strength: float
) -> Floats:
    """Weights and a constant, over the features as they are; the smaller `strength`, the nearer to nothing."""
    middle, spread = features.mean(0), features.std(0) + 1e-6
    model = LogisticRegression(C=strength, max_iter=3_000)
    model.fit((features - middle) / spread, truth, sample_weight=weights)
    slope = model.coef_[0] / spread
    return np.append(slope, model.intercept_[0] - slope @ middle).astype(np.float32)
