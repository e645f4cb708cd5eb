import logging
import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from moderator import accounts, clock
from moderator.storage.database import Database
from moderator.storage.tables import AuditEntry
from tests.webui.conftest import PASSWORD, Cast, FormToken, SignedIn, on_one_database
from webui import signin
from webui.signin import Attempts


def _try(client: FlaskClient, token: str, email: str = "alice@example.org", password: str = "not her password") -> int:
    return client.post("/sign-in", data={"email": email, "password": password, "csrf_token": token}).status_code


@pytest.fixture
def link(database: Database, cast: Cast) -> str:
    with database.write() as session:
        return f"/sign-in/{accounts.make_link(session, cast.mona.id)}"


def test_the_right_password_signs_in(visitor: FlaskClient, cast: Cast, form_token: FormToken) -> None:
    assert _try(visitor, form_token(visitor), " Alice@Example.ORG ", PASSWORD) == 303
    assert visitor.get("/sign-in").status_code == 303


def test_checking_a_password_keeps_no_writer_waiting(
    visitor: FlaskClient, database: Database, cast: Cast, form_token: FormToken, monkeypatch: pytest.MonkeyPatch
) -> None:
    def verify_while_somebody_writes(stored: str, password: str) -> bool:
        with database.write() as session:
            accounts.make_link(session, cast.mona.id)
        return True

    monkeypatch.setattr(accounts, "_verify", verify_while_somebody_writes)
    assert _try(visitor, form_token(visitor)) == 303


def test_a_password_that_is_changed_while_the_old_one_is_checked_signs_nobody_in(
    visitor: FlaskClient, database: Database, cast: Cast, form_token: FormToken, monkeypatch: pytest.MonkeyPatch
) -> None:
    def verify_while_it_is_changed(stored: str, password: str) -> bool:
        with database.write() as session:
            accounts.set_password(session, accounts.member_named(session, "alice@example.org"), "quite another one")
        return True

    monkeypatch.setattr(accounts, "_verify", verify_while_it_is_changed)
    assert _try(visitor, form_token(visitor), password=PASSWORD) == 401


def test_every_attempt_on_a_member_is_in_the_offices_log(
    visitor: FlaskClient, database: Database, cast: Cast, form_token: FormToken
) -> None:
    token = form_token(visitor)
    assert [_try(visitor, token), _try(visitor, token, "nobody@example.org")] == [401, 401]
    assert _try(visitor, token, password=PASSWORD) == 303
    with database.read() as session:
        entries = session.execute(
            select(AuditEntry.chain, AuditEntry.event, AuditEntry.subject)
            .where(AuditEntry.event.like("member.sign%"))
            .order_by(AuditEntry.sequence)
        ).all()
    who = (cast.office_id, f"member:{cast.alice.id}")
    assert [(entry.chain, entry.subject) for entry in entries] == [who, who]
    assert [entry.event for entry in entries] == ["member.sign_in_failed", "member.signed_in"]


def test_a_wrong_password_and_an_unknown_email_get_the_same_answer(
    visitor: FlaskClient, cast: Cast, form_token: FormToken
) -> None:
    token = form_token(visitor)
    answers = []
    for email in ("alice@example.org", "nobody@example.org", "mona@example.org"):
        answer = visitor.post("/sign-in", data={"email": email, "password": "wrong", "csrf_token": token})
        page = re.sub('name="csrf_token" value="[^"]+"', "", answer.text.replace(email, "…"))
        answers.append((answer.status_code, page))
    assert answers[0][0] == 401
    assert answers[0] == answers[1] == answers[2]
    assert visitor.get_cookie("session") is None


@on_one_database
def test_what_was_typed_comes_back_as_text_and_the_password_never(
    visitor: FlaskClient, cast: Cast, form_token: FormToken
) -> None:
    form = {"email": '"><script>alert(1)</script>', "password": "hunter twenty-two", "csrf_token": form_token(visitor)}
    page = visitor.post("/sign-in", data=form).text
    assert "&#34;&gt;&lt;script&gt;" in page
    assert "<script>alert" not in page
    assert "hunter twenty-two" not in page


@pytest.mark.parametrize("email", ["alice\x1b@example.org", "", "a" * 100_000, "\u202ealice"])
def test_an_email_that_cannot_be_one_is_just_wrong(
    visitor: FlaskClient, cast: Cast, form_token: FormToken, email: str
) -> None:
    assert _try(visitor, form_token(visitor), email + "?") == 401


@on_one_database
def test_a_form_without_its_fields_is_just_wrong(visitor: FlaskClient, cast: Cast, form_token: FormToken) -> None:
    assert visitor.post("/sign-in", data={"csrf_token": form_token(visitor)}).status_code == 401


@on_one_database
def test_the_form_token_changes_when_somebody_signs_in(visitor: FlaskClient, cast: Cast, form_token: FormToken) -> None:
    before = form_token(visitor)
    _try(visitor, before, password=PASSWORD)
    assert visitor.post("/sign-out", data={"csrf_token": before}).status_code == 400
    assert visitor.post("/sign-out", data={"csrf_token": form_token(visitor)}).status_code == 303


def test_signing_in_again_closes_the_session_before(
    app: Flask, signed_in: SignedIn, cast: Cast, form_token: FormToken
) -> None:
    client = signed_in(cast.mona)
    before = client.get_cookie("session")
    assert before
    assert _try(client, form_token(client), password=PASSWORD) == 303
    other = app.test_client()
    other.set_cookie("session", before.value)
    assert other.get("/sign-in").status_code == 200


def test_after_too_many_failures_even_the_right_password_waits_and_a_link_still_works(
    app: Flask, cast: Cast, form_token: FormToken, link: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signin, "PER_EMAIL", 3)
    client, start = app.test_client(), clock.now()
    token = form_token(client)
    assert [_try(client, token) for _ in range(3)] == [401, 401, 401]
    answer = client.post("/sign-in", data={"email": "ALICE@example.org", "password": PASSWORD, "csrf_token": token})
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= signin.WINDOW.total_seconds() + 1
    assert "Too many attempts" in answer.text
    with database.write() as session:
        link = f"/sign-in/{accounts.make_link(session, cast.alice.id)}"
    assert client.post(link, data={"csrf_token": token}).status_code == 303
    monkeypatch.setattr(clock, "now", lambda: start + signin.WINDOW + timedelta(seconds=5))
    other = app.test_client()
    assert _try(other, form_token(other), password=PASSWORD) == 303


@on_one_database
def test_one_address_cannot_go_through_many_emails(
    visitor: FlaskClient, cast: Cast, form_token: FormToken, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signin, "PER_ADDRESS", 4)
    token = form_token(visitor)
    assert [_try(visitor, token, f"guess{n}@example.org") for n in range(5)] == [401] * 4 + [429]


@on_one_database
def test_good_attempts_are_not_counted(
    app: Flask, cast: Cast, form_token: FormToken, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signin, "PER_EMAIL", 2)
    monkeypatch.setattr(signin, "PER_ADDRESS", 2)

    def attempt(password: str) -> int:
        client = app.test_client()
        return _try(client, form_token(client), password=password)

    assert [attempt(PASSWORD) for _ in range(3)] == [303] * 3
    assert [attempt("wrong"), attempt(PASSWORD), attempt("wrong"), attempt(PASSWORD)] == [401, 303, 401, 429]


def test_a_flood_of_keys_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signin, "_MOST_KEYS", 5)
    attempts = Attempts()
    for number in range(50):
        assert attempts.take(number, 1) == 0
    assert attempts.take(49, 1) > 0
    assert attempts.take(0, 1) == 0


def test_a_link_shows_whose_it_is_and_is_used_up_by_the_button_alone(
    app: Flask, visitor: FlaskClient, link: str, form_token: FormToken
) -> None:
    for _ in range(3):
        page = app.test_client().get(link)
        assert page.status_code == 200
        assert "Sign in as Mona" in page.text
        assert page.headers["Cache-Control"] == "no-store"
    answer = visitor.post(link, data={"csrf_token": form_token(visitor)})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert visitor.get("/sign-in").status_code == 303


def test_a_link_works_once(app: Flask, link: str, form_token: FormToken) -> None:
    first, second = app.test_client(), app.test_client()
    assert first.post(link, data={"csrf_token": form_token(first)}).status_code == 303
    answer = second.post(link, data={"csrf_token": form_token(second)})
    assert answer.status_code == 404
    assert "This link was used already" in answer.text
    assert second.get(link).status_code == 404
    assert second.get_cookie("session") is None


def test_the_log_never_holds_a_link_or_a_password(
    app: Flask, visitor: FlaskClient, link: str, form_token: FormToken, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        _try(visitor, form_token(visitor), password="hunter twenty-two")
        visitor.get(link)
        visitor.post(link)
        app.extensions["moderator"] = None
        assert visitor.get(link).status_code == 500
    assert "signin.link failed" in caplog.text
    assert link.removeprefix("/sign-in/") not in caplog.text
    assert "hunter" not in caplog.text


def test_a_link_grows_old(visitor: FlaskClient, link: str, monkeypatch: pytest.MonkeyPatch) -> None:
    later = clock.now() + timedelta(minutes=31)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert visitor.get(link).status_code == 404


def test_signing_out_needs_no_session(visitor: FlaskClient, cast: Cast, form_token: FormToken) -> None:
    assert visitor.post("/sign-out", data={"csrf_token": form_token(visitor)}).status_code == 303
