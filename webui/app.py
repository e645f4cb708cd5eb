"""Puts the rooms together. What each does is said at its own door."""

import hashlib

from flask import Flask, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import CSRFProtect
from jinja2 import StrictUndefined
from werkzeug.routing import BaseConverter, UnicodeConverter

from moderator.runtime import Runtime
from moderator.settings import MAX_BODY_BYTES, Settings
from webui import (
    api,
    audit,
    auth,
    care,
    claims,
    desk,
    drafts,
    errors,
    formats,
    going,
    guidelines,
    health,
    hooks,
    keys,
    members,
    overview,
    preferences,
    review,
    security,
    settings,
    signin,
    static_files,
)
from webui.streams import Streams

ROOMS = (
    api,
    audit,
    care,
    claims,
    desk,
    drafts,
    going,
    guidelines,
    health,
    hooks,
    members,
    overview,
    preferences,
    review,
    settings,
    signin,
)


class Id(BaseConverter):
    """An id of ours, as `clock.new_id` makes them."""

    regex = "[0-9a-v]{26}"


class Plain(UnicodeConverter):
    """A part of an address without control characters: no database can look for them."""

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        self.regex = r"[^/\x00-\x1f\x7f]+"


def create_app(runtime: Runtime, streams: int = 0) -> Flask:
    """The web application over a running service. Starts nothing.

    `streams`: how many pages at once may be told of changes as they happen, each at the cost of a thread of whoever
    serves this. The others ask again and again.
    """
    app = Flask(__name__)
    app.config.from_mapping(_config(runtime.settings))
    app.extensions["moderator"] = runtime
    app.extensions["streams"] = Streams(runtime.database, streams)
    app.jinja_options = {"autoescape": True, "undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
    app.url_map.converters |= {"id": Id, "default": Plain}

    auth.init_app(app)  # first: every page that follows, also one about an error, shows who is signed in
    security.init_app(app, https=runtime.settings.public_url.startswith("https://"))
    static_files.init_app(app)
    csrf = CSRFProtect(app)
    errors.init_app(app)
    formats.init_app(app)
    keys.init_app(app)
    for room in ROOMS:
        app.register_blueprint(room.blueprint)
    for machine_room in (api, hooks):
        csrf.exempt(machine_room.blueprint)
    app.add_url_rule("/", "front", _front)
    auth.open_to_all(app.view_functions["static"])
    return app


def _config(settings: Settings) -> dict[str, object]:
    secure = settings.secure_cookies
    return {
        "MAX_CONTENT_LENGTH": MAX_BODY_BYTES,
        "PROVIDE_AUTOMATIC_OPTIONS": False,
        "SECRET_KEY": hashlib.sha256(b"form tokens\0" + settings.secret_key.encode()).hexdigest(),
        # Flask's own cookie carries the secret of the form tokens, the last decision's id and the next page's message.
        "SESSION_COOKIE_NAME": "__Host-form" if secure else "form",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": secure,
        # A form token lives as long as that cookie: a case may stay open on a desk for hours.
        "WTF_CSRF_TIME_LIMIT": None,
    }


def _front() -> ResponseReturnValue:
    return redirect(url_for("review.queue"), 303)
