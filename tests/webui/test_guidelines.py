"""The published guidelines, as anybody may read them."""

import hashlib
import json
import re
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from guidelines.load import load_text
from moderator.runtime import Runtime
from moderator.storage.database import Database
from tests.fakes import office
from tests.fakes.office import GUIDELINES, HOSTILE
from tests.fakes.pages import plain
from tests.webui.conftest import Cast

HERE = "/guidelines/office-of-alice-archer"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One kind of database is enough for the pages: the reads behind them are tested on both."""
    return sqlite_url


@pytest.fixture
def runtime(runtime: Runtime) -> Runtime:
    return replace(runtime, classifiers=office.Room())


@pytest.fixture
def published(database: Database, cast: Cast) -> None:
    """Two versions: the second says that threats are noticed earlier."""
    with database.write() as session:
        office.publish(session, cast.office_id)
        office.publish(session, cast.office_id, GUIDELINES.replace("review: 0.6", "review: 0.55"))


pytestmark = pytest.mark.usefixtures("published")


def test_the_newest_version_is_at_the_office_s_address(visitor: FlaskClient) -> None:
    page = plain(visitor.get(HERE).text)
    assert "Version 2, published" in page
    assert "in force" in page
    for part in (
        "Everybody is welcome here.",
        "Do not threaten anybody.",
        "Ten to four.",
        "Two of our staff.",
        "Write to us.",
    ):
        assert part in page


def test_each_version_stays_at_its_own_address(visitor: FlaskClient) -> None:
    first = plain(visitor.get(f"{HERE}/v/1").text)
    assert "This is an earlier version." in first
    assert "asks a person from 60%" in first
    assert "asks a person from 55%" in plain(visitor.get(f"{HERE}/v/2").text)


def test_each_rule_has_an_anchor_of_its_own(visitor: FlaskClient) -> None:
    page = visitor.get(HERE).text
    assert re.findall(r'id="(rule-\w+)"', page) == ["rule-2a", "rule-2b", "rule-2c"]


def test_each_rule_says_what_the_machine_does_and_what_people_do(visitor: FlaskClient) -> None:
    page = plain(visitor.get(HERE).text)
    assert "The program hides a comment by itself when it is at least 90% sure" in page
    assert "The program only points comments out to our moderators, from 50% sure." in page
    assert "No machine test exists for this rule; our moderators judge it." in page
    assert "We hide the comment. We may report it to the police." in page
    assert "We may hide the comment or delete it." in page


def test_a_principle_is_shown_and_said_to_be_no_ground(visitor: FlaskClient) -> None:
    page = plain(visitor.get(HERE).text)
    assert "No comment is acted on for falling short of these. Respect" in page


def test_mark_up_in_the_rules_shows_as_text(visitor: FlaskClient) -> None:
    page = visitor.get(HERE).text
    assert HOSTILE not in page
    assert page.count("&lt;script&gt;") >= 3


def test_the_json_is_the_very_bytes_that_the_hash_is_of(visitor: FlaskClient) -> None:
    answer = visitor.get(f"{HERE}/v/1.json")
    digest = hashlib.sha256(answer.data).hexdigest()
    assert answer.headers["ETag"] == f'"{digest}"'
    assert digest in visitor.get(f"{HERE}/v/1").text
    assert json.loads(answer.data)["rules"][0]["id"] == "2a"
    assert answer.headers["Content-Type"] == "application/json"


def test_the_yaml_reads_back_as_the_same_rules(visitor: FlaskClient) -> None:
    assert load_text(visitor.get(f"{HERE}/v/1.yaml").text) == load_text(GUIDELINES)


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_who_has_the_version_already_gets_nothing_again(visitor: FlaskClient, form: str) -> None:
    first = visitor.get(f"{HERE}.{form}")
    again = visitor.get(f"{HERE}.{form}", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert visitor.get(f"{HERE}/v/1.{form}", headers={"If-None-Match": first.headers["ETag"]}).status_code == 200


def test_a_numbered_version_may_be_kept_for_ever_and_the_current_one_for_minutes(visitor: FlaskClient) -> None:
    assert "max-age=31536000" in visitor.get(f"{HERE}/v/1.json").headers["Cache-Control"]
    assert "max-age=300" in visitor.get(f"{HERE}.json").headers["Cache-Control"]


@pytest.mark.parametrize(
    "path",
    [
        "/guidelines/nobody",
        "/guidelines/office-of-charlie-church",
        f"{HERE}/v/3",
        f"{HERE}/v/0",
        f"{HERE}/v/9999999",
        f"{HERE}/v/1.xml",
        "/guidelines/nobody.json",
    ],
)
def test_what_was_never_published_is_not_found(visitor: FlaskClient, path: str) -> None:
    answer = visitor.get(path)
    assert answer.status_code == 404
    assert "<h1>" in answer.text


def test_a_visitor_sees_nothing_of_the_rooms_behind(visitor: FlaskClient) -> None:
    page = visitor.get(HERE).text
    assert "Sign out" not in page
    assert "/review" not in page
