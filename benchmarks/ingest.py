"""`ingest`: a file of comments taken to its decisions, and where the time goes."""

import csv
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from sqlalchemy import Engine, event, func, select
from sqlalchemy.engine.default import DefaultDialect

from benchmarks import figures
from benchmarks.options import Options
from benchmarks.stage import Stage, stage
from moderator import importing
from moderator.importing import Columns
from moderator.pipeline.classifier_room import ClassifierRoom
from moderator.storage.tables import Case, Comment


@dataclass(slots=True)
class Shares:
    """Seconds spent in the classifiers and in the database. One thread imports, so they never overlap."""

    classifier: float = 0.0
    database: float = 0.0


def run(options: Options) -> None:
    databases = [("SQLite", None)] + ([("PostgreSQL", options.postgres)] if options.postgres else [])
    rows = [_measure(name, url, options) for name, url in databases]
    figures.show(
        f"ingest: {options.comments:,} {options.source}, imported into an empty office",
        ("database", "comments/s", "per CPU second", "classifier", "database", "the rest", "waiting for people"),
        rows,
    )


def _measure(name: str, url: str | None, options: Options) -> tuple[str, ...]:
    with stage(url) as scene:
        file = Path(scene.environ["MODERATOR_HOME"]) / "comments.csv"
        _write(file, options.texts())
        scene.runtime.classifiers.load()
        with _watched() as shares:
            begun, busy = time.perf_counter(), time.process_time()
            importing.import_file(scene.runtime, scene.channel, file, Columns("text", "id"))
            seconds, busy = time.perf_counter() - begun, time.process_time() - busy
        comments, cases = _counts(scene)
    rest = seconds - shares.classifier - shares.database
    parts = (f"{part / seconds:.0%}" for part in (shares.classifier, shares.database, rest))
    return (name, f"{comments / seconds:,.0f}", f"{comments / busy:,.0f}", *parts, f"{cases / comments:.0%}")


def _write(path: Path, texts: list[str]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("id", "text"))
        writer.writerows(enumerate(texts))


def _counts(scene: Stage) -> tuple[int, int]:
    with scene.runtime.database.read() as session:
        mine = select(func.count()).select_from(Comment).where(Comment.channel_id == scene.channel.id)
        comments = session.scalar(mine) or 0
        return comments, session.scalar(mine.join(Case, Case.comment_id == Comment.id)) or 0


@contextmanager
def _watched() -> Iterator[Shares]:
    """Measure from outside: around every reading of a batch, every statement and every commit, whoever asks for it."""
    shares = Shares()
    begun: list[float] = []

    def read_a_batch(seconds: float) -> None:
        shares.classifier += seconds

    def used_the_database(seconds: float) -> None:
        shares.database += seconds

    def before(*_: Any) -> None:
        begun.append(time.perf_counter())

    def after(*_: Any) -> None:
        used_the_database(time.perf_counter() - begun.pop())

    event.listen(Engine, "before_cursor_execute", before)
    event.listen(Engine, "after_cursor_execute", after)
    with (
        patch.object(ClassifierRoom, "read", _timed(ClassifierRoom.read, read_a_batch)),
        patch.object(DefaultDialect, "do_commit", _timed(DefaultDialect.do_commit, used_the_database)),
    ):
        yield shares
    event.remove(Engine, "before_cursor_execute", before)
    event.remove(Engine, "after_cursor_execute", after)


def _timed(call: Callable[..., Any], tell: Callable[[float], None]) -> Callable[..., Any]:
    def timed(*arguments: Any) -> Any:
        begun = time.perf_counter()
        try:
            return call(*arguments)
        finally:
            tell(time.perf_counter() - begun)

    return timed
