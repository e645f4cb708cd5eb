"""The doctor finds what would keep the service from its work, and says how to mend it."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import update

from classifiers.base import Classifier
from guidelines import fingerprint
from moderator import channels, clock, doctor, publishing
from moderator.doctor import Health, Result
from moderator.jobs import queue
from moderator.jobs.queue import Kind
from moderator.pipeline.classifier_room import ClassifierRoom
from moderator.runtime import Runtime
from moderator.sealing import Sealer
from moderator.storage.database import Database
from moderator.storage.tables import Channel, GuidelineVersion
from tests.fakes.classifier import WrittenScores
from tests.moderator.conftest import People, World, guideline_set
from tests.services import RedisServer


def _found(runtime: Runtime, check: str) -> list[Result]:
    return [result for result in doctor.examine(runtime) if result.check == check]


def _one(runtime: Runtime, check: str) -> tuple[Health, str]:
    (result,) = _found(runtime, check)
    return result.health, result.message


def test_a_service_at_work_is_well(world: World) -> None:
    results = doctor.examine(world.runtime)
    assert {result.check for result in results} >= {"database", "classifiers", "guidelines", "channel", "jobs"}
    assert [r for r in results if r.health is not Health.FINE and "charlie" not in r.message] == []


def test_an_office_without_guidelines_is_told_how_to_publish(world: World) -> None:
    (missing,) = [result for result in _found(world.runtime, "guidelines") if "charlie" in result.message]
    assert missing.health is Health.LOOK
    assert "moderator guidelines publish FILE --office charlie" in missing.message


def _of_alice(world: World) -> list[tuple[Health, str]]:
    """What is said of her office's guidelines, without the office's name."""
    results = _found(world.runtime, "guidelines")
    return [(result.health, result.message[6:]) for result in results if result.message.startswith("alice:")]


def test_what_is_in_force_and_what_comes_next_is_told(world: World) -> None:
    (now,) = _of_alice(world)
    (version,) = world.rows(GuidelineVersion, GuidelineVersion.office_id == world.people.alice.office_id)
    assert now == (Health.FINE, f" version 1 is in force since {_local(version.effective_at)}")
    later = clock.now() + timedelta(days=30)
    with world.database.write() as session:
        changed = guideline_set(title="Other rules")
        publishing.publish(session, world.people.alice.office_id, changed, effective_at=later)
    assert _of_alice(world) == [now, (Health.FINE, f" version 2 takes effect on {_local(later)}")]


def _local(moment: datetime) -> str:
    return f"{moment.astimezone(ZoneInfo('Europe/London')):%Y-%m-%d %H:%M %Z}"


def test_an_office_whose_first_version_is_to_come_has_none_yet(world: World) -> None:
    office_id = world.people.charlie.office_id
    with world.database.write() as session:
        publishing.publish(session, office_id, guideline_set(), effective_at=clock.now() + timedelta(days=1))
    now, later = [result for result in _found(world.runtime, "guidelines") if result.message.startswith("charlie")]
    assert (now.health, later.health) == (Health.LOOK, Health.FINE)
    assert now.message.startswith("charlie has nothing in force yet: run 'moderator guidelines publish")
    assert later.message.startswith("charlie: version 1 takes effect on ")


def _rewrite(world: World, document: str) -> None:
    """As if it had been published so, before there were the checks of today."""
    with world.database.write() as session:
        version = publishing.current(session, world.people.alice.office_id)
        assert version is not None
        session.execute(update(GuidelineVersion).where(GuidelineVersion.id == version.id).values(document=document))


def test_a_version_that_today_could_not_be_published_is_told_with_the_mend(world: World) -> None:
    nameless = replace(guideline_set(), rules=())
    _rewrite(world, fingerprint.canonical(nameless).decode())
    ((health, message),) = _of_alice(world)
    assert health is Health.LOOK
    assert "but could not be published today: there are no rules (write at least one)." in message
    assert "'moderator guidelines export --office alice --version 1 > FILE'" in message
    assert message.endswith("run 'moderator guidelines publish FILE --office alice'")


def test_a_version_that_cannot_be_read_any_more_is_bad(world: World) -> None:
    _rewrite(world, "{}")
    ((health, message),) = _of_alice(world)
    assert health is Health.BAD
    assert "cannot be read" in message
    assert "moderator guidelines publish FILE --office alice" in message


def test_a_service_without_an_office_is_told_how_to_make_one(runtime: Runtime) -> None:
    health, message = _one(runtime, "offices")
    assert health is Health.LOOK
    assert "office create" in message


def test_an_empty_database_is_told_of_and_nothing_is_asked_of_it(runtime: Runtime, tmp_path: Path) -> None:
    empty = replace(runtime, database=Database(f"sqlite:///{tmp_path / 'empty.db'}"))
    results = doctor.examine(empty)
    (found,) = [result for result in results if result.check == "database"]
    assert (found.health, "moderator migrate" in found.message) == (Health.BAD, True)
    assert not {result.check for result in results} & {"offices", "channel", "jobs"}
    assert not (tmp_path / "empty.db").exists()


def test_a_server_that_does_not_answer_is_told_of(runtime: Runtime) -> None:
    away = Database("postgresql+psycopg://nobody:opensesame@127.0.0.1:1/none")
    health, message = _one(replace(runtime, database=away), "database")
    away.dispose()
    assert health is Health.BAD
    assert "DATABASE_URL" in message
    assert "opensesame" not in message


def test_a_home_that_is_missing_is_told_of(runtime: Runtime, tmp_path: Path, sqlite_url: str) -> None:
    gone = replace(runtime.settings, home=tmp_path / "gone")
    health, message = _one(replace(runtime, settings=gone, database=Database(sqlite_url)), "disk")
    assert health is Health.BAD
    assert "gone" in message


def test_a_classifier_that_does_not_load_is_told_of(runtime: Runtime, classifiers: dict[str, Classifier]) -> None:
    broken = replace(runtime, classifiers=ClassifierRoom(("written", "oracle")))
    health, message = _one(broken, "classifiers")
    assert health is Health.BAD
    assert "oracle" in message
    assert "where no other classifier answers, comments go to a person" in message
    classifiers["oracle"] = WrittenScores()
    assert _one(broken, "classifiers") == (Health.FINE, "written, oracle")


def test_where_no_classifier_loads_each_is_named_and_every_comment_goes_to_a_person(runtime: Runtime) -> None:
    found = _found(replace(runtime, classifiers=ClassifierRoom(("oracle", "pythia"))), "classifiers")
    assert ["oracle" in result.message for result in found] == [True, False]
    assert ["pythia" in result.message for result in found] == [False, True]
    assert [result.health for result in found] == [Health.BAD, Health.BAD]
    assert all("every comment goes to a person" in result.message for result in found)


def test_a_service_that_runs_no_classifier_is_told_what_that_means(runtime: Runtime) -> None:
    health, message = _one(replace(runtime, classifiers=ClassifierRoom(())), "classifiers")
    assert health is Health.LOOK
    assert "every comment goes to a person" in message
    assert "MODERATOR_CLASSIFIERS" in message


def test_an_option_that_a_classifier_does_not_know_is_told_with_its_file(runtime: Runtime, tmp_path: Path) -> None:
    options = {"ours": {"uses": "wordlist", "band": ["kumquat"]}}
    file = tmp_path / "classifiers.toml"
    settings = replace(runtime.settings, classifier_options=options, classifier_options_file=file)
    broken = replace(runtime, settings=settings, classifiers=ClassifierRoom(("ours",), options))
    health, message = _one(broken, "classifiers")
    assert health is Health.BAD
    assert "'band'" in message
    assert f"[ours] of {file}" in message


def test_a_channel_whose_secrets_cannot_be_opened_is_named(world: World) -> None:
    other = replace(world.runtime, sealer=Sealer("another secret key, of somebody else"))
    health, message = _one(other, "channel")
    assert health is Health.BAD
    assert message.startswith("The page: ")
    assert "MODERATOR_SECRET_KEY" in message


def test_a_channel_whose_connector_is_gone_is_named(world: World) -> None:
    with world.database.write() as session:
        session.get_one(Channel, world.channel.id).connector = "pigeon"
    health, message = _one(world.runtime, "channel")
    assert health is Health.BAD
    assert "pigeon" in message


def test_a_stopped_channel_is_named_with_the_reason(world: World) -> None:
    with world.database.write() as session:
        row = session.get_one(Channel, world.channel.id)
        row.stopped_at, row.stopped_reason = clock.now(), "the token has ended"
    assert _one(world.runtime, "channel") == (Health.LOOK, "The page is stopped: the token has ended")
    with world.database.write() as session:
        channels.resume(session, session.get_one(Channel, world.channel.id), "system")
    assert _one(world.runtime, "channel")[0] is Health.FINE


def test_jobs_that_nobody_takes_are_told_of_after_ten_minutes(world: World) -> None:
    world.say("Hello")
    assert _one(world.runtime, "jobs") == (Health.FINE, "1 waiting, none late")
    world.clock.forward(minutes=11)
    health, message = _one(world.runtime, "jobs")
    assert health is Health.LOOK
    assert message.startswith("1 of 1 jobs")
    assert "moderator serve" in message


def test_jobs_put_off_until_later_are_not_late(runtime: Runtime, people: People) -> None:
    with runtime.database.write() as session:
        queue.add(session, Kind.ACT, ["x"], run_after=clock.now() + timedelta(days=1))
    assert _one(runtime, "jobs")[0] is Health.FINE


def test_redis_is_looked_at_where_it_is_used(runtime: Runtime, redis_url: str, redis_server: RedisServer) -> None:
    assert _found(runtime, "redis") == []
    scaled = replace(runtime, settings=replace(runtime.settings, redis_url=redis_url))
    assert _one(scaled, "redis") == (Health.FINE, "answers")
    away = replace(runtime, settings=replace(runtime.settings, redis_url="redis://:opensesame@127.0.0.1:1/0"))
    health, message = _one(away, "redis")
    assert (health, "REDIS_URL" in message, "opensesame" in message) == (Health.BAD, True, False)
