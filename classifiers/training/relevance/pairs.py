"""Comments with what they answer, from a public corpus, each beside strangers that it does not; and their vectors."""

import csv
import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from classifiers import embedding
from classifiers.training import datasets
from classifiers.training.datasets import DataSet, _exclusions, _open
from classifiers.training.rows import clean, leak_key

WIKI = next(each for each in datasets.DATASETS if each.name == "wiki_context_toxicity")
#: Of all pairs, the shares that fit the map between vectors, fit the head, tune, and judge.
SHARES = (0.65, 0.8, 0.9)
AT_ONCE = 256


@dataclass(frozen=True, slots=True)
class Pair:
    """A comment and the comment it answers."""

    comment: str
    parent: str
    #: 0 fits the map, 1 the head, 2 tunes, 3 judges; settled by the parent alone
    place: int


def wiki(data: Path, chosen: DataSet = WIKI) -> list[Pair]:
    """Comments with their parents. Raises `DataMissing`."""
    lines = _lines(data, chosen, "gc.csv.gz")
    return [Pair(comment, parent, _place(parent)) for comment, parent in lines if parent]


def alone(data: Path, chosen: DataSet = WIKI) -> list[str]:
    """Comments without a parent: they tell how rare words are."""
    return [comment for comment, _ in _lines(data, chosen, "gn.csv.gz")]


def _lines(data: Path, chosen: DataSet, name: str) -> Iterator[tuple[str, str]]:
    """Comment and parent, those apart that judge finished models."""
    excluded = _exclusions(data)
    with _open(data / chosen.name / name, chosen.files[name]) as file:
        for line in csv.DictReader(file):
            comment, parent = clean(line["text"]), clean(line["parent"])
            if comment and not {leak_key(comment), leak_key(parent)} & excluded:
                yield comment, parent


def strangers(pairs: Sequence[Pair], rounds: int, seed: int) -> list[tuple[Pair, Pair]]:
    """Each pair `rounds` times beside another one whose parent is not its own."""
    shuffle = np.random.default_rng(seed)
    places = [place for _ in range(rounds) for place in enumerate(shuffle.permutation(len(pairs)).tolist())]
    drawn = [(pairs[own], pairs[other]) for own, other in places]
    return [(pair, other) for pair, other in drawn if pair.parent != other.parent]


def vectors(texts: Iterable[str], cache: Path, report: Callable[[str], None]) -> dict[str, NDArray[np.float32]]:
    """A unit vector per text by the bundled model; those made before are taken from the file `cache`."""
    wanted = sorted(set(texts))
    known = _kept(cache)
    missing = [text for text in wanted if _key(text) not in known]
    for start in range(0, len(missing), AT_ONCE):
        several = missing[start : start + AT_ONCE]
        known |= zip(map(_key, several), embedding.embed(several).astype(np.float16), strict=True)
        report(f"vectors: {start + len(several):,} of {len(missing):,}")
    if missing:
        cache.parent.mkdir(parents=True, exist_ok=True)
        np.savez(cache, keys=np.array(sorted(known)), vectors=np.stack([known[key] for key in sorted(known)]))
    return {text: known[_key(text)].astype(np.float32) for text in wanted}


def _kept(cache: Path) -> dict[str, NDArray[np.float16]]:
    if not cache.is_file():
        return {}
    with np.load(cache, allow_pickle=False) as file:
        return dict(zip(map(str, file["keys"]), file["vectors"], strict=True))


def _key(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:24]


def _place(parent: str) -> int:
    at = int(hashlib.sha256(f"pairs:{leak_key(parent)}".encode()).hexdigest()[:8], 16) / 2**32
    return sum(at >= share for share in SHARES)
