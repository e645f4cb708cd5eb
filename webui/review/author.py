"""What members know about a comment's author, and limits on its post."""

from flask import g, make_response, request
from flask.typing import ResponseReturnValue

from moderator.errors import Invalid
from moderator.queries import case_page
from moderator.review import facts, limits
from webui.current import runtime
from webui.review.looking import UnsavedFact, comment_page
from webui.review.room import back_to, blueprint, sentence


@blueprint.post("/comments/<id:comment_id>/facts")
def record(comment_id: str) -> ResponseReturnValue:
    """Put on record what the rules name about the comment's author, with its source."""
    fact, source = request.form.get("fact", ""), request.form.get("source", "")
    with runtime().database.read() as reading:
        author_id = case_page.author_of(reading, g.reach, comment_id)
    try:
        with runtime().database.write() as writing:
            facts.record_fact(writing, g.member, author_id, fact, source)
    except Invalid as invalid:
        unsaved = UnsavedFact(fact, source, sentence(str(invalid)))
        with runtime().database.read() as reading:
            return make_response(comment_page(reading, comment_id, unsaved=unsaved), 422)
    return back_to(comment_id, "Recorded. What waits here by the same author is judged anew.")


@blueprint.post("/comments/<id:comment_id>/facts/<id:fact_id>/withdraw")
def withdraw(comment_id: str, fact_id: str) -> ResponseReturnValue:
    with runtime().database.read() as reading:
        case_page.author_of(reading, g.reach, comment_id)
    with runtime().database.write() as writing:
        facts.withdraw_fact(writing, g.member, fact_id)
    return back_to(comment_id, "Withdrawn. What waits here by the same author is judged anew.")


@blueprint.post("/comments/<id:comment_id>/limit-lifted")
def limit_lifted(comment_id: str) -> ResponseReturnValue:
    with runtime().database.write() as writing:
        limits.lift(writing, g.member, comment_id)
    return back_to(comment_id, "Noted: comments under this post are limited no longer.")
