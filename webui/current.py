"""What belongs to the request at hand. Imports no other room of this package, so every room may import it."""

from typing import cast

from flask import current_app, request

from moderator.runtime import Runtime

#: Addresses that programs call: they are answered in JSON, take no cookies and need no form token.
MACHINE_PATHS = ("/hooks/", "/api/")


def runtime() -> Runtime:
    """The service that this application shows."""
    return cast(Runtime, current_app.extensions["moderator"])


def asked_by_machine() -> bool:
    """True where the answer goes to a program, also for addresses that do not exist."""
    return request.path.startswith(MACHINE_PATHS)
