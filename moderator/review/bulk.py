"""One choice for many comments, carried out as a job: a slice per turn, each comment as if it were decided alone.

A slice is one transaction with everything that follows from it: whoever dies in the middle of one has done nothing, and
whoever goes on repeats nothing. A run keeps to the pace of the platforms: while enough is due there already it waits.
So a single decision stands behind a handful of others and never behind a whole run, and stopping a run stops something.
Taking a run back is a run as well.

Only what can be taken back is offered. Delete, block and report, rules that two people decide, and whatever waits for a
second person stay with people who look at one comment at a time.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from moderator import audit, channels, clock
from moderator.clusters import LANES
from moderator.domain.cases import BulkItemState, BulkState, CaseState
from moderator.domain.decisions import State, needs_two
from moderator.domain.vocabulary import Verb
from moderator.errors import Conflict, Invalid, ModeratorError, NotAllowed, NotFound
from moderator.jobs import queue
from moderator.jobs.queue import Claimed
from moderator.pipeline.storable import storable
from moderator.review import access, cases, ruling
from moderator.review.access import Reach
from moderator.review.undo import undo as take_back
from moderator.runtime import Runtime
from moderator.storage.tables import BulkItem, BulkRun, Case, Channel, Comment, Decision, Member
from moderator.storage.tables.base import table_of
from moderator.traces import without_words

log = logging.getLogger(__name__)

#: What may be chosen for many at once, each for itself.
OFFERED: tuple[Verb, ...] = (Verb.KEEP, Verb.HIDE, Verb.UNHIDE)

#: Comments that one run takes at most.
MOST = 5_000

#: Comments of one turn: so many keep other writers waiting for less than they notice.
SLICE = 10

#: So many actions due on platforms are enough: the run waits until some of them are done.
ENOUGH_DUE = 32
_LOOK_AGAIN = timedelta(milliseconds=200)

#: The states in which a run is still to be gone on with.
UNFINISHED = frozenset({BulkState.WAITING, BulkState.RUNNING})


def start(
    session: Session,
    member: Member,
    reach: Reach,
    comment_ids: Sequence[str],
    verbs: Sequence[str],
    rule_id: str | None,
    note: str = "",
    seen: Mapping[str, str] | None = None,
) -> BulkRun:
    """Ask for one choice about many comments. `seen` are the decisions that were on the screen, by comment.

    Where `seen` does not tell, what the comment's case asks now counts as seen. A comment whose case asks something
    else by the time that its turn comes is left alone. Raises `NotAllowed`, `Invalid`, or `NotFound` where one of the
    comments is out of the member's reach. Ring the doorbell after commit.
    """
    require_bulk(member, reach)
    picked = _chosen(session, member.office_id, verbs, rule_id)
    wanted = _within(session, reach, comment_ids)
    latest = _latest_cases(session, wanted)
    known = seen or {}
    rows = []
    for comment_id in wanted:
        case_id, asked = latest.get(comment_id, (None, None))
        rows.append((comment_id, case_id, known.get(comment_id) or asked))
    run = _new_run(member, [verb.value for verb in picked], rule_id, note, len(rows))
    _write(session, run, rows)
    detail = {"comments": run.total, "verbs": run.verbs, "rules": [rule_id] if rule_id else []}
    _log(session, run, f"member:{member.id}", "bulk.started", detail)
    return run


def stop(session: Session, member: Member, bulk_id: str) -> BulkRun:
    """Leave a run as far as it is; one that has ended stays as it ended. Raises `NotFound`, `NotAllowed`."""
    require_bulk(member, access.reach(session, member))
    run = _own(session, member, bulk_id)
    _stop(session, member, run)
    return run


def undo(session: Session, member: Member, bulk_id: str) -> BulkRun:
    """Take back what a run decided, as far as that is in force; a run that is not done yet is stopped first.

    Returns the run that takes it back. Raises `NotFound`, `NotAllowed`, or `Conflict` where nothing is left to take
    back. Ring the doorbell after commit.
    """
    reach = access.reach(session, member)
    require_bulk(member, reach)
    run = _own(session, member, bulk_id)
    if run.undoes_id is not None:
        raise Conflict("This run takes another one back. Decide anew what should be decided otherwise.")
    again = select(BulkRun.id).where(BulkRun.undoes_id == run.id, BulkRun.state.in_(_values(UNFINISHED)))
    if session.scalar(again.limit(1)):
        raise Conflict("This run is being taken back already.")
    _stop(session, member, run)
    session.flush()
    rows = _left(session, reach, run.id)
    if not rows:
        raise Conflict("Nothing that this run decided is left to take back.")
    taking = _new_run(member, [], None, "", len(rows), undoes_id=run.id)
    _write(session, taking, rows)
    _log(session, taking, f"member:{member.id}", "bulk.undo_started", {"comments": taking.total, "undoes": run.id})
    return taking


def require_bulk(member: Member, reach: Reach) -> None:
    """Raises `NotAllowed` for those who decide on no channel."""
    if not may_bulk(member, reach):
        access.require_decider(member)


def may_bulk(member: Member, reach: Reach) -> bool:
    """Whether there is a channel on which they decide."""
    roles = reach.channels.values() if reach.channels is not None else (None,)
    return any(access.may_decide(member, role) for role in roles)


def work(_runtime: Runtime, _jobs: Sequence[Claimed]) -> None:
    """Nothing is prepared: what a slice finds and what it does belong in one transaction."""


def store(_runtime: Runtime, session: Session, jobs: Sequence[Claimed], _result: None) -> Mapping[str, datetime]:
    """The next slice of each run, unless the platforms have enough to do."""
    again: dict[str, datetime] = {}
    for job in jobs:
        run = session.get(BulkRun, job.subject_id, with_for_update=True)
        if run is None or run.state not in UNFINISHED:
            continue
        again_at = clock.now()
        if queue.backlog(session, queue.Kind.ACT, ENOUGH_DUE) < ENOUGH_DUE:
            _slice(session, run)
        else:
            again_at += _LOOK_AGAIN
        if run.state in UNFINISHED:
            again[job.id] = again_at
            queue.postpone(session, job.id, again_at, count=False)
    return again


def give_up(_runtime: Runtime, session: Session, job: Claimed, error: str) -> None:
    run = session.get(BulkRun, job.subject_id, with_for_update=True)
    if run is not None and run.state in UNFINISHED:
        run.error = error
        _end(run, BulkState.FAILED)


def _chosen(session: Session, office_id: str, verbs: Sequence[str], rule_id: str | None) -> tuple[Verb, ...]:
    """Raises `Invalid`."""
    picked = ruling.chosen(verbs)
    if len(picked) > 1 or picked[0] not in OFFERED:
        raise Invalid("verbs", "only keep, hide and show again can be chosen for many: the rest one comment at a time")
    _, rule = ruling.cited(session, office_id, picked, rule_id)
    if rule is not None and needs_two(rule, picked):
        raise Invalid("rule_id", f"under rule {rule.id} two people decide, one comment at a time")
    return picked


def _within(session: Session, reach: Reach, comment_ids: Sequence[str]) -> list[str]:
    """Each once, in the order in which everybody locks them. Raises `Invalid` or `NotFound`."""
    wanted = sorted(set(comment_ids))
    if not wanted:
        raise Invalid("case", "tick at least one comment")
    if len(wanted) > MOST:
        raise Invalid("case", f"one run takes {MOST:,} comments at most")
    query = select(Comment.id).where(Comment.id.in_(wanted), *reach.of_comments())
    if len(session.scalars(query).all()) < len(wanted):
        raise NotFound("there is no such comment")
    return wanted


def _latest_cases(session: Session, comment_ids: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Case and what it asks, by comment: the open one, else the one that was closed last."""
    query = (
        select(Case.comment_id, Case.id, Case.decision_id)
        .where(Case.comment_id.in_(comment_ids))
        .order_by(Case.state == CaseState.OPEN, Case.opened_at, Case.id)
    )
    return {comment_id: (case_id, asked) for comment_id, case_id, asked in session.execute(query).tuples()}


def _new_run(
    member: Member, verbs: list[Any], rule_id: str | None, note: str, total: int, undoes_id: str | None = None
) -> BulkRun:
    return BulkRun(
        id=clock.new_id(),
        office_id=member.office_id,
        undoes_id=undoes_id,
        verbs=verbs,
        rule_id=rule_id if Verb.HIDE in verbs else None,
        note=storable(note.strip()[:2000])[0],
        state=BulkState.WAITING.value,
        total=total,
        done=0,
        left_alone=0,
        asked_by=member.id,
        asked_at=clock.now(),
        ended_at=None,
        error="",
    )


def _write(session: Session, run: BulkRun, rows: Sequence[tuple[str, str | None, str | None]]) -> None:
    session.add(run)
    session.flush()
    items = [
        {
            "bulk_id": run.id,
            "position": position,
            "comment_id": comment_id,
            "case_id": case_id,
            "seen_id": seen_id,
            "state": BulkItemState.WAITING.value,
            "decision_id": None,
            "said": "",
        }
        for position, (comment_id, case_id, seen_id) in enumerate(rows)
    ]
    session.execute(insert(table_of(BulkItem)), items)
    queue.add(session, queue.Kind.BULK, [run.id])


def _own(session: Session, member: Member, bulk_id: str) -> BulkRun:
    run = session.get(BulkRun, bulk_id, with_for_update=True)
    if run is None or run.office_id != member.office_id:
        raise NotFound("there is no such run")
    return run


def _stop(session: Session, member: Member, run: BulkRun) -> None:
    if run.state in UNFINISHED:
        _log(session, run, f"member:{member.id}", "bulk.stopped", {"decided": run.done})
        _end(run, BulkState.STOPPED)


def _left(session: Session, reach: Reach, bulk_id: str) -> Sequence[tuple[str, str | None, str | None]]:
    """What the run decided and nobody took back since, in the order in which everybody locks comments."""
    query = (
        select(BulkItem.comment_id, BulkItem.case_id, BulkItem.decision_id)
        .join(Comment, Comment.id == BulkItem.comment_id)
        .join(Decision, Decision.id == BulkItem.decision_id)
        .where(BulkItem.bulk_id == bulk_id, BulkItem.state == BulkItemState.DONE, Decision.state == State.MADE)
        .where(*reach.of_comments())
        .order_by(BulkItem.comment_id)
    )
    return session.execute(query).tuples().all()


def _slice(session: Session, run: BulkRun) -> None:
    # Items are done in the order of their positions, so what is counted tells where to go on.
    reached = run.done + run.left_alone
    query = select(BulkItem).where(BulkItem.bulk_id == run.id, BulkItem.position >= reached)
    items = session.scalars(query.order_by(BulkItem.position).limit(SLICE)).all()
    comment_ids = [item.comment_id for item in items]
    session.execute(select(Comment.id).where(Comment.id.in_(comment_ids)).order_by(Comment.id).with_for_update())
    member = session.get_one(Member, run.asked_by)
    run.state = BulkState.RUNNING.value
    for item in items:
        _settle(session, run, member, item)
    if run.done + run.left_alone >= run.total:
        _end(run, BulkState.DONE)
        _log(session, run, "system", "bulk.ended", {"decided": run.done, "left_alone": run.left_alone})


def _settle(session: Session, run: BulkRun, member: Member, item: BulkItem) -> None:
    """Decide about one comment, or leave it alone and say why. What goes wrong with it harms no other."""
    deed = _decide if run.undoes_id is None else _undo
    decision_id, said = _tried(session, lambda: deed(session, run, member, item))
    if decision_id is not None:
        item.state, item.decision_id = BulkItemState.DONE.value, decision_id
        run.done += 1
    else:
        item.state, item.said = BulkItemState.LEFT_ALONE.value, said
        run.left_alone += 1
    session.flush()


def _tried(session: Session, deed: Callable[[], str]) -> tuple[str | None, str]:
    try:
        with session.begin_nested():
            return deed(), ""
    except ModeratorError as refusal:
        return None, str(refusal)
    except SQLAlchemyError:
        raise  # the database's trouble is not this comment's: the whole slice is tried again
    except Exception as error:
        log.error("one comment of a run could not be decided\n%s", without_words(error))
        return None, "Something went wrong here. Please decide it by itself."


def _decide(session: Session, run: BulkRun, member: Member, item: BulkItem) -> str:
    _require_still_here(member)
    if item.case_id is None or item.seen_id is None:
        raise Conflict("Nothing is asked about this comment.")
    case = session.get_one(Case, item.case_id)
    if case.state == CaseState.OPEN and case.lane not in LANES:
        raise Conflict("This needs somebody to look at it by itself: a second person, or a hand on the platform.")
    _require_undoable(session, case.channel_id, [Verb(verb) for verb in run.verbs])
    made = cases.resolve(session, member, case.id, item.seen_id, run.verbs, run.rule_id, run.note, bulk_id=run.id)
    if made.waits_for_second:
        raise Conflict("By now a second person must agree to this, so it is decided by itself.")
    return made.decision_id


def _undo(session: Session, run: BulkRun, member: Member, item: BulkItem) -> str:
    _require_still_here(member)
    taken_back = item.seen_id or ""
    take_back(session, member, taken_back, bulk_id=run.id)
    return taken_back


def _require_still_here(member: Member) -> None:
    if member.left_at is not None or (member.ends_at is not None and member.ends_at <= clock.now()):
        raise NotAllowed("Whoever asked for this no longer works here.")


def _require_undoable(session: Session, channel_id: str, verbs: Sequence[Verb]) -> None:
    channel = session.get_one(Channel, channel_id)
    possible = channels.capabilities([channel])[channel.id]
    for verb in verbs:
        if verb is not Verb.KEEP and verb in possible and not possible[verb].reversible:
            raise Conflict(f"This cannot be taken back on {channel.name}, so it is decided by itself.")


def _end(run: BulkRun, state: BulkState) -> None:
    run.state, run.ended_at = state.value, clock.now()


def _log(session: Session, run: BulkRun, actor: str, event: str, detail: Mapping[str, Any]) -> None:
    audit.append(session, [audit.Entry(run.office_id, actor, event, f"bulk:{run.id}", {"bulk": run.id, **detail})])


def _values(states: frozenset[BulkState]) -> list[str]:
    return [state.value for state in states]
