"""Who has the case on their screen: taken with the page, renewed by its script, given on by its buttons."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import flash, g, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from moderator import clock
from moderator.domain.cases import CaseState
from moderator.errors import Conflict, Invalid
from moderator.queries import case_page
from moderator.queries.case_page import CasePage
from moderator.review import access, colleagues, handing, leases
from moderator.review.colleagues import Colleague
from moderator.review.leases import Held
from moderator.storage.tables import Case, Decision, Member
from webui.care import opened
from webui.current import asked_by_script, runtime
from webui.review.room import blueprint, look_url, sentence


@dataclass(frozen=True, slots=True)
class Turn:
    """Whose turn the case on the page is, and what the member may do about it."""

    case_id: str
    held: Held | None
    #: the names of whoever was asked to take it, and of whoever asked
    assignee: str
    assigned_by: str
    assigned_to_me: bool
    may_put_back: bool
    #: the name of whoever asked that a lead decides
    escalated_by: str
    #: those who can be asked to take it, and whether leads are among them
    able: tuple[Colleague, ...]
    may_hold: bool
    may_hand: bool
    may_escalate: bool
    may_manage: bool
    #: the moment at which all this held, for the page's script
    at: datetime

    @property
    def seconds_left(self) -> int:
        return max(0, int((self.held.until - self.at).total_seconds())) if self.held else 0


def look_at(case_id: str) -> None:
    """The member opens the page of a case: from now on they hold it, unless somebody else does.

    A browser that fetches a page ahead of time, or only asks about it, holds nothing.
    """
    if not is_a_look():
        return
    with runtime().database.write() as writing:
        case = writing.get(Case, case_id)
        if case is None or not leases.can_hold(access.role_on(g.reach, g.member, case.channel_id)):
            return
        if writing.get_one(Decision, case.decision_id).member_id == g.member.id:
            # What they proposed is for somebody else to agree to: nobody is to be kept from it.
            return
        try:
            held = leases.take(writing, g.member, case_id)
        except Conflict:
            # Decided a moment ago: the page that follows says so.
            return
        if held.new:
            opened(writing, case)


def is_a_look() -> bool:
    """Whether somebody has the page before them: not where a browser asks ahead of time, or only about it."""
    ahead = f"{request.headers.get('Sec-Purpose', '')} {request.headers.get('Purpose', '')}"
    return request.method == "GET" and "prefetch" not in ahead


def turn(reading: Session, page: CasePage) -> Turn | None:
    """None where nothing waits for anybody."""
    case = reading.get(Case, page.case.id) if page.case else None
    if case is None or case.state != CaseState.OPEN:
        return None
    member: Member = g.member
    role = access.role_on(g.reach, member, case.channel_id)
    decides, manages = access.may_decide(member, role), access.may_manage(member)
    able = tuple(one for one in colleagues.of_comment(reading, member, case.comment_id) if one.decides)
    if case.escalated_by and not manages:
        able = tuple(one for one in able if one.manages)
    mine = case.assignee_id == member.id
    return Turn(
        case_id=case.id,
        held=leases.holder(reading, case.id, member),
        assignee=_name(reading, case.assignee_id),
        assigned_by=_name(reading, case.assigned_by),
        assigned_to_me=mine,
        may_put_back=mine or case.assigned_by == member.id or manages,
        escalated_by=_name(reading, case.escalated_by),
        able=able,
        may_hold=leases.can_hold(role),
        may_hand=decides and bool(able),
        may_escalate=leases.can_hold(role) and not manages and case.escalated_by is None,
        may_manage=manages,
        at=clock.now(),
    )


@blueprint.post("/cases/<id:case_id>/lease")
def lease(case_id: str) -> ResponseReturnValue:
    """The page's script asks for JSON and gets how things stand; a button gets a page."""
    do = request.form.get("do", "")
    if do not in _DEEDS:
        raise Invalid("do", "this is nothing that can be done with a lease")
    try:
        with runtime().database.write() as writing:
            held = _DEEDS[do](writing, case_id)
    except Conflict as conflict:
        if asked_by_script():
            return jsonify({"closed": True, "said": str(conflict)})
        flash(str(conflict))
        return redirect(_look(case_id), 303)
    if do == "leave":
        # Nobody is there to be shown a page, and a page would take the case again.
        return "", 204
    if asked_by_script():
        return jsonify(_told(held))
    if do == "release":
        flash("Given back: others are given this case again.")
        return redirect(url_for(".queue"), 303)
    return redirect(_look(case_id), 303)


@blueprint.post("/cases/<id:case_id>/hand")
def hand(case_id: str) -> ResponseReturnValue:
    form = request.form
    return _passed_on(
        case_id,
        lambda writing: handing.hand(writing, g.member, case_id, form.get("colleague", ""), form.get("why", "")),
        "Handed over. Your colleague sees it first, and is told.",
    )


@blueprint.post("/cases/<id:case_id>/put-back")
def put_back(case_id: str) -> ResponseReturnValue:
    return _passed_on(
        case_id,
        lambda writing: handing.put_back(writing, g.member, case_id),
        "Nobody in particular is asked any more: anybody may be given this case.",
    )


@blueprint.post("/cases/<id:case_id>/escalate")
def escalate(case_id: str) -> ResponseReturnValue:
    return _passed_on(
        case_id,
        lambda writing: handing.escalate(writing, g.member, case_id, request.form.get("why", "")),
        "A lead is asked to decide this.",
    )


@blueprint.post("/cases/<id:case_id>/give-back")
def give_back(case_id: str) -> ResponseReturnValue:
    return _passed_on(
        case_id,
        lambda writing: handing.give_back(writing, g.member, case_id, request.form.get("why", "")),
        "Given back: anybody may decide it, and whoever asked is told.",
    )


def _passed_on(case_id: str, deed: Callable[[Session], object], said: str) -> ResponseReturnValue:
    try:
        with runtime().database.write() as writing:
            deed(writing)
    except (Conflict, Invalid) as problem:
        flash(f"{sentence(str(problem))} Nothing was changed.")
        return redirect(_look(case_id), 303)
    flash(said)
    return redirect(url_for(".queue"), 303)


def _take(writing: Session, case_id: str) -> Held | None:
    return leases.take(writing, g.member, case_id)


def _renew(writing: Session, case_id: str) -> Held | None:
    return leases.renew(writing, g.member, case_id)


def _keep(writing: Session, case_id: str) -> Held | None:
    return leases.keep(writing, g.member, case_id)


def _release(writing: Session, case_id: str) -> Held | None:
    leases.release(writing, g.member, case_id)
    return leases.holder(writing, case_id, g.member)


def _leave(writing: Session, case_id: str) -> None:
    leases.leave(writing, g.member, case_id, _moment_of_form())


_DEEDS: Mapping[str, Callable[[Session, str], Held | None]] = {
    "take": _take,
    "renew": _renew,
    "keep": _keep,
    "release": _release,
    "leave": _leave,
}


def _moment_of_form() -> datetime:
    try:
        moment = datetime.fromisoformat(request.form.get("taken", ""))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Invalid("taken", "this is no moment")
    return moment


def _told(held: Held | None) -> dict[str, Any]:
    if held is None:
        return {"held": False}
    return {
        "held": True,
        "mine": held.mine,
        "name": held.name,
        "kept": held.kept,
        "until": held.until.isoformat(),
        "taken": held.taken_at.isoformat(),
        "seconds": max(0, int((held.until - clock.now()).total_seconds())),
    }


def _look(case_id: str) -> str:
    with runtime().database.read() as reading:
        return look_url(case_page.of_case(reading, g.reach, case_id))


def _name(reading: Session, member_id: str | None) -> str:
    member = reading.get(Member, member_id) if member_id else None
    return member.name if member else ""
