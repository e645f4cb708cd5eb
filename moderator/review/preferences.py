"""How one member likes to work: their keys, what is masked for them, when they are left in peace.

Nobody else reads it. Only what differs from the defaults is kept, so a better default reaches everybody else.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from sqlalchemy.orm import Session

from moderator.domain import keys
from moderator.domain.vocabulary import Label
from moderator.errors import Invalid
from moderator.storage.tables import Member, Preferences

#: More than anybody reads in an hour or a day.
_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a member chose, with the defaults for the rest."""

    #: action -> key, every action; "": none
    keys: Mapping[str, str] = field(default_factory=lambda: keys.map_of({}))
    #: keys do something at all
    keys_on: bool = True
    #: the text of severe cases is masked until a key is held
    mask_severe: bool = True
    #: slurs are partly masked
    mask_slurs: bool = True
    #: "HH:MM" in the office's time, or ""
    quiet_from: str = ""
    quiet_until: str = ""
    #: labels that the member is asked to read nothing about
    not_about: tuple[str, ...] = ()
    #: severe cases, at most; None: what the office says
    severe_per_hour: int | None = None
    severe_per_day: int | None = None


def read(session: Session, member_id: str) -> Chosen:
    """What the member chose. What is kept and cannot be used any more counts as not chosen."""
    row = session.get(Preferences, member_id)
    if row is None:
        return Chosen()
    usable: dict[str, Any] = {}
    kept = row.chosen | {
        "keys": {name: key for name, key in row.chosen.get("keys", {}).items() if name in keys.BY_NAME}
    }
    for name, value in kept.items():
        try:
            usable |= _cleaned({name: value})
        except Invalid:
            continue
    usable["keys"] = keys.map_of(usable.get("keys", {}))
    return Chosen(**usable)


def write(session: Session, member_id: str, changes: Mapping[str, object]) -> None:
    """Keep some choices, named as the fields of `Chosen`; the others stay. Raises `Invalid` naming the field.

    `keys` may name some actions only; the others take their defaults. A problem with one is told as `keys.<action>`.
    """
    cleaned = _cleaned(changes)
    if own := cleaned.get("keys"):
        _require_usable(own)
    session.get_one(Member, member_id, with_for_update=True)  # the first choice has no row yet that could be locked
    row = session.get(Preferences, member_id, populate_existing=True) or Preferences(member_id=member_id, chosen={})
    chosen = row.chosen | cleaned
    row.chosen = {name: value for name, value in chosen.items() if value != _DEFAULTS.get(name)}
    session.add(row)


def _require_usable(own: dict[str, str]) -> None:
    for action, problem in keys.problems({each.name: each.key for each in keys.ACTIONS} | own).items():
        raise Invalid(f"keys.{action}", problem)


def _cleaned(changes: Mapping[str, object]) -> dict[str, Any]:
    unknown = changes.keys() - _CLEAN.keys()
    if unknown:
        raise Invalid(min(unknown), "there is no such preference")
    return {name: _CLEAN[name](name, value) for name, value in changes.items()}


def _keys(name: str, value: object) -> dict[str, str]:
    """Only what differs from the defaults."""
    if not isinstance(value, Mapping):
        raise Invalid(name, "keys are given by action")
    own: dict[str, str] = {}
    for action, key in value.items():
        if action not in keys.BY_NAME:
            raise Invalid(name, f"there is no action {action!r}")
        try:
            cleaned = keys.clean(str(key))
        except ValueError as error:
            raise Invalid(f"{name}.{action}", str(error)) from None
        if cleaned != keys.BY_NAME[action].key:
            own[action] = cleaned
    return own


def _switch(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise Invalid(name, "this is either on or off")
    return value


def _time(name: str, value: object) -> str:
    text = str(value).strip()
    hours, colon, minutes = text.partition(":")
    if not text:
        return ""
    digits = hours.isascii() and minutes.isascii() and hours.isdigit() and minutes.isdigit()
    if not (colon and digits and len(hours) <= 2 and len(minutes) == 2 and int(hours) < 24 and int(minutes) < 60):
        raise Invalid(name, "write the time as 21:30")
    return f"{int(hours):02}:{minutes}"


def _labels(name: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise Invalid(name, "labels come as a list")
    known = {label.value for label in Label}
    if unknown := [label for label in value if label not in known]:
        raise Invalid(name, f"there is no label {str(unknown[0])!r}")
    return tuple(sorted(set(value)))


def _limit(name: str, value: object) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _MOST:
        raise Invalid(name, f"write a number from 0 to {_MOST:,}, or nothing")
    return value


_CLEAN: Mapping[str, Callable[[str, object], object]] = {
    "keys": _keys,
    "keys_on": _switch,
    "mask_severe": _switch,
    "mask_slurs": _switch,
    "quiet_from": _time,
    "quiet_until": _time,
    "not_about": _labels,
    "severe_per_hour": _limit,
    "severe_per_day": _limit,
}

_DEFAULTS: Mapping[str, object] = {each.name: getattr(Chosen(), each.name) for each in fields(Chosen)} | {"keys": {}}
