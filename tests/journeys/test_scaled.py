"""The same service on PostgreSQL and Redis: web and workers are processes of their own, and any of them may go."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import httpx
import pytest

from tests.fakes.receiver import Receiver
from tests.journeys.conftest import (
    Home,
    Office,
    Process,
    banned,
    comment,
    comments_taken_twice,
    eventually,
    taken,
    undecided,
)
from tests.services import RedisServer

COMMENTS = 5_000
BATCH = 100


@pytest.fixture
def tool() -> Iterator[Receiver]:
    """The page-management tool that carries actions out."""
    with Receiver([]) as tool:
        yield tool


@pytest.fixture
def office(scaled_home: Home, tool: Receiver) -> Office:
    office = scaled_home.settle(config={"target_url": tool.url})
    tool.secrets.append(office.secrets["outbound_secret"])
    return office


def _send(office: Office, numbers: range) -> None:
    """In deliveries of a hundred, four at a time."""
    deliveries = [range(begin, begin + BATCH) for begin in range(numbers.start, numbers.stop, BATCH)]
    with httpx.Client() as client, ThreadPoolExecutor(4) as senders:
        answers = senders.map(lambda part: office.deliver([comment(n) for n in part], client), deliveries)
        assert [answer.status_code for answer in answers] == [200] * len(deliveries)


def _holders(office: Office) -> set[int]:
    """The processes that hold work just now."""
    owners = office.rows("SELECT DISTINCT lease_owner FROM jobs WHERE lease_owner IS NOT NULL")
    return {int(owner.split(":")[-2]) for (owner,) in owners}


def _all_is_done(office: Office, tool: Receiver, numbers: range) -> bool:
    return (
        office.count("SELECT count(*) FROM jobs WHERE kind <> 'upkeep'") == 0
        and undecided(office) == 0
        and len(tool.events) >= len(banned(numbers))
    )


@pytest.mark.timeout(240)
def test_five_thousand_comments_survive_two_lost_redises_and_a_killed_worker(
    scaled_home: Home, office: Office, tool: Receiver, redis_server: RedisServer
) -> None:
    service = scaled_home.serve()
    workers = [scaled_home.start("worker"), scaled_home.start("worker")]
    worked: set[int] = set()

    def has_worked(worker: Process) -> bool:
        worked.update(_holders(office))
        return worker.pid in worked

    third = COMMENTS // 3 // BATCH * BATCH
    _send(office, range(third))
    redis_server.flushall()
    for worker in workers:
        eventually(partial(has_worked, worker), within=60)
    _send(office, range(third, 2 * third))
    workers[0].kill()
    workers.append(scaled_home.start("worker"))
    redis_server.flushall()
    _send(office, range(2 * third, COMMENTS))
    eventually(partial(has_worked, workers[2]), within=60)
    numbers = range(COMMENTS)
    eventually(lambda: _all_is_done(office, tool, numbers), within=120)

    assert taken(office) == {f"c-{n}" for n in numbers}
    assert comments_taken_twice(office) == []
    assert sorted(e["data"]["comment_id"] for e in tool.events) == sorted(banned(numbers))
    assert len({(call.headers["webhook-id"]) for call in tool.calls}) == len(banned(numbers))
    assert "every hash holds" in scaled_home.run("audit", "verify")
    for process in (service, *workers[1:]):
        process.stop()


@pytest.mark.timeout(180)
def test_while_redis_is_away_comments_are_taken_and_when_it_is_back_they_are_decided(
    scaled_home: Home, office: Office, tool: Receiver, redis_server: RedisServer
) -> None:
    scaled_home.serve()
    worker = scaled_home.start("worker")
    _send(office, range(BATCH))
    eventually(lambda: _all_is_done(office, tool, range(BATCH)), within=60)
    redis_server.kill()
    numbers = range(5 * BATCH)
    _send(office, range(BATCH, numbers.stop))
    assert taken(office) == {f"c-{n}" for n in numbers}
    redis_server.start()
    eventually(lambda: _all_is_done(office, tool, numbers), within=60)
    assert worker.runs
    assert comments_taken_twice(office) == []
