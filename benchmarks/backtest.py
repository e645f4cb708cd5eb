"""`backtest`: a draft held against a history whose scores are stored, with rules about labels alone and about facts."""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from benchmarks import figures
from benchmarks.options import Options
from benchmarks.stage import Stage, stage
from classifiers.text import unreadable
from guidelines.load import load_preset
from guidelines.schema import (
    Activity,
    ActivityCondition,
    AnyOf,
    GuidelineSet,
    LinkCondition,
    Modality,
    Rule,
    RuleAction,
    Thresholds,
    WordsCondition,
)
from moderator import clock, settings
from moderator.backtest import comparison
from moderator.bootstrap import bootstrap
from moderator.domain.vocabulary import Visibility
from moderator.storage.tables import Assessment, Author, Comment, Post, Revision
from moderator.storage.tables.base import table_of
from moderator.text_key import text_key

_AT_ONCE = 5_000


def run(options: Options) -> None:
    databases = [("SQLite", None)] + ([("PostgreSQL", options.postgres)] if options.postgres else [])
    rows = [row for name, url in databases for row in _measure(name, url, options)]
    figures.show(
        f"backtest: a draft of the open forum beside it, on {options.comments:,} stored comments",
        ("database", "the draft asks for", "seconds", "of CPU", "comments/s", "flips", "MB more at the height"),
        rows,
    )


def _measure(name: str, url: str | None, options: Options) -> Iterator[tuple[str, ...]]:
    with stage(url) as scene:
        _fill(scene, options)
        for asked in _DRAFTS:
            # In a process of its own: filling the database leaves memory that would be used again unseen.
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
                tried = alone.submit(_try, scene.environ, scene.channel.office_id, asked).result()
            speed = f"{options.comments / tried.seconds:,.0f}"
            taken, height = (f"{tried.seconds:.1f}", f"{tried.busy:.1f}"), f"{tried.memory / 1e6:.0f}"
            yield name, asked, *taken, speed, f"{tried.flips:,}", height


@dataclass(frozen=True, slots=True)
class _Tried:
    seconds: float
    #: seconds of the processor
    busy: float
    flips: int
    #: bytes at the height, above what the service held with its classifiers loaded
    memory: int


def _try(environ: dict[str, str], office_id: str, asked: str) -> _Tried:
    runtime = bootstrap(settings.load(environ))
    runtime.classifiers.load()
    draft, flips, held = _DRAFTS[asked](), 0, _memory("VmRSS")
    begun, busy = time.perf_counter(), time.process_time()
    for _, found in comparison.compare(runtime, office_id, draft, None):
        flips += len(found.flips)
    tried = _Tried(time.perf_counter() - begun, time.process_time() - busy, flips, _memory("VmHWM") - held)
    runtime.close()
    return tried


def _stricter() -> GuidelineSet:
    """The preset with every threshold a little lower: many comments change hands."""
    preset = load_preset("open-forum", office_name="Benchmark", contact="by letter")
    rules = (
        replace(rule, thresholds=Thresholds(rule.thresholds.review * 0.9, rule.thresholds.automatic * 0.97))
        for rule in preset.rules
    )
    return replace(preset, rules=tuple(rules))


def _with_facts() -> GuidelineSet:
    stricter = _stricter()
    facts = Rule(
        id="facts",
        title="Links, words and repeats",
        text="Do not post the same thing again and again.",
        actions=(RuleAction("hide", Modality.MUST),),
        condition=AnyOf(
            (
                LinkCondition(allowed=("gov.uk",)),
                WordsCondition(("free money", "crypto")),
                ActivityCondition(Activity.REPEATS, 3, 168),
            )
        ),
        fine_examples=("The budget is on the council's site.",),
    )
    return replace(stricter, rules=(*stricter.rules, facts))


_DRAFTS: dict[str, Callable[[], GuidelineSet]] = {
    "what the open forum does": _stricter,
    "words, links and repeats too": _with_facts,
}


def _fill(scene: Stage, options: Options) -> None:
    """Rows as the pipeline leaves them: forty comments under a post, three by each author, a year of them."""
    labels = sorted(scene.runtime.classifiers.measured()["baseline"] or ())
    chance = random.Random(1)
    numbered = enumerate(_texts(options))
    begun = clock.now() - timedelta(days=365)
    step = timedelta(days=365) / max(options.comments, 1)
    while some := list(islice(numbered, _AT_ONCE)):
        comments = [_comment(scene, number, begun + number * step) for number, _ in some]
        revisions = [_revision(row, text) for row, (_, text) in zip(comments, some, strict=True)]
        scores = [_scores(row, labels, chance) for row in revisions]
        with scene.runtime.database.write() as session:
            for table, rows in (
                (Author, _named(scene, {row["author_id"] for row in comments}, name="Author", handle="")),
                (Post, _named(scene, {row["post_id"] for row in comments}, title="A post", text="", permalink="")),
                (Comment, comments),
                (Revision, revisions),
                (Assessment, scores),
            ):
                session.execute(insert(table_of(table)), rows)


def _texts(options: Options) -> Iterator[str]:
    """What people say is their own, but for one comment in ten; the samples of the demonstration come round again."""
    for number, text in enumerate(options.texts()):
        yield text if options.data or number % 10 == 0 else f"{text} ({number})"


def _comment(scene: Stage, number: int, at: datetime) -> dict[str, Any]:
    batch = number // _AT_ONCE
    return {
        "id": clock.new_id(),
        "office_id": scene.channel.office_id,
        "channel_id": scene.channel.id,
        "external_id": f"c-{number}",
        "post_id": f"p-{batch}-{number % _AT_ONCE // 40}",
        "author_id": f"a-{batch}-{number % _AT_ONCE // 3}",
        "parent_external_id": None,
        "permalink": "",
        "language": None,
        "posted_at": at,
        "received_at": at,
        "visibility": Visibility.VISIBLE.value,
        "revision_id": clock.new_id(),
        "decision_id": None,
    }


def _revision(comment: dict[str, Any], text: str) -> dict[str, Any]:
    return {
        "id": comment["revision_id"],
        "comment_id": comment["id"],
        "number": 1,
        "text": text,
        "original": None,
        "unreadable": list(unreadable(text)),
        "text_key": text_key(text),
        "occurred_at": comment["posted_at"],
        "received_at": comment["received_at"],
    }


def _scores(revision: dict[str, Any], labels: Sequence[str], chance: random.Random) -> dict[str, Any]:
    """Nine in ten are quiet on every label; scores have four decimals, as the pipeline stores them."""
    loud = chance.random() < 0.1
    return {
        "id": clock.new_id(),
        "revision_id": revision["id"],
        "classifier": "baseline",
        "version": "benchmark",
        "scores": {label: round(chance.random() ** (2 if loud else 40), 4) for label in labels},
        "spans": [],
        "error": "",
        "language": "en",
        "doubts": [],
        "views": {},
        "created_at": revision["received_at"],
    }


def _named(scene: Stage, ids: set[str], **facts: str) -> list[dict[str, Any]]:
    return [{"id": id, "channel_id": scene.channel.id, "external_id": id, **facts} for id in sorted(ids)]


def _memory(what: str) -> int:
    """Bytes that this process holds (VmRSS) or held at most (VmHWM), as Linux counts them."""
    for line in Path("/proc/self/status").read_text("ascii").splitlines():
        if line.startswith(f"{what}:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("this system does not tell how much memory was held")
