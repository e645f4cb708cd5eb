"""Deciding by key, by hand, and without any script."""

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from moderator.storage.tables import Action, Comment, Decision
from tests.browser.conftest import Desk, SitDown


def _verbs(desk: Desk) -> list[list[str]]:
    """What is in force for the comments that waited."""
    with desk.runtime.database.read() as reading:
        found = select(Decision.verbs).join(Comment, Comment.decision_id == Decision.id)
        return list(reading.scalars(found.where(Decision.maker == "person").order_by(Decision.id)))


def _open_first(desk: Desk, page: Page) -> None:
    page.goto(f"{desk.url}/review")
    page.keyboard.press("j")
    expect(page.locator(".case .said")).to_have_text("The first comment")


def test_one_key_keeps_and_the_next_case_comes(desk: Desk, sit_down: SitDown) -> None:
    page = sit_down(desk)
    _open_first(desk, page)
    page.keyboard.press("k")
    expect(page.locator(".case .said")).to_have_text("The second comment")
    expect(page.get_by_role("status")).to_contain_text("Kept on Our page")
    assert _verbs(desk) == [["keep"]]


def test_one_key_hides_and_another_undoes_it(desk: Desk, sit_down: SitDown) -> None:
    page = sit_down(desk)
    _open_first(desk, page)
    page.keyboard.press("h")
    expect(page.get_by_role("status")).to_contain_text("Will be hidden on Our page")
    page.keyboard.press("z")
    expect(page.get_by_role("status")).to_contain_text("Undone.")
    expect(page.locator(".case .said")).to_have_text("The first comment")
    with desk.runtime.database.read() as reading:
        assert reading.scalars(select(Action.state)).all() == ["cancelled"]


def test_keys_walk_through_the_queue_and_back(desk: Desk, sit_down: SitDown) -> None:
    page = sit_down(desk)
    _open_first(desk, page)
    page.keyboard.press("n")
    expect(page.locator(".case .said")).to_have_text("The second comment")
    page.keyboard.press("p")
    expect(page.locator(".case .said")).to_have_text("The first comment")
    page.keyboard.press("q")
    expect(page).to_have_url(f"{desk.url}/review")


@pytest.mark.parametrize("key", ["d", "b", "r"])
def test_what_cannot_be_taken_back_is_only_opened_by_its_key(desk: Desk, sit_down: SitDown, key: str) -> None:
    page = sit_down(desk)
    _open_first(desk, page)
    page.keyboard.press(key)
    expect(page.get_by_role("heading", level=1)).to_have_text("Before it happens")
    assert _verbs(desk) == []


def test_letters_typed_into_a_note_are_letters(desk: Desk, sit_down: SitDown) -> None:
    page = sit_down(desk)
    _open_first(desk, page)
    page.get_by_text("Add a note for the record").click()
    page.get_by_label("Note").press_sequentially("khzdbrjq")
    assert page.get_by_label("Note").input_value() == "khzdbrjq"
    page.get_by_label("Rule it breaks").focus()
    page.keyboard.press("h")
    assert _verbs(desk) == []


@pytest.mark.parametrize("chord", ["Control+k", "Alt+k", "Meta+k", "Shift+k"])
def test_a_key_with_a_modifier_belongs_to_the_browser(desk: Desk, sit_down: SitDown, chord: str) -> None:
    page = sit_down(desk)
    _open_first(desk, page)
    page.keyboard.press(chord)
    expect(page.locator(".case .said")).to_have_text("The first comment")
    assert _verbs(desk) == []


def test_a_key_held_down_decides_once(desk: Desk, sit_down: SitDown) -> None:
    page = sit_down(desk)
    _open_first(desk, page)
    page.keyboard.down("k")
    page.keyboard.down("k")
    page.keyboard.down("k")
    page.keyboard.up("k")
    expect(page.locator(".case .said")).to_have_text("The second comment")
    assert _verbs(desk) == [["keep"]]


def test_keys_can_be_turned_off_and_stay_off(desk: Desk, sit_down: SitDown) -> None:
    page = sit_down(desk)
    _open_first(desk, page)
    page.get_by_role("button", name="Turn keyboard shortcuts off").click()
    page.reload()
    expect(page.get_by_role("button", name="Turn keyboard shortcuts on")).to_be_visible()
    page.keyboard.press("k")
    expect(page.locator(".case .said")).to_have_text("The first comment")
    assert _verbs(desk) == []


def test_a_double_click_decides_once_and_shows_no_conflict(desk: Desk, sit_down: SitDown) -> None:
    page = sit_down(desk)
    _open_first(desk, page)
    page.get_by_role("button", name="Hide").dblclick()
    expect(page.get_by_role("status")).to_contain_text("Will be hidden on Our page")
    assert _verbs(desk) == [["hide"]]


def test_hiding_without_a_rule_says_what_is_missing_and_gives_the_keys_back(desk: Desk, sit_down: SitDown) -> None:
    page = sit_down(desk)
    _open_first(desk, page)
    page.get_by_label("Rule it breaks").select_option("")
    page.locator("h1").click()
    page.keyboard.press("h")
    expect(page.get_by_role("alert")).to_contain_text("Pick the rule that this comment breaks.")
    page.keyboard.press("k")
    expect(page.locator(".case .said")).to_have_text("The second comment")


def test_the_whole_job_is_done_without_a_script(desk: Desk, sit_down: SitDown) -> None:
    page = sit_down(desk, java_script_enabled=False)
    page.goto(f"{desk.url}/review")
    page.get_by_role("link", name="The first comment").click()
    page.get_by_role("button", name="Hide").click()
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("link", name="Delete…").click()
    page.get_by_label("Block the author").check()
    page.get_by_role("button", name="Do what is ticked").click()
    expect(page.get_by_role("status")).to_contain_text("Will be deleted · Author will be blocked on Our page")
    assert _verbs(desk) == [["delete", "block"]]


def test_a_phone_decides_by_thumb(desk: Desk, sit_down: SitDown) -> None:
    page = sit_down(desk, width=375, height=700, has_touch=True)
    page.goto(f"{desk.url}/review")
    page.get_by_role("link", name="The first comment").tap()
    page.get_by_role("link", name="More…").tap()
    page.get_by_role("link", name="Go back, change nothing").tap()
    page.get_by_role("button", name="Hide").tap()
    expect(page.locator(".case .said")).to_have_text("The second comment")
    assert _verbs(desk) == [["hide"]]


def test_the_first_tab_stop_leads_past_the_head_of_the_page(desk: Desk, sit_down: SitDown) -> None:
    page = sit_down(desk)
    page.goto(f"{desk.url}/review")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the main part")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
