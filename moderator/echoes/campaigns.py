"""Comments that say nearly the same are kept together; from three on they are a campaign.

Two that say the same share the id of the campaign that they are not yet. Where a new comment says what two groups say,
the groups become one, which keeps the older id.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from moderator import clock
from moderator.storage.tables import Campaign, CampaignComment, Echo
from moderator.storage.tables.base import table_of
from moderator.storage.upsert import insert_missing

#: Two comments are nobody's campaign.
LEAST = 3

_QUIETLY = {"synchronize_session": False}


@dataclass(frozen=True, slots=True)
class Voice:
    """One comment among those that may say nearly the same."""

    number: int
    at: datetime
    campaign_id: str | None


def join(session: Session, voices: Sequence[Voice], pairs: Sequence[tuple[int, int]]) -> None:
    """Put together who says nearly the same: `pairs` of places among the voices."""
    for group in _groups(voices, pairs):
        ids = sorted({voice.campaign_id for voice in group if voice.campaign_id})
        lone = [voice.number for voice in group if voice.campaign_id is None]
        if len(ids) > 1 or lone:
            campaign_id = ids[0] if ids else clock.new_id()
            _name(session, campaign_id, ids[1:], lone)
            _show(session, campaign_id, ids[1:], lone)


def leave(session: Session, comment_ids: Sequence[str]) -> None:
    """These comments are no part of any campaign any more."""
    theirs = CampaignComment.comment_id.in_(comment_ids)
    campaign_ids = set(session.scalars(select(CampaignComment.campaign_id).where(theirs)))
    session.execute(delete(CampaignComment).where(theirs), execution_options=_QUIETLY)
    for campaign_id in sorted(campaign_ids):
        _count(session, campaign_id)


def _groups(voices: Sequence[Voice], pairs: Sequence[tuple[int, int]]) -> Iterable[list[Voice]]:
    """Who says the same as whom, be it through others."""
    above = list(range(len(voices)))

    def top(place: int) -> int:
        while above[place] != place:
            above[place] = above[above[place]]
            place = above[place]
        return place

    for one, other in pairs:
        above[top(other)] = top(one)
    heard = sorted({place for pair in pairs for place in pair})
    first: dict[str, int] = {}
    for place in heard:
        if campaign_id := voices[place].campaign_id:
            above[top(place)] = top(first.setdefault(campaign_id, place))
    found: dict[int, list[Voice]] = {}
    for place in heard:
        found.setdefault(top(place), []).append(voices[place])
    return found.values()


def _name(session: Session, campaign_id: str, others: Sequence[str], lone: Sequence[int]) -> None:
    """In the index, all of them bear the one id."""
    for which in ([Echo.campaign_id.in_(others)] if others else []) + ([Echo.number.in_(lone)] if lone else []):
        session.execute(update(Echo).where(which).values(campaign_id=campaign_id), execution_options=_QUIETLY)


def _show(session: Session, campaign_id: str, others: Sequence[str], lone: Sequence[int]) -> None:
    """From three on, they are what moderators see."""
    shown = set(session.scalars(select(Campaign.id).where(Campaign.id.in_([campaign_id, *others]))))
    # A group that nobody was shown yet comes in whole; one that is shown already gains the new ones.
    new = Echo.number.in_(lone) if campaign_id in shown and not others else Echo.campaign_id == campaign_id
    members = session.execute(
        select(Echo.office_id, Echo.comment_id, Echo.author_id, Echo.post_id, Echo.at)
        .where(new)
        .order_by(Echo.at, Echo.comment_id)
    ).all()
    if not shown and len(members) < LEAST:
        return
    if campaign_id not in shown:
        session.execute(insert(table_of(Campaign)), [_campaign(campaign_id, members[0])])
    moved = update(CampaignComment).where(CampaignComment.campaign_id.in_(others)).values(campaign_id=campaign_id)
    if others:
        session.execute(moved, execution_options=_QUIETLY)
        session.execute(delete(Campaign).where(Campaign.id.in_(others)), execution_options=_QUIETLY)
    insert_missing(session, table_of(CampaignComment), [_member(campaign_id, member) for member in members])
    _count(session, campaign_id)


def _campaign(campaign_id: str, first: Any) -> dict[str, Any]:
    """As it begins: the first of them speaks for all."""
    return {
        "id": campaign_id,
        "office_id": first.office_id,
        "comment_id": first.comment_id,
        "comments": 0,
        "authors": 0,
        "posts": 0,
        "first_at": first.at,
        "last_at": first.at,
    }


def _member(campaign_id: str, echo: Any) -> dict[str, Any]:
    return {
        "comment_id": echo.comment_id,
        "campaign_id": campaign_id,
        "author_id": echo.author_id,
        "post_id": echo.post_id,
        "at": echo.at,
    }


def _count(session: Session, campaign_id: str) -> None:
    """What a campaign says of itself, from its comments; gone with too few of them."""
    mine = CampaignComment.campaign_id == campaign_id
    comments, authors, posts, first_at, last_at = session.execute(
        select(
            func.count(),
            func.count(CampaignComment.author_id.distinct()),
            func.count(CampaignComment.post_id.distinct()),
            func.min(CampaignComment.at),
            func.max(CampaignComment.at),
        ).where(mine)
    ).one()
    if comments < LEAST:
        session.execute(delete(CampaignComment).where(mine), execution_options=_QUIETLY)
        session.execute(delete(Campaign).where(Campaign.id == campaign_id), execution_options=_QUIETLY)
        return
    values = {"comments": comments, "authors": authors, "posts": posts, "first_at": first_at, "last_at": last_at}
    speaks = session.scalar(select(Campaign.comment_id).where(Campaign.id == campaign_id))
    if session.get(CampaignComment, speaks) is None:
        first = select(CampaignComment.comment_id).where(mine).order_by(CampaignComment.at).limit(1)
        values["comment_id"] = session.scalars(first).one()
    session.execute(update(Campaign).where(Campaign.id == campaign_id).values(values), execution_options=_QUIETLY)
