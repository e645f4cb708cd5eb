"""The overview page: for owners and leads, charts without script or style, a table beside each."""

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert

from moderator import clock
from moderator.figures import BOUNDS, WAITING
from moderator.storage.database import Database
from moderator.storage.tables import Figures
from tests.webui.conftest import Cast, ChannelOf, SignedIn, on_one_database

pytestmark = on_one_database

HOSTILE = "<script>alert('no')</script>\x07"


@pytest.fixture
def counted(database: Database, cast: Cast, channel_of: ChannelOf) -> str:
    """A week of work under a rule that no version knows any more. Returns the channel's id."""
    channel_id = channel_of(cast.office_id)
    day = {
        "received": 1200,
        "service": {"": 1000},
        "people": {HOSTILE: 40},
        "verbs": {"keep": [1000, 0], "hide": [0, 40]},
        "followed": {HOSTILE: [30, 10]},
        "undone": [1, 2],
        "look": [5, 20, 10] + [0] * (len(BOUNDS) - 2) + [4],
        "act": [0, 20, 20] + [0] * (len(BOUNDS) - 2),
    }
    waiting = {"lanes": {"review": [55, 7]}, "rules": {HOSTILE: [55, 7]}, "oldest": clock.now().isoformat()}
    rows = [((clock.now() - timedelta(days=back)).date().isoformat(), day) for back in range(3)]
    with database.write() as session:
        session.execute(
            insert(Figures),
            [
                {
                    "office_id": cast.office_id,
                    "stretch": stretch,
                    "counted": {channel_id: what},
                    "counted_at": clock.now(),
                }
                for stretch, what in [*rows, (WAITING, waiting)]
            ],
        )
    return channel_id


@pytest.fixture
def page(signed_in: SignedIn, cast: Cast, counted: str) -> str:
    return signed_in(cast.leo).get("/overview").text


def test_the_sums_are_there_in_words_and_numbers(page: str) -> None:
    assert "3,120" in page, "decisions"
    assert "96%" in page, "the share that the service decided alone"
    assert "Half were looked at within 5 minutes" in page
    assert "Nobody has opened 12 cases yet" in page


def test_every_chart_has_a_name_and_a_table_beside_it(page: str) -> None:
    names = re.findall(r'<svg[^>]*aria-label="([^"]+)"', page)
    assert len(names) == 4
    assert all(len(name) > 10 for name in names)
    assert page.count('<div class="figure">') == len(names)
    assert all("<table" in part for part in page.split('<div class="figure">')[1:])


def test_no_chart_brings_script_or_style_and_names_are_text(page: str) -> None:
    assert "<style" not in page
    assert " style=" not in page
    assert "alert('no')" not in page
    assert not re.findall(r"<script(?![^>]* src=| type=\"application/json\")", page)


def test_an_office_without_figures_is_told_so_plainly(signed_in: SignedIn, cast: Cast) -> None:
    page = signed_in(cast.alice).get("/overview?days=90").text
    assert "has not been counted yet" in page
    assert "Nothing came in on these days" in page
    assert '<svg class="drawing"' not in page


def test_other_roles_do_not_see_it(signed_in: SignedIn, cast: Cast) -> None:
    for member in (cast.mona, cast.victor, cast.olive):
        assert signed_in(member).get("/overview").status_code == 403


def test_another_office_sees_its_own(signed_in: SignedIn, cast: Cast, counted: str) -> None:
    assert "3,120" not in signed_in(cast.charlie).get("/overview").text


@pytest.mark.parametrize("days", ["28", "90", "7", "1000", "x", ""])
def test_any_range_is_answered(signed_in: SignedIn, cast: Cast, days: str) -> None:
    browser: FlaskClient = signed_in(cast.alice)
    assert browser.get(f"/overview?days={days}").status_code == 200
