"""Runs that members start and stop: done slice by slice, gone on with after a cut, and never in anybody's way."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from guidelines.render import to_yaml
from guidelines.schema import Thresholds
from moderator import drafts, publishing
from moderator.backtest import comparison, runs
from moderator.backtest.tally import from_json
from moderator.domain.drafts import BacktestState
from moderator.errors import Conflict, Invalid, NotAllowed, NotFound
from moderator.jobs import handlers, queue
from moderator.jobs.runner import MAX_FAILURES, Runner
from moderator.storage.tables import Backtest, BacktestFlip, GuidelineDraft, Job, Member
from tests.moderator.conftest import RULES, World, guideline_set

STRICTER = guideline_set(RULES[0], replace(RULES[3], thresholds=Thresholds(0.3, 0.6)))


@pytest.fixture
def draft(world: World) -> GuidelineDraft:
    return _draft(world, to_yaml(STRICTER))


def _draft(world: World, text: str) -> GuidelineDraft:
    with world.database.write() as session:
        return drafts.create(session, world.people.alice, "Stricter on spam", text)


def _start(world: World, draft: GuidelineDraft, sample: int | None = None, member: Member | None = None) -> Backtest:
    with world.database.write() as session:
        return runs.start(session, member or world.people.alice, draft.id, sample)


def _stop(world: World, run: Backtest, member: Member | None = None) -> Backtest:
    with world.database.write() as session:
        return runs.stop(session, member or world.people.alice, run.id)


def _stored(world: World, run: Backtest) -> Backtest:
    with world.database.read() as session:
        return session.get_one(Backtest, run.id)


def _flips(world: World, run: Backtest) -> list[tuple[str, str, str]]:
    found = world.rows(BacktestFlip, BacktestFlip.backtest_id == run.id)
    return sorted((flip.comment_id, flip.before, flip.after) for flip in found)


def _jobs(world: World) -> list[Job]:
    with world.database.read() as session:
        return list(session.scalars(select(Job).where(Job.kind == queue.Kind.BACKTEST)))


def _slice(world: World) -> int:
    """One turn of the job. Returns how many jobs were taken."""
    left = iter([False])
    return Runner(world.runtime, [handlers.BACKTEST]).drain(lambda: next(left, True))


@pytest.fixture
def said(world: World, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Ten decided comments, five of which the draft would hide; three in a slice."""
    monkeypatch.setattr(comparison, "SLICE", 3)
    return [world.settled(f"spam={0.7 if number % 2 else 0.1}") for number in range(10)]


def test_a_run_counts_every_comment_and_lists_every_flip(world: World, draft: GuidelineDraft, said: list[str]) -> None:
    run = _start(world, draft)
    assert (run.state, run.total, run.done) == (BacktestState.WAITING, 10, 0)
    world.work()
    done = _stored(world, run)
    assert (done.state, done.done, done.error) == (BacktestState.DONE, 10, "")
    assert done.ended_at is not None
    assert _flips(world, run) == [(comment_id, "queued", "hidden") for comment_id in said[1::2]]
    assert from_json(done.result).comments == 10
    assert _jobs(world) == []


def test_a_sample_is_looked_at_unless_all_are_asked_for(world: World, draft: GuidelineDraft, said: list[str]) -> None:
    run = _start(world, draft, sample=4)
    world.work()
    assert (_stored(world, run).total, _stored(world, run).done) == (4, 4)
    assert _stored(world, run).progress["history"] == 10


def test_a_run_shows_how_far_it_is_and_lets_others_work_between_slices(
    world: World, draft: GuidelineDraft, said: list[str]
) -> None:
    run = _start(world, draft)
    assert _slice(world) == 1
    assert (_stored(world, run).state, _stored(world, run).done) == (BacktestState.RUNNING, 3)
    (job,) = _jobs(world)
    assert (job.attempts, job.lease_owner) == (0, None)
    newcomer = world.say("threat=0.95")
    Runner(world.runtime, handlers.ALL).drain(lambda: world.comment(newcomer).decision_id is not None)
    assert _stored(world, run).state == BacktestState.RUNNING
    world.work()
    assert _stored(world, run).done == 10  # what came in later is not part of it


def test_stopping_takes_hold_at_the_next_slice_and_keeps_what_was_counted(
    world: World, draft: GuidelineDraft, said: list[str]
) -> None:
    run = _start(world, draft)
    _slice(world)
    assert _stop(world, run).state == BacktestState.STOPPED
    world.work()
    stopped = _stored(world, run)
    assert (stopped.state, stopped.done, from_json(stopped.result).comments) == (BacktestState.STOPPED, 3, 3)
    assert _jobs(world) == []
    assert _stop(world, run).ended_at == stopped.ended_at


def test_a_slice_that_was_under_way_when_the_run_was_stopped_is_not_counted(
    world: World, draft: GuidelineDraft, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = _start(world, draft)
    real = comparison.step

    def step(*arguments: Any) -> comparison.Slice:
        _stop(world, run)
        return real(*arguments)

    monkeypatch.setattr(comparison, "step", step)
    world.work()
    assert (_stored(world, run).state, _stored(world, run).done) == (BacktestState.STOPPED, 0)


def test_a_run_that_is_cut_loses_a_slice_at_most_and_counts_nothing_twice(
    world: World, draft: GuidelineDraft, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = _start(world, draft)
    _slice(world)
    real, failures = runs.store, iter([True])

    def store(*arguments: Any) -> Any:
        again = real(*arguments)
        if next(failures, False):
            raise RuntimeError("the power went")
        return again

    cut = replace(handlers.BACKTEST, store=store)
    Runner(world.runtime, [cut]).drain()
    assert _stored(world, run).done == 3
    world.clock.forward(seconds=120)
    world.work()
    assert (_stored(world, run).state, _stored(world, run).done) == (BacktestState.DONE, 10)
    assert len(_flips(world, run)) == 5


def test_a_run_that_keeps_failing_says_why(
    world: World, draft: GuidelineDraft, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = _start(world, draft)

    def step(*_: Any) -> comparison.Slice:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(comparison, "step", step)
    for _ in range(MAX_FAILURES):
        world.work()
        world.clock.forward(seconds=120)
    failed = _stored(world, run)
    assert (failed.state, failed.ended_at is None) == (BacktestState.FAILED, False)
    assert "the disk is full" in failed.error
    assert _jobs(world) == []


def test_an_office_without_comments_is_done_at_once(world: World, draft: GuidelineDraft) -> None:
    run = _start(world, draft)
    world.work()
    assert (_stored(world, run).state, _stored(world, run).total) == (BacktestState.DONE, 0)


def test_a_draft_that_cannot_be_read_is_not_tried(world: World) -> None:
    with pytest.raises(Invalid) as refused:
        _start(world, _draft(world, "rules: [oh"))
    assert refused.value.field == "document"
    assert _jobs(world) == []


def test_the_draft_is_tried_as_it_was_when_it_was_asked_for(
    world: World, draft: GuidelineDraft, said: list[str]
) -> None:
    run = _start(world, draft)
    with world.database.write() as session:
        drafts.change(session, world.people.alice, draft.id, draft.revision, to_yaml(guideline_set(RULES[0])))
        publishing.publish(session, world.office_id, guideline_set(RULES[0]))
    world.work()
    assert len(_flips(world, run)) == 5


def test_a_new_run_of_a_draft_stops_the_one_before(world: World, draft: GuidelineDraft, said: list[str]) -> None:
    first = _start(world, draft)
    second = _start(world, draft)
    world.work()
    assert (_stored(world, first).state, _stored(world, second).state) == (BacktestState.STOPPED, BacktestState.DONE)


def test_owners_and_leads_alone_start_and_stop(world: World, draft: GuidelineDraft) -> None:
    run = _start(world, draft, member=world.people.leo)
    for member in (world.people.mona, world.people.victor, world.people.olive):
        with pytest.raises(NotAllowed):
            _start(world, draft, member=member)
        with pytest.raises(NotAllowed):
            _stop(world, run, member)


def test_another_offices_drafts_and_runs_do_not_exist(world: World, draft: GuidelineDraft) -> None:
    run = _start(world, draft)
    with pytest.raises(NotFound):
        _start(world, draft, member=world.people.charlie)
    with pytest.raises(NotFound):
        _stop(world, run, world.people.charlie)
    with pytest.raises(NotFound):
        _start(world, GuidelineDraft(id="nothing"))


@pytest.mark.parametrize("sample", [0, -1])
def test_a_sample_of_nothing_is_refused(world: World, draft: GuidelineDraft, sample: int) -> None:
    with pytest.raises(Invalid):
        _start(world, draft, sample)


def test_a_draft_that_is_done_with_is_not_tried(world: World, draft: GuidelineDraft) -> None:
    with world.database.write() as session:
        drafts.discard(session, world.people.alice, draft.id, draft.revision)
    with pytest.raises(Conflict):
        _start(world, draft)


def test_who_tried_and_who_stopped_is_on_record(world: World, draft: GuidelineDraft, said: Sequence[str]) -> None:
    _stop(world, _start(world, draft))
    assert world.log(f"draft:{draft.id}")[-2:] == ["backtest.started", "backtest.stopped"]
