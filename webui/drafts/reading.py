"""What is wrong with a draft, and where: by the path of the value, so that a form can say it beside the field.

A draft is read as text, or as the data that a form stands for. Both go through the same loader and the same checks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import yaml

from guidelines import check, edit
from guidelines.document import Refused, compose
from guidelines.load import Reading, read_node, read_text
from guidelines.reader import Path
from guidelines.schema import Condition, GuidelineSet, Problem

Plain = dict[str, Any]

#: Any day will do for a period that only has to exist.
_DAY = "2026-05-07"


@dataclass(frozen=True, slots=True)
class Note:
    """One problem and the value that it is about."""

    path: Path
    message: str
    mend: str = ""
    warning: bool = False
    #: where it stands in the text that was read; 0 for a field of a form
    line: int = 0
    column: int = 0


@dataclass(frozen=True, slots=True)
class Judged:
    """A draft as far as it can be read. `guidelines` is None where it cannot; then every note says why."""

    guidelines: GuidelineSet | None
    notes: tuple[Note, ...]
    #: the same as the loader and the checks put it, with line and column
    problems: tuple[Problem, ...] = ()

    @property
    def errors(self) -> int:
        return sum(not note.warning for note in self.notes)


@lru_cache(maxsize=64)
def judge_text(text: str) -> Judged:
    """The draft as it was typed in YAML. Every page about a draft asks, and reading YAML takes a while: it is kept."""
    reading = read_text(text)
    paths = {(place.line, place.column): path for path, place in sorted(reading.places.items(), key=_depth)}
    problems = _problems(reading)
    return Judged(reading.guidelines, tuple(_note(problem, paths) for problem in problems), tuple(problems))


def judge_data(document: Plain) -> Judged:
    """The draft that a form stands for. Parts of it may be YAML nodes already: their own places are kept."""
    root = _Representer().represent_data(document)
    numbered = _Numbered()
    numbered.walk(root, ())
    reading = read_node(root)
    return Judged(reading.guidelines, tuple(numbered.note(problem) for problem in _problems(reading)))


@lru_cache(maxsize=64)
def has_comments(text: str) -> bool:
    """Whether saving a form would drop something from the text."""
    return edit.has_comments(text)


def condition_of(text: str) -> Condition | None:
    """The condition that a text in YAML says; None where it says none."""
    try:
        node = compose(text)
    except Refused:
        return None
    rule: Plain = {"id": "rule", "title": "rule", "text": "rule", "actions": [], "condition": node}
    document = {"name": "set", "title": "set", "language": "en", "office": {"name": "office"}, "preamble": "text"}
    periods = [{"id": name, "title": name, "first": _DAY, "last": _DAY} for name in sorted(_periods(node))]
    found = judge_data(document | {"rules": [rule], "periods": periods}).guidelines
    return found.rules[0].condition if found is not None else None


class _Representer(yaml.representer.SafeRepresenter):
    """Data as nodes; nodes inside stay as they are."""

    def represent_node(self, node: yaml.Node) -> yaml.Node:
        return node


_Representer.add_multi_representer(yaml.Node, _Representer.represent_node)


@dataclass(slots=True)
class _At:
    """Stands in a node for its place in a text: the loader takes it along into every problem."""

    line: int
    column: int = 0


class _Numbered:
    """Numbers the nodes of a tree in place of their lines, and knows each again by its number."""

    def __init__(self) -> None:
        self._found: list[tuple[Path, Any]] = []

    def walk(self, node: yaml.Node, path: Path) -> None:
        self._number(node, path)
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                inner = (*path, str(key.value))
                self._number(key, inner)
                self.walk(value, inner)
        elif isinstance(node, yaml.SequenceNode):
            for position, entry in enumerate(node.value):
                self.walk(entry, (*path, position))

    def note(self, problem: Problem) -> Note:
        known = 0 < problem.line <= len(self._found)
        path, mark = self._found[problem.line - 1] if known else ((), None)
        line, column = (mark.line + 1, mark.column + 1) if mark is not None else (0, 0)
        return Note(path, problem.message, problem.mend, problem.warning, line, column)

    def _number(self, node: yaml.Node, path: Path) -> None:
        self._found.append((path, node.start_mark))
        node.start_mark = _At(len(self._found) - 1)


def _periods(node: yaml.Node) -> set[str]:
    """The periods that a condition names; which there are is for its document to say."""
    if isinstance(node, yaml.SequenceNode):
        return {name for entry in node.value for name in _periods(entry)}
    if not isinstance(node, yaml.MappingNode):
        return set()
    named = {value.value for key, value in node.value if key.value == "period" and isinstance(value, yaml.ScalarNode)}
    return named | {name for _, value in node.value for name in _periods(value)}


def _problems(reading: Reading) -> list[Problem]:
    return reading.problems if reading.guidelines is None else check.check(reading.guidelines, reading.places)


def _note(problem: Problem, paths: Mapping[tuple[int, int], Path]) -> Note:
    path = paths.get((problem.line, problem.column), ())
    return Note(path, problem.message, problem.mend, problem.warning, problem.line, problem.column)


def _depth(entry: tuple[Path, object]) -> int:
    return len(entry[0])
