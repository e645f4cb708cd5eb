"""The members room over HTTP: a link shown once, a page to join, changes, and a list for whoever leaves."""

import html
import re

import pytest
from flask.testing import FlaskClient

from moderator.domain.vocabulary import Role
from moderator.storage.database import Database
from moderator.storage.tables import Invitation, Member
from tests.fakes.pages import plain
from tests.webui.conftest import PASSWORD, Cast, ChannelOf, FormToken, SignedIn


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One kind of database is enough for the pages: what is behind them is tested on both."""
    return sqlite_url


@pytest.fixture
def alice(cast: Cast, signed_in: SignedIn) -> FlaskClient:
    return signed_in(cast.alice)


def _invite(client: FlaskClient, form_token: FormToken, **typed: str) -> str:
    """The path of the link."""
    filled = {"email": "ada@example.org", "name": "Ada", "role": "moderator", "where": "all"} | typed
    answer = client.post("/members/invite", data=filled | {"csrf_token": form_token(client)})
    assert answer.status_code == 201, plain(answer.text)
    found = re.search(r'value="http://moderator\.test(/join/[^"]+)"', answer.text)
    assert found
    return html.unescape(found[1])


def test_somebody_comes_in_by_a_link_shown_once(
    alice: FlaskClient, visitor: FlaskClient, form_token: FormToken, cast: Cast, channel_of: ChannelOf
) -> None:
    channel_id = channel_of(cast.office_id)
    link = _invite(alice, form_token, where="some", **{f"on-{channel_id}": "volunteer"})
    listed = alice.get("/members").text
    assert "ada@example.org" in listed
    assert link not in listed
    page = plain(visitor.get(link).text)
    assert "Alice invites you" in page
    assert "as volunteer on Our website" in page
    for _ in range(2):
        assert visitor.get(link).status_code == 200
    typed = {"name": "Ada Moss", "password": PASSWORD, "csrf_token": form_token(visitor)}
    assert visitor.post(link, data=typed | {"password": "short"}).status_code == 422
    joined = visitor.post(link, data=typed)
    assert (joined.status_code, joined.headers["Location"]) == (303, "/")
    assert visitor.get("/review").status_code == 200
    assert visitor.get(link).status_code == 404
    assert "Ada Moss" in alice.get("/members").text


def test_a_withdrawn_link_opens_nothing(alice: FlaskClient, visitor: FlaskClient, form_token: FormToken) -> None:
    link = _invite(alice, form_token)
    alice.post("/members/invite/withdraw", data={"email": "ada@example.org", "csrf_token": form_token(alice)})
    typed = {"name": "Ada", "password": PASSWORD, "csrf_token": form_token(visitor)}
    assert (visitor.get(link).status_code, visitor.post(link, data=typed).status_code) == (404, 404)
    assert "ada@example.org" not in alice.get("/members").text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"email": "no address"}, "no e-mail address"),
        ({"role": "king"}, "no role"),
        ({"where": "some"}, "at least one channel"),
        ({"until": "tomorrow"}, "2026-11-21"),
        ({"until": "9999-12-31"}, "2026-11-21"),
        ({"until": "2001-01-01"}, "over already"),
    ],
)
def test_what_cannot_be_is_said_with_the_form_as_it_was_filled_in(
    alice: FlaskClient, form_token: FormToken, database: Database, typed: dict[str, str], said: str
) -> None:
    filled = {"email": "ada@example.org", "name": "<b>Ada</b>", "role": "observer", "where": "all"} | typed
    answer = alice.post("/members/invite", data=filled | {"csrf_token": form_token(alice)})
    assert answer.status_code == 422
    assert said in plain(answer.text)
    assert "&lt;b&gt;Ada" in answer.text
    with database.read() as reading:
        assert reading.query(Invitation).all() == []


def test_a_change_is_saved_and_shown(
    alice: FlaskClient, form_token: FormToken, cast: Cast, database: Database, channel_of: ChannelOf
) -> None:
    channel_id = channel_of(cast.office_id)
    typed = {"role": "moderator", "where": "some", f"on-{channel_id}": "observer", "until": "2099-12-31"}
    form = typed | {"representative": "yes", "csrf_token": form_token(alice)}
    assert alice.post(f"/members/{cast.mona.id}", data=form).status_code == 303
    page = plain(alice.get("/members").text)
    for part in ("Mona Observer", "Our website", "until 31 December 2099", "the pages are about them"):
        assert part in page
    again = alice.get(f"/members/{cast.mona.id}").text
    assert 'value="2099-12-31"' in again
    with database.read() as reading:
        assert reading.get_one(Member, cast.mona.id).representative


def test_leads_look_on(cast: Cast, signed_in: SignedIn) -> None:
    page = signed_in(cast.leo).get("/members").text
    assert "Mona" in page
    assert "/members/invite" not in page
    assert f"/members/{cast.mona.id}" not in page


def test_who_leaves_is_out_at_once_and_what_they_knew_can_be_printed(
    alice: FlaskClient, form_token: FormToken, cast: Cast, signed_in: SignedIn, channel_of: ChannelOf
) -> None:
    channel_of(cast.office_id)
    leo = signed_in(cast.leo)
    before = plain(alice.get(f"/members/{cast.leo.id}/leave").text)
    assert "Make new secrets" in before
    answer = alice.post(f"/members/{cast.leo.id}/leave", data={"csrf_token": form_token(alice)})
    assert answer.headers["Location"] == f"/members/{cast.leo.id}/left"
    assert leo.get("/review").status_code == 303
    page = plain(alice.get(f"/members/{cast.leo.id}/left").text)
    for part in ("What Leo had in hand", "by Alice", "1 session ended", "Our website"):
        assert part in page
    assert alice.get(f"/members/{cast.leo.id}").status_code == 404


def test_the_last_owner_stays(alice: FlaskClient, form_token: FormToken, cast: Cast) -> None:
    answer = alice.post(f"/members/{cast.alice.id}/leave", data={"csrf_token": form_token(alice)})
    assert answer.status_code == 409
    assert "only owner" in plain(answer.text)
    lowered = {"role": "lead", "where": "all", "csrf_token": form_token(alice)}
    assert alice.post(f"/members/{cast.alice.id}", data=lowered).status_code == 409
    assert alice.get("/members").status_code == 200


def test_nobody_raises_themself(cast: Cast, signed_in: SignedIn, form_token: FormToken, database: Database) -> None:
    for member in (cast.leo, cast.mona, cast.victor, cast.olive):
        browser = signed_in(member)
        raised = {"role": "owner", "where": "all", "csrf_token": form_token(browser)}
        assert browser.post(f"/members/{member.id}", data=raised).status_code == 403
        with database.read() as reading:
            assert reading.get_one(Member, member.id).role == Role(member.role)
