"""Swear words are shown by their first letter, personal data not at all; nothing else of a text changes."""

import time

import pytest

from classifiers.base import Page
from webui.masking import DOT, cover
from webui.visible import folded


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("What a shit show", "What a s••• show"),
        ("SHITTY", "S•••••"),
        ("sh1t and $hit", "s••• and $•••"),
        ("shiiiiit", "s•••••••"),
        ("s\u200bh\u200bi\u200bt!", "s••••••!"),
        ("ｓｈｉｔ", "ｓ•••"),
        ("bullshitters", "b•••••••••••"),
        ("https://example.org/shit/1", "https://example.org/s•••/1"),
        ("A tosser, two tossers", "A t•••••, two t••••••"),
    ],
)
def test_a_swear_word_is_masked_as_written_or_disguised(written: str, shown: str) -> None:
    assert cover(written) == shown


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Scunthorpe, Pakistan and Niger",
        "A prickly cocktail in Penistone",
        "The council is a disgrace and so are you",
        "Die Scheune steht noch",
        "\u202e\x00 \ud800 <b>&amp;",
    ],
)
def test_everything_else_is_shown_as_it_is(text: str) -> None:
    assert cover(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "shit " * 5_000,
        "s" * 30_000,
        "shi" * 9_000,
        "s\u0301h\u0301i\u0301t " * 3_000,
        "\ud800" * 9_000,
        "👩‍👩‍👧" * 3_000,
        "()[]\\*+?{}^$|" * 2_000,
    ],
)
def test_hostile_text_keeps_its_length_and_takes_no_time(text: str) -> None:
    began = time.perf_counter()
    assert len(cover(text, [(-5, 10**9, "profanity"), (9, 2, "profanity")])) == len(text)
    assert time.perf_counter() - began < 5


def test_what_a_classifier_marks_as_swearing_is_masked_where_it_is_a_word() -> None:
    text = "So ein Mist aber auch, und das jeden einzelnen Tag"
    assert cover(text, [(7, 11, "profanity")]) == text.replace("Mist", "M•••")
    assert cover(text, [(0, len(text), "profanity")]) == text
    assert cover(text, [(7, 11, "threat")]) == text


def test_a_gap_in_a_word_stays_a_gap() -> None:
    assert cover("x ba dly y", [(2, 8, "profanity")]) == f"x b{DOT} {DOT * 3} y"


def test_highlights_stand_on_the_same_characters_of_the_masked_text() -> None:
    text = "You shit, I will find you"
    spans = [(10, 25, "threat")]
    assert [text[10:25]] == ["I will find you"]
    shown = str(folded(cover(text, spans), spans, str).head)
    assert "<mark>I will find you</mark>" in shown
    assert "s•••" in shown
    assert "shit" not in shown


def test_a_masked_text_is_still_escaped() -> None:
    assert "<script>" not in str(folded(cover("shit <script>alert(1)</script>"), [], str).head)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Ring 07700 900812 now", f"Ring {DOT * 5} {DOT * 6} now"),
        ("22 Quarry Lane, SY8 1ZZ!", f"{DOT * 2} {DOT * 6} {DOT * 4}, {DOT * 3} {DOT * 3}!"),
        ("ask jo@home.example, you shit", f"ask {DOT * 15}, you s•••"),
    ],
)
def test_personal_data_is_masked_from_the_first_character(written: str, shown: str) -> None:
    assert cover(written) == shown


def test_personal_data_is_masked_for_those_who_want_to_see_swear_words() -> None:
    assert cover("shit, 07700 900812", swearing=False) == f"shit, {DOT * 5} {DOT * 6}"


def test_the_contacts_of_the_office_are_shown() -> None:
    assert cover("Ring 01632 960001", page=Page(contacts=("+44 1632 960001",))) == "Ring 01632 960001"


def test_what_another_classifier_marks_as_personal_data_is_masked_however_long() -> None:
    text = "the red door by the weir"
    assert cover(text, [(0, 12, "personal_data"), (20, 999, "personal_data")]) == "••• ••• •••• by the ••••"


def test_a_number_that_the_end_of_an_excerpt_cuts_is_masked() -> None:
    assert cover("it is 07700 9", is_cut=True) == f"it is {DOT * 5} {DOT}"
    assert cover("it is 07700 9") == "it is 07700 9"
