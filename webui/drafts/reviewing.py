"""The last steps of a draft: a second person reads it, and it is published, now or from a day to come."""

from datetime import datetime
from zoneinfo import ZoneInfo

from flask import flash, g, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from moderator import clock, drafts, publishing
from moderator.domain.drafts import BacktestState, DraftState
from moderator.errors import Conflict, Invalid
from moderator.queries import backtest_page
from moderator.queries.backtest_page import RunPage
from webui.asked import asked
from webui.current import runtime
from webui.drafts.room import Opened, blueprint, opened, seen_revision, shown, writers


@blueprint.get("/<id:draft_id>/review")
def review(draft_id: str) -> ResponseReturnValue:
    return _review_page(opened(draft_id))


@blueprint.post("/<id:draft_id>/submit")
@writers
def submit(draft_id: str) -> ResponseReturnValue:
    note = request.form.get("note", "")
    try:
        with runtime().database.write() as writing:
            drafts.submit(writing, g.member, draft_id, seen_revision(), note)
    except Invalid as invalid:
        return make_response(_review_page(opened(draft_id), note, str(invalid)), Invalid.status)
    flash("Submitted. A second person can read it now.")
    return redirect(url_for("drafts.review", draft_id=draft_id), 303)


@blueprint.post("/<id:draft_id>/answer")
@writers
def answer(draft_id: str) -> ResponseReturnValue:
    """The second person agrees, or sends it back."""
    note, agree = request.form.get("note", ""), request.form.get("do") == "agree"
    try:
        with runtime().database.write() as writing:
            drafts.review(writing, g.member, draft_id, seen_revision(), agree, note)
    except Invalid as invalid:
        return make_response(_review_page(opened(draft_id), note, str(invalid)), Invalid.status)
    flash("You agreed. It can be published now." if agree else "Sent back with your note.")
    return redirect(url_for("drafts.review", draft_id=draft_id), 303)


@blueprint.get("/<id:draft_id>/publish")
@writers
def confirm(draft_id: str) -> ResponseReturnValue:
    """What will happen, before it does."""
    try:
        moment = _moment(asked("when"), asked("day"), asked("time"))
    except Invalid as invalid:
        return make_response(_review_page(opened(draft_id), problem=str(invalid)), Invalid.status)
    found = opened(draft_id)
    if not (found.page.alone or (found.page.state is DraftState.APPROVED and not found.page.overtaken)):
        flash("A second person has to agree to it first.")
        return redirect(url_for("drafts.review", draft_id=draft_id), 303)
    return _confirm_page(found, moment)


@blueprint.post("/<id:draft_id>/publish")
@writers
def publish(draft_id: str) -> ResponseReturnValue:
    typed = request.form.get("effective_at", "")
    moment = _local(typed) if typed else None
    alone, note = request.form.get("alone") == "yes", request.form.get("note", "")
    try:
        with runtime().database.write() as writing:
            if note.strip():  # only whoever publishes alone is asked for it here: others gave it when they submitted
                drafts.submit(writing, g.member, draft_id, seen_revision(), note)
            version = drafts.publish(writing, g.member, draft_id, seen_revision(), moment, alone=alone)
            number, effective = version.number, version.effective_at
    except (Invalid, Conflict) as refused:
        return make_response(_confirm_page(opened(draft_id), moment, str(refused), note), refused.status)
    if effective > clock.now():
        flash(f"Version {number} is published and takes effect when its day comes.")
    else:
        flash(f"Version {number} is published and in force.")
    return redirect(url_for("drafts.overview"), 303)


def _review_page(found: Opened, note: str = "", problem: str = "") -> str:
    with runtime().database.read() as reading:
        run = _latest_run(reading, found)
    today = clock.now().astimezone(ZoneInfo(g.office.timezone)).date()
    return shown("review.html", found, run=run, note=note, problem=problem, today=today.isoformat())


def _confirm_page(found: Opened, moment: datetime | None, problem: str = "", note: str = "") -> str:
    with runtime().database.read() as reading:
        newest = publishing.newest(reading, g.office.id)
    number = newest.number + 1 if newest else 1
    typed = moment.strftime("%Y-%m-%dT%H:%M") if moment else ""
    return shown("confirm.html", found, moment=moment, typed=typed, number=number, problem=problem, note=note)


def _latest_run(reading: Session, found: Opened) -> RunPage | None:
    """The last run of this very text that came to its end."""
    lines = backtest_page.runs_of_draft(reading, g.office.id, found.page.id)
    done = [line for line in lines if line.state is BacktestState.DONE and not line.outdated]
    return backtest_page.run_page(reading, g.office.id, done[0].id, backtest_page.Filter(), "") if done else None


def _moment(when: str, day: str, time: str) -> datetime | None:
    """When it is to take effect; None: now."""
    if when != "later":
        return None
    return _local(f"{day}T{time or '00:00'}")


def _local(typed: str) -> datetime:
    """A moment as people of the office type it. Raises `Invalid`."""
    try:
        return datetime.strptime(typed, "%Y-%m-%dT%H:%M").replace(tzinfo=ZoneInfo(g.office.timezone))
    except ValueError:
        raise Invalid("effective_at", "Choose a day, and a time such as 08:00.") from None
