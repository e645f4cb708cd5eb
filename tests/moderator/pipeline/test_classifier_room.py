"""The classifiers of this process: what they read, and what becomes of a comment when one of them fails."""

import logging
import math
from collections.abc import Sequence

import pytest

from classifiers.base import Classifier, Item, Result, Span
from moderator.pipeline.classifier_room import BrokenClassifier, ClassifierRoom, Terms
from tests.fakes.classifier import QUIET, WrittenScores


class Broken(WrittenScores):
    """Answers with whatever a test gives it."""

    def __init__(self, *results: Result) -> None:
        super().__init__()
        self._results = list(results)

    def classify(self, batch: Sequence[Item]) -> list[Result]:
        return self._results


def _items(*texts: str) -> list[Item]:
    return [Item(text) for text in texts]


@pytest.fixture
def room(scores: WrittenScores) -> ClassifierRoom:
    return ClassifierRoom(("written",))


def test_every_comment_gets_one_reading_per_classifier_in_order(
    room: ClassifierRoom, classifiers: dict[str, Classifier]
) -> None:
    both = ClassifierRoom(("written", "second"))
    classifiers["second"] = WrittenScores()
    readings = both.read(_items("threat=0.9", "spam=0.7"), [None, None])
    assert [[reading.result.scores["threat"] for reading in mine] for mine in readings] == [[0.9, 0.9], [QUIET, QUIET]]
    assert {reading.version for mine in readings for reading in mine} == {"1"}


def test_a_word_list_is_read_for_its_own_office_only(room: ClassifierRoom) -> None:
    ours, theirs = Terms(banned=("kumquat",)), Terms(suspect=("kumquat",))
    readings = room.read(_items("a kumquat", "a kumquat", "a kumquat"), [ours, theirs, None])
    found = [[reading.result.scores for reading in mine if reading.classifier == "wordlist"] for mine in readings]
    assert found == [[{"banned_term": 1.0, "suspect_term": 0.0}], [{"banned_term": 0.0, "suspect_term": 1.0}], []]


def test_an_empty_word_list_is_not_asked(room: ClassifierRoom) -> None:
    assert [len(mine) for mine in room.read(_items("x"), [Terms()])] == [1]


def test_a_word_list_that_cannot_be_built_is_a_failure_and_not_a_clean_bill(room: ClassifierRoom) -> None:
    (readings,) = room.read(_items("x"), [Terms(banned=("   ",))])
    assert [bool(reading.error) for reading in readings] == [False, True]


def test_more_offices_than_word_lists_are_kept_all_get_their_own(room: ClassifierRoom) -> None:
    terms = [Terms(banned=(f"word{n}",)) for n in range(70)]
    for _ in range(2):
        readings = room.read(_items(*(f"word{n}" for n in range(70))), terms)
        assert all(mine[1].result.scores["banned_term"] == 1.0 for mine in readings)


def test_one_comment_that_breaks_a_classifier_costs_the_others_nothing(room: ClassifierRoom) -> None:
    readings = room.read(_items("threat=0.9", "explode", "spam=0.7"), [None] * 3)
    assert [bool(mine[0].error) for mine in readings] == [False, True, False]
    assert readings[1][0].result == Result({})
    assert readings[1][0].error == "RuntimeError: this text makes it explode"
    assert readings[2][0].result.scores["spam"] == 0.7


def test_a_classifier_that_does_not_load_fails_every_comment_and_complains_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    room = ClassifierRoom(("no such classifier",))
    with caplog.at_level(logging.ERROR):
        for _ in range(3):
            assert all(mine[0].error for mine in room.read(_items("a", "b"), [None, None]))
    assert len(caplog.records) == 1
    with pytest.raises(BrokenClassifier, match="no such classifier"):
        room.load()


def test_a_classifier_that_does_not_load_measures_nothing(room: ClassifierRoom) -> None:
    assert room.labels() == {*WrittenScores.labels, "banned_term", "suspect_term"}
    assert ClassifierRoom(("no such classifier",)).labels() == {"banned_term", "suspect_term"}


FULL = dict.fromkeys(WrittenScores.labels, 0.5)


@pytest.mark.parametrize(
    "results",
    [
        (),
        (Result(FULL), Result(FULL)),
        (Result({}),),
        (Result(dict.fromkeys(WrittenScores.labels[1:], 0.5)),),
        (Result(FULL | {"threat": math.nan}),),
        (Result(FULL | {"threat": 1.5}),),
        (Result(FULL | {"threat": -0.1}),),
        (Result(FULL | {"threat": math.inf}),),
    ],
    ids=["none", "too-many", "empty", "label-missing", "nan", "above-one", "negative", "infinite"],
)
def test_a_reading_that_breaks_the_contract_is_a_failure_and_not_a_clean_bill(
    classifiers: dict[str, Classifier], results: tuple[Result, ...]
) -> None:
    classifiers["broken"] = Broken(*results)
    ((reading,),) = ClassifierRoom(("broken",)).read(_items("x"), [None])
    assert reading.error.startswith("ValueError")
    assert reading.result.scores == {}


def test_an_error_that_quotes_the_comment_can_be_stored(classifiers: dict[str, Classifier]) -> None:
    class Quoting(WrittenScores):
        def classify(self, batch: Sequence[Item]) -> list[Result]:
            raise ValueError(f"cannot read {batch[0].text}")

    classifiers["quoting"] = Quoting()
    ((reading,),) = ClassifierRoom(("quoting",)).read(_items("a\0b\ud800"), [None])
    assert reading.error == "ValueError: cannot read a\ufffdb\ufffd"


def test_nothing_to_read_is_no_readings(room: ClassifierRoom) -> None:
    assert room.read([], []) == []


class Telling(WrittenScores):
    """Explains with whatever a test gives it."""

    def __init__(self, *spans: Span) -> None:
        super().__init__()
        self._spans = spans

    def explain(self, item: Item, labels: Sequence[str]) -> tuple[Span, ...]:
        if "explode" in item.text:
            raise RuntimeError("it explodes")
        return self._spans


def test_two_of_one_kind_run_under_names_and_options_of_their_own() -> None:
    room = ClassifierRoom(
        ("ours", "theirs"),
        {
            "ours": {"uses": "wordlist", "banned": ["kumquat"]},
            "theirs": {"uses": "wordlist", "banned": ["durian"]},
        },
    )
    ((ours, theirs),) = room.read(_items("A kumquat"), [None])
    assert (ours.classifier, ours.result.scores["banned_term"]) == ("ours", 1.0)
    assert (theirs.classifier, theirs.result.scores["banned_term"]) == ("theirs", 0.0)


def test_an_option_that_a_classifier_does_not_know_is_named_with_the_classifier() -> None:
    room = ClassifierRoom(("ours",), {"ours": {"uses": "wordlist", "band": ["kumquat"]}})
    with pytest.raises(BrokenClassifier, match=r"classifier ours does not load.*'band'") as broken:
        room.load()
    assert broken.value.name == "ours"


def test_what_each_measures_is_known_unless_it_does_not_load(scores: WrittenScores) -> None:
    room = ClassifierRoom(("written", "oracle"))
    assert room.measured() == {"written": frozenset(WrittenScores.labels), "oracle": None}


def test_a_classifier_that_can_says_which_words_carry_a_label(classifiers: dict[str, Classifier]) -> None:
    classifiers["telling"] = Telling(Span(0, 3, "threat"))
    assert ClassifierRoom(("telling",)).explain("telling", Item("You!"), ["threat"]) == (Span(0, 3, "threat"),)


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("explode", Span(0, 3, "threat")),
        ("You!", Span(0, 5, "threat")),
        ("You!", Span(-1, 3, "threat")),
        ("You!", Span(2, 2, "threat")),
        ("You!", Span(0, 3, "spam")),
    ],
    ids=["it-fails", "beyond-the-text", "before-the-text", "empty", "another-label"],
)
def test_an_explanation_that_is_none_marks_nothing(classifiers: dict[str, Classifier], text: str, span: Span) -> None:
    classifiers["telling"] = Telling(span)
    assert ClassifierRoom(("telling",)).explain("telling", Item(text), ["threat"]) == ()


def test_a_classifier_that_cannot_explain_or_does_not_run_here_marks_nothing(room: ClassifierRoom) -> None:
    assert room.explain("written", Item("threat=0.9"), ["threat"]) == ()
    assert room.explain("telling", Item("threat=0.9"), ["threat"]) == ()
