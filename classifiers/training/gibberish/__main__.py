"""`python -m classifiers.training.gibberish --data PATH`: the table and weights of `classifiers.gibberish`."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from classifiers.gibberish.classifier import score
from classifiers.gibberish.letters import FEATURES, SIGNS, codes, is_plain, plain, seen, triples
from classifiers.training import Lack, written
from classifiers.training.datasets import DATASETS, JUDGES, load
from classifiers.training.logistic import Floats, fit
from classifiers.training.rows import Part

HERE = Path(__file__).parent
OUT = HERE.parents[1] / "gibberish" / "table.npz"
#: Ordinary talk that may train.
TALK = ("civil_toxic_spans", "wiki_context_toxicity", "mupid_political_incivility", "youtube_spam")
#: An item in another language counts as much as this many comments: there are few of them.
FOREIGN = 200.0
#: A triple that was never seen counts as seen this often.
UNSEEN = 0.2
PULL = 1.0


def main(arguments: list[str] | None = None) -> int:
    """Count, weigh, print the figures, write the table. Exit status 1 with one line on any lack."""
    parser = argparse.ArgumentParser(prog="python -m classifiers.training.gibberish", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with one sub-folder per set, and exclude.txt")
    parser.add_argument("--out", type=Path, default=OUT, help="where the table goes (default: the classifier's folder)")
    chosen = parser.parse_args(arguments)
    try:
        build(chosen.data, chosen.out, print)
    except Lack as lack:
        print(lack, file=sys.stderr)
        return 1
    return 0


def build(data: Path, out: Path, report: Callable[[str], None]) -> None:
    items = written.read(HERE / "items" / "gibberish.txt")
    talk = load([one for one in DATASETS if one.name in TALK], data)
    table = _table(
        [row.text for row in talk if row.part is Part.TRAIN],
        [item.text for item in items if item.part is Part.TRAIN and "fine" in item.marks],
    )
    calm = [row.text for row in talk if row.part is Part.TUNE][:2_000]
    texts = [item.text for item in items if item.part is not Part.JUDGE] + calm
    truth = np.array(
        [float("gibberish" in item.marks) for item in items if item.part is not Part.JUDGE] + [0.0] * len(calm)
    )
    weight = np.array([1.0] * (len(texts) - len(calm)) + [0.05] * len(calm))
    rows = np.array([[1.0, *seen(text, table).features] for text in texts])
    prior = np.array([-6.0, 0.5, 3.0, 3.0, 3.0, 3.0, 1.0])
    weights = fit(rows, truth, weight, prior, PULL)
    report(", ".join(f"{name} {each:.2f}" for name, each in zip(("bias", *FEATURES), weights, strict=True)))
    for part in Part.TUNE, Part.JUDGE:
        for mark in "gibberish", "fine":
            some = [item.text for item in items if item.part is part and mark in item.marks]
            _report(f"{part} own items, {mark}", some, table, weights, report)
        _report(f"{part} public comments", [row.text for row in talk if row.part is part], table, weights, report)
    _report("political opinion", [row.text for row in load(JUDGES, data)], table, weights, report)
    np.savez_compressed(out, table=np.round(table * 16).astype(np.uint8), weights=weights.astype(np.float32))
    report(f"{out}: {out.stat().st_size:,} bytes")


def _table(talk: Sequence[str], foreign: Sequence[str]) -> NDArray[np.float32]:
    """Surprise in nats of each letter with its neighbours, given the one before, in sixteenths."""
    counts = _counts(talk) + FOREIGN * _counts(foreign)
    cube = counts.reshape(SIGNS, SIGNS, SIGNS) + UNSEEN
    # each letter with the one before it and the one after: how rare the whole is where the first stands
    surprise = -np.log(cube / cube.sum(axis=(1, 2), keepdims=True))
    coarse: NDArray[np.float32] = (np.clip(np.round(surprise * 16), 0, 255) / 16).astype(np.float32).reshape(-1)
    return coarse


def _counts(texts: Sequence[str]) -> Floats:
    triple, _ = triples(np.concatenate([codes(plain(text)) for text in texts]))
    return np.bincount(triple, minlength=SIGNS**3).astype(np.float64)


def _report(
    what: str, texts: Sequence[str], table: NDArray[np.float32], weights: Floats, report: Callable[[str], None]
) -> None:
    scores = np.array([0.0 if is_plain(text, table) else score(seen(text, table), weights) for text in texts])
    above = ", ".join(f"{int((scores >= at).sum())} from {at}" for at in (0.5, 0.9, 0.95))
    report(f"{what}: of {len(texts)}, {above}")


if __name__ == "__main__":
    sys.exit(main())
