"""Settings of the review room over HTTP: who reaches them, what they change, what they refuse."""

import pytest
from flask.testing import FlaskClient

from moderator.storage.database import Database
from moderator.storage.tables import CannedReply, Office
from tests.webui.conftest import Cast, FormToken, SignedIn


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def leo(cast: Cast, signed_in: SignedIn) -> FlaskClient:
    return signed_in(cast.leo)


def _post(client: FlaskClient, form_token: FormToken, path: str, **form: str) -> tuple[int, str]:
    answer = client.post(path, data={"csrf_token": form_token(client), **form})
    return answer.status_code, answer.text


def _office(database: Database, cast: Cast) -> Office:
    with database.read() as session:
        return session.get_one(Office, cast.office_id)


def test_a_lead_sets_how_long_each_lane_is_held(
    leo: FlaskClient, form_token: FormToken, database: Database, cast: Cast
) -> None:
    assert _post(leo, form_token, "/settings/leases", act_now="5", review=" 30 ", second_opinion="")[0] == 303
    assert _office(database, cast).lease_minutes == {"act_now": 5, "review": 30}
    page = leo.get("/settings/leases").text
    assert 'name="review" inputmode="numeric" maxlength="4" autocomplete="off" value="30"' in page


@pytest.mark.parametrize("typed", ["0", "241", "-5", "ten", "٣", "1e2"])
def test_a_length_that_cannot_be_is_refused_and_shown_again(
    leo: FlaskClient, form_token: FormToken, database: Database, cast: Cast, typed: str
) -> None:
    status, page = _post(leo, form_token, "/settings/leases", review=typed, platform="20")
    assert (status, _office(database, cast).lease_minutes) == (422, {})
    assert f'value="{typed}"' in page
    assert "1 to 240 minutes" in page


def test_a_reply_is_written_shown_changed_and_withdrawn(
    leo: FlaskClient, form_token: FormToken, database: Database
) -> None:
    form = {"name": "Where to write <b>", "text": "Dear {author}, <i>write</i> to us.", "verb": "redirect"}
    assert _post(leo, form_token, "/settings/replies/new", **form)[0] == 303
    page = leo.get("/settings/replies").text
    assert "Where to write &lt;b&gt;" in page
    assert "&lt;i&gt;write&lt;/i&gt;" in page
    with database.read() as session:
        reply_id = session.query(CannedReply).one().id
    assert "Dear {author}" in leo.get(f"/settings/replies/{reply_id}").text
    assert _post(leo, form_token, f"/settings/replies/{reply_id}", **form | {"name": "Post"})[0] == 303
    assert _post(leo, form_token, f"/settings/replies/{reply_id}/withdraw")[0] == 303
    assert "None is written yet" in leo.get("/settings/replies").text
    assert leo.get(f"/settings/replies/{reply_id}").status_code == 404


def test_a_reply_without_words_comes_back_with_what_was_typed(leo: FlaskClient, form_token: FormToken) -> None:
    status, page = _post(leo, form_token, "/settings/replies/new", name="Thanks", text=" ", verb="reply")
    assert status == 422
    assert 'value="Thanks"' in page
    assert "A reply has words" in page


@pytest.mark.parametrize("path", ["/settings/leases", "/settings/replies", "/settings/replies/new"])
def test_only_owners_and_leads_see_these_settings(cast: Cast, signed_in: SignedIn, path: str) -> None:
    assert signed_in(cast.mona).get(path).status_code == 403
    assert signed_in(cast.alice).get(path).status_code == 200
