"""The versions of the office, its drafts, and the ways to start one."""

from collections.abc import Callable, Mapping

from flask import flash, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from guidelines.document import MAX_BYTES
from guidelines.load import load_preset, preset_names
from moderator import drafts, guideline_files
from moderator.errors import Invalid
from moderator.queries import drafts_page
from webui.current import runtime
from webui.drafts.room import blueprint, writers


@blueprint.get("")
def overview() -> ResponseReturnValue:
    with runtime().database.read() as reading:
        page = drafts_page.drafts_page(reading, g.office.id)
    return render_template("drafts/overview.html", page=page)


@blueprint.get("/new")
@writers
def new() -> ResponseReturnValue:
    return _new_page()


@blueprint.post("/new")
@writers
def start() -> ResponseReturnValue:
    """Start a draft from what the form names."""
    try:
        draft_id = _STARTS.get(request.form.get("from", ""), _from_nothing)()
    except Invalid as invalid:
        return make_response(_new_page(str(invalid)), Invalid.status)
    flash("Here is your draft. Nothing changes for anybody until it is published.")
    return redirect(url_for("drafts.draft", draft_id=draft_id), 303)


def _new_page(problem: str = "") -> str:
    with runtime().database.read() as reading:
        versions = drafts_page.version_lines(reading, g.office.id)
    presets = [(name, load_preset(name)) for name in preset_names()]
    return render_template(
        "drafts/new.html", versions=versions, presets=presets, problem=problem, typed=request.form, most=MAX_BYTES
    )


def _from_version() -> str:
    typed = request.form.get("number", "")
    number = int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= 9 else 0
    with runtime().database.write() as writing:
        return drafts.from_version(writing, g.member, number).id


def _from_preset() -> str:
    with runtime().database.write() as writing:
        return drafts.from_preset(writing, g.member, request.form.get("preset", "")).id


def _from_file() -> str:
    sent = request.files.get("file")
    data = sent.read(MAX_BYTES + 1) if sent is not None else b""
    if not data.strip():
        raise Invalid("file", "Choose a file with guidelines in it.")
    return _begin(guideline_files.take_in(data))


def _from_address() -> str:
    address = request.form.get("address", "").strip()
    if not address:
        raise Invalid("address", "Give the address of the page.")
    return _begin(guideline_files.fetch(address))


def _begin(taken: guideline_files.Taken) -> str:
    with runtime().database.write() as writing:
        return guideline_files.start_draft(writing, g.member, taken).id


def _from_nothing() -> str:
    raise Invalid("from", "Say what the draft is to begin as.")


_STARTS: Mapping[str, Callable[[], str]] = {
    "version": _from_version,
    "preset": _from_preset,
    "file": _from_file,
    "address": _from_address,
}
