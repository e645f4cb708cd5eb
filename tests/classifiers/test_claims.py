"""Numbers of claims and comments are read alike, whatever they are written in."""

import pytest

from classifiers.claims.words import numbers


@pytest.mark.parametrize("text", ["£2m", "two million", "2,000,000 pounds", "2 million"])
def test_one_number_is_the_same_in_every_way_of_writing_it(text: str) -> None:
    assert numbers(text) == {2_000_000}


@pytest.mark.parametrize("text", ["٣٤", "１２", "1٣", ",.,.", "9" * 5_000, "²³", "1.2.3.4", "5kk"])
def test_odd_numbers_break_nothing(text: str) -> None:
    assert all(isinstance(number, float) for number in numbers(text))
