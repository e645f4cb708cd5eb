"""Many comments at once: looking through them, choosing for all of them, watching the run, taking it back."""

from dataclasses import dataclass

from flask import flash, g, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from moderator.domain.criticism import MORE_THAN_CRITICISM
from moderator.domain.vocabulary import Verb
from moderator.errors import Invalid
from moderator.queries import bulk_page
from moderator.queries.bulk_page import Item, Selection
from moderator.review import bulk
from webui.asked import asked
from webui.current import runtime
from webui.review.room import blueprint, sentence

#: What can be unticked in one go: those that differ, those that may be criticism, those that colleagues have open.
_UNTICKED = ("differs", "criticism", "held_by")


@dataclass(frozen=True, slots=True)
class Ticked:
    """What the form says. `seen`: what each case asked when its comment was on the screen, by case."""

    seen: dict[str, str]
    case_ids: tuple[str, ...]
    verb: str
    rule_id: str
    note: str

    @classmethod
    def of_form(cls) -> "Ticked":
        form = request.form
        pairs = (pair.partition(".") for pair in form.get("listed", "").split())
        seen = {case_id: decision_id for case_id, _, decision_id in pairs if decision_id}
        ticked = dict.fromkeys(form.getlist("case"))
        return cls(
            seen=seen,
            case_ids=tuple(case_id for case_id in ticked if not seen or case_id in seen),
            verb=form.get("verb", ""),
            rule_id=form.get("rule_id", ""),
            note=form.get("note", "")[:2000],
        )


@blueprint.get("/bulk")
def bulk_runs() -> ResponseReturnValue:
    """What was decided for many at once in this office."""
    bulk.require_bulk(g.member, g.reach)
    with runtime().database.read() as reading:
        lines, before = bulk_page.runs(reading, g.reach, asked("before"))
    return render_template("review/bulk_runs.html", lines=lines, before=before)


@blueprint.get("/bulk/new")
def new_bulk() -> ResponseReturnValue:
    """What says the same as one comment, what one author said, a campaign; with none of them, where to start from."""
    bulk.require_bulk(g.member, g.reach)
    like, author, campaign = asked("like"), asked("author"), asked("campaign")
    with runtime().database.read() as reading:
        if like:
            return _review(bulk_page.like_comment(reading, g.reach, g.member, like))
        if author:
            return _review(bulk_page.of_author(reading, g.reach, g.member, author))
        if campaign:
            return _review(bulk_page.of_campaign(reading, g.reach, g.member, campaign))
        found = bulk_page.said_again(reading, g.reach, g.member)
    return render_template("review/bulk_new.html", groups=found, by_hand=bulk_page.BY_HAND)


@blueprint.post("/bulk/new")
def look_through_bulk() -> ResponseReturnValue:
    """What was ticked in the queue; or the same page again with some of it unticked."""
    bulk.require_bulk(g.member, g.reach)
    form = Ticked.of_form()
    if not form.seen and len(form.case_ids) > bulk_page.BY_HAND:
        raise Invalid("case", f"At most {bulk_page.BY_HAND} comments can be ticked by hand.")
    untick = request.form.get("untick", "")
    with runtime().database.read() as reading:
        chosen = _chosen(reading, form, all_listed=True)
    kept = form.case_ids
    if untick in _UNTICKED:
        kept = tuple(item.case_id for item in chosen.items if item.case_id in kept and not getattr(item, untick))
    return _review(chosen, form, kept)


@blueprint.post("/bulk/confirm")
def confirm_bulk() -> ResponseReturnValue:
    """What will happen, before it does."""
    bulk.require_bulk(g.member, g.reach)
    form = Ticked.of_form()
    problem = _problem(form)
    with runtime().database.read() as reading:
        chosen = _chosen(reading, form, all_listed=bool(problem))
    if problem:
        return make_response(_review(chosen, form, form.case_ids, problem), Invalid.status)
    return render_template("review/bulk_confirm.html", page=chosen, form=form, listed=_listed(chosen.items, form))


@blueprint.post("/bulk")
def start_bulk() -> ResponseReturnValue:
    form = Ticked.of_form()
    rule_id = form.rule_id if form.verb == Verb.HIDE else None
    try:
        with runtime().database.write() as writing:
            comments = bulk_page.comments_of(writing, g.reach, form.seen)
            seen = {comment_id: form.seen[case_id] for case_id, comment_id in comments.items()}
            run_id = bulk.start(writing, g.member, g.reach, list(seen), [form.verb], rule_id, form.note, seen).id
    except Invalid as invalid:
        with runtime().database.read() as reading:
            page = _review(_chosen(reading, form, all_listed=True), form, tuple(form.seen), sentence(str(invalid)))
        return make_response(page, Invalid.status)
    runtime().doorbell.ring()
    return redirect(url_for(".bulk_run", bulk_id=run_id), 303)


@blueprint.get("/bulk/<id:bulk_id>")
def bulk_run(bulk_id: str) -> ResponseReturnValue:
    bulk.require_bulk(g.member, g.reach)
    with runtime().database.read() as reading:
        page = bulk_page.run_page(reading, g.reach, bulk_id)
    return render_template("review/bulk_run.html", page=page, run=page.line)


@blueprint.get("/bulk/<id:bulk_id>/progress")
def bulk_progress(bulk_id: str) -> ResponseReturnValue:
    """How far a run is, for the script of its page."""
    bulk.require_bulk(g.member, g.reach)
    with runtime().database.read() as reading:
        page = bulk_page.run_page(reading, g.reach, bulk_id)
    html = render_template("review/_bulk_progress.html", page=page, run=page.line)
    return jsonify(unfinished=page.line.unfinished, again=page.line.unfinished or page.on_their_way > 0, html=html)


@blueprint.post("/bulk/<id:bulk_id>/stop")
def stop_bulk(bulk_id: str) -> ResponseReturnValue:
    with runtime().database.write() as writing:
        bulk.stop(writing, g.member, bulk_id)
    return redirect(url_for(".bulk_run", bulk_id=bulk_id), 303)


@blueprint.post("/bulk/<id:bulk_id>/undo")
def undo_bulk(bulk_id: str) -> ResponseReturnValue:
    with runtime().database.write() as writing:
        taking_id = bulk.undo(writing, g.member, bulk_id).id
    runtime().doorbell.ring()
    flash("The whole run is being taken back. What somebody decided otherwise since is left alone.")
    return redirect(url_for(".bulk_run", bulk_id=taking_id), 303)


def _chosen(reading: Session, form: Ticked, *, all_listed: bool) -> Selection:
    case_ids = tuple(form.seen) if form.seen and all_listed else form.case_ids
    return bulk_page.of_cases(reading, g.reach, g.member, case_ids)


def _review(
    chosen: Selection, form: Ticked | None = None, kept: tuple[str, ...] | None = None, problem: str = ""
) -> str:
    """Everything is ticked at first but what a colleague has open."""
    if form is None or not form.seen:
        kept = tuple(item.case_id for item in chosen.items if not item.held_by)
    return render_template(
        "review/bulk.html",
        page=chosen,
        kept=frozenset(kept or ()),
        form=form,
        problem=problem,
        listed=_listed(chosen.items, form),
        most=bulk_page.LISTED,
        criticism_labels=MORE_THAN_CRITICISM,
    )


def _listed(items: tuple[Item, ...], form: Ticked | None) -> str:
    """Each case with what it asked when it first came to this screen."""
    seen = form.seen if form is not None else {}
    return " ".join(f"{item.case_id}.{seen.get(item.case_id, item.seen_id)}" for item in items)


def _problem(form: Ticked) -> str:
    if not form.case_ids:
        return "Tick at least one comment."
    if form.verb not in {verb.value for verb in bulk.OFFERED}:
        return "Choose what to do."
    return "Pick the rule that these comments break." if form.verb == Verb.HIDE and not form.rule_id else ""
