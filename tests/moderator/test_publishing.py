"""A published version is numbered, hashed and frozen; the newest is in force."""

import hashlib
import json
from dataclasses import replace

import pytest

from guidelines import fingerprint
from moderator import publishing
from moderator.errors import Invalid
from moderator.storage.database import Database
from moderator.storage.tables import AuditEntry, GuidelineVersion
from tests.moderator.conftest import RULES, AtOnce, People, guideline_set


def _publish(database: Database, office_id: str, title: str = "House rules") -> GuidelineVersion:
    with database.write() as session:
        return publishing.publish(session, office_id, guideline_set(title=title))


def test_versions_are_numbered_office_by_office_and_the_newest_is_in_force(database: Database, people: People) -> None:
    ours, theirs = people.alice.office_id, people.charlie.office_id
    numbers = [_publish(database, office, title).number for office, title in ((ours, "a"), (theirs, "a"), (ours, "b"))]
    assert numbers == [1, 1, 2]
    with database.read() as session:
        current = publishing.current(session, ours)
    assert current is not None
    assert publishing.read(current).title == "b"


def test_before_anything_is_published_nothing_is_in_force(database: Database, people: People) -> None:
    with database.read() as session:
        assert publishing.current(session, people.alice.office_id) is None


def test_what_is_stored_is_what_the_hash_is_of(database: Database, people: People) -> None:
    version = _publish(database, people.alice.office_id)
    assert hashlib.sha256(version.document.encode()).hexdigest() == version.sha256
    assert version.sha256 == fingerprint.sha256(guideline_set())
    assert publishing.read(version) == guideline_set()


def test_publishing_what_is_in_force_changes_nothing(database: Database, people: People) -> None:
    first = _publish(database, people.alice.office_id)
    again = _publish(database, people.alice.office_id)
    assert (again.id, again.number) == (first.id, 1)
    _publish(database, people.alice.office_id, "b")
    assert _publish(database, people.alice.office_id).number == 3


def test_publishing_is_on_record_with_who_did_it(database: Database, people: People) -> None:
    with database.write() as session:
        version = publishing.publish(session, people.alice.office_id, guideline_set(), people.leo.id)
    assert version.published_by == people.leo.id
    with database.read() as session:
        (entry,) = session.query(AuditEntry).where(AuditEntry.event == "guidelines.published")
    assert (entry.actor, entry.subject) == (f"member:{people.leo.id}", f"version:{version.id}")
    assert json.loads(entry.detail) == {"number": 1, "sha256": version.sha256}


def test_a_set_with_mistakes_is_not_published(database: Database, people: People) -> None:
    broken = replace(guideline_set(), rules=(RULES[0], replace(RULES[1], id=RULES[0].id)))
    with pytest.raises(Invalid, match="two rules have the id 1") as refused, database.write() as session:
        publishing.publish(session, people.alice.office_id, broken)
    assert refused.value.field == "guidelines"
    with database.read() as session:
        assert publishing.current(session, people.alice.office_id) is None


def test_many_who_publish_at_once_get_numbers_of_their_own(database: Database, people: People, at_once: AtOnce) -> None:
    versions = at_once(8, lambda n: _publish(database, people.alice.office_id, f"title {n}"))
    assert sorted(version.number for version in versions) == list(range(1, 9))


def test_many_who_publish_the_same_at_once_make_one_version(
    database: Database, people: People, at_once: AtOnce
) -> None:
    versions = at_once(8, lambda _: _publish(database, people.alice.office_id))
    assert {version.number for version in versions} == {1}
    assert len({version.id for version in versions}) == 1


def test_the_evaluator_of_a_version_applies_its_rules(database: Database, people: People) -> None:
    version = _publish(database, people.alice.office_id)
    findings = publishing.evaluator(version)({"spam": 0.95, "harassment": 0.1})
    assert [finding.rule_id for finding in findings] == ["4"]
