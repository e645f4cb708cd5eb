"""Measures of one label's scores, each for many weightings of the rows at once, which makes the bootstrap cheap.

A label counts as held from 0.5 on, where rows carry soft labels. Rows with equal scores stand or fall together.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Places = NDArray[np.intp]

#: Equal bins of the calibration error and the calibration curve.
BINS = 15
#: Weights (resamples × rows) held in memory at once.
_CELLS = 250_000


@dataclass(frozen=True, slots=True)
class Figure:
    """A value and its 95 % interval. NaN where the rows do not define it."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Ranked:
    """One label's rows from the highest score down.

    `starts` and `ends` (end excluded) bound the runs of equal scores that hold at least one row of the label: the
    only cuts at which precision can peak, and the only steps of recall.
    """

    order: Places
    scores: Floats
    held: Bools
    starts: Places
    ends: Places

    def cut(self, threshold: float) -> int:
        """How many rows score at least the threshold."""
        return int(np.searchsorted(-self.scores, -threshold, side="right"))


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which precision goes with a recall of at least `recall`, and which recall with at least `precision`."""

    recall: float = 0.8
    precision: float = 0.9


@dataclass(frozen=True, slots=True)
class Curve:
    """Points to draw: x, y, and for how many rows each stands."""

    x: Floats
    y: Floats
    rows: NDArray[np.int64]


def rank(scores: Floats, held: Bools) -> Ranked:
    """Order the rows of one label. Both arrays are in the order of the rows."""
    order = np.argsort(-scores, kind="stable")
    scores, held = scores[order], held[order]
    starts = np.flatnonzero(np.diff(scores, prepend=np.inf))
    ends = np.append(starts[1:], len(scores)) if len(scores) else starts
    before = np.concatenate(([0], np.cumsum(held)))
    kept = before[ends] > before[starts]
    return Ranked(order, scores, held, starts[kept], ends[kept])


def resampled(rows: int, resamples: int, seed: int) -> Iterator[Floats]:
    """How often each row is drawn in each bootstrap resample, some resamples (first axis) at a time."""
    generator = np.random.default_rng(seed)
    size = max(1, min(resamples, _CELLS // max(rows, 1)))
    for done in range(0, resamples, size):
        count = min(size, resamples - done)
        drawn = generator.integers(0, rows, (count, rows)) + np.arange(count)[:, None] * rows
        yield np.bincount(drawn.ravel(), minlength=count * rows).reshape(count, rows).astype(np.float64)


def quality(ranked: Ranked, weights: Floats, wanted: Wanted) -> Mapping[str, Floats]:
    """The measures that need no threshold, by name, one value for each row of `weights`.

    `weights` is resamples × rows, in the order of the rows; a weight of ones measures the rows as they are.
    """
    weights = weights[:, ranked.order]
    every = _sums(weights)
    true = _sums(weights * ranked.held)
    held, clean = true[:, -1], every[:, -1] - true[:, -1]
    hits, hits_before = true[:, ranked.ends], true[:, ranked.starts]
    alarms, alarms_before = every[:, ranked.ends] - hits, every[:, ranked.starts] - hits_before
    step = hits - hits_before
    precision = ratio(hits, hits + alarms, otherwise=0.0)
    recall = ratio(hits, held[:, None])
    # A held row beats the clean rows below its run, and half of those within it.
    beaten = (step * (clean[:, None] - (alarms + alarms_before) / 2)).sum(axis=1)
    enough = hits >= wanted.recall * held[:, None] - 1e-9
    undefined = held == 0
    return {
        "roc_auc": ratio(beaten, held * clean),
        "average_precision": ratio((step * precision).sum(axis=1), held),
        "precision_at_recall": _best(np.where(enough, precision, 0.0), undefined),
        "recall_at_precision": _best(np.where(precision >= wanted.precision - 1e-9, recall, 0.0), undefined),
        "calibration_error": _calibration_error(ranked, weights),
    }


def rates(hits: Floats, alarms: Floats, misses: Floats, passes: Floats) -> Mapping[str, Floats]:
    """The measures at one threshold, from how many rows were rightly and wrongly claimed and not claimed."""
    return {
        "precision": ratio(hits, hits + alarms),
        "recall": ratio(hits, hits + misses),
        "f1": ratio(2 * hits, 2 * hits + alarms + misses),
        "accuracy": ratio(hits + passes, hits + alarms + misses + passes),
        "false_positive_rate": ratio(alarms, alarms + passes),
        "false_negative_rate": ratio(misses, hits + misses),
    }


def precision_recall(ranked: Ranked) -> Curve:
    """Recall (x) and precision (y) at every score of a row that holds the label, from the highest score down."""
    hits = np.cumsum(ranked.held)[ranked.ends - 1] if len(ranked.ends) else np.zeros(0, np.int64)
    held = max(int(ranked.held.sum()), 1)
    return Curve(hits / held, hits / np.maximum(ranked.ends, 1), ranked.ends.astype(np.int64))


def calibration(ranked: Ranked) -> Curve:
    """Mean score (x) and share that holds the label (y) of every bin that has rows."""
    starts, ends = _bins(ranked)
    rows = ends - starts
    scores, held = _sums(ranked.scores), _sums(ranked.held.astype(np.float64))
    return Curve(
        ((scores[ends] - scores[starts]) / rows)[::-1],
        ((held[ends] - held[starts]) / rows)[::-1],
        rows[::-1].astype(np.int64),
    )


def interval(value: float, draws: Floats) -> Figure:
    """The middle 95 % of the draws around the value; none where most draws do not define it."""
    defined = draws[~np.isnan(draws)]
    if np.isnan(value) or 2 * len(defined) <= len(draws):
        return Figure(float(value), float("nan"), float("nan"))
    low, high = np.quantile(defined, (0.025, 0.975))
    return Figure(float(value), float(low), float(high))


def share(hits: float, total: float, draws: Floats) -> Figure:
    """As `interval`, for `hits` of `total`. Where all or none hit, every resample says the same, and knows too much:
    the exact binomial bound then takes the place of the missing side."""
    figure = interval(float(ratio(np.array(hits), np.array(total))), draws)
    if total < 1 or 0 < hits < total:
        return figure
    bound = 0.025 ** (1 / total)
    return Figure(0.0, 0.0, 1 - bound) if hits <= 0 else Figure(1.0, bound, 1.0)


def ratio(above: Floats, below: Floats, otherwise: float = np.nan) -> Floats:
    """`above / below`, and `otherwise` where `below` is 0."""
    above, below = np.broadcast_arrays(above, below)
    found: Floats = np.divide(above, below, out=np.full(above.shape, otherwise), where=below != 0)
    return found


def _calibration_error(ranked: Ranked, weights: Floats) -> Floats:
    """How far mean scores stand from frequencies, averaged over the bins by their rows."""
    gaps = weights * (ranked.scores - ranked.held)
    per_bin = np.add.reduceat(gaps, _bins(ranked)[0], axis=1)
    return ratio(np.abs(per_bin).sum(axis=1), weights.sum(axis=1))


def _bins(ranked: Ranked) -> tuple[Places, Places]:
    """Where each bin that has rows starts and ends, from the highest down."""
    numbers = np.minimum((ranked.scores * BINS).astype(int), BINS - 1)
    starts = np.flatnonzero(np.diff(numbers, prepend=-1))
    return starts, np.append(starts[1:], len(numbers))


def _sums(values: Floats) -> Floats:
    """Sums of the first 0, 1, 2, … values of the last axis."""
    zero = np.zeros((*values.shape[:-1], 1))
    return np.concatenate((zero, np.cumsum(values, axis=-1)), axis=-1)


def _best(values: Floats, undefined: Bools) -> Floats:
    return np.where(undefined, np.nan, values.max(axis=1, initial=0.0))
