"""Step 1: what a platform says happened becomes rows, an audit entry and a job, in the caller's transaction.

Taking the same events again changes nothing, however often and at however many places at once.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import RowMapping, Table, bindparam, insert, select, update
from sqlalchemy.orm import Session

from classifiers.text import unreadable
from moderator import account_facts, audit, clock, search
from moderator.connectors.base import AuthorRef, CommentEvent, EventKind, PostRef
from moderator.domain.vocabulary import Visibility
from moderator.jobs import queue
from moderator.pipeline.storable import storable
from moderator.storage.tables import Author, Channel, Comment, Post, Revision
from moderator.storage.tables.base import table_of
from moderator.storage.upsert import insert_missing
from moderator.text_key import text_key

_TEXT_EVENTS = (EventKind.ADDED, EventKind.EDITED)

_VISIBILITY = {
    EventKind.HIDDEN: Visibility.HIDDEN,
    EventKind.UNHIDDEN: Visibility.VISIBLE,
    EventKind.REMOVED: Visibility.REMOVED,
}


@dataclass(frozen=True, slots=True)
class Ingested:
    """`accepted` events changed something; `unchanged` ones were known already or about unknown comments."""

    accepted: int
    unchanged: int
    #: of every comment with a text in this delivery, in its order, each once
    comment_ids: tuple[str, ...]


@dataclass(slots=True)
class _Known:
    """A comment as the transaction sees it while the events of one delivery are applied to it."""

    id: str
    revision_id: str
    visibility: str
    number: int
    text: str | None
    exact: str | None
    occurred_at: datetime | None
    #: its present text was said again, later than we knew: `occurred_at` is news
    confirmed: bool = False


class _Ids(NamedTuple):
    """Rows of one table that a delivery names."""

    by_external_id: dict[str, str]
    #: those of them that were known by other facts until now
    renewed: list[str]


def ingest(session: Session, channel: Channel, events: Sequence[CommentEvent]) -> Ingested:
    """Store a delivery. Call inside `write()`; ring the doorbell after commit."""
    now = clock.now()
    authors, renamed = _author_ids(session, channel, [event.author for event in events if event.author])
    posts, _ = _post_ids(session, channel.id, [event.post for event in events if event.post])
    known = _lock_comments(session, channel, events, authors, posts, now)
    accepted, revisions, entries = 0, [], []
    for event in events:
        comment = known.get(event.external_id)
        if comment is None:
            continue
        change = _new_text(event, comment, now) if event.kind in _TEXT_EVENTS else _new_visibility(event, comment)
        if change is None:
            continue
        accepted += 1
        entries.append(audit.Entry(channel.office_id, "platform", change.event, f"comment:{comment.id}", change.detail))
        if change.revision:
            revisions.append(change.revision)
    _write(session, known, revisions)
    _enter_in_search(session, revisions, renamed)
    queue.add(session, queue.Kind.CLASSIFY, [revision["id"] for revision in revisions])
    audit.append(session, entries)
    ids = dict.fromkeys(known[e.external_id].id for e in events if e.kind in _TEXT_EVENTS and e.external_id in known)
    return Ingested(accepted, len(events) - accepted, tuple(ids))


@dataclass(frozen=True, slots=True)
class _Change:
    event: str
    detail: Mapping[str, Any]
    revision: dict[str, Any] | None = None


def _new_text(event: CommentEvent, comment: _Known, now: datetime) -> _Change | None:
    text, exact = storable(event.text)
    newer = _is_newer(event, comment)
    if (text, exact) == (comment.text, comment.exact):
        if newer and event.occurred_at not in (None, comment.occurred_at):
            comment.occurred_at, comment.confirmed = event.occurred_at, True
        return None
    if not newer:
        return None
    occurred = event.occurred_at or now
    comment.number += 1
    comment.text, comment.exact, comment.occurred_at = text, exact, occurred
    revision = {
        "id": clock.new_id(),
        "comment_id": comment.id,
        "number": comment.number,
        "text": text,
        "original": exact,
        "unreadable": list(unreadable(event.text)),
        "text_key": text_key(event.text),
        "occurred_at": occurred,
        "received_at": now,
    }
    name = "comment.received" if comment.number == 1 else "comment.edited"
    return _Change(name, {"revision": comment.number}, revision)


def _is_newer(event: CommentEvent, comment: _Known) -> bool:
    """Deliveries arrive late, repeated and out of order: an older text never replaces a newer one.

    Some platforms date an edit like the comment itself: then the edit is the newer one.
    """
    if event.occurred_at is None or comment.occurred_at is None:
        return True
    if event.occurred_at == comment.occurred_at:
        return event.kind is EventKind.EDITED
    return event.occurred_at > comment.occurred_at


def _new_visibility(event: CommentEvent, comment: _Known) -> _Change | None:
    visibility = _VISIBILITY[event.kind]
    if comment.visibility in (visibility, Visibility.REMOVED):
        return None  # an echo of our own act, or of what we knew
    before, comment.visibility = comment.visibility, visibility
    return _Change("comment.visibility", {"from": before, "to": visibility.value})


def _write(session: Session, known: Mapping[str, _Known], revisions: list[dict[str, Any]]) -> None:
    if revisions:
        session.execute(insert(table_of(Revision)), revisions)
    for comment in known.values():
        if comment.confirmed and comment.revision_id:
            statement = update(Revision).where(Revision.id == comment.revision_id)
            session.execute(statement.values(occurred_at=comment.occurred_at))
    newest = {revision["comment_id"]: revision["id"] for revision in revisions}
    rows = [
        {"key": comment.id, "seen": comment.visibility, "revision": newest.get(comment.id)}
        for comment in known.values()
    ]
    table = table_of(Comment)
    if seen := [row for row in rows if row["revision"] is None]:
        statement = update(table).where(table.c.id == bindparam("key")).values(visibility=bindparam("seen"))
        session.connection().execute(statement, [{"key": r["key"], "seen": r["seen"]} for r in seen])
    if renewed := [row for row in rows if row["revision"] is not None]:
        statement = (
            update(table)
            .where(table.c.id == bindparam("key"))
            .values(visibility=bindparam("seen"), revision_id=bindparam("revision"))
        )
        session.connection().execute(statement, renewed)


def _enter_in_search(session: Session, revisions: Sequence[Mapping[str, Any]], renamed: Sequence[str]) -> None:
    new = {revision["comment_id"] for revision in revisions if revision["number"] == 1}
    search.enter_new(session, new)
    search.enter(session, {revision["comment_id"] for revision in revisions} - new)
    search.enter_authors(session, renamed)


def _lock_comments(
    session: Session,
    channel: Channel,
    events: Sequence[CommentEvent],
    authors: Mapping[str, str],
    posts: Mapping[str, str],
    now: datetime,
) -> dict[str, _Known]:
    """Every comment of the delivery, made where it is new, locked until commit. By external id."""
    first = {event.external_id: event for event in reversed(events) if event.kind in _TEXT_EVENTS}
    fresh = [
        {
            "id": clock.new_id(),
            "office_id": channel.office_id,
            "channel_id": channel.id,
            "external_id": external_id,
            "post_id": posts.get(event.post.external_id) if event.post else None,
            "author_id": authors.get(event.author.external_id) if event.author else None,
            "parent_external_id": event.parent_external_id,
            "permalink": event.permalink,
            "language": event.language,
            "posted_at": event.occurred_at or now,
            "received_at": now,
            "visibility": Visibility.VISIBLE.value,
            "revision_id": "",
            "decision_id": None,
        }
        for external_id, event in sorted(first.items())
    ]
    insert_missing(session, table_of(Comment), fresh)
    names = {event.external_id for event in events}
    rows = session.execute(
        select(Comment.id, Comment.external_id, Comment.visibility, Comment.revision_id)
        .where(Comment.channel_id == channel.id, Comment.external_id.in_(names))
        .order_by(Comment.id)
        .with_for_update()
    ).all()
    current = {
        row.id: row
        for row in session.execute(
            select(Revision.id, Revision.number, Revision.text, Revision.original, Revision.occurred_at).where(
                Revision.id.in_([row.revision_id for row in rows if row.revision_id])
            )
        )
    }
    known = {}
    for row in rows:
        text = current.get(row.revision_id)
        known[row.external_id] = _Known(
            row.id,
            row.revision_id,
            row.visibility,
            text.number if text else 0,
            text.text if text else None,
            text.original if text else None,
            text.occurred_at if text else None,
        )
    return known


def _author_ids(session: Session, channel: Channel, authors: Sequence[AuthorRef]) -> _Ids:
    wanted = {author.external_id: author for author in authors}
    told = _told(session, channel, authors)
    rows = [
        {
            "id": clock.new_id(),
            "channel_id": channel.id,
            "external_id": key,
            "name": storable(author.name)[0],
            "handle": storable(author.handle)[0],
            "account": told.get(key, {}),
        }
        for key, author in sorted(wanted.items())
    ]
    return _ensure(session, table_of(Author), channel.id, rows, ("name", "handle"), ("account",))


def _told(session: Session, channel: Channel, authors: Iterable[AuthorRef]) -> dict[str, dict[str, Any]]:
    """What is to be kept about accounts, by external id: the last word on each fact, and nothing where none may be."""
    told: dict[str, dict[str, Any]] = {}
    for author in authors:
        if author.account and (facts := account_facts.kept(author.account)):
            told.setdefault(author.external_id, {}).update(facts)
    return told if told and account_facts.may_keep(session, channel) else {}


def _post_ids(session: Session, channel_id: str, posts: Iterable[PostRef]) -> _Ids:
    # The fullest mention wins: one change of a batch may name the post, another only its id.
    wanted: dict[str, PostRef] = {}
    for post in posts:
        if post.external_id not in wanted or post.text or post.title:
            wanted[post.external_id] = post
    rows = [
        {
            "id": clock.new_id(),
            "channel_id": channel_id,
            "external_id": key,
            "title": storable(post.title)[0],
            "text": storable(post.text)[0],
            "permalink": storable(post.permalink)[0],
            "published_at": post.published_at,
        }
        for key, post in sorted(wanted.items())
    ]
    return _ensure(session, table_of(Post), channel_id, rows, ("title", "text", "permalink"), ("published_at",))


def _ensure(
    session: Session,
    table: Table,
    channel_id: str,
    rows: list[dict[str, Any]],
    facts: Sequence[str],
    unsearched: Sequence[str],
) -> _Ids:
    """Rows are made where missing, and known facts renewed where a delivery brings new ones.

    News about the `unsearched` facts does not count as a renewal.
    """
    if not rows:
        return _Ids({}, [])
    insert_missing(session, table, rows)
    stored = session.execute(
        select(table)
        .where(table.c.channel_id == channel_id, table.c.external_id.in_([r["external_id"] for r in rows]))
        .order_by(table.c.id)  # two deliveries that renew the same rows do so in the same order
    ).mappings()
    ids, renewed = {}, []
    fresh = {row["external_id"]: row for row in rows}
    for row in stored:
        ids[row["external_id"]] = row["id"]
        news = _news(row, fresh[row["external_id"]], [*facts, *unsearched])
        if news:
            session.execute(update(table).where(table.c.id == row["id"]).values(news))
        if not news.keys().isdisjoint(facts):
            renewed.append(row["id"])
    return _Ids(ids, renewed)


def _news(known: RowMapping, fresh: Mapping[str, Any], facts: Iterable[str]) -> dict[str, Any]:
    """What is told, and otherwise than it was known. Of several facts in one column, those not told stay."""
    told = {fact: fresh[fact] for fact in facts if fresh[fact]}
    whole = {fact: {**known[fact], **value} if isinstance(value, dict) else value for fact, value in told.items()}
    return {fact: value for fact, value in whole.items() if value != known[fact]}
