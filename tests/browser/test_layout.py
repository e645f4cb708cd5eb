"""Every page at every width, with the hardest things on it: nothing sticks out, nothing is refused."""

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Desk, SitDown

#: The narrowest window there is, a phone, a tablet, a desk.
WIDTHS = (320, 375, 768, 1280)

#: What reaches further to the right than the window: the names of elements, for the message.
STICKS_OUT = """() => {
  const edge = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= edge) return [];
  return [...document.querySelectorAll("body *")]
    .filter((one) => one.getBoundingClientRect().right > edge + 1)
    .slice(0, 5).map((one) => one.tagName + "." + one.className);
}"""

TOO_SMALL_TO_TOUCH = """() => [...document.querySelectorAll("button, .button, select, summary, .masthead a, .lanes a")]
  .map((one) => [one.textContent.trim().slice(0, 30), one.getBoundingClientRect()])
  .filter(([, box]) => box.height > 0 && box.height < 43.5).map(([name]) => name)"""


@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_scrolls_sideways(full_desk: Desk, sit_down: SitDown, width: int) -> None:
    page = sit_down(full_desk, width=width)
    for path in full_desk.paths():
        answer = page.goto(full_desk.url + path)
        assert answer is not None
        assert answer.status == 200, path
        assert page.evaluate(STICKS_OUT) == [], f"{path} at {width}"


@pytest.mark.parametrize("width", [320, 1280])
def test_pages_for_visitors_and_the_empty_queue_do_not_either(
    full_desk: Desk, sit_down: SitDown, open_page: object, width: int
) -> None:
    page = sit_down(full_desk, width=width, empty=True)
    for path in ("/review", "/review/decided", "/settings/channels", "/nowhere"):
        page.goto(full_desk.url + path)
        assert page.evaluate(STICKS_OUT) == [], path
    page.context.clear_cookies()
    for path in ("/sign-in", f"/guidelines/{full_desk.slug}"):
        page.goto(full_desk.url + path)
        assert page.evaluate(STICKS_OUT) == [], path


def test_everything_is_large_enough_for_a_thumb(full_desk: Desk, sit_down: SitDown) -> None:
    page = sit_down(full_desk, width=375, height=760, has_touch=True)
    for path in full_desk.paths():
        page.goto(full_desk.url + path)
        assert page.evaluate(TOO_SMALL_TO_TOUCH) == [], path


@pytest.mark.parametrize("width", [320, 375, 768, 1280])
def test_keep_and_hide_are_in_view_whatever_the_length_of_the_comment(
    full_desk: Desk, sit_down: SitDown, width: int
) -> None:
    page = sit_down(full_desk, width=width, height=760)
    for seen in full_desk.waiting:
        page.goto(f"{full_desk.url}/review/cases/{seen.case_id}")
        for name in ("keep", "hide"):
            box = page.locator(f"button[data-action={name}]").bounding_box()
            assert box is not None
            assert 0 <= box["y"] <= 760 - box["height"], f"{name} at {width}"


def test_keep_and_hide_do_not_touch_each_other_on_a_phone(full_desk: Desk, sit_down: SitDown) -> None:
    page = sit_down(full_desk, width=375, height=760)
    page.goto(f"{full_desk.url}/review/cases/{full_desk.waiting[0].case_id}")
    keep = page.locator("button[data-action=keep]").bounding_box()
    hide = page.locator("button[data-action=hide]").bounding_box()
    assert keep is not None
    assert hide is not None
    assert hide["x"] - (keep["x"] + keep["width"]) > 44


def test_the_comment_is_the_largest_text_of_its_page(full_desk: Desk, sit_down: SitDown) -> None:
    page = sit_down(full_desk)
    page.goto(f"{full_desk.url}/review/cases/{full_desk.waiting[0].case_id}")
    sizes = page.evaluate(
        """() => [...document.querySelectorAll("main *")].filter((one) => one.getClientRects().length)
        .map((one) => [parseFloat(getComputedStyle(one).fontSize), !!one.closest(".said")])"""
    )
    assert max(size for size, _ in sizes) == 20
    assert {said for size, said in sizes if size == 20} == {True}


def test_marks_piled_on_a_letter_stay_inside_the_comment(full_desk: Desk, sit_down: SitDown) -> None:
    page = sit_down(full_desk)
    page.goto(f"{full_desk.url}/review/cases/{full_desk.waiting[6].case_id}")
    assert page.locator(".case .said").first.evaluate("one => getComputedStyle(one).contain") == "paint"


def test_a_comment_turns_its_own_direction_and_nobody_else_s(full_desk: Desk, sit_down: SitDown) -> None:
    page = sit_down(full_desk)
    page.goto(f"{full_desk.url}/review/cases/{full_desk.waiting[4].case_id}")
    assert _direction(page, ".case .said") == "rtl"
    assert _direction(page, ".why") == "ltr"
    assert page.locator(".case .said .unseen").all_inner_texts() == ["RLO", "PDF"]


def _direction(page: Page, selector: str) -> str:
    found: str = page.locator(selector).first.evaluate("one => getComputedStyle(one).direction")
    return found


def test_mark_up_in_a_comment_changes_nothing_of_the_page(full_desk: Desk, sit_down: SitDown) -> None:
    page = sit_down(full_desk)
    page.goto(f"{full_desk.url}/review/cases/{full_desk.waiting[5].case_id}")
    assert page.locator(".said script, .said img, .said style").count() == 0
    assert "<script>alert('no')</script>" in page.locator(".case .said").first.inner_text().replace("threat", "")


def test_published_guidelines_print_without_the_rooms_around_them(full_desk: Desk, sit_down: SitDown) -> None:
    page = sit_down(full_desk)
    page.goto(f"{full_desk.url}/guidelines/{full_desk.slug}")
    page.emulate_media(media="print")
    assert not page.locator(".masthead").is_visible()
    assert page.locator("#rule-2a").is_visible()


def test_every_page_has_one_heading_a_language_a_main_part_and_names_for_its_fields(
    full_desk: Desk, sit_down: SitDown
) -> None:
    page = sit_down(full_desk)
    nameless = """() => [...document.querySelectorAll("input:not([type=hidden]), select, textarea")]
      .filter((one) => !one.labels.length && !one.getAttribute("aria-label")).map((one) => one.name)"""
    for path in full_desk.paths():
        page.goto(full_desk.url + path)
        assert page.locator("h1").count() == 1, path
        assert page.locator("main").count() == 1, path
        assert page.locator("html").get_attribute("lang") == "en-GB", path
        assert page.evaluate(nameless) == [], path
        ids = page.evaluate("() => [...document.querySelectorAll('[id]')].map((one) => one.id)")
        assert len(ids) == len(set(ids)), path
