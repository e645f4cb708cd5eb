"""Deciding about many comments over HTTP, without a script running."""

import json
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from moderator import channels
from moderator.domain.vocabulary import Role, Verb
from moderator.jobs import handlers
from moderator.jobs.runner import Runner
from moderator.queries import bulk_page
from moderator.review import cases, leases
from moderator.runtime import Runtime
from moderator.storage.database import Database
from moderator.storage.tables import BulkItem, BulkRun, Case, ChannelRole, Comment
from tests.fakes import office
from tests.fakes.office import HOSTILE, Seen
from tests.fakes.pages import field, link_to, plain
from tests.webui.conftest import Cast, FormToken, SignedIn

Send = Callable[..., TestResponse]

SAID = "Buy the cheap tea of my shop before it is gone"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One kind of database is enough for the pages: the reads behind them are tested on both."""
    return sqlite_url


@pytest.fixture
def runtime(runtime: Runtime) -> Runtime:
    return replace(runtime, classifiers=office.Room())


@pytest.fixture
def seen(runtime: Runtime, cast: Cast) -> list[Seen]:
    """Four copies of an advertisement, and a comment that criticises."""
    with runtime.database.write() as session:
        office.publish(session, cast.office_id)
        settings = {"target_url": "https://tool.example.org/hook"}
        channel = channels.create_channel(
            session, runtime.sealer, cast.office_id, "webhook", "Our page", config=settings
        )
        copies = [office.say(session, channel.id, f"{SAID}{'!' * n}", author=f"Copy {n}") for n in range(4)]
        found = [office.suggest(session, one, rule="2b", label="spam", automatic=None) for one in copies]
        harsh = office.say(session, channel.id, f"You broke every promise you made {HOSTILE}", author=HOSTILE)
        return [*found, office.suggest(session, harsh, rule="", verbs=(Verb.KEEP,))]


@pytest.fixture
def mona(cast: Cast, signed_in: SignedIn) -> FlaskClient:
    browser: FlaskClient = signed_in(cast.mona)
    return browser


@pytest.fixture
def send(form_token: FormToken) -> Send:
    def post(client: FlaskClient, url: str, **data: object) -> TestResponse:
        return client.post(url, data={"csrf_token": form_token(client), **data})

    return post


def _ids(seen: list[Seen]) -> list[str]:
    return [one.case_id for one in seen]


def _listed(seen: list[Seen]) -> str:
    return " ".join(f"{one.case_id}.{one.decision_id}" for one in seen)


def _start(send: Send, client: FlaskClient, seen: list[Seen], verb: str = "hide", **more: object) -> TestResponse:
    form = {"listed": _listed(seen), "case": _ids(seen), "verb": verb, "rule_id": "2b", **more}
    return send(client, "/review/bulk", **form)


def _ticked(page: str) -> set[str]:
    return set(re.findall(r'name="case" value="(\w+)" checked', page))


def _run(database: Database) -> BulkRun:
    with database.read() as session:
        return session.scalars(select(BulkRun).order_by(BulkRun.id.desc())).first()  # type: ignore[return-value]


def test_what_was_ticked_in_the_queue_is_shown_before_anything_is_chosen(
    mona: FlaskClient, send: Send, seen: list[Seen]
) -> None:
    answer = send(mona, "/review/bulk/new", case=_ids(seen))
    page = plain(answer.text)
    assert answer.status_code == 200
    assert "5 comments ticked" in page
    assert "1 differs from the rest" in page
    assert "1 may be mere criticism." in page
    assert "Our page 5" in page
    assert "You broke every promise" in page
    assert HOSTILE not in answer.text
    assert _ticked(answer.text) == set(_ids(seen))
    assert field(answer.text, "listed").split()[0].startswith(seen[4].case_id)


def test_those_that_may_be_criticism_are_unticked_by_one_button_and_stay_on_the_page(
    mona: FlaskClient, send: Send, seen: list[Seen]
) -> None:
    form = {"listed": _listed(seen), "case": _ids(seen[1:]), "verb": "hide", "rule_id": "2b", "note": "one shop"}
    page = send(mona, "/review/bulk/new", untick="criticism", **form).text
    assert _ticked(page) == set(_ids(seen[1:4]))
    assert "You broke every promise" in page
    assert 'value="hide" checked' in page
    assert '<option value="2b" selected>' in page
    assert "one shop" in page


def test_a_comment_on_a_colleagues_screen_is_not_ticked_at_first(
    mona: FlaskClient, send: Send, database: Database, cast: Cast, seen: list[Seen]
) -> None:
    with database.write() as session:
        leases.take(session, cast.leo, seen[0].case_id)
    page = send(mona, "/review/bulk/new", case=_ids(seen[:3])).text
    assert _ticked(page) == set(_ids(seen[1:3]))
    assert "Leo has it open" in plain(page)


def test_a_cluster_and_an_author_are_found_by_their_addresses(
    mona: FlaskClient, database: Database, seen: list[Seen]
) -> None:
    page = plain(mona.get(f"/review/bulk/new?like={seen[0].comment_id}").text)
    assert "4 comments that say nearly the same" in page
    assert "You broke every promise" not in page
    with database.read() as session:
        author_id = session.get_one(Comment, seen[1].comment_id).author_id
    assert "1 comment by Copy 1" in plain(mona.get(f"/review/bulk/new?author={author_id}").text)


def test_the_queue_and_the_page_of_a_comment_lead_there(mona: FlaskClient, send: Send, seen: list[Seen]) -> None:
    queue = mona.get("/review").text
    assert link_to(queue, "/review/bulk/new") == "/review/bulk/new"
    assert set(re.findall(r'name="case" value="(\w+)"', queue)) == set(_ids(seen))
    page = mona.get(f"/review/cases/{seen[0].case_id}").text
    for pattern, says in (
        (r"/review/bulk/new\?like=\w+", "nearly the same"),
        (r"/review/bulk/new\?author=\w+", "Copy 0"),
    ):
        assert says in plain(mona.get(link_to(page, pattern)).text)


def test_what_is_said_again_and_again_is_offered_to_start_from(mona: FlaskClient, seen: list[Seen]) -> None:
    page = mona.get("/review/bulk/new").text
    assert "4 comments among those that wait say nearly this" in plain(page)
    assert mona.get(link_to(page, r"/review/bulk/new\?like=\w+")).status_code == 200


def test_the_page_before_it_happens_says_what_will_happen_where(
    mona: FlaskClient, send: Send, seen: list[Seen]
) -> None:
    form = {"listed": _listed(seen), "case": _ids(seen), "verb": "hide", "rule_id": "2b"}
    page = plain(send(mona, "/review/bulk/confirm", **form).text)
    assert "Hide: 5 comments" in page
    assert "Our page, 5 comments: Tells the connected tool to hide the comment. Can be undone." in page
    assert "In 1 comment the service did not find this rule." in page
    assert "1 comment may be mere criticism." in page
    assert "undo the whole of it afterwards" in page


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"case": []}, "Tick at least one comment."),
        ({"verb": ""}, "Choose what to do."),
        ({"verb": "delete"}, "Choose what to do."),
        ({"rule_id": ""}, "Pick the rule that these comments break."),
    ],
)
def test_what_is_missing_is_said_on_the_same_page(
    mona: FlaskClient, send: Send, seen: list[Seen], changed: dict[str, object], says: str
) -> None:
    form = {"listed": _listed(seen), "case": _ids(seen), "verb": "hide", "rule_id": "2b", **changed}
    answer = send(mona, "/review/bulk/confirm", **form)
    assert answer.status_code == 422
    assert says in plain(answer.text)
    assert "You broke every promise" in answer.text


def test_a_run_from_its_start_to_its_undo(
    mona: FlaskClient, send: Send, runtime: Runtime, database: Database, seen: list[Seen]
) -> None:
    answer = _start(send, mona, seen[:4], note="one shop")
    run = _run(database)
    assert (answer.status_code, answer.location) == (303, f"/review/bulk/{run.id}")
    page = mona.get(answer.location).text
    assert "0 of 4 comments, about to start." in plain(page)
    assert '<noscript><meta http-equiv="refresh"' in page
    Runner(runtime, handlers.WATCHED).drain()
    page = mona.get(answer.location).text
    assert "4 of 4 comments, done. 4 decided." in plain(page)
    assert "4 on the way to the platform to hide" in plain(page)
    assert "refresh" not in page
    progress = json.loads(mona.get(f"/review/bulk/{run.id}/progress").text)
    assert (progress["unfinished"], progress["again"]) == (False, True)
    assert "4 of 4 comments" in plain(progress["html"])
    taken = send(mona, f"/review/bulk/{run.id}/undo")
    Runner(runtime, handlers.WATCHED).drain()
    assert "4 taken back" in plain(mona.get(taken.location).text)
    assert "Mona took back 4 of 4" in plain(mona.get(answer.location).text)
    listing = plain(mona.get("/review/bulk").text)
    assert "Undo of a run: 4 comments" in listing
    assert "Hide: 4 comments" in listing
    with database.read() as session:
        assert set(session.scalars(select(Case.state))) == {"open"}


def test_what_was_decided_in_the_meantime_is_left_alone_and_said(
    mona: FlaskClient, send: Send, runtime: Runtime, database: Database, cast: Cast, seen: list[Seen]
) -> None:
    with database.write() as session:
        cases.resolve(session, cast.leo, seen[0].case_id, seen[0].decision_id, ["keep"], None)
    answer = _start(send, mona, seen[:3])
    Runner(runtime, handlers.WATCHED).drain()
    page = plain(mona.get(answer.location).text)
    assert "2 decided, 1 left alone" in page
    assert "Leo was first and decided: keep." in page


def test_what_was_on_the_screen_counts_and_not_what_is_asked_now(
    mona: FlaskClient, send: Send, runtime: Runtime, database: Database, seen: list[Seen]
) -> None:
    with database.write() as session:
        office.suggest(session, seen[0].comment_id, rule="2a", score=0.7)
    _start(send, mona, seen[:2])
    Runner(runtime, handlers.WATCHED).drain()
    with database.read() as session:
        left = session.scalars(select(BulkItem).where(BulkItem.state == "left_alone")).one()
    assert left.comment_id == seen[0].comment_id


def test_a_run_is_stopped_by_its_button(
    mona: FlaskClient, send: Send, runtime: Runtime, database: Database, seen: list[Seen]
) -> None:
    address = _start(send, mona, seen[:4]).location
    assert send(mona, f"{address}/stop").status_code == 303
    Runner(runtime, handlers.WATCHED).drain()
    assert "0 of 4 comments, then stopped. 0 decided, 4 not reached." in plain(mona.get(address).text)


def test_a_choice_that_cannot_be_made_for_many_starts_nothing(
    mona: FlaskClient, send: Send, database: Database, seen: list[Seen]
) -> None:
    for more in ({"verb": "delete"}, {"rule_id": "99"}, {"verb": ["block", "hide"]}):
        answer = _start(send, mona, seen[:2], **more)
        assert answer.status_code == 422, more
    assert _run(database) is None


def test_too_many_ticked_by_hand_are_refused(
    mona: FlaskClient, send: Send, seen: list[Seen], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_page, "BY_HAND", 2)
    assert send(mona, "/review/bulk/new", case=_ids(seen)).status_code == 422


def test_nonsense_in_the_form_harms_nothing(mona: FlaskClient, send: Send, seen: list[Seen]) -> None:
    for listed in ("", ".", "x.y", HOSTILE, f"{seen[0].case_id}", f"{seen[0].case_id}.nonsense"):
        for url in ("/review/bulk/new", "/review/bulk/confirm", "/review/bulk"):
            answer = send(mona, url, listed=listed, case=["x", "' OR 1=1 --"], verb="hide", rule_id=HOSTILE)
            assert answer.status_code in (200, 422), (url, listed)
            assert HOSTILE not in answer.text


@pytest.mark.parametrize("who", ["victor", "olive"])
def test_those_who_do_not_decide_are_shown_nothing_of_it(
    cast: Cast, signed_in: SignedIn, send: Send, mona: FlaskClient, seen: list[Seen], who: str
) -> None:
    address = _start(send, mona, seen[:2]).location
    browser = signed_in(getattr(cast, who))
    for url in ("/review/bulk", "/review/bulk/new", address, f"{address}/progress"):
        assert browser.get(url).status_code == 403, url
    for url in ("/review/bulk/new", "/review/bulk/confirm", "/review/bulk", f"{address}/stop", f"{address}/undo"):
        assert send(browser, url, listed=_listed(seen), case=_ids(seen), verb="keep").status_code == 403, url


def test_another_offices_runs_and_comments_are_not_there(
    cast: Cast, signed_in: SignedIn, send: Send, mona: FlaskClient, database: Database, seen: list[Seen]
) -> None:
    address = _start(send, mona, seen[:2]).location
    charlie = signed_in(cast.charlie)
    for url in (address, f"{address}/progress", f"/review/bulk/new?like={seen[0].comment_id}"):
        assert charlie.get(url).status_code == 404, url
    for url in (f"{address}/stop", f"{address}/undo"):
        assert send(charlie, url).status_code == 404, url
    assert "0 comments ticked" in plain(send(charlie, "/review/bulk/new", case=_ids(seen)).text)
    assert _start(send, charlie, seen, "keep").status_code == 422
    assert "Nothing yet." in plain(charlie.get("/review/bulk").text)
    with database.read() as session:
        assert len(session.scalars(select(BulkRun)).all()) == 1


def test_whoever_decides_on_one_channel_alone_sees_its_comments_alone(
    cast: Cast, signed_in: SignedIn, send: Send, database: Database, runtime: Runtime, seen: list[Seen]
) -> None:
    with database.write() as session:
        other = channels.create_channel(session, runtime.sealer, cast.office_id, "webhook", "Elsewhere").id
        session.add(ChannelRole(member_id=cast.mona.id, channel_id=other, role=Role.MODERATOR.value))
    browser = signed_in(cast.mona)
    assert "0 comments ticked" in plain(send(browser, "/review/bulk/new", case=_ids(seen)).text)
    assert browser.get(f"/review/bulk/new?like={seen[0].comment_id}").status_code == 404
