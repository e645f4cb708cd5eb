"""The review queue: its lanes, one page of cases, what waits on platforms, and what was done today."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, cast, func, select, tuple_
from sqlalchemy.orm import Session

from moderator import publishing
from moderator.domain.actions import ActionState
from moderator.domain.cases import CaseState, Lane
from moderator.domain.decisions import Maker, Reason, State
from moderator.queries import rows
from moderator.queries.rows import JudgedRule
from moderator.review.access import Reach
from moderator.storage.tables import Action, Case, Channel, Comment, Decision, Receipt

#: The lanes in which something is to be decided, in the order of their urgency.
DECIDING: tuple[Lane, ...] = (Lane.ACT_NOW, Lane.REVIEW, Lane.SECOND_OPINION)

PAGE = 30
_BESIDE_BEFORE, _BESIDE_AFTER = 4, 16

#: An action in one of these waits for a person's hand.
WAITING = (ActionState.BY_HAND, ActionState.NEEDS_PERSON)


@dataclass(frozen=True, slots=True)
class Card:
    """A case as the list shows it. Texts are beginnings."""

    case_id: str
    lane: str
    why: str
    due_at: datetime
    posted_at: datetime
    edited: bool
    text: str
    author: str
    channel: str
    post: str
    visibility: str


@dataclass(frozen=True, slots=True)
class Errand:
    """An action that waits for a person's hand on its platform."""

    action_id: str
    comment_id: str
    verb: str
    #: refused or tried too often, so it may be tried again; else the platform has no call for it
    failed: bool
    #: what the platform said last
    said: str
    asked_at: datetime
    text: str
    author: str
    channel: str


@dataclass(frozen=True, slots=True)
class StoppedChannel:
    id: str
    name: str
    reason: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Tally:
    """How many decisions of one kind were made today."""

    by_people: bool
    verbs: tuple[str, ...]
    count: int


@dataclass(frozen=True, slots=True)
class QueuePage:
    #: None: all lanes in which something is to be decided
    lane: Lane | None
    counts: Mapping[str, int]
    cards: tuple[Card, ...]
    errands: tuple[Errand, ...]
    #: pass it as `after` for what follows; None at the end
    next_after: str | None
    #: actions that the service itself is carrying out
    on_their_way: int
    stopped: tuple[StoppedChannel, ...]
    #: the office has guidelines in force
    published: bool
    judged_rules: tuple[JudgedRule, ...]
    #: only where nothing is left to decide
    today: tuple[Tally, ...]

    @property
    def to_decide(self) -> int:
        return sum(self.counts[lane] for lane in DECIDING)


def queue_page(
    session: Session,
    reach: Reach,
    lane: Lane | None,
    after: str,
    labels: frozenset[str],
    day_began: datetime,
) -> QueuePage:
    """One page of the queue. `after` is the last id of the page before, empty at the start.

    `labels` are those that somebody measures.
    """
    counts = _counts(session, reach)
    version = publishing.current(session, reach.office_id)
    cards: list[Card] = []
    errands: list[Errand] = []
    if lane is Lane.PLATFORM:
        errands = _errands(session, reach, after)
    else:
        cards = _cards(session, reach, (lane,) if lane else DECIDING, after)
    ids = [card.case_id for card in cards] or [errand.action_id for errand in errands]
    more = len(ids) > PAGE
    return QueuePage(
        lane=lane,
        counts=counts,
        cards=tuple(cards[:PAGE]),
        errands=tuple(errands[:PAGE]),
        next_after=ids[PAGE - 1] if more else None,
        on_their_way=_on_their_way(session, reach),
        stopped=_stopped(session, reach),
        published=version is not None,
        judged_rules=rows.judged_rules(version, labels),
        today=() if any(counts[lane] for lane in DECIDING) else tallies(session, reach, day_began),
    )


def beside(session: Session, reach: Reach, case_id: str) -> tuple[Card, ...]:
    """The stretch of the queue around a case: a few before it, itself, and more after it."""
    here = session.execute(select(Case.urgent_at, Case.id).where(Case.id == case_id, *reach.of_cases())).one_or_none()
    if here is None:
        return ()
    position = tuple_(Case.urgent_at, Case.id)
    query = _case_query(reach, DECIDING)
    before = session.execute(
        query.where(position < tuple(here)).order_by(Case.urgent_at.desc(), Case.id.desc()).limit(_BESIDE_BEFORE)
    ).all()
    following = session.execute(
        query.where(position >= tuple(here)).order_by(Case.urgent_at, Case.id).limit(_BESIDE_AFTER)
    ).all()
    return tuple(_card(row) for row in [*reversed(before), *following])


def tallies(session: Session, reach: Reach, since: datetime) -> tuple[Tally, ...]:
    """What was decided since then, most frequent first; what was undone again does not count."""
    verbs = cast(Decision.verbs, Text)
    found = session.execute(
        select(Decision.maker, verbs, func.count())
        .where(
            Decision.office_id == reach.office_id,
            Decision.made_at >= since,
            Decision.state == State.MADE,
            Decision.reason != Reason.UNDO,
        )
        .group_by(Decision.maker, verbs)
    ).all()
    sums: dict[tuple[bool, tuple[str, ...]], int] = {}
    for maker, written, count in found:
        key = (maker == Maker.PERSON, tuple(json.loads(written)))
        if key[1]:
            sums[key] = sums.get(key, 0) + count
    return tuple(Tally(*key, count) for key, count in sorted(sums.items(), key=lambda item: -item[1]))


def _counts(session: Session, reach: Reach) -> dict[str, int]:
    by_lane = (
        session.execute(
            select(Case.lane, func.count()).where(*reach.of_cases(), Case.state == CaseState.OPEN).group_by(Case.lane)
        )
        .tuples()
        .all()
    )
    # What waits on a platform is counted as it is listed: by action, whatever lane its comment is in.
    by_hand = session.scalar(
        select(func.count()).select_from(Action).where(*_of_actions(reach), Action.state.in_(WAITING))
    )
    return {lane.value: 0 for lane in Lane} | dict(by_lane) | {Lane.PLATFORM.value: by_hand or 0}


def _case_query(reach: Reach, lanes: Sequence[Lane]) -> Select[Any]:
    return (
        rows.comments(Case.id.label("case_id"), Case.lane, Case.why, Case.due_at)
        .join(Case, Case.comment_id == Comment.id)
        .where(*reach.of_cases(), Case.state == CaseState.OPEN, Case.lane.in_(lanes))
    )


def _cards(session: Session, reach: Reach, lanes: Sequence[Lane], after: str) -> list[Card]:
    """One more than a page holds, where there are so many."""
    query = _case_query(reach, lanes)
    if after:
        # A case that was closed since still says where the page before ended.
        end = session.execute(select(Case.urgent_at, Case.id).where(Case.id == after, *reach.of_cases())).one_or_none()
        if end is not None:
            query = query.where(tuple_(Case.urgent_at, Case.id) > tuple(end))
    ordered = query.order_by(Case.urgent_at, Case.id).limit(PAGE + 1)
    return [_card(row) for row in session.execute(ordered)]


def _card(row: Any) -> Card:
    return Card(
        case_id=row.case_id,
        lane=row.lane,
        why=row.why,
        due_at=row.due_at,
        posted_at=row.posted_at,
        edited=row.revision_number > 1,
        text=row.text,
        author=rows.author_of(row),
        channel=row.channel_name,
        post=rows.post_of(row),
        visibility=row.visibility,
    )


def _errands(session: Session, reach: Reach, after: str) -> list[Errand]:
    last_attempt = (
        select(func.max(Receipt.attempt)).where(Receipt.action_id == Action.id).correlate(Action).scalar_subquery()
    )
    query = (
        rows.comments(
            Action.id.label("action_id"),
            Action.verb,
            Action.state.label("action_state"),
            Action.created_at.label("asked_at"),
            Receipt.detail.label("said"),
        )
        .join(Action, Action.comment_id == Comment.id)
        .outerjoin(Receipt, (Receipt.action_id == Action.id) & (Receipt.attempt == last_attempt))
        .where(*_of_actions(reach), Action.state.in_(WAITING))
        .order_by(Action.id)
        .limit(PAGE + 1)
    )
    if after:
        query = query.where(Action.id > after)
    return [
        Errand(
            action_id=row.action_id,
            comment_id=row.comment_id,
            verb=row.verb,
            failed=row.action_state == ActionState.NEEDS_PERSON,
            said=row.said or "",
            asked_at=row.asked_at,
            text=row.text,
            author=rows.author_of(row),
            channel=row.channel_name,
        )
        for row in session.execute(query)
    ]


def _of_actions(reach: Reach) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [Action.office_id == reach.office_id]
    if reach.channels is not None:
        conditions.append(Action.channel_id.in_(sorted(reach.channels)))
    return conditions


def _on_their_way(session: Session, reach: Reach) -> int:
    pending = select(func.count()).select_from(Action).where(*_of_actions(reach), Action.state == ActionState.PENDING)
    return session.scalar(pending) or 0


def _stopped(session: Session, reach: Reach) -> tuple[StoppedChannel, ...]:
    found = session.execute(
        select(Channel.id, Channel.name, Channel.stopped_reason, Channel.stopped_at)
        .where(Channel.office_id == reach.office_id, Channel.stopped_at.is_not(None))
        .order_by(Channel.id)
    )
    return tuple(StoppedChannel(*row) for row in found)
