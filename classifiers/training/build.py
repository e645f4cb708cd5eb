"""The whole way from the data folder to the two files that are committed."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from classifiers.training import baseline, card, datasets, items
from classifiers.training.baseline import LABELS, TooFewRows
from classifiers.training.datasets import DataSet
from classifiers.training.rows import Part

__all__ = ["TooFewRows", "build"]


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
    weights = baseline.train(rows, report)
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
        "limits": list(card.LIMITS),
        "own_item_rows": card.rows_per_label([row for row in own if row.part is Part.TRAIN], LABELS),
        **card.measured(judging, baseline.score(weights, [row.text for row in judging]), LABELS),
        "political_opinion_false_alarms": {
            "posts": len(opinions),
            **card.false_alarms(baseline.score(weights, [row.text for row in opinions]), LABELS),
        },
        "data": card.sources(sets, rows, LABELS),
    }
    out.mkdir(parents=True, exist_ok=True)
    out.joinpath("weights.npz").write_bytes(content)
    out.joinpath("card.toml").write_text(card.render(written), "utf-8")
    report(f"wrote weights.npz ({len(content) / 1e6:.1f} MB) and card.toml to {out}")
