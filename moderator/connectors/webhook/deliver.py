"""An order out as one signed event, the receiver's answer back as a receipt.

The event is thin on purpose: it names the comment and never carries its text. What the author is to be told it does.
"""

import json
from collections.abc import Mapping
from typing import Any

from standardwebhooks import Webhook
from standardwebhooks.webhooks import EmptyWebhookSecretError

from moderator import clock
from moderator.connectors import http
from moderator.connectors.base import Channel, Order, Outcome, Receipt, describe
from moderator.connectors.fields import PREVIOUS
from moderator.domain.vocabulary import WRITTEN, Verb

#: Verbs that travel as events. A report to the police is made by a person, never by a message.
EVENTS = frozenset(
    {
        Verb.HIDE,
        Verb.UNHIDE,
        Verb.DELETE,
        Verb.BLOCK,
        Verb.UNBLOCK,
        Verb.MUTE,
        Verb.UNMUTE,
        Verb.REPLY,
        Verb.LIMIT_COMMENTS,
        Verb.REPORT_PLATFORM,
        Verb.REDIRECT,
    }
)

#: bytes; the standard asks for less than 20 kB
LARGEST_EVENT = 20_000
_LONGEST_TITLE = 200

_THROTTLED = frozenset({429, 502, 504})
_STOPPED = frozenset({401, 403, 410})
_PASSING = frozenset({408, 409, 425})


def deliver(channel: Channel, order: Order) -> Receipt:
    """Send one order to the channel's `target_url`. The event's id is the order's id, on every attempt."""
    url = channel.config.get("target_url", "")
    if not url or order.verb not in EVENTS:
        return Receipt(Outcome.REFUSED, f"nothing receives {order.verb} for this channel: a person does it by hand")
    content = event(channel, order)
    try:
        headers = _signed_headers(channel, order, content)
    except (EmptyWebhookSecretError, ValueError):
        return Receipt(Outcome.CHANNEL_STOPPED, "the outbound secret is missing or damaged: rotate it")
    try:
        answer = http.send("POST", url, headers=headers, content=content)
    except http.CannotSend as error:
        return Receipt(Outcome.CHANNEL_STOPPED, describe(error, secrets=channel.secrets.values()))
    except http.NoAnswer as error:
        return Receipt(Outcome.RETRY, describe(error, secrets=channel.secrets.values()))
    return _receipt(channel, answer)


def event(channel: Channel, order: Order) -> bytes:
    """The body: UTF-8 JSON below `LARGEST_EVENT`. Where the rules do not fit, the last ones are left out.

    What is to be written to the author is never cut: it is short enough to leave room for all the rest.
    """
    rules = [{"id": rule["id"], "title": rule["title"][:_LONGEST_TITLE]} for rule in order.rules]
    while True:
        content = _encode(channel, order, rules)
        if len(content) < LARGEST_EVENT or not rules:
            return content
        rules = rules[: len(rules) // 2]


def _encode(channel: Channel, order: Order, rules: list[dict[str, str]]) -> bytes:
    told = {"text": order.text} if order.verb in WRITTEN else {}
    payload = {
        "type": f"comment.{order.verb}",
        "timestamp": order.decided_at.isoformat().replace("+00:00", "Z"),
        "data": {
            "action_id": order.id,
            "sequence": order.sequence,
            "verb": order.verb,
            "comment_id": order.comment_external_id,
            "author_id": order.author_external_id,
            "post_id": order.post_external_id,
            "channel": channel.id,
            "rules": rules,
            "guidelines_url": order.guidelines_url,
            **told,
        },
    }
    # A lone surrogate in a title has no UTF-8: it becomes a question mark.
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _signed_headers(channel: Channel, order: Order, content: bytes) -> dict[str, str]:
    sent_at = clock.now()
    secrets = [channel.secrets.get("outbound_secret", "")]
    if previous := channel.secrets.get("outbound_secret" + PREVIOUS):
        secrets.append(previous)
    signatures = [Webhook(secret).sign(order.id, sent_at, content.decode()) for secret in secrets]
    return {
        "Content-Type": "application/json",
        "webhook-id": order.id,
        "webhook-timestamp": str(int(sent_at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def _receipt(channel: Channel, answer: http.Answer) -> Receipt:
    outcome, said = _outcome(answer.status), _said(answer.json())
    if outcome is Outcome.DONE and said.get("status") == "already_done":
        outcome = Outcome.ALREADY_DONE
    notes = [note for key in ("receipt", "detail") if isinstance(note := said.get(key), str) and note]
    if not notes and not answer.ok:
        notes = [f"the receiver answered {answer.status}"]
    return Receipt(
        outcome=outcome,
        detail=describe(" · ".join(notes), secrets=channel.secrets.values()),
        status_code=answer.status,
        retry_after_seconds=None if answer.ok else answer.retry_after_seconds(),
    )


def _said(body: Any) -> Mapping[str, Any]:
    return body if isinstance(body, dict) else {}


def _outcome(status: int) -> Outcome:
    if 200 <= status < 300:
        return Outcome.DONE
    if status in _THROTTLED:
        return Outcome.THROTTLED
    if status in _STOPPED:
        return Outcome.CHANNEL_STOPPED
    if 400 <= status < 500 and status not in _PASSING:
        return Outcome.REFUSED
    # Redirects are here on purpose: following one would hand a signed event to whoever is named.
    return Outcome.RETRY
