"""Texts that say the same have the same key, through the usual disguises; short ones have none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderator.text_key import LEAST, text_key

SAID = "Keep the bus in our village, whatever it costs us!"


@pytest.mark.parametrize(
    "same",
    [
        SAID.upper(),
        "  keep the BUS -- in our village / whatever it costs us",
        "Keep the bus in our village, whatever it costs us 👍👍",
        "Keep the bus in our village, “whatever” it costs us…",
        "K33p the bu5 in 0ur v1llage, whatever it co5ts us",
        "Kеep the bus in our village, whatever it costs us",  # the first e is Cyrillic
        "Ｋｅｅｐ the bus in our village, whatever it costs us",
        "Keep\u200b the bus in our vil\u00adlage, whatever it costs us",
    ],
)
def test_the_same_words_have_the_same_key(same: str) -> None:
    assert text_key(same) == text_key(SAID)


@pytest.mark.parametrize("other", ["Keep the bus in our town, whatever it costs us!", SAID + " Please", SAID + " é"])
def test_other_words_have_another(other: str) -> None:
    assert text_key(other) not in (None, text_key(SAID))


def test_too_little_said_has_no_key() -> None:
    assert text_key("a" * (LEAST - 1) + " ..... !!") is None
    assert text_key("a" * LEAST) is not None
    assert text_key("é" * (LEAST - 1)) is None
    assert text_key("👍" * 50) is None


def test_letters_of_every_script_count() -> None:
    assert text_key("Автобус должен остаться в деревне") == text_key("автобус, должен остаться: в ДЕРЕВНЕ!")


@given(st.text())
def test_any_text_at_all_has_a_key_or_none(text: str) -> None:
    key = text_key(text + "\ud800")
    assert key is None or len(key) == 24
