"""Reading and writing transactions behave alike on SQLite and PostgreSQL."""

import threading
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from moderator import clock
from moderator.storage.database import Database, newest_revision
from moderator.storage.tables import Office
from tests.moderator.conftest import AtOnce


def _office(slug: str) -> Office:
    return Office(id=clock.new_id(), slug=slug, name="An office", timezone="Europe/London", created_at=clock.now())


def _add(database: Database, slug: str) -> None:
    with database.write() as session:
        session.add(_office(slug))


def _slugs(session: Session) -> list[str]:
    return sorted(session.scalars(select(Office.slug)))


def test_what_is_written_is_there_when_the_block_ends_well(database: Database) -> None:
    _add(database, "a")
    with database.read() as session:
        assert _slugs(session) == ["a"]


def test_what_is_written_is_gone_when_the_block_fails(database: Database) -> None:
    def fail() -> None:
        with database.write() as session:
            session.add(_office("a"))
            session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with database.read() as session:
        assert _slugs(session) == []


def test_a_read_never_writes(database: Database) -> None:
    with database.read() as session:
        session.add(_office("a"))
        session.flush()
    with database.read() as session:
        assert _slugs(session) == []


def test_a_read_sees_one_state_however_much_is_written_meanwhile(database: Database) -> None:
    _add(database, "a")
    with database.read() as session:
        assert _slugs(session) == ["a"]
        _add(database, "b")
        assert _slugs(session) == ["a"]
    with database.read() as session:
        assert _slugs(session) == ["a", "b"]


def test_readers_do_not_wait_for_a_writer(database: Database) -> None:
    with database.write() as writing:
        writing.add(_office("a"))
        writing.flush()
        with database.read() as reading:
            assert _slugs(reading) == []


def test_writers_at_once_all_get_their_turn(database: Database, at_once: AtOnce) -> None:
    def add(number: int) -> None:
        with database.write() as session:
            # Reading first and writing then: the order in which SQLite refuses an upgrade at once.
            before = len(_slugs(session))
            session.add(_office(f"office-{number}-{before}"))

    at_once(16, add)
    with database.read() as session:
        assert len(_slugs(session)) == 16


def test_what_is_stored_is_handed_back_after_the_block(database: Database) -> None:
    office = _office("a")
    with database.write() as session:
        session.add(office)
    assert office.slug == "a"


def test_foreign_keys_hold(database: Database) -> None:
    def orphan() -> None:
        with database.write() as session:
            session.execute(
                text(
                    "INSERT INTO terms (id, office_id, text, banned, created_at) VALUES ('t', 'none', 'x', true, :at)"
                ),
                {"at": "2026-10-01 12:00:00+00:00"},
            )

    with pytest.raises(IntegrityError):
        orphan()


def test_an_error_never_quotes_what_was_to_be_stored(database: Database) -> None:
    _add(database, "secret-slug")
    with pytest.raises(IntegrityError) as refused:
        _add(database, "secret-slug")
    assert "An office" not in str(refused.value)


def test_sqlite_loses_no_accepted_comment_to_a_power_cut(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    with database.read() as session:
        pragmas = [session.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "synchronous", "foreign_keys")]
    database.dispose()
    assert pragmas == ["wal", 2, 1]


def test_a_database_that_is_not_there_is_not_made_by_asking(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "moderator.db"
    database = Database(f"sqlite:///{path}")
    assert database.is_missing()
    assert not path.exists()
    database.migrate()
    assert not database.is_missing()
    assert database.revision() == newest_revision()
    database.dispose()


def test_a_postgresql_server_is_never_a_missing_file(postgres_url: str) -> None:
    database = Database(postgres_url)
    assert not database.is_missing()
    database.dispose()


def test_a_server_that_is_not_there_raises(tmp_path: Path) -> None:
    database = Database("postgresql+psycopg://nobody@127.0.0.1:1/none")
    with pytest.raises(DBAPIError):
        database.revision()
    database.dispose()


def test_a_thread_that_writes_does_not_hold_up_the_reads_of_another(database: Database) -> None:
    _add(database, "a")
    seen: list[list[str]] = []

    def look() -> None:
        with database.read() as session:
            seen.append(_slugs(session))

    with database.write() as session:
        session.add(_office("b"))
        session.flush()
        reader = threading.Thread(target=look)
        reader.start()
        reader.join(10)
    assert seen == [["a"]]
