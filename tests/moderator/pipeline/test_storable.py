"""Text as a database can hold it, and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderator.pipeline.storable import original, storable

_any_text = st.text(st.characters(codec=None, categories=None) | st.sampled_from("\0\ud800\udfff\ufffd'\"\\\n"))


@given(_any_text)
def test_the_text_comes_back_exactly_as_it_came(text: str) -> None:
    assert original(*storable(text)) == text


@given(_any_text)
def test_what_is_stored_is_utf8_without_nul_and_keeps_every_place(text: str) -> None:
    stored, exact = storable(text)
    stored.encode()
    assert "\0" not in stored
    assert len(stored) == len(text)
    assert all(a == b for a, b in zip(stored, text, strict=True) if b != "\0" and not "\ud800" <= b <= "\udfff")
    assert exact is None or exact.isascii()


@given(_any_text)
def test_storing_twice_is_storing_once(text: str) -> None:
    stored, _ = storable(text)
    assert storable(stored) == (stored, None)


@pytest.mark.parametrize("text", ["", "plain", "naïve 😀", "\u202eright to left", "a\ufffdb"])
def test_ordinary_text_is_kept_once(text: str) -> None:
    assert storable(text) == (text, None)


@pytest.mark.parametrize("text", ["a\0b", "\ud83d", "lone \udc80 byte"])
def test_what_no_database_can_hold_is_kept_beside_its_readable_form(text: str) -> None:
    stored, exact = storable(text)
    assert "\ufffd" in stored
    assert exact is not None
    assert "\0" not in exact
