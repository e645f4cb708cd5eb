"""What was done to an author and lasts, such as a block: one decision may ask for it, or several.

It is taken back when the last decision that asks for it no longer does.
"""

from sqlalchemy import ColumnElement, Text, cast, exists, or_, select
from sqlalchemy.orm import Session, aliased

from moderator import clock
from moderator.domain.actions import ActionState
from moderator.domain.decisions import State
from moderator.domain.vocabulary import REVERSE, Verb
from moderator.storage.tables import Action, Comment, Decision


def goes_on(
    session: Session, comment: Comment, verb: Verb, in_force_id: str | None, without: str | None = None
) -> bool:
    """Whether a decision in force about this author asks for the same, for longer or until somebody ends it.

    `in_force_id` is the decision to be regarded as in force about the comment itself; `without` is an action of its
    own that does not count.
    """
    in_force = session.get(Decision, in_force_id) if in_force_id else None
    if in_force is not None and verb in in_force.verbs:
        own = (Action.comment_id == comment.id, Action.id != (without or ""), *_lasts(verb))
        if session.scalar(select(Action.id).where(*own).limit(1)):
            return True
    if comment.author_id is None:
        return False
    elsewhere = (
        select(Action.id)
        .join(Comment, Comment.id == Action.comment_id)
        .join(Decision, Decision.id == Comment.decision_id)
        .where(
            Comment.author_id == comment.author_id,
            Comment.id != comment.id,
            Decision.state == State.MADE,
            cast(Decision.verbs, Text).contains(f'"{verb}"', autoescape=True),
            *_lasts(verb),
        )
    )
    return session.scalar(elsewhere.limit(1)) is not None


def taken_back(action: type[Action], reverse: Verb) -> ColumnElement[bool]:
    """Something later about the same comment undid what this action did."""
    later = aliased(Action)
    return exists().where(
        later.comment_id == action.comment_id,
        later.sequence > action.sequence,
        later.verb == reverse,
        later.state != ActionState.CANCELLED,
    )


def _lasts(verb: Verb) -> list[ColumnElement[bool]]:
    return [
        Action.verb == verb,
        Action.state != ActionState.CANCELLED,
        or_(Action.ends_at.is_(None), Action.ends_at > clock.now()),
        ~taken_back(Action, REVERSE[verb]),
    ]
