"""Two classifiers on the same rows: is the difference more than chance?"""

from dataclasses import dataclass
from math import exp, lgamma, log

import numpy as np

from moderator.evaluation.measures import Bools, Figure, Floats, interval


@dataclass(frozen=True, slots=True)
class Difference:
    """The second classifier's figure less the first's, and how likely one as large is where there is none."""

    figure: Figure
    p: float


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Rows that only one of the two got right at a threshold, and McNemar's exact two-sided p."""

    name: str
    threshold: float
    only_first_right: int
    only_second_right: int
    p: float


def difference(first: float, second: float, first_draws: Floats, second_draws: Floats) -> Difference:
    """From paired bootstrap draws: each pair was measured on the same resample of the rows."""
    draws = second_draws - first_draws
    defined = draws[~np.isnan(draws)]
    if not len(defined):
        return Difference(interval(second - first, draws), float("nan"))
    tail = min(int((defined <= 0).sum()), int((defined >= 0).sum()))
    # One more on both sides: a p of 0 would claim more than the number of resamples allows.
    return Difference(interval(second - first, draws), min(1.0, 2 * (tail + 1) / (len(defined) + 1)))


def disagreement(name: str, threshold: float, first: Floats, second: Floats, held: Bools) -> Disagreement:
    """Hold both classifiers' scores against the threshold and the truth."""
    first_right, second_right = (first >= threshold) == held, (second >= threshold) == held
    only_first, only_second = int((first_right & ~second_right).sum()), int((second_right & ~first_right).sum())
    return Disagreement(name, threshold, only_first, only_second, mcnemar(only_first, only_second))


def mcnemar(only_first: int, only_second: int) -> float:
    """The chance of a split at least this uneven where either is as likely: the exact binomial, two-sided."""
    total, fewer = only_first + only_second, min(only_first, only_second)
    # In logarithms: the coefficients themselves outgrow a float at a thousand rows.
    tail = sum(
        exp(lgamma(total + 1) - lgamma(k + 1) - lgamma(total - k + 1) - total * log(2)) for k in range(fewer + 1)
    )
    return min(1.0, 2 * tail)
