"""The one place that time and ids come from, so that tests can freeze both."""

import secrets
import threading
import time
from datetime import UTC, datetime

_DIGITS = "0123456789abcdefghijklmnopqrstuv"
_PAIRS = [high + low for high in _DIGITS for low in _DIGITS]
_SHIFTS = range(120, -1, -10)

_lock = threading.Lock()
_last = 0


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def new_id() -> str:
    """A new id: 26 characters that sort by time and, within one process, by the order they were asked for.

    48 bits of milliseconds and 80 random bits, as in the ULID specification, in lower-case base32hex.
    """
    global _last
    with _lock:
        fresh = (time.time_ns() // 1_000_000) << 80 | secrets.randbits(79)
        _last = fresh if fresh >> 80 > _last >> 80 else _last + 1
        number = _last
    return _written(number)


def first_id(moment: datetime) -> str:
    """Where the ids made from this moment on begin: `id >= first_id(moment)` asks for them through the primary key."""
    return _written(int(moment.timestamp() * 1000) << 80)


def _written(number: int) -> str:
    return "".join([_PAIRS[number >> shift & 1023] for shift in _SHIFTS])
