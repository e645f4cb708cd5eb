"""A draft being written: rule by rule, the rest of it, the same as YAML, and as the public will see it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import flash, g, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from guidelines import edit
from guidelines.reader import Path
from guidelines.render import to_dict, to_yaml
from guidelines.report import report
from guidelines.schema import GuidelineError, GuidelineSet, Rule
from moderator import drafts, ensembles
from moderator.errors import Conflict, Invalid, NotFound
from moderator.queries import guidelines_page, rule_effect
from moderator.queries.rule_effect import Effect
from webui.current import runtime
from webui.drafts import about_form, histogram, rule_form, words
from webui.drafts.about_form import AboutForm
from webui.drafts.reading import Judged, Note, has_comments, judge_data, judge_text
from webui.drafts.room import (
    Opened,
    as_json,
    blueprint,
    by_slot,
    opened,
    seen_revision,
    sent,
    shown,
    verdict,
    writers,
)
from webui.drafts.rule_form import RuleForm
from webui.words.rules import Telling

#: Parts of a rule's form, by the path of what they say inside the rule.
_RULE_SLOTS: Mapping[Path, str] = {
    ("thresholds", "review"): "review",
    ("thresholds", "automatic"): "automatic",
    ("thresholds",): "review",
    ("repeat",): "ladder",
    ("examples", "breach"): "breach",
    ("examples", "fine"): "fine",
    ("examples",): "fine",
    **{
        (name,): name
        for name in (
            "id",
            "title",
            "text",
            "mode",
            "condition",
            "actions",
            "severity",
            "viewpoint_risk",
            "review_within_hours",
            "standard",
            "decided_by",
            "notice",
            "notice_reason",
            "no_notice_reason",
            "redirect_text",
            "exceptions",
            "targets",
            "grounds",
        )
    },
}


@dataclass(frozen=True, slots=True)
class _Weighed:
    """A rule's form, what is wrong with it, and what it makes of the office's own comments."""

    form: RuleForm
    judged: Judged
    notes: Mapping[str, list[Note]]
    #: None where the form cannot be read
    rule: Rule | None


@blueprint.get("/<id:draft_id>")
def draft(draft_id: str) -> ResponseReturnValue:
    return _draft_page(opened(draft_id))


@blueprint.post("/<id:draft_id>")
@writers
def change_draft(draft_id: str) -> ResponseReturnValue:
    """The buttons beside the rules, the draft's title, and giving it up."""
    deed, rule_id = request.form.get("do", ""), request.form.get("rule", "")
    if deed == "rename":
        with runtime().database.write() as writing:
            drafts.rename(writing, g.member, draft_id, request.form.get("title", ""))
        flash("Renamed.")
    elif deed == "discard":
        with runtime().database.write() as writing:
            drafts.discard(writing, g.member, draft_id, seen_revision())
        flash("The draft was given up. It stays on record.")
        return redirect(url_for("drafts.overview"), 303)
    else:
        found = _readable(opened(draft_id))
        _save(draft_id, _rearranged(found, rule_id, deed))
        flash("Rule taken out." if deed == "remove" else "Moved.")
    return redirect(url_for("drafts.draft", draft_id=draft_id), 303)


@blueprint.get("/<id:draft_id>/rules/<rule_id>")
def rule(draft_id: str, rule_id: str) -> ResponseReturnValue:
    found = opened(draft_id)
    if found.guidelines is None:
        return redirect(url_for("drafts.text", draft_id=draft_id), 303)
    form = rule_form.of_rule(_rule(found.guidelines, rule_id))
    return _rule_page(found, rule_id, _weighed(found, rule_id, form))


@blueprint.get("/<id:draft_id>/new-rule")
@writers
def new_rule(draft_id: str) -> ResponseReturnValue:
    found = opened(draft_id)
    blank = rule_form.blank(edit.free_rule_id(_readable(found)))
    return _rule_page(found, None, replace(_weighed(found, None, blank), notes={}))


@blueprint.post("/<id:draft_id>/new-rule")
@blueprint.post("/<id:draft_id>/rules/<rule_id>")
@writers
def change_rule(draft_id: str, rule_id: str | None = None) -> ResponseReturnValue:
    """Save the rule; any other button of the form only shows the form anew, with what was typed."""
    found, form = opened(draft_id), rule_form.of_fields(sent())
    deed = request.form.get("do", "save")
    if deed != "save":
        form = rule_form.changed(form, deed, request.form.get("kind-of-" + deed.partition(".")[0], ""))
        return _rule_page(found, rule_id, _weighed(found, rule_id, form))
    weighed = _weighed(found, rule_id, form)
    if weighed.rule is None or _id_is_taken(weighed):
        return make_response(_rule_page(found, rule_id, weighed, _NOT_SAVED), Invalid.status)
    try:
        _save(draft_id, weighed.judged.guidelines)
    except Conflict as conflict:
        return _rule_conflict(found, rule_id, weighed, str(conflict))
    except Invalid as invalid:
        return make_response(_rule_page(found, rule_id, weighed, f"{invalid} Nothing was saved."), Invalid.status)
    flash(f"Saved. {verdict(weighed.notes)}")
    return redirect(url_for("drafts.rule", draft_id=draft_id, rule_id=weighed.rule.id), 303)


@blueprint.post("/<id:draft_id>/new-rule/look")
@blueprint.post("/<id:draft_id>/rules/<rule_id>/look")
@writers
def look_at_rule(draft_id: str, rule_id: str | None = None) -> ResponseReturnValue:
    """What the form as it is typed just now would do. Saves nothing."""
    found = opened(draft_id)
    weighed = _weighed(found, rule_id, rule_form.of_fields(sent()))
    drawn = _drawn(found, weighed)
    return jsonify(
        notes=as_json(weighed.notes),
        said=verdict(weighed.notes),
        chart=render_template("drafts/_chart.html", **drawn),
        effect=render_template("drafts/_effect.html", **drawn),
    )


@blueprint.get("/<id:draft_id>/about")
def about(draft_id: str) -> ResponseReturnValue:
    found = opened(draft_id)
    if found.guidelines is None:
        return redirect(url_for("drafts.text", draft_id=draft_id), 303)
    form = about_form.of_set(found.guidelines)
    return _about_page(found, form, _about_judged(found.guidelines, form))


@blueprint.post("/<id:draft_id>/about")
@writers
def change_about(draft_id: str) -> ResponseReturnValue:
    found, form = opened(draft_id), about_form.of_fields(sent())
    deed = request.form.get("do", "save")
    if deed != "save":
        form = about_form.changed(form, deed)
        return _about_page(found, form, _about_judged(_readable(found), form))
    judged = _about_judged(_readable(found), form)
    if judged.guidelines is None:
        return make_response(_about_page(found, form, judged, _NOT_SAVED), Invalid.status)
    try:
        _save(draft_id, judged.guidelines)
    except Conflict as conflict:
        now = opened(draft_id)
        page = _about_page(now, form, judged, _kept_beside(str(conflict)), now.page.document)
        return make_response(page, Conflict.status)
    except Invalid as invalid:
        return make_response(_about_page(found, form, judged, f"{invalid} Nothing was saved."), Invalid.status)
    flash(f"Saved. {verdict(_about_notes(judged, form))}")
    return redirect(url_for("drafts.about", draft_id=draft_id), 303)


@blueprint.post("/<id:draft_id>/about/look")
@writers
def look_at_about(draft_id: str) -> ResponseReturnValue:
    """What is wrong with the form as it is typed just now. Saves nothing."""
    form = about_form.of_fields(sent())
    notes = _about_notes(_about_judged(_readable(opened(draft_id)), form), form)
    return jsonify(notes=as_json(notes), said=verdict(notes))


@blueprint.get("/<id:draft_id>/yaml")
def text(draft_id: str) -> ResponseReturnValue:
    found = opened(draft_id)
    return _text_page(found, found.page.document, found.judged)


@blueprint.post("/<id:draft_id>/yaml")
@writers
def change_text(draft_id: str) -> ResponseReturnValue:
    """Kept as it was typed, also where nobody could publish it."""
    typed = rule_form.first(sent(), "document")
    try:
        with runtime().database.write() as writing:
            saved = drafts.change(writing, g.member, draft_id, seen_revision(), typed)
    except Conflict as conflict:
        now = opened(draft_id)
        page = shown("stale.html", now, typed=typed, said=str(conflict))
        return make_response(page, Conflict.status)
    except Invalid as invalid:
        return make_response(_text_page(opened(draft_id), typed, judge_text(typed), str(invalid)), Invalid.status)
    judged = judge_text(typed)
    flash(
        _saved(saved, "Saved." if judged.guidelines else "Saved, but it cannot be read yet: mend what is listed below.")
    )
    return redirect(url_for("drafts.text", draft_id=draft_id), 303)


@blueprint.post("/<id:draft_id>/yaml/look")
@writers
def look_at_text(draft_id: str) -> ResponseReturnValue:
    """What is wrong with the text as it is typed just now. Saves nothing."""
    opened(draft_id)
    typed = rule_form.first(sent(), "document")
    judged = judge_text(typed)
    return jsonify(
        notes={},
        said=verdict({"": list(judged.notes)}),
        effect=render_template("drafts/_text_notes.html", judged=judged, report=_report(judged, typed)),
    )


@blueprint.get("/<id:draft_id>/preview")
def preview(draft_id: str) -> ResponseReturnValue:
    """The draft as the public would read it."""
    found = opened(draft_id)
    if found.guidelines is None:
        return redirect(url_for("drafts.text", draft_id=draft_id), 303)
    public = guidelines_page.shown(found.guidelines, runtime().classifiers.labels(), g.office.timezone)
    return shown("preview.html", found, telling=Telling(public))


_NOT_SAVED = "Something has to be mended first, so nothing was saved. What you typed is still here."


def _draft_page(found: Opened) -> str:
    by_rule: dict[str, list[Note]] = {}
    elsewhere = []
    for note in found.judged.notes:
        match note.path, found.guidelines:
            case ("rules", int(position), *_), GuidelineSet() as guidelines:
                by_rule.setdefault(guidelines.rules[position].id, []).append(note)
            case _:
                elsewhere.append(note)
    rules = found.guidelines.rules if found.guidelines is not None else ()
    return shown(
        "draft.html", found, lines=[words.rule_line(each) for each in rules], by_rule=by_rule, elsewhere=elsewhere
    )


def _rule_page(found: Opened, rule_id: str | None, weighed: _Weighed, problem: str = "", theirs: str = "") -> str:
    """`theirs`: the rule as somebody else saved it meanwhile, in YAML."""
    here: dict[str, Any] = {"draft_id": found.page.id} | ({"rule_id": rule_id} if rule_id else {})
    return shown(
        "rule.html",
        found,
        rule_id=rule_id,
        form=weighed.form,
        notes=weighed.notes,
        problem=problem,
        theirs=theirs,
        act_url=url_for("drafts.change_rule", **here),
        look_url=url_for("drafts.look_at_rule", **here),
        periods=found.guidelines.periods if found.guidelines is not None else (),
        has_comments=has_comments(found.page.document),
        **_drawn(found, weighed),
    )


def _weighed(found: Opened, rule_id: str | None, form: RuleForm) -> _Weighed:
    """The form held against the loader and the checks, as part of the draft as it is stored."""
    guidelines = _readable(found)
    document, written = to_dict(guidelines), rule_form.to_plain(form)
    position = _position(guidelines, rule_id)
    document["rules"][position : position + 1] = [written.rule]
    judged = judge_data(document)
    slots = dict(_RULE_SLOTS) | dict(written.slots)
    notes = by_slot(judged.notes, slots, ("rules", position), "rule")
    for problem in written.problems:
        note = Note(("condition",), problem.message, problem.mend, False, problem.line, problem.column)
        notes.setdefault("condition", []).append(note)
    whole = judged.guidelines if not written.problems else None
    return _Weighed(form, replace(judged, guidelines=whole), notes, whole.rules[position] if whole else None)


def _id_is_taken(weighed: _Weighed) -> bool:
    """Another rule has this id: then no address would lead to one of the two."""
    rule, guidelines = weighed.rule, weighed.judged.guidelines
    if rule is None or guidelines is None:
        return False
    return any(other is not rule and other.id.lower() == rule.id.lower() for other in guidelines.rules)


def _drawn(found: Opened, weighed: _Weighed) -> dict[str, Any]:
    """What the histogram and the counts of a rule's page are made of."""
    effect = _effect(weighed)
    hides = effect is not None and effect.automatic is not None
    rule = weighed.rule
    return {
        "effect": effect,
        "rule": rule,
        "bars": histogram.bars(effect.bars, rule.thresholds.review, rule.thresholds.automatic if hides else None)
        if effect is not None and rule is not None
        else (),
        "at": histogram.at,
        "size": (histogram.WIDTH, histogram.HEIGHT),
        "draft_id": found.page.id,
    }


def _effect(weighed: _Weighed) -> Effect | None:
    if weighed.rule is None or weighed.judged.guidelines is None:
        return None
    with runtime().database.read() as reading:
        ensemble = ensembles.of_office(reading, g.office.id, runtime().classifiers.names)
        return rule_effect.effect(
            reading, g.office.id, weighed.judged.guidelines, weighed.rule, ensemble, g.office.timezone
        )


def _rule_conflict(found: Opened, rule_id: str | None, weighed: _Weighed, said: str) -> ResponseReturnValue:
    """Somebody else saved first: what was typed, and the rule as it is now."""
    now = opened(found.page.id)
    theirs = ""
    if now.guidelines is not None and rule_id is not None:
        theirs = rule_form.rule_yaml(now.guidelines.rule(rule_id)) if _has(now.guidelines, rule_id) else _GONE
    page = _rule_page(now, rule_id, weighed, _kept_beside(said), theirs)
    return make_response(page, Conflict.status)


_GONE = "(The rule was taken out or has another id now. Saving adds it again.)"


def _kept_beside(said: str) -> str:
    return f"{said} What you typed is still here. If you save it now, it takes the place of what they saved."


def _about_page(found: Opened, form: AboutForm, judged: Judged, problem: str = "", theirs: str = "") -> str:
    return shown(
        "about.html",
        found,
        form=form,
        notes=_about_notes(judged, form),
        problem=problem,
        theirs=theirs,
        has_comments=has_comments(found.page.document),
    )


def _about_judged(guidelines: GuidelineSet, form: AboutForm) -> Judged:
    return judge_data(about_form.to_plain(form, to_dict(guidelines)["rules"]))


def _about_notes(judged: Judged, form: AboutForm) -> Mapping[str, list[Note]]:
    own = tuple(note for note in judged.notes if note.path[:1] != ("rules",))
    return by_slot(own, about_form.slots(form), (), "title")


def _text_page(found: Opened, typed: str, judged: Judged, problem: str = "") -> str:
    return shown("yaml.html", found, typed=typed, judged=judged, report=_report(judged, typed), problem=problem)


def _report(judged: Judged, typed: str) -> str:
    """Every problem with its line and a caret under it, as the command line shows it."""
    return report(judged.problems, typed, "draft")


def _rearranged(found: GuidelineSet, rule_id: str, deed: str) -> GuidelineSet:
    _rule(found, rule_id)
    position = _position(found, rule_id)
    try:
        match deed:
            case "remove":
                return edit.remove_rule(found, rule_id)
            case "up":
                return edit.move_rule(found, rule_id, max(0, position - 1))
            case "down":
                return edit.move_rule(found, rule_id, position + 1)
    except GuidelineError as error:  # such as two rules with one id
        raise Invalid("rule", f"{error} Mend it under YAML.") from None
    raise Invalid("do", "There is no such button on this page.")


def _save(draft_id: str, guidelines: GuidelineSet | None) -> drafts.Saved:
    """The set takes the place of the draft's text, where that is still what this member saw."""
    if guidelines is None:
        raise Invalid("document", _NOT_SAVED)
    with runtime().database.write() as writing:
        saved = drafts.change(writing, g.member, draft_id, seen_revision(), to_yaml(guidelines))
    if saved.lost is not None:
        flash("The text that was being reviewed is another one now: it has to be submitted again.")
    return saved


def _saved(saved: drafts.Saved, said: str) -> str:
    return said if saved.lost is None else f"{said} It has to be submitted for review again."


def _readable(found: Opened) -> GuidelineSet:
    """Raises `Conflict` where the draft's text cannot be read: forms have nothing to stand on then."""
    if found.guidelines is None:
        raise Conflict("The text of this draft cannot be read as it stands. Mend it under YAML first.")
    return found.guidelines


def _rule(guidelines: GuidelineSet, rule_id: str) -> Rule:
    if not _has(guidelines, rule_id):
        raise NotFound(f"This draft has no rule {rule_id}.")
    return guidelines.rule(rule_id)


def _has(guidelines: GuidelineSet, rule_id: str) -> bool:
    return any(rule.id == rule_id for rule in guidelines.rules)


def _position(guidelines: GuidelineSet, rule_id: str | None) -> int:
    """Where the rule stands; after the last one where it is new."""
    ids = [rule.id for rule in guidelines.rules]
    return ids.index(rule_id) if rule_id in ids else len(ids)
