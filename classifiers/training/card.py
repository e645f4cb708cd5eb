"""Writes a model's card: what it learned from, what it is worth, where it fails. Every figure is of rows that judge."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from classifiers.training.datasets import DataSet
from classifiers.training.measures import Floats, quality, shares_above, truth
from classifiers.training.rows import Part, Row


def measured(rows: Sequence[Row], scores: Floats, labels: Sequence[str]) -> dict[str, Any]:
    """Figures by label, by public set and by file of own items; `scores` belong to `rows`, which all judge."""
    known = truth(rows, labels)
    sources = np.array([row.source for row in rows])
    return {
        "metrics": {
            label: _rounded(asdict(found))
            for column, label in enumerate(labels)
            if (found := quality(scores[:, column], known[:, column]))
        },
        "sets": {
            source: by_label
            for source in sorted(set(sources) - _own(sources))
            if (by_label := _by_label(scores[sources == source], known[sources == source], labels))
        },
        "own_items": {
            source.removeprefix("items/"): _claims(scores[sources == source], known[sources == source], labels)
            for source in sorted(_own(sources))
        },
    }


def false_alarms(scores: Floats, labels: Sequence[str]) -> dict[str, Any]:
    """The share of opinionated political posts that each label claims at 0.5 and at 0.9."""
    shares = shares_above(scores, labels, (0.5, 0.9))
    return {label: {"above_0.5": round(half, 5), "above_0.9": round(high, 5)} for label, (half, high) in shares.items()}


def sources(sets: Collection[DataSet], rows: Sequence[Row], labels: Sequence[str]) -> list[dict[str, Any]]:
    """Each public set with its licence, the exact files, and how many rows of it each label learned from."""
    learned = [row for row in rows if row.part is Part.TRAIN]
    return [
        {
            "name": chosen.name,
            "repository": chosen.repository,
            "commit": chosen.commit,
            "licence": chosen.licence,
            "files": [{"name": name, "sha256": sha256} for name, sha256 in chosen.files.items()],
            "rows": rows_per_label([row for row in learned if row.source == chosen.name], labels),
        }
        for chosen in sets
    ]


def rows_per_label(rows: Collection[Row], labels: Sequence[str]) -> dict[str, int]:
    counts = {label: sum(label in row.labels for row in rows) for label in labels}
    return {label: count for label, count in counts.items() if count}


def render(card: Mapping[str, Any]) -> str:
    """The card as TOML. Plain values come first, then tables, then lists of tables."""
    return "\n".join(_table(card, ())) + "\n"


def _table(table: Mapping[str, Any], path: tuple[str, ...]) -> list[str]:
    lines = [f"{_key(key)} = {_value(value)}" for key, value in table.items() if not _is_nested(value)]
    for key, value in table.items():
        if isinstance(value, Mapping) and _is_nested(value):
            lines += ["", f"[{'.'.join(map(_key, (*path, key)))}]", *_table(value, (*path, key))]
        elif _is_nested(value):
            for entry in value:
                lines += ["", f"[[{'.'.join(map(_key, (*path, key)))}]]", *_table(entry, (*path, key))]
    return lines


def _is_nested(value: Any) -> bool:
    """Whether a value needs a heading of its own: a table of tables, or a list of tables that hold such."""
    if isinstance(value, Mapping):
        return any(isinstance(inner, (Mapping, list)) for inner in value.values())
    return isinstance(value, list) and any(isinstance(entry, Mapping) and _is_nested(entry) for entry in value)


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(key)} = {_value(inner)}" for key, inner in value.items()) + " }"
    if isinstance(value, (list, tuple)):
        return "[\n" + "".join(f"    {_value(entry)},\n" for entry in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def _key(key: str) -> str:
    return key if key.replace("_", "").replace("-", "").isalnum() else json.dumps(key)


def _own(names: Collection[str]) -> set[str]:
    return {str(name) for name in names if name.startswith("items/")}


def _rounded(figures: Mapping[str, float]) -> dict[str, float]:
    return {name: round(figure, 4) for name, figure in figures.items()}


def _by_label(scores: Floats, known: Floats, labels: Sequence[str]) -> dict[str, dict[str, float]]:
    found = {label: quality(scores[:, column], known[:, column]) for column, label in enumerate(labels)}
    return {
        label: {"rows": all_of.rows, "positives": all_of.positives}
        | _rounded({name: getattr(all_of, name) for name in ("roc_auc", "average_precision", "accuracy")})
        for label, all_of in found.items()
        if all_of
    }


def _claims(scores: Floats, known: Floats, labels: Sequence[str]) -> dict[str, Any]:
    """Of the items where a label holds, the share found at 0.5; of those where it does not, the share wrongly so."""
    claims: dict[str, Any] = {"rows": len(scores)}
    for column, label in enumerate(labels):
        holds, fails = known[:, column] == 1, known[:, column] == 0
        shares = {}
        if holds.any():
            shares["found"] = round(float((scores[holds, column] >= 0.5).mean()), 3)
        if fails.any():
            shares["false_alarms"] = round(float((scores[fails, column] >= 0.5).mean()), 3)
        if shares:
            claims[label] = shares
    return claims
