"""What is known about the account behind a comment, as it was when the comment was written."""

from dataclasses import dataclass

#: Fewer comments in a day tell nothing about an account: its conduct is not looked at.
LEAST_COMMENTS = 5

#: More comments in a day are not counted.
MOST_COMMENTS = 200


@dataclass(frozen=True, slots=True)
class Profile:
    """What the platform told about the account; None where it did not. Counts are rounded."""

    age_days: float | None = None
    followers: int | None = None
    following: int | None = None
    #: everything that the account ever published there
    posts: int | None = None
    #: it has no picture of its own
    default_picture: bool | None = None


@dataclass(frozen=True, slots=True)
class Conduct:
    """What was seen of the account on this channel in the day up to the comment, the comment included."""

    #: comments in the last hour, and in the day
    hour: int
    day: int
    #: most comments under one post
    thread: int
    #: how many of the day's comments could be compared, and how many of those said what an earlier one had said
    compared: int = 0
    repeats: int = 0
    #: the median time between two comments, and the interquartile range of these times as a share of it
    gap_seconds: float | None = None
    unevenness: float | None = None
    #: median time from a post to the account's first comment under it, and over how many posts
    delay_seconds: float | None = None
    delays: int = 0


@dataclass(frozen=True, slots=True)
class Account:
    """`conduct` is None where the account wrote fewer than `LEAST_COMMENTS`."""

    profile: Profile = Profile()
    conduct: Conduct | None = None
