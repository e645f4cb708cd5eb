"""The ways to read a comment: one for ordinary ones, two for disguised ones, and always the way back."""

import importlib
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers import segmentation, text, views
from classifiers.civility.reading import reader
from classifiers.segmentation import Words
from classifiers.views import LITERAL, View, Views

VIEWS = Views.of_word_pieces(reader().vocabulary)

any_text = st.text(alphabet=st.characters()) | st.text(
    alphabet="aAthe hіТ 013!$@*.|_-'#()\\/<\n\u0301\u0336\u200b\u200d\u202e\ufe0f🔥👩🇭é½ﬁｋ\ud800ᴀक\u093f"
)


def undone(written: str) -> View:
    literal, other = VIEWS.of(written)
    assert literal.name == LITERAL
    return other


@settings(deadline=None)  # a busy machine is no failure
@given(any_text)
def test_every_view_leads_back_into_the_original(written: str) -> None:
    for view in VIEWS.of(written):
        plain = view.plain
        plain.text.encode()
        assert len(plain.offsets) == len(plain.text) + 1
        assert plain.offsets[-1] == len(written)
        assert all(0 <= left <= right for left, right in pairwise(plain.offsets))
        for i in range(len(plain.text)):
            start, end = plain.original_span(i, i + 1)
            assert 0 <= start < end <= len(written)


@settings(deadline=None)  # a busy machine is no failure
@given(any_text)
def test_the_literal_view_comes_first_and_another_one_only_where_it_differs(written: str) -> None:
    found = VIEWS.of(written)
    assert found[0].name == LITERAL
    assert len(found) == len({view.plain.text for view in found}) <= 2
    assert all(view.name and view.name != LITERAL for view in found[1:])


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Plain  Words,\nno more", "plain words, no more"),
        ("“Well,” she said – it’s 5 % more… 🎉", '"well," she said - it\'s 5 % more... 🎉'),
        ("Zoë, cafe\u0301 naïve façade", "zoe, cafe naive facade"),
        ("@some_one see https://news.example/x", "<handle> see <link>"),
        ("sooooooo good!!!!!!", "so good!!!"),
        ("👨‍👩‍👧 ❤️ 🏴󠁧󠁢󠁥󠁮󠁧󠁿 nice", "👨👩👧 ❤ 🏴 nice"),
        ("\ufeffpasted\u200b text\u200e", "pasted text"),
        ("½ price™ ﬁne", "1⁄2 pricetm fine"),
        ("broken \ud800", "broken \ufffd"),
        ("#ThankYouTeachers #thankyouteachers", "#thank you teachers #thank you teachers"),
        ("great🔥game love❤️you omg😂lol", "great🔥game love❤you omg😂lol"),
        (
            "5th of May, 1am, covid19, the 50s, mp3, G20, f16, £100",
            "5th of may, 1am, covid19, the 50s, mp3, g20, f16, £100",
        ),
        ("The F.B.I. and U.S.A., e.g. a.m. and p.m.", "the f.b.i. and u.s.a., e.g. a.m. and p.m."),
        ("plan A, B, C or x/y/z", "plan a, b, c or x/y/z"),
        ("and/or, he/she, word(s), f(x)", "and/or, he/she, word(s), f(x)"),
        ("Don't. I'm a C student", "don't. i'm a c student"),
        ("a discriminatory, indefatigable, unconstitutional schoolmistress", None),
        ("*really* fun... so_called end.Next", "*really* fun... so_called end.next"),
        ("1 2 3 4 and 1 + 2 = 3", "1 2 3 4 and 1 + 2 = 3"),
    ],
)
def test_an_ordinary_comment_has_one_view(written: str, read: str | None) -> None:
    assert [view.plain.text for view in VIEWS.of(written)] == [written if read is None else read]


@pytest.mark.parametrize(
    "written",
    [
        "привет, как дела?",
        "αυτό είναι ένα σχόλιο",
        "هذا تعليق عادي",
        "می\u200cخواهم بروم",
        "नमस्ते दुनिया, क्\u200dष हिन्दी",
        "นี่คือความคิดเห็นที่ดี",
        "これは普通のコメントです",
        "这是一条普通的评论",
        "이것은 댓글입니다",
        "שָׁלוֹם לכולם",
    ],
)
def test_genuine_text_in_other_scripts_has_one_view(written: str) -> None:
    (only,) = VIEWS.of(written)
    assert only.plain.text == written.casefold()


@pytest.mark.parametrize(
    ("written", "name", "read"),
    [
        ("you i\u200bd\u2060i\ufeffo\u00adt", "plain", "you idiot"),
        ("you i\U000e0061diot", "plain", "you idiot"),
        ("you іdіоt", "plain", "you idiot"),
        ("а lіаr, Ꭲhаt", "plain", "a liar, that"),
        ("ｗｈａｔ ａ liar", "plain", "what a liar"),
        ("l̵͇̓i̶̛̫a̷̪͝r", "plain", "liar"),
        ("ʟɪᴀʀ 🅻🅸🅰🆁", "plain", "liar liar"),
        ("wh4t 4n 1d10t, k1ll 1t", "plain", "what an idiot, kill it"),
        ("|<ill h!m", "plain", "kill him"),
        ("y0u d0n'7 h4t3", "plain", "you don't hate"),
        ("f*ck this sh*t, k*ll it, m*rd*r", "plain", "fuck this shit, kill it, murder"),
        ("id🔥iot th🔥e", "plain", "idiot the"),
        ("ki.ll them", "plain", "kill them"),
        ("I h a t e them", "joined", "i hate them"),
        ("h.a.t.e k_i_l_l k-i-l-l k*i*l*l", "joined", "hate kill kill kill"),
        ("h🔥a🔥t🔥e", "joined", "hate"),
        ("I   h a t e   t h e m", "joined", "i hate them"),
        ("I h a t e t h e m a l l", "joined", "i hate them all"),
        ("d o n ' t  g o", "joined", "don't go"),
        ("killallofthem now", "parted", "kill all of them now"),
        ("Ihateyou", "parted", "i hate you"),
        ("theydon'tbelonghere", "parted", "they don't belong here"),
        ("🇭 🇦 🇹 🇪", "plain+joined", "hate"),
        ("k1llall0fthem", "plain+parted", "kill all of them"),
        ("k\u200billallofthem", "plain+parted", "kill all of them"),
    ],
)
def test_a_disguise_is_undone_in_a_second_view(written: str, name: str, read: str) -> None:
    view = undone(written)
    assert (view.name, view.plain.text) == (name, read)


@pytest.mark.parametrize(
    ("written", "word", "original"),
    [
        ("I h a t e them", "hate", "h a t e"),
        ("so: killallofthem!", "all", "all"),
        ("so: killallofthem!", "kill all", "killall"),
        ("what an 1d10t.", "idiot", "1d10t"),
        ("what a li🔥ar 🔥", "liar", "li🔥ar"),
        ("a ｌ\u200bіаr", "liar", "ｌ\u200bіаr"),
    ],
)
def test_a_span_covers_what_was_written(written: str, word: str, original: str) -> None:
    plain = undone(written).plain
    start = plain.text.index(word)
    first, last = plain.original_span(start, start + len(word))
    assert written[first:last] == original


def test_letters_that_spell_nothing_known_stay_together() -> None:
    words = Words({"all": 0, "them": 1, "kill": 2})
    assert words.split("killallqzvxkthem") == ("kill", "all", "qzvxk", "them")
    assert words.split("") == ()
    assert words.parted("kill") == ()


def test_a_vocabulary_may_be_empty() -> None:
    assert [view.plain.text for view in Views({}).of("h.a.t.e.r")] == ["h.a.t.e.r", "hater"]


HOSTILE = [
    *(
        "a",
        "ab",
        "a ",
        "a.",
        "a_b",
        "a'",
        "'",
        "1",
        "a1",
        "!1",
        "@",
        "$a",
        "*",
        "a*",
        "#",
        "#a",
        "Aa",
        "|<",
        "()",
        "\\/",
    ),
    *("🔥", "a🔥", "\u0336", "a\u0336", "é", "а", "аb", "ᴀ", "🇭", "\u200b", "a\u200b", "\ufe0f", "ﷺ", "<", "killall"),
    *("ihateyou ", "h a t e  ", "x/y/", "k1ll ", "f*ck ", "ki🔥ll ", "a,b c.d ", "a " * 30 + "\n"),
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_twice_the_text_is_about_twice_the_work(piece: str) -> None:
    short, long = ((piece * length)[:length] for length in (2_000, 8_000))
    assert calls(lambda: Views.of(VIEWS, long)) <= 6 * calls(lambda: Views.of(VIEWS, short)) + 2_000


def calls(run: Callable[[], object]) -> int:
    """Python and C functions called, which is all the work but that within one regular expression or dictionary."""
    count = 0

    def note(*_: object) -> None:
        nonlocal count
        count += 1

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        run()
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("length", [1_000, 4_000])
def test_looking_for_words_asks_the_vocabulary_a_fixed_number_of_times_for_each_letter(length: int) -> None:
    asked = 0

    class Counting(dict[str, float]):
        def get(self, *arguments: Any) -> Any:
            nonlocal asked
            asked += 1
            return super().get(*arguments)

    words = Words({"all": 0, "them": 1, "kill": 2})
    words._costs = Counting(words._costs)
    words.split(("killallofthemandx" * length)[:length])
    assert asked <= 20 * length


PATTERNS: Mapping[str, re.Pattern[str]] = {
    f"{module.__name__}.{name}": value
    for module in (views, segmentation, text)
    for name, value in vars(module).items()
    if isinstance(value, re.Pattern)
}


@pytest.mark.parametrize(
    "name", [name for name in PATTERNS if name.startswith(("classifiers.views", "classifiers.seg"))]
)
def test_no_pattern_can_try_a_long_run_twice(name: str) -> None:
    """Whatever repeats without end is possessive, or is the last thing in its pattern, or nothing but that pattern."""
    parse: Any = importlib.import_module("re._parser")
    pattern = PATTERNS[name]
    assert list(open_repeats(parse.parse(pattern.pattern, pattern.flags), last=True)) == []


def open_repeats(parsed: Any, last: bool) -> Iterator[str]:
    """Repeats without end that may give back what they took, as something follows them."""
    endless: Any = importlib.import_module("re._constants").MAXREPEAT
    items = list(parsed)
    for place, (kind, value) in enumerate(items):
        behind = last and place == len(items) - 1
        if str(kind) in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            _, most, inner = value
            if most == endless and str(kind) != "POSSESSIVE_REPEAT" and not behind:
                yield f"{kind} {inner}"
            yield from open_repeats(inner, last=False)
        elif str(kind) == "BRANCH":
            for branch in value[1]:
                yield from open_repeats(branch, behind)
        elif str(kind) == "SUBPATTERN":
            yield from open_repeats(value[-1], behind)
        elif str(kind) in ("ASSERT", "ASSERT_NOT"):
            yield from open_repeats(value[1], last=True)
