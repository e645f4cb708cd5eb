"""A published version is numbered, hashed and frozen; in force is the one that took effect last."""

import hashlib
import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from guidelines import fingerprint
from moderator import publishing
from moderator.errors import Invalid, NotFound
from moderator.queries import case_page, comment_state
from moderator.review.access import Reach
from moderator.storage.database import Database
from moderator.storage.tables import AuditEntry, GuidelineVersion
from tests.moderator.conftest import RULES, AtOnce, Clock, People, World, guideline_set, rule


def _publish(
    database: Database, office_id: str, title: str = "House rules", effective_at: datetime | None = None
) -> GuidelineVersion:
    with database.write() as session:
        return publishing.publish(session, office_id, guideline_set(title=title), effective_at=effective_at)


def _in_force(database: Database, office_id: str, at: datetime | None = None) -> int | None:
    with database.read() as session:
        version = publishing.current(session, office_id, at)
    return version.number if version else None


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


def test_a_version_takes_effect_by_itself_when_its_day_has_come(
    database: Database, people: People, clock: Clock
) -> None:
    ours = people.alice.office_id
    _publish(database, ours, "a")
    day = clock.now() + timedelta(days=2)
    later = _publish(database, ours, "b", day)
    assert later.effective_at == day
    assert _in_force(database, ours) == 1
    assert _in_force(database, ours, day - timedelta(microseconds=1)) == 1
    assert _in_force(database, ours, day) == 2
    with database.read() as session:
        assert [version.number for version in publishing.upcoming(session, ours)] == [2]
    clock.forward(days=2)
    assert _in_force(database, ours) == 2
    with database.read() as session:
        assert publishing.upcoming(session, ours) == []


def test_in_force_is_what_took_effect_last_whatever_its_number(
    database: Database, people: People, clock: Clock
) -> None:
    ours = people.alice.office_id
    _publish(database, ours, "a")
    _publish(database, ours, "winter", clock.now() + timedelta(days=9))
    _publish(database, ours, "b")
    assert _in_force(database, ours) == 3
    clock.forward(days=9)
    assert _in_force(database, ours) == 2


def test_of_two_for_the_same_moment_the_later_number_counts(database: Database, people: People, clock: Clock) -> None:
    ours = people.alice.office_id
    day = clock.now() + timedelta(days=2)
    _publish(database, ours, "a")
    _publish(database, ours, "b", day)
    called_off = _publish(database, ours, "a", day)
    assert called_off.number == 3
    clock.forward(days=3)
    assert _in_force(database, ours) == 3


def test_what_is_only_to_come_is_published_at_once_when_asked_for(
    database: Database, people: People, clock: Clock
) -> None:
    ours = people.alice.office_id
    _publish(database, ours, "a")
    _publish(database, ours, "b", clock.now() + timedelta(days=2))
    assert _publish(database, ours, "b").number == 3
    assert _in_force(database, ours) == 3
    assert _publish(database, ours, "b", clock.now() + timedelta(days=1)).number == 3


@pytest.mark.parametrize("days", [-400, -0.001, 733])
def test_nothing_takes_effect_in_the_past_or_at_the_end_of_time(
    database: Database, people: People, clock: Clock, days: float
) -> None:
    with pytest.raises(Invalid) as refused:
        _publish(database, people.alice.office_id, effective_at=clock.now() + timedelta(days=days))
    assert refused.value.field == "effective_at"
    assert _in_force(database, people.alice.office_id, clock.now() + timedelta(days=999)) is None


def test_a_moment_needs_a_time_zone(database: Database, people: People) -> None:
    with pytest.raises(Invalid, match="time zone"):
        _publish(database, people.alice.office_id, effective_at=datetime(2099, 1, 1))  # noqa: DTZ001


def test_the_minute_that_has_begun_is_now(database: Database, people: People, clock: Clock) -> None:
    version = _publish(database, people.alice.office_id, effective_at=clock.now() - timedelta(seconds=40))
    assert version.effective_at == version.published_at
    assert _in_force(database, people.alice.office_id) == 1


def test_a_clock_that_is_behind_does_not_bring_the_version_before_back(
    database: Database, people: People, clock: Clock
) -> None:
    clock.forward(seconds=5)
    _publish(database, people.alice.office_id, "a")
    clock.forward(seconds=-5)
    _publish(database, people.alice.office_id, "b")
    clock.forward(seconds=6)
    assert _in_force(database, people.alice.office_id) == 2


def test_rolling_back_is_the_old_words_under_a_new_number(database: Database, people: People) -> None:
    ours = people.alice.office_id
    for title in ("a", "b", "c"):
        _publish(database, ours, title)
    with database.write() as session:
        old = publishing.numbered(session, ours, 1)
        again = publishing.publish(session, ours, publishing.read(old))
    assert (again.number, again.sha256, again.document) == (4, old.sha256, old.document)
    assert _in_force(database, ours) == 4


def test_a_version_is_found_by_its_number_in_its_own_office_alone(database: Database, people: People) -> None:
    _publish(database, people.alice.office_id, "a")
    with database.read() as session:
        assert publishing.numbered(session, people.alice.office_id, 1).number == 1
        for office_id, number in ((people.charlie.office_id, 1), (people.alice.office_id, 2)):
            with pytest.raises(NotFound):
                publishing.numbered(session, office_id, number)
        for number in (0, -1, 2**31, 10**30):
            with pytest.raises(NotFound):
                publishing.numbered(session, people.alice.office_id, number)
        assert [version.number for version in publishing.versions(session, people.alice.office_id)] == [1]


def test_who_agreed_and_why_is_kept_with_the_version(database: Database, people: People, clock: Clock) -> None:
    day = clock.now() + timedelta(days=1)
    with database.write() as session:
        version = publishing.publish(
            session,
            people.alice.office_id,
            guideline_set(),
            people.leo.id,
            effective_at=day,
            approved_by=people.alice.id,
            note=" Calmer\0. ",
        )
    assert (version.approved_by, version.note) == (people.alice.id, "Calmer\ufffd.")
    with database.read() as session:
        (entry,) = session.query(AuditEntry).where(AuditEntry.event == "guidelines.published")
    assert json.loads(entry.detail) == {
        "number": 1,
        "sha256": version.sha256,
        "effective_at": day.isoformat(),
        "approved_by": people.alice.id,
    }


def test_a_running_service_decides_by_the_version_of_the_day_and_cites_it(world: World) -> None:
    day = world.clock.now() + timedelta(days=3)
    lenient = guideline_set(rule("9", "profanity", "hide"), title="Lenient")
    with world.database.write() as session:
        publishing.publish(session, world.office_id, lenient, effective_at=day)
    before = world.in_force(world.settled("spam=0.95 here"))
    world.clock.forward(days=3)
    after = world.in_force(world.settled("spam=0.95 here"))
    numbers = {version.id: version.number for version in world.rows(GuidelineVersion)}
    assert (numbers[before.version_id or ""], before.rule_ids) == (1, ["4"])
    assert (numbers[after.version_id or ""], after.rule_ids) == (2, [])


def test_a_decision_shows_the_words_of_its_version_after_two_more_were_published(world: World) -> None:
    def publish(text: str) -> None:
        rules = (replace(RULES[3], text=text), *RULES[:3])
        with world.database.write() as session:
            publishing.publish(session, world.office_id, guideline_set(*rules))

    for text in ("Second words.", "Third words."):
        publish(text)
    comment_id = world.settled("spam=0.95 here")
    for text in ("Fourth words.", "Fifth words."):
        publish(text)
    with world.database.read() as session:
        page = case_page.case_page(session, Reach(world.office_id), comment_id)
        state = comment_state.comment_state(session, world.office_id, comment_id)
    assert [found.text for found in page.found] == ["Third words."]
    assert [decision.version_number for decision in page.history] == [3]
    assert page.version_number == 5
    assert state.decision is not None
    assert state.decision.guidelines is not None
    assert state.decision.guidelines.number == 3
    with world.database.read() as session:
        cited = publishing.numbered(session, world.office_id, 3)
    assert state.decision.guidelines.sha256 == cited.sha256
    assert publishing.read(cited).rule("4").text == "Third words."
