"""Our own training items: what public sets lack, as patterns with choices, in our own words.

A line of `items/*.jsonl` is `{"pattern": "direct-01", "template": "You are [late|early]", "is": ["threat"]}`. Each
bracket is a choice, `{identity}` a choice from that list of the `lists.json` beside it. `is` names the labels that
hold; all others do not, except those that `may` lists: unknown. How rude a text is stays unknown too, unless `is` or
`not` says it. `most` texts of a pattern are written out.
A pattern is one group, so the patterns that judge are never those that were learned.
"""

import hashlib
import itertools
import json
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from classifiers.training.rows import LABELS, TONES, Part, Row, leak_key

FOLDER = Path(__file__).with_name("items")
LISTS = "lists.json"
MOST_OF_A_PATTERN = 8
#: An own item counts as much as this many rows of a public set; chosen on the `TUNE` rows.
WEIGHT = 3.0

_LIST = re.compile(r"\{(\w+)\}")
_CHOICE = re.compile(r"\[([^]]*\|[^]]*)\]")


def load(folder: Path = FOLDER) -> list[Row]:
    """Every item, written out and split by pattern; `source` is `items/` and the file's path, as in `items/slurs`."""
    rows: list[Row] = []
    for path in sorted(folder.rglob("*.jsonl")):
        lists = path.with_name(LISTS)
        named = json.loads(lists.read_text("utf-8")) if lists.is_file() else {}
        source = f"items/{path.relative_to(folder).with_suffix('').as_posix()}"
        for line in path.read_text("utf-8").splitlines():
            rows += _rows(json.loads(line), source, named)
    return rows


def write_out(template: str, most: int = MOST_OF_A_PATTERN) -> list[str]:
    """The texts of a template, at most `most` of them, always the same ones."""
    pieces = _CHOICE.split(template)
    choices = [piece.split("|") if place % 2 else [piece] for place, piece in enumerate(pieces)]
    texts = ["".join(picked) for picked in itertools.islice(itertools.product(*choices), 5_000)]
    return random.Random(template).sample(texts, min(most, len(texts)))  # noqa: S311  # not a secret


def _rows(line: dict[str, Any], source: str, lists: Mapping[str, Sequence[str]]) -> Iterator[Row]:
    unknown = {*TONES, *line.get("may", ())} - {*line["is"], *line.get("not", ())}
    labels = {label: float(label in line["is"]) for label in LABELS if label not in unknown}
    template = _LIST.sub(lambda found: f"[{'|'.join(lists[found[1]])}]", line["template"])
    for text in write_out(template, line.get("most", MOST_OF_A_PATTERN)):
        yield Row(text, labels, _part(line["pattern"]), WEIGHT, source, line["pattern"], leak_key(text))


def _part(pattern: str) -> Part:
    place = hashlib.sha256(f"items:{pattern}".encode()).digest()[0] / 256
    return Part.TRAIN if place < 0.65 else Part.TUNE if place < 0.8 else Part.JUDGE
