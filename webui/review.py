"""The review room: the queue, one comment at a time, the decision, its undo. Translates; `moderator.review` decides."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, flash, g, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from moderator import clock
from moderator.domain.cases import Lane
from moderator.domain.vocabulary import Role, Verb
from moderator.errors import Conflict, Invalid
from moderator.queries import case_page, decided_page, done_bar, queue_page
from moderator.queries.case_page import CasePage
from moderator.queries.queue_page import Tally
from moderator.review import access, by_hand, cases, facts, limits
from moderator.review.cases import Resolution
from moderator.review.undo import undo as take_back
from moderator.storage.tables import Member
from webui.asked import asked
from webui.current import runtime
from webui.formats import order_list

blueprint = Blueprint("review", __name__, url_prefix="/review")

#: In the browser's own cookie: the last decision made in it, for the bar that offers to undo it.
_LAST = "last_decision"

#: One step, on the page of the comment itself; every other verb is decided on the page that says what it does.
_ONE_STEP = frozenset({Verb.KEEP, Verb.HIDE, Verb.UNHIDE})

#: Who will learn of it, as far as this service has a part in it.
_KNOWN_TO = {
    Verb.HIDE: "This service tells nobody. The author may still see the comment as if nothing had happened.",
    Verb.DELETE: "This service tells nobody. The author may notice that it is gone.",
    Verb.BLOCK: "This service tells nobody. The author may notice that they can no longer comment.",
    Verb.MUTE: "This service tells nobody.",
    Verb.LIMIT_COMMENTS: "Everybody who wants to comment under this post will notice.",
    Verb.REDIRECT: "The author, and whoever reads the answer.",
    Verb.REPORT_PLATFORM: "The platform’s own staff see the report.",
    Verb.REPORT_POLICE: "Nobody, until one of you calls or writes to the police. It is listed until marked done.",
}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What the rule or another person asks for, where it needs the second step."""

    title: str
    query: str


@blueprint.get("")
def queue() -> ResponseReturnValue:
    lane = _lane(asked("lane"))
    with runtime().database.read() as reading:
        page = queue_page.queue_page(
            reading, g.office.id, lane, asked("after"), runtime().classifiers.labels(), _day_began()
        )
        bar = _bar(reading)
    return render_template("review/queue.html", page=page, bar=bar, today=_by_maker(page.today), **_rights())


@blueprint.get("/decided")
def decided() -> ResponseReturnValue:
    outcome, by = asked("outcome"), asked("by")
    wanted = decided_page.Filter(
        outcome=outcome if outcome in decided_page.OUTCOMES else "",
        channel_id=asked("channel"),
        by=by if by in ("people", "service") else "",
    )
    with runtime().database.read() as reading:
        page = decided_page.decided_page(reading, g.office.id, wanted, asked("before"))
        bar = _bar(reading)
    return render_template("review/decided.html", page=page, bar=bar, outcomes=decided_page.OUTCOMES, **_rights())


@blueprint.get("/cases/<id:case_id>")
def case(case_id: str) -> ResponseReturnValue:
    with runtime().database.read() as reading:
        where = case_page.of_case(reading, g.office.id, case_id)
        if where.case_id != case_id:
            return redirect(_look_url(where), 303)
        return _comment_page(reading, where.comment_id)


@blueprint.get("/comments/<id:comment_id>")
def comment(comment_id: str) -> ResponseReturnValue:
    with runtime().database.read() as reading:
        where = case_page.of_comment(reading, g.office.id, comment_id)
        if where.case_id is not None:
            return redirect(_look_url(where), 303)
        return _comment_page(reading, comment_id)


@blueprint.get("/comments/<id:comment_id>/text")
def text(comment_id: str) -> ResponseReturnValue:
    """The whole text as a plain file: the browser shows no mark-up in it, and does not guess at another type."""
    with runtime().database.read() as reading:
        whole = case_page.whole_text(reading, g.office.id, comment_id)
    return Response(whole.encode("utf-8", "replace"), mimetype="text/plain")


@blueprint.get("/cases/<id:case_id>/confirm")
def confirm_case(case_id: str) -> ResponseReturnValue:
    with runtime().database.read() as reading:
        where = case_page.of_case(reading, g.office.id, case_id)
        if where.case_id != case_id:
            return redirect(_look_url(where), 303)
        return _confirm_page(reading, where.comment_id)


@blueprint.get("/comments/<id:comment_id>/confirm")
def confirm_comment(comment_id: str) -> ResponseReturnValue:
    with runtime().database.read() as reading:
        where = case_page.of_comment(reading, g.office.id, comment_id)
        if where.case_id is not None:
            return redirect(_look_url(where), 303)
        return _confirm_page(reading, comment_id)


@blueprint.post("/cases/<id:case_id>")
def resolve(case_id: str) -> ResponseReturnValue:
    """Decide a case of the queue."""
    form = _Choice.of_form()
    with runtime().database.read() as reading:
        where = case_page.of_case(reading, g.office.id, case_id)
    return _carry_out(
        where.comment_id,
        form,
        lambda writing: cases.resolve(writing, g.member, case_id, form.seen or "", form.verbs, form.rule_id, form.note),
    )


@blueprint.post("/comments/<id:comment_id>")
def decide(comment_id: str) -> ResponseReturnValue:
    """Decide anew about a comment that waits in no queue."""
    form = _Choice.of_form()
    return _carry_out(
        comment_id,
        form,
        lambda writing: cases.decide(writing, g.member, comment_id, form.seen, form.verbs, form.rule_id, form.note),
    )


@blueprint.post("/decisions/<id:decision_id>/undo")
def undo(decision_id: str) -> ResponseReturnValue:
    with runtime().database.write() as writing:
        undone = take_back(writing, g.member, decision_id)
        bar = done_bar.done_bar(writing, g.office.id, undone.decision_id)
    runtime().doorbell.ring()
    session.pop(_LAST, None)
    flash(_undone_sentence(undone.reversing, undone.not_undone))
    return redirect(url_for(".comment", comment_id=bar.comment_id) if bar else url_for(".queue"), 303)


@blueprint.post("/actions/<id:action_id>/done")
def done_by_hand(action_id: str) -> ResponseReturnValue:
    return _settle(action_id, by_hand.mark_done, "Marked as done.")


@blueprint.post("/actions/<id:action_id>/retry")
def try_again(action_id: str) -> ResponseReturnValue:
    return _settle(action_id, by_hand.retry, "The service tries it again.")


@blueprint.post("/actions/<id:action_id>/let-go")
def let_go(action_id: str) -> ResponseReturnValue:
    return _settle(action_id, by_hand.let_go, "Let go: it will not be done.")


@blueprint.post("/comments/<id:comment_id>/facts")
def record(comment_id: str) -> ResponseReturnValue:
    """Put on record what the rules name about the comment's author, with its source."""
    fact, source = request.form.get("fact", ""), request.form.get("source", "")
    with runtime().database.read() as reading:
        author_id = case_page.author_of(reading, g.office.id, comment_id)
    try:
        with runtime().database.write() as writing:
            facts.record_fact(writing, g.member, author_id, fact, source)
    except Invalid as invalid:
        unsaved = _UnsavedFact(fact, source, _sentence(str(invalid)))
        with runtime().database.read() as reading:
            return make_response(_comment_page(reading, comment_id, unsaved=unsaved), 422)
    return _back_to(comment_id, "Recorded. What waits here by the same author is judged anew.")


@blueprint.post("/comments/<id:comment_id>/facts/<id:fact_id>/withdraw")
def withdraw(comment_id: str, fact_id: str) -> ResponseReturnValue:
    with runtime().database.write() as writing:
        facts.withdraw_fact(writing, g.member, fact_id)
    return _back_to(comment_id, "Withdrawn. What waits here by the same author is judged anew.")


@blueprint.post("/comments/<id:comment_id>/limit-lifted")
def limit_lifted(comment_id: str) -> ResponseReturnValue:
    with runtime().database.write() as writing:
        limits.lift(writing, g.member, comment_id)
    return _back_to(comment_id, "Noted: comments under this post are limited no longer.")


@dataclass(frozen=True, slots=True)
class _UnsavedFact:
    """What was typed about an author and could not be recorded, and why."""

    fact: str = ""
    source: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class _Choice:
    """What the form says."""

    verbs: tuple[str, ...]
    rule_id: str | None
    note: str
    seen: str | None
    #: it came from the page that says what will happen
    confirmed: bool

    @classmethod
    def of_form(cls) -> "_Choice":
        form = request.form
        return cls(
            verbs=tuple(form.getlist("verbs")),
            rule_id=form.get("rule_id") or None,
            note=form.get("note", ""),
            seen=form.get("seen") or None,
            confirmed=form.get("step") == "confirm",
        )


def _carry_out(comment_id: str, form: _Choice, choose: Callable[[Session], Resolution]) -> ResponseReturnValue:
    if not form.confirmed and not set(form.verbs) <= _ONE_STEP:
        raise Invalid(
            "verbs", "This needs a second step: open the page that says what will happen, and confirm it there."
        )
    try:
        with runtime().database.write() as writing:
            made = choose(writing)
    except Conflict as conflict:
        return _conflict_page(comment_id, str(conflict))
    except Invalid as invalid:
        return _mend_page(comment_id, form, _sentence(str(invalid)))
    runtime().doorbell.ring()
    session[_LAST] = made.decision_id
    target = url_for(".case", case_id=made.next_case_id) if made.next_case_id else url_for(".queue")
    return redirect(target, 303)


def _settle(action_id: str, deed: Callable[[Session, Member, str], None], said: str) -> ResponseReturnValue:
    with runtime().database.write() as writing:
        deed(writing, g.member, action_id)
    runtime().doorbell.ring()
    flash(said)
    return redirect(url_for(".queue", lane=Lane.PLATFORM.value), 303)


def _back_to(comment_id: str, said: str) -> ResponseReturnValue:
    runtime().doorbell.ring()
    flash(said)
    return redirect(url_for(".comment", comment_id=comment_id), 303)


def _comment_page(
    reading: Session,
    comment_id: str,
    form: _Choice | None = None,
    problem: str = "",
    unsaved: _UnsavedFact = _UnsavedFact(),
) -> str:
    page = case_page.case_page(reading, g.office.id, comment_id)
    ids = [card.case_id for card in page.beside]
    here = ids.index(page.case.id) if page.case and page.case.id in ids else None
    return render_template(
        "review/case.html",
        page=page,
        bar=_bar(reading),
        act_url=_act_url(page),
        confirm_url=_confirm_url(page),
        chosen_rule=form.rule_id if form else page.suggested_rule,
        note=form.note if form else "",
        problem=problem,
        suggestion=_suggestion(page),
        unsaved=unsaved,
        previous_id=ids[here - 1] if here else None,
        next_id=ids[here + 1] if here is not None and here + 1 < len(ids) else None,
        member_id=g.member.id,
        **_rights(),
    )


def _confirm_page(reading: Session, comment_id: str, form: _Choice | None = None, problem: str = "") -> str:
    access.require_decider(g.member)
    page = case_page.case_page(reading, g.office.id, comment_id)
    return render_template(
        "review/confirm.html",
        page=page,
        act_url=_act_url(page),
        back_url=_look_url(case_page.Whereabouts(page.comment_id, page.case.id if page.case else None)),
        ticked=form.verbs if form else tuple(request.args.getlist("verbs")),
        chosen_rule=form.rule_id if form else asked("rule") or page.suggested_rule,
        note=form.note if form else "",
        problem=problem,
        known_to=_KNOWN_TO,
    )


def _mend_page(comment_id: str, form: _Choice, problem: str) -> ResponseReturnValue:
    """The same page once more, with what was filled in and what is to be mended."""
    with runtime().database.read() as reading:
        page = (_confirm_page if form.confirmed else _comment_page)(reading, comment_id, form, problem)
    return make_response(page, 422)


def _conflict_page(comment_id: str, message: str) -> ResponseReturnValue:
    with runtime().database.read() as reading:
        where = case_page.of_comment(reading, g.office.id, comment_id)
        bar = _bar(reading)
    page = render_template("review/conflict.html", message=message, look_url=_look_url(where), bar=bar)
    return make_response(page, Conflict.status)


def _bar(reading: Session) -> done_bar.DoneBar | None:
    last = session.get(_LAST)
    return done_bar.done_bar(reading, g.office.id, last) if last else None


def _rights() -> dict[str, Any]:
    decides = access.may_decide(g.member)
    return {
        "may_decide": decides,
        "may_keep": decides or g.member.role == Role.VOLUNTEER,
        "may_manage": access.may_manage(g.member),
    }


def _suggestion(page: CasePage) -> Suggestion | None:
    """A way to the second step with everything ticked that the rule, or another person, asks for."""
    asked = page.asked
    if asked is None or set(asked.verbs) <= _ONE_STEP or not access.may_decide(g.member):
        return None
    if page.proposal is not None and page.proposal.member_id == g.member.id:
        return None
    possible = [verb for verb in asked.verbs if page.choice(verb) is not None]
    lead = "Agree" if page.proposal else "As the rule asks"
    query = urlencode([("verbs", verb) for verb in possible] + [("rule", page.suggested_rule)])
    return Suggestion(f"{lead}: {order_list(possible)}", query)


def _by_maker(tallies: Sequence[Tally]) -> list[tuple[tuple[str, ...], int, int]]:
    """(verbs, by people, by the service), in the order of the tallies."""
    sums: dict[tuple[str, ...], list[int]] = {}
    for tally in tallies:
        sums.setdefault(tally.verbs, [0, 0])[0 if tally.by_people else 1] += tally.count
    return [(verbs, people, service) for verbs, (people, service) in sums.items()]


def _undone_sentence(reversing: Sequence[Verb], not_undone: Sequence[str]) -> str:
    carried = f" On its way to the platform: {order_list(reversing)}." if reversing else ""
    return " ".join([f"Undone.{carried}", *not_undone])


def _act_url(page: CasePage) -> str:
    if page.case:
        return url_for(".resolve", case_id=page.case.id)
    return url_for(".decide", comment_id=page.comment_id)


def _confirm_url(page: CasePage) -> str:
    if page.case:
        return url_for(".confirm_case", case_id=page.case.id)
    return url_for(".confirm_comment", comment_id=page.comment_id)


def _look_url(where: case_page.Whereabouts) -> str:
    if where.case_id is not None:
        return url_for(".case", case_id=where.case_id)
    return url_for(".comment", comment_id=where.comment_id)


def _lane(value: str) -> Lane | None:
    return Lane(value) if value in set(Lane) else None


def _day_began() -> datetime:
    here = clock.now().astimezone(ZoneInfo(g.office.timezone))
    return here.replace(hour=0, minute=0, second=0, microsecond=0)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")
