"""Tells whoever waits that something happened in an office. One thread asks the database for all of them.

So a hundred open pages cost what one costs, and a process in which nobody waits asks nothing.
"""

import logging
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from moderator.queries.live import Sign, signs
from moderator.storage.database import Database
from moderator.traces import without_words

log = logging.getLogger(__name__)

#: Seconds between two looks.
EVERY = 1.0


class Watch:
    """Watches the offices that somebody listens to. `stop()` ends it for good, and everybody's waiting with it."""

    def __init__(self, database: Database, every: float = EVERY) -> None:
        self._database = database
        self._every = every
        self._changed = threading.Condition()
        self._listeners: Counter[str] = Counter()
        self._signs: dict[str, Sign] = {}
        #: how often something happened, by office
        self._turns: Counter[str] = Counter()
        self._thread: threading.Thread | None = None
        self.stopped = False

    @contextmanager
    def listening(self, office_id: str) -> Iterator[None]:
        """The office is watched for the length of the block."""
        with self._changed:
            self._listeners[office_id] += 1
            if self._thread is None and not self.stopped:
                self._thread = threading.Thread(target=self._look_again_and_again, name="watch", daemon=True)
                self._thread.start()
        try:
            yield
        finally:
            with self._changed:
                self._listeners[office_id] -= 1
                if not self._listeners[office_id]:
                    del self._listeners[office_id]
                    # Whoever comes next is told how things stand; what happened meanwhile is nobody's news.
                    self._signs.pop(office_id, None)
                self._changed.notify_all()

    def turn(self, office_id: str, seen: int, seconds: float) -> int:
        """Wait until more has happened than was seen, for so long at most. Gives what there is to be seen now."""
        with self._changed:
            self._changed.wait_for(lambda: self.stopped or self._turns[office_id] != seen, seconds)
            return self._turns[office_id]

    def rest(self, seconds: float) -> None:
        """Wait, whatever happens, unless it is stopped."""
        with self._changed:
            self._changed.wait_for(lambda: self.stopped, seconds)

    def stop(self) -> None:
        with self._changed:
            self.stopped = True
            self._changed.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join(timeout=5)

    def _look_again_and_again(self) -> None:
        while True:
            with self._changed:
                if self.stopped or not self._listeners:
                    self._thread = None
                    return
                offices = list(self._listeners)
            try:
                with self._database.read() as reading:
                    found = signs(reading, offices)
            except Exception as error:
                # The database may be gone for a moment. What happened meanwhile is seen at the next look.
                log.error("could not look for changes; trying again\n%s", without_words(error))
            else:
                self._tell(found)
            with self._changed:
                self._changed.wait_for(lambda: self.stopped or not self._listeners, self._every)

    def _tell(self, found: dict[str, Sign]) -> None:
        with self._changed:
            for office_id, sign in found.items():
                if office_id in self._listeners and self._signs.get(office_id) != sign:
                    self._turns[office_id] += 1
                    self._signs[office_id] = sign
            self._changed.notify_all()
