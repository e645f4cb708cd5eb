"""Puts a running service together from its settings: the one place that acts on which mode it runs in."""

from typing import Protocol

from moderator import upkeep
from moderator.connectors import http
from moderator.doorbell import Doorbell, LocalDoorbell
from moderator.pipeline.classifier_room import ClassifierRoom
from moderator.runtime import Runtime
from moderator.sealing import Sealer
from moderator.settings import Settings
from moderator.storage.database import Database


class Workers(Protocol):
    """Threads that work beside the web server."""

    def stop(self) -> None: ...


def bootstrap(settings: Settings) -> Runtime:
    """Make the parts. Starts no thread, opens no connection, loads no model."""
    http.configure(allow_private=settings.allow_private_addresses)
    return Runtime(
        settings=settings,
        database=Database(settings.database_url),
        doorbell=_doorbell(settings),
        sealer=Sealer(settings.secret_key),
        classifiers=ClassifierRoom(settings.classifiers, settings.classifier_options),
    )


def start_workers(runtime: Runtime) -> Workers:
    """What must run beside the web server: in embedded mode the workers themselves, in scaled mode the sweeper."""
    upkeep.ensure(runtime.database)
    if isinstance(runtime.doorbell, LocalDoorbell):
        from moderator.jobs.local import LocalWorkers

        return LocalWorkers(runtime, runtime.doorbell)
    from moderator.jobs.sweeper import Sweeper

    return Sweeper(runtime)


def _doorbell(settings: Settings) -> Doorbell:
    if settings.redis_url is None:
        return LocalDoorbell()
    from moderator.jobs.rq_doorbell import RqDoorbell

    return RqDoorbell(settings.redis_url)
