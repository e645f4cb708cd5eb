"""Taking decisions back: the last one from the bar, or any of the last twenty from a list that says what it does."""

from collections.abc import Sequence
from typing import Any

from flask import flash, g, make_response, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue

from moderator.domain.vocabulary import Verb
from moderator.errors import Conflict
from moderator.queries import done_bar, undo_page
from moderator.review.undo import undo as take_back
from webui.current import runtime
from webui.formats import order_list
from webui.review.room import LAST, blueprint, rights, sent_on


@blueprint.get("/undo")
def last_decisions() -> ResponseReturnValue:
    return _listed()


@blueprint.post("/decisions/<id:decision_id>/undo")
def undo(decision_id: str) -> ResponseReturnValue:
    try:
        with runtime().database.write() as writing:
            undone = take_back(writing, g.member, decision_id)
            bar = done_bar.done_bar(writing, g.reach, undone.decision_id)
    except Conflict as conflict:
        return make_response(_listed(str(conflict)), Conflict.status)
    runtime().doorbell.ring()
    session.pop(LAST, None)
    flash(_undone_sentence(undone.reversing, undone.not_undone))
    view: dict[str, Any] = {**sent_on().query()}
    return redirect(url_for(".comment", comment_id=bar.comment_id, **view) if bar else url_for(".queue", **view), 303)


def _listed(problem: str = "") -> str:
    with runtime().database.read() as reading:
        lines = undo_page.undo_page(reading, g.reach, g.member)
    return render_template("review/undo.html", lines=lines, problem=problem, **rights())


def _undone_sentence(reversing: Sequence[Verb], not_undone: Sequence[str]) -> str:
    carried = f" On its way to the platform: {order_list(reversing)}." if reversing else ""
    return " ".join([f"Undone.{carried}", *not_undone])
