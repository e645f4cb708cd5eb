"""Drafts of guidelines: written by owners and leads, read by a second one, and published word for word as agreed.

A draft is kept as it was typed, also where nobody could publish it yet. Its revision counts changes of the text:
whoever does something to an older text than the stored one is told who changed it, and nothing happens.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from guidelines import check, fingerprint
from guidelines.document import MAX_BYTES
from guidelines.load import load_preset, read_text
from guidelines.render import to_yaml
from guidelines.schema import GuidelineSet, Problem
from moderator import audit, clock, publishing
from moderator.domain.drafts import OPEN_STATES, DraftState
from moderator.domain.vocabulary import Role
from moderator.errors import Conflict, Invalid, NotAllowed, NotFound
from moderator.pipeline.storable import is_storable, storable
from moderator.review.access import MANAGERS, may_manage
from moderator.storage.tables import GuidelineDraft, GuidelineVersion, Member, Office

MAX_TITLE = 120
MAX_NOTE = publishing.MAX_NOTE


@dataclass(frozen=True, slots=True)
class Saved:
    """What a change of the text came to."""

    draft: GuidelineDraft
    #: the review or approval that the older text had, and this one has not; None where it had neither
    lost: DraftState | None = None


def create(
    session: Session, member: Member, title: str, document: str, base_number: int | None = None
) -> GuidelineDraft:
    """Begin a draft; `base_number` is the version it began as. Raises `NotAllowed`, `Invalid` and `NotFound`."""
    _require_writer(member)
    if base_number is not None:
        publishing.numbered(session, member.office_id, base_number)
    return _begin(session, member.office_id, member, title, document, base_number)


def create_for_office(session: Session, office_id: str, title: str, document: str) -> GuidelineDraft:
    """Begin a draft that no member wrote: the operator put it there. Raises `Invalid`."""
    return _begin(session, office_id, None, title, document, None)


def from_version(session: Session, member: Member, number: int) -> GuidelineDraft:
    """A draft that begins as a published version, to be changed or to be published again. Raises as `create` does."""
    version = publishing.numbered(session, member.office_id, number)
    return create(session, member, f"From version {number}", to_yaml(publishing.read(version)), number)


def from_preset(session: Session, member: Member, name: str) -> GuidelineDraft:
    """A draft that begins as a preset, with the office's own name and contact. Raises as `create` does."""
    office = session.get_one(Office, member.office_id)
    version = publishing.current(session, member.office_id)
    contact = publishing.read(version).office.contact if version else ""
    try:
        preset = load_preset(name, office_name=office.name, contact=contact)
    except KeyError:
        raise NotFound(f"There is no preset {name!r}.") from None
    return create(session, member, f"From the preset {name}", to_yaml(preset))


def from_text(session: Session, member: Member, text: str, title: str) -> GuidelineDraft:
    """A draft that begins as any text, such as an uploaded file. Raises as `create` does."""
    return create(session, member, title, text)


def change(session: Session, member: Member, draft_id: str, seen_revision: int, document: str) -> Saved:
    """Replace the text of an open draft. What was being reviewed or was agreed on has to be submitted again.

    Any text up to `MAX_BYTES` is kept as it was typed. Raises `NotFound`, `NotAllowed`, `Invalid` and `Conflict`.
    """
    draft = _open(session, member, draft_id, seen_revision)
    typed = _typed(document)
    if typed == draft.document:
        return Saved(draft)
    before = DraftState(draft.state)
    draft.document, draft.revision = typed, draft.revision + 1
    draft.updated_by, draft.updated_at = member.id, clock.now()
    draft.state = DraftState.EDITING.value
    lost = before if before is not DraftState.EDITING else None
    _log(session, draft, member, "draft.changed", lost=lost.value if lost else None)
    return Saved(draft, lost)


def rename(session: Session, member: Member, draft_id: str, title: str) -> GuidelineDraft:
    """Call an open draft something else. Raises `NotFound`, `NotAllowed`, `Invalid` and `Conflict`."""
    draft = _open(session, member, draft_id)
    if draft.title != (wanted := _title(title)):
        draft.title = wanted
        _log(session, draft, member, "draft.renamed")
    return draft


def submit(session: Session, member: Member, draft_id: str, seen_revision: int, note: str) -> GuidelineDraft:
    """Ask another owner or lead to read the text; `note` says what changed and why.

    A draft whose approval came before somebody else's publication is submitted anew. Raises `Invalid` with line and
    column for a text that cannot be published, and `NotFound`, `NotAllowed`, `Conflict`.
    """
    draft = _open(session, member, draft_id, seen_revision)
    if draft.state == DraftState.IN_REVIEW or (draft.state == DraftState.APPROVED and not _overtaken(session, draft)):
        _not_now(session, draft)
    publishable(draft)
    _require_reader(session, draft, member)
    draft.state, draft.note = DraftState.IN_REVIEW.value, _note(note)
    draft.submitted_by, draft.submitted_at = member.id, clock.now()
    draft.reviewed_by, draft.reviewed_at, draft.review_note = None, None, ""
    _log(session, draft, member, "draft.submitted")
    return draft


def review(
    session: Session, member: Member, draft_id: str, seen_revision: int, agree: bool, note: str = ""
) -> GuidelineDraft:
    """Agree to the text, word for word, or send it back with a note.

    Not for whoever changed the text last or submitted it. Raises `NotFound`, `NotAllowed`, `Invalid` and `Conflict`.
    """
    draft = _open(session, member, draft_id, seen_revision)
    if draft.state != DraftState.IN_REVIEW:
        _not_now(session, draft)
    if member.id in _hands(draft):
        raise NotAllowed("You wrote or submitted this text. Another owner or lead has to read it.")
    digest = fingerprint.sha256(publishable(draft)) if agree else None
    draft.state = (DraftState.APPROVED if agree else DraftState.EDITING).value
    draft.reviewed_by, draft.reviewed_at, draft.review_note = member.id, clock.now(), _note(note)
    _log(session, draft, member, "draft.approved" if agree else "draft.sent_back", sha256=digest)
    return draft


def publish(
    session: Session,
    member: Member,
    draft_id: str,
    seen_revision: int,
    effective_at: datetime | None = None,
    *,
    alone: bool = False,
) -> GuidelineVersion:
    """Publish the text that was approved, from now on or from a later moment.

    `alone`: nobody else in the office could have read it, and the member says so; that goes on record.
    Raises `NotFound`, `NotAllowed`, `Invalid` and `Conflict`.
    """
    draft = _open(session, member, draft_id, seen_revision)
    guidelines = publishable(draft)
    if draft.state != DraftState.APPROVED:
        _require_alone(session, draft, member, alone)
    else:
        _require_as_approved(session, draft, guidelines)
    approved_by = draft.reviewed_by if draft.state == DraftState.APPROVED else None
    _require_news(session, draft, guidelines, effective_at)
    version = publishing.publish(
        session,
        draft.office_id,
        guidelines,
        member.id,
        effective_at=effective_at,
        approved_by=approved_by,
        note=draft.note,
    )
    draft.state, draft.version_id, draft.shadow_since = DraftState.PUBLISHED.value, version.id, None
    _log(session, draft, member, "draft.published", number=version.number, alone=approved_by is None)
    return version


def discard(session: Session, member: Member, draft_id: str, seen_revision: int) -> GuidelineDraft:
    """Give an open draft up. It stays on record. Raises `NotFound`, `NotAllowed` and `Conflict`."""
    draft = _open(session, member, draft_id, seen_revision)
    draft.state, draft.shadow_since = DraftState.DISCARDED.value, None
    _log(session, draft, member, "draft.discarded")
    return draft


def set_shadow(session: Session, member: Member, draft_id: str, on: bool) -> GuidelineDraft:
    """Hold the draft against every new comment beside the version in force, or stop that. Nothing follows from it.

    Raises `Invalid` with line and column for a text that cannot be read, and `NotFound`, `NotAllowed`, `Conflict`.
    """
    draft = _open(session, member, draft_id)
    if on == (draft.shadow_since is not None):
        return draft
    if on:
        _readable(draft)
    draft.shadow_since = clock.now() if on else None
    _log(session, draft, member, "draft.shadow_started" if on else "draft.shadow_stopped")
    return draft


def publishable(draft: GuidelineDraft) -> GuidelineSet:
    """The draft's set, sound enough to be published. Raises `Invalid` with the line and column of the first mistake."""
    guidelines = _readable(draft)
    _refuse(check.errors(check.check_text(draft.document)))
    return guidelines


def in_words(problems: Sequence[Problem]) -> str:
    """The first of some problems with where it is and how to mend it, and how many more there are."""
    first, more = problems[0], len(problems) - 1
    where = f"Line {first.line}, column {first.column}: " if first.line else ""
    mend = f" ({first.mend})" if first.mend else ""
    others = f" There {'is 1 more mistake' if more == 1 else f'are {more} more mistakes'}." if more else ""
    return f"{where}{first.message}{mend}.{others}"


def readers(session: Session, draft: GuidelineDraft, submitter: Member | None = None) -> Sequence[Member]:
    """Who may review the draft, by name; `submitter`: were that member to submit it."""
    hands = {draft.updated_by, submitter.id} if submitter else _hands(draft)
    return [member for member in _writers(session, draft.office_id) if member.id not in hands]


def works_alone(session: Session, member: Member) -> bool:
    """Whether the office has no other owner or lead, so that nobody could read what this one wrote."""
    return all(other.id == member.id for other in _writers(session, member.office_id))


def _begin(
    session: Session, office_id: str, member: Member | None, title: str, document: str, base_number: int | None
) -> GuidelineDraft:
    now = clock.now()
    draft = GuidelineDraft(
        id=clock.new_id(),
        office_id=office_id,
        title=_title(title),
        document=_typed(document),
        revision=1,
        state=DraftState.EDITING.value,
        base_number=base_number,
        created_by=member.id if member else None,
        created_at=now,
        updated_by=member.id if member else None,
        updated_at=now,
        submitted_by=None,
        submitted_at=None,
        note="",
        reviewed_by=None,
        reviewed_at=None,
        review_note="",
        shadow_since=None,
        version_id=None,
    )
    session.add(draft)
    session.flush()
    _log(session, draft, member, "draft.created", base=base_number)
    return draft


def _open(session: Session, member: Member, draft_id: str, seen_revision: int | None = None) -> GuidelineDraft:
    """The draft, locked, as somebody who sees this revision of it may work on it."""
    _require_writer(member)
    query = select(GuidelineDraft).where(GuidelineDraft.id == draft_id, GuidelineDraft.office_id == member.office_id)
    draft = session.scalar(query.with_for_update(), execution_options={"populate_existing": True})
    if draft is None:
        raise NotFound("There is no such draft in your office.")
    if draft.state not in OPEN_STATES:
        _not_now(session, draft)
    if seen_revision is not None and seen_revision != draft.revision:
        who, when = _name(session, draft.updated_by), _when(session, draft, draft.updated_at)
        raise Conflict(f"{who} changed this draft on {when}. Nothing was done; please look at the new text first.")
    return draft


def _not_now(session: Session, draft: GuidelineDraft) -> NoReturn:
    """What the draft's state has to say to somebody who expected another one."""
    if draft.state == DraftState.PUBLISHED:
        version = session.get_one(GuidelineVersion, draft.version_id)
        said = f"{_name(session, version.published_by)} published this draft as version {version.number}"
        raise Conflict(f"{said} on {_when(session, draft, version.published_at)}. Start another one from it.")
    if draft.state == DraftState.DISCARDED:
        raise Conflict("This draft was discarded. Start another one.")
    if draft.state == DraftState.IN_REVIEW and draft.submitted_at:
        who, when = _name(session, draft.submitted_by), _when(session, draft, draft.submitted_at)
        raise Conflict(f"{who} submitted this draft on {when}, and it waits to be read.")
    if draft.state == DraftState.APPROVED and draft.reviewed_at:
        who, when = _name(session, draft.reviewed_by), _when(session, draft, draft.reviewed_at)
        raise Conflict(f"{who} agreed to this draft on {when}. It is ready to be published.")
    raise Conflict("This draft is being edited. Submit it first, so that a second person can read it.")


def _require_writer(member: Member) -> None:
    if not may_manage(member):
        raise NotAllowed(f"the role {member.role} does not write guidelines")


def _require_reader(session: Session, draft: GuidelineDraft, submitter: Member) -> None:
    """Of two people who both worked on a text, whoever changed it last submits it, so that the other can read it."""
    if not readers(session, draft, submitter) and not works_alone(session, submitter):
        who = _name(session, draft.updated_by)
        raise NotAllowed(f"{who} changed the text last and should submit it: then you can be the one who reads it.")


def _require_alone(session: Session, draft: GuidelineDraft, member: Member, said: bool) -> None:
    if not works_alone(session, member):
        if said:
            others = [other.name for other in _writers(session, draft.office_id) if other.id != member.id]
            raise NotAllowed(f"You are not alone: {' or '.join(others)} could read this text before it is published.")
        _not_now(session, draft)
    if not said:
        raise Invalid("alone", "Nobody else in your office can read this text: say that you publish it alone.")


def _require_as_approved(session: Session, draft: GuidelineDraft, guidelines: GuidelineSet) -> None:
    """What was agreed to is on record by its hash; a set that reads otherwise today is not what was agreed to."""
    agreed = audit.latest(session, draft.office_id, f"draft:{draft.id}", "draft.approved")
    if agreed is None or agreed.get("sha256") != fingerprint.sha256(guidelines):
        raise Conflict("This text is not, word for word, the one that was agreed to. Change it and submit it again.")
    if _overtaken(session, draft):
        raise Conflict(
            "Other guidelines were published after this draft was agreed to, and it would undo what they changed. "
            "Look at the difference and submit it again."
        )


def _require_news(
    session: Session, draft: GuidelineDraft, guidelines: GuidelineSet, effective_at: datetime | None
) -> None:
    effective = publishing.effective_from(effective_at, clock.now())
    standing = publishing.current(session, draft.office_id, effective)
    if standing is not None and standing.sha256 == fingerprint.sha256(guidelines):
        raise Invalid("document", f"This is word for word version {standing.number}, which will be in force then.")


def _overtaken(session: Session, draft: GuidelineDraft) -> bool:
    """Whether something was published since the draft was agreed to: the two were never compared."""
    newest = publishing.newest(session, draft.office_id)
    return newest is not None and draft.reviewed_at is not None and newest.published_at > draft.reviewed_at


def _hands(draft: GuidelineDraft) -> set[str | None]:
    """Those whose text it is: they need somebody else to read it."""
    return {draft.updated_by, draft.submitted_by}


def _writers(session: Session, office_id: str) -> Sequence[Member]:
    roles = [Role(role).value for role in MANAGERS]
    query = select(Member).where(Member.office_id == office_id, Member.role.in_(roles), Member.left_at.is_(None))
    return session.scalars(query.order_by(Member.name, Member.id)).all()


def _readable(draft: GuidelineDraft) -> GuidelineSet:
    reading = read_text(draft.document)
    _refuse(reading.problems)
    if reading.guidelines is None:
        raise Invalid("document", "The text cannot be read as guidelines.")
    return reading.guidelines


def _refuse(problems: Sequence[Problem]) -> None:
    if problems:
        raise Invalid("document", in_words(problems))


def _typed(document: str) -> str:
    """As it was typed, but for line ends: a form sends others than a file has."""
    text = document.replace("\r\n", "\n").replace("\r", "\n")
    if not is_storable(text):
        raise Invalid("document", "The text holds characters that cannot be kept: NUL, or half a character.")
    if len(text.encode()) > MAX_BYTES:
        raise Invalid("document", f"The text is longer than {MAX_BYTES // 1024} kB. Nothing was saved.")
    return text


def _title(title: str) -> str:
    plain = " ".join(title.split())
    if not plain or len(plain) > MAX_TITLE or not is_storable(plain):
        raise Invalid("title", f"A draft needs a title of at most {MAX_TITLE} characters.")
    return plain


def _note(note: str) -> str:
    plain = note.replace("\r\n", "\n").strip()
    if len(plain) > MAX_NOTE:
        raise Invalid("note", f"The note may have at most {MAX_NOTE} characters.")
    return storable(plain)[0]


def _name(session: Session, member_id: str | None) -> str:
    member = session.get(Member, member_id) if member_id else None
    return member.name if member else "Somebody"


def _when(session: Session, draft: GuidelineDraft, at: datetime) -> str:
    """21 November 2026 at 14:03, where the office is."""
    local = at.astimezone(ZoneInfo(session.get_one(Office, draft.office_id).timezone))
    return f"{local.day} {local:%B %Y} at {local:%H:%M}"


def _log(session: Session, draft: GuidelineDraft, member: Member | None, event: str, **detail: object) -> None:
    actor = f"member:{member.id}" if member else "system"
    known = {key: value for key, value in detail.items() if value is not None}
    facts = {"revision": draft.revision, **known}
    audit.append(session, [audit.Entry(draft.office_id, actor, event, f"draft:{draft.id}", facts)])
