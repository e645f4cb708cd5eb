"""The first hour of somebody who tries the service: start it, sign in, send a comment, decide, undo, look it up."""

import re
import subprocess

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.conftest import Home, Process, eventually, follow

#: What the printed command says, and what a visitor puts in its place: no machine reads it, so a person decides.
PRINTED = "We know where you live. Next time you will be sorry."
WORDLESS = "🎈🎈🎈 10/10"


@pytest.mark.timeout(180)
def test_the_first_hour(empty_home: Home, page: Page) -> None:
    demo = _demo(empty_home)
    _refuses_the_same_port(empty_home)
    _sign_in(page, demo)
    _a_signed_comment_shows_at_once(page, demo, empty_home)
    _decide_and_undo(page, demo, empty_home)
    _the_trail_tells_it_all(page, empty_home)
    assert "every hash holds" in empty_home.run("audit", "verify")
    _starting_again_keeps_everything(page, demo, empty_home)


def _demo(home: Home) -> Process:
    """Start the demonstration; returns when it has printed all it has to say."""
    demo = home.start("demo", "--port", str(home.port))
    home.wait_for_answer(demo)
    eventually(lambda: "curl" in demo.printed())
    return demo


def _link(demo: Process) -> str:
    [link] = re.findall(r"http://\S+/sign-in/\S+", demo.printed())
    return str(link)


def _command(demo: Process) -> str:
    [command] = [line for line in demo.printed().splitlines() if "curl" in line]
    assert PRINTED in command
    return command


def _sign_in(page: Page, demo: Process) -> None:
    page.goto(_link(demo))
    follow(page.get_by_role("button", name="Sign in as Alex Moreno"))
    expect(page.get_by_role("navigation", name="Lanes")).to_be_visible()


def _in_the_shell(command: str) -> str:
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _a_signed_comment_shows_at_once(page: Page, demo: Process, home: Home) -> None:
    assert '"accepted":1' in _in_the_shell(_command(demo)).replace(" ", "")

    def shows() -> bool:
        for path in ("/review", "/review/decided?outcome=hide"):
            page.goto(f"{home.url}{path}")
            while not page.get_by_text(PRINTED).count():
                further = page.get_by_role("link", name="Further down")
                if not further.count():
                    break
                follow(further)
            else:
                return True
        return False

    eventually(shows)


def _decide_and_undo(page: Page, demo: Process, home: Home) -> None:
    """Hide a comment under a rule, see it carried out, and take it back."""
    _in_the_shell(_command(demo).replace(PRINTED, WORDLESS).replace("try-", "wordless-"))
    eventually(lambda: _found_in_queue(page, home), within=10)
    follow(page.get_by_role("link", name=WORDLESS))
    expect(page.locator(".said").first).to_have_text(WORDLESS)
    page.get_by_label("Rule it breaks").select_option("2c-i")
    follow(page.get_by_role("button", name="Hide"))
    follow(page.get_by_role("status").get_by_role("link", name="Look at it again"))

    history = page.locator("section").filter(has=page.get_by_role("heading", name="What happened"))
    _appears(page, history, "comment.hide taken by the demonstration platform")
    expect(history).to_contain_text("by Alex Moreno, rule 2c-i of version 1")
    follow(page.get_by_role("button", name="Undo"))
    _appears(page, history, "comment.unhide taken by the demonstration platform")
    expect(history).to_contain_text("Undone by Alex Moreno")


def _found_in_queue(page: Page, home: Home) -> bool:
    page.goto(f"{home.url}/review")
    further = page.get_by_role("link", name="Further down the queue")
    while not page.get_by_role("link", name=WORDLESS).count() and further.count():
        follow(further)
    return page.get_by_role("link", name=WORDLESS).count() == 1


def _appears(page: Page, where: Locator, words: str) -> None:
    """Pages do not change by themselves: reload until it is there."""

    def shows() -> bool:
        page.reload()
        return words in where.inner_text()

    eventually(shows, within=10)


def _the_trail_tells_it_all(page: Page, home: Home) -> None:
    page.goto(f"{home.url}/audit")
    follow(page.get_by_role("link", name="everything about it").first)
    told = page.locator(".trail li strong").all_inner_texts()
    assert [line.partition(":")[0] for line in reversed(told)] == [
        "Comment received",
        "Suggested to a person",
        "Put before people",
        "Decided",
        "Case closed",
        "Hidden on the platform",
        "Decision undone",
        "Shown again on the platform",
    ]
    expect(page.get_by_text("Intact")).to_be_visible()


def _refuses_the_same_port(home: Home) -> None:
    second = home.start("demo", "--port", str(home.port))
    assert second.popen.wait(timeout=30) == 1
    complaint = second.complained()
    assert f"port {home.port} is taken" in complaint
    assert "PORT=" in complaint
    assert complaint.count("\n") == 1


def _starting_again_keeps_everything(page: Page, demo: Process, home: Home) -> None:
    def counts() -> list[str]:
        page.goto(f"{home.url}/review")
        return page.locator(".count").all_inner_texts()

    before = counts()
    demo.stop()
    again = _demo(home)
    assert counts() == before  # the session of the browser was kept too
    assert "220/220" not in again.complained()
    assert _link(again) != _link(demo)
    again.stop()
