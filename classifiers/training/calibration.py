"""From logits to probabilities, and from probabilities to thresholds. Both are chosen on the rows marked `TUNE`."""

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

from classifiers.training import Lack
from classifiers.training.measures import Floats


class TooFewRows(Lack):
    """A label has not both answers among the rows that fit or calibrate it."""


def answers(truth: Floats, weights: Floats, label: str) -> tuple[list[NDArray[np.int64]], Floats, Floats]:
    """Which rows say yes and which say no, each row's answer, and its weight, in that order.

    A soft label is two answers, each with its share of the row's weight. Raises `TooFewRows`, naming the label.
    """
    yes, no = np.flatnonzero(truth > 0), np.flatnonzero(truth < 1)
    if not len(yes) or not len(no):
        raise TooFewRows(f"{label}: {len(yes)} rows say yes and {len(no)} say no; both are needed")
    answered = np.concatenate([np.ones(len(yes)), np.zeros(len(no))])
    weight = np.concatenate([weights[yes] * truth[yes], weights[no] * (1 - truth[no])])
    return [yes, no], answered, weight


def sigmoid(logits: Floats, truth: Floats, weights: Floats, label: str) -> tuple[float, float]:
    """Slope and intercept of the sigmoid that best turns one label's logits into frequencies (Platt 1999).

    `truth` holds probabilities, NaN where unknown. Raises `TooFewRows`.
    """
    kept, answered, weight = answers(truth, weights, label)
    spread = float(logits.std()) or 1.0
    model = LogisticRegression(C=1e6, max_iter=1_000)
    model.fit(logits[np.concatenate(kept), None] / spread, answered, sample_weight=weight)
    return float(model.coef_[0, 0] / spread), float(model.intercept_[0])


def threshold(scores: Floats, truth: Floats, precision: float, fewest: int = 20) -> float | None:
    """The lowest score from which on the claims are this precise, over at least `fewest` claims; None if none is."""
    known = ~np.isnan(truth)
    order = np.argsort(-scores[known], kind="stable")
    ranked, held = scores[known][order], truth[known][order] >= 0.5
    claims = np.arange(1, len(held) + 1)
    last_of_its_score = np.append(ranked[1:] != ranked[:-1], True)
    good = np.flatnonzero((held.cumsum() / claims >= precision) & (claims >= fewest) & last_of_its_score)
    return float(ranked[good[-1]]) if len(good) else None


def claims_at(scores: Floats, truth: Floats, at: float) -> tuple[float, float]:
    """Precision and recall of the claims from this score on; precision is NaN where there are none."""
    known = ~np.isnan(truth)
    claimed, held = scores[known] >= at, truth[known] >= 0.5
    right = float((claimed & held).sum())
    return right / claimed.sum() if claimed.any() else float("nan"), right / max(int(held.sum()), 1)


def logits_of(scores: Floats) -> Floats:
    """The inverse of the logistic function, kept finite."""
    inside = np.clip(scores, 1e-12, 1 - 1e-12)
    found: Floats = np.log(inside / (1 - inside))
    return found
