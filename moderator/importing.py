"""A file of comments taken through the pipeline: read as a stream, each row once however often it is run."""

import csv
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import IO

from sqlalchemy import String, func, literal, select
from sqlalchemy import cast as sql_cast

from moderator import files
from moderator.connectors.base import AuthorRef, CommentEvent, EventKind, PostRef
from moderator.domain.decisions import State
from moderator.errors import Invalid
from moderator.jobs import handlers, queue
from moderator.jobs.runner import Runner
from moderator.pipeline.ingest import ingest
from moderator.runtime import Runtime
from moderator.storage.tables import Channel, Comment, Decision

#: Rows per commit.
BATCH = 500


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column holds what. Only the text is required."""

    text: str
    id: str | None = None
    author: str | None = None
    post: str | None = None
    time: str | None = None


@dataclass(slots=True)
class Progress:
    """Counts so far. `read` bytes of `size` tell how far the file is; compressed bytes for a .gz file."""

    size: int
    read: int = 0
    rows: int = 0
    accepted: int = 0
    known: int = 0
    empty: int = 0


def import_file(
    runtime: Runtime,
    channel: Channel,
    path: Path,
    columns: Columns,
    *,
    limit: int | None = None,
    on_progress: Callable[[Progress], None] = lambda _: None,
) -> Progress:
    """Take every row to its decision. Raises `Invalid` for a column that is not there, or a value that cannot be read.

    What is decided is queued for the platform, but carried there by the service, not from here.
    """
    progress = Progress(path.stat().st_size)
    runner = Runner(runtime, handlers.PIPELINE)
    with runtime.database.write() as session:
        queue.release_dead(session)  # an import that was killed is run again by the next one
    with files.opened(path) as source:
        for batch in _batches(islice(_events(source.text, columns, path), limit)):
            events = [event for event in batch if event.text.strip()]
            with runtime.database.write() as session:
                taken = ingest(session, channel, events)
            runtime.doorbell.ring()
            progress.rows += len(batch)
            progress.accepted += taken.accepted
            progress.known += taken.unchanged
            progress.empty += len(batch) - len(events)
            runner.drain()
            progress.read = source.raw.tell()
            on_progress(progress)
    return progress


def undecided(runtime: Runtime) -> int:
    """Jobs that stand between a received comment and its decision, in the whole database."""
    with runtime.database.read() as session:
        waiting = queue.waiting(session)
    return sum(waiting.get(kind, 0) for kind in (queue.Kind.CLASSIFY, queue.Kind.DECIDE, queue.Kind.TRIAGE))


def drain(runtime: Runtime) -> None:
    """Work through what stands between received comments and their decisions."""
    Runner(runtime, handlers.PIPELINE).drain()


def outcomes(runtime: Runtime, channel_id: str, since: datetime) -> list[tuple[State, tuple[str, ...], int]]:
    """What became of the channel's comments received since then: in force or waiting, verbs, how many."""
    verbs = sql_cast(Decision.verbs, String)
    mine = (Comment.channel_id == channel_id) & (Comment.received_at >= since)
    in_force = select(literal(State.MADE.value), verbs, func.count()).join(Comment, Comment.decision_id == Decision.id)
    waiting = (
        select(literal(State.SUGGESTED.value), verbs, func.count())
        .join(Comment, (Comment.id == Decision.comment_id) & (Comment.revision_id == Decision.revision_id))
        .where(Comment.decision_id.is_(None), Decision.state == State.SUGGESTED)
    )
    with runtime.database.read() as session:
        return [
            (State(state), tuple(json.loads(text)), count)
            for query in (in_force, waiting)
            for state, text, count in session.execute(query.where(mine).group_by(verbs).order_by(verbs))
        ]


def _batches(rows: Iterator[CommentEvent]) -> Iterator[list[CommentEvent]]:
    """Rows by the batch. Where one cannot be read, what came before it is handed out first."""
    batch: list[CommentEvent] = []
    try:
        for row in rows:
            batch.append(row)
            if len(batch) == BATCH:
                yield batch
                batch = []
    except Invalid:
        yield batch
        raise
    if batch:
        yield batch


def _events(text: IO[str], columns: Columns, path: Path) -> Iterator[CommentEvent]:
    name = path.name
    reader = csv.reader(text, delimiter=files.delimiter(path))
    try:
        header = next(reader, [])
    except files.UNREADABLE as error:
        raise Invalid("file", f"{name} cannot be read: {error}") from None
    place = {column: index for index, column in enumerate(header)}
    for option, column in (
        ("--text-column", columns.text),
        ("--id-column", columns.id),
        ("--author-column", columns.author),
        ("--post-column", columns.post),
        ("--time-column", columns.time),
    ):
        if column is not None and column not in place:
            raise Invalid(option, f"{option}: {name} has no column {column!r}; it has {', '.join(map(repr, header))}")
    try:
        for row in reader:
            yield _event(row, place, columns, f"{name}, line {reader.line_num}")
    except files.UNREADABLE as error:
        raise Invalid("file", f"{name}, line {reader.line_num}: {error}; what came before it is stored") from None


def _event(row: Sequence[str], place: dict[str, int], columns: Columns, where: str) -> CommentEvent:
    def value(column: str | None) -> str:
        index = place[column] if column is not None else len(row)
        return row[index] if index < len(row) else ""

    text, author, post = value(columns.text), value(columns.author), value(columns.post)
    external_id = value(columns.id)
    return CommentEvent(
        kind=EventKind.ADDED,
        external_id=_clean_id(external_id) if external_id else _row_id(where, text),
        text=text,
        author=AuthorRef(_clean_id(author), name=author) if author else None,
        post=PostRef(_clean_id(post)) if post else None,
        occurred_at=_moment(value(columns.time), columns.time, where) if columns.time else None,
    )


def _row_id(where: str, text: str) -> str:
    """The same row of the same file gets the same id, so that running an import again changes nothing."""
    return "row-" + hashlib.sha256(f"{where}\0{text}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _clean_id(value: str) -> str:
    """An id that any database can hold: kept when it is plain and short, hashed otherwise."""
    if value.isprintable() and 0 < len(value) <= 200 and not any("\ud800" <= c <= "\udfff" for c in value):
        return value
    return "sha256-" + hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()


def _moment(value: str, column: str | None, where: str) -> datetime:
    try:
        if value.isdigit():
            return datetime.fromtimestamp(int(value), UTC)
        moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        raise Invalid("--time-column", f"{where}, {column}: {value!r} is no ISO 8601 time or Unix seconds") from None
