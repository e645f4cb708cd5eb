import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook

from moderator import clock
from moderator.connectors import registry
from moderator.connectors.base import (
    AccountFacts,
    AuthorRef,
    Channel,
    CommentEvent,
    EventKind,
    FieldInvalid,
    HandshakeFailed,
    PayloadMalformed,
    PostRef,
    SignatureInvalid,
)

SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
OTHER = "whsec_ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA="
NOW = datetime(2026, 9, 21, 13, 33, 20, tzinfo=UTC)
WEBHOOK = registry.get("webhook")
CHANNEL = Channel("ch1", "", "Site", {}, {"signing_secret": SECRET})


@pytest.fixture(autouse=True)
def _frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def signed(body: bytes, *, secret: str = SECRET, at: datetime = NOW) -> dict[str, str]:
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign("msg_1", at, body.decode()),
    }


def parse(value: Any) -> tuple[CommentEvent, ...]:
    return WEBHOOK.parse(CHANNEL, json.dumps(value).encode()).events


def only(**fields: Any) -> CommentEvent:
    (event,) = parse({"external_id": "c_1", "text": "hi", **fields})
    return event


VECTORS = [
    (
        SECRET,
        "msg_test1",
        1790000000,
        b'{"type":"decision.made","timestamp":"2026-10-01T10:00:00Z","data":{"comment_id":"c_1","action":"hide"}}',
        "v1,aEzQNG2nSVgtc+UTU750ciAV+ZYNHFqj1E6QTvRsvXI=",
    ),
    (
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    ),
]


@pytest.mark.parametrize(("secret", "message_id", "timestamp", "body", "signature"), VECTORS)
def test_the_published_vectors_hold(
    secret: str, message_id: str, timestamp: int, body: bytes, signature: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime.fromtimestamp(timestamp, UTC))
    channel = replace(CHANNEL, secrets={"signing_secret": secret})
    headers = {"webhook-id": message_id, "webhook-timestamp": str(timestamp), "webhook-signature": signature}
    WEBHOOK.verify(channel, headers, body)
    for wrong in ({"webhook-id": message_id + "x"}, {"webhook-timestamp": str(timestamp + 1)}):
        with pytest.raises(SignatureInvalid):
            WEBHOOK.verify(channel, {**headers, **wrong}, body)
    with pytest.raises(SignatureInvalid):
        WEBHOOK.verify(channel, headers, body.replace(b":", b": ", 1))


def test_header_names_may_be_written_in_any_case() -> None:
    WEBHOOK.verify(CHANNEL, {name.title(): value for name, value in signed(b"{}").items()}, b"{}")


def test_both_secrets_are_taken_while_one_is_rotated() -> None:
    rotating = replace(CHANNEL, secrets={"signing_secret": OTHER, "signing_secret_previous": SECRET})
    WEBHOOK.verify(rotating, signed(b"{}", secret=SECRET), b"{}")
    WEBHOOK.verify(rotating, signed(b"{}", secret=OTHER), b"{}")
    with pytest.raises(SignatureInvalid):
        WEBHOOK.verify(CHANNEL, signed(b"{}", secret=OTHER), b"{}")


def test_one_good_signature_among_others_is_enough() -> None:
    headers = signed(b"{}")
    headers["webhook-signature"] = f"v1a,AAAA nonsense v1,!! {headers['webhook-signature']}"
    WEBHOOK.verify(CHANNEL, headers, b"{}")


@pytest.mark.parametrize("drift", [timedelta(minutes=5), timedelta(minutes=-5)])
def test_a_clock_five_minutes_off_is_forgiven_and_no_more(drift: timedelta) -> None:
    WEBHOOK.verify(CHANNEL, signed(b"{}", at=NOW + drift), b"{}")
    with pytest.raises(SignatureInvalid, match="five minutes"):
        WEBHOOK.verify(CHANNEL, signed(b"{}", at=NOW + drift * 1.01), b"{}")


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
@pytest.mark.parametrize(
    "value",
    [
        "",
        " ",
        "\u00e9",
        "v1,",
        "v1",
        ",",
        "v1,====",
        "-1",
        "1e9",
        "9" * 30,
        "\u0661\u0662\u0663",
        "nan",
        "\ud800",
        "a\nb",
    ],
)
def test_a_malformed_header_is_a_wrong_signature(name: str, value: str) -> None:
    with pytest.raises(SignatureInvalid):
        WEBHOOK.verify(CHANNEL, {**signed(b"{}"), name: value}, b"{}")


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_%%%", "A", "\u00e9"])
def test_a_channel_without_a_usable_secret_takes_nothing(secret: str) -> None:
    channel = replace(CHANNEL, secrets={"signing_secret": secret})
    with pytest.raises(SignatureInvalid):
        WEBHOOK.verify(channel, signed(b"{}"), b"{}")


def test_bytes_that_are_not_text_cannot_have_been_signed() -> None:
    with pytest.raises(SignatureInvalid):
        WEBHOOK.verify(CHANNEL, signed(b"{}"), b"\xff")


def test_a_whole_comment_is_read() -> None:
    event = only(
        source="agorapulse",
        parent_external_id="c_0",
        post_external_id="ignored",
        post={"external_id": "p_1", "title": "Bus lanes", "text": "From May", "permalink": "https://example.org/p"},
        permalink="https://example.org/p#c_1",
        author={"external_id": "u_1", "name": "Sam", "handle": "sam", "followers": 3},
        language="de",
        created_at="2026-10-01T12:00:00+02:00",
        platform="facebook",
        raw={"any": ["thing", 1, None]},
    )
    assert event == CommentEvent(
        kind=EventKind.ADDED,
        external_id="c_1",
        text="hi",
        author=AuthorRef("u_1", "Sam", "sam"),
        post=PostRef("p_1", "Bus lanes", "From May", "https://example.org/p"),
        parent_external_id="c_0",
        permalink="https://example.org/p#c_1",
        language="de",
        occurred_at=datetime(2026, 10, 1, 10, tzinfo=UTC),
    )


def test_null_and_empty_count_as_absent() -> None:
    empty = dict.fromkeys(
        ("parent_external_id", "post_external_id", "post", "author", "language", "created_at", "event", "permalink")
    )
    assert only(**empty) == only() == CommentEvent(EventKind.ADDED, "c_1", "hi")
    assert only(language="", permalink="") == only()


def test_what_the_platform_tells_about_the_account_is_read() -> None:
    account = {"created_at": "2024-02-11T23:30:00-02:00", "followers": 312, "following": 0, "posts": 10**12}
    author = {"external_id": "u_1", "account": {**account, "default_picture": False, "verified": True, "place": "here"}}
    assert only(author=author).author == AuthorRef(
        "u_1", account=AccountFacts(date(2024, 2, 12), 312, 0, 10**12, default_picture=False)
    )


def test_what_is_not_told_about_an_account_is_not_known() -> None:
    assert only(author={"external_id": "u_1", "account": {}}).author == AuthorRef("u_1", account=AccountFacts())
    nothing = dict.fromkeys(("created_at", "followers", "following", "posts", "default_picture"))
    assert only(author={"external_id": "u_1", "account": nothing}).author == AuthorRef("u_1", account=AccountFacts())
    assert only(author={"external_id": "u_1", "account": None}).author == AuthorRef("u_1")


def test_an_account_may_be_a_little_ahead_of_our_clock() -> None:
    author = {"external_id": "u_1", "account": {"created_at": "2026-09-21T13:40:00Z"}}
    assert only(author=author).author == AuthorRef("u_1", account=AccountFacts(date(2026, 9, 21)))


def test_a_post_may_say_when_it_was_published() -> None:
    post = only(post={"external_id": "p_1", "created_at": "2026-09-21T12:00:00+02:00"}).post
    assert post == PostRef("p_1", published_at=datetime(2026, 9, 21, 10, tzinfo=UTC))


def test_a_post_may_be_named_by_its_id_alone() -> None:
    assert only(post_external_id="p_1").post == PostRef("p_1")


@pytest.mark.parametrize("post", [{"post_external_id": "p_1"}, {"post": {"external_id": "p_1"}}])
def test_a_comment_whose_parent_is_the_post_has_no_parent(post: dict[str, Any]) -> None:
    assert only(parent_external_id="p_1", **post).parent_external_id is None


def test_a_list_is_read_in_order() -> None:
    events = parse([{"external_id": f"c_{number}", "text": ""} for number in range(1_000)])
    assert [event.external_id for event in events] == [f"c_{number}" for number in range(1_000)]


def test_an_empty_list_holds_no_events() -> None:
    assert parse([]) == ()


def test_more_than_a_thousand_comments_are_too_many() -> None:
    with pytest.raises(FieldInvalid, match=r"at most 1,000"):
        parse([{"external_id": "c", "text": ""}] * 1_001)


@pytest.mark.parametrize("kind", list(EventKind))
def test_every_kind_of_event_can_be_sent(kind: EventKind) -> None:
    assert only(event=kind.value).kind is kind


@pytest.mark.parametrize("kind", ["removed", "hidden", "unhidden"])
def test_a_change_of_state_needs_no_text(kind: str) -> None:
    assert parse({"external_id": "c_1", "event": kind})[0].text == ""


@pytest.mark.parametrize(
    "text", ["", "\x00", "\ud83d", "\udc00\ud800", "\u202e\u2066abc", "\U0001f621" * 9, "x" * 100_000]
)
def test_a_text_is_taken_exactly_as_it_comes(text: str) -> None:
    event = only(
        text=text, author={"external_id": "u", "name": text[:1_000]}, post={"external_id": "p", "title": text[:1_000]}
    )
    assert event.text == text
    assert event.author is not None
    assert event.author.name == text[:1_000]
    assert event.post is not None
    assert event.post.title == text[:1_000]


def _account(**facts: Any) -> dict[str, Any]:
    return {"author": {"external_id": "u", "account": facts}}


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("external_id: is required", {"external_id": None}),
    ("external_id: must not be empty", {"external_id": ""}),
    ("external_id: must be a string", {"external_id": 7}),
    ("external_id: must be at most 512", {"external_id": "x" * 513}),
    ("external_id: must be printable", {"external_id": "a\x00"}),
    ("external_id: must be printable", {"external_id": "a\ud800"}),
    ("external_id: must be printable", {"external_id": " a"}),
    ("external_id: must be printable", {"external_id": "a\u202eb"}),
    ("text: is required", {"text": None}),
    ("text: must be a string", {"text": ["hi"]}),
    ("event: must be one of added, edited, removed, hidden, unhidden", {"event": "deleted"}),
    ("event: must be a string", {"event": True}),
    ("author: must be an object", {"author": "Sam"}),
    ("author.external_id: is required", {"author": {"name": "Sam"}}),
    ("author.external_id: must be a string", {"author": {"external_id": 5}}),
    ("author.name: must be a string", {"author": {"external_id": "u", "name": 5}}),
    ("author.name: must be at most 1,000", {"author": {"external_id": "u", "name": "x" * 1_001}}),
    ("author.handle: must be printable", {"author": {"external_id": "u", "handle": "a\n"}}),
    ("author.account: must be an object", {"author": {"external_id": "u", "account": 5}}),
    ("author.account.followers: must be a whole number from 0 to 1,000,000,000,000", _account(followers=-1)),
    ("author.account.followers: must be a whole number", _account(followers=10**12 + 1)),
    ("author.account.followers: must be a whole number", _account(followers=1.5)),
    ("author.account.following: must be a whole number", _account(following="12")),
    ("author.account.following: must be a whole number", _account(following=[3])),
    ("author.account.posts: must be a whole number", _account(posts=True)),
    ("author.account.default_picture: must be true or false", _account(default_picture=1)),
    ("author.account.default_picture: must be true or false", _account(default_picture="")),
    ("author.account.created_at: must be an ISO 8601 time with a zone", _account(created_at="2024-02-11")),
    ("author.account.created_at: must be a string", _account(created_at=1_790_000_000)),
    ("author.account.created_at: must not be in the future", _account(created_at="2026-09-23T00:00:00Z")),
    ("post: must be an object", {"post": []}),
    ("post.created_at: must be an ISO 8601 time", {"post": {"external_id": "p", "created_at": "noon"}}),
    ("post.external_id: is required", {"post": {"title": "x"}}),
    ("post.permalink: must be an http", {"post": {"external_id": "p", "permalink": "javascript:alert(1)"}}),
    ("parent_external_id: must not be the comment itself", {"parent_external_id": "c_1"}),
    ("permalink: must be an http", {"permalink": "data:text/html,x"}),
    ("permalink: must be an http", {"permalink": "https://x/" + "y" * 2_000}),
    ("language: must be a language tag", {"language": "english please"}),
    ("language: must be a language tag", {"language": "<b>"}),
    ("created_at: must be an ISO 8601 time", {"created_at": "2026-10-01T10:00:00"}),
    ("created_at: must be an ISO 8601 time", {"created_at": "yesterday"}),
    ("created_at: must be an ISO 8601 time", {"created_at": ""}),
    ("created_at: must be an ISO 8601 time", {"created_at": "9999-12-31T23:59:59-14:00"}),
    ("created_at: must be an ISO 8601 time", {"created_at": "0001-01-01T00:00:00+14:00"}),
    ("created_at: must be a string", {"created_at": 1790000000}),
]


@pytest.mark.parametrize(("message", "fields"), WRONG)
def test_a_wrong_field_is_named(message: str, fields: dict[str, Any]) -> None:
    with pytest.raises(FieldInvalid) as alone:
        only(**fields)
    assert str(alone.value).startswith(message)
    good = {"external_id": "c_0", "text": ""}
    with pytest.raises(FieldInvalid) as third:
        parse([good, good, {"external_id": "c_1", "text": "hi", **fields}])
    assert str(third.value).startswith(f"[2].{message}")
    assert third.value.field == f"[2].{alone.value.field}"


@pytest.mark.parametrize("item", ["x", 1, None, [], True])
def test_a_list_of_other_things_is_refused(item: object) -> None:
    with pytest.raises(FieldInvalid, match=r"\[0\]: must be an object"):
        parse([item])


@pytest.mark.parametrize(
    "body",
    [
        b"", b" ", b"{", b"\xff\xfe", b"null", b"7", b'"text"', b"true", b"{}{}", b"NaN", b'{"raw": NaN}',
        b'{"raw": -Infinity}', b'{"external_id": "a", "external_id": "b", "text": ""}', b'{"raw": {"x": 1, "x": 2}}',
        b"[" * 100_000, b'{"a":' * 100_000, b'{"raw": ' + b"9" * 5_000 + b"}", b'{"text": "\xed\xa0\x80"}',
        '{"external_id": "a", "text": "x"}'.encode("utf-16"),
    ],
)  # fmt: skip
def test_what_is_not_json_of_ours_is_malformed(body: bytes) -> None:
    with pytest.raises(PayloadMalformed):
        WEBHOOK.parse(CHANNEL, body)


def test_there_is_no_handshake() -> None:
    with pytest.raises(HandshakeFailed):
        WEBHOOK.handshake(CHANNEL, {"hub.challenge": "1"})
