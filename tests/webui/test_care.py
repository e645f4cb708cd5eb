"""What the pages spare those who moderate, and that none of it is told to anybody or lost to everybody."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from moderator import channels, clock
from moderator.review import care, preferences
from moderator.runtime import Runtime
from moderator.storage.database import Database
from moderator.storage.tables import AuditEntry, Case, CasePass, Exposure, Figures, Lease, Member, Office
from tests.fakes import office
from tests.fakes.office import Seen
from tests.fakes.pages import plain
from tests.webui.conftest import Cast, FormToken, SignedIn

THREAT = "I know where you live, Rowan, you shit"

#: `send(client, "/review/…", verbs="hide")`: posts with the browser's form token
Send = Callable[..., TestResponse]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One kind of database is enough for the pages: the reads behind them are tested on both."""
    return sqlite_url


@pytest.fixture
def runtime(runtime: Runtime) -> Runtime:
    return replace(runtime, classifiers=office.Room())


@pytest.fixture
def channel_id(runtime: Runtime, cast: Cast) -> str:
    with runtime.database.write() as session:
        office.publish(session, cast.office_id)
        return channels.create_channel(session, runtime.sealer, cast.office_id, "webhook", "Our page").id


@pytest.fixture
def threat(database: Database, channel_id: str) -> Seen:
    return _severe(database, channel_id)


@pytest.fixture
def advert(database: Database, channel_id: str) -> Seen:
    with database.write() as session:
        comment_id = office.say(session, channel_id, "Cheap bloody tea, you twats")
        office.assess(session, comment_id, {"spam": 0.7})
        return office.suggest(session, comment_id, rule="2b", label="spam", automatic=None)


@pytest.fixture
def mona(cast: Cast, signed_in: SignedIn) -> FlaskClient:
    browser: FlaskClient = signed_in(cast.mona)
    return browser


@pytest.fixture
def send(form_token: FormToken) -> Send:
    def post(client: FlaskClient, url: str, **data: object) -> TestResponse:
        return client.post(url, data={"csrf_token": form_token(client), **data})

    return post


def _severe(database: Database, channel_id: str) -> Seen:
    with database.write() as session:
        comment_id = office.say(session, channel_id, THREAT)
        office.assess(session, comment_id, {"threat": 0.84}, [(0, 21, "threat")], language="en")
        return office.suggest(session, comment_id)


def _choose(database: Database, member: Member, **changes: object) -> None:
    with database.write() as session:
        preferences.write(session, member.id, changes)


def _represents(database: Database, member: Member) -> None:
    with database.write() as session:
        session.get_one(Member, member.id).representative = True


def _page(client: FlaskClient, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, url
    return answer.text


def _case(seen: Seen) -> str:
    return f"/review/cases/{seen.case_id}"


def _read_out(page: str) -> str:
    """What stands on a page before anything folded on it is opened; texts in `details` are neither drawn nor read."""
    while (shut := re.sub(r"<details\b(?! open)[^>]*>(?:(?!<details\b).)*?</details>", " ", page, flags=re.S)) != page:
        page = shut
    return plain(page)


def _count(database: Database, member: Member, kind: care.Kind) -> int:
    with database.read() as session:
        return sum(row.count for row in session.query(Exposure).filter_by(member_id=member.id, kind=kind.value))


# --- masks ---------------------------------------------------------------------------------------------------------


def test_a_severe_text_is_not_read_out_before_it_is_asked_for(mona: FlaskClient, threat: Seen) -> None:
    for url in (_case(threat), "/review", f"{_case(threat)}/confirm"):
        page = _page(mona, url)
        assert "I know where you live" not in _read_out(page), url
        assert "I know where you live" in plain(page), url


def test_what_a_masked_text_is_stands_before_it(mona: FlaskClient, threat: Seen) -> None:
    page = plain(_page(mona, _case(threat)))
    said = "Looks like a threat · rule 2a, Threats · 38 characters · in English Show the text v"
    assert said in page
    assert page.index(said) < page.index("I know where you live")


def test_a_severe_text_is_shown_at_once_to_whoever_wants_it_so(
    mona: FlaskClient, cast: Cast, threat: Seen, database: Database
) -> None:
    _choose(database, cast.mona, mask_severe=False)
    for url in (_case(threat), "/review"):
        assert ", Rowan, you s•••" in _read_out(_page(mona, url))


def test_slurs_are_masked_in_lists_and_in_the_case_and_shown_on_request(mona: FlaskClient, advert: Seen) -> None:
    for url in (_case(advert), "/review"):
        page = _page(mona, url)
        assert "Cheap bloody tea, you t••••" in _read_out(page)
        assert "twats" not in _read_out(page)
        assert "twats" in plain(page)
        assert '<summary data-action="reveal">' in page


def test_slurs_are_shown_at_once_to_whoever_wants_it_so(
    mona: FlaskClient, cast: Cast, advert: Seen, database: Database
) -> None:
    _choose(database, cast.mona, mask_slurs=False)
    for url in (_case(advert), "/review"):
        assert "Cheap bloody tea, you twats" in _read_out(_page(mona, url))


def test_marks_stay_where_they_belong_in_a_masked_text(
    mona: FlaskClient, cast: Cast, threat: Seen, database: Database
) -> None:
    _choose(database, cast.mona, mask_severe=False)
    page = _page(mona, _case(threat))
    assert page.count("<mark>I know where you live</mark>") == 2  # masked and as written


def test_no_page_claims_that_a_mask_protects(mona: FlaskClient, cast: Cast, signed_in: SignedIn) -> None:
    for client, url in ((mona, "/preferences/care"), (signed_in(cast.leo), "/settings/care")):
        assert not re.search(r"protect|safe|shield|harm", plain(_page(client, url)), re.IGNORECASE)
    assert "It has not been shown that a mask makes" in plain(_page(mona, "/preferences/care"))


@pytest.mark.parametrize(
    "text",
    [
        '<img src="https://evil.example/1.png"> https://evil.example/1.png',
        "<video autoplay src=//evil.example></video><audio src=x></audio><iframe src=//evil.example></iframe>",
        "![a picture](https://evil.example/2.gif) <svg/onload=alert(1)> <object data=x><embed src=x>",
    ],
)
def test_nothing_in_a_comment_is_ever_played_or_loaded(
    mona: FlaskClient, cast: Cast, database: Database, channel_id: str, text: str
) -> None:
    with database.write() as session:
        comment_id = office.say(session, channel_id, f"{text} shit", author=text, post=text, post_text=text)
        office.assess(session, comment_id, {"threat": 0.84}, [(0, 5, "threat")])
        seen = office.suggest(session, comment_id)
        office.say(session, channel_id, text, post=text, post_text=text, parent=None)
    for masked in (True, False):
        _choose(database, cast.mona, mask_severe=masked)
        for url in (_case(seen), "/review", f"{_case(seen)}/confirm", "/review/decided"):
            page = _page(mona, url)
            assert not re.search(r"<(img|video|audio|iframe|object|embed|picture|source)\b", page, re.IGNORECASE)
            assert not re.search(r"<\w[^>]*\b(src|srcset|data|poster|style|href)=[^>]*evil", page, re.IGNORECASE)


# --- how much ------------------------------------------------------------------------------------------------------


def test_a_case_is_counted_once_for_whoever_opens_it_however_often_they_look(
    mona: FlaskClient, cast: Cast, threat: Seen, advert: Seen, database: Database, send: Send
) -> None:
    for _ in range(2):
        mona.get(_case(threat))
        mona.get(_case(advert))
    send(mona, f"{_case(threat)}/lease", do="release")
    mona.get(_case(threat))
    assert (_count(database, cast.mona, care.Kind.SEVERE), _count(database, cast.mona, care.Kind.ALL)) == (1, 2)
    page = plain(_page(mona, "/preferences/care"))
    assert "This hour 1 2 Today 1 2 This week 1 2" in page


def test_a_browser_that_looks_ahead_is_not_counted(
    mona: FlaskClient, cast: Cast, threat: Seen, database: Database
) -> None:
    mona.get(_case(threat), headers={"Sec-Purpose": "prefetch"})
    mona.head(_case(threat))
    assert _count(database, cast.mona, care.Kind.ALL) == 0


def test_at_a_limit_something_else_is_suggested_and_going_on_is_told_to_nobody(
    mona: FlaskClient, cast: Cast, threat: Seen, database: Database, channel_id: str, send: Send
) -> None:
    _choose(database, cast.mona, severe_per_hour=1, mask_severe=False)
    assert "That is as much" in plain(_page(mona, _case(threat)))
    second = _severe(database, channel_id)
    page = _page(mona, _case(second))
    assert "You have opened 2 severe cases." in plain(page)
    assert "I know where you live" not in _read_out(page)
    with database.read() as session:
        before = session.query(AuditEntry).count()
    answer = send(mona, "/review/go-on", case=second.case_id)
    assert answer.location == _case(second)
    page = _page(mona, _case(second))
    assert "That is as much" not in page
    assert "I know where you live" in _read_out(page)
    with database.read() as session:
        assert session.query(AuditEntry).count() == before
        assert {row.kind for row in session.query(Exposure)} == {"all", "severe", "in_a_row"}


def test_no_limit_is_spoken_of_on_the_page_of_a_mild_case(
    mona: FlaskClient, cast: Cast, threat: Seen, advert: Seen, database: Database
) -> None:
    _choose(database, cast.mona, severe_per_hour=1)
    mona.get(_case(threat))
    assert "That is as much" not in _page(mona, _case(advert))


def test_something_lighter_leaves_the_case_to_others_and_opens_a_mild_one(
    mona: FlaskClient, cast: Cast, threat: Seen, advert: Seen, database: Database, send: Send
) -> None:
    _choose(database, cast.mona, severe_per_hour=1)
    with database.write() as session:
        session.get_one(Case, threat.case_id).due_at = clock.now().replace(year=clock.now().year + 1)
    mona.get(_case(threat))
    assert send(mona, f"{_case(threat)}/lighter").location == _case(advert)
    with database.read() as session:
        assert (session.query(Lease).count(), session.query(CasePass).count()) == (0, 0)


def test_a_pause_holds_nothing_and_leads_back(mona: FlaskClient, threat: Seen, database: Database, send: Send) -> None:
    mona.get(_case(threat))
    answer = send(mona, f"{_case(threat)}/pause")
    assert "Back to the queue" in _page(mona, answer.location)
    with database.read() as session:
        assert session.query(Lease).count() == 0


def test_a_case_is_passed_on_without_a_reason_and_does_not_come_back(
    mona: FlaskClient, cast: Cast, threat: Seen, advert: Seen, signed_in: SignedIn, send: Send
) -> None:
    page = _page(mona, _case(threat))
    assert 'data-action="pass"' in page
    answer = send(mona, f"{_case(threat)}/pass")
    assert answer.location == _case(advert)
    assert _case(threat) not in _page(mona, "/review")
    assert _case(threat) in _page(signed_in(cast.leo), "/review")


def test_nobody_passes_on_a_case_of_another_office(cast: Cast, threat: Seen, signed_in: SignedIn, send: Send) -> None:
    charlie = signed_in(cast.charlie)
    for what in ("pass", "lighter", "pause"):
        send(charlie, f"{_case(threat)}/{what}")
    assert send(charlie, f"{_case(threat)}/pass").status_code == 404


# --- what somebody is spared ---------------------------------------------------------------------------------------


def test_what_somebody_asked_not_to_read_is_left_out_until_they_ask(
    mona: FlaskClient, cast: Cast, threat: Seen, advert: Seen, send: Send, signed_in: SignedIn
) -> None:
    send(mona, "/preferences/care", not_about="threat", mask_severe="1", mask_slurs="1")
    page = _page(mona, "/review")
    assert _case(threat) not in page
    assert _case(advert) in page
    assert 'href="/review?label=threat"' in page
    assert _case(threat) in _page(mona, "/review?label=threat")
    assert _case(threat) in _page(signed_in(cast.leo), "/review")


def test_the_representative_sees_no_abuse_of_themself_unless_they_ask(
    cast: Cast, threat: Seen, advert: Seen, database: Database, signed_in: SignedIn
) -> None:
    _represents(database, cast.alice)
    _choose(database, cast.alice, mask_severe=False)
    alice = signed_in(cast.alice)
    assert _case(threat) not in _page(alice, "/review")
    assert _case(threat) in _page(alice, "/review?label=threat")
    page = _page(alice, _case(threat))
    assert "I know where you live" not in _read_out(page)
    assert "This may be abuse of you" in plain(page)


# --- quiet hours ---------------------------------------------------------------------------------------------------


@pytest.fixture
def at_ten(monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime(2026, 11, 21, 22, 0, tzinfo=UTC)
    monkeypatch.setattr(clock, "now", lambda: now)


def test_in_quiet_hours_the_queue_is_calm_and_says_when_they_end(
    at_ten: None, mona: FlaskClient, cast: Cast, threat: Seen, database: Database, send: Send
) -> None:
    _choose(database, cast.mona, quiet_from="20:00", quiet_until="07:30")
    page = plain(_page(mona, "/review"))
    assert "Your quiet hours They end at 07:30." in page
    assert "To decide" not in page
    assert send(mona, "/review/go-on").location == "/review"
    assert "To decide" in plain(_page(mona, "/review"))
    assert "I know where you live" in plain(_page(mona, _case(threat)))


def test_in_quiet_hours_nothing_is_announced_and_no_counts_are_pushed(
    at_ten: None, mona: FlaskClient, cast: Cast, threat: Seen, database: Database, send: Send
) -> None:
    assert mona.get("/review/live.json").get_json()["counts"]["act_now"] == 1
    _choose(database, cast.mona, quiet_from="20:00", quiet_until="07:30")
    assert mona.get("/review/live").status_code == 204
    assert mona.get("/review/live.json").get_json() == {"sequence": 0, "counts": {}, "new": 0, "leases": {}}
    send(mona, "/review/go-on")
    assert mona.get("/review/live.json").get_json()["counts"]["act_now"] == 1


def test_outside_quiet_hours_nothing_is_calm(at_ten: None, mona: FlaskClient, cast: Cast, database: Database) -> None:
    _choose(database, cast.mona, quiet_from="07:00", quiet_until="09:00")
    assert "Your quiet hours" not in plain(_page(mona, "/review"))


# --- the pages where it is set -------------------------------------------------------------------------------------


def test_choices_are_kept_and_shown_again(mona: FlaskClient, cast: Cast, database: Database, send: Send) -> None:
    chosen = {"not_about": ["sexual", "threat"], "quiet_from": "20:00", "quiet_until": "7:30", "severe_per_day": "9"}
    assert send(mona, "/preferences/care", **chosen).location == "/preferences/care"
    with database.read() as session:
        kept = preferences.read(session, cast.mona.id)
    assert (kept.mask_severe, kept.mask_slurs, kept.not_about) == (False, False, ("sexual", "threat"))
    assert (kept.quiet_from, kept.quiet_until, kept.severe_per_hour, kept.severe_per_day) == ("20:00", "07:30", None, 9)
    page = _page(mona, "/preferences/care")
    assert re.search(r'name="severe_per_day"[^>]* value="9"', page)
    assert re.search(r'value="threat" checked', page)


@pytest.mark.parametrize(("field", "typed"), [("severe_per_hour", "many"), ("quiet_from", "25:00")])
def test_a_choice_that_cannot_be_is_told_and_what_was_typed_is_kept(
    mona: FlaskClient, cast: Cast, database: Database, send: Send, field: str, typed: str
) -> None:
    answer = send(mona, "/preferences/care", **{field: typed, "not_about": "threat"})
    assert answer.status_code == 422
    assert re.search(rf'name="{field}"[^>]* value="{typed}" aria-invalid="true"', answer.text)
    assert 'value="threat" checked' in answer.text
    with database.read() as session:
        assert preferences.read(session, cast.mona.id).not_about == ()


def test_leads_set_the_offices_limits_and_others_do_not(
    mona: FlaskClient, cast: Cast, database: Database, signed_in: SignedIn, send: Send
) -> None:
    assert send(mona, "/settings/care", severe_per_hour="1").status_code == 403
    leo = signed_in(cast.leo)
    assert send(leo, "/settings/care", severe_per_hour="7", severe_per_day="").location == "/settings/care"
    with database.read() as session:
        row = session.get_one(Office, cast.office_id)
        assert (row.severe_per_hour, row.severe_per_day) == (7, None)
    answer = send(leo, "/settings/care", severe_per_hour="-7")
    assert answer.status_code == 422
    assert 'value="-7" aria-invalid="true"' in answer.text


def test_leads_see_no_count_of_a_person(
    mona: FlaskClient, cast: Cast, threat: Seen, signed_in: SignedIn, database: Database
) -> None:
    mona.get(_case(threat))
    page = plain(_page(signed_in(cast.leo), "/settings/care"))
    assert "fewer than 3 people" in page
    assert "Mona" not in page.replace("Leo", "")


def test_what_the_work_was_good_for_is_told_of_the_office(mona: FlaskClient, cast: Cast, database: Database) -> None:
    today = care.today("Europe/London").isoformat()
    counted = {"some channel": {"verbs": {"report_police": [0, 2], "keep": [90, 7], "reply": [0, 1]}}}
    with database.write() as session:
        session.add(Figures(office_id=cast.office_id, stretch=today, counted=counted, counted_at=clock.now()))
    page = plain(_page(mona, "/review/pause"))
    for part in ("2 comments reported to the police", "1 person answered", "7 comments looked at by a person and kept"):
        assert part in page
