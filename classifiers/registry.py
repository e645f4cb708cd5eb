"""Which classifiers exist, by name. Nothing is imported before it is asked for.

A built-in classifier is one folder and one line in `BUILT_IN`. A third party declares the same pair, name and
`module:factory`, as an entry point in the group `moderator.classifiers`. A built-in name cannot be taken over.
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.metadata import entry_points
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Any, cast

from classifiers.base import Classifier

ENTRY_POINT_GROUP = "moderator.classifiers"

#: name → "module:factory"; the factory takes the options of `load` and returns a `Classifier`
BUILT_IN: Mapping[str, str] = MappingProxyType(
    {
        "automation": "classifiers.automation.classifier:load",
        "baseline": "classifiers.baseline.classifier:load",
        "civility": "classifiers.civility.classifier:load",
        "claims": "classifiers.claims.classifier:load",
        "detoxify": "classifiers.detoxify.classifier:load",
        "gibberish": "classifiers.gibberish.classifier:load",
        "links": "classifiers.links.classifier:load",
        "personal_data": "classifiers.personal_data.classifier:load",
        "relevance": "classifiers.relevance.classifier:load",
        "repetition": "classifiers.repetition.classifier:load",
        "speech": "classifiers.speech.classifier:load",
        "transformers": "classifiers.transformers.classifier:load",
        "wordlist": "classifiers.wordlist.classifier:load",
    }
)


class UnknownClassifier(LookupError):
    """No classifier has this name; the message lists those that do."""


def names() -> tuple[str, ...]:
    """Every name `load` accepts, sorted."""
    return tuple(sorted(_paths()))


def load(name: str, **options: Any) -> Classifier:
    """Build a classifier, importing its module first if need be.

    Raises `UnknownClassifier`, and whatever the factory raises for options it cannot use.
    """
    module, factory = _path(name).split(":")
    build = cast(Callable[..., Classifier], getattr(import_module(module), factory))
    return build(**options)


def folder(name: str) -> Traversable:
    """The folder that holds the classifier's `card.toml` and `examples.jsonl`. Raises `UnknownClassifier`."""
    module, _ = _path(name).split(":")
    return files(module.rpartition(".")[0])


def _path(name: str) -> str:
    paths = _paths()
    if name not in paths:
        raise UnknownClassifier(f"no classifier is called {name!r}; known: {', '.join(sorted(paths))}")
    return paths[name]


def _paths() -> dict[str, str]:
    installed = {point.name: point.value for point in entry_points(group=ENTRY_POINT_GROUP)}
    return installed | dict(BUILT_IN)
