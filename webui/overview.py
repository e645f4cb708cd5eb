"""How the office is doing, for owners and leads: figures, each as a chart and as a table."""

from collections.abc import Sequence

from flask import Blueprint, g, render_template
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from moderator.domain.vocabulary import Role
from moderator.figures import BOUNDS
from moderator.queries.overview_page import RANGES, Day, OverviewPage, Times, Waiting, overview_page
from webui import charts
from webui.asked import asked
from webui.auth import require
from webui.charts import Series
from webui.current import runtime

blueprint = Blueprint("overview", __name__, url_prefix="/overview")

#: Rules and channels that a chart of what waits shows; the table has them all.
_MOST = 8


@blueprint.get("")
@require(Role.OWNER, Role.LEAD)
def overview() -> ResponseReturnValue:
    days = next((each for each in RANGES if str(each) == asked("days")), RANGES[0])
    with runtime().database.read() as reading:
        page = overview_page(reading, g.reach, days)
    return render_template(
        "overview/overview.html", page=page, days=days, ranges=RANGES, bounds=BOUNDS, drawn=_Charts(page)
    )


class _Charts:
    """The charts of the page, each drawn when it is asked for."""

    def __init__(self, page: OverviewPage) -> None:
        self._page = page

    def decided(self) -> Markup:
        days = self._page.days
        title = f"Decisions on each of {len(days)} days: {self._page.by_people:,} by people, "
        title += f"{self._page.by_service:,} by the service"
        series = [
            Series("People", tuple(day.by_people for day in days)),
            Series("The service", tuple(day.by_service for day in days)),
        ]
        return charts.stacked_bars(title, [_short(day) for day in days], series)

    def waiting(self, lines: Sequence[Waiting]) -> Markup:
        shown = lines[:_MOST]
        series = [
            Series("Overdue", tuple(line.overdue for line in shown)),
            Series("In time", tuple(line.count - line.overdue for line in shown)),
        ]
        return charts.lying_bars("Cases that wait, overdue ones first", [_name(line) for line in shown], series)

    def times(self, title: str, times: Times) -> Markup:
        return charts.bars(title, [*_ticks(), "more"], times.counts)


def _ticks() -> list[str]:
    """The bounds, as short as labels of an axis must be: each unit is named once."""
    ticks, named = [], ""
    for minutes in BOUNDS:
        unit, length = ("d", 1440) if minutes >= 1440 else ("h", 60) if minutes >= 60 else ("min", 1)
        ticks.append(f"{minutes // length}" if unit == named else f"{minutes // length} {unit}")
        named = unit
    return ticks


def _short(day: Day) -> str:
    return f"{day.day.day} {day.day:%b}"


def _name(line: Waiting) -> str:
    name = line.id if len(line.id) < 20 else line.name
    return name if len(name) <= 24 else f"{name[:23]}…"
