"""What the command line chose, and the comments that follow from it."""

import csv
import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

from moderator import clock
from moderator.demo import samples

#: Public sets of real comments: file in the data folder, column of the text. Long, middling and short ones.
_SETS = (
    ("jigsaw_wiki_subset/jigsaw_wiki_subset.csv.gz", "comment_text"),
    ("civil_toxic_spans/comments.csv.gz", "comment_text"),
    ("dynahate/dynahate_train_dev.csv.gz", "text"),
)


@dataclass(frozen=True, slots=True)
class Options:
    """`data` is a folder of public sets; None: the demonstration's samples, over and over."""

    data: Path | None
    postgres: str | None
    comments: int

    @property
    def source(self) -> str:
        """Where the comments come from, for a table's title."""
        return "comments of three public sets" if self.data else "sample comments of the demonstration"

    def texts(self, count: int | None = None) -> list[str]:
        """So many comments, a third of each set, mixed."""
        wanted = self.comments if count is None else count
        sources = [_column(self.data / file, column) for file, column in _SETS] if self.data else [_samples()]
        return list(islice(_in_turn(sources), wanted))


def _in_turn(sources: list[Iterator[str]]) -> Iterator[str]:
    for source in cycle(sources):
        text = next(source, None)
        if text is None:
            return
        yield text


def _column(path: Path, column: str) -> Iterator[str]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row[column].strip():
                yield row[column]


def _samples() -> Iterator[str]:
    for sample in cycle(samples.load(clock.now())):
        yield str(sample.payload["text"])
