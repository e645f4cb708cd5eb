"""Which language a comment is in: English by its words, others by their letters, and nothing where that is a guess."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from classifiers import language
from classifiers.language import language_of
from classifiers.text import HANDLE, LINK

FOREIGN = {
    "fr": "je ne suis pas du tout d'accord avec cette décision du maire",
    "de": "das ist eine sehr gute entscheidung für unsere stadt",
    "es": "no estoy de acuerdo con lo que usted propone para el barrio",
    "cy": "diolch yn fawr i chi am ddod i'r ysgol gyda'r plant",
    "pl": "dziękuję za nową linię autobusową w naszej dzielnicy",
    "ru": "привет, как дела, друзья",
}


@pytest.mark.parametrize("plain", ["you said that the bus would come back", "just resign already", "fuck this lot"])
def test_common_english_words_are_enough_and_the_detector_is_not_asked(
    plain: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(language, "_detector")
    assert language_of(plain) == "en"


def test_english_without_common_words_is_told_by_its_letters() -> None:
    assert language_of("bridge repair finally finished, congratulations council") == "en"


@pytest.mark.parametrize(("code", "plain"), FOREIGN.items())
def test_a_sentence_in_another_language_is_told(code: str, plain: str) -> None:
    assert language_of(plain) == code


@pytest.mark.parametrize(
    "plain", ["", " ", "ok", "scum", "bonjour", "12345 67890 12345", "👍👍👍👍👍👍👍👍👍👍👍👍👍👍"]
)
def test_too_few_letters_decide_nothing(plain: str) -> None:
    assert language_of(plain) == ""


def test_links_and_handles_are_in_no_language() -> None:
    assert language_of(f"{HANDLE} {LINK} " * 20) == ""
    assert language_of(f"{HANDLE} {LINK} {FOREIGN['fr']}") == "fr"


def test_a_little_english_does_not_make_a_foreign_text_english() -> None:
    assert language_of(f"yes! {FOREIGN['de']}, {FOREIGN['de']}") == "de"


class Unsure:
    """A detector that has seen nothing like it."""

    def classify(self, text: str) -> tuple[str, float]:
        return "fr", language.SURE - 0.01


class Scots:
    def classify(self, text: str) -> tuple[str, float]:
        return "sco", 0.99


def test_an_unsure_detector_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language, "_detector", Unsure)
    assert language_of(FOREIGN["fr"]) == ""


def test_a_near_kin_of_english_counts_as_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language, "_detector", Scots)
    assert language_of("ae bonnie lass gaed hame") == "en"


def test_only_the_beginning_of_a_long_text_is_looked_at() -> None:
    assert language_of(FOREIGN["fr"] + " " + FOREIGN["fr"] * 20 + " the and you" * 100_000) == "fr"


def test_eight_threads_are_told_what_one_is() -> None:
    texts = [*FOREIGN.values(), "thank you for the fair"] * 8
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(language_of, texts)) == [*FOREIGN, "en"] * 8
