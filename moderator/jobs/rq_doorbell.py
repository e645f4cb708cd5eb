"""The doorbell over Redis: a ring is one tiny RQ job that carries nothing but the call to look."""

import logging

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue

log = logging.getLogger(__name__)

QUEUE = "moderator"

#: With so many rings waiting, every worker will look anyway.
ENOUGH = 16

_TIMEOUT = 5


def connect(redis_url: str) -> Redis:
    """A connection that gives up quickly: a doorbell must not hold up the door."""
    return Redis.from_url(redis_url, socket_connect_timeout=_TIMEOUT, socket_timeout=_TIMEOUT)


class RqDoorbell:
    """Rings whichever `moderator worker` is free."""

    def __init__(self, redis_url: str) -> None:
        self._redis = connect(redis_url)
        self._queue = Queue(QUEUE, connection=self._redis, serializer="json")

    def ring(self) -> None:
        try:
            if self._queue.count < ENOUGH:
                self._queue.enqueue_call(
                    "moderator.jobs.rq_worker.answer", timeout=600, ttl=60, result_ttl=0, failure_ttl=3600
                )
        except RedisError as error:
            # The job is safe in the database, and the sweeper rings until somebody hears it.
            log.warning("the doorbell cannot be rung: %s", type(error).__name__)

    def close(self) -> None:
        self._redis.close()
