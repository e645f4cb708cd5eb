"""Tells comments that repeat a claim which somebody checked and rated false or misleading.

It knows no facts of its own: without a stored, dated check that holds today nothing scores. To dispute a claim, to
ask about it or to quote it for criticism is not to repeat it.
"""

import tomllib
from collections.abc import Iterator, Sequence
from datetime import date
from importlib.resources import files

from classifiers.base import Item, Result
from classifiers.claims.checked import REFUTED, Checked, CheckedClaims, Near
from classifiers.claims.polarity import STANCES, Pair, Polarity, Stance, read

MISINFORMATION = "misinformation"

_NOBODY_LOOKED = CheckedClaims()

#: Characters of a claim that the sentence repeats.
_MOST_SAID = 240


class Claims:
    """One label. Safe to share between threads."""

    name = "claims"
    labels = (MISINFORMATION,)
    wants = (CheckedClaims,)

    def __init__(self, polarity: Polarity, version: str) -> None:
        self.version = version
        self._polarity = polarity

    def classify(self, batch: Sequence[Item]) -> list[Result]:
        near = [_refuted(item.get(CheckedClaims, _NOBODY_LOOKED)) for item in batch]
        pairs = [
            Pair(item.text, each.claim.text, each.passage, each.vector)
            for item, several in zip(batch, near, strict=True)
            for each in several
        ]
        likely = iter(self._polarity.stances(pairs)[:, STANCES.index(Stance.REPEATS)].tolist())
        return [_result(several, likely) for several in near]


def load() -> Claims:
    """The classifier with the weights that come with it."""
    here = files(__package__)
    card = tomllib.loads(here.joinpath("card.toml").read_text("utf-8"))
    with here.joinpath("weights.npz").open("rb") as file:
        return Claims(read(file), card["version"])


def sentence(claim: Checked) -> str:
    """What a moderator is told about the claim that a comment repeats."""
    text = claim.text if len(claim.text) <= _MOST_SAID else f"{claim.text[:_MOST_SAID].rstrip()}…"
    ending = "" if text.endswith((".", "!", "?", "…")) else "."
    return f"Repeats a claim that {claim.source} rated “{claim.rating}” on {day(claim.checked_on)}: {text}{ending}"


def day(moment: date) -> str:
    """As "21 November 2026"."""
    return f"{moment.day} {moment:%B %Y}"


def _refuted(known: CheckedClaims) -> list[Near]:
    return [near for near in known.nearest if near.claim.verdict in REFUTED]


def _result(near: Sequence[Near], likely: Iterator[float]) -> Result:
    """Of the claims near one comment, by the one that it most likely repeats."""
    if not near:
        return Result({MISINFORMATION: 0.0})
    scored = [(next(likely), each) for each in near]
    score, best = max(scored, key=lambda pair: pair[0])
    because = {MISINFORMATION: sentence(best.claim)} if score >= 0.5 else {}
    return Result({MISINFORMATION: score}, because=because)
