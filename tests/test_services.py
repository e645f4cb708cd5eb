"""The servers and the browser that other tests stand on do what those tests take for granted."""

import socket

import psycopg
import pytest
from playwright.sync_api import Error as BrowserError
from playwright.sync_api import Page
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from sqlalchemy import text

from moderator.storage.database import Database, newest_revision
from tests.conftest import OpenPage
from tests.services import PostgresServer, Program, ProgramMissing, RedisServer, free_port


def test_redis_forgets_everything_on_flush(redis_server: RedisServer, redis_url: str) -> None:
    with Redis.from_url(redis_url) as client:
        client.set("bell", "rung")
        redis_server.flushall()
        assert client.dbsize() == 0


def test_a_killed_redis_answers_no_more_and_comes_back_empty(redis_server: RedisServer, redis_url: str) -> None:
    with Redis.from_url(redis_url) as client:
        client.set("bell", "rung")
        redis_server.kill()
        with pytest.raises(RedisConnectionError):
            client.ping()
        redis_server.start()
        assert client.get("bell") is None


def test_postgres_takes_a_new_database_and_drops_it_under_an_open_connection(postgres_server: PostgresServer) -> None:
    postgres_server.create("short lived")
    url = postgres_server.url("short lived").replace("+psycopg", "")
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT current_database()").fetchone() == ("short lived",)
        postgres_server.drop("short lived")
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")


@pytest.mark.parametrize("turn", ["first", "second"])
def test_each_test_has_a_migrated_database_of_its_own(database: Database, turn: str) -> None:
    with database.write() as session:
        session.execute(text("CREATE TABLE mark (turn text)"))
    assert database.revision() == newest_revision()


def test_the_browser_shows_a_page_in_a_desktop_window(page: Page) -> None:
    page.goto("data:text/html,<title>Open house</title>")
    assert page.title() == "Open house"
    assert page.viewport_size == {"width": 1280, "height": 800}


def test_the_browser_reaches_no_address_but_this_machine_s_own(page: Page) -> None:
    with socket.create_server(("127.0.0.2", 0)) as elsewhere:
        address = f"http://127.0.0.2:{elsewhere.getsockname()[1]}/"
        with pytest.raises(BrowserError, match="ERR_NAME_NOT_RESOLVED"):
            page.goto(address, timeout=5_000)


def test_two_pages_of_one_test_share_no_cookies(open_page: OpenPage) -> None:
    ours, theirs = open_page(), open_page()
    ours.context.add_cookies([{"name": "who", "value": "us", "url": "http://127.0.0.1"}])
    assert theirs.context.cookies() == []


def test_a_missing_program_names_the_package_to_install() -> None:
    absent = Program("the frobnicator", "frobnicator-server", lambda: None)
    with pytest.raises(ProgramMissing, match="Install the package frobnicator-server"):
        absent.path()


def test_a_free_port_can_be_listened_on() -> None:
    with socket.create_server(("127.0.0.1", free_port())) as server:
        assert server.getsockname()[1] < 32_768
