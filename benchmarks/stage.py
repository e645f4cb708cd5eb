"""An installation in a temporary folder with one office in it, in this process or served by one of its own."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from guidelines.load import load_preset
from moderator import accounts, channels, clock, publishing, settings
from moderator.bootstrap import bootstrap
from moderator.domain.vocabulary import Role
from moderator.runtime import Runtime
from moderator.storage.tables import Channel


@dataclass(frozen=True, slots=True)
class Stage:
    """One office with the open-forum preset, one owner, one webhook channel, and not a comment."""

    runtime: Runtime
    channel: Channel
    member_id: str
    slug: str
    environ: dict[str, str]


@contextmanager
def stage(database_url: str | None = None, classifiers: str = "baseline") -> Iterator[Stage]:
    """SQLite in a folder that is gone afterwards, or the database named. Nothing else has to be there."""
    with tempfile.TemporaryDirectory(prefix="moderator-bench-", ignore_cleanup_errors=True) as folder:
        environ = {
            "MODERATOR_HOME": folder,
            "MODERATOR_SECRET_KEY": "for measuring only, on this machine",
            "MODERATOR_CLASSIFIERS": classifiers,
        }
        if database_url:
            environ["DATABASE_URL"] = database_url
        runtime = bootstrap(settings.load(environ))
        try:
            runtime.database.migrate()
            yield _settled(runtime, environ)
        finally:
            runtime.close()


def _settled(runtime: Runtime, environ: dict[str, str]) -> Stage:
    run = clock.new_id()
    with runtime.database.write() as session:
        office = accounts.create_office(session, "Benchmark", f"benchmark-{run}")
        member = accounts.add_member(session, office.id, f"{run}@example.org", "Ada Moss", Role.OWNER)
        publishing.publish(session, office.id, load_preset("open-forum", office_name=office.name, contact="by letter"))
        channel = channels.create_channel(session, runtime.sealer, office.id, "webhook", "The page")
    return Stage(runtime, channel, member.id, office.slug, environ)


@contextmanager
def served(stage: Stage, port: int) -> Iterator[str]:
    """`moderator serve` on the stage, a process of its own. Gives its address."""
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "moderator", "serve", "--port", str(port)]
    log = Path(stage.environ["MODERATOR_HOME"]) / "serve.log"
    with (
        log.open("wb") as output,
        subprocess.Popen(command, env=os.environ | stage.environ, stdout=output, stderr=output) as process,
    ):
        try:
            _wait_for(url, process, log)
            yield url
        finally:
            process.terminate()


def _wait_for(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    while process.poll() is None:
        try:
            httpx.get(f"{url}/readyz", timeout=30)
            return
        except httpx.TransportError:
            time.sleep(0.05)
    raise RuntimeError(f"the service did not start:\n{log.read_text()}")
