"""How a comment differs from the one that speaks for all, told in words."""

import time

import pytest

from webui.differences import Difference, difference

SAID = "Bring back the evening bus, we cannot get home"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (SAID, Difference()),
        ("bring BACK the evening bus we cannot get home!!!", Difference()),
        ("", Difference(in_other_words=True)),
        (f"{SAID} from work", Difference(added=("from work",))),
        ("Bring back the bus, we cannot get home", Difference(left_out=("evening",))),
        (f"Dear Rowan {SAID} 🚌", Difference(added=("Dear Rowan", "🚌"))),
        ("Bring back the morning bus, we cannot get home", Difference(added=("morning",), left_out=("evening",))),
        ("The library closes too early on Saturdays", Difference(in_other_words=True)),
        (
            "Please bring kindly back now the evening today bus, we cannot get home",
            Difference(added=("Please", "kindly", "now"), more=True),
        ),
    ],
)
def test_a_difference_is_told_in_the_words_that_make_it(text: str, expected: Difference) -> None:
    assert difference(text, SAID) == expected


def test_two_comments_without_a_word_do_not_differ() -> None:
    assert difference(" ", "").same


def test_the_worst_of_texts_is_compared_at_once() -> None:
    began = time.perf_counter()
    difference("a b " * 5_000, "b b a " * 5_000)
    assert time.perf_counter() - began < 1
