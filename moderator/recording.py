"""How a decision enters the record, whoever made it: the row, what it asks of the platform, the evidence first."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from guidelines.schema import Finding
from moderator import clock, evidence
from moderator.connectors.base import Capability
from moderator.domain.actions import SECOND_THOUGHT, ActionState
from moderator.domain.decisions import Draft, Reason, State
from moderator.domain.vocabulary import WRITTEN, Verb, Visibility
from moderator.jobs import queue
from moderator.storage.tables import Action, Comment, Decision
from moderator.storage.tables.base import table_of


@dataclass(frozen=True, slots=True)
class Ruling:
    """A draft about one comment, ready to be recorded."""

    id: str
    draft: Draft
    office_id: str
    channel_id: str
    comment_id: str
    revision_id: str
    version_id: str | None
    previous_id: str | None
    member_id: str | None = None
    second_member_id: str | None = None
    rule_ids: tuple[str, ...] = ()
    note: str = ""
    #: label -> the classifier whose score counted
    answered: Mapping[str, str] = field(default_factory=dict)
    suggestion_followed: bool | None = None
    #: what has to be carried to the platform, where that is not simply the draft's verbs
    carry: tuple[Verb, ...] | None = None
    #: how many days what is carried lasts; what is not named lasts until somebody ends it
    days: Mapping[Verb, int] = field(default_factory=dict)
    #: what is written to the author, where they are replied to or pointed elsewhere
    text: str = ""

    @property
    def errands(self) -> tuple[Verb, ...]:
        """The verbs to carry to the platform. Keeping a comment is no errand."""
        verbs = self.draft.verbs if self.carry is None else self.carry
        return tuple(verb for verb in verbs if verb is not Verb.KEEP)


def record(session: Session, rulings: Sequence[Ruling], capabilities: Mapping[str, Mapping[Verb, Capability]]) -> None:
    """Write decisions; for those that are made, put them in force and queue what they ask of the platform.

    `capabilities` are each channel's, by channel id. The caller holds the comments' rows and writes the audit entries.
    """
    if not rulings:
        return
    now = clock.now()
    made = [ruling for ruling in rulings if ruling.draft.state is State.MADE]
    active = [ruling for ruling in made if ruling.errands]
    session.execute(insert(table_of(Decision)), [_row(ruling, now) for ruling in rulings])
    evidence.keep(session, {ruling.comment_id: ruling.id for ruling in active})
    _put_in_force(session, made)
    _queue_actions(session, active, capabilities, now)


def carry_back(session: Session, action: Action, verb: Verb, capability: Capability | None) -> Action:
    """Queue the verb that ends what an action did, as part of the same decision. The caller holds the comment's row."""
    last = session.scalar(select(func.max(Action.sequence)).where(Action.comment_id == action.comment_id)) or 0
    back = Action(
        id=clock.new_id(),
        office_id=action.office_id,
        channel_id=action.channel_id,
        comment_id=action.comment_id,
        decision_id=action.decision_id,
        verb=verb.value,
        state=_first_state(capability).value,
        sequence=last + 1,
        created_at=clock.now(),
    )
    session.add(back)
    session.flush()
    start_next(session, action.comment_id)
    return back


def start_next(session: Session, comment_id: str) -> None:
    """Let the comment's next waiting action start: one comment's actions go to the platform in their order."""
    first = session.execute(
        select(Action.id, Action.waits_until)
        .where(Action.comment_id == comment_id, Action.state == ActionState.PENDING)
        .order_by(Action.sequence)
        .limit(1)
    ).one_or_none()
    if first is not None:
        waits = first.waits_until is not None and first.waits_until > clock.now()
        queue.add(session, queue.Kind.ACT, [first.id], run_after=first.waits_until if waits else None)


def judged_by_people(session: Session, decision_ids: Iterable[str | None]) -> set[str]:
    """The revisions that people made these decisions about: what a person has judged, no machine judges after them."""
    ids = [decision_id for decision_id in decision_ids if decision_id]
    if not ids:
        return set()
    query = select(Decision.revision_id).where(Decision.id.in_(ids), Decision.reason == Reason.PERSON)
    return set(session.scalars(query))


def soon_hidden(session: Session, comment_id: str, visibility: str) -> bool:
    """Whether the comment, now seen as `visibility`, is hidden once what was asked for has been done."""
    last = session.scalar(
        select(Action.verb)
        .where(
            Action.comment_id == comment_id,
            Action.state.in_([ActionState.PENDING, ActionState.BY_HAND, ActionState.NEEDS_PERSON]),
            Action.verb.in_([Verb.HIDE, Verb.UNHIDE]),
        )
        .order_by(Action.sequence.desc())
        .limit(1)
    )
    return last == Verb.HIDE if last else visibility == Visibility.HIDDEN


def finding_rows(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """Findings as they are stored with a decision."""
    return [
        {
            "rule_id": finding.rule_id,
            "strength": finding.strength.value,
            "measures": [
                {"label": m.label, "score": round(m.score, 4), "review": m.review, "automatic": m.automatic}
                for m in finding.measures
            ],
            "facts": [
                {
                    "kind": held.kind,
                    "value": held.value,
                    "count": held.count,
                    "within_hours": held.within_hours,
                    "by": held.by,
                }
                for held in finding.facts
            ],
            "rung": finding.rung,
        }
        for finding in findings
    ]


def _row(ruling: Ruling, now: datetime) -> dict[str, Any]:
    draft = ruling.draft
    return {
        "id": ruling.id,
        "office_id": ruling.office_id,
        "comment_id": ruling.comment_id,
        "revision_id": ruling.revision_id,
        "version_id": ruling.version_id,
        "state": draft.state.value,
        "maker": draft.maker.value,
        "reason": draft.reason.value,
        "member_id": ruling.member_id,
        "second_member_id": ruling.second_member_id,
        "verbs": [verb.value for verb in draft.verbs],
        "rule_ids": list(ruling.rule_ids or draft.rule_ids),
        "findings": finding_rows(draft.findings),
        "answered": dict(ruling.answered),
        "note": ruling.note,
        "previous_id": ruling.previous_id,
        "suggestion_followed": ruling.suggestion_followed,
        "made_at": now,
        "undone_at": None,
        "undone_by": None,
    }


def _put_in_force(session: Session, made: Sequence[Ruling]) -> None:
    if made:
        table = table_of(Comment)
        statement = update(table).where(table.c.id == bindparam("key")).values(decision_id=bindparam("decision"))
        session.connection().execute(statement, [{"key": r.comment_id, "decision": r.id} for r in made])


def _queue_actions(
    session: Session, active: Sequence[Ruling], capabilities: Mapping[str, Mapping[Verb, Capability]], now: datetime
) -> None:
    if not active:
        return
    comment_ids = [ruling.comment_id for ruling in active]
    sequences = (
        select(Action.comment_id, func.max(Action.sequence))
        .where(Action.comment_id.in_(comment_ids))
        .group_by(Action.comment_id)
    )
    last = dict(session.execute(sequences).tuples().all())
    rows = []
    for ruling in active:
        for verb in ruling.errands:
            last[ruling.comment_id] = sequence = last.get(ruling.comment_id, 0) + 1
            rows.append(
                {
                    "id": clock.new_id(),
                    "office_id": ruling.office_id,
                    "channel_id": ruling.channel_id,
                    "comment_id": ruling.comment_id,
                    "decision_id": ruling.id,
                    "verb": verb.value,
                    "state": _first_state(capabilities[ruling.channel_id].get(verb)).value,
                    "sequence": sequence,
                    "created_at": now,
                    "done_at": None,
                    "duration_days": ruling.days.get(verb),
                    "text": ruling.text if verb in WRITTEN else "",
                    "waits_until": _waits_until(ruling, capabilities[ruling.channel_id].get(verb), now),
                }
            )
    session.execute(insert(table_of(Action)), rows)
    for comment_id in comment_ids:
        start_next(session, comment_id)


def _waits_until(ruling: Ruling, capability: Capability | None, now: datetime) -> datetime | None:
    """What a person asks for and the platform cannot take back waits a moment; going back to what was does not."""
    waits = capability is not None and capability.automatic and not capability.reversible
    return now + SECOND_THOUGHT if waits and ruling.draft.reason is not Reason.UNDO else None


def _first_state(capability: Capability | None) -> ActionState:
    return ActionState.PENDING if capability is not None and capability.automatic else ActionState.BY_HAND
