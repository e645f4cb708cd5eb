from importlib.metadata import EntryPoint, EntryPoints

import pytest

from moderator.connectors import registry
from moderator.connectors.webhook.connector import WebhookConnector


def install(monkeypatch: pytest.MonkeyPatch, name: str, path: str) -> None:
    point = EntryPoint(name, path, registry.GROUP)
    monkeypatch.setattr(registry, "entry_points", lambda group: EntryPoints([point]).select(group=group))
    registry.get.cache_clear()


def test_a_connector_is_made_once() -> None:
    assert registry.get("webhook") is registry.get("webhook")


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(registry.UnknownConnector, match=r"no connector named 'telegraph'; known: .*webhook"):
        registry.get("telegraph")


def test_another_distribution_can_bring_a_connector(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, "telegraph", "moderator.connectors.webhook.connector:WebhookConnector")
    assert "telegraph" in registry.names()
    assert isinstance(registry.get("telegraph"), WebhookConnector)
    registry.get.cache_clear()


def test_another_distribution_cannot_take_over_a_built_in_name(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, "webhook", "builtins:dict")
    assert isinstance(registry.get("webhook"), WebhookConnector)
    registry.get.cache_clear()
