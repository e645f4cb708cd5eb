"""The room itself: its blueprint, who may do what in it, where a draft stands, and how forms say what is wrong."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, g, render_template, request, url_for

from guidelines import diff, fingerprint
from guidelines.reader import Path
from guidelines.schema import LABELS, GuidelineSet
from moderator.backtest.report import share
from moderator.domain.drafts import DraftState
from moderator.domain.vocabulary import Role
from moderator.errors import Conflict
from moderator.queries import drafts_page
from moderator.queries.drafts_page import DraftPage
from webui.auth import require
from webui.current import runtime
from webui.drafts import words
from webui.drafts.reading import Judged, Note, judge_text
from webui.drafts.rule_form import Fields
from webui.formats import counted, sentence_list

blueprint = Blueprint("drafts", __name__, url_prefix="/drafts")

#: Owners and leads write guidelines; everybody of the office may read what is being written.
writers = require(Role.OWNER, Role.LEAD)


@dataclass(frozen=True, slots=True)
class Step:
    """One step on the way of a draft."""

    name: str
    url: str
    #: "passed", "now" or "later"
    state: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A draft and what can be said about its text."""

    page: DraftPage
    judged: Judged

    @property
    def guidelines(self) -> GuidelineSet | None:
        return self.judged.guidelines

    @property
    def tried(self) -> bool:
        """This very text was held against stored comments, to the end."""
        return self.guidelines is not None and fingerprint.sha256(self.guidelines) in self.page.tried

    @property
    def changes(self) -> tuple[diff.Change, ...]:
        """What it changes of the version in force, in words."""
        return diff.diff(self.page.in_force, self.guidelines) if self.guidelines is not None else ()


@blueprint.context_processor
def _room() -> dict[str, Any]:
    writes = g.member is not None and g.member.role in (Role.OWNER, Role.LEAD)
    tools = {"sentence": sentence, "verdict": verdict, "share": share, "LABELS": LABELS}
    return {"words": words, "writes": writes, **tools}


def opened(draft_id: str) -> Opened:
    """The draft as it is stored. Raises `NotFound`, also for a draft of another office."""
    with runtime().database.read() as reading:
        page = drafts_page.draft_page(reading, g.member, draft_id)
    return Opened(page, judge_text(page.document))


def shown(template: str, draft: Opened, **values: Any) -> str:
    """A page about the draft, under its steps."""
    steps = steps_of(draft)
    return render_template(
        f"drafts/{template}", draft=draft, page=draft.page, steps=steps, advice=advice(draft), **values
    )


def steps_of(draft: Opened) -> tuple[Step, ...]:
    """Write, check, try, review, publish; the first that is not done is the one to do now."""
    page, id = draft.page, draft.page.id
    agreed = page.state is DraftState.APPROVED and not page.overtaken
    reviewed = agreed or page.state is DraftState.PUBLISHED
    done = (
        ("Write", url_for("drafts.draft", draft_id=id), bool(draft.changes) or reviewed),
        ("Check", url_for("drafts.draft", draft_id=id, _anchor="check"), not draft.judged.errors),
        ("Try", url_for("drafts.tries", draft_id=id), draft.tried or reviewed),
        ("Review", url_for("drafts.review", draft_id=id), reviewed),
        ("Publish", url_for("drafts.review", draft_id=id, _anchor="publish"), page.state is DraftState.PUBLISHED),
    )
    now = next((number for number, (_, _, is_done) in enumerate(done) if not is_done), len(done))
    return tuple(
        Step(name, url, "now" if number == now else "passed" if number < now else "later")
        for number, (name, url, _) in enumerate(done)
    )


def advice(draft: Opened) -> str:
    """What to do next, in a sentence."""
    page = draft.page
    match page.state:
        case DraftState.PUBLISHED:
            return f"This draft was published as version {page.became}."
        case DraftState.DISCARDED:
            return "This draft was given up. Nothing in it will change."
        case DraftState.IN_REVIEW if page.may_review:
            return "You are asked to read it, and to agree or to send it back."
        case DraftState.IN_REVIEW:
            return f"It waits for {sentence_list(page.readers, 'or') or 'a second person'} to read it."
        case DraftState.APPROVED if page.overtaken:
            return "Other guidelines were published since it was agreed to. Look at the changes and submit it again."
        case DraftState.APPROVED:
            return f"{page.reviewed_by or 'A second person'} agreed to it. It can be published."
    if draft.guidelines is None:
        return "The text cannot be read as it stands. Mend it under YAML first."
    if draft.judged.errors:
        return f"{counted(draft.judged.errors, 'thing')} must be mended before it can be published."
    if not draft.changes:
        return "It says what the version in force says. Open a rule and change something."
    if not draft.tried:
        return "See what it would have done with the comments you had, before anybody else looks at it."
    if page.alone:
        return "You tried it. Nobody else in your office can read it, so you may publish it alone."
    return "You tried it. Now ask a second person to read it."


def sent() -> Fields:
    """What the browser sent, as forms read it."""
    return dict(request.form.lists())


def seen_revision() -> int:
    """The state of the text that whoever sends this form had before them. Raises `Conflict` where it says none."""
    typed = request.form.get("seen", "")
    if not (typed.isascii() and typed.isdigit() and len(typed) <= 9):
        raise Conflict("The form did not say which state of the draft it is about. Go back, reload it and try again.")
    return int(typed)


def by_slot(notes: tuple[Note, ...], slots: Mapping[Path, str], inside: Path, elsewhere: str) -> dict[str, list[Note]]:
    """The notes about what is `inside`, by the part of the form that they belong to."""
    found: dict[str, list[Note]] = {}
    for note in notes:
        if note.path[: len(inside)] == inside:
            found.setdefault(_slot(note.path[len(inside) :], slots, elsewhere), []).append(note)
    return found


def as_json(notes: Mapping[str, list[Note]]) -> dict[str, Any]:
    """The same for the script of the page: it writes them as text."""
    return {slot: [{"text": sentence(note), "warning": note.warning} for note in each] for slot, each in notes.items()}


def sentence(note: Note) -> str:
    """Line 3: what is wrong. What to do about it."""
    where = f"Line {note.line}: " if note.line else ""
    mend = f" {_ended(note.mend)}" if note.mend else ""
    return f"{_ended(where + note.message)}{mend}"


def verdict(notes: Mapping[str, list[Note]]) -> str:
    """How much there is to mend, for those who hear the page."""
    every = [note for each in notes.values() for note in each]
    wrong = sum(not note.warning for note in every)
    if not every:
        return "Nothing to mend."
    parts = [f"{counted(wrong, 'thing')} to mend"] if wrong else []
    parts += [f"{counted(len(every) - wrong, 'thing')} to look at"] if len(every) > wrong else []
    return f"{sentence_list(parts)}."


def _slot(path: Path, slots: Mapping[Path, str], elsewhere: str) -> str:
    return next((slots[path[:end]] for end in range(len(path), -1, -1) if path[:end] in slots), elsewhere)


def _ended(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) else ".")
