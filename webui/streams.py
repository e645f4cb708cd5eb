"""Answers that go on: how many there may be, for whom, and when they end."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Generator
from typing import cast

from flask import current_app

from moderator.storage.database import Database
from moderator.watching import Watch

#: Of one member at once: nobody looks at more windows than that.
FOR_ONE = 3

#: Seconds after which a stream ends by itself; the page opens another.
LENGTH = 300.0
#: Seconds between two signs of life, for whatever stands between and closes what is silent.
SILENCE = 15.0
#: Seconds after an event before the next: many things happen at once.
PACE = 2.0
#: Seconds between two looks whether anybody still listens.
LOOK = 1.0

#: What a browser is told: milliseconds until it opens the next stream.
OPENING = "retry: 3000\n\n"
STILL_HERE = ": still here\n\n"


class Streams:
    """The streams of one process. `stop()` ends them all; then none begins."""

    def __init__(self, database: Database, most: int) -> None:
        self.watch = Watch(database)
        self._most = most
        self._open: Counter[str] = Counter()
        self._lock = threading.Lock()

    def admit(self, member_id: str) -> bool:
        """Whether there is room for one more. Then `leave` must follow."""
        with self._lock:
            room = self._open.total() < self._most and self._open[member_id] < FOR_ONE and not self.watch.stopped
            self._open[member_id] += room
            return room

    def leave(self, member_id: str) -> None:
        with self._lock:
            self._open[member_id] -= 1
            self._open += Counter()  # forgets whoever has none

    def events(self, office_id: str, tell: Callable[[], str | None], gone: Callable[[], bool]) -> Generator[str]:
        """What `tell` says, again whenever it says something else; until it says nothing, or `gone`, or time is up."""
        with self.watch.listening(office_id):
            end, spoken = time.monotonic() + LENGTH, time.monotonic()
            said, seen = "", -1
            yield OPENING
            while not self.watch.stopped and not gone() and time.monotonic() < end:
                turn = self.watch.turn(office_id, seen, LOOK)
                if turn != seen:
                    seen, news = turn, tell()
                    if news is None:
                        return
                    if news != said:
                        said, spoken = news, time.monotonic()
                        yield news
                        self.watch.rest(PACE)
                elif time.monotonic() - spoken > SILENCE:
                    spoken = time.monotonic()
                    yield STILL_HERE

    def stop(self) -> None:
        self.watch.stop()


def streams() -> Streams:
    """Those of the application at hand."""
    return cast(Streams, current_app.extensions["streams"])
