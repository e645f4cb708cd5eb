"""What the card says of a model: how well it sorts, how often it is right at 0.5, how far a score can be believed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, roc_auc_score  # type: ignore[import-untyped]

from classifiers.training.rows import Row

Floats = NDArray[np.float64]
BINS = 15


@dataclass(frozen=True, slots=True)
class Quality:
    """Figures for one label over the rows that know it; a soft label counts as held from 0.5 on."""

    rows: int
    positives: int
    roc_auc: float
    average_precision: float
    accuracy: float
    precision: float
    recall: float
    calibration_error: float


def truth(rows: Sequence[Row], labels: Sequence[str]) -> Floats:
    """Rows × labels, NaN where a row does not know."""
    return np.array([[row.labels.get(label, np.nan) for label in labels] for row in rows]).reshape(-1, len(labels))


def quality(scores: Floats, labels: Floats) -> Quality | None:
    """Measure one label's scores, or None where the rows hold only one of the two answers."""
    known = ~np.isnan(labels)
    scores, held = scores[known], labels[known] >= 0.5
    if held.all() or not held.any():
        return None
    claimed = scores >= 0.5
    right = int((claimed & held).sum())
    return Quality(
        rows=len(held),
        positives=int(held.sum()),
        roc_auc=float(roc_auc_score(held, scores)),
        average_precision=float(average_precision_score(held, scores)),
        accuracy=float((claimed == held).mean()),
        precision=right / max(int(claimed.sum()), 1),
        recall=right / int(held.sum()),
        calibration_error=calibration_error(scores, held),
    )


def calibration_error(scores: Floats, held: NDArray[np.bool_]) -> float:
    """Expected calibration error over `BINS` equal bins: how far scores stand from frequencies, on average."""
    bins = np.minimum((scores * BINS).astype(int), BINS - 1)
    gaps = np.bincount(bins, scores - held, BINS)
    return float(np.abs(gaps).sum() / len(scores))


def shares_above(scores: Floats, labels: Sequence[str], thresholds: Sequence[float]) -> Mapping[str, list[float]]:
    """For each label, which share of the texts scores at least each threshold."""
    return {
        label: [float((scores[:, column] >= threshold).mean()) for threshold in thresholds]
        for column, label in enumerate(labels)
    }
