"""The classifiers that are loaded in this process, and the word list of each office."""

import logging
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from classifiers import registry
from classifiers.base import Classifier, Item, Result
from moderator.pipeline.storable import storable

log = logging.getLogger(__name__)

_WORDLISTS_KEPT = 64


@dataclass(frozen=True, slots=True)
class Reading:
    """What one classifier made of one item. `error` is set when it failed; then there are no scores."""

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

    def __init__(self, names: Sequence[str]) -> None:
        self._names = tuple(names)
        self._loaded: dict[str, Classifier] = {}
        self._wordlists: OrderedDict[Terms, Classifier] = OrderedDict()
        self._complained: set[str] = set()
        self._lock = threading.Lock()

    def load(self) -> None:
        """Load everything now. Raises what the first broken classifier raises."""
        for name in self._names:
            self._get(name)

    def labels(self) -> frozenset[str]:
        """Labels that somebody here measures. A broken classifier measures nothing."""
        found = {"banned_term", "suspect_term"}
        for name in self._names:
            try:
                found.update(self._get(name).labels)
            except Exception as error:
                self._complain(name, error)
        return frozenset(found)

    def read(self, items: Sequence[Item], terms: Sequence[Terms | None]) -> list[list[Reading]]:
        """Readings of each item, in order, by every classifier; and by its office's word list, where there is one."""
        readings: list[list[Reading]] = [[] for _ in items]
        for name in self._names:
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

    def _read_words(self, terms: Terms, items: Sequence[Item]) -> list[Reading]:
        try:
            return _readings(self._wordlist(terms), items)
        except Exception as error:
            log.exception("a word list cannot be used")
            return [_failed("wordlist", "", error)] * len(items)

    def _read_all(self, name: str, items: Sequence[Item]) -> list[Reading]:
        try:
            classifier = self._get(name)
        except Exception as error:
            self._complain(name, error)
            return [_failed(name, "", error)] * len(items)
        try:
            return _readings(classifier, items)
        except Exception as error:
            if len(items) == 1:
                log.exception("classifier %s failed on one comment", name)
                return [_failed(name, classifier.version, error)]
            return [reading for item in items for reading in self._read_all(name, [item])]

    def _get(self, name: str) -> Classifier:
        with self._lock:
            if name not in self._loaded:
                self._loaded[name] = registry.load(name)
            return self._loaded[name]

    def _complain(self, name: str, error: Exception) -> None:
        """Once per classifier: a broken one meets every batch, and every comment then goes to a person anyway."""
        if name not in self._complained:
            self._complained.add(name)
            log.error("classifier %s does not load, so every comment goes to a person: %s", name, error)

    def _wordlist(self, terms: Terms) -> Classifier:
        with self._lock:
            if terms not in self._wordlists:
                self._wordlists[terms] = registry.load("wordlist", banned=terms.banned, suspect=terms.suspect)
                if len(self._wordlists) > _WORDLISTS_KEPT:
                    self._wordlists.popitem(last=False)
            self._wordlists.move_to_end(terms)
            return self._wordlists[terms]


def _readings(classifier: Classifier, items: Sequence[Item]) -> list[Reading]:
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
    return [Reading(classifier.name, classifier.version, result) for result in results]


def merged_scores(assessments: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """One score per label: the highest that any classifier gave."""
    merged: dict[str, float] = {}
    for scores in assessments:
        for label, score in scores.items():
            merged[label] = max(score, merged.get(label, 0.0))
    return merged


def _failed(name: str, version: str, error: Exception) -> Reading:
    # An error may quote the comment, and the comment may hold what no database can.
    return Reading(name, version, Result({}), storable(f"{type(error).__name__}: {error}"[:500])[0])
