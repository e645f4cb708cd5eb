"""What disguises cost a classifier: breaches still found, harmless texts wrongly claimed, time.

`python -m classifiers.training.robustness --data PATH` prints one line for each evasion. The texts are rows that judge,
and a breach counts as found where the label that it holds scores at least the threshold, disguised as it stands.
"""

import argparse
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from classifiers import registry
from classifiers.base import Classifier, Item
from classifiers.training import Lack, items
from classifiers.training.datasets import DATASETS, load, one_side_each
from classifiers.training.evasions import EVASIONS, Evasion
from classifiers.training.measures import Floats, truth
from classifiers.training.rows import Part, Row

TEXTS_AT_ONCE = 32
#: Longer ones cost time and say no more.
LONGEST = 400


@dataclass(frozen=True, slots=True)
class Found:
    """`recall`: of the breaches, the share found; `false_alarms`: of the others, the share claimed."""

    recall: float
    false_alarms: float
    seconds: float


def sample(rows: Sequence[Row], labels: Sequence[str], each: int, seed: int) -> list[Row]:
    """Up to `each` rows that hold one of the labels, as many from every set as may be, and as many that hold none."""
    draw = random.Random(seed)  # noqa: S311 - the same rows each time
    fit = [row for row in rows if row.part is Part.JUDGE and len(row.text) <= LONGEST]
    held = [row for row in fit if any(row.labels.get(label, 0) >= 0.5 for label in labels)]
    none = [row for row in fit if all(row.labels.get(label, 1) == 0 for label in row.labels if label in labels)]
    none = [row for row in none if not row.labels.keys().isdisjoint(labels)]
    return [row for side in (held, none) for row in _evenly(side, each, draw)]


def measure(
    classifier: Classifier, rows: Sequence[Row], labels: Sequence[str], evasion: Evasion | None, threshold: float
) -> Found:
    """Score the rows, disguised if need be. Of labels that a row does not know, nothing is counted."""
    texts = [row.text if evasion is None else evasion(row.text, random.Random(place)) for place, row in enumerate(rows)]  # noqa: S311
    began = time.perf_counter()
    scores = _scores(classifier, texts, labels)
    seconds = time.perf_counter() - began
    known = truth(rows, labels)
    holds = (known >= 0.5).any(axis=1)
    found = np.any((scores >= threshold) & (known >= 0.5), axis=1)
    wrongly = np.any((scores >= threshold) & (known < 0.5), axis=1)
    return Found(float(found[holds].mean()), float(wrongly[~holds].mean()), seconds)


def _evenly(rows: Sequence[Row], most: int, draw: random.Random) -> list[Row]:
    """Rows drawn set by set in turn, so that no set drowns the others."""
    by_set: dict[str, list[Row]] = {}
    for row in rows:
        by_set.setdefault(row.source.partition("/")[0], []).append(row)
    for several in by_set.values():
        draw.shuffle(several)
    chosen: list[Row] = []
    while len(chosen) < most and any(by_set.values()):
        chosen += [several.pop() for several in by_set.values() if several]
    return chosen[:most]


def _scores(classifier: Classifier, texts: Sequence[str], labels: Sequence[str]) -> Floats:
    rows: list[list[float]] = []
    for start in range(0, len(texts), TEXTS_AT_ONCE):
        results = classifier.classify([Item(text) for text in texts[start : start + TEXTS_AT_ONCE]])
        rows += ([result.scores[label] for label in labels] for result in results)
    return np.array(rows)


def main(arguments: list[str] | None = None) -> int:
    """Exit status 1 with one line on any lack."""
    parser = argparse.ArgumentParser(prog="python -m classifiers.training.robustness", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with one sub-folder per set, and exclude.txt")
    parser.add_argument("--classifier", default="civility", help="default: %(default)s")
    parser.add_argument("--each", type=int, default=600, help="rows with a breach, and without (default: %(default)s)")
    parser.add_argument("--threshold", type=float, default=0.5, help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=0, help="default: %(default)s")
    chosen = parser.parse_args(arguments)
    try:
        everything = one_side_each([*load(DATASETS, chosen.data), *items.load()])
        classifier = registry.load(chosen.classifier)
    except (Lack, registry.UnknownClassifier) as lack:
        print(lack, file=sys.stderr)
        return 1
    breaches = ("discrimination", "threat", "harassment", "profanity", "sexual", "spam")
    labels = [label for label in breaches if label in classifier.labels]
    rows = sample(everything, labels, chosen.each, chosen.seed)
    clean = measure(classifier, rows, labels, None, chosen.threshold)
    print(f"{classifier.name} {classifier.version}, {len(rows):,} rows, threshold {chosen.threshold}")
    print(f"clean: recall {clean.recall:.1%}, false alarms {clean.false_alarms:.1%}, {clean.seconds:.1f} s")
    print(f"{'evasion':<16} recall of clean  false alarms, points  time of clean")
    for name, evasion in EVASIONS.items():
        found = measure(classifier, rows, labels, evasion, chosen.threshold)
        print(
            f"{name:<16} {found.recall / max(clean.recall, 1e-9):15.1%}"
            f"  {100 * (found.false_alarms - clean.false_alarms):+20.1f}  {found.seconds / clean.seconds:13.2f}",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
