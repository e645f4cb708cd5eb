"""What is kept before something is done about a comment: it, its context, what classifiers said and who answered."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from moderator import clock
from moderator.domain.decisions import Maker
from moderator.storage.tables import Assessment, Author, AuthorFact, Comment, Decision, EvidenceSnapshot, Post, Revision


def keep(session: Session, comments: Mapping[str, str]) -> None:
    """Take a snapshot of each comment, given by id, for the decision whose id it maps to."""
    if not comments:
        return
    at = clock.now()
    rows = []
    for body in _bodies(session, list(comments)):
        canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        rows.append(
            {
                "id": clock.new_id(),
                "office_id": body["office_id"],
                "comment_id": body["comment_id"],
                "decision_id": comments[body["comment_id"]],
                "body": body,
                "sha256": hashlib.sha256(canonical.encode()).hexdigest(),
                "at": at,
            }
        )
    session.execute(insert(EvidenceSnapshot), rows)


def _bodies(session: Session, comment_ids: list[str]) -> list[dict[str, Any]]:
    found = session.execute(
        select(Comment, Revision, Author, Post)
        .join(Revision, Revision.id == Comment.revision_id)
        .outerjoin(Author, Author.id == Comment.author_id)
        .outerjoin(Post, Post.id == Comment.post_id)
        .where(Comment.id.in_(comment_ids))
    ).all()
    revision_ids = [revision.id for _, revision, _, _ in found]
    assessments = _assessments(session, revision_ids)
    judged = _judged(session, comment_ids, revision_ids)
    recorded = _recorded(session, [comment.author_id for comment, _, _, _ in found if comment.author_id])
    return [
        _body(comment, revision, author, post)
        | {
            "recorded": recorded.get(comment.author_id or "", []),
            "assessments": assessments.get(revision.id, []),
            "answered": judged[revision.id].answered if revision.id in judged else {},
            "findings": judged[revision.id].findings if revision.id in judged else [],
        }
        for comment, revision, author, post in found
    ]


def _assessments(session: Session, revision_ids: list[str]) -> dict[str, list[dict[str, Any]]]:
    kept: dict[str, list[dict[str, Any]]] = {}
    query = select(Assessment).where(Assessment.revision_id.in_(revision_ids)).order_by(Assessment.id)
    for reading in session.scalars(query):
        kept.setdefault(reading.revision_id, []).append(
            {
                "classifier": reading.classifier,
                "version": reading.version,
                "scores": reading.scores,
                "language": reading.language,
                "doubts": reading.doubts,
                "views": reading.views,
                "because": reading.because,
                "error": reading.error,
            }
        )
    return kept


def _recorded(session: Session, author_ids: list[str]) -> dict[str, list[dict[str, Any]]]:
    """What members recorded about each author, with where they know it from."""
    kept: dict[str, list[dict[str, Any]]] = {}
    query = select(AuthorFact).where(AuthorFact.author_id.in_(author_ids), AuthorFact.withdrawn_at.is_(None))
    for fact in session.scalars(query.order_by(AuthorFact.id)):
        recorded_at = fact.recorded_at.isoformat()
        kept.setdefault(fact.author_id, []).append(
            {"fact": fact.fact, "source": fact.source, "recorded_by": fact.recorded_by, "recorded_at": recorded_at}
        )
    return kept


def _judged(session: Session, comment_ids: list[str], revision_ids: list[str]) -> dict[str, Any]:
    """For each revision, what the service found when it last judged it, and the classifiers whose scores counted."""
    oldest_first = (
        select(Decision.revision_id, Decision.answered, Decision.findings)
        .where(
            Decision.comment_id.in_(comment_ids), Decision.revision_id.in_(revision_ids), Decision.maker != Maker.PERSON
        )
        .order_by(Decision.id)
    )
    return {row.revision_id: row for row in session.execute(oldest_first)}


def _body(
    comment: Comment,
    revision: Revision,
    author: Author | None,
    post: Post | None,
) -> dict[str, Any]:
    return {
        "office_id": comment.office_id,
        "comment_id": comment.id,
        "channel_id": comment.channel_id,
        "external_id": comment.external_id,
        "permalink": comment.permalink,
        "parent_external_id": comment.parent_external_id,
        "posted_at": comment.posted_at.isoformat(),
        "received_at": comment.received_at.isoformat(),
        "visibility": comment.visibility,
        "revision": revision.number,
        "text": revision.text,
        "original": revision.original,
        "language": comment.language,
        "unreadable": revision.unreadable,
        "author": author and {"external_id": author.external_id, "name": author.name, "handle": author.handle},
        "post": post and {"external_id": post.external_id, "title": post.title, "text": post.text},
    }
