"""The text of a guideline document as a tree of nodes that know their line and column. No meaning is read here.

PyYAML's tree is used as it is; this room only refuses what a guideline document never needs and an attacker might:
aliases, tags, several documents, depth, size, and characters that hide or reorder what a reader sees.
"""

import re
from dataclasses import dataclass
from itertools import islice
from typing import Any

import yaml

from guidelines.schema import Problem

MAX_BYTES = 256 * 1024
MAX_DEPTH = 24
#: Keys, values and entries. A full set has about a thousand; PyYAML needs a second or so for this many.
MAX_NODES = 20_000
#: Reading stops here: whoever wrote the document mends these first.
MAX_PROBLEMS = 100

#: PyYAML's position in a text; `yaml.Mark` names only one of its two kinds.
Mark = yaml.error.Mark | Any

#: Everything PyYAML takes for the end of a line.
LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")

#: Control characters but tab and line ends, lone surrogates, byte order marks, noncharacters, and the invisible marks
#: that make a line read differently from what it says. Joiners stay: emoji and several scripts need them.
UNREADABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)

#: Part of what PyYAML says → what to do about it.
_MENDS = (
    ("mapping values are not allowed", "put text that holds a colon between quotes, or on the lines below a >"),
    ("found character '\\t'", "indent with spaces, not with tabs"),
    ("that cannot start any token", "put the text between quotes"),
    ("found unexpected end of stream", "close the quotes or the bracket opened here"),
    ("could not find expected ':'", "write key: value, and indent longer text more than its key"),
    ("expected <block end>", "line this up with the entries above, or put the text between quotes"),
    ("expected ',' or", "close the bracket, or put a comma between the entries"),
    ("found another document", "take out the line of three dashes and what follows it"),
    ("unknown escape character", "use single quotes, or double every backslash"),
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in a document, counted from 1."""

    line: int
    column: int


class Refused(Exception):
    """The text is no document at all. Only this module and `load` see it; callers get a `GuidelineError`."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(problems[0].message)
        self.problems = problems


def decode(data: bytes) -> str:
    """Raises `Refused` where the bytes are too many or not UTF-8."""
    if len(data) > MAX_BYTES:
        raise Refused([_too_long()])
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        read = data[: error.start].decode("utf-8")
        place = place_of_index(read, len(read))
        raise Refused([_problem("encoding", "this is not UTF-8 text", "save the file as UTF-8", place)]) from None


def compose(text: str) -> yaml.Node:
    """The root node of the only document in `text`. Raises `Refused`, and nothing else, on any string."""
    text = text.removeprefix("\ufeff")
    if len(text) > MAX_BYTES or len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise Refused([_too_long()])
    if unreadable := [_unreadable(text, hit) for hit in islice(UNREADABLE.finditer(text), MAX_PROBLEMS)]:
        raise Refused(unreadable)
    loader = _Loader(text)
    try:
        root = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        raise Refused([_from_yaml(error)]) from None
    except (ValueError, OverflowError):  # an escape or a version number too large for PyYAML's own arithmetic
        message = "a number here is larger than YAML allows"
        raise Refused([_problem("yaml", message, "", place_of(loader.get_mark()))]) from None
    finally:
        loader.dispose()
    if root is None:
        raise Refused([Problem("empty", "the document is empty", "start from one of the presets")])
    return root


def place_of(mark: Mark | None) -> Place:
    """Line 0, column 0 for a node that came from data instead of text."""
    return Place(mark.line + 1, mark.column + 1) if mark else Place(0, 0)


def place_of_index(text: str, index: int) -> Place:
    breaks = [hit.end() for hit in LINE_BREAK.finditer(text, 0, index)]
    return Place(len(breaks) + 1, index - (breaks[-1] if breaks else 0) + 1)


def name_character(character: str) -> str:
    """How a message speaks of a character that must not be printed: U+202E."""
    return f"U+{ord(character):04X}"


class _Loader(yaml.SafeLoader):
    """`SafeLoader` without aliases, tags and bottomless nesting."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = 0
        self._nodes = 0

    def compose_node(self, parent: yaml.Node | None, index: object) -> yaml.Node | None:
        event: yaml.Event = self.peek_event()  # type: ignore[no-untyped-call]
        self._refuse(event)
        self._nodes += 1
        self._depth += 1
        node = super().compose_node(parent, index)  # type: ignore[arg-type]
        self._depth -= 1
        return node

    def _refuse(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise _Forbidden("anchors (&) and aliases (*) are not used here", "write the text out", event.start_mark)
        if getattr(event, "tag", None) is not None:
            mend = "put text that starts with ! between quotes"
            raise _Forbidden("tags (!) are not used here", mend, event.start_mark)
        if self._depth >= MAX_DEPTH:
            raise _Forbidden(f"this is nested more than {MAX_DEPTH} deep", "write it flatter", event.start_mark)
        if self._nodes >= MAX_NODES:
            raise _Forbidden(f"there are more than {MAX_NODES} entries", "shorten the document", event.start_mark)


class _Forbidden(yaml.MarkedYAMLError):
    """Good YAML that a guideline document has no use for."""

    def __init__(self, message: str, mend: str, mark: Mark | None) -> None:
        super().__init__(problem=message, problem_mark=mark)
        self.mend = mend


def _from_yaml(error: yaml.MarkedYAMLError) -> Problem:
    said = (error.problem or error.context or "it cannot be read").removeprefix("but ")
    # A quote or bracket that is never closed is mended where it was opened, not at the end of the file.
    unclosed = "end of stream" in said and error.context_mark
    place = place_of(unclosed or error.problem_mark or error.context_mark)
    if isinstance(error, _Forbidden):
        return _problem("yaml", said, error.mend, place)
    mend = next((mend for part, mend in _MENDS if part in said), "")
    return _problem("yaml", f"this is not valid YAML: {said}", mend, place)


def _unreadable(text: str, hit: re.Match[str]) -> Problem:
    message = f"the character {name_character(hit[0])} cannot be shown to a reader"
    return _problem("unreadable", message, "take it out", place_of_index(text, hit.start()))


def _too_long() -> Problem:
    return Problem("too-long", f"the document is longer than {MAX_BYTES // 1024} kB", "shorten it")


def _problem(code: str, message: str, mend: str, place: Place) -> Problem:
    return Problem(code, message, mend, place.line, place.column)
