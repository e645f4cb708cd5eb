"""After step 6: what was done for a time, such as a block of 90 days, is taken back when the time is over.

The rule did it: a member decided for so long and no longer. Where the platform has no call for it, a person is asked.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderator import audit, channels, lasting, recording
from moderator.domain.actions import ActionState
from moderator.domain.vocabulary import REVERSE, Verb
from moderator.jobs.queue import Claimed
from moderator.pipeline import triage
from moderator.runtime import Runtime
from moderator.storage.tables import Action, Channel, Comment, Decision


def work(_runtime: Runtime, _jobs: Sequence[Claimed]) -> None:
    """Nothing here is slow."""


def store(_runtime: Runtime, session: Session, jobs: Sequence[Claimed], _result: None) -> Mapping[str, datetime]:
    ids = [job.subject_id for job in jobs]
    theirs = select(Action.comment_id).where(Action.id.in_(ids))
    session.execute(select(Comment.id).where(Comment.id.in_(theirs)).order_by(Comment.id).with_for_update())
    for action in session.scalars(select(Action).where(Action.id.in_(ids)).order_by(Action.id).with_for_update()).all():
        if _still_lasts(session, action):
            _end(session, action)
    return {}


def give_up(_runtime: Runtime, session: Session, job: Claimed, error: str) -> None:
    action = session.get(Action, job.subject_id)
    if action is not None:
        what = action.verb.replace("_", " ")
        why = f"To be ended by hand: {what}. Its time is over, and the service could not end it: {error}"
        triage.open_platform_case(session, action.office_id, action.comment_id, action.decision_id, why)


def _still_lasts(session: Session, action: Action) -> bool:
    """Whether it is to be ended: it took effect, nobody has taken it back, and nothing else asks for the same."""
    reverse = REVERSE.get(Verb(action.verb))
    if action.state != ActionState.DONE or reverse is None:
        return False
    back = session.scalar(select(Action.id).where(Action.id == action.id, lasting.taken_back(Action, reverse)))
    comment = session.get_one(Comment, action.comment_id)
    return back is None and not lasting.goes_on(
        session, comment, Verb(action.verb), comment.decision_id, without=action.id
    )


def _end(session: Session, action: Action) -> None:
    channel = session.get_one(Channel, action.channel_id)
    capability = channels.capabilities([channel])[channel.id].get(REVERSE[Verb(action.verb)])
    back = recording.carry_back(session, action, REVERSE[Verb(action.verb)], capability)
    if back.state == ActionState.BY_HAND:
        what = back.verb.replace("_", " ")
        why = f"To be done by hand on {channel.name}: {what}. The {action.duration_days} days are over"
        triage.open_platform_case(session, action.office_id, action.comment_id, action.decision_id, why)
    rules = session.scalars(select(Decision.rule_ids).where(Decision.id == action.decision_id)).one()
    actor = f"rule:{rules[0]}" if rules else "system"
    detail = {"action": action.id, "verb": action.verb, "days": action.duration_days, "by": back.id}
    audit.append(
        session, [audit.Entry(action.office_id, actor, "action.ended", f"comment:{action.comment_id}", detail)]
    )
