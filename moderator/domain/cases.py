"""Where a case stands in the queue, and why."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import log2

from moderator.domain.decisions import Reason
from moderator.domain.vocabulary import Label


class CaseState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class Lane(StrEnum):
    ACT_NOW = "act_now"
    REVIEW = "review"
    SECOND_OPINION = "second_opinion"
    PLATFORM = "platform"
    #: somebody asks for another look at what was decided
    APPEALS = "appeals"


class BulkState(StrEnum):
    """The life of a bulk run."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    #: a member stopped it: what was decided stays decided
    STOPPED = "stopped"
    FAILED = "failed"


class BulkItemState(StrEnum):
    WAITING = "waiting"
    DONE = "done"
    #: somebody was first, it was edited meanwhile, or the choice is not possible there
    LEFT_ALONE = "left_alone"


#: Labels of what weighs on whoever reads it, whatever rule it falls under.
SEVERE_LABELS: frozenset[str] = frozenset({Label.THREAT, Label.SEXUAL, Label.DISCRIMINATION})

#: Minutes that a case is held for whoever opened it, unless the office says otherwise for its lane.
LEASE_MINUTES: dict[Lane, int] = {
    Lane.ACT_NOW: 10,
    Lane.REVIEW: 10,
    Lane.SECOND_OPINION: 20,
    Lane.PLATFORM: 20,
    Lane.APPEALS: 20,
}


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
    #: how many answers the comment has
    reach: int = 0
    #: reading it weighs on people
    severe: bool = False

    @property
    def urgent_at(self) -> datetime:
        """What the queue is ordered by, earliest first: the due time, brought forward for how much hangs on it."""
        return urgent_at(self.due_at, self.priority, self.reach)


_DAY = timedelta(days=1)

#: How much sooner than it is due a case counts, by its severity: 1 is a threat to somebody's safety.
_SOONER = {1: timedelta(hours=12), 2: timedelta(hours=4), 3: timedelta(hours=1)}
_MOST_FOR_REACH = timedelta(hours=2)
_FOR_EACH_DOUBLING = timedelta(minutes=20)

_PLAIN = {
    Reason.UNREADABLE: "The service cannot read this text, so a person must",
    Reason.CLASSIFIER_FAILED: "The classifiers failed on this comment, so a person must look",
    Reason.NO_GUIDELINES: "This office has published no guidelines yet",
    Reason.EDITED_WHILE_HIDDEN: "It was edited after it was hidden, and now nothing is found: should it come back?",
    Reason.EDITED_WHILE_WAITING: "It was edited while it waited here, and now nothing is found",
    Reason.FACTS_CHANGED: "What is known about its author changed while it waited here, and now nothing is found",
    Reason.ERROR: "Something went wrong while deciding, so a person must look",
}


def urgent_at(due_at: datetime, severity: int, reach: int) -> datetime:
    """When a case counts as urgent: how soon it is due comes first, then what hangs on it, then how many see it.

    Cases wait in this order, so two that are alike in all else stand in the order in which they came. `reach` is the
    number of answers: each doubling of it counts as much as twenty minutes, up to two hours.
    """
    for_reach = min(_FOR_EACH_DOUBLING * log2(1 + reach), _MOST_FOR_REACH)
    return due_at - _SOONER.get(severity, timedelta()) - for_reach


def place(
    reason: Reason,
    rules: Iterable[RuleFact],
    received_at: datetime,
    *,
    labels: Collection[str] = (),
    reach: int = 0,
) -> Placement:
    """Place a case: the most severe rule sets lane and priority, the tightest one the due time.

    Without a rule it is due a day after it was received. `labels` are those that spoke for the rules.
    """
    ranked = sorted(rules, key=lambda rule: (rule.severity, rule.review_within_hours))
    severe = not SEVERE_LABELS.isdisjoint(labels)
    if not ranked:
        why = _PLAIN.get(reason, "A person asked for a look")
        return Placement(Lane.REVIEW, 3, received_at + _DAY, why, reach, severe)
    worst = ranked[0]
    hours = min(rule.review_within_hours for rule in ranked)
    lane = Lane.ACT_NOW if worst.severity == 1 else Lane.REVIEW
    others = f" and {len(ranked) - 1} more" if len(ranked) > 1 else ""
    why = f"Rule {worst.id}, {worst.title}{others}: a look within {_hours(hours)}"
    due_at = received_at + timedelta(hours=hours)
    return Placement(lane, worst.severity, due_at, why, reach, severe or worst.severity == 1)


def _hours(hours: float) -> str:
    if hours < 1:
        return f"{round(hours * 60)} minutes"
    return "1 hour" if hours == 1 else f"{hours:g} hours"
