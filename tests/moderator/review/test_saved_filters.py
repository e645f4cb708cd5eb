"""Views of the queue under a name: whose they are, and who may change them."""

import pytest

from moderator import accounts
from moderator.domain.filters import Filter
from moderator.domain.vocabulary import Role
from moderator.errors import Invalid, NotAllowed, NotFound
from moderator.review import saved_filters
from moderator.storage.database import Database
from moderator.storage.tables import Member

THREATS = Filter(lane="act_now", label="threat")


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def people(database: Database) -> dict[str, Member]:
    with database.write() as session:
        ours, theirs = (accounts.create_office(session, name).id for name in ("Ours", "Theirs"))
        roles = {"olga": Role.OWNER, "mona": Role.MODERATOR, "max": Role.MODERATOR, "vera": Role.VOLUNTEER}
        found = {
            n: accounts.add_member(session, ours, f"{n}@filters.example.org", n, role) for n, role in roles.items()
        }
        found["carl"] = accounts.add_member(session, theirs, "carl@filters.example.org", "carl", Role.OWNER)
        return found


def _names(database: Database, member: Member) -> list[str]:
    with database.read() as reading:
        return [saved.name for saved in saved_filters.listed(reading, member)]


def test_ones_own_and_shared_ones_are_listed_by_name_and_nobody_elses(
    database: Database, people: dict[str, Member]
) -> None:
    with database.write() as session:
        saved_filters.save(session, people["mona"], "zebra", THREATS)
        saved_filters.save(session, people["mona"], "Badgers", THREATS, shared=True)
        saved_filters.save(session, people["max"], "apples", THREATS)
    assert _names(database, people["mona"]) == ["Badgers", "zebra"]
    assert _names(database, people["max"]) == ["apples", "Badgers"]
    assert _names(database, people["carl"]) == []


def test_a_saved_filter_shows_what_it_was_saved_with_and_whose_it_is(
    database: Database, people: dict[str, Member]
) -> None:
    with database.write() as session:
        saved_filters.save(session, people["mona"], "  first\t thing ", THREATS, shared=True)
    with database.read() as reading:
        own, others = (saved_filters.listed(reading, people[name])[0] for name in ("mona", "max"))
    assert (own.name, own.wanted, own.by, own.theirs) == ("first thing", THREATS, "", True)
    assert (others.by, others.theirs) == ("mona", False)


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "two\u202elines"])
def test_a_name_is_something_people_can_read(database: Database, people: dict[str, Member], name: str) -> None:
    with pytest.raises(Invalid), database.write() as session:
        saved_filters.save(session, people["mona"], name, THREATS)


def test_a_member_has_each_name_once_and_the_whole_queue_needs_none(
    database: Database, people: dict[str, Member]
) -> None:
    with database.write() as session:
        first = saved_filters.save(session, people["mona"], "first", THREATS)
        second = saved_filters.save(session, people["mona"], "second", THREATS)
        saved_filters.save(session, people["max"], "first", THREATS)
        saved_filters.change(session, people["mona"], first.id, "first", shared=False)
        with pytest.raises(Invalid, match="already"):
            saved_filters.change(session, people["mona"], second.id, "first", shared=False)
        with pytest.raises(Invalid, match="whole queue"):
            saved_filters.save(session, people["mona"], "all", Filter())


def test_nobody_keeps_more_than_a_list_can_show(
    database: Database, people: dict[str, Member], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saved_filters, "AT_MOST", 1)
    with database.write() as session:
        saved_filters.save(session, people["mona"], "one", THREATS)
        with pytest.raises(Invalid, match="Delete one first"):
            saved_filters.save(session, people["mona"], "two", THREATS)


def test_a_shared_one_is_changed_by_its_owner_or_a_lead_and_a_private_one_is_not_even_known(
    database: Database, people: dict[str, Member]
) -> None:
    with database.write() as session:
        shared = saved_filters.save(session, people["mona"], "shared", THREATS, shared=True).id
        private = saved_filters.save(session, people["mona"], "private", THREATS).id
        with pytest.raises(NotAllowed):
            saved_filters.delete(session, people["max"], shared)
        for name, filter_id in (("max", private), ("olga", private), ("carl", shared)):
            with pytest.raises(NotFound):
                saved_filters.change(session, people[name], filter_id, "taken over", shared=True)
        saved_filters.change(session, people["olga"], shared, "for all of us", shared=True)
        saved_filters.delete(session, people["mona"], private)
    assert _names(database, people["mona"]) == ["for all of us"]


def test_who_does_not_decide_keeps_filters_to_themselves(database: Database, people: dict[str, Member]) -> None:
    with database.write() as session:
        own = saved_filters.save(session, people["vera"], "mine", THREATS)
        with pytest.raises(NotAllowed):
            saved_filters.save(session, people["vera"], "ours", THREATS, shared=True)
        with pytest.raises(NotAllowed):
            saved_filters.change(session, people["vera"], own.id, "ours", shared=True)
