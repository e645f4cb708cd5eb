"""Every token of a long text is in a window; beyond the cap they are spread from start to end."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.windows import Window, enough, has_gaps, located, windows

SIZES = st.tuples(st.integers(1, 40), st.integers(0, 39)).filter(lambda pair: pair[1] < pair[0])


@settings(deadline=None)
@given(st.integers(0, 2_000), SIZES)
def test_every_token_is_read_and_neighbours_overlap(count: int, sizes: tuple[int, int]) -> None:
    size, overlap = sizes
    found = windows(count, size, overlap, enough(count, size, overlap))
    assert {token for first, last in found for token in range(first, last)} == set(range(count))
    assert all(last - first == min(size, count) for first, last in found)
    assert all(last - following >= overlap for (_, last), (following, _) in pairwise(found))
    assert not has_gaps(found)


@settings(deadline=None)
@given(st.integers(0, 100_000), SIZES, st.integers(2, 30))
def test_there_are_never_more_than_the_cap_and_both_ends_are_read(
    count: int, sizes: tuple[int, int], most: int
) -> None:
    size, overlap = sizes
    found = windows(count, size, overlap, most)
    assert 1 <= len(found) <= most
    assert (found[0][0], found[-1][1]) == (0, count)
    assert found == sorted(set(found))


def test_a_short_text_is_one_window_and_so_is_an_empty_one() -> None:
    assert windows(10, 10, 3, 5) == [(0, 10)]
    assert windows(0, 10, 3, 5) == [(0, 0)]


def test_the_last_window_is_as_long_as_the_others_and_ends_with_the_text() -> None:
    assert windows(11, 10, 3, 5) == [(0, 10), (1, 11)]
    assert windows(17, 10, 3, 5) == [(0, 10), (7, 17)]
    assert windows(18, 10, 3, 5) == [(0, 10), (7, 17), (8, 18)]


def test_no_more_windows_than_needed() -> None:
    assert len(windows(24, 10, 3, 99)) == 3 == enough(24, 10, 3)
    assert len(windows(25, 10, 3, 99)) == 4 == enough(25, 10, 3)


def test_beyond_the_cap_windows_lie_evenly_and_the_gaps_are_told() -> None:
    found = windows(1_000, 10, 2, 4)
    assert found == [(0, 10), (330, 340), (660, 670), (990, 1_000)]
    assert has_gaps(found)


@pytest.mark.parametrize(("size", "overlap", "most"), [(10, 10, 5), (10, -1, 5), (0, 0, 5), (10, 2, 1)])
def test_sizes_that_lead_nowhere_are_refused(size: int, overlap: int, most: int) -> None:
    with pytest.raises(ValueError, match="windows"):
        windows(100, size, overlap, most)


def test_a_window_knows_its_characters() -> None:
    offsets = [(0, 3), (4, 6), (6, 9), (10, 14)]
    assert located([(0, 2), (2, 4)], offsets) == (Window(0, 2, 0, 6), Window(2, 4, 6, 14))
    assert located([(0, 0)], []) == (Window(0, 0, 0, 0),)
