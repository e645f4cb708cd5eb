"""The migrations and the tables say the same, and lead up and down."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect

from moderator.storage import database as storage
from moderator.storage.database import Database, newest_revision
from moderator.storage.tables import Base
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
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()
    assert database.revision() == newest_revision()


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
    assert set(tables) == {"alembic_version", *Base.metadata.tables}
    database.dispose()


def test_the_index_that_allows_one_open_case_is_partial(database: Database) -> None:
    with database.read() as session:
        indexes = {index["name"]: index for index in inspect(session.connection()).get_indexes("cases")}
    assert indexes["uq_cases_open"]["unique"]
    where = [str(value) for key, value in indexes["uq_cases_open"]["dialect_options"].items() if "where" in key]
    assert "open" in where[0]


def test_the_way_down_leaves_nothing_behind(database: Database) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(storage.__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    engine = create_engine(database.url)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    with engine.connect() as connection:
        assert inspect(connection).get_table_names() == ["alembic_version"]
    engine.dispose()
    assert database.revision() is None
    database.migrate()
    assert database.revision() == newest_revision()


def test_a_database_that_does_not_exist_is_not_made_by_asking(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'none' / 'moderator.db'}")
    assert database.is_missing()
    assert not (tmp_path / "none").exists()
    database.migrate()
    assert not database.is_missing()
    database.dispose()
