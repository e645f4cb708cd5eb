"""Filters of the queue over HTTP, without a script running: in the address, above the list, saved by name."""

import re
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from moderator import channels
from moderator.queries.queue_page import PAGE
from moderator.runtime import Runtime
from moderator.storage.database import Database
from moderator.storage.tables import Case
from tests.fakes import office
from tests.fakes.office import HOSTILE
from tests.fakes.pages import link_to, plain
from tests.webui.conftest import Cast, FormToken, SignedIn


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One kind of database is enough for the pages: the reads behind them are tested on both."""
    return sqlite_url


@pytest.fixture
def runtime(runtime: Runtime) -> Runtime:
    return replace(runtime, classifiers=office.Room())


@pytest.fixture
def case_ids(runtime: Runtime, database: Database, cast: Cast) -> dict[str, str]:
    """A threat and an advertisement wait. Their cases by their texts."""
    with database.write() as session:
        office.publish(session, cast.office_id)
        settings = {"target_url": "https://tool.example.org/hook"}
        name = f"Page {HOSTILE}"
        channel = channels.create_channel(session, runtime.sealer, cast.office_id, "webhook", name, config=settings)
        threat = office.suggest(session, office.say(session, channel.id, "I will find you"))
        tea = office.say(session, channel.id, "Buy my tea")
        advert = office.suggest(session, tea, rule="2b", label="spam", automatic=None)
        session.get_one(Case, advert.case_id).escalated_by = cast.leo.id
        return {"threat": threat.case_id, "tea": advert.case_id}


@pytest.fixture
def mona(cast: Cast, signed_in: SignedIn) -> FlaskClient:
    browser: FlaskClient = signed_in(cast.mona)
    return browser


def test_a_filter_narrows_the_list_and_goes_along_into_every_case(mona: FlaskClient, case_ids: dict[str, str]) -> None:
    page = mona.get("/review?rule=2b&state=waiting").text
    assert "Buy my tea" in page
    assert "I will find you" not in page
    assert "1 comment" in plain(page)
    assert f"/review/cases/{case_ids['tea']}?rule=2b&amp;state=waiting" in page


def test_the_address_says_what_the_page_shows_and_nothing_else(mona: FlaskClient, case_ids: dict[str, str]) -> None:
    answer = mona.get("/review?lane=review&rule=2b&label=&since=&channel=nonsense")
    assert (answer.status_code, answer.location) == (303, "/review?lane=review&rule=2b")
    assert mona.get("/review?rule=%27%22%3Cb%3E&since=2026-02-31").status_code == 200


def test_each_thing_that_narrows_can_be_taken_away_alone(mona: FlaskClient, case_ids: dict[str, str]) -> None:
    page = mona.get("/review?label=spam&state=waiting").text
    assert 'href="/review?state=waiting"' in page
    assert "Found advertising" in plain(page) or "Found spam" in plain(page)


def test_a_card_says_why_it_stands_there(mona: FlaskClient, case_ids: dict[str, str]) -> None:
    said = plain(mona.get("/review").text)
    for part in ("A person may be in danger", "due in", "came here just now", "Rule 2a, Threats: a look within 1 hour"):
        assert part in said
    assert "For a lead, asked by Leo" in said


def test_names_from_outside_show_as_text(mona: FlaskClient, case_ids: dict[str, str]) -> None:
    page = mona.get("/review?rule=2b").text
    assert HOSTILE not in page
    assert "&lt;script&gt;" in page


def test_a_filter_is_saved_named_anew_shared_and_deleted(
    mona: FlaskClient, cast: Cast, signed_in: SignedIn, form_token: FormToken, case_ids: dict[str, str]
) -> None:
    token = form_token(mona)
    sent = {"csrf_token": token, "from": "rule=2b&state=waiting", "name": f"Adverts {HOSTILE}"}
    assert mona.post("/review/filters", data=sent).location == "/review?rule=2b&state=waiting"
    page = mona.get("/review").text
    assert "Adverts" in page
    assert HOSTILE not in page
    assert 'href="/review?rule=2b&amp;state=waiting"' in page

    change = link_to(mona.get("/review/filters").text, r"/review/filters/\w+")
    assert mona.post(change, data={"csrf_token": token, "name": "Tea", "shared": "on"}).status_code == 303
    leo = signed_in(cast.leo)
    assert "Tea by Mona" in plain(leo.get("/review").text)
    mona.post(f"{change}/delete", data={"csrf_token": token})
    assert "Tea" not in plain(leo.get("/review").text)


def test_a_filter_that_cannot_be_saved_comes_back_with_what_was_typed(
    mona: FlaskClient, form_token: FormToken, case_ids: dict[str, str]
) -> None:
    sent = {"csrf_token": form_token(mona), "from": "rule=2b", "name": "x" * 80}
    answer = mona.post("/review/filters", data=sent)
    assert answer.status_code == 422
    assert "60 characters or fewer" in answer.text
    assert "x" * 80 in answer.text
    assert 'value="rule=2b"' in answer.text


def test_nobody_touches_what_another_saved_for_themselves(
    mona: FlaskClient, cast: Cast, signed_in: SignedIn, form_token: FormToken, case_ids: dict[str, str]
) -> None:
    mona.post("/review/filters", data={"csrf_token": form_token(mona), "from": "rule=2b", "name": "Mine"})
    change = link_to(mona.get("/review/filters").text, r"/review/filters/\w+")
    for other in (cast.alice, cast.charlie):
        browser = signed_in(other)
        assert browser.post(f"{change}/delete", data={"csrf_token": form_token(browser)}).status_code == 404
    assert "Mine" in mona.get("/review").text


def test_an_empty_view_says_when_the_next_look_is_due(mona: FlaskClient, case_ids: dict[str, str]) -> None:
    said = plain(mona.get("/review?rule=2c").text)
    assert "Nothing here fits the filter. The next look at anything is due in" in said
    assert "2 comments to decide in all" in said


def test_a_full_page_weighs_less_than_100_kilobytes(
    mona: FlaskClient, database: Database, cast: Cast, case_ids: dict[str, str]
) -> None:
    with database.write() as session:
        channel_id = session.get_one(Case, case_ids["tea"]).channel_id
        for number in range(30):
            office.suggest(session, office.say(session, channel_id, f"{number} " + "Grüße aus Köln " * 400))
    page = mona.get("/review")
    assert page.text.count('name="case"') == PAGE
    files = re.findall(r'(?:src|href)="(/static/[^"]+)"', page.text)
    assert len(files) > 5
    weights = [len(mona.get(file, headers={"Accept-Encoding": "gzip"}).data) for file in files]
    assert len(page.data) + sum(weights) < 100_000, "the page and all that it brings along"
    assert not re.findall(r'(?:src|href)="https?:', page.text), "and nothing from anywhere else"
