"""Logistic regression that begins with weights set by hand and leaves them only where rows say so."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_STEPS = 40


def fit(rows: Floats, truth: Floats, weights: Floats, prior: Floats, pull: float) -> Floats:
    """One weight per column that makes `truth` (0 to 1) most likely; `pull` is the force back to `prior` (Newton)."""
    found = prior.copy()
    for _ in range(_STEPS):
        likely = 1 / (1 + np.exp(-(rows @ found)))
        slope = rows.T @ (weights * (likely - truth)) + pull * (found - prior)
        bend = (rows * (weights * likely * (1 - likely))[:, None]).T @ rows + pull * np.eye(len(prior))
        step = np.linalg.solve(bend, slope)
        found -= step
        if float(np.abs(step).max()) < 1e-8:
            break
    return found


def table(strengths: Sequence[Mapping[str, float]], kinds: Sequence[str]) -> Floats:
    """Texts × kinds, with a first column of ones for the bias."""
    return np.array([[1.0, *(there.get(kind, 0.0) for kind in kinds)] for there in strengths]).reshape(
        -1, len(kinds) + 1
    )
