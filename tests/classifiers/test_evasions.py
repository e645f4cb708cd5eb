"""What commenters do to hide a word: every evasion changes the text, keeps it readable and repeats itself exactly."""

import random
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.civility.reading import reader
from classifiers.training import evasions
from classifiers.training.evasions import EVASIONS
from classifiers.views import Views

TEXT = "You people should never have been let in, get out of here! @mayor https://news.example/a-b"
SEEDS = range(30)
LETTERS_STAY = ("zero_width", "tag_characters", "spaced", "unspaced", "emoji_split")


def disguised(name: str, seed: int, text: str = TEXT) -> str:
    return EVASIONS[name](text, random.Random(seed))


def letters(text: str) -> str:
    return "".join(character for character in text if character.isascii() and character.isalpha())


@pytest.mark.parametrize("name", EVASIONS)
def test_the_same_chance_gives_the_same_text(name: str) -> None:
    assert [disguised(name, seed) for seed in SEEDS] == [disguised(name, seed) for seed in SEEDS]


@pytest.mark.parametrize("name", EVASIONS)
def test_an_evasion_changes_the_text_and_not_always_in_the_same_way(name: str) -> None:
    found = {disguised(name, seed) for seed in SEEDS}
    assert TEXT not in found
    assert len(found) > 1


@pytest.mark.parametrize("name", EVASIONS)
@settings(deadline=None)  # a busy machine is no failure
@given(text=st.text(max_size=60), seed=st.integers())
def test_any_text_can_be_disguised(name: str, text: str, seed: int) -> None:
    assert isinstance(disguised(name, seed, text), str)


@pytest.mark.parametrize("name", LETTERS_STAY)
def test_what_only_comes_between_the_letters_leaves_them_as_they_are(name: str) -> None:
    assert all(letters(disguised(name, seed)) == letters(TEXT) for seed in SEEDS)


@pytest.mark.parametrize(
    "name", [name for name in EVASIONS if name not in ("homoglyph", "spaced", "unspaced", "combined")]
)
def test_names_and_links_stay_where_words_are_disguised(name: str) -> None:
    assert all(disguised(name, seed).endswith("@mayor https://news.example/a-b") for seed in SEEDS)


@pytest.mark.parametrize(
    ("name", "written", "possible"),
    [
        ("leet", "so", {"50", "5o", "s0"}),
        ("masked", "kill", {"k*ll"}),
        ("swapped_letters", "hate", {"htae"}),
        ("dropped_letter", "hate", {"hte", "hae"}),
        ("doubled_letters", "all", {"aall", "aaall", "alll", "allll"}),
        ("full_width", "no", {"ｎｏ"}),
        ("unspaced", "get out, all", {"getout, all"}),
    ],
)
def test_a_word_becomes_what_somebody_would_write(name: str, written: str, possible: set[str]) -> None:
    assert {disguised(name, seed, written) for seed in range(60)} - {written} == possible


def test_about_three_letters_in_ten_are_lookalikes() -> None:
    text = "a" * 3_000
    assert 0.27 < sum(not letter.isascii() for letter in disguised("homoglyph", 0, text)) / 3_000 < 0.33


def test_diacritics_are_marks_on_the_same_letters() -> None:
    for seed in SEEDS:
        bare = unicodedata.normalize("NFD", disguised("diacritics", seed))
        assert "".join(letter for letter in bare if not unicodedata.combining(letter)) == TEXT


def test_views_show_the_clean_text_again_for_what_hides_between_letters() -> None:
    texts = ["You people should never have been let in", "Get out of this country, all of you"]
    views = Views.of_word_pieces(reader().vocabulary)
    for name in ("zero_width", "tag_characters", "homoglyph", "full_width", "diacritics"):
        found = evasions.undone(texts, EVASIONS[name], views)
        assert (found.texts, found.words) == (1.0, 1.0)
        assert found.views <= 2
    typos = evasions.undone(texts, EVASIONS["dropped_letter"], views)
    assert (typos.texts, typos.views) == (0.0, 1.0)
    assert 0 < typos.words < 1


def test_the_command_says_what_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert evasions.main(["--data", str(tmp_path)]) == 1
    assert "missing" in capsys.readouterr().err
