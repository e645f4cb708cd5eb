"""Comments in, and where one of them stands."""

import dataclasses
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Blueprint, g, jsonify, request
from flask.typing import ResponseReturnValue

from moderator.connectors.base import CommentEvent, FieldInvalid
from moderator.connectors.reading import Reader, read_json
from moderator.connectors.webhook.parse import read_comments
from moderator.errors import NotFound
from moderator.pipeline.ingest import ingest
from moderator.queries.comment_state import comment_state
from moderator.storage.tables import Channel
from webui.auth import needs_key
from webui.current import runtime


def add_to(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/comments", view_func=add_comments, methods=["POST"])
    blueprint.add_url_rule("/comments/<id:comment_id>", view_func=get_comment, methods=["GET"])


@needs_key("comments:write")
def add_comments() -> ResponseReturnValue:
    """Take comments of one channel, all or none; one comment may stand alone, beside its channel."""
    channel_id, events = _read(request.get_data(cache=True))
    with runtime().database.write() as session:
        channel = session.get(Channel, channel_id)
        if channel is None or channel.office_id != g.key.office_id:
            raise NotFound("no channel of this office has this id")
        stored = ingest(session, channel, events)
    runtime().doorbell.ring()
    return jsonify(accepted=stored.accepted, unchanged=stored.unchanged, ids=stored.comment_ids)


@needs_key("comments:read")
def get_comment(comment_id: str) -> ResponseReturnValue:
    with runtime().database.read() as session:
        state = comment_state(session, g.key.office_id, comment_id)
    return jsonify(_plain(dataclasses.asdict(state)))


def _read(body: bytes) -> tuple[str, tuple[CommentEvent, ...]]:
    payload = read_json(body, unique_keys=True)
    envelope = Reader(payload)
    channel_id = envelope.required_identifier("channel")
    if not envelope.has("comments"):
        return channel_id, read_comments(payload)
    if not isinstance(payload["comments"], list):
        raise FieldInvalid("comments", "must be an array")
    return channel_id, read_comments(payload["comments"], "comments")


def _plain(value: Any) -> Any:
    """Times as ISO 8601 in UTC, everything else as JSON has it."""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, (list, tuple)) else value
