"""Where one comment stands, for programs: what is decided, what waits for a person, what the platform answered."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderator import publishing
from moderator.domain.cases import CaseState
from moderator.errors import NotFound
from moderator.storage.tables import Action, Case, Comment, Decision, GuidelineVersion, Receipt, Revision


@dataclass(frozen=True, slots=True)
class CitedRule:
    id: str
    title: str


@dataclass(frozen=True, slots=True)
class CitedVersion:
    number: int
    sha256: str


@dataclass(frozen=True, slots=True)
class DecisionInForce:
    id: str
    maker: str
    reason: str
    verbs: tuple[str, ...]
    rules: tuple[CitedRule, ...]
    #: None where the office had published nothing yet
    guidelines: CitedVersion | None
    made_at: datetime


@dataclass(frozen=True, slots=True)
class PendingCase:
    id: str
    lane: str
    priority: int
    due_at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Attempt:
    attempt: int
    outcome: str
    status_code: int | None
    detail: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ActionTaken:
    id: str
    decision_id: str
    verb: str
    state: str
    created_at: datetime
    done_at: datetime | None
    receipts: tuple[Attempt, ...]


@dataclass(frozen=True, slots=True)
class CommentState:
    id: str
    channel: str
    external_id: str
    #: counts the comment's texts: 2 after one edit
    revision: int
    visibility: str
    received_at: datetime
    #: None until the first decision is made
    decision: DecisionInForce | None
    #: None when nobody needs to look
    case: PendingCase | None
    actions: tuple[ActionTaken, ...]


def comment_state(session: Session, office_id: str, comment_id: str) -> CommentState:
    """Raises `NotFound` for a comment that does not exist or belongs to another office."""
    comment = session.get(Comment, comment_id)
    if comment is None or comment.office_id != office_id:
        raise NotFound("no comment of this office has this id")
    return CommentState(
        id=comment.id,
        channel=comment.channel_id,
        external_id=comment.external_id,
        revision=session.scalars(select(Revision.number).where(Revision.id == comment.revision_id)).one(),
        visibility=comment.visibility,
        received_at=comment.received_at,
        decision=_decision(session, comment.decision_id),
        case=_case(session, comment.id),
        actions=_actions(session, comment.id),
    )


def _decision(session: Session, decision_id: str | None) -> DecisionInForce | None:
    decision = session.get(Decision, decision_id) if decision_id else None
    if decision is None:
        return None
    version = session.get(GuidelineVersion, decision.version_id) if decision.version_id else None
    return DecisionInForce(
        id=decision.id,
        maker=decision.maker,
        reason=decision.reason,
        verbs=tuple(decision.verbs),
        rules=_rules(version, decision.rule_ids),
        guidelines=CitedVersion(version.number, version.sha256) if version else None,
        made_at=decision.made_at,
    )


def _rules(version: GuidelineVersion | None, rule_ids: list[str]) -> tuple[CitedRule, ...]:
    if version is None or not rule_ids:
        return ()
    published = publishing.read(version)
    return tuple(CitedRule(rule_id, published.rule(rule_id).title) for rule_id in rule_ids)


def _case(session: Session, comment_id: str) -> PendingCase | None:
    case = session.scalar(select(Case).where(Case.comment_id == comment_id, Case.state == CaseState.OPEN))
    return PendingCase(case.id, case.lane, case.priority, case.due_at, case.why) if case else None


def _actions(session: Session, comment_id: str) -> tuple[ActionTaken, ...]:
    actions = session.scalars(select(Action).where(Action.comment_id == comment_id).order_by(Action.sequence)).all()
    receipts: dict[str, list[Attempt]] = {action.id: [] for action in actions}
    for receipt in session.scalars(
        select(Receipt).where(Receipt.action_id.in_(receipts)).order_by(Receipt.action_id, Receipt.attempt)
    ):
        receipts[receipt.action_id].append(
            Attempt(receipt.attempt, receipt.outcome, receipt.status_code, receipt.detail, receipt.at)
        )
    return tuple(
        ActionTaken(
            id=action.id,
            decision_id=action.decision_id,
            verb=action.verb,
            state=action.state,
            created_at=action.created_at,
            done_at=action.done_at,
            receipts=tuple(receipts[action.id]),
        )
        for action in actions
    )
