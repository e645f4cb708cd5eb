"""The editor of guidelines in a browser: from a threshold to a published version, with and without scripts."""

import re
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from sqlalchemy import delete, insert, select
from werkzeug.serving import make_server

from guidelines.render import to_yaml
from moderator import accounts, channels, clock, drafts
from moderator.backtest import runs
from moderator.bootstrap import bootstrap, start_workers
from moderator.connectors.base import AuthorRef, CommentEvent, EventKind, PostRef
from moderator.domain.vocabulary import Role
from moderator.pipeline.ingest import ingest
from moderator.runtime import Runtime
from moderator.settings import Settings
from moderator.storage.tables import Assessment, Channel, Comment, Job
from tests.browser.conftest import LONG_WORD
from tests.browser.test_layout import STICKS_OUT, TOO_SMALL_TO_TOUCH
from tests.conftest import OpenPage
from tests.fakes import office
from tests.fakes.office import HOSTILE
from webui.app import create_app

#: Comments of the office, with scores spread over the whole scale.
COMMENTS = 300


@dataclass(frozen=True, slots=True)
class Newsroom:
    """A running service with its workers, an office with an owner and a lead, and what they have on their desk."""

    url: str
    runtime: Runtime
    slug: str
    owner: str
    lead: str
    #: a draft with hard things to lay out in it, one that cannot be read, and one that was agreed to
    draft_id: str
    broken_id: str
    agreed_id: str

    def paths(self) -> list[str]:
        """Every page of the editor."""
        here = f"/drafts/{self.draft_id}"
        return [
            "/drafts",
            "/drafts/new",
            here,
            *(f"{here}/rules/{rule}" for rule in ("2a", "2b", "2d", "2e")),
            f"{here}/new-rule",
            f"{here}/about",
            f"{here}/yaml",
            f"{here}/preview",
            f"{here}/try",
            f"{here}/shadow",
            f"{here}/review",
            f"/drafts/{self.agreed_id}/publish?when=now",
            f"/drafts/{self.agreed_id}/review",
            f"/drafts/{self.broken_id}",
            f"/drafts/{self.broken_id}/yaml",
        ]


RULES = (
    office.GUIDELINES
    + f"""
  - id: 2d
    title: {LONG_WORD} {HOSTILE}
    text: {LONG_WORD * 2}
    condition:
      all:
        - any: [{{label: spam}}, {{words: [win money, {LONG_WORD[:60]}], automatic: true}}, {{links: [example.org]}}]
        - not: {{recorded: outside_constituency}}
        - not: {{activity: repeats, count: 3, within_hours: 24, by: anyone}}
    mode: auto_hide
    actions: [{{verb: hide, modality: must}}, {{verb: block, modality: may, duration_days: 30}}]
    decided_by: two_people
    exceptions: [{LONG_WORD}]
    targets: [staff, representative]
    grounds: [age, sex]
    repeat: [{{count: 2, within_days: 90, actions: [{{verb: block, modality: must, duration_days: 90}}]}}]
    examples: {{breach: [{LONG_WORD}], fine: [fine]}}
  - id: 2e
    title: More than fields can show
    text: Text
    condition: {{any: [{{all: [{{label: spam}}, {{label: threat}}]}}, {{label: spam, review: 0.9}}]}}
    mode: auto_hide
    viewpoint_risk: high
    actions: []
"""
)


@pytest.fixture(scope="module")
def newsroom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    """To look at: tests must not change it."""
    with _newsroom(tmp_path_factory.mktemp("newsroom")) as room:
        yield room


@pytest.fixture
def own_newsroom(tmp_path: Path) -> Iterator[Newsroom]:
    """To work in."""
    with _newsroom(tmp_path) as room:
        yield room


@contextmanager
def _newsroom(home: Path) -> Iterator[Newsroom]:
    settings = Settings(
        home=home,
        database_url=f"sqlite:///{home / 'room.db'}",
        redis_url=None,
        secret_key="a secret key that only the tests know",
        public_url="http://127.0.0.1",
        classifiers=("baseline",),
    )
    runtime = bootstrap(settings)
    runtime.database.migrate()
    with ExitStack() as stack:
        stack.callback(runtime.close)
        with runtime.database.write() as session:
            ours = accounts.create_office(session, "Rowan Ellery, Member for Thornbury Vale")
            priya = accounts.add_member(session, ours.id, "priya@example.org", "Priya " + "P" * 74, Role.OWNER)
            tom = accounts.add_member(session, ours.id, "tom@example.org", "Tom", Role.LEAD)
            tokens = accounts.open_session(session, priya.id), accounts.open_session(session, tom.id)
            office.publish(session, ours.id)
            channel = channels.create_channel(session, runtime.sealer, ours.id, "webhook", "Our page")
            channel_id = channel.id
        _fill(runtime, channel_id)
        with runtime.database.write() as session:
            document = to_yaml(office.guidelines(RULES))
            draft_id = drafts.create(session, priya, f"{LONG_WORD} {HOSTILE}"[:120], document).id
            broken_id = drafts.create(session, priya, "Broken", f"title: [{LONG_WORD * 3}\n oh: no").id
            wider = to_yaml(office.guidelines(office.GUIDELINES.replace("Everybody", LONG_WORD)))
            agreed_id = drafts.create(session, priya, "Agreed", wider).id
            drafts.submit(session, priya, agreed_id, 1, LONG_WORD * 3)
            drafts.review(session, tom, agreed_id, 1, agree=True, note=LONG_WORD * 3)
            runs.start(session, priya, draft_id)
        workers = start_workers(runtime)
        stack.callback(workers.stop)
        server = make_server("127.0.0.1", 0, create_app(runtime), threaded=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        stack.callback(server.server_close)
        stack.callback(thread.join)
        stack.callback(server.shutdown)
        url = f"http://127.0.0.1:{server.server_port}"
        yield Newsroom(url, runtime, ours.slug, *tokens, draft_id, broken_id, agreed_id)


def _fill(runtime: Runtime, channel_id: str) -> None:
    """Comments that were scored already, evenly from 0 to 1; nothing of it is left to do."""
    events = [
        CommentEvent(
            kind=EventKind.ADDED,
            external_id=f"c{number}",
            text=f"Comment {number} {HOSTILE if number % 7 else LONG_WORD}",
            author=AuthorRef(f"a{number % 40}", f"Person {number % 40}", ""),
            post=PostRef("p", "The bus stays", "Four journeys a day.", "https://social.example/p/1"),
            parent_external_id=None,
            permalink="",
            occurred_at=clock.now() - timedelta(minutes=number + 1),
        )
        for number in range(COMMENTS)
    ]
    with runtime.database.write() as session:
        ingest(session, session.get_one(Channel, channel_id), events)
        session.execute(delete(Job))
        found = session.execute(select(Comment.external_id, Comment.revision_id)).tuples()
        rows = [_assessment(revision_id, int(external_id[1:]) / COMMENTS) for external_id, revision_id in found]
        session.execute(insert(Assessment), rows)


def _assessment(revision_id: str, score: float) -> dict[str, object]:
    return {
        "id": clock.new_id(),
        "revision_id": revision_id,
        "classifier": "baseline",
        "version": "7",
        "scores": {"threat": score, "spam": round(score / 2, 4)},
        "spans": [],
        "error": "",
        "language": "",
        "doubts": [],
        "views": {},
        "created_at": clock.now(),
    }


def _sit_down(open_page: OpenPage, room: Newsroom, token: str, width: int = 1280, **options: object) -> Page:
    page = open_page(viewport={"width": width, "height": 800}, **options)
    page.context.add_cookies([{"name": "session", "value": token, "url": room.url}])
    return page


class _Watch:
    """How long each step of a journey took."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, float]] = []
        self._began = time.monotonic()

    def step(self, name: str) -> None:
        now = time.monotonic()
        self.steps.append((name, now - self._began))
        self._began = now

    @property
    def total(self) -> float:
        return sum(seconds for _, seconds in self.steps)


@pytest.mark.timeout(240)
def test_a_threshold_is_changed_tried_agreed_to_and_published_in_under_two_minutes(
    own_newsroom: Newsroom, open_page: OpenPage
) -> None:
    room, watch = own_newsroom, _Watch()
    priya, tom = _sit_down(open_page, room, room.owner), _sit_down(open_page, room, room.lead)
    _changes_a_threshold_with_the_slider(priya, room)
    watch.step("changed")
    _sees_what_flips(priya)
    watch.step("tried")
    _submits(priya)
    watch.step("submitted")
    _agrees(tom, room)
    watch.step("agreed")
    _publishes(tom)
    watch.step("published")
    _the_public_page_shows_it(open_page(), room)
    watch.step("read by the public")
    assert watch.total < 120, watch.steps


def _changes_a_threshold_with_the_slider(page: Page, room: Newsroom) -> None:
    page.goto(f"{room.url}/drafts")
    page.get_by_role("button", name="Start a draft from version 1").first.click()
    page.get_by_role("link", name="2a Threats").click()
    expect(page.get_by_text("this asks a person about 90 and hides 30 by itself")).to_be_visible()
    slider = page.get_by_role("slider", name="Asks a person from")
    slider.focus()
    for _ in range(10):
        slider.press("ArrowLeft")
    expect(page.get_by_role("spinbutton", name="Asks a person from")).to_have_value("0.5")
    expect(page.get_by_text("this asks a person about 120 and hides 30 by itself")).to_be_visible()
    expect(page.get_by_role("heading", name="Around 0.50")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".done, [role=status]").filter(has_text="Saved.").first).to_be_visible()


def _sees_what_flips(page: Page) -> None:
    page.get_by_role("navigation", name="Steps of this draft").get_by_role("link", name="Try").click()
    page.get_by_role("button", name=re.compile(r"^Try it on [\d,]+ comments")).click()
    expect(page.get_by_role("heading", name="What changes")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("Of 300 comments, 30 would be decided otherwise.")).to_be_visible()
    expect(page.locator(".flip").first).to_contain_text("a person is asked")


def _submits(page: Page) -> None:
    page.get_by_role("link", name="Go to the review").click()
    page.get_by_label("What changes, and why").fill("We want to see more of them.")
    page.get_by_role("button", name="Submit for review").click()
    expect(page.get_by_text("It waits for Tom to read it.")).to_be_visible()


def _agrees(page: Page, room: Newsroom) -> None:
    page.goto(f"{room.url}/drafts")
    page.get_by_role("link", name="From version 1").click()
    page.get_by_role("link", name="Read it").click()
    expect(page.get_by_text("We want to see more of them.")).to_be_visible()
    expect(page.locator(".changes").first).to_contain_text("0.60 to 0.50")
    expect(page.get_by_text("Of 300 comments, 30 would be decided otherwise.")).to_be_visible()
    page.get_by_role("button", name="Agree, word for word").click()


def _publishes(page: Page) -> None:
    for name in ("Day", "Time"):
        box = page.get_by_label(name, exact=True).bounding_box()
        assert box is not None
        assert box["width"] > 100, name
    page.get_by_role("button", name="See what will happen").click()
    expect(page.get_by_text("This becomes version 2")).to_be_visible()
    page.get_by_role("button", name="Publish version 2 now").click()
    expect(page.get_by_text("Version 2 is in force")).to_be_visible()


def _the_public_page_shows_it(page: Page, room: Newsroom) -> None:
    page.goto(f"{room.url}/guidelines/{room.slug}")
    expect(page.locator("#rule-2a")).to_contain_text("50")
    expect(page.get_by_text("Version 2").first).to_be_visible()


def test_the_same_is_done_without_a_script(own_newsroom: Newsroom, open_page: OpenPage) -> None:
    page = _sit_down(open_page, own_newsroom, own_newsroom.owner, java_script_enabled=False)
    page.goto(f"{own_newsroom.url}/drafts")
    page.get_by_role("button", name="Start a draft from version 1").first.click()
    page.get_by_role("link", name="2a Threats").click()
    expect(page.get_by_role("slider")).to_have_count(0)
    page.get_by_role("spinbutton", name="Asks a person from").fill("0.5")
    page.get_by_role("button", name="Show what this does").click()
    expect(page.get_by_text("this asks a person about 120 and hides 30 by itself")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Try").first.click()
    page.get_by_role("button", name="Try it on all").click()
    expect(page.get_by_text("Of 300 comments, 30 would be decided otherwise.")).to_be_visible(timeout=60_000)


def test_what_is_wrong_is_said_beside_its_field_while_one_types(newsroom: Newsroom, open_page: OpenPage) -> None:
    page = _sit_down(open_page, newsroom, newsroom.owner)
    page.goto(f"{newsroom.url}/drafts/{newsroom.draft_id}/rules/2a")
    title = page.get_by_label("Title")
    title.fill("")
    expect(page.locator("#notes-title")).to_contain_text("empty")
    expect(title).to_have_attribute("aria-invalid", "true")
    expect(page.locator("[data-verdict]")).to_contain_text("1 thing to mend")
    title.fill("Threats again")
    expect(page.locator("#notes-title")).to_be_empty()
    expect(title).not_to_have_attribute("aria-invalid", "true")


def test_what_is_wrong_in_the_yaml_is_said_with_line_and_caret_while_one_types(
    newsroom: Newsroom, open_page: OpenPage
) -> None:
    page = _sit_down(open_page, newsroom, newsroom.owner)
    page.goto(f"{newsroom.url}/drafts/{newsroom.draft_id}/yaml")
    page.get_by_label("Draft", exact=True).fill("titel: x\n")
    expect(page.locator(".report")).to_contain_text('did you mean "title"?')
    expect(page.locator(".report")).to_contain_text("^")


@pytest.mark.timeout(300)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1280])
def test_axe_finds_nothing_serious_on_any_page(
    newsroom: Newsroom, open_page: OpenPage, width: int, scheme: str
) -> None:
    page = _sit_down(open_page, newsroom, newsroom.owner, width, color_scheme=scheme, reduced_motion="reduce")
    found = []
    for path in newsroom.paths():
        answer = page.goto(newsroom.url + path)
        assert answer is not None
        assert answer.status == 200, path
        violations = Axe().run(page).response["violations"]
        found += [
            (path, each["id"], [node["target"] for node in each["nodes"]][:3])
            for each in violations
            if each["impact"] in ("serious", "critical")
        ]
    assert found == []


@pytest.mark.timeout(300)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 375, 768, 1280])
def test_no_page_scrolls_sideways(newsroom: Newsroom, open_page: OpenPage, width: int, scheme: str) -> None:
    page = _sit_down(open_page, newsroom, newsroom.owner, width, color_scheme=scheme)
    for path in newsroom.paths():
        page.goto(newsroom.url + path)
        assert page.evaluate(STICKS_OUT) == [], f"{path} at {width}"


def test_everything_is_large_enough_for_a_thumb(newsroom: Newsroom, open_page: OpenPage) -> None:
    page = _sit_down(open_page, newsroom, newsroom.owner, 375, has_touch=True)
    for path in newsroom.paths():
        page.goto(newsroom.url + path)
        assert page.evaluate(TOO_SMALL_TO_TOUCH) == [], path


def test_every_page_has_one_heading_and_a_name_for_each_field(newsroom: Newsroom, open_page: OpenPage) -> None:
    page = _sit_down(open_page, newsroom, newsroom.owner)
    for path in newsroom.paths():
        page.goto(newsroom.url + path)
        assert page.locator("h1").count() == 1, path
        ids = page.evaluate("() => [...document.querySelectorAll('[id]')].map((one) => one.id)")
        assert len(ids) == len(set(ids)), path
