"""What pages are told while somebody looks: what waits, what came, who holds what; and how streams begin and end."""

import json
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, update
from werkzeug.test import TestResponse

from moderator import clock, watching
from moderator.domain.vocabulary import Role
from moderator.queries import live
from moderator.review import leases
from moderator.runtime import Runtime
from moderator.storage.tables import Case, ChannelRole, MemberSession
from tests.fakes import office
from tests.fakes.office import Seen
from tests.webui.conftest import Cast, ChannelOf, SignedIn, on_one_database
from webui import streams
from webui.app import create_app
from webui.streams import FOR_ONE, Streams

pytestmark = on_one_database


def never() -> bool:
    return False


@pytest.fixture
def app(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """The application with room for four streams that look often."""
    for name, seconds in {"PACE": 0.0, "LOOK": 0.02, "SILENCE": 30.0, "LENGTH": 10.0}.items():
        monkeypatch.setattr(streams, name, seconds)
    app = create_app(runtime, 4)
    app.extensions["streams"].watch._every = 0.01
    yield app
    app.extensions["streams"].stop()


@pytest.fixture
def channel_id(cast: Cast, channel_of: ChannelOf, runtime: Runtime) -> str:
    with runtime.database.write() as session:
        office.publish(session, cast.office_id)
    return channel_of(cast.office_id)


def wait(runtime: Runtime, channel_id: str, text: str = "The bus", **values: object) -> Seen:
    """A comment that waits for people."""
    with runtime.database.write() as session:
        seen = office.suggest(session, office.say(session, channel_id, text))
        if values:
            session.execute(update(Case).where(Case.id == seen.case_id).values(**values))
        return seen


def waiting(told: Any) -> int:
    """How much waits, in all lanes."""
    return sum(told["counts"].values())


def read(answer: TestResponse) -> Iterator[dict[str, Any]]:
    """What each event of a stream says."""
    for chunk in answer.iter_encoded():
        if chunk.startswith(b"event: change\n"):
            yield json.loads(chunk.split(b"data: ")[1])


def test_counts_and_news_and_leases_are_told_once_to_whoever_asks(
    runtime: Runtime, cast: Cast, channel_id: str, signed_in: SignedIn
) -> None:
    old = wait(runtime, channel_id, opened_at=clock.now() - timedelta(hours=1))
    made = clock.now().isoformat()
    wait(runtime, channel_id)
    with runtime.database.write() as session:
        leases.take(session, cast.mona, old.case_id)
    told = signed_in(cast.alice).get("/review/live.json", query_string={"made": made}).json
    assert told is not None
    assert (waiting(told), told["new"]) == (2, 1)
    held = told["leases"][old.case_id]
    assert (held["name"], held["mine"]) == ("Mona", False)
    mona = signed_in(cast.mona).get("/review/live.json").json
    assert mona is not None
    assert mona["leases"][old.case_id]["mine"] is True


def test_only_what_the_view_shows_is_news(runtime: Runtime, cast: Cast, channel_id: str, signed_in: SignedIn) -> None:
    made = (clock.now() - timedelta(minutes=1)).isoformat()
    wait(runtime, channel_id, language="cy")
    wait(runtime, channel_id, language="en")
    alice = signed_in(cast.alice)

    def new(**asked: str) -> object:
        told = alice.get("/review/live.json", query_string={"made": made} | asked).json
        return told and told["new"]

    assert [new(), new(language="cy"), new(language="fr"), new(state="closed"), new(lane="platform")] == [2, 1, 0, 0, 0]
    assert new(made="yesterday, perhaps") == 0
    assert new(made="2026-11-21T10:00:00") == 0


def test_nobody_is_told_of_what_they_may_not_see(
    runtime: Runtime, cast: Cast, channel_id: str, channel_of: ChannelOf, signed_in: SignedIn
) -> None:
    severe = wait(runtime, channel_id, severe=True)
    elsewhere = wait(runtime, channel_of(cast.office_id), severe=False)
    with runtime.database.write() as session:
        session.add(ChannelRole(member_id=cast.leo.id, channel_id=channel_id, role=Role.LEAD))
        for case_id in (severe.case_id, elsewhere.case_id):
            leases.take(session, cast.mona, case_id)
    told = {
        member.name: signed_in(member).get("/review/live.json").json for member in (cast.victor, cast.leo, cast.charlie)
    }
    seen = {name: (waiting(each), list(each["leases"])) if each else None for name, each in told.items()}
    assert seen == {
        "Victor": (1, [elsewhere.case_id]),
        "Leo": (1, [severe.case_id]),
        "Charlie": (0, []),
    }


def test_a_stream_tells_at_once_and_again_when_something_happens(
    runtime: Runtime, cast: Cast, channel_id: str, signed_in: SignedIn
) -> None:
    answer = signed_in(cast.alice).get("/review/live")
    assert answer.mimetype == "text/event-stream"
    assert answer.headers["X-Accel-Buffering"] == "no"
    assert answer.headers["Cache-Control"] == "no-store"
    told = read(answer)
    assert waiting(next(told)) == 0
    seen = wait(runtime, channel_id)
    assert waiting(next(told)) == 1
    with runtime.database.write() as session:
        leases.take(session, cast.mona, seen.case_id)
    assert list(next(told)["leases"]) == [seen.case_id]
    answer.close()


def test_a_stream_ends_when_its_member_is_signed_out(
    runtime: Runtime, cast: Cast, channel_id: str, signed_in: SignedIn
) -> None:
    told = read(signed_in(cast.alice).get("/review/live"))
    next(told)
    with runtime.database.write() as session:
        session.execute(delete(MemberSession).where(MemberSession.member_id == cast.alice.id))
        office.say(session, channel_id, "something happens")
    assert list(told) == []


def test_a_stream_ends_by_itself(cast: Cast, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "LENGTH", 0.05)
    assert len(list(read(signed_in(cast.alice).get("/review/live")))) == 1


def test_a_silent_stream_gives_signs_of_life(cast: Cast, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "SILENCE", 0.0)
    answer = signed_in(cast.alice).get("/review/live")
    assert any(chunk == b": still here\n\n" for chunk in answer.iter_encoded())
    answer.close()


def test_streams_are_bounded_for_one_and_for_all_and_make_room_again(cast: Cast, signed_in: SignedIn) -> None:
    alice, mona = signed_in(cast.alice), signed_in(cast.mona)
    held = [alice.get("/review/live") for _ in range(FOR_ONE)]
    full = alice.get("/review/live")
    assert (full.status_code, full.headers["Retry-After"]) == (503, "60")
    held.append(mona.get("/review/live"))
    assert mona.get("/review/live").status_code == 503
    held.pop().close()
    for ask in (mona.head, mona.get):
        with ask("/review/live") as answer:
            assert answer.status_code == 200
    for answer in held:
        answer.close()


def test_where_no_thread_can_be_spared_pages_ask_instead(
    runtime: Runtime, cast: Cast, signed_in: SignedIn, app: Flask
) -> None:
    app.extensions["streams"] = Streams(runtime.database, 0)
    alice = signed_in(cast.alice)
    assert alice.get("/review/live").status_code == 503
    assert alice.get("/review/live.json").status_code == 200


def test_whoever_is_gone_is_told_nothing_more(runtime: Runtime, cast: Cast) -> None:
    room = Streams(runtime.database, 1)
    events = room.events(cast.office_id, lambda: "news", gone=lambda: True)
    assert list(events) == [streams.OPENING]


def test_one_thread_looks_for_all_and_only_while_somebody_listens(runtime: Runtime, cast: Cast, app: Flask) -> None:
    room: Streams = app.extensions["streams"]

    def looking() -> int:
        return sum(thread.name == "watch" for thread in threading.enumerate())

    several = [room.events(office_id, lambda: "news", never) for office_id in (cast.office_id, cast.other_office_id)]
    for events in several:
        assert [next(events), next(events)] == [streams.OPENING, "news"]
    assert looking() == 1
    for events in several:
        events.close()
    until = time.monotonic() + 5
    while looking() and time.monotonic() < until:
        time.sleep(0.01)
    assert looking() == 0


def test_stopping_ends_every_stream_and_admits_no_other(cast: Cast, signed_in: SignedIn, app: Flask) -> None:
    alice = signed_in(cast.alice)
    told = read(alice.get("/review/live"))
    next(told)
    app.extensions["streams"].stop()
    assert list(told) == []
    assert alice.get("/review/live").status_code == 503


def test_a_look_that_fails_is_tried_again(
    runtime: Runtime, cast: Cast, signed_in: SignedIn, channel_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = read(signed_in(cast.alice).get("/review/live"))
    next(told)
    real, failed = live.signs, threading.Event()

    def fail_once(*arguments: object) -> object:
        if failed.is_set():
            return real(*arguments)  # type: ignore[arg-type]
        failed.set()
        raise OSError("the database is away")

    monkeypatch.setattr(watching, "signs", fail_once)
    assert failed.wait(5)
    wait(runtime, channel_id)
    assert waiting(next(told)) == 1
