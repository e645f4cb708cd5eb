"""What no machine can do on the platform waits until somebody did it there, tries it again, or lets it go."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from moderator.connectors.base import Outcome, Receipt
from moderator.domain.vocabulary import Verb
from moderator.errors import Conflict, NotAllowed, NotFound
from moderator.review import by_hand
from moderator.storage.tables import Action, Case, Member
from tests.moderator.conftest import AtOnce, World

EVERYTHING: tuple[Callable[[Session, Member, str], None], ...] = (by_hand.mark_done, by_hand.retry, by_hand.let_go)


def _do(world: World, what: Callable[[Session, Member, str], None], action: Action, member: Member) -> None:
    with world.database.write() as session:
        what(session, member, action.id)


def _by_hand(world: World) -> tuple[str, Action]:
    comment_id = world.settled("A fine day")
    world.choose(world.people.mona, comment_id, "report_platform", rule_id="3")
    return comment_id, world.actions_of(comment_id)[0]


def _refused(world: World) -> tuple[str, Action]:
    world.platform.answers = [Receipt(Outcome.REFUSED, "no")]
    comment_id = world.settled("spam=0.95")
    return comment_id, world.actions_of(comment_id)[0]


def test_what_was_done_by_hand_is_done_and_its_case_is_closed(world: World) -> None:
    comment_id, action = _by_hand(world)
    _do(world, by_hand.mark_done, action, world.people.leo)
    assert world.steps_of(comment_id) == [("report_platform", "done")]
    (case,) = world.rows(Case)
    assert (case.state, case.closed_by) == ("closed", world.people.leo.id)
    assert world.log(f"comment:{comment_id}")[-1] == "action.done"


def test_a_comment_that_was_hidden_by_hand_is_seen_as_hidden(world: World) -> None:
    world.platform.by_hand.add(Verb.HIDE)
    comment_id = world.settled("spam=0.95")
    _do(world, by_hand.mark_done, world.actions_of(comment_id)[0], world.people.mona)
    assert world.comment(comment_id).visibility == "hidden"


def test_a_case_stays_until_the_last_of_its_actions_is_settled(world: World) -> None:
    comment_id = world.settled("A fine day")
    world.choose(world.people.mona, comment_id, "report_platform", "report_police", rule_id="3")
    first, second = world.actions_of(comment_id)
    _do(world, by_hand.mark_done, first, world.people.mona)
    assert world.case_of(comment_id) is not None
    _do(world, by_hand.let_go, second, world.people.mona)
    assert world.case_of(comment_id) is None
    assert world.steps_of(comment_id) == [("report_platform", "done"), ("report_police", "cancelled")]


def test_settling_an_action_leaves_a_question_that_waits_alone(world: World) -> None:
    world.platform.answers = [Receipt(Outcome.REFUSED, "no")]
    comment_id = world.settled("threat=0.95")
    _do(world, by_hand.let_go, world.actions_of(comment_id)[0], world.people.mona)
    case = world.case_of(comment_id)
    assert case is not None
    assert case.lane == "act_now"


def test_what_was_refused_can_be_tried_again_under_the_same_id(world: World) -> None:
    comment_id, action = _refused(world)
    _do(world, by_hand.retry, action, world.people.mona)
    assert world.case_of(comment_id) is None
    world.work()
    assert [order.id for order in world.platform.orders] == [action.id, action.id]
    assert world.steps_of(comment_id) == [("hide", "done")]
    assert [receipt.attempt for receipt in world.receipts_of(action.id)] == [1, 2]
    assert "action.retried" in world.log(f"comment:{comment_id}")


def test_what_has_no_call_cannot_be_tried_again(world: World) -> None:
    _, action = _by_hand(world)
    with pytest.raises(Conflict, match="by hand"):
        _do(world, by_hand.retry, action, world.people.mona)


def test_what_is_let_go_is_never_sent(world: World) -> None:
    comment_id, action = _refused(world)
    _do(world, by_hand.let_go, action, world.people.mona)
    world.work()
    assert len(world.platform.orders) == 1
    assert world.steps_of(comment_id) == [("hide", "cancelled")]
    assert world.case_of(comment_id) is None
    assert world.log(f"comment:{comment_id}")[-1] == "action.let_go"


@pytest.mark.parametrize("what", EVERYTHING)
def test_what_is_settled_is_settled(world: World, what: Callable[[Session, Member, str], None]) -> None:
    _, action = _refused(world)
    _do(world, by_hand.let_go, action, world.people.mona)
    with pytest.raises(Conflict, match="settled already"):
        _do(world, what, action, world.people.mona)


@pytest.mark.parametrize("what", EVERYTHING)
def test_another_office_sees_no_such_action_and_those_who_do_not_decide_settle_none(
    world: World, what: Callable[[Session, Member, str], None]
) -> None:
    comment_id, action = _refused(world)
    with pytest.raises(NotFound):
        _do(world, what, action, world.people.charlie)
    for member in (world.people.olive, world.people.victor):
        with pytest.raises(NotAllowed):
            _do(world, what, action, member)
    with pytest.raises(NotFound), world.database.write() as session:
        what(session, world.people.mona, "no such action")
    assert world.steps_of(comment_id) == [("hide", "needs_person")]


def test_of_many_who_settle_an_action_at_once_one_does(world: World, at_once: AtOnce) -> None:
    comment_id, action = _refused(world)

    def settle(number: int) -> bool:
        try:
            _do(world, EVERYTHING[number % 3], action, world.people.mona)
        except Conflict:
            return False
        return True

    assert at_once(6, settle).count(True) == 1
    assert world.log(f"comment:{comment_id}")[-1] in ("action.done", "action.retried", "action.let_go")


@pytest.mark.parametrize("verbs", [["keep"], ["hide"], ["delete"]])
def test_a_new_decision_about_whether_it_is_seen_takes_the_old_hide_off_the_list(
    world: World, verbs: list[str]
) -> None:
    comment_id, _ = _refused(world)
    world.choose(world.people.mona, comment_id, *verbs, rule_id="3")
    world.work()
    assert world.steps_of(comment_id)[0] == ("hide", "cancelled")
    assert world.case_of(comment_id) is None


def test_a_new_decision_never_takes_a_report_off_the_list(world: World) -> None:
    comment_id, _ = _by_hand(world)
    world.choose(world.people.leo, comment_id, "keep")
    assert world.steps_of(comment_id) == [("report_platform", "by_hand")]
