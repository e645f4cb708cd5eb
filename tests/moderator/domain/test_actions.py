"""How long an action waits before it is tried again."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderator.domain.actions import RETRY_AFTER, wait_before

DAY = 86400


def test_the_waits_grow_and_span_about_three_days() -> None:
    waits = [wait_before(attempt) for attempt in range(1, len(RETRY_AFTER) + 1)]
    assert waits == sorted(waits, key=lambda wait: wait or 0)
    assert 72 * 3600 < sum(wait or 0 for wait in waits) < 80 * 3600


def test_after_the_last_wait_there_is_no_further_attempt() -> None:
    assert wait_before(len(RETRY_AFTER) + 1) is None
    assert wait_before(len(RETRY_AFTER) + 1, asked=5.0) is None


@pytest.mark.parametrize(
    ("asked", "expected"), [(None, 5), (0.0, 5), (-3.0, 5), (4.9, 5), (60.0, 60), (DAY, DAY), (10.0 * DAY, DAY)]
)
def test_what_the_platform_asks_for_wins_when_it_is_longer_up_to_a_day(asked: float | None, expected: float) -> None:
    assert wait_before(1, asked) == expected


@given(st.integers(1, 50), st.none() | st.floats(allow_nan=True, allow_infinity=True))
def test_a_wait_is_always_a_length_of_time_between_the_schedule_and_a_day(attempt: int, asked: float | None) -> None:
    wait = wait_before(attempt, asked)
    if attempt > len(RETRY_AFTER):
        assert wait is None
    else:
        assert wait is not None
        assert math.isfinite(wait)
        assert RETRY_AFTER[attempt - 1] <= wait <= DAY
