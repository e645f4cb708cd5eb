"""Every page of the room held against the rules of axe-core, in both themes: nothing stands in anybody's way."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page
from werkzeug.routing import Rule

from tests.browser.conftest import Desk, SitDown
from webui.app import create_app

#: Addresses that give no page of this room, or give it to visitors: those have tests of their own.
NO_PAGE = re.compile(
    r"/(api|hooks|static|g|join|drafts|sign-in)\b|/(livez|readyz)$|\.(json|yaml|png|svg)$|/(live|text|progress|changes|share)$"
)


def serious(page: Page) -> list[str]:
    """What axe-core calls serious or critical on the page as it stands."""
    violations = Axe().run(page).response["violations"]
    return [
        f"{found['id']}: {node['html'][:120]}"
        for found in violations
        if found["impact"] in ("serious", "critical")
        for node in found["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_serious_stands_in_anybody_s_way(full_desk: Desk, sit_down: SitDown, scheme: str) -> None:
    page = sit_down(full_desk, color_scheme=scheme)
    found = {}
    for path in _of_each_kind(full_desk.paths()):
        page.goto(full_desk.url + path)
        if breaches := serious(page):
            found[path] = breaches
    assert found == {}


def test_no_page_is_left_out(full_desk: Desk) -> None:
    app = create_app(full_desk.runtime)
    addresses = app.url_map.bind("localhost")
    seen = {addresses.match(path.split("?")[0])[0] for path in full_desk.paths()}
    missing = {rule.rule for rule in app.url_map.iter_rules() if _is_page(rule) and rule.endpoint not in seen}
    assert missing == set()


def _is_page(rule: Rule) -> bool:
    return "GET" in (rule.methods or ()) and NO_PAGE.search(rule.rule) is None


def _of_each_kind(paths: list[str]) -> list[str]:
    """One case is as good as another: two of them are enough."""
    cases = [path for path in paths if re.fullmatch(r"/review/cases/\w+", path)]
    return [path for path in paths if path not in cases[2:]]
