import base64

import pytest

from moderator.connectors import fields, http, registry
from moderator.connectors.base import Connector


@pytest.fixture
def webhook() -> Connector:
    return registry.get("webhook")


@pytest.fixture
def facebook() -> Connector:
    return registry.get("facebook")


def test_a_new_channel_starts_with_every_generated_secret(webhook: Connector) -> None:
    secrets = fields.generate_secrets(webhook)
    assert set(secrets) == {"signing_secret", "outbound_secret"}
    assert secrets["signing_secret"] != secrets["outbound_secret"]
    assert len(base64.b64decode(secrets["signing_secret"].removeprefix("whsec_"))) == 32


def test_rotating_keeps_the_old_secret_beside_the_new(webhook: Connector) -> None:
    old = fields.generate_secrets(webhook)
    new = fields.rotate_secret(webhook, old, "signing_secret")
    assert new["signing_secret_previous"] == old["signing_secret"] != new["signing_secret"]
    assert new["outbound_secret"] == old["outbound_secret"]
    assert fields.validate_config(webhook, {}, new) == []


def test_a_secret_that_people_bring_cannot_be_rotated_here(facebook: Connector) -> None:
    with pytest.raises(KeyError):
        fields.rotate_secret(facebook, {}, "app_secret")


@pytest.mark.parametrize(
    "address",
    [
        "tool.example", "ftp://tool.example/", "http://", "javascript:alert(1)", "http://tool.example/ x", "http://t\u00f6l.example/",
        "http://user:pass@tool.example/", "http://tool.example/#part", "http://tool.example:99999/", "http://tool.example:0/",
        "http://[::1/", "http://" + "a" * 2_000 + ".example",
        "http://localhost/", "http://LOCALHOST.:80/", "http://127.0.0.1:8080/x", "http://10.1.2.3", "http://[::1]:80/", "http://[fd00::1]/",
        "http://169.254.169.254/latest?x",
    ],
)  # fmt: skip
def test_an_address_that_cannot_be_a_target_is_named(webhook: Connector, address: str) -> None:
    http.configure(allow_private=False)
    (problem,) = fields.validate_config(webhook, {"target_url": address}, {})
    assert problem.startswith("target_url: must")


@pytest.mark.parametrize(
    "address", ["https://tool.example/hooks?id=1", "http://tool.example:8080", "https://[2606:4700::1111]/", "http://8.8.8.8/"]
)  # fmt: skip
def test_an_ordinary_address_is_a_target(webhook: Connector, address: str) -> None:
    http.configure(allow_private=False)
    assert fields.validate_config(webhook, {"target_url": address}, {}) == []


def test_a_private_address_is_a_target_where_that_is_allowed(webhook: Connector) -> None:
    assert fields.validate_config(webhook, {"target_url": "http://127.0.0.1:9000/"}, {}) == []


@pytest.mark.parametrize("secret", ["whsec_c2hvcnQ=", "whsec_!!!", "plain words", "whsec_" + "QUFB" * 30])
def test_a_secret_that_cannot_sign_is_named(webhook: Connector, secret: str) -> None:
    (problem,) = fields.validate_config(webhook, {}, {"signing_secret": secret})
    assert problem.startswith("signing_secret: must be whsec_")
    assert secret not in problem


def test_keys_that_no_field_has_are_named(webhook: Connector) -> None:
    assert fields.validate_config(webhook, {"taget_url": "x", "signing_secret": "x"}, {"target_url": "x"}) == [
        "signing_secret: this connector has no such field",
        "taget_url: this connector has no such field",
        "target_url: this connector has no such field",
    ]
