"""Trying a draft: held against stored comments, and beside the version in force. Nothing follows from either."""

from urllib.parse import urlencode

from flask import flash, g, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from moderator import drafts
from moderator.backtest import history, runs
from moderator.domain.outcomes import Direction
from moderator.queries import backtest_page
from webui.asked import asked
from webui.current import runtime
from webui.drafts.room import blueprint, opened, shown, writers


@blueprint.get("/<id:draft_id>/try")
def tries(draft_id: str) -> ResponseReturnValue:
    """The run that is asked for, else the latest one."""
    found = opened(draft_id)
    with runtime().database.read() as reading:
        lines = backtest_page.runs_of_draft(reading, g.office.id, draft_id)
        wanted = asked("run") or (lines[0].id if lines else "")
        run = backtest_page.run_page(reading, g.office.id, wanted, _filter(), asked("after")) if wanted else None
    if run is not None and run.draft_id != draft_id:
        return redirect(url_for("drafts.tries", draft_id=run.draft_id, run=run.run.id), 303)
    more_url = _more("drafts.tries", draft_id, run.flips, run=run.run.id) if run is not None else ""
    return shown("try.html", found, run=run, lines=lines, sample=history.SAMPLE, more_url=more_url)


@blueprint.post("/<id:draft_id>/try")
@writers
def try_it(draft_id: str) -> ResponseReturnValue:
    sample = None if request.form.get("sample") == "all" else history.SAMPLE
    with runtime().database.write() as writing:
        run_id = runs.start(writing, g.member, draft_id, sample).id
    runtime().doorbell.ring()
    return redirect(url_for("drafts.tries", draft_id=draft_id, run=run_id), 303)


@blueprint.post("/<id:draft_id>/try/<id:run_id>/stop")
@writers
def stop_trying(draft_id: str, run_id: str) -> ResponseReturnValue:
    with runtime().database.write() as writing:
        runs.stop(writing, g.member, run_id)
    flash("Stopped. What was counted so far is below.")
    return redirect(url_for("drafts.tries", draft_id=draft_id, run=run_id), 303)


@blueprint.get("/<id:draft_id>/try/<id:run_id>/progress")
def progress(draft_id: str, run_id: str) -> ResponseReturnValue:
    """How far a run is, for the script of its page."""
    with runtime().database.read() as reading:
        run = backtest_page.run_page(reading, g.office.id, run_id, backtest_page.Filter(), "")
    return jsonify(again=run.unfinished, html=render_template("drafts/_progress.html", run=run))


@blueprint.get("/<id:draft_id>/shadow")
def shadow(draft_id: str) -> ResponseReturnValue:
    found = opened(draft_id)
    with runtime().database.read() as reading:
        beside = backtest_page.shadow_page(reading, g.office.id, draft_id, _filter(), asked("after"))
    return shown("shadow.html", found, beside=beside, more_url=_more("drafts.shadow", draft_id, beside.flips))


@blueprint.post("/<id:draft_id>/shadow")
@writers
def change_shadow(draft_id: str) -> ResponseReturnValue:
    on = request.form.get("do") == "on"
    with runtime().database.write() as writing:
        drafts.set_shadow(writing, g.member, draft_id, on)
    flash("The draft runs beside the version in force now." if on else "The draft runs beside nothing any more.")
    return redirect(url_for("drafts.shadow", draft_id=draft_id), 303)


def _more(endpoint: str, draft_id: str, flips: backtest_page.FlipsShown, **kept: str) -> str:
    """The address of what follows on the list of flips; empty at its end."""
    if flips.next_after is None:
        return ""
    shown_only = {"direction": flips.filter.direction or "", "rule": flips.filter.rule_id}
    query = urlencode(kept | shown_only | {"after": flips.next_after})
    return f"{url_for(endpoint, draft_id=draft_id)}?{query}#flips"


def _filter() -> backtest_page.Filter:
    direction = asked("direction")
    return backtest_page.Filter(
        direction=Direction(direction) if direction in set(Direction) else None,
        rule_id=asked("rule"),
    )
