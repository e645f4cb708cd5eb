"""Items written out by hand, one a line, for what no public set has: split by pattern, so nothing judged was learned.

A file is plain text. `# name` begins a pattern: a way of saying it, or a thing that looks like it. Every other line is
`mark: text`, or `mark: text <<< parent` where the comment answers another one. Marks may be several, with + between.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from classifiers.training.rows import Part

_PARENT = " <<< "
#: Up to where patterns train, and up to where they tune; the rest judges.
_TRAIN, _TUNE = 0.6, 0.8


@dataclass(frozen=True, slots=True)
class Written:
    """An item with what was marked, and what it may be used for."""

    text: str
    parent: str
    marks: frozenset[str]
    pattern: str
    part: Part


def read(path: Path) -> list[Written]:
    """Raises `ValueError`, naming the line, for one that has no mark or stands before the first pattern."""
    lines = list(_read(path))
    parts = _parts({pattern: min(marks) for marks, _, pattern in reversed(lines)})
    found = []
    for marks, rest, pattern in lines:
        text, _, parent = rest.partition(_PARENT)
        found.append(Written(text, parent, marks, pattern, parts[pattern]))
    return found


def _read(path: Path) -> Iterator[tuple[frozenset[str], str, str]]:
    """Marks, text and pattern of each line."""
    pattern = ""
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if line.startswith("# "):
            pattern = f"{path.stem}/{line[2:].strip()}"
        elif line.strip():
            marks, colon, rest = line.partition(": ")
            if not colon or not pattern or " " in marks:
                raise ValueError(f"{path.name}, line {number}: {line[:60]!r} is no item of a pattern")
            yield frozenset(marks.split("+")), rest, pattern


def _parts(first_marks: Mapping[str, str]) -> dict[str, Part]:
    """Of the patterns that begin with the same mark, the same shares to each side, whatever their order in the file."""
    parts: dict[str, Part] = {}
    for mark in sorted(set(first_marks.values())):
        same = sorted((each for each, first in first_marks.items() if first == mark), key=_place)
        for number, pattern in enumerate(same):
            place = (number + 0.5) / len(same)
            parts[pattern] = Part.TRAIN if place < _TRAIN else Part.TUNE if place < _TUNE else Part.JUDGE
    return parts


def _place(pattern: str) -> bytes:
    return hashlib.sha256(f"written:{pattern}".encode()).digest()
