"""The keyboard as the pages' own scripts are told of it: which action has which key for the member who is signed in."""

from typing import Any

from flask import Flask, g, url_for

from moderator.domain import keys
from webui.current import chosen


def init_app(app: Flask) -> None:
    """Give the templates `keyboard()`."""
    app.jinja_env.globals.update(keyboard=keyboard)


def keyboard() -> dict[str, Any]:
    """What the scripts read about the member who is signed in: they must be."""
    own = chosen()
    return {
        "member": g.member.id,
        "on": own.keys_on,
        "actions": [
            {"name": action.name, "key": own.keys[action.name], "says": action.sentence, "held": action.held}
            for action in keys.ACTIONS
        ],
        "places": url_for("going.places"),
        "map": url_for("preferences.own_keys"),
        "queue": url_for("review.queue"),
        "search": url_for("review.search"),
        "alive": url_for("health.alive"),
    }
