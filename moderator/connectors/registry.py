"""Connectors by name. A new one is one folder and one line here; third parties use the entry point group.

Nothing is imported before it is asked for.
"""

from functools import cache
from importlib.metadata import entry_points
from pkgutil import resolve_name
from typing import cast

from moderator.connectors.base import Connector

#: entry point group for connectors from other distributions; a built-in name cannot be taken over
GROUP = "moderator.connectors"

_BUILT_IN = {
    "facebook": "moderator.connectors.facebook.connector:FacebookConnector",
    "webhook": "moderator.connectors.webhook.connector:WebhookConnector",
}


class UnknownConnector(LookupError):
    """No connector has this name. The message lists those that exist."""


def names() -> tuple[str, ...]:
    """Every name `get` takes, sorted."""
    return tuple(sorted(_paths()))


@cache
def get(name: str) -> Connector:
    """The one instance of a connector in this process. Raises `UnknownConnector`."""
    try:
        path = _paths()[name]
    except KeyError:
        raise UnknownConnector(f"no connector named {name!r}; known: {', '.join(names())}") from None
    return cast(Connector, resolve_name(path)())


def _paths() -> dict[str, str]:
    return {point.name: point.value for point in entry_points(group=GROUP)} | _BUILT_IN
