"""What belongs to the request at hand. Imports no other room of this package, so every room may import it."""

from typing import cast

from flask import current_app, g, request

from moderator.review import preferences
from moderator.review.preferences import Chosen
from moderator.runtime import Runtime

#: Addresses that programs call: they are answered in JSON, take no cookies and need no form token.
MACHINE_PATHS = ("/hooks/", "/api/")


def runtime() -> Runtime:
    """The service that this application shows."""
    return cast(Runtime, current_app.extensions["moderator"])


def asked_by_machine() -> bool:
    """True where the answer goes to a program, also for addresses that do not exist."""
    return request.path.startswith(MACHINE_PATHS)


def asked_by_script() -> bool:
    """True where a script of our own pages asks, and wants to be told rather than shown."""
    return request.headers.get("Accept") == "application/json"


def chosen() -> Chosen:
    """How the member who asks likes to work: they must be signed in. Read once for a request."""
    if "chosen" not in g:
        with runtime().database.read() as reading:
            g.chosen = preferences.read(reading, g.member.id)
    return cast(Chosen, g.chosen)
