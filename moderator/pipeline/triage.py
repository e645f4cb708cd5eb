"""Step 4: what waits for a person becomes a case: lane, priority, due time, and the reason for its place."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from moderator import audit, casebook, clock, publishing, recording
from moderator.casebook import Question
from moderator.domain.cases import CaseState, Lane, Placement, RuleFact, place
from moderator.domain.decisions import Reason, State
from moderator.jobs import queue
from moderator.jobs.queue import Claimed
from moderator.runtime import Runtime
from moderator.storage.tables import Case, Comment, Decision, GuidelineVersion


def work(_runtime: Runtime, _jobs: Sequence[Claimed]) -> None:
    """Nothing here is slow."""


def store(_runtime: Runtime, session: Session, jobs: Sequence[Claimed], _result: None) -> Mapping[str, datetime]:
    open_cases(session, [job.subject_id for job in jobs])
    return {}


def give_up(_runtime: Runtime, session: Session, job: Claimed, error: str) -> None:
    """Its place cannot be worked out: it still gets one."""
    why = "Something went wrong while sorting this comment, so it waits here"
    placement = Placement(Lane.REVIEW, 2, clock.now() + timedelta(hours=1), why)
    _write(session, [_question(row, placement) for row in _suggestions(session, [job.subject_id])])


def open_cases(session: Session, decision_ids: Sequence[str]) -> None:
    """Open a case for each suggestion that still stands, or move the comment's open case to it."""
    questions = []
    versions: dict[str, GuidelineVersion] = {}
    suggestions = _suggestions(session, decision_ids)
    answers = _answers(session, [row.comment_id for row in suggestions])
    for row in suggestions:
        rules: tuple[RuleFact, ...] = ()
        if row.version_id is not None:
            if row.version_id not in versions:
                versions[row.version_id] = session.get_one(GuidelineVersion, row.version_id)
            rules = _facts(versions[row.version_id], row.rule_ids)
        labels, reach = casebook.labels_of(row.findings), answers.get(row.comment_id, 0)
        questions.append(_question(row, place(Reason(row.reason), rules, row.received_at, labels=labels, reach=reach)))
    _write(session, questions)


def open_platform_case(session: Session, office_id: str, comment_id: str, decision_id: str, why: str) -> None:
    """Something on the platform needs a person's hand. A case that is open already is enough."""
    existing = session.scalar(select(Case.id).where(Case.comment_id == comment_id, Case.state == CaseState.OPEN))
    if existing is None:
        comment = session.get_one(Comment, comment_id)
        placement = Placement(Lane.PLATFORM, 2, clock.now(), why)
        question = Question(
            decision_id, office_id, comment_id, comment.channel_id, comment.author_id, comment.language, placement
        )
        casebook.open_cases(session, [question])
        detail = {"lane": Lane.PLATFORM.value, "why": why}
        audit.append(session, [audit.Entry(office_id, "system", "case.opened", f"comment:{comment_id}", detail)])


def _write(session: Session, questions: Sequence[Question]) -> None:
    if not questions:
        return
    asked = select(Case).where(
        Case.comment_id.in_([question.comment_id for question in questions]), Case.state == CaseState.OPEN
    )
    waiting = {case.comment_id: case for case in session.scalars(asked)}
    for question in questions:
        if question.comment_id in waiting:
            casebook.move(session, waiting[question.comment_id], question)
    casebook.open_cases(session, [question for question in questions if question.comment_id not in waiting])
    queue.add(session, queue.Kind.EXPLAIN, [question.decision_id for question in questions if question.rule_ids])
    audit.append(session, [_entry(question, moved=question.comment_id in waiting) for question in questions])


def _entry(question: Question, *, moved: bool) -> audit.Entry:
    placement = question.placement
    detail = {"decision": question.decision_id, "lane": placement.lane.value, "due": placement.due_at.isoformat()}
    event = "case.moved" if moved else "case.opened"
    return audit.Entry(question.office_id, "system", event, f"comment:{question.comment_id}", detail)


def _question(row: Any, placement: Placement) -> Question:
    return Question(
        decision_id=row.id,
        office_id=row.office_id,
        comment_id=row.comment_id,
        channel_id=row.channel_id,
        author_id=row.author_id,
        language=row.language,
        placement=placement,
        rule_ids=tuple(row.rule_ids),
        labels=casebook.labels_of(row.findings),
    )


def _answers(session: Session, comment_ids: Sequence[str]) -> dict[str, int]:
    """How many answers each comment has, where it has any."""
    answer = aliased(Comment)
    query = (
        select(Comment.id, func.count())
        .join(answer, (answer.channel_id == Comment.channel_id) & (answer.parent_external_id == Comment.external_id))
        .where(Comment.id.in_(comment_ids))
        .group_by(Comment.id)
    )
    return dict(session.execute(query).tuples().all())


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
                Decision.findings,
                Comment.channel_id,
                Comment.author_id,
                Comment.language,
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
