"""Whose case it is, as the pages of two people say it while time passes."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from moderator import accounts, clock
from moderator.domain.vocabulary import Role
from moderator.storage.tables import Lease, Member
from tests.browser.conftest import Desk, SitDown
from tests.conftest import OpenPage

#: `pass_time(page, minutes=9)`: for the server and for that page
PassTime = Callable[..., None]


@pytest.fixture
def pass_time(monkeypatch: pytest.MonkeyPatch) -> PassTime:
    ahead = timedelta()
    monkeypatch.setattr(clock, "now", lambda: datetime.now(UTC) + ahead)

    def forward(page: Page, *, minutes: float) -> None:
        nonlocal ahead
        ahead += timedelta(minutes=minutes)
        page.clock.fast_forward(int(minutes * 60_000))
        page.clock.run_for(1000)

    return forward


def _first(desk: Desk) -> str:
    return f"{desk.url}/review/cases/{desk.waiting[0].case_id}"


def _colleague(desk: Desk, open_page: OpenPage) -> Page:
    with desk.runtime.database.write() as writing:
        office_id = writing.scalars(select(Member.office_id).where(Member.email == "priya@example.org")).one()
        mona = accounts.add_member(writing, office_id, "mona@example.org", "Mona", Role.MODERATOR)
        token = accounts.open_session(writing, mona.id)
    page = open_page()
    page.context.add_cookies([{"name": "session", "value": token, "url": desk.url}])
    return page


def _held_until(desk: Desk) -> datetime | None:
    with desk.runtime.database.read() as reading:
        return reading.scalar(select(Lease.until))


def _says(page: Page, text: str) -> None:
    expect(page.locator("[data-says]")).to_contain_text(text)


def test_a_colleague_sees_whose_it_is_and_has_it_once_the_tab_is_closed(
    desk: Desk, sit_down: SitDown, open_page: OpenPage
) -> None:
    page, other = sit_down(desk), _colleague(desk, open_page)
    other.goto(_first(desk))
    page.goto(_first(desk))
    _says(page, "Mona has this open")
    other.goto(f"{_first(desk)}/confirm?verbs=delete")
    page.wait_for_timeout(100)
    assert _held_until(desk) is not None
    other.goto("about:blank")
    for _ in range(50):
        if _held_until(desk) is None:
            break
        page.wait_for_timeout(50)
    page.reload()
    _says(page, "Yours until")


def test_a_page_that_is_used_is_renewed_and_one_that_is_left_lying_runs_out(
    desk: Desk, sit_down: SitDown, pass_time: PassTime
) -> None:
    page = sit_down(desk)
    page.clock.install()
    page.goto(_first(desk))
    before = _held_until(desk)
    page.mouse.move(200, 200)
    pass_time(page, minutes=5)
    expect(page.locator(".turn .left")).to_be_hidden()
    for _ in range(50):
        if _held_until(desk) != before:
            break
        page.wait_for_timeout(50)
    assert before is not None
    assert _held_until(desk) > before + timedelta(minutes=4)  # type: ignore[operator]
    pass_time(page, minutes=8.5)
    expect(page.locator(".turn .left")).to_contain_text("Given back in 1:")
    expect(page.locator("#announce")).to_have_text("This case is given back in two minutes unless you go on.")
    pass_time(page, minutes=3)
    _says(page, "Your time with this case ran out while you were away. Nobody else has taken it.")
    page.get_by_role("button", name="Take it again").click()
    _says(page, "Yours until")


def test_what_is_kept_is_not_counted_down_and_not_given_back_with_the_tab(
    desk: Desk, sit_down: SitDown, pass_time: PassTime
) -> None:
    page = sit_down(desk)
    page.clock.install()
    page.goto(_first(desk))
    page.get_by_role("button", name="Keep it longer").click()
    _says(page, "Kept for you until")
    pass_time(page, minutes=60)
    expect(page.locator(".turn .left")).to_be_hidden()
    page.goto("about:blank")
    assert _held_until(desk) is not None


def test_a_colleague_has_it_before_the_tab_wakes_up(
    desk: Desk, sit_down: SitDown, open_page: OpenPage, pass_time: PassTime
) -> None:
    page, other = sit_down(desk), _colleague(desk, open_page)
    page.clock.install()
    page.goto(_first(desk))
    pass_time(page, minutes=9)
    with desk.runtime.database.write() as writing:
        writing.delete(writing.scalars(select(Lease)).one())
    other.goto(_first(desk))
    _says(other, "Yours until")
    pass_time(page, minutes=2)
    _says(page, "Your time with this case ran out, and Mona has it open now, until")
