"""Connecting a page: its settings are checked, its secrets sealed, rotated and retired, its faults mended."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.orm import Session

from moderator import channels
from moderator.connectors.base import Outcome, Receipt
from moderator.domain.vocabulary import Verb
from moderator.errors import Invalid, NotFound
from moderator.sealing import SealBroken, Sealer
from moderator.storage.database import Database
from moderator.storage.tables import AuditEntry, Channel
from tests.moderator.conftest import SECRET_KEY, People, World

SEALER = Sealer(SECRET_KEY)
OTHER_SEALER = Sealer("another secret key, of somebody else")
ACTOR = "member:somebody"
FACEBOOK = {"page_id": "1000001"}
FACEBOOK_SECRETS = {"page_access_token": "EAAtoken", "app_secret": "appsecret"}


def _create(database: Database, people: People, connector: str = "webhook", **facts: Any) -> Channel:
    with database.write() as session:
        return channels.create_channel(
            session, SEALER, facts.pop("office_id", people.alice.office_id), connector, facts.pop("name", "A"), **facts
        )


def _change(database: Database, channel: Channel, work: Callable[[Session, Channel], Any]) -> Channel:
    with database.write() as session:
        work(session, session.get_one(Channel, channel.id))
    with database.read() as session:
        return session.get_one(Channel, channel.id)


def _update(
    database: Database, channel: Channel, name: str = "A", sealer: Sealer = SEALER, **changes: dict[str, str]
) -> Channel:
    config, secrets = changes.get("config", {}), changes.get("secrets", {})
    return _change(database, channel, lambda s, c: channels.update_channel(s, sealer, c, name, config, secrets, ACTOR))


def _log(database: Database, channel: Channel) -> list[tuple[str, dict[str, object]]]:
    with database.read() as session:
        rows = session.query(AuditEntry).where(AuditEntry.subject == f"channel:{channel.id}")
        return [(row.event, json.loads(row.detail)) for row in rows.order_by(AuditEntry.sequence)]


def _secrets(channel: Channel) -> dict[str, str]:
    return dict(channels.opened(SEALER, channel).secrets)


def test_secrets_that_the_service_makes_are_made_and_sealed(database: Database, people: People) -> None:
    channel = _create(database, people, name="  Page tool ")
    secrets = _secrets(channel)
    assert set(secrets) == {"signing_secret", "outbound_secret"}
    assert all(value.startswith("whsec_") for value in secrets.values())
    assert secrets["signing_secret"] != secrets["outbound_secret"]
    assert not any(value in channel.sealed_secrets for value in secrets.values())
    assert (channel.name, channel.config) == ("Page tool", {"target_url": "", "account_facts": ""})
    assert _log(database, channel) == [("channel.created", {"connector": "webhook"})]


def test_secrets_that_are_given_are_taken(database: Database, people: People) -> None:
    given = {"signing_secret": "whsec_" + "A" * 43 + "=", "outbound_secret": ""}
    secrets = _secrets(_create(database, people, secrets=given))
    assert secrets["signing_secret"] == given["signing_secret"]
    assert secrets["outbound_secret"].startswith("whsec_")


def test_a_facebook_channel_is_known_by_its_page(database: Database, people: People) -> None:
    channel = _create(database, people, "facebook", config=FACEBOOK, secrets=FACEBOOK_SECRETS)
    assert channel.external_id == "1000001"
    assert channel.config["graph_version"]
    assert set(_secrets(channel)) == {"page_access_token", "app_secret", "verify_token"}


@pytest.mark.parametrize(
    ("connector", "facts", "field"),
    [
        ("pigeon", {}, "connector"),
        ("webhook", {"name": " "}, "name"),
        ("webhook", {"name": "x" * 201}, "name"),
        ("webhook", {"name": "a\0b"}, "name"),
        ("webhook", {"config": {"target_url": "ftp://example.org"}}, "target_url"),
        ("webhook", {"config": {"target_url": "https://example.org/\0"}}, "target_url"),
        ("webhook", {"config": {"speed": "fast"}}, "speed"),
        ("webhook", {"secrets": {"signing_secret": "short"}}, "signing_secret"),
        ("webhook", {"config": {"signing_secret": "whsec_x"}}, "signing_secret"),
        ("facebook", {"secrets": FACEBOOK_SECRETS}, "page_id"),
        ("facebook", {"config": FACEBOOK}, "page_access_token"),
        ("facebook", {"config": {"page_id": "../me"}, "secrets": FACEBOOK_SECRETS}, "page_id"),
    ],
)
def test_a_channel_that_cannot_be_is_refused_naming_the_field(
    database: Database, people: People, connector: str, facts: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        _create(database, people, connector, **facts)
    assert refused.value.field == field


def test_a_channel_needs_an_office(database: Database, people: People) -> None:
    with pytest.raises(NotFound):
        _create(database, people, office_id="no such office")


def test_a_change_keeps_the_secrets_that_are_left_empty_and_says_what_changed(
    database: Database, people: People
) -> None:
    channel = _create(database, people)
    before = _secrets(channel)
    changed = _update(
        database,
        channel,
        " B ",
        config={"target_url": " https://example.org/hook "},
        secrets={"signing_secret": "", "outbound_secret": "whsec_" + "B" * 43 + "="},
    )
    assert (changed.name, changed.config) == ("B", {"target_url": "https://example.org/hook", "account_facts": ""})
    assert _secrets(changed)["signing_secret"] == before["signing_secret"]
    assert _secrets(changed)["outbound_secret"] == "whsec_" + "B" * 43 + "="
    assert _log(database, channel)[-1] == (
        "channel.changed",
        {"fields": ["name", "outbound_secret", "target_url"]},
    )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"config": {"target_url": "nowhere"}}, "target_url"),
        ({"secrets": {"signing_secret": "short"}}, "signing_secret"),
        ({"name": ""}, "name"),
        ({"name": "\ud800"}, "name"),
    ],
)
def test_a_change_that_cannot_be_changes_nothing(
    database: Database, people: People, changes: dict[str, Any], field: str
) -> None:
    channel = _create(database, people)
    with pytest.raises(Invalid) as refused:
        _update(database, channel, **changes)
    assert refused.value.field == field
    with database.read() as session:
        assert session.get_one(Channel, channel.id).sealed_secrets == channel.sealed_secrets


def test_a_rotated_secret_leaves_the_old_one_valid_until_it_is_retired(database: Database, people: People) -> None:
    channel = _create(database, people)
    first = _secrets(channel)["signing_secret"]
    rotated = _change(database, channel, lambda s, c: channels.rotate(s, SEALER, c, "signing_secret", ACTOR))
    second = _secrets(rotated)
    assert second["signing_secret"] not in ("", first)
    assert second["signing_secret_previous"] == first

    again = _change(database, channel, lambda s, c: channels.rotate(s, SEALER, c, "signing_secret", ACTOR))
    assert _secrets(again)["signing_secret_previous"] == second["signing_secret"]

    retired = _change(database, channel, lambda s, c: channels.retire(s, SEALER, c, "signing_secret", ACTOR))
    _change(database, channel, lambda s, c: channels.retire(s, SEALER, c, "signing_secret", ACTOR))
    assert "signing_secret_previous" not in _secrets(retired)
    assert _secrets(retired)["signing_secret"] == _secrets(again)["signing_secret"]
    assert [event for event, _ in _log(database, channel)] == [
        "channel.created",
        "channel.secret_rotated",
        "channel.secret_rotated",
        "channel.secret_retired",
    ]


def test_a_change_while_a_secret_is_rotated_keeps_the_old_one_too(database: Database, people: People) -> None:
    channel = _create(database, people)
    _change(database, channel, lambda s, c: channels.rotate(s, SEALER, c, "signing_secret", ACTOR))
    assert "signing_secret_previous" in _secrets(_update(database, channel, "B"))


@pytest.mark.parametrize("key", ["page_access_token", "target_url", "nothing"])
def test_what_is_not_made_here_is_not_rotated_here(database: Database, people: People, key: str) -> None:
    channel = _create(database, people, "facebook", config=FACEBOOK, secrets=FACEBOOK_SECRETS)
    with pytest.raises(Invalid):
        _change(database, channel, lambda s, c: channels.rotate(s, SEALER, c, key, ACTOR))


def test_secrets_sealed_with_another_key_open_nothing_and_are_not_lost_by_a_change_of_name(
    database: Database, people: People
) -> None:
    channel = _create(database, people)
    with pytest.raises(SealBroken):
        channels.opened(OTHER_SEALER, channel)
    with pytest.raises(SealBroken):
        _update(database, channel, "B", OTHER_SEALER)
    assert _secrets(channel)


def test_secrets_that_cannot_be_opened_any_more_can_be_entered_again(database: Database, people: People) -> None:
    channel = _create(database, people, "facebook", config=FACEBOOK, secrets=FACEBOOK_SECRETS)
    with pytest.raises(Invalid, match="app_secret"):
        _update(database, channel, "A", OTHER_SEALER, config=FACEBOOK, secrets={"page_access_token": "EAAnew"})
    changed = _update(database, channel, "A", OTHER_SEALER, config=FACEBOOK, secrets=FACEBOOK_SECRETS)
    secrets = channels.opened(OTHER_SEALER, changed).secrets
    assert secrets["page_access_token"] == "EAAtoken"
    assert secrets["verify_token"]


def test_no_secret_is_in_the_log_or_in_what_is_printed(database: Database, people: People) -> None:
    channel = _create(database, people, "facebook", config=FACEBOOK, secrets=FACEBOOK_SECRETS)
    _update(database, channel, config=FACEBOOK, secrets={"app_secret": "another"})
    written = str(_log(database, channel)) + repr(channels.opened(SEALER, channel))
    assert not [secret for secret in ("EAAtoken", "appsecret", "another") if secret in written]


def test_what_a_platform_can_do_is_told_without_the_secrets(database: Database, people: People) -> None:
    told = _create(database, people, config={"target_url": "https://example.org/hook"})
    untold = _create(database, people)
    abilities = channels.capabilities([told, untold])
    assert abilities[told.id][Verb.HIDE].automatic
    assert not abilities[untold.id][Verb.HIDE].automatic


def test_an_offices_channels_are_its_own_oldest_first(database: Database, people: People) -> None:
    names = ["Z", "A", "M"]
    for name in names:
        _create(database, people, name=name)
    _create(database, people, name="Elsewhere", office_id=people.charlie.office_id)
    with database.read() as session:
        assert [channel.name for channel in channels.of_office(session, people.alice.office_id)] == names


def test_a_resumed_channel_goes_on_at_once(world: World) -> None:
    world.platform.answers = [Receipt(Outcome.CHANNEL_STOPPED, "token ended")]
    comment_id = world.settled("spam=0.95")
    assert world.work() == 0
    _change(world.database, world.channel, lambda s, c: channels.resume(s, c, ACTOR))
    world.work()
    assert world.steps_of(comment_id) == [("hide", "done")]
    (channel,) = world.rows(Channel)
    assert (channel.stopped_at, channel.stopped_reason) == (None, "")
    assert [event for event, _ in _log(world.database, channel)][-2:] == ["channel.stopped", "channel.resumed"]
