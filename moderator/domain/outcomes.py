"""What becomes of a comment nobody has looked at, in one word: what two guideline sets are compared by. Pure."""

from collections.abc import Sequence
from enum import StrEnum

from moderator.domain.decisions import Draft, State
from moderator.domain.vocabulary import Verb


class Outcome(StrEnum):
    """From the mildest to the harshest."""

    KEPT = "kept"
    #: a person is asked
    QUEUED = "queued"
    #: hidden by the service; a person may be asked as well
    HIDDEN = "hidden"


class Direction(StrEnum):
    """What a change of rules does with a comment whose outcome it changes."""

    HIDES_MORE = "hides_more"
    ASKS_MORE = "asks_more"
    #: a milder outcome than before: kept, or asked about where it was hidden
    LETS_GO = "lets_go"


def direction_of(before: Outcome, after: Outcome) -> Direction | None:
    """None: nothing changes."""
    if before is after:
        return None
    if _HARSHNESS[after] < _HARSHNESS[before]:
        return Direction.LETS_GO
    return Direction.HIDES_MORE if after is Outcome.HIDDEN else Direction.ASKS_MORE


_HARSHNESS = {outcome: place for place, outcome in enumerate(Outcome)}


def outcome_of(drafts: Sequence[Draft]) -> Outcome:
    """What the drafts that one comment got come to."""
    if any(draft.state is State.MADE and Verb.HIDE in draft.verbs for draft in drafts):
        return Outcome.HIDDEN
    if any(draft.state is State.SUGGESTED for draft in drafts):
        return Outcome.QUEUED
    return Outcome.KEPT


def cited(drafts: Sequence[Draft]) -> tuple[str, ...]:
    """Ids of the rules behind the drafts, each once, in their order."""
    return tuple(dict.fromkeys(rule_id for draft in drafts for rule_id in draft.rule_ids))


def behind(drafts: Sequence[Draft]) -> tuple[str, ...]:
    """Ids of the rules that make the outcome what it is: of those alone that hide, where the comment is hidden."""
    hiding = [draft for draft in drafts if draft.state is State.MADE and Verb.HIDE in draft.verbs]
    return cited(hiding or drafts)
