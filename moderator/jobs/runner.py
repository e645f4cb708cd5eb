"""Claims batches and takes them through their handlers. The same in a thread, an RQ worker and a command."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from moderator import clock
from moderator.jobs import queue
from moderator.jobs.queue import Claimed, Kind
from moderator.pipeline.storable import storable
from moderator.runtime import Runtime
from moderator.traces import without_words

log = logging.getLogger(__name__)

#: After so many failures of our own a job is given up, and its comment goes to a person.
MAX_FAILURES = 5


@dataclass(frozen=True, slots=True)
class Handler:
    """One step. `work` may be slow and holds no transaction; `store` writes its result."""

    kind: Kind
    batch: int
    work: Callable[[Runtime, Sequence[Claimed]], Any]
    #: In the transaction that finishes the jobs. Gets only the jobs still owned; returns those to run again, and when.
    store: Callable[[Runtime, Session, Sequence[Claimed], Any], Mapping[str, datetime]]
    #: In the transaction that ends a job that cannot be done: the comment must reach a person.
    give_up: Callable[[Runtime, Session, Claimed, str], None]


class Runner:
    """Drains the queue. One per thread; several may run at once, here and elsewhere."""

    def __init__(self, runtime: Runtime, handlers: Iterable[Handler]) -> None:
        self._runtime = runtime
        self._handlers = tuple(handlers)
        self._owner = queue.new_owner()

    def drain(self, until: Callable[[], bool] = lambda: False) -> int:
        """Work until nothing is due, or `until()` says stop. Returns how many jobs were taken."""
        taken = 0
        while not until():
            round_taken = sum(self._take(handler) for handler in self._handlers)
            if not round_taken:
                break
            taken += round_taken
        return taken

    def _take(self, handler: Handler) -> int:
        with self._runtime.database.read() as session:
            if not queue.any_due(session, handler.kind):
                return 0  # a look takes no writer's turn; a claim would
        with self._runtime.database.write() as session:
            jobs = queue.claim(session, handler.kind, self._owner, handler.batch)
        if not jobs:
            return 0
        # A job met before may be what killed its batch: it runs alone, so that it can only harm itself.
        for batch in ([job for job in jobs if job.attempts == 1], *([job] for job in jobs if job.attempts > 1)):
            if batch and batch[0].attempts <= MAX_FAILURES:
                self._run(handler, batch)
            elif batch:
                self._fail(handler, batch[0], "whoever worked on it was gone before it was done, each time")
        self._runtime.doorbell.ring()
        return len(jobs)

    def _run(self, handler: Handler, jobs: Sequence[Claimed]) -> None:
        try:
            result = handler.work(self._runtime, jobs)
            self._settle(handler, jobs, result)
        except Exception as error:
            if len(jobs) > 1:
                kind = type(error).__name__
                log.warning("a batch of %d %s jobs failed, taking them one by one: %s", len(jobs), handler.kind, kind)
                for job in jobs:
                    self._run(handler, [job])
            else:
                what = (handler.kind, jobs[0].subject_id, jobs[0].attempts, without_words(error))
                log.error("%s of %s failed (attempt %d)\n%s", *what)
                # An error may quote the comment, and the comment may hold what no database can.
                self._fail(handler, jobs[0], storable(f"{type(error).__name__}: {error}"[:500])[0])

    def _settle(self, handler: Handler, jobs: Sequence[Claimed], result: Any) -> None:
        with self._runtime.database.write() as session:
            mine = queue.still_owned(session, jobs, self._owner)
            if not mine:
                return
            again = handler.store(self._runtime, session, mine, result)
            queue.finish(session, [job.id for job in mine if job.id not in again])

    def _fail(self, handler: Handler, job: Claimed, reason: str) -> None:
        with self._runtime.database.write() as session:
            if not queue.still_owned(session, [job], self._owner):
                return
            if job.attempts >= MAX_FAILURES:
                handler.give_up(self._runtime, session, job, reason)
                queue.finish(session, [job.id])
            else:
                queue.postpone(session, job.id, clock.now() + timedelta(seconds=2**job.attempts), reason)
