"""Going somewhere by name: what the command palette offers, and the same as a page. A pasted id or link leads to its
comment."""

from dataclasses import asdict, dataclass
from typing import Any

from flask import Blueprint, g, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from moderator.domain.cases import Lane
from moderator.domain.filters import Filter
from moderator.queries import pasted
from moderator.review import saved_filters
from webui.current import runtime
from webui.review.room import look_url

blueprint = Blueprint("going", __name__, url_prefix="/go")

_LANES = {
    Lane.ACT_NOW: "Act now",
    Lane.REVIEW: "Review",
    Lane.SECOND_OPINION: "Second opinion",
    Lane.PLATFORM: "Waiting for the platform",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere to go."""

    name: str
    url: str
    #: what sort of place it is: a word beside the name
    kind: str


@blueprint.get("")
def going() -> ResponseReturnValue:
    """Every lane and saved filter, and a field for an id or a link; with `to`, straight to what that names."""
    wanted = request.args.get("to", "").strip()
    with runtime().database.read() as reading:
        where = pasted.whereabouts(reading, g.reach, wanted) if wanted else None
        if where is not None:
            return redirect(look_url(where), 303)
        page = render_template("going/going.html", wanted=wanted[: pasted.LONGEST], places=_places(reading))
    return make_response(page, 404 if wanted else 200)


@blueprint.get("/places.json")
def places() -> ResponseReturnValue:
    """For the command palette."""
    with runtime().database.read() as reading:
        found = _places(reading)
    return jsonify(places=[asdict(place) for place in found], to=url_for(".going"))


def _places(reading: Session) -> list[Place]:
    lanes = [Place("Everything to decide", url_for("review.queue"), "Queue")]
    lanes += [Place(name, _view(Filter(lane=lane.value)), "Lane") for lane, name in _LANES.items()]
    saved = [
        Place(each.name, _view(each.wanted), f"Filter of {each.by}" if each.by else "Filter")
        for each in saved_filters.listed(reading, g.member)
    ]
    own = [
        Place("Decided lately", url_for("review.decided"), "Page"),
        Place("Campaigns", url_for("review.campaigns"), "Page"),
        Place("Your preferences", url_for("preferences.overview"), "Page"),
        Place("Your keys", url_for("preferences.own_keys"), "Page"),
    ]
    return lanes + saved + own


def _view(wanted: Filter) -> str:
    asked: dict[str, Any] = wanted.query()
    return url_for("review.queue", **asked)
