"""A queue that is looked at while others work."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, expect
from werkzeug.serving import make_server

from tests.browser.conftest import Desk, SitDown
from tests.fakes import office
from webui import streams
from webui.app import create_app


@contextmanager
def _served(desk: Desk, most: int) -> Iterator[str]:
    """The desk's service, with room for so many streams."""
    app = create_app(desk.runtime, most)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        app.extensions["streams"].stop()
        server.shutdown()
        thread.join()
        server.server_close()


def _say(desk: Desk, text: str) -> None:
    """One more comment waits."""
    with desk.runtime.database.write() as session:
        office.suggest(session, office.say(session, desk.channel_id, text))


@pytest.mark.parametrize("most", [2, 0])
def test_the_list_is_told_what_comes_and_never_jumps(
    desk: Desk, sit_down: SitDown, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "PACE", 0.1)
    page = sit_down(desk)
    with _served(desk, most) as url:
        page.context.add_cookies([{"name": "session", "value": desk.session, "url": url}])
        _look(page, url)
        _say(desk, "One more")
        if not most:
            page.evaluate("window.dispatchEvent(new Event('online'))")
        expect(page.get_by_role("link", name="View 1 new")).to_be_visible()
        expect(page.locator("#announce")).to_have_text("1 new comment waits.")
        expect(page.locator(".card")).to_have_count(3)
        page.context.set_offline(True)
        expect(page.locator("[data-live-state]")).to_contain_text("No connection")
        page.context.set_offline(False)
        expect(page.locator("[data-live-state]")).to_be_hidden()


def _look(page: Page, url: str) -> None:
    with page.expect_response(lambda answer: "/review/live" in answer.url):
        page.goto(f"{url}/review")
