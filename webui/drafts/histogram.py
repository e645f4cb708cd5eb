"""Where the bars of a histogram stand: numbers for the SVG that a template writes. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

#: The drawing is stretched over whatever room there is.
WIDTH, HEIGHT = 400, 96


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar, and what it stands for."""

    x: float
    y: float
    width: float
    height: float
    low: float
    high: float
    count: int
    #: "below", "asked" or "hidden": what becomes of most of its comments
    zone: str


def bars(counts: Sequence[int], review: float | None, automatic: float | None) -> tuple[Bar, ...]:
    """Heights follow the square root of the counts: nearly all comments score near 0, and the few others matter."""
    tallest = sqrt(max(counts, default=0)) or 1.0
    width = WIDTH / max(1, len(counts))
    found = []
    for number, count in enumerate(counts):
        # Where there is anything at all, there is something to see.
        height = max(2.0, sqrt(count) / tallest * (HEIGHT - 4)) if count else 0.0
        low, high = number / len(counts), (number + 1) / len(counts)
        zone = _zone((low + high) / 2, review, automatic)
        found.append(Bar(number * width + 1, HEIGHT - height, width - 2, round(height, 2), low, high, count, zone))
    return tuple(found)


def at(threshold: float) -> float:
    """Where a threshold stands from the left."""
    return round(min(1.0, max(0.0, threshold)) * WIDTH, 2)


def _zone(middle: float, review: float | None, automatic: float | None) -> str:
    if automatic is not None and middle >= automatic:
        return "hidden"
    return "asked" if review is not None and middle >= review else "below"
