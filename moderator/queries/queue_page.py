"""The review queue: its lanes, one page of a view of it, what waits on platforms, and what was done today."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Text, cast, exists, func, literal_column, select, tuple_
from sqlalchemy.orm import Session, aliased

from moderator import clock, publishing
from moderator.domain.actions import ActionState
from moderator.domain.cases import CaseState, Lane
from moderator.domain.decisions import Maker, Reason, State
from moderator.domain.filters import Filter, Standing
from moderator.queries import campaigns_page, rows
from moderator.queries.campaigns_page import Mark
from moderator.queries.rows import JudgedRule
from moderator.review import saved_filters
from moderator.review.access import Reach
from moderator.review.saved_filters import Saved
from moderator.review.view import DECIDING, lane_counts, opened_between, place, view
from moderator.storage.tables import (
    Action,
    Case,
    CaseFacet,
    Channel,
    Comment,
    Decision,
    GuidelineVersion,
    Lease,
    Member,
    Receipt,
)

PAGE = 20
_BESIDE_BEFORE, _BESIDE_AFTER = 4, 16

#: Nothing is counted beyond this: a count that reaches it is shown as "1,000+".
COUNTED: Final = 1_001

#: Of the cases that are closed, so many are looked through, newest first.
LOOKED_THROUGH = 5_000

#: More kinds of anything than this are too many to choose from.
_CHOICES = 200

#: An action in one of these waits for a person's hand.
WAITING = (ActionState.BY_HAND, ActionState.NEEDS_PERSON)


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has the case on their screen, and how long it is theirs."""

    name: str
    until: datetime
    mine: bool


@dataclass(frozen=True, slots=True)
class Closing:
    """How a case ended."""

    at: datetime
    #: empty where nobody closed it: nothing was asked any more
    by: str
    #: what is decided about the comment now
    verbs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """A case as the list shows it. Texts are beginnings."""

    case_id: str
    comment_id: str
    lane: str
    #: 1 is the worst
    severity: int
    #: reading it weighs on people
    severe: bool
    why: str
    due_at: datetime
    #: since when it waits for people
    opened_at: datetime
    #: how many answers the comment had
    answers: int
    posted_at: datetime
    edited: bool
    text: str
    author: str
    channel: str
    post: str
    visibility: str
    #: None: on nobody's screen
    holder: Holder | None
    #: whom it was given to; empty: nobody
    assignee: str
    #: who asked that a lead decides; empty: nobody
    escalated_by: str
    #: None while it is open
    closing: Closing | None
    #: None: it is part of none, or of none that shows
    campaign: Mark | None


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
    #: what is to be written to the author there
    to_say: str
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
class Choices:
    """What the queue can be filtered by: names by what stands in the address, in the order to be shown."""

    channels: Mapping[str, str]
    #: the title is empty where no rule of this id is in force any more
    rules: Mapping[str, str]
    labels: tuple[str, ...]
    languages: tuple[str, ...]
    members: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class QueuePage:
    wanted: Filter
    #: when it was read: what comes later is new to whoever looks at it
    made_at: datetime
    #: by lane, of the whole queue; up to `COUNTED`
    counts: Mapping[str, int]
    #: how many the view has, up to `COUNTED`; None further down, where nobody counts again
    found: int | None
    cards: tuple[Card, ...]
    errands: tuple[Errand, ...]
    #: pass it as `after` for what follows; None at the end
    next_after: str | None
    #: actions that the service itself is carrying out; up to `COUNTED`
    on_their_way: int
    stopped: tuple[StoppedChannel, ...]
    #: the office has guidelines in force
    published: bool
    judged_rules: tuple[JudgedRule, ...]
    saved: tuple[Saved, ...]
    choices: Choices
    #: only where nothing is left to decide
    today: tuple[Tally, ...]
    #: only where the view is empty: by when somebody is to look at what waits first; None where nothing does
    next_due: datetime | None

    @property
    def lane(self) -> Lane | None:
        """None: all lanes in which something is to be decided."""
        return Lane(self.wanted.lane) if self.wanted.lane else None

    @property
    def to_decide(self) -> int:
        return sum(self.counts[lane] for lane in DECIDING)


def queue_page(
    session: Session,
    reach: Reach,
    member: Member,
    wanted: Filter,
    after: str,
    labels: frozenset[str],
    day_began: datetime,
) -> QueuePage:
    """One page of the queue. `after` is the last id of the page before, empty at the start.

    `labels` are those that somebody measures.
    """
    made_at = clock.now()
    version = publishing.current(session, reach.office_id)
    counts = counted(session, reach)
    errands: list[Errand] = []
    case_ids: list[str] = []
    found: int | None
    if wanted.lane == Lane.PLATFORM:
        errands = _errands(session, reach, wanted.channel, after)
        found = counts[Lane.PLATFORM]
    elif wanted.state == Standing.CLOSED:
        case_ids, found = _closed(session, reach, wanted, after)
    else:
        case_ids, found = _open(session, reach, member, wanted, after)
    ids = case_ids or [errand.action_id for errand in errands]
    nothing_waits = not any(counts[lane] for lane in DECIDING)
    return QueuePage(
        wanted=wanted,
        made_at=made_at,
        counts=counts,
        found=found,
        cards=_cards(session, reach, member, case_ids[:PAGE]),
        errands=tuple(errands[:PAGE]),
        next_after=ids[PAGE - 1] if len(ids) > PAGE else None,
        on_their_way=_on_their_way(session, reach),
        stopped=_stopped(session, reach),
        published=version is not None,
        judged_rules=rows.judged_rules(version, labels),
        saved=saved_filters.listed(session, member),
        choices=_choices(session, reach, version),
        today=tallies(session, reach, day_began) if nothing_waits else (),
        next_due=None if ids or nothing_waits else _next_due(session, reach, member),
    )


def counted(session: Session, reach: Reach) -> dict[str, int]:
    """How much waits in each lane, each up to `COUNTED`.

    What waits on a platform is counted as it is listed: by action, whatever lane its comment is in.
    """
    by_lane = {lane.value: count for lane, count in lane_counts(session, reach, COUNTED).items()}
    return by_lane | {Lane.PLATFORM.value: _count_actions(session, reach, WAITING)}


def beside(session: Session, reach: Reach, member: Member, wanted: Filter, case_id: str) -> tuple[Card, ...]:
    """The stretch of a view around a case: a few before it, itself, and more after it.

    The case stands there also where the view does not hold it.
    """
    here = place(session, reach, case_id)
    if here is None or wanted.lane == Lane.PLATFORM or wanted.state == Standing.CLOSED:
        return ()
    seen = view(session, reach, member, wanted)
    before = seen.last(session, _BESIDE_BEFORE, here)
    following = [found for found in seen.first(session, _BESIDE_AFTER, here) if found != case_id]
    return _cards(session, reach, member, [*before, case_id, *following[: _BESIDE_AFTER - 1]])


def tallies(session: Session, reach: Reach, since: datetime) -> tuple[Tally, ...]:
    """What was decided since then, most frequent first; what was undone again does not count."""
    verbs = cast(Decision.verbs, Text)
    found = session.execute(
        select(Decision.maker, verbs, func.count())
        .where(
            Decision.office_id == reach.office_id,
            # Ids are in the order of time, and so is the primary key.
            Decision.id >= clock.first_id(since),
            Decision.made_at >= since,
            Decision.state == State.MADE,
            Decision.reason != Reason.UNDO,
            *([] if reach.whole else [_of_reached_comment(reach)]),
        )
        .group_by(Decision.maker, verbs)
    ).all()
    sums: dict[tuple[bool, tuple[str, ...]], int] = {}
    for maker, written, count in found:
        key = (maker == Maker.PERSON, tuple(json.loads(written)))
        if key[1]:
            sums[key] = sums.get(key, 0) + count
    return tuple(Tally(*key, count) for key, count in sorted(sums.items(), key=lambda item: -item[1]))


def _of_reached_comment(reach: Reach) -> ColumnElement[bool]:
    about = aliased(Comment)
    return exists().where(about.id == Decision.comment_id, *reach.of_comments(about)).correlate(Decision)


def _open(session: Session, reach: Reach, member: Member, wanted: Filter, after: str) -> tuple[list[str], int | None]:
    """Ids of one more case than a page holds, where there are so many; and how many the view has, in one walk."""
    seen = view(session, reach, member, wanted)
    if not after:
        ids = seen.first(session, COUNTED)
        return ids[: PAGE + 1], len(ids)
    # A case that was closed since still says where the page before ended.
    return seen.first(session, PAGE + 1, place(session, reach, after)), None


def _closed(session: Session, reach: Reach, wanted: Filter, after: str) -> tuple[list[str], int | None]:
    """As `_open`, newest first, of the newest that are closed and no more: no index leads to what they were about."""
    closed = (
        Case.office_id == reach.office_id,
        Case.state == literal_column(f"'{CaseState.CLOSED.value}'"),
        *opened_between(session, reach, wanted),
    )
    oldest = session.scalar(
        select(Case.opened_at).where(*closed).order_by(Case.opened_at.desc()).offset(LOOKED_THROUGH).limit(1)
    )
    query = (
        select(Case.id)
        .join(Decision, Decision.id == Case.decision_id)
        .where(*closed, *reach.of_cases(), *_of_closed(wanted))
    )
    if oldest is not None:
        query = query.where(Case.opened_at > oldest)
    ordered = query.order_by(Case.opened_at.desc(), Case.id.desc())
    if not after:
        ids = list(session.scalars(ordered.limit(COUNTED)))
        return ids[: PAGE + 1], len(ids)
    end = session.execute(select(Case.opened_at, Case.id).where(Case.id == after, *reach.of_cases())).one_or_none()
    if end is not None:
        ordered = ordered.where(tuple_(Case.opened_at, Case.id) < tuple(end))
    return list(session.scalars(ordered.limit(PAGE + 1))), None


def _of_closed(wanted: Filter) -> list[ColumnElement[bool]]:
    asked = ((Case.lane, wanted.lane), (Case.channel_id, wanted.channel), (Case.language, wanted.language))
    conditions: list[ColumnElement[bool]] = [column == value for column, value in asked if value]
    if wanted.assignee:
        conditions.append(Case.closed_by == wanted.assignee)
    if wanted.rule:
        conditions.append(cast(Decision.rule_ids, Text).contains(f'"{wanted.rule}"', autoescape=True))
    if wanted.label:
        conditions.append(cast(Decision.findings, Text).contains(f'"{wanted.label}"', autoescape=True))
    return conditions


def _next_due(session: Session, reach: Reach, member: Member) -> datetime | None:
    first = view(session, reach, member, Filter()).first(session, 1)
    return session.scalar(select(Case.due_at).where(Case.id.in_(first)))


def _cards(session: Session, reach: Reach, member: Member, case_ids: Sequence[str]) -> tuple[Card, ...]:
    """The cards of these cases, in their order."""
    if not case_ids:
        return ()
    query = (
        rows.comments(Case, Decision.verbs, Lease.member_id.label("holder_id"), Lease.until)
        .join(Case, Case.comment_id == Comment.id)
        .outerjoin(Decision, Decision.id == Comment.decision_id)
        .outerjoin(Lease, (Lease.case_id == Case.id) & (Lease.until > clock.now()))
        .where(Case.id.in_(case_ids))
    )
    found = {row.Case.id: row for row in session.execute(query)}
    names = rows.member_names(session, [each for row in found.values() for each in _members_of(row)])
    marks = campaigns_page.marks(session, reach, [row.comment_id for row in found.values()])
    return tuple(_card(found[case_id], reach, member, names, marks) for case_id in case_ids if case_id in found)


def _members_of(row: Any) -> tuple[str | None, ...]:
    return (row.holder_id, row.Case.assignee_id, row.Case.escalated_by, row.Case.closed_by)


def _card(row: Any, reach: Reach, member: Member, names: Mapping[str, str], marks: Mapping[str, Mark]) -> Card:
    case = row.Case
    return Card(
        case_id=case.id,
        comment_id=row.comment_id,
        lane=case.lane,
        severity=case.priority,
        severe=case.severe,
        why=case.why,
        due_at=case.due_at,
        opened_at=case.opened_at,
        answers=case.reach,
        posted_at=row.posted_at,
        edited=row.revision_number > 1,
        text=row.text,
        author=rows.author_of(row, reach),
        channel=row.channel_name,
        post=rows.post_of(row),
        visibility=row.visibility,
        holder=_holder(row, member, names),
        assignee=names.get(case.assignee_id or "", ""),
        escalated_by=names.get(case.escalated_by or "", ""),
        closing=_closing(row, names),
        campaign=marks.get(row.comment_id),
    )


def _holder(row: Any, member: Member, names: Mapping[str, str]) -> Holder | None:
    if row.holder_id is None:
        return None
    return Holder(names.get(row.holder_id, ""), row.until, row.holder_id == member.id)


def _closing(row: Any, names: Mapping[str, str]) -> Closing | None:
    if row.Case.closed_at is None:
        return None
    return Closing(row.Case.closed_at, names.get(row.Case.closed_by or "", ""), tuple(row.verbs or ()))


def _choices(session: Session, reach: Reach, version: GuidelineVersion | None) -> Choices:
    in_force = {rule.id: rule.title for rule in publishing.read(version).rules} if version else {}
    asked = {rule_id: in_force.get(rule_id, "") for rule_id in _facet_values(session, reach.office_id, "rule")}
    channels = select(Channel.id, Channel.name).where(*reach.of_channels()).order_by(Channel.id).limit(_CHOICES)
    people = (
        select(Member.id, Member.name)
        .where(Member.office_id == reach.office_id, Member.left_at.is_(None))
        .order_by(Member.name, Member.id)
        .limit(_CHOICES)
    )
    return Choices(
        channels=dict(session.execute(channels).tuples().all()),
        rules=in_force | asked,
        labels=_facet_values(session, reach.office_id, "label"),
        languages=_facet_values(session, reach.office_id, "language"),
        members=dict(session.execute(people).tuples().all()),
    )


def _facet_values(session: Session, office_id: str, kind: str) -> tuple[str, ...]:
    """Each value of the open cases once: one step down the index for each, however many cases share it."""

    def least(*conditions: ColumnElement[bool]) -> Any:
        return select(func.min(CaseFacet.value).label("value")).where(
            CaseFacet.office_id == office_id, CaseFacet.kind == kind, *conditions
        )

    found = least().cte("found", recursive=True)
    above = least(CaseFacet.value > found.c.value).correlate(found).scalar_subquery()
    found = found.union_all(select(above).where(found.c.value.is_not(None)))
    values = session.scalars(select(found.c.value).where(found.c.value.is_not(None)).limit(_CHOICES))
    return tuple(values)


def _errands(session: Session, reach: Reach, channel_id: str, after: str) -> list[Errand]:
    """One more than a page holds, where there are so many."""
    waiting = select(Action.id).where(*_of_actions(reach), Action.state.in_(WAITING))
    if channel_id:
        waiting = waiting.where(Action.channel_id == channel_id)
    if after:
        waiting = waiting.where(Action.id > after)
    ids = session.scalars(waiting.order_by(Action.id).limit(PAGE + 1)).all()
    last_attempt = (
        select(func.max(Receipt.attempt)).where(Receipt.action_id == Action.id).correlate(Action).scalar_subquery()
    )
    query = (
        rows.comments(
            Action.id.label("action_id"),
            Action.verb,
            Action.state.label("action_state"),
            Action.created_at.label("asked_at"),
            Action.text.label("to_say"),
            Receipt.detail.label("said"),
        )
        .join(Action, Action.comment_id == Comment.id)
        .outerjoin(Receipt, (Receipt.action_id == Action.id) & (Receipt.attempt == last_attempt))
        .where(Action.id.in_(ids))
        .order_by(Action.id)
    )
    return [
        Errand(
            action_id=row.action_id,
            comment_id=row.comment_id,
            verb=row.verb,
            failed=row.action_state == ActionState.NEEDS_PERSON,
            said=row.said or "",
            asked_at=row.asked_at,
            text=row.text,
            to_say=row.to_say,
            author=rows.author_of(row, reach),
            channel=row.channel_name,
        )
        for row in session.execute(query)
    ]


def _of_actions(reach: Reach) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [Action.office_id == reach.office_id]
    if not reach.whole:
        about = aliased(Comment)
        conditions.append(exists().where(about.id == Action.comment_id, *reach.of_comments(about)).correlate(Action))
    return conditions


def _on_their_way(session: Session, reach: Reach) -> int:
    return _count_actions(session, reach, (ActionState.PENDING,))


def _count_actions(session: Session, reach: Reach, states: Sequence[ActionState]) -> int:
    query = select(Action.id).where(*_of_actions(reach), Action.state.in_(states)).limit(COUNTED)
    return session.scalar(select(func.count()).select_from(query.subquery())) or 0


def _stopped(session: Session, reach: Reach) -> tuple[StoppedChannel, ...]:
    found = session.execute(
        select(Channel.id, Channel.name, Channel.stopped_reason, Channel.stopped_at)
        .where(*reach.of_channels(), Channel.stopped_at.is_not(None))
        .order_by(Channel.id)
    )
    return tuple(StoppedChannel(*row) for row in found)
