"""The classifiers that are loaded in this process, and the word list of each office."""

import logging
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from classifiers import embedding, registry
from classifiers.base import Classifier, Contextual, Explainer, Item, Result, Span
from moderator.domain.vocabulary import WORD_LABELS
from moderator.errors import ModeratorError
from moderator.pipeline.storable import storable
from moderator.traces import without_words

log = logging.getLogger(__name__)

_WORDLISTS_KEPT = 64

#: Options of classifiers by name, as `settings.classifier_options` reads them.
Options = Mapping[str, Mapping[str, Any]]


class BrokenClassifier(ModeratorError):
    """A classifier does not load. The message names it and says why."""

    def __init__(self, name: str, cause: Exception) -> None:
        super().__init__(f"classifier {name} does not load: {cause}")
        self.name = name


@dataclass(frozen=True, slots=True)
class Reading:
    """What one classifier made of one item. `error` is set when it failed; then there are no scores."""

    #: the name it runs under here: two may be of one kind
    classifier: str
    version: str
    result: Result
    error: str = ""


@dataclass(frozen=True, slots=True)
class Terms:
    """An office's word list."""

    banned: tuple[str, ...] = field(default=())
    suspect: tuple[str, ...] = field(default=())


class ClassifierRoom:
    """Loads each classifier once, when it is first needed. Safe to share between threads."""

    def __init__(self, names: Sequence[str], options: Options = MappingProxyType({})) -> None:
        #: in order of priority
        self.names = tuple(names)
        self._options = options
        self._loaded: dict[str, Classifier] = {}
        self._wordlists: OrderedDict[Terms, Classifier] = OrderedDict()
        self._complained: set[str] = set()
        self._lock = threading.Lock()

    def load(self) -> None:
        """Load everything now. Raises `BrokenClassifier` for the first one that does not."""
        for error in self.broken():
            raise error

    def broken(self) -> list[BrokenClassifier]:
        """Those that do not load, each with its cause. The others are loaded now."""
        found = []
        for name in self.names:
            try:
                self._get(name)
            except BrokenClassifier as error:
                found.append(error)
        return found

    def labels(self) -> frozenset[str]:
        """Labels that somebody here measures. A broken classifier measures nothing."""
        return WORD_LABELS.union(*(labels for labels in self.measured().values() if labels))

    def measured(self) -> dict[str, frozenset[str] | None]:
        """What each classifier measures, loading it if need be; None where it does not load."""
        found: dict[str, frozenset[str] | None] = {}
        for name in self.names:
            try:
                found[name] = frozenset(self._get(name).labels)
            except BrokenClassifier as error:
                self._complain(error)
                found[name] = None
        return found

    def wanted(self, names: Sequence[str]) -> frozenset[type]:
        """What these classifiers look at beside texts. A broken one looks at nothing."""
        kinds: set[type] = set()
        for name in names:
            try:
                classifier = self._get(name)
            except BrokenClassifier as error:
                self._complain(error)
                continue
            if isinstance(classifier, Contextual):
                kinds.update(classifier.wants)
        return frozenset(kinds)

    def read(
        self, items: Sequence[Item], terms: Sequence[Terms | None], names: Sequence[str] | None = None
    ) -> list[list[Reading]]:
        """Readings of each item, in order, by every classifier; and by its office's word list, where there is one.

        `names` are the classifiers to ask, where not all of them are.
        """
        readings: list[list[Reading]] = [[] for _ in items]
        for name in self.names if names is None else names:
            for reading, mine in zip(self._read_all(name, items), readings, strict=True):
                mine.append(reading)
        groups: dict[Terms, list[int]] = {}
        for index, entry in enumerate(terms):
            if entry is not None and (entry.banned or entry.suspect):
                groups.setdefault(entry, []).append(index)
        for entry, indexes in groups.items():
            for reading, index in zip(self._read_words(entry, [items[i] for i in indexes]), indexes, strict=True):
                readings[index].append(reading)
        return readings

    def explain(self, name: str, item: Item, labels: Sequence[str]) -> tuple[Span, ...]:
        """The words that carry `labels`, by the classifier `name`. Empty where it cannot say, or fails."""
        try:
            classifier = self._get(name) if name in self.names else None
            if not isinstance(classifier, Explainer):
                return ()
            spans = classifier.explain(item, labels)
            if wrong := [s for s in spans if not 0 <= s.start < s.end <= len(item.text) or s.label not in labels]:
                raise ValueError(f"{wrong[0]} is no part of the text that was asked about")
            return tuple(spans)
        except Exception as error:
            # Highlights are a help: the comment waits for a person with or without them.
            log.error("classifier %s could not explain a score\n%s", name, without_words(error))
            return ()

    def _read_words(self, terms: Terms, items: Sequence[Item]) -> list[Reading]:
        try:
            return _readings("wordlist", self._wordlist(terms), items)
        except Exception as error:
            log.error("a word list cannot be used\n%s", without_words(error))
            return [_failed("wordlist", "", error)] * len(items)

    def _read_all(self, name: str, items: Sequence[Item]) -> list[Reading]:
        try:
            classifier = self._get(name)
        except BrokenClassifier as error:
            self._complain(error)
            return [_failed(name, "", error)] * len(items)
        try:
            return _readings(name, classifier, items)
        except Exception as error:
            if len(items) == 1:
                log.error("classifier %s failed on one comment\n%s", name, without_words(error))
                return [_failed(name, classifier.version, error)]
            return [reading for item in items for reading in self._read_all(name, [item])]

    def _get(self, name: str) -> Classifier:
        with self._lock:
            if name not in self._loaded:
                loaded = self._loaded[name] = build(name, self._options)
                if isinstance(loaded, embedding.Embedder):
                    embedding.use(loaded)
            return self._loaded[name]

    def _complain(self, broken: BrokenClassifier) -> None:
        """Once per classifier: a broken one meets every batch, and what it leaves open goes to a person anyway."""
        if broken.name not in self._complained:
            self._complained.add(broken.name)
            log.error("%s. What no other classifier answers goes to a person", broken)

    def _wordlist(self, terms: Terms) -> Classifier:
        with self._lock:
            if terms not in self._wordlists:
                self._wordlists[terms] = registry.load("wordlist", banned=terms.banned, suspect=terms.suspect)
                if len(self._wordlists) > _WORDLISTS_KEPT:
                    self._wordlists.popitem(last=False)
            self._wordlists.move_to_end(terms)
            return self._wordlists[terms]


def build(name: str, options: Options = MappingProxyType({})) -> Classifier:
    """Load the classifier that runs under this name, with its options. Raises `BrokenClassifier`.

    The option `uses` names another classifier of the registry, so that several of one kind can run.
    """
    own = dict(options.get(name, {}))
    try:
        return registry.load(str(own.pop("uses", name)), **own)
    except Exception as error:
        raise BrokenClassifier(name, error) from error


def _readings(name: str, classifier: Classifier, items: Sequence[Item]) -> list[Reading]:
    """One reading per item. Raises what the classifier raises, and `ValueError` where it breaks its contract.

    A label that is missing or not a number would look like nothing found, so it counts as a failure.
    """
    results = classifier.classify(items)
    if len(results) != len(items):
        raise ValueError(f"{len(results)} results for {len(items)} comments")
    labels = frozenset(classifier.labels)
    for result in results:
        if not labels <= result.scores.keys():
            raise ValueError(f"no score for {', '.join(sorted(labels - result.scores.keys()))}")
        if not all(0.0 <= score <= 1.0 for score in result.scores.values()):
            raise ValueError("a score is not between 0 and 1")
    return [Reading(name, classifier.version, result) for result in results]


def _failed(name: str, version: str, error: Exception) -> Reading:
    # An error may quote the comment, and the comment may hold what no database can.
    return Reading(name, version, Result({}), storable(f"{type(error).__name__}: {error}"[:500])[0])
