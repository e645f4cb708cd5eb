"""Beside the walk: for a comment that waits for a person, the words that carry its scores. No transaction is open.

Only a help: where it fails, or the case is decided first, the page shows the comment without highlights.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from classifiers.base import Span
from moderator.jobs.queue import Claimed
from moderator.pipeline import classify
from moderator.runtime import Runtime
from moderator.storage.tables import Assessment, Decision

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Explained:
    """Which words of a revision carry the labels that a decision found, by the classifier that answered for them."""

    revision_id: str
    classifier: str
    spans: tuple[Span, ...]


def work(runtime: Runtime, jobs: Sequence[Claimed]) -> dict[str, list[Explained]]:
    """Explanations by the id of the decision that found something."""
    with runtime.database.read() as session:
        found = session.execute(
            select(Decision.id, Decision.revision_id, Decision.findings, Decision.answered).where(
                Decision.id.in_([job.subject_id for job in jobs])
            )
        ).all()
        texts = {row.id: row for row in session.execute(classify.texts([row.revision_id for row in found]))}
    return {row.id: _explained(runtime, row, texts[row.revision_id]) for row in found}


def store(
    _runtime: Runtime, session: Session, jobs: Sequence[Claimed], explained: Mapping[str, list[Explained]]
) -> Mapping[str, datetime]:
    for job in jobs:
        for explanation in explained.get(job.subject_id, ()):
            _mark(session, explanation)
    return {}


def give_up(_runtime: Runtime, _session: Session, job: Claimed, error: str) -> None:
    """The case is there and waits: it only stays without highlights."""
    # What the error says stays out of the log: it may quote the comment.
    log.warning("no words could be found that carry the scores of decision %s", job.subject_id)


def _explained(runtime: Runtime, decision: Any, text: Any) -> list[Explained]:
    asked = _asked(decision.findings, decision.answered)
    item = classify.items(runtime, [text], list(asked))[0]
    spoken = [(name, runtime.classifiers.explain(name, item, labels)) for name, labels in asked.items()]
    return [Explained(text.id, name, spans) for name, spans in spoken if spans]


def _asked(findings: Sequence[Mapping[str, Any]], answered: Mapping[str, str]) -> dict[str, list[str]]:
    """The labels that were found, each once, by the classifier that answered for them."""
    asked: dict[str, list[str]] = {}
    for label in dict.fromkeys(measure["label"] for finding in findings for measure in finding["measures"]):
        if label in answered:
            asked.setdefault(answered[label], []).append(label)
    return asked


def _mark(session: Session, explained: Explained) -> None:
    """What the explanation marks replaces what the first reading marked for the same labels."""
    assessment = session.scalar(
        select(Assessment)
        .where(Assessment.revision_id == explained.revision_id, Assessment.classifier == explained.classifier)
        .with_for_update()
    )
    if assessment is not None:
        labels = {span.label for span in explained.spans}
        kept = [span for span in assessment.spans if span[2] not in labels]
        assessment.spans = kept + [[span.start, span.end, span.label] for span in explained.spans]
