"""Whatever people, authors and platforms do, in any order: nothing is lost, nothing is done that nobody decided."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from moderator import audit, channels
from moderator.connectors.base import EventKind, Outcome, Receipt
from moderator.domain.vocabulary import Verb
from moderator.errors import Conflict, NotAllowed
from moderator.jobs import handlers
from moderator.jobs.runner import Runner
from moderator.review import by_hand
from moderator.review.undo import undo
from moderator.storage.tables import Action, Case, Channel, EvidenceSnapshot, Job
from tests.moderator.conftest import World, added

TEXTS = ("A fine day", "spam=0.95", "threat=0.95", "harassment=0.7", "discrimination=0.8", "a\0b")
PEOPLE = ("alice", "leo", "mona")
CHOICES = (["keep"], ["hide"], ["unhide"], ["delete"], ["block"], ["hide", "block"], ["report_platform"])
ANSWERS = (Outcome.RETRY, Outcome.THROTTLED, Outcome.REFUSED, Outcome.CHANNEL_STOPPED, Outcome.ALREADY_DONE)
#: verbs after which the public sees the comment, and those after which it does not
SHOWN, GONE = {"keep", "unhide"}, {"hide", "delete"}


def _later(platform_does: bool, outcome: Outcome, world: World) -> Callable[[Any], Receipt]:
    """An answer that tells of a failure, whether or not the platform really did what it was told."""

    def answer(order: Any) -> Receipt:
        if platform_does or outcome is Outcome.ALREADY_DONE:
            world.platform.carry_out(order)
        return Receipt(outcome, "as the test says")

    return answer


class OneComment(RuleBasedStateMachine):
    """One comment after another in an office that lives on: each run of the machine tells one comment's story."""

    world: World
    _told = 0

    @initialize(text=st.sampled_from(TEXTS), by_hand=st.booleans())
    def say(self, text: str, by_hand: bool) -> None:
        self.world.platform.by_hand = {Verb.REPORT_PLATFORM} | ({Verb.HIDE, Verb.UNHIDE} if by_hand else set())
        type(self)._told += 1
        self.external_id = f"story-{self._told}"
        self.comment_id = self.world.say(text, external_id=self.external_id)

    @rule(text=st.sampled_from(TEXTS))
    def edit(self, text: str) -> None:
        self.world.take(added(text, self.external_id, kind=EventKind.EDITED))

    @rule()
    def decide(self) -> None:
        self.world.decide()

    @rule(minutes=st.sampled_from([0, 10, 10_000]))
    def work(self, minutes: int) -> None:
        self.world.clock.forward(minutes=minutes)
        Runner(self.world.runtime, handlers.ALL).drain()

    @rule(outcome=st.sampled_from(ANSWERS), platform_does=st.booleans())
    def expect_trouble(self, outcome: Outcome, platform_does: bool) -> None:
        # A refusal is a platform's word that it did nothing; only a lost answer leaves that open.
        does = platform_does and outcome is Outcome.RETRY
        self.world.platform.answers.append(_later(does, outcome, self.world))

    @rule(who=st.sampled_from(PEOPLE), verbs=st.sampled_from(CHOICES), rule_id=st.sampled_from(["2", "3"]))
    def choose(self, who: str, verbs: list[str], rule_id: str) -> None:
        member = getattr(self.world.people, who)
        case = self.world.case_of(self.comment_id)
        how = self.world.resolve if case is not None and case.lane != "platform" else self.world.choose
        try:
            how(member, self.comment_id, *verbs, rule_id=rule_id)
        except Conflict:
            pass  # edited, and the service has not looked at the new text yet
        except NotAllowed:
            assert case is not None
            assert case.lane == "second_opinion"

    @rule(who=st.sampled_from(PEOPLE))
    def take_back(self, who: str) -> None:
        decision_id = self.world.comment(self.comment_id).decision_id
        if decision_id is None:
            return
        was_undo = self.world.decision(decision_id).reason == "undo"
        try:
            with self.world.database.write() as session:
                undo(session, getattr(self.world.people, who), decision_id)
        except Conflict:
            assert was_undo

    @precondition(lambda self: any(state in ("by_hand", "needs_person") for _, state in self.steps()))
    @rule(retry=st.booleans())
    def settle_by_hand(self, retry: bool) -> None:
        action = next(a for a in self.actions() if a.state in ("by_hand", "needs_person"))
        self._settle(action, retry=retry and action.state == "needs_person")

    @rule()
    def resume(self) -> None:
        with self.world.database.write() as session:
            channel = session.get_one(Channel, self.world.channel.id)
            if channel.stopped_at is not None:
                channels.resume(session, channel, "system")

    def _settle(self, action: Action, *, retry: bool) -> None:
        with self.world.database.write() as session:
            (by_hand.retry if retry else by_hand.mark_done)(session, self.world.people.mona, action.id)
        if not retry:
            self._do_on_the_platform(action)

    def _do_on_the_platform(self, action: Action) -> None:
        platform = self.world.platform
        if action.verb == "hide":
            platform.hidden.add(self.external_id)
        elif action.verb == "unhide":
            platform.hidden.discard(self.external_id)
        elif action.verb == "delete":
            platform.deleted.add(self.external_id)

    def actions(self) -> list[Action]:
        return self.world.actions_of(self.comment_id)

    def steps(self) -> list[tuple[str, str]]:
        return [(action.verb, action.state) for action in self.actions()]

    @invariant()
    def what_is_in_force_was_made(self) -> None:
        comment = self.world.comment(self.comment_id)
        if comment.decision_id is not None:
            assert self.world.decision(comment.decision_id).state == "made"

    @invariant()
    def somebody_or_something_always_has_it(self) -> None:
        comment = self.world.comment(self.comment_id)
        waits = self.world.rows(Job) or self.world.case_of(self.comment_id)
        assert comment.decision_id is not None or waits

    @invariant()
    def a_question_is_a_suggestion_or_a_proposal(self) -> None:
        case = self.world.case_of(self.comment_id)
        if case is not None and case.lane != "platform":
            assert self.world.decision(case.decision_id).state in ("suggested", "proposed")

    @invariant()
    def what_cannot_be_taken_back_was_decided_by_people_and_by_two_where_a_view_is_at_stake(self) -> None:
        for action in self.actions():
            decision = self.world.decision(action.decision_id)
            if action.verb in ("delete", "block", "report_platform"):
                assert decision.maker == "person"
            if action.verb in ("delete", "block") and "2" in decision.rule_ids:
                assert decision.second_member_id is not None
                assert decision.second_member_id != decision.member_id

    @invariant()
    def evidence_was_kept_for_everything_that_is_asked_of_the_platform(self) -> None:
        kept = {
            row.decision_id for row in self.world.rows(EvidenceSnapshot, EvidenceSnapshot.comment_id == self.comment_id)
        }
        assert {action.decision_id for action in self.actions()} <= kept

    @invariant()
    def the_next_action_has_its_job(self) -> None:
        pending = [action.id for action in self.actions() if action.state == "pending"]
        if pending:
            assert pending[0] in {job.subject_id for job in self.world.rows(Job)}

    def teardown(self) -> None:
        if not hasattr(self, "comment_id"):
            return
        self.world.platform.answers.clear()
        self.resume()
        for _ in range(20):
            self.work(10_000)
            waiting = [action for action in self.actions() if action.state in ("by_hand", "needs_person")]
            if not waiting and not self.world.rows(Job):
                break
            for action in waiting:
                self._settle(action, retry=False)
        assert self.world.rows(Job) == []
        self._check_that_the_platform_shows_what_is_in_force()
        self._close()

    def _check_that_the_platform_shows_what_is_in_force(self) -> None:
        comment, platform = self.world.comment(self.comment_id), self.world.platform
        if comment.decision_id is None or comment.visibility == "removed":
            return
        hidden = self.external_id in platform.hidden
        assert (comment.visibility == "hidden") == hidden
        verbs = set(self.world.decision(comment.decision_id).verbs)
        if verbs & GONE:
            assert hidden
        elif verbs & SHOWN:
            assert not hidden

    def _close(self) -> None:
        """The next story begins with an empty desk."""
        case = self.world.case_of(self.comment_id)
        if case is not None and case.lane != "platform":
            self.world.resolve(self.world.people.alice, self.comment_id, "keep")
            self.work(0)


@pytest.mark.timeout(300)
def test_any_order_of_events_ends_well(world: World) -> None:
    machine = type("Told", (OneComment,), {"world": world})
    examples = 10 if world.database.dialect == "sqlite" else 3
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    with world.database.read() as session:
        assert list(audit.verify(session)) == []
    assert [case for case in world.rows(Case, Case.state == "open") if case.lane != "platform"] == []
