"""Care for those who moderate: masks, limits that only suggest, quiet hours, and counts that are each member's own.

What somebody opened or masked, that they went on, paused or passed a case on is told to nobody.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, cast
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, g, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from classifiers.base import Page
from moderator import clock
from moderator.context.page import of_office
from moderator.domain.cases import SEVERE_LABELS
from moderator.domain.filters import Filter
from moderator.domain.vocabulary import Label, Role
from moderator.errors import Invalid
from moderator.queries import care_page
from moderator.queries.care_page import Effects
from moderator.queries.rows import EXCERPT
from moderator.review import care, leases, preferences
from moderator.review.care import Standing
from moderator.review.next_case import next_case
from moderator.storage.tables import Case
from webui import masking, words
from webui.auth import require
from webui.current import chosen, runtime
from webui.visible import Span

blueprint = Blueprint("care", __name__)

#: In the browser's own cookie: until when its member said that they go on.
_GOES_ON = "goes_on"
#: In the browser's own cookie: the cases that were counted last, by the end of their ids.
_COUNTED = "counted"
_REMEMBERED = 20

#: what somebody may ask to be spared
_KINDS: Mapping[str, str] = {
    Label.THREAT: "Threats",
    Label.HARASSMENT: "Harassment",
    Label.DISCRIMINATION: "Discrimination, whatever its ground",
    Label.SEXUAL: "Something sexual",
    Label.PROFANITY: "Swearing",
    Label.PERSONAL_DATA: "Somebody’s personal details",
    Label.ACCUSATION: "Accusations",
    Label.HELP_REQUEST: "Requests for help",
}


@blueprint.app_template_global("veiled")
def veiled(comment_ids: Sequence[str]) -> frozenset[str]:
    """Those of the comments whose text is masked as a whole for the member who asks."""
    heavy = care.ABUSE | SEVERE_LABELS if g.member.representative else SEVERE_LABELS
    masks = g.member.representative or chosen().mask_severe or _limit() is not None
    if not comment_ids or not masks:
        return frozenset()
    with runtime().database.read() as reading:
        return care_page.to_be_masked(reading, list(comment_ids), heavy)


@blueprint.app_template_filter("covered")
def covered(text: str, spans: Sequence[Span] = ()) -> str:
    """The text with personal data masked, and swear words where the member who asks wants that."""
    is_cut = len(text) == EXCERPT
    return masking.cover(text, spans, _page(), swearing=chosen().mask_slurs, is_cut=is_cut)


@blueprint.app_template_global("limit_reached")
def limit_reached(comment_id: str) -> Standing | None:
    """Where the member stands, if that is at a limit, the comment is severe, and they did not say that they go on."""
    now = _limit()
    if now is None:
        return None
    with runtime().database.read() as reading:
        severe = care_page.to_be_masked(reading, [comment_id], SEVERE_LABELS)
    return now if severe else None


@blueprint.app_template_global("spared")
def spared() -> tuple[str, ...]:
    """The labels of what is left to others by the member who asks; none where there are no others."""
    with runtime().database.read() as reading:
        labels = care.spared_labels(reading, g.member)
        return () if labels and care.alone(reading, g.member) else labels


@blueprint.app_template_global("quiet_until")
def quiet_until() -> datetime | None:
    """When the quiet hours of the member who asks end; None outside them, and once they said that they go on."""
    return None if _goes_on() else care.quiet_until(chosen(), g.office.timezone)


@blueprint.app_template_global("effects")
def effects() -> Effects:
    """What the office's work came to in the last days."""
    with runtime().database.read() as reading:
        return care_page.effects(reading, g.reach)


@blueprint.app_template_filter("clock_time")
def clock_time(when: datetime) -> str:
    """21:30, by the office's clock"""
    return f"{when.astimezone(ZoneInfo(g.office.timezone)):%H:%M}"


@blueprint.app_template_filter("calendar_day")
def calendar_day(day: date) -> str:
    """21 November 2026"""
    return words.in_language("en").date(day)


def quiet_check() -> Callable[[Session], bool]:
    """Tells, also once this request is over, whether the member's quiet hours have begun and they do not go on."""
    member_id, zone, until = g.member.id, g.office.timezone, _going_on()

    def is_quiet(reading: Session) -> bool:
        quiet = care.quiet_until(preferences.read(reading, member_id), zone)
        return quiet is not None and until <= clock.now().timestamp()

    return is_quiet


def opened(writing: Session, case: Case) -> None:
    """Count a case that has just come to the member's screen, unless it was there a moment ago."""
    counted = session.get(_COUNTED, [])
    mark = case.id[-6:]
    if mark not in counted:
        care.seen(writing, g.member, case)
        session[_COUNTED] = [*counted, mark][-_REMEMBERED:]


@blueprint.get("/preferences/care")
def own() -> ResponseReturnValue:
    return _own_page({})


@blueprint.post("/preferences/care")
def change_own() -> ResponseReturnValue:
    form = request.form
    try:
        changes = {
            "mask_severe": "mask_severe" in form,
            "mask_slurs": "mask_slurs" in form,
            "not_about": [label for label in care.SPARED if label in form.getlist("not_about")],
            "quiet_from": form.get("quiet_from", ""),
            "quiet_until": form.get("quiet_until", ""),
            "severe_per_hour": care.as_limit("severe_per_hour", form.get("severe_per_hour", "")),
            "severe_per_day": care.as_limit("severe_per_day", form.get("severe_per_day", "")),
        }
        with runtime().database.write() as writing:
            preferences.write(writing, g.member.id, changes)
    except Invalid as invalid:
        return make_response(_own_page(form.to_dict(), invalid), Invalid.status)
    flash("Saved. It holds at once.")
    return redirect(url_for(".own"), 303)


@blueprint.get("/settings/care")
@require(Role.OWNER, Role.LEAD)
def office() -> ResponseReturnValue:
    return _office_page({})


@blueprint.post("/settings/care")
@require(Role.OWNER, Role.LEAD)
def change_office() -> ResponseReturnValue:
    form = request.form
    try:
        with runtime().database.write() as writing:
            care.set_limits(writing, g.member, form.get("severe_per_hour", ""), form.get("severe_per_day", ""))
    except Invalid as invalid:
        return make_response(_office_page(form.to_dict(), invalid), Invalid.status)
    flash("Saved. It holds at once.")
    return redirect(url_for(".office"), 303)


@blueprint.post("/review/cases/<id:case_id>/pass")
def pass_on(case_id: str) -> ResponseReturnValue:
    """Give it to others, without a reason."""
    with runtime().database.write() as writing:
        care.pass_on(writing, g.member, case_id)
    flash("Passed on. It does not come back to you.")
    return _next(case_id)


@blueprint.post("/review/cases/<id:case_id>/lighter")
def lighter(case_id: str) -> ResponseReturnValue:
    """Leave it where it is and do something else."""
    with runtime().database.write() as writing:
        leases.release(writing, g.member, case_id)
    return _next(case_id)


@blueprint.post("/review/cases/<id:case_id>/pause")
def pause_from(case_id: str) -> ResponseReturnValue:
    """Leave it where it is, and everything else."""
    with runtime().database.write() as writing:
        leases.release(writing, g.member, case_id)
    return redirect(url_for(".pause"), 303)


@blueprint.get("/review/pause")
def pause() -> ResponseReturnValue:
    return render_template("care/pause.html")


@blueprint.post("/review/go-on")
def go_on() -> ResponseReturnValue:
    """They go on, for this hour or for the rest of their quiet hours."""
    ends = care.quiet_until(chosen(), g.office.timezone) or care.next_hour(g.office.timezone)
    session[_GOES_ON] = ends.timestamp()
    case_id = request.form.get("case", "")
    known = case_id.isascii() and case_id.isalnum() and len(case_id) == 26
    return redirect(url_for("review.case", case_id=case_id) if known else url_for("review.queue"), 303)


def _page() -> Page:
    """What the office says about its page. Read once for a request."""
    if "said_of_page" not in g:
        with runtime().database.read() as reading:
            g.said_of_page = of_office(reading, g.office.id)
    return cast(Page, g.said_of_page)


def _limit() -> Standing | None:
    """Where the member stands, if that is at a limit and they did not say that they go on. Read once for a request."""
    if "care_standing" not in g:
        with runtime().database.read() as reading:
            g.care_standing = care.standing(reading, g.member)
    now = cast(Standing, g.care_standing)
    return now if now.reached is not None and not _goes_on() else None


def _goes_on() -> bool:
    return _going_on() > clock.now().timestamp()


def _going_on() -> float:
    return cast(float, session.get(_GOES_ON, 0.0))


def _next(case_id: str) -> ResponseReturnValue:
    wanted = Filter.of(dict(parse_qsl(request.form.get("from", ""))))
    kept: dict[str, Any] = dict(wanted.query())
    with runtime().database.read() as reading:
        found = next_case(reading, g.reach, g.member, wanted, after=case_id)
        found = found or next_case(reading, g.reach, g.member, wanted)
    if found is None or found == case_id:
        return redirect(url_for("review.queue", **kept), 303)
    return redirect(url_for("review.case", case_id=found, **kept), 303)


def _own_page(typed: Mapping[str, str], invalid: Invalid | None = None) -> str:
    with runtime().database.read() as reading:
        counts = care_page.own_counts(reading, g.member)
        standing = care.standing(reading, g.member)
        alone = care.alone(reading, g.member)
    return render_template(
        "care/own.html",
        chosen=chosen(),
        kinds={label.value: _KINDS[label] for label in care.SPARED},
        counts=counts,
        standing=standing,
        alone=alone,
        typed=typed,
        ticked=request.form.getlist("not_about") if invalid else list(chosen().not_about),
        invalid=invalid,
    )


def _office_page(typed: Mapping[str, str], invalid: Invalid | None = None) -> str:
    with runtime().database.read() as reading:
        days = care_page.office_days(reading, g.office.id)
    return render_template(
        "care/office.html", days=days, typed=typed, invalid=invalid, enough=care_page.ENOUGH, kept=care.KEPT.days
    )
