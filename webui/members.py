"""Who works here: inviting, what each may do, where and how long, leaving. Owners change it, leads look on.

`/join/<token>` is where somebody who was invited becomes a member; following the link alone changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from flask import Blueprint, flash, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from moderator import accounts, membership
from moderator.domain.vocabulary import Role
from moderator.errors import Invalid, NotFound
from moderator.membership import Terms
from moderator.queries import members_page
from moderator.queries.members_page import MemberPage
from webui import auth
from webui.auth import open_to_all, require
from webui.current import runtime

blueprint = Blueprint("members", __name__)

_managers = require(Role.OWNER, Role.LEAD)
_owners = require(Role.OWNER)

#: What each role may do, for those who choose one.
ROLES: Mapping[str, str] = {
    Role.OWNER: "Everything, also who works here.",
    Role.LEAD: "Everything but who works here: settings, guidelines, figures, what was escalated.",
    Role.MODERATOR: "Decides about comments.",
    Role.VOLUNTEER: "Suggests, and somebody who decides agrees or not. Sees no names and nothing severe.",
    Role.OBSERVER: "Reads and exports, and decides nothing.",
}


@dataclass(frozen=True, slots=True)
class Filled:
    """What the form holds: as it was typed, or as things stand."""

    email: str = ""
    name: str = ""
    role: str = Role.MODERATOR.value
    #: on single channels alone
    some: bool = False
    #: channel id -> role
    on: Mapping[str, str] = field(default_factory=dict)
    #: as a date field holds it
    until: str = ""
    representative: bool = False

    @classmethod
    def of_form(cls) -> "Filled":
        form = request.form
        return cls(
            email=form.get("email", "").strip(),
            name=form.get("name", "").strip(),
            role=form.get("role", ""),
            some=form.get("where") == "some",
            on={key.removeprefix("on-"): role for key, role in form.items() if key.startswith("on-") and role},
            until=form.get("until", "").strip(),
            representative=form.get("representative") == "yes",
        )

    @classmethod
    def of_member(cls, page: MemberPage) -> "Filled":
        until = page.until.isoformat() if page.until else ""
        return cls(page.email, page.name, page.role, bool(page.roles), page.roles, until, page.representative)

    def terms(self) -> Terms:
        """Raises `Invalid`."""
        if self.some and not self.on:
            raise Invalid("channels", "choose a role on at least one channel")
        return Terms(self.role, self.on if self.some else {}, self._ends_at())

    def _ends_at(self) -> datetime | None:
        if not self.until:
            return None
        try:
            day = date.fromisoformat(self.until)
            return membership.end_of_day(g.office, day)
        except (ValueError, OverflowError):
            raise Invalid("ends_at", "write the last day as 2026-11-21") from None


@blueprint.get("/members")
@_managers
def overview() -> ResponseReturnValue:
    with runtime().database.read() as reading:
        page = members_page.members_page(reading, g.office)
    return render_template("members/overview.html", page=page, may_change=_owns())


@blueprint.get("/members/invite")
@_owners
def new_invitation() -> ResponseReturnValue:
    return _invite_page(Filled())


@blueprint.post("/members/invite")
@_owners
def invite() -> ResponseReturnValue:
    """The link is shown here and nowhere again: only its hash is kept, and this service sends no e-mail."""
    filled = Filled.of_form()
    try:
        with runtime().database.write() as writing:
            token = membership.invite(writing, g.member, filled.email, filled.name, filled.terms())
    except Invalid as invalid:
        return make_response(_invite_page(filled, invalid), Invalid.status)
    link = runtime().settings.public_url + url_for(".welcome", token=token)
    page = render_template("members/invited.html", link=link, filled=filled, days=membership.VALID.days)
    return make_response(page, 201)


@blueprint.post("/members/invite/withdraw")
@_owners
def withdraw() -> ResponseReturnValue:
    with runtime().database.write() as writing:
        membership.withdraw(writing, g.member, request.form.get("email", ""))
    flash("Withdrawn. The link works no more.")
    return redirect(url_for(".overview"), 303)


@blueprint.get("/members/<id:member_id>")
@_owners
def member(member_id: str) -> ResponseReturnValue:
    return _member_page(member_id)


@blueprint.post("/members/<id:member_id>")
@_owners
def change(member_id: str) -> ResponseReturnValue:
    filled = Filled.of_form()
    try:
        with runtime().database.write() as writing:
            membership.change(writing, g.member, member_id, filled.terms(), representative=filled.representative)
    except Invalid as invalid:
        return make_response(_member_page(member_id, filled, invalid), Invalid.status)
    flash("Saved. It holds from their next click on.")
    return redirect(url_for(".overview"), 303)


@blueprint.get("/members/<id:member_id>/leave")
@_owners
def before_leaving(member_id: str) -> ResponseReturnValue:
    """What ending somebody's access comes to, before it is done."""
    with runtime().database.read() as reading:
        page = members_page.handover(reading, g.office, member_id)
    return render_template("members/leave.html", page=page)


@blueprint.post("/members/<id:member_id>/leave")
@_owners
def dismiss(member_id: str) -> ResponseReturnValue:
    with runtime().database.write() as writing:
        membership.dismiss(writing, g.member, member_id)
    if member_id == g.member.id:
        return auth.sign_out(make_response(redirect(url_for("signin.form"), 303)))
    flash("Their access has ended. Below is what they had in hand.")
    return redirect(url_for(".left", member_id=member_id), 303)


@blueprint.get("/members/<id:member_id>/left")
@_managers
def left(member_id: str) -> ResponseReturnValue:
    """What somebody who left had in hand, as a list to work through or to print."""
    with runtime().database.read() as reading:
        page = members_page.left_behind(reading, g.office, member_id)
    return render_template("members/left.html", page=page)


@blueprint.get("/join/<token>")
@open_to_all
def welcome(token: str) -> ResponseReturnValue:
    return _join_page(token)


@blueprint.post("/join/<token>")
@open_to_all
def join(token: str) -> ResponseReturnValue:
    name = request.form.get("name", "")
    try:
        # Slow on purpose, so not while a writer waits; and not for whoever has no invitation.
        with runtime().database.read() as reading:
            if membership.invited(reading, token) is None:
                raise _spent()
        password_hash = accounts.hashed(request.form.get("password", ""))
        with runtime().database.write() as writing:
            joined = membership.accept(writing, token, name, password_hash)
            if joined is None:
                raise _spent()
            auth.close_session(writing)
            opened = accounts.open_session(writing, joined.id)
    except Invalid as invalid:
        return make_response(_join_page(token, name, invalid), Invalid.status)
    return auth.sign_in(make_response(redirect(url_for("front"), 303)), opened)


def _join_page(token: str, name: str | None = None, invalid: Invalid | None = None) -> str:
    with runtime().database.read() as reading:
        invitation = membership.invited(reading, token)
        if invitation is None:
            raise _spent()
        page = members_page.welcome(reading, invitation)
    typed = page.name if name is None else name
    return render_template("members/join.html", page=page, name=typed, invalid=invalid, roles=ROLES)


def _invite_page(filled: Filled, invalid: Invalid | None = None) -> str:
    with runtime().database.read() as reading:
        channels = members_page.channel_choices(reading, g.office.id)
    return render_template(
        "members/invite.html", filled=filled, channels=channels, roles=ROLES, invalid=invalid, able=_able()
    )


def _member_page(member_id: str, filled: Filled | None = None, invalid: Invalid | None = None) -> str:
    with runtime().database.read() as reading:
        page = members_page.member_page(reading, g.office, member_id)
        channels = members_page.channel_choices(reading, g.office.id)
    return render_template(
        "members/member.html",
        page=page,
        filled=filled or Filled.of_member(page),
        channels=channels,
        roles=ROLES,
        invalid=invalid,
        able=_able(),
    )


def _able() -> tuple[str, ...]:
    """What somebody can be on a single channel, at most."""
    return tuple(role.value for role in membership.ON_CHANNELS[Role.MODERATOR])


def _owns() -> bool:
    return bool(g.member.role == Role.OWNER)


def _spent() -> NotFound:
    return NotFound("This invitation was used already, was withdrawn, or is too old. Ask for a new one.")
