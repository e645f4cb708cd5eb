"""People open only so much of what weighs on them, are spared what they ask to be spared, and nothing is lost by it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from moderator import accounts, channels, clock
from moderator.errors import Conflict, Invalid, NotAllowed, NotFound
from moderator.queries import care_page
from moderator.queries.care_page import Opened
from moderator.review import care, leases, preferences
from moderator.review.access import reach
from moderator.review.care import Limit
from moderator.review.preferences import Chosen
from moderator.review.undo import undo
from moderator.storage.tables import Case, ChannelRole, Exposure, Lease, Member, Office
from tests.moderator.conftest import World

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)

on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Any:
    """`at(moment)`: the time stands still there."""

    def stand(moment: datetime) -> None:
        monkeypatch.setattr(clock, "now", lambda: moment)

    return stand


def _case(world: World, text: str) -> Case:
    case = world.case_of(world.settled(text))
    assert case is not None
    return case


def _seen(world: World, member: Member, *cases: Case) -> None:
    with world.database.write() as session:
        for case in cases:
            care.seen(session, member, case)


def _standing(world: World, member: Member) -> care.Standing:
    with world.database.read() as session:
        return care.standing(session, member)


def _choose(world: World, member: Member, **changes: object) -> None:
    with world.database.write() as session:
        preferences.write(session, member.id, changes)


def _given(world: World, member: Member) -> set[str]:
    """The comments of the open cases that care lets through to the member."""
    with world.database.read() as session:
        conditions = [*reach(session, member).of_cases(), Case.state == "open", *care.allowed(session, member)]
        return set(session.scalars(select(Case.comment_id).where(*conditions)))


def _represent(world: World, member: Member) -> Member:
    with world.database.write() as session:
        row = session.get_one(Member, member.id)
        row.representative = True
    return row


def _leave(world: World, *members: Member) -> None:
    with world.database.write() as session:
        for member in members:
            session.get_one(Member, member.id).left_at = clock.now()


def test_severe_cases_and_all_are_counted_by_the_hour(world: World, at: Any) -> None:
    threat, insult = _case(world, "threat=0.7"), _case(world, "harassment=0.7")
    mona = world.people.mona
    at(NOON)
    _seen(world, mona, threat, insult, threat)
    at(NOON + timedelta(hours=1))
    _seen(world, mona, threat)
    now = _standing(world, mona)
    assert (now.severe_this_hour, now.severe_today, now.in_a_row) == (1, 3, 1)
    with world.database.read() as session:
        counts = care_page.own_counts(session, mona)
    assert (counts.this_hour, counts.today) == (Opened(1, 1), Opened(3, 4))
    assert _standing(world, world.people.leo).severe_today == 0


def test_a_day_and_a_week_are_those_of_the_office(world: World, at: Any) -> None:
    threat, mona = _case(world, "threat=0.7"), world.people.mona
    with world.database.write() as session:
        session.get_one(Office, world.office_id).timezone = "Asia/Kolkata"
    monday = datetime(2026, 11, 16, 18, 29, tzinfo=UTC)
    at(monday - timedelta(days=1))  # Sunday, 23:59 there
    _seen(world, mona, threat)
    at(monday)  # Monday, 23:59 there
    _seen(world, mona, threat)
    at(monday + timedelta(minutes=1))
    _seen(world, mona, threat)
    with world.database.read() as session:
        counts = care_page.own_counts(session, mona)
    assert (counts.today, counts.this_week) == (Opened(1, 1), Opened(2, 2))


@on_sqlite
def test_a_limit_is_the_offices_or_the_members_own_where_that_is_lower(world: World, at: Any) -> None:
    threat, mona = _case(world, "threat=0.7"), world.people.mona
    at(NOON)
    with world.database.write() as session:
        care.set_limits(session, world.people.leo, "3", "")
    _choose(world, mona, severe_per_hour=2, severe_per_day=50)
    assert (_standing(world, mona).per_hour, _standing(world, mona).per_day) == (2, 50)
    assert (_standing(world, world.people.leo).per_hour, _standing(world, world.people.leo).per_day) == (3, None)
    _seen(world, mona, threat)
    assert _standing(world, mona).reached is None
    _seen(world, mona, threat)
    assert _standing(world, mona).reached is Limit.HOUR
    at(NOON + timedelta(hours=1))
    assert _standing(world, mona).reached is None
    _choose(world, mona, severe_per_day=2)
    assert _standing(world, mona).reached is Limit.DAY
    at(NOON + timedelta(days=1))
    assert _standing(world, mona).reached is None


@on_sqlite
def test_the_offices_limits_are_set_by_owners_and_leads_and_are_on_record(world: World) -> None:
    with pytest.raises(NotAllowed), world.database.write() as session:
        care.set_limits(session, world.people.mona, "5", "10")
    for typed in ("0", "-1", "1.5", "ten", "99999", "٣", "1e3"):
        with pytest.raises(Invalid), world.database.write() as session:
            care.set_limits(session, world.people.leo, typed, "")
    with world.database.write() as session:
        care.set_limits(session, world.people.leo, " 5 ", "10")
        care.set_limits(session, world.people.leo, "5", "10")
    assert world.log(f"office:{world.office_id}").count("office.care_changed") == 1


def _next(world: World, member: Member) -> list[str]:
    """The comments among which the member's next case is looked for first, in the order of the queue."""
    with world.database.read() as session:
        mixed = care.mixing(session, member)
        query = select(Case.comment_id).where(Case.state == "open", *mixed).order_by(Case.urgent_at, Case.id)
        return list(session.scalars(query))


def test_after_three_severe_cases_another_comes_but_what_is_pressing_waits_for_nobody(world: World) -> None:
    pressing = _case(world, "threat=0.7")
    heavy = _case(world, "discrimination=0.7")
    insult = _case(world, "harassment=0.7")
    mona, everything = world.people.mona, [pressing.comment_id, heavy.comment_id, insult.comment_id]
    _seen(world, mona, heavy, heavy)
    assert _next(world, mona) == everything
    _seen(world, mona, heavy)
    assert _next(world, mona) == [pressing.comment_id, insult.comment_id]
    _seen(world, mona, insult)
    assert _next(world, mona) == everything


@on_sqlite
def test_once_a_limit_is_reached_something_else_is_offered_first(world: World) -> None:
    heavy, insult, mona = _case(world, "discrimination=0.7"), _case(world, "harassment=0.7"), world.people.mona
    _choose(world, mona, severe_per_hour=1)
    _seen(world, mona, heavy, insult)
    assert _next(world, mona) == [insult.comment_id]


def test_what_a_member_asked_not_to_read_is_not_given_to_them(world: World) -> None:
    threat, insult = _case(world, "threat=0.7 harassment=0.7"), _case(world, "harassment=0.7")
    mona = world.people.mona
    _choose(world, mona, not_about=["threat"])
    assert _given(world, mona) == {insult.comment_id}
    assert _given(world, world.people.leo) == {threat.comment_id, insult.comment_id}


def test_the_representative_is_spared_abuse_also_once_somebody_proposed_something_about_it(world: World) -> None:
    proposed = world.settled("discrimination=0.7")
    insult, spam = world.settled("harassment=0.7"), world.settled("spam=0.7")
    world.resolve(world.people.mona, proposed, "delete", rule_id="2")
    alice = _represent(world, world.people.alice)
    assert _given(world, alice) == {spam}
    assert _given(world, world.people.leo) == {proposed, insult, spam}


def test_a_decision_taken_back_leaves_the_representative_spared(world: World) -> None:
    comment_id = world.settled("harassment=0.7")
    world.resolve(world.people.mona, comment_id, "keep")
    with world.database.write() as session:
        undo(session, world.people.mona, world.comment(comment_id).decision_id or "")
    assert world.case_of(comment_id) is not None
    assert _given(world, _represent(world, world.people.alice)) == set()


def _everybody(world: World) -> Sequence[Member]:
    people = world.people
    return (people.alice, people.leo, people.mona)


def test_no_case_is_hidden_from_everybody(world: World) -> None:
    comment_id = world.settled("threat=0.7 harassment=0.7")
    alice, leo, mona = _everybody(world)
    _choose(world, mona, not_about=["threat"])
    _choose(world, leo, not_about=["harassment"])
    assert (_given(world, mona), _given(world, leo), _given(world, alice)) == (set(), set(), {comment_id})
    # Each label is read by somebody, and still nobody is left for this case: so owners and leads have it.
    _choose(world, alice, not_about=["threat"])
    assert (_given(world, mona), _given(world, leo), _given(world, alice)) == (set(), {comment_id}, {comment_id})


@on_sqlite
def test_the_representative_is_asked_only_where_nobody_else_is_left(world: World) -> None:
    comment_id = world.settled("harassment=0.7")
    people = world.people
    alice = _represent(world, people.alice)
    for member in (people.leo, people.mona):
        _choose(world, member, not_about=["harassment"])
    assert (_given(world, alice), _given(world, people.leo)) == (set(), {comment_id})
    _leave(world, people.leo, people.mona)
    assert _given(world, alice) == {comment_id}


@on_sqlite
def test_where_all_are_spared_the_representative_comes_last(world: World) -> None:
    comment_id = world.settled("harassment=0.7")
    people = world.people
    alice = _represent(world, people.alice)
    _choose(world, people.mona, not_about=["harassment"])
    _leave(world, people.leo)
    assert (_given(world, alice), _given(world, people.mona)) == (set(), {comment_id})


@on_sqlite
def test_a_lead_of_another_channel_is_not_counted_on(world: World) -> None:
    comment_id = world.settled("harassment=0.7")
    alice, leo, mona = _everybody(world)
    _leave(world, alice)
    _choose(world, mona, not_about=["harassment"])
    assert _given(world, mona) == set()
    with world.database.write() as session:
        other = channels.create_channel(session, world.runtime.sealer, world.office_id, "paper", "The other page")
        session.add(ChannelRole(member_id=leo.id, channel_id=other.id, role="lead"))
    assert _given(world, mona) == {comment_id}


@on_sqlite
def test_whoever_works_alone_is_spared_nothing(world: World) -> None:
    comment_id = world.settled("harassment=0.7")
    alice = _represent(world, world.people.alice)
    with world.database.read() as session:
        assert not care.alone(session, alice)
    _leave(world, world.people.leo, world.people.mona)
    with world.database.read() as session:
        assert care.alone(session, alice)
    assert _given(world, alice) == {comment_id}


def test_a_case_passed_on_goes_to_others_and_nobody_is_told(world: World) -> None:
    case, mona = _case(world, "threat=0.7"), world.people.mona
    with world.database.write() as session:
        leases.take(session, mona, case.id)
        session.get_one(Case, case.id).assignee_id = mona.id
    before = world.log()
    with world.database.write() as session:
        care.pass_on(session, mona, case.id)
        care.pass_on(session, mona, case.id)
    assert world.rows(Lease) == []
    assert world.rows(Case)[0].assignee_id is None
    assert (_given(world, mona), _given(world, world.people.leo)) == (set(), {case.comment_id})
    assert world.log() == before


@on_sqlite
def test_passing_on_takes_nothing_from_whoever_else_has_the_case(world: World) -> None:
    case = _case(world, "threat=0.7")
    with world.database.write() as session:
        leases.take(session, world.people.leo, case.id)
        care.pass_on(session, world.people.alice, case.id)
    (lease,) = world.rows(Lease)
    assert lease.member_id == world.people.leo.id


@on_sqlite
def test_only_an_open_case_of_ones_own_office_is_passed_on_and_not_by_onlookers(world: World) -> None:
    case, people = _case(world, "harassment=0.7"), world.people
    for member, refusal in ((people.charlie, NotFound), (people.olive, NotAllowed)):
        with pytest.raises(refusal), world.database.write() as session:
            care.pass_on(session, member, case.id)
    world.resolve(people.mona, case.comment_id, "keep")
    with pytest.raises(Conflict), world.database.write() as session:
        care.pass_on(session, people.mona, case.id)


@on_sqlite
def test_a_case_that_everybody_passed_on_is_still_seen_by_owners_and_leads(world: World) -> None:
    case = _case(world, "threat=0.7")
    with world.database.write() as session:
        for member in _everybody(world):
            care.pass_on(session, member, case.id)
    assert _given(world, world.people.mona) == set()
    assert _given(world, world.people.leo) == _given(world, world.people.alice) == {case.comment_id}


@pytest.mark.parametrize(
    ("quiet", "now", "ends"),
    [
        (("12:00", "13:00"), "12:00", "13:00"),
        (("12:00", "13:00"), "13:00", None),
        (("12:00", "13:00"), "11:59", None),
        (("20:00", "07:30"), "23:00", "07:30 tomorrow"),
        (("20:00", "07:30"), "06:00", "07:30"),
        (("20:00", "07:30"), "07:30", None),
        (("20:00", "20:00"), "20:00", None),
        (("20:00", ""), "21:00", None),
    ],
)
def test_quiet_hours_go_by_the_offices_clock(quiet: tuple[str, str], now: str, ends: str | None, at: Any) -> None:
    hour, minute = map(int, now.split(":"))
    at(datetime(2026, 7, 1, hour, minute, tzinfo=UTC) - timedelta(hours=1))  # summer in London
    found = care.quiet_until(Chosen(quiet_from=quiet[0], quiet_until=quiet[1]), "Europe/London")
    if ends is None:
        assert found is None
        return
    clock_time, _, later = ends.partition(" ")
    hour, minute = map(int, clock_time.split(":"))
    expected = datetime(2026, 7, 2 if later else 1, hour, minute, tzinfo=UTC) - timedelta(hours=1)
    assert found == expected


def test_an_office_sees_the_sum_of_a_past_day_on_which_three_people_worked(world: World, at: Any) -> None:
    threat, insult = _case(world, "threat=0.7"), _case(world, "harassment=0.7")
    people = world.people
    at(NOON)
    for member in (people.alice, people.leo, people.mona):
        _seen(world, member, threat, insult, insult)
    at(NOON + timedelta(days=1))
    for member in (people.alice, people.leo):
        _seen(world, member, threat)
    with world.database.read() as session:
        assert all(day.opened is None for day in care_page.office_days(session, world.office_id)[1:])
        assert care_page.office_days(session, world.office_id)[0].opened == Opened(3, 9)
    at(NOON + timedelta(days=2))
    with world.database.read() as session:
        days = care_page.office_days(session, world.office_id)
        assert [day.opened for day in days] == [None, Opened(3, 9), None, None, None, None, None]
        assert days[1].day == NOON.date()
        assert all(day.opened is None for day in care_page.office_days(session, people.charlie.office_id))


@on_sqlite
def test_counts_are_forgotten_after_five_weeks(world: World, at: Any) -> None:
    threat = _case(world, "threat=0.7")
    at(NOON)
    _seen(world, world.people.mona, threat)
    at(NOON + timedelta(days=30))
    _seen(world, world.people.mona, threat)
    at(NOON + timedelta(days=36))
    with world.database.write() as session:
        care.forgotten(session, world.office_id)
    assert {row.hour for row in world.rows(Exposure)} == {NOON + timedelta(days=30)}


def test_what_is_to_be_masked_goes_by_the_case_or_by_what_was_found(world: World) -> None:
    hidden, asked = world.settled("threat=0.95"), world.settled("discrimination=0.7")
    insult, fine = world.settled("harassment=0.7"), world.settled("hello")
    ids = [hidden, asked, insult, fine]
    with world.database.read() as session:
        assert care_page.to_be_masked(session, ids, {"threat"}) == {hidden, asked}
        assert care_page.to_be_masked(session, ids, care.ABUSE) == {hidden, asked, insult}
        assert care_page.to_be_masked(session, [], care.ABUSE) == frozenset()


def test_nothing_about_a_person_is_kept_but_counts_by_the_hour() -> None:
    assert set(Exposure.__table__.columns.keys()) == {"member_id", "hour", "kind", "count"}
    assert {kind.value for kind in care.Kind} == {"all", "severe", "in_a_row"}


@on_sqlite
def test_somebody_whose_access_ended_reads_nothing_for_others(world: World) -> None:
    comment_id = world.settled("harassment=0.7")
    alice, leo, mona = _everybody(world)
    _choose(world, alice, not_about=["harassment"])
    assert _given(world, alice) == set()
    _leave(world, leo)
    with world.database.write() as session:
        session.get_one(Member, mona.id).ends_at = clock.now() - timedelta(days=1)
        accounts.add_member(session, world.office_id, "nadia@example.org", "Nadia", "observer")
    assert _given(world, alice) == {comment_id}
