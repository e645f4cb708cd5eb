"""The plain form of a comment, the way back to what was written, and when a machine must not judge."""

import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.text import HANDLE, LINK, MAX_READABLE, REASONS, normalise, unreadable

# every code point, lone surrogates included, and texts dense in what the steps look for
any_text = st.text(alphabet=st.characters()) | st.text(
    alphabet="aAоО1!$@.:/w \n\u0301\u0336\u200b\u200d\u202eßİﬁﷺ👍\ud800한ᅡ"
)


@settings(deadline=None)  # a busy machine is no failure
@given(any_text)
def test_offsets_always_lead_back_into_the_original(text: str) -> None:
    normalised = normalise(text)
    assert len(normalised.offsets) == len(normalised.text) + 1
    assert normalised.offsets[-1] == len(text)
    assert all(0 <= left <= right for left, right in pairwise(normalised.offsets))
    for i in range(len(normalised.text)):
        start, end = normalised.original_span(i, i + 1)
        assert 0 <= start < end <= len(text)


@settings(deadline=None)  # a busy machine is no failure
@given(any_text)
def test_the_plain_form_is_safe_to_encode_and_folded(text: str) -> None:
    plain = normalise(text).text
    plain.encode()
    assert "\x00" not in plain
    assert "  " not in plain


@settings(deadline=None)  # a busy machine is no failure
@given(st.text(alphabet="abC1350!$@ .:/w'\n\x00"))
def test_a_plain_text_takes_a_short_cut_to_the_same_result(text: str) -> None:
    assert normalise(text + " é").text.removesuffix("é").rstrip() == normalise(text).text.rstrip()


def test_an_empty_slice_has_an_empty_span() -> None:
    assert normalise("abc").original_span(1, 1) == (1, 1)


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("Plain Words", "plain words"),
        ("don’t “quote” me—please…", 'don\'t "quote" me-please...'),
        ("ｆｕｌｌ ｗｉｄｔｈ", "full width"),
        ("𝕓𝕠𝕝𝕕 ①", "bold 1"),
        ("STRASSE Straße", "strasse strasse"),
        ("i\u200bd\u2060i\ufeffo\u00adt", "idiot"),
        ("i\u202edio\u202ct", "idiot"),
        ("id\U000e0069iot❤\ufe0f", "idiot❤"),
        ("l̵͇̓i̶̛̫a̷̪͝r", "liar"),
        ("cafe\u0301 Ọ̀ṣun", "café ọ̀ṣun"),
        ("lіаr", "liar"),
        ("ΙdiοT", "idiot"),
        ("sh1t b1tch a$$hole id10t l33t", "shit bitch asshole idiot leet"),
        ("$hit @sshole", "shit asshole"),
        ("5th of May, 1am, covid19, £100, B2B, $BTC, 2024", "5th of may, 1am, covid19, £100, b2b, $btc, 2024"),
        ("sooooo goood noooo!!!!!!!", "so goood no!!!"),
        ("SoOoO", "so"),
        ("1000000 and 5555555", "1000000 and 5555555"),
        ("😂😂😂😂😂😂", "😂😂😂"),
        ("one\n\n two\tthree", "one two three"),
        ("NUL\x00byte", "nulbyte"),
        ("\ud800x", "\ufffdx"),
    ],
)
def test_disguises_are_undone(written: str, plain: str) -> None:
    assert normalise(written).text == plain


@pytest.mark.parametrize(
    "text",
    [
        "привет, как дела?",
        "αυτό είναι ένα σχόλιο",
        "هذا تعليق عادي",
        "می\u200cخواهم بروم",
        "नमस्ते दुनिया, क्\u200dष",
        "นี่คือความคิดเห็นที่ดี",
        "これは普通のコメントです",
        "이것은 댓글입니다",
        "שָׁלוֹם לכולם",
    ],
)
def test_other_scripts_pass_unharmed(text: str) -> None:
    assert normalise(text).text == text.casefold()


def test_hangul_and_kana_in_parts_are_put_together() -> None:
    assert normalise("\u1112\u1161\u11ab ｶﾞ").text == "한 ガ"


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("look: https://Example.com/a?b=c now", f"look: {LINK} now"),
        ("www.win.example", LINK),
        ("go to cheap-meds.shop/now", f"go to {LINK}"),
        ("t.me/somebody", LINK),
        ("mail me@my-host.example.org!", f"mail {LINK}!"),
        ("@some_one thanks", f"{HANDLE} thanks"),
        ("The end.Next one, e.g. this and/or that", "the end.next one, e.g. this and/or that"),
    ],
)
def test_links_and_handles_lose_their_names(written: str, plain: str) -> None:
    assert normalise(written).text == plain


def test_links_stay_where_a_list_must_see_them() -> None:
    assert normalise("See https://Bad.example", mask_links=False).text == "see https://bad.example"


def test_a_span_covers_what_was_written() -> None:
    written = "  You are an ＩＤ\u200bＩ００Ｔ, straße!"
    normalised = normalise(written)
    for plain, original in [("idioot", "ＩＤ\u200bＩ００Ｔ"), ("ss", "ß"), ("s", "s")]:
        start = normalised.text.index(plain)
        first, last = normalised.original_span(start, start + len(plain))
        assert written[first:last] == original
    half = normalised.text.index("ss")
    first, last = normalised.original_span(half, half + 1)
    assert written[first:last] == "ß"


@pytest.mark.parametrize(
    "text",
    [
        "Good job!",
        "“Well,” she said – it’s 5 % more… 🎉🎉",
        "@mp why?",
        "https://news.example/story",
        "Zoë, naïve façade; señor, Łódź, ﬁne",
        "line one\r\nline two\ttab",
        "ok 👍🏽👨‍👩‍👧 ❤️",
        "The word Правда is a title",
        "𝒻𝒶𝓃𝒸𝓎 words",
        "x",
        "a" * MAX_READABLE,
    ],
)
def test_ordinary_comments_are_readable(text: str) -> None:
    assert unreadable(text) == ()


@pytest.mark.parametrize(
    ("text", "reasons"),
    [
        ("", ("empty",)),
        (" \n\t\u00a0\u200b\ufeff", ("empty",)),
        ("broken \ud83d text", ("lone_surrogate",)),
        ("a\x00b", ("nul",)),
        ("word " * 2_001, ("too_long",)),
        ("\u202eevil", ("direction_override",)),
        ("a\u2066b\u2069", ("direction_override",)),
        ("bell\x07", ("control_characters",)),
        ("esc \x9b31m", ("control_characters",)),
        ("🎉🎉 !!", ("no_letters",)),
        ("1234 + 5", ("no_letters",)),
        ("это обычный комментарий", ("other_script",)),
        ("هذا تعليق ok", ("other_script",)),
        ("\x00" * 3, ("empty", "nul")),
        ("これ\x01" * 4_000, ("too_long", "control_characters", "other_script")),
    ],
)
def test_what_a_machine_cannot_judge_is_named(text: str, reasons: tuple[str, ...]) -> None:
    assert unreadable(text) == reasons


@settings(deadline=None)  # a busy machine is no failure
@given(any_text)
def test_every_reason_has_a_sentence(text: str) -> None:
    for reason in unreadable(text):
        assert REASONS[reason].endswith(".")


@pytest.mark.parametrize("piece", ["a@", "a.b", "http://", "+", "$a", "-a", "a1", "\ufdfa", "a\u0336", "аb", "\u1100"])
def test_no_text_is_slow_to_read(piece: str) -> None:
    text = (piece * 100_000)[:100_000]
    began = time.perf_counter()
    normalise(text)
    unreadable(text)
    assert time.perf_counter() - began < 5  # quadratic work would take minutes
