"""Campaigns: comments that say nearly the same, who and what they came under, and where they stand.

A member from whom nothing is kept reads the campaign's own counts. For everybody else what they reach is counted, and
a comment that they do not reach neither shows nor counts. No page walks a campaign without an end: what is looked at,
newest first, has a limit, and a page says where that was reached.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, Text, case, cast, func, literal, select, tuple_, union_all
from sqlalchemy.orm import Session

from moderator.domain.cases import Lane
from moderator.domain.decisions import Maker
from moderator.queries import rows
from moderator.review import bulk, campaigns
from moderator.review.access import Reach
from moderator.review.view import IS_OPEN
from moderator.storage.tables import (
    Campaign,
    CampaignComment,
    Case,
    Channel,
    Comment,
    Decision,
    Member,
    Office,
    Post,
    Revision,
)

#: Campaigns on one page of the list, and comments on one page of a campaign.
PAGE, COMMENTS = 20, 30

#: Of each campaign on the list so many comments are looked at, the newest.
LISTED = 500

#: Campaigns that are looked through for one page by whoever sees only part of what the office has.
_PASSED = 60

#: For the mark on another page so many comments of a campaign are counted, by whoever sees only part.
_MARKED = 200

#: One comment alone says nothing again.
_LEAST = 2

#: Channels and posts that are named, those with most comments.
_NAMED = 5

#: Bars of a timeline at most, and how long each may stand for.
_BARS = 24
_STEPS: tuple[timedelta, ...] = (
    *(timedelta(minutes=minutes) for minutes in (5, 15, 30)),
    *(timedelta(hours=hours) for hours in (1, 3, 6)),
    *(timedelta(days=days) for days in (1, 2, 7, 28)),
)


@dataclass(frozen=True, slots=True)
class Mark:
    """The campaign that a comment is part of."""

    campaign_id: str
    #: the comment itself among them
    comments: int
    #: there are more, and nobody counted further
    more: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many comments were decided in one way."""

    verbs: tuple[str, ...]
    by_person: bool
    count: int


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the comments of a campaign stand."""

    #: a person is asked about them
    waits: int = 0
    #: nothing is decided and nobody is asked yet
    nothing: int = 0
    #: most first
    outcomes: tuple[Outcome, ...] = ()

    @property
    def looked_at(self) -> int:
        return self.waits + self.nothing + sum(outcome.count for outcome in self.outcomes)


@dataclass(frozen=True, slots=True)
class Line:
    """A campaign as the list shows it."""

    id: str
    #: the comment that speaks for all of them, and the beginning of what it says
    comment_id: str
    text: str
    comments: int
    #: those that the platforms tell apart
    authors: int
    posts: int
    first_at: datetime
    last_at: datetime
    standing: Standing
    #: what is counted here of the campaign is counted among its newest comments alone
    in_part: bool

    @property
    def lasted(self) -> timedelta:
        return self.last_at - self.first_at


@dataclass(frozen=True, slots=True)
class CampaignsPage:
    lines: tuple[Line, ...]
    #: pass it as `before` for those that were seen earlier; None at the end
    next_before: str | None


@dataclass(frozen=True, slots=True)
class Bar:
    """How many comments were written in a stretch of time that begins then."""

    began_at: datetime
    count: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """A campaign's life in stretches of the same length, as the office's clocks tell them."""

    step: timedelta
    bars: tuple[Bar, ...]

    @property
    def height(self) -> Bar | None:
        """The first stretch in which most was written."""
        return max(self.bars, key=lambda bar: bar.count, default=None)


@dataclass(frozen=True, slots=True)
class Named:
    """A channel or a post, and how many comments came there; without a name where the platform tells none."""

    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Said:
    """One comment of a campaign. The text is a beginning."""

    comment_id: str
    text: str
    author: str
    channel: str
    post: str
    posted_at: datetime
    visibility: str
    #: it is the one that speaks for all
    speaks: bool
    #: a person is asked about it and has not answered
    waits: bool
    #: what is in force about it; empty where nothing is
    verbs: tuple[str, ...]
    rule_ids: tuple[str, ...]
    by_person: bool
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class CampaignPage:
    line: Line
    channels: tuple[Named, ...]
    posts: tuple[Named, ...]
    timeline: Timeline
    #: the service kept them and nobody was asked; 0 for whoever decides about none of them
    unasked: int
    #: they wait because a colleague put the campaign before people; 0 as above
    asked_here: int
    comments: tuple[Said, ...]
    #: pass it as `before` for those that were written earlier; None at the end
    next_before: str | None


def campaigns_page(session: Session, reach: Reach, before: str = "") -> CampaignsPage:
    """The office's campaigns, those seen last first. `before` is the last id of the page before, empty at the start."""
    at_once = PAGE if reach.whole else _PASSED
    query = select(Campaign).where(Campaign.office_id == reach.office_id)
    if before:
        end = session.execute(
            select(Campaign.last_at, Campaign.id).where(Campaign.id == before, Campaign.office_id == reach.office_id)
        ).one_or_none()
        if end is not None:
            query = query.where(tuple_(Campaign.last_at, Campaign.id) < tuple(end))
    ordered = query.order_by(Campaign.last_at.desc(), Campaign.id.desc()).limit(at_once + 1)
    found = session.scalars(ordered).all()
    lines = [line for line in _lines(session, reach, found[:at_once], LISTED) if line.comments >= _LEAST]
    if len(lines) > PAGE:
        return CampaignsPage(tuple(lines[:PAGE]), lines[PAGE - 1].id)
    return CampaignsPage(tuple(lines), found[at_once - 1].id if len(found) > at_once else None)


def campaign_page(session: Session, reach: Reach, member: Member, campaign_id: str, before: str = "") -> CampaignPage:
    """One campaign. `before` is the last comment's id of the page before. Raises `NotFound`."""
    campaign = campaigns.of_office(session, reach, campaign_id)
    (line,) = _lines(session, reach, [campaign], campaigns.looked_at(reach))
    zone = ZoneInfo(session.scalars(select(Office.timezone).where(Office.id == reach.office_id)).one())
    unasked, asked_here = _askable(session, reach, member, campaign.id)
    comments, next_before = _comments(session, reach, campaign.id, line.comment_id, before)
    return CampaignPage(
        line=line,
        channels=_named(session, reach, campaign.id, Comment.channel_id, Channel, Channel.name),
        posts=_named(session, reach, campaign.id, Comment.post_id, Post, _POST_NAME),
        timeline=_timeline(session, reach, line, zone),
        unasked=unasked,
        asked_here=asked_here,
        comments=comments,
        next_before=next_before,
    )


def marks(session: Session, reach: Reach, comment_ids: Sequence[str]) -> Mapping[str, Mark]:
    """The campaigns that these comments are part of, by comment, where there is another comment to see.

    The member must reach the comments.
    """
    if not comment_ids:
        return {}
    found = session.execute(
        select(CampaignComment.comment_id, Campaign.id, Campaign.comments)
        .join(Campaign, Campaign.id == CampaignComment.campaign_id)
        .where(CampaignComment.comment_id.in_(comment_ids))
    ).all()
    sizes = {row.id: row.comments for row in found}
    counts = sizes if reach.whole else _reached(session, reach, sizes, _MARKED)
    return {
        row.comment_id: Mark(row.id, counts[row.id], more=not reach.whole and row.comments > _MARKED)
        for row in found
        if counts.get(row.id, 0) >= _LEAST
    }


_POST_NAME = func.coalesce(func.nullif(Post.title, ""), Post.text)


def _newest(campaign_ids: Iterable[str], most: int) -> Any:
    """So many comments of each campaign, the newest, to join."""
    each = [select(campaigns.newest(id, most)) for id in campaign_ids]
    return union_all(*each).subquery() if len(each) > 1 else each[0].subquery()


def _reached(session: Session, reach: Reach, campaign_ids: Iterable[str], most: int) -> dict[str, int]:
    if not campaign_ids:
        return {}
    found = _newest(campaign_ids, most)
    query = select(found.c.campaign_id, func.count()).join(Comment, Comment.id == found.c.comment_id)
    return dict(session.execute(query.where(*reach.of_comments()).group_by(found.c.campaign_id)).tuples().all())


def _lines(session: Session, reach: Reach, wanted: Sequence[Campaign], most: int) -> list[Line]:
    """These campaigns, as far as the member reaches any comment of theirs; `most` comments of each are looked at."""
    if not wanted:
        return []
    found = _newest([campaign.id for campaign in wanted], most)
    counted = {} if reach.whole else _counted(session, reach, found)
    standing = _standing(session, reach, found)
    speakers = {campaign.comment_id for campaign in wanted}
    latest = {row.latest for row in counted.values()}
    said = {row.comment_id: row.text for row in session.execute(_texts(reach, speakers | latest))}
    lines = []
    for campaign in wanted:
        here: Any = campaign if reach.whole else counted.get(campaign.id)
        if here is None:
            continue
        speaker = campaign.comment_id if reach.whole or campaign.comment_id in said else here.latest
        lines.append(
            Line(
                id=campaign.id,
                comment_id=speaker,
                text=said.get(speaker, ""),
                comments=here.comments,
                authors=here.authors,
                posts=here.posts,
                first_at=here.first_at,
                last_at=here.last_at,
                standing=standing.get(campaign.id, Standing()),
                in_part=campaign.comments > most,
            )
        )
    return lines


def _texts(reach: Reach, comment_ids: Iterable[str]) -> Select[Any]:
    return (
        select(Comment.id.label("comment_id"), func.substr(Revision.text, 1, rows.EXCERPT).label("text"))
        .join(Revision, Revision.id == Comment.revision_id)
        .where(Comment.id.in_(list(comment_ids)), *reach.of_comments())
    )


def _counted(session: Session, reach: Reach, found: Any) -> dict[str, Any]:
    """What the member reaches of each campaign, where that is anything."""
    query = (
        select(
            found.c.campaign_id,
            func.count().label("comments"),
            func.count(found.c.author_id.distinct()).label("authors"),
            func.count(found.c.post_id.distinct()).label("posts"),
            func.min(found.c.at).label("first_at"),
            func.max(found.c.at).label("last_at"),
            func.max(found.c.comment_id).label("latest"),
        )
        .join(Comment, Comment.id == found.c.comment_id)
        .where(*reach.of_comments())
        .group_by(found.c.campaign_id)
    )
    return {row.campaign_id: row for row in session.execute(query)}


def _standing(session: Session, reach: Reach, found: Any) -> dict[str, Standing]:
    waits = case((Case.id.is_not(None), 1), else_=0).label("waits")
    verbs, by_person = cast(Decision.verbs, Text).label("verbs"), (Decision.maker == Maker.PERSON).label("by_person")
    query = (
        select(found.c.campaign_id, waits, verbs, by_person, func.count().label("count"))
        .join(Comment, Comment.id == found.c.comment_id)
        .outerjoin(Decision, Decision.id == Comment.decision_id)
        .outerjoin(Case, (Case.comment_id == Comment.id) & IS_OPEN & (Case.lane != Lane.PLATFORM))
        .group_by(found.c.campaign_id, waits, verbs, by_person)
    )
    if not reach.whole:
        query = query.where(*reach.of_comments())
    by_campaign: dict[str, list[Any]] = {}
    for row in session.execute(query):
        by_campaign.setdefault(row.campaign_id, []).append(row)
    return {campaign_id: _summed(found) for campaign_id, found in by_campaign.items()}


def _summed(found: Sequence[Any]) -> Standing:
    outcomes: dict[tuple[tuple[str, ...], bool], int] = {}
    for row in found:
        if not row.waits and row.verbs is not None:
            key = (tuple(json.loads(row.verbs)), bool(row.by_person))
            outcomes[key] = outcomes.get(key, 0) + row.count
    ranked = sorted(outcomes.items(), key=lambda item: (-item[1], item[0]))
    return Standing(
        waits=sum(row.count for row in found if row.waits),
        nothing=sum(row.count for row in found if not row.waits and row.verbs is None),
        outcomes=tuple(Outcome(*key, count) for key, count in ranked),
    )


def _askable(session: Session, reach: Reach, member: Member, campaign_id: str) -> tuple[int, int]:
    """How many the member could put before people, and how many wait because somebody did that."""
    if not bulk.may_bulk(member, reach):
        return 0, 0
    reach = campaigns.deciding(reach, member)
    found = campaigns.newest(campaign_id, campaigns.looked_at(reach))
    kept = select(func.count()).select_from(found).join(Comment, Comment.id == found.c.comment_id)
    asked = select(func.count()).select_from(found).join(Case, Case.comment_id == found.c.comment_id)
    unasked = session.scalar(kept.where(*reach.of_comments(), campaigns.unasked()))
    return unasked or 0, session.scalar(asked.where(*reach.of_cases(), campaigns.asked_here())) or 0


def _named(session: Session, reach: Reach, campaign_id: str, id: Any, table: Any, name: Any) -> tuple[Named, ...]:
    found = campaigns.newest(campaign_id, campaigns.looked_at(reach))
    most = (
        select(id.label("id"), func.count().label("count"))
        .select_from(found)
        .join(Comment, Comment.id == found.c.comment_id)
        .where(*reach.of_comments())
        .group_by(id)
        .order_by(func.count().desc(), id)
        .limit(_NAMED)
        .subquery()
    )
    query = select(name.label("name"), most.c.count).select_from(most).outerjoin(table, table.id == most.c.id)
    return tuple(
        Named((named or "")[: rows.EXCERPT], count)
        for named, count in session.execute(query.order_by(most.c.count.desc(), most.c.id)).tuples()
    )


def _timeline(session: Session, reach: Reach, line: Line, zone: ZoneInfo) -> Timeline:
    step, bounds = stretches(line.first_at, line.last_at, zone)
    counts = union_all(
        *(
            _between(reach, line, start.astimezone(UTC), end.astimezone(UTC), place)
            for place, (start, end) in enumerate(pairwise(bounds))
        )
    )
    found = dict(session.execute(counts).tuples().all())
    return Timeline(step, tuple(Bar(start, found[place]) for place, start in enumerate(bounds[:-1])))


def _between(reach: Reach, line: Line, start: datetime, end: datetime, place: int) -> Select[Any]:
    within = (CampaignComment.campaign_id == line.id, CampaignComment.at >= start, CampaignComment.at < end)
    query = select(literal(place), func.count()).select_from(CampaignComment).where(*within)
    if reach.whole:
        return query
    reached = query.join(Comment, Comment.id == CampaignComment.comment_id).where(*reach.of_comments())
    return reached.where(CampaignComment.at >= line.first_at)


def stretches(first: datetime, last: datetime, zone: ZoneInfo) -> tuple[timedelta, list[datetime]]:
    """How long a bar stands for, and where the bars begin and end, one after the other: `_BARS` of them at most.

    They begin where the clocks of this zone show a full hour, a midnight or the like.
    """
    longest = _STEPS[-1]
    longer = longest * (1 + (last - first) // (longest * (_BARS - 1)))
    for step in (*_STEPS, longer):
        # Days are as long as the clocks make them, hours are not.
        counted_in = zone if step >= timedelta(days=1) else UTC
        start = _floor(first.astimezone(zone), step).astimezone(counted_in)
        bars = (last.astimezone(counted_in) - start) // step + 1
        if bars <= _BARS:
            break
    return step, [(start + step * place).astimezone(zone) for place in range(bars + 1)]


def _floor(moment: datetime, step: timedelta) -> datetime:
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + step * ((moment - midnight) // step)


def _comments(
    session: Session, reach: Reach, campaign_id: str, speaker_id: str, before: str
) -> tuple[tuple[Said, ...], str | None]:
    within = _earlier(session, campaign_id, before)
    newest = campaigns.newest(campaign_id, COMMENTS + 1 if reach.whole else campaigns.LOOKED_AT_IN_PART, *within)
    columns = (Decision.verbs, Decision.rule_ids, Decision.maker, Decision.made_at, Case.id.label("case_id"))
    query = (
        rows.comments(*columns)
        .join(newest, newest.c.comment_id == Comment.id)
        .outerjoin(Decision, Decision.id == Comment.decision_id)
        .outerjoin(Case, (Case.comment_id == Comment.id) & IS_OPEN & (Case.lane != Lane.PLATFORM))
        .where(*reach.of_comments())
        .order_by(newest.c.at.desc(), newest.c.comment_id.desc())
    )
    found = session.execute(query.limit(COMMENTS + 1)).all()
    said = tuple(_said(row, reach, speaker_id) for row in found[:COMMENTS])
    return said, said[-1].comment_id if len(found) > COMMENTS else None


def _earlier(session: Session, campaign_id: str, before: str) -> list[ColumnElement[bool]]:
    """What comments must hold to that come after this one on the list."""
    place = (CampaignComment.at, CampaignComment.comment_id)
    of_campaign = (CampaignComment.comment_id == before, CampaignComment.campaign_id == campaign_id)
    last = session.execute(select(*place).where(*of_campaign)).one_or_none() if before else None
    return [] if last is None else [tuple_(*place) < tuple(last)]


def _said(row: Any, reach: Reach, speaker_id: str) -> Said:
    return Said(
        comment_id=row.comment_id,
        text=row.text,
        author=rows.author_of(row, reach, rows.ANOTHER),
        channel=row.channel_name,
        post=rows.post_of(row),
        posted_at=row.posted_at,
        visibility=row.visibility,
        speaks=row.comment_id == speaker_id,
        waits=row.case_id is not None,
        verbs=tuple(row.verbs or ()),
        rule_ids=tuple(row.rule_ids or ()),
        by_person=row.maker == Maker.PERSON,
        decided_at=row.made_at,
    )
