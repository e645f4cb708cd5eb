import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from moderator.connectors import fields, http, registry
from moderator.connectors.base import Channel, Order, Outcome, Receipt
from moderator.domain.vocabulary import Verb
from tests.fakes.graph import GraphServer, error
from tests.fakes.server import Reply

PAGE, COMMENT, AUTHOR = "1000001", "2000002_3000003", "4000004"
TOKEN, APP_SECRET = "EAAB-page-token", "app-secret-for-tests"
FACEBOOK = registry.get("facebook")


@pytest.fixture
def graph() -> Iterator[GraphServer]:
    with GraphServer(PAGE, TOKEN, APP_SECRET, demands_proof=True) as server:
        server.hidden = {COMMENT: False}
        yield server


@pytest.fixture
def channel(graph: GraphServer) -> Channel:
    config = {"page_id": PAGE, "graph_url": graph.url, "graph_version": "v25.0"}
    return Channel("ch1", PAGE, "Page", config, {"page_access_token": TOKEN, "app_secret": APP_SECRET})


def order(verb: Verb, comment: str = COMMENT, author: str | None = AUTHOR) -> Order:
    return Order("0k3action", verb, comment, author, "1000001_2000002", 1, datetime(2026, 10, 1, tzinfo=UTC))


def deliver(channel: Channel, verb: Verb) -> Receipt:
    return FACEBOOK.deliver(channel, order(verb))


def test_hiding_and_showing_a_comment(channel: Channel, graph: GraphServer) -> None:
    assert deliver(channel, Verb.HIDE) == Receipt(Outcome.DONE, "", 200)
    assert graph.hidden == {COMMENT: True}
    assert deliver(channel, Verb.UNHIDE) == Receipt(Outcome.DONE, "", 200)
    assert graph.hidden == {COMMENT: False}
    assert graph.done == [("hide", COMMENT), ("unhide", COMMENT)]


def test_deleting_a_comment(channel: Channel, graph: GraphServer) -> None:
    assert deliver(channel, Verb.DELETE).outcome is Outcome.DONE
    assert graph.hidden == {}


def test_blocking_and_unblocking_an_author(channel: Channel, graph: GraphServer) -> None:
    assert deliver(channel, Verb.BLOCK).outcome is Outcome.DONE
    assert graph.blocked == {AUTHOR}
    assert deliver(channel, Verb.UNBLOCK).outcome is Outcome.DONE
    assert graph.blocked == set()


@pytest.mark.parametrize("verb", [Verb.HIDE, Verb.UNHIDE, Verb.DELETE])
def test_an_order_carried_out_twice_changes_the_page_once(verb: Verb, channel: Channel, graph: GraphServer) -> None:
    graph.hidden[COMMENT] = verb is Verb.UNHIDE
    assert deliver(channel, verb).outcome is Outcome.DONE
    assert deliver(channel, verb).outcome is Outcome.ALREADY_DONE
    assert graph.done == [(verb, COMMENT)]


def test_the_receipt_says_what_was_so_already(channel: Channel, graph: GraphServer) -> None:
    assert deliver(channel, Verb.UNHIDE).detail == "was visible already"
    graph.hidden[COMMENT] = True
    assert deliver(channel, Verb.HIDE).detail == "was hidden already"


@pytest.mark.parametrize("verb", [Verb.HIDE, Verb.UNHIDE, Verb.DELETE])
def test_for_a_comment_that_is_gone_there_is_nothing_left_to_do(
    verb: Verb, channel: Channel, graph: GraphServer
) -> None:
    graph.hidden.clear()
    receipt = deliver(channel, verb)
    assert receipt.outcome is Outcome.ALREADY_DONE
    assert receipt.detail.startswith(
        "Facebook knows no such comment (any more): (code 100, subcode 33, fbtrace_id AbC123)"
    )


def test_a_comment_may_go_between_the_look_and_the_act(channel: Channel, graph: GraphServer) -> None:
    graph.replies = [Reply(200, b'{"id":"1"}'), error(100, "Selected object does not exist")]
    assert deliver(channel, Verb.HIDE).outcome is Outcome.ALREADY_DONE


def test_a_person_who_is_gone_was_not_blocked(channel: Channel, graph: GraphServer) -> None:
    graph.replies = [error(100, "Object does not exist", subcode=33)] * 2
    assert deliver(channel, Verb.BLOCK).outcome is Outcome.REFUSED
    assert deliver(channel, Verb.UNBLOCK).outcome is Outcome.REFUSED


@pytest.mark.parametrize("code", [33, 803, 1705])
def test_other_codes_for_a_comment_that_is_gone(code: int, channel: Channel, graph: GraphServer) -> None:
    graph.replies = [error(code)]
    assert deliver(channel, Verb.DELETE).outcome is Outcome.ALREADY_DONE


def test_the_token_is_in_the_header_and_nowhere_else(channel: Channel, graph: GraphServer) -> None:
    for verb in (Verb.HIDE, Verb.BLOCK, Verb.UNBLOCK, Verb.DELETE):
        deliver(channel, verb)
    proof = hmac.new(APP_SECRET.encode(), TOKEN.encode(), hashlib.sha256).hexdigest()
    assert [call.method for call in graph.calls] == ["GET", "POST", "POST", "DELETE", "DELETE"]
    for call in graph.calls:
        assert call.headers["authorization"] == f"Bearer {TOKEN}"
        assert TOKEN not in call.target + call.body.decode()
        assert f"appsecret_proof={proof}" in (call.body.decode() if call.method == "POST" else call.target)


def test_without_an_app_secret_no_proof_is_sent(channel: Channel, graph: GraphServer) -> None:
    graph.demands_proof = False
    assert deliver(replace(channel, secrets={"page_access_token": TOKEN}), Verb.HIDE).outcome is Outcome.DONE
    assert not any("appsecret_proof" in call.target + call.body.decode() for call in graph.calls)


def test_a_wrong_app_secret_stops_the_channel_and_is_not_taken_for_a_missing_comment(
    channel: Channel, graph: GraphServer
) -> None:
    wrong = replace(channel, secrets={"page_access_token": TOKEN, "app_secret": "another"})
    for verb in (Verb.HIDE, Verb.DELETE, Verb.BLOCK):
        assert deliver(wrong, verb).outcome is Outcome.CHANNEL_STOPPED
    assert graph.done == []


def test_a_dead_token_stops_the_channel(channel: Channel) -> None:
    receipt = deliver(replace(channel, secrets={"page_access_token": "old"}), Verb.HIDE)
    assert (receipt.outcome, receipt.status_code) == (Outcome.CHANNEL_STOPPED, 401)
    assert receipt.detail == "(code 190, subcode 460, fbtrace_id AbC123) Error validating access token"


@pytest.mark.parametrize("token", ["", "EAAB\nX", "t\u00f6ken"])
def test_a_token_that_cannot_be_sent_stops_the_channel(token: str, channel: Channel, graph: GraphServer) -> None:
    receipt = deliver(replace(channel, secrets={"page_access_token": token}), Verb.HIDE)
    assert receipt.outcome is Outcome.CHANNEL_STOPPED
    assert not token or token not in receipt.detail
    assert graph.calls == []


@pytest.mark.parametrize(
    ("outcome", "codes"),
    [
        (Outcome.RETRY, (1, 2)),
        (Outcome.THROTTLED, (4, 17, 32, 341, 368, 613, 80_000, 80_001, 80_014)),
        (Outcome.CHANNEL_STOPPED, (3, 10, 102, 190, 200, 250, 283, 299)),
        (Outcome.ALREADY_DONE, (506,)),
        (Outcome.REFUSED, (100, 210, 300, 9_999, 80_015, 79_999)),
    ],
)
@pytest.mark.parametrize("status", [400, 403, 500])
def test_each_code_has_its_outcome_whatever_the_status(
    outcome: Outcome, codes: tuple[int, ...], status: int, channel: Channel, graph: GraphServer
) -> None:
    for code in codes:
        for verb in (Verb.HIDE, Verb.DELETE, Verb.BLOCK):
            graph.replies = [error(code, status=status)]
            receipt = deliver(channel, verb)
            assert (receipt.outcome, receipt.status_code) == (outcome, status)
            assert f"code {code}, fbtrace_id AbC123" in receipt.detail
    assert graph.done == []


def test_a_missing_permission_is_not_taken_for_a_missing_comment(channel: Channel, graph: GraphServer) -> None:
    graph.replies = [
        error(100, "(#100) Object does not exist. This endpoint requires the 'pages_read_engagement' permission")
    ]
    assert deliver(channel, Verb.DELETE).outcome is Outcome.CHANNEL_STOPPED


def waits(channel: Channel, graph: GraphServer, code: int, **headers: object) -> float | None:
    raw = {name.replace("_", "-"): v if isinstance(v, str) else json.dumps(v) for name, v in headers.items()}
    graph.replies = [error(code, headers=raw)]
    return deliver(channel, Verb.DELETE).retry_after_seconds


def test_the_usage_headers_say_how_long_to_wait(channel: Channel, graph: GraphServer) -> None:
    def usage(*minutes: object) -> dict[str, object]:
        return {PAGE: [{"type": "pages", "estimated_time_to_regain_access": m} for m in minutes]}

    assert waits(channel, graph, 80_001, X_Business_Use_Case_Usage=usage(3, 20, 0)) == 20 * 60
    assert waits(channel, graph, 32, X_Business_Use_Case_Usage=usage(10**400)) == 86_400
    assert waits(channel, graph, 4, X_App_Usage={"call_count": 100, "total_time": 3}) == 900
    assert waits(channel, graph, 4, X_App_Usage={"call_count": 16}, Retry_After="77") == 77
    assert waits(channel, graph, 17) == 300
    assert waits(channel, graph, 368, X_Business_Use_Case_Usage=usage(5)) == 6 * 3600
    assert waits(channel, graph, 368, X_Business_Use_Case_Usage=usage(600)) == 600 * 60
    assert waits(channel, graph, 190) is None


@pytest.mark.parametrize(
    "odd",
    [
        "", "{", "[]", "7", "null", "NaN", "[" * 9_000, '{"1": 7}', '{"1": [7]}',
        '{"call_count": "100"}', '{"call_count": null}', '{"1": [{"estimated_time_to_regain_access": "9"}]}',
        '{"1": [{"estimated_time_to_regain_access": -9}]}', '{"1": [{"estimated_time_to_regain_access": true}]}',
        '{"1": [{"estimated_time_to_regain_access": NaN}]}',
    ],
)  # fmt: skip
def test_usage_headers_that_say_nothing_usable_are_left(odd: str, channel: Channel, graph: GraphServer) -> None:
    assert waits(channel, graph, 80_001, X_Business_Use_Case_Usage=odd, X_App_Usage=odd) == 300


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, b""), Reply(200, b"<html>busy</html>"), Reply(200, b"null"), Reply(302, b"{}"), Reply(400, b"oops"),
        Reply(403, b""), Reply(404, b"{}"), Reply(500, b"{}"), Reply(503, b""),
        Reply(400, b'{"error": "text"}'), Reply(400, b'{"error": {}}'),
        Reply(400, b'{"error": {"code": "x", "message": 7, "fbtrace_id": [], "error_subcode": {}}}'),
    ],
)  # fmt: skip
@pytest.mark.parametrize("verb", [Verb.HIDE, Verb.DELETE, Verb.BLOCK])
def test_an_answer_that_is_not_the_graph_apis_is_asked_for_again(
    reply: Reply, verb: Verb, channel: Channel, graph: GraphServer
) -> None:
    graph.replies = [reply]
    receipt = deliver(channel, verb)
    assert (receipt.outcome, receipt.status_code) == (Outcome.RETRY, reply.status)


def test_too_many_calls_without_a_word_are_waited_out(channel: Channel, graph: GraphServer) -> None:
    graph.replies = [Reply(429), Reply(429, headers={"Retry-After": "1000"})]
    assert deliver(channel, Verb.DELETE) == Receipt(Outcome.THROTTLED, "Facebook answered 429 without a word", 429, 300)
    assert deliver(channel, Verb.DELETE).retry_after_seconds == 1000
    graph.replies = [Reply(429, headers={"X-App-Usage": '{"call_count": 100}'})]
    assert deliver(channel, Verb.DELETE).retry_after_seconds == 900


@pytest.mark.parametrize("said", [b"false", b'{"success": false}', b'{"4000004": false}'])
def test_a_no_inside_a_two_hundred_is_a_no(said: bytes, channel: Channel, graph: GraphServer) -> None:
    graph.replies = [Reply(200, said), Reply(200, said)]
    assert deliver(channel, Verb.BLOCK).outcome is Outcome.REFUSED
    assert deliver(channel, Verb.DELETE).outcome is Outcome.REFUSED


@pytest.mark.parametrize("said", [b"true", b'{"success": true}', b'{"4000004": true}', b"{}"])
def test_any_other_two_hundred_is_a_yes(said: bytes, channel: Channel, graph: GraphServer) -> None:
    graph.replies = [Reply(200, said)]
    assert deliver(channel, Verb.BLOCK).outcome is Outcome.DONE


def test_a_state_that_does_not_say_whether_it_is_hidden_is_acted_on(channel: Channel, graph: GraphServer) -> None:
    graph.replies = [Reply(200, b'["odd"]')]
    assert deliver(channel, Verb.HIDE).outcome is Outcome.DONE
    assert graph.hidden == {COMMENT: True}


@pytest.mark.parametrize("bad", ["", "me", "../me", "2_3?x=1", "2_3/likes", "2_3#", "\u0662"])
def test_an_id_that_could_lead_elsewhere_is_never_called(bad: str, channel: Channel, graph: GraphServer) -> None:
    for verb in (Verb.HIDE, Verb.UNHIDE, Verb.DELETE):
        assert FACEBOOK.deliver(channel, order(verb, comment=bad)).outcome is Outcome.REFUSED
    for verb in (Verb.BLOCK, Verb.UNBLOCK):
        assert FACEBOOK.deliver(channel, order(verb, author=bad)).outcome is Outcome.REFUSED
        assert FACEBOOK.deliver(channel, order(verb, author=None)).outcome is Outcome.REFUSED
    assert graph.calls == []


def test_the_version_and_the_address_are_settings(graph: GraphServer, channel: Channel) -> None:
    graph.version = "v26.0"
    newer = replace(channel, config={**channel.config, "graph_version": "v26.0", "graph_url": graph.url + "/"})
    assert deliver(newer, Verb.HIDE).outcome is Outcome.DONE
    assert graph.calls[0].target.startswith("/v26.0/2000002_3000003?fields=is_hidden")
    assert deliver(channel, Verb.UNHIDE).outcome is Outcome.REFUSED


def test_a_message_that_repeats_the_token_does_not_put_it_on_record(channel: Channel, graph: GraphServer) -> None:
    graph.replies = [error(190, f"Malformed access token {TOKEN}, secret {APP_SECRET}")]
    assert deliver(channel, Verb.HIDE).detail.endswith("Malformed access token [secret], secret [secret]")


def test_settings_are_checked_before_a_channel_is_made() -> None:
    good = {"page_id": PAGE, "graph_version": "v25.0", "graph_url": "https://graph.facebook.com"}
    secrets = {"page_access_token": TOKEN, "app_secret": APP_SECRET}
    assert fields.validate_config(FACEBOOK, good, secrets) == []
    assert fields.validate_config(FACEBOOK, {}, {}) == [
        "page_id: is required",
        "page_access_token: is required",
        "app_secret: is required",
    ]
    http.configure(allow_private=False)
    bad = {"page_id": "my page", "graph_version": "25/../me", "graph_url": "http://graph.facebook.com"}
    assert fields.validate_config(FACEBOOK, bad, {**secrets, "page_access_token": "EAAB "}) == [
        "page_id: must be digits only",
        "page_access_token: must be one word of plain characters; look for a stray blank or line end",
        "graph_version: must look like v25.0",
        "graph_url: must start with https://",
    ]


# --- what the Page says


def say(channel: Channel, text: str = "Please write to us.", verb: Verb = Verb.REPLY) -> Receipt:
    return FACEBOOK.deliver(channel, replace(order(verb), text=text))


@pytest.mark.parametrize("verb", [Verb.REPLY, Verb.REDIRECT])
def test_the_page_replies_in_just_those_words(verb: Verb, channel: Channel, graph: GraphServer) -> None:
    graph.answers[COMMENT] = [(AUTHOR, "Please write to us.")]
    assert say(channel, "Please write to us.\nalice@example.org", verb).outcome is Outcome.DONE
    assert graph.answers[COMMENT][1:] == [(PAGE, "Please write to us.\nalice@example.org")]


def test_a_reply_is_posted_once_however_often_it_is_tried(channel: Channel, graph: GraphServer) -> None:
    assert say(channel).outcome is Outcome.DONE
    graph.answers[COMMENT] += [(AUTHOR, f"And {number}") for number in range(30)]
    again = say(channel, " Please  write to us.")
    assert (again.outcome, again.detail) == (Outcome.ALREADY_DONE, "the Page has replied in these words already")
    assert graph.done == [("reply", COMMENT)]


def test_what_somebody_else_said_in_these_words_is_no_reply_of_the_page(channel: Channel, graph: GraphServer) -> None:
    graph.answers[COMMENT] = [(AUTHOR, "Please write to us."), (PAGE, "Thank you.")]
    assert say(channel).outcome is Outcome.DONE
    assert graph.done == [("reply", COMMENT)]


@pytest.mark.parametrize("lost", [error(1), error(2, status=500), Reply(502, b"<html>")])
def test_a_reply_that_may_have_been_posted_is_looked_for_before_it_is_tried_again(
    lost: Reply, channel: Channel, graph: GraphServer
) -> None:
    graph.replies = [Reply(200, b'{"data":[]}'), lost]
    receipt = say(channel)
    assert (receipt.outcome, receipt.retry_after_seconds) == (Outcome.RETRY, 300.0)
    graph.answers[COMMENT] = [(PAGE, "Please write to us.")]
    assert say(channel).outcome is Outcome.ALREADY_DONE
    assert graph.done == []


def test_a_reply_without_an_answer_waits_until_it_would_show(
    channel: Channel, graph: GraphServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = http.send

    def lose(method: str, *args: object, **options: object) -> http.Answer:
        if method == "POST":
            raise http.NoAnswer("nothing came back")
        return send(method, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(http, "send", lose)
    assert say(channel) == Receipt(Outcome.RETRY, "nothing came back", retry_after_seconds=300.0)


def test_when_the_page_cannot_read_what_it_said_it_says_nothing(channel: Channel, graph: GraphServer) -> None:
    graph.replies = [error(4), error(200)]
    assert [say(channel).outcome for _ in range(2)] == [Outcome.THROTTLED, Outcome.CHANNEL_STOPPED]
    assert graph.done == []


def test_a_comment_that_is_gone_is_not_replied_to(channel: Channel, graph: GraphServer) -> None:
    graph.hidden.clear()
    assert say(channel).outcome is Outcome.REFUSED


def test_nothing_is_said_without_words(channel: Channel, graph: GraphServer) -> None:
    assert say(channel, "").outcome is Outcome.REFUSED
    assert graph.calls == []


@pytest.mark.parametrize("answers", [b"[]", b'{"data":3}', b'{"data":[1,{"from":"x"},{"from":{"id":1},"message":2}]}'])
def test_answers_of_any_shape_are_read(answers: bytes, channel: Channel, graph: GraphServer) -> None:
    graph.replies = [Reply(200, answers)]
    assert say(channel).outcome is Outcome.DONE
