"""Which key does what. Every page, its help and a member's own choice take the actions from this one table."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations


class Place(StrEnum):
    """Where an action can be met. What is met in different places may share a key."""

    ANYWHERE = "anywhere"
    COMMENT = "comment"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class Action:
    """Something that a control on a page does, and a key can do as well."""

    name: str
    #: unless the member chose another
    key: str
    #: for the map of keys and for the palette
    sentence: str
    place: Place = Place.COMMENT
    #: it lasts as long as the key is down
    held: bool = False


ACTIONS: tuple[Action, ...] = (
    Action("keep", "k", "Keep the comment"),
    Action("hide", "h", "Hide the comment"),
    Action("delete", "d", "Delete, in two steps"),
    Action("block", "b", "Block the author, in two steps"),
    Action("report", "r", "Report, in two steps"),
    Action("suggestion", "s", "Do as is suggested, in two steps"),
    Action("next", "j", "Next comment", Place.ANYWHERE),
    Action("previous", "p", "Previous comment", Place.ANYWHERE),
    Action("queue", "q", "Go to the queue", Place.ANYWHERE),
    Action("undo", "z", "Undo the last decision", Place.ANYWHERE),
    Action("undo_list", "u", "List the last decisions to undo", Place.ANYWHERE),
    Action("escalate", "e", "Escalate to a lead"),
    Action("note", "n", "Write a note for colleagues"),
    Action("reveal", "v", "Show what is masked, while held down", Place.ANYWHERE, held=True),
    Action("hand", "a", "Hand to a colleague"),
    Action("reply", "y", "Reply to the author"),
    Action("pass", "x", "Pass it on, without a reason"),
    Action("select", "x", "Select for a bulk decision", Place.LIST),
    Action("search", "/", "Search", Place.ANYWHERE),
    Action("palette", ":", "Do or go to anything (also Ctrl K, ⌘ K)", Place.ANYWHERE),
    Action("help", "?", "Show this map of keys", Place.ANYWHERE),
)

BY_NAME: Mapping[str, Action] = {action.name: action for action in ACTIONS}

#: A row each, as most keyboards have them: keys beside each other are struck for one another.
_ROWS = ("1234567890-=", "qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./")
#: What must never be struck for one another.
_APART = ("keep", "hide")


def clean(key: str) -> str:
    """The key as it is compared, "" for none. Raises `ValueError` for one that the browser needs or no key writes."""
    key = key if key.isspace() else key.strip()
    if not key:
        return ""
    if key.isspace():
        raise ValueError("the space bar and the return key press what has the focus, so they cannot be given away")
    # Letters of other scripts too: small ones, as they are typed without the shift key.
    key = key.lower()
    if len(key) != 1 or unicodedata.category(key)[0] not in "LNPS":
        raise ValueError("a key is one letter, digit or sign")
    return key


def map_of(own: Mapping[str, str]) -> dict[str, str]:
    """Every action with its key: the member's own, else the default where it is still free, else ""."""
    keys = {name: key for name, key in own.items() if name in BY_NAME}
    for action in ACTIONS:
        if action.name not in keys:
            taken = any(keys.get(other.name) == action.key and meet(action, other) for other in ACTIONS)
            keys[action.name] = "" if taken else action.key
    return {action.name: keys[action.name] for action in ACTIONS}


def meet(one: Action, other: Action) -> bool:
    """Whether both can be on one page."""
    return Place.ANYWHERE in (one.place, other.place) or one.place == other.place


def problems(keys: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with a whole map, by the action to mend: keys given twice, and keep beside hide."""
    found: dict[str, str] = {}
    for one, other in combinations(ACTIONS, 2):
        key = keys.get(one.name, "")
        if key and key == keys.get(other.name) and meet(one, other):
            found.setdefault(other.name, f"“{key}” is already the key for “{one.sentence}”")
    keep, hide = (keys.get(name, "") for name in _APART)
    if "hide" not in found and _neighbours(keep, hide):
        found["hide"] = (
            f"“{keep}” keeps, and “{hide}” lies beside it: a finger that slips would do the opposite. "
            "Choose a key that lies further away"
        )
    return found


def _neighbours(one: str, other: str) -> bool:
    return any(
        one in row and other in row and abs(row.index(one) - row.index(other)) == 1 for row in _ROWS if one and other
    )
