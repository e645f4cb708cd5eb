"""What colleagues tell each other about a comment, and whose eye they ask for. It never leaves the office."""

import re
from collections.abc import Collection, Sequence

from sqlalchemy import update
from sqlalchemy.orm import Session

from moderator import clock, search
from moderator.domain.vocabulary import Role
from moderator.errors import Invalid, NotAllowed
from moderator.pipeline.storable import storable
from moderator.review import colleagues
from moderator.review.access import role_at
from moderator.review.colleagues import Colleague
from moderator.storage.tables import Member, Mention, Note

MAX_NOTE = 2000


def can_write(role: Role) -> bool:
    """Observers read. `role`: theirs where the comment stands."""
    return role is not Role.OBSERVER


def add(session: Session, member: Member, comment_id: str, text: str, mentioned_ids: Collection[str] = ()) -> Note:
    """Leave a note. Whoever is named in it as `@name` is mentioned as well.

    Raises `NotFound`, `NotAllowed`, or `Invalid` for a note without words or a colleague who is not shown the comment.
    """
    if not can_write(role_at(session, member, comment_id)):
        raise NotAllowed("an observer reads, and leaves no notes")
    words = _words(text)
    reachable = colleagues.of_comment(session, member, comment_id)
    if not set(mentioned_ids) <= {colleague.id for colleague in reachable}:
        raise Invalid("mentioned", "one of those whom you ask cannot see this comment")
    note = Note(
        id=clock.new_id(),
        office_id=member.office_id,
        comment_id=comment_id,
        member_id=member.id,
        text=words,
        at=clock.now(),
    )
    session.add(note)
    session.flush()
    asked = sorted({*mentioned_ids, *named(words, reachable)})
    session.add_all(Mention(note_id=note.id, member_id=one, seen_at=None) for one in asked)
    session.flush()
    search.enter(session, [comment_id])
    return note


def seen(session: Session, member: Member, note_ids: Sequence[str] | None = None) -> None:
    """The member has read what mentions them: all of it, or these notes."""
    theirs = update(Mention).where(Mention.member_id == member.id, Mention.seen_at.is_(None))
    if note_ids is not None:
        theirs = theirs.where(Mention.note_id.in_(note_ids))
    session.execute(theirs.values(seen_at=clock.now()), execution_options={"synchronize_session": False})


def named(text: str, reachable: Sequence[Colleague]) -> set[str]:
    """Whom the text names as `@Leo` or `@Leo Lane`. A first name that several share names nobody."""
    firsts = [_first(colleague.name) for colleague in reachable]
    found: set[str] = set()
    for colleague, first in zip(reachable, firsts, strict=True):
        names = [colleague.name] + ([first] if firsts.count(first) == 1 else [])
        if any(_is_named(name, text) for name in names):
            found.add(colleague.id)
    return found


def _words(text: str) -> str:
    words = storable(text.replace("\r\n", "\n").strip())[0]
    if not words:
        raise Invalid("text", "a note needs words")
    if len(words) > MAX_NOTE:
        raise Invalid("text", f"a note has at most {MAX_NOTE:,} characters")
    return words


def _first(name: str) -> str:
    return name.split()[0].casefold()


def _is_named(name: str, text: str) -> bool:
    # Folded, letters may become two: both sides are, so they still match.
    return re.search(rf"(?<!\w)@{re.escape(name.casefold())}(?!\w)", text.casefold()) is not None
