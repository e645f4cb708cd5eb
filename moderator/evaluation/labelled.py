"""A file of labelled comments, read whole: CSV, TSV or JSONL, plain or gzipped. Every error says where and what to do.

A label's column holds 0, 1, true, false, a share from 0 to 1, or nothing where the row does not know.
"""

import csv
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np

from guidelines.reader import closest, nearest
from moderator import files
from moderator.errors import Invalid
from moderator.evaluation.confusion import Groups
from moderator.evaluation.measures import Bools, Floats
from moderator.evaluation.report import Rows

_WORDS = {"true": 1.0, "false": 0.0, "": np.nan}
_JSON_LINES = {".jsonl", ".ndjson"}


@dataclass(frozen=True, slots=True)
class Source:
    """Where a label comes from: a column; with `value`, rows hold the label where the column says just that."""

    column: str
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column holds what. A column called like one of our labels needs no entry in `labels`.

    `where` keeps only rows with these values. `benign`: no row holds any label, whatever the columns say.
    `group_words`: a row belongs to the group of every one of these words that its text contains.
    """

    text: str = "text"
    labels: Mapping[str, Source] = field(default_factory=dict)
    group: str | None = None
    group_words: Sequence[str] = ()
    where: Sequence[tuple[str, str]] = ()
    benign: bool = False


@dataclass(frozen=True, slots=True)
class Labelled:
    """The rows that have a text; `lines` says where each begins. `unread` are columns that nothing was taken from."""

    texts: list[str]
    lines: list[int]
    rows: Rows
    without_text: int
    unread: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Record:
    line: int
    values: Mapping[str, Any]


def source(written: str) -> Source:
    """`column`, or `column:value`. What is right of the last colon is the value."""
    column, colon, value = written.rpartition(":")
    return Source(column, value) if colon else Source(written)


def read(path: Path, columns: Columns, labels: Sequence[str]) -> Labelled:
    """Read every row. `labels` are those that somebody can score. Raises `Invalid`, and `OSError` for no such file."""
    with files.opened(path) as opened:
        reading = _json_lines if _JSON_LINES & set(path.suffixes) else _table
        names, records = reading(opened.text, path)
        sources = _sources(path.name, columns, labels, names)
        texts: list[str] = []
        lines: list[int] = []
        groups: list[str] = []
        truth: dict[str, list[float]] = {label: [] for label in sources}
        without_text = 0
        for record in records:
            if any(_plain(record.values.get(column)) != value for column, value in columns.where):
                continue
            written = _plain(record.values.get(columns.text))
            if not written.strip():
                without_text += 1
                continue
            texts.append(written)
            lines.append(record.line)
            for label, origin in sources.items():
                truth[label].append(_truth(path.name, record, origin))
            groups.append(_plain(record.values.get(columns.group)) if columns.group else "")
    if not texts:
        chosen = " after --where" if columns.where else ""
        raise Invalid("file", f"{path.name} has no row with a text{chosen}: there is nothing to measure")
    known: dict[str, Floats] = {label: np.array(values) for label, values in truth.items()}
    if columns.benign:
        known = {label: np.zeros(len(texts)) for label in labels}
    used = {columns.text, columns.group, *(column for column, _ in columns.where)}
    unread = tuple(name for name in names if name not in used | {origin.column for origin in sources.values()})
    rows = Rows(known, _groups(columns, texts, groups))
    return Labelled(texts, lines, rows, without_text, unread)


def _table(text: IO[str], path: Path) -> tuple[Sequence[str], Iterator[_Record]]:
    reader = csv.reader(text, delimiter=files.delimiter(path))
    try:
        header = next(reader, [])
    except files.UNREADABLE as error:
        raise Invalid("file", f"{path.name} cannot be read: {error}") from None
    if twice := {name for name in header if header.count(name) > 1}:
        raise Invalid("file", f"{path.name}, line 1: column {min(twice)!r} is there twice; rename one of the two")

    def records() -> Iterator[_Record]:
        line = reader.line_num + 1
        try:
            for row in reader:
                if row and len(row) != len(header):
                    raise Invalid(
                        "file",
                        f"{path.name}, line {line}: {len(row)} values under {len(header)} columns; "
                        'put values that hold a comma or a line break into "quotes"',
                    )
                if row:
                    yield _Record(line, dict(zip(header, row, strict=True)))
                line = reader.line_num + 1
        except files.UNREADABLE as error:
            raise Invalid("file", f"{path.name}, line {line}: {error}") from None

    return header, records()


def _json_lines(text: IO[str], path: Path) -> tuple[Sequence[str], Iterator[_Record]]:
    """Objects may lack keys, so the columns are known only when all lines are read."""
    found: list[_Record] = []
    try:
        for number, line in enumerate(text, 1):
            if line.strip():
                found.append(_Record(number, _object(line, f"{path.name}, line {number}")))
    except files.UNREADABLE as error:
        raise Invalid("file", f"{path.name} cannot be read: {error}") from None
    return list(dict.fromkeys(key for record in found for key in record.values)), iter(found)


def _object(line: str, where: str) -> Mapping[str, Any]:
    try:
        value = json.loads(line.rstrip())
    except (ValueError, RecursionError) as error:
        column = f", column {error.colno}" if isinstance(error, json.JSONDecodeError) else ""
        raise Invalid("file", f"{where}{column}: this is no JSON; write one object on each line") from None
    if not isinstance(value, dict):
        raise Invalid("file", f'{where}: write an object, such as {{"text": "…", "threat": 0}}')
    return value


def _sources(name: str, columns: Columns, labels: Sequence[str], names: Sequence[str]) -> dict[str, Source]:
    _column(name, "--text", columns.text, names)
    if columns.group is not None:
        _column(name, "--group", columns.group, names)
    for column, _ in columns.where:
        _column(name, "--where", column, names)
    chosen = {label: Source(label) for label in labels if label in names} | dict(columns.labels)
    for label in columns.labels:
        if label not in labels:
            raise Invalid("--label", f"--label: there is no label {label!r}; {nearest(label, labels)}")
    if columns.benign:
        return {}
    # A header may hold a colon itself: a whole name goes before name and value.
    whole = {label: f"{origin.column}:{origin.value}" for label, origin in chosen.items()}
    chosen = {label: Source(whole[label]) if whole[label] in names else origin for label, origin in chosen.items()}
    for label, origin in chosen.items():
        _column(name, f"--label {label}", origin.column, names)
    if not chosen:
        likely = next(
            (
                f"; did you mean --label {close[0]}={n}?"
                for n in names
                if n != columns.text and (close := closest(n, list(labels)))
            ),
            "",
        )
        raise Invalid(
            "--label",
            f"{name} has no column called like a label{likely or '; name one with --label threat=COLUMN'} "
            "(or say --benign where no row holds any)",
        )
    return chosen


def _column(name: str, option: str, column: str, names: Sequence[str]) -> None:
    if column not in names:
        raise Invalid(option, f"{option}: {name} has no column {column!r}; {nearest(column, names)}")


def _truth(name: str, record: _Record, origin: Source) -> float:
    value = record.values.get(origin.column)
    if origin.value is not None:
        return float(_plain(value) == origin.value) if _plain(value) else np.nan
    if isinstance(value, str):
        word = value.strip().lower()
        number = _WORDS[word] if word in _WORDS else _number(word)
    else:
        number = np.nan if value is None else float(value) if isinstance(value, int | float) else None
    if number is None or number < 0 or number > 1:
        raise Invalid(
            origin.column,
            f"{name}, line {record.line}, column {origin.column!r}: {_plain(value)[:40]!r} says neither yes nor no; "
            "write 1 or 0, true or false, a share between, or nothing where it is unknown "
            "(a column of words is read with --label OURS=COLUMN:WORD)",
        )
    return number


def _number(word: str) -> float | None:
    try:
        return float(word)
    except ValueError:
        return None


def _plain(value: Any) -> str:
    """A value as a table would hold it."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _groups(columns: Columns, texts: Sequence[str], values: Sequence[str]) -> Groups:
    if columns.group_words:
        return _groups_by_word(columns.group_words, texts)
    if columns.group is None:
        return Groups((), _nobody(texts))
    names = tuple(sorted(set(values) - {""}))
    return Groups(names, np.array(values)[:, None] == np.array(names)[None, :] if names else _nobody(texts))


def _groups_by_word(words: Sequence[str], texts: Sequence[str]) -> Groups:
    """The longest word wins where one is part of another: 'african american' is no mention of 'american'."""
    words = list(dict.fromkeys(" ".join(word.lower().split()) for word in words))
    longest_first = sorted(words, key=len, reverse=True)
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)")
    place = {word: index for index, word in enumerate(words)}
    member = np.zeros((len(texts), len(words)), bool)
    for row, text in enumerate(texts):
        for found in pattern.findall(" ".join(text.lower().split())):
            member[row, place[found]] = True
    used = np.flatnonzero(member.any(axis=0))
    return Groups(tuple(words[index] for index in used), member[:, used])


def _nobody(texts: Sequence[str]) -> Bools:
    return np.zeros((len(texts), 0), bool)
