"""Political names are read as one word for each kind: whose name it is cannot sway what follows."""

import random
import tomllib
from collections import Counter
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.civility.names import neutral
from classifiers.civility.reading import reader, worded
from classifiers.text import Normalised
from classifiers.views import Views
from moderator.evaluation.names import bundled

KINDS: dict[str, Any] = tomllib.loads(files("classifiers.civility").joinpath("names.toml").read_text("utf-8"))
LISTED = frozenset(name for kind in KINDS.values() for name in kind["names"])
VIEWS = Views.of_word_pieces(reader().vocabulary)

#: A sentence for each kind that its names fit into.
ABOUT = {
    "party": "they voted {} again, the fools",
    "members": "all the {} in this town are lazy",
    "politician": "i saw {} on the news last night",
    "place": "we moved to {}, and it rained",
}


def of(plain: str) -> Normalised:
    return Normalised(plain, range(len(plain) + 1))


def read(written: str) -> list[str]:
    """What the model is given of a comment, view by view."""
    return [worded(view.plain).text for view in VIEWS.of(written)]


def test_no_name_is_listed_twice_or_in_two_kinds() -> None:
    found = Counter(name for kind in KINDS.values() for name in kind["names"])
    assert [name for name, times in found.items() if times > 1] == []


def test_every_name_is_written_as_a_text_is_when_it_gets_there() -> None:
    assert [name for name in LISTED if name != name.casefold() or name != " ".join(name.split())] == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_two_names_of_a_kind_are_read_alike(kind: str) -> None:
    sentence = ABOUT[kind]
    found = {name: worded(of(sentence.format(name))).text for name in KINDS[kind]["names"]}
    assert [name for name, text in found.items() if text != sentence.format(KINDS[kind]["read_as"])] == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_name_run_together_is_read_as_the_name_itself(kind: str) -> None:
    sentence = ABOUT[kind].replace("{}", "#{}")
    several = [name for name in KINDS[kind]["names"] if " " in name]
    found = {"".join(filter(str.isalnum, name)) for name in several}
    assert several
    assert {worded(of(sentence.format(name))).text for name in found} == {sentence.format(KINDS[kind]["read_as"])}


@pytest.mark.parametrize(
    "plain",
    [
        "slave labour built this",
        "forced labour is a crime",
        "she was in labour for nine hours",
        "the labour market and labour costs",
        "years of manual labour",
        "welfare reform failed",
        "the reform of the courts",
        "we need reform",
        "a laboured joke",
        "yorker and texans",
        "trumpet lessons in the sandersville hall",
    ],
)
def test_a_common_word_is_no_name(plain: str) -> None:
    assert neutral(of(plain)) == of(plain)


@pytest.mark.parametrize(
    ("plain", "neutralised"),
    [
        ("labour lied again", "party lied again"),
        ("vote reform, not tory", "vote party, not party"),
        ("our reform councillor", "our party councillor"),
        ("labour voters in new york", "party members in london"),
        ("trump's wall, says biden.", "smith's wall, says smith."),
        ("west virginia and virginia", "london and london"),
        ("conservative party of canada", "party"),
    ],
)
def test_the_longest_name_counts_and_what_stands_around_it_stays(plain: str, neutralised: str) -> None:
    assert neutral(of(plain)).text == neutralised


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("He said KEIR STARMER lied", "KEIR STARMER"),
        ("He said Sinn Féin lied", "Sinn Féin"),
        ("He said #LabourParty lied", "LabourParty"),
        ("He said Nancy  Pelosi’s lied", "Nancy  Pelosi"),
    ],
)
def test_a_neutral_word_leads_back_to_the_name_as_written(written: str, name: str) -> None:
    plain = worded(VIEWS.literal(written))
    start = next(plain.text.index(kind["read_as"]) for kind in KINDS.values() if kind["read_as"] in plain.text)
    end = next(place for place in range(start, len(plain.text)) if plain.text[place] in " '")
    assert written[slice(*plain.original_span(start, end))] == name


@pytest.mark.parametrize(
    "name",
    [
        *("Labour Party", "Tories", "Tory", "Labour", "Sinn Féin", "SNP", "GOP"),
        *("Keir Starmer", "Starmer", "Kamala Harris", "Micheál Martin", "Ohio", "Clacton"),
    ],
)
def test_comments_that_differ_in_listed_names_alone_are_read_alike(name: str) -> None:
    names, sentence = bundled(), "Shame on {}, and on everybody near."
    for written in (name, name.upper()):
        comment = sentence.format(written)
        swaps = {names.swapped(comment, random.Random(seed)) or "" for seed in range(60)}
        listed = [swap for swap in swaps if _name_in(swap, sentence) in LISTED]
        assert len(listed) >= 5
        assert [swap for swap in listed if read(swap) != read(comment)] == []


def _name_in(comment: str, sentence: str) -> str:
    before, after = sentence.split("{}")
    return VIEWS.literal(comment.removeprefix(before).removesuffix(after)).text


@settings(deadline=None)  # a busy machine is no failure
@given(st.lists(st.sampled_from([*sorted(LISTED)[::9], "the", "reform", "labour", ",", "é", "\ufb01"])).map(" ".join))
def test_any_text_leads_back_into_the_original(plain: str) -> None:
    words = neutral(of(plain))
    assert len(words.offsets) == len(words.text) + 1
    assert list(words.offsets) == sorted(words.offsets)
    assert words.offsets[-1] == len(plain)
