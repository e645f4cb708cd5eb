"""The room itself: its blueprint, what a form chose, and what several of its pages show."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from moderator import clock
from moderator.domain.filters import Filter
from moderator.domain.vocabulary import Verb
from moderator.queries import case_page, done_bar
from moderator.review import access
from webui.current import runtime

blueprint = Blueprint("review", __name__, url_prefix="/review")

_WHOLE = Filter()

#: Pages that say in their own address which view of the queue they belong to.
_LOOKING = frozenset({"review.case", "review.comment"})

#: In the browser's own cookie: the last decision made in it, for the bar that offers to undo it.
LAST = "last_decision"

#: One step, on the page of the comment itself; every other verb is decided on the page that says what it does.
ONE_STEP = frozenset({Verb.KEEP, Verb.HIDE, Verb.UNHIDE})


@dataclass(frozen=True, slots=True)
class Choice:
    """What the form says."""

    verbs: tuple[str, ...]
    rule_id: str | None
    note: str
    seen: str | None
    #: it came from the page that says what will happen
    confirmed: bool
    #: what the author is to be told
    text: str
    #: the view of the queue that the comment was opened from
    wanted: Filter

    @classmethod
    def of_form(cls) -> "Choice":
        form = request.form
        return cls(
            verbs=tuple(form.getlist("verbs")),
            rule_id=form.get("rule_id") or None,
            note=form.get("note", ""),
            seen=form.get("seen") or None,
            confirmed=form.get("step") == "confirm",
            text=form.get("text", ""),
            wanted=sent_on(),
        )


def bar(reading: Session) -> done_bar.DoneBar | None:
    """The last decision made in this browser."""
    last = session.get(LAST)
    return done_bar.done_bar(reading, g.reach, last) if last else None


def rights(channel_id: str = "") -> dict[str, Any]:
    """What the pages offer: on one channel, or without one in the office at large."""
    role = access.role_on(g.reach, g.member, channel_id) if channel_id else None
    decides, suggests = access.may_decide(g.member, role), access.may_suggest(g.member, role)
    return {
        "may_decide": decides,
        "may_choose": decides or suggests,
        "suggests": suggests,
        "may_manage": access.may_manage(g.member),
    }


def sent_on() -> Filter:
    """The view of the queue that somebody came from, as a form or a further page was told by the one before."""
    return Filter.of(dict(parse_qsl(request.values.get("from", ""))))


def came_from() -> str:
    """The view of the queue that this page was opened from, as its forms and further pages are told."""
    wanted = Filter.of(request.args) if request.endpoint in _LOOKING else sent_on()
    return urlencode(wanted.query())


def look_url(where: case_page.Whereabouts, wanted: Filter = _WHOLE) -> str:
    """Where to look at it, within a view of the queue."""
    view: dict[str, Any] = {**wanted.query()}
    if where.case_id is not None:
        return url_for("review.case", case_id=where.case_id, **view)
    return url_for("review.comment", comment_id=where.comment_id, **view)


def back_to(comment_id: str, said: str) -> ResponseReturnValue:
    runtime().doorbell.ring()
    flash(said)
    return redirect(url_for(".comment", comment_id=comment_id), 303)


def day_began() -> datetime:
    here = clock.now().astimezone(ZoneInfo(g.office.timezone))
    return here.replace(hour=0, minute=0, second=0, microsecond=0)


def sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")
