"""Two texts word by word: what stayed, what went, what came."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

#: More words than this are compared sentence by sentence, and more sentences not at all: comparing is slow.
MAX_COMPARED = 1_000

_WORDS = re.compile(r"\S+\s*|\s+")
_SENTENCES = re.compile(r"[^.!?\n]+[.!?\n]*\s*|[.!?\n]+")


class Fate(StrEnum):
    KEPT = "kept"
    DROPPED = "dropped"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of a text. What is kept and dropped makes up the text before; what is kept and added, the one after."""

    fate: Fate
    text: str


def pieces(before: str, after: str) -> tuple[Piece, ...]:
    """In the order of reading. A word whose following space changed has changed."""
    return tuple(_pieces(*_parts(before, after)))


def _parts(before: str, after: str) -> tuple[Sequence[str], Sequence[str]]:
    for pattern in (_WORDS, _SENTENCES):
        old, new = pattern.findall(before), pattern.findall(after)
        if max(len(old), len(new)) <= MAX_COMPARED:
            return old, new
    return [before], [after]


def _pieces(old: Sequence[str], new: Sequence[str]) -> Iterator[Piece]:
    for kind, old_start, old_end, new_start, new_end in SequenceMatcher(None, old, new).get_opcodes():
        if kind == "equal":
            yield Piece(Fate.KEPT, "".join(new[new_start:new_end]))
            continue
        if old_start < old_end:
            yield Piece(Fate.DROPPED, "".join(old[old_start:old_end]))
        if new_start < new_end:
            yield Piece(Fate.ADDED, "".join(new[new_start:new_end]))
