"""Text as it came, and text as a database can hold it."""

import json

_REPLACEMENT = "\ufffd"


def storable(text: str) -> tuple[str, str | None]:
    """The text with NUL and lone surrogates replaced, and, only if any were, the exact text as ASCII JSON.

    PostgreSQL holds no NUL and UTF-8 no lone surrogate; every other character is kept as it is, offsets too.
    """
    if text.isascii() and "\0" not in text:
        return text, None
    clean = "".join(_REPLACEMENT if c == "\0" or "\ud800" <= c <= "\udfff" else c for c in text)
    return (text, None) if clean == text else (clean, json.dumps(text))


def is_storable(text: str) -> bool:
    """Whether any database can hold the text as it is."""
    return storable(text)[1] is None


def original(stored: str, exact: str | None) -> str:
    """The text as it came, from what `storable` made of it."""
    return stored if exact is None else str(json.loads(exact))
