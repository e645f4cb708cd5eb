"""Time and ids come from one place."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC

import pytest

from moderator import clock


def test_now_is_aware_and_in_utc() -> None:
    assert clock.now().tzinfo is UTC


def test_ids_are_short_plain_words_that_no_two_share() -> None:
    ids = [clock.new_id() for _ in range(5000)]
    assert len(set(ids)) == 5000
    assert {len(one) for one in ids} == {26}
    assert set("".join(ids)) <= set("0123456789abcdefghijklmnopqrstuv")


def test_ids_sort_in_the_order_they_were_asked_for_even_within_a_millisecond(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: 4_000_000_000_000_000_000)
    ids = [clock.new_id() for _ in range(1000)]
    assert ids == sorted(ids)
    assert len(set(ids)) == 1000


def test_a_clock_that_is_set_back_does_not_set_the_ids_back(monkeypatch: pytest.MonkeyPatch) -> None:
    before = clock.new_id()
    monkeypatch.setattr(time, "time_ns", lambda: 1_000_000_000_000_000_000)
    assert clock.new_id() > before


def test_threads_share_no_id() -> None:
    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(lambda _: clock.new_id(), range(4000)))
    assert len(set(ids)) == 4000
