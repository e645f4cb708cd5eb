"""What members record about authors: only what the rules name, with its source; and what waits is judged anew."""

import json
from typing import Any

import pytest

from guidelines.schema import Decider, GuidelineSet, RecordedCondition, Rule
from moderator import publishing
from moderator.connectors.base import AuthorRef, EventKind
from moderator.errors import Conflict, Invalid, NotAllowed, NotFound
from moderator.review.facts import named, record_fact, withdraw_fact
from moderator.storage.tables import AuditEntry, AuthorFact, Case, Job
from tests.moderator.conftest import World, added, guideline_set, rule

OUTSIDE = "outside_constituency"
PROFILE = "Says so on their public profile"


def _by_record(rule_id: str = "8", fact: str = OUTSIDE, **facts: Any) -> Rule:
    return rule(rule_id, "threat", may=("hide",), condition=RecordedCondition(fact), **facts)


def _publish(world: World, guidelines: GuidelineSet) -> None:
    with world.database.write() as session:
        publishing.publish(session, world.office_id, guidelines)


@pytest.fixture
def outsiders(world: World) -> World:
    """The office has a rule about people from elsewhere, and one about harassment."""
    _publish(world, guideline_set(_by_record(), rule("3", "harassment", "hide")))
    return world


def _record(world: World, author_id: str | None, fact: str = OUTSIDE, source: str = PROFILE) -> AuthorFact:
    with world.database.write() as session:
        return record_fact(session, world.people.mona, author_id or "", fact, source)


def _withdraw(world: World, fact_id: str) -> None:
    with world.database.write() as session:
        withdraw_fact(session, world.people.mona, fact_id)


def test_what_can_be_recorded_is_what_the_rules_name() -> None:
    assert named(None) == ()
    assert named(guideline_set()) == ()
    twice = guideline_set(_by_record(), _by_record("9"), _by_record("10", "supplier"))
    assert named(twice) == (OUTSIDE, "supplier")


def test_a_fact_is_on_record_with_who_and_when_and_its_source(outsiders: World) -> None:
    author_id = outsiders.comment(outsiders.settled("Hello")).author_id
    row = _record(outsiders, author_id, source="  Says so   on their public profile ")
    assert (row.fact, row.source, row.recorded_by) == (OUTSIDE, PROFILE, outsiders.people.mona.id)
    assert row.withdrawn_at is None
    (entry,) = outsiders.rows(AuditEntry, AuditEntry.event == "author.fact_recorded")
    assert (entry.actor, entry.subject) == (f"member:{outsiders.people.mona.id}", f"author:{author_id}")
    assert json.loads(entry.detail)["fact"] == OUTSIDE
    assert PROFILE not in entry.detail


@pytest.mark.parametrize("fact", ["labour", "muslim", "", "Outside_Constituency", "supplier"])
def test_nothing_else_can_be_recorded_about_anybody(outsiders: World, fact: str) -> None:
    author_id = outsiders.comment(outsiders.settled("Hello")).author_id
    with pytest.raises(Invalid) as caught:
        _record(outsiders, author_id, fact)
    assert caught.value.field == "fact"
    assert outsiders.rows(AuthorFact) == []


def test_an_office_without_such_a_rule_records_nothing(world: World) -> None:
    with pytest.raises(Invalid):
        _record(world, world.comment(world.settled("Hello")).author_id)


@pytest.mark.parametrize("source", ["", "   \n", "x" * 501])
def test_without_a_source_nothing_is_recorded(outsiders: World, source: str) -> None:
    author_id = outsiders.comment(outsiders.settled("Hello")).author_id
    with pytest.raises(Invalid) as caught:
        _record(outsiders, author_id, source=source)
    assert caught.value.field == "source"


def test_a_source_may_hold_any_character(outsiders: World) -> None:
    author_id = outsiders.comment(outsiders.settled("Hello")).author_id
    assert _record(outsiders, author_id, source="seen\0 <b>there</b> \ud800").source == "seen\ufffd <b>there</b> \ufffd"


def test_once_is_enough(outsiders: World) -> None:
    author_id = outsiders.comment(outsiders.settled("Hello")).author_id
    fact = _record(outsiders, author_id)
    with pytest.raises(Conflict):
        _record(outsiders, author_id)
    _withdraw(outsiders, fact.id)
    with pytest.raises(Conflict):
        _withdraw(outsiders, fact.id)
    assert _record(outsiders, author_id).id != fact.id


def test_only_those_who_decide_record_and_withdraw(outsiders: World) -> None:
    author_id = outsiders.comment(outsiders.settled("Hello")).author_id or ""
    fact = _record(outsiders, author_id)
    for member in (outsiders.people.victor, outsiders.people.olive):
        with outsiders.database.write() as session, pytest.raises(NotAllowed):
            record_fact(session, member, author_id, OUTSIDE, PROFILE)
        with outsiders.database.write() as session, pytest.raises(NotAllowed):
            withdraw_fact(session, member, fact.id)


def test_another_offices_authors_are_nobody(outsiders: World) -> None:
    author_id = outsiders.comment(outsiders.settled("Hello")).author_id or ""
    fact, charlie = _record(outsiders, author_id), outsiders.people.charlie
    with outsiders.database.write() as session:
        publishing.publish(session, charlie.office_id, guideline_set(_by_record()))
    with outsiders.database.write() as session, pytest.raises(NotFound):
        record_fact(session, charlie, author_id, OUTSIDE, PROFILE)
    with outsiders.database.write() as session, pytest.raises(NotFound):
        withdraw_fact(session, charlie, fact.id)
    with outsiders.database.write() as session, pytest.raises(NotFound):
        record_fact(session, outsiders.people.mona, "0" * 26, OUTSIDE, PROFILE)


def test_what_waits_is_judged_anew_and_says_what_was_recorded(outsiders: World) -> None:
    waits = outsiders.settled("harassment=0.6")
    settled = outsiders.settled("Fine words")
    other = outsiders.settled("harassment=0.6", author=AuthorRef("u2", "Ulf"))
    before = outsiders.suggestion(other).id
    fact = _record(outsiders, outsiders.comment(waits).author_id)
    assert [job.subject_id for job in outsiders.rows(Job)] == [outsiders.comment(waits).revision_id]
    outsiders.work()
    asked = outsiders.suggestion(waits)
    assert asked.rule_ids == ["8", "3"]
    assert asked.findings[0]["facts"] == [
        {"kind": "recorded", "value": OUTSIDE, "count": None, "within_hours": None, "by": ""}
    ]
    assert outsiders.suggestion(other).id == before
    assert outsiders.case_of(settled) is None
    assert outsiders.suggestion(outsiders.settled("A later one")).rule_ids == ["8"]
    _withdraw(outsiders, fact.id)
    outsiders.work()
    assert outsiders.suggestion(waits).rule_ids == ["3"]


def test_a_question_is_not_taken_back_where_nothing_is_found_any_more(outsiders: World) -> None:
    first = outsiders.settled("Fine words")
    fact = _record(outsiders, outsiders.comment(first).author_id)
    waits = outsiders.settled("More fine words")
    assert outsiders.suggestion(waits).rule_ids == ["8"]
    _withdraw(outsiders, fact.id)
    outsiders.work()
    asked = outsiders.suggestion(waits)
    assert (asked.reason, asked.verbs, asked.rule_ids) == ("facts_changed", ["keep"], [])
    assert outsiders.comment(waits).decision_id is None
    case = outsiders.case_of(waits)
    assert case is not None
    assert case.why == "What is known about its author changed while it waited here, and now nothing is found"


def test_what_a_person_judged_or_proposed_is_not_judged_anew(world: World) -> None:
    two = rule("7", "harassment", "delete", decided_by=Decider.TWO_PEOPLE)
    _publish(world, guideline_set(_by_record(), two))
    proposed, judged = world.settled("harassment=0.6"), world.settled("harassment=0.7")
    world.resolve(world.people.mona, proposed, "hide", rule_id="7")
    world.resolve(world.people.mona, judged, "keep")
    _record(world, world.comment(proposed).author_id)
    assert world.rows(Job) == []
    assert world.suggestion(proposed).state == "proposed"


def test_an_edit_that_comes_while_it_waits_is_judged_with_what_is_recorded(outsiders: World) -> None:
    waits = outsiders.settled("harassment=0.6", external_id="e")
    outsiders.take(added("Now quite fine", "e", kind=EventKind.EDITED))
    _record(outsiders, outsiders.comment(waits).author_id)
    outsiders.work()
    assert outsiders.suggestion(waits).rule_ids == ["8"]
    assert len(outsiders.rows(Case)) == 1


def test_a_recorded_fact_never_hides_by_itself(world: World) -> None:
    _publish(world, guideline_set(_by_record(), rule("4", "spam", "hide")))
    _record(world, world.comment(world.settled("Hello")).author_id)
    later = world.settled("Hello again")
    assert world.comment(later).decision_id is None
    assert world.platform.orders == []
