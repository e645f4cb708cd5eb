"""What the journeys share: an installation in a folder of its own, its processes, an office, looks at the record.

Journeys tell the whole product from outside. What they do, they do as people and platforms do it: on the command
line, over HTTP, in a browser. They open the database only to set an office up, and to look at what is on record.
"""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
from playwright.sync_api import Locator
from sqlalchemy import text
from standardwebhooks import Webhook

from guidelines.load import load_preset
from guidelines.schema import GuidelineSet
from moderator import accounts, channels, clock, publishing
from moderator.connectors import http
from moderator.domain.vocabulary import Role
from moderator.review import words
from moderator.sealing import Sealer
from moderator.storage.database import Database
from tests.services import free_port

#: A word of our own on the office's list: rule 2g hides a comment that holds it, whatever the classifiers think.
BANNED = "flibberdung"

_PROGRAM = Path(sys.executable).with_name("moderator")
_OURS = ("MODERATOR_", "DATABASE_URL", "REDIS_URL")

T = TypeVar("T")


def eventually(look: Callable[[], T], *, within: float = 30.0) -> T:
    """What `look` returns as soon as that is true. The one place in the journeys that waits."""
    end, pause = time.monotonic() + within, 0.01
    while not (seen := look()):
        assert time.monotonic() < end, f"after {within:g} seconds still {seen!r}"
        time.sleep(pause)
        pause = min(pause * 1.3, 0.2)  # a look takes time from what it waits for
    return seen


def follow(link_or_button: Locator) -> None:
    """Click, and wait for the page that it leads to."""
    with link_or_button.page.expect_navigation():
        link_or_button.click()


@dataclass(slots=True)
class Process:
    """A `moderator …` that runs. What it prints is in two files, so that no pipe can fill up."""

    popen: "subprocess.Popen[bytes]"
    stdout: Path
    stderr: Path

    @property
    def pid(self) -> int:
        return self.popen.pid

    @property
    def runs(self) -> bool:
        return self.popen.poll() is None

    def printed(self) -> str:
        return self.stdout.read_text()

    def complained(self) -> str:
        return self.stderr.read_text()

    def stumbled(self) -> list[str]:
        """What it logged with a traceback. RQ logs one of its own when Redis forgets a ring that is being answered."""
        entries = re.split(r"^(?=\d{4}-\d\d-\d\d )", self.complained(), flags=re.MULTILINE)
        return [entry for entry in entries if "Traceback" in entry and " ERROR rq.worker: " not in entry]

    def kill(self) -> None:
        """As the kernel would: no warning, no farewell."""
        self.popen.kill()
        self.popen.wait(timeout=20)

    def stop(self) -> None:
        """As an operator would. Raises when it does not end well within half a minute."""
        self.popen.send_signal(signal.SIGTERM)
        assert self.popen.wait(timeout=30) == 0, self.complained()


@dataclass(frozen=True, slots=True)
class Office:
    """An office with one channel, whose comments come in by signed webhook unless it is of another connector."""

    id: str
    slug: str
    member_id: str
    channel_id: str
    secrets: Mapping[str, str]
    hook: str
    database: Database

    def sign(self, body: bytes) -> dict[str, str]:
        """The headers of a delivery, as Standard Webhooks describes them."""
        message, now = f"msg_{clock.new_id()}", clock.now()
        signature = Webhook(self.secrets["signing_secret"]).sign(message, now, body.decode())
        return {
            "content-type": "application/json",
            "webhook-id": message,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": signature,
        }

    def deliver(self, comments: object, client: httpx.Client | None = None) -> httpx.Response:
        """Post one signed delivery."""
        body = json.dumps(comments).encode()
        post = client.post if client else httpx.post
        return post(self.hook, content=body, headers=self.sign(body), timeout=30)

    def count(self, query: str) -> int:
        """What a query over the record counts. `:office` and `:channel` stand for ours."""
        [row] = self.rows(query)
        return int(row[0])

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        known = {"office": self.id, "channel": self.channel_id}
        used = {name: value for name, value in known.items() if f":{name}" in query}
        with self.database.read() as session:
            return [tuple(row) for row in session.execute(text(query), used)]


@dataclass(slots=True)
class Home:
    """One installation: a folder, a database, a port, and what runs on them."""

    folder: Path
    environ: dict[str, str]
    port: int = field(default_factory=free_port)
    processes: list[Process] = field(default_factory=list)
    databases: list[Database] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def run(self, *arguments: str) -> str:
        """Run `moderator …` to its end; returns what it printed. Raises when it fails."""
        done = subprocess.run(
            [_PROGRAM, *arguments], env=self.environ, cwd=self.folder, capture_output=True, text=True, timeout=100
        )
        assert done.returncode == 0, f"moderator {' '.join(arguments)}:\n{done.stdout}{done.stderr}"
        return done.stdout

    def start(self, *arguments: str) -> Process:
        """Start `moderator …` and let it run."""
        name = f"{len(self.processes)}-{arguments[0]}"
        out, err = self.folder / f"{name}.out", self.folder / f"{name}.err"
        with out.open("wb") as stdout, err.open("wb") as stderr:
            popen = subprocess.Popen(
                [_PROGRAM, *arguments], env=self.environ, cwd=self.folder, stdout=stdout, stderr=stderr
            )
        process = Process(popen, out, err)
        self.processes.append(process)
        return process

    def serve(self) -> Process:
        """Start `moderator serve`; returns when it answers."""
        process = self.start("serve", "--port", str(self.port))
        self.wait_for_answer(process)
        return process

    def wait_for_answer(self, process: Process) -> None:
        def answers() -> bool:
            assert process.runs, process.complained()
            try:
                return httpx.get(f"{self.url}/livez", timeout=5).status_code == 200
            except httpx.TransportError:
                return False

        eventually(answers, within=60)

    def settle(
        self,
        connector: str = "webhook",
        config: Mapping[str, str] | None = None,
        secrets: Mapping[str, str] | None = None,
        amend: Callable[[GuidelineSet], GuidelineSet] = lambda preset: preset,
    ) -> Office:
        """An office with the preset published, one owner, `BANNED` on its word list, and one channel."""
        database = Database(self.environ["DATABASE_URL"])
        self.databases.append(database)
        sealer = Sealer(self.environ["MODERATOR_SECRET_KEY"])
        with database.write() as session:
            office = accounts.create_office(session, "Office of Ada Moss")
            member = accounts.add_member(session, office.id, "ada@example.org", "Ada Moss", Role.OWNER)
            guidelines = load_preset("open-forum", office_name=office.name, contact="Write to us.")
            publishing.publish(session, office.id, amend(guidelines))
            words.set_terms(session, member, [BANNED], [])
            channel = channels.create_channel(
                session, sealer, office.id, connector, "The page", config=config, secrets=secrets
            )
            opened = channels.opened(sealer, channel)
        hook = f"{self.url}/hooks/{channel.id}"
        return Office(office.id, office.slug, member.id, channel.id, opened.secrets, hook, database)

    def sign_in_link(self, office: Office) -> str:
        """A link that signs the office's owner in, once."""
        with office.database.write() as session:
            return f"{self.url}/sign-in/{accounts.make_link(session, office.member_id)}"

    def close(self) -> None:
        """Whatever happened to it, no process may have stumbled over it."""
        for process in self.processes:
            if process.runs:
                process.kill()
        for database in self.databases:
            database.dispose()
        stumbled = [words for process in self.processes for words in process.stumbled()]
        assert not stumbled, "\n".join(stumbled)


def environment(folder: Path, **settings: str) -> dict[str, str]:
    """The environment of an installation in `folder`, without what this shell has set for another."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(_OURS)}
    return inherited | {"MODERATOR_HOME": str(folder), "COLUMNS": "120"} | settings


@pytest.fixture(autouse=True)
def _platforms_may_listen_on_this_machine() -> Iterator[None]:
    http.configure(allow_private=True)
    yield
    http.configure(allow_private=None)


@pytest.fixture
def empty_home(tmp_path: Path) -> Iterator[Home]:
    """A folder with nothing in it. What was started there ends with the test."""
    home = Home(tmp_path, environment(tmp_path))
    yield home
    home.close()


@pytest.fixture
def home(tmp_path: Path, database_url: str) -> Iterator[Home]:
    """An installation with a migrated database, one process with its workers inside; on each kind of database."""
    home = _home(tmp_path, database_url)
    yield home
    home.close()


@pytest.fixture
def sqlite_home(tmp_path: Path, sqlite_url: str) -> Iterator[Home]:
    """The same on SQLite."""
    home = _home(tmp_path, sqlite_url)
    yield home
    home.close()


@pytest.fixture
def scaled_home(tmp_path: Path, postgres_url: str, redis_url: str) -> Iterator[Home]:
    """The same on PostgreSQL and Redis, where workers are processes of their own."""
    home = _home(tmp_path, postgres_url, REDIS_URL=redis_url)
    yield home
    home.close()


def _home(folder: Path, database_url: str, **settings: str) -> Home:
    return Home(
        folder,
        environment(
            folder,
            DATABASE_URL=database_url,
            MODERATOR_SECRET_KEY="a secret key that only the journeys know",
            MODERATOR_ALLOW_PRIVATE_ADDRESSES="1",
            # what is lost or done twice does not hang on who scores: the quickest will do
            MODERATOR_CLASSIFIERS="baseline",
            **settings,
        ),
    )


def undecided(office: Office) -> int:
    """How many comments have neither a decision in force about their text nor a case that waits for a person."""
    return office.count(
        """
        SELECT count(*) FROM comments c WHERE c.channel_id = :channel
        AND NOT EXISTS (SELECT 1 FROM decisions d WHERE d.id = c.decision_id AND d.revision_id = c.revision_id)
        AND NOT EXISTS (SELECT 1 FROM cases k JOIN decisions d ON d.id = k.decision_id
                        WHERE k.comment_id = c.id AND k.state = 'open' AND d.revision_id = c.revision_id)
        """
    )


def comments_taken_twice(office: Office) -> list[tuple[Any, ...]]:
    """Comments with two of anything there must be one of: a text, a decision of one kind, an order of one kind."""
    return office.rows(
        """
        SELECT c.external_id, 'text' FROM comments c JOIN revisions r ON r.comment_id = c.id
        GROUP BY c.external_id HAVING count(*) > 1
        UNION ALL
        SELECT c.external_id, d.state FROM comments c JOIN decisions d ON d.comment_id = c.id
        GROUP BY c.external_id, d.state HAVING count(*) > 1
        UNION ALL
        SELECT c.external_id, a.verb FROM comments c JOIN actions a ON a.comment_id = c.id
        GROUP BY c.external_id, a.verb HAVING count(*) > 1
        """
    )


def taken(office: Office) -> set[str]:
    """The external ids of all comments on record."""
    return {row[0] for row in office.rows("SELECT external_id FROM comments WHERE channel_id = :channel")}


def comment(number: int, saying: str = "I have read the plan and I still have questions about it.") -> dict[str, str]:
    """A comment as a page-management tool sends it; every tenth says the banned word."""
    word = f" What {BANNED}." if number % 10 == 3 else ""
    return {"external_id": f"c-{number}", "text": f"{saying} This is number {number}.{word}"}


def banned(numbers: Sequence[int]) -> set[str]:
    """The external ids of those comments that say the banned word."""
    return {f"c-{number}" for number in numbers if BANNED in comment(number)["text"]}
