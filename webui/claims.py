"""The office's checked claims: written by hand or taken from a file. Owners and leads manage, moderators read."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date

from flask import Blueprint, flash, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from classifiers.claims.checked import Verdict
from moderator import claim_files, claims, clock
from moderator.claim_files import Draft
from moderator.claims import Imported
from moderator.domain.vocabulary import Role
from moderator.errors import Conflict, Invalid
from moderator.queries import claims_page
from moderator.review.access import may_manage
from moderator.storage.tables import CheckedClaim
from webui.asked import asked
from webui.auth import require
from webui.current import runtime

blueprint = Blueprint("claims", __name__, url_prefix="/settings/claims")

_managers = require(Role.OWNER, Role.LEAD)
_readers = require(Role.OWNER, Role.LEAD, Role.MODERATOR)

VERDICTS: Mapping[str, str] = {
    Verdict.FALSE: "False: a comment that repeats it is put before a person",
    Verdict.MISLEADING: "Misleading: a comment that repeats it is put before a person",
    Verdict.TRUE: "True: kept so that your team can look it up",
    Verdict.UNPROVEN: "Unproven: kept so that your team can look it up",
}

#: What the fields of a claim are called on the pages.
FIELDS: Mapping[str, str] = {
    "text": "claim",
    "rating": "rating",
    "verdict": "what it means",
    "source": "source",
    "link": "link",
    "checked_on": "checked on",
    "expires_on": "counts until",
    "file": "file",
}


@dataclass(frozen=True, slots=True)
class _Import:
    """What the form of the import holds, and what came of it."""

    pasted: str = ""
    expires_on: str = ""
    invalid: Invalid | Conflict | None = None
    done: Imported | None = None


@blueprint.get("")
@_readers
def overview() -> ResponseReturnValue:
    with runtime().database.read() as reading:
        page = claims_page.claims_page(reading, g.office.id, asked("before"))
    return render_template("claims/overview.html", page=page, may_change=may_manage(g.member))


@blueprint.get("/new")
@_managers
def new() -> ResponseReturnValue:
    today = clock.now().date()
    return _form(Draft("", "", "", "", "", today.isoformat(), "", (today + claims.USUAL).isoformat()))


@blueprint.post("/new")
@_managers
def write() -> ResponseReturnValue:
    draft = _typed()
    try:
        with runtime().database.write() as writing:
            claims.add(writing, g.member, draft)
    except (Invalid, Conflict) as problem:
        return make_response(_form(draft, problem=problem), problem.status)
    flash("Saved. It counts for comments that come in from now on.")
    return redirect(url_for(".overview"), 303)


@blueprint.get("/<id:claim_id>")
@_managers
def claim(claim_id: str) -> ResponseReturnValue:
    with runtime().database.read() as reading:
        row = claims.one(reading, g.office.id, claim_id)
    return _form(_draft(row), row)


@blueprint.post("/<id:claim_id>")
@_managers
def change(claim_id: str) -> ResponseReturnValue:
    draft = _typed()
    try:
        with runtime().database.write() as writing:
            claims.change(writing, g.member, claim_id, draft)
    except (Invalid, Conflict) as problem:
        with runtime().database.read() as reading:
            row = claims.one(reading, g.office.id, claim_id)
        return make_response(_form(draft, row, problem), problem.status)
    flash("Saved. It counts for comments that come in from now on.")
    return redirect(url_for(".overview"), 303)


@blueprint.post("/<id:claim_id>/withdraw")
@_managers
def withdraw(claim_id: str) -> ResponseReturnValue:
    with runtime().database.write() as writing:
        claims.withdraw(writing, g.member, claim_id)
    flash("Withdrawn: it counts no more, and stays in the list.")
    return redirect(url_for(".overview"), 303)


@blueprint.get("/import")
@_managers
def import_form() -> ResponseReturnValue:
    return _import_page(_Import(expires_on=(clock.now().date() + claims.USUAL).isoformat()))


@blueprint.post("/import")
@_managers
def take() -> ResponseReturnValue:
    typed = _Import(request.form.get("pasted", ""), request.form.get("expires_on", "").strip())
    try:
        drafts = claim_files.read(_sent_text(typed.pasted))
        with runtime().database.write() as writing:
            done = claims.take(writing, g.member, drafts, _expiry(typed.expires_on))
    except (Invalid, Conflict) as problem:
        return make_response(_import_page(replace(typed, invalid=problem)), problem.status)
    kept = replace(typed, pasted=typed.pasted if done.refused else "", done=done)
    return make_response(_import_page(kept), Invalid.status if done.refused else 200)


def _sent_text(pasted: str) -> str:
    """Of the file where one was sent, else what was pasted. Raises `Invalid` for both at once, or for no text."""
    file = request.files.get("file")
    sent = file.read() if file and file.filename else b""
    if sent and pasted.strip():
        raise Invalid("file", "choose a file or paste a text, not both")
    try:
        return sent.decode("utf-8-sig") if sent else pasted
    except UnicodeDecodeError as error:
        line = sent[: error.start].count(b"\n") + 1
        raise Invalid("file", f"line {line}: this is no text in UTF-8") from None


def _expiry(typed: str) -> date:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        raise Invalid("expires_on", f"{typed[:40]!r} is no day: write it as 2026-11-21") from None


def _typed() -> Draft:
    return Draft(where="", **{name: request.form.get(name, "").strip() for name in FIELDS if name != "file"})


def _draft(row: CheckedClaim) -> Draft:
    kept = {name: getattr(row, name) for name in ("text", "rating", "source", "link", "verdict")}
    return Draft("", **kept, checked_on=row.checked_on.isoformat(), expires_on=row.expires_on.isoformat())


def _form(draft: Draft, row: CheckedClaim | None = None, problem: Invalid | Conflict | None = None) -> str:
    return render_template(
        "claims/claim.html",
        form=asdict(draft),
        claim_id=row.id if row else "",
        withdrawn=bool(row and row.withdrawn_at),
        verdicts=VERDICTS,
        problem=problem,
        wrong=problem.field if isinstance(problem, Invalid) else "",
        fields=FIELDS,
    )


def _import_page(typed: _Import) -> str:
    wrong = typed.invalid.field if isinstance(typed.invalid, Invalid) else ""
    return render_template("claims/import.html", typed=typed, wrong=wrong, fields=FIELDS, most=claim_files.MOST)
