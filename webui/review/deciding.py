"""What the buttons do: a decision, and what is done by hand on a platform."""

from collections.abc import Callable
from typing import Any

from flask import flash, g, jsonify, redirect, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from moderator.domain.cases import Lane
from moderator.errors import Conflict, Invalid
from moderator.queries import case_page
from moderator.review import by_hand, cases, resent
from moderator.review.cases import Resolution
from moderator.review.next_case import next_case
from moderator.storage.tables import Member
from webui.current import asked_by_script, runtime
from webui.review.looking import conflict_page, mend_page
from webui.review.room import LAST, ONE_STEP, Choice, blueprint, sentence


@blueprint.post("/cases/<id:case_id>")
def resolve(case_id: str) -> ResponseReturnValue:
    """Decide a case of the queue."""
    form = Choice.of_form()
    with runtime().database.read() as reading:
        where = case_page.of_case(reading, g.reach, case_id)
    return _carry_out(
        where.comment_id,
        form,
        lambda writing: cases.resolve(
            writing, g.member, case_id, form.seen or "", form.verbs, form.rule_id, form.note, text=form.text
        ),
    )


@blueprint.post("/comments/<id:comment_id>")
def decide(comment_id: str) -> ResponseReturnValue:
    """Decide anew about a comment that waits in no queue."""
    form = Choice.of_form()
    return _carry_out(
        comment_id,
        form,
        lambda writing: cases.decide(
            writing, g.member, comment_id, form.seen, form.verbs, form.rule_id, form.note, text=form.text
        ),
    )


@blueprint.post("/actions/<id:action_id>/done")
def done_by_hand(action_id: str) -> ResponseReturnValue:
    return _settle(action_id, by_hand.mark_done, "Marked as done.")


@blueprint.post("/actions/<id:action_id>/retry")
def try_again(action_id: str) -> ResponseReturnValue:
    return _settle(action_id, by_hand.retry, "The service tries it again.")


@blueprint.post("/actions/<id:action_id>/let-go")
def let_go(action_id: str) -> ResponseReturnValue:
    return _settle(action_id, by_hand.let_go, "Let go: it will not be done.")


def _carry_out(comment_id: str, form: Choice, choose: Callable[[Session], Resolution]) -> ResponseReturnValue:
    if not form.confirmed and not set(form.verbs) <= ONE_STEP:
        raise Invalid(
            "verbs", "This needs a second step: open the page that says what will happen, and confirm it there."
        )
    try:
        with runtime().database.write() as writing:
            made = choose(writing)
            following = next_case(writing, g.reach, g.member, form.wanted)
    except Conflict as conflict:
        if asked_by_script():
            return _told_twice(comment_id, form, conflict)
        return conflict_page(comment_id, str(conflict))
    except Invalid as invalid:
        if asked_by_script():
            raise
        return mend_page(comment_id, form, sentence(str(invalid)))
    runtime().doorbell.ring()
    session[LAST] = made.decision_id
    view: dict[str, Any] = {**form.wanted.query()}
    target = url_for(".case", case_id=following, **view) if following else url_for(".queue", **view)
    return jsonify(next=target) if asked_by_script() else redirect(target, 303)


def _told_twice(comment_id: str, form: Choice, conflict: Conflict) -> ResponseReturnValue:
    """What a script sends again, since it never heard the answer, is done already."""
    with runtime().database.read() as reading:
        made = resent.already_made(reading, g.member, comment_id, form.seen, form.verbs, form.rule_id)
    if made is None:
        raise conflict
    session[LAST] = made
    return jsonify(next=url_for(".queue"))


def _settle(action_id: str, deed: Callable[[Session, Member, str], None], said: str) -> ResponseReturnValue:
    with runtime().database.write() as writing:
        deed(writing, g.member, action_id)
    runtime().doorbell.ring()
    flash(said)
    return redirect(url_for(".queue", lane=Lane.PLATFORM.value), 303)
