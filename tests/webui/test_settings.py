"""The office's settings over HTTP: for owners and leads, and for their own office alone."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from classifiers import registry as classifier_registry
from classifiers.base import Page
from moderator import channels, ensembles
from moderator.context import page
from moderator.domain.ensemble import Ensemble
from moderator.review import words
from moderator.runtime import Runtime
from moderator.storage.database import Database
from moderator.storage.tables import AuditEntry, Channel, Member
from tests.fakes import office
from tests.fakes.classifier import Speaker
from tests.fakes.office import HOSTILE
from tests.fakes.pages import plain
from tests.webui.conftest import Cast, ChannelOf, FormToken, SignedIn

Send = Callable[..., TestResponse]

PAGES = (
    "/settings",
    "/settings/channels",
    "/settings/channels/new?connector=webhook",
    "/settings/classifiers",
    "/settings/words",
)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One kind of database is enough for the pages: the reads behind them are tested on both."""
    return sqlite_url


@pytest.fixture
def send(form_token: FormToken) -> Send:
    def post(client: FlaskClient, url: str, **data: object) -> TestResponse:
        return client.post(url, data={"csrf_token": form_token(client), **data})

    return post


@pytest.fixture
def alice(cast: Cast, signed_in: SignedIn) -> FlaskClient:
    return signed_in(cast.alice)


@pytest.fixture
def channel_id(cast: Cast, channel_of: ChannelOf) -> str:
    return channel_of(cast.office_id)


def _secrets(runtime: Runtime, channel_id: str) -> dict[str, str]:
    with runtime.database.read() as reading:
        return dict(channels.opened(runtime.sealer, reading.get_one(Channel, channel_id)).secrets)


@pytest.mark.parametrize("url", PAGES)
def test_owners_and_leads_see_the_settings(cast: Cast, signed_in: SignedIn, url: str) -> None:
    assert signed_in(cast.alice).get(url).status_code == 200
    assert signed_in(cast.leo).get(url).status_code == 200


@pytest.mark.parametrize("role", ["mona", "victor", "olive"])
def test_nobody_else_sees_or_changes_them(
    cast: Cast, signed_in: SignedIn, send: Send, channel_id: str, runtime: Runtime, role: str
) -> None:
    member: Member = getattr(cast, role)
    browser = signed_in(member)
    before = _secrets(runtime, channel_id)
    here = f"/settings/channels/{channel_id}"
    assert {browser.get(url).status_code for url in (*PAGES, here)} == {403}
    changes = [here, *(f"{here}/{deed}" for deed in ("rotate", "retire", "resume"))]
    changes += ["/settings/words", "/settings/classifiers", "/settings/channels/new"]
    assert {send(browser, url, key="signing_secret", name="x").status_code for url in changes} == {403}
    assert _secrets(runtime, channel_id) == before


def test_another_office_s_channel_does_not_exist(
    cast: Cast, signed_in: SignedIn, send: Send, channel_id: str, runtime: Runtime
) -> None:
    charlie = signed_in(cast.charlie)
    before = _secrets(runtime, channel_id)
    here = f"/settings/channels/{channel_id}"
    assert charlie.get(here).status_code == 404
    for url in (here, f"{here}/rotate", f"{here}/retire", f"{here}/resume"):
        assert send(charlie, url, key="signing_secret", name="Mine now").status_code == 404
    assert _secrets(runtime, channel_id) == before
    assert "Our website" not in charlie.get("/settings/channels").text


def test_a_channel_shows_where_comments_are_sent_and_the_secret_they_are_signed_with(
    alice: FlaskClient, channel_id: str, runtime: Runtime
) -> None:
    page = alice.get(f"/settings/channels/{channel_id}").text
    assert f"http://moderator.test/hooks/{channel_id}" in page
    assert _secrets(runtime, channel_id)["signing_secret"].replace("+", "&#43;") in page.replace("+", "&#43;")


def test_connecting_a_channel_leads_to_its_page(alice: FlaskClient, send: Send, runtime: Runtime) -> None:
    answer = send(alice, "/settings/channels/new", connector="webhook", name=f"Page {HOSTILE}")
    assert answer.status_code == 303
    page = alice.get(answer.location).text
    assert "Page &lt;script&gt;" in page
    assert HOSTILE not in page
    with runtime.database.read() as reading:
        created = reading.scalars(select(AuditEntry).where(AuditEntry.event == "channel.created")).one()
    assert created.actor.startswith("member:")


def test_a_field_that_is_wrong_is_named_and_nothing_typed_is_lost(alice: FlaskClient, send: Send) -> None:
    answer = send(
        alice, "/settings/channels/new", connector="facebook", name="Our Page", page_id="not digits", app_secret="s3"
    )
    assert answer.status_code == 422
    assert "must be digits" in plain(answer.text)
    assert 'value="not digits"' in answer.text
    assert 'value="Our Page"' in answer.text
    assert "s3" not in answer.text


def test_a_page_of_facebook_is_set_up_with_its_address_and_verify_token(
    alice: FlaskClient, send: Send, runtime: Runtime
) -> None:
    answer = send(
        alice,
        "/settings/channels/new",
        connector="facebook",
        name="Our Page",
        page_id="1234",
        page_access_token="token-of-the-page",
        app_secret="secret-of-the-app",
        graph_version="v25.0",
        graph_url="https://graph.facebook.com",
    )
    channel_id = answer.location.rsplit("/", 1)[1]
    page = alice.get(answer.location).text
    assert _secrets(runtime, channel_id)["verify_token"] in page
    # What was typed in is never shown again.
    assert "token-of-the-page" not in page
    assert "secret-of-the-app" not in page


def test_a_secret_left_empty_stays_as_it_is(alice: FlaskClient, send: Send, runtime: Runtime, channel_id: str) -> None:
    before = _secrets(runtime, channel_id)
    answer = send(
        alice, f"/settings/channels/{channel_id}", name="New name", target_url="https://tool.example.org/hook"
    )
    assert answer.status_code == 303
    page = alice.get(f"/settings/channels/{channel_id}").text
    assert 'value="New name"' in page
    assert 'value="https://tool.example.org/hook"' in page
    assert _secrets(runtime, channel_id) == before


def test_a_change_that_is_wrong_changes_nothing(alice: FlaskClient, send: Send, channel_id: str) -> None:
    answer = send(alice, f"/settings/channels/{channel_id}", name="Kept", target_url="ftp://tool.example.org")
    assert answer.status_code == 422
    assert 'value="ftp://tool.example.org"' in answer.text
    assert "Our website" in plain(alice.get(f"/settings/channels/{channel_id}").text)


def test_a_rotated_secret_leaves_the_old_one_valid_until_it_is_retired(
    alice: FlaskClient, send: Send, runtime: Runtime, channel_id: str
) -> None:
    first = _secrets(runtime, channel_id)["signing_secret"]
    send(alice, f"/settings/channels/{channel_id}/rotate", key="signing_secret")
    after = _secrets(runtime, channel_id)
    assert after["signing_secret"] != first
    assert after["signing_secret_previous"] == first
    assert "The one before works too" in plain(alice.get(f"/settings/channels/{channel_id}").text)
    send(alice, f"/settings/channels/{channel_id}/retire", key="signing_secret")
    assert "signing_secret_previous" not in _secrets(runtime, channel_id)


def test_only_secrets_made_here_can_be_rotated(alice: FlaskClient, send: Send, channel_id: str) -> None:
    assert send(alice, f"/settings/channels/{channel_id}/rotate", key="target_url").status_code == 422


def test_a_stopped_channel_says_why_and_can_be_resumed(
    alice: FlaskClient, send: Send, database: Database, channel_id: str
) -> None:
    with database.write() as session:
        row = session.get_one(Channel, channel_id)
        row.stopped_at, row.stopped_reason = row.created_at, "the token has expired"
    assert "the token has expired" in alice.get("/settings/channels").text
    assert "the token has expired" in alice.get(f"/settings/channels/{channel_id}").text
    send(alice, f"/settings/channels/{channel_id}/resume")
    # Said at once, not after a while: the bell was rung.
    assert "goes out now" in alice.get("/settings/channels").text
    assert "the token has expired" not in alice.get(f"/settings/channels/{channel_id}").text


def test_an_unknown_kind_of_channel_is_not_found(alice: FlaskClient) -> None:
    assert alice.get("/settings/channels/new?connector=nothing").status_code == 404


def test_word_lists_are_kept_a_word_a_line(alice: FlaskClient, send: Send, database: Database, cast: Cast) -> None:
    answer = send(alice, "/settings/words", banned="clodhopper\r\n\r\n go  home \r\n", suspect="rigged\r\nclodhopper")
    assert answer.status_code == 303
    with database.read() as reading:
        assert words.terms(reading, cast.office_id) == (["clodhopper", "go home"], ["rigged"])
    assert re.search(r">clodhopper\ngo home</textarea>", alice.get("/settings/words").text)


def test_a_word_that_cannot_be_looked_for_is_named_and_both_lists_stay_as_typed(
    alice: FlaskClient, send: Send, database: Database, cast: Cast
) -> None:
    answer = send(alice, "/settings/words", banned="...", suspect="rigged")
    assert answer.status_code == 422
    assert "has nothing in it to look for" in plain(answer.text)
    assert "rigged</textarea>" in answer.text
    with database.read() as reading:
        assert words.terms(reading, cast.office_id) == ([], [])


def test_each_office_has_words_of_its_own(alice: FlaskClient, cast: Cast, signed_in: SignedIn, send: Send) -> None:
    send(alice, "/settings/words", banned="clodhopper", suspect="")
    assert "clodhopper" not in signed_in(cast.charlie).get("/settings/words").text


@pytest.fixture
def several(monkeypatch: pytest.MonkeyPatch, runtime: Runtime) -> None:
    """The service runs two that read alike, one that looks for one thing more, and one that does not load."""
    speakers = {name: Speaker(name) for name in ("first", "second")}
    speakers["third"] = Speaker("third", "threat", "sexual", "incivility")
    monkeypatch.setattr(classifier_registry, "load", lambda name: speakers[name])
    runtime.classifiers.names = ("first", "second", "third", "broken")


def _ensemble(database: Database, cast: Cast) -> Ensemble:
    with database.read() as reading:
        return ensembles.of_office(reading, cast.office_id, ("first", "second", "third", "broken"))


def _orders(browser: FlaskClient) -> dict[str, list[str]]:
    """What each label's fields show as chosen, and which may be chosen."""
    page = browser.get("/settings/classifiers").text
    fields = re.findall(r'<select[^>]*name="order-(\w+)">(.*?)</select>', page, re.DOTALL)
    chosen: dict[str, list[str]] = {}
    for label, options in fields:
        chosen.setdefault(label, []).extend(re.findall(r'value="(\w*)" selected', options))
    return chosen


@pytest.mark.usefixtures("several")
def test_there_is_a_choice_for_each_label_that_several_measure(alice: FlaskClient) -> None:
    assert _orders(alice) == {
        "discrimination": ["first", "second"],
        "threat": ["first", "second", "third"],
        "harassment": ["first", "second"],
        "spam": ["first", "second"],
    }
    page = plain(alice.get("/settings/classifiers").text)
    assert "third: threat and sexual" in page
    assert "broken does not load" in page
    overview = plain(alice.get("/settings").text)
    assert "first, then second, then third, then broken. broken does not load." in overview


_WAITS = "Until that is mended, every comment waits for a person."


@pytest.mark.usefixtures("several")
def test_one_that_does_not_load_is_said_to_bring_every_comment_to_a_person_only_where_nobody_stands_in(
    alice: FlaskClient, cast: Cast, runtime: Runtime, database: Database
) -> None:
    with database.write() as session:
        office.publish(session, cast.office_id)
    assert _WAITS not in plain(alice.get("/settings/classifiers").text)
    runtime.classifiers.names = ("broken", "third")
    page = plain(alice.get("/settings/classifiers").text)
    assert _WAITS in page
    assert "Your rules ask for spam, and no other classifier that may answer looks for this." in page


@pytest.mark.usefixtures("several")
def test_an_order_for_one_label_is_kept_and_shown_again(
    alice: FlaskClient, send: Send, database: Database, cast: Cast
) -> None:
    shown = {f"order-{label}": order for label, order in _orders(alice).items()}
    answer = send(alice, "/settings/classifiers", **shown | {"order-threat": ["third", "", "first"], "margin": "0,4"})
    assert answer.status_code == 303
    assert _ensemble(database, cast) == Ensemble(
        ("first", "second", "third", "broken"), {"threat": ("third", "first")}, 0.4
    )
    assert _orders(alice)["threat"] == ["third", "first"]
    assert "its own order for 1 label." in plain(alice.get("/settings").text)
    assert "Choice of classifiers changed" in alice.get("/audit").text


@pytest.mark.usefixtures("several")
@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"order-threat": ["first", "first"]}, "Threat: choose each classifier once. Nothing was changed."),
        ({"order-threat": ["", ""]}, "Threat: choose at least one classifier"),
        ({"order-threat": ["oracle"]}, "Threat: the service runs no classifier 'oracle'"),
        ({"margin": "wide"}, "Margin: the margin is a number from 0 to 1"),
        ({"margin": "nan"}, "Margin: the margin is a number from 0 to 1"),
    ],
)
def test_a_choice_that_cannot_work_is_named_and_the_page_stays_as_filled_in(
    alice: FlaskClient, send: Send, database: Database, cast: Cast, change: dict[str, object], complaint: str
) -> None:
    shown: dict[str, object] = {f"order-{label}": order for label, order in _orders(alice).items()}
    answer = send(alice, "/settings/classifiers", **shown | {"margin": "0.55", "order-spam": ["second"]} | change)
    assert answer.status_code == 422
    assert complaint in plain(answer.text)
    assert re.search(r'value="second" selected>second</option>\s*</select>', answer.text)
    assert f'value="{change.get("margin", "0.55")}"' in answer.text
    assert _ensemble(database, cast).orders == {}


def test_a_service_without_classifiers_says_what_that_means(alice: FlaskClient) -> None:
    assert "every comment waits for a person" in plain(alice.get("/settings/classifiers").text)
    assert "every comment waits for a person" in plain(alice.get("/settings").text)


_PROFILE = {
    "representative": "Rowan Ellery\r\n@rowan",
    "topics": "the bus  network\r\n\r\nthe bus network",
    "trusted_sites": "parliament.uk",
    "countries": "GB\r\nIE",
}


def test_what_the_page_is_for_is_kept_and_shown_again(
    alice: FlaskClient, send: Send, database: Database, cast: Cast
) -> None:
    assert send(alice, "/settings/page", **_PROFILE).status_code == 303
    with database.read() as reading:
        said = page.of_office(reading, cast.office_id)
    assert said == Page(
        representative=("Rowan Ellery", "@rowan"),
        topics=("the bus network",),
        trusted_sites=("parliament.uk",),
        countries=("GB", "IE"),
    )
    shown = alice.get("/settings/page").text
    assert "Rowan Ellery\n@rowan</textarea>" in shown
    assert "What the page is for described anew" in alice.get("/audit").text


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"trusted_sites": "https://Parliament.uk/now"}, "is no name of a site"),
        ({"countries": "Britain"}, "write two capital letters"),
        ({"staff": "x" * 201}, "has more than 200 characters"),
        ({"contacts": "\r\n".join(map(str, range(101)))}, "at most 100 lines"),
    ],
)
def test_what_cannot_be_said_of_a_page_is_refused_by_field_and_nothing_is_lost(
    alice: FlaskClient, send: Send, database: Database, cast: Cast, changed: dict[str, str], complaint: str
) -> None:
    answer = send(alice, "/settings/page", **_PROFILE | changed)
    assert answer.status_code == 422
    assert complaint in plain(answer.text)
    assert "Rowan Ellery" in answer.text
    with database.read() as reading:
        assert page.of_office(reading, cast.office_id) == Page()


@pytest.mark.usefixtures("several")
def test_a_classifier_is_switched_off_and_on_again(
    alice: FlaskClient, send: Send, database: Database, cast: Cast
) -> None:
    on = ["first", "third", "broken"]
    names = [*on, "second"]
    shown = {f"order-{label}": order for label, order in _orders(alice).items()}
    assert send(alice, "/settings/classifiers", **shown, margin="0.3", shown=names, on=on).status_code == 303
    assert _ensemble(database, cast).classifiers == ("first", "third", "broken")
    assert 'value="second">' in alice.get("/settings/classifiers").text
    assert send(alice, "/settings/classifiers", **shown, margin="0.3", shown=names, on=names).status_code == 303
    assert _ensemble(database, cast).classifiers == ("first", "second", "third", "broken")
