"""Actions that need a person: done there by hand, tried once more, or let go."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderator import audit, casebook, recording
from moderator.domain.actions import ActionState
from moderator.domain.cases import CaseState, Lane
from moderator.errors import Conflict, NotFound
from moderator.pipeline.act import finish_action
from moderator.review.access import require_decider_at
from moderator.storage.tables import Action, Case, Comment, Member

_WAITING = (ActionState.BY_HAND, ActionState.NEEDS_PERSON)


def mark_done(session: Session, member: Member, action_id: str) -> None:
    """The member has done it on the platform. Raises `NotFound`, `NotAllowed`, `Conflict`."""
    action = _waiting_action(session, member, action_id)
    finish_action(session, action, f"member:{member.id}", {"outcome": "by_hand"})
    _close_if_settled(session, member, action.comment_id)


def retry(session: Session, member: Member, action_id: str) -> None:
    """Try an action that failed once more. Ring the doorbell after commit. Raises as `mark_done`."""
    action = _waiting_action(session, member, action_id)
    if action.state != ActionState.NEEDS_PERSON:
        raise Conflict("The platform has no call for this: it can only be done by hand.")
    action.state = ActionState.PENDING.value
    session.flush()
    recording.start_next(session, action.comment_id)
    _log(session, member, action, "action.retried")
    _close_if_settled(session, member, action.comment_id)


def let_go(session: Session, member: Member, action_id: str) -> None:
    """It will not be done after all. Raises as `mark_done`."""
    action = _waiting_action(session, member, action_id)
    action.state = ActionState.CANCELLED.value
    _log(session, member, action, "action.let_go")
    _close_if_settled(session, member, action.comment_id)


def _waiting_action(session: Session, member: Member, action_id: str) -> Action:
    action = session.get(Action, action_id)
    if action is None or action.office_id != member.office_id:
        raise NotFound("there is no such action")
    require_decider_at(session, member, action.comment_id)
    session.get(Comment, action.comment_id, with_for_update=True)
    session.refresh(action, with_for_update=True)
    if action.state not in _WAITING:
        raise Conflict("This is settled already.")
    return action


def _close_if_settled(session: Session, member: Member, comment_id: str) -> None:
    session.flush()
    if session.scalar(select(Action.id).where(Action.comment_id == comment_id, Action.state.in_(_WAITING)).limit(1)):
        return
    case = session.scalar(
        select(Case).where(Case.comment_id == comment_id, Case.state == CaseState.OPEN, Case.lane == Lane.PLATFORM)
    )
    if case is not None:
        casebook.close(session, case, member.id)


def _log(session: Session, member: Member, action: Action, event: str) -> None:
    detail = {"action": action.id, "verb": action.verb}
    subject = f"comment:{action.comment_id}"
    audit.append(session, [audit.Entry(action.office_id, f"member:{member.id}", event, subject, detail)])
