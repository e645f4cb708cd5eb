"""How often, before a comment came in: what its author or anybody else wrote, repeated, or was found to break.

Everything is counted as it stood when the text came in, so that whoever asks later is told the same. Times are seconds
since 1970: a platform may date a comment in any year, and no window then leads out of the calendar.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, exists, func, literal_column, or_, select
from sqlalchemy.orm import Session, aliased

from guidelines.schema import UPHOLDING_VERBS, Activity, By, Count, Needs, RungCount
from moderator.domain.decisions import Reason, State
from moderator.storage.tables import Comment, Decision, Revision

What = Count | RungCount

_HOUR, _DAY = 3600.0, 86400.0

# Written out, since an index of these decisions alone is used only where the statement itself says so.
_BY_PEOPLE: ColumnElement[bool] = Decision.reason == literal_column(f"'{Reason.PERSON.value}'")


@dataclass(frozen=True, slots=True)
class Subject:
    """A text that somebody asks about."""

    revision_id: str
    comment_id: str
    office_id: str
    author_id: str | None
    #: where it stands: the post; the channel, for what stands under none
    place: str
    text_key: str | None
    #: when the comment was first written
    began: float
    #: when this text of it was written
    at: float
    #: when we got this text: what came later is not looked at
    known: float

    @property
    def moment(self) -> tuple[float, float, str]:
        """Its place in the order in which everything came in."""
        return self.known, self.at, self.comment_id

    def whose(self, by: By) -> str:
        """Whose comments are counted for it."""
        return self.office_id if by is By.ANYONE else self.author_id or ""

    def near(self, when: float, window: float) -> bool:
        return abs(self.at - when) <= window


def written(posted_at: datetime, received_at: datetime) -> float:
    """When a comment was written. Not after we got it, whatever the platform's clock says."""
    return min(posted_at.timestamp(), received_at.timestamp())


def count(session: Session, subjects: Sequence[Subject], needs: Needs) -> dict[str, dict[What, int]]:
    """All that is asked for, by revision. What cannot be counted is left out: where no author is named, or no text."""
    found: dict[str, dict[What, int]] = {subject.revision_id: {} for subject in subjects}
    for by in By:
        about = [subject for subject in subjects if subject.whose(by)]
        for activity, counting in _COUNTING.items():
            windows: dict[What, float] = {
                asked: asked.within_hours * _HOUR
                for asked in needs.counts
                if asked.by is by and asked.activity is activity
            }
            if activity is Activity.UPHELD and by is By.AUTHOR:
                windows |= {rung: rung.within_days * _DAY for rung in needs.rungs}
            if windows and about:
                if activity is Activity.UPHELD:
                    # Of nearly everybody, nobody has ever said a word.
                    nothing = dict.fromkeys(windows, 0)
                    for subject in about:
                        found[subject.revision_id] |= nothing
                for subject, what, number in counting(session, about, by, windows):
                    found[subject.revision_id][what] = number
    return found


def said_once(revision_ids: Collection[str]) -> Select[tuple[str, str | None, str | None]]:
    """Which of these texts came in once only, whenever and wherever: their ids, keys and authors.

    A text without a key is among them: too little is said in it to tell.
    """
    other = aliased(Revision)
    again = exists().where(other.text_key == Revision.text_key, other.id != Revision.id)
    query = select(Revision.id, Revision.text_key, Comment.author_id).join(Comment, Comment.id == Revision.comment_id)
    return query.where(Revision.id.in_(revision_ids), ~again)


_Counted = Iterator[tuple[Subject, What, int]]


class _Seen(NamedTuple):
    """Something that came in."""

    #: its place in the order in which everything came in
    moment: tuple[float, float, str]
    #: what it is counted for
    for_: tuple[str, ...]
    place: str
    when: float


_MOMENT = attrgetter("moment")


class _Diary:
    """What was seen so far: moments in their order, for each thing counted and each place."""

    def __init__(self) -> None:
        self._moments: dict[tuple[str, ...], dict[str, list[float]]] = {}

    def note(self, seen: _Seen) -> None:
        insort(self._moments.setdefault(seen.for_, {}).setdefault(seen.place, []), seen.when)

    def within(self, for_: tuple[str, ...], low: float, high: float) -> dict[str, int]:
        """How many, by place; places without any are left out."""
        places = self._moments.get(for_, {}).items()
        counted = ((place, bisect_right(moments, high) - bisect_left(moments, low)) for place, moments in places)
        return {place: number for place, number in counted if number}


def _as_it_came_in(subjects: Iterable[Subject], seen: Iterable[_Seen]) -> Iterator[tuple[Subject, _Diary]]:
    """Each subject with a diary of all that had come in before it."""
    diary, coming = _Diary(), sorted(seen, key=_MOMENT, reverse=True)
    for subject in sorted(subjects, key=_MOMENT):
        while coming and coming[-1].moment < subject.moment:
            diary.note(coming.pop())
        yield subject, diary


def _comments(session: Session, subjects: Sequence[Subject], by: By, windows: Mapping[What, float]) -> _Counted:
    columns = (Comment.id, Comment.author_id, Comment.office_id, Comment.posted_at, Comment.received_at)
    query = _before(select(*columns), subjects, by, Comment.received_at, max(windows.values()))
    for subject, diary in _as_it_came_in(subjects, (_comment(row, by) for row in session.execute(query))):
        for what, window in windows.items():
            others = diary.within((subject.whose(by),), subject.at - window, subject.at + window)
            # An edit comes after its own comment, which then is in the diary.
            itself = 0 if subject.at != subject.began and subject.near(subject.began, window) else 1
            yield subject, what, sum(others.values()) + itself


def _comment(row: Any, by: By) -> _Seen:
    when = written(row.posted_at, row.received_at)
    return _Seen((row.received_at.timestamp(), when, row.id), (_whose(row, by),), "", when)


def _repeats(session: Session, subjects: Sequence[Subject], by: By, windows: Mapping[What, float]) -> _Counted:
    keyed = [subject for subject in subjects if subject.text_key]
    said_again = _said_again(session, keyed)
    able = [subject for subject in keyed if subject.text_key in said_again]
    for subject in keyed:
        if subject.text_key not in said_again:
            yield from ((subject, what, 1) for what in windows)
    if not able:
        return
    query = (
        select(
            Revision.text_key,
            Revision.number,
            Revision.received_at.label("text_received_at"),
            Comment.id,
            Comment.author_id,
            Comment.office_id,
            Comment.channel_id,
            Comment.post_id,
            Comment.posted_at,
            Comment.received_at,
        )
        .join(Comment, Comment.id == Revision.comment_id)
        .where(Revision.text_key.in_({subject.text_key for subject in able}))
    )
    query = _before(query, able, by, Revision.received_at, max(windows.values()))
    for subject, diary in _as_it_came_in(able, (_text(row, by) for row in session.execute(query))):
        for what, window in windows.items():
            same = (subject.whose(by), subject.text_key or "")
            places = diary.within(same, subject.at - window, subject.at + window).keys()
            yield subject, what, len(places | {subject.place})


def _said_again(session: Session, subjects: Iterable[Subject]) -> frozenset[str | None]:
    """The keys of texts that came in more than once, whenever and wherever: nearly all came once."""
    keys = {subject.text_key for subject in subjects}
    query = select(Revision.text_key).where(Revision.text_key.in_(keys)).group_by(Revision.text_key)
    return frozenset(session.scalars(query.having(func.count() > 1)))


def _text(row: Any, by: By) -> _Seen:
    known = row.text_received_at.timestamp()
    when = written(row.posted_at, row.received_at) if row.number == 1 else known
    return _Seen((known, when, row.id), (_whose(row, by), row.text_key), row.post_id or row.channel_id, when)


@dataclass(frozen=True, slots=True)
class _Word:
    """What a member said about a comment."""

    comment_id: str
    written: float
    rule_ids: tuple[str, ...]
    #: it breaks a rule, and something was taken away for it
    upheld: bool
    said: float
    taken_back: float


def _upheld(session: Session, subjects: Sequence[Subject], by: By, windows: Mapping[What, float]) -> _Counted:
    words = _words(session, subjects, by, max(windows.values()))
    for subject in subjects:
        about = words.get(subject.whose(by))
        if about is None:
            continue
        held = _held(about, subject)
        for what, window in windows.items():
            yield subject, what, sum(subject.near(word.written, window) and _counts_for(what, word) for word in held)


def _words(session: Session, subjects: Sequence[Subject], by: By, longest: float) -> dict[str, list[_Word]]:
    """Oldest first, by whose comments they are about."""
    query = (
        select(
            Decision.comment_id,
            Decision.verbs,
            Decision.rule_ids,
            Decision.made_at,
            Decision.undone_at,
            Comment.author_id,
            Comment.office_id,
            Comment.posted_at,
            Comment.received_at,
        )
        .join(Comment, Comment.id == Decision.comment_id)
        .where(_BY_PEOPLE, Decision.state.in_([State.MADE, State.UNDONE]))
        .with_hint(Decision, "INDEXED BY ix_decisions_by_people", "sqlite")
        .order_by(Decision.made_at, Decision.id)
    )
    words: dict[str, list[_Word]] = {}
    for row in session.execute(_before(query, subjects, by, Comment.received_at, longest)):
        word = _Word(
            row.comment_id,
            written(row.posted_at, row.received_at),
            tuple(row.rule_ids),
            upheld=bool(row.rule_ids) and not UPHOLDING_VERBS.isdisjoint(row.verbs),
            said=row.made_at.timestamp(),
            taken_back=row.undone_at.timestamp() if row.undone_at else float("inf"),
        )
        words.setdefault(_whose(row, by), []).append(word)
    return words


def _held(words: Iterable[_Word], subject: Subject) -> list[_Word]:
    """The last word about each other comment when the subject came in, where that was that it breaks a rule."""
    last = {
        word.comment_id: word
        for word in words
        if word.said <= subject.known < word.taken_back and word.comment_id != subject.comment_id
    }
    return [word for word in last.values() if word.upheld]


def _counts_for(what: What, word: _Word) -> bool:
    return not isinstance(what, RungCount) or what.rule_id in word.rule_ids


def _whose(row: Any, by: By) -> str:
    return str(row.office_id if by is By.ANYONE else row.author_id)


def _before(
    query: Select[Any], subjects: Sequence[Subject], by: By, received: ColumnElement[datetime] | Any, longest: float
) -> Select[Any]:
    """Narrowed to what can count for any of the subjects, and a second more; which counts for which, the rows tell."""
    earliest = min(subject.at for subject in subjects) - longest - 1
    latest = max(subject.at for subject in subjects) + longest + 1
    column = Comment.office_id if by is By.ANYONE else Comment.author_id
    return query.where(
        column.in_({subject.whose(by) for subject in subjects}),
        received > _moment(earliest),
        received <= _moment(max(subject.known for subject in subjects)),
        Comment.posted_at > _moment(earliest),
        or_(Comment.posted_at <= _moment(latest), Comment.received_at <= _moment(latest)),
    )


def _moment(seconds: float) -> datetime:
    """The nearest that the calendar has."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return datetime.max.replace(tzinfo=UTC) if seconds > 0 else datetime.min.replace(tzinfo=UTC)


_COUNTING: Mapping[Activity, Callable[[Session, Sequence[Subject], By, Mapping[What, float]], _Counted]] = {
    Activity.COMMENTS: _comments,
    Activity.REPEATS: _repeats,
    Activity.UPHELD: _upheld,
}
