"""A page-management tool that receives signed actions, checks them as Standard Webhooks says and acts once on each."""

import json
from collections.abc import Sequence
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError

from tests.fakes.server import Call, FakeServer, Reply


class Receiver(FakeServer):
    """Takes events signed with any of `secrets`. `events` holds what it carried out, each id once, in order.

    `replies` are given first, one per call and unlooked-at; when they run out, events are really received.
    """

    def __init__(self, secrets: Sequence[str]) -> None:
        super().__init__()
        self.secrets = list(secrets)
        self.replies: list[Reply] = []
        self.events: list[dict[str, Any]] = []
        self._seen: set[str] = set()

    def answer(self, call: Call) -> Reply:
        if self.replies:
            return self.replies.pop(0)
        if not self._is_signed(call):
            return Reply(401)
        if call.headers["webhook-id"] in self._seen:
            return _json({"status": "already_done"})
        self._seen.add(call.headers["webhook-id"])
        self.events.append(json.loads(call.body))
        return _json({"receipt": f"r-{len(self.events)}"})

    def _is_signed(self, call: Call) -> bool:
        for secret in self.secrets:
            try:
                Webhook(secret).verify(call.body, dict(call.headers))
            except (WebhookVerificationError, ValueError):
                continue
            return True
        return False


def _json(value: Any) -> Reply:
    return Reply(200, json.dumps(value).encode(), {"Content-Type": "application/json"})
