"""How moments, numbers, links and texts from outside read on a page."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from moderator import clock
from moderator.domain.vocabulary import Label, Verb
from webui import formats, visible

NOW = datetime(2026, 11, 21, 14, 5, tzinfo=UTC)
SPAN = [(4, 9, "threat")]


@pytest.fixture(autouse=True)
def in_a_request_at_a_known_time(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with Flask(__name__).test_request_context():
        yield


def test_a_date_is_written_out_in_full() -> None:
    assert formats.date(NOW) == "21 November 2026"


def test_a_moment_is_told_in_the_office_s_own_time_zone() -> None:
    assert formats.moment(NOW, "Europe/London") == "21 November 2026, 14:05"
    assert formats.moment(NOW + timedelta(days=240), "Europe/London") == "19 July 2027, 15:05"


@pytest.mark.parametrize(
    ("passed", "said"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(minutes=59, seconds=59), "59 minutes ago"),
        (timedelta(hours=47), "47 hours ago"),
        (timedelta(days=6), "6 days ago"),
        (timedelta(days=8), "on 13 November 2026"),
    ],
)
def test_an_age_is_told_as_far_as_it_says_something(passed: timedelta, said: str) -> None:
    assert formats.ago(NOW - passed).endswith(f">{said}</time>")


def test_an_age_carries_the_exact_moment() -> None:
    assert 'title="21 November 2026, 13:05"' in formats.ago(NOW - timedelta(hours=1))


def test_what_is_due_says_how_long_is_left_or_how_long_it_is_late() -> None:
    assert "due in 48 minutes" in formats.due(NOW + timedelta(minutes=48))
    assert "overdue by 2 hours" in formats.due(NOW - timedelta(hours=2))


def test_a_score_is_never_rounded_up_to_certainty() -> None:
    assert [formats.score(value) for value in (0.999, 0.29, 0.6, 1.0, 0.0)] == ["0.99", "0.29", "0.60", "1.00", "0.00"]


def test_every_label_and_verb_of_the_product_has_words_of_its_own() -> None:
    assert all(formats.looks_like(label)[0].isupper() for label in Label)
    assert len({formats.looks_like(label) for label in Label}) == len(Label)
    assert all("_" not in formats.order_list([verb]) for verb in Verb)


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,hello",
        "//evil.example",
        "https://user@evil.example/",
        "https://evil.example/\u202e",
        "http://[",
        "",
        "https://",
        "https://" + "a" * 70 + ".example",
    ],
)
def test_an_address_that_is_no_plain_web_address_is_never_a_link(url: str) -> None:
    assert formats.link(url) == formats.Link("", "")


def test_a_link_shows_the_host_it_really_leads_to() -> None:
    assert formats.link("https://www.example.org/a?b").host == "www.example.org"
    assert formats.link("https://аpple.example/").host.startswith("xn--")


def test_a_direction_override_shows_as_a_sign_and_turns_nothing() -> None:
    shown = visible.shown("abc\u202efed")
    assert "\u202e" not in shown
    assert ">RLO</span>" in shown
    assert "right-to-left override, U+202E" in shown


@pytest.mark.parametrize("character", ["\x00", "\x1b", "\u200b", "\u2066", "\ufeff", "\ud800", "\ue000", "\U000e0041"])
def test_a_character_that_hides_is_never_put_on_a_page(character: str) -> None:
    page = visible.shown(f"a{character}b")
    assert character not in page
    page.encode()


def test_a_thousand_hidden_characters_in_a_row_are_one_sign() -> None:
    assert visible.shown("a" + "\u200b" * 1000).count("unseen") == 1


@pytest.mark.parametrize(
    "text",
    [
        "👨\u200d👩\u200d👧",
        "❤\ufe0f",
        "1\ufe0f\u20e3",
        "\U0001f3f4\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f",
        "می\u200cخواهم",
        "naïve\nnew line\ttab",
    ],
)
def test_signs_that_belong_to_an_emoji_or_a_script_are_left_alone(text: str) -> None:
    assert [piece.name for piece in visible.pieces(text)] == [""]


def test_a_joiner_between_latin_letters_is_shown() -> None:
    assert "ZWJ" in visible.shown("k\u200dill")


def test_nothing_of_a_text_is_lost_between_its_pieces() -> None:
    text = "one\u200btwo 👨\u200d👩\u200d👧 three\u202e four"
    spans = [(0, 5, "threat"), (2, 9, "spam"), (400, 500, "spam"), (7, 7, "spam")]
    seen = "".join(piece.text for piece in visible.pieces(text, spans) if not piece.name)
    assert seen == text.replace("\u200bt", "t").replace("\u202e", "")


def test_a_highlight_says_what_it_is_once_at_its_end() -> None:
    marked = visible.marked("You will regret this", SPAN, formats.label_name)
    assert marked == 'You <mark>will </mark><span class="label">threat</span>regret this'


def test_overlapping_highlights_each_end_where_they_end() -> None:
    pieces = visible.pieces("abcdef", [(0, 4, "threat"), (2, 6, "spam")])
    assert [(piece.text, piece.labels, piece.ends) for piece in pieces] == [
        ("ab", ("threat",), ()),
        ("cd", ("spam", "threat"), ("threat",)),
        ("ef", ("spam",), ("spam",)),
    ]


def test_mark_up_inside_a_highlight_shows_as_text() -> None:
    assert "&lt;b&gt;" in visible.marked("<b>", [(0, 3, "<i>")], formats.label_name)
    assert "<i>" not in visible.marked("<b>", [(0, 3, "<i>")], formats.label_name)


def test_a_long_text_is_folded_and_a_huge_one_is_left_to_a_file() -> None:
    folded = formats.fold("word " * 20_000)
    assert folded.left_out == 80_000
    assert len(folded.head) + folded.rest_length == visible.SHOWN_AT_MOST


def test_a_tall_text_is_folded_however_short_its_lines() -> None:
    folded = formats.fold("\n" * 500)
    assert len(folded.head) == visible.FOLD_LINES
    assert folded.rest_length == 500 - visible.FOLD_LINES


def test_a_highlight_goes_on_below_the_fold() -> None:
    text = "x" * 7000
    folded = formats.fold(text, [(5000, 6500, "threat")])
    assert folded.head.count("<mark>") == folded.rest.count("<mark>") == 1


def test_an_excerpt_ends_at_a_word_and_never_inside_a_sign() -> None:
    assert visible.excerpt("several words in a row", 15) == "several words…"
    family = "👨\u200d👩\u200d👧"
    assert visible.excerpt(family * 4, 6) == family + "…"
    assert visible.excerpt("short") == "short"


def test_an_excerpt_is_one_line() -> None:
    assert visible.excerpt("one\n\n two\t three") == "one two three"


@pytest.mark.parametrize(
    ("view", "sentence"),
    [
        ("joined", "Found after undoing a disguise: letters written apart."),
        ("plain+parted", "Found after undoing a disguise: look-alike or hidden characters and words written together."),
        ("mirrored", "Found after undoing a disguise."),
        ("literal", "Found in the text as it is written."),
    ],
)
def test_a_view_says_what_was_undone_also_where_its_name_is_new(view: str, sentence: str) -> None:
    assert formats.view_sentence(view) == sentence


@pytest.mark.parametrize(
    ("code", "name"), [("de", "German"), ("pt-BR", "Portuguese"), ("zh_Hant", "Chinese"), ("qx", "")]
)
def test_a_language_is_told_by_its_name(code: str, name: str) -> None:
    assert formats.language_name(code) == name
