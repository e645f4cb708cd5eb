"""Notes that colleagues leave each other, and the list of those that ask for the member."""

from dataclasses import dataclass

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from moderator.errors import Invalid
from moderator.queries import case_page, notes_page
from moderator.queries.notes_page import NoteLine
from moderator.review import access, colleagues, notes
from moderator.review.colleagues import Colleague
from webui.current import runtime
from webui.review.leases import is_a_look
from webui.review.room import blueprint, look_url, sentence


@dataclass(frozen=True, slots=True)
class Talk:
    """What was said about the comment on the page, and who can be asked."""

    lines: tuple[NoteLine, ...]
    colleagues: tuple[Colleague, ...]
    may_write: bool


def talk(reading: Session, comment_id: str) -> Talk:
    role = access.role_at(reading, g.member, comment_id)
    return Talk(
        lines=notes_page.notes_of(reading, g.reach, g.member, comment_id),
        colleagues=colleagues.of_comment(reading, g.member, comment_id),
        may_write=notes.can_write(role),
    )


def read_by_me(comment_id: str) -> None:
    """The member opens the page that shows the notes: what asked them there has been seen."""
    if not is_a_look():
        return
    with runtime().database.read() as reading:
        asked = [line.id for line in notes_page.notes_of(reading, g.reach, g.member, comment_id) if line.unseen]
    if asked:
        with runtime().database.write() as writing:
            notes.seen(writing, g.member, asked)


@blueprint.post("/comments/<id:comment_id>/notes")
def write_note(comment_id: str) -> ResponseReturnValue:
    with runtime().database.read() as reading:
        where = case_page.of_comment(reading, g.reach, comment_id)
    text, mentioned = request.form.get("text", ""), request.form.getlist("mentioned")
    try:
        with runtime().database.write() as writing:
            notes.add(writing, g.member, comment_id, text, mentioned)
    except Invalid as invalid:
        flash(f"{sentence(str(invalid))} The note was not kept.")
    return redirect(look_url(where) + "#notes", 303)


@blueprint.get("/mentions")
def mentions() -> ResponseReturnValue:
    with runtime().database.read() as reading:
        lines = notes_page.mentions(reading, g.reach, g.member)
    return render_template("review/mentions.html", lines=lines)


@blueprint.post("/mentions/seen")
def all_seen() -> ResponseReturnValue:
    with runtime().database.write() as writing:
        notes.seen(writing, g.member)
    return redirect(url_for(".mentions"), 303)


@blueprint.app_template_global()
def mentions_waiting() -> str:
    """For the head of every page: how many notes ask for the member; empty for none."""
    with runtime().database.read() as reading:
        count = notes_page.mentions_waiting(reading, g.reach, g.member)
    return f"{notes_page.MOST_COUNTED}+" if count > notes_page.MOST_COUNTED else str(count or "")
