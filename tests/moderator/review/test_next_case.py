"""Which case somebody is given next: the most urgent of their view that is nobody else's."""

import pytest

from moderator.domain.filters import Filter
from moderator.review import leases
from moderator.review.access import reach
from moderator.review.next_case import next_case
from moderator.storage.tables import Case, CasePass, Decision, Member
from tests.moderator.conftest import World

EVERYTHING = Filter()


@pytest.fixture
def ids(world: World) -> list[str]:
    """Cases that wait, in the order of the queue."""
    comments = [world.settled(text) for text in ("threat=0.7", "discrimination=0.7", "harassment=0.7")]
    cases = [case for case in map(world.case_of, comments) if case is not None]
    assert len(cases) == 3
    return [case.id for case in sorted(cases, key=lambda case: (case.urgent_at, case.id))]


def _next(world: World, member: Member, wanted: Filter = EVERYTHING, after: str = "") -> str | None:
    with world.database.read() as session:
        return next_case(session, reach(session, member), member, wanted, after)


def test_the_most_urgent_comes_first_and_the_others_in_their_order(world: World, ids: list[str]) -> None:
    mona = world.people.mona
    assert _next(world, mona) == ids[0]
    assert [_next(world, mona, after=case_id) for case_id in ids] == [ids[1], ids[2], None]


def test_what_was_decided_still_says_what_follows_it(world: World, ids: list[str]) -> None:
    with world.database.read() as session:
        comment_id = session.get_one(Case, ids[1]).comment_id
    world.resolve(world.people.mona, comment_id, "keep")
    assert _next(world, world.people.mona, after=ids[1]) == ids[2]
    assert _next(world, world.people.mona) == ids[0]


def test_a_view_gives_only_what_it_shows(world: World, ids: list[str]) -> None:
    mona = world.people.mona
    assert _next(world, mona, Filter(label="harassment")) in ids
    assert _next(world, mona, Filter(label="harassment"), after=ids[-1]) is None
    assert _next(world, mona, Filter(language="cy")) is None
    assert _next(world, mona, Filter(lane="platform")) is None
    assert _next(world, mona, Filter(state="closed")) is None


def test_nobody_is_given_what_a_colleague_has_open_or_was_asked_to_take(world: World, ids: list[str]) -> None:
    people = world.people
    with world.database.write() as session:
        leases.take(session, people.leo, ids[0])
        session.get_one(Case, ids[1]).assignee_id = people.leo.id
    assert _next(world, people.mona) == ids[2]
    assert _next(world, people.leo) == ids[0]
    assert _next(world, people.leo, after=ids[0]) == ids[1]


def test_what_waits_for_a_lead_is_given_to_one_and_what_somebody_passed_on_to_others(
    world: World, ids: list[str]
) -> None:
    people = world.people
    with world.database.write() as session:
        case = session.get_one(Case, ids[0])
        case.escalated_by = people.mona.id
        session.add(CasePass(case_id=ids[1], member_id=people.mona.id, at=case.opened_at))
    assert _next(world, people.mona) == ids[2]
    assert _next(world, people.leo) == ids[0]
    assert _next(world, people.leo, after=ids[0]) == ids[1]


def test_nobody_is_given_their_own_proposal_to_agree_to(world: World, ids: list[str]) -> None:
    people = world.people
    with world.database.write() as session:
        case = session.get_one(Case, ids[0])
        case.lane = "second_opinion"
        session.flush()
    assert _next(world, people.mona) == ids[0]
    with world.database.write() as session:
        session.get_one(Decision, session.get_one(Case, ids[0]).decision_id).member_id = people.mona.id
    assert _next(world, people.mona) == ids[1]
    assert _next(world, people.leo) == ids[0]
