"""The audit trail as a page."""

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from moderator import audit
from moderator.audit import Entry
from moderator.storage.database import Database
from moderator.storage.tables import AuditHead
from tests.fakes.office import HOSTILE
from tests.fakes.pages import plain
from tests.webui.conftest import Cast, SignedIn
from webui.audit import EVENTS


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One kind of database is enough for the pages: the reads behind them are tested on both."""
    return sqlite_url


@pytest.fixture
def olive(cast: Cast, signed_in: SignedIn) -> FlaskClient:
    return signed_in(cast.olive)


def _log(database: Database, *entries: Entry) -> None:
    with database.write() as session:
        audit.append(session, entries)


def test_the_trail_tells_in_words_what_happened(olive: FlaskClient, cast: Cast, database: Database) -> None:
    detail = {"verbs": ["hide", "delete"], "rules": ["2d"]}
    _log(
        database,
        Entry(cast.office_id, f"member:{cast.mona.id}", "decision.made", "comment:01", detail),
        Entry(cast.office_id, "rule:2a", "decision.suggested", "comment:02", {"verbs": [], "rules": []}),
        Entry(cast.office_id, "system", "action.needs_person", "comment:01", {"verb": "hide"}),
    )
    page = plain(olive.get("/audit").text)
    assert "Decided: hide and delete, rule 2d by Mona" in page
    assert "Suggested to a person: a look by the service, under rule 2a" in page
    assert "Hide: the platform did not take it by the service" in page


def test_the_newest_is_on_top(olive: FlaskClient, cast: Cast, database: Database) -> None:
    _log(
        database, Entry(cast.office_id, "system", "first.thing", "x:1"), Entry(cast.office_id, "system", "last", "x:1")
    )
    page = olive.get("/audit").text
    assert page.index("last") < page.index("first: thing")


def test_an_event_nobody_has_words_for_shows_by_its_name(olive: FlaskClient, cast: Cast, database: Database) -> None:
    _log(database, Entry(cast.office_id, "system", "moon.has_risen", "moon:1"))
    assert "moon: has risen" in olive.get("/audit").text


def test_every_event_the_product_writes_has_words() -> None:
    root = Path(__file__).parents[2] / "moderator"
    source = "\n".join(path.read_text() for path in root.rglob("*.py"))
    written = set(
        re.findall(r'"((?:office|member|key|words|channel|comment|case|action|decision|guidelines)\.\w+)"', source)
    )
    assert written - set(EVENTS) == set()


def test_the_trail_can_be_narrowed(olive: FlaskClient, cast: Cast, database: Database) -> None:
    _log(
        database,
        Entry(cast.office_id, "system", "case.opened", "comment:one"),
        Entry(cast.office_id, "platform", "comment.received", "comment:two"),
    )
    assert _subjects(olive, "subject=comment:one") == {"comment:one"}
    assert _subjects(olive, "event=comment.received") == {"comment:two"}
    assert _subjects(olive, "actor=platform") == {"comment:two"}
    assert "Nothing like that is in the trail." in olive.get("/audit?subject=comment:three").text


def _subjects(browser: FlaskClient, query: str) -> set[str]:
    page = browser.get(f"/audit?{query}").text
    return set(re.findall(r"comment:(?:one|two)(?=</bdi>)", page))


def test_the_trail_pages_through_every_entry_once(olive: FlaskClient, cast: Cast, database: Database) -> None:
    _log(database, *(Entry(cast.office_id, "system", "case.opened", f"comment:n{number}.") for number in range(120)))
    found: list[str] = []
    url: str | None = "/audit?event=case.opened"
    while url:
        page = olive.get(url).text
        found += re.findall(r"comment:n\d+\.(?=</bdi>)", page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        url = following[1].replace("&amp;", "&") if following else None
    assert sorted(found) == sorted(f"comment:n{number}." for number in range(120))


def test_each_office_sees_its_own_trail_alone(
    olive: FlaskClient, cast: Cast, signed_in: SignedIn, database: Database
) -> None:
    _log(database, Entry(cast.office_id, "system", "case.opened", "comment:ours"))
    assert "comment:ours" in olive.get("/audit").text
    charlie = signed_in(cast.charlie)
    assert "comment:ours" not in charlie.get("/audit").text
    assert "comment:ours" not in charlie.get("/audit?subject=comment:ours").text.replace('value="comment:ours"', "")


def test_the_page_says_that_the_chain_holds(olive: FlaskClient, database: Database, cast: Cast) -> None:
    _log(database, *(Entry(cast.office_id, "system", "case.opened", "comment:x") for _ in range(600)))
    with database.read() as reading:
        length = reading.get_one(AuditHead, cast.office_id).sequence
    assert f"Intact from entry {length - 499} up to entry {length}" in plain(olive.get("/audit").text)


def test_an_entry_that_was_changed_is_named(olive: FlaskClient, cast: Cast, database: Database) -> None:
    _log(database, Entry(cast.office_id, "system", "case.opened", "comment:x"))
    with database.write() as session:
        session.execute(text("DROP TRIGGER audit_entries_no_update"))
        session.execute(text("UPDATE audit_entries SET actor = 'nobody' WHERE sequence = 2"))
    page = plain(olive.get("/audit").text)
    assert "The trail does not hold at entry 2: the entry does not match its hash." in page
    assert "moderator audit verify" in page


def test_mark_up_in_an_entry_shows_as_text(olive: FlaskClient, cast: Cast, database: Database) -> None:
    _log(database, Entry(cast.office_id, HOSTILE, HOSTILE, HOSTILE, {"name": HOSTILE}))
    _log(database, Entry(cast.office_id, "system", "key.created", "key:1", {"name": HOSTILE}))
    page = olive.get("/audit").text
    assert HOSTILE not in page
    assert "API key made: &lt;script&gt;" in page


@pytest.mark.parametrize(
    "query", ["before=abc", "before=-1", "before=0", f"before={10**20}", "event=%00", "subject=%00", "actor=%F0%9F"]
)
def test_odd_filters_break_nothing(olive: FlaskClient, query: str) -> None:
    assert olive.get(f"/audit?{query}").status_code in (200, 400)
