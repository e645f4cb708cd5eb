import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from moderator.connectors import registry
from moderator.connectors.base import (
    AuthorRef,
    Channel,
    CommentEvent,
    EventKind,
    HandshakeFailed,
    Parsed,
    PayloadMalformed,
    PostRef,
    SignatureInvalid,
)
from tests.fakes.graph import comment_change, delivery, signature

SECRET = "app-secret-for-tests"
PAGE = "1000001"
FACEBOOK = registry.get("facebook")
CHANNEL = Channel("ch1", PAGE, "Page", {"page_id": PAGE}, {"app_secret": SECRET, "verify_token": "our-token"})
AT = datetime.fromtimestamp(1789999999, UTC)

M1 = (
    rb'{"object":"page","entry":[{"id":"1000001","time":1790000000,"changes":[{"field":"feed","value":{"item":"comment",'
    rb'"verb":"add","comment_id":"2000002_3000003","post_id":"1000001_2000002","parent_id":"1000001_2000002",'
    rb'"from":{"id":"4000004","name":"Sam Example"},"message":"Sch\u00e4m dich \ud83d\ude21",'
    rb'"created_time":1789999999}}]}]}'
)
M1_SIGNATURE = "sha256=51df14ab0cc83045875d9d2976012fb6463fd75df0e6b5c33f30691214e238f6"


def parse(*values: dict[str, Any]) -> Parsed:
    return FACEBOOK.parse(CHANNEL, delivery(PAGE, *values))


def only(verb: str = "add", sender: Any = ..., **fields: Any) -> CommentEvent:
    """The one event of one change; `sender` is its `from`."""
    if sender is not ...:
        fields["from"] = sender
    parsed = parse(comment_change(verb, "2000002_3000003", **fields))
    assert parsed.skipped == ()
    (event,) = parsed.events
    return event


def skipped(*values: dict[str, Any]) -> str:
    parsed = parse(*values)
    assert parsed.events == ()
    (reason,) = parsed.skipped
    return reason


def test_the_published_vector_holds() -> None:
    assert len(M1) == 332
    FACEBOOK.verify(CHANNEL, {"X-Hub-Signature-256": M1_SIGNATURE}, M1)
    (event,) = FACEBOOK.parse(CHANNEL, M1).events
    assert event.text == "Sch\u00e4m dich \U0001f621"


def test_bytes_that_were_written_anew_do_not_carry_the_signature_any_more() -> None:
    rewritten = json.dumps(json.loads(M1), separators=(",", ":"), ensure_ascii=False).encode()
    with pytest.raises(SignatureInvalid):
        FACEBOOK.verify(CHANNEL, {"X-Hub-Signature-256": M1_SIGNATURE}, rewritten)


@pytest.mark.parametrize(
    "value",
    ["", M1_SIGNATURE[7:], M1_SIGNATURE.upper(), M1_SIGNATURE[:-1], "sha256=", "sha256=\u00e9", "\ud800"],
)
def test_any_other_header_is_a_wrong_signature(value: str) -> None:
    with pytest.raises(SignatureInvalid):
        FACEBOOK.verify(CHANNEL, {"X-Hub-Signature-256": value}, M1)


def test_the_older_header_is_not_looked_at() -> None:
    with pytest.raises(SignatureInvalid):
        FACEBOOK.verify(CHANNEL, {"X-Hub-Signature": M1_SIGNATURE}, M1)
    FACEBOOK.verify(CHANNEL, {"x-hub-signature-256": M1_SIGNATURE, "x-hub-signature": "sha1=wrong"}, M1)


def test_without_an_app_secret_nothing_is_taken() -> None:
    with pytest.raises(SignatureInvalid):
        FACEBOOK.verify(replace(CHANNEL, secrets={"app_secret": ""}), signature("", M1), M1)


def test_the_challenge_goes_back_as_it_came() -> None:
    query = {"hub.mode": "subscribe", "hub.verify_token": "our-token", "hub.challenge": "0012 <b>\u00e4"}
    assert FACEBOOK.handshake(CHANNEL, query) == "0012 <b>\u00e4"


@pytest.mark.parametrize(
    "wrong",
    [
        {"hub.verify_token": "another"},
        {"hub.verify_token": ""},
        {"hub.verify_token": "our-token\u00e9"},
        {"hub.verify_token": "\ud800"},
        {"hub.mode": "unsubscribe"},
        {"hub.mode": ""},
        {"hub.challenge": ""},
    ],
)
def test_a_handshake_without_our_token_fails(wrong: dict[str, str]) -> None:
    query = {"hub.mode": "subscribe", "hub.verify_token": "our-token", "hub.challenge": "7"}
    with pytest.raises(HandshakeFailed):
        FACEBOOK.handshake(CHANNEL, query | wrong)
    with pytest.raises(HandshakeFailed):
        FACEBOOK.handshake(CHANNEL, {key: value for key, value in query.items() if key not in wrong})


def test_a_channel_without_a_token_shakes_no_hands() -> None:
    query = {"hub.mode": "subscribe", "hub.verify_token": "", "hub.challenge": "7"}
    with pytest.raises(HandshakeFailed):
        FACEBOOK.handshake(replace(CHANNEL, secrets={}), query)


def test_a_new_comment_is_read() -> None:
    event = only(
        message="You should be ashamed",
        post={
            "id": "1000001_2000002",
            "status_type": "added_photos",
            "is_published": True,
            "permalink_url": "https://www.facebook.com/x/posts/y",
        },
    )
    assert event == CommentEvent(
        kind=EventKind.ADDED,
        external_id="2000002_3000003",
        text="You should be ashamed",
        author=AuthorRef("4000004", "Sam Example"),
        post=PostRef("1000001_2000002", permalink="https://www.facebook.com/x/posts/y"),
        occurred_at=AT,
    )


@pytest.mark.parametrize("verb", ["edited", "edit"])
def test_an_edit_carries_the_new_text(verb: str) -> None:
    event = only(verb, sender={"id": "4000004", "name": "Sam"}, message="edited text")
    assert (event.kind, event.text) == (EventKind.EDITED, "edited text")


@pytest.mark.parametrize(
    ("verb", "kind"), [("remove", EventKind.REMOVED), ("hide", EventKind.HIDDEN), ("unhide", EventKind.UNHIDDEN)]
)
@pytest.mark.parametrize("actor", [{"sender_id": 1000001, "sender_name": "Page"}, {"from": {"id": "4000004"}}, {}])
def test_a_change_of_state_is_told_whoever_made_it_and_names_no_author(
    verb: str, kind: EventKind, actor: dict[str, Any]
) -> None:
    event = only(verb, created_time=1789999999, message="edited text", **actor)
    assert event == CommentEvent(kind, "2000002_3000003", post=PostRef("1000001_2000002"), occurred_at=AT)


@pytest.mark.parametrize("verb", ["add", "edited"])
@pytest.mark.parametrize("sender", [{"from": {"id": PAGE}}, {"from": None, "sender_id": int(PAGE)}])
def test_what_the_page_says_itself_is_left_alone(verb: str, sender: dict[str, Any]) -> None:
    assert parse(comment_change(verb, "2000002_3000003", **sender)) == Parsed()


def test_the_older_way_to_name_the_author_is_read() -> None:
    event = only(sender=None, sender_id=4000004, sender_name="Sam")
    assert event.author == AuthorRef("4000004", "Sam")


@pytest.mark.parametrize(
    "sender", [None, {}, [], "Sam", {"id": None}, {"id": True}, {"id": "a/b"}, {"id": -1}, {"id": 10**50}]
)
def test_an_author_who_is_not_named_does_not_cost_the_comment(sender: object) -> None:
    assert only(sender=sender).author is None


def test_a_name_is_taken_as_it_comes_and_no_longer_than_a_name() -> None:
    assert only(sender={"id": "5", "name": "<b>\x00\ud800" + "x" * 5_000}).author == AuthorRef(
        "5", "<b>\x00\ud800" + "x" * 995
    )
    assert only(sender={"id": "5", "name": ["x"]}).author == AuthorRef("5", "")


def test_a_photo_without_words_is_an_empty_text() -> None:
    change = comment_change("add", "2000002_3000003", photo="https://example.org/photo.jpg")
    del change["message"]
    assert parse(change).events[0].text == ""


@pytest.mark.parametrize("text", ["\x00", "\ud83d", "\udc00\ud800", "\u202e", "x" * 100_000])
def test_a_text_is_taken_exactly_as_it_comes(text: str) -> None:
    assert only(message=text).text == text


def test_a_message_that_is_no_text_does_not_cost_the_comment() -> None:
    parsed = parse(comment_change("add", "2000002_3000003", message={"x": 1}))
    assert parsed.events[0].text == ""
    assert parsed.skipped == ("entry[0].changes[0].message: not a text; the comment was taken without it",)


@pytest.mark.parametrize(
    ("parent", "expected"),
    [
        ("1000001_2000002", None),
        ("2000002", None),
        ("2000002_3000003", None),
        (None, None),
        ("nonsense", None),
        ("2000002_1", "2000002_1"),
    ],
)
def test_only_a_reply_to_a_comment_has_a_parent(parent: object, expected: str | None) -> None:
    assert only(parent_id=parent).parent_external_id == expected


@pytest.mark.parametrize("created", [None, "yesterday", True, -5, 0, 10**30, 1.5])
def test_without_a_usable_time_the_entrys_own_time_counts(created: object) -> None:
    assert only(created_time=created).occurred_at == datetime.fromtimestamp(1790000000, UTC)


def test_without_any_time_there_is_none() -> None:
    body = delivery(PAGE, comment_change("remove", "2000002_3000003"), time=-1)
    assert FACEBOOK.parse(CHANNEL, body).events[0].occurred_at is None


def test_a_post_may_be_named_in_either_place_or_not_at_all() -> None:
    assert only(post_id=None, post={"id": "1_2"}).post == PostRef("1_2")
    assert only(post_id=None).post is None
    assert only(post={"permalink_url": "javascript:alert(1)"}).post == PostRef("1000001_2000002")


@pytest.mark.parametrize("item", ["post", "status", "photo", "reaction", "like", "album", None, 7, []])
def test_other_items_are_none_of_ours(item: object) -> None:
    assert parse(comment_change("add", "2000002_3000003", item=item)) == Parsed()


def test_other_subscriptions_are_none_of_ours() -> None:
    changes = [{"field": "mention", "value": {"item": "comment"}}, {"field": ["feed"]}]
    entries = [{"id": PAGE, "changes": changes}, {"id": PAGE, "messaging": [{}]}]
    assert FACEBOOK.parse(CHANNEL, json.dumps({"object": "page", "entry": entries}).encode()) == Parsed()


def test_a_thousand_changes_in_many_entries_are_read_in_order() -> None:
    def entry(first: int) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(
            delivery(PAGE, *(comment_change("add", f"2_{first + n}") for n in range(100)))
        )
        return dict(body["entry"][0])

    body = json.dumps({"object": "page", "entry": [entry(100 * number) for number in range(10)]}).encode()
    parsed = FACEBOOK.parse(CHANNEL, body)
    assert [event.external_id for event in parsed.events] == [f"2_{number}" for number in range(1_000)]


def test_one_change_that_cannot_be_read_does_not_cost_the_others() -> None:
    good = comment_change("add", "2_1")
    parsed = parse(good, comment_change("add", "../me"), comment_change("bless", "2_3"), comment_change("add", "2_4"))
    assert [event.external_id for event in parsed.events] == ["2_1", "2_4"]
    assert parsed.skipped == (
        "entry[0].changes[1]: a comment without a readable comment_id",
        "entry[0].changes[2]: a comment without a readable verb",
    )


@pytest.mark.parametrize(
    "comment", [None, "", "me", "2_", "2_3/likes", "2 3", "\u0662_3", 1.5, True, ["2_3"], "2" * 400]
)
def test_an_id_that_could_lead_elsewhere_is_not_taken(comment: Any) -> None:
    assert skipped(comment_change("add", comment)) == "entry[0].changes[0]: a comment without a readable comment_id"


@pytest.mark.parametrize("verb", [None, "", "bless", 7, ["add"], {}])
def test_a_verb_that_is_not_known_is_told_of(verb: Any) -> None:
    assert (
        skipped(comment_change("add", "2_3") | {"verb": verb})
        == "entry[0].changes[0]: a comment without a readable verb"
    )


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (7, "entry[0]: not an object"),
        ({"id": "999", "changes": []}, "entry[0]: about another Page than this channel's"),
        ({"changes": []}, "entry[0]: about another Page than this channel's"),
        ({"id": PAGE, "changes": {}}, "entry[0].changes: not a list"),
        ({"id": PAGE, "changes": [7]}, "entry[0].changes[0]: not an object"),
        ({"id": PAGE, "changes": [{"field": "feed", "value": 7}]}, "entry[0].changes[0].value: not an object"),
    ],
)
def test_an_entry_that_is_not_ours_to_read_is_told_of(entry: object, reason: str) -> None:
    body = json.dumps({"object": "page", "entry": [entry]}).encode()
    assert FACEBOOK.parse(CHANNEL, body) == Parsed(skipped=(reason,))


def test_a_page_may_be_numbered_with_a_number() -> None:
    body = delivery(PAGE, comment_change("add", "2_3")).replace(b'"id": "1000001"', b'"id": 1000001')
    assert len(FACEBOOK.parse(CHANNEL, body).events) == 1


def test_a_channel_without_a_page_in_its_settings_goes_by_its_own_id() -> None:
    body = delivery(PAGE, comment_change("add", "2_3"))
    assert len(FACEBOOK.parse(replace(CHANNEL, config={}), body).events) == 1


def test_a_delivery_about_something_else_than_a_page_is_told_of() -> None:
    parsed = FACEBOOK.parse(CHANNEL, b'{"object":"instagram","entry":[{"id":"1000001"}]}')
    assert parsed.events == ()
    assert "not about a Page" in parsed.skipped[0]


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b"{}", b'{"object":"page"}', b'{"object":"page","entry":{}}', b"\xff", b"[" * 99_999],
)
def test_an_envelope_that_cannot_be_read_is_refused(body: bytes) -> None:
    with pytest.raises(PayloadMalformed):
        FACEBOOK.parse(CHANNEL, body)
