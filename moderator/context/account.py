"""What is known about the account behind each comment: what it did in the day before, and what the platform told.

Everything is as it stood when the comment came in, so that whoever asks later is told the same. Nearly all accounts
wrote a comment or two that day, and one query says so: about them nothing more is looked up.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from statistics import median, quantiles
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session, aliased

from classifiers.automation.account import LEAST_COMMENTS, MOST_COMMENTS, Account, Conduct
from moderator import account_facts
from moderator.counting import written
from moderator.runtime import Runtime
from moderator.storage.tables import Author, Comment, Post, Revision

_HOUR, _DAY = 3600.0, 86_400.0

#: Fewer gaps between comments have no rhythm; fewer posts no usual delay.
_LEAST_GAPS = 8
_LEAST_DELAYS = 3

#: The account of somebody whom the platform does not name, or who wrote too little to look at.
_UNSEEN = Account()

#: An author's own comments. Made once: it takes as long as all the rest.
_OWN = aliased(Comment)


@dataclass(frozen=True, slots=True)
class _Subject:
    """A comment that somebody asks about."""

    author_id: str
    #: when it was written, and when we got it: what came later is not looked at
    at: float
    received_at: datetime


@dataclass(frozen=True, slots=True)
class _Said:
    """A comment of an account."""

    at: float
    received_at: datetime
    #: the post; the channel, for what stands under none
    thread: str
    text_key: str | None
    #: the platform said when it was written
    dated: bool
    #: seconds after the post; None where the platform does not say when either was written
    delay: float | None


@dataclass(frozen=True, slots=True)
class _Period:
    """All days up to the comments of a batch."""

    after: datetime
    until: datetime

    def holds(self, received_at: Any) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
        return received_at > self.after, received_at <= self.until


def gather(runtime: Runtime, rows: Sequence[Any]) -> list[Account]:
    with runtime.database.read() as session:
        subjects = _subjects(session, [row.id for row in rows])
        if not subjects:
            return [_UNSEEN] * len(rows)
        period = _period(subjects.values())
        busy = _busy(session, {subject.author_id for subject in subjects.values()}, period)
        said = _said(session, busy, subjects.values(), period) if busy else {}
        told = _told(session, busy.keys()) if busy else {}
    return [_account(subjects.get(row.id), said, told) for row in rows]


def _subjects(session: Session, revision_ids: Sequence[str]) -> dict[str, _Subject]:
    """By revision. An edit is asked about as its comment was."""
    query = (
        select(Revision.id, Comment.author_id, Comment.posted_at, Comment.received_at)
        .join(Comment, Comment.id == Revision.comment_id)
        .where(Revision.id.in_(revision_ids), Comment.author_id.is_not(None))
    )
    return {
        id: _Subject(author_id, written(posted_at, received_at), received_at)
        for id, author_id, posted_at, received_at in session.execute(query)
    }


def _period(subjects: Collection[_Subject]) -> _Period:
    """Nothing is received before it is written, so the days begin where the first comment's does; not before 1970."""
    first = max(min(subject.at for subject in subjects) - _DAY, 0.0)
    return _Period(datetime.fromtimestamp(first, UTC), max(subject.received_at for subject in subjects))


def _busy(session: Session, author_ids: Collection[str], period: _Period) -> dict[str, bool]:
    """The accounts that wrote as much as is looked at; and whether that was more than is counted."""
    many = _nth_newest(LEAST_COMMENTS, period)
    beyond_count = _nth_newest(MOST_COMMENTS + 1, period)
    query = select(Author.id, beyond_count).where(Author.id.in_(author_ids), many.is_not(None))
    return {id: beyond is not None for id, beyond in session.execute(query)}


def _nth_newest(number: int, period: _Period) -> Any:
    """When an author's comment of this number came in, the newest being the first: so many steps in an index."""
    query = select(_OWN.received_at).where(_OWN.author_id == Author.id, *period.holds(_OWN.received_at))
    newest_first = query.order_by(_OWN.received_at.desc()).offset(number - 1).limit(1)
    return newest_first.correlate(Author).scalar_subquery()


def _said(
    session: Session, busy: Mapping[str, bool], subjects: Collection[_Subject], period: _Period
) -> dict[str, list[_Said]]:
    """What each of these accounts said, as it was written. Of one that wrote too much to count, the newest."""
    query = (
        select(
            Comment.author_id,
            Comment.channel_id,
            Comment.post_id,
            Comment.posted_at,
            Comment.received_at,
            Revision.text_key,
            Post.published_at,
        )
        .join(Revision, Revision.id == Comment.revision_id)
        .outerjoin(Post, Post.id == Comment.post_id)
        .where(*period.holds(Comment.received_at))
    )
    found: dict[str, list[_Said]] = {author_id: [] for author_id in busy}
    for one in _queries(query, busy, subjects):
        for row in session.execute(one):
            found[row.author_id].append(_comment(row))
    for comments in found.values():
        comments.sort(key=lambda comment: comment.at)
    return found


def _queries(query: Select[Any], busy: Mapping[str, bool], subjects: Collection[_Subject]) -> Iterable[Select[Any]]:
    countable = [author_id for author_id, beyond in busy.items() if not beyond]
    if countable:
        yield query.where(Comment.author_id.in_(countable))
    for author_id in busy.keys() - countable:
        asked = [subject.received_at for subject in subjects if subject.author_id == author_id]
        own = query.where(Comment.author_id == author_id, Comment.received_at <= max(asked))
        # Where a batch holds what came in a row, each of it has as many before it as are counted.
        yield own.order_by(Comment.received_at.desc()).limit(MOST_COMMENTS + len(asked))


def _comment(row: Any) -> _Said:
    at = written(row.posted_at, row.received_at)
    # What a platform does not date counts as written when we got it.
    dated = row.posted_at != row.received_at
    delay = at - row.published_at.timestamp() if dated and row.published_at else None
    thread = row.post_id or row.channel_id
    return _Said(at, row.received_at, thread, row.text_key, dated, delay if delay is None or delay >= 0 else None)


def _told(session: Session, author_ids: Collection[str]) -> dict[str, Mapping[str, Any]]:
    query = select(Author.id, Author.account).where(Author.id.in_(author_ids))
    return {row.id: row.account for row in session.execute(query)}


def _account(
    subject: _Subject | None, said: Mapping[str, list[_Said]], told: Mapping[str, Mapping[str, Any]]
) -> Account:
    if subject is None or subject.author_id not in said:
        return _UNSEEN
    comments = said[subject.author_id]
    first, last = (bisect_right(comments, at, key=lambda each: each.at) for at in (subject.at - _DAY, subject.at))
    day = [each for each in comments[first:last] if each.received_at <= subject.received_at][-MOST_COMMENTS:]
    if len(day) < LEAST_COMMENTS:
        return _UNSEEN
    return Account(account_facts.profile(told.get(subject.author_id, {}), subject.at), _conduct(day, subject.at))


def _conduct(day: Sequence[_Said], at: float) -> Conduct:
    keys = [each.text_key for each in day if each.text_key]
    gap, unevenness = _rhythm([each.at for each in day if each.dated])
    delays = _delays(day)
    return Conduct(
        hour=sum(each.at > at - _HOUR for each in day),
        day=len(day),
        thread=max(Counter(each.thread for each in day).values()),
        compared=len(keys),
        repeats=len(keys) - len(set(keys)),
        gap_seconds=gap,
        unevenness=unevenness,
        delay_seconds=median(delays) if len(delays) >= _LEAST_DELAYS else None,
        delays=len(delays) if len(delays) >= _LEAST_DELAYS else 0,
    )


def _rhythm(moments: Sequence[float]) -> tuple[float | None, float | None]:
    """The usual gap, and how uneven the middle half of the gaps is: pauses, which machines make too, do not count."""
    gaps = [later - earlier for earlier, later in pairwise(moments)]
    if len(gaps) < _LEAST_GAPS:
        return None, None
    low, usual, high = quantiles(gaps, n=4, method="inclusive")
    # Of gaps below the second that platforms tell, nothing can be said.
    return (usual, (high - low) / usual) if usual >= 1 else (None, None)


def _delays(day: Sequence[_Said]) -> list[float]:
    """How long after each post the account first wrote under it."""
    first: dict[str, float | None] = {}
    for each in day:
        first.setdefault(each.thread, each.delay)
    return [delay for delay in first.values() if delay is not None]
