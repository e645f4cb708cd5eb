"""Deciding by key, by hand, without any script, and without a connection."""

from playwright.sync_api import Page, Route, expect
from sqlalchemy import delete, select

from moderator import accounts
from moderator.domain.vocabulary import Role
from moderator.review import cases, preferences
from moderator.storage.tables import Action, Comment, Decision, Lease, Member
from tests.browser.conftest import Desk, SitDown


def _verbs(desk: Desk) -> list[list[str]]:
    """What is in force for the comments that waited."""
    with desk.runtime.database.read() as reading:
        found = select(Decision.verbs).join(Comment, Comment.decision_id == Decision.id)
        return list(reading.scalars(found.where(Decision.maker == "person").order_by(Decision.id)))


def _on_screen(page: Page, text: str) -> None:
    expect(page.locator(".case .said").first).to_contain_text(text)
    _settle(page)


def _settle(page: Page) -> None:
    """What is struck in the first moment of a page does nothing."""
    page.wait_for_load_state()
    page.wait_for_timeout(170)


def _open_first(desk: Desk, page: Page) -> None:
    page.goto(f"{desk.url}/review/cases/{desk.waiting[0].case_id}")
    _on_screen(page, "The first comment")


def test_one_key_keeps_and_the_next_case_comes(desk: Desk, sit_down: SitDown) -> None:
    page = sit_down(desk)
    _open_first(desk, page)
    page.keyboard.press("k")
    _on_screen(page, "The second comment")
    expect(page.locator(".done")).to_contain_text("Kept on Our page")
    assert _verbs(desk) == [["keep"]]


def test_one_key_hides_and_another_undoes_it(desk: Desk, sit_down: SitDown) -> None:
    page = sit_down(desk)
    _open_first(desk, page)
    page.keyboard.press("h")
    expect(page.locator(".done")).to_contain_text("Will be hidden on Our page")
    _settle(page)
    page.keyboard.press("z")
    expect(page.locator(".done")).to_contain_text("Undone.")
    with desk.runtime.database.read() as reading:
        assert reading.scalars(select(Action.state)).all() == ["cancelled"]


def test_keys_walk_along_the_queue_open_a_comment_and_come_back(desk: Desk, sit_down: SitDown) -> None:
    page = sit_down(desk)
    page.goto(f"{desk.url}/review")
    _settle(page)
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="The first comment")).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("p")
    expect(page.get_by_role("link", name="The second comment")).to_be_focused()
    page.keyboard.press("x")
    expect(page.locator(".card:focus-within").get_by_role("checkbox")).to_be_checked()
    page.keyboard.press("p")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    _on_screen(page, "The second comment")
    page.keyboard.press("j")
    _on_screen(page, "The third comment")
    page.keyboard.press("p")
    _on_screen(page, "The second comment")
    page.keyboard.press("q")
    expect(page.get_by_role("heading", level=1)).to_contain_text("queue")


def test_delete_is_opened_by_its_key_and_done_by_the_return_key_alone(desk: Desk, sit_down: SitDown) -> None:
    page = sit_down(desk)
    for key in ("b", "r", "d"):
        _open_first(desk, page)
        page.keyboard.press(key)
        expect(page.get_by_role("heading", level=1)).to_have_text("Before it happens")
        _settle(page)
    expect(page.locator("[data-confirm]")).to_be_focused()
    page.keyboard.type("khdbrsz")
    assert _verbs(desk) == []
    page.keyboard.press("Enter")
    expect(page.locator(".done")).to_contain_text("deleted")


def test_letters_typed_into_a_note_are_letters(desk: Desk, sit_down: SitDown) -> None:
    page = sit_down(desk)
    _open_first(desk, page)
    page.get_by_text("Add a note for the record").click()
    note = page.locator("textarea[name=note]").first
    note.press_sequentially("khzdbrjq?:")
    assert note.input_value() == "khzdbrjq?:"
    page.get_by_label("Rule it breaks").focus()
    page.keyboard.press("h")
    page.locator("h1").click()
    for chord in ("Alt+k", "Control+h", "Meta+h", "Shift+k"):
        page.keyboard.press(chord)
    _on_screen(page, "The first comment")
    assert _verbs(desk) == []


def test_a_key_held_down_or_struck_too_soon_decides_nothing_further(desk: Desk, sit_down: SitDown) -> None:
    page = sit_down(desk)
    strike = 'document.dispatchEvent(new KeyboardEvent("keydown", {key: "k", bubbles: true}))'
    page.add_init_script(f'addEventListener("DOMContentLoaded", () => {{ {strike}; }})')
    _open_first(desk, page)
    for _ in range(3):
        page.keyboard.down("k")
    page.keyboard.up("k")
    _on_screen(page, "The second comment")
    assert _verbs(desk) == [["keep"]]


def test_keys_can_be_turned_off_and_stay_off(desk: Desk, sit_down: SitDown) -> None:
    page = sit_down(desk)
    _open_first(desk, page)
    page.get_by_role("button", name="Turn keyboard shortcuts off").click()
    expect(page.locator("#announce")).to_have_text("Keyboard shortcuts are off.")
    page.reload()
    _settle(page)
    for key in ("k", "?", "Control+k"):
        page.keyboard.press(key)
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="Turn keyboard shortcuts on")).to_be_visible()
    expect(page.get_by_role("button", name="Keep", exact=True)).to_be_visible()
    assert _verbs(desk) == []


def test_keys_of_one_s_own_are_the_keys_on_the_page(desk: Desk, sit_down: SitDown) -> None:
    with desk.runtime.database.write() as session:
        priya = session.scalars(select(Member).where(Member.role == Role.OWNER).order_by(Member.id)).first()
        assert priya
        preferences.write(session, priya.id, {"keys": {"keep": "w"}})
    page = sit_down(desk)
    _open_first(desk, page)
    page.keyboard.press("k")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("w")
    page.keyboard.press("w")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert _verbs(desk) == []
    page.get_by_role("button", name="Keep w").focus()
    page.keyboard.press("w")
    _on_screen(page, "The second comment")


def test_the_palette_finds_what_can_be_done_and_where_one_can_go(desk: Desk, sit_down: SitDown) -> None:
    page = sit_down(desk)
    _open_first(desk, page)
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="Do or go to")
    expect(field).to_be_focused()
    field.fill("dlete")
    expect(page.get_by_role("dialog").get_by_role("option").first).to_contain_text("Delete")
    described = field.get_attribute("aria-activedescendant")
    expect(page.locator(f"#{described}")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Escape")
    page.keyboard.press(":")
    field.fill(desk.waiting[2].case_id)
    expect(page.get_by_role("dialog").get_by_role("option").first).to_contain_text("Go to")
    page.keyboard.press("Enter")
    _on_screen(page, "The third comment")
    page.keyboard.press("Control+k")
    field.fill("waiting plat")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("dialog").get_by_role("option", selected=True)).to_contain_text("Waiting for the platform")
    page.keyboard.press("Enter")
    page.wait_for_url("**/review?lane=platform")


def test_a_double_click_decides_once_and_shows_no_conflict(desk: Desk, sit_down: SitDown) -> None:
    page = sit_down(desk)
    _open_first(desk, page)
    page.get_by_role("button", name="Hide").dblclick()
    expect(page.locator(".done")).to_contain_text("Will be hidden on Our page")
    assert _verbs(desk) == [["hide"]]


def test_hiding_without_a_rule_says_what_is_missing_and_gives_the_keys_back(desk: Desk, sit_down: SitDown) -> None:
    page = sit_down(desk)
    _open_first(desk, page)
    page.get_by_label("Rule it breaks").select_option("")
    page.locator("h1").click()
    page.keyboard.press("h")
    expect(page.get_by_role("alert")).to_contain_text("Pick the rule that this comment breaks.")
    _settle(page)
    page.keyboard.press("k")
    _on_screen(page, "The second comment")


def test_the_whole_job_is_done_without_a_script(desk: Desk, sit_down: SitDown) -> None:
    page = sit_down(desk, java_script_enabled=False)
    page.goto(f"{desk.url}/review")
    page.get_by_role("link", name="The first comment").click()
    page.get_by_role("button", name="Hide").click()
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("link", name="Delete…").click()
    page.get_by_label("Block the author").check()
    page.get_by_role("button", name="Do what is ticked").click()
    expect(page.locator(".done")).to_contain_text("Will be deleted · Author will be blocked on Our page")
    assert _verbs(desk) == [["delete", "block"]]


def test_a_phone_decides_by_thumb(desk: Desk, sit_down: SitDown) -> None:
    page = sit_down(desk, width=375, height=700, has_touch=True)
    page.goto(f"{desk.url}/review")
    page.get_by_role("link", name="The first comment").tap()
    page.get_by_role("link", name="More…").tap()
    page.get_by_role("link", name="Go back, change nothing").tap()
    page.get_by_role("button", name="Hide").tap()
    _on_screen(page, "The second comment")
    assert _verbs(desk) == [["hide"]]


def test_the_first_tab_stop_leads_past_the_head_of_the_page(desk: Desk, sit_down: SitDown) -> None:
    page = sit_down(desk)
    page.goto(f"{desk.url}/review")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the main part")).to_be_focused()
    _settle(page)
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


# ---- without a connection ----


def _open_and_read_ahead(desk: Desk, page: Page, pages: int) -> None:
    fetched: list[str] = []
    page.on("requestfinished", lambda request: fetched.append(request.url) if "purpose" in request.headers else None)
    _open_first(desk, page)
    for _ in range(100):
        if len(fetched) >= pages:
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"read ahead: {fetched}")


def test_offline_decisions_are_kept_said_and_sent_and_nothing_is_lost(desk: Desk, sit_down: SitDown) -> None:
    page = sit_down(desk)
    _open_and_read_ahead(desk, page, 2)
    page.context.set_offline(True)
    connection = page.get_by_role("region", name="Connection")
    expect(connection).to_contain_text("You are offline.")
    page.keyboard.press("h")
    _on_screen(page, "The second comment")
    expect(connection).to_contain_text("1 decision waits and is sent when the connection is back. Nothing is lost.")
    page.keyboard.press("d")
    expect(connection).to_contain_text("This needs the connection, and nothing was changed.")
    page.keyboard.press("k")
    _on_screen(page, "The third comment")
    page.keyboard.press("k")
    expect(page.get_by_role("heading", level=1)).to_have_text("Waiting for the connection")
    _settle(page)
    page.keyboard.press("z")
    _on_screen(page, "The third comment")
    expect(connection).to_contain_text("2 decisions wait")
    assert "comment" not in page.evaluate("JSON.stringify({...sessionStorage})").replace("Comment by", "").replace(
        "comments/", ""
    )
    assert _verbs(desk) == []
    page.context.set_offline(False)
    expect(connection).to_contain_text("2 decisions were sent.")
    _on_screen(page, "The third comment")
    assert sorted(_verbs(desk)) == [["hide"], ["keep"]]
    page.keyboard.press("k")
    expect(page.locator(".done")).to_contain_text("Kept on Our page")


def test_what_a_colleague_decided_meanwhile_is_told_and_stays_on_the_list(desk: Desk, sit_down: SitDown) -> None:
    page = sit_down(desk)
    _open_and_read_ahead(desk, page, 1)
    page.context.set_offline(True)
    page.keyboard.press("h")
    _on_screen(page, "The second comment")
    first = desk.waiting[0]
    with desk.runtime.database.write() as session:
        office_id = session.get_one(Comment, first.comment_id).office_id
        tom = accounts.add_member(session, office_id, "tom@example.org", "Tom", Role.LEAD)
        session.execute(delete(Lease))
        cases.resolve(session, tom, first.case_id, first.decision_id, ["keep"], None)
    page.context.set_offline(False)
    connection = page.get_by_role("region", name="Connection")
    expect(connection).to_contain_text("Tom was first and decided: keep.")
    expect(connection.get_by_role("button", name="Take off this list")).to_be_visible()
    assert _verbs(desk) == [["keep"]]


def test_a_decision_whose_answer_was_lost_is_sent_again_and_made_once(desk: Desk, sit_down: SitDown) -> None:
    page = sit_down(desk)
    lost: list[str] = []

    def lose(route: Route) -> None:
        if lost:
            route.continue_()
        else:
            lost.append(route.fetch().text())
            route.abort()

    page.route("**/review/cases/*", lambda route: lose(route) if route.request.method == "POST" else route.continue_())
    _open_and_read_ahead(desk, page, 1)
    page.keyboard.press("k")
    connection = page.get_by_role("region", name="Connection")
    expect(connection).to_contain_text("The service cannot be reached. 1 decision waits")
    expect(connection).to_contain_text("1 decision was sent.", timeout=10_000)
    assert "next" in lost[0]
    assert _verbs(desk) == [["keep"]]
