"""Lists of comments: the queue with its lanes and filters, and what was decided lately."""

from collections.abc import Sequence
from urllib.parse import urlencode

from flask import g, redirect, render_template, request
from flask.typing import ResponseReturnValue

from moderator.queries import decided_page, queue_page
from moderator.queries.queue_page import Tally
from moderator.review.saved_filters import LONGEST_NAME
from webui.asked import asked
from webui.care import quiet_until
from webui.current import runtime
from webui.review.filters import STATES, asked_view, chips, view_url
from webui.review.room import bar, blueprint, day_began, rights


@blueprint.get("")
def queue() -> ResponseReturnValue:
    if quiet_until():
        return render_template("care/pause.html")
    wanted = asked_view()
    if any(not value for value in request.args.values()):
        # A form sends what nobody filled in as well. The address is to say what the page shows and nothing else.
        return redirect(view_url(wanted), 303)
    with runtime().database.read() as reading:
        page = queue_page.queue_page(
            reading, g.reach, g.member, wanted, asked("after"), runtime().classifiers.labels(), day_began()
        )
        last = bar(reading)
    return render_template(
        "review/queue.html",
        page=page,
        query=wanted.query(),
        address=urlencode(wanted.query()),
        live=urlencode({**wanted.query(), "made": page.made_at.isoformat()}),
        chips=chips(wanted, page.choices),
        longest=LONGEST_NAME,
        states=STATES,
        bar=last,
        today=_by_maker(page.today),
        **rights(),
    )


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
