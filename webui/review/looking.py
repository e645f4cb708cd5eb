"""One comment with everything around it, and the page that says what will happen before it does."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Response, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from moderator.domain.filters import Filter
from moderator.domain.vocabulary import Verb
from moderator.errors import Conflict
from moderator.queries import case_page
from moderator.queries.case_page import CasePage
from moderator.review import access
from webui.asked import asked
from webui.current import runtime
from webui.formats import order_list
from webui.review.ahead import may_be_shown
from webui.review.leases import look_at, turn
from webui.review.notes import read_by_me, talk
from webui.review.replies import answer, only_answers
from webui.review.room import ONE_STEP, Choice, bar, blueprint, look_url, rights, sent_on

_WHOLE = Filter()

#: Who will learn of it, as far as this service has a part in it.
_KNOWN_TO = {
    Verb.HIDE: "This service tells nobody. The author may still see the comment as if nothing had happened.",
    Verb.DELETE: "This service tells nobody. The author may notice that it is gone.",
    Verb.BLOCK: "This service tells nobody. The author may notice that they can no longer comment.",
    Verb.MUTE: "This service tells nobody.",
    Verb.LIMIT_COMMENTS: "Everybody who wants to comment under this post will notice.",
    Verb.REPLY: "The author, and whoever reads the answer.",
    Verb.REDIRECT: "The author, and whoever reads the answer.",
    Verb.REPORT_PLATFORM: "The platform’s own staff see the report.",
    Verb.REPORT_POLICE: "Nobody, until one of you calls or writes to the police. It is listed until marked done.",
}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What the rule or another person asks for, where it needs the second step."""

    title: str
    query: str


@dataclass(frozen=True, slots=True)
class UnsavedFact:
    """What was typed about an author and could not be recorded, and why."""

    fact: str = ""
    source: str = ""
    problem: str = ""


@blueprint.get("/cases/<id:case_id>")
def case(case_id: str) -> ResponseReturnValue:
    wanted = Filter.of(request.args)
    with runtime().database.read() as reading:
        where = case_page.of_case(reading, g.reach, case_id)
        if where.case_id != case_id:
            return redirect(look_url(where, wanted), 303)
        if not may_be_shown(reading, g.member, case_id):
            return "", 204
    look_at(case_id)
    read_by_me(where.comment_id)
    with runtime().database.read() as reading:
        return comment_page(reading, where.comment_id, wanted)


@blueprint.get("/comments/<id:comment_id>")
def comment(comment_id: str) -> ResponseReturnValue:
    wanted = Filter.of(request.args)
    with runtime().database.read() as reading:
        where = case_page.of_comment(reading, g.reach, comment_id)
        if where.case_id is not None:
            return redirect(look_url(where, wanted), 303)
    read_by_me(comment_id)
    with runtime().database.read() as reading:
        return comment_page(reading, comment_id, wanted)


@blueprint.get("/comments/<id:comment_id>/text")
def text(comment_id: str) -> ResponseReturnValue:
    """The whole text as a plain file: the browser shows no mark-up in it, and does not guess at another type."""
    with runtime().database.read() as reading:
        whole = case_page.whole_text(reading, g.reach, comment_id)
    return Response(whole.encode("utf-8", "replace"), mimetype="text/plain")


@blueprint.get("/cases/<id:case_id>/confirm")
def confirm_case(case_id: str) -> ResponseReturnValue:
    with runtime().database.read() as reading:
        where = case_page.of_case(reading, g.reach, case_id)
        if where.case_id != case_id:
            return redirect(look_url(where, sent_on()), 303)
    look_at(case_id)
    with runtime().database.read() as reading:
        return confirm_page(reading, where.comment_id)


@blueprint.get("/comments/<id:comment_id>/confirm")
def confirm_comment(comment_id: str) -> ResponseReturnValue:
    with runtime().database.read() as reading:
        where = case_page.of_comment(reading, g.reach, comment_id)
        if where.case_id is not None:
            return redirect(look_url(where, sent_on()), 303)
        return confirm_page(reading, comment_id)


def comment_page(
    reading: Session,
    comment_id: str,
    wanted: Filter = _WHOLE,
    form: Choice | None = None,
    problem: str = "",
    unsaved: UnsavedFact = UnsavedFact(),
) -> str:
    page = case_page.case_page(reading, g.reach, comment_id, g.member, wanted)
    ids = [card.case_id for card in page.beside]
    here = ids.index(page.case.id) if page.case and page.case.id in ids else None
    return render_template(
        "review/case.html",
        page=page,
        bar=bar(reading),
        act_url=_act_url(page),
        confirm_url=_confirm_url(page),
        confirm_to=_confirming(page, wanted),
        view=wanted.query(),
        came_from=urlencode(wanted.query()),
        chosen_rule=form.rule_id if form else page.suggested_rule,
        note=form.note if form else "",
        problem=problem,
        suggestion=_suggestion(page),
        unsaved=unsaved,
        # Whoever comes here from a case that a colleague has just decided must not overrule them with the next key.
        settled=page.settled and form is None and not asked("anew"),
        previous_id=ids[here - 1] if here else None,
        next_id=ids[here + 1] if here is not None and here + 1 < len(ids) else None,
        member_id=g.member.id,
        turn=turn(reading, page),
        answer=answer(reading, page, form),
        talk=talk(reading, comment_id),
        **rights(page.channel_id),
    )


def confirm_page(reading: Session, comment_id: str, form: Choice | None = None, problem: str = "") -> str:
    page = case_page.case_page(reading, g.reach, comment_id)
    may = rights(page.channel_id)
    if not may["suggests"]:
        access.require_decider(g.member, role=access.role_on(g.reach, g.member, page.channel_id))
    return render_template(
        "review/confirm.html",
        page=page,
        act_url=_act_url(page),
        back_url=look_url(case_page.Whereabouts(page.comment_id, page.case.id if page.case else None), sent_on()),
        came_from=urlencode(sent_on().query()),
        ticked=form.verbs if form else tuple(request.args.getlist("verbs")),
        chosen_rule=form.rule_id if form else asked("rule") or ("" if only_answers() else page.suggested_rule),
        note=form.note if form else "",
        problem=problem,
        known_to=_KNOWN_TO,
        turn=turn(reading, page),
        answer=answer(reading, page, form),
        **may,
    )


def mend_page(comment_id: str, form: Choice, problem: str) -> ResponseReturnValue:
    """The same page once more, with what was filled in and what is to be mended."""
    with runtime().database.read() as reading:
        if form.confirmed:
            return make_response(confirm_page(reading, comment_id, form, problem), 422)
        return make_response(comment_page(reading, comment_id, form.wanted, form, problem), 422)


def conflict_page(comment_id: str, message: str) -> ResponseReturnValue:
    with runtime().database.read() as reading:
        where = case_page.of_comment(reading, g.reach, comment_id)
        last = bar(reading)
    here = look_url(where, sent_on())
    page = render_template("review/conflict.html", message=message, look_url=here, view=sent_on().query(), bar=last)
    return make_response(page, Conflict.status)


def _suggestion(page: CasePage) -> Suggestion | None:
    """A way to the second step with everything ticked that the rule, or another person, asks for."""
    asked = page.asked
    may = rights(page.channel_id)
    if asked is None or set(asked.verbs) <= ONE_STEP or not may["may_choose"]:
        return None
    if page.proposal is not None and (may["suggests"] or page.proposal.member_id == g.member.id):
        return None
    possible = [verb for verb in asked.verbs if page.choice(verb) is not None]
    lead = "Agree" if page.proposal else "As the rule asks"
    query = urlencode([("verbs", verb) for verb in possible] + [("rule", page.suggested_rule)])
    return Suggestion(f"{lead}: {order_list(possible)}", query)


def _confirming(page: CasePage, wanted: Filter) -> Callable[..., str]:
    """Makes the address of the second step with these verbs ticked; the view of the queue is sent on."""
    came = [("from", urlencode(wanted.query()))] if wanted.query() else []

    def address(*verbs: str, query: str = "") -> str:
        asked_for = urlencode([*came, *(("verbs", verb) for verb in verbs)])
        everything = "&".join(part for part in (asked_for, query) if part)
        return f"{_confirm_url(page)}?{everything}" if everything else _confirm_url(page)

    return address


def _act_url(page: CasePage) -> str:
    if page.case:
        return url_for(".resolve", case_id=page.case.id)
    return url_for(".decide", comment_id=page.comment_id)


def _confirm_url(page: CasePage) -> str:
    if page.case:
        return url_for(".confirm_case", case_id=page.case.id)
    return url_for(".confirm_comment", comment_id=page.comment_id)
