"""The log cannot be edited quietly: the database refuses, and where it is made to obey, `verify` tells."""

import json
import threading
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

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


def test_a_savepoint_that_is_rolled_back_takes_its_own_entries_with_it_and_no_others(database: Database) -> None:
    def add(session: Session, event: str) -> None:
        audit.append(session, [Entry("office", "system", event, "comment:1")])

    with database.write() as session:
        add(session, "before")
        with session.begin_nested():
            add(session, "kept")
            savepoint = session.begin_nested()
            add(session, "dropped")
            with session.begin_nested():
                add(session, "dropped with what is around it")
            savepoint.rollback()
        add(session, "after")
    with database.read() as session:
        query = select(AuditEntry.event).where(AuditEntry.chain == "office").order_by(AuditEntry.sequence)
        assert list(session.scalars(query)) == ["before", "kept", "after"]
    assert _breaks(database) == []


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


def _entries(database: Database, chain: str = "office") -> list[AuditEntry]:
    with database.read() as session:
        return list(session.scalars(select(AuditEntry).where(AuditEntry.chain == chain).order_by(AuditEntry.sequence)))


def _execute(database: Database, statement: str, **values: object) -> None:
    with database.write() as session:
        session.execute(text(statement), values)


@pytest.fixture
def unguarded(database: Database) -> Database:
    """Five entries, and nothing in the database that would guard them."""
    _write(database, "one", "two", "three", "four", "five")
    _disarm(database)
    return database


def test_entries_are_numbered_in_the_order_they_happened_each_chain_for_itself(database: Database) -> None:
    with database.write() as session:
        audit.append(session, [Entry(chain, "system", f"{n}", "x:1") for n, chain in enumerate("abaab")])
    for chain, events in (("a", ["0", "2", "3"]), ("b", ["1", "4"])):
        entries = _entries(database, chain)
        assert [(entry.sequence, entry.event) for entry in entries] == list(enumerate(events, 1))
    assert _breaks(database) == []


def test_entries_are_written_with_the_commit_and_not_before(database: Database) -> None:
    with database.write() as session:
        audit.append(session, [Entry("office", "system", "one", "x:1")])
        session.flush()
        assert audit.length(session) == 0
    assert len(_entries(database)) == 1


def test_the_detail_is_canonical_json_of_any_text(database: Database) -> None:
    with database.write() as session:
        audit.append(session, [Entry("office", "member:é", "e", "x:1", {"b": "é\ud800\0", "a": [1, None, True]})])
    (entry,) = _entries(database)
    assert entry.detail == '{"a":[1,null,true],"b":"\\u00e9\\ud800\\u0000"}'
    assert json.loads(entry.detail)["b"] == "é\ud800\0"
    assert _breaks(database) == []


def test_a_log_that_grows_while_it_is_verified_holds(database: Database) -> None:
    _write(database, "one", "two")
    with database.read() as session:
        assert audit.length(session) == 2
        _write(database, "three")
        assert list(audit.verify(session)) == []


def test_the_database_refuses_to_overwrite_an_entry_by_a_conflict(database: Database) -> None:
    _write(database, "one")
    statement = (
        "INSERT INTO audit_entries (chain, sequence, at, actor, event, subject, detail, hash) "
        "VALUES ('office', 1, '', '', '', '', '', '') ON CONFLICT (chain, sequence) DO UPDATE SET actor = 'x'"
    )
    with pytest.raises(DatabaseError, match="append-only"):
        _execute(database, statement)


def test_sqlite_refuses_to_renumber_an_entry_over_another(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    _write(database, "one", "two")
    with pytest.raises(DatabaseError, match="append-only"):
        _execute(database, "UPDATE OR REPLACE audit_entries SET sequence = 1 WHERE sequence = 2")
    assert [entry.event for entry in _entries(database)] == ["one", "two"]
    database.dispose()


@pytest.mark.parametrize("column", ["at", "actor", "event", "subject", "detail", "hash"])
def test_a_change_to_any_part_of_an_entry_is_named(unguarded: Database, column: str) -> None:
    _execute(unguarded, f"UPDATE audit_entries SET {column} = {column} || ' ' WHERE sequence = 3")
    assert [sequence for _, sequence, _ in _breaks(unguarded)] == ([3, 4] if column == "hash" else [3])


def test_a_changed_entry_with_a_hash_made_to_fit_breaks_the_next(unguarded: Database) -> None:
    first, second, *_ = _entries(unguarded)
    row = {key: getattr(second, key) for key in ("chain", "sequence", "at", "event", "subject", "detail")}
    fitting = audit._hash(first.hash, row | {"actor": "forged"})
    _execute(unguarded, "UPDATE audit_entries SET actor = 'forged', hash = :hash WHERE sequence = 2", hash=fitting)
    assert _breaks(unguarded) == [("office", 3, "the entry does not match its hash")]


def test_the_first_entry_left_out_is_named(unguarded: Database) -> None:
    _execute(unguarded, "DELETE FROM audit_entries WHERE sequence = 1")
    assert _breaks(unguarded)[0] == ("office", 1, "entries 1 to 1 are missing")


@pytest.mark.parametrize("place", [-1, 0, 6, 8])
def test_an_entry_put_in_anywhere_is_named(unguarded: Database, place: int) -> None:
    statement = (
        "INSERT INTO audit_entries (chain, sequence, at, actor, event, subject, detail, hash) "
        "SELECT chain, :place, at, 'forged', event, subject, detail, hash FROM audit_entries WHERE sequence = 5"
    )
    _execute(unguarded, statement, place=place)
    assert place in {sequence for _, sequence, _ in _breaks(unguarded)}


def test_an_entry_put_in_between_by_moving_the_others_is_named(unguarded: Database) -> None:
    for sequence in (5, 4, 3):
        _execute(unguarded, "UPDATE audit_entries SET sequence = :s + 1 WHERE sequence = :s", s=sequence)
    _execute(
        unguarded,
        "INSERT INTO audit_entries (chain, sequence, at, actor, event, subject, detail, hash) "
        "SELECT chain, 3, at, 'forged', event, subject, detail, hash FROM audit_entries WHERE sequence = 2",
    )
    assert {sequence for _, sequence, _ in _breaks(unguarded)} >= {3, 4}


def test_two_entries_that_changed_places_are_named(unguarded: Database) -> None:
    for old, new in ((2, 99), (3, 2), (99, 3)):
        _execute(unguarded, "UPDATE audit_entries SET sequence = :new WHERE sequence = :old", old=old, new=new)
    assert {sequence for _, sequence, _ in _breaks(unguarded)} == {2, 3, 4}


def test_a_head_that_is_gone_or_says_otherwise_is_named(unguarded: Database) -> None:
    _execute(unguarded, "UPDATE audit_heads SET hash = 'another'")
    assert [sequence for _, sequence, _ in _breaks(unguarded)] == [5]
    _execute(unguarded, "DELETE FROM audit_heads")
    assert _breaks(unguarded) == [("office", 5, "the chain has no head")]


def test_a_break_in_one_chain_is_not_laid_at_anothers_door(unguarded: Database) -> None:
    _write(unguarded, "one", "two", chain="other")
    _execute(unguarded, "UPDATE audit_entries SET actor = 'x' WHERE chain = 'office' AND sequence = 2")
    assert {chain for chain, _, _ in _breaks(unguarded)} == {"office"}
    with unguarded.read() as session:
        assert list(audit.verify(session, "other")) == []


def test_an_entry_moved_to_another_chain_breaks_both(unguarded: Database) -> None:
    _write(unguarded, "one", chain="other")
    _execute(
        unguarded, "UPDATE audit_entries SET chain = 'other', sequence = 2 WHERE chain = 'office' AND sequence = 5"
    )
    assert {chain for chain, _, _ in _breaks(unguarded)} == {"office", "other"}


def test_a_tail_after_an_entry_that_is_not_there_is_the_whole_chain(unguarded: Database) -> None:
    _execute(unguarded, "UPDATE audit_entries SET actor = 'x' WHERE sequence = 2")
    assert _tail(unguarded, 2) == []
    assert [b.sequence for b in _tail(unguarded, 77)] == [2]


_word = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
_entry = st.builds(
    Entry,
    chain=st.sampled_from(["a", "b"]),
    actor=_word,
    event=_word,
    subject=_word,
    detail=st.dictionaries(st.text(max_size=4), st.none() | st.integers() | st.text(max_size=4), max_size=3),
)


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(st.lists(_entry, max_size=4), max_size=4))
def test_whatever_is_written_verifies(database: Database, batches: list[list[Entry]]) -> None:
    with database.read() as session:
        before = audit.length(session)
    for batch in batches:
        with database.write() as session:
            audit.append(session, batch)
    with database.read() as session:
        assert audit.length(session) == before + sum(map(len, batches))
    assert _breaks(database) == []


def _swap_case(value: str) -> str:
    return value.swapcase() if value.swapcase() != value else value + "x"


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    place=st.integers(0, 4),
    column=st.sampled_from(["at", "actor", "event", "subject", "detail", "hash"]),
    change=st.sampled_from([_swap_case, lambda value: value[:-1], lambda value: ""]),
)
def test_any_change_anywhere_is_found_at_its_place(
    unguarded: Database, place: int, column: str, change: Callable[[str], str]
) -> None:
    entry = _entries(unguarded)[place]
    before = getattr(entry, column)
    statement = f"UPDATE audit_entries SET {column} = :value WHERE sequence = :sequence"
    _execute(unguarded, statement, value=change(before), sequence=entry.sequence)
    assert entry.sequence in {sequence for _, sequence, _ in _breaks(unguarded)}
    _execute(unguarded, statement, value=before, sequence=entry.sequence)
    assert _breaks(unguarded) == []
