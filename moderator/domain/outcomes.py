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
