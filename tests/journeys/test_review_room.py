"""A day in the review room, with real keys: triage, a lost connection, two people on one case, a campaign, and undo."""

import re
from collections import Counter
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import update

from moderator import accounts, clock
from moderator.domain.vocabulary import Role
from moderator.review import words
from moderator.storage.tables import Lease, Member
from tests.conftest import OpenPage
from tests.fakes.receiver import Receiver
from tests.journeys.conftest import BANNED, Home, Office, eventually, follow

#: A word of our own to look at: a rule is found, and a person is asked.
SUSPECT = "grumblewick"

_CASES = 50
_CAMPAIGN = 200
_WAITING = "SELECT count(*) FROM cases WHERE office_id = :office AND state = 'open' AND lane <> 'platform'"


@pytest.fixture
def tool() -> Iterator[Receiver]:
    """The page-management tool that carries actions to the platform."""
    with Receiver([]) as receiver:
        yield receiver


@pytest.fixture
def office(sqlite_home: Home, tool: Receiver) -> Office:
    """An office whose service runs, and which is asked about every comment with a suspect word in it."""
    office = sqlite_home.settle(config={"target_url": f"{tool.url}/actions"})
    tool.secrets = [office.secrets["outbound_secret"]]
    with office.database.write() as session:
        words.set_terms(session, session.get_one(Member, office.member_id), [BANNED], [SUSPECT])
    sqlite_home.serve()
    return office


@pytest.mark.timeout(300)
def test_fifty_cases_by_keys_alone_with_thirty_seconds_offline_in_the_middle(
    sqlite_home: Home, office: Office, tool: Receiver, page: Page
) -> None:
    _send(office, [f"What a {SUSPECT} the plan for street {number} is" for number in range(_CASES)])
    _sign_in(page, sqlite_home, office)
    _press(page, "j", "Enter")
    for number in range(20):
        _decide(page, "h" if number % 3 == 0 else "k")
    _thirty_seconds_offline(page.context, page, office)
    left = office.count(_WAITING)
    for number in range(left):
        _decide(page, "h" if number == left - 1 else "k", last=number == left - 1)

    expect(page.get_by_role("heading", name="Nothing to decide")).to_be_visible()
    assert office.count(_WAITING) == 0
    decisions = "SELECT comment_id FROM decisions WHERE office_id = :office AND maker = 'person' AND state = 'made'"
    assert len(set(office.rows(decisions))) == len(office.rows(decisions)) == _CASES
    _undo_on_the_platform(page, office, tool)
    assert "every hash holds" in sqlite_home.run("audit", "verify")


def _thirty_seconds_offline(context: BrowserContext, page: Page, office: Office) -> None:
    """What was read ahead is decided meanwhile; nothing is lost, and the page says how it stands."""
    before = office.count(_WAITING)
    page.wait_for_timeout(4_000)  # for the next cases to be read ahead
    bar = page.get_by_role("region", name="Connection")
    context.set_offline(True)
    for waiting in (1, 2):
        _press(page, "k")
        expect(bar).to_contain_text(f"You are offline. {waiting} decision")
    page.wait_for_timeout(30_000)
    assert office.count(_WAITING) == before, "nothing reached the service"
    context.set_offline(False)
    eventually(lambda: office.count(_WAITING) == before - 2)
    expect(bar).not_to_contain_text("You are offline")
    page.reload()


def _undo_on_the_platform(page: Page, office: Office, tool: Receiver) -> None:
    eventually(lambda: tool.events[-1]["type"] == "comment.hide" and office.count(_PENDING) == 0)
    hidden = tool.events[-1]["data"]["comment_id"]
    _press(page, "z")
    expect(page.locator(".done").first).to_contain_text("Undone")
    eventually(lambda: tool.events[-1]["type"] == "comment.unhide")
    assert tool.events[-1]["data"]["comment_id"] == hidden
    assert office.count(_WAITING) == 1, "its case waits again"


_PENDING = "SELECT count(*) FROM actions WHERE office_id = :office AND state = 'pending'"


@pytest.mark.timeout(180)
def test_two_members_on_the_same_case_and_a_lease_that_runs_out(
    sqlite_home: Home, office: Office, open_page: OpenPage
) -> None:
    _send(office, [f"Such a {SUSPECT}"])
    ada, bea = open_page(), open_page()
    _sign_in(ada, sqlite_home, office)
    _sign_in(bea, sqlite_home, office, _colleague(office))
    _press(ada, "j", "Enter")
    expect(ada.get_by_text("Yours until")).to_be_visible()

    bea.reload()
    expect(bea.locator(".card").first).to_contain_text("Ada Moss has it open")
    _press(bea, "j", "Enter")
    expect(bea.get_by_text("Ada Moss has this open")).to_be_visible()
    _press(bea, "k")
    expect(bea.get_by_role("heading", level=1)).to_have_text("Somebody else was first")
    expect(bea.get_by_text("Ada Moss").first).to_be_visible()
    assert office.count(_WAITING) == 1

    _the_lease_runs_out(office)
    follow(bea.get_by_role("link", name="Look at the comment as it stands"))
    expect(bea.get_by_text("Yours until")).to_be_visible()
    _press(bea, "h")
    expect(bea.locator(".done").first).to_contain_text(re.compile("hidden", re.IGNORECASE))
    _press(ada, "k")
    expect(ada.get_by_role("heading", level=1)).to_have_text("Somebody else was first")
    expect(ada.get_by_text("Bea Lund was first and decided: hide")).to_be_visible()


@pytest.mark.timeout(300)
def test_a_campaign_of_two_hundred_is_hidden_and_shown_again_as_a_whole(
    sqlite_home: Home, office: Office, tool: Receiver, page: Page
) -> None:
    said = f"Stop the {SUSPECT} on Weir Lane now, we all know what this is about"
    _send(office, [f"{said}{'!' * (number % 7)} {'🎈' * (number % 3)}" for number in range(_CAMPAIGN)])
    _send(office, [f"Is the {SUSPECT} open on Sunday?"], first=_CAMPAIGN)
    _sign_in(page, sqlite_home, office)
    follow(page.get_by_role("link", name="Stop the").first)
    follow(page.get_by_role("link", name="nearly the same, together"))
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"{_CAMPAIGN} comments")
    expect(page.get_by_text("Is the grumblewick open")).to_have_count(0)
    page.get_by_role("radio", name="Hide").check()
    page.get_by_label("Rule they break").select_option(index=1)
    follow(page.get_by_role("button", name="See what will happen"))
    expect(page.get_by_text("Can be undone")).to_be_visible()
    follow(page.get_by_role("button", name=f"Hide: {_CAMPAIGN} comments"))

    eventually(lambda: _told(tool)["comment.hide"] == _CAMPAIGN, within=120)
    assert office.count(_WAITING) == 1
    own_lines = "SELECT count(DISTINCT subject) FROM audit_entries WHERE chain = :office AND event = 'decision.made'"
    assert office.count(own_lines) == _CAMPAIGN
    page.reload()
    page.get_by_role("button", name="Undo").first.click()
    eventually(lambda: _told(tool)["comment.unhide"] == _CAMPAIGN, within=120)
    eventually(lambda: office.count(_WAITING) == _CAMPAIGN + 1)


def _told(tool: Receiver) -> Counter[str]:
    """How many events of each kind the tool was told of: each comment once."""
    once = {(event["type"], event["data"]["comment_id"]) for event in list(tool.events)}
    return Counter(kind for kind, _ in once)


def _send(office: Office, texts: list[str], first: int = 0) -> None:
    before = office.count(_WAITING)
    office.deliver([{"external_id": f"c-{first + number}", "text": text} for number, text in enumerate(texts)])
    eventually(lambda: office.count(_WAITING) == before + len(texts), within=60)


def _colleague(office: Office) -> str:
    with office.database.write() as session:
        bea = accounts.add_member(session, office.id, "bea@example.org", "Bea Lund", Role.MODERATOR)
        return accounts.make_link(session, bea.id)


def _sign_in(page: Page, home: Home, office: Office, token: str = "") -> None:
    page.goto(f"{home.url}/sign-in/{token}" if token else home.sign_in_link(office))
    follow(page.get_by_role("button", name="Sign in as"))
    page.goto(f"{home.url}/review")


def _press(page: Page, *keys: str) -> None:
    """Strike keys as somebody who has seen the page: what is struck in its first moment does nothing."""
    page.wait_for_load_state()
    page.wait_for_timeout(200)
    for key in keys:
        page.keyboard.press(key)


def _decide(page: Page, key: str, *, last: bool = False) -> None:
    """One key, and the next case is on the screen."""
    here = page.url
    _press(page, key)
    page.wait_for_url(lambda url: url != here)
    if not last:
        expect(page.locator("button[data-action=keep]")).to_be_visible()


def _the_lease_runs_out(office: Office) -> None:
    """Ten minutes pass."""
    with office.database.write() as session:
        session.execute(update(Lease).values(until=clock.now()))
