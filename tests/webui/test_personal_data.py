"""Somebody's telephone number is on no page before it is asked for, from the moment the comment is there."""

import re

import pytest
from flask.testing import FlaskClient

from moderator.review import preferences
from moderator.runtime import Runtime
from moderator.storage.tables import PageProfile
from tests.fakes import office
from tests.fakes.office import Seen
from tests.fakes.pages import plain
from tests.webui.conftest import Cast, ChannelOf, SignedIn, on_one_database

pytestmark = on_one_database

NUMBER = "07700 900812"
SAID = f"Ring her bus company on {NUMBER} tonight"
SHOWN = "Ring her bus company on ••••• ••••••"


@pytest.fixture
def channel_id(cast: Cast, channel_of: ChannelOf, runtime: Runtime) -> str:
    with runtime.database.write() as session:
        office.publish(session, cast.office_id)
    return channel_of(cast.office_id)


@pytest.fixture
def seen(runtime: Runtime, channel_id: str) -> Seen:
    with runtime.database.write() as session:
        comment_id = office.say(session, channel_id, SAID)
        office.assess(session, comment_id, {"personal_data": 0.95}, [(24, 36, "personal_data")])
        return office.suggest(session, comment_id, rule="2b", label="spam", automatic=None)


@pytest.fixture
def mona(cast: Cast, signed_in: SignedIn) -> FlaskClient:
    browser: FlaskClient = signed_in(cast.mona)
    return browser


def _read_out(page: str) -> str:
    """What stands on a page before anything folded on it is opened."""
    while (shut := re.sub(r"<details\b(?! open)[^>]*>(?:(?!<details\b).)*?</details>", " ", page, flags=re.S)) != page:
        page = shut
    return plain(page)


def test_it_is_masked_in_the_queue_and_on_the_case_until_somebody_asks(mona: FlaskClient, seen: Seen) -> None:
    for url in ("/review", f"/review/cases/{seen.case_id}", f"/review/cases/{seen.case_id}/confirm"):
        page = mona.get(url).text
        assert SHOWN in _read_out(page), url
        assert NUMBER not in _read_out(page), url
        assert NUMBER in plain(page), url
        assert '<summary data-action="reveal">' in page, url


def test_what_is_masked_is_marked_on_the_case(mona: FlaskClient, seen: Seen) -> None:
    page = mona.get(f"/review/cases/{seen.case_id}").text
    assert "<mark>••••• ••••••</mark>" in page
    assert f"<mark>{NUMBER}</mark>" in page


def test_a_comment_that_no_classifier_has_read_is_masked_in_search(
    mona: FlaskClient, runtime: Runtime, channel_id: str
) -> None:
    with runtime.database.write() as session:
        office.say(session, channel_id, SAID)
    for words in ("bus", "07700"):
        assert NUMBER not in _read_out(mona.get(f"/review/search?q={words}").text)
    assert "company on ••••• •••••• tonight" in plain(mona.get("/review/search?q=bus").text)


def test_it_is_masked_in_lists_of_what_was_decided_and_is_alike(
    mona: FlaskClient, runtime: Runtime, channel_id: str, seen: Seen
) -> None:
    with runtime.database.write() as session:
        other = office.say(session, channel_id, f"{SAID}!")
        office.assess(session, other, {"personal_data": 0.95})
        office.keep(session, other)
        parent = office.say(session, channel_id, SAID)
    for url in (
        "/review/decided",
        f"/review/cases/{seen.case_id}",
        f"/review/comments/{other}",
        f"/review/comments/{parent}",
        f"/review/bulk/new?like={seen.comment_id}",
        "/review/bulk/new",
    ):
        assert NUMBER not in _read_out(mona.get(url, follow_redirects=True).text), url


def test_it_is_masked_for_whoever_wants_to_see_everything_else(
    mona: FlaskClient, cast: Cast, runtime: Runtime, seen: Seen
) -> None:
    with runtime.database.write() as session:
        preferences.write(session, cast.mona.id, {"mask_severe": False, "mask_slurs": False})
    assert NUMBER not in _read_out(mona.get("/review").text)


def test_the_contacts_of_the_office_are_not_masked(mona: FlaskClient, cast: Cast, runtime: Runtime, seen: Seen) -> None:
    with runtime.database.write() as session:
        session.add(PageProfile(office_id=cast.office_id, said={"contacts": ["+44 7700 900812"]}))
    assert SAID in _read_out(mona.get("/review").text)


def test_a_number_that_an_excerpt_cuts_in_two_is_masked_where_the_excerpt_ends(
    mona: FlaskClient, runtime: Runtime, channel_id: str
) -> None:
    with runtime.database.write() as session:
        ids = [office.say(session, channel_id, "word " * 93 + f"and it is {NUMBER} so ring") for _ in range(3)]
        for comment_id in ids:
            office.assess(session, comment_id, {"personal_data": 0.95})
            office.suggest(session, comment_id, rule="2b", label="spam", automatic=None)
    for url in ("/review", f"/review/bulk/new?like={ids[0]}"):
        assert "07700" not in _read_out(mona.get(url, follow_redirects=True).text), url
