"""What platforms tell about the accounts that comment: what is kept of it, how coarsely, and when it is forgotten.

No more is kept than `classifiers.automation` reads: the day on which the account was made, whether it has a picture of
its own, and three counts of two significant digits, which is all that a score on a logarithmic scale can tell apart.
Nothing is kept where the channel says so, nor where the office has switched the classifier off.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Text, cast, update
from sqlalchemy.orm import Session

from classifiers.automation.account import Profile
from moderator import ensembles
from moderator.connectors.base import AccountFacts
from moderator.storage.tables import Author, Channel

#: The channel's setting, and its value where nothing is to be kept.
SETTING, NOTHING_KEPT = "account_facts", "no"

_CLASSIFIER = "automation"
_COUNTS = ("followers", "following", "posts")
_DAY = 86_400.0


def may_keep(session: Session, channel: Channel) -> bool:
    """Whether anything may be kept about the accounts of a channel, and is of use."""
    return channel.config.get(SETTING) != NOTHING_KEPT and _CLASSIFIER not in ensembles.off(session, channel.office_id)


def kept(facts: AccountFacts) -> dict[str, Any]:
    """What is stored of them: what the platform told alone, counts rounded."""
    found: dict[str, Any] = {"since": facts.since.isoformat()} if facts.since else {}
    for name in _COUNTS:
        count = getattr(facts, name)
        if count is not None:
            found[name] = _rounded(count)
    if facts.default_picture is not None:
        found["default_picture"] = facts.default_picture
    return found


def profile(stored: Mapping[str, Any], at: float) -> Profile:
    """What was stored, as the classifier reads it about a comment that was written `at`, in seconds since 1970."""
    counts = {name: stored.get(name) for name in _COUNTS}
    since = stored.get("since")
    return Profile(
        age_days=None if since is None else max(0.0, (at - _midnight(since)) / _DAY),
        default_picture=stored.get("default_picture"),
        **counts,
    )


def forget(session: Session, channel_id: str) -> None:
    """Whatever is known about the accounts of this channel."""
    told = cast(Author.account, Text) != "{}"
    session.execute(
        update(Author).where(Author.channel_id == channel_id, told).values(account={}),
        execution_options={"synchronize_session": False},
    )


def _rounded(count: int) -> int:
    """Two significant digits."""
    return int(round(count, 2 - len(str(count)))) if count else 0


def _midnight(day: str) -> float:
    found = date.fromisoformat(day)
    return datetime(found.year, found.month, found.day, tzinfo=UTC).timestamp()
