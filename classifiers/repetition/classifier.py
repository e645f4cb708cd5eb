"""Tells when the same is said again and again: by one account (`repetition`), or by many at once (`coordination`).

It counts and nothing else: who says it, for or against whom, in which words, plays no part, so copied support scores
like copied attack. Scores follow from the counts by two plain formulas, and never fall as a count rises.
"""

from collections.abc import Sequence
from datetime import datetime
from math import ceil, log

from classifiers.base import Item, Result
from classifiers.repetition.echoes import Echoes

REPETITION, COORDINATION = "repetition", "coordination"

#: Two comments are nobody's campaign, nor are two people who say the same.
LEAST = 3

#: What two of a kind score: well below anything that a rule looks at.
_TWO = 0.2

#: What three score, under one post or within three days.
_THREE_TIMES, _THREE_ACCOUNTS = 0.6, 0.5

#: Each further comment, post or account leaves so much of the doubt.
_DOUBT_LEFT = 0.75

#: Within an hour, as many accounts count as so many more within three days.
_HASTE = 2.0

_SLOWEST = 72.0


class Repetition:
    """Labels `repetition` and `coordination`, from `Echoes`; without any, both are 0."""

    name = "repetition"
    version = "1"
    labels = (REPETITION, COORDINATION)
    wants = (Echoes,)

    def classify(self, batch: Sequence[Item]) -> list[Result]:
        return [_result(item.get(Echoes, _NONE)) for item in batch]


_NONE = Echoes()


def load() -> Repetition:
    return Repetition()


def repetition(comments: int, posts: int) -> float:
    """How surely one account keeps saying the same: so many times, under so many posts."""
    if comments < LEAST:
        return _TWO if comments == 2 else 0.0
    return _rising(_THREE_TIMES, comments - LEAST + max(0, posts - 1) / 2)


def coordination(authors: int, hours: float) -> float:
    """How surely so many accounts say the same together: within so many hours."""
    if authors < LEAST:
        return _TWO if authors == 2 else 0.0
    return _rising(_THREE_ACCOUNTS, authors - LEAST + _HASTE * (1 - _slowness(hours)))


def _rising(start: float, more: float) -> float:
    """`start`, and then ever nearer to 1."""
    return 1 - (1 - start) * float(_DOUBT_LEFT**more)


def _slowness(hours: float) -> float:
    """0 within an hour, 1 at three days; each doubling of the time counts the same."""
    return min(1.0, max(0.0, log(max(hours, 1.0)) / log(_SLOWEST)))


def _result(echoes: Echoes) -> Result:
    scores = {
        REPETITION: repetition(echoes.own_comments, echoes.own_posts),
        COORDINATION: coordination(echoes.authors, echoes.hours),
    }
    because = {}
    if echoes.own_comments >= LEAST:
        because[REPETITION] = _of_one(echoes)
    if echoes.authors >= LEAST:
        because[COORDINATION] = _of_many(echoes)
    return Result(scores, because=because)


def _of_one(echoes: Echoes) -> str:
    said = f"This account said nearly the same {_times(echoes.own_comments, echoes.more)}"
    return f"{said}{_under(echoes.own_posts)}{_since(echoes.own_since)}."


def _of_many(echoes: Echoes) -> str:
    said = f"Nearly the same was said {_times(echoes.comments, echoes.more)} by {echoes.authors} accounts"
    return f"{said}{_under(echoes.posts)} within {_stretch(echoes.hours)}{_since(echoes.since)}."


def _times(count: int, more: bool) -> str:
    return f"at least {count} times" if more else f"{count} times"


def _under(posts: int) -> str:
    return f" under {posts} posts" if posts > 1 else ""


def _stretch(hours: float) -> str:
    if hours <= 1:
        return "an hour"
    return f"{ceil(hours)} hours" if hours <= 48 else f"{ceil(hours / 24)} days"


def _since(moment: datetime | None) -> str:
    return f", since {moment.day} {moment:%B}" if moment else ""
