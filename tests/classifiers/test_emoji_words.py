"""Emoji are read as words, apart from what they stand beside, and lead back to the sign that was typed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.emoji_words import spelled
from classifiers.text import Normalised


def of(written: str) -> Normalised:
    return Normalised(written, range(len(written) + 1))


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("nice 👍", "nice thumbs up"),
        ("go🔥home", "go fire home"),
        ("🐍🐍", "snake snake"),
        ("🇫🇷 and 🇬🇧", "france and united kingdom"),
        ("🖕🏿", "middle finger"),
        ("👍🏻👍🏿", "thumbs up thumbs up"),
        ("👩🏿", "dark skin woman"),
        ("👶🏻", "light skin baby"),
        ("❤️", "red heart"),
        ("👨\u200d👩\u200d👧", "man woman girl"),
        ("👨👩👧", "man woman girl"),
    ],
)
def test_an_emoji_is_read_by_its_name(written: str, read: str) -> None:
    assert spelled(of(written)).text.replace("\u200d", "").replace("\ufe0f", "").split() == read.split()


@pytest.mark.parametrize(
    "written", ["", "plain words, 1 + 1 = 2 #tag * !", "naïve café", "привет", "这是", "🇽🇽", "🇬", "\ud800"]
)
def test_what_is_no_emoji_stays_as_it_is(written: str) -> None:
    assert spelled(of(written)).text == written


def test_the_words_lead_back_to_the_whole_sign_and_no_further() -> None:
    written = "look 👍🏿 and 🇫🇷!"
    words = spelled(of(written))
    for read, sign in (("thumbs", "👍🏿"), ("up", "👍🏿"), ("france", "🇫🇷"), ("look", "look"), ("!", "!")):
        start = words.text.index(read)
        assert written[slice(*words.original_span(start, start + len(read)))] == sign


@settings(deadline=None)  # a busy machine is no failure
@given(st.text(alphabet="a 👍🏿🏻👩👶🇫🇷🇽❤\u200d\ufe0f☠é\ud800#1") | st.text())
def test_any_text_leads_back_into_the_original(written: str) -> None:
    words = spelled(of(written))
    assert len(words.offsets) == len(words.text) + 1
    assert list(words.offsets) == sorted(words.offsets)
    assert words.offsets[-1] == len(written)
