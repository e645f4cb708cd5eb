"""Step 6: orders go to the platform in their order, each under one id, until it has answered for all of them."""

import logging
from datetime import timedelta

import pytest

from moderator import channels, publishing
from moderator.connectors import registry
from moderator.connectors.base import Order, Outcome, Receipt
from moderator.connectors.registry import UnknownConnector
from moderator.domain.actions import RETRY_AFTER
from moderator.domain.vocabulary import Verb
from moderator.jobs import handlers
from moderator.jobs.queue import LEASE
from moderator.jobs.runner import Runner
from moderator.review import by_hand
from moderator.review.undo import undo
from moderator.sealing import Sealer
from moderator.storage.tables import Action, Channel, Comment, Job, Post
from moderator.storage.tables import Receipt as StoredReceipt
from tests.fakes.receiver import Receiver
from tests.fakes.server import Reply
from tests.moderator.conftest import AtOnce, World, added

RETRY = Receipt(Outcome.RETRY, "not now", 503)
STOPPED = Receipt(Outcome.CHANNEL_STOPPED, "the token has ended", 401)
REFUSED = Receipt(Outcome.REFUSED, "no such comment", 404)


def _outcomes(world: World, action: Action) -> list[tuple[int, str]]:
    return [(receipt.attempt, receipt.outcome) for receipt in world.receipts_of(action.id)]


def _channel(world: World) -> Channel:
    return world.rows(Channel, Channel.id == world.channel.id)[0]  # type: ignore[no-any-return]


def _wait(world: World) -> float:
    (job,) = world.rows(Job)
    return float(round((job.run_after - world.clock.now()).total_seconds()))


def test_an_order_says_which_comment_under_which_rule_of_which_version(world: World) -> None:
    comment_id = world.settled("spam=0.95")
    decision, (action,) = world.in_force(comment_id), world.actions_of(comment_id)
    assert world.platform.orders == [
        Order(
            id=action.id,
            verb=Verb.HIDE,
            comment_external_id="c1",
            author_external_id="u1",
            post_external_id="p1",
            sequence=1,
            decided_at=decision.made_at,
            rules=[{"id": "4", "title": "No spam"}],
            guidelines_url="http://moderator.test/guidelines/alice/v/1",
        )
    ]


def test_a_receipt_is_kept_and_the_comment_is_seen_as_it_is_now(world: World) -> None:
    comment_id = world.settled("spam=0.95")
    (action,) = world.actions_of(comment_id)
    (receipt,) = world.receipts_of(action.id)
    assert (receipt.attempt, receipt.outcome, receipt.status_code) == (1, "done", 200)
    assert receipt.detail == "hide is done"
    assert action.state == "done"
    assert action.done_at is not None
    assert abs(action.done_at - receipt.at) < timedelta(seconds=5)
    assert world.comment(comment_id).visibility == "hidden"
    assert world.log(f"comment:{comment_id}")[-1] == "action.done"
    assert world.rows(Job) == []


def test_what_the_platform_had_done_already_is_done(world: World) -> None:
    world.platform.answers = [Receipt(Outcome.ALREADY_DONE, "was hidden")]
    comment_id = world.settled("spam=0.95")
    assert world.steps_of(comment_id) == [("hide", "done")]
    assert world.comment(comment_id).visibility == "hidden"


def test_a_comment_that_we_deleted_is_seen_as_gone_for_good(world: World) -> None:
    comment_id = world.settled("A fine day")
    world.choose(world.people.mona, comment_id, "delete", rule_id="3")
    world.work_later()
    assert world.comment(comment_id).visibility == "removed"
    world.choose(world.people.mona, comment_id, "unhide")
    world.work()
    assert world.comment(comment_id).visibility == "removed"


def test_the_orders_for_one_comment_go_out_one_after_another(world: World) -> None:
    comment_id = world.settled("A fine day")
    world.platform.answers = [RETRY]
    world.choose(world.people.mona, comment_id, "hide", "delete", "block", rule_id="3")
    world.work()
    assert world.platform.told == [("hide", "c1")]
    assert world.steps_of(comment_id) == [("hide", "pending"), ("delete", "pending"), ("block", "pending")]
    world.clock.forward(minutes=5)
    world.work()
    assert world.platform.told == [("hide", "c1"), ("hide", "c1"), ("delete", "c1"), ("block", "c1")]
    assert {state for _, state in world.steps_of(comment_id)} == {"done"}
    assert [order.sequence for order in world.platform.orders] == [1, 1, 2, 3]


def test_one_comments_trouble_does_not_hold_up_another(world: World) -> None:
    world.platform.answers = [RETRY]
    world.settled("spam=0.95")
    world.settled("spam=0.95")
    assert world.platform.told == [("hide", "c1"), ("hide", "c2")]
    assert world.platform.hidden == {"c2"}


def test_every_attempt_carries_the_same_id(world: World) -> None:
    world.platform.answers = [RETRY, RETRY]
    comment_id = world.settled("spam=0.95")
    for _ in range(2):
        world.clock.forward(hours=1)
        world.work()
    (action,) = world.actions_of(comment_id)
    assert [order.id for order in world.platform.orders] == [action.id] * 3
    assert _outcomes(world, action) == [(1, "retry"), (2, "retry"), (3, "done")]


def test_an_action_is_tried_on_schedule_for_three_days_and_then_a_person_is_asked(world: World) -> None:
    world.platform.answers = [RETRY] * (len(RETRY_AFTER) + 1)
    comment_id = world.settled("spam=0.95")
    waits = []
    while world.rows(Job):
        waits.append(_wait(world))
        assert world.work() == 0
        world.clock.forward(seconds=waits[-1] + 1)
        world.work()
    assert waits == list(RETRY_AFTER)
    assert world.steps_of(comment_id) == [("hide", "needs_person")]
    case = world.case_of(comment_id)
    assert case is not None
    assert (case.lane, case.priority) == ("platform", 2)
    assert case.why == f"The platform did not hide after {len(RETRY_AFTER) + 1} tries: not now"
    assert world.log(f"comment:{comment_id}")[-2:] == ["case.opened", "action.needs_person"]


def test_a_platform_that_asks_for_less_is_left_alone_for_as_long_as_it_asks(world: World) -> None:
    world.platform.answers = [Receipt(Outcome.THROTTLED, "slow down", 429, retry_after_seconds=120)]
    comment_id = world.settled("spam=0.95")
    assert _wait(world) == 120
    world.clock.forward(seconds=121)
    world.work()
    assert world.steps_of(comment_id) == [("hide", "done")]


def test_an_order_that_will_never_work_goes_to_a_person_and_the_next_one_goes_out(world: World) -> None:
    comment_id = world.settled("A fine day")
    world.platform.answers = [REFUSED]
    world.choose(world.people.mona, comment_id, "hide", "block", rule_id="3")
    world.work()
    assert world.steps_of(comment_id) == [("hide", "needs_person"), ("block", "done")]
    assert world.comment(comment_id).visibility == "visible"
    case = world.case_of(comment_id)
    assert case is not None
    assert case.why == "The platform refused to hide: no such comment"


def test_a_refusal_leaves_a_case_that_is_open_already_as_it_is(world: World) -> None:
    world.platform.answers = [REFUSED]
    comment_id = world.settled("threat=0.95")
    case = world.case_of(comment_id)
    assert case is not None
    assert case.lane == "act_now"
    assert world.steps_of(comment_id) == [("hide", "needs_person")]


def test_a_stopped_channel_waits_and_goes_on_where_it_was(world: World) -> None:
    world.platform.answers = [STOPPED]
    first = world.settled("spam=0.95")
    stopped = _channel(world)
    assert (stopped.stopped_reason, stopped.stopped_at is not None) == ("the token has ended", True)
    assert world.log(f"channel:{world.channel.id}") == ["channel.created", "channel.stopped"]

    second = world.settled("spam=0.95 too")
    for _ in range(4):
        world.clock.forward(minutes=2)
        world.work()
    assert len(world.platform.orders) == 1
    assert world.steps_of(first) == world.steps_of(second) == [("hide", "pending")]

    with world.database.write() as session:
        channels.resume(session, session.get_one(Channel, world.channel.id), f"member:{world.people.alice.id}")
    world.clock.forward(minutes=2)
    world.work()
    assert world.platform.hidden == {"c1", "c2"}
    assert world.steps_of(first) == world.steps_of(second) == [("hide", "done")]


def test_a_channel_whose_secrets_cannot_be_opened_is_stopped_and_says_why(world: World) -> None:
    with world.database.write() as session:
        row = session.get_one(Channel, world.channel.id)
        row.sealed_secrets = Sealer("another secret key, of somebody else").seal({})
    comment_id = world.settled("spam=0.95")
    assert world.platform.orders == []
    assert "MODERATOR_SECRET_KEY" in _channel(world).stopped_reason
    assert world.steps_of(comment_id) == [("hide", "pending")]


def test_a_channel_whose_connector_is_gone_is_stopped(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    comment_id = world.say("spam=0.95")
    world.decide()

    def gone(name: str) -> None:
        raise UnknownConnector(f"no connector named {name!r}")

    with monkeypatch.context() as patch:
        patch.setattr(registry, "get", gone)
        world.work()
    assert _channel(world).stopped_reason == "no connector named 'paper'"
    assert world.steps_of(comment_id) == [("hide", "pending")]


def test_a_connector_that_raises_costs_no_other_order_its_receipt(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.platform.answers = [TypeError("a stamp of our own is missing")]
    ids = world.take(*(added("spam=0.95", f"c{n}") for n in range(3))).comment_ids
    with caplog.at_level(logging.CRITICAL):
        world.work()
    assert len(world.platform.orders) == 3
    assert sorted(world.steps_of(comment_id)[0][1] for comment_id in ids) == ["done", "done", "needs_person"]
    (refused,) = world.rows(StoredReceipt, StoredReceipt.outcome == "refused")
    assert refused.detail == "the connector paper failed (TypeError: [secret] is missing)"


def test_an_order_taken_back_before_it_went_out_is_never_sent(world: World) -> None:
    comment_id = world.say("spam=0.95")
    world.decide()
    with world.database.write() as session:
        undone = undo(session, world.people.mona, world.comment(comment_id).decision_id or "")
    assert undone.reversing == ()
    world.work()
    assert world.platform.orders == []
    assert world.steps_of(comment_id) == [("hide", "cancelled")]


def test_an_order_whose_worker_died_in_the_middle_is_sent_again_under_its_id(world: World) -> None:
    """The platform has done it; we never heard. Asked again, it says so."""
    comment_id = world.say("spam=0.95")
    world.decide()

    def die(_order: Order) -> Receipt:
        raise KeyboardInterrupt

    world.platform.answers = [die]
    with pytest.raises(KeyboardInterrupt):
        world.work()
    world.platform.answers = [Receipt(Outcome.ALREADY_DONE)]
    assert world.work() == 0
    world.clock.forward(seconds=LEASE.total_seconds() + 1)
    world.work()
    (action,) = world.actions_of(comment_id)
    assert [order.id for order in world.platform.orders] == [action.id, action.id]
    assert world.steps_of(comment_id) == [("hide", "done")]


def test_an_order_that_may_have_gone_out_is_reversed_and_not_forgotten(world: World) -> None:
    comment_id = world.say("spam=0.95")
    world.decide()

    def die(order: Order) -> Receipt:
        world.platform.carry_out(order)
        raise KeyboardInterrupt

    world.platform.answers = [die]
    with pytest.raises(KeyboardInterrupt):
        world.work()
    assert world.platform.hidden == {"c1"}
    world.clock.forward(seconds=LEASE.total_seconds() + 1)
    with world.database.write() as session:
        undone = undo(session, world.people.mona, world.comment(comment_id).decision_id or "")
    assert undone.reversing == (Verb.UNHIDE,)
    world.work()
    assert world.platform.hidden == set()
    assert world.steps_of(comment_id) == [("hide", "done"), ("unhide", "done")]


def test_what_a_person_does_by_hand_is_not_sent(world: World) -> None:
    comment_id = world.settled("A fine day")
    world.choose(world.people.mona, comment_id, "report_platform", rule_id="3")
    world.work()
    assert world.platform.orders == []
    (action,) = world.actions_of(comment_id)
    with world.database.write() as session:
        by_hand.mark_done(session, world.people.mona, action.id)
    assert world.work() == 0


def test_an_action_that_cannot_even_be_prepared_is_given_up_to_a_person(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    comment_id = world.say("spam=0.95")
    world.decide()

    def fail(_version: object) -> None:
        raise RuntimeError("no such thing")

    monkeypatch.setattr(publishing, "read", fail)
    for _ in range(5):
        world.work()
        world.clock.forward(hours=1)
    assert world.steps_of(comment_id) == [("hide", "needs_person")]
    case = world.case_of(comment_id)
    assert case is not None
    assert case.why == "The service could not carry it out: RuntimeError: no such thing"


def test_people_and_workers_on_the_same_comments_at_once_never_lock_each_other_out(
    world: World, at_once: AtOnce
) -> None:
    ids = world.take(*(added("spam=0.95", f"c{n}") for n in range(12))).comment_ids
    world.decide()

    def act(number: int) -> None:
        if number == 0:
            Runner(world.runtime, handlers.PLATFORM).drain()
            return
        for comment_id in reversed(ids) if number % 2 else ids:
            decision_id = world.comment(comment_id).decision_id or ""
            if world.decision(decision_id).reason != "undo" and int(comment_id[-1], 36) % 2 == number % 2:
                with world.database.write() as session:
                    undo(session, world.people.mona, decision_id)

    at_once(3, act)
    world.clock.forward(minutes=2)
    world.work()
    assert world.rows(Job) == []
    assert {comment.visibility for comment in world.rows(Comment)} == {"visible"}
    assert world.platform.hidden == set()


def test_the_whole_way_over_http_with_a_tool_that_is_down_at_first(world: World) -> None:
    with Receiver(["whsec_" + "A" * 43 + "="]) as tool, world.database.write() as session:
        channel = channels.create_channel(
            session,
            world.runtime.sealer,
            world.office_id,
            "webhook",
            "Page tool",
            config={"target_url": f"{tool.url}/actions"},
            secrets={"outbound_secret": tool.secrets[0]},
        )
        session.commit()
        on_tool = World(world.runtime, world.platform, world.scores, world.clock, world.people, channel)
        tool.replies = [Reply(429, b"", {"Retry-After": "60"})]
        comment_id = on_tool.settled("spam=0.95", external_id="itm_1")
        assert 50 < _wait(world) <= 60
        world.clock.forward(seconds=61)
        on_tool.work()
        (action,) = on_tool.actions_of(comment_id)
        assert [call.headers["webhook-id"] for call in tool.calls] == [action.id] * 2
        assert [event["data"]["comment_id"] for event in tool.events] == ["itm_1"]
        assert _outcomes(world, action) == [(1, "throttled"), (2, "done")]
    assert on_tool.comment(comment_id).visibility == "hidden"


def test_a_comment_without_author_and_post_is_acted_on_all_the_same(world: World) -> None:
    world.settled("spam=0.95", author=None, post=None)
    (order,) = world.platform.orders
    assert (order.author_external_id, order.post_external_id) == (None, None)
    assert world.rows(Post) == []
