"""The whole way from the data folder to the baseline's two committed files."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from classifiers.baseline.reading import WINDOW
from classifiers.training import card, datasets, items
from classifiers.training.baseline import fit
from classifiers.training.baseline.fit import LABELS
from classifiers.training.datasets import DataSet
from classifiers.training.rows import Part

LIMITS = (
    "It reads English. Text in other languages scores as noise; text in other scripts must go to a person.",
    "It counts words and letters: irony, quotation, denial and context are beyond it.",
    "Neutral words for groups raise discrimination, since public sets mention groups mostly in abuse.",
    "Veiled threats are found far less often than plain ones.",
    "Scores are calibrated on the mix of the sets below, where abuse is far more common than on most pages: "
    "on a calm page a score overstates.",
    "Most of the data is American, from 2012 to 2023; swearing in African-American English is overrated.",
    "Sexual remarks and threats rest on few examples, many of them written for this purpose.",
    "One sharp sentence among calm ones scores lower than alone: the calm words of its stretch count too.",
    f"A text over {WINDOW} characters has the score of its worst stretch of {WINDOW}.",
    "A breach in one clause of a long sentence of calm words can be missed.",
)


def build(
    sets: Sequence[DataSet],
    judges: Sequence[DataSet],
    data: Path,
    out: Path,
    today: date,
    report: Callable[[str], None],
    own_items: Path = items.FOLDER,
) -> None:
    """Write `weights.npz` and `card.toml` to `out`. Raises `DataMissing` or `TooFewRows`, and then writes nothing."""
    own = items.load(own_items)
    rows = datasets.one_side_each([*datasets.load(sets, data, report), *own])
    rows = [row for row in rows if not row.labels.keys().isdisjoint(LABELS)]
    opinions = datasets.load(judges, data, report)
    weights = fit.train(rows, report)
    content = weights.dump()
    sha256 = hashlib.sha256(content).hexdigest()
    judging = [row for row in rows if row.part is Part.JUDGE]
    written = {
        "name": "baseline",
        "version": f"1-{sha256[:8]}",
        "summary": "Six labels from hashed words and letters: small, fast, the floor for a stronger model to beat.",
        "labels": list(LABELS),
        "licence": "Apache-2.0 for the code; each data set under its own licence, below",
        "sha256": sha256,
        "trained": today.isoformat(),
        "limits": list(LIMITS),
        "own_item_rows": card.rows_per_label([row for row in own if row.part is Part.TRAIN], LABELS),
        **card.measured(judging, fit.score(weights, [row.text for row in judging]), LABELS),
        "political_opinion_false_alarms": {
            "posts": len(opinions),
            **card.false_alarms(fit.score(weights, [row.text for row in opinions]), LABELS),
        },
        "data": card.sources(sets, rows, LABELS),
    }
    out.mkdir(parents=True, exist_ok=True)
    out.joinpath("weights.npz").write_bytes(content)
    out.joinpath("card.toml").write_text(card.render(written), "utf-8")
    report(f"wrote weights.npz ({len(content) / 1e6:.1f} MB) and card.toml to {out}")
