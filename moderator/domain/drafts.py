"""The states of a guideline draft, and of trying one on stored comments."""

from enum import StrEnum


class DraftState(StrEnum):
    EDITING = "editing"
    #: a second member reads it; its text does not change
    IN_REVIEW = "in_review"
    #: agreed on, word for word; a change of the text takes it back to editing
    APPROVED = "approved"
    PUBLISHED = "published"
    DISCARDED = "discarded"


#: The states in which a draft is still somebody's work.
OPEN_STATES = frozenset({DraftState.EDITING, DraftState.IN_REVIEW, DraftState.APPROVED})


class BacktestState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"
