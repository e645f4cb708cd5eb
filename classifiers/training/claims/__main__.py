"""`python -m classifiers.training.claims`: the weights of `classifiers.claims`, and how good they are."""

import argparse
import csv
import gzip
import math
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

from classifiers import embedding
from classifiers.claims.polarity import FEATURES, STANCES, Floats, Pair, Polarity, Stance, Vector, inputs
from classifiers.claims.retrieval import MOST, Index, passage
from classifiers.training.claims.items import PARTS, Written, load

OUT = Path(__file__).parents[2] / "claims" / "weights.npz"

#: How freely the weights may move, and what is taken off the score of a repeat: chosen on the tune items.
FREEDOMS = (0.25, 0.5, 1.0, 2.0, 4.0)
CAUTIONS = tuple(step / 4 for step in range(13))
#: Of the comments that dispute a claim, how many may be taken for repeating it among the tune items.
TOLERATED = 0.03

#: Below this another claim is so far from a comment that nothing is learned from the pair.
_HARD = 0.4

_REPEATS = STANCES.index(Stance.REPEATS)

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class _Part:
    pairs: Sequence[Pair]
    truth: Sequence[int]


def main(arguments: list[str] | None = None) -> int:
    """Learn, print the figures, write the weights."""
    parser = argparse.ArgumentParser(prog="python -m classifiers.training.claims", description=__doc__)
    parser.add_argument("--out", type=Path, default=OUT, help="where the weights go (default: the classifier's folder)")
    parser.add_argument("--data", type=Path, help="folder with vaccinelies/, to look at what strangers wrote as well")
    chosen = parser.parse_args(arguments)
    build(chosen.out, print)
    if chosen.data:
        _strangers(chosen.data / "vaccinelies" / "vaccinelies.csv.gz", chosen.out, print)
    return 0


def build(out: Path, report: Report) -> None:
    written = {part: load(part) for part in PARTS}
    claims = list(dict.fromkeys(item.claim for part in PARTS for item in written[part]))
    vectors = dict(zip(claims, embedding.embed(claims), strict=True))
    parts = {part: _paired(items, vectors) for part, items in written.items()}
    train = _with_others(parts["train"], written["train"], vectors)
    freedom = min(FREEDOMS, key=lambda each: _surprise(Polarity(_fit(train, each)), parts["tune"]))
    weights = _fit(train, freedom)
    able = (each for each in CAUTIONS if _tolerable(_cautious(weights, each), parts["tune"]))
    caution = next(able, CAUTIONS[-1])
    weights = _cautious(weights, caution)
    report(f"chosen on tune: freedom {freedom}, caution {caution}")
    for part in PARTS:
        _judge(part, parts[part], Polarity(weights), report)
    _retrieval(written["judge"], claims, np.stack(list(vectors.values())), report)
    np.savez_compressed(out, features=FEATURES, stances=STANCES, weights=weights.astype(np.float32))


def _paired(items: Sequence[Written], vectors: dict[str, Vector]) -> _Part:
    passages = nearest_passages([(item.text, item.claim) for item in items], [vectors[item.claim] for item in items])
    pairs = [
        Pair(item.text, item.claim, found, vectors[item.claim]) for item, found in zip(items, passages, strict=True)
    ]
    return _Part(pairs, [STANCES.index(item.stance) for item in items])


def nearest_passages(texts: Sequence[tuple[str, str]], claims: Sequence[Vector]) -> list[Vector]:
    """For each text and claim, the vector of the whole text or of the sentence nearest to the claim."""
    whole = embedding.embed([text for text, _ in texts])
    single = embedding.embed([passage(text, claim) or text for text, claim in texts])
    return [max(two, key=lambda v: float(v @ claim)) for *two, claim in zip(whole, single, claims, strict=True)]


def _with_others(part: _Part, items: Sequence[Written], vectors: dict[str, Vector]) -> _Part:
    """Each comment beside the nearest claim that it was not written for, too: that is about something else."""
    own = list(dict.fromkeys(item.claim for item in items))
    table = np.stack([vectors[claim] for claim in own])
    pairs, truth = list(part.pairs), list(part.truth)
    for pair in part.pairs:
        near = table @ pair.passage
        near[own.index(pair.claim)] = -1
        at = int(near.argmax())
        if near[at] > _HARD:
            pairs.append(Pair(pair.comment, own[at], pair.passage, table[at]))
            truth.append(STANCES.index(Stance.OTHER))
    return _Part(pairs, truth)


def _fit(part: _Part, freedom: float) -> Floats:
    found = LogisticRegression(C=freedom, max_iter=2_000).fit(inputs(part.pairs), part.truth)
    return np.concatenate([found.coef_.T, found.intercept_[None, :]])


def _cautious(weights: Floats, caution: float) -> Floats:
    held = weights.copy()
    held[-1, _REPEATS] -= caution
    return held


def _surprise(model: Polarity, part: _Part) -> float:
    likely = model.stances(part.pairs)[np.arange(len(part.truth)), part.truth]
    return float(-np.log(likely).mean())


def _tolerable(weights: Floats, part: _Part) -> bool:
    """Whether few enough of those who dispute a claim score 0.5 and more."""
    disputes = np.array(part.truth) == STANCES.index(Stance.DISPUTES)
    scores = Polarity(weights).stances(part.pairs)[disputes, _REPEATS]
    return float((scores >= 0.5).mean()) <= TOLERATED


def _judge(name: str, part: _Part, model: Polarity, report: Report) -> None:
    scores = model.stances(part.pairs)
    said, truth = scores.argmax(axis=1), np.array(part.truth)
    about = truth != STANCES.index(Stance.OTHER)
    flagged, repeats = scores[:, _REPEATS] >= 0.5, truth == _REPEATS
    report(
        f"{name}: {len(truth)} items, stance of four right {_share(said == truth)}, of those about the claim "
        f"{_share((said == truth)[about])}; repeats or not right {_share(flagged == repeats)}"
    )
    for stance in STANCES:
        report(f"  {stance}: {_share(flagged[truth == STANCES.index(stance)])} score 0.5 and more")
    report(f"  precision {_share(repeats[flagged])}")


def _share(held: Floats) -> str:
    """With a 95 % interval by Wilson."""
    n, p, z = len(held), float(np.mean(held)), 1.96
    middle, half = (p + z * z / 2 / n), z * math.sqrt(p * (1 - p) / n + z * z / 4 / n / n)
    low, high = ((middle + way * half) / (1 + z * z / n) for way in (-1, 1))
    return f"{p:.3f} [{low:.3f}, {high:.3f}] of {n}"


def _retrieval(items: Sequence[Written], claims: Sequence[str], vectors: Vector, report: Report) -> None:
    """Among the claims of all parts: those that no comment here was written for are there to distract."""
    index = Index(claims, vectors)
    begin = time.process_time()
    found = [
        [hit.claim for hit in index.nearest(item.text, vector)]
        for item, vector in zip(items, embedding.embed([item.text for item in items]), strict=True)
    ]
    spent = (time.process_time() - begin) / len(items) * 1e6
    report(f"retrieval among {len(claims)} claims, embedding included {spent:.0f} µs of processor time a comment")
    for stance in (Stance.REPEATS, Stance.DISPUTES, Stance.ASKS):
        hits = [
            item.claim in [claims[i] for i in f] for item, f in zip(items, found, strict=True) if item.stance == stance
        ]
        report(f"  {stance}: recall at {MOST} {_share(np.array(hits, np.float64))}")


def _strangers(file: Path, weights: Path, report: Report) -> None:
    """Tweets against false claims about vaccines (vaccinelies; 0 no stance, 1 for, 2 against): they choose nothing."""
    from classifiers.claims.polarity import read

    with gzip.open(file, "rt", encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["label"] in "012"]
    claims = list(dict.fromkeys(row["target"] for row in rows))
    vectors = dict(zip(claims, embedding.embed(claims), strict=True))
    begin = time.process_time()
    stances = (Stance.OTHER, Stance.REPEATS, Stance.DISPUTES)
    part = _paired([Written(row["text"], row["target"], stances[int(row["label"])]) for row in rows], vectors)
    report(f"vaccinelies: {len(rows)} rows, {time.process_time() - begin:.0f} s")
    with weights.open("rb") as file_of_weights:
        _judge("vaccinelies", part, read(file_of_weights), report)


if __name__ == "__main__":
    sys.exit(main())
