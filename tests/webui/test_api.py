import dataclasses
import json
import types
import typing
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from guidelines.load import load_preset
from moderator import accounts, channels, clock, publishing
from moderator.jobs import handlers
from moderator.jobs.runner import Runner
from moderator.queries.comment_state import CommentState
from moderator.review import words
from moderator.runtime import Runtime
from moderator.storage.database import Database
from tests.webui.conftest import Cast, ChannelOf, SignedIn, on_one_database
from webui.api.openapi import DOCUMENT
from webui.auth import access

COMMENT = {"external_id": "c_1", "text": "Thank you for coming.", "author": {"external_id": "u_1", "name": "Sam"}}

#: `key(office_id, "comments:read")`: a new key with these scopes
Key = Callable[..., str]


@pytest.fixture
def key(database: Database) -> Key:
    def create(office_id: str, *scopes: str) -> str:
        with database.write() as session:
            return accounts.create_key(session, office_id, "A tool", scopes or accounts.SCOPES)

    return create


@pytest.fixture
def channel_id(cast: Cast, channel_of: ChannelOf) -> str:
    return channel_of(cast.office_id)


def _post(client: FlaskClient, key: str, payload: Any) -> TestResponse:
    return client.post("/api/v1/comments", json=payload, headers={"Authorization": f"Bearer {key}"})


def _get(client: FlaskClient, key: str, comment_id: str) -> TestResponse:
    return client.get(f"/api/v1/comments/{comment_id}", headers={"Authorization": f"Bearer {key}"})


def test_a_batch_is_stored_and_its_ids_come_back_in_order(
    visitor: FlaskClient, cast: Cast, channel_id: str, key: Key
) -> None:
    token = key(cast.office_id)
    comments = [COMMENT | {"external_id": f"c_{number}"} for number in range(3)]
    answer = _post(visitor, token, {"channel": channel_id, "comments": comments})
    assert answer.status_code == 200
    body = answer.get_json()
    assert (body["accepted"], body["unchanged"], len(body["ids"])) == (3, 0, 3)
    again = _post(visitor, token, {"channel": channel_id, "comments": comments}).get_json()
    assert again == {"accepted": 0, "unchanged": 3, "ids": body["ids"]}
    assert [_get(visitor, token, each).get_json()["external_id"] for each in body["ids"]] == ["c_0", "c_1", "c_2"]


def test_one_comment_may_stand_beside_its_channel(
    visitor: FlaskClient, runtime: Runtime, cast: Cast, channel_id: str, key: Key
) -> None:
    rung = runtime.doorbell.listener()  # type: ignore[attr-defined]
    answer = _post(visitor, key(cast.office_id), COMMENT | {"channel": channel_id, "source": "a tool", "raw": {}})
    assert answer.get_json()["accepted"] == 1
    assert rung.is_set()


@on_one_database
@pytest.mark.parametrize(
    ("payload", "status", "field"),
    [
        ({"comments": []}, 422, "channel"),
        ({"channel": 7, "comments": []}, 422, "channel"),
        ({"channel": "CHANNEL", "comments": {}}, 422, "comments"),
        ({"channel": "CHANNEL", "comments": "text"}, 422, "comments"),
        ({"channel": "CHANNEL", "comments": [COMMENT, {"external_id": "c_2"}]}, 422, "comments[1].text"),
        ({"channel": "CHANNEL", "comments": [COMMENT, 7]}, 422, "comments[1]"),
        ({"channel": "CHANNEL", "comments": [COMMENT] * 1_001}, 422, "comments[1000]"),
        ({"channel": "CHANNEL"}, 422, "text"),
        ([COMMENT], 422, "body"),
        ({"channel": "nowhere", "comments": [COMMENT]}, 404, None),
        ({"channel": "kanal\u00e4", "comments": [COMMENT]}, 404, None),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_stored(
    visitor: FlaskClient, cast: Cast, channel_id: str, key: Key, payload: Any, status: int, field: str | None
) -> None:
    token = key(cast.office_id)
    answer = _post(visitor, token, json.loads(json.dumps(payload).replace("CHANNEL", channel_id)))
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert answer.get_json().get("field") == field
    assert _post(visitor, token, COMMENT | {"channel": channel_id}).get_json()["accepted"] == 1


@on_one_database
def test_a_body_that_is_not_json_is_a_bad_request(visitor: FlaskClient, cast: Cast, key: Key) -> None:
    headers = {"Authorization": f"Bearer {key(cast.office_id)}"}
    for body in (b"", b"{", b"\xff\xfe"):
        answer = visitor.post("/api/v1/comments", data=body, headers=headers)
        assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")


@on_one_database
@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Bearer mod_wrong", "Basic bW9kOnB3", "Bearer \u00e4", "KEY", "Token KEY"]
)
def test_without_a_valid_key_nothing_is_answered(
    visitor: FlaskClient, cast: Cast, channel_id: str, key: Key, header: str
) -> None:
    given = header.replace("KEY", key(cast.office_id))
    answer = visitor.post("/api/v1/comments", json=COMMENT, headers={"Authorization": given.encode().decode("latin-1")})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_revoked_key_is_no_key(visitor: FlaskClient, database: Database, cast: Cast, key: Key) -> None:
    token = key(cast.office_id)
    with database.write() as session:
        holder = accounts.key_holder(session, token)
        assert holder
        accounts.revoke_key(session, holder.id)
    assert _get(visitor, token, clock.new_id()).status_code == 401


def test_a_key_reaches_no_further_than_its_scope(visitor: FlaskClient, cast: Cast, channel_id: str, key: Key) -> None:
    reader, writer = key(cast.office_id, "comments:read"), key(cast.office_id, "comments:write")
    payload = COMMENT | {"channel": channel_id}
    assert _post(visitor, reader, payload).status_code == 403
    comment_id = _post(visitor, writer, payload).get_json()["ids"][0]
    assert _get(visitor, writer, comment_id).status_code == 403
    assert _get(visitor, reader, comment_id).status_code == 200


def test_another_offices_channel_and_comments_do_not_exist(
    visitor: FlaskClient, cast: Cast, channel_id: str, key: Key
) -> None:
    ours, theirs = key(cast.office_id), key(cast.other_office_id)
    payload = COMMENT | {"channel": channel_id}
    comment_id = _post(visitor, ours, payload).get_json()["ids"][0]
    refused = _post(visitor, theirs, payload)
    assert refused.status_code == 404
    hidden, missing = _get(visitor, theirs, comment_id), _get(visitor, theirs, clock.new_id())
    assert hidden.status_code == missing.status_code == 404
    assert hidden.get_json() == missing.get_json()


def test_a_signed_in_browser_cannot_call_the_api(signed_in: SignedIn, cast: Cast, channel_id: str) -> None:
    client = signed_in(cast.alice)
    assert client.post("/api/v1/comments", json=COMMENT | {"channel": channel_id}).status_code == 401


@on_one_database
@pytest.mark.parametrize("comment_id", ["x", "%00", "0" * 25, "W" * 26])
def test_an_id_that_cannot_be_one_is_not_found(visitor: FlaskClient, cast: Cast, key: Key, comment_id: str) -> None:
    assert _get(visitor, key(cast.office_id), comment_id).status_code == 404


def test_a_new_comment_has_no_decision_yet(visitor: FlaskClient, cast: Cast, channel_id: str, key: Key) -> None:
    token = key(cast.office_id)
    comment_id = _post(visitor, token, COMMENT | {"channel": channel_id}).get_json()["ids"][0]
    state = _get(visitor, token, comment_id).get_json()
    assert (state["id"], state["channel"], state["external_id"]) == (comment_id, channel_id, "c_1")
    assert (state["revision"], state["visibility"]) == (1, "visible")
    assert (state["decision"], state["case"], state["actions"]) == (None, None, [])
    assert state["received_at"].endswith("Z")


def test_a_decided_comment_shows_rule_version_action_and_case(
    visitor: FlaskClient, runtime: Runtime, cast: Cast, channel_id: str, key: Key
) -> None:
    with runtime.database.write() as session:
        version = publishing.publish(session, cast.office_id, load_preset("open-forum"))
        words.set_terms(session, cast.alice, banned=["gribblewort"], suspect=["snark"])
    token = key(cast.office_id)
    comments = [
        COMMENT | {"external_id": "c_1", "text": "You gribblewort"},
        COMMENT | {"external_id": "c_2", "text": "Such snark"},
    ]
    hidden, doubtful = _post(visitor, token, {"channel": channel_id, "comments": comments}).get_json()["ids"]
    Runner(runtime, handlers.PIPELINE).drain()

    state = _get(visitor, token, hidden).get_json()
    assert (state["decision"]["maker"], state["decision"]["verbs"]) == ("rule", ["hide"])
    assert state["decision"]["guidelines"] == {"number": 1, "sha256": version.sha256}
    assert [rule["id"] for rule in state["decision"]["rules"]] == ["2g"]
    assert state["decision"]["rules"][0]["title"] == publishing.read(version).rule("2g").title
    (action,) = state["actions"]
    assert (action["verb"], action["decision_id"]) == ("hide", state["decision"]["id"])

    state = _get(visitor, token, doubtful).get_json()
    assert state["decision"] is None
    assert state["case"]["lane"] == "review"
    assert state["actions"] == []


def test_the_platforms_answers_are_shown_with_each_action(
    visitor: FlaskClient, runtime: Runtime, cast: Cast, key: Key, database: Database
) -> None:
    with database.write() as session:
        config = {"target_url": "https://tool.invalid/actions"}
        channel_id = channels.create_channel(
            session, runtime.sealer, cast.office_id, "webhook", "A tool", config=config
        ).id
        publishing.publish(session, cast.office_id, load_preset("open-forum"))
        words.set_terms(session, cast.alice, banned=["gribblewort"], suspect=[])
    token = key(cast.office_id)
    payload = COMMENT | {"text": "You gribblewort", "channel": channel_id}
    comment_id = _post(visitor, token, payload).get_json()["ids"][0]
    Runner(runtime, handlers.ALL).drain()
    (action,) = _get(visitor, token, comment_id).get_json()["actions"]
    (receipt,) = action["receipts"]
    assert (receipt["attempt"], receipt["outcome"], receipt["status_code"]) == (1, "retry", None)


def test_the_description_names_every_route_and_its_scope(app: Flask, visitor: FlaskClient) -> None:
    document = visitor.get("/api/v1/openapi.json").get_json()
    assert document == json.loads(json.dumps(DOCUMENT))
    described = {
        (path, method.upper(), tuple(scope for entry in call["security"] for scope in entry.get("key", ())))
        for path, calls in document["paths"].items()
        for method, call in calls.items()
    }
    routed = set()
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/api/"):
            path = rule.rule.replace("<id:", "{").replace(">", "}")
            scope = access(app, rule.endpoint).scope
            scopes = (scope,) if scope else ()
            routed |= {(path, method, scopes) for method in (rule.methods or set()) - {"HEAD"}}
    assert described == routed


def test_every_reference_in_the_description_leads_somewhere() -> None:
    references = set(_references(DOCUMENT))
    assert references == {f"#/components/schemas/{name}" for name in DOCUMENT["components"]["schemas"]}


def _references(node: Any) -> typing.Iterator[str]:
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"]
        for child in node.values():
            yield from _references(child)
    elif isinstance(node, list):
        for child in node:
            yield from _references(child)


def test_the_description_of_a_comments_state_is_what_is_answered() -> None:
    _same(CommentState, DOCUMENT["components"]["schemas"]["CommentState"])


def _same(kind: Any, schema: dict[str, Any]) -> None:
    """The schema says of a dataclass, or of what stands in one of its fields, exactly what its types say."""
    if "$ref" in schema:
        schema = DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is types.UnionType:
        (inner,) = [argument for argument in arguments if argument is not type(None)]
        assert schema["oneOf"][1] == {"type": "null"}
        _same(inner, schema["oneOf"][0])
    elif origin is tuple:
        assert schema["type"] == "array"
        _same(arguments[0], schema["items"])
    elif dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        assert schema["required"] == list(schema["properties"]) == [field.name for field in dataclasses.fields(kind)]
        for name, hint in hints.items():
            _same(hint, schema["properties"][name])
    else:
        expected = {str: "string", int: "integer", datetime: "string"}[kind]
        assert schema["type"] == expected
        assert (schema.get("format") == "date-time") is (kind is datetime)
