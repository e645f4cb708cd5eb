import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from moderator import clock
from moderator.connectors import fields, http, registry
from moderator.connectors.base import Channel, Order, Outcome, Receipt
from moderator.domain.vocabulary import Verb
from moderator.review.ruling import MOST_WRITTEN
from tests.fakes.receiver import Receiver
from tests.fakes.server import Reply

WEBHOOK = registry.get("webhook")
OLD, NEW = fields.make_signing_secret(), fields.make_signing_secret()
ORDER = Order(
    id="0k3action",
    verb=Verb.HIDE,
    comment_external_id="c_1",
    author_external_id="u_1",
    post_external_id="p_1",
    sequence=3,
    decided_at=datetime(2026, 10, 1, 10, 0, 5, tzinfo=UTC),
    rules=({"id": "no-threats", "title": "No threats"},),
    guidelines_url="https://example.org/guidelines/town/v/2",
)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver([NEW]) as server:
        yield server


@pytest.fixture
def channel(receiver: Receiver) -> Channel:
    return Channel("ch1", "", "Site", {"target_url": receiver.url + "/hook?x=1"}, {"outbound_secret": NEW})


def answered(channel: Channel, receiver: Receiver, status: int, said: Any = None, **headers: str) -> Receipt:
    receiver.replies.append(Reply(status, b"" if said is None else json.dumps(said).encode(), headers))
    return WEBHOOK.deliver(channel, ORDER)


def test_an_order_arrives_as_one_signed_event(channel: Channel, receiver: Receiver) -> None:
    assert WEBHOOK.deliver(channel, ORDER) == Receipt(Outcome.DONE, "r-1", 200)
    assert receiver.events == [
        {
            "type": "comment.hide",
            "timestamp": "2026-10-01T10:00:05Z",
            "data": {
                "action_id": "0k3action",
                "sequence": 3,
                "verb": "hide",
                "comment_id": "c_1",
                "author_id": "u_1",
                "post_id": "p_1",
                "channel": "ch1",
                "rules": [{"id": "no-threats", "title": "No threats"}],
                "guidelines_url": "https://example.org/guidelines/town/v/2",
            },
        }
    ]
    (call,) = receiver.calls
    assert (call.method, call.target, call.headers["content-type"]) == ("POST", "/hook?x=1", "application/json")


def test_every_attempt_carries_the_same_id_and_its_own_time(
    channel: Channel, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver.replies.append(Reply(500))
    start = clock.now()
    assert WEBHOOK.deliver(channel, ORDER).outcome is Outcome.RETRY
    monkeypatch.setattr(clock, "now", lambda: start + timedelta(seconds=90))
    assert WEBHOOK.deliver(channel, ORDER).outcome is Outcome.DONE
    assert WEBHOOK.deliver(channel, ORDER).outcome is Outcome.ALREADY_DONE
    assert {call.headers["webhook-id"] for call in receiver.calls} == {"0k3action"}
    first, second, _ = (int(call.headers["webhook-timestamp"]) for call in receiver.calls)
    assert second == int((start + timedelta(seconds=90)).timestamp()) > first
    assert len(receiver.events) == 1


def test_while_the_secret_is_rotated_both_sign(channel: Channel, receiver: Receiver) -> None:
    rotating = replace(channel, secrets={"outbound_secret": NEW, "outbound_secret_previous": OLD})
    for known in (OLD, NEW):
        receiver.secrets = [known]
        assert WEBHOOK.deliver(rotating, replace(ORDER, id=f"a{known[-5:-1]}")).outcome is Outcome.DONE


def test_a_receiver_that_does_not_know_our_secret_stops_the_channel(channel: Channel, receiver: Receiver) -> None:
    receiver.secrets = [OLD]
    receipt = WEBHOOK.deliver(channel, ORDER)
    assert (receipt.outcome, receipt.status_code) == (Outcome.CHANNEL_STOPPED, 401)
    assert receiver.events == []


@pytest.mark.parametrize(
    ("outcome", "statuses"),
    [
        (Outcome.DONE, (200, 201, 202, 204, 299)),
        (Outcome.THROTTLED, (429, 502, 504)),
        (Outcome.CHANNEL_STOPPED, (401, 403, 410)),
        (Outcome.REFUSED, (400, 404, 405, 413, 422, 451)),
        (Outcome.RETRY, (301, 302, 303, 307, 308, 408, 409, 425, 500, 501, 503, 599)),
    ],
)
def test_each_status_has_its_outcome(
    channel: Channel, receiver: Receiver, outcome: Outcome, statuses: tuple[int, ...]
) -> None:
    for status in statuses:
        receipt = answered(channel, receiver, status, Location="/elsewhere")
        assert (receipt.outcome, receipt.status_code) == (outcome, status)
    assert {call.target for call in receiver.calls} == {"/hook?x=1"}


def test_the_receiver_may_say_how_long_to_wait(channel: Channel, receiver: Receiver) -> None:
    waits = {"Retry-After": "90"}
    assert answered(channel, receiver, 429, **waits).retry_after_seconds == 90
    assert answered(channel, receiver, 503, **waits).retry_after_seconds == 90
    assert answered(channel, receiver, 200, **waits).retry_after_seconds is None


def test_what_the_receiver_says_is_kept(channel: Channel, receiver: Receiver) -> None:
    assert answered(channel, receiver, 200, {"receipt": "r-9", "detail": "hidden"}).detail == "r-9 · hidden"
    assert answered(channel, receiver, 422, {"detail": "no such comment"}).detail == "no such comment"
    assert answered(channel, receiver, 422).detail == "the receiver answered 422"
    assert answered(channel, receiver, 200, {"receipt": "x" * 9_000}).detail == "x" * 499 + "…"
    assert answered(channel, receiver, 200, {"detail": "a\x00b\n\ud800"}).detail == "a b  "
    for odd in ([1], "text", 7, {"receipt": {"deep": []}, "detail": 5}, {"status": ["already_done"]}):
        assert answered(channel, receiver, 200, odd) == Receipt(Outcome.DONE, "", 200)


def test_a_receiver_that_repeats_our_secret_does_not_put_it_on_record(channel: Channel, receiver: Receiver) -> None:
    receipt = answered(channel, receiver, 400, {"detail": f"bad signature, expected {NEW}"})
    assert receipt.detail == "bad signature, expected [secret]"


def test_no_text_of_the_comment_and_no_more_than_twenty_kilobytes_leave(channel: Channel, receiver: Receiver) -> None:
    wide = "\U0001f621" * 512
    order = replace(
        ORDER,
        comment_external_id=wide,
        author_external_id=wide,
        post_external_id=wide,
        rules=[{"id": f"rule-{number}", "title": "\ud800" + "\u00e4" * 5_000} for number in range(300)],
    )
    assert WEBHOOK.deliver(channel, order).outcome is Outcome.DONE
    assert len(receiver.calls[0].body) < 20_000
    data = receiver.events[0]["data"]
    assert data["comment_id"] == wide
    assert [rule["id"] for rule in data["rules"]] == [f"rule-{number}" for number in range(len(data["rules"]))]
    assert data["rules"][0]["title"] == "?" + "\u00e4" * 199


@pytest.mark.parametrize("secrets", [{}, {"outbound_secret": ""}, {"outbound_secret": "whsec_A"}])
def test_without_a_usable_secret_nothing_is_sent(
    channel: Channel, receiver: Receiver, secrets: Mapping[str, str]
) -> None:
    assert WEBHOOK.deliver(replace(channel, secrets=secrets), ORDER).outcome is Outcome.CHANNEL_STOPPED
    assert receiver.calls == []


def test_a_target_inside_the_network_stops_the_channel(channel: Channel, receiver: Receiver) -> None:
    http.configure(allow_private=False)
    receipt = WEBHOOK.deliver(channel, ORDER)
    assert receipt.outcome is Outcome.CHANNEL_STOPPED
    assert "not on the public internet" in receipt.detail
    assert receiver.calls == []


def test_without_a_target_every_verb_is_done_by_hand() -> None:
    channel = Channel("ch1", "", "Site", {"target_url": ""}, {"outbound_secret": NEW})
    capabilities = WEBHOOK.capabilities(channel)
    assert not any(capability.automatic for capability in capabilities.values())
    assert capabilities[Verb.HIDE].does == "On the platform, by hand: a person hides the comment."
    assert WEBHOOK.deliver(channel, ORDER).outcome is Outcome.REFUSED


def test_with_a_target_only_the_police_are_told_by_hand(channel: Channel) -> None:
    capabilities = WEBHOOK.capabilities(channel)
    assert [verb for verb, capability in capabilities.items() if not capability.automatic] == [Verb.REPORT_POLICE]
    assert (
        capabilities[Verb.DELETE].does == "Tells the connected tool to delete the comment, which cannot be taken back."
    )
    assert not capabilities[Verb.DELETE].reversible


@pytest.mark.parametrize("verb", [Verb.REPLY, Verb.REDIRECT])
def test_what_the_author_is_told_travels_with_the_order(verb: Verb, channel: Channel, receiver: Receiver) -> None:
    WEBHOOK.deliver(channel, replace(ORDER, verb=verb, text="Please write to us:\nalice@example.org"))
    WEBHOOK.deliver(channel, replace(ORDER, id="0k4", text="not to be told"))
    said, other = receiver.events
    assert said["data"]["text"] == "Please write to us:\nalice@example.org"
    assert "text" not in other["data"]


@pytest.mark.parametrize("letter", ["\x01", "\N{GRINNING FACE}", "\N{LATIN SMALL LETTER E WITH ACUTE}"])
def test_the_longest_text_leaves_room_for_the_rest(letter: str, channel: Channel, receiver: Receiver) -> None:
    long: dict[str, Any] = {
        "comment_external_id": "\N{GRINNING FACE}" * 512,
        "author_external_id": "\N{GRINNING FACE}" * 512,
        "post_external_id": "\N{GRINNING FACE}" * 512,
        "rules": [{"id": f"r{number}", "title": "t" * 200} for number in range(100)],
    }
    WEBHOOK.deliver(channel, replace(ORDER, verb=Verb.REPLY, text=letter * MOST_WRITTEN, **long))
    (call,) = receiver.calls
    assert len(call.body) < 20_000
    assert receiver.events[0]["data"]["text"] == letter * MOST_WRITTEN
