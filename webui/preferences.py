"""What each member sets for themself alone. Every role has this room, and nobody sees another's."""

from collections.abc import Mapping

from flask import Blueprint, flash, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from moderator.domain import keys
from moderator.domain.keys import Place
from moderator.errors import Invalid
from moderator.review import preferences
from webui.auth import local_path
from webui.current import chosen, runtime

blueprint = Blueprint("preferences", __name__, url_prefix="/preferences")

_PLACES = {
    Place.COMMENT: "With one comment open",
    Place.LIST: "In a list",
    Place.ANYWHERE: "On every page that has it",
}


@blueprint.get("")
def overview() -> ResponseReturnValue:
    return render_template("preferences/overview.html", chosen=chosen())


@blueprint.get("/keys")
def own_keys() -> ResponseReturnValue:
    return _keys_page(chosen().keys, chosen().keys_on)


@blueprint.post("/keys")
def change_keys() -> ResponseReturnValue:
    """Keep the member's own keys, or go back to the defaults."""
    on = "keys_on" in request.form
    typed = {action.name: request.form.get(f"key-{action.name}", "") for action in keys.ACTIONS}
    try:
        _write({"keys": {} if "defaults" in request.form else typed, "keys_on": on})
    except Invalid as invalid:
        return make_response(_keys_page(typed, on, invalid), Invalid.status)
    flash("These are the keys as they were at first." if "defaults" in request.form else "Saved. It holds at once.")
    return redirect(url_for(".own_keys"), 303)


@blueprint.post("/keys/switch")
def switch_keys() -> ResponseReturnValue:
    """Turn the keys on or off, from any page."""
    _write({"keys_on": request.form.get("on") == "1"})
    return redirect(local_path(request.form.get("back")), 303)


def _write(changes: Mapping[str, object]) -> None:
    with runtime().database.write() as writing:
        preferences.write(writing, g.member.id, changes)


def _keys_page(shown: Mapping[str, str], on: bool, invalid: Invalid | None = None) -> str:
    groups = [(title, [action for action in keys.ACTIONS if action.place == place]) for place, title in _PLACES.items()]
    wrong = invalid.field.removeprefix("keys.") if invalid else ""
    return render_template(
        "preferences/keys.html", groups=groups, shown=shown, on=on, wrong=wrong, problem=str(invalid or "")
    )
