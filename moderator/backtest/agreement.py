"""How far a guideline set agrees with what people decided about the same comments. Pure.

People are asked mostly about what the version in force sends them, so these figures say more about what a set does too
much than about what it misses.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import sqrt

from moderator.domain.outcomes import Outcome

#: Below so many comments an interval is too wide to lean on, and the page says so.
ENOUGH = 30

#: 97.5 % of a normal distribution lie below it: two sides of 2.5 % are left out.
_Z = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Share:
    """`hits` of `total`, with the 95 % interval after Wilson. Without a total there is nothing to say."""

    hits: int
    total: int

    @property
    def value(self) -> float | None:
        return self.hits / self.total if self.total else None

    @property
    def interval(self) -> tuple[float, float] | None:
        return wilson(self.hits, self.total) if self.total else None

    @property
    def enough(self) -> bool:
        return self.total >= ENOUGH


@dataclass(frozen=True, slots=True)
class Agreement:
    """Of what a set claims, how much people acted on; of what people acted on, how much the set claims."""

    precision: Share
    recall: Share


@dataclass(frozen=True, slots=True)
class Judged:
    """Comments that people decided about: those they acted on (hid, deleted, blocked, reported) and those they kept.

    By what the set makes of them.
    """

    acted_on: Mapping[Outcome, int]
    kept: Mapping[Outcome, int]

    @property
    def comments(self) -> int:
        return sum(self.acted_on.values()) + sum(self.kept.values())

    @property
    def asks_or_hides(self) -> Agreement:
        return self._agreement((Outcome.QUEUED, Outcome.HIDDEN))

    @property
    def hides(self) -> Agreement:
        return self._agreement((Outcome.HIDDEN,))

    def _agreement(self, claims: Iterable[Outcome]) -> Agreement:
        claimed = tuple(claims)
        hits = sum(self.acted_on.get(outcome, 0) for outcome in claimed)
        alarms = sum(self.kept.get(outcome, 0) for outcome in claimed)
        return Agreement(Share(hits, hits + alarms), Share(hits, sum(self.acted_on.values())))


def wilson(hits: int, total: int) -> tuple[float, float]:
    """The 95 % interval of a share: E. B. Wilson, Journal of the American Statistical Association 22 (1927) 209-212."""
    share, z2 = hits / total, _Z * _Z
    middle = (share + z2 / (2 * total)) / (1 + z2 / total)
    half = _Z / (1 + z2 / total) * sqrt(share * (1 - share) / total + z2 / (4 * total * total))
    # At 0 and 1 the bounds are exact; arithmetic would leave a trace beyond them.
    low = 0.0 if hits == 0 else max(0.0, middle - half)
    high = 1.0 if hits == total else min(1.0, middle + half)
    return low, high
