"""Going to a comment by what was pasted, and to places by name."""

import pytest

from moderator.domain.filters import Filter
from moderator.review import saved_filters
from moderator.runtime import Runtime
from moderator.storage.database import Database
from tests.fakes import office
from tests.fakes.office import HOSTILE, Seen
from tests.webui.conftest import Cast, ChannelOf, SignedIn, on_one_database


@pytest.fixture
def waiting(runtime: Runtime, cast: Cast, channel_of: ChannelOf) -> Seen:
    channel_id = channel_of(cast.office_id)
    with runtime.database.write() as session:
        office.publish(session, cast.office_id)
        return office.suggest(session, office.say(session, channel_id, "A comment", external_id="1234_5678"))


@pytest.mark.parametrize(
    "pasted",
    [
        "{case}",
        "  {comment} ",
        "http://moderator.test/review/cases/{case}?lane=review#why",
        "http://moderator.test/review/comments/{comment}/confirm",
        "1234_5678",
        "https://www.facebook.com/ourpage/posts/1234?comment_id=5678&notif_t=x",
        "https://m.facebook.com/story.php?story_fbid=1234&id=99&comment_id=1234_5678",
    ],
)
def test_an_id_or_a_link_leads_to_its_comment(signed_in: SignedIn, cast: Cast, waiting: Seen, pasted: str) -> None:
    wanted = pasted.format(case=waiting.case_id, comment=waiting.comment_id)
    answer = signed_in(cast.mona).get("/go", query_string={"to": wanted})
    assert answer.headers["Location"] == f"/review/cases/{waiting.case_id}"
    assert signed_in(cast.charlie).get("/go", query_string={"to": wanted}).status_code == 404


@on_one_database
@pytest.mark.parametrize(
    "pasted",
    ["zzzzzzzzzzzzzzzzzzzzzzzzzz", "https://[", "\0", "' OR 1=1 --", HOSTILE, "9" * 3000, "a/" * 500, "\ud800"],
)
def test_what_names_nothing_is_said_to_name_nothing(
    signed_in: SignedIn, cast: Cast, waiting: Seen, pasted: str
) -> None:
    answer = signed_in(cast.mona).get("/go", query_string={"to": pasted.encode("utf-8", "replace").decode()})
    assert answer.status_code == 404
    assert "Nothing here has that id or link" in answer.text
    assert HOSTILE not in answer.text


def test_lanes_and_saved_filters_are_places_to_go(signed_in: SignedIn, cast: Cast, database: Database) -> None:
    with database.write() as session:
        saved_filters.save(session, cast.mona, f"Mine {HOSTILE}", Filter(lane="review", label="threat"))
        saved_filters.save(session, cast.leo, "Ours", Filter(label="spam"), shared=True)
        saved_filters.save(session, cast.leo, "Leo's alone", Filter(label="sexual"))
    client = signed_in(cast.mona)
    found = client.get("/go/places.json").json
    assert found is not None
    places = {place["name"]: place["url"] for place in found["places"]}
    assert places["Act now"] == "/review?lane=act_now"
    assert places[f"Mine {HOSTILE}"] == "/review?lane=review&label=threat"
    assert places["Ours"] == "/review?label=spam"
    assert "Leo's alone" not in places
    page = client.get("/go").text
    assert "Ours" in page
    assert HOSTILE not in page
