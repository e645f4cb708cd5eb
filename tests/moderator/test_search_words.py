"""How texts and questions are cut and folded, before any database sees them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderator.search_words import (
    MOST_TERMS,
    Field,
    Question,
    Term,
    entry_words,
    folded_words,
    spans,
    understand,
    words,
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Don't STOP the B-52 bus!", ["don", "t", "stop", "the", "b", "52", "bus"]),
        ("O’Neill, Čapek, naïve Straße", ["o", "neill", "capek", "naive", "strasse"]),
        ("Łódź Ærø ﬁne Ｗｉｄｅ ½", ["lodz", "aero", "fine", "wide", "1", "2"]),
        ("vil\u200blage e\u0301te\u0301 vil\u00adlage", ["village", "ete", "village"]),
        ("政治家 が か\u3099", ["政", "治", "家", "が", "が"]),
        ("हिन्दी قَالَ 한국어", ["हिन्दी", "قال", "한국어"]),
        ("clown 🤡🤡 @handle #tag_two", ["clown", "🤡", "🤡", "handle", "tag", "two"]),
        ("\ue000marked \ue002place", ["marked", "place"]),
        ("a" * 100, ["a" * 64]),
        ("", []),
    ],
)
def test_a_text_is_cut_into_plain_words(text: str, found: list[str]) -> None:
    assert folded_words(text) == found
    assert [word.folded for word in words(text)] == found


def test_each_word_knows_where_it_stands_as_written() -> None:
    text = "Naïve ½ vil\u200blage"
    assert [text[word.start : word.end] for word in words(text)] == ["Naïve", "½", "½", "vil\u200blage"]


@pytest.mark.parametrize(
    ("typed", "terms"),
    [
        ("bus", [Term(("bus",), beginning=True)]),
        ("Bus LANE", [Term(("bus",)), Term(("lane",), beginning=True)]),
        ('"bus lane"', [Term(("bus", "lane"))]),
        ('stop "bus lane', [Term(("stop",)), Term(("bus", "lane"))]),
        ("bus -lane", [Term(("bus",)), Term(("lane",), without=True)]),
        ('-"bus lane" stop', [Term(("bus", "lane"), without=True), Term(("stop",), beginning=True)]),
        ("well-known", [Term(("well", "known"), beginning=True)]),
        ("to", [Term(("to",))]),
        ("bus the", [Term(("bus",)), Term(("the",))]),
        ("don't", [Term(("don", "t"))]),
        ('a AND b* OR (c) ^d :e "', [Term((word,)) for word in ("a", "and", "b", "or", "c", "d", "e")]),
        ("- -- \" '' ;", []),
    ],
)
def test_what_is_typed_is_understood(typed: str, terms: list[Term]) -> None:
    assert understand(typed) == Question(tuple(terms))


def test_what_is_too_much_is_cut_and_said_to_be() -> None:
    question = understand(" ".join(f"word{number}" for number in range(MOST_TERMS + 1)))
    assert len(question.terms) == MOST_TERMS
    assert question.cut
    assert understand("word " * 3 + "x" * 300).cut


def test_words_of_one_field_do_not_follow_those_of_another() -> None:
    entered = entry_words("office", "channel", "The bus", ["Una Bus", "una"], ["No bus"])
    assert entered[:2] == ["the", "bus"]
    assert [word for word in entered if word.startswith(Field.AUTHOR)] == ["\ue000una", "\ue000bus", "\ue000una"]
    assert [word for word in entered if word.startswith(Field.NOTES)] == ["\ue001no", "\ue001bus"]
    assert entered[-2:] == ["\ue002office", "\ue002channel"]


@pytest.mark.parametrize(
    ("typed", "marked"),
    [
        ("bus", ["Bus", "BUSES"]),
        ('"bus"', ["Bus"]),
        ('"the bus"', ["the Bus"]),
        ("-stop the", ["the", "the"]),
        ("tram", []),
    ],
)
def test_the_words_asked_for_are_found_again_in_the_text(typed: str, marked: list[str]) -> None:
    text = "Stop the Bus, stop the BUSES"
    assert [text[start:end] for start, end in spans(text, understand(typed))] == marked


@given(st.text())
def test_whatever_is_typed_or_said_is_taken(text: str) -> None:
    question = understand(text + "\ud800\x00")
    found = folded_words(text)
    assert all(term.words and all(term.words) for term in question.terms)
    assert not set("\ue000\ue001\ue002\"' ") & set("".join(found))
    assert all(0 <= start < end <= len(text) for start, end in spans(text, question))
