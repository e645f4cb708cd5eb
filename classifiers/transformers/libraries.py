"""Libraries that the default installation lacks, imported when a classifier that needs them is loaded."""

from importlib import import_module
from typing import Any


class MissingExtra(ImportError):
    """A library is not installed. The message says what installs it."""


def library(name: str, extra: str) -> Any:
    """The module `name`, which the extra `extra` of this package brings. Raises `MissingExtra`."""
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        missing = (error.name or name).partition(".")[0]
        raise MissingExtra(f"{missing} is not installed: pip install 'moderator[{extra}]'") from None
