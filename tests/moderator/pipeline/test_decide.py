"""Step 3 and 4: from scores to decisions on record, and to cases for what a person must judge."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete

from guidelines.schema import (
    Activity,
    ActivityCondition,
    Condition,
    GuidelineSet,
    LinkCondition,
    Mode,
    Period,
    PeriodCondition,
    WordsCondition,
)
from moderator import channels, publishing
from moderator.connectors import registry
from moderator.connectors.base import CommentEvent, EventKind
from moderator.connectors.registry import UnknownConnector
from moderator.domain.decisions import State
from moderator.domain.vocabulary import Verb
from moderator.jobs import handlers
from moderator.jobs.runner import MAX_FAILURES, Runner
from moderator.review import words
from moderator.review.undo import undo
from moderator.storage.tables import (
    Action,
    Assessment,
    AuditEntry,
    Comment,
    Decision,
    EvidenceSnapshot,
    GuidelineVersion,
    Job,
    Revision,
    SearchEntry,
)
from tests.moderator.conftest import World, added, guideline_set, rule


def _edit(world: World, text: str, external_id: str = "c1") -> None:
    assert world.take(added(text, external_id, kind=EventKind.EDITED)).accepted == 1


def _entry(world: World, event: str) -> AuditEntry:
    found: list[AuditEntry] = world.rows(AuditEntry, AuditEntry.event == event)
    assert len(found) == 1
    return found[0]


def test_a_harmless_comment_is_kept_and_nobody_is_asked(world: World) -> None:
    comment_id = world.settled("A fine day")
    decision = world.in_force(comment_id)
    assert (decision.state, decision.maker, decision.reason) == ("made", "system", "no_finding")
    assert (decision.verbs, decision.rule_ids, decision.findings) == (["keep"], [], [])
    assert decision.version_id == world.rows(GuidelineVersion)[0].id
    assert world.case_of(comment_id) is None
    assert world.rows(Action) == world.rows(EvidenceSnapshot) == world.rows(Job) == []
    assert world.log(f"comment:{comment_id}") == ["comment.received", "decision.made"]


def test_a_certain_breach_is_hidden_by_the_rule_and_evidence_is_kept_first(world: World) -> None:
    comment_id = world.settled("Buy! spam=0.95", external_id="c9")
    decision = world.in_force(comment_id)
    assert (decision.maker, decision.reason, decision.verbs, decision.rule_ids) == ("rule", "finding", ["hide"], ["4"])
    assert decision.findings == [
        {
            "rule_id": "4",
            "strength": "automatic",
            "measures": [{"label": "spam", "score": 0.95, "review": 0.5, "automatic": 0.9}],
            "facts": [],
            "rung": 0,
        }
    ]
    assert world.steps_of(comment_id) == [("hide", "done")]
    assert world.platform.told == [("hide", "c9")]
    (snapshot,) = world.rows(EvidenceSnapshot)
    assert (snapshot.decision_id, snapshot.body["visibility"]) == (decision.id, "visible")
    assert _entry(world, "decision.made").actor == "rule:4"
    assert world.case_of(comment_id) is None


def test_a_threat_is_hidden_at_once_and_the_report_waits_for_a_person(world: World) -> None:
    comment_id = world.settled("threat=0.95")
    assert world.in_force(comment_id).verbs == ["hide"]
    asked = world.suggestion(comment_id)
    assert (asked.state, asked.verbs, asked.rule_ids) == ("suggested", ["report_police"], ["1"])
    case = world.case_of(comment_id)
    assert case is not None
    assert (case.lane, case.priority) == ("act_now", 1)
    assert case.due_at == world.comment(comment_id).received_at + timedelta(hours=1)
    assert case.why == "Rule 1, No threat: a look within 1 hour"
    assert world.platform.told == [("hide", "c1")]


def test_from_the_review_threshold_a_person_is_asked_and_nothing_happens(world: World) -> None:
    comment_id = world.settled("harassment=0.5")
    assert world.comment(comment_id).decision_id is None
    asked = world.suggestion(comment_id)
    assert (asked.state, asked.maker, asked.reason, asked.verbs) == ("suggested", "system", "finding", ["hide"])
    assert world.platform.orders == []
    assert world.rows(EvidenceSnapshot) == []
    assert world.log(f"comment:{comment_id}") == ["comment.received", "decision.suggested", "case.opened"]


def test_just_below_the_threshold_nobody_is_asked(world: World) -> None:
    assert world.in_force(world.settled("harassment=0.4999 spam=0.4999")).verbs == ["keep"]


def test_a_rule_that_could_be_used_against_a_view_never_acts_however_high_the_score(world: World) -> None:
    comment_id = world.settled("discrimination=1.0")
    assert world.comment(comment_id).decision_id is None
    assert world.suggestion(comment_id).verbs == ["delete"]
    assert world.platform.orders == []


def test_a_banned_term_is_a_finding_like_any_other(world: World) -> None:
    with world.database.write() as session:
        words.set_terms(session, world.people.alice, ["kumquat"], [])
    assert world.suggestion(world.settled("A kumquat")).rule_ids == ["5"]


def test_a_failing_classifier_sends_the_comment_to_a_person_whatever_else_was_found(world: World) -> None:
    comment_id = world.settled("spam=0.99 explode")
    assert world.suggestion(comment_id).reason == "classifier_failed"
    assert world.comment(comment_id).decision_id is None
    assert world.platform.orders == []
    (assessment,) = world.rows(Assessment)
    assert assessment.error == "RuntimeError: this text makes it explode"


def test_one_comment_that_cannot_be_read_does_not_hold_up_the_others(world: World) -> None:
    taken = world.take(added("explode", "bad"), *(added(f"fine {n}", f"c{n}") for n in range(20)))
    world.work()
    reasons = [world.decisions_of(comment_id)[0].reason for comment_id in taken.comment_ids]
    assert reasons == ["classifier_failed"] + ["no_finding"] * 20


def test_an_office_without_guidelines_decides_nothing_by_itself(bare_world: World) -> None:
    comment_id = bare_world.settled("spam=0.99")
    asked = bare_world.suggestion(comment_id)
    assert (asked.reason, asked.verbs, asked.version_id) == ("no_guidelines", [], None)
    case = bare_world.case_of(comment_id)
    assert case is not None
    assert (case.lane, case.priority) == ("review", 3)
    assert "no guidelines" in case.why
    assert bare_world.platform.orders == []


def test_a_comment_is_held_against_the_version_in_force_when_it_is_decided(world: World) -> None:
    first = world.settled("spam=0.7")
    with world.database.write() as session:
        second_version = publishing.publish(session, world.office_id, guideline_set(rule("x", "threat", "hide")))
    second = world.settled("spam=0.7 again")
    assert world.suggestion(first).version_id != second_version.id
    assert world.in_force(second).version_id == second_version.id


def test_another_offices_rules_are_not_ours(world: World) -> None:
    with world.database.write() as session:
        charlies = world.people.charlie.office_id
        publishing.publish(session, charlies, guideline_set(rule("c", "spam", "hide")))
    assert world.in_force(world.settled("spam=0.95")).rule_ids == ["4"]


def test_a_text_that_was_replaced_meanwhile_needs_no_decision(world: World) -> None:
    comment_id = world.say("spam=0.95", external_id="c1")
    _edit(world, "A fine day")
    world.work()
    assert [decision.verbs for decision in world.decisions_of(comment_id)] == [["keep"]]
    assert world.platform.orders == []


def test_a_suggestion_about_a_text_that_was_replaced_meanwhile_opens_no_case(world: World) -> None:
    comment_id = world.say("harassment=0.7", external_id="c1")
    Runner(world.runtime, (handlers.CLASSIFY, handlers.DECIDE)).drain()
    _edit(world, "A fine day")
    Runner(world.runtime, (handlers.TRIAGE,)).drain()
    assert world.case_of(comment_id) is None
    world.work()
    assert world.in_force(comment_id).verbs == ["keep"]


def test_what_a_person_judged_first_no_machine_judges_after_them(world: World) -> None:
    comment_id = world.say("spam=0.95", external_id="c1")
    world.choose(world.people.mona, comment_id, "keep")
    world.work()
    assert world.in_force(comment_id).maker == "person"
    assert world.case_of(comment_id) is None
    assert world.platform.orders == []
    _edit(world, "spam=0.99")
    world.work()
    assert world.in_force(comment_id).maker == "rule"


def test_a_person_who_is_quicker_than_the_queue_is_not_asked_again(world: World) -> None:
    comment_id = world.say("harassment=0.7")
    Runner(world.runtime, (handlers.CLASSIFY, handlers.DECIDE)).drain()
    world.choose(world.people.mona, comment_id, "hide", rule_id="3")
    world.work()
    assert world.case_of(comment_id) is None
    assert world.in_force(comment_id).maker == "person"


def test_a_text_that_came_in_while_a_decision_was_undone_is_judged_all_the_same(world: World) -> None:
    comment_id = world.settled("A fine day", external_id="c1")
    _edit(world, "spam=0.95")
    with world.database.write() as session:
        undo(session, world.people.mona, world.comment(comment_id).decision_id or "")
    world.work()
    assert world.in_force(comment_id).maker == "rule"


def test_a_kept_comment_that_turns_bad_is_decided_again(world: World) -> None:
    comment_id = world.settled("A fine day", external_id="c1")
    before = world.in_force(comment_id)
    _edit(world, "spam=0.95")
    world.work()
    decision = world.in_force(comment_id)
    assert (decision.verbs, decision.previous_id) == (["hide"], before.id)


def test_a_hidden_comment_that_turns_harmless_stays_hidden_and_a_person_is_asked(world: World) -> None:
    comment_id = world.settled("spam=0.95", external_id="c1")
    hidden_by = world.in_force(comment_id)
    _edit(world, "A fine day")
    world.work()
    assert world.in_force(comment_id).id == hidden_by.id
    assert world.platform.hidden == {"c1"}
    asked = world.suggestion(comment_id)
    assert (asked.reason, asked.verbs) == ("edited_while_hidden", ["unhide"])
    case = world.case_of(comment_id)
    assert case is not None
    assert "should it come back?" in case.why


@pytest.mark.parametrize("by_hand", [False, True])
def test_a_comment_that_turns_harmless_before_its_hide_is_carried_out_is_asked_about_too(
    world: World, by_hand: bool
) -> None:
    """Else it would be kept on record and hidden on the platform."""
    if by_hand:
        world.platform.by_hand.add(Verb.HIDE)
    comment_id = world.say("spam=0.95", external_id="c1")
    world.decide()
    _edit(world, "A fine day")
    world.work()
    assert world.in_force(comment_id).verbs == ["hide"]
    assert world.suggestion(comment_id).reason == "edited_while_hidden"
    world.resolve(world.people.mona, comment_id, "keep")
    world.work()
    assert world.platform.hidden == set()
    assert {state for _, state in world.steps_of(comment_id)} <= {"done", "cancelled"}


def test_a_hidden_comment_that_is_bad_again_is_not_hidden_twice(world: World) -> None:
    comment_id = world.settled("spam=0.95", external_id="c1")
    _edit(world, "spam=0.99")
    world.work()
    assert world.in_force(comment_id).findings[0]["measures"][0]["score"] == 0.99
    assert world.platform.told == [("hide", "c1")]


def test_a_comment_that_turns_bad_while_it_is_on_its_way_back_is_hidden_again(world: World) -> None:
    comment_id = world.settled("spam=0.95", external_id="c1")
    world.choose(world.people.mona, comment_id, "keep")
    _edit(world, "spam=0.99")
    world.work()
    assert world.in_force(comment_id).verbs == ["hide"]
    assert world.platform.told == [("hide", "c1"), ("unhide", "c1"), ("hide", "c1")]
    assert world.platform.hidden == {"c1"}


def test_what_is_gone_from_its_platform_is_not_hidden_there(world: World) -> None:
    comment_id = world.say("spam=0.95", external_id="c1")
    world.take(CommentEvent(EventKind.REMOVED, "c1"))
    world.work()
    assert world.in_force(comment_id).verbs == ["hide"]
    assert world.platform.orders == []
    assert world.steps_of(comment_id) == []


def test_an_open_case_follows_the_comments_new_text(world: World) -> None:
    comment_id = world.settled("harassment=0.7", external_id="c1")
    first = world.case_of(comment_id)
    _edit(world, "threat=0.7")
    world.work()
    moved = world.case_of(comment_id)
    assert first is not None
    assert moved is not None
    assert moved.id == first.id
    assert (moved.lane, moved.priority) == ("act_now", 1)
    assert world.suggestion(comment_id).rule_ids == ["1"]
    assert world.log(f"comment:{comment_id}")[-1] == "case.moved"


def test_an_edit_to_harmless_words_does_not_take_the_comment_out_of_the_queue(world: World) -> None:
    comment_id = world.settled("threat=0.7", external_id="c1")
    _edit(world, "A fine day")
    world.work()
    asked = world.suggestion(comment_id)
    assert (asked.reason, asked.verbs) == ("edited_while_waiting", ["keep"])
    assert asked.revision_id == world.comment(comment_id).revision_id
    assert world.comment(comment_id).decision_id is None


def test_an_edit_that_gets_a_comment_hidden_leaves_the_question_with_a_person(world: World) -> None:
    comment_id = world.settled("harassment=0.7", external_id="c1")
    _edit(world, "spam=0.95")
    world.work()
    assert world.in_force(comment_id).verbs == ["hide"]
    asked = world.suggestion(comment_id)
    assert (asked.verbs, asked.rule_ids) == (["hide"], ["4"])
    assert asked.revision_id == world.comment(comment_id).revision_id


def test_of_two_rules_the_more_severe_places_the_case(world: World) -> None:
    comment_id = world.settled("harassment=0.7 discrimination=0.7")
    case = world.case_of(comment_id)
    assert case is not None
    assert case.priority == 2
    assert case.why == "Rule 2, No discrimination and 1 more: a look within 4 hours"


def test_a_decision_that_cannot_be_worked_out_is_given_up_to_a_person(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_version: GuidelineVersion) -> None:
        raise RuntimeError("no such thing")

    monkeypatch.setattr(publishing, "evaluator", fail)
    comment_id = world.say("spam=0.95")
    for _ in range(MAX_FAILURES):
        world.work()
        world.clock.forward(hours=1)
    asked = world.suggestion(comment_id)
    assert (asked.state, asked.reason, asked.note) == (State.SUGGESTED, "error", "RuntimeError: no such thing")
    assert world.rows(Job) == []


def test_a_case_that_cannot_be_placed_is_placed_all_the_same(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_version: GuidelineVersion) -> None:
        raise RuntimeError("no such thing")

    comment_id = world.say("harassment=0.7")
    Runner(world.runtime, (handlers.CLASSIFY, handlers.DECIDE)).drain()
    monkeypatch.setattr(publishing, "read", fail)
    for _ in range(MAX_FAILURES):
        world.work()
        world.clock.forward(hours=1)
    case = world.case_of(comment_id)
    assert case is not None
    assert (case.lane, case.priority) == ("review", 2)
    assert world.rows(Job) == []


def test_a_comment_of_a_channel_whose_connector_is_gone_goes_to_a_person(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(name: str) -> None:
        raise UnknownConnector(name)

    comment_id = world.say("spam=0.95")
    monkeypatch.setattr(registry, "get", gone)
    for _ in range(MAX_FAILURES):
        world.work()
        world.clock.forward(hours=1)
    assert world.suggestion(comment_id).reason == "error"


def test_a_verb_that_the_platform_has_no_call_for_waits_for_a_hand(world: World) -> None:
    world.platform.by_hand.add(Verb.HIDE)
    comment_id = world.settled("spam=0.95")
    assert world.steps_of(comment_id) == [("hide", "by_hand")]
    assert world.comment(comment_id).visibility == "visible"
    assert world.platform.orders == []


def test_a_comment_that_is_erased_before_its_turn_costs_nothing(world: World) -> None:
    """Nothing of it is left but the jobs."""
    world.say("spam=0.95", external_id="gone")
    kept = world.say("A fine day", external_id="kept")
    with world.database.write() as session:
        gone = world.rows(Comment, Comment.external_id == "gone")[0]
        session.execute(delete(Revision).where(Revision.comment_id == gone.id))
        session.execute(delete(SearchEntry).where(SearchEntry.comment_id == gone.id))
        session.execute(delete(Comment).where(Comment.id == gone.id))
    world.work()
    assert world.in_force(kept).verbs == ["keep"]
    assert world.rows(Job) == world.rows(Decision, Decision.comment_id == gone.id) == []


def _by(condition: Condition, **facts: Any) -> GuidelineSet:
    return guideline_set(
        replace(rule("8", "spam", "hide", **facts), condition=condition), rule("3", "harassment", "hide")
    )


def _publish(world: World, guidelines: GuidelineSet) -> None:
    with world.database.write() as session:
        publishing.publish(session, world.office_id, guidelines)


@pytest.mark.parametrize(
    ("condition", "text", "held"),
    [
        (WordsCondition(("kumquat", "lychee"), automatic=True), "A KUMQUAT", ("words", "kumquat", None)),
        (
            LinkCondition(("bad.example",), automatic=True),
            "See http://www.bad.example/x",
            ("links", "www.bad.example", None),
        ),
        (ActivityCondition(Activity.COMMENTS, 2, 1, automatic=True), "Once more", ("activity", "comments", 2)),
    ],
)
def test_a_fact_that_may_act_hides_and_stands_with_the_decision(
    world: World, condition: Condition, text: str, held: tuple[str, str, int | None]
) -> None:
    _publish(world, _by(condition, mode=Mode.AUTO_HIDE))
    assert world.in_force(world.settled("Nothing to see")).verbs == ["keep"]
    decision = world.in_force(world.settled(text))
    assert (decision.maker, decision.verbs, decision.rule_ids) == ("rule", ["hide"], ["8"])
    (fact,) = decision.findings[0]["facts"]
    assert (fact["kind"], fact["value"], fact["count"]) == held
    (snapshot,) = world.rows(EvidenceSnapshot)
    assert snapshot.body["findings"] == decision.findings


def test_the_election_period_is_in_the_offices_own_time(world: World) -> None:
    period = Period("election", "The election", date(2026, 5, 7), date(2026, 5, 8))
    _publish(world, replace(_by(PeriodCondition("election")), periods=(period,)))
    before = world.settled("Early", occurred_at=datetime(2026, 5, 6, 22, 59, tzinfo=UTC))
    within = world.settled("In time", occurred_at=datetime(2026, 5, 6, 23, 0, tzinfo=UTC))
    assert world.in_force(before).verbs == ["keep"]
    assert world.suggestion(within).rule_ids == ["8"]


def test_each_office_is_asked_for_the_facts_that_its_own_rules_name(world: World) -> None:
    _publish(world, _by(WordsCondition(("kumquat",))))
    with world.database.write() as session:
        charlies = world.people.charlie.office_id
        publishing.publish(session, charlies, _by(WordsCondition(("lychee",))))
        theirs = channels.create_channel(session, world.runtime.sealer, charlies, "paper", "Charlie's page")
    ours = world.channel
    first = world.say("kumquat lychee", external_id="a")
    world.channel = theirs
    second = world.say("kumquat lychee", external_id="a")
    world.channel = ours
    world.work()
    found = [world.suggestion(comment_id).findings[0]["facts"][0]["value"] for comment_id in (first, second)]
    assert found == ["kumquat", "lychee"]
