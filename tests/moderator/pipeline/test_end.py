"""What was decided for a time ends by itself: the rule takes it back, unless somebody has, or something else stands."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from guidelines.schema import GuidelineSet, Modality, RuleAction, Rung
from moderator import publishing
from moderator.connectors.base import AuthorRef, PostRef
from moderator.domain.vocabulary import Verb
from moderator.errors import Conflict, NotAllowed, NotFound
from moderator.jobs import handlers
from moderator.jobs.runner import MAX_FAILURES, Runner
from moderator.pipeline import end
from moderator.review import by_hand, limits
from moderator.review.undo import undo
from moderator.storage.tables import AuditEntry, Job, Post
from tests.moderator.conftest import World, guideline_set, rule

MUST, MAY = Modality.MUST, Modality.MAY


def _set(*actions: RuleAction, repeat: tuple[Rung, ...] = ()) -> GuidelineSet:
    plain = rule("9", "harassment", "hide")
    blocks = replace(plain, actions=(*plain.actions, *actions), repeat=repeat)
    return guideline_set(blocks, rule("1", "threat", "hide"))


@pytest.fixture
def blocking(world: World) -> World:
    """Rule 9 blocks for 90 days; rule 1 says nothing of it. The platform mutes as well."""
    world.platform.missing.clear()
    _publish(world, _set(RuleAction("block", MAY, duration_days=90), RuleAction("mute", MAY, duration_days=7)))
    return world


def _publish(world: World, guidelines: GuidelineSet) -> None:
    with world.database.write() as session:
        publishing.publish(session, world.office_id, guidelines)


def _blocked(world: World, rule_id: str = "9", *verbs: str) -> str:
    comment_id = world.settled("harassment=0.6")
    world.resolve(world.people.mona, comment_id, *(verbs or ("block",)), rule_id=rule_id)
    world.work()
    return comment_id


def test_a_block_under_a_rule_with_a_term_says_when_it_ends(blocking: World) -> None:
    comment_id = _blocked(blocking)
    (action,) = blocking.actions_of(comment_id)
    assert (action.verb, action.state, action.duration_days) == ("block", "done", 90)
    assert action.done_at is not None
    assert action.ends_at == action.done_at + timedelta(days=90)
    (job,) = blocking.rows(Job)
    assert (job.kind, job.subject_id, job.run_after) == ("end", action.id, action.ends_at)


def test_a_block_under_a_rule_that_sets_no_term_lasts(blocking: World) -> None:
    (action,) = blocking.actions_of(_blocked(blocking, "1"))
    assert (action.duration_days, action.ends_at) == (None, None)
    assert blocking.rows(Job) == []


def test_when_the_days_are_over_the_author_is_unblocked_in_the_name_of_the_rule(blocking: World) -> None:
    comment_id = _blocked(blocking, "9", "hide", "block")
    decision_id = blocking.comment(comment_id).decision_id
    blocking.clock.forward(days=89)
    blocking.work()
    assert blocking.platform.blocked == {"u1"}
    blocking.clock.forward(days=1, minutes=1)
    blocking.work()
    assert blocking.platform.blocked == set()
    assert blocking.steps_of(comment_id) == [("hide", "done"), ("block", "done"), ("unblock", "done")]
    _, block, unblock = blocking.actions_of(comment_id)
    assert unblock.decision_id == decision_id == blocking.comment(comment_id).decision_id
    (entry,) = blocking.rows(AuditEntry, AuditEntry.event == "action.ended")
    assert (entry.actor, entry.subject) == ("rule:9", f"comment:{comment_id}")
    assert json.loads(entry.detail) == {"action": block.id, "verb": "block", "days": 90, "by": unblock.id}
    assert blocking.rows(Job) == []


def test_muting_ends_too(blocking: World) -> None:
    comment_id = _blocked(blocking, "9", "mute")
    blocking.clock.forward(days=8)
    blocking.work()
    assert blocking.steps_of(comment_id) == [("mute", "done"), ("unmute", "done")]


def test_a_block_that_was_undone_is_not_ended_again(blocking: World) -> None:
    comment_id = _blocked(blocking)
    with blocking.database.write() as session:
        undo(session, blocking.people.mona, blocking.comment(comment_id).decision_id or "")
    blocking.work()
    blocking.clock.forward(days=91)
    blocking.work()
    assert blocking.steps_of(comment_id) == [("block", "done"), ("unblock", "done")]
    assert "action.ended" not in blocking.log()


def test_undoing_after_the_end_takes_back_what_still_stands(blocking: World) -> None:
    comment_id = _blocked(blocking, "9", "hide", "block")
    blocking.clock.forward(days=91)
    blocking.work()
    with blocking.database.write() as session:
        undone = undo(session, blocking.people.mona, blocking.comment(comment_id).decision_id or "")
    blocking.work()
    assert undone.reversing == (Verb.UNHIDE,)
    assert blocking.platform.blocked == set()
    assert blocking.platform.hidden == set()


def test_who_is_blocked_for_something_else_as_well_stays_blocked(blocking: World) -> None:
    first = _blocked(blocking)
    _blocked(blocking, "1")
    blocking.clock.forward(days=91)
    blocking.work()
    assert blocking.platform.blocked == {"u1"}
    assert blocking.steps_of(first) == [("block", "done")]


def test_of_two_blocks_with_a_term_the_later_end_counts(blocking: World) -> None:
    _blocked(blocking)
    blocking.clock.forward(days=30)
    second = _blocked(blocking)
    blocking.clock.forward(days=61)
    blocking.work()
    assert blocking.platform.blocked == {"u1"}
    blocking.clock.forward(days=30)
    blocking.work()
    assert blocking.platform.blocked == set()
    assert blocking.steps_of(second)[-1] == ("unblock", "done")


def test_somebody_elses_block_is_no_reason_to_go_on(blocking: World) -> None:
    mine = _blocked(blocking)
    other = blocking.settled("harassment=0.6", author=AuthorRef("u2", "Ulf"))
    blocking.resolve(blocking.people.mona, other, "block", rule_id="1")
    blocking.work()
    blocking.clock.forward(days=91)
    blocking.work()
    assert blocking.platform.blocked == {"u2"}
    assert blocking.steps_of(mine)[-1] == ("unblock", "done")


def test_where_the_platform_has_no_call_a_person_is_asked_to_end_it(blocking: World) -> None:
    blocking.platform.by_hand |= {Verb.BLOCK, Verb.UNBLOCK}
    comment_id = _blocked(blocking)
    (action,) = blocking.actions_of(comment_id)
    assert action.ends_at is None
    with blocking.database.write() as session:
        by_hand.mark_done(session, blocking.people.mona, action.id)
    blocking.clock.forward(days=91)
    blocking.work()
    assert blocking.steps_of(comment_id) == [("block", "done"), ("unblock", "by_hand")]
    case = blocking.case_of(comment_id)
    assert case is not None
    assert (case.lane, case.why) == ("platform", "To be done by hand on The page: unblock. The 90 days are over")


def test_what_cannot_be_ended_is_put_before_a_person(blocking: World, monkeypatch: pytest.MonkeyPatch) -> None:
    comment_id = _blocked(blocking)

    def fail(*_: object) -> None:
        raise RuntimeError("no luck")

    monkeypatch.setattr(end, "_end", fail)
    for _ in range(MAX_FAILURES):
        blocking.clock.forward(days=91)
        Runner(blocking.runtime, handlers.PLATFORM).drain()
    case = blocking.case_of(comment_id)
    assert case is not None
    assert case.lane == "platform"
    assert case.why.startswith("To be ended by hand: block.")


def test_the_step_of_the_ladder_says_how_long(world: World) -> None:
    steps = (
        Rung(1, 30, (RuleAction("block", MAY, duration_days=30),)),
        Rung(2, 30, (RuleAction("block", MUST, duration_days=365),)),
    )
    _publish(world, _set(RuleAction("block", MAY, duration_days=7), repeat=steps))
    lasts = []
    for _ in range(3):
        (action,) = world.actions_of(_blocked(world))
        lasts.append(action.duration_days)
        world.clock.forward(minutes=1)
    assert lasts == [7, 30, 365]


def test_a_step_that_must_be_taken_is_asked_for(world: World) -> None:
    steps = (Rung(1, 30, (RuleAction("block", MUST, duration_days=30),)),)
    _publish(world, _set(repeat=steps))
    first = world.settled("harassment=0.6")
    assert world.suggestion(first).verbs == ["hide"]
    world.resolve(world.people.mona, first, "hide", rule_id="9")
    world.clock.forward(minutes=1)
    asked = world.suggestion(world.settled("harassment=0.7"))
    assert (asked.verbs, asked.findings[0]["rung"]) == (["hide", "block"], 1)


def test_limiting_comments_is_noted_on_the_post_until_it_is_lifted(world: World) -> None:
    _publish(world, guideline_set(rule("9", "harassment", "hide", "limit_comments")))
    comment_id = _blocked(world, "9", "limit_comments")
    (post,) = world.rows(Post)
    assert post.limited_at is not None
    with world.database.write() as session, pytest.raises(NotAllowed):
        limits.lift(session, world.people.olive, comment_id)
    with world.database.write() as session, pytest.raises(NotFound):
        limits.lift(session, world.people.charlie, comment_id)
    with world.database.write() as session:
        limits.lift(session, world.people.mona, comment_id)
    assert world.rows(Post)[0].limited_at is None
    assert world.log(f"comment:{comment_id}")[-1] == "post.opened"
    with world.database.write() as session, pytest.raises(Conflict):
        limits.lift(session, world.people.mona, comment_id)


def test_undoing_a_limit_says_what_is_left_to_do(world: World) -> None:
    _publish(world, guideline_set(rule("9", "harassment", "hide", "limit_comments")))
    comment_id = world.settled("harassment=0.6", post=PostRef("p7"))
    world.resolve(world.people.mona, comment_id, "limit_comments", rule_id="9")
    world.work()
    with world.database.write() as session:
        undone = undo(session, world.people.mona, world.comment(comment_id).decision_id or "")
    assert undone.not_undone == ("Comments under the post stay limited until somebody changes that on The page.",)
    assert world.rows(Post)[0].limited_at is None
