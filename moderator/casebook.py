"""The one place where a case is opened, moved, closed and opened again, with all that hangs on it.

What an open case can be found by (`CaseFacet`) and who holds it (`Lease`) come and go with it. Callers hold the
comments' rows and write the audit entries.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from moderator import clock
from moderator.domain.cases import CaseState, Lane, Placement
from moderator.domain.decisions import Maker
from moderator.storage.tables import Case, CaseFacet, CasePass, Comment, Decision, Lease
from moderator.storage.tables.base import table_of


@dataclass(frozen=True, slots=True)
class Question:
    """A decision that people are asked about, and where its case is to stand."""

    decision_id: str
    office_id: str
    comment_id: str
    channel_id: str
    author_id: str | None
    language: str | None
    placement: Placement
    #: the rules that were found, and the labels that spoke for them
    rule_ids: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()


def open_cases(session: Session, questions: Sequence[Question]) -> None:
    """Open a case for each. None of these comments may have an open one."""
    if not questions:
        return
    now = clock.now()
    rows = [row(question, now) for question in questions]
    session.execute(insert(table_of(Case)), rows)
    _write_facets(session, [(each["id"], question) for each, question in zip(rows, questions, strict=True)])


def row(question: Question, opened_at: datetime) -> dict[str, Any]:
    """The case as it is stored when it is opened."""
    return {
        "id": clock.new_id(),
        "office_id": question.office_id,
        "comment_id": question.comment_id,
        "channel_id": question.channel_id,
        "author_id": question.author_id,
        "language": question.language,
        "state": CaseState.OPEN.value,
        "opened_at": opened_at,
        "closed_at": None,
        "closed_by": None,
        "assignee_id": None,
        "assigned_by": None,
        "escalated_by": None,
        "first_seen_at": None,
        **_standing(question),
    }


def facet_rows(case_id: str, question: Question) -> list[dict[str, Any]]:
    """What the open case can be found by, as it is stored."""
    return [
        {
            "case_id": case_id,
            "kind": kind,
            "value": value,
            "office_id": question.office_id,
            "urgent_at": question.placement.urgent_at,
        }
        for kind, values in (("rule", question.rule_ids), ("label", question.labels))
        for value in dict.fromkeys(values)
    ]


def move(session: Session, case: Case, question: Question) -> None:
    """The open case asks something else from now on. Whoever holds it goes on holding it."""
    for name, value in _standing(question).items():
        setattr(case, name, value)
    session.flush()
    session.execute(delete(CaseFacet).where(CaseFacet.case_id == case.id))
    _write_facets(session, [(case.id, question)])


def close(session: Session, case: Case, member_id: str | None) -> None:
    """Nothing is asked any more."""
    close_all(session, [case], member_id)


def close_all(session: Session, cases: Sequence[Case], member_id: str | None) -> None:
    """Nothing is asked any more in any of them."""
    now = clock.now()
    for case in cases:
        case.state, case.closed_at, case.closed_by = CaseState.CLOSED.value, now, member_id
    session.flush()
    ids = [case.id for case in cases]
    for table in (CaseFacet, Lease, CasePass):
        session.execute(delete(table).where(table.case_id.in_(ids)))


def reopen(session: Session, case: Case) -> None:
    """What it asked is asked again, in the place that it had."""
    case.state, case.closed_at, case.closed_by = CaseState.OPEN.value, None, None
    session.flush()
    decision, comment = session.get_one(Decision, case.decision_id), session.get_one(Comment, case.comment_id)
    _write_facets(session, [(case.id, _as_it_stands(session, case, decision, comment))])


def release(session: Session, case_id: str) -> None:
    """Whoever holds the case holds it no longer."""
    session.execute(delete(Lease).where(Lease.case_id == case_id))


def labels_of(findings: Sequence[Any]) -> tuple[str, ...]:
    """The labels that spoke for these findings, as a decision stores them, each once."""
    return tuple(dict.fromkeys(measure["label"] for finding in findings for measure in finding["measures"]))


def labels_found(session: Session, comment: Comment) -> tuple[str, ...]:
    """The labels that spoke for what the service last found in the comment as it stands, whatever people said since."""
    findings = session.scalar(
        select(Decision.findings)
        .where(
            Decision.comment_id == comment.id,
            Decision.revision_id == comment.revision_id,
            Decision.maker != Maker.PERSON,
        )
        .order_by(Decision.id.desc())
        .limit(1)
    )
    return labels_of(findings or ())


def _as_it_stands(session: Session, case: Case, decision: Decision, comment: Comment) -> Question:
    return Question(
        decision_id=decision.id,
        office_id=case.office_id,
        comment_id=case.comment_id,
        channel_id=comment.channel_id,
        author_id=comment.author_id,
        language=comment.language,
        placement=Placement(Lane(case.lane), case.priority, case.due_at, case.why, case.reach, case.severe),
        rule_ids=tuple(decision.rule_ids),
        labels=labels_of(decision.findings) or labels_found(session, comment),
    )


def _standing(question: Question) -> dict[str, Any]:
    placement = question.placement
    return {
        "decision_id": question.decision_id,
        "lane": placement.lane.value,
        "priority": placement.priority,
        "due_at": placement.due_at,
        "urgent_at": placement.urgent_at,
        "reach": placement.reach,
        "severe": placement.severe,
        "why": placement.why,
    }


def _write_facets(session: Session, asked: Sequence[tuple[str, Question]]) -> None:
    rows = [each for case_id, question in asked for each in facet_rows(case_id, question)]
    if rows:
        session.execute(insert(table_of(CaseFacet)), rows)
