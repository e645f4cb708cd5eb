"""The office's own word list."""

import pytest

from moderator.errors import Invalid, NotAllowed
from moderator.review import words
from moderator.storage.database import Database
from moderator.storage.tables import AuditEntry
from tests.moderator.conftest import People, World


def _set(database: Database, people: People, banned: list[str], suspect: list[str]) -> tuple[list[str], list[str]]:
    with database.write() as session:
        words.set_terms(session, people.leo, banned, suspect)
    with database.read() as session:
        return words.terms(session, people.leo.office_id)


def test_lists_are_tidied_sorted_and_replaced_as_a_whole(database: Database, people: People) -> None:
    assert _set(database, people, [" rude   word ", "awful", "awful", ""], ["odd"]) == (["awful", "rude word"], ["odd"])
    assert _set(database, people, ["new"], []) == (["new"], [])
    assert _set(database, people, [], []) == ([], [])


def test_a_term_on_both_lists_is_banned(database: Database, people: People) -> None:
    assert _set(database, people, ["kumquat"], ["kumquat", "durian"]) == (["kumquat"], ["durian"])


@pytest.mark.parametrize("term", ["\0", "…", "x" * 101, "\u202e"])
def test_a_term_with_nothing_in_it_to_look_for_is_refused_naming_its_list(
    database: Database, people: People, term: str
) -> None:
    with pytest.raises(Invalid) as refused:
        _set(database, people, [], ["fine", term])
    assert refused.value.field == "suspect"


@pytest.mark.parametrize("term", ["a\0b", "a\ud800b", "\ud800"])
def test_a_term_that_no_database_can_hold_is_refused(database: Database, people: People, term: str) -> None:
    with pytest.raises(Invalid):
        _set(database, people, [term], [])


def test_there_is_an_end_to_a_list(database: Database, people: People) -> None:
    with pytest.raises(Invalid, match="at most 5000"):
        _set(database, people, [f"word{n}" for n in range(3000)], [f"term{n}" for n in range(2001)])


def test_only_those_who_run_the_office_change_it(database: Database, people: People) -> None:
    for member in (people.mona, people.victor, people.olive):
        with pytest.raises(NotAllowed), database.write() as session:
            words.set_terms(session, member, ["x"], [])


def test_each_office_has_its_own(database: Database, people: People) -> None:
    _set(database, people, ["ours"], [])
    with database.write() as session:
        words.set_terms(session, people.charlie, ["theirs"], [])
    with database.read() as session:
        assert words.terms(session, people.leo.office_id) == (["ours"], [])
        assert words.terms(session, people.charlie.office_id) == (["theirs"], [])


def test_a_change_is_on_record_without_the_words(world: World) -> None:
    with world.database.write() as session:
        words.set_terms(session, world.people.leo, ["awful"], ["odd", "strange"])
    (entry,) = world.rows(AuditEntry, AuditEntry.event == "words.changed")
    assert (entry.actor, entry.detail) == (f"member:{world.people.leo.id}", '{"banned":1,"suspect":2}')
