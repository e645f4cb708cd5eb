"""`moderator worker`: an RQ worker that never forks, with the models loaded once.

It listens to one queue, because RQ takes a job from one queue atomically and from several not.
"""

import logging
import time

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, SimpleWorker

from moderator.jobs import handlers, queue
from moderator.jobs.rq_doorbell import QUEUE
from moderator.jobs.runner import Runner
from moderator.jobs.sweeper import Sweeper
from moderator.runtime import Runtime

log = logging.getLogger(__name__)

#: Seconds of work after which a ring is over and rings for the next one, so that RQ sees a live worker.
_SHIFT = 30.0

_runner: Runner | None = None


def answer() -> int:
    """What a ring calls, in a worker process: drain what is due. Returns how many jobs were taken."""
    if _runner is None:
        raise RuntimeError("a ring was answered outside `moderator worker`")
    end = time.monotonic() + _SHIFT
    return _runner.drain(lambda: time.monotonic() > end)


def work(runtime: Runtime, redis_url: str, *, burst: bool = False) -> None:
    """Work until SIGTERM or SIGINT. Survives Redis going away and coming back; raises when the models do not load."""
    global _runner
    runtime.classifiers.load()
    _runner = Runner(runtime, handlers.ALL)
    with runtime.database.write() as session:
        queue.release_dead(session)
    sweeper = Sweeper(runtime)
    try:
        while not _serve(redis_url, burst):
            log.warning("Redis is away; trying again")
            time.sleep(2)
    finally:
        sweeper.stop()


def _serve(redis_url: str, burst: bool) -> bool:
    """One life of an RQ worker, which quits by itself on some Redis faults. True: it was told to stop."""
    connection = Redis.from_url(redis_url)  # RQ sets the read timeout that its blocking wait needs
    try:
        worker = SimpleWorker(
            [Queue(QUEUE, connection=connection, serializer="json")], connection=connection, serializer="json"
        )
        worker.work(burst=burst, logging_level="WARNING")
        return burst or worker._shutdown_requested_date is not None
    except RedisError:
        return False
    finally:
        connection.close()
