"""What the contract suite must be told about each connector: how its platform signs and what it sends."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from standardwebhooks import Webhook

from moderator import clock
from moderator.connectors import fields, registry
from moderator.connectors.base import Channel, Connector
from tests.fakes.graph import comment_change, delivery, signature


@dataclass(frozen=True)
class Sample:
    """One connector with a channel, a body with two comments, and the platform's way to sign."""

    connector: Connector
    channel: Channel
    body: bytes
    sign: Callable[[bytes], Mapping[str, str]]
    #: which setting names the address that orders go to
    address_key: str
    external_ids: tuple[str, ...]


def _webhook() -> Sample:
    connector = registry.get("webhook")
    secrets = fields.generate_secrets(connector)

    def sign(body: bytes) -> Mapping[str, str]:
        now = clock.now()
        value = Webhook(secrets["signing_secret"]).sign("msg_1", now, body.decode())
        return {"webhook-id": "msg_1", "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": value}

    author = {"external_id": "u_1", "name": "Sam", "handle": "sam"}
    comments = [{"external_id": external_id, "text": "hello", "author": author} for external_id in ("c_1", "c_2")]
    channel = Channel("ch1", "", "Site", {"target_url": "https://tool.example/hook"}, secrets)
    return Sample(connector, channel, json.dumps(comments).encode(), sign, "target_url", ("c_1", "c_2"))


def _facebook() -> Sample:
    connector = registry.get("facebook")
    config = {"page_id": "1000001", "graph_version": "v25.0", "graph_url": "https://graph.example"}
    secrets = fields.generate_secrets(connector) | {"page_access_token": "EAAB-token", "app_secret": "app-secret"}
    body = delivery("1000001", comment_change("add", "2_1"), comment_change("add", "2_2"))
    channel = Channel("ch1", "1000001", "Page", config, secrets)
    return Sample(connector, channel, body, lambda body: signature("app-secret", body), "graph_url", ("2_1", "2_2"))


SAMPLES: dict[str, Callable[[], Sample]] = {"webhook": _webhook, "facebook": _facebook}
