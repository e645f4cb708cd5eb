"""Embedded workers: threads of the web process, so that no slow platform, no explanation and
no run over many comments delays a decision.
"""

import logging
import threading

from moderator.doorbell import LocalDoorbell
from moderator.jobs import handlers, queue
from moderator.jobs.runner import Handler, Runner
from moderator.runtime import Runtime
from moderator.traces import without_words

log = logging.getLogger(__name__)

#: Seconds after which a thread looks by itself: for postponed work, and for work that other processes left.
LOOK_EVERY = 1.0


class LocalWorkers:
    """Running threads. `stop()` ends them after the batch they are in."""

    def __init__(self, runtime: Runtime, doorbell: LocalDoorbell) -> None:
        self._runtime = runtime
        self._stopping = threading.Event()
        self._doorbell = doorbell
        with runtime.database.write() as session:
            queue.release_dead(session)
        self._threads = [
            threading.Thread(target=self._loop, args=(group, doorbell.listener()), name=name, daemon=True)
            for name, group in (
                ("pipeline", handlers.PIPELINE),
                ("platform", handlers.PLATFORM),
                ("watched", handlers.WATCHED),
                ("aside", handlers.ASIDE),
            )
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._doorbell.ring()
        for thread in self._threads:
            thread.join(timeout=30)

    def _loop(self, group: tuple[Handler, ...], rung: threading.Event) -> None:
        runner = Runner(self._runtime, group)
        while not self._stopping.is_set():
            rung.clear()
            try:
                runner.drain(self._stopping.is_set)
            except Exception as error:
                # The database may be gone for a moment. What is due stays due.
                name = threading.current_thread().name
                log.error("the %s thread could not work; trying again\n%s", name, without_words(error))
            rung.wait(LOOK_EVERY)
