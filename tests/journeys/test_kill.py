"""The process is killed at the worst moments, without a warning. Nothing accepted is lost, nothing is done twice.

"Twice" is looked for on both sides: on record, one text, one decision of a kind and one order of a kind for each
comment; on the platform, one id for each thing it was asked to do, however often it was asked.
"""

import csv
import json
import random
import signal
import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import httpx
import pytest

from tests.fakes.receiver import Receiver
from tests.fakes.server import Call, Reply
from tests.journeys.conftest import (
    Home,
    Office,
    Process,
    banned,
    comment,
    comments_taken_twice,
    eventually,
    taken,
    undecided,
)


class Platform(Receiver):
    """Carries orders out; can kill the one who gives them after it has acted and before it has answered."""

    def __init__(self) -> None:
        super().__init__([])
        self.victim: Process | None = None
        self.kills = 0

    def answer(self, call: Call) -> Reply:
        reply = super().answer(call)
        if self.victim is not None and self.events:
            self.victim.kill()
            self.victim = None
            self.kills += 1
        return reply

    def has_killed(self, times: int) -> bool:
        return self.kills == times

    def done(self) -> list[tuple[str, str]]:
        """What took effect, in order: verb and comment."""
        return [(event["data"]["verb"], event["data"]["comment_id"]) for event in self.events]

    def ids_by_order(self) -> dict[tuple[str, str], list[str]]:
        """The ids of all calls, by what they asked for."""
        ids = defaultdict(list)
        for call in self.calls:
            data = json.loads(call.body)["data"]
            ids[data["verb"], data["comment_id"]].append(call.headers["webhook-id"])
        return dict(ids)


class Sender(threading.Thread):
    """A page-management tool: sends its deliveries in turn, and each again until it is answered."""

    def __init__(self, office: Office, deliveries: Sequence[Sequence[int]]) -> None:
        super().__init__(daemon=True)
        self.answered = 0
        self.repeated = 0
        self._office = office
        self._deliveries = deliveries

    def has_sent(self, deliveries: int) -> bool:
        return self.answered >= deliveries

    def run(self) -> None:
        with httpx.Client() as client:
            for numbers in self._deliveries:
                eventually(partial(self._sent, client, numbers), within=100)
                self.answered += 1

    def _sent(self, client: httpx.Client, numbers: Sequence[int]) -> bool:
        try:
            return self._office.deliver([comment(n) for n in numbers], client).status_code == 200
        except httpx.TransportError:
            self.repeated += 1
            return False


@pytest.fixture
def platform() -> Iterator[Platform]:
    with Platform() as platform:
        yield platform


@pytest.fixture
def office(sqlite_home: Home, platform: Platform) -> Office:
    office = sqlite_home.settle(config={"target_url": platform.url})
    platform.secrets.append(office.secrets["outbound_secret"])
    return office


def _is_settled(office: Office, expected: set[str]) -> bool:
    """Whether everything expected is on record and decided, and nothing is on its way to the platform."""
    return (
        office.count("SELECT count(*) FROM comments") == len(expected)
        and office.count("SELECT count(*) FROM jobs WHERE kind <> 'upkeep'") == 0
        and office.count("SELECT count(*) FROM actions WHERE state = 'pending'") == 0
        and undecided(office) == 0
        and taken(office) == expected
    )


def _nothing_was_done_twice(office: Office, platform: Platform, hidden: set[str]) -> None:
    assert comments_taken_twice(office) == []
    assert sorted(platform.done()) == sorted(("hide", name) for name in hidden)
    assert all(len(set(ids)) == 1 for ids in platform.ids_by_order().values())
    orders = office.rows("SELECT id, state FROM actions")
    assert {ids[0] for ids in platform.ids_by_order().values()} == {id_ for id_, _ in orders}
    assert {state for _, state in orders} == {"done"}


def _the_record_holds(home: Home, office: Office) -> None:
    assert "every hash holds" in home.run("audit", "verify")
    assert office.rows("PRAGMA integrity_check") == [("ok",)]
    assert office.rows("PRAGMA foreign_key_check") == []


@pytest.mark.parametrize("seed", [1, 2])
def test_killed_in_a_stream_of_webhooks_it_loses_nothing_and_does_nothing_twice(
    sqlite_home: Home, office: Office, platform: Platform, seed: int
) -> None:
    chance = random.Random(seed)
    deliveries = [range(begin, begin + 10) for begin in range(0, 600, 10)]
    sender = Sender(office, deliveries)
    service = sqlite_home.serve()
    sender.start()
    for moment in sorted(chance.sample(range(1, 50), 3)):
        eventually(partial(sender.has_sent, moment))
        service.kill()
        assert taken(office) >= {f"c-{n}" for numbers in deliveries[: sender.answered] for n in numbers}
        service = sqlite_home.serve()
    sender.join(timeout=60)
    everything = [n for numbers in deliveries for n in numbers]
    eventually(lambda: _is_settled(office, {f"c-{n}" for n in everything}))
    assert sender.repeated
    _nothing_was_done_twice(office, platform, banned(everything))
    _the_record_holds(sqlite_home, office)


def test_killed_between_the_platforms_act_and_its_answer_it_asks_again_with_the_same_id(
    sqlite_home: Home, office: Office, platform: Platform
) -> None:
    numbers = range(60)
    platform.victim = sqlite_home.serve()
    office.deliver([comment(n) for n in numbers])
    for kills in (1, 2):
        eventually(partial(platform.has_killed, kills))
        platform.victim = sqlite_home.start("serve", "--port", str(sqlite_home.port))
    eventually(partial(platform.has_killed, 3))
    sqlite_home.serve()
    eventually(lambda: _is_settled(office, {f"c-{n}" for n in numbers}))
    assert platform.kills == 3
    assert any(len(ids) > 1 for ids in platform.ids_by_order().values())
    assert office.count("SELECT count(*) FROM receipts WHERE outcome = 'already_done'") > 0
    _nothing_was_done_twice(office, platform, banned(numbers))
    _the_record_holds(sqlite_home, office)


ROWS = 1_500


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Comments in a file, one a row."""
    path = tmp_path / "comments.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, ["external_id", "text"])
        writer.writeheader()
        writer.writerows(comment(n) for n in range(ROWS))
    return path


#: What is on record at the moment of the kill.
POINTS = {
    "as the first batch comes in": "SELECT count(*) FROM comments",
    "as the first batch is classified": "SELECT count(*) FROM assessments",
    "as the first batch is decided": "SELECT count(*) FROM decisions",
    "in a later batch": "SELECT count(*) > 700 FROM comments",
    "near the end": "SELECT count(*) > 1200 FROM decisions",
}


@pytest.mark.parametrize("point", POINTS)
def test_killed_in_an_import_it_goes_on_where_it_was(
    sqlite_home: Home, office: Office, platform: Platform, file: Path, point: str
) -> None:
    order = ("import", str(file), "--channel", "The page", "--text-column", "text", "--id-column", "external_id")
    first = sqlite_home.start(*order)
    eventually(lambda: office.count(POINTS[point]))
    first.kill()
    assert first.popen.returncode == -signal.SIGKILL
    accepted = taken(office)
    done = json.loads(sqlite_home.run(*order, "--json"))
    assert (done["rows"], done["known"], done["accepted"]) == (ROWS, len(accepted), ROWS - len(accepted))
    sqlite_home.serve()  # an import decides; it is the service that carries out
    eventually(lambda: _is_settled(office, {f"c-{n}" for n in range(ROWS)}), within=60)
    _nothing_was_done_twice(office, platform, banned(range(ROWS)))
    _the_record_holds(sqlite_home, office)


def test_what_a_killed_import_had_accepted_is_decided_by_the_service(
    sqlite_home: Home, office: Office, platform: Platform, file: Path
) -> None:
    importing = sqlite_home.start(
        "import", str(file), "--channel", "The page", "--text-column", "text", "--id-column", "external_id"
    )
    eventually(lambda: office.count("SELECT count(*) > 700 FROM comments"))
    importing.kill()
    accepted = taken(office)
    sqlite_home.serve()
    eventually(lambda: _is_settled(office, accepted))
    numbers = [int(name.removeprefix("c-")) for name in accepted]
    _nothing_was_done_twice(office, platform, banned(numbers))
