"""The pages of an office's checked claims: written, changed, taken from a file, withdrawn; nothing typed is lost."""

import json
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from moderator.storage.database import Database
from moderator.storage.tables import CheckedClaim
from tests.fakes.office import HOSTILE
from tests.fakes.pages import plain
from tests.webui.conftest import Cast, FormToken, SignedIn

_CLAIM = {
    "text": f"The valley hospital closes in May {HOSTILE}",
    "rating": "False",
    "verdict": "false",
    "source": "Facts of the Vale",
    "link": "https://facts.example/hospital",
    "checked_on": "2026-03-01",
    "expires_on": "2099-03-01",
}


Send = Callable[..., TestResponse]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One kind of database is enough for the pages: the store behind them is tested on both."""
    return sqlite_url


@pytest.fixture
def alice(signed_in: SignedIn, cast: Cast) -> FlaskClient:
    return signed_in(cast.alice)


@pytest.fixture
def send(form_token: FormToken) -> Send:
    def post(browser: FlaskClient, path: str, **form: object) -> TestResponse:
        return browser.post(path, data=form | {"csrf_token": form_token(browser)})

    return post


def _claims(database: Database) -> list[CheckedClaim]:
    with database.read() as reading:
        return list(reading.scalars(select(CheckedClaim).order_by(CheckedClaim.id)))


def test_a_claim_is_written_shown_changed_and_withdrawn(alice: FlaskClient, send: Send, database: Database) -> None:
    assert send(alice, "/settings/claims/new", **_CLAIM).status_code == 303
    page = alice.get("/settings/claims").text
    assert HOSTILE not in page
    assert "The valley hospital closes in May" in page
    assert "Facts of the Vale" in page
    (claim,) = _claims(database)
    assert send(alice, f"/settings/claims/{claim.id}", **_CLAIM | {"source": "Another desk"}).status_code == 303
    assert "Another desk" in alice.get("/settings/claims").text
    assert send(alice, f"/settings/claims/{claim.id}/withdraw").status_code == 303
    assert "Withdrawn" in plain(alice.get("/settings/claims").text)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"link": "javascript:alert(1)"}, "link"),
        ({"text": ""}, "text"),
        ({"checked_on": "yesterday"}, "checked_on"),
        ({"checked_on": "2099-05-01"}, "checked_on"),
    ],
)
def test_what_is_no_check_is_refused_by_field_and_nothing_typed_is_lost(
    alice: FlaskClient, send: Send, database: Database, changed: dict[str, str], field: str
) -> None:
    answer = send(alice, "/settings/claims/new", **_CLAIM | changed)
    assert answer.status_code == 422
    assert f'id="{field}"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert "Facts of the Vale" in answer.text
    assert _claims(database) == []


def test_claims_are_taken_from_claim_review(alice: FlaskClient, send: Send, database: Database) -> None:
    review = {
        "@context": "https://schema.org",
        "@type": "ClaimReview",
        "claimReviewed": "Postal votes are thrown away",
        "datePublished": "2026-02-03",
        "url": "https://facts.example/post",
        "author": {"@type": "Organization", "name": "Facts of the Vale"},
        "reviewRating": {"@type": "Rating", "alternateName": "False"},
    }
    answer = send(alice, "/settings/claims/import", pasted=json.dumps([review]), expires_on="2099-01-01")
    assert answer.status_code == 200
    (claim,) = _claims(database)
    assert (claim.text, claim.rating, claim.source) == ("Postal votes are thrown away", "False", "Facts of the Vale")


def test_a_file_that_cannot_be_read_says_so_and_is_kept(alice: FlaskClient, send: Send, database: Database) -> None:
    answer = send(alice, "/settings/claims/import", pasted='{"@type": "ClaimReview"', expires_on="2099-01-01")
    assert answer.status_code == 422
    assert "ClaimReview" in answer.text
    assert _claims(database) == []


def test_another_office_sees_none_of_them(alice: FlaskClient, send: Send, signed_in: SignedIn, cast: Cast) -> None:
    send(alice, "/settings/claims/new", **_CLAIM)
    assert "valley hospital" not in signed_in(cast.charlie).get("/settings/claims").text
