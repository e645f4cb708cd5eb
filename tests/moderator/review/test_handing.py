"""Asking a colleague, asking a lead, and giving it back: each of them named, told, and on record."""

import pytest

from moderator.domain.filters import Filter
from moderator.errors import Conflict, Invalid, NotAllowed, NotFound
from moderator.queries import notes_page
from moderator.review import cases, handing, leases
from moderator.review.access import reach
from moderator.review.next_case import next_case
from moderator.storage.tables import Case, Lease, Member, Note
from tests.moderator.conftest import World


@pytest.fixture
def case(world: World) -> Case:
    case = world.case_of(world.settled("harassment=0.7"))
    assert case is not None
    return case


def _hand(world: World, member: Member, case: Case, colleague: Member, note: str = "") -> None:
    with world.database.write() as session:
        handing.hand(session, member, case.id, colleague.id, note)


def _escalate(world: World, member: Member, case: Case, why: str = "Could be libel.") -> None:
    with world.database.write() as session:
        handing.escalate(session, member, case.id, why)


def _take(world: World, member: Member, case: Case) -> None:
    with world.database.write() as session:
        leases.take(session, member, case.id)


def _given(world: World, member: Member) -> str | None:
    with world.database.read() as session:
        return next_case(session, reach(session, member), member, Filter())


def _mentions(world: World, member: Member) -> list[str]:
    with world.database.read() as session:
        return [line.text for line in notes_page.mentions(session, reach(session, member), member)]


# --- a decision about what somebody else has


def test_what_somebody_else_has_open_is_not_decided_over_their_head(world: World, case: Case) -> None:
    _take(world, world.people.mona, case)
    with pytest.raises(Conflict, match=r"^Mona has this comment open and holds it for another 10 minutes\."):
        world.resolve(world.people.leo, case.comment_id, "keep")
    assert world.comment(case.comment_id).decision_id is None
    world.resolve(world.people.mona, case.comment_id, "keep")
    assert world.in_force(case.comment_id).member_id == world.people.mona.id


def test_a_decision_counts_after_the_lease_ran_out_unless_somebody_else_took_it(world: World, case: Case) -> None:
    _take(world, world.people.mona, case)
    world.clock.forward(minutes=11)
    _take(world, world.people.leo, case)
    with pytest.raises(Conflict, match=r"^Leo has this comment open"):
        world.resolve(world.people.mona, case.comment_id, "keep")
    world.clock.forward(minutes=11)
    world.resolve(world.people.mona, case.comment_id, "keep")
    assert world.in_force(case.comment_id).member_id == world.people.mona.id


def test_a_late_decision_is_told_what_the_other_decided(world: World, case: Case) -> None:
    world.resolve(world.people.mona, case.comment_id, "hide", rule_id="3")
    with pytest.raises(Conflict, match=r"^Mona was first and decided: hide\. "), world.database.write() as session:
        cases.resolve(session, world.people.leo, case.id, case.decision_id, ["keep"], None)


# --- to a colleague


def test_a_case_goes_to_a_colleague_with_a_note_and_to_nobody_else(world: World, case: Case) -> None:
    _take(world, world.people.mona, case)
    _hand(world, world.people.mona, case, world.people.leo, "You know this man.")
    assert world.rows(Lease) == []
    assert [_given(world, one) for one in (world.people.leo, world.people.mona, world.people.alice)] == [
        case.id,
        None,
        None,
    ]
    assert _mentions(world, world.people.leo) == ["You know this man."]
    assert "case.handed" in world.log(f"comment:{case.comment_id}")


def test_handing_over_needs_no_words(world: World, case: Case) -> None:
    _hand(world, world.people.mona, case, world.people.leo)
    assert _mentions(world, world.people.leo) == ["Handed to Leo."]


def test_only_somebody_who_can_decide_it_is_asked(world: World, case: Case) -> None:
    for unable in (world.people.victor, world.people.olive, world.people.charlie, world.people.mona):
        with pytest.raises(Invalid):
            _hand(world, world.people.mona, case, unable)


def test_only_deciders_hand_cases_over_and_only_what_nobody_else_holds(world: World, case: Case) -> None:
    for other in (world.people.victor, world.people.olive):
        with pytest.raises(NotAllowed):
            _hand(world, other, case, world.people.leo)
    with pytest.raises(NotFound):
        _hand(world, world.people.charlie, case, world.people.leo)
    _take(world, world.people.alice, case)
    with pytest.raises(Conflict, match="Alice"):
        _hand(world, world.people.mona, case, world.people.leo)
    assert world.rows(Note) == []


def test_whoever_was_asked_gives_it_back_to_all(world: World, case: Case) -> None:
    _hand(world, world.people.alice, case, world.people.mona)
    with world.database.write() as session:
        handing.put_back(session, world.people.mona, case.id)
    assert _given(world, world.people.leo) == case.id
    with pytest.raises(Conflict), world.database.write() as session:
        handing.put_back(session, world.people.mona, case.id)


def test_a_bystander_does_not_take_away_what_a_colleague_was_asked(world: World, case: Case) -> None:
    _hand(world, world.people.alice, case, world.people.leo)
    with pytest.raises(NotAllowed), world.database.write() as session:
        handing.put_back(session, world.people.mona, case.id)


# --- to a lead


def test_a_lead_is_asked_with_a_sentence_and_only_leads_are_given_the_case(world: World, case: Case) -> None:
    _take(world, world.people.mona, case)
    with pytest.raises(Invalid):
        _escalate(world, world.people.mona, case, "  ")
    _escalate(world, world.people.mona, case)
    assert [_given(world, one) for one in (world.people.mona, world.people.leo, world.people.alice)] == [
        None,
        case.id,
        case.id,
    ]
    assert [note.text for note in world.rows(Note)] == ["Could be libel."]
    assert "case.escalated" in world.log(f"comment:{case.comment_id}")
    with pytest.raises(Conflict):
        _escalate(world, world.people.mona, case)
    with pytest.raises(Conflict, match="You asked that an owner or lead decides this"):
        world.resolve(world.people.mona, case.comment_id, "keep")
    world.resolve(world.people.leo, case.comment_id, "keep")


def test_a_lead_gives_it_back_and_whoever_asked_is_told(world: World, case: Case) -> None:
    _escalate(world, world.people.mona, case)
    with pytest.raises(NotAllowed), world.database.write() as session:
        handing.give_back(session, world.people.mona, case.id)
    with world.database.write() as session:
        handing.give_back(session, world.people.leo, case.id, "It is opinion: you decide.")
    assert _mentions(world, world.people.mona) == ["It is opinion: you decide."]
    assert _given(world, world.people.mona) == case.id
    with pytest.raises(Conflict), world.database.write() as session:
        handing.give_back(session, world.people.leo, case.id)


def test_what_waits_for_a_lead_goes_to_another_only_by_a_leads_hand(world: World, case: Case) -> None:
    _escalate(world, world.people.mona, case)
    _hand(world, world.people.leo, case, world.people.mona)
    assert _given(world, world.people.mona) == case.id


def test_volunteers_may_ask_a_lead_and_observers_may_not(world: World, case: Case) -> None:
    with pytest.raises(NotAllowed):
        _escalate(world, world.people.olive, case)
    _escalate(world, world.people.victor, case)
    assert _given(world, world.people.leo) == case.id
