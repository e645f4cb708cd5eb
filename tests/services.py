"""Private PostgreSQL and Redis servers, and where the programs that tests drive are found. Knows no product code.

`python -m tests.services` makes sure that every program is there: it installs what is missing where it may (root, apt),
and otherwise says what to install.
"""

import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql
from redis import Redis
from redis.backoff import ConstantBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.retry import Retry


class ProgramMissing(Exception):
    """A program that the tests drive is not on this machine. The message says what to install."""


@dataclass(frozen=True, slots=True)
class Program:
    """Something to find on the machine; `package` is its name on Debian."""

    name: str
    package: str
    find: Callable[[], str | None]

    def path(self) -> Path:
        """Raises `ProgramMissing`."""
        found = self.find()
        if found is None:
            raise ProgramMissing(f"{self.name} was not found. Install the package {self.package}, or run `make test`.")
        return Path(found)


def _find_initdb() -> str | None:
    """Debian keeps the server's programs off the path, one folder per release: the newest wins."""
    installed = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest_first = sorted(installed, key=lambda path: int(path.parts[4]), reverse=True)
    return shutil.which("initdb") or next((str(path) for path in newest_first), None)


def _find_chromium() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


POSTGRES = Program("the PostgreSQL server", "postgresql", _find_initdb)
REDIS = Program("redis-server", "redis-server", lambda: shutil.which("redis-server"))
CHROMIUM = Program("Chromium", "chromium", _find_chromium)
PROGRAMS = (POSTGRES, REDIS, CHROMIUM)


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on, now or while a server that had it is down.

    Taken from below the range that systems hand to outgoing connections (32768 and up on Linux): a port from that
    range may be gone when a test starts its server again.
    """
    for port in random.sample(range(20_000, 32_000), 100):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError("no free port between 20000 and 32000")


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A running server; everybody on this machine may connect as its superuser."""

    port: int
    directory: Path

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{quote(database)}"

    def create(self, database: str, template: str = "template1") -> None:
        # A copy of the files takes half the time of the default, which writes them through the log (PostgreSQL 15+).
        command = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
        self._execute(command.format(sql.Identifier(database), sql.Identifier(template)))

    def drop(self, database: str) -> None:
        """Also ends the connections that are still open to it."""
        self._execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))

    def _execute(self, command: sql.Composed) -> None:
        with psycopg.connect(host="127.0.0.1", port=self.port, user="postgres", autocommit=True) as connection:
            connection.execute(command)


_POSTGRES_SETTINGS = """
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = '{directory}'
max_connections = 200
timezone = 'UTC'
# The data lives as long as the tests: nothing needs to survive a power cut.
fsync = off
full_page_writes = off
synchronous_commit = off
wal_level = minimal
max_wal_senders = 0
"""


def quick_folder() -> str | None:
    """Where files live in memory, if there is room for databases; else None, for wherever temporary files go."""
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 2**31
    return str(memory) if roomy else None


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """A new server in a folder of its own, gone afterwards. Raises `ProgramMissing`."""
    programs = POSTGRES.path().parent
    # Not under pytest's folders: those are closed to the account that the server runs as when the tests run as root,
    # and too deep for a socket's name (107 bytes).
    directory = Path(tempfile.mkdtemp(prefix="moderator-pg-", dir=quick_folder()))
    account = _postgres_account()
    try:
        if account:
            shutil.chown(directory, account, account)
        server = PostgresServer(free_port(), directory)
        data = str(directory / "data")

        def call(program: str, *arguments: str) -> None:
            _call([str(programs / program), "-D", data, *arguments], account, directory)

        call("initdb", "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
        with (directory / "data" / "postgresql.conf").open("a") as settings:
            settings.write(_POSTGRES_SETTINGS.format(port=server.port, directory=directory))
        call("pg_ctl", "start", "--wait", "--silent", "--log", str(directory / "log"))
        try:
            yield server
        finally:
            call("pg_ctl", "stop", "--wait", "--silent", "--mode=immediate")
    finally:
        shutil.rmtree(directory)


def _postgres_account() -> str | None:
    """PostgreSQL refuses to run as root; its package brings an account. None: run as whoever we are."""
    return "postgres" if os.geteuid() == 0 else None


def _call(command: list[str], account: str | None, directory: Path) -> None:
    groups: list[str] | None = [] if account else None
    result = subprocess.run(
        command, user=account, group=account, extra_groups=groups, cwd=directory, capture_output=True, text=True
    )
    if result.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{result.stdout}{result.stderr}{_log(directory)}")


def _log(directory: Path) -> str:
    log = directory / "log"
    return log.read_text(errors="replace") if log.exists() else ""


@dataclass(slots=True)
class RedisServer:
    """A server that keeps nothing on disk: what it holds is gone when it stops. A test may kill and start it."""

    port: int
    directory: Path
    process: "subprocess.Popen[bytes] | None" = field(default=None, init=False)

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Returns when the server answers; does nothing where it runs already. Raises `ProgramMissing`."""
        if self.process is None:
            settings = {"port": self.port, "bind": "127.0.0.1", "dir": self.directory, "logfile": "redis.log"}
            command = [str(REDIS.path()), "--save", "", "--appendonly", "no"]
            for name, value in settings.items():
                command += [f"--{name}", str(value)]
            self.process = subprocess.Popen(command)
            self._wait_for_answer()

    def flushall(self) -> None:
        with self._client() as client:
            client.flushall()

    def kill(self) -> None:
        """As the kernel would: no warning, no farewell."""
        self._end(subprocess.Popen.kill)

    def stop(self) -> None:
        self._end(subprocess.Popen.terminate)

    def _end(self, how: "Callable[[subprocess.Popen[bytes]], None]") -> None:
        if self.process is not None:
            how(self.process)
            self.process.wait(timeout=20)
            self.process = None

    def _wait_for_answer(self) -> None:
        patiently = Retry(ConstantBackoff(0.02), retries=500)
        with self._client(retry=patiently, retry_on_error=[RedisConnectionError]) as client:
            client.ping()

    def _client(self, **options: object) -> Redis:
        return Redis(host="127.0.0.1", port=self.port, **options)  # type: ignore[arg-type]


@contextmanager
def running_redis(directory: Path) -> Iterator[RedisServer]:
    """A new server, gone afterwards. Raises `ProgramMissing`."""
    server = RedisServer(free_port(), directory)
    try:
        server.start()
        yield server
    finally:
        server.stop()


def missing_packages() -> list[str]:
    """Debian's names of the packages to install before the tests can run."""
    return [program.package for program in PROGRAMS if program.find() is None]


def _install(packages: list[str]) -> None:
    """Raises `CalledProcessError` with what apt printed."""
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
        subprocess.run(
            ["apt-get", "-qq", *command],
            env=environment,
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )


def main() -> int:
    missing = missing_packages()
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"Installing for the tests: {' '.join(missing)}", flush=True)
        try:
            _install(missing)
        except subprocess.CalledProcessError as error:
            print(error.output, file=sys.stderr)
        missing = missing_packages()
    if missing:
        print(f"The tests need: {' '.join(missing)}. On Debian: apt-get install {' '.join(missing)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
