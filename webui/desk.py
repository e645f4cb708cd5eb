"""Settings of the review room: how long a case is held, and prepared replies. For owners and leads alone."""

from dataclasses import dataclass

from flask import Blueprint, flash, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from moderator import publishing
from moderator.domain.cases import Lane
from moderator.domain.vocabulary import Role, Verb
from moderator.errors import Invalid
from moderator.review import leases, replies
from moderator.storage.tables import CannedReply, Office
from webui.auth import require
from webui.current import runtime

blueprint = Blueprint("desk", __name__, url_prefix="/settings")

_managers = require(Role.OWNER, Role.LEAD)


@dataclass(frozen=True, slots=True)
class ReplyForm:
    """What the form of a reply says."""

    name: str = ""
    text: str = ""
    verb: str = Verb.REPLY.value
    rule_id: str = ""

    @classmethod
    def of_form(cls) -> "ReplyForm":
        form = request.form
        return cls(form.get("name", ""), form.get("text", ""), form.get("verb", ""), form.get("rule_id", ""))

    @classmethod
    def of_row(cls, row: CannedReply) -> "ReplyForm":
        return cls(row.name, row.text, row.verb, row.rule_id or "")


@blueprint.get("/leases")
@_managers
def lease_lengths() -> ResponseReturnValue:
    return _lengths_page()


@blueprint.post("/leases")
@_managers
def change_lease_lengths() -> ResponseReturnValue:
    try:
        with runtime().database.write() as writing:
            leases.set_lengths(writing, g.member, {lane.value: request.form.get(lane.value, "") for lane in Lane})
    except Invalid as invalid:
        return make_response(_lengths_page(invalid), Invalid.status)
    flash("Saved. It holds for cases that are opened from now on.")
    return redirect(url_for(".lease_lengths"), 303)


@blueprint.get("/replies")
@_managers
def reply_list() -> ResponseReturnValue:
    with runtime().database.read() as reading:
        rows = replies.of_office(reading, g.office.id)
    return render_template("settings/replies.html", replies=rows)


@blueprint.get("/replies/new")
@_managers
def new_reply() -> ResponseReturnValue:
    return _reply_page(ReplyForm())


@blueprint.post("/replies/new")
@_managers
def write_reply() -> ResponseReturnValue:
    form = ReplyForm.of_form()
    try:
        with runtime().database.write() as writing:
            replies.write(writing, g.member, form.name, form.text, form.verb, form.rule_id)
    except Invalid as invalid:
        return make_response(_reply_page(form, invalid=invalid), Invalid.status)
    flash("Saved. It is offered on the page of every comment.")
    return redirect(url_for(".reply_list"), 303)


@blueprint.get("/replies/<id:reply_id>")
@_managers
def reply(reply_id: str) -> ResponseReturnValue:
    with runtime().database.read() as reading:
        form = ReplyForm.of_row(replies.one(reading, g.office.id, reply_id))
    return _reply_page(form, reply_id)


@blueprint.post("/replies/<id:reply_id>")
@_managers
def change_reply(reply_id: str) -> ResponseReturnValue:
    form = ReplyForm.of_form()
    try:
        with runtime().database.write() as writing:
            replies.change(writing, g.member, reply_id, form.name, form.text, form.verb, form.rule_id)
    except Invalid as invalid:
        return make_response(_reply_page(form, reply_id, invalid), Invalid.status)
    flash("Saved. What was sent before stays as it was sent.")
    return redirect(url_for(".reply_list"), 303)


@blueprint.post("/replies/<id:reply_id>/withdraw")
@_managers
def withdraw_reply(reply_id: str) -> ResponseReturnValue:
    with runtime().database.write() as writing:
        replies.withdraw(writing, g.member, reply_id)
    flash("Withdrawn: it is offered no more.")
    return redirect(url_for(".reply_list"), 303)


def _lengths_page(invalid: Invalid | None = None) -> str:
    with runtime().database.read() as reading:
        office = reading.get_one(Office, g.office.id)
    typed = {lane.value: request.form.get(lane.value, "") for lane in Lane}
    own = {lane.value: str(office.lease_minutes.get(lane.value, "")) for lane in Lane}
    return render_template(
        "settings/leases.html",
        lengths=typed if invalid else own,
        usual={lane.value: leases.usual(lane) for lane in Lane},
        longest=leases.LONGEST,
        kept=leases.KEPT,
        invalid=invalid,
    )


def _reply_page(form: ReplyForm, reply_id: str = "", invalid: Invalid | None = None) -> str:
    with runtime().database.read() as reading:
        version = publishing.current(reading, g.office.id)
    rules = publishing.read(version).rules if version else ()
    return render_template(
        "settings/reply.html", form=form, reply_id=reply_id, rules=rules, places=replies.PLACES, invalid=invalid
    )
