"""Files of comments that people bring, opened as text: plain or gzipped, whatever their bytes."""

import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

#: What a file raises while it is read that is no table, or is damaged.
UNREADABLE = (csv.Error, OSError, EOFError, zlib.error)

#: Characters of one field of a table: Python's own limit is below what a comment may have.
_FIELD_LIMIT = 10_000_000
_TABS = {".tsv", ".tab"}


@dataclass(frozen=True, slots=True)
class Opened:
    """An open file as text; its bytes, compressed ones for a .gz file, tell how far it is read."""

    text: IO[str]
    raw: IO[bytes]


@contextmanager
def opened(path: Path) -> Iterator[Opened]:
    """Bytes that are no UTF-8 become lone surrogates: classifiers read those too. Raises `OSError` for no such file."""
    csv.field_size_limit(_FIELD_LIMIT)
    with path.open("rb") as raw:
        unzipped = cast(IO[bytes], gzip.GzipFile(fileobj=raw)) if path.suffix == ".gz" else raw
        with io.TextIOWrapper(unzipped, encoding="utf-8-sig", errors="surrogateescape", newline="") as text:
            yield Opened(text, raw)


def delimiter(path: Path) -> str:
    """What stands between the values of a table, by the name of its file."""
    return "\t" if _TABS & set(path.suffixes) else ","
