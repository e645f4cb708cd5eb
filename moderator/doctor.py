"""What would keep the service from doing its work. One function per check, each with a stable id and a mend."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from guidelines import check
from guidelines.schema import GuidelineError
from moderator import channels, clock, drafts, publishing
from moderator.connectors.registry import UnknownConnector
from moderator.runtime import Runtime
from moderator.sealing import SealBroken
from moderator.storage.database import newest_revision
from moderator.storage.tables import Channel, GuidelineVersion, Job, Office

_LEAST_DISK = 500 * 1024 * 1024


class Health(StrEnum):
    FINE = "fine"
    LOOK = "look"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Result:
    check: str
    health: Health
    message: str


def examine(runtime: Runtime) -> list[Result]:
    """Run every check; those that need a working database are left out when it does not work."""
    results = [result for check in (_disk, _database, _classifiers, _redis) for result in check(runtime)]
    if not any(result.check == "database" and result.health is Health.BAD for result in results):
        later: tuple[Callable[[Runtime], Iterator[Result]], ...] = (_offices, _channels, _jobs)
        results += [result for check in later for result in check(runtime)]
    return results


def _disk(runtime: Runtime) -> Iterator[Result]:
    home = runtime.settings.home
    if runtime.database.dialect == "sqlite":
        if not home.exists():
            yield Result("disk", Health.BAD, f"the home folder {home} does not exist: run 'moderator migrate'")
        elif not os.access(home, os.W_OK):
            yield Result("disk", Health.BAD, f"the home folder {home} cannot be written: check its owner and mode")
        elif shutil.disk_usage(home).free < _LEAST_DISK:
            yield Result("disk", Health.LOOK, "less than 500 MB are free on the disk of the home folder")
        else:
            yield Result("disk", Health.FINE, f"{home} can be written")


def _database(runtime: Runtime) -> Iterator[Result]:
    needed = newest_revision()
    try:
        found = None if runtime.database.is_missing() else runtime.database.revision()
    except SQLAlchemyError as error:
        yield Result(
            "database", Health.BAD, f"the database does not answer ({type(error).__name__}): check DATABASE_URL"
        )
        return
    if found != needed:
        yield Result("database", Health.BAD, f"schema {found or 'none'}, {needed} is needed: run 'moderator migrate'")
    else:
        yield Result("database", Health.FINE, f"{runtime.database.dialect}, schema {found}")


def _classifiers(runtime: Runtime) -> Iterator[Result]:
    names = runtime.classifiers.names
    broken = runtime.classifiers.broken()
    for each in broken:
        where = ""
        if each.name in runtime.settings.classifier_options:
            where = f"; its options are in [{each.name}] of {runtime.settings.classifier_options_file}"
        who = "where no other classifier answers, comments go" if len(broken) < len(names) else "every comment goes"
        yield Result("classifiers", Health.BAD, f"{each}{where} (until it is mended, {who} to a person)")
    if not names:
        mend = "name one in MODERATOR_CLASSIFIERS"
        yield Result("classifiers", Health.LOOK, f"none is run, so every comment goes to a person: {mend}")
    elif not broken:
        yield Result("classifiers", Health.FINE, ", ".join(names))


def _redis(runtime: Runtime) -> Iterator[Result]:
    if runtime.settings.redis_url is None:
        return
    from redis.exceptions import RedisError

    from moderator.jobs.rq_doorbell import connect

    connection = connect(runtime.settings.redis_url)
    try:
        connection.ping()
    except RedisError as error:
        yield Result("redis", Health.BAD, f"Redis does not answer ({type(error).__name__}): check REDIS_URL")
    else:
        yield Result("redis", Health.FINE, "answers")
    finally:
        connection.close()


def _offices(runtime: Runtime) -> Iterator[Result]:
    with runtime.database.read() as session:
        offices = session.scalars(select(Office).order_by(Office.slug)).all()
        if not offices:
            yield Result("offices", Health.LOOK, "there is no office yet: run 'moderator office create NAME'")
        for office in offices:
            yield from _guidelines(session, office)


def _guidelines(session: Session, office: Office) -> Iterator[Result]:
    """The version in force and those to come, by today's checks: a document may be older than they are."""
    version, later = publishing.current(session, office.id), publishing.upcoming(session, office.id)
    if version is not None:
        yield _published(office, version, f"is in force since {_when(version, office)}")
    else:
        mend = f"run 'moderator guidelines publish FILE --office {office.slug}'"
        lack = "has nothing in force yet" if later else "has published no guidelines"
        yield Result("guidelines", Health.LOOK, f"{office.slug} {lack}: {mend}")
    for each in later:
        yield _published(office, each, f"takes effect on {_when(each, office)}")


def _published(office: Office, version: GuidelineVersion, standing: str) -> Result:
    said = f"{office.slug}: version {version.number} {standing}"
    publish = f"'moderator guidelines publish FILE --office {office.slug}'"
    try:
        mistakes = check.errors(check.check(publishing.read(version)))
    except GuidelineError as error:
        message = f"{said}, and cannot be read: {error} (publish another one: {publish})"
        return Result("guidelines", Health.BAD, message)
    if not mistakes:
        return Result("guidelines", Health.FINE, said)
    export = f"'moderator guidelines export --office {office.slug} --version {version.number} > FILE'"
    found = f"{said}, but could not be published today: {drafts.in_words(mistakes)}"
    return Result("guidelines", Health.LOOK, f"{found} To mend it, run {export}, change FILE and run {publish}")


def _when(version: GuidelineVersion, office: Office) -> str:
    return f"{version.effective_at.astimezone(ZoneInfo(office.timezone)):%Y-%m-%d %H:%M %Z}"


def _channels(runtime: Runtime) -> Iterator[Result]:
    with runtime.database.read() as session:
        for channel in session.scalars(select(Channel).order_by(Channel.id)):
            try:
                channels.opened(runtime.sealer, channel)
                channels.capabilities([channel])
            except (SealBroken, UnknownConnector) as error:
                yield Result("channel", Health.BAD, f"{channel.name}: {error}")
                continue
            if channel.stopped_at is not None:
                yield Result("channel", Health.LOOK, f"{channel.name} is stopped: {channel.stopped_reason}")
            else:
                yield Result("channel", Health.FINE, f"{channel.name} ({channel.connector})")


def _jobs(runtime: Runtime) -> Iterator[Result]:
    with runtime.database.read() as session:
        waiting = session.scalar(select(func.count()).select_from(Job)) or 0
        late = session.scalar(select(func.count()).where(Job.run_after < clock.now() - timedelta(minutes=10))) or 0
    if late:
        mend = "is 'moderator worker' running?" if runtime.settings.scaled else "is 'moderator serve' running?"
        yield Result("jobs", Health.LOOK, f"{late} of {waiting} jobs have waited for over ten minutes: {mend}")
    else:
        yield Result("jobs", Health.FINE, f"{waiting} waiting, none late")
