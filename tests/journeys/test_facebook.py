"""A Facebook Page, from the connection to the ban that is lifted again, against a Graph API server over real HTTP."""

import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.fakes import graph
from tests.fakes.graph import GraphServer
from tests.journeys.conftest import BANNED, Home, Office, eventually, follow, undecided

PAGE, AUTHOR = "1000001", "4000004"
RUDE, CALM, RUDE_TOO = "2000002_31", "2000002_32", "2000002_33"


@pytest.fixture
def facebook() -> Iterator[GraphServer]:
    with GraphServer(PAGE, "page-token", "app-secret", demands_proof=True) as server:
        server.hidden = {RUDE: False, CALM: False, RUDE_TOO: False}
        yield server


@pytest.fixture
def office(sqlite_home: Home, facebook: GraphServer) -> Office:
    """An office with the Page connected, served."""
    config = {"page_id": PAGE, "graph_url": facebook.url}
    secrets = {"page_access_token": facebook.token, "app_secret": facebook.app_secret}
    office = sqlite_home.settle("facebook", config, secrets)
    sqlite_home.serve()
    return office


def _tell(office: Office, verb: str, comment_id: str, **fields: object) -> dict[str, object]:
    """What Meta sends when something happens under a post of the Page. Returns what we answered."""
    body = graph.delivery(PAGE, graph.comment_change(verb, comment_id, **fields))
    answer = httpx.post(office.hook, content=body, headers=graph.signature("app-secret", body), timeout=30)
    assert answer.status_code == 200, answer.text
    said: dict[str, object] = answer.json()
    return said


def _write(office: Office, comment_id: str, text: str) -> None:
    said = _tell(office, "add", comment_id, message=text)
    assert (said["accepted"], said["skipped"]) == (1, [])


def _at_rest(office: Office) -> bool:
    """Nothing is to be done, and nothing is on its way to Facebook."""
    return undecided(office) == 0 and office.count("SELECT count(*) FROM jobs WHERE kind <> 'upkeep'") == 0


def test_meta_finds_the_right_address(office: Office) -> None:
    query = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": office.secrets["verify_token"]}
    answer = httpx.get(office.hook, params=query)
    assert (answer.status_code, answer.text) == (200, "1158201444")
    assert httpx.get(office.hook, params=query | {"hub.verify_token": "a guess"}).status_code == 403


def test_a_comment_is_hidden_deleted_with_a_ban_and_the_ban_is_lifted(
    sqlite_home: Home, office: Office, facebook: GraphServer, page: Page
) -> None:
    _write(office, CALM, "Thank you for the answer about the bridge.")
    _write(office, RUDE, f"You {BANNED}.")
    eventually(lambda: _at_rest(office))
    assert facebook.done == [("hide", RUDE)]

    echo = _tell(office, "hide", RUDE, sender_id=PAGE)
    assert (echo["accepted"], echo["unchanged"]) == (0, 1)

    page.goto(sqlite_home.sign_in_link(office))
    follow(page.get_by_role("button", name="Sign in"))
    page.goto(f"{sqlite_home.url}/review/decided?outcome=hide")
    follow(page.get_by_role("link", name=BANNED))
    follow(page.get_by_role("link", name=re.compile("^Delete…")))
    expect(page.get_by_role("checkbox", name="Delete")).to_be_checked()
    page.get_by_role("checkbox", name="Block").check()
    page.get_by_label("Rule it breaks").select_option("2g")
    follow(page.get_by_role("button", name="Do what is ticked"))
    eventually(lambda: _at_rest(office))
    assert facebook.done == [("hide", RUDE), ("delete", RUDE), ("block", AUTHOR)]
    assert facebook.blocked == {AUTHOR}

    assert _tell(office, "remove", RUDE)["accepted"] == 0
    follow(page.get_by_role("button", name="Undo"))
    expect(page.get_by_text("Delete cannot be taken back on The page.")).to_be_visible()
    eventually(lambda: _at_rest(office))
    assert facebook.done[3:] == [("unblock", AUTHOR)]
    assert facebook.blocked == set()
    assert facebook.hidden == {CALM: False, RUDE_TOO: False}


def test_a_throttled_page_is_asked_again_later(office: Office, facebook: GraphServer) -> None:
    facebook.replies.append(graph.error(32, "(#32) Page request limit reached", headers={"Retry-After": "1"}))
    _write(office, RUDE, f"You {BANNED}.")
    eventually(lambda: facebook.hidden[RUDE])
    eventually(lambda: _at_rest(office))
    assert facebook.done == [("hide", RUDE)]
    assert office.rows("SELECT attempt, outcome FROM receipts ORDER BY attempt") == [(1, "throttled"), (2, "done")]


def test_a_dead_token_stops_the_page_and_a_new_one_sets_it_going_again(
    sqlite_home: Home, office: Office, facebook: GraphServer, page: Page
) -> None:
    facebook.token = "renewed-token"
    _write(office, RUDE, f"You {BANNED}.")
    eventually(lambda: office.count("SELECT count(*) FROM channels WHERE stopped_at IS NOT NULL"))
    tries = len(facebook.calls)
    _write(office, RUDE_TOO, f"And you {BANNED}.")
    eventually(lambda: office.count("SELECT count(*) FROM actions") == 2)
    page.goto(sqlite_home.sign_in_link(office))
    follow(page.get_by_role("button", name="Sign in"))
    stop = page.get_by_text("The page has stopped.")
    expect(stop).to_be_visible()
    assert "page-token" not in page.content()
    assert (len(facebook.calls), facebook.done) == (tries, [])

    follow(page.get_by_role("link", name="Mend it"))
    page.get_by_label("Page access token").fill("renewed-token")
    follow(page.get_by_role("button", name="Save"))
    follow(page.get_by_role("button", name="Resume"))
    eventually(lambda: _at_rest(office))
    assert sorted(facebook.done) == [("hide", RUDE), ("hide", RUDE_TOO)]
    page.goto(f"{sqlite_home.url}/review")
    expect(stop).not_to_be_visible()
