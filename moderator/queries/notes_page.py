"""What colleagues wrote about a comment, and what asks for the member's own eye."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from moderator.queries import rows
from moderator.review.access import Reach
from moderator.storage.tables import Comment, Member, Mention, Note

#: Notes of one comment, and mentions, that one page shows.
PAGE = 50

#: What is counted at most for the head of each page.
MOST_COUNTED = 99


@dataclass(frozen=True, slots=True)
class NoteLine:
    id: str
    text: str
    at: datetime
    #: empty for somebody who has left
    by: str
    #: whom it asks to look
    mentioned: tuple[str, ...]
    #: it asks the member
    asks_me: bool
    #: it asks the member, who has not seen it yet
    unseen: bool


@dataclass(frozen=True, slots=True)
class MentionLine:
    note_id: str
    comment_id: str
    text: str
    at: datetime
    by: str
    unseen: bool


def notes_of(session: Session, reach: Reach, member: Member, comment_id: str) -> tuple[NoteLine, ...]:
    """The newest notes about a comment, oldest first.

    Notes name people, so whoever is told no names sees only what they wrote and what asks them.
    """
    asks_me = select(Mention.note_id).where(Mention.note_id == Note.id, Mention.member_id == member.id)
    query = (
        select(Note, Comment.channel_id)
        .join(Comment, Comment.id == Note.comment_id)
        .where(Note.comment_id == comment_id, *reach.of_comments())
    )
    channel_id = session.scalar(select(Comment.channel_id).where(Comment.id == comment_id))
    if channel_id is not None and not reach.names_on(channel_id):
        query = query.where(or_(Note.member_id == member.id, asks_me.correlate(Note).exists()))
    newest = session.scalars(query.order_by(Note.at.desc(), Note.id.desc()).limit(PAGE)).all()
    names = rows.member_names(session, {note.member_id for note in newest})
    asked = _asked(session, [note.id for note in newest])
    return tuple(
        NoteLine(
            id=note.id,
            text=note.text,
            at=note.at,
            by=names.get(note.member_id, ""),
            mentioned=tuple(name for _, name, _ in asked.get(note.id, ())),
            asks_me=any(id == member.id for id, _, _ in asked.get(note.id, ())),
            unseen=any(id == member.id and seen_at is None for id, _, seen_at in asked.get(note.id, ())),
        )
        for note in reversed(newest)
    )


def mentions(session: Session, reach: Reach, member: Member) -> tuple[MentionLine, ...]:
    """What asks for the member: what they have not seen first, then what they have, the newest first."""
    query = (
        select(Mention.seen_at, Note, Member.name)
        .join(Note, Note.id == Mention.note_id)
        .join(Comment, Comment.id == Note.comment_id)
        .join(Member, Member.id == Note.member_id)
        .where(Mention.member_id == member.id, *reach.of_comments())
        .limit(PAGE)
    )
    waiting = session.execute(query.where(Mention.seen_at.is_(None)).order_by(Note.at.desc(), Note.id.desc())).tuples()
    past = session.execute(query.where(Mention.seen_at.is_not(None)).order_by(Mention.seen_at.desc(), Note.id.desc()))
    return tuple(
        MentionLine(note.id, note.comment_id, note.text, note.at, name, seen_at is None)
        for seen_at, note, name in [*waiting, *past.tuples()]
    )


def mentions_waiting(session: Session, reach: Reach, member: Member) -> int:
    """How many ask for the member and were not seen; `MOST_COUNTED` + 1 stands for more than that."""
    some = (
        select(Mention.note_id)
        .join(Note, Note.id == Mention.note_id)
        .join(Comment, Comment.id == Note.comment_id)
        .where(Mention.member_id == member.id, Mention.seen_at.is_(None), *reach.of_comments())
        .limit(MOST_COUNTED + 1)
        .subquery()
    )
    return session.scalar(select(func.count()).select_from(some)) or 0


def _asked(session: Session, note_ids: Sequence[str]) -> dict[str, list[tuple[str, str, datetime | None]]]:
    """note id -> who is asked: id, name, when they saw it"""
    query = (
        select(Mention.note_id, Member.id, Member.name, Mention.seen_at)
        .join(Member, Member.id == Mention.member_id)
        .where(Mention.note_id.in_(note_ids))
        .order_by(Member.name)
    )
    found: dict[str, list[tuple[str, str, datetime | None]]] = {}
    for note_id, member_id, name, seen_at in session.execute(query).tuples():
        found.setdefault(note_id, []).append((member_id, name, seen_at))
    return found
