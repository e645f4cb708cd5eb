"""What somebody wants to see of the queue, as it stands in an address: `?lane=review&channel=…&since=2026-11-01`."""

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from moderator.domain.cases import Lane


class Standing(StrEnum):
    """Who has a case, or whether anybody still has to."""

    #: on nobody's screen
    WAITING = "waiting"
    #: on my screen, or given to me
    MINE = "mine"
    #: on somebody's screen
    HELD = "held"
    #: somebody asked that a lead decides
    ESCALATED = "escalated"
    CLOSED = "closed"


#: As an assignee: nobody was asked to take it.
NOBODY: Final = "nobody"

_ID = re.compile(r"[0-9a-v]{26}")
#: What rules and labels are called: their ids come from guidelines and classifiers of all makes.
_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,63}")
_LANGUAGE = re.compile(r"[a-z]{2,3}")


def _one_of(kind: type[StrEnum]) -> Callable[[str], bool]:
    known = frozenset(each.value for each in kind)
    return lambda value: value in known


def _is_day(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _is_id(value: str) -> bool:
    return _ID.fullmatch(value) is not None


def _is_name(value: str) -> bool:
    return _NAME.fullmatch(value) is not None


_TESTS: Mapping[str, Callable[[str], bool]] = {
    "lane": _one_of(Lane),
    "channel": _is_id,
    "rule": _is_name,
    "label": _is_name,
    "language": lambda value: _LANGUAGE.fullmatch(value) is not None,
    "state": _one_of(Standing),
    "assignee": lambda value: value == NOBODY or _is_id(value),
    "since": _is_day,
    "until": _is_day,
}


@dataclass(frozen=True, slots=True)
class Filter:
    """Everything is empty where it is not asked for. What is asked holds together: each narrows further."""

    lane: str = ""
    channel: str = ""
    rule: str = ""
    label: str = ""
    language: str = ""
    state: str = ""
    #: a member's id, or `NOBODY`
    assignee: str = ""
    #: the first and the last day on which the case came to people, as 2026-11-21, in the office's own time
    since: str = ""
    until: str = ""

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> "Filter":
        """What an address or a form asks for. What is no value of its field is left out."""
        values = {name: asked.get(name, "").strip() for name in _TESTS}
        return cls(**{name: value for name, value in values.items() if _TESTS[name](value)})

    def query(self) -> dict[str, str]:
        """Only what is asked for, in the same order always."""
        return {name: value for name, value in asdict(self).items() if value}

    @property
    def narrows(self) -> bool:
        """Whether it asks for more than a lane."""
        return any(name != "lane" for name in self.query())
