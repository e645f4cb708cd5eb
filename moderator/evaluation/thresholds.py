"""At which scores a guideline set acts, label by label."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from guidelines.schema import GuidelineSet, Strength
from moderator.domain.thresholds import Lowest, lowest_of

#: The name of a threshold that was given by hand.
GIVEN = "given"


@dataclass(frozen=True, slots=True)
class Cut:
    """A threshold and what it is for: a `Strength`, or `GIVEN`."""

    name: str
    at: float


Cuts = Mapping[str, tuple[Cut, ...]]


def cuts_of(guidelines: GuidelineSet) -> dict[str, tuple[Cut, ...]]:
    """For each label the lowest review threshold of any rule that can fire, and the lowest automatic one if any."""
    return {label: tuple(_cuts(lowest)) for label, lowest in lowest_of(guidelines).items()}


def _cuts(lowest: Lowest) -> Iterator[Cut]:
    yield Cut(Strength.REVIEW.value, lowest.review)
    if lowest.automatic is not None:
        yield Cut(Strength.AUTOMATIC.value, lowest.automatic)
