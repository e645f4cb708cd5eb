"""What every test may ask for: databases, servers, a browser. A server starts when a test first asks for it."""

import shutil
from collections.abc import Callable, Generator, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from moderator.storage.database import Database
from tests.services import CHROMIUM, PostgresServer, RedisServer, running_postgres, running_redis

#: Opens a page of its own for a test; takes the options of Playwright's `new_context`.
OpenPage = Callable[..., Page]

_names = count(1)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with running_redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def redis_url(redis_server: RedisServer) -> str:
    """An empty Redis that answers, whatever the test before did to it."""
    redis_server.start()
    redis_server.flushall()
    return redis_server.url


@pytest.fixture(scope="session")
def _migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "migrated.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def _migrated_postgres(postgres_server: PostgresServer) -> str:
    postgres_server.create("migrated")
    _migrate(postgres_server.url("migrated"))
    return "migrated"


def _migrate(url: str) -> None:
    database = Database(url)
    database.migrate()
    database.dispose()


@pytest.fixture
def sqlite_url(_migrated_sqlite: Path, tmp_path: Path) -> str:
    """A migrated SQLite database without a row in it, the test's own."""
    shutil.copyfile(_migrated_sqlite, tmp_path / "moderator.db")
    return f"sqlite:///{tmp_path / 'moderator.db'}"


@pytest.fixture
def postgres_url(postgres_server: PostgresServer, _migrated_postgres: str) -> Iterator[str]:
    """A migrated PostgreSQL database without a row in it, the test's own."""
    name = f"test_{next(_names)}"
    postgres_server.create(name, template=_migrated_postgres)
    yield postgres_server.url(name)
    postgres_server.drop(name)


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The test runs once on each kind of database, migrated and without a row."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.dispose()


_QUIET = ("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run")
#: A page that asks for anything outside this machine gets nothing, as on a server that is cut off.
_CUT_OFF = "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost"


# By module, not by session: between two calls Playwright leaves its event loop marked as running in this thread,
# which would break any later test that starts a loop of its own.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM.path(),
            args=["--no-sandbox", *_QUIET, _CUT_OFF],
        )
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """`open_page(viewport=…, color_scheme="dark", java_script_enabled=False, …)`: a page with cookies of its own.

    The test fails at its end when a script on any of its pages threw, or a page broke its own security policy.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def note_policy_breach(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            complaints.append(message.text)

    def open_page(**options: Any) -> Page:
        defaults = {"viewport": {"width": 1280, "height": 800}, "locale": "en-GB", "timezone_id": "UTC"}
        context = browser.new_context(**(defaults | options))
        contexts.append(context)
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        context.on("console", note_policy_breach)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints, "the browser complained about a page"


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    """A desktop window of 1280 by 800."""
    return open_page()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What a test logged may hold halves of characters: hostile text is what we test with. Reports travel as UTF-8."""
    report = yield
    report.sections = [(name, text.encode("utf-8", "backslashreplace").decode()) for name, text in report.sections]
    return report
