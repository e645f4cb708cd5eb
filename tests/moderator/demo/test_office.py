"""The demonstration sets itself up once, fills itself through the front door, and can be seen to act."""

import json
from collections.abc import Iterator

import httpx
import pytest
from sqlalchemy import func, select
from standardwebhooks import Webhook

from moderator import audit, channels, clock, publishing
from moderator.connectors import registry
from moderator.connectors.base import Order
from moderator.demo import office as demo
from moderator.demo import samples
from moderator.demo.office import DemoOffice
from moderator.demo.platform import DemoPlatform
from moderator.domain.vocabulary import Verb
from moderator.runtime import Runtime
from moderator.storage.tables import Channel, Comment, Decision, Job, Member, Office

SECRET = "whsec_" + "A" * 43 + "="

# It works on any database as the rest does: once is enough.
once = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def office(runtime: Runtime) -> DemoOffice:
    return demo.create(runtime)


@pytest.fixture
def shown(runtime: Runtime, office: DemoOffice) -> Iterator[DemoPlatform]:
    platform = demo.start_platform(runtime, office)
    yield platform
    platform.stop()


@pytest.fixture
def platform() -> Iterator[DemoPlatform]:
    running = DemoPlatform(lambda: [SECRET])
    yield running
    running.stop()


@once
def test_it_is_made_once_and_found_again(runtime: Runtime, office: DemoOffice) -> None:
    with runtime.database.read() as session:
        assert demo.find(session) == office
        assert session.get_one(Office, office.office_id).slug == demo.SLUG
        assert session.get_one(Member, office.member_id).role == "owner"
        assert publishing.current(session, office.office_id) is not None
    assert set(office.channel_ids) == {sample.channel for sample in samples.load(clock.now())}
    assert not demo.is_filled(runtime, office)


@once
def test_before_it_is_made_there_is_none(runtime: Runtime) -> None:
    with runtime.database.read() as session:
        assert demo.find(session) is None


@once
def test_every_sample_goes_through_the_front_door_to_a_decision(
    runtime: Runtime, office: DemoOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    some = list(samples.load(clock.now()))[:50]
    monkeypatch.setattr(samples, "load", lambda _now: iter(some))
    progress: list[int] = []
    demo.fill(runtime, office, progress.append)
    assert demo.is_filled(runtime, office)
    assert progress == sorted(progress)
    assert progress[-1] == demo.size() == 50
    with runtime.database.read() as session:
        undecided = select(Comment.id).where(~Comment.id.in_(select(Decision.comment_id)))
        assert list(session.scalars(undecided)) == []
        assert list(session.scalars(select(Job))) == []
        assert list(audit.verify(session)) == []

    demo.fill(runtime, office, progress.append)
    with runtime.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Comment)) == 50


@once
def test_its_platform_is_told_of_each_action_once(runtime: Runtime, office: DemoOffice, shown: DemoPlatform) -> None:
    with runtime.database.read() as session:
        channel = session.get_one(Channel, office.channel_ids["page"])
    opened = channels.opened(runtime.sealer, channel)
    order = Order("action-1", Verb.HIDE, "c1", "u1", "p1", 1, clock.now())
    first = registry.get("webhook").deliver(opened, order)
    again = registry.get("webhook").deliver(opened, order)
    assert (first.outcome, again.outcome) == ("done", "already_done")
    assert shown.done == [("hide", "c1")]


@once
def test_its_platform_comes_back_where_it_was(runtime: Runtime, office: DemoOffice) -> None:
    first = demo.start_platform(runtime, office)
    first.stop()
    second = demo.start_platform(runtime, office)
    second.stop()
    assert second.port == first.port


@once
def test_its_platform_moves_where_its_port_is_taken_and_the_channels_follow(
    runtime: Runtime, office: DemoOffice, shown: DemoPlatform
) -> None:
    other = demo.start_platform(runtime, office)
    try:
        assert other.port != shown.port
        with runtime.database.read() as session:
            for channel_id in office.channel_ids.values():
                assert session.get_one(Channel, channel_id).config["target_url"] == other.url
    finally:
        other.stop()


def test_what_is_not_signed_is_turned_away(platform: DemoPlatform) -> None:
    body = json.dumps({"type": "comment.hide", "data": {"verb": "hide", "comment_id": "c1"}})
    now = clock.now()
    headers = {"webhook-id": "m1", "webhook-timestamp": str(int(now.timestamp()))}
    wrong = {**headers, "webhook-signature": Webhook("whsec_" + "B" * 43 + "=").sign("m1", now, body)}
    for bad in ({}, headers, wrong):
        assert httpx.post(platform.url, content=body, headers=bad).status_code == 401
    assert platform.done == []
    right = {**headers, "webhook-signature": Webhook(SECRET).sign("m1", now, body)}
    assert httpx.post(platform.url, content=body, headers=right).status_code == 200
    assert platform.done == [("hide", "c1")]
