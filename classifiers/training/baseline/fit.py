"""Fits the baseline: one masked logistic regression per label over the features that inference computes.

Rows marked `TRAIN` fit the weights, `TUNE` fits the calibration, `JUDGE` is only measured. The same data gives the
same weights: nothing is drawn at random, and every order is fixed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, vstack  # type: ignore[import-untyped]
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # comes with scikit-learn

from classifiers.base import Item
from classifiers.baseline.classifier import Baseline
from classifiers.baseline.features import BUCKETS, features
from classifiers.baseline.reading import worst_logits
from classifiers.baseline.weights import Weights
from classifiers.text import normalise
from classifiers.training.calibration import answers, sigmoid
from classifiers.training.measures import Floats, truth
from classifiers.training.rows import Part, Row

Report = Callable[[str], None]

LABELS = ("discrimination", "threat", "harassment", "profanity", "sexual", "spam")

#: Inverse strength of the penalty, chosen by average precision on the `TUNE` rows.
STRENGTH = {"discrimination": 3.0, "threat": 3.0, "harassment": 1.0, "profanity": 3.0, "sexual": 10.0, "spam": 30.0}
TOLERANCE, MAX_STEPS = 2e-6, 200
#: Fixed-point steps of `Weights.rarity`; a squared inverse document frequency reaches about 180.
RARITY_STEPS = 256
READ = 2_000
TEXTS_AT_ONCE = 512


@dataclass(frozen=True, slots=True)
class Prepared:
    """Rows as numbers: buckets per text (ones, sparse), label probabilities (NaN: unknown) and row weights."""

    found: csr_matrix
    truth: Floats
    weight: Floats


def prepare(rows: Sequence[Row]) -> Prepared:
    """Features and labels of the rows; of a long text, its first `READ` characters."""
    texts = [normalise(row.text[:READ]).text for row in rows]
    return Prepared(_matrix(texts), truth(rows, LABELS), np.array([row.weight for row in rows]))


def train(rows: Sequence[Row], report: Report = lambda _: None) -> Weights:
    """Fit and calibrate every label. Raises `TooFewRows`."""
    fitting = prepare([row for row in rows if row.part is Part.TRAIN])
    report(f"features of {fitting.found.shape[0]:,} texts")
    rarity = _rarity(fitting.found)
    scaled = _scaled(fitting.found, rarity)
    table = np.zeros((BUCKETS, len(LABELS)), np.int8)
    for column, label in enumerate(LABELS):
        pushes = _fit(scaled, fitting, column) * np.sqrt(rarity)
        table[:, column] = np.rint(pushes * (127 / max(np.abs(pushes).max(), 1e-9)))
        report(f"{label}: {int((table[:, column] != 0).sum()):,} weights of {BUCKETS:,}")
    raw = Weights(LABELS, table, rarity, np.ones(len(LABELS)), np.zeros(len(LABELS)))
    return _calibrated(raw, [row for row in rows if row.part is Part.TUNE])


def score(weights: Weights, texts: Sequence[str]) -> Floats:
    """Texts × labels, by the classifier as it ships."""
    results = Baseline(weights, "measured").classify([Item(text) for text in texts])
    return np.array([[result.scores[label] for label in LABELS] for result in results])


def _matrix(texts: Sequence[str]) -> csr_matrix:
    parts = [features(texts[start : start + TEXTS_AT_ONCE]) for start in range(0, len(texts), TEXTS_AT_ONCE)]
    buckets = np.concatenate([part.buckets for part in parts]).astype(np.int32)
    lengths = np.concatenate([np.diff(part.starts) for part in parts])
    starts = np.concatenate([[0], np.cumsum(lengths)])
    return csr_matrix((np.ones(len(buckets), np.float32), buckets, starts), shape=(len(texts), BUCKETS))


def _rarity(found: csr_matrix) -> NDArray[np.uint16]:
    """Squared inverse document frequency of each bucket in fixed point; 0 for one never seen, which says nothing."""
    texts_with = np.bincount(found.indices, minlength=BUCKETS)
    frequency = np.log((found.shape[0] + 1) / (texts_with + 1)) + 1
    rarity = np.minimum(np.rint(RARITY_STEPS * frequency**2), 65_535)
    return np.where(texts_with, rarity, 0).astype(np.uint16)


def _scaled(found: csr_matrix, rarity: NDArray[np.uint16]) -> csr_matrix:
    """Rows of unit length, each feature as strong as it is rare."""
    strength = np.sqrt(rarity.astype(np.float64))[found.indices]
    lengths = np.diff(found.indptr)
    norms = np.sqrt(found @ rarity.astype(np.float64))
    data = strength / np.repeat(np.maximum(norms, 1), lengths)
    return csr_matrix((data.astype(np.float32), found.indices, found.indptr), shape=found.shape)


def _fit(scaled: csr_matrix, rows: Prepared, column: int) -> Floats:
    """One coefficient per bucket; buckets that no fitting row has are left out of the work."""
    kept, answered, weight = answers(rows.truth[:, column], rows.weight, LABELS[column])
    inputs = vstack([scaled[part] for part in kept])
    seen = np.flatnonzero(np.bincount(inputs.indices, minlength=BUCKETS))
    model = LogisticRegression(C=STRENGTH[LABELS[column]], tol=TOLERANCE, max_iter=MAX_STEPS)
    with threadpool_limits(1):  # more threads only wait for each other on vectors this short
        model.fit(inputs[:, seen], answered, sample_weight=weight)
    coefficients = np.zeros(BUCKETS)
    coefficients[seen] = model.coef_[0]
    return coefficients


def _calibrated(raw: Weights, rows: Sequence[Row]) -> Weights:
    """The sigmoid of each label that best turns raw logits into frequencies (Platt 1999), on texts as they are read."""
    inputs = worst_logits(raw, [row.text for row in rows])
    inputs = np.maximum(inputs, inputs[np.isfinite(inputs)].min())  # for texts without any feature
    labels, weights = truth(rows, LABELS), np.array([row.weight for row in rows])
    slope, intercept = np.ones(len(LABELS)), np.zeros(len(LABELS))
    for column, label in enumerate(LABELS):
        slope[column], intercept[column] = sigmoid(inputs[:, column], labels[:, column], weights, label)
    return replace(raw, slope=slope, intercept=intercept)
