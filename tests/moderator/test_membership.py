"""How people come, what they may do, how they leave: only owners change it, and an owner always stays."""

import json
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from moderator import accounts, channels, membership, upkeep
from moderator.domain.vocabulary import Role
from moderator.errors import Conflict, Invalid, NotAllowed, NotFound
from moderator.membership import Terms
from moderator.review import leases
from moderator.storage.database import Database
from moderator.storage.tables import (
    AuditEntry,
    Case,
    ChannelRole,
    Invitation,
    Lease,
    Member,
    MemberSession,
    Office,
)
from tests.moderator.conftest import AtOnce, Clock, People, World

HASH = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$AAAA"


def _invite(database: Database, owner: Member, email: str = "ada@example.org", **terms: Any) -> str:
    with database.write() as session:
        return membership.invite(session, owner, email, "Ada", Terms(**({"role": Role.MODERATOR} | terms)))


def _accept(database: Database, token: str, name: str = "Ada Moss") -> Member | None:
    with database.write() as session:
        return membership.accept(session, token, name, HASH)


def _change(database: Database, owner: Member, member: Member, representative: bool = False, **terms: Any) -> None:
    known = {"role": member.role} | terms
    with database.write() as session:
        membership.change(session, owner, member.id, Terms(**known), representative=representative)


def _member(database: Database, member_id: str) -> Member:
    with database.read() as session:
        return session.get_one(Member, member_id)


def _entries(database: Database, event: str) -> list[tuple[str, str, Mapping[str, Any]]]:
    with database.read() as session:
        found = session.scalars(select(AuditEntry).where(AuditEntry.event == event).order_by(AuditEntry.sequence))
        return [(entry.actor, entry.subject, json.loads(entry.detail)) for entry in found]


# --- coming


def test_an_invitation_makes_somebody_a_member_once(world: World) -> None:
    database, alice = world.database, world.people.alice
    until = world.clock.now() + timedelta(days=30)
    token = _invite(database, alice, channels={world.channel.id: Role.VOLUNTEER}, ends_at=until)
    ada = _accept(database, token)
    assert ada is not None
    assert (ada.email, ada.name, ada.role, ada.ends_at) == ("ada@example.org", "Ada Moss", "volunteer", until)
    with database.read() as session:
        assert membership.terms_of(session, ada).channels == {world.channel.id: "volunteer"}
        assert token not in str(session.execute(Invitation.__table__.select()).all())
    assert _accept(database, token) is None
    ((actor, _, said),) = _entries(database, "member.invited")
    assert (actor, said["role"]) == (f"member:{alice.id}", "volunteer")
    assert "ada@example.org" not in str(_entries(database, "member.invited") + _entries(database, "member.added"))


def test_of_many_who_use_an_invitation_at_once_one_gets_in(database: Database, people: People, at_once: AtOnce) -> None:
    token = _invite(database, people.alice)
    joined = at_once(4, lambda number: _accept(database, token, f"Ada {number}"))
    assert len([each for each in joined if each is not None]) == 1


def test_an_invitation_ends_with_its_week(database: Database, people: People, clock: Clock) -> None:
    token = _invite(database, people.alice)
    clock.forward(days=8)
    assert _accept(database, token) is None


def test_a_withdrawn_invitation_and_one_that_was_made_again_are_worth_nothing(
    database: Database, people: People
) -> None:
    first, second = _invite(database, people.alice), _invite(database, people.alice, "ADA@example.org")
    assert _accept(database, first) is None
    with database.write() as session:
        membership.withdraw(session, people.alice, "ada@example.org")
    assert _accept(database, second) is None
    with database.write() as session, pytest.raises(NotFound):
        membership.withdraw(session, people.alice, "ada@example.org")
    with database.write() as session, pytest.raises(NotFound):
        membership.withdraw(session, people.charlie, "ada@example.org")


@pytest.mark.parametrize("name", ["leo", "mona", "victor", "olive"])
def test_only_owners_say_who_may_do_what(database: Database, people: People, name: str) -> None:
    other = getattr(people, name)
    with pytest.raises(NotAllowed):
        _invite(database, other)
    with pytest.raises(NotAllowed):
        _change(database, other, other, role=Role.OWNER)
    with database.write() as session, pytest.raises(NotAllowed):
        membership.dismiss(session, other, people.mona.id)


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({"role": "king"}, "role"),
        ({"role": Role.LEAD, "channels": {"own": Role.MODERATOR}}, "channels"),
        ({"role": Role.OWNER, "channels": {"own": Role.MODERATOR}}, "channels"),
        ({"role": Role.VOLUNTEER, "channels": {"own": Role.MODERATOR}}, "channels"),
        ({"role": Role.OBSERVER, "channels": {"own": Role.VOLUNTEER}}, "channels"),
        ({"role": Role.MODERATOR, "channels": {"own": Role.OWNER}}, "channels"),
        ({"role": Role.MODERATOR, "channels": {"own": "king"}}, "channels"),
        ({"role": Role.MODERATOR, "channels": {"other": Role.MODERATOR}}, "channels"),
        ({"role": Role.MODERATOR, "channels": {"nobody": Role.MODERATOR}}, "channels"),
    ],
)
def test_terms_that_cannot_be_are_refused_naming_the_field(world: World, terms: dict[str, Any], field: str) -> None:
    with world.database.write() as session:
        office_id = world.people.charlie.office_id
        other = channels.create_channel(session, world.runtime.sealer, office_id, "webhook", "Theirs").id
    known = {"own": world.channel.id, "other": other, "nobody": "nobody"}
    on = {known[name]: role for name, role in terms.get("channels", {}).items()}
    with pytest.raises(Invalid) as refused:
        _invite(world.database, world.people.alice, **(terms | {"channels": on}))
    assert refused.value.field == field


def test_an_end_that_is_over_and_an_address_that_is_taken_are_refused(
    database: Database, people: People, clock: Clock
) -> None:
    with pytest.raises(Invalid, match="over already"):
        _invite(database, people.alice, ends_at=clock.now())
    for taken in (people.mona.email, people.charlie.email, "no address"):
        with pytest.raises(Invalid):
            _invite(database, people.alice, taken)


def test_who_left_may_come_back_and_is_the_same_member(database: Database, people: People) -> None:
    with database.write() as session:
        membership.dismiss(session, people.alice, people.mona.id)
    back = _accept(database, _invite(database, people.alice, people.mona.email, role=Role.OBSERVER), "Mona")
    assert back is not None
    assert (back.id, back.role, back.left_at) == (people.mona.id, "observer", None)


# --- changing


def test_a_change_holds_at_once_and_is_on_record(world: World) -> None:
    database, people = world.database, world.people
    _change(database, people.alice, people.mona, role=Role.OBSERVER, channels={world.channel.id: Role.OBSERVER})
    _change(database, people.alice, people.leo, representative=True)
    assert (_member(database, people.mona.id).role, _member(database, people.leo.id).representative) == (
        "observer",
        True,
    )
    (actor, subject, said), second = _entries(database, "member.changed")
    assert (actor, subject) == (f"member:{people.alice.id}", f"member:{people.mona.id}")
    assert (said["role"], said["before"]["role"]) == ("observer", "moderator")
    assert said["channels"] == {world.channel.id: "observer"}
    assert (second[2]["representative"], second[2]["before"]["representative"]) == (True, False)


def test_what_somebody_may_no_longer_see_is_nobodys_again(world: World) -> None:
    comment_id = world.settled("harassment=0.7")
    case, mona = world.case_of(comment_id), world.people.mona
    assert case is not None
    with world.database.write() as session:
        leases.take(session, mona, case.id)
        session.get_one(Case, case.id).assignee_id = mona.id
        other = channels.create_channel(session, world.runtime.sealer, world.office_id, "webhook", "Elsewhere").id
    _change(world.database, world.people.alice, mona, channels={other: Role.MODERATOR})
    with world.database.read() as session:
        assert (session.get(Lease, case.id), session.get_one(Case, case.id).assignee_id) == (None, None)


def test_an_office_keeps_an_owner_for_good(database: Database, people: People, clock: Clock) -> None:
    soon = clock.now() + timedelta(days=1)
    with database.write() as session, pytest.raises(Conflict):
        membership.dismiss(session, people.alice, people.alice.id)
    for terms in ({"role": Role.LEAD}, {"ends_at": soon}):
        with pytest.raises(Conflict):
            _change(database, people.alice, people.alice, **terms)
    with database.write() as session, pytest.raises(Conflict):
        membership.set_end(session, session.get_one(Member, people.alice.id), soon, "system")
    _change(database, people.alice, people.leo, role=Role.OWNER, ends_at=soon)
    with database.write() as session, pytest.raises(Conflict):
        membership.dismiss(session, people.alice, people.alice.id)
    _change(database, people.alice, people.leo, role=Role.OWNER)
    _change(database, people.alice, people.alice, role=Role.LEAD)
    assert _member(database, people.alice.id).role == "lead"


def test_two_owners_cannot_take_each_other_off_the_office(database: Database, people: People, at_once: AtOnce) -> None:
    _change(database, people.alice, people.leo, role=Role.OWNER)
    pair = (people.alice.id, people.leo.id)

    def dismiss(number: int) -> bool:
        try:
            with database.write() as session:
                membership.dismiss(session, session.get_one(Member, pair[number]), pair[1 - number])
        except (Conflict, NotAllowed):
            return False
        return True

    assert sorted(at_once(2, dismiss)) == [False, True]
    with database.read() as session:
        left = session.scalars(select(Member).where(Member.role == "owner", Member.office_id == people.alice.office_id))
        assert [owner.left_at for owner in left].count(None) == 1


def test_another_offices_members_do_not_exist(database: Database, people: People) -> None:
    with pytest.raises(NotFound):
        _change(database, people.charlie, people.mona)
    with database.write() as session, pytest.raises(NotFound):
        membership.dismiss(session, people.charlie, people.mona.id)


def test_who_was_an_owner_a_moment_ago_changes_nothing_more(database: Database, people: People) -> None:
    _change(database, people.alice, people.leo, role=Role.OWNER)
    before = _member(database, people.leo.id)
    _change(database, people.alice, people.leo, role=Role.LEAD)
    with pytest.raises(NotAllowed):
        _change(database, before, people.mona, role=Role.OWNER)
    with database.write() as session, pytest.raises(NotAllowed):
        membership.dismiss(session, before, people.alice.id)


# --- leaving


def test_who_leaves_takes_nothing_along_and_leaves_a_list(world: World) -> None:
    database, people = world.database, world.people
    comment_id = world.settled("harassment=0.7")
    case = world.case_of(comment_id)
    assert case is not None
    invitation = None
    with database.write() as session:
        leo = session.get_one(Member, people.leo.id)
        leo.role = "owner"
        session.flush()
        invitation = membership.invite(session, leo, "ada@example.org", "", Terms(Role.MODERATOR))
        cookie = accounts.open_session(session, leo.id)
        link = accounts.make_link(session, leo.id)
        key = accounts.create_key(session, leo.office_id, "A tool", ["comments:read"])
        holder = accounts.key_holder(session, key)
        leases.take(session, leo, case.id)
        had = membership.dismiss(session, session.get_one(Member, people.alice.id), leo.id)
    assert holder is not None
    assert (had.channels, had.keys, had.cases) == ((world.channel.id,), (holder.id,), (case.id,))
    assert (had.sessions, had.links, had.invitations) == (1, 1, 1)
    ((_, subject, said),) = _entries(database, "member.left")
    assert (subject, said["cases"], said["keys"]) == (f"member:{leo.id}", [case.id], [holder.id])
    with database.read() as session:
        assert accounts.session_member(session, cookie) is None
        assert accounts.link_member(session, link) is None
        assert membership.invited(session, invitation) is None
        assert session.get(Lease, case.id) is None
        assert accounts.key_holder(session, key) is not None


@pytest.mark.parametrize(("name", "knows"), [("leo", True), ("mona", False), ("olive", False)])
def test_secrets_are_listed_for_those_who_could_read_them(
    database: Database, people: People, world: World, name: str, knows: bool
) -> None:
    with database.write() as session:
        webhook = channels.create_channel(session, world.runtime.sealer, world.office_id, "webhook", "Site").id
        had = membership.knew(session, getattr(people, name))
    assert set(had.channels) == {world.channel.id, webhook}
    assert (webhook in had.secrets) is knows


# --- an end that comes by itself


def test_access_ends_with_its_last_day_and_upkeep_takes_back_the_rest(
    database: Database, people: People, clock: Clock
) -> None:
    with database.write() as session:
        mona = session.get_one(Member, people.mona.id)
        cookie = accounts.open_session(session, mona.id)
        link = accounts.make_link(session, mona.id, 1440)
        membership.set_end(session, mona, clock.now() + timedelta(hours=1), "system")
    with database.read() as session:
        assert accounts.session_member(session, cookie) is not None
    clock.forward(hours=1)
    with database.read() as session:
        assert accounts.session_member(session, cookie) is None
        assert accounts.link_member(session, link) is None
        assert accounts.member_named(session, mona.email).left_at is None
    with database.write() as session:
        assert accounts.redeem_link(session, link) is None
        assert membership.ended_members in upkeep.CHORES
        membership.ended_members(session, people.alice.office_id)
    assert _member(database, mona.id).left_at is not None
    assert [actor for actor, _, _ in _entries(database, "member.left")] == ["system"]
    with database.read() as session:
        assert session.scalars(select(MemberSession)).all() == []
        assert session.scalars(select(ChannelRole)).all() == []


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25), date(2026, 12, 31)])
def test_a_last_day_lasts_to_its_end_where_the_office_is(day: date) -> None:
    office = Office(timezone="Europe/London")
    ends_at = membership.end_of_day(office, day)
    assert (ends_at.date(), ends_at.hour) == (day + timedelta(days=1), 0)
    assert membership.last_day(office, ends_at) == day


def test_what_nobody_invited_to_opens_nothing(database: Database) -> None:
    def look(session: Session, token: str) -> Invitation | None:
        return membership.invited(session, token)

    with database.read() as session:
        assert [look(session, token) for token in ("", "guess", "\0", "\ud800")] == [None] * 4
