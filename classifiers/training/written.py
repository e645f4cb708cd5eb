"""Items written out by hand, one a line, for what no public set has: split by pattern, so nothing judged was learned.

A file is plain text. `# name` begins a pattern: a way of saying it, or a thing that looks like it. Every other line is
`mark: text`, or `mark: text <<< parent` where the comment answers another one. Marks may be several, with + between.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from classifiers.training.rows import Part

_PARENT = " <<< "
#: Shares of the patterns that train and that tune; the rest judges.
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
    return list(_read(path))


def _read(path: Path) -> Iterator[Written]:
    pattern = ""
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if line.startswith("# "):
            pattern = f"{path.stem}/{line[2:].strip()}"
        elif line.strip():
            marks, colon, rest = line.partition(": ")
            if not colon or not pattern or " " in marks:
                raise ValueError(f"{path.name}, line {number}: {line[:60]!r} is no item of a pattern")
            text, _, parent = rest.partition(_PARENT)
            yield Written(text, parent, frozenset(marks.split("+")), pattern, part_of(pattern))


def part_of(pattern: str) -> Part:
    """By the name of the pattern alone, so that it falls the same way every time."""
    place = hashlib.sha256(f"written:{pattern}".encode()).digest()[0] / 256
    return Part.TRAIN if place < _TRAIN else Part.TUNE if place < _TUNE else Part.JUDGE
