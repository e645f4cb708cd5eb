"""Rings again for whatever was missed: a ring lost with Redis, a lease that ran out, work whose time has come."""

import logging
import threading

from moderator.jobs import queue
from moderator.runtime import Runtime
from moderator.traces import without_words

log = logging.getLogger(__name__)

#: Seconds between two looks.
EVERY = 2.0


class Sweeper:
    """A thread that looks at the jobs table and rings. Any number may run."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="sweeper", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(timeout=10)

    def _loop(self) -> None:
        while not self._stopping.wait(EVERY):
            try:
                self.sweep()
            except Exception as error:
                log.error("the sweeper could not look; trying again\n%s", without_words(error))

    def sweep(self) -> None:
        """One look."""
        with self._runtime.database.write() as session:
            queue.release_dead(session)
            due = queue.any_due(session)
        if due:
            self._runtime.doorbell.ring()
