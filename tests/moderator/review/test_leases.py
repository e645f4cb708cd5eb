"""A case on one person's screen is nobody else's, for as long as they look at it and not a minute more."""

from dataclasses import replace
from datetime import timedelta

import pytest

from moderator.errors import Conflict, NotFound
from moderator.review import leases
from moderator.review.leases import Held
from moderator.storage.tables import Case, Lease, Member, Office
from moderator.upkeep import ended_leases
from tests.moderator.conftest import AtOnce, World


@pytest.fixture
def case_id(world: World) -> str:
    """A case of the review lane, which is held for ten minutes."""
    case = world.case_of(world.settled("harassment=0.7"))
    assert case is not None
    return case.id


def _take(world: World, member: Member, case_id: str) -> Held:
    with world.database.write() as session:
        return leases.take(session, member, case_id)


def _renew(world: World, member: Member, case_id: str) -> Held | None:
    with world.database.write() as session:
        return leases.renew(session, member, case_id)


def _release(world: World, member: Member, case_id: str) -> None:
    with world.database.write() as session:
        leases.release(session, member, case_id)


def _leave(world: World, member: Member, held: Held) -> None:
    with world.database.write() as session:
        leases.leave(session, member, held.case_id, held.taken_at)


def _holder(world: World, case_id: str) -> str | None:
    with world.database.read() as session:
        held = leases.holder(session, case_id)
    return held.name if held else None


def _minutes_left(world: World, held: Held) -> int:
    return round((held.until - world.clock.now()) / timedelta(minutes=1))


def test_whoever_opens_a_case_holds_it_and_the_next_one_is_told(world: World, case_id: str) -> None:
    held = _take(world, world.people.mona, case_id)
    assert (held.name, held.mine, held.new, held.kept, _minutes_left(world, held)) == ("Mona", True, True, False, 10)
    other = _take(world, world.people.leo, case_id)
    assert other == replace(held, mine=False, new=False)
    assert _holder(world, case_id) == "Mona"


def test_looking_again_holds_it_longer_but_is_no_new_lease(world: World, case_id: str) -> None:
    _take(world, world.people.mona, case_id)
    world.clock.forward(minutes=6)
    again = _take(world, world.people.mona, case_id)
    assert (again.new, _minutes_left(world, again)) == (False, 10)


def test_a_lease_that_ran_out_is_the_next_ones(world: World, case_id: str) -> None:
    _take(world, world.people.mona, case_id)
    world.clock.forward(minutes=11)
    assert _holder(world, case_id) is None
    assert _renew(world, world.people.mona, case_id) is None
    held = _take(world, world.people.leo, case_id)
    assert (held.name, held.mine, held.new) == ("Leo", True, True)
    seen = _renew(world, world.people.mona, case_id)
    assert seen is not None
    assert (seen.name, seen.mine) == ("Leo", False)


def test_a_page_that_is_looked_at_renews_its_lease(world: World, case_id: str) -> None:
    _take(world, world.people.mona, case_id)
    for _ in range(3):
        world.clock.forward(minutes=8)
        held = _renew(world, world.people.mona, case_id)
        assert held is not None
        assert (held.mine, _minutes_left(world, held)) == (True, 10)


def test_what_is_kept_does_not_run_out_mid_thought_nor_end_with_the_page(world: World, case_id: str) -> None:
    held = _take(world, world.people.mona, case_id)
    with world.database.write() as session:
        kept = leases.keep(session, world.people.mona, case_id)
    assert (kept.kept, _minutes_left(world, kept)) == (True, 8 * 60)
    _leave(world, world.people.mona, held)
    world.clock.forward(hours=7)
    assert _holder(world, case_id) == "Mona"
    assert _take(world, world.people.mona, case_id).kept
    world.clock.forward(hours=2)
    assert _holder(world, case_id) is None


def test_what_somebody_else_holds_cannot_be_kept(world: World, case_id: str) -> None:
    _take(world, world.people.mona, case_id)
    with pytest.raises(Conflict, match=r"^Mona has this comment open"), world.database.write() as session:
        leases.keep(session, world.people.leo, case_id)


def test_closing_the_page_gives_the_case_back_but_not_under_a_later_page(world: World, case_id: str) -> None:
    first = _take(world, world.people.mona, case_id)
    world.clock.forward(seconds=1)
    second = _take(world, world.people.mona, case_id)
    _leave(world, world.people.mona, first)
    assert _holder(world, case_id) == "Mona"
    _leave(world, world.people.leo, second)
    assert _holder(world, case_id) == "Mona"
    _leave(world, world.people.mona, second)
    assert _holder(world, case_id) is None


def test_only_the_holder_or_a_lead_gives_a_case_back(world: World, case_id: str) -> None:
    _take(world, world.people.alice, case_id)
    for stranger in (world.people.mona, world.people.charlie):
        _release(world, stranger, case_id)
        assert _holder(world, case_id) == "Alice"
    _release(world, world.people.leo, case_id)
    assert _holder(world, case_id) is None
    _take(world, world.people.mona, case_id)
    _release(world, world.people.mona, case_id)
    assert _holder(world, case_id) is None


def test_the_first_look_is_written_down_once(world: World, case_id: str) -> None:
    _take(world, world.people.mona, case_id)
    (case,) = world.rows(Case)
    assert case.first_seen_at is not None
    world.clock.forward(hours=1)
    _take(world, world.people.leo, case_id)
    assert [row.first_seen_at for row in world.rows(Case)] == [case.first_seen_at]


def test_a_lane_is_held_for_as_long_as_its_office_says(world: World, case_id: str) -> None:
    with world.database.write() as session:
        session.get_one(Office, world.office_id).lease_minutes = {"review": 25}
    assert _minutes_left(world, _take(world, world.people.mona, case_id)) == 25


def test_another_offices_case_and_a_closed_one_cannot_be_held(world: World, case_id: str) -> None:
    with pytest.raises(NotFound):
        _take(world, world.people.charlie, case_id)
    (case,) = world.rows(Case)
    _take(world, world.people.mona, case_id)
    world.resolve(world.people.mona, case.comment_id, "keep")
    assert world.rows(Lease) == []
    with pytest.raises(Conflict, match="closed"):
        _take(world, world.people.leo, case_id)


def test_of_many_who_open_a_case_at_once_one_holds_it(world: World, case_id: str, at_once: AtOnce) -> None:
    people = (world.people.alice, world.people.leo, world.people.mona, world.people.victor)
    held = at_once(4, lambda number: _take(world, people[number], case_id))
    assert sum(each.mine for each in held) == 1
    assert len({each.name for each in held}) == 1


def test_the_queue_learns_of_all_running_leases_at_once(world: World, case_id: str) -> None:
    other = world.case_of(world.settled("harassment=0.8"))
    assert other is not None
    _take(world, world.people.mona, case_id)
    _take(world, world.people.leo, other.id)
    world.clock.forward(minutes=9)
    _renew(world, world.people.leo, other.id)
    world.clock.forward(minutes=2)
    with world.database.read() as session:
        held = leases.holders(session, [case_id, other.id], world.people.leo)
    assert {key: (value.name, value.mine) for key, value in held.items()} == {other.id: ("Leo", True)}


def test_upkeep_tidies_up_what_ran_out_and_leaves_the_rest(world: World, case_id: str) -> None:
    _take(world, world.people.mona, case_id)
    with world.database.write() as session:
        ended_leases(session, world.office_id)
    assert len(world.rows(Lease)) == 1
    world.clock.forward(minutes=11)
    with world.database.write() as session:
        ended_leases(session, world.office_id)
    assert world.rows(Lease) == []
