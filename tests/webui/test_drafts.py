"""The editor of guidelines over HTTP, as a browser without scripts uses it."""

import html
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from guidelines.load import load_text
from guidelines.render import to_yaml
from guidelines.schema import GuidelineSet
from moderator import drafts, publishing
from moderator.backtest import runs
from moderator.domain.drafts import DraftState
from moderator.runtime import Runtime
from moderator.settings import Settings
from moderator.storage.tables import GuidelineDraft, GuidelineVersion, Member
from tests.fakes import office
from tests.fakes.office import HOSTILE
from tests.fakes.pages import plain
from tests.webui.conftest import Cast, ChannelOf, FormToken, SignedIn
from webui.drafts import rule_form

Send = Callable[..., TestResponse]

#: Every page about one draft.
PAGES = ("", "/rules/2a", "/rules/2c", "/about", "/yaml", "/preview", "/try", "/shadow", "/review")
#: Pages for those who write.
WRITING = ("/new-rule",)
#: Everything that a form can be sent to.
CHANGES = (
    "",
    "/rules/2a",
    "/rules/2a/look",
    "/new-rule",
    "/new-rule/look",
    "/about",
    "/about/look",
    "/yaml",
    "/yaml/look",
    "/try",
    "/shadow",
    "/submit",
    "/answer",
    "/publish",
)


class _Form(HTMLParser):
    """What a browser would send for the form with this address, untouched."""

    def __init__(self, action: str) -> None:
        super().__init__()
        self.action, self.inside, self.data = action, False, dict[str, list[str]]()
        self._select = self._area = ""
        self._option: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.inside = given.get("action") == self.action
        if not self.inside:
            return
        name = given.get("name", "")
        if tag == "input" and name:
            if given.get("type") not in ("checkbox", "radio") or "checked" in given:
                self._add(name, given.get("value", ""))
        elif tag == "select":
            self._select, self._option = name, None
        elif tag == "option" and self._select and (self._option is None or "selected" in given):
            self._option = given.get("value", "")
        elif tag == "textarea" and name:
            self._area = name
            self._add(name, "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False
        if tag == "select" and self._select:
            self._add(self._select, self._option or "")
            self._select = ""
        if tag == "textarea":
            self._area = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self.data[self._area][-1] += data

    def _add(self, name: str, value: str) -> None:
        self.data.setdefault(name, []).append(value)


def _filled(page: str, action: str) -> dict[str, list[str]]:
    form = _Form(action)
    form.feed(page)
    assert form.data, f"no form for {action}"
    # Browsers drop a line break right after the tag.
    return {
        name: [value.removeprefix("\n") if "\n" in value else value for value in each]
        for name, each in form.data.items()
    }


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One kind of database is enough for the pages: what they call is tested on both."""
    return sqlite_url


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A service that runs the classifier whose scores the tests write down."""
    return replace(settings, classifiers=("baseline",))


@pytest.fixture
def version(cast: Cast, runtime: Runtime) -> None:
    with runtime.database.write() as session:
        office.publish(session, cast.office_id)


@pytest.fixture
def draft_id(cast: Cast, runtime: Runtime, version: None) -> str:
    with runtime.database.write() as session:
        return drafts.from_version(session, cast.alice, 1).id


@pytest.fixture
def alice(cast: Cast, signed_in: SignedIn) -> FlaskClient:
    return signed_in(cast.alice)


@pytest.fixture
def leo(cast: Cast, signed_in: SignedIn) -> FlaskClient:
    return signed_in(cast.leo)


@pytest.fixture
def send(form_token: FormToken) -> Send:
    tokens: dict[FlaskClient, str] = {}

    def post(client: FlaskClient, url: str, data: dict[str, object] | None = None, **more: object) -> TestResponse:
        if client not in tokens:
            tokens[client] = form_token(client)
        return client.post(url, data={**(data or {}), **more, "csrf_token": tokens[client]})

    return post


def _stored(runtime: Runtime, draft_id: str) -> GuidelineDraft:
    with runtime.database.read() as reading:
        return reading.get_one(GuidelineDraft, draft_id)


def _set_of(runtime: Runtime, draft_id: str) -> GuidelineSet:
    return load_text(_stored(runtime, draft_id).document)


def _rule_fields(client: FlaskClient, url: str) -> dict[str, list[str]]:
    return _filled(client.get(url).text, url)


def test_owners_and_leads_start_drafts_and_whoever_may_see_every_comment_reads_them(
    cast: Cast, signed_in: SignedIn, draft_id: str
) -> None:
    for member in (cast.alice, cast.leo, cast.mona, cast.olive):
        browser = signed_in(member)
        assert browser.get("/drafts").status_code == 200
        for path in PAGES:
            assert browser.get(f"/drafts/{draft_id}{path}").status_code == 200, (member.name, path)
    volunteer = signed_in(cast.victor)
    assert volunteer.get("/drafts").status_code == 403, "drafts show what anybody said, and by whom"
    for path in PAGES:
        assert volunteer.get(f"/drafts/{draft_id}{path}").status_code == 403, path


@pytest.mark.parametrize("role", ["mona", "victor", "olive"])
def test_nobody_else_writes(
    cast: Cast, signed_in: SignedIn, send: Send, runtime: Runtime, draft_id: str, role: str
) -> None:
    member: Member = getattr(cast, role)
    browser, before = signed_in(member), _stored(runtime, draft_id).document
    assert browser.get("/drafts/new").status_code == 403
    assert send(browser, "/drafts/new", {"from": "version", "number": "1"}).status_code == 403
    for path in (*WRITING, "/publish?when=now"):
        assert browser.get(f"/drafts/{draft_id}{path}").status_code == 403, path
    for path in CHANGES:
        assert send(browser, f"/drafts/{draft_id}{path}", seen="1", document="x").status_code == 403, path
    assert _stored(runtime, draft_id).document == before
    assert "Start a draft" not in plain(browser.get("/drafts").text)
    assert "Add a rule" not in plain(browser.get(f"/drafts/{draft_id}").text)


def test_another_office_s_draft_does_not_exist(
    cast: Cast, signed_in: SignedIn, send: Send, runtime: Runtime, draft_id: str
) -> None:
    charlie, before = signed_in(cast.charlie), _stored(runtime, draft_id).document
    for path in (*PAGES, *WRITING, "/publish?when=now"):
        assert charlie.get(f"/drafts/{draft_id}{path}").status_code == 404, path
    for path in CHANGES:
        assert send(charlie, f"/drafts/{draft_id}{path}", seen="1", document="x", do="up").status_code == 404, path
    assert _stored(runtime, draft_id).document == before
    assert draft_id not in charlie.get("/drafts").text


def test_a_draft_starts_from_a_version_and_from_a_preset(
    alice: FlaskClient, send: Send, runtime: Runtime, version: None
) -> None:
    for form in ({"from": "version", "number": "1"}, {"from": "preset", "preset": "open-forum"}):
        answer = send(alice, "/drafts/new", dict(form))
        assert answer.status_code == 303
        assert alice.get(answer.location).status_code == 200
    assert len(re.findall(r'class="text" href="/drafts/', alice.get("/drafts").text)) == 2


@pytest.mark.parametrize("form", [{}, {"from": "preset", "preset": "../x"}, {"from": "version", "number": "9" * 30}])
def test_a_draft_from_nowhere_is_not_started(alice: FlaskClient, send: Send, form: dict[str, object]) -> None:
    assert send(alice, "/drafts/new", form).status_code in (404, 422)


def test_a_draft_starts_from_a_file(alice: FlaskClient, send: Send, runtime: Runtime, version: None) -> None:
    text = to_yaml(office.guidelines()).encode()
    answer = send(alice, "/drafts/new", {"from": "file", "file": (BytesIO(text), "ours.yaml")})
    assert answer.status_code == 303
    assert [rule.id for rule in _set_of(runtime, answer.location.rpartition("/")[2]).rules] == ["2a", "2b", "2c"]


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"title: [", b"x" * 300_000, f"title: {HOSTILE}".encode()])
def test_a_file_that_is_no_guidelines_starts_nothing_and_says_why(alice: FlaskClient, send: Send, data: bytes) -> None:
    answer = send(alice, "/drafts/new", {"from": "file", "file": (BytesIO(data), "x.yaml")})
    assert answer.status_code == 422
    assert "No draft was started." in plain(answer.text)
    assert HOSTILE not in answer.text


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1/guidelines/x", "http://10.0.0.1/", "file:///etc/passwd", "x", ""]
)
def test_nothing_is_fetched_from_a_private_network(alice: FlaskClient, send: Send, address: str) -> None:
    answer = send(alice, "/drafts/new", {"from": "address", "address": address})
    assert answer.status_code == 422
    assert "No draft was started." in plain(answer.text)


def test_the_form_of_every_rule_sends_back_just_what_it_shows(
    alice: FlaskClient, send: Send, runtime: Runtime, cast: Cast
) -> None:
    with runtime.database.write() as session:
        draft_id = drafts.from_preset(session, cast.alice, "constituency-first").id
    before = _set_of(runtime, draft_id)
    for rule in before.rules:
        url = f"/drafts/{draft_id}/rules/{rule.id}"
        fields = _rule_fields(alice, url)
        assert rule_form.of_fields(fields) == rule_form.of_rule(rule), rule.id
        assert send(alice, url, {**fields, "do": "save"}).status_code == 303
    assert _set_of(runtime, draft_id) == before


def test_the_page_around_the_rules_sends_back_just_what_it_shows(
    alice: FlaskClient, send: Send, runtime: Runtime, cast: Cast
) -> None:
    with runtime.database.write() as session:
        draft_id = drafts.from_preset(session, cast.alice, "election-period").id
    before, url = _set_of(runtime, draft_id), f"/drafts/{draft_id}/about"
    assert send(alice, url, {**_filled(alice.get(url).text, url), "do": "save"}).status_code == 303
    assert _set_of(runtime, draft_id) == before


def test_a_threshold_is_changed_and_the_change_is_told_in_words(
    alice: FlaskClient, send: Send, runtime: Runtime, draft_id: str
) -> None:
    url = f"/drafts/{draft_id}/rules/2a"
    answer = send(alice, url, {**_rule_fields(alice, url), "review": ["0,45"], "do": "save"})
    assert answer.status_code == 303
    assert _set_of(runtime, draft_id).rule("2a").thresholds.review == 0.45
    page = plain(alice.get(f"/drafts/{draft_id}").text)
    assert "Asks a person from 0.45, hides by itself from 0.90." in page
    assert re.search(r"2a Threats\. [^.]*0\.60 to 0\.45", page)


def test_what_cannot_be_saved_comes_back_as_it_was_typed_with_the_problem_beside_it(
    alice: FlaskClient, send: Send, runtime: Runtime, draft_id: str
) -> None:
    url, before = f"/drafts/{draft_id}/rules/2a", _stored(runtime, draft_id).document
    typed = {**_rule_fields(alice, url), "title": [f"Mine {HOSTILE}"], "review": ["very"], "do": "save"}
    answer = send(alice, url, typed)
    assert answer.status_code == 422
    assert html.escape(f"Mine {HOSTILE}").replace("&#x27;", "&#39;") in answer.text
    assert HOSTILE not in answer.text
    assert _filled(answer.text, url)["review"] == ["very"]
    assert re.search(r'id="notes-review"[^>]*><p class="problem">', answer.text)
    assert _stored(runtime, draft_id).document == before


def test_a_rule_with_a_mistake_of_sense_is_saved_and_says_what_to_mend(
    alice: FlaskClient, send: Send, runtime: Runtime, draft_id: str
) -> None:
    url = f"/drafts/{draft_id}/rules/2a"
    fields = {**_rule_fields(alice, url), "action-1-recipient": [""], "do": "save"}
    assert send(alice, url, fields).status_code == 303
    page = alice.get(url).text
    assert re.search(r'id="notes-action-1"[^>]*><p class="problem">', page)
    assert "1 thing must be mended before it can be published" in plain(alice.get(f"/drafts/{draft_id}").text)
    assert send(alice, f"/drafts/{draft_id}/submit", seen="2", note="").status_code == 422


def test_the_buttons_of_the_form_change_rows_and_save_nothing(
    alice: FlaskClient, send: Send, runtime: Runtime, draft_id: str
) -> None:
    url, before = f"/drafts/{draft_id}/rules/2a", _stored(runtime, draft_id).document
    fields = {**_rule_fields(alice, url), "title": ["Not saved yet"]}
    page = send(alice, url, {**fields, "do": "tests.add", "kind-of-tests": "words"}).text
    again = _filled(page, url)
    assert (again["test-1-kind"], again["title"]) == (["words"], ["Not saved yet"])
    page = send(alice, url, {**again, "do": "actions.1.up"}).text
    assert _filled(page, url)["action-0-verb"] == ["report_police"]
    page = send(alice, url, {**again, "do": "condition.yaml"}).text
    assert "label: threat" in _filled(page, url)["condition-yaml"][0]
    assert _stored(runtime, draft_id).document == before


def test_a_rule_is_added_moved_and_taken_out(alice: FlaskClient, send: Send, runtime: Runtime, draft_id: str) -> None:
    url = f"/drafts/{draft_id}/new-rule"
    fields = {**_rule_fields(alice, url), "title": ["Litter"], "text": ["Do not litter."], "do": "save"}
    answer = send(alice, url, fields)
    assert answer.status_code == 303
    added = _set_of(runtime, draft_id).rules[-1]
    assert added.title == "Litter"
    here = f"/drafts/{draft_id}"
    assert send(alice, here, seen="2", rule=added.id, do="up").status_code == 303
    assert _set_of(runtime, draft_id).rules[-2].id == added.id
    assert send(alice, here, seen="3", rule=added.id, do="remove").status_code == 303
    assert added.id not in [rule.id for rule in _set_of(runtime, draft_id).rules]


def test_two_rules_with_one_number_are_not_saved_from_the_form(
    alice: FlaskClient, send: Send, runtime: Runtime, draft_id: str
) -> None:
    url = f"/drafts/{draft_id}/rules/2a"
    assert send(alice, url, {**_rule_fields(alice, url), "id": ["2B"], "do": "save"}).status_code == 422
    assert [rule.id for rule in _set_of(runtime, draft_id).rules] == ["2a", "2b", "2c"]


def test_the_look_says_what_is_wrong_and_what_it_would_do_and_saves_nothing(
    alice: FlaskClient, send: Send, runtime: Runtime, draft_id: str, cast: Cast, channel_of: ChannelOf
) -> None:
    channel_id = channel_of(cast.office_id)
    with runtime.database.write() as session:
        for number, score in enumerate((0.1, 0.55, 0.65, 0.95)):
            comment_id = office.say(session, channel_id, f"Comment {number} {HOSTILE}")
            office.assess(session, comment_id, {"threat": score})
    url, before = f"/drafts/{draft_id}/rules/2a", _stored(runtime, draft_id).document
    fields = _rule_fields(alice, url)
    answer = send(alice, f"{url}/look", {**fields, "review": ["0.5"]}).get_json()
    assert "Of your last 4 comments this asks a person about 2 and hides 1 by itself." in plain(answer["effect"])
    assert "Comment 1" in plain(answer["effect"])
    assert HOSTILE not in answer["effect"]
    assert answer["chart"].count("<rect") == 4
    broken = send(alice, f"{url}/look", {**fields, "title": [""]}).get_json()
    assert broken["notes"]["title"][0]["text"].startswith("“Title” is empty") or "title" in broken["notes"]
    assert broken["said"] == "1 thing to mend."
    assert _stored(runtime, draft_id).document == before


def test_the_show_button_does_the_same_without_a_script(
    alice: FlaskClient, send: Send, runtime: Runtime, draft_id: str, cast: Cast, channel_of: ChannelOf
) -> None:
    channel_id = channel_of(cast.office_id)
    with runtime.database.write() as session:
        office.assess(session, office.say(session, channel_id, "Hello"), {"threat": 0.3})
    url = f"/drafts/{draft_id}/rules/2a"
    answer = send(alice, url, {**_rule_fields(alice, url), "review": ["0.2"], "do": "show"})
    assert "Of your last 1 comment this asks a person about 1 and hides 0 by itself." in plain(answer.text)


def test_a_text_that_cannot_be_read_is_kept_and_the_forms_wait_for_it(
    alice: FlaskClient, send: Send, runtime: Runtime, draft_id: str
) -> None:
    here = f"/drafts/{draft_id}"
    broken = f"title: [{HOSTILE}\n  oh: no"
    assert send(alice, f"{here}/yaml", seen="1", document=broken).status_code == 303
    assert _stored(runtime, draft_id).document == broken
    page = alice.get(f"{here}/yaml").text
    assert "It cannot be read as it stands." in page
    assert re.search(r"draft:\d+:\d+: this is not valid YAML", plain(page))
    assert HOSTILE not in page
    for path in ("/rules/2a", "/about", "/preview"):
        assert alice.get(here + path).location == f"{here}/yaml", path
    assert alice.get(f"{here}/new-rule").status_code == 409
    assert "Mend it under YAML first" in plain(alice.get(here).text)
    assert alice.get(f"{here}/review").status_code == 200
    assert alice.get(f"{here}/try").status_code == 200


def test_a_stale_text_is_shown_beside_the_stored_one_and_neither_is_lost(
    alice: FlaskClient, leo: FlaskClient, send: Send, runtime: Runtime, draft_id: str
) -> None:
    here, first = f"/drafts/{draft_id}", _stored(runtime, draft_id).document
    assert send(leo, f"{here}/yaml", seen="1", document=first.replace("Threats", "Leo’s")).status_code == 303
    answer = send(alice, f"{here}/yaml", seen="1", document=first.replace("Threats", "Mine"))
    assert answer.status_code == 409
    assert "Leo changed this draft" in plain(answer.text)
    assert "title: Mine" in answer.text
    assert "title: Leo’s" in answer.text
    again = _filled(answer.text, f"{here}/yaml")
    assert send(alice, f"{here}/yaml", dict(again)).status_code == 303
    assert _set_of(runtime, draft_id).rule("2a").title == "Mine"


def test_a_stale_form_comes_back_beside_the_rule_as_it_is_now(
    alice: FlaskClient, leo: FlaskClient, send: Send, runtime: Runtime, draft_id: str
) -> None:
    url = f"/drafts/{draft_id}/rules/2a"
    mine, theirs = _rule_fields(alice, url), _rule_fields(leo, url)
    assert send(leo, url, {**theirs, "title": ["Leo’s title"], "do": "save"}).status_code == 303
    answer = send(alice, url, {**mine, "title": ["My title"], "do": "save"})
    assert answer.status_code == 409
    again = _filled(answer.text, url)
    assert (again["title"], again["seen"]) == (["My title"], ["2"])
    assert "title: Leo’s title" in plain(answer.text)
    assert send(alice, url, {**again, "do": "save"}).status_code == 303
    assert _set_of(runtime, draft_id).rule("2a").title == "My title"


def test_a_form_warns_before_it_drops_the_comments_of_the_yaml(
    alice: FlaskClient, send: Send, runtime: Runtime, draft_id: str
) -> None:
    here = f"/drafts/{draft_id}"
    assert "has comments" not in plain(alice.get(f"{here}/rules/2a").text)
    document = "# ours\n" + _stored(runtime, draft_id).document
    send(alice, f"{here}/yaml", seen="1", document=document)
    assert "has comments" in plain(alice.get(f"{here}/rules/2a").text)
    assert "has comments" in plain(alice.get(f"{here}/about").text)


def test_a_second_person_agrees_and_it_is_published(
    alice: FlaskClient, leo: FlaskClient, send: Send, runtime: Runtime, draft_id: str, cast: Cast
) -> None:
    here, url = f"/drafts/{draft_id}", f"/drafts/{draft_id}/rules/2a"
    send(alice, url, {**_rule_fields(alice, url), "review": ["0.5"], "do": "save"})
    assert send(alice, f"{here}/submit", _filled(alice.get(f"{here}/review").text, f"{here}/submit")).status_code == 303
    assert "It waits for Leo to read it." in plain(alice.get(here).text)
    assert f"{here}/answer" not in alice.get(f"{here}/review").text
    assert alice.get(f"{here}/publish?when=now").location == f"{here}/review"
    assert "You are asked to read it" in plain(leo.get(here).text)
    answer = send(leo, f"{here}/answer", {**_filled(leo.get(f"{here}/review").text, f"{here}/answer"), "do": "agree"})
    assert answer.status_code == 303
    confirm = alice.get(f"{here}/publish?when=now").text
    assert "This becomes version 2" in plain(confirm)
    assert "Leo agreed to it word for word" in plain(confirm)
    assert send(alice, f"{here}/publish", _filled(confirm, f"{here}/publish")).status_code == 303
    with runtime.database.read() as reading:
        current = publishing.current(reading, cast.office_id)
        assert current is not None
        assert (current.number, current.approved_by) == (2, cast.leo.id)
    assert "became version 2" in plain(alice.get("/drafts").text)
    assert "This draft was published as version 2." in plain(alice.get(here).text)


def test_what_was_agreed_to_before_another_publication_is_submitted_again(
    alice: FlaskClient, leo: FlaskClient, send: Send, runtime: Runtime, draft_id: str, cast: Cast
) -> None:
    here, url = f"/drafts/{draft_id}", f"/drafts/{draft_id}/rules/2a"
    send(alice, url, {**_rule_fields(alice, url), "review": ["0.5"], "do": "save"})
    send(alice, f"{here}/submit", seen="2", note="")
    assert "has to be submitted again" in plain(alice.get(url).text)
    send(leo, f"{here}/answer", seen="2", do="agree", note="")
    with runtime.database.write() as session:
        office.publish(session, cast.office_id, office.GUIDELINES.replace("Everybody", "Anybody"))
    page = alice.get(f"{here}/review").text
    assert "Other guidelines were published since it was agreed to." in plain(page)
    assert "See what will happen" not in plain(page)
    assert send(alice, f"{here}/submit", _filled(page, f"{here}/submit")).status_code == 303


def test_a_draft_is_sent_back_with_a_note_that_shows_as_text(
    alice: FlaskClient, leo: FlaskClient, send: Send, runtime: Runtime, draft_id: str
) -> None:
    here, url = f"/drafts/{draft_id}", f"/drafts/{draft_id}/rules/2a"
    send(alice, url, {**_rule_fields(alice, url), "review": ["0.5"], "do": "save"})
    send(alice, f"{here}/submit", seen="2", note=f"Please read {HOSTILE}")
    page = leo.get(f"{here}/review").text
    assert "Please read" in page
    assert HOSTILE not in page
    send(leo, f"{here}/answer", seen="2", do="send_back", note=f"Not yet {HOSTILE}")
    page = alice.get(here).text
    assert "Leo sent it back:" in plain(page)
    assert HOSTILE not in page
    assert _stored(runtime, draft_id).state == DraftState.EDITING


def test_a_day_to_come_is_taken_in_the_office_s_time_zone(
    alice: FlaskClient, leo: FlaskClient, send: Send, runtime: Runtime, draft_id: str
) -> None:
    here, url = f"/drafts/{draft_id}", f"/drafts/{draft_id}/rules/2a"
    send(alice, url, {**_rule_fields(alice, url), "review": ["0.5"], "do": "save"})
    send(alice, f"{here}/submit", seen="2", note="")
    send(leo, f"{here}/answer", seen="2", do="agree", note="")
    assert alice.get(f"{here}/publish?when=later&day=soon").status_code == 422
    with runtime.database.read() as reading:
        year = reading.scalars(select(GuidelineVersion.published_at)).one().year + 1
    confirm = alice.get(f"{here}/publish?when=later&day={year}-07-01&time=08:00").text
    assert f"1 July {year}, 08:00, Europe/London time" in plain(confirm)
    assert send(alice, f"{here}/publish", _filled(confirm, f"{here}/publish")).status_code == 303
    with runtime.database.read() as reading:
        upcoming = reading.scalars(select(GuidelineVersion).where(GuidelineVersion.number == 2)).one()
        assert upcoming.effective_at.strftime("%m-%d %H:%M") == "07-01 07:00"
    assert "Version 2 takes effect on 1 July" in plain(alice.get("/drafts").text)


def test_a_member_who_works_alone_says_so_before_publishing(
    cast: Cast, signed_in: SignedIn, send: Send, runtime: Runtime
) -> None:
    with runtime.database.write() as session:
        office.publish(session, cast.other_office_id)
        text = to_yaml(office.guidelines(office.GUIDELINES.replace("Everybody", "Anybody")))
        draft_id = drafts.create(session, cast.charlie, "Mine", text).id
    charlie, here = signed_in(cast.charlie), f"/drafts/{draft_id}"
    assert "nobody can read this before it is published" in plain(charlie.get(f"{here}/review").text)
    confirm = charlie.get(f"{here}/publish?when=now").text
    assert "Nobody else has read it." in plain(confirm)
    form = _filled(confirm, f"{here}/publish")
    assert send(charlie, f"{here}/publish", dict(form)).status_code == 422
    assert send(charlie, f"{here}/publish", {**form, "note": "Wider.", "alone": "yes"}).status_code == 303
    with runtime.database.read() as reading:
        version = publishing.current(reading, cast.other_office_id)
        assert version is not None
        assert (version.note, version.approved_by) == ("Wider.", None)


@pytest.fixture
def tried(runtime: Runtime, cast: Cast, draft_id: str, channel_of: ChannelOf) -> str:
    """A draft that asks about more, held against one comment that it asks about and one that it does not."""
    channel_id = channel_of(cast.office_id)
    with runtime.database.write() as session:
        for text, score in ((f"Nearly {HOSTILE}", 0.55), ("Hello", 0.1)):
            comment_id = office.say(session, channel_id, text)
            office.assess(session, comment_id, {"threat": score, "spam": 0.0})
        document = to_yaml(office.guidelines(office.GUIDELINES.replace("review: 0.6", "review: 0.5")))
        drafts.change(session, cast.alice, draft_id, 1, document)
    return draft_id


def test_trying_starts_shows_how_far_it_is_and_stops(
    alice: FlaskClient, send: Send, runtime: Runtime, tried: str
) -> None:
    here = f"/drafts/{tried}"
    answer = send(alice, f"{here}/try", sample="all")
    assert answer.status_code == 303
    page = alice.get(answer.location).text
    assert '<noscript><meta http-equiv="refresh"' in page
    assert "0 of 2 comments done." in plain(page)
    run_id = answer.location.rpartition("run=")[2]
    progress = alice.get(f"{here}/try/{run_id}/progress").get_json()
    assert progress["again"] is True
    assert send(alice, f"{here}/try/{run_id}/stop").status_code == 303
    assert "This run was stopped." in plain(alice.get(answer.location).text)
    assert alice.get(f"{here}/try/{run_id}/progress").get_json()["again"] is False


def test_another_office_sees_and_stops_no_run(
    cast: Cast, signed_in: SignedIn, send: Send, runtime: Runtime, tried: str
) -> None:
    with runtime.database.write() as session:
        run_id = runs.start(session, cast.alice, tried).id
    charlie, here = signed_in(cast.charlie), f"/drafts/{tried}"
    assert charlie.get(f"{here}/try/{run_id}/progress").status_code == 404
    assert send(charlie, f"{here}/try/{run_id}/stop").status_code == 404
    mona = signed_in(cast.mona)
    assert mona.get(f"{here}/try?run={run_id}").status_code == 200
    assert send(mona, f"{here}/try/{run_id}/stop").status_code == 403


def test_shadow_mode_is_turned_on_and_off(alice: FlaskClient, send: Send, runtime: Runtime, draft_id: str) -> None:
    here = f"/drafts/{draft_id}"
    assert send(alice, f"{here}/shadow", do="on").status_code == 303
    assert _stored(runtime, draft_id).shadow_since is not None
    assert "this draft is held against every new comment too" in plain(alice.get(f"{here}/shadow").text)
    assert send(alice, f"{here}/shadow", do="off").status_code == 303
    assert _stored(runtime, draft_id).shadow_since is None


def test_shadow_mode_of_a_text_that_broke_says_so_and_can_be_stopped(
    alice: FlaskClient, send: Send, runtime: Runtime, draft_id: str
) -> None:
    page = f"/drafts/{draft_id}/shadow"
    send(alice, page, do="on")
    with runtime.database.write() as session:
        session.execute(update(GuidelineDraft).where(GuidelineDraft.id == draft_id).values(document="rules: ["))
    shown = plain(alice.get(page).text)
    assert "nothing is noted until its YAML is mended" in shown
    assert "Stop" in shown
    assert send(alice, page, do="off").status_code == 303
    assert _stored(runtime, draft_id).shadow_since is None


def test_hostile_text_is_text_on_every_page(
    alice: FlaskClient, send: Send, runtime: Runtime, cast: Cast, draft_id: str
) -> None:
    document = re.sub(
        r"(?m)^(preamble|appeal|    text|    title): .*$",
        lambda hit: f"{hit[1]}: {HOSTILE!r}",
        to_yaml(office.guidelines()),
    )
    with runtime.database.write() as session:
        other = drafts.create(session, cast.alice, f"Draft {HOSTILE}", document).id
    for path in ("/drafts", *(f"/drafts/{other}{path}" for path in (*PAGES, *WRITING))):
        page = alice.get(path)
        assert page.status_code == 200, path
        assert HOSTILE not in page.text, path
        assert "&lt;script&gt;" in page.text, path


def test_a_draft_is_renamed_and_given_up(alice: FlaskClient, send: Send, runtime: Runtime, draft_id: str) -> None:
    here = f"/drafts/{draft_id}"
    assert send(alice, here, do="rename", title="Before the election").status_code == 303
    assert "Before the election" in plain(alice.get("/drafts").text)
    assert send(alice, here, do="discard", seen="1").status_code == 303
    assert "This draft was given up." in plain(alice.get(here).text)
    url = f"{here}/rules/2a"
    assert '<fieldset class="whole" disabled>' in alice.get(url).text
    assert send(alice, url, seen="1", do="save").status_code in (409, 422)
