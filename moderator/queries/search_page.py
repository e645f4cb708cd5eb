"""What a search found: each comment with its words, its notes, and where it stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session, aliased

from moderator import search
from moderator.domain.cases import CaseState
from moderator.domain.decisions import State
from moderator.queries import rows
from moderator.review.access import Reach
from moderator.search import Hit, Scope
from moderator.search_words import READ_AT_MOST, Question, spans, understand
from moderator.storage.tables import Case, Comment, Decision, Member, Note, Revision

PAGE = 30

#: How often more is looked for where what was found is not to be shown.
_TRIES = 6


@dataclass(frozen=True, slots=True)
class FoundNote:
    """A note that has one of the words."""

    member: str
    text: str


@dataclass(frozen=True, slots=True)
class Found:
    """A comment that answers. `text` is all of it that is searched."""

    comment_id: str
    #: its open case
    case_id: str | None
    lane: str
    #: the decision in force; empty where there is none
    verbs: tuple[str, ...]
    text: str
    author: str
    channel: str
    post: str
    visibility: str
    posted_at: datetime
    edited: bool
    notes: tuple[FoundNote, ...]


@dataclass(frozen=True, slots=True)
class SearchPage:
    question: Question
    items: tuple[Found, ...]
    #: pass it as `before` for what is older; None at the end
    next_before: int | None
    #: what this member's search looks in
    fields: tuple[str, ...]


def search_page(session: Session, reach: Reach, member: Member, typed: str, before: int | None = None) -> SearchPage:
    """The newest comments that answer what was typed, of those that the member may see."""
    question, scope = understand(typed), search.scope(reach, member)
    found, more = _found(session, reach, scope, question, before)
    ids = [hit.comment_id for hit, _ in found]
    waiting, noted = _open_cases(session, ids), _notes(session, scope, found, question)
    items = tuple(_item(row, reach, waiting, noted) for _, row in found)
    return SearchPage(question, items, more, _fields(scope))


def _fields(scope: Scope) -> tuple[str, ...]:
    beside = (("authors", scope.author), ("notes", scope.notes))
    return ("comments", *(name for name, channels in beside if channels is None or channels))


def _found(
    session: Session, reach: Reach, scope: Scope, question: Question, before: int | None
) -> tuple[list[tuple[Hit, Any]], int | None]:
    """A page of comments with their rows, and where the next page begins."""
    found: list[tuple[Hit, Any]] = []
    for _ in range(_TRIES):
        hits = search.find(session, reach, scope, question, PAGE + 1, before)
        shown = _shown(session, reach, [hit.comment_id for hit in hits])
        found += [(hit, shown[hit.comment_id]) for hit in hits if hit.comment_id in shown]
        if len(found) > PAGE:
            return found[:PAGE], found[PAGE - 1][0].number
        if len(hits) <= PAGE:
            return found, None
        before = hits[-1].number
    return found, before


def _shown(session: Session, reach: Reach, ids: Sequence[str]) -> Mapping[str, Any]:
    """Those of them that the member may see."""
    if not ids:
        return {}
    # Asked of each by its id: SQLite would otherwise look through all comments of the office for these few.
    same = aliased(Comment)
    may_be_seen = exists().where(same.id == Comment.id, *reach.of_comments(same)).correlate(Comment)
    query = (
        rows.comments(
            func.substr(Revision.text, 1, READ_AT_MOST).label("searched"),
            Decision.verbs,
            Decision.state.label("decision_state"),
        )
        .outerjoin(Decision, Decision.id == Comment.decision_id)
        .where(Comment.id.in_(ids), may_be_seen)
    )
    return {row.comment_id: row for row in session.execute(query)}


def _open_cases(session: Session, ids: Sequence[str]) -> Mapping[str, Any]:
    query = select(Case.comment_id, Case.id, Case.lane).where(Case.comment_id.in_(ids), Case.state == CaseState.OPEN)
    return {row.comment_id: row for row in session.execute(query)} if ids else {}


def _notes(
    session: Session, scope: Scope, found: Sequence[tuple[Hit, Any]], question: Question
) -> Mapping[str, list[FoundNote]]:
    ids = [hit.comment_id for hit, row in found if scope.notes is None or row.channel_id in scope.notes]
    if not ids:
        return {}
    query = (
        select(Note.comment_id, Member.name, Note.text)
        .join(Member, Member.id == Note.member_id)
        .where(Note.comment_id.in_(ids))
        .order_by(Note.id)
    )
    noted: dict[str, list[FoundNote]] = {}
    for comment_id, member, text in session.execute(query):
        if spans(text, question):
            noted.setdefault(comment_id, []).append(FoundNote(member, text))
    return noted


def _item(row: Any, reach: Reach, waiting: Mapping[str, Any], noted: Mapping[str, list[FoundNote]]) -> Found:
    case = waiting.get(row.comment_id)
    return Found(
        comment_id=row.comment_id,
        case_id=case.id if case else None,
        lane=case.lane if case else "",
        verbs=tuple(row.verbs) if row.decision_state == State.MADE else (),
        text=row.searched,
        author=rows.author_of(row, reach),
        channel=row.channel_name,
        post=rows.post_of(row),
        visibility=row.visibility,
        posted_at=row.posted_at,
        edited=row.revision_number > 1,
        notes=tuple(noted.get(row.comment_id, ())),
    )
