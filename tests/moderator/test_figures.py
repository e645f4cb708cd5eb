"""What is counted of a day and of what waits, on both databases, and when it is counted again."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from moderator import accounts, channels, clock, figures
from moderator.domain.cases import Lane
from moderator.domain.decisions import Draft, Maker, Reason, State
from moderator.domain.vocabulary import Role, Verb
from moderator.figures import BOUNDS, WAITING
from moderator.review import cases, undo
from moderator.sealing import Sealer
from moderator.storage.database import Database
from moderator.storage.tables import Case, Comment, Decision, Figures, Member
from tests.fakes import office
from tests.fakes.office import Seen


@pytest.fixture
def desk(database: Database) -> tuple[str, str, Member]:
    """An office, its channel and somebody who decides."""
    with database.write() as session:
        office_id = accounts.create_office(session, "An office", timezone="Pacific/Auckland").id
        member = accounts.add_member(session, office_id, "mona@example.org", "Mona", Role.OWNER)
        office.publish(session, office_id)
        channel = channels.create_channel(
            session, Sealer("a key"), office_id, "webhook", "A page", config={"target_url": "https://t.example.org/h"}
        )
    return office_id, channel.id, member


def _count(database: Database, office_id: str) -> dict[str, dict[str, Any]]:
    """Everything that is due, counted and kept. Stretch -> figures."""
    with database.read() as reading:
        counted = figures.due(reading, office_id)
    with database.write() as session:
        figures.keep(session, counted)
    return {each.stretch: each.figures for each in counted}


def _today(database: Database, office_id: str) -> dict[str, Any]:
    now = clock.now()
    with database.read() as reading:
        return figures.of_stretch(reading, office_id, now - timedelta(hours=1), now + timedelta(hours=1))


def _waits(database: Database, channel_id: str, text: str = "I will find you") -> Seen:
    with database.write() as session:
        return office.suggest(session, office.say(session, channel_id, text))


def _decide(database: Database, member: Member, seen: Seen, verb: str, rule: str | None) -> str:
    with database.write() as session:
        return cases.resolve(session, member, seen.case_id, seen.decision_id, [verb], rule).decision_id


def test_what_came_in_and_who_decided_it_under_which_rule(database: Database, desk: tuple[str, str, Member]) -> None:
    office_id, channel_id, member = desk
    with database.write() as session:
        kept = office.say(session, channel_id, "Well done")
        office.keep(session, kept)
        spam = office.say(session, channel_id, "Buy my tea")
        office.rule_on(session, spam, Draft(State.MADE, Maker.RULE, Reason.FINDING, (Verb.HIDE,)))
        office.suggest(session, office.say(session, channel_id, "still waits"))
    _decide(database, member, _waits(database, channel_id), "hide", "2a")
    day = _today(database, office_id)[channel_id]
    assert day["received"] == 4
    assert day["verbs"]["keep"] == [1, 0]
    assert day["verbs"]["hide"] == [1, 1]
    assert day["people"] == {"2a": 1}
    assert sum(day["service"].values()) == 2


def test_suggestions_that_people_followed_and_did_not(database: Database, desk: tuple[str, str, Member]) -> None:
    office_id, channel_id, member = desk
    first, second = _waits(database, channel_id, "one"), _waits(database, channel_id, "two")
    with database.read() as reading:
        asked = {row.id: row.verbs for row in reading.scalars(select(Decision))}
    assert asked[first.decision_id] == ["hide"]
    _decide(database, member, first, "hide", "2a")
    _decide(database, member, second, "keep", None)
    followed = _today(database, office_id)[channel_id]["followed"]
    assert followed == {"2a": [1, 0], "": [0, 1]}


def test_what_was_taken_back_counts_on_the_day_it_was_taken_back(
    database: Database, desk: tuple[str, str, Member]
) -> None:
    office_id, channel_id, member = desk
    decision_id = _decide(database, member, _waits(database, channel_id), "hide", "2a")
    with database.write() as session:
        undo.undo(session, member, decision_id)
    day = _today(database, office_id)[channel_id]
    assert day["undone"] == [0, 1]
    assert day["verbs"] == {"hide": [0, 1]}, "the decision was made, whatever became of it"


def test_how_soon_somebody_looked_and_decided(database: Database, desk: tuple[str, str, Member]) -> None:
    office_id, channel_id, member = desk
    seen, unseen = _waits(database, channel_id, "one"), _waits(database, channel_id, "two")
    with database.write() as session:
        case = session.get_one(Case, seen.case_id)
        case.first_seen_at = case.opened_at + timedelta(minutes=12)
    _decide(database, member, seen, "hide", "2a")
    day = _today(database, office_id)[channel_id]
    assert unseen.case_id != seen.case_id
    assert day["look"][BOUNDS.index(15)] == 1
    assert day["look"][-1] == 1, "nobody has looked yet"
    assert sum(day["look"]) == 2
    assert day["act"][0] == 1
    assert sum(day["act"]) == 1


@pytest.mark.parametrize(
    ("taken", "place"),
    [
        (timedelta(0), 0),
        (timedelta(minutes=2), 0),
        (timedelta(minutes=2, seconds=1), 1),
        (timedelta(days=3), len(BOUNDS) - 1),
        (timedelta(days=4), len(BOUNDS)),
    ],
)
def test_a_time_belongs_to_the_first_bound_that_it_does_not_pass(taken: timedelta, place: int) -> None:
    assert figures.bucket(taken) == place


def test_what_waits_by_lane_and_rule_and_what_of_it_is_overdue(
    database: Database, desk: tuple[str, str, Member]
) -> None:
    office_id, channel_id, _ = desk
    late, _in_time = _waits(database, channel_id, "one"), _waits(database, channel_id, "two")
    with database.write() as session:
        session.execute(update(Case).where(Case.id == late.case_id).values(due_at=clock.now() - timedelta(hours=2)))
    waiting = _count(database, office_id)[WAITING][channel_id]
    assert waiting["lanes"] == {Lane.ACT_NOW: [2, 1]}
    assert waiting["rules"] == {"2a": [2, 1]}
    assert datetime.fromisoformat(waiting["oldest"]) < clock.now() - timedelta(hours=1)


def test_what_was_just_counted_is_left_alone_and_counted_again_later(
    database: Database, desk: tuple[str, str, Member]
) -> None:
    office_id, channel_id, _ = desk
    _waits(database, channel_id)
    assert len(_count(database, office_id)) == 2, "what waits, and today"
    assert _count(database, office_id) == {}
    with database.write() as session:
        session.execute(update(Figures).values(counted_at=clock.now() - timedelta(seconds=90)))
    assert set(_count(database, office_id)) == {WAITING}


def test_days_that_nobody_counted_are_made_up_for_and_then_stay_as_they_are(
    database: Database, desk: tuple[str, str, Member]
) -> None:
    office_id, channel_id, _ = desk
    with database.write() as session:
        comment = session.get_one(Comment, office.say(session, channel_id, "long ago"))
        comment.received_at = clock.now() - timedelta(days=8)
    stretches: set[str] = set()
    while found := _count(database, office_id):
        assert len(found) <= 5, "a turn is short"
        stretches |= set(found)
    assert len(stretches - {WAITING}) == 9
    oldest = min(stretches - {WAITING})
    with database.read() as reading:
        kept = reading.get_one(Figures, (office_id, oldest))
    assert kept.counted[channel_id]["received"] == 1


def test_another_offices_comments_are_not_counted(database: Database, desk: tuple[str, str, Member]) -> None:
    office_id, channel_id, _ = desk
    _waits(database, channel_id)
    with database.write() as session:
        other = accounts.create_office(session, "Another").id
    assert all(counted == {} for counted in _count(database, other).values())
    assert channel_id in _count(database, office_id)[WAITING]
