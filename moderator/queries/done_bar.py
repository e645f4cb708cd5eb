"""What the bar says that stays after a decision: what was decided, how far it got, and whether it can be undone."""

from dataclasses import dataclass
from math import ceil

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderator import clock
from moderator.domain.actions import ActionState
from moderator.domain.decisions import Reason, State
from moderator.review.access import Reach
from moderator.storage.tables import Action, Channel, Comment, Decision


@dataclass(frozen=True, slots=True)
class Step:
    """One verb on its way to the platform. `state` is empty where nothing had to be carried there."""

    verb: str
    state: str


@dataclass(frozen=True, slots=True)
class DoneBar:
    decision_id: str
    comment_id: str
    channel: str
    steps: tuple[Step, ...]
    #: a second person must agree first
    proposed: bool
    #: it is in force, so it can be undone
    undoable: bool
    #: what cannot be taken back and has not been done yet
    waiting: tuple[str, ...] = ()
    #: for so many seconds it can still be called off
    seconds_left: int = 0


def done_bar(session: Session, reach: Reach, decision_id: str) -> DoneBar | None:
    """None where there is no such decision in the office, or it was undone since."""
    row = session.execute(
        select(Decision, Comment.decision_id.label("in_force"), Channel.name)
        .join(Comment, Comment.id == Decision.comment_id)
        .join(Channel, Channel.id == Comment.channel_id)
        .where(Decision.id == decision_id, *reach.of_comments())
    ).one_or_none()
    if row is None or row.Decision.state not in (State.MADE, State.PROPOSED):
        return None
    decision = row.Decision
    actions = list(session.scalars(select(Action).where(Action.decision_id == decision_id).order_by(Action.sequence)))
    carried = {action.verb: action.state for action in actions}
    waits = {
        action.verb: action.waits_until
        for action in actions
        if action.state == ActionState.PENDING and action.waits_until and action.waits_until > clock.now()
    }
    verbs = dict.fromkeys([*decision.verbs, *carried])
    return DoneBar(
        decision_id=decision.id,
        comment_id=decision.comment_id,
        channel=row.name,
        steps=tuple(Step(verb, carried.get(verb, "")) for verb in verbs),
        proposed=decision.state == State.PROPOSED,
        undoable=decision.state == State.MADE and row.in_force == decision.id and decision.reason != Reason.UNDO,
        waiting=tuple(waits),
        seconds_left=ceil((max(waits.values()) - clock.now()).total_seconds()) if waits else 0,
    )
