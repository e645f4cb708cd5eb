"""What the script asks that keeps decisions while there is no connection: answers in JSON, and pages ahead of time."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from moderator.review import cases, leases, undo
from moderator.runtime import Runtime
from moderator.storage.database import Database
from moderator.storage.tables import Decision, Lease
from tests.fakes import office
from tests.fakes.office import Seen
from tests.webui.conftest import Cast, ChannelOf, FormToken, SignedIn

JSON = {"Accept": "application/json"}
AHEAD = {"Purpose": "prefetch"}


@pytest.fixture
def waiting(runtime: Runtime, cast: Cast, channel_of: ChannelOf) -> Seen:
    channel_id = channel_of(cast.office_id)
    with runtime.database.write() as session:
        office.publish(session, cast.office_id)
        return office.suggest(session, office.say(session, channel_id, "Buy my tea"), rule="2b", label="spam")


def _choose(
    client: FlaskClient, token: str, seen: Seen, verb: str = "hide", rule: str = "2b"
) -> tuple[int, dict[str, str]]:
    form = {"csrf_token": token, "seen": seen.decision_id, "verbs": verb, "rule_id": rule}
    answer = client.post(f"/review/cases/{seen.case_id}", data=form, headers=JSON)
    assert answer.json is not None, answer.text
    return answer.status_code, answer.json


def _decisions_by_people(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).where(Decision.maker == "person")) or 0


def test_a_script_is_told_where_to_go_next(
    signed_in: SignedIn, cast: Cast, form_token: FormToken, waiting: Seen, database: Database
) -> None:
    client = signed_in(cast.mona)
    status, told = _choose(client, form_token(client), waiting)
    assert (status, list(told)) == (200, ["next"])
    assert told["next"].startswith("/review")


def test_the_same_choice_sent_twice_is_made_once(
    signed_in: SignedIn, cast: Cast, form_token: FormToken, waiting: Seen, database: Database
) -> None:
    client = signed_in(cast.mona)
    token = form_token(client)
    _choose(client, token, waiting)
    assert _choose(client, token, waiting)[0] == 200
    assert _decisions_by_people(database) == 1
    status, told = _choose(client, token, waiting, "keep")
    assert status == 409
    assert told["detail"].startswith("Mona was first and decided: hide.")


def test_what_was_taken_back_meanwhile_is_not_done_again(
    signed_in: SignedIn, cast: Cast, form_token: FormToken, waiting: Seen, database: Database
) -> None:
    client = signed_in(cast.mona)
    token = form_token(client)
    with database.write() as session:
        made = cases.resolve(session, cast.mona, waiting.case_id, waiting.decision_id, ["hide"], "2b")
    with database.write() as session:
        undo.undo(session, cast.mona, made.decision_id)
    with database.write() as session:
        cases.resolve(session, cast.mona, waiting.case_id, waiting.decision_id, ["keep"], None)
    assert _choose(client, token, waiting)[0] == 409


def test_somebody_else_s_decision_is_no_answer_to_mine(
    signed_in: SignedIn, cast: Cast, form_token: FormToken, waiting: Seen, database: Database
) -> None:
    with database.write() as session:
        cases.resolve(session, cast.leo, waiting.case_id, waiting.decision_id, ["hide"], "2b")
    client = signed_in(cast.mona)
    assert _choose(client, form_token(client), waiting)[0] == 409


def test_a_script_is_told_what_is_wrong_and_that_it_is_signed_out(
    signed_in: SignedIn, cast: Cast, form_token: FormToken, waiting: Seen
) -> None:
    client = signed_in(cast.mona)
    token = form_token(client)
    status, told = _choose(client, token, waiting, rule="")
    assert (status, told["field"]) == (422, "rule_id")
    assert _choose(client, token, waiting, verb="delete")[0] == 422
    client.delete_cookie("session")
    assert _choose(client, token, waiting)[0] == 401


def test_a_page_read_ahead_is_held_for_nobody(
    signed_in: SignedIn, cast: Cast, waiting: Seen, database: Database
) -> None:
    client = signed_in(cast.mona)
    page = client.get(f"/review/cases/{waiting.case_id}", headers=AHEAD)
    assert "Buy my tea" in page.text
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Lease)) == 0


def test_nothing_that_weighs_on_people_or_that_a_colleague_has_open_is_read_ahead(
    signed_in: SignedIn, cast: Cast, waiting: Seen, database: Database, channel_of: ChannelOf
) -> None:
    channel_id = channel_of(cast.office_id)
    with database.write() as session:
        severe = office.suggest(session, office.say(session, channel_id, "A threat"))
        leases.take(session, cast.leo, waiting.case_id)
    for seen in (severe, waiting):
        answer = signed_in(cast.mona).get(f"/review/cases/{seen.case_id}", headers=AHEAD)
        assert (answer.status_code, answer.text) == (204, "")
    assert signed_in(cast.leo).get(f"/review/cases/{waiting.case_id}", headers=AHEAD).status_code == 200
