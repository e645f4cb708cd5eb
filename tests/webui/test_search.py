"""The page that searches: what was typed comes back safely, and each member finds what they may see."""

import pytest
from flask import Flask
from sqlalchemy import update

from moderator.domain.vocabulary import Role
from moderator.queries import search_page
from moderator.review import notes
from moderator.runtime import Runtime
from moderator.storage.tables import Case, ChannelRole, Member
from tests.fakes import office
from tests.fakes.pages import plain
from tests.webui.conftest import Cast, ChannelOf, SignedIn, on_one_database

pytestmark = on_one_database


@pytest.fixture
def channel_id(cast: Cast, channel_of: ChannelOf, runtime: Runtime) -> str:
    with runtime.database.write() as session:
        office.publish(session, cast.office_id)
    return channel_of(cast.office_id)


def say(runtime: Runtime, channel_id: str, text: str, author: str = "Jo Bloggs") -> str:
    with runtime.database.write() as session:
        return office.say(session, channel_id, text, author=author)


def test_a_comment_is_found_and_leads_to_its_case(
    runtime: Runtime, cast: Cast, channel_id: str, signed_in: SignedIn
) -> None:
    with runtime.database.write() as session:
        waiting = office.suggest(session, office.say(session, channel_id, "The bus waits"))
        kept = office.say(session, channel_id, "The bus came")
        office.keep(session, kept)
    page = signed_in(cast.olive).get("/review/search?q=bus").text
    assert f'href="/review/cases/{waiting.case_id}"' in page
    assert f'href="/review/comments/{kept}"' in page
    assert "The <mark>bus</mark> came" in page
    assert "Kept" in plain(page)


def test_what_is_typed_and_what_is_found_stay_text(
    runtime: Runtime, cast: Cast, channel_id: str, signed_in: SignedIn
) -> None:
    say(runtime, channel_id, "<script>alert(1)</script> bus <img src=x>", author="<b>Bo</b>")
    page = signed_in(cast.alice).get("/review/search", query_string={"q": '"><script>alert(1)</script>'}).text
    assert "&lt;<mark>script&gt;alert(1)&lt;/script</mark>&gt;" in page
    assert "&lt;img src=x&gt;" in page
    assert "<script>alert" not in page
    assert "<b>Bo" not in page


def test_a_long_text_is_shown_around_what_was_found(
    runtime: Runtime, cast: Cast, channel_id: str, signed_in: SignedIn
) -> None:
    say(runtime, channel_id, "before " * 200 + "the needle is here " + "after " * 200)
    page = plain(signed_in(cast.alice).get("/review/search?q=needle").text)
    assert "… before before" in page
    assert "the needle is here after" in page
    assert page.count("before") < 40


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("-bus", "A minus leaves comments out. Type at least one word without it."),
        ('"" ^^ *', "There is no word in that."),
        ("word " * 30, "the end of it was left out"),
        ("nosuchword", "Nothing has these words. Try fewer of them, or the beginning of one."),
        ("\x00 \x1b <'", "There is no word in that."),
    ],
)
def test_what_cannot_be_looked_for_is_said_plainly(cast: Cast, signed_in: SignedIn, typed: str, said: str) -> None:
    answer = signed_in(cast.alice).get("/review/search", query_string={"q": typed})
    assert answer.status_code == 200
    assert said in plain(answer.text)


def test_older_ones_are_on_the_next_page(
    runtime: Runtime, cast: Cast, channel_id: str, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_page, "PAGE", 2)
    for number in range(3):
        say(runtime, channel_id, f"bus number {number}")
    alice = signed_in(cast.alice)
    first = alice.get("/review/search?q=bus").text
    assert [f"number {number}" in plain(first) for number in range(3)] == [False, True, True]
    (older,) = [part.split('"')[0] for part in first.split('href="') if "before=" in part.split('"')[0]]
    second = alice.get(older.replace("&amp;", "&")).text
    assert [f"number {number}" in plain(second) for number in range(3)] == [True, False, False]
    assert "Older comments" not in second


def test_a_volunteer_finds_by_text_alone_and_nothing_severe(
    runtime: Runtime, cast: Cast, channel_id: str, signed_in: SignedIn
) -> None:
    with runtime.database.write() as session:
        for words in ("a mild bus", "a severe bus"):
            waiting = office.suggest(session, office.say(session, channel_id, words, author="Quincy"))
            session.execute(update(Case).where(Case.id == waiting.case_id).values(severe="severe" in words))
            notes.add(session, cast.mona, waiting.comment_id, "about the council")

    def found(member: Member, typed: str) -> list[str]:
        page = signed_in(member).get(f"/review/search?q={typed}").text
        return [words for words in ("mild", "severe", "Note by Mona") if words in plain(page)]

    assert found(cast.victor, "bus") == ["mild"]
    assert found(cast.victor, "quincy") == found(cast.victor, "council") == []
    assert found(cast.olive, "quincy") == ["mild", "severe"]
    assert found(cast.olive, "council") == []
    assert found(cast.mona, "council") == ["mild", "severe", "Note by Mona"]


def test_one_office_finds_nothing_of_another(
    runtime: Runtime, cast: Cast, channel_id: str, signed_in: SignedIn, app: Flask
) -> None:
    say(runtime, channel_id, "the bus")
    assert "Nothing has these words" in plain(signed_in(cast.charlie).get("/review/search?q=bus").text)
    assert app.test_client().get("/review/search?q=bus").status_code == 303


def test_a_member_of_one_channel_finds_nothing_on_another(
    runtime: Runtime, cast: Cast, channel_id: str, channel_of: ChannelOf, signed_in: SignedIn
) -> None:
    other = channel_of(cast.office_id)
    say(runtime, channel_id, "bus here")
    say(runtime, other, "bus elsewhere")
    with runtime.database.write() as session:
        session.add(ChannelRole(member_id=cast.mona.id, channel_id=channel_id, role=Role.MODERATOR))
    page = plain(signed_in(cast.mona).get("/review/search?q=bus").text)
    assert "bus here" in page
    assert "elsewhere" not in page
