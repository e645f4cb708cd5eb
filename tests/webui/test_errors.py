import logging
import re

import pytest
from flask import Flask, abort
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from moderator.connectors.base import FieldInvalid, HandshakeFailed, PayloadMalformed, SignatureInvalid
from moderator.errors import Conflict, Invalid, NotAllowed, NotFound
from moderator.runtime import Runtime
from moderator.sealing import SealBroken
from moderator.settings import MAX_BODY_BYTES
from tests.webui.conftest import Cast, SignedIn, on_one_database
from webui.auth import open_to_all
from webui.current import runtime as current_runtime

pytestmark = on_one_database

SECRET = "whsec_topsecret"
COMMENT = "you fool"

FORESEEN = [
    (NotFound("no such case"), 404),
    (NotAllowed("volunteers may only keep"), 403),
    (Conflict("Mona hid this a minute ago"), 409),
    (Invalid("note", "the note is too long"), 422),
    (FieldInvalid("[3].author.name", "must be a string"), 422),
    (PayloadMalformed("the body is not JSON"), 400),
    (SignatureInvalid("no signature fits"), 401),
    (HandshakeFailed("another token was expected"), 403),
]


def _raises(app: Flask, error: Exception) -> None:
    """`/breaks` and `/api/breaks` answer with the error."""

    @open_to_all
    def breaks() -> str:
        raise error

    app.add_url_rule("/breaks", "breaks", breaks)
    app.add_url_rule("/api/breaks", "api_breaks", breaks)


@pytest.mark.parametrize(("error", "status"), FORESEEN, ids=lambda value: str(value)[:20])
def test_a_program_is_told_what_is_wrong_as_problem_json(
    app: Flask, visitor: FlaskClient, error: Exception, status: int
) -> None:
    _raises(app, error)
    answer = visitor.get("/api/breaks")
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    body = answer.get_json()
    assert (body["type"], body["status"], body["detail"]) == ("about:blank", status, str(error))
    assert body["title"]
    assert body.get("field") == getattr(error, "field", None)


@pytest.mark.parametrize(("error", "status"), FORESEEN, ids=lambda value: str(value)[:20])
def test_a_person_is_told_on_a_page(app: Flask, visitor: FlaskClient, error: Exception, status: int) -> None:
    _raises(app, error)
    answer = visitor.get("/breaks")
    assert (answer.status_code, answer.mimetype) == (status, "text/html")
    assert str(error) in answer.text


def test_a_message_cannot_write_into_the_page(app: Flask, visitor: FlaskClient) -> None:
    _raises(app, NotFound("<script>alert(1)</script>"))
    assert "&lt;script&gt;" in visitor.get("/breaks").text
    assert "<script>alert" not in visitor.get("/breaks").text


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 413, 415, 418, 422, 429, 501, 503])
def test_every_status_has_a_page_that_says_what_is_safe(app: Flask, visitor: FlaskClient, status: int) -> None:
    app.add_url_rule("/breaks", "breaks", open_to_all(lambda: abort(status)))
    answer = visitor.get("/breaks")
    assert answer.status_code == status
    assert re.search("<h1>.+</h1>\\s*<p>.+</p>", answer.text)


def test_a_page_about_an_error_still_shows_who_is_signed_in(signed_in: SignedIn, cast: Cast) -> None:
    answer = signed_in(cast.mona).get("/nothing/here")
    assert answer.status_code == 404
    assert "Sign out" in answer.text


def test_a_method_that_is_not_there_names_those_that_are(visitor: FlaskClient) -> None:
    answer = visitor.delete("/api/v1/comments")
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "POST"
    assert answer.mimetype == "application/problem+json"


def test_a_body_that_is_too_large_is_refused_in_the_callers_terms(visitor: FlaskClient) -> None:
    body = b"x" * (MAX_BODY_BYTES + 1)
    page = visitor.post("/sign-in", data=body, content_type="application/x-www-form-urlencoded")
    assert (page.status_code, page.mimetype) == (413, "text/html")
    problem = visitor.post("/hooks/00000000000000000000000000", data=body)
    assert (problem.status_code, problem.mimetype) == (413, "application/problem+json")


@pytest.mark.parametrize("path", ["/breaks", "/api/breaks"])
def test_the_unforeseen_shows_a_reference_and_nothing_of_the_inside(
    app: Flask, visitor: FlaskClient, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    error = RuntimeError(f"{COMMENT} {SECRET}")
    error.__cause__ = KeyError(SECRET)
    _raises(app, error)
    with caplog.at_level(logging.DEBUG):
        answer = visitor.get(path)
    assert answer.status_code == 500
    for inside in (SECRET, COMMENT, "RuntimeError", "Traceback", "test_errors"):
        assert inside not in answer.text
    reference = re.search(r"\b[0-9a-f]{8}\b", answer.text)
    assert reference
    assert reference[0] in caplog.text
    assert "RuntimeError" in caplog.text
    assert "KeyError" in caplog.text
    assert "in breaks" in caplog.text
    assert SECRET not in caplog.text
    assert COMMENT not in caplog.text


def test_a_failing_statement_keeps_its_values_out_of_the_log(
    app: Flask, visitor: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    @open_to_all
    def breaks() -> str:
        with current_runtime().database.write() as session:
            session.execute(text("INSERT INTO nowhere VALUES (:value)"), {"value": SECRET})
        return ""

    app.add_url_rule("/breaks", "breaks", breaks)
    with caplog.at_level(logging.DEBUG):
        assert visitor.get("/breaks").status_code >= 500
    assert SECRET not in caplog.text


@pytest.mark.parametrize(
    "error", [OperationalError("SELECT 1", {}, Exception("disk full")), SealBroken("another key")], ids=["disk", "seal"]
)
def test_what_cannot_be_done_now_says_when_to_come_back(app: Flask, visitor: FlaskClient, error: Exception) -> None:
    _raises(app, error)
    for path in ("/breaks", "/api/breaks"):
        answer = visitor.get(path)
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert str(error) not in answer.text


def test_a_page_can_be_shown_when_the_database_is_gone(
    runtime: Runtime, visitor: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor.set_cookie("session", "some token")
    monkeypatch.setattr(type(runtime.database), "read", lambda self: _gone())
    answer = visitor.get("/sign-in")
    assert answer.status_code == 503
    assert "Nothing was stored by halves" in answer.text
    assert visitor.get("/livez").status_code == 200


def _gone() -> None:
    raise OperationalError("SELECT 1", {}, Exception("no server"))
