"""Full-text search in comments, authors and notes: what is entered, and what is found.

SQLite answers from an FTS5 table, PostgreSQL from a GIN index. Both are walked from the newest comment backwards, so
that a word that everybody uses costs no more than one that nobody does.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, bindparam, cast, insert, select, text, update
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import Session

from moderator.domain.vocabulary import Role
from moderator.review import access
from moderator.review.access import Reach
from moderator.search_words import Field, Question, Term, entry_words
from moderator.storage.tables import Author, Comment, Member, Note, Revision, SearchEntry
from moderator.storage.tables.base import table_of

#: Comments entered with one statement.
_BATCH = 500

#: After its author's name has changed, so many of an author's comments are found by the new one, the newest first.
#: Older ones go on being found by the name under which they were made.
RENAMED_AT_MOST = 1_000

#: The newest comments, by number, that PostgreSQL walks through before it asks its index for all.
_WALKED = 16_384


@dataclass(frozen=True, slots=True)
class Scope:
    """In which channels a member may look for names and in notes. None: in every one that they reach."""

    author: frozenset[str] | None
    notes: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Hit:
    """A comment that was found. Give `number` as `before` for what follows."""

    number: int
    comment_id: str


def scope(reach: Reach, member: Member) -> Scope:
    """Names are for those who are told them, notes for those who decide."""
    if reach.channels is None:
        decides = access.may_decide(member)
        return Scope(None if reach.names else frozenset(), None if decides else frozenset())
    return Scope(
        author=frozenset(channel for channel in reach.channels if reach.names_on(channel)),
        notes=frozenset(channel for channel, role in reach.channels.items() if role in _DECIDERS),
    )


def enter(session: Session, comment_ids: Iterable[str]) -> None:
    """Make these comments found by what they say now, by whom, and what is noted about them.

    Call inside `write()`, after what has changed is written. The comments are locked until commit.
    """
    for batch in _batches(comment_ids):
        _lock(session, batch)
        _enter(session, batch)


def enter_new(session: Session, comment_ids: Iterable[str]) -> None:
    """As `enter`, and quicker, for comments that this transaction has made: nothing can be known of them yet."""
    for batch in _batches(comment_ids):
        session.execute(insert(table_of(SearchEntry)), _rows(session, batch, {}))


def enter_authors(session: Session, author_ids: Iterable[str]) -> None:
    """These authors have other names now."""
    for author_id in sorted(author_ids):
        newest = (
            select(Comment.id)
            .where(Comment.author_id == author_id)
            .order_by(Comment.received_at.desc())
            .limit(RENAMED_AT_MOST)
        )
        enter(session, session.scalars(newest).all())


def find(
    session: Session, reach: Reach, scope: Scope, question: Question, limit: int, before: int | None = None
) -> list[Hit]:
    """The newest comments of the office, and of the channels reached, that answer the question.

    Whether what they say is severe is not looked at: hold what is shown to `reach.of_comments()`.
    """
    if not question.wanted or reach.channels == {}:
        return []
    look = _look_in_sqlite if session.get_bind().dialect.name == "sqlite" else _look_in_postgresql
    return look(session, reach, scope, question, limit, before)


_DECIDERS = frozenset({Role.OWNER, Role.LEAD, Role.MODERATOR})


# --- entering ------------------------------------------------------------------------------------------------------


def _batches(comment_ids: Iterable[str]) -> Iterator[list[str]]:
    ids = sorted(set(comment_ids))
    for at in range(0, len(ids), _BATCH):
        yield ids[at : at + _BATCH]


def _lock(session: Session, ids: Sequence[str]) -> None:
    """Two that enter one comment do so in turn, and the second reads what the first has written."""
    session.execute(select(Comment.id).where(Comment.id.in_(ids)).order_by(Comment.id).with_for_update())


def _enter(session: Session, ids: Sequence[str]) -> None:
    table = table_of(SearchEntry)
    known = set(session.scalars(select(SearchEntry.comment_id).where(SearchEntry.comment_id.in_(ids))))
    rows = _rows(session, ids, _notes(session, ids))
    if fresh := [row for row in rows if row["comment_id"] not in known]:
        session.execute(insert(table), fresh)
    if changed := [{"key": row["comment_id"], "now": row["words"]} for row in rows if row["comment_id"] in known]:
        statement = update(table).where(table.c.comment_id == bindparam("key")).values(words=bindparam("now"))
        session.connection().execute(statement, changed)


def _notes(session: Session, ids: Sequence[str]) -> dict[str, list[str]]:
    notes: dict[str, list[str]] = {}
    query = select(Note.comment_id, Note.text).where(Note.comment_id.in_(ids)).order_by(Note.id)
    for comment_id, noted in session.execute(query):
        notes.setdefault(comment_id, []).append(noted)
    return notes


def _rows(session: Session, ids: Sequence[str], notes: Mapping[str, Sequence[str]]) -> list[dict[str, Any]]:
    """What the entries of these comments are to be, in the order of the comments."""
    query = (
        select(Comment.id, Comment.office_id, Comment.channel_id, Revision.text, Author.name, Author.handle)
        .join(Revision, Revision.id == Comment.revision_id)
        .outerjoin(Author, Author.id == Comment.author_id)
        .where(Comment.id.in_(ids))
        .order_by(Comment.id)
    )
    return [
        {
            "comment_id": comment_id,
            "office_id": office_id,
            "channel_id": channel_id,
            "words": entry_words(office_id, channel_id, said, (name or "", handle or ""), notes.get(comment_id, ())),
        }
        for comment_id, office_id, channel_id, said, name, handle in session.execute(query).all()
    ]


# --- asking --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Grammar:
    """How a database writes a question about words."""

    either: str
    both: str
    but_not: str
    phrase: Callable[[Sequence[str], bool], str]

    def any_of(self, parts: Iterable[str]) -> str:
        return f"({self.either.join(parts)})"

    def all_of(self, parts: Iterable[str]) -> str:
        return f"({self.both.join(parts)})"


# No folded word holds a quotation mark or anything else that either language gives a meaning inside of them.
_FTS5 = _Grammar(" OR ", " AND ", " NOT ", lambda words, open: f'"{" ".join(words)}"' + (" *" if open else ""))
_TSQUERY = _Grammar(
    " | ",
    " & ",
    " & !",
    lambda words, open: "(" + " <-> ".join(f"'{word}'" for word in words) + (":*)" if open else ")"),
)


def _written(grammar: _Grammar, question: Question, scope: Scope, places: Sequence[str]) -> str:
    asked = [_term(grammar, term, scope) for term in question.wanted]
    if places:
        asked.insert(0, _in_places(grammar, places))
    written = grammar.all_of(asked)
    if question.unwanted:
        written += grammar.but_not + grammar.any_of(_term(grammar, term, scope) for term in question.unwanted)
    return written


def _term(grammar: _Grammar, term: Term, scope: Scope) -> str:
    return grammar.any_of(
        [
            grammar.phrase(term.words, term.beginning),
            *_in_field(grammar, term, Field.AUTHOR, scope.author),
            *_in_field(grammar, term, Field.NOTES, scope.notes),
        ]
    )


def _in_field(grammar: _Grammar, term: Term, field: Field, channels: frozenset[str] | None) -> list[str]:
    marked = grammar.phrase([f"{field}{word}" for word in term.words], term.beginning)
    if channels is None:
        return [marked]
    return [grammar.all_of([marked, _in_places(grammar, sorted(channels))])] if channels else []


def _in_places(grammar: _Grammar, places: Iterable[str]) -> str:
    return grammar.any_of(grammar.phrase([f"{Field.PLACE}{place}"], False) for place in places)


def _look_in_sqlite(
    session: Session, reach: Reach, scope: Scope, question: Question, limit: int, before: int | None
) -> list[Hit]:
    """The index is read backwards, so nothing is sorted, and no more is read than is shown."""
    places = [reach.office_id] if reach.channels is None else sorted(reach.channels)
    query = text(
        "SELECT search_entries.number, search_entries.comment_id"
        # The order of a cross join is kept: the index first.
        " FROM search_words CROSS JOIN search_entries ON search_entries.number = search_words.rowid"
        " WHERE search_words.words MATCH :asked AND search_words.rowid < :before"
        " ORDER BY search_words.rowid DESC LIMIT :most"
    )
    asked = _written(_FTS5, question, scope, places)
    found = session.execute(query, {"asked": asked, "before": before or 2**63 - 1, "most": limit})
    return [Hit(*row) for row in found]


def _look_in_postgresql(
    session: Session, reach: Reach, scope: Scope, question: Question, limit: int, before: int | None
) -> list[Hit]:
    """The index knows no order, and gives all that it finds. So the newest comments are walked through first: a word
    that is not found often enough there stands in few of the others, and these can all be taken and sorted."""
    newest = session.scalar(
        select(SearchEntry.number)
        .where(SearchEntry.office_id == reach.office_id)
        .order_by(SearchEntry.number.desc())
        .limit(1)
    )
    if newest is None:
        return []
    number = SearchEntry.number
    top = min(before or newest + 1, newest + 1)
    bottom = top - _WALKED
    asked = cast(_written(_TSQUERY, question, scope, ()), TSQUERY)
    query = select(number, SearchEntry.comment_id).where(*_reached(reach), SearchEntry.words.op("@@")(asked))
    walked = query.where(number < top, number >= bottom).order_by(number.desc()).limit(limit)
    found = [Hit(*row) for row in session.execute(walked)]
    if len(found) < limit:
        # A sum is in no index by number: PostgreSQL would take that one, and walk through everything.
        rest = query.where(number + 0 < bottom).order_by((number + 0).desc()).limit(limit - len(found))
        found += [Hit(*row) for row in session.execute(rest)]
    return found


def _reached(reach: Reach) -> list[ColumnElement[bool]]:
    mine: list[ColumnElement[bool]] = [SearchEntry.office_id == reach.office_id]
    if reach.channels is not None:
        mine.append(SearchEntry.channel_id.in_(sorted(reach.channels)))
    return mine
