"""Which words carry a score: those without which it falls.

Each word is left out in turn and the network looks again. That takes no gradients, only looks, so it is done for
comments that reach a person.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise

import numpy as np
from numpy.typing import NDArray

from classifiers.civility.reading import Tokens

#: Looks at one window at most; longer windows are left out two or three words at a time.
MOST_LOOKS = 48
#: A word carries a score if leaving it out lowers the logit by at least this, and this share of the hardest fall.
LEAST_FALL, SHARE = 0.25, 0.35


def words(tokens: Tokens, text: str) -> list[tuple[int, int]]:
    """First and last (excluded) token of each word, or of each few words of a long window."""
    edges = [0] + [
        place
        for place in range(1, len(tokens.ids))
        if tokens.spans[place][0] > tokens.spans[place - 1][0] and _apart(text, tokens, place)
    ]
    together = -(-len(edges) // MOST_LOOKS)
    starts = [*edges[::together], len(tokens.ids)]
    return [(first, last) for first, last in pairwise(starts) if first < last]


def without_each(tokens: Tokens, words: Sequence[tuple[int, int]]) -> Iterator[Tokens]:
    """The window without each word in turn."""
    for first, last in words:
        yield Tokens(
            [*tokens.ids[:first], *tokens.ids[last:]],
            [*tokens.spans[:first], *tokens.spans[last:]] or [tokens.spans[0]],
        )


def carriers(
    words: Sequence[tuple[int, int]], tokens: Tokens, logits: NDArray[np.float32]
) -> Iterator[tuple[int, int]]:
    """Characters of the stretches that carry a score. `logits`: of the whole window, then without each word."""
    falls = logits[0] - logits[1:]
    if not len(falls) or falls.max() < LEAST_FALL:
        return
    carries = falls >= max(LEAST_FALL, SHARE * float(falls.max()))
    place = 0
    for holds, run in groupby(carries.tolist()):
        length = len(list(run))
        if holds:
            first, last = words[place][0], words[place + length - 1][1]
            start, end = tokens.spans[first][0], tokens.spans[last - 1][1]
            yield start, end
        place += length


def _apart(text: str, tokens: Tokens, place: int) -> bool:
    """Whether white space stands between this token and the one before."""
    before, here = tokens.spans[place - 1], tokens.spans[place]
    return any(map(str.isspace, text[before[0] : here[0]]))
