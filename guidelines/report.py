"""Problems as text for a person: where, what, the line itself with a caret, and the mend."""

import unicodedata
from collections.abc import Iterable
from itertools import pairwise

from guidelines.document import LINE_BREAK
from guidelines.schema import Problem

#: Behind a character: show it as a picture, which is two columns wide.
_AS_EMOJI = "\N{VARIATION SELECTOR-16}"
#: Skin tones, which colour the character before them.
_TONES = range(0x1F3FB, 0x1F400)
#: Vowels and endings of Korean syllables written in parts.
_JAMO = range(0x1160, 0x1200)

#: Characters of a source line shown; longer lines are cut around the caret.
WIDTH = 100


def report(problems: Iterable[Problem], text: str, source: str = "<text>") -> str:
    """Every problem in the order given, one block each. Safe to print: nothing in it steers a terminal."""
    lines = LINE_BREAK.split(text.removeprefix("\ufeff"))
    return "\n".join(_block(problem, lines, printable(source)) for problem in problems)


def printable(text: str) -> str:
    """The text with everything a terminal would act on, or an eye would miss, shown as U+FFFD."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


def _block(problem: Problem, lines: list[str], source: str) -> str:
    where = f"{source}:{problem.line}:{problem.column}" if problem.line else source
    kind = "warning: " if problem.warning else ""
    block = [f"{where}: {kind}{printable(problem.message)}"]
    if 0 < problem.line <= len(lines):
        block += _excerpt(lines[problem.line - 1], problem.line, problem.column)
    if problem.mend:
        block.append(f"  mend: {printable(problem.mend)}")
    return "\n".join(block) + "\n"


def _excerpt(line: str, number: int, column: int) -> list[str]:
    start = max(0, column - WIDTH * 3 // 4) if len(line) > WIDTH else 0
    shown = printable(line.replace("\t", " ")[start : start + WIDTH])
    cut_before, cut_after = "…" if start else "", "…" if start + WIDTH < len(line) else ""
    margin = f"{number:5} | {cut_before}"
    caret = " " * (len(margin) + _cells(shown[: column - 1 - start])) + "^"
    return [f"{margin}{shown}{cut_after}".rstrip(), caret]


def _cells(text: str) -> int:
    """How many columns of a terminal the text fills."""
    widened = sum(mark == _AS_EMOJI and _width(before) == 1 for before, mark in pairwise(text))
    return sum(map(_width, text)) + widened


def _width(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me") or ord(character) in _TONES or ord(character) in _JAMO:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
