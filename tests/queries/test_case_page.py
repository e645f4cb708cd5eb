"""What the page of one comment reads, on both databases."""

from collections.abc import Callable

import pytest

from guidelines.schema import Finding, Held, Strength
from moderator import ensembles
from moderator.connectors.base import CommentEvent, EventKind
from moderator.domain.decisions import Draft, Maker, Reason, State
from moderator.domain.vocabulary import Verb
from moderator.errors import NotFound
from moderator.pipeline.ingest import ingest
from moderator.queries import case_page
from moderator.queries.case_page import CasePage
from moderator.queries.reasons import Disagreement, Measured
from moderator.review import cases, facts, undo
from moderator.review.access import Reach
from moderator.storage.database import Database
from moderator.storage.tables import Channel, Comment, Member
from tests.fakes import office
from tests.fakes.office import GUIDELINES, Seen
from tests.queries.conftest import House


@pytest.fixture
def seen(database: Database, ours: House) -> Seen:
    with database.write() as session:
        comment_id = office.say(session, ours.channel_id, "I will find you", external_id="one")
        office.assess(session, comment_id, {"threat": 0.84, "spam": 0.1}, [(0, 15, "threat")])
        return office.suggest(session, comment_id, verbs=(Verb.HIDE, Verb.REPORT_POLICE))


def _page(database: Database, house: House, comment_id: str) -> CasePage:
    with database.read() as reading:
        return case_page.case_page(reading, Reach(house.office_id), comment_id)


def test_a_case_explains_itself_in_the_words_of_the_version_it_cites(
    database: Database, ours: House, seen: Seen
) -> None:
    with database.write() as session:
        office.publish(session, ours.office_id, GUIDELINES.replace("Do not threaten anybody.", "Be kind."))
    page = _page(database, ours, seen.comment_id)
    assert page.found[0].text == "Do not threaten anybody."
    assert page.explained_by is not None
    assert page.explained_by.version_number == 1
    assert page.version_number == 2
    assert page.found[0].measures == (Measured("threat", 0.84, 0.6, 0.9),)
    assert page.danger


def test_every_score_stands_beside_the_thresholds_of_that_version(database: Database, ours: House, seen: Seen) -> None:
    (reading,) = _page(database, ours, seen.comment_id).readings
    assert [(m.label, m.score, m.review, m.automatic) for m in reading.scores] == [
        ("threat", 0.84, 0.6, 0.9),
        ("spam", 0.1, 0.5, None),
    ]


@pytest.fixture
def debated(database: Database, ours: House) -> Seen:
    """Two read it and see it otherwise; a third failed, and a fourth does not read its language."""
    with database.write() as session:
        comment_id = office.say(session, ours.channel_id, "I will find you", external_id="debated")
        office.assess(
            session,
            comment_id,
            {"threat": 0.84, "spam": 0.2, "sexual": 0.1, "incivility": 0.8, "obfuscation": 0.1},
            [(7, 11, "threat")],
            classifier="civility",
            language="en",
            views={"threat": "joined"},
        )
        office.assess(session, comment_id, {"threat": 0.31, "spam": 0.3, "sexual": 0.9}, [(0, 1, "threat")])
        office.assess(session, comment_id, {}, classifier="tired", error="RuntimeError: no more")
        office.assess(session, comment_id, {"threat": 0.0}, classifier="foreign", doubts=["other_language"])
        answered = dict.fromkeys(("threat", "spam", "sexual", "incivility"), "civility")
        return office.suggest(session, comment_id, answered=answered)


def test_whoever_answered_is_named_with_the_view_and_with_who_sees_it_otherwise(
    database: Database, ours: House, debated: Seen
) -> None:
    page = _page(database, ours, debated.comment_id)
    assert page.found[0].measures == (Measured("threat", 0.84, 0.6, 0.9, "civility", "joined"),)
    assert page.views == ("joined",)
    # About spam they are close; about what no rule asks for nobody need know.
    assert page.disagreements == (Disagreement("threat", "civility", (("civility", 0.84), ("baseline", 0.31))),)
    assert page.language == "en"
    assert page.stood_in == ("tired",)


def test_who_disagrees_is_for_the_office_to_say(database: Database, ours: House, debated: Seen) -> None:
    with database.write() as session:
        member = session.get_one(Member, ours.member_id)
        ensembles.change(session, member, {"civility": frozenset({"threat"})}, {}, 0.6)
    assert _page(database, ours, debated.comment_id).disagreements == ()


def test_only_what_the_answering_classifier_marked_is_marked(database: Database, ours: House, debated: Seen) -> None:
    assert _page(database, ours, debated.comment_id).spans == ((7, 11, "threat"),)


def test_signals_stand_apart_from_scores_and_count_from_one_half(
    database: Database, ours: House, debated: Seen
) -> None:
    page = _page(database, ours, debated.comment_id)
    civility = page.readings[0]
    assert civility.signals == (("incivility", 0.8), ("obfuscation", 0.1))
    assert not {"incivility", "obfuscation"} & {measure.label for measure in civility.scores}
    assert page.signals == {"incivility": 0.8}


def test_a_language_that_leaves_a_label_open_is_a_reason_and_one_that_another_reads_is_none(
    database: Database, ours: House, debated: Seen
) -> None:
    assert _page(database, ours, debated.comment_id).unreadable == ()
    with database.write() as session:
        comment_id = office.say(session, ours.channel_id, "Je te trouverai")
        doubts = ["other_language", "control_characters"]
        office.assess(session, comment_id, {"threat": 0.2}, language="fr", doubts=doubts)
        office.suggest(session, comment_id, rule="", reason=Reason.UNREADABLE)
    page = _page(database, ours, comment_id)
    assert page.unreadable == ("other_language", "control_characters")
    assert page.readings[0].other_language
    assert page.language == "fr"


def test_where_nobody_stood_in_nobody_is_said_to(database: Database, ours: House) -> None:
    with database.write() as session:
        comment_id = office.say(session, ours.channel_id, "Hello")
        office.assess(session, comment_id, {}, error="RuntimeError: no more")
        office.suggest(session, comment_id, rule="", reason=Reason.CLASSIFIER_FAILED)
    assert _page(database, ours, comment_id).stood_in == ()


def test_a_choice_answers_the_suggestion_while_the_case_is_open_and_the_decision_afterwards(
    database: Database, ours: House, seen: Seen
) -> None:
    page = _page(database, ours, seen.comment_id)
    assert page.case is not None
    assert page.seen == seen.decision_id
    with database.write() as session:
        made = cases.resolve(
            session, session.get_one(Member, ours.member_id), seen.case_id, seen.decision_id, ["hide"], "2a", "a note"
        )
    after = _page(database, ours, seen.comment_id)
    assert after.case is None
    assert after.seen == made.decision_id
    assert after.in_force is not None
    assert (after.in_force.member, after.in_force.note, after.in_force.rule_ids) == ("Alice", "a note", ("2a",))


def test_a_case_says_why_also_after_a_person_has_proposed_something(
    database: Database, ours: House, seen: Seen
) -> None:
    with database.write() as session:
        member = session.get_one(Member, ours.member_id)
        cases.resolve(session, member, seen.case_id, seen.decision_id, ["delete"], "2c")
    page = _page(database, ours, seen.comment_id)
    assert page.proposal is not None
    assert page.proposal.member == "Alice"
    assert page.found[0].id == "2a"
    assert page.suggested_rule == "2c"


def test_an_edited_text_is_explained_by_what_was_found_in_it_and_not_in_the_one_before(
    database: Database, ours: House, seen: Seen
) -> None:
    with database.write() as session:
        edit = CommentEvent(kind=EventKind.EDITED, external_id="one", text="I will find you a seat")
        ingest(session, session.get_one(Channel, ours.channel_id), [edit])
    page = _page(database, ours, seen.comment_id)
    assert page.explained_by is None
    assert not page.found
    assert not page.readings
    assert [old.text for old in page.earlier_texts] == ["I will find you"]


def test_the_record_shows_decisions_with_their_actions_and_what_the_platform_answered(
    database: Database, ours: House, seen: Seen
) -> None:
    with database.write() as session:
        member = session.get_one(Member, ours.member_id)
        made = cases.resolve(session, member, seen.case_id, seen.decision_id, ["hide", "report_police"], "2a")
        office.refuse(session, seen.comment_id, "try later")
        undo.undo(session, member, made.decision_id)
    page = _page(database, ours, seen.comment_id)
    newest, undone, suggested = page.history
    assert newest.reason == Reason.UNDO
    assert (undone.state, undone.undone_by) == ("undone", "Alice")
    assert [action.verb for action in undone.actions] == ["hide", "report_police"]
    assert undone.actions[0].receipts[0].detail == "try later"
    assert suggested.state == "suggested"


def test_an_author_is_known_by_how_many_other_comments_break_a_rule(database: Database, ours: House) -> None:
    with database.write() as session:
        member = session.get_one(Member, ours.member_id)
        for _ in range(2):
            one = office.suggest(session, office.say(session, ours.channel_id, "bad", author="Jo"))
            cases.resolve(session, member, one.case_id, one.decision_id, ["hide"], "2a")
        kept = office.suggest(session, office.say(session, ours.channel_id, "fine", author="Jo"))
        cases.resolve(session, member, kept.case_id, kept.decision_id, ["keep"], None)
        office.suggest(session, office.say(session, ours.channel_id, "not decided", author="Jo"))
        last = office.say(session, ours.channel_id, "last", author="Jo")
    assert _page(database, ours, last).against.count == 2
    assert _page(database, ours, one.comment_id).against.count == 1


def test_a_thread_is_what_is_answered_and_the_other_answers(database: Database, ours: House) -> None:
    with database.write() as session:
        top = office.say(session, ours.channel_id, "top", external_id="top", minutes_ago=9)
        first = office.say(session, ours.channel_id, "first", parent="top", minutes_ago=8)
        office.say(session, ours.channel_id, "second", parent="top", minutes_ago=7)
        office.say(session, ours.channel_id, "elsewhere", external_id="other")
    answer = _page(database, ours, first)
    assert answer.parent is not None
    assert answer.parent.text == "top"
    assert [other.text for other in answer.siblings] == ["second"]
    assert [other.text for other in _page(database, ours, top).siblings] == ["first", "second"]


def test_a_text_that_no_database_can_hold_is_shown_exactly_as_it_came(database: Database, ours: House) -> None:
    with database.write() as session:
        comment_id = office.say(session, ours.channel_id, "a\x00b\ud800c")
    assert _page(database, ours, comment_id).text == "a\x00b\ud800c"
    with database.read() as reading:
        assert case_page.whole_text(reading, Reach(ours.office_id), comment_id) == "a\x00b\ud800c"


def test_only_rules_in_force_are_offered_and_those_that_take_two_are_marked(
    database: Database, ours: House, seen: Seen
) -> None:
    page = _page(database, ours, seen.comment_id)
    assert [(rule.id, rule.two_people) for rule in page.rules] == [("2a", False), ("2b", False), ("2c", True)]
    assert page.suggested_rule == "2a"
    with database.write() as session:
        office.publish(session, ours.office_id, GUIDELINES.replace("id: 2a", "id: 9z"))
    assert _page(database, ours, seen.comment_id).suggested_rule == ""


def test_what_can_be_done_says_what_it_does_on_this_channel(database: Database, ours: House, seen: Seen) -> None:
    choices = {choice.verb: choice for choice in _page(database, ours, seen.comment_id).verbs}
    assert choices["hide"].reversible
    assert not choices["delete"].reversible
    assert choices["report_police"].by_hand
    assert "keep" not in choices


READS: list[Callable[..., object]] = [case_page.case_page, case_page.of_comment, case_page.whole_text]


@pytest.mark.parametrize("read", READS)
def test_a_comment_of_another_office_does_not_exist(
    database: Database, ours: House, theirs: House, seen: Seen, read: Callable[..., object]
) -> None:
    with database.read() as reading, pytest.raises(NotFound):
        read(reading, Reach(theirs.office_id), seen.comment_id)
    with database.read() as reading, pytest.raises(NotFound):
        case_page.of_case(reading, Reach(theirs.office_id), seen.case_id)


def test_what_only_waits_for_a_hand_on_the_platform_is_no_case_to_decide(
    database: Database, ours: House, seen: Seen
) -> None:
    with database.write() as session:
        member = session.get_one(Member, ours.member_id)
        cases.resolve(session, member, seen.case_id, seen.decision_id, ["report_police"], "2a")
    page = _page(database, ours, seen.comment_id)
    assert page.case is None
    assert [action.verb for action in page.waiting_actions] == ["report_police"]
    with database.read() as reading:
        assert case_page.of_comment(reading, Reach(ours.office_id), seen.comment_id).case_id is None


def test_a_comment_that_the_service_kept_says_so(database: Database, ours: House) -> None:
    with database.write() as session:
        comment_id = office.say(session, ours.channel_id, "Well done")
        office.keep(session, comment_id)
    page = _page(database, ours, comment_id)
    assert page.explained_by is not None
    assert page.explained_by.reason == Reason.NO_FINDING
    assert not page.danger


def test_a_hidden_comment_knows_that_it_is_hidden(database: Database, ours: House) -> None:
    with database.write() as session:
        comment_id = office.say(session, ours.channel_id, "bad")
        office.rule_on(session, comment_id, Draft(State.MADE, Maker.RULE, Reason.FINDING, (Verb.HIDE,)))
        office.carry_out(session, comment_id)
    assert _page(database, ours, comment_id).hidden


BY_FACTS = (
    GUIDELINES
    + """
  - id: "7"
    title: People from elsewhere
    text: This page is for those who live here.
    standard: identified_as
    condition: {any: [{recorded: outside_constituency}, {recorded: supplier}]}
    actions: [{verb: hide, modality: may}, {verb: block, modality: may, duration_days: 30}]
    repeat: [{count: 1, within_days: 365, actions: [{verb: block, modality: may, duration_days: 90}]}]
    severity: 3
    examples: {breach: [I live far away.], fine: [I live here.]}
"""
)


def test_what_is_on_record_about_the_author_stands_beside_what_else_may_be_recorded(
    database: Database, ours: House
) -> None:
    with database.write() as session:
        office.publish(session, ours.office_id, BY_FACTS)
        comment_id = office.say(session, ours.channel_id, "Hello")
        author_id = case_page.author_of(session, Reach(ours.office_id), comment_id)
        member = session.get_one(Member, ours.member_id)
        kept = facts.record_fact(session, member, author_id, "supplier", "Our contracts register")
        gone = facts.record_fact(session, member, author_id, "outside_constituency", "A guess")
        facts.withdraw_fact(session, member, gone.id)
    page = _page(database, ours, comment_id)
    (recorded,) = page.recorded
    assert (recorded.id, recorded.fact, recorded.source) == (kept.id, "supplier", "Our contracts register")
    assert (recorded.by, recorded.at) == ("Alice", kept.recorded_at)
    assert page.recordable == ("outside_constituency",)


def test_where_the_author_has_no_name_there_is_nothing_to_record(
    database: Database, ours: House, theirs: House
) -> None:
    with database.write() as session:
        office.publish(session, ours.office_id, BY_FACTS)
        comment_id = office.say(session, ours.channel_id, "Hello")
        session.get_one(Comment, comment_id).author_id = None
    page = _page(database, ours, comment_id)
    assert (page.author_id, page.recorded, page.recordable) == (None, (), ())
    with database.read() as reading, pytest.raises(NotFound):
        case_page.author_of(reading, Reach(ours.office_id), comment_id)
    with database.read() as reading, pytest.raises(NotFound):
        case_page.author_of(reading, Reach(theirs.office_id), comment_id)


def test_facts_that_held_are_shown_with_their_source_and_the_step_that_was_reached(
    database: Database, ours: House
) -> None:
    held = (Held("recorded", "supplier"), Held("words", "tea"))
    with database.write() as session:
        office.publish(session, ours.office_id, BY_FACTS)
        comment_id = office.say(session, ours.channel_id, "Buy our tea")
        author_id = case_page.author_of(session, Reach(ours.office_id), comment_id)
        facts.record_fact(session, session.get_one(Member, ours.member_id), author_id, "supplier", "The register")
        found = (Finding("7", Strength.REVIEW, (), held, rung=1),)
        office.rule_on(session, comment_id, Draft(State.SUGGESTED, Maker.SYSTEM, Reason.FINDING, (Verb.HIDE,), found))
    (rule,) = _page(database, ours, comment_id).found
    assert [(fact.kind, fact.value, fact.source) for fact in rule.facts] == [
        ("recorded", "supplier", "The register"),
        ("words", "tea", ""),
    ]
    assert rule.step is not None
    assert (rule.step.count, rule.step.within_days) == (1, 365)


def test_a_block_says_how_long_it_lasts_for_this_author(database: Database, ours: House) -> None:
    with database.write() as session:
        office.publish(session, ours.office_id, BY_FACTS)
        first = office.suggest(session, office.say(session, ours.channel_id, "Hello"), rule="7")
        member = session.get_one(Member, ours.member_id)
        cases.resolve(session, member, first.case_id, first.decision_id, ["hide", "block"], "7")
        office.carry_out(session, first.comment_id)
        office.carry_out(session, first.comment_id)
    with database.write() as session:
        second = office.say(session, ours.channel_id, "Hello again", minutes_ago=0)
    page = _page(database, ours, first.comment_id)
    assert {rule.id: dict(rule.lasts) for rule in page.rules}["7"] == {Verb.BLOCK: 30}
    (decision,) = [each for each in page.history if each.state == "made"]
    block = decision.actions[-1]
    assert (block.verb, block.duration_days) == ("block", 30)
    assert block.ends_at is not None
    assert {rule.id: dict(rule.lasts) for rule in _page(database, ours, second).rules}["7"] == {Verb.BLOCK: 90}
