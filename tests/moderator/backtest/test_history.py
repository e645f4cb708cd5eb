"""Stored comments in the order they came: every one once, or an even sample that is the same every time."""

from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import event

from moderator.backtest import history
from moderator.backtest.history import acted_on
from moderator.connectors.base import EventKind
from moderator.review.undo import undo
from tests.moderator.conftest import World, added


def _walk(world: World, sample: int | None, step: int = 3) -> list[str]:
    """Ids of all comments that are looked at, `step` at a time."""
    found: list[str] = []
    with world.database.read() as session:
        extent = history.measure(session, world.office_id, sample)
        while batch := history.batch(session, extent, found[-1] if found else "", step):
            found += [row.id for row in batch]
    assert len(found) == extent.total
    return found


@pytest.fixture
def said(world: World) -> list[str]:
    return [world.say(f"comment {number}") for number in range(20)]


def test_all_comments_come_once_in_their_order(world: World, said: list[str]) -> None:
    assert _walk(world, None) == said


def test_a_sample_is_spread_evenly_and_is_the_same_every_time(world: World, said: list[str]) -> None:
    assert _walk(world, 5) == said[3::4]
    assert _walk(world, 5, step=2) == said[3::4]
    uneven = [said.index(comment_id) for comment_id in _walk(world, 7)]
    assert {later - earlier for earlier, later in pairwise(uneven)} == {2, 3}


@pytest.mark.parametrize("sample", [20, 21, 2_000])
def test_a_sample_of_no_fewer_than_there_are_is_all(world: World, said: list[str], sample: int) -> None:
    assert _walk(world, sample) == said


def test_an_office_without_comments_has_no_history(world: World) -> None:
    assert _walk(world, None) == _walk(world, 5) == []


def test_what_comes_in_later_is_not_looked_at(world: World, said: list[str]) -> None:
    with world.database.read() as session:
        extent = history.measure(session, world.office_id, 10)
    world.say("too late")
    with world.database.read() as session:
        assert [row.id for row in history.batch(session, extent, "", 100)] == said[1::2]


def test_a_persons_decision_in_force_about_the_present_text_comes_with_it(world: World) -> None:
    kept, hidden, edited, undone = (world.settled(f"harassment=0.7 {word}") for word in ("one", "two", "three", "four"))
    world.settled("spam=0.95")  # hidden by a rule, which is no person
    for comment_id, verb in ((kept, "keep"), (hidden, "hide"), (edited, "keep"), (undone, "keep")):
        world.resolve(world.people.mona, comment_id, verb, rule_id="3" if verb == "hide" else None)
    world.take(added("harassment=0.8 five", world.comment(edited).external_id, kind=EventKind.EDITED))
    with world.database.write() as session:
        undo(session, world.people.mona, world.in_force(undone).id)
    with world.database.read() as session:
        found = history.batch(session, history.measure(session, world.office_id, None), "", 100)
    assert [acted_on(row.verbs) for row in found] == [False, True, None, None, None]


@pytest.mark.parametrize(
    ("verbs", "expected"),
    [
        (["keep"], False),
        (["unhide"], False),
        (["hide"], True),
        (["delete", "block"], True),
        (["hide", "redirect"], True),
        (["redirect"], None),
        ([], None),
        (None, None),
    ],
)
def test_people_acted_on_a_comment_where_they_took_something_away(
    verbs: list[str] | None, expected: bool | None
) -> None:
    assert acted_on(verbs) is expected


def test_a_batch_does_not_sort_the_whole_history(world: World, said: list[str]) -> None:
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if statement.startswith("SELECT"):
            asked.append((statement, values))

    with world.database.read() as session:
        event.listen(world.database._engine, "before_cursor_execute", note)
        history.batch(session, history.measure(session, world.office_id, None), "", 5)
        event.remove(world.database._engine, "before_cursor_execute", note)
        if world.database.dialect == "sqlite":
            plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {asked[-1][0]}", asked[-1][1])
            assert "TEMP B-TREE" not in " ".join(row.detail for row in plan)
    assert len(asked) == 2  # how many there are, and one batch
