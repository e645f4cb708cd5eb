"""Taking a decision back, on the platform too, and saying plainly what cannot be taken back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from moderator import audit, casebook, channels, clock, lasting, posts, recording
from moderator.connectors.base import Outcome
from moderator.domain.actions import ActionState
from moderator.domain.cases import CaseState, Lane
from moderator.domain.decisions import Draft, Maker, Reason, State
from moderator.domain.vocabulary import REVERSE, Verb, Visibility
from moderator.errors import Conflict, NotFound
from moderator.jobs import queue
from moderator.recording import Ruling
from moderator.review.access import require_decider_at
from moderator.storage.tables import Action, Case, Channel, Comment, Decision, Job, Member, Receipt

#: What is done to an author and not to a comment: said where it stays because another decision asks for it too.
_LASTING = {
    Verb.BLOCK: "The author stays blocked: another decision in force asks for it.",
    Verb.MUTE: "The author stays muted: another decision in force asks for it.",
}


@dataclass(frozen=True, slots=True)
class Undone:
    """What undoing came to."""

    #: the decision now in force: it says what was in force before
    decision_id: str
    #: what is being taken back on the platform
    reversing: tuple[Verb, ...]
    #: one sentence for each thing that stays done
    not_undone: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What undoing a decision comes to on its platform, as things stand."""

    #: what was asked for and has not started: it never will
    cancelled: tuple[Verb, ...]
    #: what is taken back there, latest first
    reversing: tuple[Verb, ...]
    #: those of them that a person does there by hand
    by_hand: tuple[Verb, ...]
    not_undone: tuple[str, ...]


def undo(session: Session, member: Member, decision_id: str, *, bulk_id: str | None = None) -> Undone:
    """Take back the decision in force. `bulk_id` names the run that this is part of, for the record.

    Raises `NotFound`, `NotAllowed`, or `Conflict` when it is in force no longer.
    """
    decision = session.get(Decision, decision_id)
    if decision is None or decision.office_id != member.office_id:
        raise NotFound("there is no such decision")
    require_decider_at(session, member, decision.comment_id)
    comment = session.get_one(Comment, decision.comment_id, with_for_update=True)
    session.refresh(decision)
    if why := refusal(session, decision, comment):
        raise Conflict(why)
    foreseen = _take_back(session, decision, comment)
    decision.state, decision.undone_at, decision.undone_by = State.UNDONE.value, clock.now(), member.id
    session.flush()
    before = session.get(Decision, decision.previous_id) if decision.previous_id else None
    restored = _restore(session, member, comment, decision, before, foreseen.reversing)
    _reopen(session, member, comment, decision)
    stays = len(foreseen.not_undone)
    detail: dict[str, Any] = {
        "decision": decision.id,
        "reversing": [verb.value for verb in foreseen.reversing],
        "not_undone": stays,
        **({"bulk": bulk_id} if bulk_id else {}),
    }
    actor, subject = f"member:{member.id}", f"comment:{comment.id}"
    audit.append(session, [audit.Entry(comment.office_id, actor, "decision.undone", subject, detail)])
    return Undone(restored, foreseen.reversing, foreseen.not_undone)


def refusal(session: Session, decision: Decision, comment: Comment) -> str:
    """Why this decision cannot be undone, in a sentence; empty where it can."""
    if decision.state == State.PROPOSED:
        return "This waits for a second person and is not in force, so there is nothing to undo."
    if decision.state == State.UNDONE:
        return f"{_name(session, decision.undone_by)} undid this already."
    if decision.state != State.MADE or decision.reason == Reason.UNDO:
        return "This decision is not in force any more, so there is nothing to undo."
    if comment.decision_id == decision.id:
        return ""
    newer = session.get(Decision, comment.decision_id) if comment.decision_id else None
    if newer is None or newer.reason == Reason.UNDO:
        return "This decision is not in force any more, so there is nothing to undo."
    who = _name(session, newer.member_id) if newer.maker == Maker.PERSON else "The service"
    what = " and ".join(verb.replace("_", " ") for verb in newer.verbs)
    return f"{who} decided anew about this comment since: {what}. Undo that first, or decide anew."


def foresee(session: Session, decision: Decision, comment: Comment) -> Foreseen:
    """What `undo` would do on the platform now. Only for a decision that it does not refuse."""
    return _weigh(session, decision, comment).foreseen


@dataclass(frozen=True, slots=True)
class _Weighed:
    foreseen: Foreseen
    #: actions that are asked for no longer
    dropped: tuple[Action, ...]
    #: comments under the post count as limited no longer
    opens: bool


def _weigh(session: Session, decision: Decision, comment: Comment) -> _Weighed:
    channel = session.get_one(Channel, comment.channel_id)
    possible = channels.capabilities([channel])[channel.id]
    actions = session.scalars(
        select(Action).where(Action.decision_id == decision.id).order_by(Action.sequence.desc())
    ).all()
    reached = _reached(session, actions)
    ended = {REVERSE[Verb(action.verb)] for action in actions if _ends_another(action, actions)}
    cancelled: list[Action] = []
    dropped: list[Action] = []
    reversing: list[Verb] = []
    not_undone: list[str] = []
    opens = False
    for action in actions:
        verb = Verb(action.verb)
        if action.state == ActionState.CANCELLED or verb in ended or _ends_another(action, actions):
            continue
        if action.id not in reached or action.state == ActionState.NEEDS_PERSON:
            dropped.append(action)
        if action.id not in reached:
            cancelled.append(action)
            continue
        reverse = REVERSE.get(verb)
        if verb is Verb.LIMIT_COMMENTS and posts.is_limited(session, comment.id):
            opens = True
            not_undone.append(f"Comments under the post stay limited until somebody changes that on {channel.name}.")
        elif verb in _LASTING and lasting.goes_on(session, comment, verb, decision.previous_id):
            not_undone.append(_LASTING[verb])
        elif reverse is not None and reverse in possible:
            reversing.append(reverse)
        else:
            not_undone.append(f"{verb.replace('_', ' ').capitalize()} cannot be taken back on {channel.name}.")
    foreseen = Foreseen(
        cancelled=tuple(Verb(action.verb) for action in cancelled),
        reversing=tuple(reversing),
        by_hand=tuple(verb for verb in reversing if not possible[verb].automatic),
        not_undone=tuple(not_undone),
    )
    return _Weighed(foreseen, tuple(dropped), opens)


def _take_back(session: Session, decision: Decision, comment: Comment) -> Foreseen:
    """Cancel what has not started. What must be reversed is left to the caller."""
    first = _first_pending(session, comment.id)
    if first is not None:
        # Nobody takes it on while this is weighed. One that is taken on is left alone: its holder waits for us.
        session.execute(_untouched(first).with_for_update())
    weighed = _weigh(session, decision, comment)
    for action in weighed.dropped:
        if action.state == ActionState.PENDING:
            queue.cancel(session, queue.Kind.ACT, action.id)
        action.state = ActionState.CANCELLED.value
    if weighed.opens:
        posts.open_again(session, comment.id)
    session.flush()
    recording.start_next(session, comment.id)
    return weighed.foreseen


def _ends_another(action: Action, actions: Sequence[Action]) -> bool:
    """Whether it takes back an earlier action of the same decision, whose time is over."""
    return any(REVERSE.get(Verb(other.verb)) == action.verb and other.sequence < action.sequence for other in actions)


def _reached(session: Session, actions: Sequence[Action]) -> frozenset[str]:
    """The actions that took effect on the platform, or may have: an attempt whose answer was lost counts."""
    ids = [action.id for action in actions]
    unanswered = select(Receipt.action_id).where(Receipt.action_id.in_(ids), Receipt.outcome == Outcome.RETRY)
    reached = {action.id for action in actions if action.state == ActionState.DONE} | set(session.scalars(unanswered))
    pending = next((action for action in reversed(actions) if action.state == ActionState.PENDING), None)
    if (
        pending is not None
        and _first_pending(session, pending.comment_id) == pending.id
        and session.scalar(_untouched(pending.id)) is None
    ):
        reached.add(pending.id)
    return frozenset(reached)


def _untouched(action_id: str) -> Select[tuple[str]]:
    return select(Job.id).where(Job.kind == queue.Kind.ACT, Job.subject_id == action_id, Job.attempts == 0)


def _first_pending(session: Session, comment_id: str) -> str | None:
    return session.scalar(
        select(Action.id)
        .where(Action.comment_id == comment_id, Action.state == ActionState.PENDING)
        .order_by(Action.sequence)
        .limit(1)
    )


def _name(session: Session, member_id: str | None) -> str:
    who = session.get(Member, member_id) if member_id else None
    return who.name if who else "Somebody"


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
