"""Signed bytes in, comment events out: Standard Webhooks signatures and our own canonical comment."""

import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from standardwebhooks import Webhook
from standardwebhooks.webhooks import EmptyWebhookSecretError

from moderator import clock
from moderator.connectors.base import (
    AccountFacts,
    AuthorRef,
    Channel,
    CommentEvent,
    EventKind,
    FieldInvalid,
    Parsed,
    PayloadMalformed,
    PostRef,
    SignatureInvalid,
)
from moderator.connectors.fields import PREVIOUS
from moderator.connectors.reading import NAME_LIMIT, Reader, read_json

MOST_COMMENTS = 1_000
#: how far a sender's clock and ours may be apart; the standard's own figure
TOLERANCE = timedelta(minutes=5)
#: an account may be this much younger than our clock says
_AHEAD = timedelta(days=1)


def verify(channel: Channel, headers: Mapping[str, str], body: bytes) -> None:
    """Check the signature with the channel's secret, or with the one before it while it is rotated."""
    lowered = {name.lower(): value for name, value in headers.items()}
    message_id, timestamp, signatures = (_header(lowered, part) for part in ("id", "timestamp", "signature"))
    sent_at = _sent_at(timestamp)
    expected = [
        signature
        for key in ("signing_secret", "signing_secret" + PREVIOUS)
        if (signature := _sign(channel.secrets.get(key, ""), message_id, sent_at, body)) is not None
    ]
    given = [one.encode("utf-8", "replace") for one in signatures.split()]
    if not any(hmac.compare_digest(ours, theirs) for ours in expected for theirs in given):
        raise SignatureInvalid("no signature in webhook-signature was made with this channel's secret")


def parse(channel: Channel, body: bytes) -> Parsed:
    """Read one comment or a list of them. One wrong field refuses the whole delivery: the sender can mend it."""
    return Parsed(read_comments(read_json(body, unique_keys=True)))


def read_comments(payload: object, path: str = "") -> tuple[CommentEvent, ...]:
    """The same of JSON that is parsed already and stood at `path`."""
    if isinstance(payload, dict):
        return (_event(Reader(payload, path)),)
    if not isinstance(payload, list):
        raise PayloadMalformed("the body must be an object or an array of objects")
    if len(payload) > MOST_COMMENTS:
        raise FieldInvalid(f"{path}[{MOST_COMMENTS}]", f"at most {MOST_COMMENTS:,} comments fit in one delivery")
    return tuple(_event(Reader(item, f"{path}[{index}]")) for index, item in enumerate(payload))


def _header(lowered: Mapping[str, str], part: str) -> str:
    value = lowered.get(f"webhook-{part}", "")
    if not value:
        raise SignatureInvalid(f"the header webhook-{part} is missing")
    return value


def _sent_at(timestamp: str) -> datetime:
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 11):
        raise SignatureInvalid("webhook-timestamp must be whole seconds since 1970")
    sent_at = datetime.fromtimestamp(int(timestamp), UTC)
    if abs(clock.now() - sent_at) > TOLERANCE:
        raise SignatureInvalid("webhook-timestamp is more than five minutes away from our clock")
    return sent_at


def _sign(secret: str, message_id: str, sent_at: datetime, body: bytes) -> bytes | None:
    """The one signature that fits; None where there is no such secret or these bytes cannot have been signed."""
    try:
        return Webhook(secret).sign(message_id, sent_at, body.decode()).encode()
    except (EmptyWebhookSecretError, ValueError):
        return None


def _event(comment: Reader) -> CommentEvent:
    kind = EventKind(comment.choice("event", EventKind, EventKind.ADDED))
    text = comment.string("text")
    if kind in (EventKind.ADDED, EventKind.EDITED) and not comment.has("text"):
        comment.fail("text", "is required")
    external_id = comment.required_identifier("external_id")
    parent = comment.identifier("parent_external_id")
    if parent == external_id:
        comment.fail("parent_external_id", "must not be the comment itself")
    post = _post(comment)
    return CommentEvent(
        kind=kind,
        external_id=external_id,
        text=text,
        author=_author(comment.child("author")),
        post=post,
        parent_external_id=None if post and parent == post.external_id else parent,
        permalink=comment.address("permalink"),
        language=comment.language("language"),
        occurred_at=comment.moment("created_at"),
    )


def _author(author: Reader | None) -> AuthorRef | None:
    if author is None:
        return None
    return AuthorRef(
        external_id=author.required_identifier("external_id"),
        name=author.string("name", limit=NAME_LIMIT),
        handle=author.word("handle"),
        account=_account(author.child("account")),
    )


def _account(account: Reader | None) -> AccountFacts | None:
    if account is None:
        return None
    since = account.moment("created_at")
    if since is not None and since > clock.now() + _AHEAD:
        account.fail("created_at", "must not be in the future")
    return AccountFacts(
        since=since.date() if since else None,
        followers=account.count("followers"),
        following=account.count("following"),
        posts=account.count("posts"),
        default_picture=account.flag("default_picture"),
    )


def _post(comment: Reader) -> PostRef | None:
    named = comment.identifier("post_external_id")
    post = comment.child("post")
    if post is None:
        return PostRef(named) if named else None
    return PostRef(
        external_id=post.required_identifier("external_id"),
        title=post.string("title", limit=NAME_LIMIT),
        text=post.string("text"),
        permalink=post.address("permalink"),
        published_at=post.moment("created_at"),
    )
