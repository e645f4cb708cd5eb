"""A fresh database for every test, for the price of a copy: what most tests begin with is made once."""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from moderator.storage.database import Database
from tests.services import PostgresServer

_NAME = "under_test"


class Templates:
    """Databases as tests find them, each made once. `furnish` says in order what each has more than the one before.

    A test gets a copy under a name that never changes, and so an engine that knows its statements already.
    """

    def __init__(self, store: "Store", furnish: Mapping[str, Callable[[Database], None]]) -> None:
        self._store = store
        self._furnish = dict(furnish)
        self._levels = tuple(furnish)
        self._made: dict[str, str] = {}
        self._database: Database | None = None

    def copy(self, level: str) -> Database:
        """The database for one test. Drop it before the next copy."""
        url = self._store.copy(self._template(level), _NAME)
        self._database = self._database or Database(url)
        return self._database

    def drop(self) -> None:
        if self._database is not None:
            self._database.dispose()
        self._store.drop(_NAME)

    def _template(self, level: str) -> str:
        if level not in self._made:
            place = self._levels.index(level)
            below = self._template(self._levels[place - 1]) if place else None
            name = f"template_{level}"
            database = Database(self._store.copy(below, name))
            self._furnish[level](database)
            database.dispose()
            self._made[level] = name
        return self._made[level]


class Store(Protocol):
    """Where databases of one kind are kept."""

    def copy(self, template: str | None, name: str) -> str:
        """A new database, empty or a copy. Returns its address."""
        ...

    def drop(self, name: str) -> None: ...


class SqliteFiles:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def copy(self, template: str | None, name: str) -> str:
        if template:
            shutil.copyfile(self._folder / template, self._folder / name)
        return f"sqlite:///{self._folder / name}"

    def drop(self, name: str) -> None:
        for file in self._folder.glob(f"{name}*"):
            file.unlink()


class PostgresDatabases:
    def __init__(self, server: PostgresServer) -> None:
        self._server = server

    def copy(self, template: str | None, name: str) -> str:
        self._server.create(name, template or "template1")
        return self._server.url(name)

    def drop(self, name: str) -> None:
        self._server.drop(name)
