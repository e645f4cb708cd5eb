"""Claims that somebody checked: what the classifier knows around a comment."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray


class Verdict(StrEnum):
    """What a rating comes down to."""

    FALSE = "false"
    MISLEADING = "misleading"
    TRUE = "true"
    UNPROVEN = "unproven"


#: What nobody should repeat as a fact. Only these ever score.
REFUTED = frozenset({Verdict.FALSE, Verdict.MISLEADING})


@dataclass(frozen=True, slots=True)
class Checked:
    """One claim, with what its source made of it."""

    text: str
    verdict: Verdict
    #: as the source words it
    rating: str
    source: str
    checked_on: date


@dataclass(frozen=True, slots=True, eq=False)
class Near:
    """A checked claim that a comment is close to, and unit vectors of the passage that is, and of the claim."""

    claim: Checked
    passage: NDArray[np.float32]
    vector: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class CheckedClaims:
    """The checked claims of an office that are nearest to a comment and hold today, nearest first; mostly none."""

    nearest: tuple[Near, ...] = ()
