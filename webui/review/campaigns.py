"""Campaigns: comments that say nearly the same, looked at together, put before people and taken from them again."""

from collections.abc import Iterator
from datetime import timedelta

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from moderator.queries import campaigns_page
from moderator.queries.campaigns_page import Timeline
from moderator.review import bulk
from moderator.review import campaigns as campaign_room
from webui import charts
from webui.asked import asked
from webui.charts import Series
from webui.current import runtime
from webui.differences import difference
from webui.formats import counted
from webui.review.room import blueprint

_DAY = timedelta(days=1)

#: So many labels fit under the chart: an hour or a date; a day with an hour.
_SHORT_LABELS, _LONG_LABELS = 8, 5

blueprint.add_app_template_filter(difference, "differing_from")


@blueprint.get("/campaigns")
def campaigns() -> ResponseReturnValue:
    with runtime().database.read() as reading:
        page = campaigns_page.campaigns_page(reading, g.reach, asked("before"))
    return render_template("review/campaigns.html", page=page, listed=campaigns_page.LISTED)


@blueprint.get("/campaigns/<id:campaign_id>")
def campaign(campaign_id: str) -> ResponseReturnValue:
    before = asked("before")
    with runtime().database.read() as reading:
        page = campaigns_page.campaign_page(reading, g.reach, g.member, campaign_id, before)
    return render_template(
        "review/campaign.html",
        page=page,
        line=page.line,
        further=bool(before),
        chart=_drawn(page.timeline),
        labels=list(_labels(page.timeline)),
        may_decide=bulk.may_bulk(g.member, g.reach),
        at_once=campaign_room.MOST,
        looked_at=campaign_room.looked_at(g.reach),
    )


@blueprint.post("/campaigns/<id:campaign_id>/ask")
def ask_about_campaign(campaign_id: str) -> ResponseReturnValue:
    """Put before people what the service kept of it."""
    with runtime().database.write() as writing:
        count = campaign_room.ask(writing, g.member, g.reach, campaign_id)
    runtime().doorbell.ring()
    flash(f"{counted(count, 'comment')} of this campaign {'waits' if count == 1 else 'wait'} for people now.")
    return redirect(url_for(".campaign", campaign_id=campaign_id), 303)


@blueprint.post("/campaigns/<id:campaign_id>/withdraw")
def withdraw_campaign(campaign_id: str) -> ResponseReturnValue:
    """Take out of the queue again what somebody put there."""
    with runtime().database.write() as writing:
        count = campaign_room.withdraw(writing, g.member, g.reach, campaign_id)
    runtime().doorbell.ring()
    stay = "is out of the queue again and stays" if count == 1 else "are out of the queue again and stay"
    flash(f"{counted(count, 'comment')} {stay} kept.")
    return redirect(url_for(".campaign", campaign_id=campaign_id), 303)


def _drawn(timeline: Timeline) -> Markup:
    counts = [bar.count for bar in timeline.bars]
    title = (
        f"When they were written: {sum(counts):,} comments in {counted(len(counts), 'stretch', 'stretches')} of time"
    )
    short = _short_labels(timeline)
    most = _SHORT_LABELS if timeline.step >= _DAY or _of_one_day(timeline) else _LONG_LABELS
    return charts.stacked_bars(title, short, [Series("", tuple(counts))], most_labels=most)


def _short_labels(timeline: Timeline) -> list[str]:
    """As short as an axis needs them, and no two the same: it tells them apart by what they say."""
    if timeline.step >= _DAY:
        return [f"{bar.began_at.day} {bar.began_at:%b}" for bar in timeline.bars]
    form = "%H:%M" if _of_one_day(timeline) else "%a %H:%M"
    return [f"{bar.began_at:{form}}" for bar in timeline.bars]


def _labels(timeline: Timeline) -> Iterator[str]:
    """When each stretch begins, for the table."""
    for bar in timeline.bars:
        day = f"{bar.began_at.day} {bar.began_at:%B}"
        yield day if timeline.step >= _DAY else f"{day}, {bar.began_at:%H:%M}"


def _of_one_day(timeline: Timeline) -> bool:
    return timeline.bars[-1].began_at - timeline.bars[0].began_at < _DAY
