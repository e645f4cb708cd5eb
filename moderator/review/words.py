"""The office's own word list."""

from collections.abc import Sequence

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from classifiers import registry
from moderator import audit, clock
from moderator.errors import Invalid
from moderator.pipeline.storable import is_storable
from moderator.review.access import require_manager
from moderator.storage.tables import Member, Term

MAX_TERMS = 5000


def terms(session: Session, office_id: str) -> tuple[list[str], list[str]]:
    """Banned and suspect terms, each sorted."""
    rows = session.scalars(select(Term).where(Term.office_id == office_id).order_by(Term.text)).all()
    return [row.text for row in rows if row.banned], [row.text for row in rows if not row.banned]


def set_terms(session: Session, member: Member, banned: Sequence[str], suspect: Sequence[str]) -> None:
    """Replace both lists; a term on both counts as banned. Raises `Invalid` naming the list and the term."""
    require_manager(member)
    lists = {"banned": _tidy(banned), "suspect": _tidy(suspect)}
    lists["suspect"] = [term for term in lists["suspect"] if term not in set(lists["banned"])]
    if sum(map(len, lists.values())) > MAX_TERMS:
        raise Invalid("banned", f"at most {MAX_TERMS} terms")
    for name, entries in lists.items():
        if broken := [term for term in entries if not is_storable(term)]:
            raise Invalid(name, f"the term {broken[0]!r} holds characters that cannot be written down")
        try:
            registry.load("wordlist", **{name: entries})
        except ValueError as error:
            raise Invalid(name, str(error)) from None
    session.execute(delete(Term).where(Term.office_id == member.office_id))
    now = clock.now()
    rows = [
        {
            "id": clock.new_id(),
            "office_id": member.office_id,
            "text": text,
            "banned": name == "banned",
            "created_at": now,
        }
        for name, entries in lists.items()
        for text in entries
    ]
    if rows:
        session.execute(insert(Term), rows)
    detail = {name: len(entries) for name, entries in lists.items()}
    entry = audit.Entry(member.office_id, f"member:{member.id}", "words.changed", f"office:{member.office_id}", detail)
    audit.append(session, [entry])


def _tidy(entries: Sequence[str]) -> list[str]:
    return sorted({" ".join(entry.split()) for entry in entries} - {""})
