"""Reading JSON that strangers wrote: strictly where the sender can mend it, with the path of whatever is wrong."""

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, NoReturn, Self
from urllib.parse import urlsplit

from moderator.connectors.base import FieldInvalid, PayloadMalformed

#: characters
ID_LIMIT = 512
NAME_LIMIT = 1_000
URL_LIMIT = 2_000

#: more of anything is a mistake
MOST_COUNTED = 10**12

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8}){0,4}")


def read_json(body: bytes, *, unique_keys: bool) -> Any:
    """Parse UTF-8 JSON. `unique_keys` also refuses an object that names a key twice. Raises `PayloadMalformed`.

    Escapes of lone surrogates and NUL are legal JSON and come through as they are.
    """
    try:
        return json.loads(
            body.decode("utf-8-sig"),
            parse_constant=_not_json,
            object_pairs_hook=_object_of_unique_keys if unique_keys else None,
        )
    except UnicodeDecodeError:
        raise PayloadMalformed("the body is not UTF-8") from None
    except ValueError as error:
        raise PayloadMalformed(f"the body is not JSON: {error}") from None
    except RecursionError:
        raise PayloadMalformed("the body is not JSON we can read: nested too deeply") from None


def web_address(value: object) -> str | None:
    """`value` where it is a plain http(s) address that is safe to show as a link; else None."""
    if not isinstance(value, str) or len(value) > URL_LIMIT or not value.isprintable() or " " in value:
        return None
    try:
        parts = urlsplit(value)
        # Reading the port raises ValueError where there can be no such port.
        fine = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        return value if fine else None
    except ValueError:
        return None


class Reader:
    """One JSON object, read field by field. Every method raises `FieldInvalid` with the field's full path.

    A field that is null counts as absent.
    """

    def __init__(self, value: object, path: str = "") -> None:
        if not isinstance(value, dict):
            raise FieldInvalid(path or "body", "must be an object")
        self._fields: dict[str, Any] = value
        self._path = path

    def fail(self, key: str, message: str) -> NoReturn:
        raise FieldInvalid(f"{self._path}.{key}" if self._path else key, message)

    def has(self, key: str) -> bool:
        return self._fields.get(key) is not None

    def child(self, key: str) -> Self | None:
        """The object under `key`, or None."""
        path = f"{self._path}.{key}" if self._path else key
        return type(self)(self._fields[key], path) if self.has(key) else None

    def string(self, key: str, *, limit: int | None = None) -> str:
        """Any string as it came, lone surrogates and NUL included; empty where absent."""
        value = self._fields.get(key)
        if value is None:
            return ""
        if not isinstance(value, str):
            self.fail(key, "must be a string")
        if limit is not None and len(value) > limit:
            self.fail(key, f"must be at most {limit:,} characters")
        return value

    def word(self, key: str, *, limit: int = ID_LIMIT) -> str:
        """A string that is printable and not padded with blanks; empty where absent."""
        value = self.string(key, limit=limit)
        if value != value.strip() or not value.isprintable():
            self.fail(key, "must be printable, without blanks at its ends")
        return value

    def identifier(self, key: str) -> str | None:
        """A word that names something; None where absent, never empty."""
        value = self.word(key)
        if not value and self.has(key):
            self.fail(key, "must not be empty")
        return value or None

    def required_identifier(self, key: str) -> str:
        value = self.identifier(key)
        if value is None:
            self.fail(key, "is required")
        return value

    def address(self, key: str) -> str:
        """An http(s) address; empty where absent."""
        value = self.string(key)
        if value and web_address(value) is None:
            self.fail(key, f"must be an http or https address of at most {URL_LIMIT:,} characters")
        return value

    def language(self, key: str) -> str | None:
        """A language tag such as `de` or `pt-BR`; None where absent or empty."""
        value = self.string(key)
        if value and not _LANGUAGE.fullmatch(value):
            self.fail(key, "must be a language tag such as 'de' or 'pt-BR'")
        return value or None

    def moment(self, key: str) -> datetime | None:
        """An ISO 8601 time with its zone, in UTC; None where absent."""
        value = self.string(key)
        if not self.has(key):
            return None
        try:
            moment = datetime.fromisoformat(value)
            if moment.tzinfo is None:
                raise ValueError("no zone")
            return moment.astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail(key, "must be an ISO 8601 time with a zone, such as 2026-10-01T10:00:00Z")

    def count(self, key: str, *, most: int = MOST_COUNTED) -> int | None:
        """A whole number that is not negative; None where absent."""
        value = self._fields.get(key)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
            self.fail(key, f"must be a whole number from 0 to {most:,}")
        return value

    def flag(self, key: str) -> bool | None:
        """Yes or no; None where absent."""
        value = self._fields.get(key)
        if value is not None and not isinstance(value, bool):
            self.fail(key, "must be true or false")
        return value

    def choice(self, key: str, known: Iterable[str], default: str) -> str:
        """One of the known words; `default` where absent."""
        value = self.string(key) if self.has(key) else default
        known = tuple(known)
        if value not in known:
            self.fail(key, f"must be one of {', '.join(known)}")
        return value


def _not_json(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a JSON value")


def _object_of_unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("an object names a key twice")
    return found
