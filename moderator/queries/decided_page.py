"""What was decided lately, by people and by rules, newest first: to find a decision and change it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Text, cast, select
from sqlalchemy.orm import Session

from moderator.domain.decisions import Maker, State
from moderator.domain.vocabulary import PERSON_ONLY, Verb
from moderator.queries import rows
from moderator.review.access import Reach
from moderator.storage.tables import Channel, Comment, Decision

PAGE = 40

#: What can be asked for: outcomes by their verb, and by who decided.
OUTCOMES: tuple[str, ...] = (
    Verb.KEEP,
    Verb.HIDE,
    Verb.UNHIDE,
    Verb.DELETE,
    Verb.BLOCK,
    Verb.REPORT_PLATFORM,
    Verb.REPORT_POLICE,
)


@dataclass(frozen=True, slots=True)
class DecidedItem:
    """A comment with the decision in force. The text is a beginning."""

    comment_id: str
    verbs: tuple[str, ...]
    maker: str
    #: who decided, where it was a person
    member: str
    second_member: str
    reason: str
    rule_ids: tuple[str, ...]
    made_at: datetime
    text: str
    author: str
    channel: str
    visibility: str


@dataclass(frozen=True, slots=True)
class Filter:
    """Empty parts ask for nothing. `by`: people or service."""

    outcome: str = ""
    channel_id: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class DecidedPage:
    filter: Filter
    items: tuple[DecidedItem, ...]
    #: id and name of every channel of the office
    channels: tuple[tuple[str, str], ...]
    #: pass it as `before` for what is older; None at the end
    next_before: str | None


def decided_page(session: Session, reach: Reach, wanted: Filter, before: str) -> DecidedPage:
    """Decisions in force, newest first. `before` is the last decision's id of the page before, empty at the start."""
    ids = _newest(session, reach, wanted, before)
    query = (
        rows.comments(
            Decision.id.label("decision_id"),
            Decision.verbs,
            Decision.maker,
            Decision.reason,
            Decision.rule_ids,
            Decision.made_at,
            Decision.member_id,
            Decision.second_member_id,
        )
        .join(Decision, Decision.comment_id == Comment.id)
        .where(Decision.id.in_(ids[:PAGE]))
        .order_by(Decision.id.desc())
    )
    found = session.execute(query).all()
    names = rows.member_names(session, [id for row in found for id in (row.member_id, row.second_member_id)])
    items = tuple(
        DecidedItem(
            comment_id=row.comment_id,
            verbs=tuple(row.verbs),
            maker=row.maker,
            member=names.get(row.member_id, ""),
            second_member=names.get(row.second_member_id, ""),
            reason=row.reason,
            rule_ids=tuple(row.rule_ids),
            made_at=row.made_at,
            text=row.text,
            author=rows.author_of(row, reach),
            channel=row.channel_name,
            visibility=row.visibility,
        )
        for row in found
    )
    channels = session.execute(select(Channel.id, Channel.name).where(*reach.of_channels()).order_by(Channel.id))
    next_before = ids[PAGE - 1] if len(ids) > PAGE else None
    return DecidedPage(wanted, items, tuple(channels.tuples().all()), next_before)


def _newest(session: Session, reach: Reach, wanted: Filter, before: str) -> Sequence[str]:
    """Ids of the decisions of one page and of one more, newest first.

    Decisions are read in their order and each looks for its comment: a join might sort all there are.
    """
    in_force = select(Comment.id).where(
        Comment.id == Decision.comment_id, Comment.decision_id == Decision.id, *reach.of_comments()
    )
    if wanted.channel_id:
        in_force = in_force.where(Comment.channel_id == wanted.channel_id)
    query = (
        select(Decision.id)
        .where(Decision.office_id == reach.office_id, Decision.state == State.MADE, *_narrowed(wanted))
        .where(in_force.exists())
        .order_by(Decision.id.desc())
        .limit(PAGE + 1)
    )
    return session.scalars(query.where(Decision.id < before) if before else query).all()


def _narrowed(wanted: Filter) -> list[ColumnElement[bool]]:
    # An undo may leave nothing decided: then there is nothing to find here.
    conditions: list[ColumnElement[bool]] = [cast(Decision.verbs, Text) != "[]"]
    if wanted.outcome:
        conditions.append(cast(Decision.verbs, Text).contains(f'"{wanted.outcome}"', autoescape=True))
    if wanted.outcome in PERSON_ONLY:
        conditions.append(Decision.maker == Maker.PERSON)
    if wanted.by:
        by_person = Decision.maker == Maker.PERSON
        conditions.append(by_person if wanted.by == "people" else ~by_person)
    return conditions
