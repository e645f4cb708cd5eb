"""Views of the queue: read from an address, carried along by forms, saved under a name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlencode

from flask import flash, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from moderator.domain.filters import Filter
from moderator.errors import Invalid
from moderator.queries.queue_page import Choices
from moderator.review import saved_filters
from webui.current import runtime
from webui.formats import date, label_name, language_name
from webui.review.room import bar, blueprint, rights, sentence

#: what the states are called
STATES: Mapping[str, str] = {
    "waiting": "On nobody’s screen",
    "mine": "Mine",
    "held": "On somebody’s screen",
    "escalated": "For a lead",
    "closed": "Closed",
}

_ALL = Filter()


@dataclass(frozen=True, slots=True)
class Chip:
    """One thing that the list is narrowed to, and the view without it."""

    name: str
    value: str
    without: dict[str, str]


def asked_view() -> Filter:
    """The view that the address asks for."""
    return Filter.of(request.args)


def sent_view() -> Filter:
    """The view that a form was sent from: its field `from` holds it as it stands in an address."""
    return Filter.of(dict(parse_qsl(request.form.get("from", "")[:2_000])))


def view_url(wanted: Filter) -> str:
    """The queue as the view shows it."""
    query = urlencode(wanted.query())
    return f"{url_for('.queue')}?{query}" if query else url_for(".queue")


def chips(wanted: Filter, choices: Choices) -> list[Chip]:
    query = wanted.query()
    told: Mapping[str, tuple[str, Callable[[str], str]]] = {
        "channel": ("Channel", lambda value: choices.channels.get(value, "another")),
        "rule": ("Rule", lambda value: " ".join(filter(None, (value, choices.rules.get(value, ""))))),
        "label": ("Found", label_name),
        "language": ("Language", lambda value: language_name(value) or value),
        "state": ("State", lambda value: STATES[value]),
        "assignee": ("Given to", lambda value: choices.members.get(value, "nobody" if len(value) < 26 else "another")),
        "since": ("Since", _day),
        "until": ("Until", _day),
    }
    return [
        Chip(name, said(query[field]), {key: value for key, value in query.items() if key != field})
        for field, (name, said) in told.items()
        if field in query
    ]


@blueprint.get("/filters")
def saved() -> ResponseReturnValue:
    """The saved filters, to be renamed, shared and deleted."""
    return _saved_page()


@blueprint.post("/filters")
def save() -> ResponseReturnValue:
    wanted = sent_view()
    name = request.form.get("name", "")
    try:
        with runtime().database.write() as writing:
            saved_filters.save(writing, g.member, name, wanted, shared="shared" in request.form)
    except Invalid as invalid:
        return _saved_page(str(invalid), wanted, name)
    flash("Saved.")
    return redirect(view_url(wanted), 303)


@blueprint.post("/filters/<id:filter_id>")
def change_saved(filter_id: str) -> ResponseReturnValue:
    name, shared = request.form.get("name", ""), "shared" in request.form
    try:
        with runtime().database.write() as writing:
            saved_filters.change(writing, g.member, filter_id, name, shared)
    except Invalid as invalid:
        return _saved_page(str(invalid))
    flash("Changed.")
    return redirect(url_for(".saved"), 303)


@blueprint.post("/filters/<id:filter_id>/delete")
def delete_saved(filter_id: str) -> ResponseReturnValue:
    with runtime().database.write() as writing:
        saved_filters.delete(writing, g.member, filter_id)
    flash("Deleted. What it showed is still there, under other filters.")
    return redirect(url_for(".saved"), 303)


def _saved_page(problem: str = "", wanted: Filter = _ALL, name: str = "") -> ResponseReturnValue:
    with runtime().database.read() as reading:
        listed = saved_filters.listed(reading, g.member)
        last = bar(reading)
    page = render_template(
        "review/filters.html",
        saved=listed,
        bar=last,
        problem=sentence(problem) if problem else "",
        unsaved=urlencode(wanted.query()),
        name=name,
        longest=saved_filters.LONGEST_NAME,
        **rights(),
    )
    return make_response(page, 422 if problem else 200)


def _day(value: str) -> str:
    return date(datetime.fromisoformat(value).replace(tzinfo=UTC), "UTC")
