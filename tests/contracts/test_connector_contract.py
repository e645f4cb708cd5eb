"""What holds for every connector, whichever platform it speaks to."""

import importlib.util
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moderator import clock
from moderator.connectors import fields, http, registry
from moderator.connectors.base import Channel, Order, Outcome, Parsed, Refusal, SignatureInvalid
from moderator.domain.vocabulary import WRITTEN, Verb
from tests.contracts.samples import Sample
from tests.fakes.server import Call, FakeServer, Reply
from tests.fakes.wire import Wire, wire_server

# No test changes its sample, so all examples of a property may share one.
shared = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=20,
)


def folder(sample: Sample) -> Path:
    spec = importlib.util.find_spec(type(sample.connector).__module__)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


def order(sample: Sample, verb: Verb = Verb.HIDE) -> Order:
    return Order(
        id="0k3action",
        verb=verb,
        comment_external_id=sample.external_ids[0],
        author_external_id="4000004",
        post_external_id="1000001_2000002",
        sequence=1,
        decided_at=clock.now(),
        rules=({"id": "no-threats", "title": "No threats"},),
        guidelines_url="https://example.org/guidelines/town/v/1",
        text="Please write to us." if verb in WRITTEN else "",
    )


def aimed_at(sample: Sample, url: str) -> Channel:
    return replace(sample.channel, config={**sample.channel.config, sample.address_key: url})


def automatic_verbs(sample: Sample) -> list[Verb]:
    return [verb for verb, can in sample.connector.capabilities(sample.channel).items() if can.automatic]


# Shape


def test_the_folder_has_the_same_shape(sample: Sample) -> None:
    assert folder(sample).name == sample.connector.name
    for name in ("connector.py", "parse.py", "deliver.py", "README.md"):
        assert (folder(sample) / name).is_file()


def test_it_goes_by_the_name_it_is_registered_under(sample: Sample) -> None:
    assert registry.get(sample.connector.name) is sample.connector
    assert sample.connector.title


def test_every_field_is_documented(sample: Sample) -> None:
    readme = (folder(sample) / "README.md").read_text()
    keys = [field.key for field in sample.connector.fields]
    assert len(keys) == len(set(keys))
    for field in sample.connector.fields:
        assert f"`{field.key}`" in readme
        assert field.label


def test_what_it_makes_and_presumes_itself_is_fit_for_use(sample: Sample) -> None:
    for field in sample.connector.fields:
        for value in filter(None, (field.default, field.make and field.make())):
            assert field.problem is None or field.problem(value) is None
    assert fields.validate_config(sample.connector, sample.channel.config, sample.channel.secrets) == []


def test_generated_values_are_secret_and_never_the_same_twice(sample: Sample) -> None:
    first, second = (fields.generate_secrets(sample.connector) for _ in range(2))
    assert not set(first.values()) & set(second.values())
    assert all(field.secret for field in sample.connector.fields if field.generated)


def test_every_capability_says_what_it_does_in_a_sentence(sample: Sample) -> None:
    for capability in sample.connector.capabilities(sample.channel).values():
        assert capability.does[0].isupper()
        assert capability.does.endswith(".")


def test_capabilities_can_be_told_without_the_secrets(sample: Sample) -> None:
    without = replace(sample.channel, secrets={})
    assert sample.connector.capabilities(without) == sample.connector.capabilities(sample.channel)


def test_what_cannot_be_taken_back_is_said_before_the_click(sample: Sample) -> None:
    delete = sample.connector.capabilities(sample.channel)[Verb.DELETE]
    assert not delete.reversible
    assert "cannot be taken back" in delete.does


# Coming in


def test_a_signed_delivery_is_taken(sample: Sample) -> None:
    sample.connector.verify(sample.channel, sample.sign(sample.body), sample.body)
    events = sample.connector.parse(sample.channel, sample.body).events
    assert tuple(event.external_id for event in events) == sample.external_ids


def test_header_names_may_be_written_in_any_case(sample: Sample) -> None:
    signed = sample.sign(sample.body)
    for case in (str.lower, str.upper, str.title):
        sample.connector.verify(sample.channel, {case(name): value for name, value in signed.items()}, sample.body)


def test_a_delivery_without_headers_is_refused(sample: Sample) -> None:
    with pytest.raises(SignatureInvalid):
        sample.connector.verify(sample.channel, {}, sample.body)


def test_a_signature_made_with_another_secret_is_refused(sample: Sample) -> None:
    others = {key: value[:-4] + "AAA=" for key, value in sample.channel.secrets.items()}
    with pytest.raises(SignatureInvalid):
        sample.connector.verify(replace(sample.channel, secrets=others), sample.sign(sample.body), sample.body)


def test_a_channel_without_secrets_takes_nothing(sample: Sample) -> None:
    with pytest.raises(SignatureInvalid):
        sample.connector.verify(replace(sample.channel, secrets={}), sample.sign(sample.body), sample.body)


@shared
@given(data=st.data())
def test_one_tampered_byte_is_refused(sample: Sample, data: st.DataObject) -> None:
    signed = sample.sign(sample.body)
    place = data.draw(st.integers(0, len(sample.body) - 1))
    bit = data.draw(st.integers(0, 7))
    tampered = bytearray(sample.body)
    tampered[place] ^= 1 << bit
    with pytest.raises(SignatureInvalid):
        sample.connector.verify(sample.channel, signed, bytes(tampered))


@shared
@given(data=st.data())
def test_any_other_header_is_a_wrong_signature(sample: Sample, data: st.DataObject) -> None:
    signed = dict(sample.sign(sample.body))
    name = data.draw(st.sampled_from(sorted(signed)))
    signed[name] = data.draw(st.text(st.characters(), max_size=80))
    with pytest.raises(SignatureInvalid):
        sample.connector.verify(sample.channel, signed, sample.body)


@shared
@given(
    query=st.dictionaries(st.sampled_from(["hub.mode", "hub.challenge", "hub.verify_token", "crc_token"]), st.text())
)
def test_a_handshake_by_a_stranger_is_refused(sample: Sample, query: Mapping[str, str]) -> None:
    with pytest.raises(Refusal) as refused:
        sample.connector.handshake(sample.channel, query)
    assert refused.value.status == 403


@shared
@given(body=st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(sample: Sample, body: bytes) -> None:
    read_or_refused(sample, body)


@shared
@given(value=json_values)
def test_any_json_is_read_or_refused(sample: Sample, value: Any) -> None:
    read_or_refused(sample, json.dumps(value).encode())


@shared
@given(data=st.data())
def test_a_delivery_with_anything_in_any_place_is_read_or_refused(sample: Sample, data: st.DataObject) -> None:
    delivery = json.loads(sample.body)
    for _ in range(data.draw(st.integers(1, 3))):
        holder, key = data.draw(st.sampled_from(list(places(delivery))))
        holder[key] = data.draw(json_values)
    read_or_refused(sample, json.dumps(delivery).encode())


def read_or_refused(sample: Sample, body: bytes) -> None:
    parsed, status = Parsed(), 400
    try:
        parsed = sample.connector.parse(sample.channel, body)
    except Refusal as refusal:
        status = refusal.status
    assert status in (400, 422)
    for event in parsed.events:
        assert event.external_id
        assert isinstance(event.text, str)
        assert event.occurred_at is None or event.occurred_at.tzinfo is not None


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every spot inside a JSON value, as what holds it and under which key."""
    keys = value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    here = [(value, key) for key in keys]
    return here + [spot for _, key in here for spot in places(value[key])]


# Going out


def nothing(wire: Wire) -> None:
    """Hang up at once."""


def silence(wire: Wire) -> None:
    wire.pause(5)


def garbage(wire: Wire) -> None:
    wire.send(b"\x00\xff\x16\x03\x01 no http here\r\n\r\n")


def half_an_answer(wire: Wire) -> None:
    wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{")


def slow_body(wire: Wire) -> None:
    wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n")
    while wire.pause(0.02):
        wire.send(b" ")


def endless_headers(wire: Wire) -> None:
    wire.send(b"HTTP/1.1 200 OK\r\n")
    while wire.pause(0.001):
        wire.send(b"X-More: " + b"x" * 2_000 + b"\r\n")


def server_error(wire: Wire) -> None:
    wire.send(b"HTTP/1.1 500 Oh\r\nContent-Length: 3\r\nConnection: close\r\n\r\nno!")


def redirect(wire: Wire) -> None:
    wire.send(
        b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    )


def broken_chunks(wire: Wire) -> None:
    wire.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\nabc")


@pytest.mark.usefixtures("_calls_may_stay_on_this_machine")
@pytest.mark.parametrize(
    "behaviour",
    [nothing, silence, garbage, half_an_answer, slow_body, endless_headers, server_error, redirect, broken_chunks],
)
def test_whatever_the_server_does_the_order_is_tried_again(
    sample: Sample, behaviour: Callable[[Wire], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "TOTAL_SECONDS", 0.3)
    started = time.monotonic()
    with wire_server(behaviour) as url:
        receipt = sample.connector.deliver(aimed_at(sample, url), order(sample))
    assert receipt.outcome is Outcome.RETRY
    assert receipt.detail
    assert time.monotonic() - started < 3


@pytest.mark.usefixtures("_calls_may_stay_on_this_machine")
def test_sixty_four_megabytes_are_not_read_to_the_end(sample: Sample) -> None:
    sent = 0

    def flood(wire: Wire) -> None:
        nonlocal sent
        wire.send(b"HTTP/1.1 400 No\r\nContent-Length: 64000000\r\n\r\n")
        for _ in range(640):
            wire.send(b"x" * 100_000)
            sent += 100_000

    with wire_server(flood) as url:
        receipt = sample.connector.deliver(aimed_at(sample, url), order(sample))
    assert receipt.status_code == 400
    assert len(receipt.detail) <= 500
    assert sent < 64_000_000


@pytest.mark.usefixtures("_calls_may_stay_on_this_machine")
def test_when_nobody_listens_the_order_is_tried_again(sample: Sample) -> None:
    with wire_server(nothing) as url:
        pass
    assert sample.connector.deliver(aimed_at(sample, url), order(sample)).outcome is Outcome.RETRY


class Mirror(FakeServer):
    """Answers with everything it was told, in every place where an answer might be quoted from."""

    def answer(self, call: Call) -> Reply:
        told = " ".join([*call.headers.values(), call.target, call.body.decode()])
        return Reply(
            400, json.dumps({"detail": told, "error": {"message": told, "code": 190, "fbtrace_id": "x"}}).encode()
        )


@pytest.mark.usefixtures("_calls_may_stay_on_this_machine")
def test_no_secret_comes_back_on_the_receipt(sample: Sample) -> None:
    with Mirror() as server:
        for verb in automatic_verbs(sample):
            receipt = sample.connector.deliver(aimed_at(sample, server.url), order(sample, verb))
            assert not [key for key, value in sample.channel.secrets.items() if value in receipt.detail]
            assert len(receipt.detail) <= 500
    assert server.calls


@pytest.mark.usefixtures("_calls_may_stay_on_this_machine")
def test_what_is_not_automatic_is_never_called(sample: Sample) -> None:
    with Mirror() as server:
        for verb in set(Verb) - set(automatic_verbs(sample)):
            receipt = sample.connector.deliver(aimed_at(sample, server.url), order(sample, verb))
            assert receipt.outcome is Outcome.REFUSED
    assert server.calls == []


@pytest.mark.usefixtures("_calls_may_stay_on_this_machine")
def test_what_is_automatic_is_called(sample: Sample) -> None:
    assert Verb.HIDE in automatic_verbs(sample)
    for verb in automatic_verbs(sample):
        with Mirror() as server:
            sample.connector.deliver(aimed_at(sample, server.url), order(sample, verb))
        assert server.calls


def test_a_private_address_is_never_called(sample: Sample, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MODERATOR_ALLOW_PRIVATE_ADDRESSES", raising=False)
    with Mirror() as server:
        receipt = sample.connector.deliver(aimed_at(sample, server.url), order(sample))
    assert receipt.outcome is Outcome.CHANNEL_STOPPED
    assert server.calls == []
    http.close()


def test_a_report_to_the_police_is_never_automatic(sample: Sample) -> None:
    assert Verb.REPORT_POLICE not in automatic_verbs(sample)
