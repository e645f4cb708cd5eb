"""Which gatherer finds out what: one line each. Nothing is imported before it is asked for."""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from types import MappingProxyType
from typing import Any, cast

from moderator.runtime import Runtime

#: Takes rows of `pipeline.classify.texts`; gives one object of the type for each, in order.
Gatherer = Callable[[Runtime, Sequence[Any]], Sequence[object]]

#: name of the type → "module:function"
GATHERERS: Mapping[str, str] = MappingProxyType(
    {
        "Account": "moderator.context.account:gather",
        "CheckedClaims": "moderator.context.claims:gather",
        "Echoes": "moderator.context.repetition:gather",
        "Page": "moderator.context.page:gather",
    }
)


def find(kind: type) -> Gatherer | None:
    """The gatherer for a type; None where this service knows nothing of the sort."""
    path = GATHERERS.get(kind.__name__)
    if path is None:
        return None
    module, function = path.split(":")
    return cast(Gatherer, getattr(import_module(module), function))
