"""The `webhook` connector: for page-management tools, automations and anything else that can sign JSON."""

from collections.abc import Mapping
from typing import NoReturn

from moderator.connectors.base import Capability, Channel, Field, HandshakeFailed, Order, Parsed, Receipt
from moderator.connectors.fields import address_problem, make_signing_secret, refusal_problem, signing_secret_problem
from moderator.connectors.webhook import deliver, parse
from moderator.domain.vocabulary import Verb

_FIELDS = (
    Field(
        key="target_url",
        label="Where actions are sent",
        help="The address of the tool that carries actions out. Leave it empty to carry them out by hand.",
        problem=address_problem,
    ),
    Field(
        key="account_facts",
        label="Facts about accounts",
        help="Write no, and what the sender tells about accounts (age, counts, picture) is not kept.",
        problem=refusal_problem,
    ),
    Field(
        key="signing_secret",
        label="Secret for comments coming in",
        help="The sender signs each delivery with it, as Standard Webhooks describes.",
        secret=True,
        required=True,
        make=make_signing_secret,
        problem=signing_secret_problem,
    ),
    Field(
        key="outbound_secret",
        label="Secret for actions going out",
        help="The receiver checks our signature with it before it does anything.",
        secret=True,
        required=True,
        make=make_signing_secret,
        problem=signing_secret_problem,
    ),
)

#: verb: what the receiving tool is told, what a person does where no tool is named, can it be taken back
_VERBS: dict[Verb, tuple[str, str, bool]] = {
    Verb.HIDE: ("hide the comment", "hides the comment", True),
    Verb.UNHIDE: ("show the comment again", "shows the comment again", True),
    Verb.DELETE: (
        "delete the comment, which cannot be taken back",
        "deletes the comment, which cannot be taken back",
        False,
    ),
    Verb.BLOCK: (
        "block the author, who then cannot comment there until unblocked",
        "blocks the author, who then cannot comment there until unblocked",
        True,
    ),
    Verb.UNBLOCK: ("unblock the author", "unblocks the author", True),
    Verb.MUTE: ("mute the author", "mutes the author", True),
    Verb.UNMUTE: ("stop muting the author", "stops muting the author", True),
    Verb.REPLY: ("reply to the comment in your words", "replies to the comment in your words", False),
    Verb.LIMIT_COMMENTS: (
        "limit who may comment under the post",
        "limits who may comment under the post",
        True,
    ),
    Verb.REPORT_PLATFORM: ("report the comment to the platform", "reports the comment to the platform", False),
    Verb.REPORT_POLICE: ("", "reports the comment to the police", False),
    Verb.REDIRECT: (
        "tell the author, in your words, where the matter belongs",
        "tells the author, in your words, where the matter belongs",
        False,
    ),
}


class WebhookConnector:
    name = "webhook"
    title = "Signed webhook"
    fields = _FIELDS

    def capabilities(self, channel: Channel) -> Mapping[Verb, Capability]:
        told = bool(channel.config.get("target_url"))
        return {verb: _capability(verb, told) for verb in _VERBS}

    def handshake(self, channel: Channel, query: Mapping[str, str]) -> NoReturn:
        raise HandshakeFailed("signed webhooks have no handshake: send a signed POST")

    def verify(self, channel: Channel, headers: Mapping[str, str], body: bytes) -> None:
        parse.verify(channel, headers, body)

    def parse(self, channel: Channel, body: bytes) -> Parsed:
        return parse.parse(channel, body)

    def deliver(self, channel: Channel, order: Order) -> Receipt:
        return deliver.deliver(channel, order)


def _capability(verb: Verb, told: bool) -> Capability:
    asked, done, reversible = _VERBS[verb]
    if told and verb in deliver.EVENTS:
        return Capability(f"Tells the connected tool to {asked}.", reversible)
    where = "" if verb is Verb.REPORT_POLICE else "On the platform, by hand: "
    return Capability(f"{where}{'A' if not where else 'a'} person {done}.", reversible, automatic=False)
