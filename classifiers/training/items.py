"""Our own training items: what public sets lack, as patterns with choices, in our own words.

A line of `items/*.jsonl` is `{"pattern": "direct-01", "template": "You are [late|early]", "is": ["threat"]}`. Each
bracket is a choice. `is` names the labels that hold; all others do not, except those that `may` lists: unknown.
A pattern is one group, so the patterns that judge are never those that were learned.
"""

import hashlib
import itertools
import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from classifiers.training.rows import LABELS, Part, Row, leak_key

FOLDER = Path(__file__).with_name("items")
MOST_OF_A_PATTERN = 8
#: An own item counts as much as this many rows of a public set; chosen on the `TUNE` rows.
WEIGHT = 3.0

_CHOICE = re.compile(r"\[([^]]*\|[^]]*)\]")


def load(folder: Path = FOLDER) -> list[Row]:
    """Every item, written out and split by pattern; `source` is `items/` and the file's name."""
    rows: list[Row] = []
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            rows += _rows(json.loads(line), f"items/{path.stem}")
    return rows


def write_out(template: str, most: int = MOST_OF_A_PATTERN) -> list[str]:
    """The texts of a template, at most `most` of them, always the same ones."""
    pieces = _CHOICE.split(template)
    choices = [piece.split("|") if place % 2 else [piece] for place, piece in enumerate(pieces)]
    texts = ["".join(picked) for picked in itertools.islice(itertools.product(*choices), 5_000)]
    return random.Random(template).sample(texts, min(most, len(texts)))  # noqa: S311  # not a secret


def _rows(line: dict[str, Any], source: str) -> Iterator[Row]:
    unknown = set(line.get("may", ()))
    labels = {label: float(label in line["is"]) for label in LABELS if label not in unknown}
    for text in write_out(line["template"]):
        yield Row(text, labels, _part(line["pattern"]), WEIGHT, source, line["pattern"], leak_key(text))


def _part(pattern: str) -> Part:
    place = hashlib.sha256(f"items:{pattern}".encode()).digest()[0] / 256
    return Part.TRAIN if place < 0.65 else Part.TUNE if place < 0.8 else Part.JUDGE
