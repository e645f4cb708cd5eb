import html
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from moderator import accounts, clock, membership
from moderator.domain.vocabulary import Role
from moderator.runtime import Runtime
from moderator.storage.database import Database
from tests.webui.conftest import PASSWORD, Cast, FormToken, SignedIn, on_one_database
from webui import auth
from webui.app import create_app

#: What a visitor may ask for. A route that is not here must be closed.
OPEN = {
    "api.document",
    "guidelines.changes",
    "guidelines.code_png",
    "guidelines.code_svg",
    "guidelines.current",
    "guidelines.current_json",
    "guidelines.current_yaml",
    "guidelines.schema",
    "guidelines.share",
    "guidelines.short",
    "guidelines.version",
    "guidelines.version_json",
    "guidelines.version_yaml",
    "health.alive",
    "health.ready",
    "hooks.deliver",
    "hooks.handshake",
    "members.join",
    "members.welcome",
    "signin.by_link",
    "signin.by_password",
    "signin.form",
    "signin.link",
    "signin.sign_out",
    "static",
}

WITH_KEY = {"api.add_comments", "api.get_comment"}


def _address(app: Flask, rule: Rule) -> str:
    """An address that the rule matches; what it names does not exist."""
    made_up = {"IntegerConverter": 1, "Id": clock.new_id()}
    values = {name: made_up.get(type(rule._converters[name]).__name__, "x") for name in rule.arguments}
    with app.test_request_context():
        built = rule.build(values)
    assert built is not None
    return built[1]


def _calls(app: Flask) -> Iterator[tuple[str, str, str]]:
    """Endpoint, method and address of everything the application answers to."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint != "static":
            for method in sorted(rule.methods or ()):
                yield rule.endpoint, method, _address(app, rule)


@on_one_database
def test_every_route_is_closed_to_visitors_unless_it_is_listed_as_open(app: Flask) -> None:
    open_views = {endpoint for endpoint in app.view_functions if auth.access(app, endpoint).visitors}
    assert open_views == OPEN


@on_one_database
def test_a_visitor_is_sent_to_sign_in_and_a_form_is_refused(app: Flask, visitor: FlaskClient) -> None:
    closed = [call for call in _calls(app) if call[0] not in OPEN | WITH_KEY]
    assert closed
    for endpoint, method, address in closed:
        answer = visitor.open(address, method=method)
        if method in ("GET", "HEAD"):
            assert (answer.status_code, answer.headers["Location"]) == (303, f"/sign-in?next={address}"), endpoint
        else:
            assert answer.status_code == 401, endpoint


@on_one_database
def test_a_route_for_programs_asks_for_a_key_whatever_the_cookie_says(
    app: Flask, visitor: FlaskClient, signed_in: SignedIn, cast: Cast
) -> None:
    for client in (visitor, signed_in(cast.alice)):
        for endpoint, method, address in _calls(app):
            if endpoint in WITH_KEY:
                answer = client.open(address, method=method)
                assert answer.status_code == 401, endpoint
                assert answer.headers["WWW-Authenticate"].startswith("Bearer ")
                assert answer.mimetype == "application/problem+json"


@on_one_database
def test_the_address_asked_for_survives_signing_in_with_its_question(
    visitor: FlaskClient, cast: Cast, form_token: FormToken
) -> None:
    form = visitor.get("/?after=b%C3%A4r&x=1%262", follow_redirects=True)
    wanted = re.search('name="next" value="([^"]+)"', form.text)
    assert wanted
    filled = {"email": "alice@example.org", "password": PASSWORD, "next": html.unescape(wanted[1])}
    answer = visitor.post("/sign-in", data=filled | {"csrf_token": form_token(visitor)})
    path, _, query = answer.headers["Location"].partition("?")
    assert (path, parse_qs(query)) == ("/", {"after": ["bär"], "x": ["1&2"]})


@on_one_database
@pytest.mark.parametrize(
    "hostile",
    [
        "https://evil.example/",
        "//evil.example/",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\r\nSet-Cookie: session=stolen",
        "javascript:alert(1)",
        "evil.example",
        " /review",
        "/\u2028/evil.example",
        "/" + "a" * 3_000,
        "",
    ],
)
def test_signing_in_never_leads_to_another_site(
    visitor: FlaskClient, cast: Cast, form_token: FormToken, hostile: str
) -> None:
    form = {"email": "alice@example.org", "password": PASSWORD, "next": hostile, "csrf_token": form_token(visitor)}
    answer = visitor.post("/sign-in", data=form)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert "stolen" not in str(answer.headers)
    again = visitor.get("/sign-in", query_string={"next": hostile})
    assert (again.status_code, again.headers["Location"]) == (303, "/")


@on_one_database
def test_a_local_address_is_gone_to_after_signing_in(visitor: FlaskClient, cast: Cast, form_token: FormToken) -> None:
    form = {"email": "alice@example.org", "password": PASSWORD, "next": "/review/?lane=act_now"}
    answer = visitor.post("/sign-in", data=form | {"csrf_token": form_token(visitor)})
    assert answer.headers["Location"] == "/review/?lane=act_now"


@on_one_database
def test_a_view_for_some_roles_refuses_the_others(app: Flask, signed_in: SignedIn, cast: Cast) -> None:
    app.add_url_rule("/owners", "owners", auth.require(Role.OWNER, Role.LEAD)(lambda: "silver spoons"))
    assert signed_in(cast.alice).get("/owners").text == "silver spoons"
    assert signed_in(cast.leo).get("/owners").status_code == 200
    for member in (cast.mona, cast.victor, cast.olive):
        answer = signed_in(member).get("/owners")
        assert answer.status_code == 403
        assert "silver spoons" not in answer.text


@on_one_database
def test_a_view_without_a_mark_is_for_members_only(app: Flask, visitor: FlaskClient) -> None:
    app.add_url_rule("/forgotten", "forgotten", lambda: "private")
    assert visitor.get("/forgotten").status_code == 303


def test_a_member_who_left_is_a_visitor_at_once(database: Database, signed_in: SignedIn, cast: Cast) -> None:
    client = signed_in(cast.mona)
    assert client.get("/sign-in").status_code == 303
    with database.write() as session:
        membership.leave(session, accounts.member_named(session, "mona@example.org"))
    assert client.get("/sign-in").status_code == 200


def test_signing_out_ends_the_session_on_the_server(
    app: Flask, signed_in: SignedIn, cast: Cast, form_token: FormToken
) -> None:
    client = signed_in(cast.mona)
    stolen = client.get_cookie("session")
    assert stolen
    answer = client.post("/sign-out", data={"csrf_token": form_token(client)})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in")
    assert client.get_cookie("session") is None
    thief = app.test_client()
    thief.set_cookie("session", stolen.value)
    assert thief.get("/sign-in").status_code == 200


def test_a_session_in_use_lives_on_and_one_left_alone_ends(
    signed_in: SignedIn, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    used, left_alone, start = signed_in(cast.mona), signed_in(cast.leo), clock.now()
    for hours in (8, 16, 24):
        monkeypatch.setattr(clock, "now", lambda hours=hours: start + timedelta(hours=hours))
        assert used.get("/sign-in").status_code == 303
    assert left_alone.get("/sign-in").status_code == 200
    monkeypatch.setattr(clock, "now", lambda: start + timedelta(days=7, minutes=1))
    assert used.get("/sign-in").status_code == 200


def test_a_made_up_cookie_is_a_visitor(visitor: FlaskClient, cast: Cast) -> None:
    visitor.set_cookie("session", "' OR 1=1 --")
    assert visitor.get("/sign-in").status_code == 200


@on_one_database
def test_the_session_cookie_is_kept_from_scripts_and_other_sites(
    visitor: FlaskClient, cast: Cast, form_token: FormToken
) -> None:
    form = {"email": "alice@example.org", "password": PASSWORD, "csrf_token": form_token(visitor)}
    answer = visitor.post("/sign-in", data=form)
    (cookie,) = [value for value in answer.headers.getlist("Set-Cookie") if value.startswith("session=")]
    assert "; HttpOnly" in cookie
    assert "; SameSite=Lax" in cookie
    assert "; Path=/" in cookie
    assert "Domain" not in cookie


@on_one_database
def test_over_https_cookies_are_bound_to_this_host(runtime: Runtime, cast: Cast, form_token: FormToken) -> None:
    settings = replace(runtime.settings, public_url="https://moderator.test", secure_cookies=True)
    client = create_app(replace(runtime, settings=settings)).test_client()
    client.environ_base |= {"wsgi.url_scheme": "https", "HTTP_REFERER": "https://localhost/sign-in"}
    form = {"email": "alice@example.org", "password": PASSWORD, "csrf_token": form_token(client)}
    cookies = client.post("/sign-in", data=form).headers.getlist("Set-Cookie")
    assert {cookie.split("=")[0] for cookie in cookies} == {"__Host-session", "__Host-form"}
    for cookie in cookies:
        assert "; Secure" in cookie
        assert "; HttpOnly" in cookie
        assert "; Path=/" in cookie
        assert "Domain" not in cookie
