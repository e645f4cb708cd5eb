"""Our own items: posts of made-up offices and what is said under them, written by hand for this project.

A sheet is read line by line. `@` names what the page is for, until the next `@`; `==` is a post; the lines below it
are comments, each with what it is:

`+` about the post · `.` a short reaction · `~` about another matter of the page · `x` about nothing that the page is
for · `>` turns from the post to another matter

`train.txt` fits, `tune.txt` chooses and calibrates, `judge.txt` measures and was written before anything was fitted.
No post is in two of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).with_name("items")
ABOUT, REACTION, ELSEWHERE, NOWHERE, TURN = KINDS = "+.~x>"


@dataclass(frozen=True, slots=True)
class Said:
    """A comment, what it stands under, and which of `KINDS` it is."""

    kind: str
    text: str
    post: str
    topics: tuple[str, ...]

    def truth(self, label: str) -> float | None:
        """Whether the label holds; None where it is a matter of opinion."""
        match label:
            case "off_topic_post":
                return None if self.kind == TURN else float(self.kind in (ELSEWHERE, NOWHERE))
            case "off_topic":
                return None if self.kind == TURN else float(self.kind == NOWHERE)
            case _:
                return None if self.kind == ELSEWHERE else float(self.kind == TURN)


def load(name: str, folder: Path = FOLDER) -> list[Said]:
    """The items of `train`, `tune` or `judge`. Raises `ValueError` for a line that is none of the above."""
    return list(_read(folder.joinpath(f"{name}.txt").read_text("utf-8").splitlines()))


def _read(lines: list[str]) -> Iterator[Said]:
    topics: tuple[str, ...] = ()
    post = ""
    for line in filter(None, map(str.strip, lines)):
        mark, _, text = line.partition(" ")
        if mark == "@":
            topics = tuple(text.split("; "))
        elif mark == "==":
            post = text
        elif mark in KINDS and len(mark) == 1 and post:
            yield Said(mark, text, post, topics)
        else:
            raise ValueError(f"not a line of a sheet: {line[:60]!r}")
