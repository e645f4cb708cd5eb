"""Every decision can be taken back; what cannot be taken back on the platform is said."""

import pytest
from sqlalchemy import select

from moderator.connectors.base import AuthorRef, EventKind, Outcome, Receipt
from moderator.domain.vocabulary import Verb
from moderator.errors import Conflict, NotAllowed, NotFound
from moderator.jobs import queue
from moderator.jobs.queue import Kind
from moderator.review.undo import Undone, foresee, undo
from moderator.storage.tables import Action, Case, Comment, Decision, Job, Member
from tests.moderator.conftest import AtOnce, World, added

RETRY = Receipt(Outcome.RETRY, "not now")


def _undo(world: World, comment_id: str, member: Member | None = None) -> Undone:
    decision_id = world.comment(comment_id).decision_id
    assert decision_id is not None
    with world.database.write() as session:
        return undo(session, member or world.people.mona, decision_id)


def test_undoing_what_was_carried_out_reverses_it_on_the_platform(world: World) -> None:
    comment_id = world.settled("spam=0.95")
    hidden = world.in_force(comment_id)
    undone = _undo(world, comment_id)
    assert (undone.reversing, undone.not_undone) == ((Verb.UNHIDE,), ())
    world.work()
    assert world.platform.told == [("hide", "c1"), ("unhide", "c1")]
    assert world.comment(comment_id).visibility == "visible"
    before = world.decision(hidden.id)
    assert (before.state, before.undone_by) == ("undone", world.people.mona.id)
    assert before.undone_at is not None
    assert world.log(f"comment:{comment_id}")[-2:] == ["decision.undone", "action.done"]


def test_undoing_what_was_not_carried_out_yet_cancels_it(world: World) -> None:
    comment_id = world.say("spam=0.95")
    world.decide()
    assert _undo(world, comment_id).reversing == ()
    world.work()
    assert world.platform.orders == []
    assert world.steps_of(comment_id) == [("hide", "cancelled")]
    assert world.rows(Job) == []


def test_the_decision_before_is_in_force_again_and_so_is_what_it_cites(world: World) -> None:
    comment_id = world.settled("spam=0.95")
    machine = world.in_force(comment_id)
    world.choose(world.people.leo, comment_id, "keep")
    world.work()
    undone = _undo(world, comment_id)
    world.work()
    restored = world.in_force(comment_id)
    assert restored.id == undone.decision_id
    assert (restored.state, restored.reason, restored.maker) == ("made", "undo", "person")
    assert (restored.verbs, restored.rule_ids, restored.version_id) == (["hide"], ["4"], machine.version_id)
    assert world.platform.told == [("hide", "c1"), ("unhide", "c1"), ("hide", "c1")]


def test_undoing_the_first_decision_leaves_nothing_decided(world: World) -> None:
    comment_id = world.settled("spam=0.95")
    _undo(world, comment_id)
    restored = world.in_force(comment_id)
    assert (restored.verbs, restored.rule_ids, restored.version_id) == ([], [], None)


def test_a_deletion_cannot_be_taken_back_and_the_answer_says_so(world: World) -> None:
    comment_id = world.settled("A fine day")
    world.choose(world.people.mona, comment_id, "hide", "delete", "block", rule_id="3")
    world.work_later()
    undone = _undo(world, comment_id)
    assert undone.reversing == (Verb.UNBLOCK, Verb.UNHIDE)
    assert undone.not_undone == ("Delete cannot be taken back on The page.",)
    world.work()
    assert world.platform.blocked == set()


def test_a_deletion_that_was_not_carried_out_yet_can_be_taken_back(world: World) -> None:
    comment_id = world.settled("A fine day")
    world.choose(world.people.mona, comment_id, "delete", rule_id="3")
    assert _undo(world, comment_id) == Undone(world.comment(comment_id).decision_id or "", (), ())
    world.work()
    assert world.platform.orders == []


def test_of_several_actions_only_those_not_started_are_cancelled(world: World) -> None:
    comment_id = world.settled("A fine day")
    world.platform.answers = [Receipt(Outcome.DONE), RETRY]
    world.choose(world.people.mona, comment_id, "hide", "delete", "block", rule_id="3")
    world.work()
    world.work_later()
    undone = _undo(world, comment_id)
    assert world.steps_of(comment_id)[:3] == [("hide", "done"), ("delete", "pending"), ("block", "cancelled")]
    assert undone.reversing == (Verb.UNHIDE,)
    assert undone.not_undone == ("Delete cannot be taken back on The page.",)


def test_an_attempt_whose_answer_was_lost_counts_as_done_and_is_reversed(world: World) -> None:
    world.platform.answers = [RETRY]
    comment_id = world.settled("spam=0.95")
    assert _undo(world, comment_id).reversing == (Verb.UNHIDE,)
    world.clock.forward(minutes=10)
    world.work()
    assert world.platform.told == [("hide", "c1"), ("hide", "c1"), ("unhide", "c1")]
    assert world.platform.hidden == set()


@pytest.mark.parametrize("outcome", [Outcome.CHANNEL_STOPPED, Outcome.THROTTLED])
def test_an_attempt_that_the_platform_turned_away_is_cancelled(world: World, outcome: Outcome) -> None:
    world.platform.answers = [Receipt(outcome, "no")]
    comment_id = world.settled("spam=0.95")
    assert _undo(world, comment_id).reversing == ()
    assert world.steps_of(comment_id) == [("hide", "cancelled")]


def test_an_action_in_the_middle_of_being_sent_is_reversed_after_it(world: World) -> None:
    comment_id = world.say("spam=0.95")
    world.decide()
    with world.database.write() as session:
        assert queue.claim(session, Kind.ACT, "a worker that is sending it", 10)
    assert _undo(world, comment_id).reversing == (Verb.UNHIDE,)
    world.clock.forward(minutes=2)
    world.work()
    assert world.platform.told == [("hide", "c1"), ("unhide", "c1")]


def test_what_the_platform_refused_needs_no_reversing_and_no_hand_any_more(world: World) -> None:
    world.platform.answers = [Receipt(Outcome.REFUSED, "no")]
    comment_id = world.settled("spam=0.95")
    assert world.case_of(comment_id) is not None
    assert _undo(world, comment_id).reversing == ()
    assert world.steps_of(comment_id) == [("hide", "cancelled")]
    assert world.case_of(comment_id) is None


def test_what_was_tried_too_often_may_have_worked_and_is_reversed(world: World) -> None:
    world.platform.answers = [RETRY, Receipt(Outcome.REFUSED, "no")]
    comment_id = world.settled("spam=0.95")
    world.clock.forward(minutes=10)
    world.work()
    assert world.steps_of(comment_id) == [("hide", "needs_person")]
    assert _undo(world, comment_id).reversing == (Verb.UNHIDE,)
    assert world.steps_of(comment_id) == [("hide", "cancelled"), ("unhide", "pending")]


def test_what_waits_for_a_hand_is_taken_off_the_list(world: World) -> None:
    comment_id = world.settled("A fine day")
    world.choose(world.people.mona, comment_id, "report_platform", rule_id="3")
    assert _undo(world, comment_id) == Undone(world.comment(comment_id).decision_id or "", (), ())
    assert world.steps_of(comment_id) == [("report_platform", "cancelled")]
    assert world.case_of(comment_id) is None


def test_a_hide_that_waited_for_a_hand_waits_again_when_what_replaced_it_is_undone(world: World) -> None:
    world.platform.by_hand.add(Verb.HIDE)
    comment_id = world.settled("spam=0.95")
    world.choose(world.people.mona, comment_id, "keep")
    assert world.steps_of(comment_id) == [("hide", "cancelled")]
    _undo(world, comment_id)
    assert world.steps_of(comment_id) == [("hide", "cancelled"), ("hide", "by_hand")]
    assert world.in_force(comment_id).verbs == ["hide"]


def test_undoing_what_changed_nothing_about_a_hide_asks_for_no_second_hide(world: World) -> None:
    world.platform.by_hand.add(Verb.HIDE)
    comment_id = world.settled("spam=0.95")
    world.choose(world.people.mona, comment_id, "block", rule_id="3")
    _undo(world, comment_id)
    assert [step for step in world.steps_of(comment_id) if step[0] == "hide"] == [("hide", "by_hand")]


def test_the_case_that_the_decision_closed_waits_again(world: World) -> None:
    comment_id = world.settled("harassment=0.7")
    before = world.case_of(comment_id)
    world.resolve(world.people.mona, comment_id, "hide", rule_id="3")
    world.work()
    _undo(world, comment_id, world.people.leo)
    after = world.case_of(comment_id)
    assert before is not None
    assert after is not None
    assert (after.id, after.decision_id, after.closed_at, after.closed_by) == (
        before.id,
        before.decision_id,
        None,
        None,
    )
    world.resolve(world.people.leo, comment_id, "keep")
    assert world.in_force(comment_id).verbs == ["keep"]


def test_a_case_that_an_earlier_decision_closed_stays_closed(world: World) -> None:
    comment_id = world.settled("harassment=0.7")
    world.resolve(world.people.mona, comment_id, "keep")
    world.clock.forward(minutes=1)
    world.choose(world.people.leo, comment_id, "hide", rule_id="3")
    world.clock.forward(minutes=1)
    _undo(world, comment_id)
    assert world.in_force(comment_id).verbs == ["keep"]
    assert world.case_of(comment_id) is None


def test_undoing_a_machines_decision_opens_no_case(world: World) -> None:
    comment_id = world.settled("spam=0.95")
    _undo(world, comment_id)
    assert world.rows(Case) == []


def test_undoing_the_hide_while_a_question_waits_leaves_the_question(world: World) -> None:
    comment_id = world.settled("threat=0.95")
    _undo(world, comment_id)
    world.work()
    assert world.suggestion(comment_id).verbs == ["report_police"]
    assert world.platform.hidden == set()


def test_what_is_in_force_no_longer_cannot_be_undone(world: World) -> None:
    comment_id = world.settled("spam=0.95")
    machine = world.in_force(comment_id)
    world.choose(world.people.leo, comment_id, "keep")
    with pytest.raises(Conflict), world.database.write() as session:
        undo(session, world.people.mona, machine.id)
    _undo(world, comment_id)
    with pytest.raises(Conflict):
        _undo(world, comment_id)


def test_a_suggestion_and_a_proposal_cannot_be_undone(world: World) -> None:
    suggested = world.settled("harassment=0.7")
    proposed = world.settled("discrimination=0.7")
    world.resolve(world.people.mona, proposed, "delete", rule_id="2")
    for comment_id in (suggested, proposed):
        with pytest.raises(Conflict), world.database.write() as session:
            undo(session, world.people.mona, world.suggestion(comment_id).id)


def test_another_office_and_those_who_do_not_decide_cannot_undo(world: World) -> None:
    comment_id = world.settled("spam=0.95")
    with pytest.raises(NotFound):
        _undo(world, comment_id, world.people.charlie)
    for member in (world.people.olive, world.people.victor):
        with pytest.raises((NotAllowed, NotFound)):
            _undo(world, comment_id, member)
    with pytest.raises(NotFound), world.database.write() as session:
        undo(session, world.people.mona, "no such decision")
    assert world.in_force(comment_id).verbs == ["hide"]


def test_of_many_who_undo_at_once_one_does(world: World, at_once: AtOnce) -> None:
    comment_id = world.settled("spam=0.95")
    decision_id = world.comment(comment_id).decision_id or ""

    def take_back(_number: int) -> bool:
        try:
            with world.database.write() as session:
                undo(session, world.people.mona, decision_id)
        except Conflict:
            return False
        return True

    assert at_once(8, take_back).count(True) == 1
    world.work()
    assert world.platform.told == [("hide", "c1"), ("unhide", "c1")]


def test_undoing_what_two_people_decided_asks_for_both_again(world: World) -> None:
    comment_id = world.settled("discrimination=0.7")
    world.resolve(world.people.mona, comment_id, "block", rule_id="2")
    world.resolve(world.people.leo, comment_id, "block", rule_id="2")
    world.work()
    _undo(world, comment_id, world.people.alice)
    world.work()
    assert world.platform.blocked == set()
    case = world.case_of(comment_id)
    assert case is not None
    assert case.lane == "second_opinion"


def test_a_comment_edited_after_its_decision_can_still_have_it_undone(world: World) -> None:
    comment_id = world.settled("spam=0.95", external_id="c1")
    world.take(added("A fine day", "c1", kind=EventKind.EDITED))
    _undo(world, comment_id)
    world.work()
    assert world.platform.hidden == set()
    assert world.in_force(comment_id).revision_id == world.comment(comment_id).revision_id


# --- several decisions about one author


def _block(world: World, text: str) -> str:
    comment_id = world.settled(text)
    world.choose(world.people.mona, comment_id, "block", rule_id="3")
    world.work()
    return comment_id


STAYS = "The author stays blocked: another decision in force asks for it."


def test_an_author_stays_blocked_while_another_decision_asks_for_it(world: World) -> None:
    first, second = _block(world, "A fine day"), _block(world, "Another fine day")
    assert _undo(world, first) == Undone(world.comment(first).decision_id or "", (), (STAYS,))
    world.work()
    assert world.platform.blocked == {"u1"}
    assert _undo(world, second).reversing == (Verb.UNBLOCK,)
    world.work()
    assert world.platform.blocked == set()


def test_an_author_stays_blocked_while_the_decision_before_asks_for_it(world: World) -> None:
    comment_id = _block(world, "A fine day")
    world.choose(world.people.leo, comment_id, "hide", "block", rule_id="3")
    world.work()
    undone = _undo(world, comment_id)
    assert (undone.reversing, undone.not_undone) == ((Verb.UNHIDE,), (STAYS,))
    world.work()
    assert (world.platform.blocked, world.platform.hidden) == ({"u1"}, set())
    assert world.in_force(comment_id).verbs == ["block"]


def test_a_block_of_somebody_else_keeps_nobody_blocked(world: World) -> None:
    comment_id = _block(world, "A fine day")
    other = world.settled("Another fine day", author=AuthorRef("u2", "Uri"))
    world.choose(world.people.mona, other, "block", rule_id="3")
    world.work()
    assert _undo(world, comment_id).reversing == (Verb.UNBLOCK,)


def test_a_block_that_another_decision_replaced_keeps_nobody_blocked(world: World) -> None:
    first, second = _block(world, "A fine day"), _block(world, "Another fine day")
    world.choose(world.people.leo, first, "keep")
    assert _undo(world, second).reversing == (Verb.UNBLOCK,)


# --- what is refused, and what is foreseen


def test_whoever_undoes_what_is_not_in_force_is_told_what_is(world: World) -> None:
    comment_id = world.settled("spam=0.95")
    machine = world.in_force(comment_id)
    world.choose(world.people.leo, comment_id, "keep")
    with pytest.raises(Conflict, match="Leo decided anew about this comment since: keep"):
        _take_back(world, machine.id)
    people = world.in_force(comment_id)
    _undo(world, comment_id)
    with pytest.raises(Conflict, match="Mona undid this already"):
        _take_back(world, people.id)


def _take_back(world: World, decision_id: str) -> None:
    with world.database.write() as session:
        undo(session, world.people.mona, decision_id)


@pytest.mark.parametrize("carried_out", [False, True])
def test_what_undoing_will_do_is_told_beforehand(world: World, carried_out: bool) -> None:
    world.platform.by_hand.add(Verb.UNHIDE)
    comment_id = world.settled("A fine day")
    world.choose(world.people.mona, comment_id, "hide", "delete", "block", rule_id="3")
    if carried_out:
        world.work_later()
    with world.database.read() as session:
        comment = session.get_one(Comment, comment_id)
        foreseen = foresee(session, session.get_one(Decision, comment.decision_id), comment)
    undone = _undo(world, comment_id)
    assert (foreseen.reversing, foreseen.not_undone) == (undone.reversing, undone.not_undone)
    assert foreseen.by_hand == ((Verb.UNHIDE,) if carried_out else ())
    assert foreseen.cancelled == (() if carried_out else (Verb.BLOCK, Verb.DELETE, Verb.HIDE))


# --- what cannot be taken back waits a moment


def test_what_cannot_be_taken_back_waits_for_second_thoughts(world: World) -> None:
    comment_id = world.settled("A fine day")
    world.choose(world.people.mona, comment_id, "hide", "delete", rule_id="3")
    world.work()
    world.clock.forward(seconds=8)
    world.work()
    assert world.platform.told == [("hide", "c1")]
    world.clock.forward(seconds=2)
    world.work()
    assert world.platform.told == [("hide", "c1"), ("delete", "c1")]


def test_thinking_better_of_it_in_time_leaves_nothing_done(world: World) -> None:
    comment_id = world.settled("A fine day")
    world.choose(world.people.mona, comment_id, "hide", "delete", rule_id="3")
    world.work()
    assert _undo(world, comment_id).not_undone == ()
    world.clock.forward(minutes=1)
    world.work()
    assert world.platform.told == [("hide", "c1"), ("unhide", "c1")]
    assert world.platform.deleted == set()


def test_a_channel_that_runs_again_shortens_nobody_s_second_thoughts(world: World) -> None:
    comment_id = world.settled("A fine day")
    world.choose(world.people.mona, comment_id, "delete", rule_id="3")
    with world.database.write() as session:
        queue.bring_forward(session, Kind.ACT, select(Action.id))
    world.work()
    assert world.platform.orders == []
    assert _undo(world, comment_id).not_undone == ()
    world.work_later()
    assert world.platform.orders == []


def test_what_only_a_person_can_do_there_does_not_wait(world: World) -> None:
    world.platform.by_hand.add(Verb.DELETE)
    comment_id = world.settled("A fine day")
    world.choose(world.people.mona, comment_id, "delete", rule_id="3")
    assert [action.waits_until for action in world.actions_of(comment_id)] == [None]
