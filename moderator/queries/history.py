"""What was decided about one comment and done on the platform, and what it said before it was edited."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderator.domain.decisions import Maker
from moderator.pipeline.storable import original
from moderator.queries import rows
from moderator.storage.tables import Action, Decision, GuidelineVersion, Receipt, Revision

#: Decisions and earlier texts that are shown at most, newest first.
MOST = 50


@dataclass(frozen=True, slots=True)
class ReceiptShown:
    attempt: int
    outcome: str
    detail: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ActionShown:
    id: str
    verb: str
    state: str
    created_at: datetime
    done_at: datetime | None
    #: how long it lasts once done; None: until somebody ends it
    duration_days: int | None
    #: once it is done and lasts for a time
    ends_at: datetime | None
    #: what the author is told
    text: str
    receipts: tuple[ReceiptShown, ...]


@dataclass(frozen=True, slots=True)
class DecisionShown:
    """A decision, a suggestion or a proposal about this comment, whether or not it still holds."""

    id: str
    state: str
    maker: str
    reason: str
    verbs: tuple[str, ...]
    rule_ids: tuple[str, ...]
    member_id: str | None
    member: str
    second_member: str
    undone_by: str
    note: str
    made_at: datetime
    undone_at: datetime | None
    version_number: int | None
    actions: tuple[ActionShown, ...]


@dataclass(frozen=True, slots=True)
class OldText:
    number: int
    text: str
    occurred_at: datetime


def stored_decisions(session: Session, comment_id: str) -> list[Decision]:
    """Newest first."""
    newest_first = select(Decision).where(Decision.comment_id == comment_id).order_by(Decision.id.desc())
    return list(session.scalars(newest_first.limit(MOST)))


def explaining(stored: Sequence[Decision], revision_id: str) -> Decision | None:
    """What the service itself made of this text last: the reason why it is kept, hidden or asked about."""
    return next((d for d in stored if d.revision_id == revision_id and d.maker != Maker.PERSON), None)


def shown_decisions(session: Session, stored: Sequence[Decision]) -> tuple[DecisionShown, ...]:
    """In the order given, each with what it asked of the platform."""
    ids = [decision.id for decision in stored]
    people = [who for d in stored for who in (d.member_id, d.second_member_id, d.undone_by)]
    names = rows.member_names(session, people)
    numbers = dict(
        session.execute(
            select(GuidelineVersion.id, GuidelineVersion.number).where(
                GuidelineVersion.id.in_({d.version_id for d in stored if d.version_id})
            )
        )
        .tuples()
        .all()
    )
    actions = _actions(session, ids)
    return tuple(
        DecisionShown(
            id=d.id,
            state=d.state,
            maker=d.maker,
            reason=d.reason,
            verbs=tuple(d.verbs),
            rule_ids=tuple(d.rule_ids),
            member=names.get(d.member_id or "", ""),
            member_id=d.member_id,
            second_member=names.get(d.second_member_id or "", ""),
            undone_by=names.get(d.undone_by or "", ""),
            note=d.note,
            made_at=d.made_at,
            undone_at=d.undone_at,
            version_number=numbers.get(d.version_id or ""),
            actions=actions.get(d.id, ()),
        )
        for d in stored
    )


def earlier_texts(session: Session, comment_id: str, current_id: str) -> tuple[OldText, ...]:
    """Newest first, without the current one."""
    found = session.scalars(
        select(Revision)
        .where(Revision.comment_id == comment_id, Revision.id != current_id)
        .order_by(Revision.number.desc())
        .limit(MOST)
    )
    return tuple(OldText(old.number, original(old.text, old.original), old.occurred_at) for old in found)


def _actions(session: Session, decision_ids: Sequence[str]) -> Mapping[str, tuple[ActionShown, ...]]:
    found = list(session.scalars(select(Action).where(Action.decision_id.in_(decision_ids)).order_by(Action.sequence)))
    receipts: dict[str, list[ReceiptShown]] = {}
    for receipt in session.scalars(
        select(Receipt).where(Receipt.action_id.in_([action.id for action in found])).order_by(Receipt.attempt)
    ):
        shown = ReceiptShown(receipt.attempt, receipt.outcome, receipt.detail, receipt.at)
        receipts.setdefault(receipt.action_id, []).append(shown)
    by_decision: dict[str, list[ActionShown]] = {}
    for action in found:
        answered = tuple(receipts.get(action.id, ()))
        shown_action = ActionShown(
            id=action.id,
            verb=action.verb,
            state=action.state,
            created_at=action.created_at,
            done_at=action.done_at,
            duration_days=action.duration_days,
            ends_at=action.ends_at,
            text=action.text,
            receipts=answered,
        )
        by_decision.setdefault(action.decision_id, []).append(shown_action)
    return {decision_id: tuple(actions) for decision_id, actions in by_decision.items()}
