"""The items: claims, and what comments do with them, written by hand and split by claim.

In `items/*.txt` a line `= …` is a claim; below it stand comments on it, each with a sign for what it does.
`train` teaches, `tune` chooses, `judge` does neither.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from classifiers.claims.polarity import Stance

FOLDER = Path(__file__).with_name("items")
PARTS = ("train", "tune", "judge")

SIGNS: Mapping[str, Stance] = {
    "+": Stance.REPEATS,
    "-": Stance.DISPUTES,
    '"': Stance.DISPUTES,
    "?": Stance.ASKS,
    "~": Stance.OTHER,
}


@dataclass(frozen=True, slots=True)
class Written:
    """A comment, the claim that it was written for, and what it does with it."""

    text: str
    claim: str
    stance: Stance


def load(part: str, folder: Path = FOLDER) -> list[Written]:
    """Items of one part. Raises `ValueError` for a line that is none."""
    found: list[Written] = []
    claim = ""
    for number, line in enumerate(folder.joinpath(f"{part}.txt").read_text("utf-8").splitlines(), 1):
        sign, _, text = line.partition(" ")
        if sign == "=":
            claim = text
        elif sign in SIGNS and claim and text:
            found.append(Written(text, claim, SIGNS[sign]))
        else:
            raise ValueError(f"{part}.txt, line {number}: {line[:60]!r} is neither a claim nor a comment on one")
    return found
