"""What the queue reads, on both databases."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from moderator import clock
from moderator.domain.cases import Lane
from moderator.domain.decisions import Draft, Maker, Reason, State
from moderator.domain.vocabulary import Verb
from moderator.queries import queue_page
from moderator.queries.queue_page import QueuePage, Tally
from moderator.review import cases
from moderator.review.access import Reach
from moderator.storage.database import Database
from moderator.storage.tables import Case, Member
from tests.fakes import office
from tests.queries.conftest import House

LABELS = frozenset({"threat", "spam"})


def _page(database: Database, house: House, lane: Lane | None = None, after: str = "") -> QueuePage:
    with database.read() as reading:
        began = clock.now() - timedelta(hours=1)
        return queue_page.queue_page(reading, Reach(house.office_id), lane, after, LABELS, began)


def test_cases_stand_in_order_of_priority_due_time_and_age(database: Database, ours: House) -> None:
    places = {"third": (2, 1), "first": (1, 9), "second": (2, 0), "fourth": (3, 0)}
    with database.write() as session:
        for text, (priority, hours) in places.items():
            seen = office.suggest(session, office.say(session, ours.channel_id, text))
            case = session.get_one(Case, seen.case_id)
            case.priority, case.due_at = priority, clock.now() + timedelta(hours=hours)
    assert [card.text for card in _page(database, ours).cards] == ["first", "second", "third", "fourth"]


def test_pages_join_without_a_gap_or_a_repeat_even_where_all_are_due_at_once(
    database: Database, ours: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue_page, "PAGE", 4)
    now = clock.now()
    with database.write() as session:
        for number in range(11):
            seen = office.suggest(session, office.say(session, ours.channel_id, str(number)))
            session.get_one(Case, seen.case_id).due_at = now
    found: list[str] = []
    after: str | None = ""
    while after is not None:
        page = _page(database, ours, after=after)
        found += [card.text for card in page.cards]
        after = page.next_after
    assert found == [str(number) for number in range(11)]


def test_a_page_goes_on_after_a_case_that_was_closed_meanwhile(
    database: Database, ours: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue_page, "PAGE", 1)
    with database.write() as session:
        for text in ("one", "two"):
            office.suggest(session, office.say(session, ours.channel_id, text))
    first = _page(database, ours)
    with database.write() as session:
        session.get_one(Case, first.next_after).state = "closed"
    assert [card.text for card in _page(database, ours, after=first.next_after or "").cards] == ["two"]


def test_counts_are_by_lane_and_for_this_office_alone(database: Database, ours: House, theirs: House) -> None:
    with database.write() as session:
        office.suggest(session, office.say(session, ours.channel_id, "threat"))
        office.suggest(session, office.say(session, ours.channel_id, "tea"), rule="2b", label="spam", automatic=None)
        office.suggest(session, office.say(session, theirs.channel_id, "threat"))
    page = _page(database, ours)
    assert page.counts == {"act_now": 1, "review": 1, "second_opinion": 0, "platform": 0}
    assert page.to_decide == 2
    assert len(page.cards) == 2


def test_what_waits_on_the_platform_is_listed_by_action_with_what_the_platform_said(
    database: Database, ours: House
) -> None:
    with database.write() as session:
        seen = office.suggest(session, office.say(session, ours.channel_id, "threat"))
        member = session.get_one(Member, ours.member_id)
        verbs = ["hide", "report_police"]
        cases.resolve(session, member, seen.case_id, seen.decision_id, verbs, "2a")
        office.refuse(session, seen.comment_id, "no such comment")
    page = _page(database, ours, Lane.PLATFORM)
    assert {(e.verb, e.failed, e.said) for e in page.errands} == {
        ("hide", True, "no such comment"),
        ("report_police", False, ""),
    }
    assert page.counts["platform"] == 2


def test_today_counts_what_was_decided_and_not_what_was_undone(database: Database, ours: House) -> None:
    with database.write() as session:
        for text in ("one", "two"):
            office.keep(session, office.say(session, ours.channel_id, text))
        hidden = office.say(session, ours.channel_id, "three")
        office.rule_on(session, hidden, Draft(State.MADE, Maker.RULE, Reason.FINDING, (Verb.HIDE,)))
        undone = office.say(session, ours.channel_id, "four")
        office.rule_on(session, undone, Draft(State.UNDONE, Maker.PERSON, Reason.PERSON, (Verb.DELETE,)))
    assert _page(database, ours).today == (Tally(False, ("keep",), 2), Tally(False, ("hide",), 1))


def test_today_is_not_counted_while_something_waits(database: Database, ours: House) -> None:
    with database.write() as session:
        office.keep(session, office.say(session, ours.channel_id, "one"))
        office.suggest(session, office.say(session, ours.channel_id, "two"))
    assert _page(database, ours).today == ()


def test_rules_that_nothing_tests_depend_on_what_is_measured(database: Database, ours: House) -> None:
    assert [rule.id for rule in _page(database, ours).judged_rules] == ["2c"]
    with database.read() as reading:
        page = queue_page.queue_page(reading, Reach(ours.office_id), None, "", frozenset({"threat"}), clock.now())
    assert [rule.id for rule in page.judged_rules] == ["2b", "2c"]


def test_the_queue_beside_a_case_shows_some_before_it_and_more_after(
    database: Database, ours: House, theirs: House
) -> None:
    with database.write() as session:
        office.suggest(session, office.say(session, theirs.channel_id, "not ours"))
        seen = [office.suggest(session, office.say(session, ours.channel_id, str(number))) for number in range(30)]
        for number, one in enumerate(seen):
            session.get_one(Case, one.case_id).due_at = clock.now() + timedelta(hours=number)
    with database.read() as reading:
        texts = [card.text for card in queue_page.beside(reading, Reach(ours.office_id), seen[10].case_id)]
    assert texts == [str(number) for number in range(6, 26)]


def test_a_page_takes_the_same_number_of_reads_however_many_cases_it_shows(database: Database, ours: House) -> None:
    with database.write() as session:
        office.suggest(session, office.say(session, ours.channel_id, "one"))
    few = _reads(database, ours)
    with database.write() as session:
        for number in range(20):
            office.suggest(session, office.say(session, ours.channel_id, f"more {number}", author=str(number)))
    assert _reads(database, ours) == few


def _reads(database: Database, house: House) -> int:
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    with database.read() as reading:
        event.listen(reading.get_bind(), "before_cursor_execute", note)
        queue_page.queue_page(reading, Reach(house.office_id), None, "", LABELS, clock.now())
        event.remove(reading.get_bind(), "before_cursor_execute", note)
    return len(statements)
