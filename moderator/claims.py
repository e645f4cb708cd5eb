"""The store of checked claims: what somebody found out, when, and until when an office relies on it.

Nothing is called false here on the service's own word: each claim has a source, a link and a date, and stops counting
on a day that the office set.
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from urllib.parse import urlsplit

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from classifiers.claims.checked import Verdict
from moderator import audit, clock
from moderator.claim_files import Draft, verdict_of
from moderator.errors import Conflict, Invalid, NotFound
from moderator.pipeline.storable import is_storable
from moderator.review.access import require_manager
from moderator.storage.tables import CheckedClaim, ClaimStore, Member

#: Claims of one office that are kept, withdrawn ones too.
MOST = 5_000

LONGEST_TEXT, LONGEST_RATING, LONGEST_SOURCE, LONGEST_LINK = 1_000, 120, 120, 2_000

#: How long a check counts where nobody says otherwise.
USUAL = timedelta(days=365)

#: Before this nothing is dated that anybody would check.
_FIRST_DAY = date(1990, 1, 1)


@dataclass(frozen=True, slots=True)
class Told:
    """A checked claim that can be kept."""

    text: str
    rating: str
    verdict: Verdict
    source: str
    link: str
    checked_on: date
    expires_on: date

    @property
    def key(self) -> str:
        return hashlib.sha256(f"{self.text.casefold()}\n{self.link}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Refused:
    """A claim of a file that cannot be kept as it is: where it stood, its field, and what to mend."""

    where: str
    field: str
    why: str


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of the claims of a file. `unsure`: kept as unproven, because nobody knows what the rating means."""

    added: int
    changed: int
    same: int
    unsure: int
    refused: tuple[Refused, ...]


def told(draft: Draft, expires_on: date | None = None) -> Told:
    """The claim as it is kept; `expires_on` where the draft has no day of its own. Raises `Invalid` for a field."""
    checked_on = _day("checked_on", draft.checked_on)
    if not _FIRST_DAY <= checked_on <= clock.now().date() + timedelta(days=1):
        raise Invalid("checked_on", f"{checked_on} is no day on which this can have been checked")
    until = _day("expires_on", draft.expires_on) if draft.expires_on else expires_on or clock.now().date() + USUAL
    if until < checked_on:
        raise Invalid("expires_on", "it cannot end before it was checked")
    rating = _line("rating", draft.rating, LONGEST_RATING)
    return Told(
        text=_line("text", draft.text, LONGEST_TEXT),
        rating=rating,
        verdict=_verdict(draft.verdict, rating),
        source=_line("source", draft.source, LONGEST_SOURCE),
        link=_link(draft.link),
        checked_on=checked_on,
        expires_on=until,
    )


def one(session: Session, office_id: str, claim_id: str) -> CheckedClaim:
    """Raises `NotFound` for a claim of another office."""
    claim = session.get(CheckedClaim, claim_id)
    if claim is None or claim.office_id != office_id:
        raise NotFound("There is no such claim in your office.")
    return claim


def add(session: Session, member: Member, draft: Draft) -> CheckedClaim:
    """Raises `NotAllowed`, `Invalid`, or `Conflict` where the office has as many as it can have."""
    require_manager(member)
    store = _changed(session, member.office_id)
    _require_room(session, member.office_id, 1)
    given = told(draft)
    if _of_keys(session, store.office_id, [given.key]):
        raise Invalid("text", "this claim is kept already, with the same link")
    claim = _new(member, given)
    session.add(claim)
    session.flush()
    _log(session, member, claim, "claim.added")
    return claim


def change(session: Session, member: Member, claim_id: str, draft: Draft) -> None:
    """Raises `NotAllowed`, `NotFound`, `Invalid`, or `Conflict` for a claim that was withdrawn."""
    require_manager(member)
    _changed(session, member.office_id)
    claim = one(session, member.office_id, claim_id)
    if claim.withdrawn_at is not None:
        raise Conflict("This claim was withdrawn. Write it down anew to rely on it again.")
    given = told(draft)
    if any(other.id != claim.id for other in _of_keys(session, member.office_id, [given.key])):
        raise Invalid("text", "this claim is kept already, with the same link")
    _fill_in(claim, given)
    session.flush()
    _log(session, member, claim, "claim.changed")


def withdraw(session: Session, member: Member, claim_id: str) -> None:
    """It counts no more, and stays to be looked up. Raises `NotAllowed`, `NotFound`."""
    require_manager(member)
    _changed(session, member.office_id)
    claim = one(session, member.office_id, claim_id)
    if claim.withdrawn_at is None:
        claim.withdrawn_by, claim.withdrawn_at = member.id, clock.now()
        session.flush()
        _log(session, member, claim, "claim.withdrawn")


def take(session: Session, member: Member, drafts: Sequence[Draft], expires_on: date | None = None) -> Imported:
    """Keep the claims of a file that can be kept, each once; say of every other one what to mend.

    What is kept already takes the rating and the days of the file; what was withdrawn stays so. `expires_on` is for
    claims without a day of their own. Raises `NotAllowed`, and `Conflict` where there is no room.
    """
    require_manager(member)
    given, refused, unsure = _sorted_out(drafts, expires_on)
    _changed(session, member.office_id)
    kept = {claim.key: claim for claim in _of_keys(session, member.office_id, list(given))}
    new = [_new(member, each) for key, each in given.items() if key not in kept]
    _require_room(session, member.office_id, len(new))
    renewed = [claim for key, claim in kept.items() if claim.withdrawn_at is None and _differs(claim, given[key])]
    for claim in renewed:
        _fill_in(claim, given[claim.key])
    session.add_all(new)
    session.flush()
    detail = {"added": len(new), "changed": len(renewed), "refused": len(refused)}
    subject = f"office:{member.office_id}"
    audit.append(session, [audit.Entry(member.office_id, f"member:{member.id}", "claims.imported", subject, detail)])
    same = len(drafts) - len(refused) - len(new) - len(renewed)
    return Imported(len(new), len(renewed), same, unsure, tuple(refused))


def _sorted_out(drafts: Sequence[Draft], expires_on: date | None) -> tuple[dict[str, Told], list[Refused], int]:
    given: dict[str, Told] = {}
    refused, unsure = [], 0
    for draft in drafts:
        try:
            each = told(draft, expires_on)
        except Invalid as invalid:
            refused.append(Refused(draft.where, invalid.field, str(invalid)))
            continue
        unsure += not draft.verdict and verdict_of(each.rating) is None
        given[each.key] = each
    return given, refused, unsure


def _of_keys(session: Session, office_id: str, keys: Sequence[str]) -> list[CheckedClaim]:
    found: list[CheckedClaim] = []
    for start in range(0, len(keys), 500):
        part = keys[start : start + 500]
        found += session.scalars(
            select(CheckedClaim).where(CheckedClaim.office_id == office_id, CheckedClaim.key.in_(part))
        )
    return found


def _new(member: Member, given: Told) -> CheckedClaim:
    claim = CheckedClaim(
        id=clock.new_id(),
        office_id=member.office_id,
        added_by=member.id,
        added_at=clock.now(),
        withdrawn_by=None,
        withdrawn_at=None,
        text="",
    )
    _fill_in(claim, given)
    return claim


def _fill_in(claim: CheckedClaim, given: Told) -> None:
    if claim.text != given.text:
        claim.vector, claim.vector_version = None, ""
    claim.key = given.key
    for each in fields(Told):
        setattr(claim, each.name, getattr(given, each.name))
    claim.verdict = given.verdict.value


def _differs(claim: CheckedClaim, given: Told) -> bool:
    return any(getattr(claim, each.name) != getattr(given, each.name) for each in fields(Told))


def _changed(session: Session, office_id: str) -> ClaimStore:
    """Whoever holds the claims in memory reads them anew. Writers of one office wait here for each other."""
    store = session.get(ClaimStore, office_id, with_for_update=True)
    if store is None:
        store = ClaimStore(office_id=office_id, stamp="")
        session.add(store)
    store.stamp = clock.new_id()
    return store


def _require_room(session: Session, office_id: str, more: int) -> None:
    kept = session.scalar(select(func.count()).where(CheckedClaim.office_id == office_id)) or 0
    if kept + more > MOST:
        raise Conflict(f"An office keeps at most {MOST:,} claims; yours has {kept:,}. Nothing was added.")


def _line(field: str, text: str, longest: int) -> str:
    tidy = " ".join(text.split())
    if not tidy:
        raise Invalid(field, "it is empty")
    if len(tidy) > longest:
        raise Invalid(field, f"it has {len(tidy):,} characters, and at most {longest:,} are kept")
    if not is_storable(tidy):
        raise Invalid(field, "it holds characters that cannot be written down")
    return tidy


def _link(text: str) -> str:
    link = _line("link", text, LONGEST_LINK)
    try:
        parts = urlsplit(link)
        plain = parts.scheme in ("http", "https") and parts.hostname and not parts.username
    except ValueError:
        plain = False
    if not plain or not link.isprintable() or " " in link:
        raise Invalid("link", f"{link[:80]!r} is no address that begins with https:// or http://")
    return link


def _day(field: str, text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise Invalid(field, f"{text[:40]!r} is no day: write it as 2026-11-21") from None


def _verdict(verdict: str, rating: str) -> Verdict:
    if not verdict:
        return verdict_of(rating) or Verdict.UNPROVEN
    known: Collection[str] = [each.value for each in Verdict]
    if verdict.strip().lower() not in known:
        raise Invalid("verdict", f"choose from {', '.join(known)}, or leave it empty to go by the rating")
    return Verdict(verdict.strip().lower())


def _log(session: Session, member: Member, claim: CheckedClaim, event: str) -> None:
    detail = {"source": claim.source, "verdict": claim.verdict}
    entry = audit.Entry(member.office_id, f"member:{member.id}", event, f"claim:{claim.id}", detail)
    audit.append(session, [entry])
