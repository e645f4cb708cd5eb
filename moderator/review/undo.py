"""Taking a decision back, on the platform too, and saying plainly what cannot be taken back."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderator import audit, casebook, channels, clock, posts, recording
from moderator.connectors.base import Outcome
from moderator.domain.actions import ActionState
from moderator.domain.cases import CaseState, Lane
from moderator.domain.decisions import Draft, Maker, Reason, State
from moderator.domain.vocabulary import REVERSE, Verb, Visibility
from moderator.errors import Conflict, NotFound
from moderator.jobs import queue
from moderator.recording import Ruling
from moderator.review.access import require_decider
from moderator.storage.tables import Action, Case, Channel, Comment, Decision, Member, Receipt


@dataclass(frozen=True, slots=True)
class Undone:
    """What undoing came to."""

    #: the decision now in force: it says what was in force before
    decision_id: str
    #: what is being taken back on the platform
    reversing: tuple[Verb, ...]
    #: one sentence for each thing that stays done
    not_undone: tuple[str, ...]


def undo(session: Session, member: Member, decision_id: str) -> Undone:
    """Take back the decision in force. Raises `NotFound`, `NotAllowed`, or `Conflict` when it is in force no longer."""
    require_decider(member)
    decision = session.get(Decision, decision_id)
    if decision is None or decision.office_id != member.office_id:
        raise NotFound("there is no such decision")
    comment = session.get_one(Comment, decision.comment_id, with_for_update=True)
    session.refresh(decision)
    if comment.decision_id != decision.id or decision.state != State.MADE or decision.reason == Reason.UNDO:
        raise Conflict("This decision is not in force any more, so there is nothing to undo.")
    reversing, not_undone = _take_back(session, decision, comment)
    decision.state, decision.undone_at, decision.undone_by = State.UNDONE.value, clock.now(), member.id
    session.flush()
    before = session.get(Decision, decision.previous_id) if decision.previous_id else None
    restored = _restore(session, member, comment, decision, before, reversing)
    _reopen(session, member, comment, decision)
    detail = {"decision": decision.id, "reversing": [v.value for v in reversing], "not_undone": len(not_undone)}
    actor, subject = f"member:{member.id}", f"comment:{comment.id}"
    audit.append(session, [audit.Entry(comment.office_id, actor, "decision.undone", subject, detail)])
    return Undone(restored, reversing, tuple(not_undone))


def _take_back(session: Session, decision: Decision, comment: Comment) -> tuple[tuple[Verb, ...], list[str]]:
    """Cancel what has not started; list what must be reversed, latest first; say what stays."""
    channel = session.get_one(Channel, comment.channel_id)
    possible = channels.capabilities([channel])[channel.id]
    reversing: list[Verb] = []
    not_undone: list[str] = []
    actions = session.scalars(
        select(Action).where(Action.decision_id == decision.id).order_by(Action.sequence.desc()).with_for_update()
    ).all()
    ended = {REVERSE[Verb(action.verb)] for action in actions if _ends_another(action, actions)}
    for action in actions:
        verb = Verb(action.verb)
        if action.state == ActionState.CANCELLED or verb in ended or _ends_another(action, actions):
            continue
        cancelled = _cancelled(session, action)
        if cancelled or action.state == ActionState.NEEDS_PERSON:
            action.state = ActionState.CANCELLED.value
        if cancelled:
            continue
        if verb is Verb.LIMIT_COMMENTS and posts.open_again(session, comment.id):
            not_undone.append(f"Comments under the post stay limited until somebody changes that on {channel.name}.")
            continue
        reverse = REVERSE.get(verb)
        if reverse is not None and reverse in possible:
            reversing.append(reverse)
        else:
            not_undone.append(f"{verb.replace('_', ' ').capitalize()} cannot be taken back on {channel.name}.")
    session.flush()
    recording.start_next(session, comment.id)
    return tuple(reversing), not_undone


def _ends_another(action: Action, actions: Sequence[Action]) -> bool:
    """Whether it takes back an earlier action of the same decision, whose time is over."""
    return any(REVERSE.get(Verb(other.verb)) == action.verb and other.sequence < action.sequence for other in actions)


def _cancelled(session: Session, action: Action) -> bool:
    """True: it never reached the platform, and now it never will."""
    if action.state == ActionState.DONE:
        return False
    unanswered = select(Receipt.id).where(Receipt.action_id == action.id, Receipt.outcome == Outcome.RETRY)
    if session.scalar(unanswered.limit(1)):
        return False  # an attempt may have taken effect although its answer was lost
    if action.state != ActionState.PENDING:
        return True
    waits = session.scalar(
        select(Action.id)
        .where(Action.comment_id == action.comment_id, Action.state == ActionState.PENDING)
        .order_by(Action.sequence)
        .limit(1)
    )
    return waits != action.id or queue.cancel(session, queue.Kind.ACT, action.id)


def _restore(
    session: Session,
    member: Member,
    comment: Comment,
    undone: Decision,
    before: Decision | None,
    reversing: Sequence[Verb],
) -> str:
    """Put on record what is in force again: what was before, or nothing."""
    verbs = tuple(Verb(verb) for verb in before.verbs) if before else ()
    made = Ruling(
        id=clock.new_id(),
        draft=Draft(State.MADE, Maker.PERSON, Reason.UNDO, verbs),
        office_id=comment.office_id,
        channel_id=comment.channel_id,
        comment_id=comment.id,
        revision_id=comment.revision_id,
        version_id=before.version_id if before else None,
        previous_id=undone.id,
        member_id=member.id,
        rule_ids=tuple(before.rule_ids) if before else (),
        carry=(*reversing, *_asked_again(session, comment, verbs, reversing)),
    )
    channel = session.get_one(Channel, comment.channel_id)
    recording.record(session, [made], channels.capabilities([channel]))
    session.refresh(comment)
    return made.id


def _asked_again(
    session: Session, comment: Comment, verbs: Sequence[Verb], reversing: Sequence[Verb]
) -> tuple[Verb, ...]:
    """A hide that waited for somebody's hand until the decision that is undone now took it off the list."""
    if Verb.HIDE not in verbs or Verb.HIDE in reversing or comment.visibility == Visibility.REMOVED:
        return ()
    return () if recording.soon_hidden(session, comment.id, comment.visibility) else (Verb.HIDE,)


def _reopen(session: Session, member: Member, comment: Comment, undone: Decision) -> None:
    """The case that this decision closed waits again, and what waited by hand for it waits no more."""
    leftover = session.scalar(
        select(Case).where(Case.comment_id == comment.id, Case.state == CaseState.OPEN, Case.lane == Lane.PLATFORM)
    )
    if leftover is not None and leftover.decision_id == undone.id:
        casebook.close(session, leftover, member.id)
    if session.scalar(select(Case.id).where(Case.comment_id == comment.id, Case.state == CaseState.OPEN)):
        return
    closed = session.scalar(
        select(Case)
        .where(
            Case.comment_id == comment.id,
            Case.state == CaseState.CLOSED,
            Case.lane != Lane.PLATFORM,
            Case.closed_at >= undone.made_at,
        )
        .order_by(Case.closed_at.desc())
        .limit(1)
    )
    if closed is not None and undone.maker == Maker.PERSON:
        casebook.reopen(session, closed)
