"""The public pages in a browser: for everybody, on every screen and on paper, and with the worst that can be typed."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Dialog, Page
from werkzeug.serving import make_server

from guidelines.load import load_text
from guidelines.schema import GuidelineSet
from moderator import accounts, clock, publishing
from moderator.bootstrap import bootstrap
from moderator.settings import Settings
from tests.browser.conftest import LONG_WORD
from tests.browser.test_layout import STICKS_OUT
from tests.conftest import OpenPage
from tests.fakes import office
from tests.fakes.everything import EVERYTHING, everything, with_texts
from tests.fakes.office import HOSTILE
from webui.app import create_app

RIGHT_TO_LEFT = "يرجى احترام الجميع في هذه الصفحة وعدم تهديد أي شخص"
PATHS = ("", "/v/1", "/v/3", "/v/2/changes", "/share")


@dataclass(frozen=True, slots=True)
class Site:
    url: str

    def page(self, slug: str, path: str = "") -> str:
        return f"{self.url}/guidelines/{slug}{path}"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """An office with a version before, one in force and one to come; and three whose texts are hard to show."""
    home = tmp_path_factory.mktemp("public")
    settings = Settings(
        home=home,
        database_url=f"sqlite:///{home / 'public.db'}",
        redis_url=None,
        secret_key="a secret key that only the tests know",
        public_url="https://comments.ellery.example",
        classifiers=(),
    )
    runtime = replace(bootstrap(settings), classifiers=office.Room())
    runtime.database.migrate()
    with runtime.database.write() as session:
        ours = accounts.create_office(session, "Rowan Ellery", "ellery").id
        publishing.publish(session, ours, load_text(EVERYTHING.replace("Do not threaten", "Never threaten")))
        publishing.publish(session, ours, everything(), approved_by=ours, note="Shorter.")
        later = load_text(EVERYTHING.replace("review: 0.6", "review: 0.5"))
        publishing.publish(session, ours, later, effective_at=clock.now() + timedelta(days=9))
        for slug, guidelines in _hard_to_show().items():
            publishing.publish(session, accounts.create_office(session, slug, slug).id, guidelines)
    server = make_server("127.0.0.1", 0, create_app(runtime), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Site(f"http://127.0.0.1:{server.server_port}")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        runtime.close()


def _hard_to_show() -> dict[str, GuidelineSet]:
    long = with_texts(everything(), LONG_WORD * 2)
    rules = [replace(long.rules[1], id=f"r{number}", title=f"{LONG_WORD} {number}") for number in range(200)]
    return {
        "two-hundred": replace(long, rules=tuple(rules)),
        "right-to-left": replace(with_texts(everything(), RIGHT_TO_LEFT), language="ar"),
        "hostile": with_texts(everything(), f"{HOSTILE}<img src=x onerror=alert(1)><style>*{{display:none}}</style>"),
    }


@pytest.mark.parametrize("width", [375, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_serious_stands_in_anybody_s_way(site: Site, open_page: OpenPage, scheme: str, width: int) -> None:
    page = open_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    pages = [site.page("ellery", path) for path in PATHS]
    for url in [*pages, site.page("right-to-left"), site.page("hostile")]:
        page.goto(url)
        assert _serious(page) == [], url


def _serious(page: Page) -> list[str]:
    violations = Axe().run(page).response["violations"]
    return [
        f"{found['id']}: {node['html'][:120]}"
        for found in violations
        if found["impact"] in ("serious", "critical")
        for node in found["nodes"]
    ]


@pytest.mark.parametrize("width", [320, 1280])
def test_nothing_sticks_out_whatever_was_typed(site: Site, open_page: OpenPage, width: int) -> None:
    page = open_page(viewport={"width": width, "height": 800})
    for slug in ("ellery", "two-hundred", "right-to-left", "hostile"):
        for path in ("", "/share"):
            page.goto(site.page(slug, path))
            assert page.evaluate(STICKS_OUT) == [], f"{slug}{path} at {width}"


def test_headings_come_in_order_and_nothing_is_laid_out_by_tables(site: Site, open_page: OpenPage) -> None:
    page = open_page(java_script_enabled=False)
    for path in PATHS:
        page.goto(site.page("ellery", path))
        levels = [int(one.evaluate("one => one.tagName[1]")) for one in page.locator("h1, h2, h3, h4, h5, h6").all()]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(next_one - level <= 1 for level, next_one in pairwise(levels)), path
        assert page.locator("table").count() == 0
        assert page.locator("html").get_attribute("lang") == "en-GB"


def test_a_link_to_a_rule_goes_to_that_rule_also_from_an_old_decision(site: Site, open_page: OpenPage) -> None:
    page = open_page()
    page.goto(site.page("ellery", "/v/1#rule-2c"))
    assert page.locator("#rule-2c h3").inner_text().split() == ["2c", "Links"]
    assert page.evaluate("document.querySelector(':target').id") == "rule-2c"
    assert page.evaluate("Math.abs(document.querySelector('#rule-2c').getBoundingClientRect().top)") < 40


def test_paper_has_the_addresses_and_the_code_and_no_navigation(site: Site, open_page: OpenPage) -> None:
    page = open_page(color_scheme="dark")
    page.goto(site.page("ellery"))
    page.emulate_media(media="print")
    assert not page.locator("nav").first.is_visible()
    assert not page.get_by_text("Square code to print").is_visible()
    assert page.get_by_text("https://comments.ellery.example/g/ellery").is_visible()
    assert page.locator("img.code").is_visible()
    assert page.locator("img.code").evaluate("one => one.complete && one.naturalWidth > 0")
    printed = page.locator(".notice a").first.evaluate("one => getComputedStyle(one, '::after').content")
    assert "https://comments.ellery.example/guidelines/ellery/v/3" in printed
    colours = page.evaluate("() => [document.documentElement, document.body].map((one) => getComputedStyle(one).color)")
    assert set(colours) == {"rgb(0, 0, 0)"}


def test_the_whole_page_is_there_without_scripts_and_nothing_is_asked_of_others(
    site: Site, open_page: OpenPage
) -> None:
    page = open_page(java_script_enabled=False)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(site.page("ellery"))
    assert page.get_by_text("The program may hide a comment by itself under these rules:").is_visible()
    page.goto(site.page("ellery", "/share"))
    assert page.get_by_label("The shortest").input_value().endswith("https://comments.ellery.example/g/ellery")
    assert page.get_by_role("button").count() == 0, "a button that cannot do anything is not there"
    assert all(url.startswith(site.url) for url in asked)


def test_a_button_copies_a_text(site: Site, open_page: OpenPage) -> None:
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    page.goto(site.page("ellery", "/share"))
    page.get_by_role("button", name="Copy").nth(1).click()
    page.get_by_role("status").filter(has_text="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == page.get_by_label("Short", exact=True).input_value()


def test_a_click_into_a_text_selects_all_of_it(site: Site, open_page: OpenPage) -> None:
    page = open_page()
    page.goto(site.page("ellery", "/share"))
    text = page.get_by_label("The shortest")
    text.focus()
    assert text.evaluate("one => one.selectionEnd - one.selectionStart") == len(text.input_value())


def test_of_very_many_rules_the_list_is_folded_and_opens(site: Site, open_page: OpenPage) -> None:
    page = open_page()
    page.goto(site.page("two-hundred"))
    link = page.locator("nav.contents a").last
    assert not link.is_visible()
    page.get_by_text("All 200 rules").click()
    assert link.is_visible()
    assert page.locator("nav.contents a").count() == 200


def test_mark_up_in_the_rules_does_nothing(site: Site, open_page: OpenPage) -> None:
    page = open_page()
    opened: list[str] = []

    def close(dialog: Dialog) -> None:
        opened.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", close)
    for path in ("", "/share"):
        page.goto(site.page("hostile", path))
        assert page.locator("main script, main style, main img:not(.code)").count() == 0
        assert page.locator("h1").is_visible()
    assert opened == []
