"""Stored comments, a batch at a time in the order they came: all of them, or a sample spread evenly over them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, func, select
from sqlalchemy.orm import Session

from guidelines.schema import RESTRICTIVE_VERBS
from moderator.domain.decisions import Reason, State
from moderator.domain.vocabulary import Verb
from moderator.storage.tables import Comment, Decision, Revision

#: How many comments are looked at unless all are asked for.
SAMPLE = 2_000

_FINE = frozenset({Verb.KEEP, Verb.UNHIDE})


@dataclass(frozen=True, slots=True)
class Extent:
    """Which comments of an office a run is about. What comes in later is not among them."""

    office_id: str
    #: the newest comment there was; empty where there was none
    newest: str
    #: how many there were
    history: int
    #: how many of them are looked at
    total: int


def measure(session: Session, office_id: str, sample: int | None) -> Extent:
    """The office's history as it is now. `sample`: how many of it at most; None: all."""
    count, newest = session.execute(
        select(func.count(), func.max(Comment.id)).where(Comment.office_id == office_id)
    ).one()
    return Extent(office_id, newest or "", count, count if sample is None else min(sample, count))


def batch(session: Session, extent: Extent, after: str, limit: int) -> Sequence[Any]:
    """The next comments after the one with the id `after` (empty at the start), with their present texts.

    `unreadable`: no machine may judge the text. `verbs` is what a person decided about it, where that is in force;
    None where no person did.
    """
    # A person's decision about an earlier text says nothing about this one.
    by_person = (
        (Decision.id == Comment.decision_id)
        & (Decision.revision_id == Comment.revision_id)
        & (Decision.reason == Reason.PERSON)
        & (Decision.state == State.MADE)
    )
    unreadable = (cast(Revision.unreadable, Text) != "[]").label("unreadable")
    return session.execute(
        select(Comment.id, Comment.revision_id, unreadable, Decision.verbs)
        .join(Revision, Revision.id == Comment.revision_id)
        .outerjoin(Decision, by_person)
        .where(_picked(session, extent, after, limit))
        .order_by(Comment.id)
        .limit(limit)
    ).all()


def acted_on(verbs: Sequence[str] | None) -> bool | None:
    """Whether a person acted on the comment (True) or kept it (False); None: neither can be said."""
    if not verbs:
        return None
    if not RESTRICTIVE_VERBS.isdisjoint(verbs):
        return True
    return False if _FINE.issuperset(verbs) else None


def _picked(session: Session, extent: Extent, after: str, limit: int) -> ColumnElement[bool]:
    """The comments to look at next; more of them than `limit`, where all are looked at."""
    # Hidden from the index of offices: SQLite would take it, and sort the whole history for every batch.
    mine = (func.coalesce(Comment.office_id, "") == extent.office_id) & (Comment.id <= extent.newest)
    if extent.total == extent.history:
        return mine & (Comment.id > after)
    # Of `history` comments in a row, those at which the count of picked ones goes up: the same ones every time.
    place = func.row_number().over(order_by=Comment.id)
    placed = select(Comment.id, place.label("place")).where(mine).subquery()
    before = (placed.c.place - 1) * extent.total // extent.history
    goes_up = placed.c.place * extent.total // extent.history > before
    ids = select(placed.c.id).where(goes_up, placed.c.id > after).order_by(placed.c.id).limit(limit)
    return Comment.id.in_(session.scalars(ids).all())
