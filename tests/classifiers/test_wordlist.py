"""Terms are found as whole words, however they are dressed, and shown where the author wrote them."""

import pytest

from classifiers.base import Item
from classifiers.wordlist.classifier import WordList, finder, load


def _found(classifier: WordList, text: str) -> list[tuple[str, str]]:
    (result,) = classifier.classify([Item(text)])
    assert {span.label for span in result.spans} == {label for label, score in result.scores.items() if score == 1}
    return [(span.label, text[span.start : span.end]) for span in result.spans]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("You are a muppet.", "muppet"),
        ("MUPPET!", "MUPPET"),
        ("mupp3t", "mupp3t"),
        ("m\u200bu\u200bppet", "m\u200bu\u200bppet"),
        ("a muрреt", "muрреt"),
        ("ｍｕｐｐｅｔ", "ｍｕｐｐｅｔ"),
        ("𝓶𝓾𝓹𝓹𝓮𝓽 indeed", "𝓶𝓾𝓹𝓹𝓮𝓽"),
        ("m̶u̶p̶p̶e̶t̶ end", "m̶u̶p̶p̶e̶t̶"),
        ("what a muppetttttt!", "muppetttttt"),
        ("#muppet", "muppet"),
        ("@muppet", "muppet"),
        ("https://muppet.example/", "muppet"),
        ("ßßß muppet", "muppet"),
    ],
)
def test_a_term_is_found_however_it_is_dressed(text: str, written: str) -> None:
    assert _found(load(banned=["Muppet"]), text) == [("banned_term", written)]


@pytest.mark.parametrize("text", ["muppets", "supermuppet", "mup pet", "", "муппет", "muppeteer", "muppet1"])
def test_part_of_a_word_is_not_the_term(text: str) -> None:
    assert _found(load(banned=["muppet"]), text) == []


@pytest.mark.parametrize(("text", "hit"), [("verminous lot", True), ("vermin", True), ("antivermin", False)])
def test_a_star_matches_the_start_of_a_word(text: str, hit: bool) -> None:
    assert bool(_found(load(banned=["vermin*"]), text)) is hit


def test_a_term_may_have_several_words_with_any_space_between() -> None:
    assert _found(load(suspect=["wake up"]), "Wake \n\tUP, people") == [("suspect_term", "Wake \n\tUP")]


def test_every_place_and_both_lists_are_shown() -> None:
    classifier = load(banned=["crook"], suspect=["crook", "old crook"])
    assert _found(classifier, "crook, you old crook") == [
        ("banned_term", "crook"),
        ("suspect_term", "crook"),
        ("suspect_term", "old crook"),
        ("banned_term", "crook"),
        ("suspect_term", "crook"),
    ]


def test_scripts_without_spaces_need_no_word_boundary() -> None:
    assert _found(load(banned=["嘘つき"]), "あなたは嘘つきです") == [("banned_term", "嘘つき")]


def test_a_mark_after_a_letter_belongs_to_its_word() -> None:
    assert _found(load(banned=["नम"]), "नमी") == []


def test_an_emoji_can_be_a_term() -> None:
    assert _found(load(banned=["🐍"]), "you🐍🐍") == [("banned_term", "🐍"), ("banned_term", "🐍")]


def test_empty_lists_find_nothing() -> None:
    assert _found(load(), "anything") == []


def test_what_looks_like_a_pattern_is_only_text() -> None:
    classifier = load(banned=["(a+)+$", ".*foo"])
    assert _found(classifier, "a" * 5_000 + "!") == []
    assert _found(classifier, "some foo") == []
    assert _found(classifier, "type (a+)+$ now") == [("banned_term", "(a+)+$")]


@pytest.mark.parametrize("term", ["", "   ", "*", "\u200b", "!!!", " * "])
def test_a_term_with_nothing_to_look_for_is_refused_by_name(term: str) -> None:
    with pytest.raises(ValueError, match="nothing in it") as caught:
        load(banned=["fine", term])
    assert repr(term) in str(caught.value)


def test_a_term_that_is_too_long_is_refused_by_name() -> None:
    load(suspect=["x" * 50 + "y" * 50])
    with pytest.raises(ValueError, match="longer than 100") as caught:
        load(suspect=["lengthy" * 15])
    assert "lengthy" in str(caught.value)


def test_the_version_follows_the_lists_and_not_their_order() -> None:
    assert load(banned=["a", "b"]).version == load(banned=["b", "a", "A"]).version
    assert load(banned=["a", "b"]).version != load(banned=["a"], suspect=["b"]).version
    assert load(banned=["a"]).version != load(banned=["a*"]).version


def test_ten_thousand_terms_cost_one_pass() -> None:
    classifier = load(banned=[f"term{n}x" for n in range(10_000)])
    assert _found(classifier, "see term9999x here") == [("banned_term", "term9999x")]


def test_a_finder_tells_which_words_are_there_as_they_were_asked_for() -> None:
    find = finder(["Muppet", "muppet", "free  spins", "cas*", "!!", "absent"])
    assert find("A MUPP3T at the casino, with free spins!!") == {"Muppet", "muppet", "free  spins", "cas*"}
    assert find("nothing of it") == frozenset()
    assert finder([])("muppet") == frozenset()
