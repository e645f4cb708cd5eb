"""Meta's webhooks in, comment events out: the handshake, the signature, the `feed` changes.

Meta sends what it sends and repeats a refused delivery for 36 hours, so only an envelope that cannot be read
at all is refused. One change that cannot be read is left out and told of; it never costs the others.
"""

import hmac
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

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
from moderator.connectors.reading import NAME_LIMIT, read_json, web_address

#: `<post>_<comment>` and the like: the only ids that may ever become part of a Graph address
GRAPH_ID = re.compile(r"[0-9]{1,40}(_[0-9]{1,40}){0,3}", re.ASCII)

_KINDS = {
    "add": EventKind.ADDED,
    "edited": EventKind.EDITED,
    "edit": EventKind.EDITED,
    "remove": EventKind.REMOVED,
    "hide": EventKind.HIDDEN,
    "unhide": EventKind.UNHIDDEN,
}
#: the events that carry a text and name its author; in the others `from` may be whoever acted
_SPOKEN = frozenset({EventKind.ADDED, EventKind.EDITED})


def page_id(channel: Channel) -> str:
    """The Page that this channel is."""
    return channel.config.get("page_id") or channel.external_id


def handshake(channel: Channel, query: Mapping[str, str]) -> str:
    """Meta's check of the address: our token must come, its challenge goes back as it is."""
    expected, given = channel.secrets.get("verify_token", ""), query.get("hub.verify_token", "")
    fits = hmac.compare_digest(expected.encode("utf-8", "replace"), given.encode("utf-8", "replace"))
    if query.get("hub.mode") != "subscribe" or not expected or not fits:
        raise HandshakeFailed("hub.mode must be subscribe and hub.verify_token must be this channel's")
    if not query.get("hub.challenge"):
        raise HandshakeFailed("hub.challenge is missing")
    return query["hub.challenge"]


def verify(channel: Channel, headers: Mapping[str, str], body: bytes) -> None:
    """Check `X-Hub-Signature-256` over the raw bytes. Meta also sends a SHA-1 header, which is not looked at."""
    secret = channel.secrets.get("app_secret", "")
    if not secret:
        raise SignatureInvalid("this channel has no app secret, so no signature can be checked")
    given = next((value for name, value in headers.items() if name.lower() == "x-hub-signature-256"), "")
    expected = "sha256=" + hmac.digest(secret.encode("utf-8", "replace"), body, "sha256").hex()
    if not hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace")):
        raise SignatureInvalid("X-Hub-Signature-256 was not made with this channel's app secret")


def parse(channel: Channel, body: bytes) -> Parsed:
    """Read a delivery of up to 1,000 changes. Raises `PayloadMalformed` for an unreadable envelope only."""
    envelope = read_json(body, unique_keys=False)
    if not isinstance(envelope, dict) or not isinstance(envelope.get("entry"), list):
        raise PayloadMalformed("the body must be an object with a list of entries")
    if envelope.get("object") != "page":
        return Parsed(skipped=("the delivery is not about a Page: subscribe the app to the Page's feed only",))
    events: list[CommentEvent] = []
    skipped: list[str] = []
    for index, entry in enumerate(envelope["entry"]):
        _read_entry(entry, f"entry[{index}]", page_id(channel), events, skipped)
    return Parsed(tuple(events), tuple(skipped))


def _read_entry(entry: Any, path: str, page: str, events: list[CommentEvent], skipped: list[str]) -> None:
    if not isinstance(entry, dict):
        skipped.append(f"{path}: not an object")
        return
    if _id(entry.get("id")) != page:
        skipped.append(f"{path}: about another Page than this channel's")
        return
    for where, value in _comment_changes(entry, path, skipped):
        event = _event(value, where, page, _moment(entry.get("time")), skipped)
        if event is not None:
            events.append(event)


def _comment_changes(entry: dict[str, Any], path: str, skipped: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every change about a comment, with where it stands. Other subscriptions and items are none of ours."""
    changes = entry.get("changes", [])
    if not isinstance(changes, list):
        skipped.append(f"{path}.changes: not a list")
        return
    for index, change in enumerate(changes):
        where = f"{path}.changes[{index}]"
        if not isinstance(change, dict):
            skipped.append(f"{where}: not an object")
        elif change.get("field") == "feed":
            value = change.get("value")
            if not isinstance(value, dict):
                skipped.append(f"{where}.value: not an object")
            elif value.get("item") == "comment":
                yield where, value


def _event(
    value: dict[str, Any], where: str, page: str, entry_time: datetime | None, skipped: list[str]
) -> CommentEvent | None:
    external_id, verb = _id(value.get("comment_id")), value.get("verb")
    kind = _KINDS.get(verb) if isinstance(verb, str) else None
    if external_id is None or kind is None:
        skipped.append(f"{where}: a comment without a readable {'verb' if external_id else 'comment_id'}")
        return None
    post = _post(value)
    occurred_at = _moment(value.get("created_time")) or entry_time
    if kind not in _SPOKEN:
        return CommentEvent(kind, external_id, post=post, occurred_at=occurred_at)
    author = _author(value)
    if author is not None and author.external_id == page:
        return None
    text = value.get("message")
    if text is not None and not isinstance(text, str):
        skipped.append(f"{where}.message: not a text; the comment was taken without it")
    return CommentEvent(
        kind=kind,
        external_id=external_id,
        text=text if isinstance(text, str) else "",
        author=author,
        post=post,
        parent_external_id=_parent(value, external_id, post),
        occurred_at=occurred_at,
    )


def _author(value: dict[str, Any]) -> AuthorRef | None:
    """From `from`, or from the older `sender_id` and `sender_name`."""
    sender = value.get("from")
    if not isinstance(sender, dict):
        sender = {"id": value.get("sender_id"), "name": value.get("sender_name")}
    external_id, name = _id(sender.get("id")), sender.get("name")
    if external_id is None:
        return None
    return AuthorRef(external_id, name[:NAME_LIMIT] if isinstance(name, str) else "")


def _post(value: dict[str, Any]) -> PostRef | None:
    post = value.get("post")
    details = post if isinstance(post, dict) else {}
    external_id = _id(value.get("post_id")) or _id(details.get("id"))
    if external_id is None:
        return None
    return PostRef(external_id, permalink=web_address(details.get("permalink_url")) or "")


def _parent(value: dict[str, Any], external_id: str, post: PostRef | None) -> str | None:
    """The comment that is answered. A comment directly under the post names the post itself, in full or in part."""
    parent = _id(value.get("parent_id"))
    own = {external_id, *((post.external_id, post.external_id.rsplit("_", 1)[-1]) if post else ())}
    return None if parent in own else parent


def _id(value: Any) -> str | None:
    """Meta writes most ids as strings and some, in older events, as numbers."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**40:
        value = str(value)
    return value if isinstance(value, str) and GRAPH_ID.fullmatch(value) else None


def _moment(value: Any) -> datetime | None:
    """Unix seconds, where they are a time at all."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 2**34:
        return None
    return datetime.fromtimestamp(value, UTC)
