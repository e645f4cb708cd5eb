"""The score, part by part. It has two limbs, and both must be there.

*Like a machine*: evidence adds up in log-odds, as independent evidence does (a naive Bayes model whose weights were
set by hand), from a start at which nearly nobody is a machine. No single part lifts the odds above even. *Swamps a
thread*: a share from 0 to 1 that grows with the number of comments under one post. The score is the product, so facts
about the account alone are worth nothing, however many there are, and so is a busy thread alone.

Every part only ever rises with what speaks for a machine. What is not known adds nothing.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from classifiers.automation.account import MOST_COMMENTS, Account, Conduct, Profile

#: Log-odds to begin with: 1 in 13 of the accounts that fill a thread.
BASE = -2.5

#: The parts of the profile together count for no more than this.
PROFILE_MOST = 2.0

#: From these numbers of comments under one post the second limb begins, and is there entirely.
THREAD_NONE, THREAD_FULL = 4, 16


@dataclass(frozen=True, slots=True)
class Weight:
    """A part weighs nothing at `none` and `most` at `full`, between them by the logarithm. `none` may be the larger."""

    none: float
    full: float
    most: float

    def of(self, value: float) -> float:
        way = (math.log(max(value, 1e-9)) - math.log(self.none)) / (math.log(self.full) - math.log(self.none))
        return self.most * min(max(way, 0.0), 1.0)


#: days
AGE = Weight(365, 1, 1.2)
PICTURE = 0.5
#: accounts that it follows for each that follows it, ten of these taken for granted
FOLLOWING = Weight(10, 200, 0.6)
#: posts a day over the account's life
POSTS = Weight(20, 200, 0.8)

#: comments
HOUR = Weight(10, 60, 2.0)
DAY = Weight(40, MOST_COMMENTS, 1.0)
#: share of comments that repeat an earlier one, two comments that do not taken for granted
REPEATS = Weight(0.2, 0.8, 2.0)
UNEVENNESS = Weight(0.6, 0.15, 1.8)
#: seconds
DELAY = Weight(60, 5, 1.6)


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of evidence: how far it moves the log-odds, and half a sentence that says it with its numbers."""

    name: str
    weight: float
    words: str


@dataclass(frozen=True, slots=True)
class Weighed:
    """The two limbs, 0 to 1, and the parts of the first, strongest first; those that weigh nothing are left out."""

    machine: float
    swamps: float
    parts: tuple[Part, ...]

    @property
    def score(self) -> float:
        return self.machine * self.swamps


def weigh(account: Account) -> Weighed:
    """Weigh all that is known."""
    profile = [part for part in _of_profile(account.profile) if part.weight > 0]
    conduct = [part for part in _of_conduct(account.conduct) if part.weight > 0] if account.conduct else []
    odds = BASE + min(_sum(profile), PROFILE_MOST) + _sum(conduct)
    parts = sorted([*conduct, *profile], key=lambda part: -part.weight)
    return Weighed(1 / (1 + math.exp(-odds)), swamps(account.conduct), tuple(parts))


def swamps(conduct: Conduct | None) -> float:
    """How far the account fills one thread."""
    return Weight(THREAD_NONE, THREAD_FULL, 1.0).of(conduct.thread) if conduct else 0.0


def profile_weight(profile: Profile) -> float:
    """What the profile adds to the log-odds."""
    return min(_sum(list(_of_profile(profile))), PROFILE_MOST)


def _sum(parts: list[Part]) -> float:
    return math.fsum(part.weight for part in parts)


def _of_profile(profile: Profile) -> Iterator[Part]:
    age, followers, following, posts = profile.age_days, profile.followers, profile.following, profile.posts
    if age is not None:
        yield Part("age", AGE.of(max(age, 1.0)), f"the account is {_age(age)} old")
    if profile.default_picture:
        yield Part("picture", PICTURE, "it has no picture of its own")
    if following is not None and followers is not None:
        words = f"it follows about {following:,} accounts and about {followers:,} follow it"
        yield Part("following", FOLLOWING.of(following / (followers + 10)), words)
    if posts is not None and age is not None:
        a_day = posts / max(age, 1.0)
        yield Part("posts", POSTS.of(a_day), f"it publishes about {a_day:,.0f} times a day")


def _of_conduct(conduct: Conduct) -> Iterator[Part]:
    yield Part("hour", HOUR.of(conduct.hour), f"{number(conduct.hour)} comments came within an hour")
    yield Part("day", DAY.of(conduct.day), f"{number(conduct.day)} comments came within a day")
    if conduct.compared:
        share = conduct.repeats / (conduct.compared + 2)
        words = f"{conduct.repeats} of {conduct.compared} longer ones repeat an earlier one"
        yield Part("repeats", REPEATS.of(share), words)
    if conduct.unevenness is not None and conduct.gap_seconds is not None:
        words = f"they come evenly, about every {_time(conduct.gap_seconds)}"
        yield Part("rhythm", UNEVENNESS.of(conduct.unevenness), words)
    if conduct.delay_seconds is not None:
        words = f"the first came within about {_time(conduct.delay_seconds)} of the post under {conduct.delays} posts"
        yield Part("delay", DELAY.of(conduct.delay_seconds), words)


def number(count: int) -> str:
    """As it is said: there may be more than are counted."""
    return f"{MOST_COMMENTS} or more" if count >= MOST_COMMENTS else str(count)


def _age(days: float) -> str:
    if days < 1:
        return "less than a day"
    return "1 day" if days < 2 else f"{int(days):,} days"


def _time(seconds: float) -> str:
    if seconds < 90:
        whole = max(1, round(seconds))
        return "1 second" if whole == 1 else f"{whole} seconds"
    minutes = round(seconds / 60)
    return f"{minutes} minutes" if minutes < 90 else f"{round(seconds / 3600)} hours"
