"""Makes the pictures in `docs/` from a fresh demonstration: `.venv/bin/python scripts/screenshots.py`."""

import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

_DOCS = Path(__file__).parent.parent / "docs"
_PORT = "8937"
_ARGS = ("--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync")


def main() -> None:
    """Start the demonstration in a folder of its own, look at a threat and a threshold, and stop it again."""
    with tempfile.TemporaryDirectory() as home:
        command = (sys.executable, "-m", "moderator", "demo", "--port", _PORT)
        environment = os.environ | {"MODERATOR_HOME": home}
        service = subprocess.Popen(
            command,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        try:
            link = _sign_in_link(service)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(_ARGS))
                _take(browser, link)
                browser.close()
        finally:
            service.send_signal(signal.SIGTERM)
            service.wait(30)


def _sign_in_link(service: "subprocess.Popen[str]") -> str:
    assert service.stdout is not None
    for line in service.stdout:
        if found := re.search(r"http://\S+/sign-in/\S+", line):
            return found.group(0)
    raise SystemExit("the demonstration did not start")


def _take(browser: Browser, link: str) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    page = context.new_page()
    page.goto(link)
    page.get_by_role("button").first.click()
    _read_by_then(page)
    page.goto(f"http://127.0.0.1:{_PORT}/review")
    _keep(page, "queue.png")
    _open(page, "You vote to cut veterans")
    _keep(page, "review.png")
    page.emulate_media(color_scheme="dark")
    _keep(page, "review-dark.png")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 375, "height": 812})
    _keep(page, "review-phone.png")
    page.set_viewport_size({"width": 1280, "height": 800})
    _overview(page)
    page.set_viewport_size({"width": 1280, "height": 900})
    _draft(page)
    context.close()


def _read_by_then(page: Page) -> None:
    """Wait until every comment of the demonstration has been read and sorted."""
    before = ""
    for _ in range(30):
        page.goto(f"http://127.0.0.1:{_PORT}/review")
        page.wait_for_timeout(3_000)
        now = page.locator(".lanes").inner_text()
        if now == before:
            return
        before = now


def _open(page: Page, text: str) -> None:
    """A comment of the queue, and some of the cases before it decided, so that there is something to look back on."""
    for key in "hkhhkhkk":
        page.goto(f"http://127.0.0.1:{_PORT}/review?lane=review")
        page.locator(".card a.text").last.click()
        page.wait_for_load_state()
        page.wait_for_timeout(400)
        page.keyboard.press(key)
        page.wait_for_timeout(900)
    page.goto(f"http://127.0.0.1:{_PORT}/review?lane=review")
    page.get_by_role("link", name=text).first.click()
    page.wait_for_load_state()


def _overview(page: Page) -> None:
    """Counted every minute or two by the service itself."""
    page.wait_for_timeout(125_000)
    page.goto(f"http://127.0.0.1:{_PORT}/overview")
    page.screenshot(path=_DOCS / "overview.png")


def _draft(page: Page) -> None:
    """A threshold over the office's own comments."""
    page.goto(f"http://127.0.0.1:{_PORT}/drafts")
    page.get_by_role("button", name="Start a draft from version 1").first.click()
    page.get_by_role("link", name="2d Threats").click()
    page.get_by_role("heading", name="How sure it must be").evaluate("one => one.scrollIntoView()")
    page.screenshot(path=_DOCS / "draft.png")


def _keep(page: Page, name: str) -> None:
    page.reload()  # colours that fade from one theme to the other would be caught half-way
    page.screenshot(path=_DOCS / name)


if __name__ == "__main__":
    main()
