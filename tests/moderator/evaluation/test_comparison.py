"""Paired tests: exact where exactness can be checked, and blind to what is no difference."""

from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderator.evaluation.comparison import difference, disagreement, mcnemar


@given(st.integers(0, 60), st.integers(0, 60))
def test_mcnemar_is_the_two_sided_binomial(first: int, second: int) -> None:
    total = first + second
    tail = sum(comb(total, k) for k in range(min(first, second) + 1)) / 2**total
    assert mcnemar(first, second) == pytest.approx(min(1.0, 2 * tail))


def test_mcnemar_stands_large_counts() -> None:
    assert mcnemar(20_000, 20_000) == pytest.approx(1.0)
    assert mcnemar(19_000, 21_000) < 1e-20


def test_only_rows_that_one_of_two_got_right_count() -> None:
    held = np.array([1, 1, 0, 0], bool)
    found = disagreement("review", 0.5, np.array([0.9, 0.9, 0.9, 0.1]), np.array([0.9, 0.1, 0.1, 0.5]), held)
    assert (found.only_first_right, found.only_second_right) == (2, 1)


def test_a_difference_in_every_resample_is_as_sure_as_the_resamples_allow() -> None:
    first = np.linspace(0.6, 0.7, 999)
    found = difference(0.65, 0.75, first, first + 0.1)
    assert found.figure.value == pytest.approx(0.1)
    assert found.figure.low == pytest.approx(0.1)
    assert found.p == pytest.approx(2 / 1000)


def test_the_same_scores_do_not_differ() -> None:
    draws = np.linspace(0.6, 0.7, 99)
    assert difference(0.65, 0.65, draws, draws).p == 1.0
