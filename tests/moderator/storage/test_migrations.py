"""The migrations and the tables say the same, and lead up and down."""

import sqlite3
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData, create_engine, inspect

from moderator.storage import database as storage
from moderator.storage.database import Database, newest_revision
from moderator.storage.tables import Assessment, Author, Base, Decision, Post
from tests.moderator.conftest import AtOnce
from tests.services import PostgresServer


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without a table in it."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    server.create("empty")
    yield server.url("empty")
    server.drop("empty")


def test_a_migrated_database_is_what_the_tables_say(database: Database) -> None:
    engine = create_engine(database.url)
    with engine.connect() as connection:
        options = {"compare_type": True, "include_name": _is_a_table_of_ours, "include_object": _is_for(database)}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()
    assert database.revision() == newest_revision()


def _is_a_table_of_ours(name: str | None, kind: str, _parents: Any) -> bool:
    """SQLite lists a full-text index, and the tables that it keeps itself in, beside the tables."""
    return kind != "table" or not str(name).startswith("search_words")


def _is_for(database: Database) -> Callable[..., bool]:
    """Whether this kind of database is meant to have it: SQLite has no index over words of the kind PostgreSQL has."""
    return lambda _thing, name, *_: database.dialect == "postgresql" or name != "ix_search_entries_words"


def test_migrating_twice_changes_nothing(database: Database) -> None:
    database.migrate()
    assert database.revision() == newest_revision()


def test_several_may_migrate_an_empty_database_at_once(empty_url: str, at_once: AtOnce) -> None:
    def migrate(_number: int) -> None:
        database = Database(empty_url)
        database.migrate()
        database.dispose()

    at_once(4, migrate)
    database = Database(empty_url)
    assert database.revision() == newest_revision()
    with database.read() as session:
        tables = inspect(session.connection()).get_table_names()
    ours = {name for name in tables if _is_a_table_of_ours(name, "table", None)}
    assert ours == {"alembic_version", *Base.metadata.tables}
    database.dispose()


_MIGRATING = """
import sys
from moderator.storage.database import Database
database = Database(sys.argv[1])
print("ready", flush=True)
database.migrate()
database.dispose()
"""


def test_processes_that_open_a_new_file_at_once_wait_for_whoever_has_it(tmp_path: Path) -> None:
    file = tmp_path / "new.db"
    url = f"sqlite:///{file}"
    holding = sqlite3.connect(file, isolation_level=None)
    holding.execute("BEGIN IMMEDIATE")
    with ExitStack() as stack:
        started = [stack.enter_context(_started(url)) for _ in range(6)]
        # By the time the last one is ready the others have met a file that is held.
        assert [process.stdout.readline() for process in started if process.stdout] == ["ready\n"] * 6
        holding.execute("ROLLBACK")
        holding.close()
        complaints = [process.communicate(timeout=120)[1] for process in started]
    assert complaints == [""] * 6
    database = Database(url)
    assert database.revision() == newest_revision()
    database.dispose()


def _started(url: str) -> "Popen[str]":
    return Popen([sys.executable, "-c", _MIGRATING, url], stdout=PIPE, stderr=PIPE, text=True)


def test_the_index_that_allows_one_open_case_is_partial(database: Database) -> None:
    with database.read() as session:
        indexes = {index["name"]: index for index in inspect(session.connection()).get_indexes("cases")}
    assert indexes["uq_cases_open"]["unique"]
    where = [str(value) for key, value in indexes["uq_cases_open"]["dialect_options"].items() if "where" in key]
    assert "open" in where[0]


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(storage.__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


#: What every row of the first schema needs, by table; references first.
_OLD_ROWS: Mapping[str, Mapping[str, Any]] = {
    "offices": {"slug": "o", "name": "O", "timezone": "UTC"},
    "channels": {"office_id": "1", "connector": "webhook", "name": "C", "external_id": "", "config": {}}
    | {"sealed_secrets": "", "stopped_reason": ""},
    "authors": {"channel_id": "1", "external_id": "1", "name": "A", "handle": ""},
    "posts": {"channel_id": "1", "external_id": "1", "title": "P", "text": "", "permalink": ""},
    "comments": {"office_id": "1", "channel_id": "1", "external_id": "1", "permalink": "", "visibility": "visible"}
    | {"revision_id": "1"},
    "revisions": {"comment_id": "1", "number": 1, "text": "Hello", "unreadable": []},
    "assessments": {"revision_id": "1", "classifier": "baseline", "version": "1", "scores": {"threat": 0.2}}
    | {"spans": [], "error": ""},
    "decisions": {"office_id": "1", "comment_id": "1", "revision_id": "1", "state": "made", "maker": "system"}
    | {"reason": "no_finding", "verbs": ["keep"], "rule_ids": [], "findings": [], "note": ""},
}


def test_what_was_stored_before_there_were_several_classifiers_says_nothing_of_them(database: Database) -> None:
    engine = create_engine(database.url)
    with engine.begin() as connection:
        command.downgrade(_config(connection), "0001")
    old = MetaData()
    old.reflect(engine)
    moments = {
        name: datetime(2026, 11, 1, tzinfo=UTC) for name in ("created_at", "posted_at", "received_at", "occurred_at")
    }
    with engine.begin() as connection:
        for name, facts in _OLD_ROWS.items():
            table = old.tables[name]
            row = {"id": "1", "made_at": moments["created_at"]} | moments | dict(facts)
            connection.execute(table.insert(), {key: value for key, value in row.items() if key in table.columns})
    engine.dispose()
    database.migrate()
    with database.read() as session:
        assessment, decision = session.get_one(Assessment, "1"), session.get_one(Decision, "1")
        author, post = session.get_one(Author, "1"), session.get_one(Post, "1")
    assert (assessment.language, assessment.doubts, assessment.views) == ("", [], {})
    assert decision.answered == {}
    assert assessment.scores == {"threat": 0.2}
    assert (author.account, post.published_at) == ({}, None)


def test_the_way_down_leaves_nothing_behind(database: Database) -> None:
    engine = create_engine(database.url)
    with engine.begin() as connection:
        command.downgrade(_config(connection), "base")
    with engine.connect() as connection:
        assert inspect(connection).get_table_names() == ["alembic_version"]
    engine.dispose()
    assert database.revision() is None
    database.migrate()
    assert database.revision() == newest_revision()
