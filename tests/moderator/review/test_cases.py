"""People decide: the first one wins, the next is told; two must agree where a view could be at stake."""

import hashlib
import json
import re

import pytest

from guidelines.schema import Risk
from moderator import channels, publishing
from moderator.connectors.base import EventKind
from moderator.domain.vocabulary import Verb
from moderator.errors import Conflict, Invalid, NotAllowed, NotFound
from moderator.review import access, cases
from moderator.review.undo import undo
from moderator.storage.tables import AuditEntry, Case, ChannelRole, Decision, EvidenceSnapshot, Member
from tests.moderator.conftest import AtOnce, World, added, guideline_set, rule


def _seen(world: World, comment_id: str) -> tuple[str, str]:
    """The open case and the decision it asks about, as they are on somebody's screen."""
    case = world.case_of(comment_id)
    assert case is not None
    return case.id, case.decision_id


def _resolve(
    world: World, member: Member, seen: tuple[str, str], *verbs: str, rule_id: str | None = None, note: str = ""
) -> cases.Resolution:
    with world.database.write() as session:
        return cases.resolve(session, member, *seen, verbs, rule_id, note)


def _harassing_under_two_people(world: World) -> str:
    """A comment under rule 3, which asks for two people. What falls under it weighs on nobody."""
    with world.database.write() as session:
        two = rule("3", "harassment", "hide", "delete", severity=3, viewpoint_risk=Risk.HIGH)
        publishing.publish(session, world.office_id, guideline_set(two), world.people.alice.id)
    return world.settled("harassment=0.7")


def _detail(world: World, event: str) -> dict[str, object]:
    entries = world.rows(AuditEntry, AuditEntry.event == event)
    return dict(json.loads(max(entries, key=lambda entry: int(entry.sequence)).detail))


# --- one case, one person


def test_hiding_puts_a_decision_on_record_closes_the_case_and_tells_the_platform(world: World) -> None:
    comment_id = world.settled("harassment=0.7")
    case_id, suggestion_id = _seen(world, comment_id)
    resolution = _resolve(world, world.people.mona, (case_id, suggestion_id), "hide", rule_id="3", note="  Rude.  ")
    assert resolution == cases.Resolution(world.comment(comment_id).decision_id or "", waits_for_second=False)
    decision = world.in_force(comment_id)
    assert (decision.state, decision.maker, decision.reason) == ("made", "person", "person")
    assert (decision.verbs, decision.rule_ids, decision.note) == (["hide"], ["3"], "Rude.")
    assert (decision.member_id, decision.second_member_id) == (world.people.mona.id, None)
    assert decision.suggestion_followed is True
    (closed,) = world.rows(Case)
    assert (closed.state, closed.closed_by) == ("closed", world.people.mona.id)
    world.work()
    assert world.platform.told == [("hide", "c1")]
    assert world.log(f"comment:{comment_id}")[-3:] == ["decision.made", "case.closed", "action.done"]
    assert _detail(world, "decision.made") == {
        "decision": decision.id,
        "verbs": ["hide"],
        "rules": ["3"],
        "version": decision.version_id,
        "proposed_by": None,
    }


def test_keeping_a_visible_comment_asks_nothing_of_the_platform(world: World) -> None:
    comment_id = world.settled("harassment=0.7")
    world.resolve(world.people.mona, comment_id, "keep")
    world.work()
    decision = world.in_force(comment_id)
    assert (decision.verbs, decision.rule_ids, decision.suggestion_followed) == (["keep"], [], False)
    assert world.platform.orders == []
    assert world.rows(EvidenceSnapshot) == []


def test_keeping_a_hidden_comment_shows_it_again(world: World) -> None:
    comment_id = world.settled("threat=0.95")
    world.resolve(world.people.mona, comment_id, "keep")
    world.work()
    assert world.platform.told == [("hide", "c1"), ("unhide", "c1")]
    assert world.in_force(comment_id).verbs == ["keep"]
    assert world.comment(comment_id).visibility == "visible"


def test_keeping_a_comment_whose_hide_is_still_on_its_way_shows_it_again_after_that(world: World) -> None:
    comment_id = world.say("threat=0.95")
    world.decide()
    world.resolve(world.people.mona, comment_id, "keep")
    assert [verb for verb, _ in world.steps_of(comment_id)] == ["hide", "unhide"]
    world.work()
    assert world.platform.hidden == set()


def test_hiding_a_hidden_comment_calls_nobody(world: World) -> None:
    comment_id = world.settled("threat=0.95")
    world.resolve(world.people.mona, comment_id, "hide", rule_id="1")
    world.work()
    assert world.in_force(comment_id).verbs == ["hide"]
    assert world.platform.told == [("hide", "c1")]


def test_several_verbs_are_carried_out_in_one_order_however_they_are_named(world: World) -> None:
    comment_id = world.settled("harassment=0.7")
    world.resolve(world.people.mona, comment_id, "block", "delete", "hide", rule_id="3")
    world.work()
    world.work_later()
    assert world.platform.told == [("hide", "c1"), ("delete", "c1"), ("block", "c1")]
    assert world.in_force(comment_id).verbs == ["hide", "delete", "block"]
    assert world.in_force(comment_id).suggestion_followed is False


def test_what_has_no_call_on_the_platform_waits_for_a_hand_and_a_case_says_so(world: World) -> None:
    comment_id = world.settled("harassment=0.7")
    world.resolve(world.people.mona, comment_id, "hide", "report_police", rule_id="3")
    world.work()
    assert world.steps_of(comment_id) == [("hide", "done"), ("report_police", "by_hand")]
    case = world.case_of(comment_id)
    assert case is not None
    assert (case.lane, case.why) == ("platform", "To be done by hand on The page: report police")


def test_evidence_is_kept_before_anything_is_done_and_its_hash_is_right(world: World) -> None:
    comment_id = world.settled("You\0 harassment=0.7", permalink="https://example.org/c1")
    world.resolve(world.people.mona, comment_id, "delete", rule_id="3")
    assert world.platform.orders == []
    (snapshot,) = world.rows(EvidenceSnapshot)
    assert snapshot.decision_id == world.comment(comment_id).decision_id
    canonical = json.dumps(snapshot.body, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    assert hashlib.sha256(canonical.encode()).hexdigest() == snapshot.sha256
    assert snapshot.body["text"] == "You\ufffd harassment=0.7"
    assert json.loads(snapshot.body["original"]) == "You\0 harassment=0.7"
    assert snapshot.body["author"] == {"external_id": "u1", "name": "Una", "handle": ""}
    assert snapshot.body["assessments"][0]["scores"]["harassment"] == 0.7
    assert snapshot.body["visibility"] == "visible"


# --- what cannot be chosen


@pytest.mark.parametrize(
    ("verbs", "rule_id", "field"),
    [
        ([], None, "verbs"),
        (["dance"], None, "verbs"),
        (["reply"], "3", "text"),
        (["reply"], None, "text"),
        (["hide", "reply"], None, "rule_id"),
        (["keep", "hide"], "3", "verbs"),
        (["unhide", "block"], "3", "verbs"),
        (["hide"], None, "rule_id"),
        (["hide"], "", "rule_id"),
        (["hide"], "77", "rule_id"),
        (["block"], None, "rule_id"),
    ],
)
def test_a_choice_that_makes_no_sense_is_refused_naming_the_field(
    world: World, verbs: list[str], rule_id: str | None, field: str
) -> None:
    comment_id = world.settled("harassment=0.7")
    with pytest.raises(Invalid) as refused:
        _resolve(world, world.people.mona, _seen(world, comment_id), *verbs, rule_id=rule_id)
    assert refused.value.field == field
    assert world.comment(comment_id).decision_id is None


def test_a_verb_that_the_platform_does_not_know_is_refused(world: World) -> None:
    world.platform.missing.add(Verb.BLOCK)
    comment_id = world.settled("harassment=0.7")
    with pytest.raises(Invalid, match="block does not exist on The page"):
        world.resolve(world.people.mona, comment_id, "block", rule_id="3")


def test_without_published_rules_a_comment_can_only_be_kept(bare_world: World) -> None:
    comment_id = bare_world.settled("Hello")
    with pytest.raises(Invalid, match="publish guidelines first"):
        bare_world.resolve(bare_world.people.mona, comment_id, "hide", rule_id="3")
    bare_world.resolve(bare_world.people.mona, comment_id, "keep")
    assert bare_world.in_force(comment_id).verbs == ["keep"]


def test_a_note_is_kept_as_far_as_a_database_can_hold_it(world: World) -> None:
    comment_id = world.settled("harassment=0.7")
    _resolve(world, world.people.mona, _seen(world, comment_id), "keep", note="a\0b\ud800" + "x" * 5000)
    assert world.in_force(comment_id).note == "a\ufffdb\ufffd" + "x" * 1996


# --- who may


@pytest.mark.parametrize("name", ["alice", "leo", "mona"])
def test_those_who_moderate_may_decide(world: World, name: str) -> None:
    comment_id = world.settled("harassment=0.7")
    world.resolve(getattr(world.people, name), comment_id, "hide", rule_id="3")
    assert world.in_force(comment_id).member_id == getattr(world.people, name).id


@pytest.mark.parametrize("verb", ["keep", "hide"])
def test_those_who_only_look_may_not(world: World, verb: str) -> None:
    comment_id = world.settled("harassment=0.7")
    with pytest.raises(NotAllowed):
        world.resolve(world.people.olive, comment_id, verb, rule_id="3")
    kept = world.settled("A fine day")
    with pytest.raises(NotAllowed):
        world.choose(world.people.olive, kept, verb, rule_id="3")


# --- volunteers suggest


@pytest.mark.parametrize("verb", ["keep", "hide", "delete"])
def test_what_a_volunteer_chooses_waits_for_somebody_who_decides(world: World, verb: str) -> None:
    comment_id = world.settled("harassment=0.7")
    resolution = world.resolve(world.people.victor, comment_id, verb, rule_id="3")
    assert resolution.waits_for_second
    case, suggested = world.case_of(comment_id), world.rows(Decision, Decision.id == resolution.decision_id)[0]
    assert case is not None
    assert (case.lane, case.decision_id) == ("second_opinion", suggested.id)
    assert case.why.startswith(f"Victor suggests to {verb}")
    assert (suggested.state, suggested.reason, suggested.member_id) == ("proposed", "volunteer", world.people.victor.id)
    world.work()
    assert world.platform.orders == []
    assert world.comment(comment_id).decision_id is None
    assert world.log(f"comment:{comment_id}")[-1] == "decision.suggested"


def test_who_agrees_with_a_volunteer_decides_alone(world: World) -> None:
    comment_id = world.settled("harassment=0.7")
    world.resolve(world.people.victor, comment_id, "hide", rule_id="3")
    resolution = world.resolve(world.people.mona, comment_id, "hide", rule_id="3")
    world.work()
    decision = world.in_force(comment_id)
    assert not resolution.waits_for_second
    assert (decision.member_id, decision.second_member_id) == (world.people.mona.id, None)
    assert (decision.reason, world.case_of(comment_id)) == ("person", None)
    assert world.platform.told == [("hide", "c1")]


def test_who_disagrees_with_a_volunteer_decides_otherwise(world: World) -> None:
    comment_id = world.settled("harassment=0.7")
    world.resolve(world.people.victor, comment_id, "hide", rule_id="3")
    world.resolve(world.people.mona, comment_id, "keep")
    world.work()
    assert (world.in_force(comment_id).verbs, world.platform.orders) == (["keep"], [])


def test_a_volunteers_suggestion_is_no_first_of_two_people(world: World) -> None:
    comment_id = _harassing_under_two_people(world)
    world.resolve(world.people.victor, comment_id, "delete", rule_id="3")
    assert world.resolve(world.people.mona, comment_id, "delete", rule_id="3").waits_for_second
    assert not world.resolve(world.people.leo, comment_id, "delete", rule_id="3").waits_for_second
    decision = world.in_force(comment_id)
    assert (decision.member_id, decision.second_member_id) == (world.people.mona.id, world.people.leo.id)


def test_a_volunteer_changes_their_own_suggestion_and_nobody_elses(world: World) -> None:
    comment_id = _harassing_under_two_people(world)
    world.resolve(world.people.victor, comment_id, "delete", rule_id="3")
    world.resolve(world.people.victor, comment_id, "hide", rule_id="3")
    world.resolve(world.people.mona, comment_id, "delete", rule_id="3")
    with pytest.raises(Conflict, match="Mona asks to delete"):
        world.resolve(world.people.victor, comment_id, "keep")


def test_a_volunteer_suggests_about_what_was_decided_without_moving_to_the_front(world: World) -> None:
    kept = world.settled("A fine day")
    before = world.in_force(kept).id
    assert world.choose(world.people.victor, kept, "hide", rule_id="3").waits_for_second
    case = world.case_of(kept)
    assert case is not None
    assert (case.lane, case.priority, case.due_at > world.clock.now()) == ("second_opinion", 3, True)
    assert world.in_force(kept).id == before


def test_a_volunteer_writes_to_nobody(world: World) -> None:
    comment_id = world.settled("harassment=0.7")
    with pytest.raises(NotAllowed, match="written by those who decide"):
        world.resolve(world.people.victor, comment_id, "reply", rule_id="3")


def test_what_is_severe_does_not_exist_for_a_volunteer(world: World) -> None:
    hidden, asked = world.settled("threat=0.95"), world.settled("threat=0.7")
    seen = _seen(world, asked)
    with pytest.raises(NotFound):
        _resolve(world, world.people.victor, seen, "keep")
    world.resolve(world.people.mona, asked, "keep")
    for comment_id in (hidden, asked):
        with pytest.raises(NotFound):
            world.choose(world.people.victor, comment_id, "keep")


# --- channels


def test_a_role_on_a_channel_counts_there_and_nowhere_else(world: World) -> None:
    comment_id, people = world.settled("harassment=0.7"), world.people
    with world.database.write() as session:
        other = channels.create_channel(session, world.runtime.sealer, world.office_id, "webhook", "Elsewhere").id
        session.add(ChannelRole(member_id=people.leo.id, channel_id=other, role="moderator"))
        session.add(ChannelRole(member_id=people.mona.id, channel_id=world.channel.id, role="volunteer"))
    with pytest.raises(NotFound):
        world.resolve(people.leo, comment_id, "keep")
    assert world.resolve(people.mona, comment_id, "keep").waits_for_second
    decided = world.resolve(people.alice, comment_id, "keep").decision_id
    with world.database.write() as session, pytest.raises(NotAllowed):
        undo(session, people.mona, decided)
    with world.database.write() as session, pytest.raises(NotFound):
        undo(session, people.leo, decided)


def test_managing_is_for_those_who_run_the_office(world: World) -> None:
    people = world.people
    assert [access.may_manage(m) for m in (people.alice, people.leo, people.mona, people.victor, people.olive)] == [
        True,
        True,
        False,
        False,
        False,
    ]
    with pytest.raises(NotAllowed):
        access.require_manager(people.mona)


def test_another_offices_comments_do_not_exist(world: World) -> None:
    comment_id = world.settled("harassment=0.7")
    charlie = world.people.charlie
    with pytest.raises(NotFound):
        _resolve(world, charlie, _seen(world, comment_id), "keep")
    with pytest.raises(NotFound):
        world.choose(charlie, comment_id, "keep")
    with pytest.raises(NotFound):
        _resolve(world, world.people.mona, ("no such case", "nothing"), "keep")
    with world.database.write() as session, pytest.raises(NotFound):
        cases.decide(session, world.people.mona, "no such comment", None, ["keep"], None)
    assert world.case_of(comment_id) is not None


# --- who was first


def test_the_second_to_decide_is_told_who_was_first_and_what_they_did(world: World) -> None:
    comment_id = world.settled("harassment=0.7")
    seen = _seen(world, comment_id)
    _resolve(world, world.people.mona, seen, "hide", "report_platform", rule_id="3")
    with pytest.raises(Conflict, match=re.escape("Mona was first and decided: hide and report platform.")):
        _resolve(world, world.people.leo, seen, "keep")
    world.work()
    assert world.in_force(comment_id).member_id == world.people.mona.id
    assert world.platform.told == [("hide", "c1")]


def test_of_many_who_decide_at_once_one_does(world: World, at_once: AtOnce) -> None:
    comment_id = world.settled("harassment=0.7")
    seen = _seen(world, comment_id)

    def choose(number: int) -> bool:
        member = (world.people.mona, world.people.leo, world.people.alice)[number % 3]
        try:
            _resolve(world, member, seen, *(["keep"] if number % 2 else ["hide"]), rule_id="3")
        except Conflict:
            return False
        return True

    assert at_once(12, choose).count(True) == 1
    assert len([d for d in world.decisions_of(comment_id) if d.maker == "person"]) == 1
    assert world.log(f"comment:{comment_id}").count("case.closed") == 1


def test_a_person_who_saw_the_text_before_the_edit_is_asked_to_look_again(world: World) -> None:
    comment_id = world.settled("harassment=0.7", external_id="c1")
    seen = _seen(world, comment_id)
    world.take(added("harassment=0.9 and worse", "c1", kind=EventKind.EDITED))
    with pytest.raises(Conflict, match="changed while it was on your screen"):
        _resolve(world, world.people.mona, seen, "keep")
    world.work()
    with pytest.raises(Conflict, match="changed while it was on your screen"):
        _resolve(world, world.people.mona, seen, "keep")
    world.resolve(world.people.mona, comment_id, "hide", rule_id="3")
    assert world.in_force(comment_id).revision_id == world.comment(comment_id).revision_id


def test_a_change_of_mind_is_for_comments_in_no_queue(world: World) -> None:
    comment_id = world.settled("harassment=0.7")
    with pytest.raises(Conflict, match="waits in the review queue"):
        world.choose(world.people.mona, comment_id, "keep")


def test_a_person_may_disagree_with_the_machine(world: World) -> None:
    comment_id = world.settled("spam=0.95")
    machine = world.in_force(comment_id)
    resolution = world.choose(world.people.mona, comment_id, "keep")
    world.work()
    decision = world.in_force(comment_id)
    assert resolution.decision_id == decision.id
    assert (decision.verbs, decision.previous_id, decision.suggestion_followed) == (["keep"], machine.id, None)
    assert world.platform.told == [("hide", "c1"), ("unhide", "c1")]


def test_a_change_of_mind_on_what_has_changed_meanwhile_is_refused(world: World) -> None:
    comment_id = world.settled("A fine day")
    seen = world.comment(comment_id).decision_id
    world.choose(world.people.leo, comment_id, "hide", rule_id="3")
    with pytest.raises(Conflict, match="Leo was first and decided: hide"), world.database.write() as session:
        cases.decide(session, world.people.mona, comment_id, seen, ["delete"], "3")


def test_a_change_of_mind_on_a_text_that_was_edited_since_is_refused(world: World) -> None:
    comment_id = world.settled("A fine day", external_id="c1")
    world.take(added("Another text", "c1", kind=EventKind.EDITED))
    with pytest.raises(Conflict, match="was edited"):
        world.choose(world.people.mona, comment_id, "hide", rule_id="3")
    world.work()
    world.choose(world.people.mona, comment_id, "hide", rule_id="3")
    assert world.in_force(comment_id).verbs == ["hide"]


def test_where_the_first_one_undid_the_decision_the_next_is_told_so(world: World) -> None:
    comment_id = world.settled("A fine day")
    seen = world.comment(comment_id).decision_id
    with world.database.write() as session:
        undo(session, world.people.leo, seen or "")
    with pytest.raises(Conflict), world.database.write() as session:
        cases.decide(session, world.people.mona, comment_id, seen, ["hide"], "3")


# --- two people


def _propose(world: World, *verbs: str) -> str:
    """A comment that Mona proposes to act on under the rule that needs two."""
    comment_id = world.settled("discrimination=0.8")
    resolution = world.resolve(world.people.mona, comment_id, *verbs, rule_id="2")
    assert resolution.waits_for_second
    return comment_id


def test_deleting_under_a_rule_that_could_be_used_against_a_view_waits_for_a_second_person(world: World) -> None:
    comment_id = _propose(world, "hide", "delete")
    world.work()
    assert world.comment(comment_id).decision_id is None
    assert world.platform.orders == []
    assert world.rows(EvidenceSnapshot) == []
    case = world.case_of(comment_id)
    assert case is not None
    assert case.lane == "second_opinion"
    assert case.why == "A second person must agree to hide and delete under rule 2, No discrimination"
    proposal = world.suggestion(comment_id)
    assert (proposal.state, proposal.maker, proposal.member_id) == ("proposed", "person", world.people.mona.id)
    assert world.log(f"comment:{comment_id}")[-1] == "decision.proposed"


def test_a_second_person_who_agrees_makes_it_so(world: World) -> None:
    comment_id = _propose(world, "delete")
    resolution = world.resolve(world.people.leo, comment_id, "delete", rule_id="2")
    assert not resolution.waits_for_second
    world.work_later()
    decision = world.in_force(comment_id)
    assert (decision.state, decision.verbs) == ("made", ["delete"])
    assert (decision.member_id, decision.second_member_id) == (world.people.mona.id, world.people.leo.id)
    assert decision.suggestion_followed is None
    assert world.platform.told == [("delete", "c1")]
    assert world.case_of(comment_id) is None
    assert _detail(world, "decision.made")["proposed_by"] == world.people.mona.id
    assert len(world.rows(EvidenceSnapshot)) == 1


@pytest.mark.parametrize("verbs", [["delete"], ["block"], ["hide", "block"], ["delete", "report_platform"]])
def test_whoever_proposed_it_cannot_be_the_second_person(world: World, verbs: list[str]) -> None:
    comment_id = _propose(world, *verbs)
    with pytest.raises(NotAllowed, match="second person must agree"):
        world.resolve(world.people.mona, comment_id, *verbs, rule_id="2")
    world.work()
    assert world.platform.orders == []


def test_a_second_person_who_wants_something_else_that_needs_two_makes_a_proposal_of_their_own(world: World) -> None:
    comment_id = _propose(world, "delete")
    assert world.resolve(world.people.leo, comment_id, "delete", "block", rule_id="2").waits_for_second
    assert world.suggestion(comment_id).member_id == world.people.leo.id
    assert not world.resolve(world.people.mona, comment_id, "block", "delete", rule_id="2").waits_for_second
    decision = world.in_force(comment_id)
    assert (decision.member_id, decision.second_member_id) == (world.people.leo.id, world.people.mona.id)


def test_a_second_person_who_wants_less_decides_alone(world: World) -> None:
    comment_id = _propose(world, "delete")
    assert not world.resolve(world.people.leo, comment_id, "hide", rule_id="2").waits_for_second
    decision = world.in_force(comment_id)
    assert (decision.verbs, decision.member_id, decision.second_member_id) == (["hide"], world.people.leo.id, None)
    assert world.case_of(comment_id) is None


def test_whoever_proposed_it_may_settle_for_less(world: World) -> None:
    comment_id = _propose(world, "delete")
    world.resolve(world.people.mona, comment_id, "keep")
    assert world.in_force(comment_id).verbs == ["keep"]


def test_the_same_verbs_under_another_rule_are_no_agreement(world: World) -> None:
    with world.database.write() as session:
        rules = [
            rule("2", "discrimination", "delete", viewpoint_risk=Risk.HIGH),
            rule("8", "harassment", "delete", viewpoint_risk=Risk.HIGH),
        ]
        publishing.publish(session, world.office_id, guideline_set(*rules))
    comment_id = _propose(world, "delete")
    assert world.resolve(world.people.leo, comment_id, "delete", rule_id="8").waits_for_second
    assert world.resolve(world.people.mona, comment_id, "delete", rule_id="8").waits_for_second is False


def test_under_a_rule_without_that_risk_one_person_deletes(world: World) -> None:
    comment_id = world.settled("harassment=0.7")
    assert not world.resolve(world.people.mona, comment_id, "delete", rule_id="3").waits_for_second


def test_hiding_under_the_risky_rule_needs_one_person_only(world: World) -> None:
    comment_id = world.settled("discrimination=0.7")
    assert not world.resolve(world.people.mona, comment_id, "hide", rule_id="2").waits_for_second


def test_a_change_of_mind_needs_two_as_well(world: World) -> None:
    comment_id = world.settled("A fine day")
    assert world.choose(world.people.mona, comment_id, "block", rule_id="2").waits_for_second
    assert world.in_force(comment_id).verbs == ["keep"]
    case = world.case_of(comment_id)
    assert case is not None
    assert (case.lane, case.priority) == ("second_opinion", 2)
    world.resolve(world.people.alice, comment_id, "block", rule_id="2")
    world.work()
    assert world.platform.blocked == {"u1"}


def test_a_proposal_about_a_text_that_was_edited_since_cannot_be_agreed_to(world: World) -> None:
    comment_id = _propose(world, "delete")
    seen = _seen(world, comment_id)
    world.take(added("A fine day", "c1", kind=EventKind.EDITED))
    for _ in range(2):
        with pytest.raises(Conflict):
            _resolve(world, world.people.leo, seen, "delete", rule_id="2")
        world.work()
    assert world.suggestion(comment_id).reason == "edited_while_waiting"
    assert world.resolve(world.people.leo, comment_id, "delete", rule_id="2").waits_for_second
    assert world.platform.orders == []


def test_an_observer_is_no_second_person(world: World) -> None:
    comment_id = _propose(world, "delete")
    with pytest.raises(NotAllowed):
        world.resolve(world.people.olive, comment_id, "delete", rule_id="2")


def test_a_volunteer_is_no_second_person(world: World) -> None:
    comment_id = _harassing_under_two_people(world)
    world.resolve(world.people.mona, comment_id, "delete", rule_id="3")
    with pytest.raises(Conflict):
        world.resolve(world.people.victor, comment_id, "delete", rule_id="3")


def test_of_two_who_agree_at_once_one_is_the_second_person(world: World, at_once: AtOnce) -> None:
    comment_id = _propose(world, "delete")
    seen = _seen(world, comment_id)

    def agree(number: int) -> bool:
        try:
            _resolve(world, (world.people.leo, world.people.alice)[number], seen, "delete", rule_id="2")
        except Conflict:
            return False
        return True

    assert sorted(at_once(2, agree)) == [False, True]
    world.work_later()
    assert world.platform.told == [("delete", "c1")]
