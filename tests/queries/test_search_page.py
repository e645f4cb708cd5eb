"""The page of a search reads as often, and looks at as much, however many comments there are."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event

from moderator.queries import search_page
from moderator.review.access import reach
from moderator.storage.database import Database
from moderator.storage.tables import Member
from tests.fakes import office
from tests.queries.conftest import House


@contextmanager
def _statements() -> Iterator[list[tuple[str, Any]]]:
    """Every statement and its values."""
    seen: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        seen.append((statement, values))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


@pytest.fixture
def found(database: Database, ours: House) -> Callable[[str], search_page.SearchPage]:
    def find(typed: str) -> search_page.SearchPage:
        with database.read() as session:
            member = session.get_one(Member, ours.member_id)
            return search_page.search_page(session, reach(session, member), member, typed)

    return find


def _say(database: Database, house: House, *texts: str) -> None:
    with database.write() as session:
        for each in texts:
            office.suggest(session, office.say(session, house.channel_id, each, author=each))


def test_reads_do_not_grow_with_what_is_found(
    database: Database, ours: House, theirs: House, found: Callable[[str], search_page.SearchPage]
) -> None:
    _say(database, ours, "the bus")
    _say(database, theirs, "their bus")
    with _statements() as once:
        assert [item.text for item in found("bus").items] == ["the bus"]
    _say(database, ours, "another bus", "one more bus", "and a bus")
    with _statements() as again:
        assert len(found("bus").items) == 4
    assert len(once) == len(again)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_was_found_is_looked_up_by_its_id(
    database: Database, ours: House, found: Callable[[str], search_page.SearchPage]
) -> None:
    _say(database, ours, "the bus")
    with _statements() as seen:
        found("bus")
    with database.read() as session:
        for statement, values in seen:
            plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
            assert not [step for *_, step in plan if step.startswith("SCAN") and "search_words" not in step], statement
            assert "ix_comments_office_id_received_at" not in str(plan), statement
