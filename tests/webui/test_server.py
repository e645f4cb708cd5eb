import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from moderator import accounts, clock
from moderator.bootstrap import bootstrap
from moderator.domain.vocabulary import Role
from moderator.runtime import Runtime
from moderator.settings import MAX_BODY_BYTES, load
from moderator.storage.database import Database
from tests.webui.conftest import SECRET_KEY, on_one_database
from webui.server import PortTaken, serve
from webui.streams import FOR_ONE

_SERVE = """
from moderator.bootstrap import bootstrap
from moderator.settings import load
from webui.server import serve

runtime = bootstrap(load())
serve(runtime, "127.0.0.1", 0, lambda url: print(url, flush=True))
runtime.close()
print("closed", flush=True)
"""

#: Before `_SERVE`: whoever asks for /readyz waits for a line on our standard input.
_SLOW = """
import sys
from moderator.pipeline.classifier_room import ClassifierRoom

def wait(self):
    print("working", flush=True)
    sys.stdin.readline()

ClassifierRoom.load = wait
"""

#: Before `_SERVE`: one failure per address, then it waits.
_ONE_TRY = """
from webui import signin

signin.PER_ADDRESS = 1
"""

_WSGI = """
from wsgi import app

print(app.test_client().get("/readyz").status_code, flush=True)
"""

#: `start(code, …)`: a Python process of its own, with a service's environment
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def environment(sqlite_url: str, tmp_path: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": sqlite_url,
        "MODERATOR_HOME": str(tmp_path),
        "MODERATOR_SECRET_KEY": SECRET_KEY,
        "MODERATOR_CLASSIFIERS": ",",
        "PYTHONWARNINGS": "error",
    }


@pytest.fixture
def start(environment: dict[str, str]) -> Iterator[Start]:
    running: list[subprocess.Popen[str]] = []

    def run(code: str, **more: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", code],
            env=environment | more,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        running.append(process)
        return process

    yield run
    for process in running:
        process.kill()
        process.communicate()


def _line(process: subprocess.Popen[str]) -> str:
    """The next line that the process prints; the first one of `_SERVE` is its address."""
    assert process.stdout
    return process.stdout.readline().strip()


def _ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=30)
    return process.returncode, out.strip(), err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_served_service_answers_and_stops_cleanly_when_asked(start: Start, number: signal.Signals) -> None:
    process = start(_SERVE)
    address = _line(process)
    assert httpx.get(f"{address}/readyz").json()["ready"] is True
    answer = httpx.get(f"{address}/sign-in")
    assert answer.status_code == 200
    assert "server" not in answer.headers
    process.send_signal(number)
    assert _ended(process) == (0, "closed", "")


def test_two_megabytes_are_refused_in_the_applications_own_words(start: Start) -> None:
    address = _line(start(_SERVE))
    hook = f"{address}/hooks/{clock.new_id()}"
    whole = httpx.post(hook, content=b"x" * 2_000_000)
    # Without a length in front: what comes in pieces is counted all the same.
    pieces = httpx.post(hook, content=iter([b"x" * 100_000] * 20))
    for answer in (whole, pieces):
        assert (answer.status_code, answer.headers["Content-Type"]) == (413, "application/problem+json")
    far_too_large = httpx.post(hook, content=b"x" * (8 * MAX_BODY_BYTES + 1))
    assert far_too_large.status_code == 413


def test_a_request_under_way_is_answered_before_the_process_ends(start: Start) -> None:
    process = start(_SLOW + _SERVE)
    host, port = re.findall(r"//(.+):(\d+)", _line(process))[0]
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(b"GET /readyz HTTP/1.1\r\nHost: here\r\n\r\n")
        assert _line(process) == "working"
        process.send_signal(signal.SIGTERM)
        assert process.stdin
        process.stdin.write("go on\n")
        process.stdin.flush()
        assert connection.recv(4096).startswith(b"HTTP/1.1 200")
        assert _ended(process) == (0, "closed", "")


@pytest.mark.parametrize(("url", "answers"), [("https://moderator.test", [401, 401, 429]), ("", [401, 429, 429])])
def test_a_proxy_on_this_machine_is_believed_about_visitors_where_the_public_comes_by_https(
    start: Start, url: str, answers: list[int]
) -> None:
    address = _line(start(_ONE_TRY + _SERVE, MODERATOR_URL=url, MODERATOR_SECURE_COOKIES="0"))
    got = []
    with httpx.Client(base_url=address) as client:
        found = re.search('name="csrf_token" value="([^"]+)"', client.get("/sign-in").text)
        assert found
        for number, visitor in enumerate(("203.0.113.1", "203.0.113.2", "203.0.113.1")):
            form = {"email": f"guess{number}@example.org", "password": "wrong", "csrf_token": found[1]}
            got.append(client.post("/sign-in", data=form, headers={"X-Forwarded-For": visitor}).status_code)
    assert got == answers


def test_a_taken_port_is_named_and_nothing_is_started(environment: dict[str, str]) -> None:
    runtime = bootstrap(load(environment))
    before = threading.active_count()
    with closing(socket.create_server(("127.0.0.1", 0))) as taken, closing(runtime):
        port = taken.getsockname()[1]
        with pytest.raises(PortTaken, match=f"port {port} is taken"):
            serve(runtime, "127.0.0.1", port)
    assert threading.active_count() == before


@on_one_database
def test_an_address_that_is_not_ours_is_named_too(runtime: Runtime) -> None:
    with pytest.raises(PortTaken, match=r"cannot listen on 192\.0\.2\.1, port 8000"):
        serve(runtime, "192.0.2.1", 8000)


def test_any_wsgi_server_can_run_it_from_the_environment_alone(start: Start) -> None:
    assert _ended(start(_WSGI)) == (0, "200", "")


def _signed_in(database_url: str) -> dict[str, str]:
    """The cookie of a member of a new office."""
    database = Database(database_url)
    with database.write() as session:
        office_id = accounts.create_office(session, "Office of Alice").id
        member = accounts.add_member(session, office_id, "alice@example.org", "Alice", Role.OWNER)
        token = accounts.open_session(session, member.id)
    database.dispose()
    return {"Cookie": f"session={token}"}


def test_streams_end_at_once_when_the_service_is_asked_to_stop(start: Start, sqlite_url: str) -> None:
    process = start(_SERVE)
    url, cookie = f"{_line(process)}/review/live", _signed_in(sqlite_url)
    with httpx.stream("GET", url, headers=cookie, timeout=20) as stream:
        lines = stream.iter_lines()
        assert "event: change" in lines
        process.send_signal(signal.SIGTERM)
        assert not [line for line in lines if line.startswith("event")]
    # Waitress waits five seconds for threads that do not end by themselves, and complains of them.
    assert _ended(process) == (0, "closed", "")


def test_whoever_goes_away_from_a_stream_leaves_its_thread_to_others(start: Start, sqlite_url: str) -> None:
    url, cookie = f"{_line(start(_SERVE))}/review/live", _signed_in(sqlite_url)
    for _ in range(2 * FOR_ONE):
        _come_and_go(url, cookie)


def _come_and_go(url: str, cookie: dict[str, str]) -> None:
    """Open a stream, as soon as there is room for one, and leave it."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with httpx.stream("GET", url, headers=cookie, timeout=20) as stream:
            if stream.status_code == 200:
                assert next(stream.iter_lines()) == "retry: 3000"
                return
        time.sleep(0.05)
    raise AssertionError("there was never room again")
