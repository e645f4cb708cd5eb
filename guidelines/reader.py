"""Typed values out of YAML nodes. Every mistake is kept with its place, and reading goes on to find the next one.

Knows nothing of guidelines: `load` says which keys and kinds of value it expects.
"""

import difflib
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

import yaml

from guidelines.bounds import DAY
from guidelines.document import MAX_PROBLEMS, UNREADABLE, Place, name_character, place_of
from guidelines.report import printable
from guidelines.schema import Problem

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

#: Keys and positions from the root to a value: ("rules", 2, "mode").
Path = tuple[str | int, ...]
Places = Mapping[Path, Place]
Read = Callable[[yaml.Node, Path], T]

_TAG = "tag:yaml.org,2002:"
_KINDS = {
    "int": "a number",
    "float": "a number",
    "bool": "true or false",
    "null": "nothing",
    "timestamp": "a date",
    "binary": "bytes",
}


class BadValue(Exception):
    """The value cannot be used; its problem is already on the reader's list."""


class TooManyProblems(Exception):
    """The list is full: reading stops."""


class Reader:
    """Reads one document, once. `problems` and `places` fill as it goes."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.places: dict[Path, Place] = {}

    def refuse(self, node: yaml.Node, path: Path, code: str, message: str, mend: str = "") -> BadValue:
        """Keep the problem; the caller raises what comes back, or goes on."""
        place = place_of(node.start_mark)
        where = "" if place.line else f"{dotted(path)}: "
        self.problems.append(Problem(code, where + message, mend, place.line, place.column))
        if len(self.problems) >= MAX_PROBLEMS:
            raise TooManyProblems
        return BadValue()

    def record(
        self,
        node: yaml.Node,
        path: Path,
        what: str,
        required: Mapping[str, Read[Any]],
        optional: Mapping[str, Read[Any]],
    ) -> dict[str, Any]:
        """A mapping with these keys; optional ones that are missing or blank are left out. Raises `BadValue`."""
        before = len(self.problems)
        entries, misspelt = self._entries(node, path, what, [*required, *optional])
        values: dict[str, Any] = {}
        for key, read in {**required, **optional}.items():
            value = entries.get(key)
            if value is not None and not (key in optional and is_blank(value)):
                with suppress(BadValue):
                    values[key] = read(value, (*path, key))
            elif key in required and key not in misspelt:
                self.refuse(node, path, "missing-key", f'{what} needs "{key}"', f"add {key}:")
        if len(self.problems) > before:
            raise BadValue
        return values

    def sequence(
        self, node: yaml.Node, path: Path, what: str, read: Read[T], least: int = 0, most: int | None = None
    ) -> tuple[T, ...]:
        """A list with every entry read. Raises `BadValue`."""
        self._mark(node, path)
        if not isinstance(node, yaml.SequenceNode):
            mend = "write each entry on its own line after a dash"
            raise self.refuse(node, path, "wrong-type", f"{what} must be a list, not {kind_of(node)}", mend)
        if len(node.value) < least:
            raise self.refuse(node, path, "empty", f"{_name(path)} is empty", "list at least one, or leave the key out")
        if most is not None and len(node.value) > most:
            message = f"{_name(path)} has {len(node.value)} entries"
            raise self.refuse(node, path, "too-many", message, f"list at most {most}")
        values: list[T] = []
        for position, entry in enumerate(node.value):
            with suppress(BadValue):
                values.append(read(entry, (*path, position)))
        if len(values) < len(node.value):
            raise BadValue
        return tuple(values)

    def text(self, node: yaml.Node, path: Path) -> str:
        """Words for people, several lines if need be. Raises `BadValue`."""
        value = self._scalar(node, path)
        if not _is(node, "str") and not is_blank(node):
            mend = f'put it between quotes: "{printable(value[:40])}"'
            raise self.refuse(node, path, "wrong-type", f"{_name(path)} must be text, not {kind_of(node)}", mend)
        if not value.strip() or is_blank(node):
            raise self.refuse(node, path, "empty", f"{_name(path)} is empty", "write something here")
        # A block of lines (| or >) ends with a line break that nobody meant to publish.
        return value.rstrip("\n") if getattr(node, "style", None) in ("|", ">") else value

    def line(self, node: yaml.Node, path: Path) -> str:
        """Text on one line. Raises `BadValue`."""
        value = self.text(node, path)
        if "\n" in value or "\t" in value:
            raise self.refuse(node, path, "not-one-line", f"{_name(path)} must be one line", "join the lines")
        return value

    def word(self, node: yaml.Node, path: Path) -> str:
        """An id or a key word exactly as written: an unquoted 2, `off` or `no` is no number or boolean here."""
        value = self._scalar(node, path)
        if is_blank(node) or not value.strip():
            raise self.refuse(node, path, "empty", f"{_name(path)} is empty", "write something here")
        return value

    def matching(self, pattern: re.Pattern[str], code: str, mend: str) -> Read[str]:
        """A word that fits the pattern from end to end."""

        def read(node: yaml.Node, path: Path) -> str:
            value = self.word(node, path)
            if not pattern.fullmatch(value):
                raise self.refuse(node, path, code, f"{quote(value)} cannot be used for {_name(path)}", mend)
            return value

        return read

    def distinct(self, what: str, read: Read[T], least: int = 0, most: int | None = None) -> Read[tuple[T, ...]]:
        """A list in which nothing is said twice."""

        def read_all(node: yaml.Node, path: Path) -> tuple[T, ...]:
            values = self.sequence(node, path, what, read, least, most)
            for position, value in enumerate(values):
                if value in values[:position]:
                    entry = node.value[position]
                    message = f"{quote(str(value))} is in {_name(path)} twice"
                    raise self.refuse(entry, (*path, position), "repeated-entry", message, "keep one of them")
            return values

        return read_all

    def one_of(self, what: str, names: type[E]) -> Read[E]:
        """As `choice`, for the words of an enumeration."""
        word = self.choice(what, names)
        return lambda node, path: names(word(node, path))

    def flag(self, node: yaml.Node, path: Path) -> bool:
        """true or false. Raises `BadValue`."""
        self._mark(node, path)
        if not _is(node, "bool"):
            message = f"{_name(path)} must be true or false, not {kind_of(node)}"
            raise self.refuse(node, path, "wrong-type", message, "write true or false, without quotes")
        return str(node.value).lower() in ("true", "yes", "on")

    def day(self, node: yaml.Node, path: Path) -> date:
        """A date as 2027-05-06, whether YAML takes it for a date or for text. Raises `BadValue`."""
        value = self.word(node, path)
        if re.fullmatch(DAY, value, re.ASCII):
            with suppress(ValueError):
                return date.fromisoformat(value)
        message = f"{quote(value)} is no date"
        raise self.refuse(node, path, "bad-date", message, "write year, month and day, such as 2027-05-06")

    def choice(self, what: str, names: Iterable[str]) -> Read[str]:
        """One of the names, in any case."""
        known = list(names)

        def read(node: yaml.Node, path: Path) -> str:
            value = self.word(node, path)
            if (name := value.lower()) in known:
                return name
            code = f"unknown-{what.replace(' ', '-')}"
            raise self.refuse(node, path, code, f"unknown {what} {quote(value)}", nearest(name, known))

        return read

    def number(self, low: float, high: float, above_low: bool = False) -> Read[float]:
        """A number from `low` to `high`, without `low` itself where `above_low`."""
        bounds = f"above {low:g} and at most {high:g}" if above_low else f"from {low:g} to {high:g}"

        def read(node: yaml.Node, path: Path) -> float:
            value = self._float(node, path, bounds)
            if not low <= value <= high or (above_low and value == low):
                raise self.refuse(node, path, "out-of-range", f"{_name(path)} must be {bounds}", "change the number")
            return value

        return read

    def whole(self, low: int, high: int) -> Read[int]:
        """A whole number from `low` to `high`."""
        ranged = self.number(low, high)

        def read(node: yaml.Node, path: Path) -> int:
            value = ranged(node, path)
            if not value.is_integer():
                raise self.refuse(node, path, "wrong-type", f"{_name(path)} must be a whole number", "round it")
            return int(value)

        return read

    def _entries(
        self, node: yaml.Node, path: Path, what: str, known: list[str]
    ) -> tuple[dict[str, yaml.Node], set[str]]:
        """The nodes under known keys, and the known keys that misspelt ones seem to mean."""
        self._mark(node, path)
        if not isinstance(node, yaml.MappingNode):
            message = f"{what} must be keys and values, not {kind_of(node)}"
            raise self.refuse(node, path, "wrong-type", message, f"write its keys ({', '.join(known)}) indented below")
        entries: dict[str, yaml.Node] = {}
        misspelt: set[str] = set()
        for key, value in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else ""
            if name in entries:
                self.refuse(key, path, "duplicate-key", f'"{name}" is here twice', "keep one of them")
            elif name in known:
                entries[name] = value
            else:
                misspelt.update(closest(name, known))
                self.refuse(key, path, "unknown-key", f"unknown key {quote(name)} in {what}", nearest(name, known))
        return entries, misspelt

    def _scalar(self, node: yaml.Node, path: Path) -> str:
        self._mark(node, path)
        if not isinstance(node, yaml.ScalarNode):
            mend = "put text that holds a colon, a bracket or a dash between quotes"
            raise self.refuse(node, path, "wrong-type", f"{_name(path)} must be text, not {kind_of(node)}", mend)
        value: str = node.value
        hit = UNREADABLE.search(value) or re.search("[\r\x85]", value)
        if hit:
            message = f"{_name(path)} holds the character {name_character(hit[0])}, which cannot be shown to a reader"
            raise self.refuse(node, path, "unreadable", message, "take it out")
        return value

    def _float(self, node: yaml.Node, path: Path, bounds: str) -> float:
        self._mark(node, path)
        if _is(node, "int") or _is(node, "float"):
            try:
                value = float(node.value)
            except ValueError:  # YAML's other ways to write a number: 0x1F, 1:30, .nan
                value = math.nan
            if not math.isnan(value):
                return value
        mend = "write a plain number, such as 0.5, without quotes" if isinstance(node, yaml.ScalarNode) else ""
        raise self.refuse(node, path, "wrong-type", f"{_name(path)} must be a number {bounds}", mend)

    def _mark(self, node: yaml.Node, path: Path) -> None:
        self.places[path] = place_of(node.start_mark)


def is_blank(node: yaml.Node) -> bool:
    """A key with nothing after it, `null` or `~`."""
    return _is(node, "null")


def kind_of(node: yaml.Node) -> str:
    """What the value is, in a sentence: "a list", "a number"."""
    if isinstance(node, yaml.SequenceNode):
        return "a list"
    if isinstance(node, yaml.MappingNode):
        return "a group of keys"
    return _KINDS.get(str(node.tag).removeprefix(_TAG), "text")


def nearest(name: str, known: Iterable[str]) -> str:
    """A mend that names the known word most like `name`, or all of them."""
    names = list(known)
    if close := closest(name, names):
        return f'did you mean "{close[0]}"?'
    return f'only "{names[0]}" belongs here' if len(names) == 1 else f"choose from {', '.join(names)}"


def closest(name: str, known: Sequence[str]) -> list[str]:
    """The known word most like `name`, if one is like it at all."""
    return difflib.get_close_matches(name[:40].lower(), known, n=1, cutoff=0.6)


def quote(text: str) -> str:
    """Text from a document inside a message: short, and nothing in it that moves a cursor."""
    return f'"{printable(text if len(text) <= 40 else text[:39] + "…")}"'


def dotted(path: Path) -> str:
    """rules[2].mode"""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return "".join(parts).lstrip(".") or "document"


def _is(node: yaml.Node, kind: str) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.tag == _TAG + kind


def _name(path: Path) -> str:
    """What a message calls the value: its key in quotes; an entry of a list goes by the list's key."""
    keys = [part for part in path if isinstance(part, str)]
    if not keys:
        return "the document"
    return f'an entry of "{keys[-1]}"' if isinstance(path[-1], int) else f'"{keys[-1]}"'
