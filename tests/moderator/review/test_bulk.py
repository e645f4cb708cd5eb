"""One choice for many: each comment as if it were decided alone, exactly once, and all of it taken back if need be."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from moderator import clock, publishing
from moderator.connectors.base import AuthorRef, EventKind, Outcome, PostRef, Receipt
from moderator.domain.cases import BulkItemState, BulkState
from moderator.errors import Conflict, Invalid, NotAllowed, NotFound
from moderator.jobs import handlers, queue
from moderator.jobs.runner import MAX_FAILURES, Runner
from moderator.review import access, bulk, cases, leases
from moderator.storage.tables import AuditEntry, BulkItem, BulkRun, Case, Decision, Job, Member
from tests.moderator.conftest import RULES, World, added, guideline_set


def _campaign(world: World, count: int, text: str = "harassment=0.7 number {}") -> list[str]:
    """So many comments that wait for a person, in the order in which they came."""
    events = [
        added(text.format(n), f"copy {n}", author=AuthorRef(f"u{n}", f"Una {n}"), post=PostRef("p1"))
        for n in range(count)
    ]
    ids = list(world.take(*events).comment_ids)
    world.decide()
    return ids


def _start(
    world: World, comment_ids: Sequence[str], verb: str = "hide", member: Member | None = None, **more: Any
) -> BulkRun:
    who = member or world.people.mona
    rule_id = more.pop("rule_id", "3" if verb == "hide" else None)
    with world.database.write() as session:
        reach = access.reach(session, who)
        return bulk.start(session, who, reach, comment_ids, [verb], rule_id, more.pop("note", ""), **more)


def _slice(world: World) -> int:
    """One turn of the job and no more. Returns how many jobs were taken."""
    left = iter([False])
    return Runner(world.runtime, handlers.WATCHED).drain(lambda: next(left, True))


def _finish(world: World) -> None:
    """Until nothing is to be done any more, however often a run waits for the platform."""
    for _ in range(100):
        world.work()
        if not world.rows(Job, Job.kind == queue.Kind.BULK):
            return
        world.clock.forward(seconds=1)
    pytest.fail("the run never ended")


def _run(world: World, run: BulkRun) -> BulkRun:
    with world.database.read() as session:
        return session.get_one(BulkRun, run.id)


def _items(world: World, run: BulkRun) -> list[BulkItem]:
    found: list[BulkItem] = world.rows(BulkItem, BulkItem.bulk_id == run.id)
    return sorted(found, key=lambda item: item.position)


def _undo(world: World, run: BulkRun, member: Member | None = None) -> BulkRun:
    with world.database.write() as session:
        return bulk.undo(session, member or world.people.mona, run.id)


def _stop(world: World, run: BulkRun, member: Member | None = None) -> BulkRun:
    with world.database.write() as session:
        return bulk.stop(session, member or world.people.mona, run.id)


@pytest.fixture
def small_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "SLICE", 3)


# --- a run from its start to its end


def test_a_run_decides_each_comment_for_itself_and_tells_the_platform_of_each(world: World) -> None:
    ids = _campaign(world, 6)
    run = _start(world, ids, note="  One campaign. ")
    assert (run.state, run.total, run.done, run.left_alone) == (BulkState.WAITING, 6, 0, 0)
    _finish(world)
    ended = _run(world, run)
    assert (ended.state, ended.done, ended.left_alone, ended.error) == (BulkState.DONE, 6, 0, "")
    assert ended.ended_at is not None
    assert sorted(world.platform.told) == sorted(("hide", f"copy {n}") for n in range(6))
    for comment_id, item in zip(sorted(ids), _items(world, run), strict=True):
        decision = world.in_force(comment_id)
        assert (decision.member_id, decision.verbs, decision.rule_ids) == (world.people.mona.id, ["hide"], ["3"])
        assert (decision.note, decision.suggestion_followed) == ("One campaign.", True)
        assert (item.comment_id, item.state, item.decision_id) == (comment_id, BulkItemState.DONE, decision.id)
        assert world.case_of(comment_id) is None


def test_each_comment_has_a_line_of_its_own_in_the_log_that_names_the_run(world: World) -> None:
    ids = _campaign(world, 3)
    run = _start(world, ids)
    _finish(world)
    made = world.rows(AuditEntry, AuditEntry.event == "decision.made", AuditEntry.actor.startswith("member:"))
    assert sorted(entry.subject for entry in made) == sorted(f"comment:{comment_id}" for comment_id in ids)
    assert {json.loads(entry.detail)["bulk"] for entry in made} == {run.id}
    assert world.log(f"bulk:{run.id}") == ["bulk.started", "bulk.ended"]


def test_keeping_many_closes_their_cases_and_asks_nothing_of_the_platform(world: World) -> None:
    ids = _campaign(world, 3)
    run = _start(world, ids, "keep", rule_id="3")
    _finish(world)
    assert run.rule_id is None
    assert {tuple(world.in_force(comment_id).verbs) for comment_id in ids} == {("keep",)}
    assert world.platform.orders == []


def test_a_run_shows_how_far_it_is_and_lets_others_work_between_slices(world: World, small_slices: None) -> None:
    run = _start(world, _campaign(world, 8))
    assert _slice(world) == 1
    assert (_run(world, run).state, _run(world, run).done) == (BulkState.RUNNING, 3)
    (job,) = world.rows(Job, Job.kind == queue.Kind.BULK)
    assert (job.attempts, job.lease_owner) == (0, None)
    _finish(world)
    assert _run(world, run).done == 8


def test_two_runs_go_on_by_turns(world: World, small_slices: None) -> None:
    ids = _campaign(world, 8)
    first, second = _start(world, ids[:4]), _start(world, ids[4:])
    _slice(world)
    _slice(world)
    assert (_run(world, first).done, _run(world, second).done) == (3, 3)


def test_a_run_waits_while_the_platform_has_enough_to_do(
    world: World, small_slices: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "ENOUGH_DUE", 4)
    run = _start(world, _campaign(world, 12))
    for _ in range(5):
        Runner(world.runtime, handlers.WATCHED).drain()
        world.clock.forward(seconds=1)
    assert _run(world, run).done == 6  # after the second slice six actions are due, which is enough
    _finish(world)
    assert _run(world, run).done == 12
    assert len(world.platform.hidden) == 12


def test_a_single_decision_made_during_a_run_does_not_wait_for_the_whole_of_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "SLICE", 10)
    monkeypatch.setattr(bulk, "ENOUGH_DUE", 10)
    _start(world, _campaign(world, 120))
    Runner(world.runtime, handlers.WATCHED).drain()
    single = world.say("harassment=0.8", external_id="the single one")
    world.decide()
    world.resolve(world.people.leo, single, "hide", rule_id="3")
    _finish(world)
    assert len(world.platform.told) == 121
    assert world.platform.told.index(("hide", "the single one")) < 40


def test_a_channel_that_has_stopped_holds_up_no_run(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "ENOUGH_DUE", 2)
    monkeypatch.setattr(bulk, "SLICE", 2)
    world.platform.answers = [Receipt(Outcome.CHANNEL_STOPPED, "no key")] * 20
    run = _start(world, _campaign(world, 8))
    _finish(world)
    assert _run(world, run).done == 8
    assert world.platform.hidden == set()


# --- what is left alone, and why


def test_what_somebody_decided_meanwhile_is_left_alone_with_what_they_decided(world: World) -> None:
    ids = _campaign(world, 4)
    run = _start(world, ids)
    world.resolve(world.people.leo, ids[1], "keep")
    _finish(world)
    assert (_run(world, run).done, _run(world, run).left_alone) == (3, 1)
    (left,) = [item for item in _items(world, run) if item.state == BulkItemState.LEFT_ALONE]
    assert (left.comment_id, left.decision_id) == (ids[1], None)
    assert left.said == "Leo was first and decided: keep. Your choice was not carried out."
    assert world.in_force(ids[1]).verbs == ["keep"]


def test_what_was_edited_meanwhile_is_left_alone(world: World) -> None:
    ids = _campaign(world, 3)
    run = _start(world, ids)
    world.take(added("harassment=0.8 and quite another thing", "copy 1", kind=EventKind.EDITED))
    world.decide()
    _finish(world)
    (left,) = [item for item in _items(world, run) if item.state == BulkItemState.LEFT_ALONE]
    assert (left.comment_id, "changed while it was on your screen" in left.said) == (ids[1], True)


def test_what_changed_between_the_page_and_the_start_is_left_alone(world: World) -> None:
    ids = _campaign(world, 2)
    on_screen = {comment_id: world.suggestion(comment_id).id for comment_id in ids}
    world.take(added("harassment=0.8 edited", "copy 0", kind=EventKind.EDITED))
    world.decide()
    run = _start(world, ids, seen=on_screen)
    _finish(world)
    assert [item.comment_id for item in _items(world, run) if item.state == BulkItemState.DONE] == [ids[1]]


def test_what_a_colleague_has_on_their_screen_is_left_alone(world: World) -> None:
    ids = _campaign(world, 3)
    held = world.case_of(ids[0])
    assert held is not None
    with world.database.write() as session:
        leases.take(session, world.people.leo, held.id)
    run = _start(world, ids)
    _finish(world)
    (left,) = [item for item in _items(world, run) if item.state == BulkItemState.LEFT_ALONE]
    assert (left.comment_id, "Leo" in left.said) == (ids[0], True)


def test_what_waits_for_a_second_person_is_left_alone(world: World) -> None:
    ids = _campaign(world, 2, "discrimination=0.7 number {}")
    world.resolve(world.people.leo, ids[0], "delete", rule_id="2")
    run = _start(world, ids, "keep")
    _finish(world)
    assert world.suggestion(ids[0]).state == "proposed"
    (left,) = [item for item in _items(world, run) if item.state == BulkItemState.LEFT_ALONE]
    assert left.said.startswith("This needs somebody to look at it by itself")


def test_a_rule_that_two_people_decide_by_then_lets_a_run_propose_nothing(world: World) -> None:
    ids = _campaign(world, 2)
    run = _start(world, ids)
    with world.database.write() as session:
        two = replace(RULES[2], decided_by=type(RULES[2].decided_by)("two_people"))
        publishing.publish(session, world.office_id, guideline_set(two, title="Stricter"))
    _finish(world)
    assert (_run(world, run).done, _run(world, run).left_alone) == (0, 2)
    assert {item.said for item in _items(world, run)} == {
        "By now a second person must agree to this, so it is decided by itself."
    }
    assert world.rows(Decision, Decision.state == "proposed") == []
    assert not [event for event in world.log() if event == "decision.proposed"]
    assert all(world.case_of(comment_id) is not None for comment_id in ids)


def test_one_comment_that_goes_wrong_harms_no_other(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = _campaign(world, 3)
    resolve = cases.resolve

    def stumble(session: Any, member: Member, case_id: str, *rest: Any, **more: Any) -> Any:
        made = resolve(session, member, case_id, *rest, **more)
        if session.get_one(Case, case_id).comment_id == ids[1]:
            raise RuntimeError("a surprise")
        return made

    monkeypatch.setattr(cases, "resolve", stumble)
    run = _start(world, ids)
    _finish(world)
    assert (_run(world, run).done, _run(world, run).left_alone) == (2, 1)
    assert world.case_of(ids[1]) is not None
    assert world.actions_of(ids[1]) == []
    assert "decision.made" not in world.log(f"comment:{ids[1]}")
    assert "decision.made" in world.log(f"comment:{ids[0]}")


def test_whoever_has_left_decides_nothing_more(world: World, small_slices: None) -> None:
    run = _start(world, _campaign(world, 5))
    _slice(world)
    with world.database.write() as session:
        session.get_one(Member, world.people.mona.id).left_at = clock.now()
    _finish(world)
    assert (_run(world, run).done, _run(world, run).left_alone) == (3, 2)


# --- exactly once


def test_a_worker_killed_in_the_middle_of_a_slice_has_done_nothing_and_the_next_repeats_nothing(
    world: World, small_slices: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = _campaign(world, 7)
    run = _start(world, ids)
    _slice(world)
    resolve, calls = cases.resolve, iter(range(100))

    def die_at_the_second(*rest: Any, **more: Any) -> Any:
        if next(calls) == 1:
            raise KeyboardInterrupt  # as little caught as a kill
        return resolve(*rest, **more)

    monkeypatch.setattr(cases, "resolve", die_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        _slice(world)
    assert _run(world, run).done == 3
    assert len(world.rows(Decision, Decision.maker == "person")) == 3
    monkeypatch.setattr(cases, "resolve", resolve)
    world.clock.forward(minutes=2)  # the lease of the dead one is over
    _finish(world)
    assert (_run(world, run).state, _run(world, run).done) == (BulkState.DONE, 7)
    assert len(world.rows(Decision, Decision.maker == "person")) == 7
    assert sorted(world.platform.told) == sorted(("hide", f"copy {n}") for n in range(7))


def test_a_run_that_cannot_go_on_says_so_and_keeps_what_it_did(
    world: World, small_slices: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = _start(world, _campaign(world, 5))
    _slice(world)

    def fail(*_: Any) -> None:
        raise RuntimeError("no more")

    monkeypatch.setattr(bulk, "_settle", fail)
    for _ in range(MAX_FAILURES):
        _slice(world)
        world.clock.forward(minutes=5)
    failed = _run(world, run)
    assert (failed.state, failed.done, "no more" in failed.error) == (BulkState.FAILED, 3, True)
    assert world.rows(Job, Job.kind == queue.Kind.BULK) == []


# --- stopping and taking back


def test_stopping_takes_hold_at_the_next_slice_and_what_was_decided_stays(world: World, small_slices: None) -> None:
    ids = _campaign(world, 8)
    run = _start(world, ids)
    _slice(world)
    stopped = _stop(world, run)
    assert stopped.state == BulkState.STOPPED
    _finish(world)
    assert (_run(world, run).done, len(world.platform.hidden)) == (3, 3)
    assert sum(world.case_of(comment_id) is not None for comment_id in ids) == 5
    assert _stop(world, run).ended_at == stopped.ended_at
    assert world.log(f"bulk:{run.id}") == ["bulk.started", "bulk.stopped"]


def test_the_whole_of_a_run_is_taken_back_on_the_platform_too(world: World, small_slices: None) -> None:
    ids = _campaign(world, 7)
    before = {comment_id: world.suggestion(comment_id).id for comment_id in ids}
    run = _start(world, ids)
    _finish(world)
    assert len(world.platform.hidden) == 7
    taking = _undo(world, run, world.people.leo)
    assert (taking.undoes_id, taking.total, taking.verbs) == (run.id, 7, [])
    _finish(world)
    assert (_run(world, taking).state, _run(world, taking).done) == (BulkState.DONE, 7)
    assert world.platform.hidden == set()
    assert {comment_id: world.suggestion(comment_id).id for comment_id in ids} == before
    undone = world.rows(AuditEntry, AuditEntry.event == "decision.undone")
    assert {json.loads(entry.detail)["bulk"] for entry in undone} == {taking.id}
    assert len(undone) == 7


def test_what_was_decided_otherwise_since_is_not_taken_back(world: World) -> None:
    ids = _campaign(world, 3)
    run = _start(world, ids)
    _finish(world)
    world.choose(world.people.leo, ids[2], "keep")
    taking = _undo(world, run)
    _finish(world)
    assert (_run(world, taking).done, _run(world, taking).left_alone) == (2, 1)
    (left,) = [item for item in _items(world, taking) if item.state == BulkItemState.LEFT_ALONE]
    assert (left.comment_id, "Leo decided anew" in left.said) == (ids[2], True)
    assert world.in_force(ids[2]).verbs == ["keep"]


def test_taking_back_a_run_that_is_not_done_stops_it_first(world: World, small_slices: None) -> None:
    ids = _campaign(world, 8)
    run = _start(world, ids)
    _slice(world)
    taking = _undo(world, run)
    assert (_run(world, run).state, taking.total) == (BulkState.STOPPED, 3)
    _finish(world)
    assert world.platform.hidden == set()
    assert all(world.case_of(comment_id) is not None for comment_id in ids)


def test_taking_back_can_be_stopped_and_gone_on_with(world: World, small_slices: None) -> None:
    run = _start(world, _campaign(world, 8))
    _finish(world)
    taking = _undo(world, run)
    _slice(world)
    _stop(world, taking)
    _finish(world)
    assert len(world.platform.hidden) == 5
    rest = _undo(world, run)
    assert rest.total == 5
    _finish(world)
    assert world.platform.hidden == set()
    with pytest.raises(Conflict, match="Nothing that this run decided is left"):
        _undo(world, run)


def test_a_run_is_taken_back_once_at_a_time_and_its_undoing_not_at_all(world: World) -> None:
    run = _start(world, _campaign(world, 2))
    _finish(world)
    taking = _undo(world, run)
    with pytest.raises(Conflict, match="being taken back already"):
        _undo(world, run)
    with pytest.raises(Conflict, match="takes another one back"):
        _undo(world, taking)


# --- what may be asked for, and by whom


@pytest.mark.parametrize("verb", ["delete", "block", "report_police", "report_platform", "mute", "nonsense"])
def test_what_cannot_be_taken_back_is_not_done_to_many(world: World, verb: str) -> None:
    with pytest.raises(Invalid) as refused:
        _start(world, _campaign(world, 2), verb, rule_id="3")
    assert refused.value.field == "verbs"


@pytest.mark.parametrize("rule_id", [None, "", "99"])
def test_hiding_many_stands_on_a_rule_in_force(world: World, rule_id: str | None) -> None:
    with pytest.raises(Invalid) as refused:
        _start(world, _campaign(world, 2), rule_id=rule_id)
    assert refused.value.field == "rule_id"


def test_a_rule_that_two_people_decide_is_not_for_many(world: World) -> None:
    ids = _campaign(world, 2)
    with world.database.write() as session:
        two = replace(RULES[2], decided_by=type(RULES[2].decided_by)("two_people"))
        publishing.publish(session, world.office_id, guideline_set(two, title="Stricter"))
    with pytest.raises(Invalid, match="two people decide"):
        _start(world, ids)


def test_where_a_hide_cannot_be_taken_back_it_is_not_done_to_many(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = type(world.platform).capabilities
    monkeypatch.setattr(
        type(world.platform),
        "capabilities",
        lambda self, channel: {verb: replace(able, reversible=False) for verb, able in real(self, channel).items()},
    )
    run = _start(world, _campaign(world, 2))
    _finish(world)
    assert (_run(world, run).left_alone, world.platform.orders) == (2, [])
    assert {item.said for item in _items(world, run)} == {
        "This cannot be taken back on The page, so it is decided by itself."
    }


def test_nothing_and_far_too_much_are_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Invalid, match="at least one"):
        _start(world, [])
    monkeypatch.setattr(bulk, "MOST", 2)
    with pytest.raises(Invalid, match="2 comments at most"):
        _start(world, _campaign(world, 3))


@pytest.mark.parametrize("who", ["victor", "olive"])
def test_those_who_do_not_decide_start_stop_and_undo_nothing(world: World, who: str) -> None:
    ids = _campaign(world, 2)
    run = _start(world, ids)
    member = getattr(world.people, who)
    deeds: list[Callable[[], BulkRun]] = [
        lambda: _start(world, ids, member=member),
        lambda: _stop(world, run, member),
        lambda: _undo(world, run, member),
    ]
    for deed in deeds:
        with pytest.raises(NotAllowed):
            deed()


def test_another_offices_comments_and_runs_are_not_there(world: World) -> None:
    ids = _campaign(world, 2)
    run = _start(world, ids)
    with pytest.raises(NotFound):
        _start(world, ids, "keep", member=world.people.charlie)
    for deed in (_stop, _undo):
        with pytest.raises(NotFound):
            deed(world, run, world.people.charlie)
    assert world.rows(BulkRun, BulkRun.office_id == world.people.charlie.office_id) == []
