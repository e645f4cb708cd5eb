"""The `facebook` connector: the comments of one Facebook Page."""

import re
from collections.abc import Mapping

from moderator.connectors.base import Capability, Channel, Field, Order, Parsed, Receipt
from moderator.connectors.facebook import deliver, parse
from moderator.connectors.facebook.graph import DEFAULT_URL, DEFAULT_VERSION
from moderator.connectors.fields import digits_problem, make_token, secure_address_problem, token_problem
from moderator.domain.vocabulary import Verb

_VERSION = re.compile(r"v[0-9]{1,3}\.[0-9]{1,2}", re.ASCII)


def _version_problem(value: str) -> str | None:
    return None if _VERSION.fullmatch(value) else f"must look like {DEFAULT_VERSION}"


_FIELDS = (
    Field(
        key="page_id",
        label="Page ID",
        help="The number under About, Page transparency. Changes of other Pages are left alone.",
        required=True,
        problem=digits_problem,
    ),
    Field(
        key="page_access_token",
        label="Page access token",
        help="Long-lived, of a person who may moderate the Page.",
        secret=True,
        required=True,
        problem=token_problem,
    ),
    Field(
        key="app_secret",
        label="App secret",
        help="From the Meta app's basic settings. Meta signs each delivery with it.",
        secret=True,
        required=True,
        problem=token_problem,
    ),
    Field(
        key="verify_token",
        label="Verify token",
        help="Paste it beside the hook's address in the Meta app's webhook settings.",
        secret=True,
        required=True,
        make=make_token,
        problem=token_problem,
    ),
    Field(
        key="graph_version",
        label="Graph API version",
        default=DEFAULT_VERSION,
        problem=_version_problem,
    ),
    Field(
        key="graph_url",
        label="Graph API address",
        help="Change it only to go through a gateway of your own.",
        default=DEFAULT_URL,
        problem=secure_address_problem,
    ),
)

_CAPABILITIES = {
    Verb.HIDE: Capability("Hides the comment on the Page; its author still sees it.", reversible=True),
    Verb.UNHIDE: Capability("Shows the hidden comment on the Page again.", reversible=True),
    Verb.DELETE: Capability("Deletes the comment from Facebook. This cannot be taken back.", reversible=False),
    Verb.BLOCK: Capability(
        "Bans the author from the Page: they cannot comment on it until unblocked.", reversible=True
    ),
    Verb.UNBLOCK: Capability("Lifts the ban, so that the author can comment on the Page again.", reversible=True),
    Verb.REPLY: Capability(
        "Replies under the comment, as the Page. Only a person can delete the reply, on Facebook.", reversible=False
    ),
    Verb.REDIRECT: Capability(
        "Tells the author, in a reply of the Page, where the matter belongs. Only a person can delete it, on Facebook.",
        reversible=False,
    ),
    Verb.LIMIT_COMMENTS: Capability(
        "A person limits who may comment in the post's settings on Facebook.", reversible=True, automatic=False
    ),
    Verb.REPORT_PLATFORM: Capability(
        "A person reports the comment to Facebook, from the comment's menu there.", reversible=False, automatic=False
    ),
    Verb.REPORT_POLICE: Capability("A person reports the comment to the police.", reversible=False, automatic=False),
}


class FacebookConnector:
    name = "facebook"
    title = "Facebook Page"
    fields = _FIELDS

    def capabilities(self, channel: Channel) -> Mapping[Verb, Capability]:
        return _CAPABILITIES

    def handshake(self, channel: Channel, query: Mapping[str, str]) -> str:
        return parse.handshake(channel, query)

    def verify(self, channel: Channel, headers: Mapping[str, str], body: bytes) -> None:
        parse.verify(channel, headers, body)

    def parse(self, channel: Channel, body: bytes) -> Parsed:
        return parse.parse(channel, body)

    def deliver(self, channel: Channel, order: Order) -> Receipt:
        return deliver.deliver(channel, order)
