"""What is known about comments beside their scores: as it was when each came in, so that whoever asks later is told
the same. Two things are as they are now: what members recorded about an author, and whether a post is still limited.

What a set of rules does not ask for costs no query. What it asks for costs one or two for all comments together.
"""

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache, reduce
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from classifiers.wordlist.classifier import finder
from guidelines.schema import NO_FACTS, Activity, By, Count, Facts, Needs, PostState, RungCount
from moderator.counting import Subject, What, count, said_once, written
from moderator.links import hosts
from moderator.pipeline.storable import original
from moderator.storage.tables import AuthorFact, Comment, Post, Revision


@dataclass(frozen=True, slots=True)
class _Found:
    """A text with what stands around it."""

    subject: Subject
    #: empty where nobody asks for it
    text: str
    post_id: str | None
    limited_at: datetime | None
    posted_at: datetime


def gather(
    session: Session, revision_ids: Collection[str], needs: Needs, timezones: Mapping[str, str]
) -> dict[str, Facts]:
    """The facts that a set of rules `needs` about each of these texts. `timezones` are those of the offices, by id.

    Counted is what had come in by then and was written within the hours asked for. Upheld is what members had decided
    by then: their last word about a comment counts, also after its author edited it.
    """
    if needs == Needs():
        return dict.fromkeys(revision_ids, NO_FACTS)
    if _repeats_alone(needs):
        known = _said_once(session, revision_ids, needs)
        rest = [id for id in revision_ids if id not in known]
        return known | (_gather(session, rest, needs, timezones) if rest else {})
    return _gather(session, revision_ids, needs, timezones)


def gather_each(session: Session, wanted: Mapping[str, Needs], timezones: Mapping[str, str]) -> dict[str, Facts]:
    """The facts needed about each text, where not all need the same: at least what is `wanted`, by revision id.

    Those that need facts of the same sorts are asked about together.
    """
    same: dict[Needs, list[str]] = {}
    for revision_id, needs in wanted.items():
        same.setdefault(needs, []).append(revision_id)
    alike: dict[Hashable, list[Needs]] = {}
    for needs in same:
        alike.setdefault(_sorts(needs), []).append(needs)
    known: dict[str, Facts] = {}
    for each in alike.values():
        ids = [id for needs in each for id in same[needs]]
        known |= gather(session, ids, reduce(both, each), timezones)
    return known


def both(one: Needs, other: Needs) -> Needs:
    """What two ask for together."""
    return Needs(
        words=one.words | other.words,
        links=one.links or other.links,
        recorded=one.recorded or other.recorded,
        counts=one.counts | other.counts,
        post=one.post or other.post,
        day=one.day or other.day,
        rungs=one.rungs | other.rungs,
    )


def _sorts(needs: Needs) -> Hashable:
    """What has to be looked up, whatever exactly is looked for there."""
    counted = frozenset((asked.activity, asked.by) for asked in needs.counts)
    return bool(needs.words), needs.links, needs.recorded, counted, needs.post, needs.day, bool(needs.rungs)


def _repeats_alone(needs: Needs) -> bool:
    return needs == Needs(counts=needs.counts) and all(asked.activity is Activity.REPEATS for asked in needs.counts)


def _said_once(session: Session, revision_ids: Collection[str], needs: Needs) -> dict[str, Facts]:
    """How often these texts were repeated, of those alone that nobody ever repeated: nearly all."""
    by_anyone = {asked: 1 for asked in needs.counts if asked.by is By.ANYONE}
    by_author = dict.fromkeys(needs.counts, 1)
    # The same for very many, and one for all of them.
    unknown, unnamed, named = NO_FACTS, Facts(counts=by_anyone), Facts(counts=by_author)
    return {
        id: unknown if key is None else unnamed if author is None else named
        for id, key, author in session.execute(said_once(revision_ids))
    }


def _gather(
    session: Session, revision_ids: Collection[str], needs: Needs, timezones: Mapping[str, str]
) -> dict[str, Facts]:
    found = _found(session, revision_ids, with_text=bool(needs.words or needs.links))
    subjects = [each.subject for each in found]
    recorded = _recorded(session, subjects) if needs.recorded else {}
    counted = count(session, subjects, needs) if needs.counts or needs.rungs else {}
    return {each.subject.revision_id: _facts(each, needs, recorded, counted, timezones) for each in found}


def _facts(
    found: _Found,
    needs: Needs,
    recorded: Mapping[str, frozenset[str]],
    counted: Mapping[str, Mapping[What, int]],
    timezones: Mapping[str, str],
) -> Facts:
    subject = found.subject
    numbers = counted.get(subject.revision_id, {})
    return Facts(
        words=_finder(needs.words)(found.text) if needs.words else None,
        hosts=hosts(found.text) if needs.links else None,
        recorded=recorded.get(subject.author_id, frozenset()) if needs.recorded and subject.author_id else None,
        counts={what: number for what, number in numbers.items() if isinstance(what, Count)},
        post=_post(found) if needs.post else None,
        day=_day(found.posted_at, timezones[subject.office_id]) if needs.day else None,
        upheld={what: number for what, number in numbers.items() if isinstance(what, RungCount)},
    )


def _found(session: Session, revision_ids: Collection[str], *, with_text: bool) -> list[_Found]:
    texts = (Revision.text, Revision.original) if with_text else ()
    query = (
        select(
            Revision.id,
            Revision.number,
            Revision.text_key,
            Revision.received_at.label("text_received_at"),
            Comment.id.label("comment_id"),
            Comment.office_id,
            Comment.channel_id,
            Comment.author_id,
            Comment.post_id,
            Comment.posted_at,
            Comment.received_at,
            Post.limited_at,
            *texts,
        )
        .join(Comment, Comment.id == Revision.comment_id)
        .outerjoin(Post, Post.id == Comment.post_id)
        .where(Revision.id.in_(revision_ids))
    )
    return [
        _Found(
            _subject(row),
            original(row.text, row.original) if with_text else "",
            row.post_id,
            row.limited_at,
            row.posted_at,
        )
        for row in session.execute(query)
    ]


def _subject(row: Any) -> Subject:
    began, known = written(row.posted_at, row.received_at), row.text_received_at.timestamp()
    return Subject(
        revision_id=row.id,
        comment_id=row.comment_id,
        office_id=row.office_id,
        author_id=row.author_id,
        place=row.post_id or row.channel_id,
        text_key=row.text_key,
        began=began,
        at=began if row.number == 1 else known,
        known=known,
    )


@lru_cache(maxsize=64)
def _finder(words: frozenset[str]) -> Callable[[str], frozenset[str]]:
    return finder(words)


def _recorded(session: Session, subjects: Iterable[Subject]) -> dict[str, frozenset[str]]:
    authors = {subject.author_id for subject in subjects if subject.author_id}
    facts: dict[str, set[str]] = {}
    query = select(AuthorFact.author_id, AuthorFact.fact).where(
        AuthorFact.author_id.in_(authors), AuthorFact.withdrawn_at.is_(None)
    )
    for row in session.execute(query):
        facts.setdefault(row.author_id, set()).add(row.fact)
    return {author: frozenset(recorded) for author, recorded in facts.items()}


def _post(found: _Found) -> frozenset[PostState] | None:
    if found.post_id is None:
        return None
    limited = found.limited_at is not None and found.limited_at.timestamp() <= found.subject.known
    return frozenset({PostState.LIMITED}) if limited else frozenset()


def _day(posted_at: datetime, timezone: str) -> date:
    try:
        return posted_at.astimezone(ZoneInfo(timezone)).date()
    except OverflowError:  # the first or the last day that a calendar has
        return posted_at.date()
