from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from moderator import clock
from moderator.runtime import Runtime
from moderator.settings import MAX_BODY_BYTES
from tests.webui.conftest import Cast, FormToken, SignedIn, on_one_database
from webui import security
from webui.app import create_app

pytestmark = on_one_database

#: What programs call: a key or a signature stands where browsers send a form token.
WITHOUT_FORM_TOKEN = {"api", "hooks"}


def _post_addresses(app: Flask) -> list[tuple[str, str]]:
    """Endpoint and an address for everything that takes a POST, with made-up values in it."""
    with app.test_request_context():
        return [
            (rule.endpoint, built[1])
            for rule in app.url_map.iter_rules()
            if "POST" in (rule.methods or ()) and (built := rule.build(dict.fromkeys(rule.arguments, clock.new_id())))
        ]


def test_no_form_is_taken_without_its_token(app: Flask, signed_in: SignedIn, cast: Cast) -> None:
    client = signed_in(cast.alice)
    protected = [call for call in _post_addresses(app) if call[0].split(".")[0] not in WITHOUT_FORM_TOKEN]
    assert len(protected) > 3
    for endpoint, address in protected:
        answer = client.post(address, data={"email": "alice@example.org"})
        assert answer.status_code == 400, endpoint
        assert "did not come from this site" in answer.text, endpoint


def test_a_token_of_another_browser_is_refused(
    visitor: FlaskClient, signed_in: SignedIn, cast: Cast, form_token: FormToken
) -> None:
    answer = signed_in(cast.alice).post("/sign-out", data={"csrf_token": form_token(visitor)})
    assert answer.status_code == 400


def test_a_form_sent_by_another_site_is_refused_even_with_a_token(
    signed_in: SignedIn, cast: Cast, form_token: FormToken
) -> None:
    client = signed_in(cast.alice)
    form = {"csrf_token": form_token(client)}
    assert client.post("/sign-out", data=form, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 400
    assert client.post("/sign-out", data=form, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 303


def test_a_form_token_lasts_as_long_as_its_browser_session(app: Flask) -> None:
    assert app.config["WTF_CSRF_TIME_LIMIT"] is None


def test_every_answer_carries_the_headers(app: Flask, signed_in: SignedIn, cast: Cast) -> None:
    client = signed_in(cast.alice)
    answers = {
        "page": client.get("/review/"),
        "redirect": client.get("/"),
        "gone": client.get("/nothing/here"),
        "no such method": client.delete("/sign-in"),
        "refused form": client.post("/sign-out"),
        "too large": client.post("/sign-out", data=b"x" * (MAX_BODY_BYTES + 1)),
        "hook": client.post(f"/hooks/{clock.new_id()}"),
        "api": client.get("/api/v1/openapi.json"),
        "health": client.get("/livez"),
        "static": client.get("/static/missing.css"),
    }
    for name, answer in answers.items():
        for header, value in security.HEADERS.items():
            assert answer.headers.get(header) == value, name
        assert answer.headers["Cache-Control"] == "no-store", name


def test_the_policy_lets_nothing_inline_and_nothing_from_elsewhere_run(visitor: FlaskClient) -> None:
    policy = visitor.get("/sign-in").headers["Content-Security-Policy"]
    directives = dict(part.split(" ", 1) for part in policy.split("; "))
    assert directives["default-src"] == "'none'"
    assert set(directives.values()) == {"'none'", "'self'"}
    assert directives["frame-ancestors"] == "'none'"


@pytest.mark.parametrize("https", [True, False])
def test_browsers_are_bound_to_https_only_where_it_is_served(runtime: Runtime, https: bool) -> None:
    url = "https://moderator.test" if https else "http://moderator.test"
    client = create_app(replace(runtime, settings=replace(runtime.settings, public_url=url))).test_client()
    answer = client.get("/sign-in")
    assert ("max-age=31536000" in answer.headers.get("Strict-Transport-Security", "")) is https


def test_a_static_file_is_kept_for_good_under_the_address_of_its_content(app: Flask, visitor: FlaskClient) -> None:
    name = min(path.name for path in Path(app.static_folder or "").glob("*.css"))
    with app.test_request_context():
        address = app.url_for("static", filename=name)
    assert "?v=" in address
    kept = {
        asked: visitor.get(asked, buffered=True).headers["Cache-Control"]
        for asked in (address, f"/static/{name}?v=0123456789abcdef", f"/static/{name}")
    }
    assert list(kept.values()) == ["public, max-age=31536000, immutable", "no-cache", "no-cache"]


def test_what_no_database_can_hold_is_refused_at_the_door(
    signed_in: SignedIn, cast: Cast, form_token: FormToken
) -> None:
    client = signed_in(cast.alice)
    form = {"csrf_token": form_token(client), "banned": ["fine", "not \0 fine"]}
    assert client.post("/settings/words", data=form).status_code == 400
    assert client.get("/guidelines/%00").status_code == 404


def test_an_address_cannot_put_lines_into_the_headers(visitor: FlaskClient) -> None:
    answer = visitor.get("/review%0d%0aSet-Cookie:%20a=b/")
    assert "a=b" not in str(answer.headers.getlist("Set-Cookie"))
    answer = visitor.get("/", query_string={"x": "1\r\nX-Made-Up: yes"})
    assert answer.status_code == 303
    assert "X-Made-Up" not in answer.headers
    assert "\r" not in answer.headers["Location"]
