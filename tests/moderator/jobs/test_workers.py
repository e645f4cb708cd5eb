"""Whoever works: threads of the web process, RQ workers rung through Redis; and the sweeper, who rings again."""

import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from redis import Redis
from rq import Queue

from moderator.bootstrap import bootstrap, start_workers
from moderator.doorbell import LocalDoorbell
from moderator.jobs import local, queue, rq_worker, sweeper
from moderator.jobs.local import LocalWorkers
from moderator.jobs.queue import Kind
from moderator.jobs.rq_doorbell import ENOUGH, QUEUE, RqDoorbell
from moderator.jobs.sweeper import Sweeper
from moderator.pipeline.classifier_room import BrokenClassifier, ClassifierRoom
from moderator.runtime import Runtime
from moderator.settings import Settings
from moderator.storage.tables import Job
from tests.moderator.conftest import World, added
from tests.services import RedisServer

Until = Callable[[Callable[[], bool]], None]


@pytest.fixture
def until() -> Until:
    """Waits for something to become true, and fails after a while."""
    pause = threading.Event()

    def wait(happened: Callable[[], bool]) -> None:
        for _ in range(1000):
            if happened():
                return
            pause.wait(0.01)
        pytest.fail("it never happened")

    return wait


def _on_redis(world: World, redis_url: str) -> Runtime:
    settings = replace(world.runtime.settings, redis_url=redis_url)
    return replace(world.runtime, settings=settings, doorbell=RqDoorbell(redis_url))


def _rings(redis_url: str) -> int:
    with Redis.from_url(redis_url) as connection:
        return Queue(QUEUE, connection=connection, serializer="json").count


# --- the embedded ones


def test_a_ring_is_heard_by_everybody_who_listens() -> None:
    doorbell = LocalDoorbell()
    doorbell.ring()
    first, second = doorbell.listener(), doorbell.listener()
    doorbell.ring()
    assert first.is_set()
    assert second.is_set()


@pytest.fixture
def workers(world: World) -> Iterator[LocalWorkers]:
    assert isinstance(world.runtime.doorbell, LocalDoorbell)
    running = LocalWorkers(world.runtime, world.runtime.doorbell)
    yield running
    running.stop()


@pytest.mark.usefixtures("workers")
def test_a_comment_that_comes_in_is_decided_and_acted_on_at_the_ring(
    world: World, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "LOOK_EVERY", 60.0)
    comment_id = world.say("spam=0.95")
    world.runtime.doorbell.ring()
    until(lambda: world.steps_of(comment_id) == [("hide", "done")])


@pytest.fixture
def _eager(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "LOOK_EVERY", 0.02)


@pytest.mark.usefixtures("_eager", "workers")
def test_work_that_nobody_rang_for_is_found_all_the_same(world: World, until: Until) -> None:
    comment_id = world.say("A fine day")
    until(lambda: world.comment(comment_id).decision_id is not None)


@pytest.mark.usefixtures("_eager", "workers")
def test_a_slow_platform_delays_no_decision(world: World, until: Until) -> None:
    answered = threading.Event()

    def slow(order: object) -> object:
        answered.wait(20)
        return world.platform.carry_out(order)  # type: ignore[arg-type]

    world.platform.answers = [slow]  # type: ignore[list-item]
    hidden = world.say("spam=0.95")
    until(lambda: bool(world.platform.orders))
    kept = world.say("A fine day")
    until(lambda: world.comment(kept).decision_id is not None)
    assert world.steps_of(hidden) == [("hide", "pending")]
    answered.set()


@pytest.mark.usefixtures("_eager", "workers")
def test_an_explanation_that_takes_long_delays_no_decision(
    world: World, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, answered = threading.Event(), threading.Event()

    def slow(*_: object) -> tuple[()]:
        asked.set()
        answered.wait(20)
        return ()

    monkeypatch.setattr(ClassifierRoom, "explain", slow)
    world.say("harassment=0.7")
    until(asked.is_set)
    hidden = world.say("spam=0.95")
    until(lambda: world.steps_of(hidden) == [("hide", "done")])
    answered.set()
    until(lambda: world.steps_of(hidden) == [("hide", "done")])


def test_a_thread_whose_work_fails_goes_on(
    world: World, until: Until, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(local, "LOOK_EVERY", 0.01)
    failures = iter([RuntimeError("the database is away")] * 2)
    real = queue.any_due

    def away_at_first(*arguments: object, **options: object) -> bool:
        for failure in failures:
            raise failure
        return real(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(queue, "any_due", away_at_first)
    comment_id = world.say("A fine day")
    assert isinstance(world.runtime.doorbell, LocalDoorbell)
    with caplog.at_level(logging.CRITICAL):
        workers = LocalWorkers(world.runtime, world.runtime.doorbell)
        until(lambda: world.comment(comment_id).decision_id is not None)
        workers.stop()


def test_stopping_ends_every_thread(world: World) -> None:
    before = threading.active_count()
    assert isinstance(world.runtime.doorbell, LocalDoorbell)
    workers = LocalWorkers(world.runtime, world.runtime.doorbell)
    assert threading.active_count() == before + 4
    workers.stop()
    assert threading.active_count() == before


# --- the sweeper


@pytest.fixture
def quiet_sweeper(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sweeper]:
    """One that looks when it is told to."""
    monkeypatch.setattr(sweeper, "EVERY", 3600.0)
    running = Sweeper(world.runtime)
    yield running
    running.stop()


def test_the_sweeper_rings_only_where_something_is_due(world: World, quiet_sweeper: Sweeper) -> None:
    heard = world.runtime.doorbell.listener()  # type: ignore[attr-defined]
    quiet_sweeper.sweep()
    with world.database.write() as session:
        queue.add(session, Kind.ACT, ["later"], run_after=world.clock.now() + timedelta(hours=1))
    quiet_sweeper.sweep()
    assert not heard.is_set()
    world.clock.forward(hours=2)
    quiet_sweeper.sweep()
    assert heard.is_set()


def test_the_sweeper_rings_for_what_somebody_took_and_never_settled(world: World, quiet_sweeper: Sweeper) -> None:
    world.say("A fine day")
    with world.database.write() as session:
        assert queue.claim(session, Kind.CLASSIFY, "another-machine:1:aa", 10)
    heard = world.runtime.doorbell.listener()  # type: ignore[attr-defined]
    quiet_sweeper.sweep()
    assert not heard.is_set()
    world.clock.forward(minutes=2)
    quiet_sweeper.sweep()
    assert heard.is_set()


def test_the_sweeper_looks_by_itself_and_survives_a_fault(
    world: World, until: Until, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sweeper, "EVERY", 0.01)
    looks: list[int] = []

    def look(_sweeper: Sweeper) -> None:
        looks.append(1)
        raise RuntimeError("the database is away")

    monkeypatch.setattr(Sweeper, "sweep", look)
    with caplog.at_level(logging.CRITICAL):
        running = Sweeper(world.runtime)
        until(lambda: len(looks) > 2)
        running.stop()


# --- the ones that Redis rings


def test_rings_carry_nothing_and_do_not_pile_up(redis_url: str) -> None:
    doorbell = RqDoorbell(redis_url)
    for _ in range(ENOUGH * 3):
        doorbell.ring()
    doorbell.close()
    with Redis.from_url(redis_url) as connection:
        waiting = Queue(QUEUE, connection=connection, serializer="json")
        assert waiting.count == ENOUGH
        assert {(job.func_name, tuple(job.args)) for job in waiting.jobs} == {("moderator.jobs.rq_worker.answer", ())}


def test_a_doorbell_without_redis_loses_the_ring_and_nothing_else(
    redis_url: str, redis_server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    doorbell = RqDoorbell(redis_url)
    redis_server.kill()
    with caplog.at_level(logging.WARNING):
        doorbell.ring()
    assert "cannot be rung" in caplog.text
    redis_server.start()
    doorbell.ring()
    doorbell.close()
    assert _rings(redis_url) == 1


def test_a_worker_answers_rings_until_nothing_is_left(world: World, redis_url: str) -> None:
    runtime = _on_redis(world, redis_url)
    ids = world.take(*(added("spam=0.95", f"c{n}") for n in range(20))).comment_ids
    runtime.doorbell.ring()
    rq_worker.work(runtime, redis_url, burst=True)
    assert world.rows(Job) == []
    assert {tuple(world.steps_of(comment_id)) for comment_id in ids} == {(("hide", "done"),)}
    assert _rings(redis_url) == 0


def test_a_flushed_redis_costs_a_ring_and_no_comment(
    world: World, redis_url: str, redis_server: RedisServer, quiet_sweeper: Sweeper
) -> None:
    runtime = _on_redis(world, redis_url)
    comment_id = world.say("spam=0.95")
    runtime.doorbell.ring()
    redis_server.flushall()
    rq_worker.work(runtime, redis_url, burst=True)
    assert world.comment(comment_id).decision_id is None
    quiet_sweeper._runtime = runtime
    quiet_sweeper.sweep()
    rq_worker.work(runtime, redis_url, burst=True)
    assert world.steps_of(comment_id) == [("hide", "done")]


def test_a_worker_whose_models_do_not_load_does_not_start(world: World, redis_url: str) -> None:
    broken = replace(_on_redis(world, redis_url), classifiers=ClassifierRoom(("oracle",)))
    with pytest.raises(BrokenClassifier):
        rq_worker.work(broken, redis_url, burst=True)


def test_a_ring_answered_outside_a_worker_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rq_worker, "_runner", None)
    with pytest.raises(RuntimeError, match="moderator worker"):
        rq_worker.answer()


# --- how a process gets the right ones


def _settings(settings: Settings, **changes: object) -> Settings:
    return replace(settings, **changes)  # type: ignore[arg-type]


def test_without_redis_the_workers_are_threads_here(world: World) -> None:
    runtime = bootstrap(_settings(world.runtime.settings, database_url=world.database.url))
    assert isinstance(runtime.doorbell, LocalDoorbell)
    workers = start_workers(replace(runtime, classifiers=world.runtime.classifiers))
    assert isinstance(workers, LocalWorkers)
    workers.stop()
    runtime.close()


def test_with_redis_only_the_sweeper_runs_beside_the_web(world: World, redis_url: str) -> None:
    runtime = bootstrap(_settings(world.runtime.settings, database_url=world.database.url, redis_url=redis_url))
    assert isinstance(runtime.doorbell, RqDoorbell)
    workers = start_workers(runtime)
    assert isinstance(workers, Sweeper)
    workers.stop()
    runtime.doorbell.close()
    runtime.close()


def test_putting_a_service_together_opens_nothing_and_loads_nothing(settings: Settings) -> None:
    runtime = bootstrap(
        _settings(
            settings,
            database_url="postgresql+psycopg://nobody@127.0.0.1:1/none",
            redis_url="redis://127.0.0.1:1/0",
            classifiers=("oracle",),
        )
    )
    runtime.close()
