"""The office's settings: channels with addresses and secrets, classifiers, word lists. For owners and leads alone."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields

from flask import Blueprint, flash, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from classifiers.base import Page
from moderator import channels, ensembles
from moderator.connectors import base, registry
from moderator.context import page
from moderator.domain.ensemble import Measured
from moderator.domain.vocabulary import Role
from moderator.errors import Invalid, NotFound
from moderator.queries import settings_page
from moderator.review import words
from moderator.review.page_profile import describe
from moderator.storage.tables import Channel
from webui.asked import asked
from webui.auth import require
from webui.current import runtime

blueprint = Blueprint("settings", __name__, url_prefix="/settings")

_managers = require(Role.OWNER, Role.LEAD)


@blueprint.get("")
@_managers
def overview() -> ResponseReturnValue:
    with runtime().database.read() as reading:
        page = settings_page.overview(reading, g.office.id)
    return render_template("settings/overview.html", page=page, classifiers=runtime().classifiers.measured())


@blueprint.get("/channels")
@_managers
def channel_list() -> ResponseReturnValue:
    with runtime().database.read() as reading:
        lines = settings_page.channel_lines(reading, g.office.id)
    connectors = [(name, registry.get(name).title) for name in registry.names()]
    return render_template("settings/channels.html", lines=lines, connectors=connectors)


@blueprint.get("/channels/new")
@_managers
def new_channel() -> ResponseReturnValue:
    return _new_page(_connector(asked("connector")))


@blueprint.post("/channels/new")
@_managers
def create_channel() -> ResponseReturnValue:
    connector = _connector(request.form.get("connector", ""))
    config, secrets = _filled_in(connector)
    try:
        with runtime().database.write() as writing:
            made = channels.create_channel(
                writing,
                runtime().sealer,
                g.office.id,
                connector.name,
                request.form.get("name", ""),
                config=config,
                secrets=secrets,
                actor=_actor(),
            )
            channel_id = made.id
    except Invalid as invalid:
        return make_response(_new_page(connector, invalid), Invalid.status)
    flash("The channel is connected on this side. Now tell the other side its address, below.")
    return redirect(url_for(".channel", channel_id=channel_id), 303)


@blueprint.get("/channels/<id:channel_id>")
@_managers
def channel(channel_id: str) -> ResponseReturnValue:
    return _channel_page(channel_id)


@blueprint.post("/channels/<id:channel_id>")
@_managers
def change_channel(channel_id: str) -> ResponseReturnValue:
    try:
        with runtime().database.write() as writing:
            row = _own_channel(writing, channel_id)
            config, secrets = _filled_in(registry.get(row.connector))
            name = request.form.get("name", "")
            channels.update_channel(writing, runtime().sealer, row, name, config, secrets, _actor())
    except Invalid as invalid:
        return make_response(_channel_page(channel_id, invalid), Invalid.status)
    flash("Saved.")
    return redirect(url_for(".channel", channel_id=channel_id), 303)


@blueprint.post("/channels/<id:channel_id>/rotate")
@_managers
def rotate(channel_id: str) -> ResponseReturnValue:
    with runtime().database.write() as writing:
        row = _own_channel(writing, channel_id)
        channels.rotate(writing, runtime().sealer, row, request.form.get("key", ""), _actor())
    flash("A new secret was made. The one before works too, until you retire it or rotate again.")
    return redirect(url_for(".channel", channel_id=channel_id), 303)


@blueprint.post("/channels/<id:channel_id>/retire")
@_managers
def retire(channel_id: str) -> ResponseReturnValue:
    with runtime().database.write() as writing:
        row = _own_channel(writing, channel_id)
        channels.retire(writing, runtime().sealer, row, request.form.get("key", ""), _actor())
    flash("The secret from before the last rotation works no more.")
    return redirect(url_for(".channel", channel_id=channel_id), 303)


@blueprint.post("/channels/<id:channel_id>/resume")
@_managers
def resume(channel_id: str) -> ResponseReturnValue:
    with runtime().database.write() as writing:
        channels.resume(writing, _own_channel(writing, channel_id), _actor())
    runtime().doorbell.ring()
    flash("The channel runs again. What waited for it goes out now.")
    return redirect(url_for(".channel", channel_id=channel_id), 303)


@blueprint.get("/classifiers")
@_managers
def classifiers() -> ResponseReturnValue:
    return _classifiers_page(runtime().classifiers.measured())


@blueprint.post("/classifiers")
@_managers
def change_classifiers() -> ResponseReturnValue:
    measured = runtime().classifiers.measured()
    try:
        with runtime().database.write() as writing:
            page = settings_page.classifiers_page(writing, g.office.id, measured)
            orders = {each.label: _order_of_form(each.label) for each in page.orders}
            off = _off_of_form(ensembles.off(writing, g.office.id))
            ensembles.change(writing, g.member, measured, orders, _margin_of_form(), off)
    except Invalid as invalid:
        return make_response(_classifiers_page(measured, invalid), Invalid.status)
    flash("Saved. It holds for comments that come in from now on.")
    return redirect(url_for(".classifiers"), 303)


@blueprint.get("/page")
@_managers
def page_profile() -> ResponseReturnValue:
    with runtime().database.read() as reading:
        said = asdict(page.of_office(reading, g.office.id))
    return _profile_page({name: "\n".join(lines) for name, lines in said.items()})


@blueprint.post("/page")
@_managers
def describe_page() -> ResponseReturnValue:
    typed = {each.name: request.form.get(each.name, "") for each in fields(Page)}
    try:
        with runtime().database.write() as writing:
            describe(writing, g.member, {name: text.splitlines() for name, text in typed.items()})
    except Invalid as invalid:
        return make_response(_profile_page(typed, invalid), Invalid.status)
    flash("Saved. It holds for comments that come in from now on.")
    return redirect(url_for(".page_profile"), 303)


@blueprint.get("/words")
@_managers
def word_lists() -> ResponseReturnValue:
    with runtime().database.read() as reading:
        banned, suspect = words.terms(reading, g.office.id)
    return render_template("settings/words.html", banned="\n".join(banned), suspect="\n".join(suspect), invalid=None)


@blueprint.post("/words")
@_managers
def change_words() -> ResponseReturnValue:
    banned, suspect = request.form.get("banned", ""), request.form.get("suspect", "")
    try:
        with runtime().database.write() as writing:
            words.set_terms(writing, g.member, banned.splitlines(), suspect.splitlines())
    except Invalid as invalid:
        page = render_template("settings/words.html", banned=banned, suspect=suspect, invalid=invalid)
        return make_response(page, Invalid.status)
    flash("Saved. The lists hold for comments that come in from now on.")
    return redirect(url_for(".word_lists"), 303)


def _off_of_form(before: Sequence[str]) -> list[str]:
    """Those that were shown and are not ticked. What was not shown stays as it was."""
    shown, on = request.form.getlist("shown"), request.form.getlist("on")
    return [name for name in before if name not in shown] + [name for name in shown if name not in on]


def _profile_page(typed: Mapping[str, str], invalid: Invalid | None = None) -> str:
    return render_template("settings/page.html", typed=typed, invalid=invalid)


def _connector(name: str) -> base.Connector:
    try:
        return registry.get(name)
    except registry.UnknownConnector:
        raise NotFound("There is no such kind of channel.") from None


def _own_channel(session: Session, channel_id: str) -> Channel:
    row = session.get(Channel, channel_id, with_for_update=True)
    if row is None or row.office_id != g.office.id:
        raise NotFound("There is no such channel in your office.")
    return row


def _filled_in(connector: base.Connector) -> tuple[dict[str, str], dict[str, str]]:
    """What the form has for the connector's fields: settings, and secrets that were typed in."""
    form = request.form
    config = {field.key: form.get(field.key, "").strip() for field in connector.fields if not field.secret}
    secrets = {
        field.key: form.get(field.key, "").strip() for field in connector.fields if field.secret and not field.generated
    }
    return config, secrets


def _new_page(connector: base.Connector, invalid: Invalid | None = None) -> str:
    typed: Mapping[str, str] = request.form.to_dict()
    return render_template(
        "settings/new_channel.html",
        connector=connector,
        fields=settings_page.shown_fields(connector, typed, {}),
        name=typed.get("name", ""),
        invalid=invalid,
    )


def _channel_page(channel_id: str, invalid: Invalid | None = None) -> str:
    with runtime().database.read() as reading:
        page = settings_page.channel_page(reading, runtime().sealer, g.office.id, channel_id)
    return render_template(
        "settings/channel.html",
        page=page,
        typed=request.form if invalid else {},
        invalid=invalid,
        hook_url=runtime().settings.public_url + page.hook_path,
    )


def _classifiers_page(measured: Measured, invalid: Invalid | None = None) -> str:
    with runtime().database.read() as reading:
        page = settings_page.classifiers_page(reading, g.office.id, measured)
    typed = {each.label: _order_of_form(each.label) for each in page.orders} if invalid else {}
    return render_template(
        "settings/classifiers.html",
        page=page,
        typed=typed,
        margin=request.form.get("margin", "") if invalid else f"{page.margin:g}",
        invalid=invalid,
    )


def _order_of_form(label: str) -> tuple[str, ...]:
    return tuple(name for name in request.form.getlist(f"order-{label}") if name)


def _margin_of_form() -> float:
    try:
        return float(request.form.get("margin", "").strip().replace(",", "."))
    except ValueError:
        raise Invalid("margin", "the margin is a number from 0 to 1") from None


def _actor() -> str:
    return f"member:{g.member.id}"
