"""The queue as it changes: told as it happens, or once for pages that ask again and again."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Response, g, jsonify, request
from flask.typing import ResponseReturnValue

from moderator import accounts, clock
from moderator.domain.filters import Filter
from moderator.queries.live import Live
from moderator.queries.live import live as how_things_stand
from moderator.review.access import reach
from webui.asked import asked
from webui.auth import session_token
from webui.care import quiet_check, quiet_until
from webui.current import runtime
from webui.review.room import blueprint
from webui.streams import streams

#: Seconds after which a page that found no room may try for a stream again.
_RETRY_AFTER = "60"


@blueprint.get("/live")
def live() -> ResponseReturnValue:
    """Server-sent events: one at once, then one whenever something changed."""
    room, member_id, is_quiet = streams(), g.member.id, quiet_check()
    if quiet_until():
        # A browser that is told this asks no more.
        return Response(status=204)
    if not room.admit(member_id):
        return Response(status=503, headers={"Retry-After": _RETRY_AFTER})
    database, token = runtime().database, session_token()
    wanted, made_at = _asked()

    def tell() -> str | None:
        """How things stand for this member now; nothing once they are signed out, or in their quiet hours."""
        with database.read() as reading:
            member = accounts.session_member(reading, token)
            if member is None or is_quiet(reading):
                return None
            found = how_things_stand(reading, reach(reading, member), member, wanted, made_at)
        return f"event: change\ndata: {json.dumps(_as_json(found))}\n\n"

    gone = request.environ.get("waitress.client_disconnected", lambda: False)
    answer = Response(room.events(g.member.office_id, tell, gone), mimetype="text/event-stream")
    # Nginx would keep the events until there are many.
    answer.headers["X-Accel-Buffering"] = "no"
    answer.call_on_close(lambda: room.leave(member_id))
    return answer


@blueprint.get("/live.json")
def live_once() -> ResponseReturnValue:
    wanted, made_at = _asked()
    if quiet_until():
        return jsonify({"sequence": 0, "counts": {}, "new": 0, "leases": {}})
    with runtime().database.read() as reading:
        return jsonify(_as_json(how_things_stand(reading, g.reach, g.member, wanted, made_at)))


def _asked() -> tuple[Filter, datetime]:
    """The view that the page shows, and when it was made."""
    return Filter.of(request.args), _moment(asked("made"))


def _moment(written: str) -> datetime:
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        return clock.now()
    return moment if moment.tzinfo else clock.now()


def _as_json(found: Live) -> Mapping[str, Any]:
    return {
        "sequence": found.sequence,
        "counts": dict(found.counts),
        "new": found.new,
        "leases": {
            case_id: {"name": screen.name, "until": screen.until.isoformat(), "mine": screen.mine}
            for case_id, screen in found.leases.items()
        },
    }
