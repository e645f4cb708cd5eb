"""How a text is read that is longer than a model reads at once: in windows of tokens that overlap.

What stands at the edge of one window stands inside the next, and all windows of a long text have the full length, as
a model judges a short rest worse. Nothing is left unread up to a cap; of a text beyond it the windows are spread
evenly from start to end, and `has_gaps` tells.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Window:
    """Tokens `first` to `last` and the characters `start` to `end` that they were read from, all ends excluded."""

    first: int
    last: int
    start: int
    end: int


def windows(count: int, size: int, overlap: int, most: int) -> list[tuple[int, int]]:
    """First and last (excluded) of the tokens of each window, over `count` tokens, in reading order.

    At most `size` tokens each, neighbours sharing at least `overlap` unless there would be more than `most` windows.
    A text of up to `size` tokens, also of none, is one window; the last window ends with the text.
    Raises `ValueError` for an overlap that leaves no way forward, or fewer than two windows.
    """
    if not 0 <= overlap < size:
        raise ValueError(f"windows of {size} tokens cannot overlap by {overlap}")
    if most < 2:
        raise ValueError(f"start and end of a text need two windows, not {most}")
    if count <= size:
        return [(0, count)]
    needed = -(-(count - overlap) // (size - overlap))
    last = count - size
    if needed <= most:
        starts = [min(number * (size - overlap), last) for number in range(needed)]
    else:
        starts = [number * last // (most - 1) for number in range(most)]
    return [(start, start + size) for start in starts]


def enough(count: int, size: int, overlap: int) -> int:
    """How many windows read `count` tokens without a gap; never below the two that `windows` asks for."""
    return max(2, -(-(count - overlap) // (size - overlap)))


def has_gaps(ranges: Sequence[tuple[int, int]]) -> bool:
    """Whether tokens between two windows are in neither."""
    return any(following > last for (_, last), (following, _) in pairwise(ranges))


def located(ranges: Sequence[tuple[int, int]], offsets: Sequence[tuple[int, int]]) -> tuple[Window, ...]:
    """The windows with their characters; `offsets` are start and end of each token in the text, as tokenizers give."""
    return tuple(
        Window(first, last, offsets[first][0], offsets[last - 1][1]) if first < last else Window(first, last, 0, 0)
        for first, last in ranges
    )
