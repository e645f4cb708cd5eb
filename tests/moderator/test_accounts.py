"""Offices, members, how they sign in, and keys: nothing secret is stored, and nothing outlives its time."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, TypeVar

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select
from sqlalchemy.orm import Session

from moderator import accounts, membership
from moderator.errors import Invalid, NotFound
from moderator.storage.database import Database
from moderator.storage.tables import ApiKey, AuditEntry, Base, Member, MemberSession, SignInLink
from tests.moderator.conftest import AtOnce, Clock, People

PASSWORD = "violet kettle parade"

Result = TypeVar("Result")


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Passwords are slow to check on purpose. Not here."""
    monkeypatch.setattr(accounts, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    accounts._nobody.cache_clear()
    yield
    accounts._nobody.cache_clear()


def _do(database: Database, work: Callable[..., Result], *args: Any, **kwargs: Any) -> Result:
    """One call in a transaction of its own."""
    with database.write() as session:
        return work(session, *args, **kwargs)


def _look(database: Database, work: Callable[..., Result], *args: Any) -> Result:
    with database.read() as session:
        return work(session, *args)


def _events(database: Database, subject: str) -> list[str]:
    def read(session: Session) -> list[str]:
        query = select(AuditEntry.event).where(AuditEntry.subject == subject).order_by(AuditEntry.sequence)
        return list(session.scalars(query))

    return _look(database, read)


def _add(database: Database, people: People, **facts: Any) -> Member:
    known = {"email": "ada@example.org", "name": "Ada Moss", "role": "moderator"} | facts
    return _do(database, accounts.add_member, people.alice.office_id, **known)


def _sign_in(database: Database, email: str, password: str) -> Member | None:
    member = _look(database, accounts.check_password, email, password)
    return member if _do(database, accounts.note_attempt, email, member) else None


def _count_argon2(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The hash that each check of a password was held against."""
    checked: list[str] = []
    real = accounts._verify

    def verify(stored: str, password: str) -> bool:
        checked.append(stored)
        return real(stored, password)

    monkeypatch.setattr(accounts, "_verify", verify)
    return checked


# --- offices


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Sam Field MP", "sam-field-mp"),
        ("  Zoë Ångström  ", "zoe-angstrom"),
        ("Ward 7 / Council", "ward-7-council"),
        ("x" * 199, "x" * 63),
    ],
)
def test_an_offices_address_is_made_from_its_name(database: Database, name: str, slug: str) -> None:
    office = _do(database, accounts.create_office, name)
    assert (office.slug, office.name) == (slug, name.strip())
    assert _look(database, accounts.office_named, slug).id == office.id
    assert _events(database, f"office:{office.id}") == ["office.created"]


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "   ", "slug": "fine"}, "name"),
        ({"name": "x" * 201, "slug": "fine"}, "name"),
        ({"name": "a\0b"}, "name"),
        ({"name": "a\ud800b"}, "name"),
        ({"name": "東京"}, "slug"),
        ({"name": "Sam", "slug": "Sam Field"}, "slug"),
        ({"name": "Sam", "slug": "-sam"}, "slug"),
        ({"name": "Sam", "slug": "s" * 64}, "slug"),
        ({"name": "Sam", "slug": "../etc"}, "slug"),
        ({"name": "Sam", "slug": "alice"}, "slug"),
        ({"name": "Sam", "timezone": "Mars/Olympus"}, "timezone"),
        ({"name": "Sam", "timezone": "../../etc/passwd"}, "timezone"),
        ({"name": "Sam", "timezone": ""}, "timezone"),
    ],
)
@pytest.mark.usefixtures("people")
def test_an_office_that_cannot_be_is_refused_naming_the_field(
    database: Database, facts: dict[str, str], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        _do(database, accounts.create_office, **facts)
    assert refused.value.field == field


def test_an_office_that_is_not_there_is_not_found(database: Database) -> None:
    for slug in ("nobody", "a\0b", "\ud800"):
        with pytest.raises(NotFound):
            _look(database, accounts.office_named, slug)


# --- members


def test_a_member_is_found_by_address_however_it_is_written(database: Database, people: People) -> None:
    ada = _add(database, people, email="  Ada.Moss@Example.ORG ", name=" Ada ")
    assert (ada.email, ada.name) == ("ada.moss@example.org", "Ada")
    assert _look(database, accounts.member_named, "ADA.moss@example.org").id == ada.id
    assert _events(database, f"member:{ada.id}") == ["member.added"]


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"email": "ada"}, "email"),
        ({"email": "a da@example.org"}, "email"),
        ({"email": "ada@exam\0ple.org"}, "email"),
        ({"email": "a@" + "x" * 260}, "email"),
        ({"email": "ALICE@example.org"}, "email"),
        ({"name": " "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": "Ada\0"}, "name"),
        ({"role": "king"}, "role"),
        ({"password": "eleven char"}, "password"),
        ({"password": "x" * 257}, "password"),
        ({"password": "a lone \ud800 surrogate"}, "password"),
    ],
)
def test_a_member_that_cannot_be_is_refused_naming_the_field(
    database: Database, people: People, facts: dict[str, str], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        _add(database, people, **facts)
    assert refused.value.field == field
    assert PASSWORD not in str(refused.value)


def test_a_member_who_leaves_can_do_nothing_from_then_on(database: Database, people: People) -> None:
    ada = _add(database, people, password=PASSWORD)
    cookie = _do(database, accounts.open_session, ada.id)
    link = _do(database, accounts.make_link, ada.id)

    def leave(session: Session) -> None:
        membership.leave(session, session.get_one(Member, ada.id), f"member:{people.alice.id}")

    _do(database, leave)
    assert _look(database, accounts.session_member, cookie) is None
    assert _look(database, accounts.link_member, link) is None
    assert _do(database, accounts.redeem_link, link) is None
    assert _sign_in(database, ada.email, PASSWORD) is None
    with pytest.raises(NotFound):
        _look(database, accounts.member_named, ada.email)
    assert _events(database, f"member:{ada.id}")[-1] == "member.left"


# --- passwords


def test_a_member_signs_in_with_their_password_and_no_other(database: Database, people: People) -> None:
    ada = _add(database, people, password=PASSWORD)
    right = _sign_in(database, " ADA@example.org", PASSWORD)
    assert right is not None
    assert right.id == ada.id
    for wrong in ("", PASSWORD + " ", PASSWORD.upper(), "x" * 100_000, "\0", "\ud800"):
        assert _sign_in(database, ada.email, wrong) is None
    assert _events(database, f"member:{ada.id}") == ["member.added", "member.signed_in"] + ["member.sign_in_failed"] * 6


def test_a_password_is_kept_as_an_argon2_hash_only(database: Database, people: People) -> None:
    ada = _add(database, people, password=PASSWORD)
    assert ada.password_hash is not None
    assert ada.password_hash.startswith("$argon2id$")
    assert PASSWORD not in ada.password_hash


def test_a_password_of_the_longest_length_works_and_no_longer_one_is_cut_to_it(
    database: Database, people: People
) -> None:
    longest = "é" * 256
    ada = _add(database, people, password=longest)
    assert _sign_in(database, ada.email, longest) is not None
    assert _sign_in(database, ada.email, longest + "x") is None


@pytest.mark.parametrize("address", ["ada@example.org", "mona@example.org", "nobody@example.org", "", "\0"])
def test_one_password_is_hashed_whether_or_not_somebody_has_the_address_or_a_password(
    database: Database, people: People, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    _add(database, people, password=PASSWORD)
    checked = _count_argon2(monkeypatch)
    assert _sign_in(database, address, "wrong horse battery") is None
    assert len(checked) == 1
    assert checked[0].startswith("$argon2id$")


def test_a_member_without_a_password_cannot_sign_in_with_any(database: Database, people: People) -> None:
    for guess in ("", "none", accounts._nobody()):
        assert _sign_in(database, people.mona.email, guess) is None


def test_a_password_that_was_changed_while_it_was_checked_opens_nothing(database: Database, people: People) -> None:
    ada = _add(database, people, password=PASSWORD)
    found = _look(database, accounts.check_password, ada.email, PASSWORD)
    assert found is not None

    def change(session: Session) -> None:
        accounts.set_password(session, session.get_one(Member, ada.id), "another kettle parade")

    _do(database, change)
    assert not _do(database, accounts.note_attempt, ada.email, found)
    assert _events(database, f"member:{ada.id}")[-1] == "member.sign_in_failed"


def test_a_new_password_ends_every_session(database: Database, people: People) -> None:
    ada = _add(database, people, password=PASSWORD)
    cookie = _do(database, accounts.open_session, ada.id)

    def change(session: Session) -> None:
        accounts.set_password(session, session.get_one(Member, ada.id), "another kettle parade")

    _do(database, change)
    assert _look(database, accounts.session_member, cookie) is None
    assert _sign_in(database, ada.email, PASSWORD) is None
    assert _sign_in(database, ada.email, "another kettle parade") is not None


# --- links


def test_a_link_signs_in_once(database: Database, people: People) -> None:
    token = _do(database, accounts.make_link, people.mona.id)
    looked = _look(database, accounts.link_member, token)
    assert looked is not None
    assert looked.id == people.mona.id
    first = _do(database, accounts.redeem_link, token)
    assert first is not None
    assert first.id == people.mona.id
    assert _do(database, accounts.redeem_link, token) is None
    assert _look(database, accounts.link_member, token) is None
    assert _events(database, f"member:{people.mona.id}")[-1] == "member.signed_in"


def test_of_many_who_use_a_link_at_once_one_gets_in(database: Database, people: People, at_once: AtOnce) -> None:
    token = _do(database, accounts.make_link, people.mona.id)
    results = at_once(8, lambda _: _do(database, accounts.redeem_link, token))
    assert len([member for member in results if member is not None]) == 1


def test_a_link_ends_with_its_time(database: Database, people: People, clock: Clock) -> None:
    token = _do(database, accounts.make_link, people.mona.id, 10)
    clock.forward(minutes=9)
    assert _look(database, accounts.link_member, token) is not None
    clock.forward(minutes=2)
    assert _look(database, accounts.link_member, token) is None
    assert _do(database, accounts.redeem_link, token) is None


@pytest.mark.parametrize("token", ["", "guess", "\0", "\ud800"])
def test_a_link_that_nobody_made_signs_nobody_in(database: Database, token: str) -> None:
    assert _look(database, accounts.link_member, token) is None
    assert _do(database, accounts.redeem_link, token) is None
    assert _look(database, accounts.session_member, token) is None
    assert _look(database, accounts.key_holder, token) is None


# --- sessions


def test_a_session_lives_while_it_is_used_and_a_week_at_most(database: Database, people: People, clock: Clock) -> None:
    cookie = _do(database, accounts.open_session, people.mona.id)
    used_for = timedelta()
    while used_for < accounts.ABSOLUTE - timedelta(hours=11):
        assert _look(database, accounts.session_member, cookie) is not None
        _do(database, accounts.touch_session, cookie)
        clock.forward(hours=11)
        used_for += timedelta(hours=11)
    clock.forward(hours=12)
    _do(database, accounts.touch_session, cookie)
    assert _look(database, accounts.session_member, cookie) is None


def test_a_session_that_is_not_used_for_half_a_day_ends(database: Database, people: People, clock: Clock) -> None:
    cookie = _do(database, accounts.open_session, people.mona.id)
    clock.forward(hours=11, minutes=59)
    assert _look(database, accounts.session_member, cookie) is not None
    clock.forward(minutes=2)
    assert _look(database, accounts.session_member, cookie) is None


def test_a_session_is_marked_as_used_now_and_then_and_not_on_every_look(
    database: Database, people: People, clock: Clock
) -> None:
    cookie = _do(database, accounts.open_session, people.mona.id)
    assert not _look(database, accounts.needs_touch, cookie)
    clock.forward(minutes=31)
    assert _look(database, accounts.needs_touch, cookie)
    _do(database, accounts.touch_session, cookie)
    assert not _look(database, accounts.needs_touch, cookie)
    assert not _look(database, accounts.needs_touch, "no such session")


def test_signing_out_ends_this_session_and_no_other(database: Database, people: People) -> None:
    here, there = (_do(database, accounts.open_session, people.mona.id) for _ in range(2))
    _do(database, accounts.close_session, here)
    assert _look(database, accounts.session_member, here) is None
    assert _look(database, accounts.session_member, there) is not None


def test_sessions_that_are_over_are_cleared_away(database: Database, people: People, clock: Clock) -> None:
    for _ in range(3):
        _do(database, accounts.open_session, people.mona.id)
        clock.forward(days=8)
    with database.read() as session:
        assert len(list(session.scalars(select(MemberSession)))) == 1


# --- keys


def test_a_key_opens_what_it_was_made_for_until_it_is_revoked(database: Database, people: People) -> None:
    key = _do(database, accounts.create_key, people.alice.office_id, "Zapier", ["comments:write", "comments:read"] * 2)
    holder = _look(database, accounts.key_holder, key)
    assert holder is not None
    assert (holder.office_id, holder.name) == (people.alice.office_id, "Zapier")
    assert holder.scopes == ["comments:read", "comments:write"]
    _do(database, accounts.revoke_key, holder.id)
    assert _look(database, accounts.key_holder, key) is None
    assert _events(database, f"key:{holder.id}") == ["key.created", "key.revoked"]


def test_revoking_again_changes_nothing(database: Database, people: People, clock: Clock) -> None:
    key = _do(database, accounts.create_key, people.alice.office_id, "k", ["comments:read"])
    holder = _look(database, accounts.key_holder, key)
    assert holder is not None
    _do(database, accounts.revoke_key, holder.id)
    with database.read() as session:
        first = session.get_one(ApiKey, holder.id).revoked_at
    clock.forward(days=1)
    _do(database, accounts.revoke_key, holder.id)
    with database.read() as session:
        assert session.get_one(ApiKey, holder.id).revoked_at == first
    assert _events(database, f"key:{holder.id}").count("key.revoked") == 1
    with pytest.raises(NotFound):
        _do(database, accounts.revoke_key, "no such key")


@pytest.mark.parametrize(
    ("name", "scopes", "field"),
    [
        ("k", [], "scope"),
        ("k", ["comments:write", "everything"], "scope"),
        ("", ["comments:read"], "name"),
        ("a\0b", ["comments:read"], "name"),
    ],
)
def test_a_key_that_cannot_be_is_refused_naming_the_field(
    database: Database, people: People, name: str, scopes: list[str], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        _do(database, accounts.create_key, people.alice.office_id, name, scopes)
    assert refused.value.field == field


def test_no_secret_is_anywhere_in_the_database(database: Database, people: People) -> None:
    ada = _add(database, people, password=PASSWORD)
    secrets = [
        PASSWORD,
        _do(database, accounts.make_link, ada.id),
        _do(database, accounts.open_session, ada.id),
        _do(database, accounts.create_key, ada.office_id, "k", ["comments:read"]),
    ]
    with database.read() as session:
        rows = [str(row) for table in Base.metadata.sorted_tables for row in session.execute(table.select()).all()]
    assert any("argon2" in row for row in rows)
    assert not [secret for secret in secrets for row in rows if secret in row]
    with database.read() as session:
        assert len(list(session.scalars(select(SignInLink)))) == 1
