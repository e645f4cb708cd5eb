"""The migrations and the tables say the same, and lead up and down."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect

from moderator.storage import database as storage
from moderator.storage.database import Database, newest_revision
from moderator.storage.tables import Base


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
