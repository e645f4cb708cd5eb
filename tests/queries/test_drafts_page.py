"""The lists of versions and drafts, and where one draft stands, on each kind of database."""

from datetime import timedelta

import pytest

from guidelines.render import to_yaml
from moderator import accounts, clock, drafts, publishing
from moderator.domain.drafts import DraftState
from moderator.domain.vocabulary import Role
from moderator.errors import NotFound
from moderator.queries import drafts_page
from moderator.storage.database import Database
from moderator.storage.tables import Member
from tests.fakes import office
from tests.queries.conftest import House


def _member(database: Database, house: House, name: str = "", role: Role = Role.LEAD) -> Member:
    with database.write() as session:
        if not name:
            return session.get_one(Member, house.member_id)
        return accounts.add_member(session, house.office_id, f"{name.lower()}@example.org", name, role)


def test_versions_say_which_is_in_force_which_is_to_come_and_who_stood_behind_it(
    database: Database, ours: House
) -> None:
    leo = _member(database, ours, "Leo")
    later = office.guidelines(office.GUIDELINES.replace("Everybody", "Anybody"))
    with database.write() as session:
        publishing.publish(
            session,
            ours.office_id,
            later,
            ours.member_id,
            effective_at=clock.now() + timedelta(days=3),
            approved_by=leo.id,
            note="Wider.",
        )
    with database.read() as reading:
        page = drafts_page.drafts_page(reading, ours.office_id)
    assert page.current is not None
    assert (page.current.number, [version.number for version in page.upcoming]) == (1, [2])
    [second, first] = page.versions
    assert (second.published_by, second.approved_by, second.note) == ("Alice", "Leo", "Wider.")
    assert (first.in_force, second.in_force, second.upcoming) == (True, False, True)


def test_drafts_are_open_until_they_are_published_or_given_up(database: Database, ours: House) -> None:
    alice = _member(database, ours)
    with database.write() as session:
        kept = drafts.from_version(session, alice, 1).id
        given_up = drafts.from_version(session, alice, 1).id
        drafts.discard(session, alice, given_up, 1)
    with database.read() as reading:
        page = drafts_page.drafts_page(reading, ours.office_id)
    assert [(line.id, line.updated_by, line.base_number) for line in page.open] == [(kept, "Alice", 1)]
    assert [(line.id, line.state) for line in page.closed] == [(given_up, DraftState.DISCARDED)]


def test_a_draft_says_who_may_read_it_and_whether_somebody_works_alone(database: Database, ours: House) -> None:
    alice = _member(database, ours)
    with database.write() as session:
        draft_id = drafts.from_version(session, alice, 1).id
    with database.read() as reading:
        assert drafts_page.draft_page(reading, alice, draft_id).alone
    leo, mona = _member(database, ours, "Leo"), _member(database, ours, "Mona", Role.MODERATOR)
    with database.read() as reading:
        for member, may_write, may_review in ((alice, True, False), (leo, True, True), (mona, False, False)):
            page = drafts_page.draft_page(reading, member, draft_id)
            assert (page.may_write, page.may_review, page.alone) == (may_write, may_review, False), member.name
            assert page.readers == ("Leo",)


def test_a_published_draft_knows_its_version(database: Database, ours: House) -> None:
    alice, leo = _member(database, ours), _member(database, ours, "Leo")
    text = to_yaml(office.guidelines(office.GUIDELINES.replace("Everybody", "Anybody")))
    with database.write() as session:
        draft_id = drafts.create(session, alice, "Mine", text).id
        drafts.submit(session, alice, draft_id, 1, "Why")
        drafts.review(session, leo, draft_id, 1, agree=True)
    with database.write() as session:
        drafts.publish(session, alice, draft_id, 1)
    with database.read() as reading:
        page = drafts_page.draft_page(reading, alice, draft_id)
    assert (page.became, page.reviewed_by, page.in_force_number, page.is_open) == (2, "Leo", 2, False)


def test_a_draft_of_another_office_does_not_exist(database: Database, ours: House, theirs: House) -> None:
    with database.write() as session:
        draft_id = drafts.from_version(session, session.get_one(Member, ours.member_id), 1).id
    charlie = _member(database, theirs)
    with database.read() as reading, pytest.raises(NotFound):
        drafts_page.draft_page(reading, charlie, draft_id)
