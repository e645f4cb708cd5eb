"""The log cannot be edited quietly: the database refuses, and where it is made to obey, `verify` tells."""

import threading

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import DatabaseError

from moderator import audit
from moderator.audit import Entry
from moderator.storage.database import Database
from moderator.storage.tables import AuditEntry
from moderator.storage.tables.base import table_of


def _write(database: Database, *events: str, chain: str = "office") -> None:
    with database.write() as session:
        audit.append(session, [Entry(chain, "system", event, "comment:1", {"n": 1}) for event in events])


def _breaks(database: Database) -> list[tuple[str, int, str]]:
    with database.read() as session:
        return [(b.chain, b.sequence, b.what) for b in audit.verify(session)]


def _disarm(database: Database) -> None:
    """What somebody with full rights on the database would do first."""
    with database.write() as session:
        if database.dialect == "sqlite":
            for name in ("no_update", "no_delete", "no_replace"):
                session.execute(text(f"DROP TRIGGER audit_entries_{name}"))
        else:
            session.execute(text("DROP FUNCTION refuse_audit_change() CASCADE"))


def _tamper(database: Database, statement: str) -> None:
    _disarm(database)
    with database.write() as session:
        session.execute(text(statement))


def test_an_untouched_log_holds(database: Database) -> None:
    _write(database, "a", "b")
    _write(database, "c")
    _write(database, "x", chain="another office")
    assert _breaks(database) == []
    with database.read() as session:
        assert audit.chains(session) == ["another office", "office"]
        assert (audit.length(session, "office"), audit.length(session)) == (3, 4)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entries SET event = 'nothing'",
        "DELETE FROM audit_entries",
        "DELETE FROM audit_entries WHERE sequence = 2",
    ],
)
def test_the_database_refuses_to_change_or_remove_an_entry(database: Database, statement: str) -> None:
    _write(database, "a", "b")
    with pytest.raises(DatabaseError, match="append-only"), database.write() as session:
        session.execute(text(statement))
    assert _breaks(database) == []


def test_sqlite_refuses_to_replace_an_entry(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    _write(database, "a")
    row = "('office', 1, '', '', 'forged', '', '', '')"
    with pytest.raises(DatabaseError, match="append-only"), database.write() as session:
        session.execute(text(f"INSERT OR REPLACE INTO audit_entries VALUES {row}"))
    database.dispose()


def test_postgresql_refuses_to_empty_the_log(postgres_url: str) -> None:
    database = Database(postgres_url)
    _write(database, "a")
    with pytest.raises(DatabaseError, match="append-only"), database.write() as session:
        session.execute(text("TRUNCATE audit_entries"))
    database.dispose()


def test_a_changed_entry_is_named(database: Database) -> None:
    _write(database, "a", "b", "c")
    _tamper(database, "UPDATE audit_entries SET actor = 'member:somebody' WHERE sequence = 2")
    assert _breaks(database) == [("office", 2, "the entry does not match its hash")]


def test_a_missing_entry_is_named(database: Database) -> None:
    _write(database, "a", "b", "c")
    _tamper(database, "DELETE FROM audit_entries WHERE sequence = 2")
    assert ("office", 2, "entries 2 to 2 are missing") in _breaks(database)


def test_an_entry_put_in_at_the_end_is_named(database: Database) -> None:
    _write(database, "a", "b")
    forged = {
        "chain": "office",
        "sequence": 3,
        "at": "",
        "actor": "",
        "event": "",
        "subject": "",
        "detail": "{}",
        "hash": "0",
    }
    with database.write() as session:
        session.execute(insert(table_of(AuditEntry)), [forged])
    assert ("office", 3, "the entry does not match its hash") in _breaks(database)


def test_a_tail_cut_off_is_named(database: Database) -> None:
    _write(database, "a", "b", "c")
    _tamper(database, "DELETE FROM audit_entries WHERE sequence = 3")
    assert _breaks(database) == [("office", 2, "the chain ends at entry 2, its head says 3")]


def test_a_chain_removed_whole_is_named(database: Database) -> None:
    _write(database, "a")
    _tamper(database, "DELETE FROM audit_entries")
    assert len(_breaks(database)) == 1


def test_what_is_rolled_back_leaves_no_entry(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        _write_and_fail(database)
    _write(database, "a")
    with database.read() as session:
        assert audit.length(session) == 1


def _write_and_fail(database: Database) -> None:
    with database.write() as session:
        audit.append(session, [Entry("office", "system", "never", "comment:1")])
        raise ZeroDivisionError


def test_many_writers_at_once_keep_each_chain_whole(database: Database) -> None:
    start = threading.Barrier(6)

    def write(number: int) -> None:
        start.wait()
        for _ in range(5):
            _write(database, "a", "b", chain=f"office {number % 2}")

    threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert _breaks(database) == []
    with database.read() as session:
        assert [audit.length(session, chain) for chain in ("office 0", "office 1")] == [30, 30]


@pytest.mark.parametrize("after", [0, 1, 2])
def test_the_tail_alone_can_be_checked(database: Database, after: int) -> None:
    _write(database, "a", "b", "c")

    assert _tail(database, after) == []
    _tamper(database, "UPDATE audit_entries SET detail = '{}' WHERE sequence = 3")
    assert [b.sequence for b in _tail(database, after)] == [3]


def _tail(database: Database, after: int) -> list[audit.Break]:
    with database.read() as session:
        return list(audit.verify_tail(session, "office", after))
