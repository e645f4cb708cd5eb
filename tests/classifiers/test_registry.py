"""Names become classifiers, and only the one asked for is imported."""

import subprocess
import sys
from importlib.metadata import EntryPoint

import pytest

from classifiers import registry


def _declare(monkeypatch: pytest.MonkeyPatch, **paths: str) -> None:
    points = [EntryPoint(name, path, registry.ENTRY_POINT_GROUP) for name, path in paths.items()]
    monkeypatch.setattr(registry, "entry_points", lambda group: points if group == registry.ENTRY_POINT_GROUP else [])


def test_the_built_in_classifiers_are_known() -> None:
    assert set(registry.BUILT_IN) <= set(registry.names())
    assert "wordlist" in registry.names()


def test_options_reach_the_factory() -> None:
    assert registry.load("wordlist", banned=["a"]).version != registry.load("wordlist", banned=["b"]).version


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(registry.UnknownClassifier) as caught:
        registry.load("wordlsit")
    message = str(caught.value)
    assert "'wordlsit'" in message
    assert all(name in message for name in registry.names())


def test_an_installed_package_adds_a_classifier(monkeypatch: pytest.MonkeyPatch) -> None:
    _declare(monkeypatch, ours_too="classifiers.wordlist.classifier:load")
    assert "ours_too" in registry.names()
    assert registry.load("ours_too").labels == ("banned_term", "suspect_term")
    assert registry.folder("ours_too").joinpath("card.toml").is_file()


def test_an_installed_package_cannot_take_over_a_built_in_name(monkeypatch: pytest.MonkeyPatch) -> None:
    _declare(monkeypatch, wordlist="os:getcwd")
    assert registry.load("wordlist").name == "wordlist"


def test_listing_the_names_imports_no_classifier() -> None:
    script = (
        "import sys; from classifiers import registry; registry.names();"
        "print([m for m in sys.modules if m.startswith('classifiers.') and m.count('.') > 1 or m == 'sklearn'])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
