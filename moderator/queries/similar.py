"""Comments that say the same as the one on the page, or nearly, and what was decided about each.

The same words are found through their key, whoever wrote them and wherever. What says nearly the same is looked for
among what stands close: the author's other comments, and those under the same post around that time.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from moderator import clusters
from moderator.domain.cases import CaseState, Lane
from moderator.domain.decisions import Maker
from moderator.queries import rows
from moderator.review.access import Reach
from moderator.storage.tables import Case, Comment, Decision, Revision

#: Shown at most: those that people decided about first, newest first.
MOST = 8

#: Of those with the very same words, so many are looked at; more are shown as "500+".
SAME_AT_MOST = 500

#: Comments that are compared word by word: of the author, and under the post before this one and after it.
_OF_AUTHOR, _BEFORE, _AFTER = 60, 60, 30


@dataclass(frozen=True, slots=True)
class Similar:
    """Another comment that says the same. The text is a beginning."""

    comment_id: str
    text: str
    author: str
    posted_at: datetime
    visibility: str
    #: word for word, but for case, spaces and marks
    same: bool
    #: a person is asked about it and has not answered
    waits: bool
    #: what is in force about it; empty where nothing is
    verbs: tuple[str, ...]
    rule_ids: tuple[str, ...]
    by_person: bool
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class Alike:
    shown: tuple[Similar, ...]
    #: how many others say the very same, up to `SAME_AT_MOST`
    same: int


def alike(session: Session, reach: Reach, comment: Comment, revision: Revision, *, named: bool) -> Alike:
    """`named`: whether the member may know which comments are by the same author."""
    same = _same(session, reach, comment, revision)
    near = _near(session, reach, comment, revision, named) if len(same) < MOST else []
    ids = dict.fromkeys([*same, *near])
    return Alike(_shown(session, reach, list(ids), frozenset(same)), min(len(same), SAME_AT_MOST))


def _same(session: Session, reach: Reach, comment: Comment, revision: Revision) -> list[str]:
    if revision.text_key is None:
        return []
    keyed = (
        select(Revision.id, Revision.comment_id)
        .where(Revision.text_key == revision.text_key, Revision.comment_id != comment.id)
        .limit(SAME_AT_MOST)
        .subquery()
    )
    found = session.execute(
        select(Comment.id, Decision.maker)
        .join(keyed, (keyed.c.comment_id == Comment.id) & (keyed.c.id == Comment.revision_id))
        .outerjoin(Decision, Decision.id == Comment.decision_id)
        .where(*reach.of_comments())
    ).all()
    return [row.id for row in sorted(found, key=lambda row: (row.maker == Maker.PERSON, row.id), reverse=True)]


def _near(session: Session, reach: Reach, comment: Comment, revision: Revision, named: bool) -> list[str]:
    known: dict[str, str] = {}
    for query in _close_by(reach, comment, named):
        known |= dict(session.execute(query).tuples().all())
    known.pop(comment.id, None)
    places = list(known)
    likeness = clusters.alike(revision.text[: rows.EXCERPT], list(known.values()))
    return [places[place] for place, _ in sorted(likeness, key=lambda found: -found[1])]


def _close_by(reach: Reach, comment: Comment, named: bool) -> Iterable[Select[tuple[str, str]]]:
    def texts(*conditions: ColumnElement[bool]) -> Select[tuple[str, str]]:
        return (
            select(Comment.id, func.substr(Revision.text, 1, rows.EXCERPT))
            .join(Revision, Revision.id == Comment.revision_id)
            .where(*conditions, *reach.of_comments())
        )

    if comment.author_id is not None and named:
        theirs = texts(Comment.author_id == comment.author_id)
        yield theirs.order_by(Comment.received_at.desc()).limit(_OF_AUTHOR)
    if comment.post_id is not None:
        under = Comment.post_id == comment.post_id
        before = texts(under, Comment.posted_at <= comment.posted_at)
        yield before.order_by(Comment.posted_at.desc()).limit(_BEFORE)
        after = texts(under, Comment.posted_at > comment.posted_at)
        yield after.order_by(Comment.posted_at).limit(_AFTER)


def _shown(session: Session, reach: Reach, ids: Sequence[str], same: frozenset[str]) -> tuple[Similar, ...]:
    wanted = list(ids[:MOST])
    if not wanted:
        return ()
    found = {row.comment_id: row for row in session.execute(_with_decisions(wanted))}
    asked = select(Case.comment_id).where(
        Case.comment_id.in_(wanted), Case.state == CaseState.OPEN, Case.lane != Lane.PLATFORM
    )
    waiting = set(session.scalars(asked))
    return tuple(_similar(found[id], reach, id in same, id in waiting) for id in wanted)


def _with_decisions(ids: Sequence[str]) -> Select[Any]:
    columns = (Decision.verbs, Decision.rule_ids, Decision.maker, Decision.made_at)
    decided = rows.comments(*columns).outerjoin(Decision, Decision.id == Comment.decision_id)
    return decided.where(Comment.id.in_(ids))


def _similar(row: Any, reach: Reach, same: bool, waits: bool) -> Similar:
    return Similar(
        comment_id=row.comment_id,
        text=row.text,
        author=rows.author_of(row, reach, rows.ANOTHER),
        posted_at=row.posted_at,
        visibility=row.visibility,
        same=same,
        waits=waits,
        verbs=tuple(row.verbs or ()),
        rule_ids=tuple(row.rule_ids or ()),
        by_person=row.maker == Maker.PERSON,
        decided_at=row.made_at,
    )
