"""What members set for themselves: their keys."""

import json
import re

import pytest
from flask.testing import FlaskClient

from moderator.domain import keys
from moderator.review import preferences
from moderator.storage.database import Database
from tests.webui.conftest import Cast, FormToken, SignedIn, on_one_database

DEFAULTS = {f"key-{action.name}": action.key for action in keys.ACTIONS}


def _keyboard(client: FlaskClient) -> dict[str, object]:
    """What the page tells its scripts."""
    found = re.search(r'id="keyboard">(.*?)</script>', client.get("/preferences").text)
    assert found
    served: dict[str, object] = json.loads(found[1])
    return served


def _send(client: FlaskClient, token: str, **changes: str) -> tuple[int, str]:
    form = {"csrf_token": token, "keys_on": "1", **DEFAULTS, **changes}
    answer = client.post("/preferences/keys", data={name: value for name, value in form.items() if value is not None})
    return answer.status_code, answer.text


def test_every_role_has_keys_of_their_own_which_nobody_else_has(
    signed_in: SignedIn, cast: Cast, form_token: FormToken, database: Database
) -> None:
    for member in (cast.alice, cast.mona, cast.victor, cast.olive):
        client = signed_in(member)
        assert _send(client, form_token(client), **{"key-keep": "w"})[0] == 303
        served = _keyboard(client)
        assert {"name": "keep", "key": "w"}.items() <= served["actions"][0].items()  # type: ignore[index]
    with database.read() as session:
        assert preferences.read(session, cast.leo.id).keys["keep"] == "k"


@on_one_database
@pytest.mark.parametrize(
    ("action", "key", "said"),
    [
        ("hide", "k", "already the key for"),
        ("hide", "j", "already the key for"),
        ("keep", "g", "lies beside it"),
        ("next", " ", "The space bar"),
        ("next", "Tab", "one letter, digit or sign"),
        ("next", "<script>", "one letter, digit or sign"),
    ],
)
def test_a_key_that_cannot_be_had_is_refused_where_it_was_typed_and_nothing_changes(
    signed_in: SignedIn, cast: Cast, form_token: FormToken, action: str, key: str, said: str
) -> None:
    client = signed_in(cast.mona)
    before = _keyboard(client)
    status, page = _send(client, form_token(client), **{f"key-{action}": key, "key-search": "f"})
    assert status == 422
    assert said in page
    assert "Nothing was changed." in page
    assert 'name="key-search" value="f"' in page
    assert page.count('aria-invalid="true"') == 1
    assert "<script>" not in page.replace('<script type="application/json"', "").replace("<script src", "")
    assert _keyboard(client) == before


def test_keys_go_back_to_what_they_were_and_are_turned_off_and_on(
    signed_in: SignedIn, cast: Cast, form_token: FormToken
) -> None:
    client = signed_in(cast.mona)
    token = form_token(client)
    fresh = _keyboard(client)
    _send(client, token, **{"key-keep": "w"})
    assert _keyboard(client) != fresh
    _send(client, token, defaults="1", **{"key-keep": "w"})
    assert _keyboard(client) == fresh
    switched = client.post(
        "/preferences/keys/switch", data={"csrf_token": token, "on": "", "back": "/review?lane=review"}
    )
    assert switched.headers["Location"] == "/review?lane=review"
    assert _keyboard(client)["on"] is False
    client.post("/preferences/keys/switch", data={"csrf_token": token, "on": "1", "back": "https://evil.example"})
    assert _keyboard(client)["on"] is True


@on_one_database
def test_turning_keys_off_leads_to_no_other_site(signed_in: SignedIn, cast: Cast, form_token: FormToken) -> None:
    client = signed_in(cast.mona)
    data = {"csrf_token": form_token(client), "on": "", "back": "//evil.example/x"}
    assert client.post("/preferences/keys/switch", data=data).headers["Location"] == "/"


@on_one_database
def test_a_visitor_is_told_of_no_keys(visitor: FlaskClient) -> None:
    assert visitor.get("/preferences/keys").status_code == 303
    assert "keyboard" not in visitor.get("/sign-in").text
