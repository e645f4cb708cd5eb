"""Where a case stands in the queue, and why."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from moderator.domain.decisions import Reason


class CaseState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class Lane(StrEnum):
    ACT_NOW = "act_now"
    REVIEW = "review"
    SECOND_OPINION = "second_opinion"
    PLATFORM = "platform"


@dataclass(frozen=True, slots=True)
class RuleFact:
    """What placing a case needs to know of a rule that fired."""

    id: str
    title: str
    severity: int
    review_within_hours: float


@dataclass(frozen=True, slots=True)
class Placement:
    lane: Lane
    #: 1 first, 4 last
    priority: int
    due_at: datetime
    #: why it stands there, in a sentence for the card
    why: str


_DAY = timedelta(days=1)

_PLAIN = {
    Reason.UNREADABLE: "The service cannot read this text, so a person must",
    Reason.CLASSIFIER_FAILED: "The classifiers failed on this comment, so a person must look",
    Reason.NO_GUIDELINES: "This office has published no guidelines yet",
    Reason.EDITED_WHILE_HIDDEN: "It was edited after it was hidden, and now nothing is found: should it come back?",
    Reason.EDITED_WHILE_WAITING: "It was edited while it waited here, and now nothing is found",
    Reason.FACTS_CHANGED: "What is known about its author changed while it waited here, and now nothing is found",
    Reason.ERROR: "Something went wrong while deciding, so a person must look",
}


def place(reason: Reason, rules: Iterable[RuleFact], received_at: datetime) -> Placement:
    """Place a case: the most severe rule sets lane and priority, the tightest one the due time.

    Without a rule it is due a day after it was received.
    """
    ranked = sorted(rules, key=lambda rule: (rule.severity, rule.review_within_hours))
    if not ranked:
        return Placement(Lane.REVIEW, 3, received_at + _DAY, _PLAIN.get(reason, "A person asked for a look"))
    worst = ranked[0]
    hours = min(rule.review_within_hours for rule in ranked)
    lane = Lane.ACT_NOW if worst.severity == 1 else Lane.REVIEW
    others = f" and {len(ranked) - 1} more" if len(ranked) > 1 else ""
    why = f"Rule {worst.id}, {worst.title}{others}: a look within {_hours(hours)}"
    return Placement(lane, worst.severity, received_at + timedelta(hours=hours), why)


def _hours(hours: float) -> str:
    if hours < 1:
        return f"{round(hours * 60)} minutes"
    return "1 hour" if hours == 1 else f"{hours:g} hours"
