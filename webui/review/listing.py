"""Lists of comments: the queue with its lanes, and what was decided lately."""

from collections.abc import Sequence

from flask import g, render_template
from flask.typing import ResponseReturnValue

from moderator.domain.cases import Lane
from moderator.queries import decided_page, queue_page
from moderator.queries.queue_page import Tally
from webui.asked import asked
from webui.current import runtime
from webui.review.room import bar, blueprint, day_began, rights


@blueprint.get("")
def queue() -> ResponseReturnValue:
    lane = _lane(asked("lane"))
    with runtime().database.read() as reading:
        page = queue_page.queue_page(
            reading, g.reach, lane, asked("after"), runtime().classifiers.labels(), day_began()
        )
        last = bar(reading)
    return render_template("review/queue.html", page=page, bar=last, today=_by_maker(page.today), **rights())


@blueprint.get("/decided")
def decided() -> ResponseReturnValue:
    outcome, by = asked("outcome"), asked("by")
    wanted = decided_page.Filter(
        outcome=outcome if outcome in decided_page.OUTCOMES else "",
        channel_id=asked("channel"),
        by=by if by in ("people", "service") else "",
    )
    with runtime().database.read() as reading:
        page = decided_page.decided_page(reading, g.reach, wanted, asked("before"))
        last = bar(reading)
    return render_template("review/decided.html", page=page, bar=last, outcomes=decided_page.OUTCOMES, **rights())


def _by_maker(tallies: Sequence[Tally]) -> list[tuple[tuple[str, ...], int, int]]:
    """(verbs, by people, by the service), in the order of the tallies."""
    sums: dict[tuple[str, ...], list[int]] = {}
    for tally in tallies:
        sums.setdefault(tally.verbs, [0, 0])[0 if tally.by_people else 1] += tally.count
    return [(verbs, people, service) for verbs, (people, service) in sums.items()]


def _lane(value: str) -> Lane | None:
    return Lane(value) if value in set(Lane) else None
