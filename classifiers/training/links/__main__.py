"""`python -m classifiers.training.links --data PATH`: the weights of `classifiers.links`, and how good they are."""

import argparse
import sys
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from classifiers.base import Page
from classifiers.links.classifier import LABELS
from classifiers.links.signs import signs, strengths
from classifiers.training import Lack, items, written
from classifiers.training.datasets import DATASETS, JUDGES, load
from classifiers.training.logistic import Floats, fit, table
from classifiers.training.measures import quality
from classifiers.training.rows import Part, Row

HERE = Path(__file__).parent
OUT = HERE.parents[1] / "links" / "weights.toml"
#: These label what we measure. Other sets of spam do not tell selling from luring, so they only judge.
LEARNED = ("janitr_x_scam_spam",)
SPAM = ("youtube_spam", "sms_spam")
#: The public rows are of one trade, crypto money on one platform: an own item counts as much as this many of them.
OWN = 6.0
#: A label whose tune items are told apart without a mistake would have scores of 0 and 1 for all: not beyond these.
SLOPES, SHIFTS = (1.0, 1.15, 1.3, 1.5), tuple(np.arange(-1.0, 3.01, 0.25).tolist())
PULLS = (10.0, 30.0, 100.0)


@dataclass(frozen=True, slots=True)
class _Rows:
    """Signs of texts with their answers: texts × labels, NaN where unknown."""

    rows: Sequence[Row]
    seen: Floats
    truth: Floats
    weights: Floats

    def of(self, chosen: Callable[[Row], bool]) -> "_Rows":
        kept = np.array([chosen(row) for row in self.rows], bool)
        picked = [row for row, keep in zip(self.rows, kept, strict=True) if keep]
        return _Rows(picked, self.seen[kept], self.truth[kept], self.weights[kept])


def main(arguments: list[str] | None = None) -> int:
    """Weigh, print the figures, write the weights. Exit status 1 with one line on any lack."""
    parser = argparse.ArgumentParser(prog="python -m classifiers.training.links", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with one sub-folder per set, and exclude.txt")
    parser.add_argument("--out", type=Path, default=OUT, help="where the weights go (default: the classifier's folder)")
    chosen = parser.parse_args(arguments)
    try:
        build(chosen.data, chosen.out, print)
    except Lack as lack:
        print(lack, file=sys.stderr)
        return 1
    return 0


def build(data: Path, out: Path, report: Callable[[str], None]) -> None:
    priors = tomllib.loads(HERE.joinpath("priors.toml").read_text("utf-8"))
    kinds = sorted({kind for prior in priors.values() for kind in prior} - {"bias"})
    sets = [one for one in DATASETS if one.name in {*LEARNED, *SPAM}]
    known = _seen([*_own(), *load(sets, data)], kinds)
    found = {}
    for column, label in enumerate(LABELS):
        prior = np.array([priors[label]["bias"], *(priors[label].get(kind, np.nan) for kind in kinds)])
        found[label] = _calibrated(known, column, _best(known, column, prior, label, report), label, report)
    _report(known, found, report)
    _report_opinions(load(JUDGES, data), kinds, found, report)
    out.write_text(_toml(kinds, found), "utf-8")


def _own() -> list[Row]:
    """Items of this folder and, of the bundled model's, those that know both labels."""
    rows = [
        Row(one.text, {label: float(label in one.marks) for label in LABELS}, one.part, OWN, "links", one.pattern)
        for one in written.read(HERE / "items" / "links.txt")
    ]
    shared = [row for row in items.load() if row.source in {"items/spam_ads_phish", "items/calm", "items/criticism"}]
    return rows + [Row(r.text, r.labels, r.part, OWN / 3, r.source, r.group) for r in shared]


def _seen(rows: Sequence[Row], kinds: Sequence[str]) -> _Rows:
    page = Page()
    return _Rows(
        rows,
        table([strengths(signs(row.text, page)) for row in rows], kinds),
        np.array([[row.labels.get(label, np.nan) for label in LABELS] for row in rows]),
        np.array([row.weight for row in rows]),
    )


def _best(known: _Rows, column: int, prior: Floats, label: str, report: Callable[[str], None]) -> Floats:
    """The weights of the kinds with a prior (NaN: none) whose pull to the prior makes the own tune items likeliest."""
    knowing = known.of(lambda row: label in row.labels)
    train, tune = knowing.of(lambda row: row.part is Part.TRAIN), knowing.of(_is_own_tune)
    used = ~np.isnan(prior)
    prior = np.nan_to_num(prior)
    tried = {pull: prior.copy() for pull in PULLS}
    for pull, weights in tried.items():
        weights[used] = fit(train.seen[:, used], train.truth[:, column], train.weights, prior[used], pull)
    losses = {pull: _loss(tune, column, weights) for pull, weights in tried.items()}
    best = min(losses, key=lambda pull: losses[pull])
    report(
        f"{label}: pull {best:g}, loss on tune {losses[best]:.4f} (as set by hand: {_loss(tune, column, prior):.4f})"
    )
    return tried[best]


def _calibrated(known: _Rows, column: int, weights: Floats, label: str, report: Callable[[str], None]) -> Floats:
    """Stretched and shifted to suit the own tune items: the public rows are of another place, with another mix."""
    own = known.of(lambda row: label in row.labels and _is_own_tune(row))
    tried = [weights * slope + shift * np.eye(len(weights))[0] for slope in SLOPES for shift in SHIFTS]
    best: Floats = min(tried, key=lambda each: _loss(own, column, each))
    report(
        f"{label}: loss on own tune items {_loss(own, column, weights):.4f}, calibrated {_loss(own, column, best):.4f}"
    )
    return best


def _is_own_tune(row: Row) -> bool:
    return row.part is Part.TUNE and row.source not in {*LEARNED, *SPAM}


def _loss(rows: _Rows, column: int, weights: Floats) -> float:
    truth = rows.truth[:, column]
    likely = np.clip(_scores(rows, weights), 1e-9, 1 - 1e-9)
    losses = -(truth * np.log(likely) + (1 - truth) * np.log(1 - likely))
    return float((losses * rows.weights).sum() / rows.weights.sum())


def _scores(rows: _Rows, weights: Floats) -> Floats:
    scores: Floats = 1 / (1 + np.exp(-(rows.seen @ weights)))
    return scores


def _report(known: _Rows, found: dict[str, Floats], report: Callable[[str], None]) -> None:
    for part in (Part.TUNE, Part.JUDGE):
        for source in sorted({row.source for row in known.rows}):
            for line in _figures(known.of(_in(part, source)), found, source):
                report(f"{part:5} {source}: {line}")


def _in(part: Part, source: str) -> Callable[[Row], bool]:
    return lambda row: row.part is part and row.source == source


def _figures(some: _Rows, found: dict[str, Floats], source: str) -> Iterator[str]:
    scores = {label: _scores(some, weights) for label, weights in found.items()}
    if source in SPAM:
        truth = np.array([row.labels["spam"] for row in some.rows])
        measured = {"either, of spam": (np.maximum(*scores.values()), truth)}
    else:
        measured = {label: (scores[label], some.truth[:, column]) for column, label in enumerate(LABELS)}
    for label, (score, truth) in measured.items():
        q = quality(score, truth)
        if q is None:
            yield f"{label}: {int((score >= 0.5).sum())} of {len(score)} above 0.5"
        else:
            yield (
                f"{label}: {q.positives} of {q.rows}, AUC {q.roc_auc:.3f}, precision {q.precision:.3f}, "
                f"recall {q.recall:.3f}, calibration error {q.calibration_error:.3f}"
            )


def _report_opinions(
    rows: Sequence[Row], kinds: Sequence[str], found: dict[str, Floats], report: Callable[[str], None]
) -> None:
    some = _seen(rows, kinds)
    for label, weights in found.items():
        scores = _scores(some, weights)
        above = ", ".join(f"{(scores >= at).mean():.4f} from {at}" for at in (0.5, 0.95))
        report(f"political opinion, {len(rows)} posts: {label} {above}")


def _toml(kinds: Sequence[str], found: dict[str, Floats]) -> str:
    lines = ["# Made by `python -m classifiers.training.links`; a score is the logistic function of the sum."]
    for label, weights in found.items():
        lines += ["", f"[{label}]", f"bias = {weights[0]:.3f}"]
        lines += [f"{kind} = {weight:.3f}" for kind, weight in zip(kinds, weights[1:], strict=True) if weight]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
