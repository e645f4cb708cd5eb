"""How far a set agrees with people, and what the figures may be trusted for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderator.backtest.agreement import ENOUGH, Judged, Share, wilson
from moderator.domain.outcomes import Outcome


@pytest.mark.parametrize(
    ("hits", "total", "low", "high"),
    # Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 3
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_interval_is_that_of_the_literature(hits: int, total: int, low: float, high: float) -> None:
    assert wilson(hits, total) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 10_000).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total))))
def test_an_interval_holds_its_share_and_stays_between_0_and_1(drawn: tuple[int, int]) -> None:
    hits, total = drawn
    low, high = wilson(hits, total)
    assert 0 <= low <= hits / total <= high <= 1


def test_without_a_comment_there_is_nothing_to_say() -> None:
    empty = Share(0, 0)
    assert (empty.value, empty.interval, empty.enough) == (None, None, False)


def test_few_comments_are_too_few() -> None:
    assert not Share(1, ENOUGH - 1).enough
    assert Share(1, ENOUGH).enough


def test_precision_is_of_what_a_set_claims_and_recall_of_what_people_acted_on() -> None:
    judged = Judged(
        acted_on={Outcome.HIDDEN: 6, Outcome.QUEUED: 3, Outcome.KEPT: 1}, kept={Outcome.HIDDEN: 2, Outcome.KEPT: 8}
    )
    assert judged.comments == 20
    assert (judged.asks_or_hides.precision, judged.asks_or_hides.recall) == (Share(9, 11), Share(9, 10))
    assert (judged.hides.precision, judged.hides.recall) == (Share(6, 8), Share(6, 10))
