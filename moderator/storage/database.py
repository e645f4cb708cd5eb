"""One database, two kinds of transaction: `read()` and `write()`. SQLite and PostgreSQL behave alike through it."""

import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

_MIGRATIONS = Path(__file__).parent / "migrations"

#: Seconds that one who wants to write waits for another.
_PATIENCE = 30

#: Enough for every thread of a web process at once, and its workers.
_POOL: dict[str, Any] = {"pool_size": 10, "max_overflow": 20}

# Made once: `json.dumps` with options makes an encoder for every value, and every comment has a dozen.
_dumps = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode


class Database:
    """Engine and transactions. Safe to share between threads; `dispose()` when done."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.dialect = make_url(url).get_backend_name()
        self._engine = _sqlite_engine(url) if self.dialect == "sqlite" else _postgresql_engine(url)
        # SQLite upgrades a reading transaction to a writing one by failing at once, whatever the busy timeout:
        # so a transaction says at its start whether it will write. https://www.sqlite.org/lang_transaction.html
        self._writer = self._engine.execution_options(writes=True)
        # SQLite reads one state anyway; PostgreSQL's default is a state per statement.
        snapshots: dict[str, Any] = {} if self.dialect == "sqlite" else {"isolation_level": "REPEATABLE READ"}
        self._reader = self._engine.execution_options(**snapshots)
        # One of SQLite's writers waits for another by looking again, ever more seldom, and is overtaken meanwhile.
        # Threads of one process queue here instead: each is woken at once, in turn. Other processes still look.
        self._turn: AbstractContextManager[object] = threading.RLock() if self.dialect == "sqlite" else nullcontext()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session on one consistent state. Never commits."""
        with Session(self._reader, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session that commits when the block ends well, and rolls back otherwise."""
        with self._turn, Session(self._writer, expire_on_commit=False) as session, session.begin():
            yield session

    def migrate(self) -> None:
        """Bring the schema to the newest revision. Safe to call from several processes at once."""
        if self.dialect == "sqlite" and (name := make_url(self.url).database):
            Path(name).parent.mkdir(parents=True, exist_ok=True)
        with self._writer.connect() as connection, connection.begin():
            if self.dialect == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(77016640)"))
            config = _alembic_config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def revision(self) -> str | None:
        """The schema revision the database is at; None for an empty one."""
        with self._engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()

    def is_missing(self) -> bool:
        """Whether there is not even a file. Asking for its revision would make one."""
        name = make_url(self.url).database
        return self.dialect == "sqlite" and bool(name) and not Path(str(name)).exists()

    def dispose(self) -> None:
        self._engine.dispose()


def newest_revision() -> str:
    """The schema revision this code needs."""
    head = ScriptDirectory.from_config(_alembic_config()).get_current_head()
    if head is None:
        raise RuntimeError("no migrations found: the installation is incomplete")
    return head


def _alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return config


class _Hinting(SQLiteCompiler):
    """Writes `with_hint(table, "INDEXED BY …", "sqlite")`, which SQLAlchemy leaves out for SQLite."""

    def get_from_hint_text(self, table: Any, text: str | None) -> str | None:
        return text


def _sqlite_engine(url: str) -> Engine:
    engine = create_engine(
        url,
        hide_parameters=True,
        json_serializer=_dumps,
        **_POOL,
        connect_args={"timeout": _PATIENCE, "check_same_thread": False},
    )
    engine.dialect.statement_compiler = _Hinting

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # SQLAlchemy sends BEGIN itself, below
        cursor = connection.cursor()
        _write_ahead(cursor)
        # FULL: an accepted comment is on disk before we say so, power cut or not. https://www.sqlite.org/pragma.html
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("writes") else "BEGIN")

    return engine


def _write_ahead(cursor: sqlite3.Cursor) -> None:
    """Let readers and a writer work side by side. The file remembers it, so only a new one is changed.

    SQLite waits for nobody here: the change fails at once while another process makes it or writes.
    """
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            # This does wait for whoever holds the file.
            cursor.execute("BEGIN IMMEDIATE")
            cursor.execute("ROLLBACK")
        else:
            return


def _postgresql_engine(url: str) -> Engine:
    return create_engine(
        url,
        hide_parameters=True,
        json_serializer=_dumps,
        pool_pre_ping=True,
        **_POOL,
        # A sender hears "try again" instead of nothing.
        # Every query here is small: compiling one takes longer than it runs, and the planner guesses which are not.
        connect_args={"options": f"-c lock_timeout={_PATIENCE}s -c jit=off"},
    )
