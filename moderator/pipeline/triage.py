"""Step 4: what waits for a person becomes a case: lane, priority, due time, and the reason for its place."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from moderator import audit, clock, publishing, recording
from moderator.domain.cases import CaseState, Lane, Placement, RuleFact, place
from moderator.domain.decisions import Reason, State
from moderator.jobs import queue
from moderator.jobs.queue import Claimed
from moderator.runtime import Runtime
from moderator.storage.tables import Case, Comment, Decision, GuidelineVersion
from moderator.storage.tables.base import table_of


def work(_runtime: Runtime, _jobs: Sequence[Claimed]) -> None:
    """Nothing here is slow."""


def store(_runtime: Runtime, session: Session, jobs: Sequence[Claimed], _result: None) -> Mapping[str, datetime]:
    open_cases(session, [job.subject_id for job in jobs])
    return {}


def give_up(_runtime: Runtime, session: Session, job: Claimed, error: str) -> None:
    """Its place cannot be worked out: it still gets one."""
    rows = _suggestions(session, [job.subject_id])
    why = "Something went wrong while sorting this comment, so it waits here"
    _write(session, [(row, Placement(Lane.REVIEW, 2, clock.now() + timedelta(hours=1), why)) for row in rows])


def open_cases(session: Session, decision_ids: Sequence[str]) -> None:
    """Open a case for each suggestion that still stands, or move the comment's open case to it."""
    placements: list[tuple[Any, Placement]] = []
    versions: dict[str, GuidelineVersion] = {}
    for row in _suggestions(session, decision_ids):
        rules: tuple[RuleFact, ...] = ()
        if row.version_id is not None:
            if row.version_id not in versions:
                versions[row.version_id] = session.get_one(GuidelineVersion, row.version_id)
            rules = _facts(versions[row.version_id], row.rule_ids)
        placements.append((row, place(Reason(row.reason), rules, row.received_at)))
    _write(session, placements)


def open_platform_case(session: Session, office_id: str, comment_id: str, decision_id: str, why: str) -> None:
    """Something on the platform needs a person's hand. A case that is open already is enough."""
    existing = session.scalar(select(Case.id).where(Case.comment_id == comment_id, Case.state == CaseState.OPEN))
    if existing is None:
        now = clock.now()
        session.execute(
            insert(Case), [_case(office_id, comment_id, decision_id, Placement(Lane.PLATFORM, 2, now, why), now)]
        )
        detail = {"lane": Lane.PLATFORM.value, "why": why}
        audit.append(session, [audit.Entry(office_id, "system", "case.opened", f"comment:{comment_id}", detail)])


def _write(session: Session, placements: Sequence[tuple[Any, Placement]]) -> None:
    if not placements:
        return
    now = clock.now()
    waiting = {
        case.comment_id: case
        for case in session.scalars(
            select(Case).where(
                Case.comment_id.in_([row.comment_id for row, _ in placements]), Case.state == CaseState.OPEN
            )
        )
    }
    fresh, entries = [], []
    for row, placement in placements:
        event = "case.opened"
        if row.comment_id in waiting:
            event = "case.moved"
            session.execute(
                update(Case)
                .where(Case.id == waiting[row.comment_id].id)
                .values(
                    decision_id=row.id,
                    lane=placement.lane.value,
                    priority=placement.priority,
                    due_at=placement.due_at,
                    why=placement.why,
                )
            )
        else:
            fresh.append(_case(row.office_id, row.comment_id, row.id, placement, now))
        detail = {"decision": row.id, "lane": placement.lane.value, "due": placement.due_at.isoformat()}
        entries.append(audit.Entry(row.office_id, "system", event, f"comment:{row.comment_id}", detail))
    if fresh:
        session.execute(insert(table_of(Case)), fresh)
    queue.add(session, queue.Kind.EXPLAIN, [row.id for row, _ in placements if row.rule_ids])
    audit.append(session, entries)


def _case(office_id: str, comment_id: str, decision_id: str, placement: Placement, now: datetime) -> dict[str, Any]:
    return {
        "id": clock.new_id(),
        "office_id": office_id,
        "comment_id": comment_id,
        "decision_id": decision_id,
        "state": CaseState.OPEN.value,
        "lane": placement.lane.value,
        "priority": placement.priority,
        "due_at": placement.due_at,
        "why": placement.why,
        "opened_at": now,
        "closed_at": None,
        "closed_by": None,
    }


def _suggestions(session: Session, decision_ids: Sequence[str]) -> list[Any]:
    """The suggestions about what still is the comment's text and nobody has judged yet, the comments locked."""
    rows = list(
        session.execute(
            select(
                Decision.id,
                Decision.office_id,
                Decision.comment_id,
                Decision.revision_id,
                Decision.version_id,
                Decision.reason,
                Decision.rule_ids,
                Comment.received_at,
                Comment.decision_id.label("in_force"),
            )
            .join(Comment, Comment.id == Decision.comment_id)
            .where(
                Decision.id.in_(decision_ids),
                Decision.state == State.SUGGESTED,
                Comment.revision_id == Decision.revision_id,
            )
            .order_by(Comment.id)
            .with_for_update(of=Comment)
        )
    )
    judged = recording.judged_by_people(session, [row.in_force for row in rows])
    return [row for row in rows if row.revision_id not in judged]


def _facts(version: GuidelineVersion, rule_ids: Sequence[str]) -> tuple[RuleFact, ...]:
    guidelines = publishing.read(version)
    rules = [guidelines.rule(rule_id) for rule_id in rule_ids]
    return tuple(RuleFact(r.id, r.title, r.severity, r.review_within_hours) for r in rules)
