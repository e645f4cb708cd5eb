"""Step 6: orders carried to platforms, outside any transaction; receipts written down, whatever they say."""

import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moderator import audit, channels, clock, posts, publishing, recording
from moderator.connectors import registry
from moderator.connectors.base import Channel as OpenedChannel
from moderator.connectors.base import Order, Outcome, Receipt, describe
from moderator.domain.actions import ActionState, wait_before
from moderator.domain.vocabulary import Verb, Visibility
from moderator.jobs import queue
from moderator.jobs.queue import Claimed
from moderator.pipeline import triage
from moderator.runtime import Runtime
from moderator.sealing import SealBroken
from moderator.storage import tables
from moderator.storage.tables import Action, Author, Comment, Decision, GuidelineVersion, Office, Post
from moderator.traces import without_words

log = logging.getLogger(__name__)

#: Calls to platforms that may be under way at once in one batch.
_AT_ONCE = 8

#: How long an action waits while its channel is stopped before it is looked at again.
_STOPPED_WAIT = timedelta(minutes=1)

_SEEN_AS = {
    Verb.HIDE: Visibility.HIDDEN,
    Verb.UNHIDE: Visibility.VISIBLE,
    Verb.DELETE: Visibility.REMOVED,
}


@dataclass(frozen=True, slots=True)
class _Errand:
    connector: str
    channel: OpenedChannel
    order: Order


def work(runtime: Runtime, jobs: Sequence[Claimed]) -> dict[str, Receipt]:
    """Receipts by action id. An action that has no business being sent (cancelled, channel stopped) has none."""
    receipts: dict[str, Receipt] = {}
    with runtime.database.read() as session:
        errands = _errands(runtime, session, [job.subject_id for job in jobs], receipts)
    if errands:
        with ThreadPoolExecutor(min(_AT_ONCE, len(errands)), thread_name_prefix="deliver") as pool:
            receipts.update(zip((errand.order.id for errand in errands), pool.map(_deliver, errands), strict=True))
    return receipts


def store(
    runtime: Runtime, session: Session, jobs: Sequence[Claimed], receipts: Mapping[str, Receipt]
) -> Mapping[str, datetime]:
    again: dict[str, datetime] = {}
    _lock_comments(session, [job.subject_id for job in jobs])
    for job in jobs:
        action = session.scalar(select(Action).where(Action.id == job.subject_id).with_for_update())
        if action is None or action.state != ActionState.PENDING:
            continue
        receipt = receipts.get(action.id)
        if receipt is None:
            until = action.waits_until if _waits(action) else None
            again[job.id] = _postpone(session, job, until or clock.now() + _STOPPED_WAIT)
        else:
            wait = _settle(session, action, receipt)
            if wait is not None:
                again[job.id] = _postpone(session, job, clock.now() + timedelta(seconds=wait))
    return again


def give_up(_runtime: Runtime, session: Session, job: Claimed, error: str) -> None:
    _lock_comments(session, [job.subject_id])
    action = session.get(Action, job.subject_id, with_for_update=True)
    if action is not None and action.state == ActionState.PENDING:
        _needs_person(session, action, f"the service could not carry it out: {error}")


def _deliver(errand: _Errand) -> Receipt:
    """One call. Connectors promise not to raise; one that does must not cost the others of its batch their receipts."""
    try:
        return registry.get(errand.connector).deliver(errand.channel, errand.order)
    except registry.UnknownConnector as error:
        return Receipt(Outcome.CHANNEL_STOPPED, describe(error))
    except Exception as error:
        log.error("the connector %s failed\n%s", errand.connector, without_words(error))
        said = describe(f"{type(error).__name__}: {error}", secrets=errand.channel.secrets.values())
        return Receipt(Outcome.REFUSED, f"the connector {errand.connector} failed ({said[:400]})")


def _lock_comments(session: Session, action_ids: Sequence[str]) -> None:
    """Comments before actions and in one order, as everybody locks them, so that no two wait for each other."""
    theirs = select(Action.comment_id).where(Action.id.in_(action_ids))
    session.execute(select(Comment.id).where(Comment.id.in_(theirs)).order_by(Comment.id).with_for_update())


def _settle(session: Session, action: Action, receipt: Receipt) -> float | None:
    """Write the receipt down and what follows from it. Returns seconds to wait when it is to be tried again."""
    attempt = 1 + (session.scalar(select(func.max(tables.Receipt.attempt)).where(_of(action))) or 0)
    session.add(
        tables.Receipt(
            id=clock.new_id(),
            action_id=action.id,
            attempt=attempt,
            outcome=receipt.outcome.value,
            status_code=receipt.status_code,
            detail=receipt.detail,
            at=clock.now(),
        )
    )
    session.flush()
    match receipt.outcome:
        case Outcome.DONE | Outcome.ALREADY_DONE:
            _done(session, action, receipt, attempt)
            return None
        case Outcome.CHANNEL_STOPPED:
            _stop_channel(session, action, receipt)
            return _STOPPED_WAIT.total_seconds()
        case Outcome.REFUSED:
            _needs_person(session, action, f"the platform refused to {_words(action)}: {receipt.detail}")
            return None
    wait = wait_before(attempt, receipt.retry_after_seconds)
    if wait is None:
        _needs_person(session, action, f"the platform did not {_words(action)} after {attempt} tries: {receipt.detail}")
    return wait


def _done(session: Session, action: Action, receipt: Receipt, attempt: int) -> None:
    finish_action(session, action, "system", {"outcome": receipt.outcome.value, "attempt": attempt})


def finish_action(session: Session, action: Action, actor: str, detail: Mapping[str, Any]) -> None:
    """The action has taken effect on the platform: say so, and let the comment's next one start."""
    action.state, action.done_at = ActionState.DONE.value, clock.now()
    if action.duration_days is not None:
        action.ends_at = action.done_at + timedelta(days=action.duration_days)
        queue.add(session, queue.Kind.END, [action.id], run_after=action.ends_at)
    if action.verb == Verb.LIMIT_COMMENTS:
        posts.limited(session, action.comment_id)
    seen = _SEEN_AS.get(Verb(action.verb))
    if seen is not None:
        comment = session.get_one(Comment, action.comment_id, with_for_update=True)
        if comment.visibility != Visibility.REMOVED:
            comment.visibility = seen.value
    session.flush()
    recording.start_next(session, action.comment_id)
    entry = {"action": action.id, "verb": action.verb, **detail}
    audit.append(session, [audit.Entry(action.office_id, actor, "action.done", f"comment:{action.comment_id}", entry)])


def _needs_person(session: Session, action: Action, why: str) -> None:
    action.state = ActionState.NEEDS_PERSON.value
    session.flush()
    recording.start_next(session, action.comment_id)
    detail = {"action": action.id, "verb": action.verb}
    subject = f"comment:{action.comment_id}"
    triage.open_platform_case(
        session, action.office_id, action.comment_id, action.decision_id, why[:1].upper() + why[1:]
    )
    audit.append(session, [audit.Entry(action.office_id, "system", "action.needs_person", subject, detail)])


def _stop_channel(session: Session, action: Action, receipt: Receipt) -> None:
    channel = session.get_one(tables.Channel, action.channel_id, with_for_update=True)
    if channel.stopped_at is None:
        channel.stopped_at, channel.stopped_reason = clock.now(), receipt.detail
        session.flush()
        entry = audit.Entry(channel.office_id, "system", "channel.stopped", f"channel:{channel.id}", {})
        audit.append(session, [entry])


def _postpone(session: Session, job: Claimed, when: datetime) -> datetime:
    # Waiting for a platform is not the job's failure: the receipts count those attempts.
    queue.postpone(session, job.id, when, count=False)
    return when


def _errands(
    runtime: Runtime, session: Session, action_ids: Sequence[str], receipts: dict[str, Receipt]
) -> list[_Errand]:
    errands = []
    for action, comment, author, post, decision, version, office, channel in session.execute(
        select(Action, Comment, Author, Post, Decision, GuidelineVersion, Office, tables.Channel)
        .join(Comment, Comment.id == Action.comment_id)
        .join(Decision, Decision.id == Action.decision_id)
        .join(Office, Office.id == Action.office_id)
        .join(tables.Channel, tables.Channel.id == Action.channel_id)
        .outerjoin(Author, Author.id == Comment.author_id)
        .outerjoin(Post, Post.id == Comment.post_id)
        .outerjoin(GuidelineVersion, GuidelineVersion.id == Decision.version_id)
        .where(Action.id.in_(action_ids), Action.state == ActionState.PENDING)
    ):
        if channel.stopped_at is not None or _waits(action):
            continue
        try:
            connected = channels.opened(runtime.sealer, channel)
        except SealBroken as error:
            receipts[action.id] = Receipt(Outcome.CHANNEL_STOPPED, str(error))
            continue
        order = Order(
            id=action.id,
            verb=Verb(action.verb),
            comment_external_id=comment.external_id,
            author_external_id=author.external_id if author else None,
            post_external_id=post.external_id if post else None,
            sequence=action.sequence,
            decided_at=decision.made_at,
            rules=_cited(version, decision.rule_ids),
            guidelines_url=f"{runtime.settings.public_url}/guidelines/{office.slug}/v/{version.number}"
            if version
            else "",
            text=action.text,
        )
        errands.append(_Errand(channel.connector, connected, order))
    return errands


def _waits(action: Action) -> bool:
    """Somebody may still think better of it: its job came early, as when its channel runs again."""
    return action.waits_until is not None and action.waits_until > clock.now()


def _cited(version: GuidelineVersion | None, rule_ids: Sequence[str]) -> list[dict[str, str]]:
    if version is None:
        return []
    guidelines = publishing.read(version)
    return [{"id": rule.id, "title": rule.title} for rule in map(guidelines.rule, rule_ids)]


def _of(action: Action) -> Any:
    return tables.Receipt.action_id == action.id


def _words(action: Action) -> str:
    return action.verb.replace("_", " ")
