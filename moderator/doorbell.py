"""A doorbell says that there may be work. Losing a ring costs time, never a comment: the table is the truth."""

import logging
import threading
from typing import Protocol

log = logging.getLogger(__name__)


class Doorbell(Protocol):
    def ring(self) -> None:
        """Wake whoever works. Call it after commit. Never raises."""
        ...


class LocalDoorbell:
    """Rings threads of this process."""

    def __init__(self) -> None:
        self._listeners: list[threading.Event] = []

    def listener(self) -> threading.Event:
        """An event that every ring sets; the listener clears it."""
        event = threading.Event()
        self._listeners.append(event)
        return event

    def ring(self) -> None:
        for event in self._listeners:
            event.set()
