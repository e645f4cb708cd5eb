"""`python -m classifiers.training.speech`: the heads of `classifiers.speech`, from items written by hand."""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

from classifiers import embedding
from classifiers.base import Item, Page
from classifiers.speech.classifier import ACCUSATION, ADDRESSED, HELP, LABELS, Floats, rows, scored
from classifiers.speech.cues import Cues, cues
from classifiers.training import Lack, calibration, items, written
from classifiers.training.datasets import JUDGES, load
from classifiers.training.measures import quality
from classifiers.training.rows import Part

HERE = Path(__file__).parent
OUT = HERE.parents[1] / "speech" / "heads.npz"
#: The page that the items were written for.
PAGE = Page(representative=("Jane Ashworth", "@JaneAshworthMP"), staff=("Tom Bell", "@tombell"))
#: The bundled model's own criticism neither accuses third persons nor asks for help. One of it counts as much as:
CRITICISM = 0.3
STRENGTHS = (0.01, 0.03, 0.1, 0.3, 1.0)
#: So many comments of a page ask for help, by guess; among the items it is more, and that alone would raise scores.
ASKING = 0.05
#: An accusation that is none costs somebody's word: of its own tune items, this share is right from 0.5 on.
ACCUSED_RIGHT = 0.92
JUDGED_POSTS = 2_000
FILES = ("accusation", "help", "addressed")
#: Of items that judge alone, and that nothing was made with.
LATE = Part.HELD


@dataclass(frozen=True, slots=True)
class _Table:
    """Items with what the heads look at, and their answers; a name is of a label or of `ADDRESSED`."""

    table: Floats
    seen: Sequence[Cues]
    parts: NDArray[np.str_]
    weights: Floats
    truth: Mapping[str, Floats]
    #: index into `ADDRESSED`, one beyond for nobody, -1 where unknown
    spoken_to: NDArray[np.int64]
    sources: NDArray[np.str_]


def main(arguments: list[str] | None = None) -> int:
    """Fit, print the figures, write the heads. Exit status 1 with one line on any lack."""
    parser = argparse.ArgumentParser(prog="python -m classifiers.training.speech", description=__doc__)
    parser.add_argument(
        "--data", type=Path, help="folder of public sets: also says how often political talk is taken for it"
    )
    parser.add_argument("--out", type=Path, default=OUT, help="where the heads go (default: the classifier's folder)")
    chosen = parser.parse_args(arguments)
    try:
        build(chosen.data, chosen.out, print)
    except Lack as lack:
        print(lack, file=sys.stderr)
        return 1
    return 0


def build(data: Path | None, out: Path, report: Callable[[str], None]) -> None:
    known = _known()
    heads = {
        ACCUSATION: _binary(known, ACCUSATION, report),
        HELP: _binary(known, HELP, report),
        "addressed": _addressed(known, report),
    }
    for part in (Part.TUNE, Part.JUDGE, LATE):
        _report(known, heads, part, report)
    if data is not None:
        texts = [row.text for row in load(JUDGES, data)][:: max(1, 16_000 // JUDGED_POSTS)]
        items_of = [Item(text) for text in texts]
        seen = [cues(item) for item in items_of]
        scores = scored(heads, rows(embedding.embed(texts), seen), seen)
        for label in (ACCUSATION, HELP):
            above = sum(score[label] >= 0.5 for score in scores)
            report(f"political opinion, {len(texts)} posts: {label} {above} from 0.5")
    np.savez_compressed(out, **{name: head.astype(np.float32) for name, head in heads.items()})  # type: ignore[arg-type]
    report(f"{out}: {out.stat().st_size:,} bytes")


def _known() -> _Table:
    """Every item: those of one file are no examples of what the others are about."""
    folder = HERE / "items"
    told = [(_about(item, name), item) for name in FILES for item in written.read(folder / f"{name}.txt")]
    # Written after the words of `wording.toml` were settled: the words of the other files were not.
    told += [(_about(item, ""), replace(item, part=LATE)) for item in written.read(folder / "unseen.txt")]
    harsh = [row for row in items.load() if row.source == "items/criticism"]
    around = (PAGE,)
    every = [Item(item.text, "", item.parent, around) for _, item in told] + [
        Item(r.text, "", "", around) for r in harsh
    ]
    seen = [cues(item) for item in every]
    more = [0.0] * len(harsh)
    names = [*(label.removeprefix("to_") for label in ADDRESSED), "nobody"]
    spoken = [names.index(mark) if (mark := next(iter(item.marks))) in names else -1 for _, item in told]
    return _Table(
        rows(embedding.embed([item.text for item in every]), seen),
        seen,
        np.array([*(str(item.part) for _, item in told), *(str(row.part) for row in harsh)]),
        np.array([1.0] * len(told) + [CRITICISM] * len(harsh)),
        {
            ACCUSATION: np.array([float("accusation" in item.marks) for _, item in told] + more),
            HELP: np.array([float("help" in item.marks) for _, item in told] + more),
        },
        np.array(spoken + [-1] * len(harsh)),
        np.array([*(name for name, _ in told), *("criticism" for _ in harsh)]),
    )


def _about(item: written.Written, file: str) -> str:
    """The file an item is of or, of those written late, the one it would be of."""
    if file:
        return file
    if "help" in item.pattern:
        return "help"
    return "addressed" if "addressed" in item.pattern else "accusation"


def _binary(known: _Table, label: str, report: Callable[[str], None]) -> Floats:
    """The strength of the pull to nothing and the calibration are chosen on tune items."""
    train, tune = known.parts == Part.TRAIN, known.parts == Part.TUNE
    tried: dict[float, tuple[float, Floats]] = {}
    for strength in STRENGTHS:
        model = LogisticRegression(C=strength, max_iter=3_000, fit_intercept=False)
        model.fit(known.table[train], known.truth[label][train], sample_weight=known.weights[train])
        head = np.asarray(model.coef_[0], np.float64)
        slope, intercept = calibration.sigmoid(
            known.table[tune] @ head, known.truth[label][tune], known.weights[tune], label
        )
        head = head * slope
        head[0] += intercept
        tried[strength] = (_loss(known.table[tune] @ head, known.truth[label][tune]), head)
    best = min(tried, key=lambda each: tried[each][0])
    head = tried[best][1]
    if label == HELP:
        asking = float(np.average(known.truth[label][tune], weights=known.weights[tune]))
        head[0] += np.log(ASKING / (1 - ASKING)) - np.log(asking / (1 - asking))
    else:
        hard = tune & (known.sources == label)
        lowest = calibration.threshold(known.table[hard] @ head, known.truth[label][hard], ACCUSED_RIGHT, fewest=15)
        head[0] -= max(0.0, lowest or 0.0)
    report(f"{label}: strength {best:g}, loss on tune {tried[best][0]:.4f}")
    return head


def _addressed(known: _Table, report: Callable[[str], None]) -> Floats:
    told = known.spoken_to >= 0
    train, tune = told & (known.parts == Part.TRAIN), told & (known.parts == Part.TUNE)
    tried: dict[float, tuple[float, Floats]] = {}
    for strength in STRENGTHS:
        model = LogisticRegression(C=strength, max_iter=3_000, fit_intercept=False)
        model.fit(known.table[train], known.spoken_to[train])
        head = np.asarray(model.coef_, np.float64)
        logits = known.table[tune] @ head.T
        likely = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        tried[strength] = (-float(likely[np.arange(len(likely)), known.spoken_to[tune]].mean()), head)
    best = min(tried, key=lambda each: tried[each][0])
    report(f"addressed: strength {best:g}, loss on tune {tried[best][0]:.4f}")
    return tried[best][1]


def _loss(logits: Floats, truth: Floats) -> float:
    return float(np.mean(np.logaddexp(0, logits) - truth * logits))


def _report(known: _Table, heads: Mapping[str, Floats], part: Part, report: Callable[[str], None]) -> None:
    chosen = known.parts == part
    told = scored(heads, known.table[chosen], [cue for cue, keep in zip(known.seen, chosen, strict=True) if keep])
    scores = np.array([[row[label] for label in LABELS] for row in told])
    for column, (label, own) in enumerate(((ACCUSATION, "accusation"), (HELP, "help"))):
        for what, some in (("own file", known.sources[chosen] == own), ("all items", known.sources[chosen] != "")):
            q = quality(scores[some, column], known.truth[label][chosen][some])
            if q is not None:
                report(
                    f"{part} {label}, {what}: {q.positives} of {q.rows}, AUC {q.roc_auc:.3f}, "
                    f"precision {q.precision:.3f}, recall {q.recall:.3f}, calibration error {q.calibration_error:.3f}"
                )
    spoken = known.spoken_to[chosen]
    some = spoken >= 0
    nobody = 1 - scores[some, 2:].sum(axis=1)
    guessed = np.column_stack([scores[some, 2:], nobody]).argmax(axis=1)
    right = ", ".join(
        f"{name} {int((guessed[spoken[some] == k] == k).sum())} of {int((spoken[some] == k).sum())}"
        for k, name in enumerate((*ADDRESSED, "nobody"))
    )
    report(f"{part} spoken to: right {float((guessed == spoken[some]).mean()):.3f} of {int(some.sum())}: {right}")


if __name__ == "__main__":
    sys.exit(main())
