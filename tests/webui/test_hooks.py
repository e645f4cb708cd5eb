import hashlib
import hmac
import json
import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Connection, Engine, event, func, select
from sqlalchemy.exc import OperationalError
from standardwebhooks import Webhook
from werkzeug.test import TestResponse

from moderator import channels, clock
from moderator.runtime import Runtime
from moderator.sealing import Sealer
from moderator.settings import MAX_BODY_BYTES
from moderator.storage.database import Database
from moderator.storage.tables import Author, Channel, Comment, Job, Post, Revision
from tests.webui.conftest import Cast, ChannelOf, FormToken, on_one_database
from webui.app import create_app

APP_SECRET = "app-secret-of-the-page"
PAGE = "1000001"


@pytest.fixture
def channel_id(cast: Cast, channel_of: ChannelOf) -> str:
    return channel_of(cast.office_id)


@pytest.fixture
def page_id(runtime: Runtime, cast: Cast) -> str:
    """The channel of a Facebook Page."""
    secrets = {"page_access_token": "token", "app_secret": APP_SECRET}
    with runtime.database.write() as session:
        args = (session, runtime.sealer, cast.office_id, "facebook", "Our Page")
        return channels.create_channel(*args, config={"page_id": PAGE}, secrets=secrets).id


#: `secret(channel_id, "signing_secret")`
Secret = Callable[[str, str], str]


@pytest.fixture
def secret(runtime: Runtime) -> Secret:
    def read(channel_id: str, key: str) -> str:
        with runtime.database.read() as session:
            row = session.get(Channel, channel_id)
        assert row
        return channels.opened(runtime.sealer, row).secrets[key]

    return read


#: `send(client, channel_id, payload)`: a delivery signed as Standard Webhooks asks
Send = Callable[..., TestResponse]


@pytest.fixture
def send(secret: Secret) -> Send:
    def deliver(client: FlaskClient, channel_id: str, payload: Any, message_id: str = "msg_1") -> TestResponse:
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        now = datetime.now(UTC)
        headers = {
            "webhook-id": message_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(secret(channel_id, "signing_secret")).sign(message_id, now, body.decode()),
        }
        return client.post(f"/hooks/{channel_id}", data=body, headers=headers, content_type="application/json")

    return deliver


def _send_to_page(client: FlaskClient, channel_id: str, changes: list[dict[str, Any]]) -> TestResponse:
    entry = {"id": PAGE, "time": 1790000000, "changes": [{"field": "feed", "value": value} for value in changes]}
    body = json.dumps({"object": "page", "entry": [entry]}).encode()
    signature = hmac.new(APP_SECRET.encode(), body, hashlib.sha256).hexdigest()
    return client.post(f"/hooks/{channel_id}", data=body, headers={"X-Hub-Signature-256": f"sha256={signature}"})


def _added(number: int, text: str = "Well said") -> dict[str, Any]:
    return {
        "item": "comment",
        "verb": "add",
        "comment_id": f"2000002_{number}",
        "post_id": f"{PAGE}_2000002",
        "parent_id": f"{PAGE}_2000002",
        "from": {"id": str(4_000_000 + number % 90), "name": f"Sam {number}"},
        "message": f"{text} {number}",
        "created_time": 1789999999,
    }


def _counts(database: Database) -> dict[str, int]:
    with database.read() as session:
        return {
            table.__tablename__: session.scalar(select(func.count()).select_from(table)) or 0
            for table in (Comment, Revision, Author, Post, Job)
        }


_NOTHING = {"comments": 0, "revisions": 0, "authors": 0, "posts": 0, "jobs": 0}
_ONE = {"comments": 1, "revisions": 1, "authors": 1, "posts": 1, "jobs": 1}

COMMENT = {
    "external_id": "c_1",
    "text": "Thank you for coming to the market.",
    "author": {"external_id": "u_1", "name": "Sam Example"},
    "post": {"external_id": "p_1", "title": "Market day"},
}


def test_a_signed_comment_is_stored_before_it_is_answered(
    visitor: FlaskClient, runtime: Runtime, channel_id: str, send: Send
) -> None:
    rung = runtime.doorbell.listener()  # type: ignore[attr-defined]
    answer = send(visitor, channel_id, COMMENT)
    assert (answer.status_code, answer.get_json()) == (200, {"accepted": 1, "unchanged": 0, "skipped": []})
    assert _counts(runtime.database) == _ONE
    assert rung.is_set()


def test_the_bell_rings_after_the_commit(runtime: Runtime, cast: Cast, channel_id: str, send: Send) -> None:
    seen: list[dict[str, int]] = []

    class Bell:
        def ring(self) -> None:
            seen.append(_counts(runtime.database))

    client = create_app(replace(runtime, doorbell=Bell())).test_client()
    assert send(client, channel_id, COMMENT).status_code == 200
    assert seen == [_ONE]


def test_the_same_delivery_again_changes_nothing(
    visitor: FlaskClient, runtime: Runtime, channel_id: str, send: Send
) -> None:
    send(visitor, channel_id, COMMENT)
    answer = send(visitor, channel_id, COMMENT)
    assert (answer.status_code, answer.get_json()) == (200, {"accepted": 0, "unchanged": 1, "skipped": []})
    assert _counts(runtime.database) == _ONE


def test_the_same_delivery_fifty_times_at_once_makes_one_comment(
    runtime: Runtime, cast: Cast, channel_id: str, send: Send
) -> None:
    app = create_app(runtime)
    clients = [app.test_client() for _ in range(50)]
    start = threading.Barrier(len(clients))
    answers: list[tuple[int, int]] = []

    def deliver(client: FlaskClient) -> None:
        start.wait()
        answer = send(client, channel_id, [COMMENT, COMMENT | {"external_id": "c_0"}])
        answers.append((answer.status_code, answer.get_json()["accepted"]))

    threads = [threading.Thread(target=deliver, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [(200, 0)] * 49 + [(200, 2)]
    assert _counts(runtime.database) == {"comments": 2, "revisions": 2, "authors": 1, "posts": 1, "jobs": 2}


def test_a_batch_of_a_thousand_changes_is_taken_whole(visitor: FlaskClient, runtime: Runtime, page_id: str) -> None:
    changes = [_added(number) for number in range(1_000)]
    answer = _send_to_page(visitor, page_id, changes)
    assert answer.get_json() == {"accepted": 1_000, "unchanged": 0, "skipped": []}
    assert _counts(runtime.database)["comments"] == 1_000


def test_the_platforms_check_of_the_address_is_answered(visitor: FlaskClient, page_id: str, secret: Secret) -> None:
    query = {
        "hub.mode": "subscribe",
        "hub.challenge": "1158201444",
        "hub.verify_token": secret(page_id, "verify_token"),
    }
    answer = visitor.get(f"/hooks/{page_id}", query_string=query)
    assert (answer.status_code, answer.mimetype, answer.text) == (200, "text/plain", "1158201444")


@on_one_database
def test_a_check_with_another_token_is_refused(visitor: FlaskClient, page_id: str) -> None:
    query = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": "guess"}
    answer = visitor.get(f"/hooks/{page_id}", query_string=query)
    assert (answer.status_code, answer.mimetype) == (403, "application/problem+json")
    assert "1158201444" not in answer.text


@on_one_database
def test_a_challenge_is_never_read_as_a_page(visitor: FlaskClient, page_id: str, secret: Secret) -> None:
    token = secret(page_id, "verify_token")
    query = {"hub.mode": "subscribe", "hub.challenge": "<script>alert(1)</script>", "hub.verify_token": token}
    answer = visitor.get(f"/hooks/{page_id}", query_string=query)
    assert answer.mimetype == "text/plain"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_wrong_signature_is_refused_and_nothing_kept(
    visitor: FlaskClient,
    runtime: Runtime,
    channel_id: str,
    cast: Cast,
    channel_of: ChannelOf,
    secret: Secret,
) -> None:
    neighbour = channel_of(cast.other_office_id)
    signed_by_neighbour = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(time.time())),
        "webhook-signature": Webhook(secret(neighbour, "signing_secret")).sign("msg_1", datetime.now(UTC), "{}"),
    }
    for headers in (signed_by_neighbour, {}):
        answer = visitor.post(f"/hooks/{channel_id}", data=b"{}", headers=headers)
        assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")
        assert answer.get_json()["status"] == 401
    assert _counts(runtime.database) == _NOTHING


@pytest.mark.parametrize(
    "channel", ["0" * 26, "none", "%00", "'--", "..%2f..%2fetc", "0" * 27, "W" * 26, "\u00e4" * 26]
)
def test_an_unknown_channel_is_not_found(visitor: FlaskClient, cast: Cast, channel: str) -> None:
    for answer in (visitor.post(f"/hooks/{channel}", json=COMMENT), visitor.get(f"/hooks/{channel}")):
        assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


@on_one_database
def test_two_megabytes_are_refused(visitor: FlaskClient, runtime: Runtime, channel_id: str, send: Send) -> None:
    answer = send(visitor, channel_id, b'"' + b"x" * 2_000_000 + b'"')
    assert (answer.status_code, answer.mimetype) == (413, "application/problem+json")


@on_one_database
def test_a_body_just_within_the_limit_is_taken(visitor: FlaskClient, channel_id: str, send: Send) -> None:
    body = json.dumps(COMMENT | {"ignored": ""}).encode()
    padded = body.replace(b'"ignored": ""', b'"ignored": "' + b"x" * (MAX_BODY_BYTES - len(body)) + b'"')
    assert len(padded) == MAX_BODY_BYTES
    assert send(visitor, channel_id, padded).status_code == 200


@on_one_database
@pytest.mark.parametrize("body", [b"", b"{", b"nothing", b"[1,]", b'{"text": NaN}', b"[" * 100_000, b'"text"'])
def test_what_is_not_readable_is_a_bad_request(
    visitor: FlaskClient, runtime: Runtime, channel_id: str, send: Send, body: bytes
) -> None:
    rung = runtime.doorbell.listener()  # type: ignore[attr-defined]
    answer = send(visitor, channel_id, body)
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
    assert _counts(runtime.database) == _NOTHING
    assert not rung.is_set()


@on_one_database
@pytest.mark.parametrize(
    ("payload", "field"),
    [
        ({"text": "no id"}, "external_id"),
        ({"external_id": "c_1"}, "text"),
        ([COMMENT, COMMENT | {"author": {"name": "Sam"}}], "[1].author.external_id"),
        ([COMMENT, "text"], "[1]"),
        (COMMENT | {"created_at": "yesterday"}, "created_at"),
    ],
)
def test_a_wrong_field_is_named_and_the_whole_delivery_refused(
    visitor: FlaskClient, runtime: Runtime, channel_id: str, send: Send, payload: Any, field: str
) -> None:
    answer = send(visitor, channel_id, payload)
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    assert answer.get_json()["field"] == field
    assert _counts(runtime.database) == _NOTHING


@pytest.mark.parametrize(
    "text",
    [
        "lone \ud800 surrogate",
        "a \0 NUL",
        "long " * 20_000,
        "\u202eright to left\u202c",
        "\U0001f621\U0001f621\U0001f621",
        "",
        "<script>alert(1)</script>",
        "'; DROP TABLE comments; --",
    ],
    ids=["surrogate", "nul", "long", "bidi", "emoji", "empty", "script", "sql"],
)
def test_an_odd_text_is_stored_like_any_other(
    visitor: FlaskClient, runtime: Runtime, channel_id: str, send: Send, text: str
) -> None:
    odd = COMMENT | {"text": text, "author": {"external_id": "u_1", "name": "Sam \0\ud800"}}
    odd |= {"post": {"external_id": "p_1", "title": "T \ud800", "text": "\0"}}
    assert send(visitor, channel_id, odd).status_code == 200
    assert _counts(runtime.database) == _ONE


def test_odd_names_and_ids_from_a_platform_are_survived(visitor: FlaskClient, runtime: Runtime, page_id: str) -> None:
    odd = [
        _added(1) | {"from": {"id": "4\0", "name": "\ud800"}},
        _added(2) | {"comment_id": "2\0_3"},
        _added(3) | {"comment_id": {"deep": []}},
        _added(4) | {"message": None, "from": None, "post_id": "\ud800"},
        _added(5) | {"created_time": 10**30},
        _added(6) | {"verb": "unknown"},
        _added(7),
    ]
    answer = _send_to_page(visitor, page_id, odd)
    assert answer.status_code == 200
    assert answer.get_json()["accepted"] + len(answer.get_json()["skipped"]) >= 5
    assert _send_to_page(visitor, page_id, odd).get_json()["accepted"] == 0


@on_one_database
def test_no_form_token_is_needed_and_a_cookie_changes_nothing(
    visitor: FlaskClient, channel_id: str, send: Send, form_token: FormToken
) -> None:
    form_token(visitor)
    visitor.set_cookie("session", "anything")
    assert send(visitor, channel_id, COMMENT).status_code == 200


def test_neither_answers_nor_the_log_tell_secrets_or_texts(
    visitor: FlaskClient, channel_id: str, page_id: str, send: Send, secret: Secret, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        answers = [
            send(visitor, channel_id, COMMENT),
            send(visitor, channel_id, COMMENT | {"author": {"name": COMMENT["text"]}}),
            visitor.post(f"/hooks/{channel_id}", json=COMMENT),
            _send_to_page(visitor, page_id, [_added(1), {"item": "comment", "message": COMMENT["text"]}]),
            visitor.get(f"/hooks/{page_id}?hub.mode=subscribe&hub.verify_token=wrong"),
        ]
    told = caplog.text + "".join(answer.text for answer in answers)
    assert "1 left out" in caplog.text
    assert str(COMMENT["text"]) not in told
    for key in (secret(channel_id, "signing_secret"), secret(page_id, "verify_token"), APP_SECRET):
        assert key not in told


def test_a_channel_whose_secrets_cannot_be_opened_asks_the_sender_to_come_back(
    runtime: Runtime, cast: Cast, channel_id: str, send: Send
) -> None:
    client = create_app(replace(runtime, sealer=Sealer("another key of at least 32 characters"))).test_client()
    answer = send(client, channel_id, COMMENT)
    assert answer.status_code == 503
    assert "Retry-After" in answer.headers


@contextmanager
def _listening(name: str, listener: Callable[..., Any]) -> Iterator[None]:
    event.listen(Engine, name, listener)
    try:
        yield
    finally:
        event.remove(Engine, name, listener)


def test_a_failure_at_the_last_moment_stores_nothing_and_asks_the_sender_to_come_back(
    visitor: FlaskClient, runtime: Runtime, channel_id: str, send: Send
) -> None:
    rung = runtime.doorbell.listener()  # type: ignore[attr-defined]

    def fail(connection: Connection) -> None:
        raise OperationalError("COMMIT", {}, Exception("the server went away"))

    with _listening("commit", fail):
        answer = send(visitor, channel_id, COMMENT)
    assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")
    assert int(answer.headers["Retry-After"]) > 0
    assert not rung.is_set()
    assert _counts(runtime.database) == _NOTHING
    assert send(visitor, channel_id, COMMENT).get_json()["accepted"] == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_full_disk_stores_nothing_and_asks_the_sender_to_come_back(
    runtime: Runtime, cast: Cast, page_id: str
) -> None:
    def no_more_pages(connection: Any, record: Any) -> None:
        connection.execute(f"PRAGMA max_page_count = {connection.execute('PRAGMA page_count').fetchone()[0] + 20}")

    with _listening("connect", no_more_pages):
        database = Database(runtime.database.url)
        client = create_app(replace(runtime, database=database)).test_client()
        answer = _send_to_page(client, page_id, [_added(number, "word " * 50) for number in range(1_000)])
        database.dispose()
    assert answer.status_code == 503
    assert _counts(runtime.database) == _NOTHING


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_locked_database_asks_the_sender_to_come_back(
    runtime: Runtime, visitor: FlaskClient, channel_id: str, send: Send
) -> None:
    def do_not_wait(connection: Connection) -> None:
        connection.exec_driver_sql("PRAGMA busy_timeout = 0")

    path = runtime.database.url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path, isolation_level=None)) as holder, _listening("begin", do_not_wait):
        holder.execute("BEGIN IMMEDIATE")
        answer = send(visitor, channel_id, COMMENT)
    assert answer.status_code == 503
    assert _counts(runtime.database) == _NOTHING


def test_a_database_that_is_down_asks_the_sender_to_come_back(
    runtime: Runtime, caplog: pytest.LogCaptureFixture
) -> None:
    database = Database("postgresql+psycopg://postgres:hush-hush@127.0.0.1:1/nowhere")
    client = create_app(replace(runtime, database=database)).test_client()
    answer = client.post(f"/hooks/{clock.new_id()}", json=COMMENT)
    assert answer.status_code == 503
    assert "Retry-After" in answer.headers
    assert "hush-hush" not in caplog.text + answer.text
