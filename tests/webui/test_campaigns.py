"""Campaigns over HTTP, without a script running."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from moderator import channels
from moderator.domain.vocabulary import Role
from moderator.runtime import Runtime
from moderator.storage.database import Database
from moderator.storage.tables import Case, ChannelRole
from tests.fakes import office
from tests.fakes.office import HOSTILE, Seen
from tests.fakes.pages import plain
from tests.webui.conftest import Cast, FormToken, SignedIn

Send = Callable[..., TestResponse]

SAID = "Bring back the evening bus to our village"


@dataclass(frozen=True, slots=True)
class Campaign:
    id: str
    #: kept by the service, but for the one that waits
    ids: tuple[str, ...]
    waiting: Seen
    channel_id: str

    @property
    def url(self) -> str:
        return f"/review/campaigns/{self.id}"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One kind of database is enough for the pages: the reads behind them are tested on both."""
    return sqlite_url


@pytest.fixture
def runtime(runtime: Runtime) -> Runtime:
    return replace(runtime, classifiers=office.Room())


@pytest.fixture
def found(runtime: Runtime, cast: Cast) -> Campaign:
    with runtime.database.write() as session:
        office.publish(session, cast.office_id)
        channel_id = channels.create_channel(session, runtime.sealer, cast.office_id, "webhook", "Our page").id
        texts = [SAID, f"{SAID} please", f"{SAID} {HOSTILE}", f"{SAID}, shit happens"]
        ids = [
            office.say(session, channel_id, text, author=f"Copy {number}", minutes_ago=90 - number)
            for number, text in enumerate(texts)
        ]
        for comment_id in ids[:3]:
            office.keep(session, comment_id)
        waiting = office.suggest(session, ids[3], rule="2b", label="spam", automatic=None)
        return Campaign(office.campaign(session, ids), tuple(ids), waiting, channel_id)


@pytest.fixture
def mona(cast: Cast, signed_in: SignedIn) -> FlaskClient:
    browser: FlaskClient = signed_in(cast.mona)
    return browser


@pytest.fixture
def send(form_token: FormToken) -> Send:
    def post(client: FlaskClient, url: str, **data: object) -> TestResponse:
        return client.post(url, data={"csrf_token": form_token(client), **data})

    return post


def test_the_list_tells_size_speed_and_where_the_comments_stand(mona: FlaskClient, found: Campaign) -> None:
    page = plain(mona.get("/review/campaigns").text)
    assert "4 comments by 4 authors under 1 post" in page
    assert "all within 3 minutes" in page
    assert "1 waits for a person" in page
    assert "Kept, by the service: 3" in page
    assert SAID in page


def test_an_office_without_campaigns_is_told_so(mona: FlaskClient) -> None:
    assert "No comments say nearly the same here." in plain(mona.get("/review/campaigns").text)


def test_the_page_of_a_campaign_shows_when_where_and_how_each_comment_differs(
    mona: FlaskClient, found: Campaign
) -> None:
    answer = mona.get(found.url).text
    page = plain(answer)
    assert "4 comments that say nearly the same" in page
    assert "Each bar is 5 minutes." in page
    assert 'role="img" aria-label="When they were written: 4 comments' in answer
    assert "Channel Our page 4" in page
    assert "Speaks for all" in page
    assert "Adds “please”" in page
    assert "alert('no')" in page
    assert HOSTILE not in answer
    assert not re.search(r"<(?:style|script>)|style=", answer)


def test_masked_swearing_is_masked_in_what_differs_as_well(mona: FlaskClient, found: Campaign) -> None:
    assert "Adds “s••• happens”" in plain(mona.get(found.url).text)


def test_a_campaign_is_put_before_people_decided_for_at_once_or_taken_back(
    mona: FlaskClient, send: Send, database: Database, found: Campaign
) -> None:
    assert "Put 3 comments before people" in plain(mona.get(found.url).text)
    assert send(mona, f"{found.url}/ask").status_code == 303
    page = plain(mona.get(found.url).text)
    assert "3 comments of this campaign wait for people now." in page
    assert "before people" not in page.split("Where they stand")[1].split("When they")[0]
    assert "Take 3 comments out of the queue again" in page
    chosen = mona.get(f"/review/bulk/new?campaign={found.id}").text
    assert "4 comments that say nearly the same" in plain(chosen)
    assert f'href="{found.url}"' in chosen
    assert send(mona, f"{found.url}/withdraw").status_code == 303
    assert "3 comments are out of the queue again and stay kept." in plain(mona.get(found.url).text)
    with database.read() as session:
        assert [case.comment_id for case in session.query(Case).filter(Case.closed_at.is_(None))] == [found.ids[3]]
    assert send(mona, f"{found.url}/withdraw").status_code == 409


def test_who_asked_is_told_on_the_comments_page_and_in_the_trail(
    mona: FlaskClient, send: Send, found: Campaign
) -> None:
    send(mona, f"{found.url}/ask")
    page = plain(mona.get(f"/review/comments/{found.ids[0]}", follow_redirects=True).text)
    assert "Put before people by Mona, since many comments say nearly the same" in page
    trail = mona.get("/audit").text
    assert "Put before people: 3 comments that say nearly the same" in plain(trail)
    assert f'href="{found.url}"' in trail


def test_the_queue_and_the_comments_page_lead_to_the_campaign(mona: FlaskClient, found: Campaign) -> None:
    link = f'<a href="{found.url}">one of 4 that say nearly the same</a>'
    assert link in mona.get("/review").text
    assert link in mona.get(f"/review/cases/{found.waiting.case_id}").text
    for page in ("/review", "/review/bulk/new", "/go", found.url):
        assert 'href="/review/campaigns"' in mona.get(page).text, page


def test_observers_read_and_volunteers_read_no_names(cast: Cast, signed_in: SignedIn, found: Campaign) -> None:
    for member, names in ((cast.olive, True), (cast.victor, False)):
        page = plain(signed_in(member).get(found.url).text)
        assert SAID in page
        assert "before people" not in page
        assert "Decide for all" not in page
        assert ("Copy 1" in page) is names


def test_a_member_of_one_channel_sees_that_channel_alone(
    runtime: Runtime, cast: Cast, signed_in: SignedIn, found: Campaign
) -> None:
    with runtime.database.write() as session:
        other = channels.create_channel(session, runtime.sealer, cast.office_id, "webhook", "The other page").id
        session.add(ChannelRole(member_id=cast.mona.id, channel_id=other, role=Role.MODERATOR.value))
    mona = signed_in(cast.mona)
    assert "No comments say nearly the same here." in plain(mona.get("/review/campaigns").text)
    assert mona.get(found.url).status_code == 404
