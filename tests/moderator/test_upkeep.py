"""What time alone changes: done again and again, for every office, whatever one chore makes of it."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from moderator import clock, figures, upkeep
from moderator.domain.cases import Lane
from moderator.jobs import handlers, queue
from moderator.jobs.queue import Kind
from moderator.jobs.runner import MAX_FAILURES, Runner
from moderator.storage.tables import Case, Figures, Job, Office
from tests.moderator.conftest import World


@pytest.fixture(autouse=True)
def _kept_up(world: World) -> None:
    upkeep.ensure(world.runtime.database)


def _turn(world: World) -> None:
    """Half a minute passes."""
    with world.runtime.database.write() as session:
        session.execute(update(Job).where(Job.kind == Kind.UPKEEP).values(run_after=clock.now()))
    Runner(world.runtime, [handlers.UPKEEP]).drain()


def _case(world: World, comment_id: str) -> Case:
    with world.runtime.database.read() as reading:
        return reading.scalars(select(Case).where(Case.comment_id == comment_id)).one()


def _due(world: World, case_id: str, hours: float) -> None:
    with world.runtime.database.write() as session:
        due_at = clock.now() + timedelta(hours=hours)
        session.execute(update(Case).where(Case.id == case_id).values(due_at=due_at, lane=Lane.REVIEW.value))


def test_what_should_have_been_looked_at_by_now_is_to_be_acted_on_now(world: World) -> None:
    late, in_time = world.say("harassment=0.7"), world.say("harassment=0.71")
    world.work()
    _due(world, _case(world, late).id, -0.1)
    _due(world, _case(world, in_time).id, 3)
    _turn(world)
    assert (_case(world, late).lane, _case(world, in_time).lane) == (Lane.ACT_NOW, Lane.REVIEW)


def test_it_comes_back_after_half_a_minute_and_counts_as_no_attempt(world: World) -> None:
    for _ in range(7):
        _turn(world)
    with world.runtime.database.read() as reading:
        jobs = reading.scalars(select(Job).where(Job.kind == Kind.UPKEEP)).all()
    assert jobs
    assert all(job.attempts == 0 for job in jobs)
    assert all(timedelta(seconds=20) < job.run_after - clock.now() <= upkeep.EVERY for job in jobs)


def test_a_chore_that_fails_keeps_no_other_from_being_done(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(session: Session, _office_id: str) -> None:
        session.add(Figures(office_id="nobody", stretch="x", counted={}, counted_at=clock.now()))
        session.flush()

    late = world.say("harassment=0.7")
    world.work()
    _due(world, _case(world, late).id, -1)
    monkeypatch.setattr(upkeep, "CHORES", (broken, upkeep.overdue_cases))
    _turn(world)
    assert "broken failed" in caplog.text
    assert _case(world, late).lane == Lane.ACT_NOW
    with world.runtime.database.read() as reading:
        assert queue.any_due(reading, Kind.UPKEEP) is False
        assert Kind.UPKEEP in set(reading.scalars(select(Job.kind))), "it will come back"


def test_however_often_counting_fails_the_office_is_kept_up_afterwards(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_session: Session, _office_id: str) -> list[figures.Counted]:
        raise ValueError("cannot be counted")

    late = world.say("harassment=0.7")
    world.work()
    _due(world, _case(world, late).id, -1)
    with monkeypatch.context() as patched:
        patched.setattr(figures, "due", broken)
        for _ in range(MAX_FAILURES + 1):
            _turn(world)
    _turn(world)
    assert _case(world, late).lane == Lane.ACT_NOW


def test_every_office_is_kept_up_and_asking_again_changes_nothing(world: World) -> None:
    upkeep.ensure(world.runtime.database)
    with world.runtime.database.read() as reading:
        offices = set(reading.scalars(select(Office.id)))
        assert sorted(reading.scalars(select(Job.subject_id).where(Job.kind == Kind.UPKEEP))) == sorted(offices)


def test_what_the_office_did_is_counted_on_the_way(world: World) -> None:
    world.say("A fine day")
    world.work()
    _turn(world)
    with world.runtime.database.read() as reading:
        assert "waiting" in set(reading.scalars(select(Figures.stretch)))
