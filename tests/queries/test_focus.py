"""What stands around one comment: what is held against its author, what says the same, what its undo would do."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from moderator import clock
from moderator.domain.decisions import Draft, Maker, Reason, State
from moderator.domain.vocabulary import Role, Verb
from moderator.queries import case_page, flagged, similar, undo_page
from moderator.queries.case_page import CasePage
from moderator.review import cases, undo
from moderator.review.access import Reach
from moderator.storage.database import Database
from moderator.storage.tables import Comment, Member
from tests.fakes import office
from tests.queries.conftest import House

CAMPAIGN = "Close the school on Weir Lane today, and say sorry to the parents."


def _page(database: Database, house: House, comment_id: str, reach: Reach | None = None) -> CasePage:
    with database.read() as reading:
        return case_page.case_page(reading, reach or Reach(house.office_id), comment_id)


def _hide(database: Database, house: House, text: str, **facts: Any) -> str:
    with database.write() as session:
        comment_id = office.say(session, house.channel_id, text, **facts)
        member = session.get_one(Member, house.member_id)
        cases.decide(session, member, comment_id, None, ["hide"], "2a")
        return comment_id


def _say(database: Database, house: House, text: str, **facts: Any) -> str:
    with database.write() as session:
        return office.say(session, house.channel_id, text, **facts)


# --- the author


def test_only_what_a_decision_in_force_holds_against_the_author_is_shown(database: Database, ours: House) -> None:
    here = _say(database, ours, "the one on the page")
    hidden = _hide(database, ours, "hidden")
    _say(database, ours, "nobody decided")
    _hide(database, ours, "somebody else", author="Nadia")
    undone = _hide(database, ours, "undone since")
    with database.write() as session:
        office.keep(session, office.say(session, ours.channel_id, "kept"))
        pointed = office.say(session, ours.channel_id, "asked for help")
        office.rule_on(session, pointed, Draft(State.MADE, Maker.PERSON, Reason.PERSON, (Verb.REDIRECT,)))
        member = session.get_one(Member, ours.member_id)
        undo.undo(session, member, _in_force(session, undone))
    against = _page(database, ours, here).against
    assert [(each.comment_id, each.verbs, each.rule_ids) for each in against.flagged] == [(hidden, ("hide",), ("2a",))]
    assert (against.count, against.in_part) == (1, False)
    assert _page(database, ours, hidden).against == flagged.NOTHING


def _in_force(session: Session, comment_id: str) -> str:
    return session.get_one(Comment, comment_id).decision_id or ""


def test_of_much_that_is_held_against_an_author_the_newest_is_shown(database: Database, ours: House) -> None:
    ids = [_hide(database, ours, f"number {number}") for number in range(flagged.MOST + 2)]
    against = _page(database, ours, ids[0]).against
    assert [each.comment_id for each in against.flagged] == ids[:1:-1]
    assert against.count == flagged.MOST + 1


def test_who_looks_through_much_is_told_that_it_was_not_all(
    database: Database, ours: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flagged, "LOOKED_THROUGH", 2)
    ids = [_hide(database, ours, f"number {number}") for number in range(3)]
    against = _page(database, ours, ids[-1]).against
    assert ([each.comment_id for each in against.flagged], against.in_part) == ([ids[1]], True)


def test_whoever_is_told_no_names_is_shown_no_history(database: Database, ours: House) -> None:
    _hide(database, ours, "hidden")
    here = _say(database, ours, "the one on the page")
    with database.write() as session:
        office.keep(session, here)
    volunteer = Reach(ours.office_id, {ours.channel_id: Role.VOLUNTEER}, names=False, severe=False)
    assert _page(database, ours, here, volunteer).against == flagged.NOTHING


# --- what says the same


def test_what_says_the_same_is_shown_with_what_was_decided(database: Database, ours: House, theirs: House) -> None:
    here = _say(database, ours, CAMPAIGN, post="one")
    waits = _say(database, ours, CAMPAIGN.upper(), author="Nadia", post="two")
    hidden = _hide(database, ours, CAMPAIGN, author="Ken", post="three")
    _say(database, theirs, CAMPAIGN)
    with database.write() as session:
        office.suggest(session, waits)
    alike = _page(database, ours, here).alike
    assert [(each.comment_id, each.same, each.waits, each.verbs) for each in alike.shown] == [
        (hidden, True, False, ("hide",)),
        (waits, True, True, ()),
    ]
    assert alike.same == 2


def test_what_says_nearly_the_same_is_found_under_the_post_and_of_the_author(database: Database, ours: House) -> None:
    here = _say(database, ours, CAMPAIGN, post="one")
    near = _say(database, ours, f"Friends! {CAMPAIGN}", author="Nadia", post="one")
    own = _say(database, ours, f"{CAMPAIGN} Please do.", post="two")
    _say(database, ours, f"Well: {CAMPAIGN}", author="Ken", post="three")
    _say(database, ours, "A fine day for a walk along the river.", post="one")
    alike = _page(database, ours, here).alike
    assert {(each.comment_id, each.same) for each in alike.shown} == {(near, False), (own, False)}
    assert alike.same == 0


def test_of_a_campaign_a_few_are_shown_and_the_rest_is_counted(database: Database, ours: House) -> None:
    with database.write() as session:
        ids = [
            office.say(session, ours.channel_id, CAMPAIGN, author=f"Voice {number}")
            for number in range(similar.MOST + 3)
        ]
    alike = _page(database, ours, ids[0]).alike
    assert (len(alike.shown), alike.same) == (similar.MOST, similar.MOST + 2)


# --- the thread


def test_an_answer_in_a_long_thread_shows_those_around_it_and_those_to_it(database: Database, ours: House) -> None:
    _say(database, ours, "the top", external_id="top")
    with database.write() as session:
        ids = [
            office.say(session, ours.channel_id, f"answer {n}", parent="top", external_id=f"a{n}", minutes_ago=100 - n)
            for n in range(30)
        ]
        office.say(session, ours.channel_id, "to the answer", parent="a15", minutes_ago=1)
    page = _page(database, ours, ids[15])
    assert [each.text for each in page.siblings] == [f"answer {n}" for n in range(9, 22) if n != 15]
    assert [each.text for each in page.answers] == ["to the answer"]
    assert page.parent is not None


# --- the list of what can be undone


def test_the_list_says_what_undoing_does_and_why_not(database: Database, ours: House) -> None:
    carried = _hide(database, ours, "hidden on the platform")
    fresh = _hide(database, ours, "not carried there yet")
    replaced = _hide(database, ours, "decided anew since")
    with database.write() as session:
        office.carry_out(session, carried)
        member = session.get_one(Member, ours.member_id)
        cases.decide(session, member, replaced, _in_force(session, replaced), ["keep"], None)
        lines = undo_page.undo_page(session, Reach(ours.office_id), member)
    assert [(line.comment_id, line.verbs, bool(line.refusal)) for line in lines] == [
        (replaced, ("keep",), False),
        (replaced, ("hide",), True),
        (fresh, ("hide",), False),
        (carried, ("hide",), False),
    ]
    assert "Alice decided anew about this comment since: keep" in lines[1].refusal
    assert [line.foreseen and line.foreseen.cancelled for line in lines[2:]] == [(Verb.HIDE,), ()]
    assert [line.foreseen and line.foreseen.reversing for line in lines[2:]] == [(), (Verb.UNHIDE,)]


def test_the_list_shows_the_last_twenty_within_reach(database: Database, ours: House) -> None:
    ids = [_hide(database, ours, f"number {number}") for number in range(undo_page.MOST + 2)]
    with database.read() as session:
        member = session.get_one(Member, ours.member_id)
        lines = undo_page.undo_page(session, Reach(ours.office_id), member)
        elsewhere = undo_page.undo_page(session, Reach(ours.office_id, {clock.new_id(): Role.MODERATOR}), member)
    assert [line.comment_id for line in lines] == ids[:1:-1]
    assert elsewhere == ()
