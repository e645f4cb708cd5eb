"""Step 2: one batch of texts through the classifiers. No transaction is open while they run."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Text, cast, insert, select
from sqlalchemy.orm import Session, aliased

from classifiers.base import Item
from moderator import clock, ensembles
from moderator.context.gathering import gather
from moderator.domain.ensemble import Opinion
from moderator.jobs import queue
from moderator.jobs.queue import Claimed
from moderator.pipeline.classifier_room import Reading, Terms
from moderator.pipeline.storable import original
from moderator.runtime import Runtime
from moderator.storage.tables import Assessment, Comment, Post, Revision, Term
from moderator.storage.tables.base import table_of
from moderator.storage.upsert import insert_missing


def work(runtime: Runtime, jobs: Sequence[Claimed]) -> dict[str, list[Reading]]:
    """Readings by revision id."""
    ids = [job.subject_id for job in jobs]
    with runtime.database.read() as session:
        rows = session.execute(texts(ids)).all()
        offices = {row.office_id for row in rows}
        terms = terms_of(session, offices)
        running = ensembles.of_offices(session, offices, runtime.classifiers.names)
    readings: dict[str, list[Reading]] = {}
    for names in {ensemble.classifiers for ensemble in running.values()}:
        mine = [row for row in rows if running[row.office_id].classifiers == names]
        found = runtime.classifiers.read(items(runtime, mine, names), [terms.get(row.office_id) for row in mine], names)
        readings |= {row.id: each for row, each in zip(mine, found, strict=True)}
    return readings


def store(
    _runtime: Runtime, session: Session, jobs: Sequence[Claimed], readings: Mapping[str, list[Reading]]
) -> Mapping[str, datetime]:
    now = clock.now()
    rows = [assessment(job.subject_id, reading, now) for job in jobs for reading in readings.get(job.subject_id, ())]
    insert_missing(session, table_of(Assessment), rows)
    queue.add(session, queue.Kind.DECIDE, [job.subject_id for job in jobs])
    return {}


def give_up(_runtime: Runtime, session: Session, job: Claimed, error: str) -> None:
    """The text cannot be scored at all: say so, and let the decision send it to a person."""
    row = {
        "id": clock.new_id(),
        "revision_id": job.subject_id,
        "classifier": "none",
        "version": "",
        "scores": {},
        "spans": [],
        "error": error,
        "created_at": clock.now(),
    }
    session.execute(insert(Assessment), [row])
    queue.add(session, queue.Kind.DECIDE, [job.subject_id])


def texts(revision_ids: Sequence[str]) -> Any:
    """Revisions with what they stand under: rows for `item`, with `id` and `office_id`."""
    parent, parent_text = aliased(Comment), aliased(Revision)
    return (
        select(
            Revision.id,
            Revision.text,
            Revision.original,
            Comment.office_id,
            Post.text.label("post_text"),
            parent_text.text.label("parent_text"),
        )
        .join(Comment, Comment.id == Revision.comment_id)
        .outerjoin(Post, Post.id == Comment.post_id)
        .outerjoin(
            parent,
            (parent.channel_id == Comment.channel_id) & (parent.external_id == Comment.parent_external_id),
        )
        .outerjoin(parent_text, parent_text.id == parent.revision_id)
        .where(Revision.id.in_(revision_ids))
    )


def items(runtime: Runtime, rows: Sequence[Any], names: Sequence[str]) -> list[Item]:
    """What these classifiers are shown of rows of `texts`, in order."""
    around = gather(runtime, rows, runtime.classifiers.wanted(names))
    return [
        Item(original(row.text, row.original), row.post_text or "", row.parent_text or "", known)
        for row, known in zip(rows, around, strict=True)
    ]


def opinions(session: Session, revision_ids: Sequence[str]) -> dict[str, list[Opinion]]:
    """What was made of each of these texts, by revision id; nothing for a text that nobody has read."""
    grouped: dict[str, list[Opinion]] = {}
    table = table_of(Assessment)
    # Doubts are rare, so they come as they are stored and are read only where there are any.
    doubted = cast(table.c.doubts, Text)
    columns = (table.c.revision_id, table.c.classifier, table.c.scores, doubted, table.c.error)
    found = session.execute(select(*columns).where(table.c.revision_id.in_(revision_ids)))
    for revision_id, classifier, scores, doubts, error in found:
        doubts = () if doubts == "[]" else tuple(json.loads(doubts))
        opinion = Opinion(classifier, scores, doubts, failed=bool(error))
        grouped.setdefault(revision_id, []).append(opinion)
    return grouped


def terms_of(session: Session, office_ids: Collection[str]) -> dict[str, Terms]:
    """The word lists of those offices that have one."""
    banned: dict[str, list[str]] = {}
    suspect: dict[str, list[str]] = {}
    for term in session.scalars(select(Term).where(Term.office_id.in_(office_ids)).order_by(Term.text)):
        (banned if term.banned else suspect).setdefault(term.office_id, []).append(term.text)
    return {
        office: Terms(tuple(banned.get(office, ())), tuple(suspect.get(office, ()))) for office in {*banned, *suspect}
    }


def assessment(revision_id: str, reading: Reading, now: datetime) -> dict[str, Any]:
    """A reading as it is stored."""
    return {
        "id": clock.new_id(),
        "revision_id": revision_id,
        "classifier": reading.classifier,
        "version": reading.version,
        "scores": {label: round(float(score), 4) for label, score in reading.result.scores.items()},
        "spans": [[span.start, span.end, span.label] for span in reading.result.spans],
        "error": reading.error,
        "language": reading.result.language,
        "doubts": list(reading.result.doubts),
        "views": dict(reading.result.views),
        "because": dict(reading.result.because),
        "created_at": now,
    }
