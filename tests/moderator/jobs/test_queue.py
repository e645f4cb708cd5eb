"""The jobs table as a queue: each job with one holder at a time, whoever asks and however many at once."""

import os
import socket
import subprocess
import sys
from datetime import timedelta

import pytest
from sqlalchemy import select

from moderator import clock
from moderator.jobs import queue
from moderator.jobs.queue import LEASE, Claimed, Kind
from moderator.storage.database import Database
from moderator.storage.tables import Job
from tests.moderator.conftest import AtOnce, Clock

pytestmark = pytest.mark.usefixtures("clock")


def _add(database: Database, *subjects: str, kind: Kind = Kind.CLASSIFY) -> None:
    with database.write() as session:
        queue.add(session, kind, subjects)


def _claim(database: Database, owner: str = "one", limit: int = 10, kind: Kind = Kind.CLASSIFY) -> list[Claimed]:
    with database.write() as session:
        return queue.claim(session, kind, owner, limit)


def _held(database: Database, jobs: list[Claimed], owner: str) -> list[str]:
    with database.write() as session:
        return [job.subject_id for job in queue.still_owned(session, jobs, owner)]


def _subjects(jobs: list[Claimed]) -> list[str]:
    return [job.subject_id for job in jobs]


def _rows(database: Database) -> list[Job]:
    with database.read() as session:
        return list(session.scalars(select(Job).order_by(Job.id)))


def test_jobs_are_claimed_oldest_first_and_once(database: Database) -> None:
    _add(database, "a", "b", "c")
    assert _subjects(_claim(database, limit=2)) == ["a", "b"]
    assert _subjects(_claim(database, "two")) == ["c"]
    assert _claim(database, "three") == []


def test_asking_twice_while_the_first_waits_is_asking_once(database: Database) -> None:
    _add(database, "a", "a")
    _add(database, "a", "b")
    assert [row.subject_id for row in _rows(database)] == ["a", "b"]


def test_the_same_subject_may_wait_for_work_of_another_kind(database: Database) -> None:
    _add(database, "a")
    _add(database, "a", kind=Kind.DECIDE)
    assert _subjects(_claim(database, kind=Kind.DECIDE)) == ["a"]
    assert _subjects(_claim(database)) == ["a"]


def test_a_job_whose_time_has_not_come_waits(database: Database, clock: Clock) -> None:
    with database.write() as session:
        queue.add(session, Kind.ACT, ["a"], run_after=clock.now() + timedelta(minutes=5))
    assert _claim(database, kind=Kind.ACT) == []
    with database.read() as session:
        assert not queue.any_due(session)
    clock.forward(minutes=6)
    with database.read() as session:
        assert queue.any_due(session)
    assert _subjects(_claim(database, kind=Kind.ACT)) == ["a"]


def test_a_lease_that_ran_out_is_taken_over_and_the_first_holder_may_not_settle(
    database: Database, clock: Clock
) -> None:
    _add(database, "a")
    first = _claim(database, "one")
    clock.forward(seconds=LEASE.total_seconds() - 1)
    assert _claim(database, "two") == []
    clock.forward(seconds=2)
    second = _claim(database, "two")
    assert [job.attempts for job in second] == [2]
    assert _held(database, first, "one") == []
    assert _held(database, second, "two") == ["a"]


def test_a_lease_that_ran_out_but_was_not_taken_over_may_still_be_settled(database: Database, clock: Clock) -> None:
    _add(database, "a")
    first = _claim(database, "one")
    clock.forward(hours=1)
    assert _held(database, first, "one") == ["a"]


def test_what_is_finished_is_gone_and_may_be_asked_for_again(database: Database) -> None:
    _add(database, "a", "b")
    jobs = _claim(database)
    with database.write() as session:
        queue.finish(session, [jobs[0].id])
        queue.finish(session, [])
    assert [row.subject_id for row in _rows(database)] == ["b"]
    _add(database, "a")
    assert _subjects(_claim(database)) == ["a"]


def test_a_job_put_back_for_later_is_free_then_and_remembers_why(database: Database, clock: Clock) -> None:
    _add(database, "a")
    (job,) = _claim(database)
    with database.write() as session:
        queue.postpone(session, job.id, clock.now() + timedelta(seconds=30), "x" * 900)
    (row,) = _rows(database)
    assert (row.lease_owner, row.lease_until, row.attempts, row.last_error) == (None, None, 1, "x" * 500)
    assert _claim(database) == []
    clock.forward(seconds=31)
    assert [job.attempts for job in _claim(database)] == [2]


def test_a_wait_that_is_not_the_jobs_fault_is_no_attempt(database: Database, clock: Clock) -> None:
    _add(database, "a")
    (job,) = _claim(database)
    with database.write() as session:
        queue.postpone(session, job.id, clock.now(), count=False)
    assert [job.attempts for job in _claim(database)] == [1]


def test_a_job_that_nobody_has_taken_on_can_be_taken_back(database: Database) -> None:
    _add(database, "a", "b")
    with database.write() as session:
        assert queue.cancel(session, Kind.CLASSIFY, "a")
        assert not queue.cancel(session, Kind.CLASSIFY, "a")
        assert not queue.cancel(session, Kind.ACT, "b")
    assert _subjects(_claim(database)) == ["b"]
    with database.write() as session:
        assert not queue.cancel(session, Kind.CLASSIFY, "b")


def test_a_job_that_somebody_took_on_and_never_settled_cannot_be_taken_back(database: Database, clock: Clock) -> None:
    _add(database, "a", "b")
    first, _ = _claim(database)
    clock.forward(hours=1)
    with database.write() as session:
        assert not queue.cancel(session, Kind.CLASSIFY, "a")
        queue.postpone(session, first.id, clock.now(), count=False)
    with database.write() as session:
        assert queue.cancel(session, Kind.CLASSIFY, "a")


def test_what_waits_is_counted_by_kind(database: Database) -> None:
    _add(database, "a", "b")
    _add(database, "c", kind=Kind.ACT)
    _claim(database, limit=1)
    with database.read() as session:
        assert queue.waiting(session) == {"classify": 2, "act": 1}


def test_a_failed_transaction_claims_nothing(database: Database) -> None:
    _add(database, "a")

    def fail() -> None:
        with database.write() as session:
            assert queue.claim(session, Kind.CLASSIFY, "one", 10)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert _subjects(_claim(database, "two")) == ["a"]


def test_many_claimers_at_once_never_share_a_job(database: Database, at_once: AtOnce) -> None:
    _add(database, *(f"s{n:03}" for n in range(100)))

    def claim_all(number: int) -> list[str]:
        mine: list[str] = []
        while jobs := _claim(database, f"owner {number}", limit=7):
            mine += _subjects(jobs)
        return mine

    taken = at_once(8, claim_all)
    assert sorted(subject for mine in taken for subject in mine) == [f"s{n:03}" for n in range(100)]


def test_of_two_that_settle_the_same_job_at_once_one_does(database: Database, at_once: AtOnce, clock: Clock) -> None:
    """The first holder comes back late, just as the second one finishes."""
    _add(database, *(f"s{n}" for n in range(20)))
    late = _claim(database, "late", limit=20)
    clock.forward(minutes=2)
    quick = _claim(database, "quick", limit=20)

    def settle(number: int) -> int:
        jobs, owner = ((late, "late"), (quick, "quick"))[number % 2]
        with database.write() as session:
            mine = queue.still_owned(session, jobs, owner)
            queue.finish(session, [job.id for job in mine])
            return len(mine)

    assert sum(at_once(6, settle)) == 20
    assert _rows(database) == []


def _dead_pid() -> int:
    finished = subprocess.Popen([sys.executable, "-c", ""])
    finished.wait()
    return finished.pid


def test_the_leases_of_processes_that_are_gone_are_freed_at_once(database: Database) -> None:
    dead, here = f"{socket.gethostname()}:{_dead_pid()}:aa", queue.new_owner()
    elsewhere, odd = f"another-machine:{os.getpid()}:bb", "no such form"
    for owner in (dead, here, elsewhere, odd):
        _add(database, owner)
        _claim(database, owner, limit=1)
    with database.write() as session:
        assert queue.release_dead(session) == 1
        assert queue.release_dead(session) == 0
    assert _subjects(_claim(database, "two")) == [dead]


def test_an_owner_names_this_machine_and_process_and_is_never_the_same(database: Database) -> None:
    first, second = queue.new_owner(), queue.new_owner()
    assert first != second
    assert first.startswith(f"{socket.gethostname()}:{os.getpid()}:")


def test_ids_of_jobs_follow_the_order_they_were_asked_for(database: Database) -> None:
    _add(database, *(f"s{n:04}" for n in range(1000)))
    assert [row.subject_id for row in _rows(database)] == [f"s{n:04}" for n in range(1000)]
    assert len(clock.new_id()) == 26
