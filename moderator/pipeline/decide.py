"""Step 3: scores held against the published version, and what follows, put on record."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from guidelines.schema import Strength
from moderator import audit, channels, clock, publishing, recording
from moderator.domain.cases import CaseState, Lane
from moderator.domain.decisions import Draft, Maker, Reason, State, decide
from moderator.domain.vocabulary import Verb, Visibility
from moderator.jobs import queue
from moderator.jobs.queue import Claimed
from moderator.pipeline.classifier_room import merged_scores
from moderator.recording import Ruling
from moderator.runtime import Runtime
from moderator.storage.tables import Assessment, Case, Channel, Comment, GuidelineVersion, Revision
from moderator.storage.tables.base import table_of


def work(_runtime: Runtime, _jobs: Sequence[Claimed]) -> None:
    """Nothing here is slow: all of it happens in `store`, on rows that are locked."""


def store(_runtime: Runtime, session: Session, jobs: Sequence[Claimed], _result: None) -> Mapping[str, datetime]:
    found = _current(session, [job.subject_id for job in jobs])
    versions = {office: publishing.current(session, office) for office in {row.office_id for row in found}}
    assessments = _assessments(session, [row.revision_id for row in found])
    asked = _asked(session, [row.comment_id for row in found if row.number > 1])
    rulings = []
    for row in found:
        version = versions[row.office_id]
        seen = _soon_seen(session, row)
        drafts = _drafts(row, version, assessments.get(row.revision_id, []), seen, row.comment_id in asked)
        rulings += [_ruling(row, version, draft, seen) for draft in drafts]
    _record(session, rulings)
    return {}


def give_up(_runtime: Runtime, session: Session, job: Claimed, error: str) -> None:
    """It cannot be decided by machine: a person must."""
    draft = Draft(State.SUGGESTED, Maker.SYSTEM, Reason.ERROR)
    rulings = [_ruling(row, None, draft, note=error) for row in _current(session, [job.subject_id])]
    _record(session, rulings)


def _drafts(
    row: Any, version: GuidelineVersion | None, readings: Sequence[Any], seen: Visibility, waiting: bool
) -> tuple[Draft, ...]:
    failed = not readings or any(reading.error for reading in readings)
    findings = publishing.evaluator(version)(merged_scores([r.scores for r in readings])) if version else ()
    return decide(
        publishing.read(version) if version else None,
        findings,
        unreadable=bool(row.unreadable),
        failed=failed,
        visibility=seen,
        waiting=waiting,
    )


def _record(session: Session, rulings: Sequence[Ruling]) -> None:
    # Asking a person must work even where the channel's connector is not installed any more.
    acted_on = {ruling.channel_id for ruling in rulings if ruling.draft.state is State.MADE}
    rows = session.scalars(select(Channel).where(Channel.id.in_(acted_on)))
    recording.record(session, rulings, channels.capabilities(rows))
    suggested = [ruling.id for ruling in rulings if ruling.draft.state is State.SUGGESTED]
    queue.add(session, queue.Kind.TRIAGE, suggested)
    audit.append(session, [_entry(ruling) for ruling in rulings])


def _entry(ruling: Ruling) -> audit.Entry:
    draft = ruling.draft
    rules = [finding.rule_id for finding in draft.findings if finding.strength is Strength.AUTOMATIC]
    actor = f"rule:{rules[0]}" if draft.maker is Maker.RULE and rules else "system"
    detail = {
        "decision": ruling.id,
        "verbs": [verb.value for verb in draft.verbs],
        "reason": draft.reason.value,
        "rules": list(draft.rule_ids),
        "version": ruling.version_id,
    }
    return audit.Entry(ruling.office_id, actor, f"decision.{draft.state}", f"comment:{ruling.comment_id}", detail)


def _ruling(
    row: Any, version: GuidelineVersion | None, draft: Draft, seen: Visibility = Visibility.VISIBLE, note: str = ""
) -> Ruling:
    return Ruling(
        id=clock.new_id(),
        draft=draft,
        office_id=row.office_id,
        channel_id=row.channel_id,
        comment_id=row.comment_id,
        revision_id=row.revision_id,
        version_id=version.id if version else None,
        previous_id=row.decision_id,
        note=note,
        # There is nothing to hide where the comment is gone, or hidden and stays so.
        carry=() if draft.verbs == (Verb.HIDE,) and seen is not Visibility.VISIBLE else None,
    )


def _soon_seen(session: Session, row: Any) -> Visibility:
    """How the comment is seen once what was asked for has been done."""
    seen = Visibility(row.visibility)
    if seen is Visibility.REMOVED or (seen is Visibility.VISIBLE and row.number == 1):
        return seen  # nothing can be on its way for a new comment
    return Visibility.HIDDEN if recording.soon_hidden(session, row.comment_id, seen) else Visibility.VISIBLE


def _current(session: Session, revision_ids: Sequence[str]) -> list[Any]:
    """The revisions that still are their comment's current text, each comment locked.

    Older texts need no decision, and neither does one about which a person was quicker.
    """
    rows = list(
        session.execute(
            select(
                Comment.id.label("comment_id"),
                Comment.office_id,
                Comment.channel_id,
                Comment.visibility,
                Comment.decision_id,
                Revision.id.label("revision_id"),
                Revision.number,
                Revision.unreadable,
            )
            .join(Revision, Revision.id == Comment.revision_id)
            .where(Revision.id.in_(revision_ids))
            .order_by(Comment.id)
            .with_for_update(of=Comment)
        )
    )
    judged = recording.judged_by_people(session, [row.decision_id for row in rows])
    return [row for row in rows if row.revision_id not in judged]


def _asked(session: Session, comment_ids: Sequence[str]) -> set[str]:
    """The comments about which a person was asked and has not answered."""
    if not comment_ids:
        return set()
    query = select(Case.comment_id).where(
        Case.comment_id.in_(comment_ids), Case.state == CaseState.OPEN, Case.lane != Lane.PLATFORM
    )
    return set(session.scalars(query))


def _assessments(session: Session, revision_ids: Sequence[str]) -> dict[str, list[Any]]:
    grouped: dict[str, list[Any]] = {}
    table = table_of(Assessment)
    query = select(table.c.revision_id, table.c.scores, table.c.error).where(table.c.revision_id.in_(revision_ids))
    for row in session.execute(query):
        grouped.setdefault(row.revision_id, []).append(row)
    return grouped
