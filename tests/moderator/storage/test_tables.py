"""The column types and the one insert that all tables share."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select
from sqlalchemy.exc import StatementError

from moderator import clock
from moderator.storage.database import Database
from moderator.storage.tables import Channel, Office, Term
from moderator.storage.tables.base import table_of
from moderator.storage.upsert import insert_missing


def _row(slug: str, at: datetime) -> dict[str, object]:
    return {"id": clock.new_id(), "slug": slug, "name": "n", "timezone": "UTC", "created_at": at}


def test_a_moment_comes_back_as_the_same_moment_in_utc(database: Database) -> None:
    tokyo = datetime(2026, 10, 1, 3, 4, 5, 678901, tzinfo=timezone(timedelta(hours=9)))
    with database.write() as session:
        session.execute(insert(Office), [_row("a", tokyo)])
    with database.read() as session:
        stored = session.scalars(select(Office.created_at)).one()
    assert stored == tokyo
    assert stored.tzinfo == UTC
    assert stored.isoformat() == "2026-09-30T18:04:05.678901+00:00"


def test_a_moment_without_a_zone_is_refused(database: Database) -> None:
    def store() -> None:
        with database.write() as session:
            session.execute(insert(Office), [_row("a", datetime(2026, 10, 1))])  # noqa: DTZ001

    with pytest.raises(StatementError, match="without a time zone"):
        store()


def test_moments_are_compared_as_moments(database: Database) -> None:
    noon = datetime(2026, 10, 1, 12, tzinfo=UTC)
    with database.write() as session:
        session.execute(insert(Office), [_row("early", noon - timedelta(seconds=1)), _row("late", noon)])
    plus_two = noon.astimezone(timezone(timedelta(hours=2)))
    with database.read() as session:
        assert list(session.scalars(select(Office.slug).where(Office.created_at >= plus_two))) == ["late"]


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(config=st.dictionaries(st.text(), st.text(st.characters(codec=None, categories=None)), max_size=4))
def test_any_text_survives_in_a_json_column(database: Database, config: dict[str, str]) -> None:
    with database.write() as session:
        office_id = clock.new_id()
        session.execute(insert(Office), [_row(office_id, clock.now()) | {"id": office_id}])
        channel = Channel(
            id=clock.new_id(), office_id=office_id, connector="x", name="n", config=config, sealed_secrets=""
        )
        channel.created_at, channel.stopped_at = clock.now(), None
        session.add(channel)
    with database.read() as session:
        assert session.get_one(Channel, channel.id).config == config


def test_only_rows_that_are_missing_are_inserted(database: Database) -> None:
    now = clock.now()
    with database.write() as session:
        insert_missing(session, table_of(Office), [_row("a", now)])
        insert_missing(session, table_of(Office), [_row("a", now) | {"name": "other"}, _row("b", now)])
        insert_missing(session, table_of(Office), [])
    with database.read() as session:
        assert list(session.execute(select(Office.slug, Office.name).order_by(Office.slug)).tuples()) == [
            ("a", "n"),
            ("b", "n"),
        ]


def test_what_is_missing_for_another_reason_is_an_error(database: Database) -> None:
    def store() -> None:
        with database.write() as session:
            row = {"id": clock.new_id(), "office_id": None, "text": "x", "banned": True, "created_at": clock.now()}
            insert_missing(session, table_of(Term), [row])

    with pytest.raises(StatementError):
        store()
