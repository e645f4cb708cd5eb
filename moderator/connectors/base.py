"""The contract every connector keeps. A connector speaks one platform's language and decides nothing.

One folder per connector, all of the same shape: `connector.py` (the class), `parse.py` (bytes in,
events out), `deliver.py` (an order out, a receipt in). `tests/contracts/` runs one suite over all.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Protocol

from moderator.domain.vocabulary import Verb


@dataclass(frozen=True, slots=True)
class Field:
    """One thing a channel of this connector must or may be given."""

    key: str
    label: str
    help: str = ""
    secret: bool = False
    required: bool = False
    default: str = ""
    #: makes a fresh value, for what the service makes itself (a signing secret) and can rotate
    make: Callable[[], str] | None = None
    #: says in half a sentence what is wrong with a value ("must be digits"); None where it is fine
    problem: Callable[[str], str | None] | None = None

    @property
    def generated(self) -> bool:
        """The service makes this value. While it is rotated, the old one is in secrets under `<key>_previous`."""
        return self.make is not None


@dataclass(frozen=True, slots=True)
class Capability:
    """What a verb really does on this platform, in a sentence for the person about to press it."""

    does: str
    reversible: bool
    #: False: the platform has no call for it, so a person does it there by hand
    automatic: bool = True


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel as its connector sees it. `secrets` are in the clear: never log this object."""

    id: str
    external_id: str
    name: str
    config: Mapping[str, str]
    secrets: Mapping[str, str] = field(repr=False)


class EventKind(StrEnum):
    ADDED = "added"
    EDITED = "edited"
    REMOVED = "removed"
    HIDDEN = "hidden"
    UNHIDDEN = "unhidden"


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """What a platform tells about an account, and `classifiers.automation` reads; None where it does not tell."""

    since: date | None = None
    followers: int | None = None
    following: int | None = None
    posts: int | None = None
    default_picture: bool | None = None


@dataclass(frozen=True, slots=True)
class AuthorRef:
    external_id: str
    name: str = ""
    handle: str = ""
    account: AccountFacts | None = None


@dataclass(frozen=True, slots=True)
class PostRef:
    external_id: str
    title: str = ""
    text: str = ""
    permalink: str = ""
    #: when it was published; None where the platform does not say
    published_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CommentEvent:
    """Something that happened to one comment on a platform. Texts are exactly as they came."""

    kind: EventKind
    external_id: str
    text: str = ""
    author: AuthorRef | None = None
    post: PostRef | None = None
    parent_external_id: str | None = None
    permalink: str = ""
    language: str | None = None
    #: when it happened there; None where the platform does not say
    occurred_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Parsed:
    """What one delivery held."""

    events: tuple[CommentEvent, ...] = ()
    #: one sentence for each thing that could not be read and was left out, where the platform cannot mend what it sent
    skipped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Order:
    """One action to carry out. `id` is the same on every attempt: it is the idempotency key."""

    id: str
    verb: Verb
    comment_external_id: str
    author_external_id: str | None
    post_external_id: str | None
    #: grows with each order for the same comment, so that a receiver can drop a late one
    sequence: int
    decided_at: datetime
    #: the rules cited, as {"id", "title"}, and where the version can be read
    rules: Sequence[Mapping[str, str]] = ()
    guidelines_url: str = ""
    #: what to write to the author, of a reply or a redirection
    text: str = ""


class Outcome(StrEnum):
    """What became of one attempt. Only DONE and ALREADY_DONE end the order well."""

    DONE = "done"
    ALREADY_DONE = "already_done"
    #: a fault that passes: try again
    RETRY = "retry"
    #: the platform asks for less: wait `retry_after`, then try again
    THROTTLED = "throttled"
    #: nothing on this channel will work until a person mends it (token, permission, endpoint gone)
    CHANNEL_STOPPED = "channel_stopped"
    #: this one order will never work; a person must look
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Receipt:
    """The platform's answer to one attempt, fit to store: no secret, no header, at most 500 characters."""

    outcome: Outcome
    detail: str = ""
    status_code: int | None = None
    retry_after_seconds: float | None = None


class Refusal(Exception):
    """An inbound request that is not taken. `status` is the HTTP status, the message is for the sender."""

    status = 400


class SignatureInvalid(Refusal):
    """The bytes were not signed with this channel's secret, or too long ago."""

    status = 401


class HandshakeFailed(Refusal):
    """The platform's subscription check did not carry our token."""

    status = 403


class PayloadMalformed(Refusal):
    """The bytes cannot be read as this platform's envelope."""

    status = 400


class FieldInvalid(Refusal):
    """The envelope can be read, but a field is missing or wrong; `field` is its path, as `[3].author.name`."""

    status = 422

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field


class Connector(Protocol):
    """One platform's contract. Instances hold no channel state and are shared by threads."""

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def fields(self) -> tuple[Field, ...]: ...

    def capabilities(self, channel: Channel) -> Mapping[Verb, Capability]:
        """Every verb a person may press for this channel; verbs left out do not exist there."""
        ...

    def handshake(self, channel: Channel, query: Mapping[str, str]) -> str:
        """Answer the platform's GET check with the text to return. Raises `HandshakeFailed`."""
        ...

    def verify(self, channel: Channel, headers: Mapping[str, str], body: bytes) -> None:
        """Check the signature over the raw bytes. Header names are case-insensitive. Raises `SignatureInvalid`."""
        ...

    def parse(self, channel: Channel, body: bytes) -> Parsed:
        """Read verified bytes; events that are not about other people's comments are left out.

        Raises `PayloadMalformed` or `FieldInvalid`; then nothing of the delivery is taken.
        """
        ...

    def deliver(self, channel: Channel, order: Order) -> Receipt:
        """Carry out one order. Never raises for anything the platform or the network does."""
        ...


def describe(value: Any, limit: int = 500, secrets: Iterable[str] = ()) -> str:
    """A platform's answer cut to what a receipt may keep: control characters and `secrets` blotted out."""
    text = str(value)
    for secret in secrets:
        if secret:
            text = text.replace(secret, "[secret]")
    text = "".join(c if c.isprintable() else " " for c in text)
    return text if len(text) <= limit else text[: limit - 1] + "…"
