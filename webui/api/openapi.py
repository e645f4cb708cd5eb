"""What the API promises, as OpenAPI 3.1 for tools to read. Written by hand; tests hold it to routes and answers."""

from typing import Any

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from moderator.connectors.base import EventKind
from moderator.connectors.reading import MOST_COUNTED
from moderator.connectors.webhook.parse import MOST_COMMENTS
from moderator.domain.actions import ActionState
from moderator.domain.cases import Lane
from moderator.domain.decisions import Maker, Reason
from moderator.domain.vocabulary import Verb, Visibility
from webui.auth import open_to_all

Schema = dict[str, Any]


def add_to(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/openapi.json", view_func=document, methods=["GET"])


@open_to_all
def document() -> ResponseReturnValue:
    return jsonify(DOCUMENT)


def _object(properties: Schema, *, optional: tuple[str, ...] = (), description: str = "") -> Schema:
    required = [name for name in properties if name not in optional]
    described = {"description": description} if description else {}
    return {"type": "object", "properties": properties, "required": required} | described


def _of(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _list_of(item: Schema) -> Schema:
    return {"type": "array", "items": item}


def _or_null(schema: Schema) -> Schema:
    return {"oneOf": [schema, {"type": "null"}]}


def _one_of(words: Any) -> Schema:
    return {"type": "string", "enum": [str(word) for word in words]}


def _json(schema: Schema) -> Schema:
    return {"application/json": {"schema": schema}}


def _answer(description: str, schema: Schema) -> Schema:
    return {"description": description, "content": _json(schema)}


def _problem(description: str) -> Schema:
    return {"description": description, "content": {"application/problem+json": {"schema": _of("Problem")}}}


_TEXT: Schema = {"type": "string"}
_NUMBER: Schema = {"type": "integer"}
_TIME: Schema = {"type": "string", "format": "date-time"}
_ID: Schema = {"type": "string", "pattern": "^[0-9a-v]{26}$"}
_PLATFORM_ID: Schema = {"type": "string", "minLength": 1, "maxLength": 512}
_ADDRESS: Schema = {"type": "string", "format": "uri", "maxLength": 2000}

_REFUSALS: Schema = {
    "401": _problem("No valid key"),
    "403": _problem("The key does not have the scope"),
    "404": _problem("Your office has nothing with this id"),
    "503": _problem("The database cannot be used just now; `Retry-After` says when to try again"),
}

_COUNT: Schema = {"type": "integer", "minimum": 0, "maximum": MOST_COUNTED}

_ACCOUNT = _object(
    {
        "created_at": _TIME,
        "followers": _COUNT,
        "following": _COUNT,
        "posts": _COUNT,
        "default_picture": {"type": "boolean", "description": "It has no picture of its own"},
    },
    optional=("created_at", "followers", "following", "posts", "default_picture"),
    description="What the platform tells about the account. Counts are kept to two significant digits.",
)

_COMMENT = _object(
    {
        "external_id": _PLATFORM_ID | {"description": "What the platform calls the comment"},
        "text": {"type": "string", "description": "Required for `added` and `edited`; taken exactly as it comes"},
        "event": _one_of(EventKind) | {"default": "added"},
        "author": _object(
            {"external_id": _PLATFORM_ID, "name": _TEXT, "handle": _TEXT, "account": _ACCOUNT},
            optional=("name", "handle", "account"),
        ),
        "post": _object(
            {
                "external_id": _PLATFORM_ID,
                "title": _TEXT,
                "text": _TEXT,
                "permalink": _ADDRESS,
                "created_at": _TIME,
            },
            optional=("title", "text", "permalink", "created_at"),
        ),
        "post_external_id": _PLATFORM_ID | {"description": "Instead of `post`, where only its id is known"},
        "parent_external_id": _PLATFORM_ID | {"description": "The comment that this one answers"},
        "permalink": _ADDRESS,
        "language": {"type": "string", "examples": ["de", "pt-BR"]},
        "created_at": _TIME,
    },
    optional=(
        "text",
        "event",
        "author",
        "post",
        "post_external_id",
        "parent_external_id",
        "permalink",
        "language",
        "created_at",
    ),
    description="One comment, as the webhook connector takes it. Null counts as absent; other keys are not read.",
)

_BATCH = _object(
    {"channel": _ID, "comments": {"type": "array", "maxItems": MOST_COMMENTS, "items": _of("Comment")}},
    description="Comments of one channel. All are taken, or none.",
)

_ONE = {"allOf": [_of("Comment"), _object({"channel": _ID})], "description": "One comment beside its channel."}

_STORED = _object(
    {
        "accepted": _NUMBER | {"description": "How many changed something"},
        "unchanged": _NUMBER | {"description": "How many were known already"},
        "ids": _list_of(_ID) | {"description": "Of every comment with a text, in the order given, each once"},
    }
)

_DECISION = _object(
    {
        "id": _ID,
        "maker": _one_of(Maker),
        "reason": _one_of(Reason),
        "verbs": _list_of(_one_of(Verb)),
        "rules": _list_of(_object({"id": _TEXT, "title": _TEXT})),
        "guidelines": _or_null(_object({"number": _NUMBER, "sha256": _TEXT})),
        "made_at": _TIME,
    },
    description="The decision in force, citing rules of the guidelines' version.",
)

_CASE = _object(
    {"id": _ID, "lane": _one_of(Lane), "priority": _NUMBER, "due_at": _TIME, "why": _TEXT},
    description="What waits for a person.",
)

_RECEIPT = _object(
    {
        "attempt": _NUMBER,
        "outcome": _TEXT,
        "status_code": _or_null(_NUMBER),
        "detail": _TEXT,
        "at": _TIME,
    },
    description="What the platform answered to one attempt.",
)

_ACTION = _object(
    {
        "id": _ID,
        "decision_id": _ID,
        "verb": _one_of(Verb),
        "state": _one_of(ActionState),
        "created_at": _TIME,
        "done_at": _or_null(_TIME),
        "receipts": _list_of(_of("Receipt")),
    }
)

_STATE = _object(
    {
        "id": _ID,
        "channel": _ID,
        "external_id": _PLATFORM_ID,
        "revision": _NUMBER | {"description": "Counts the comment's texts: 2 after one edit"},
        "visibility": _one_of(Visibility),
        "received_at": _TIME,
        "decision": _or_null(_of("Decision")),
        "case": _or_null(_of("Case")),
        "actions": _list_of(_of("Action")),
    }
)

_PROBLEM = _object(
    {
        "type": _TEXT,
        "title": _TEXT,
        "status": _NUMBER,
        "detail": _TEXT,
        "field": {"type": "string", "description": "The path of the value that cannot be used"},
        "reference": {"type": "string", "description": "What to quote to the operator"},
    },
    optional=("field", "reference"),
    description="RFC 9457.",
)

DOCUMENT: Schema = {
    "openapi": "3.1.0",
    "info": {"title": "Moderator", "version": "1", "description": "Comments in, and what became of them."},
    "paths": {
        "/api/v1/comments": {
            "post": {
                "operationId": "addComments",
                "summary": "Send comments. Sending the same again changes nothing.",
                "security": [{"key": ["comments:write"]}],
                "requestBody": {"required": True, "content": _json({"oneOf": [_of("Batch"), _of("One")]})},
                "responses": {
                    "200": _answer("Stored; the decisions follow", _of("Stored")),
                    "400": _problem("Not JSON"),
                    "413": _problem("Too large: send less at once"),
                    "422": _problem("A field is missing or wrong; `field` names it"),
                }
                | _REFUSALS,
            }
        },
        "/api/v1/comments/{comment_id}": {
            "get": {
                "operationId": "getComment",
                "summary": "Where a comment stands.",
                "security": [{"key": ["comments:read"]}],
                "parameters": [{"name": "comment_id", "in": "path", "required": True, "schema": _ID}],
                "responses": {"200": _answer("Its state now", _of("CommentState"))} | _REFUSALS,
            }
        },
        "/api/v1/openapi.json": {
            "get": {
                "operationId": "getDescription",
                "summary": "This document.",
                "security": [],
                "responses": {"200": _answer("OpenAPI 3.1", {"type": "object"})},
            }
        },
    },
    "components": {
        "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        "schemas": {
            "Comment": _COMMENT,
            "Batch": _BATCH,
            "One": _ONE,
            "Stored": _STORED,
            "CommentState": _STATE,
            "Decision": _DECISION,
            "Case": _CASE,
            "Action": _ACTION,
            "Receipt": _RECEIPT,
            "Problem": _PROBLEM,
        },
    },
}
