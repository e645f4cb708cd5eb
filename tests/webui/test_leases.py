"""Two members and one case over HTTP: who has it, how it is kept, handed on, given back; with and without a script."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from moderator import channels, clock
from moderator.review import notes, replies
from moderator.runtime import Runtime
from moderator.storage.database import Database
from moderator.storage.tables import Action, Case, Exposure, Lease, Mention, Note
from tests.fakes import office
from tests.fakes.office import Seen
from tests.fakes.pages import plain
from tests.webui.conftest import Cast, FormToken, SignedIn

#: `send(client, "/review/…", do="keep")`: posts with the browser's form token; `json=True` as the page's script does
Send = Callable[..., TestResponse]


class Clock:
    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One kind of database is enough for the pages: the reads behind them are tested on both."""
    return sqlite_url


@pytest.fixture
def runtime(runtime: Runtime) -> Runtime:
    return replace(runtime, classifiers=office.Room())


@pytest.fixture(name="clock")
def _clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    moved = Clock()
    monkeypatch.setattr(clock, "now", moved.now)
    return moved


@pytest.fixture
def seen(database: Database, runtime: Runtime, cast: Cast) -> Seen:
    """A comment that waits in the review lane."""
    with database.write() as session:
        office.publish(session, cast.office_id)
        settings = {"target_url": "https://tool.example.org/hook"}
        channel = channels.create_channel(
            session, runtime.sealer, cast.office_id, "webhook", "Our page", config=settings
        )
        comment_id = office.say(session, channel.id, "Cheap tea", author="Gareth Pike")
        return office.suggest(session, comment_id, rule="2b", label="spam", automatic=None)


@pytest.fixture
def mona(cast: Cast, signed_in: SignedIn) -> FlaskClient:
    return signed_in(cast.mona)


@pytest.fixture
def leo(cast: Cast, signed_in: SignedIn) -> FlaskClient:
    return signed_in(cast.leo)


@pytest.fixture
def send(form_token: FormToken) -> Send:
    def post(client: FlaskClient, url: str, *, json: bool = False, **data: object) -> TestResponse:
        headers = {"Accept": "application/json"} if json else {}
        return client.post(url, data={"csrf_token": form_token(client), **data}, headers=headers)

    return post


def _url(seen: Seen, more: str = "") -> str:
    return f"/review/cases/{seen.case_id}{more}"


def _rows(database: Database, table: type[Any]) -> list[Any]:
    with database.read() as session:
        return list(session.scalars(select(table)))


def _case(database: Database) -> Case:
    (case,) = _rows(database, Case)
    return case  # type: ignore[no-any-return]


# --- opening it ----------------------------------------------------------------------------------------------------


def test_opening_a_case_takes_it_and_a_colleague_reads_whose_it_is(
    mona: FlaskClient, leo: FlaskClient, seen: Seen, cast: Cast, database: Database
) -> None:
    assert "Yours until" in mona.get(_url(seen)).text
    page = plain(leo.get(_url(seen)).text)
    assert "Mona has this open until" in page
    assert "Yours until" not in page
    (lease,) = _rows(database, Lease)
    assert lease.member_id == cast.mona.id
    assert _case(database).first_seen_at is not None


def test_the_page_before_it_happens_holds_the_case_as_well(mona: FlaskClient, seen: Seen, database: Database) -> None:
    assert "Yours until" in mona.get(_url(seen, "/confirm")).text
    assert len(_rows(database, Lease)) == 1


@pytest.mark.parametrize("headers", [{"Sec-Purpose": "prefetch"}, {"Sec-Purpose": "prefetch;prerender"}])
def test_a_page_that_is_only_fetched_ahead_holds_nothing(
    mona: FlaskClient, seen: Seen, database: Database, headers: Mapping[str, str]
) -> None:
    mona.get(_url(seen), headers=headers)
    mona.head(_url(seen))
    assert _rows(database, Lease) == []
    assert _case(database).first_seen_at is None


def test_an_observer_looks_on_and_holds_up_nobody(
    cast: Cast, signed_in: SignedIn, seen: Seen, database: Database
) -> None:
    olive = signed_in(cast.olive)
    assert "Nobody has this open" in plain(olive.get(_url(seen)).text)
    assert _rows(database, Lease) == []


def test_an_opened_case_counts_once_for_its_reader_alone(mona: FlaskClient, seen: Seen, database: Database) -> None:
    for _ in range(3):
        mona.get(_url(seen))
    assert [(row.kind, row.count) for row in _rows(database, Exposure)] == [("all", 1)]


# --- deciding it ---------------------------------------------------------------------------------------------------


def test_a_decision_over_a_colleagues_head_is_refused_with_name_and_time(
    mona: FlaskClient, leo: FlaskClient, seen: Seen, send: Send, clock: Clock
) -> None:
    mona.get(_url(seen))
    refused = send(leo, _url(seen), verbs="keep", seen=seen.decision_id)
    assert refused.status_code == 409
    assert "Mona has this comment open and holds it for another 10 minutes." in plain(refused.text)
    clock.ahead = timedelta(minutes=11)
    assert send(leo, _url(seen), verbs="keep", seen=seen.decision_id).status_code == 303
    late = send(mona, _url(seen), verbs="hide", rule_id="2b", seen=seen.decision_id)
    assert (late.status_code, "Leo was first and decided: keep." in plain(late.text)) == (409, True)


# --- what the page's script asks -----------------------------------------------------------------------------------


def test_a_script_renews_and_is_told_how_long_it_has(mona: FlaskClient, seen: Seen, send: Send, clock: Clock) -> None:
    mona.get(_url(seen))
    clock.ahead = timedelta(minutes=5)
    told = send(mona, _url(seen, "/lease"), json=True, do="renew").json
    assert told is not None
    assert (told["mine"], told["kept"], 590 < told["seconds"] <= 600) == (True, False, True)


def test_a_lease_that_ran_out_while_the_tab_slept_is_said_and_taken_again(
    mona: FlaskClient, seen: Seen, send: Send, clock: Clock
) -> None:
    mona.get(_url(seen))
    clock.ahead = timedelta(minutes=30)
    assert send(mona, _url(seen, "/lease"), json=True, do="renew").json == {"held": False}
    told = send(mona, _url(seen, "/lease"), json=True, do="take").json
    assert told is not None
    assert told["mine"]


def test_a_script_learns_who_took_it_and_that_it_was_decided(
    mona: FlaskClient, leo: FlaskClient, seen: Seen, send: Send, clock: Clock
) -> None:
    mona.get(_url(seen))
    clock.ahead = timedelta(minutes=30)
    leo.get(_url(seen))
    told = send(mona, _url(seen, "/lease"), json=True, do="renew").json
    assert told is not None
    assert (told["name"], told["mine"]) == ("Leo", False)
    send(leo, _url(seen), verbs="keep", seen=seen.decision_id)
    told = send(mona, _url(seen, "/lease"), json=True, do="renew").json
    assert told is not None
    assert told["closed"]


def test_closing_the_tab_gives_it_back_but_not_under_a_newer_page(
    mona: FlaskClient, seen: Seen, send: Send, database: Database
) -> None:
    mona.get(_url(seen))
    (first,) = _rows(database, Lease)
    mona.get(_url(seen))
    (second,) = _rows(database, Lease)
    assert send(mona, _url(seen, "/lease"), do="leave", taken=first.taken_at.isoformat()).status_code == 204
    assert len(_rows(database, Lease)) == 1
    send(mona, _url(seen, "/lease"), do="leave", taken=second.taken_at.isoformat())
    assert _rows(database, Lease) == []


@pytest.mark.parametrize("form", [{}, {"do": "steal"}, {"do": "leave"}, {"do": "leave", "taken": "2026-01-01"}])
def test_what_is_no_deed_is_refused(mona: FlaskClient, seen: Seen, send: Send, form: dict[str, str]) -> None:
    assert send(mona, _url(seen, "/lease"), **form).status_code == 422


def test_without_a_form_token_nothing_is_taken(mona: FlaskClient, seen: Seen, database: Database) -> None:
    assert mona.post(_url(seen, "/lease"), data={"do": "take"}).status_code == 400
    assert _rows(database, Lease) == []


# --- the buttons ---------------------------------------------------------------------------------------------------


def test_it_is_kept_and_given_back_by_buttons_alone(
    mona: FlaskClient, seen: Seen, send: Send, database: Database
) -> None:
    mona.get(_url(seen))
    assert send(mona, _url(seen, "/lease"), do="keep").headers["Location"].endswith(_url(seen))
    page = plain(mona.get(_url(seen)).text)
    assert "Kept for you until" in page
    assert "Keep it longer" not in page
    assert send(mona, _url(seen, "/lease"), do="release").status_code == 303
    assert _rows(database, Lease) == []


def test_what_somebody_else_holds_is_not_kept_and_only_a_lead_gives_it_back(
    mona: FlaskClient, leo: FlaskClient, seen: Seen, send: Send, database: Database
) -> None:
    leo.get(_url(seen))
    send(mona, _url(seen, "/lease"), do="keep")
    assert "Leo has this comment open" in plain(mona.get(_url(seen)).text)
    assert "Give it back to all" not in mona.get(_url(seen)).text
    send(mona, _url(seen, "/lease"), do="release")
    assert len(_rows(database, Lease)) == 1


def test_it_is_handed_to_a_colleague_who_is_told(
    mona: FlaskClient, leo: FlaskClient, cast: Cast, seen: Seen, send: Send, database: Database
) -> None:
    mona.get(_url(seen))
    handed = send(mona, _url(seen, "/hand"), colleague=cast.leo.id, why="You know <him>")
    assert handed.status_code == 303
    assert "1 mention" in plain(leo.get("/review/mentions").text)
    assert "You know &lt;him&gt;" in leo.get("/review/mentions").text
    page = plain(leo.get(_url(seen)).text)
    assert "Mona asked you to take this." in page
    assert "mention" not in page
    send(leo, _url(seen, "/put-back"))
    assert _case(database).assignee_id is None


def test_only_those_who_can_decide_are_offered(mona: FlaskClient, cast: Cast, seen: Seen, send: Send) -> None:
    page = mona.get(_url(seen)).text
    offered = [name for name in ("alice", "leo", "victor", "olive", "charlie") if _offers(page, getattr(cast, name).id)]
    assert offered == ["alice", "leo"]
    refused = send(mona, _url(seen, "/hand"), colleague=cast.olive.id)
    assert "Choose a colleague who can decide this. Nothing was changed." in plain(
        mona.get(refused.headers["Location"]).text
    )


def _offers(page: str, member_id: str) -> bool:
    return f'<option value="{member_id}">' in page


def test_a_lead_is_asked_and_gives_it_back(
    mona: FlaskClient, leo: FlaskClient, seen: Seen, send: Send, database: Database
) -> None:
    send(mona, _url(seen, "/escalate"), why="Could be libel")
    page = plain(mona.get(_url(seen)).text)
    assert "Mona asked that a lead decides this. Your choice would not be carried out." in page
    assert "Could be libel" in page
    mona.get("/review")
    send(mona, _url(seen, "/lease"), do="release")
    assert "Give it back to those who decide" in plain(leo.get(_url(seen)).text)
    send(leo, _url(seen, "/give-back"), why="It is opinion")
    assert _case(database).escalated_by is None


@pytest.mark.parametrize("deed", ["lease", "hand", "put-back", "escalate", "give-back"])
def test_nothing_is_done_to_another_offices_case(
    cast: Cast, signed_in: SignedIn, seen: Seen, send: Send, database: Database, deed: str
) -> None:
    answer = send(signed_in(cast.charlie), _url(seen, f"/{deed}"), do="take", why="x", colleague=cast.charlie.id)
    assert answer.status_code == 404
    assert _rows(database, Lease) == []
    assert _rows(database, Note) == []


# --- notes ---------------------------------------------------------------------------------------------------------


def test_a_note_is_written_read_and_seen(
    mona: FlaskClient, leo: FlaskClient, cast: Cast, seen: Seen, send: Send, database: Database
) -> None:
    url = f"/review/comments/{seen.comment_id}/notes"
    assert send(mona, url, text="@alice <b>look</b>", mentioned=cast.leo.id).headers["Location"].endswith("#notes")
    assert "@alice &lt;b&gt;look&lt;/b&gt;" in leo.get(_url(seen)).text
    waiting = {row.member_id for row in _rows(database, Mention) if row.seen_at is None}
    assert waiting == {cast.alice.id}


def test_all_mentions_are_marked_as_seen_at_once(
    leo: FlaskClient, cast: Cast, seen: Seen, send: Send, database: Database
) -> None:
    with database.write() as session:
        for text in ("One", "Two"):
            notes.add(session, cast.mona, seen.comment_id, text, [cast.leo.id])
    assert "2 mentions" in plain(leo.get("/review/mentions").text)
    send(leo, "/review/mentions/seen")
    assert "mentions" not in plain(leo.get("/preferences").text)
    assert "I have seen all of them" not in leo.get("/review/mentions").text


def test_a_note_without_words_is_refused_and_an_observers_too(
    mona: FlaskClient, cast: Cast, signed_in: SignedIn, seen: Seen, send: Send, database: Database
) -> None:
    url = f"/review/comments/{seen.comment_id}/notes"
    send(mona, url, text=" ")
    assert send(signed_in(cast.olive), url, text="Hello").status_code == 403
    assert send(signed_in(cast.charlie), url, text="Hello").status_code == 404
    assert _rows(database, Note) == []


# --- answers -------------------------------------------------------------------------------------------------------


@pytest.fixture
def reply_id(database: Database, cast: Cast, seen: Seen) -> str:
    with database.write() as session:
        text = "Dear {author}, write to {office} by {day}."
        return replies.write(session, cast.leo, "Where to write", text, "redirect", None).id


def test_a_prepared_reply_is_filled_in_and_sent_once_nothing_is_open(
    mona: FlaskClient, seen: Seen, send: Send, reply_id: str, database: Database
) -> None:
    assert f"verbs=redirect&amp;reply={reply_id}" in mona.get(_url(seen)).text
    page = mona.get(_url(seen, f"/confirm?verbs=redirect&reply={reply_id}")).text
    assert "Dear Gareth Pike, write to Office of Alice Archer by {day}.</textarea>" in page
    form = {"verbs": "redirect", "seen": seen.decision_id, "step": "confirm"}
    open_place = send(mona, _url(seen), text="Write to us by {day}.", **form)
    assert open_place.status_code == 422
    assert "fill in {day} before this is sent" in plain(open_place.text).lower()
    assert "Write to us by {day}.</textarea>" in open_place.text
    assert send(mona, _url(seen), text="Write to us by Friday.", **form).status_code == 303
    assert [(action.verb, action.text) for action in _rows(database, Action)] == [
        ("redirect", "Write to us by Friday.")
    ]


def test_an_author_is_answered_once(mona: FlaskClient, seen: Seen, send: Send, database: Database) -> None:
    form = {"verbs": ["reply", "redirect"], "seen": seen.decision_id, "step": "confirm", "text": "Hello"}
    assert send(mona, _url(seen), **form).status_code == 422
    assert _rows(database, Action) == []


def test_an_answer_cites_no_rule_unless_somebody_says_so(mona: FlaskClient, seen: Seen) -> None:
    assert '<option value="2b" selected>' in mona.get(_url(seen, "/confirm?verbs=hide")).text
    assert '<option value="2b" selected>' not in mona.get(_url(seen, "/confirm?verbs=reply")).text


def test_what_is_to_be_posted_by_hand_can_be_copied(
    mona: FlaskClient, seen: Seen, send: Send, database: Database
) -> None:
    form = {"verbs": "reply", "seen": seen.decision_id, "step": "confirm", "text": "Write to <us>"}
    send(mona, _url(seen), **form)
    with database.write() as session:
        office.refuse(session, seen.comment_id)
    assert "Write to &lt;us&gt;</textarea>" in mona.get("/review?lane=platform").text
    assert (
        "Write to &lt;us&gt;</textarea>" in mona.get(f"/review/comments/{seen.comment_id}", follow_redirects=True).text
    )
