"""What members recorded about the author of a comment, for those who decide about it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderator.queries import rows
from moderator.storage.tables import AuthorFact


@dataclass(frozen=True, slots=True)
class RecordedFact:
    """Something on record about an author."""

    id: str
    #: as the rules name it
    fact: str
    source: str
    #: the member who recorded it; empty where they are not known any more
    by: str
    at: datetime


def recorded_facts(session: Session, author_id: str | None) -> tuple[RecordedFact, ...]:
    """What holds now, oldest first."""
    if author_id is None:
        return ()
    query = select(AuthorFact).where(AuthorFact.author_id == author_id, AuthorFact.withdrawn_at.is_(None))
    found = session.scalars(query.order_by(AuthorFact.id)).all()
    names = rows.member_names(session, [row.recorded_by for row in found])
    return tuple(
        RecordedFact(row.id, row.fact, row.source, names.get(row.recorded_by, ""), row.recorded_at) for row in found
    )
