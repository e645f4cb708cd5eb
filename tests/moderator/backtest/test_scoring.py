"""Who has to read a text before two sets can be held against it: nobody, for what was read as it would be now."""

from collections.abc import Sequence

import pytest

from moderator.backtest.comparison import compare
from moderator.backtest.scoring import WORDLIST, Lacking
from moderator.domain.ensemble import OTHER_LANGUAGE, Ensemble, Opinion, answer
from moderator.pipeline.classifier_room import ClassifierRoom
from moderator.review import words
from moderator.storage.tables import Assessment
from tests.fakes.classifier import Speaker
from tests.moderator.conftest import World, guideline_set, rule

ENSEMBLE = Ensemble(("first", "second"))
MEASURED = {"first": frozenset({"threat", "spam"}), "second": frozenset({"spam", "sexual"})}


def _lacking(opinions: Sequence[Opinion], *wanted: str, has_terms: bool = False) -> tuple[str, ...]:
    says = Lacking(ENSEMBLE, wanted, MEASURED, has_terms=has_terms)
    return says(opinions, answer(ENSEMBLE, opinions).by)


FIRST = Opinion("first", {"threat": 0.1, "spam": 0.2})
SECOND = Opinion("second", {"spam": 0.2, "sexual": 0.1})


@pytest.mark.parametrize(
    ("opinions", "wanted", "expected"),
    [
        ([FIRST, SECOND], ("threat", "spam", "sexual"), ()),
        # somebody answers: that the other one would too is no reason to read it again
        ([SECOND], ("spam",), ()),
        ([FIRST], ("threat", "sexual"), ("second",)),
        ([], ("threat",), ("first", "second")),
        # nobody here measures it, so nobody is missed
        ([FIRST], ("misinformation",), ()),
        # a classifier that measured less when it read the text
        ([Opinion("first", {"spam": 0.2})], ("threat",), ("first",)),
        # one that the service does not run any more answers nothing
        ([Opinion("old", {"threat": 0.9})], ("threat",), ("first",)),
        # what was read and failed, or in a language that the reader does not know, is taken so
        ([Opinion("first", {}, failed=True)], ("threat",), ()),
        ([Opinion("first", {"threat": 0.9}, (OTHER_LANGUAGE,))], ("threat",), ()),
        ([Opinion("none", {}, failed=True)], ("threat",), ()),
    ],
)
def test_those_read_a_text_who_alone_measure_what_nobody_measured(
    opinions: list[Opinion], wanted: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    assert _lacking(opinions, *wanted) == expected


def test_a_word_list_reads_what_it_has_not_read_where_a_rule_asks_for_its_words() -> None:
    assert _lacking([FIRST], "threat", "banned_term", has_terms=True) == (WORDLIST,)
    assert _lacking([FIRST], "threat", has_terms=True) == ()
    assert _lacking([FIRST], "threat", "banned_term") == ()
    assert _lacking([FIRST, Opinion(WORDLIST, {"banned_term": 0.0})], "banned_term", has_terms=True) == ()


# --- read and stored --------------------------------------------------------------------------------------------------

SEXUAL = guideline_set(rule("1", "sexual", "hide"))


def _tried(world: World, room: ClassifierRoom) -> tuple[int, list[str]]:
    """How many texts were read first, and the comments that flip."""
    object.__setattr__(world.runtime, "classifiers", room)
    found = [each for _, each in compare(world.runtime, world.office_id, SEXUAL, None)]
    return sum(each.read_first for each in found), [flip.comment_id for each in found for flip in each.flips]


def _read(world: World) -> dict[str, set[str]]:
    """Who measured what."""
    return {row.classifier: set(row.scores) for row in world.rows(Assessment)}


def test_a_classifier_that_came_later_reads_what_only_it_can_measure(
    world: World, classifiers: dict[str, object]
) -> None:
    comment_id = world.settled("sexual=0.7")
    classifiers["later"] = later = Speaker("later", "sexual")
    assert _tried(world, ClassifierRoom(("written", "later"))) == (1, [comment_id])
    assert _read(world) == {"written": set(world.scores.labels), "later": {"sexual"}}
    assert _tried(world, ClassifierRoom(("written", "later"))) == (0, [comment_id])
    assert (len(later.batches), len(world.scores.batches)) == (1, 1)


def test_a_classifier_that_measures_more_than_it_did_reads_again_and_its_reading_is_whole(world: World) -> None:
    comment_id = world.settled("sexual=0.7 spam=0.2")
    world.scores.labels, world.scores.version = ("sexual", "spam"), "2"
    assert _tried(world, ClassifierRoom(("written",))) == (1, [comment_id])
    (reading,) = world.rows(Assessment)
    assert (reading.version, reading.scores) == ("2", {"sexual": 0.7, "spam": 0.2})
    assert _tried(world, ClassifierRoom(("written",))) == (0, [comment_id])


def test_a_word_list_that_came_later_reads_older_comments(world: World) -> None:
    world.settled("a kumquat")
    with world.database.write() as session:
        words.set_terms(session, world.people.alice, ["kumquat"], [])
    found = [
        each
        for _, each in compare(world.runtime, world.office_id, guideline_set(rule("5", "banned_term", "hide")), None)
    ]
    assert [each.read_first for each in found] == [1]
    assert _read(world)[WORDLIST] == {"banned_term", "suspect_term"}
    assert len(world.scores.batches) == 1
