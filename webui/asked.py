"""What an address asks for after its question mark: taken when a database can look for it, left out when not."""

from flask import request

#: More than any id, name or event of ours has.
_LONGEST = 200

_LARGEST = 2**31 - 1


def asked(name: str) -> str:
    """The value, or nothing where it is missing, too long, or holds a character that no database can look for."""
    value = request.args.get(name, "").strip()
    return value if value.isprintable() and len(value) <= _LONGEST else ""


def asked_number(name: str) -> int | None:
    """The value where it is a count of ours: 1 and up."""
    value = asked(name)
    number = int(value) if value.isascii() and value.isdigit() and len(value) <= 10 else 0
    return number if 1 <= number <= _LARGEST else None
