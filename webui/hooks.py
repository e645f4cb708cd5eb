"""Where platforms and tools deliver comments: verify, parse, store in one commit, answer, ring.

Nothing is answered with 200 before it is on disk, and nothing of a refused delivery is kept.
"""

import logging

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from moderator import channels
from moderator.connectors import base, registry
from moderator.errors import NotFound
from moderator.pipeline.ingest import ingest
from moderator.storage.tables import Channel
from webui.auth import open_to_all
from webui.current import runtime

log = logging.getLogger(__name__)

blueprint = Blueprint("hooks", __name__, url_prefix="/hooks")


@blueprint.get("/<id:channel_id>")
@open_to_all
def handshake(channel_id: str) -> ResponseReturnValue:
    """Answer a platform's check that this address is ours."""
    connector, channel = _opened(channel_id)
    return Response(connector.handshake(channel, request.args.to_dict()), mimetype="text/plain")


@blueprint.post("/<id:channel_id>")
@open_to_all
def deliver(channel_id: str) -> ResponseReturnValue:
    """Take one delivery of comments, whole or not at all."""
    body = request.get_data(cache=True)
    connector, channel = _opened(channel_id)
    connector.verify(channel, dict(request.headers), body)
    parsed = connector.parse(channel, body)
    with runtime().database.write() as session:
        stored = ingest(session, _row(session, channel_id), parsed.events)
    runtime().doorbell.ring()
    if parsed.skipped:
        log.warning("channel %s: %d left out, first %s", channel_id, len(parsed.skipped), parsed.skipped[0])
    return jsonify(accepted=stored.accepted, unchanged=stored.unchanged, skipped=list(parsed.skipped))


def _opened(channel_id: str) -> tuple[base.Connector, base.Channel]:
    with runtime().database.read() as session:
        row = _row(session, channel_id)
    return registry.get(row.connector), channels.opened(runtime().sealer, row)


def _row(session: Session, channel_id: str) -> Channel:
    row = session.get(Channel, channel_id)
    if row is None:
        raise NotFound("no channel has this address")
    return row
