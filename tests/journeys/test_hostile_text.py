"""Whatever anybody writes is text, on every page. A script in it is shown, never run."""

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urldefrag, urlsplit

from playwright.sync_api import APIResponse, Dialog, Page, expect

from guidelines.schema import GuidelineSet
from tests.journeys.conftest import BANNED, Home, Office, eventually, follow, undecided

#: Ways out of a text, an attribute and an element, each with something to run.
SCRIPT = """<script>alert('{}')</script>"><img src=x onerror=alert(1)>'</textarea></title><svg onload=alert(2)>"""

#: What a page would hold if any of it had become an element. The one picture of its own is the code of its address.
ALIVE = "main script, main img:not([src^='/g/']), main svg[onload], [onerror], script:not([src]):not(#keyboard)"


def _hostile_rule(preset: GuidelineSet) -> GuidelineSet:
    """The rule that hides the banned word, its title and its words as nobody should publish them."""
    title, text = SCRIPT.format("rule title")[:120], SCRIPT.format("rule text")
    rules = [replace(rule, title=title, text=text) if rule.id == "2g" else rule for rule in preset.rules]
    return replace(preset, rules=type(preset.rules)(rules))


def _comments() -> list[dict[str, object]]:
    author = {"external_id": "a-1", "name": SCRIPT.format("author"), "handle": SCRIPT.format("handle")}
    post = {"external_id": "p-1", "title": SCRIPT.format("post title"), "text": SCRIPT.format("post")}
    about = {"author": author, "post": post, "permalink": "https://example.org/?q=<script>alert(3)</script>"}
    return [
        {"external_id": "hidden", "text": f"{SCRIPT.format('hidden')} {BANNED}", **about},
        # It turns the reading direction, so it waits for a person, whatever the classifiers think.
        {
            "external_id": "waiting",
            "text": f"{SCRIPT.format('waiting')} \u202eah",
            "parent_external_id": "hidden",
            **about,
        },
    ]


def test_a_script_in_anything_that_anybody_writes_shows_as_text_on_every_page(sqlite_home: Home, page: Page) -> None:
    office = sqlite_home.settle(amend=_hostile_rule)
    sqlite_home.serve()
    assert office.deliver(_comments()).json()["accepted"] == 2
    eventually(lambda: undecided(office) == 0)
    dialogs: list[str] = []

    def note(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", note)
    page.goto(sqlite_home.sign_in_link(office))
    follow(page.get_by_role("button", name="Sign in"))

    told = dict(_every_page(page, sqlite_home.url))
    assert dialogs == []
    for path, expected in _must_show(office).items():
        seen = "\n".join(words for address, words in told.items() if address.startswith(path))
        for what in expected:
            assert f"<script>alert('{what}')</script>" in seen, f"{what} on {path}"


def _must_show(office: Office) -> dict[str, tuple[str, ...]]:
    return {
        "/review": ("waiting", "author", "post title"),
        "/review/cases/": ("waiting", "author", "handle", "post title", "post", "rule title"),
        "/review/comments/": ("hidden", "author", "rule title", "rule text"),
        "/review/decided": ("hidden", "author"),
        f"/guidelines/{office.slug}": ("rule title", "rule text"),
    }


def _every_page(page: Page, site: str) -> Iterator[tuple[str, str]]:
    """Follow every link from the queue, each once: the path and the words of each page. Nothing on it is alive."""
    waiting, met = [f"{site}/review", f"{site}/settings/words"], set()
    while waiting:
        address = waiting.pop()
        if address in met:
            continue
        met.add(address)
        answer = page.request.get(address)
        assert answer.status == 200, address
        _is_strict(answer)
        if not answer.headers["content-type"].startswith("text/html"):
            continue  # a file to keep, which no browser takes for a page
        page.goto(address)
        expect(page.locator(ALIVE)).to_have_count(0)
        links = page.locator("a[href]").evaluate_all("links => links.map(link => link.href)")
        waiting += [urldefrag(link).url for link in links if link.startswith(site)]
        yield urlsplit(address).path, page.locator("body").inner_text()


def _is_strict(answer: APIResponse) -> None:
    policy = answer.headers["content-security-policy"]
    assert "unsafe-inline" not in policy
    assert "unsafe-eval" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
