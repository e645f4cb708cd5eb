"""The runner takes batches through their handlers: nothing lost, nothing settled twice, whatever breaks."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from moderator import clock as moderator_clock
from moderator.jobs import queue
from moderator.jobs.queue import LEASE, Claimed, Kind
from moderator.jobs.runner import MAX_FAILURES, Handler, Runner
from moderator.runtime import Runtime
from moderator.storage.tables import Assessment, Job, Term
from tests.moderator.conftest import AtOnce, Clock, People, World, added


@dataclass
class Bench:
    """A handler under test. Its results are rows that may be there once only: the office's terms."""

    runtime: Runtime
    office_id: str
    batches: list[list[str]] = field(default_factory=list)
    given_up: list[tuple[str, str]] = field(default_factory=list)
    work: Callable[[Sequence[Claimed]], Any] = lambda jobs: None
    again: Mapping[str, datetime] = field(default_factory=dict)

    def handler(self, batch: int = 10) -> Handler:
        return Handler(Kind.CLASSIFY, batch, self._work, self._store, self._give_up)

    def add(self, *subjects: str) -> None:
        with self.runtime.database.write() as session:
            queue.add(session, Kind.CLASSIFY, subjects)

    def drain(self, batch: int = 10) -> int:
        return Runner(self.runtime, (self.handler(batch),)).drain()

    def stored(self) -> list[str]:
        with self.runtime.database.read() as session:
            return sorted(session.scalars(select(Term.text)))

    def jobs(self) -> list[Job]:
        with self.runtime.database.read() as session:
            return list(session.scalars(select(Job).order_by(Job.id)))

    def _work(self, _runtime: Runtime, jobs: Sequence[Claimed]) -> Any:
        self.batches.append([job.subject_id for job in jobs])
        return self.work(jobs)

    def _store(
        self, _runtime: Runtime, session: Session, jobs: Sequence[Claimed], _result: Any
    ) -> Mapping[str, datetime]:
        for job in jobs:
            row = {"id": moderator_clock.new_id(), "office_id": self.office_id, "text": job.subject_id}
            session.execute(insert(Term), [row | {"banned": True, "created_at": moderator_clock.now()}])
        return {job.id: self.again[job.subject_id] for job in jobs if job.subject_id in self.again}

    def _give_up(self, _runtime: Runtime, session: Session, job: Claimed, error: str) -> None:
        self.given_up.append((job.subject_id, error))


@pytest.fixture
def bench(runtime: Runtime, people: People, clock: Clock) -> Bench:
    return Bench(runtime, people.alice.office_id)


def _fail_on(*subjects: str) -> Callable[[Sequence[Claimed]], None]:
    def work(jobs: Sequence[Claimed]) -> None:
        for job in jobs:
            if job.subject_id in subjects:
                raise ValueError(f"{job.subject_id} does not work\0")

    return work


def test_everything_due_is_taken_in_batches_and_its_jobs_leave(bench: Bench) -> None:
    bench.add("a", "b", "c", "d", "e")
    assert bench.drain(batch=2) == 5
    assert bench.batches == [["a", "b"], ["c", "d"], ["e"]]
    assert bench.stored() == ["a", "b", "c", "d", "e"]
    assert bench.jobs() == []
    assert bench.drain() == 0


def test_draining_stops_between_two_rounds_when_it_is_told_to(bench: Bench) -> None:
    bench.add("a", "b", "c")
    runner = Runner(bench.runtime, (bench.handler(batch=1),))
    assert runner.drain(lambda: len(bench.batches) == 2) == 2
    assert bench.stored() == ["a", "b"]


def test_a_batch_that_fails_is_taken_one_by_one_and_only_the_culprit_waits(bench: Bench, clock: Clock) -> None:
    bench.work = _fail_on("bad")
    bench.add("a", "bad", "b")
    bench.drain()
    assert bench.batches == [["a", "bad", "b"], ["a"], ["bad"], ["b"]]
    assert bench.stored() == ["a", "b"]
    (job,) = bench.jobs()
    assert (job.attempts, job.lease_owner, job.last_error) == (1, None, "ValueError: bad does not work\ufffd")
    assert timedelta(0) < job.run_after - clock.now() <= timedelta(seconds=2)


def test_a_job_that_failed_before_never_shares_a_batch_again(bench: Bench, clock: Clock) -> None:
    bench.work = _fail_on("bad")
    bench.add("bad")
    bench.drain()
    bench.add("a", "b")
    clock.forward(minutes=1)
    bench.batches.clear()
    bench.drain()
    assert bench.batches == [["a", "b"], ["bad"]]


def test_a_job_that_keeps_failing_is_tried_ever_more_seldom_and_then_given_up(bench: Bench, clock: Clock) -> None:
    bench.work = _fail_on("bad")
    bench.add("bad")
    waits = []
    for _ in range(MAX_FAILURES - 1):
        assert bench.drain() == 1
        assert bench.drain() == 0
        waits.append(round((bench.jobs()[0].run_after - clock.now()).total_seconds()))
        clock.forward(minutes=1)
    assert waits == [2, 4, 8, 16]
    assert bench.given_up == []
    bench.drain()
    assert bench.given_up == [("bad", "ValueError: bad does not work\ufffd")]
    assert bench.jobs() == []


def test_a_job_that_kills_its_worker_each_time_is_given_up_unworked(bench: Bench, clock: Clock) -> None:
    bench.add("deadly")
    for _ in range(MAX_FAILURES):
        with bench.runtime.database.write() as session:
            assert queue.claim(session, Kind.CLASSIFY, "a worker that dies", 10)
        clock.forward(seconds=LEASE.total_seconds() + 1)
    bench.drain()
    assert bench.batches == []
    assert [subject for subject, _ in bench.given_up] == ["deadly"]
    assert bench.jobs() == []


def test_a_result_that_cannot_be_stored_is_not_half_stored(bench: Bench) -> None:
    bench.add("a")
    bench.drain()
    # The same subject again: its row is there already, so storing fails, for it alone.
    bench.add("b", "a", "c")
    bench.drain()
    assert bench.stored() == ["a", "b", "c"]
    (job,) = bench.jobs()
    assert job.subject_id == "a"
    assert "IntegrityError" in job.last_error


def test_what_the_handler_wants_again_stays(bench: Bench, clock: Clock) -> None:
    bench.again = {"b": clock.now()}
    bench.add("a", "b")
    Runner(bench.runtime, (bench.handler(),)).drain(lambda: bool(bench.batches))
    assert [job.subject_id for job in bench.jobs()] == ["b"]


def test_a_result_that_comes_after_the_lease_was_taken_over_is_thrown_away(bench: Bench, clock: Clock) -> None:
    bench.add("a", "b")

    def be_late(jobs: Sequence[Claimed]) -> None:
        bench.work = lambda jobs: None
        clock.forward(seconds=LEASE.total_seconds() + 1)
        with bench.runtime.database.write() as session:
            taken_over = queue.claim(session, Kind.CLASSIFY, "another", 1)
            queue.finish(session, [job.id for job in taken_over])

    bench.work = be_late
    bench.drain()
    assert bench.stored() == ["b"]
    assert bench.jobs() == []


def test_a_failure_that_comes_after_the_lease_was_taken_over_is_the_other_ones_matter(
    bench: Bench, clock: Clock
) -> None:
    bench.add("a")

    def be_late_and_fail(jobs: Sequence[Claimed]) -> None:
        clock.forward(seconds=LEASE.total_seconds() + 1)
        with bench.runtime.database.write() as session:
            queue.claim(session, Kind.CLASSIFY, "another", 1)
        raise ValueError

    bench.work = be_late_and_fail
    bench.drain()
    (job,) = bench.jobs()
    assert (job.lease_owner, job.last_error) == ("another", "")


def test_whoever_works_rings_for_what_the_work_made(bench: Bench) -> None:
    heard = bench.runtime.doorbell.listener()  # type: ignore[attr-defined]
    bench.drain()
    assert not heard.is_set()
    bench.add("a")
    bench.drain()
    assert heard.is_set()


def test_many_runners_at_once_settle_each_job_once(bench: Bench, at_once: AtOnce) -> None:
    bench.add(*(f"s{n:02}" for n in range(60)))
    at_once(6, lambda _: bench.drain(batch=4))
    assert bench.stored() == [f"s{n:02}" for n in range(60)]
    assert sorted(subject for batch in bench.batches for subject in batch) == bench.stored()


def test_a_comment_walks_its_whole_way_under_many_runners_once(world: World, at_once: AtOnce) -> None:
    texts = ["A fine day", "spam=0.95", "harassment=0.7", "threat=0.95"]
    ids = world.take(*(added(f"{texts[n % 4]} {n}", f"c{n}") for n in range(40))).comment_ids
    at_once(4, lambda _: world.work())
    world.work()
    assert world.rows(Job) == []
    assert len(world.rows(Assessment)) == 40
    for number, comment_id in enumerate(ids):
        made = [d.verbs for d in world.decisions_of(comment_id) if d.state == "made"]
        assert made == [[["keep"], ["hide"], [], ["hide"]][number % 4]][: 1 if number % 4 != 2 else 0]
        assert (world.case_of(comment_id) is not None) == (number % 4 >= 2)
    told = [comment for verb, comment in world.platform.told]
    assert sorted(told) == sorted(f"c{n}" for n in range(40) if n % 4 in (1, 3))
