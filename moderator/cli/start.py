"""How every command that needs the service gets it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from moderator import settings
from moderator.bootstrap import bootstrap
from moderator.runtime import Runtime
from moderator.storage.database import newest_revision


@contextmanager
def service(*, migrate_empty: bool = False, port: int = 8000) -> Iterator[Runtime]:
    """A runtime on a database whose schema is right; an empty one is migrated where asked. Closed at the end."""
    runtime = bootstrap(settings.load(port=port))
    try:
        prepare(runtime, migrate_empty=migrate_empty)
        yield runtime
    finally:
        runtime.close()


def prepare(runtime: Runtime, *, migrate_empty: bool) -> None:
    """Raises `ClickException` where the schema is not the one this code needs."""
    needed = newest_revision()
    found = None if runtime.database.is_missing() else runtime.database.revision()
    if found is None and migrate_empty:
        runtime.database.migrate()
    elif found is None:
        raise click.ClickException("there is no database yet: run 'moderator migrate' (or 'moderator demo') first")
    elif found != needed:
        raise click.ClickException(
            f"the database is at revision {found}, this version needs {needed}: run 'moderator migrate'"
        )


def show(data: Any, as_json: bool, text: str) -> None:
    """Print data for programs or text for people."""
    click.echo(json.dumps(data, ensure_ascii=False, default=str) if as_json else text)


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
