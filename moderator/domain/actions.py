"""The life of an action, and how long to wait before it is tried again."""

from datetime import timedelta
from enum import StrEnum


class ActionState(StrEnum):
    PENDING = "pending"
    DONE = "done"
    #: the platform has no call for it: a person does it there and says so here
    BY_HAND = "by_hand"
    #: it was refused, or tried too often: a person must look
    NEEDS_PERSON = "needs_person"
    CANCELLED = "cancelled"


#: Seconds before each further attempt: the schedule of the Standard Webhooks specification, about 75 hours in all.
RETRY_AFTER: tuple[float, ...] = (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)

_LONGEST_WAIT = 86400.0

#: How long what cannot be taken back waits for somebody to think better of it.
SECOND_THOUGHT = timedelta(seconds=10)


def wait_before(attempt: int, asked: float | None = None) -> float | None:
    """Seconds to wait after the failed `attempt` (1 first); None when there is no further one.

    `asked` is what the platform asked for; it wins when it is longer, up to a day.
    """
    if attempt > len(RETRY_AFTER):
        return None
    return max(RETRY_AFTER[attempt - 1], min(asked or 0.0, _LONGEST_WAIT))
