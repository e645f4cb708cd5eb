"""From several readings to one decision: who answers, what stays open, and which words are shown for it."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from classifiers.base import Classifier, Span
from moderator import ensembles
from moderator.domain.ensemble import MARGIN
from moderator.jobs.queue import Kind
from moderator.jobs.runner import MAX_FAILURES
from moderator.pipeline import explain
from moderator.pipeline.classifier_room import ClassifierRoom
from moderator.review import words
from moderator.storage.tables import Assessment, Job
from tests.fakes.classifier import Speaker, WrittenScores
from tests.moderator.conftest import World

#: `world = speaking(Speaker("first"), …)`: a world whose service runs these, in this order of priority
Speaking = Callable[..., World]


@pytest.fixture
def speaking(world: World, classifiers: dict[str, Classifier]) -> Speaking:
    def run(*speakers: Speaker) -> World:
        classifiers.update({speaker.name: speaker for speaker in speakers})
        room = ClassifierRoom([speaker.name for speaker in speakers])
        world.runtime = replace(world.runtime, classifiers=room)
        return world

    return run


@pytest.fixture
def pair(speaking: Speaking) -> World:
    """Two that measure the same; the second reads French too."""
    return speaking(Speaker("first"), Speaker("second", languages=("en", "fr")))


def _assessments(world: World, comment_id: str) -> dict[str, Assessment]:
    revision_id = world.comment(comment_id).revision_id
    return {row.classifier: row for row in world.rows(Assessment, Assessment.revision_id == revision_id)}


def test_the_first_answers_and_the_decision_says_so(pair: World) -> None:
    kept = pair.settled("first.spam=0.1 second.spam=0.99")
    assert pair.in_force(kept).reason == "no_finding"
    hidden = pair.settled("first.spam=0.95 second.spam=0.1")
    decision = pair.in_force(hidden)
    assert decision.findings[0]["measures"][0]["score"] == 0.95
    assert decision.answered == dict.fromkeys(WrittenScores.labels, "first")
    assert {name: row.scores["spam"] for name, row in _assessments(pair, hidden).items()} == {
        "first": 0.95,
        "second": 0.1,
    }


def test_an_office_s_own_order_decides_for_that_office(pair: World) -> None:
    with pair.database.write() as session:
        measured = pair.runtime.classifiers.measured()
        ensembles.change(session, pair.people.alice, measured, {"spam": ("second", "first")}, MARGIN)
    comment_id = pair.settled("first.spam=0.1 second.spam=0.95 first.threat=0.7 second.threat=0.1")
    asked = pair.suggestion(comment_id)
    assert asked.rule_ids == ["1", "4"]
    assert (asked.answered["spam"], asked.answered["threat"]) == ("second", "first")


def test_one_that_fails_is_stood_in_for(pair: World) -> None:
    comment_id = pair.settled("first.fails=1 spam=0.95")
    assert pair.in_force(comment_id).answered["spam"] == "second"
    assert "first fails" in _assessments(pair, comment_id)["first"].error


def test_what_only_the_failed_one_measures_goes_to_a_person(speaking: Speaking) -> None:
    world = speaking(Speaker("first", "spam", "threat"), Speaker("second", "spam"))
    comment_id = world.settled("first.fails=1 spam=0.95")
    asked = world.suggestion(comment_id)
    assert (asked.reason, asked.rule_ids) == ("classifier_failed", ["4"])
    assert world.platform.orders == []


def test_what_no_rule_asks_for_is_not_missed(speaking: Speaking) -> None:
    world = speaking(Speaker("first", "sexual"), Speaker("second"))
    assert world.in_force(world.settled("first.fails=1")).reason == "no_finding"


def test_one_that_does_not_load_is_stood_in_for_where_the_other_measures_all_that_rules_ask_for(
    speaking: Speaking,
) -> None:
    world = speaking(Speaker("second"))
    world.runtime = replace(world.runtime, classifiers=ClassifierRoom(("oracle", "second")))
    assert world.in_force(world.settled("A fine day")).reason == "no_finding"
    world.runtime = replace(world.runtime, classifiers=ClassifierRoom(("oracle",)))
    assert world.suggestion(world.settled("A fine day")).reason == "classifier_failed"


def test_a_comment_in_a_language_that_only_the_second_reads_is_judged_by_the_second(pair: World) -> None:
    comment_id = pair.settled("language=fr first.spam=0.1 second.spam=0.95")
    assert pair.in_force(comment_id).answered["spam"] == "second"
    stored = _assessments(pair, comment_id)
    assert (stored["first"].language, stored["first"].doubts) == ("fr", ["other_language"])
    assert stored["second"].doubts == []


def test_a_comment_in_a_language_that_nobody_reads_goes_to_a_person(pair: World) -> None:
    comment_id = pair.settled("language=de spam=0.95")
    asked = pair.suggestion(comment_id)
    # A score for a language that is not read says nothing, so nothing was found either.
    assert (asked.reason, asked.rule_ids, asked.answered) == ("unreadable", [], {})
    assert pair.platform.orders == []


def test_a_word_list_reads_every_language(pair: World) -> None:
    with pair.database.write() as session:
        words.set_terms(session, pair.people.alice, ["kumquat"], [])
    asked = pair.suggestion(pair.settled("language=de kumquat"))
    assert (asked.reason, asked.rule_ids) == ("unreadable", ["5"])
    assert asked.answered == {"banned_term": "wordlist", "suspect_term": "wordlist"}


def test_any_other_doubt_brings_a_person_whoever_has_it(pair: World) -> None:
    comment_id = pair.settled("second.doubt=control_characters spam=0.95")
    assert pair.suggestion(comment_id).reason == "unreadable"
    assert pair.platform.orders == []


def test_the_view_that_scored_is_stored(pair: World) -> None:
    comment_id = pair.settled("threat=0.7 first.view=joined")
    assert _assessments(pair, comment_id)["first"].views == {"threat": "joined"}


def test_for_a_comment_that_waits_whoever_answered_says_which_words_carry_the_finding(
    speaking: Speaking,
) -> None:
    first, second = Speaker("first", "spam"), Speaker("second")
    world = speaking(first, second)
    text = "spam=0.1 harassment=0.7"
    comment_id = world.settled(text)
    assert (first.explained, second.explained) == ([], [(text, ("harassment",))])
    assert _assessments(world, comment_id)["second"].spans == [[9, 19, "harassment"]]


def test_a_comment_that_waits_for_nobody_is_not_explained(speaking: Speaking) -> None:
    first = Speaker("first")
    world = speaking(first)
    world.settled("spam=0.95")
    world.settled("A fine day")
    world.settled("language=de")
    assert first.explained == []


def test_an_explanation_replaces_what_was_marked_for_that_label_alone(world: World, scores: WrittenScores) -> None:
    comment_id = world.settled("harassment=0.7 spam=0.6")
    (row,) = _assessments(world, comment_id).values()
    assert row.spans == [[0, 14, "harassment"], [15, 23, "spam"]]
    with world.database.write() as session:
        explain._mark(session, explain.Explained(row.revision_id, "written", (Span(0, 4, "harassment"),)))
    (row,) = _assessments(world, comment_id).values()
    assert row.spans == [[15, 23, "spam"], [0, 4, "harassment"]]


def test_where_the_explanation_fails_the_case_waits_without_marks(speaking: Speaking) -> None:
    world = speaking(Speaker("first"))
    comment_id = world.settled("inexplicable harassment=0.7")
    assert world.case_of(comment_id) is not None
    assert _assessments(world, comment_id)["first"].spans == []
    assert world.rows(Job) == []


def test_an_explanation_that_cannot_even_be_tried_is_given_up_and_the_case_waits(
    speaking: Speaking, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise MemoryError("too long")

    world = speaking(Speaker("first"))
    monkeypatch.setattr(ClassifierRoom, "explain", fail)
    comment_id = world.say("harassment=0.7")
    for _ in range(MAX_FAILURES):
        world.work()
        world.clock.forward(hours=1)
    assert world.case_of(comment_id) is not None
    assert world.rows(Job) == []


def test_a_case_that_is_decided_first_is_explained_all_the_same(speaking: Speaking) -> None:
    world = speaking(Speaker("first"))
    comment_id = world.say("harassment=0.7")
    world.decide()
    assert [job.kind for job in world.rows(Job)] == [Kind.EXPLAIN]
    world.resolve(world.people.mona, comment_id, "keep")
    world.work()
    assert _assessments(world, comment_id)["first"].spans == [[0, 10, "harassment"]]
