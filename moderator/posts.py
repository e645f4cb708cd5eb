"""What the office did with a post, as far as rules go by it: whether comments under it are limited."""

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from moderator import clock
from moderator.storage.tables import Comment, Post


def limited(session: Session, comment_id: str) -> None:
    """Comments under this comment's post are limited from now on, where they were not already."""
    session.execute(update(Post).where(_of(comment_id), Post.limited_at.is_(None)).values(limited_at=clock.now()))


def open_again(session: Session, comment_id: str) -> bool:
    """They are limited no longer. False: they were not."""
    limit = update(Post).where(_of(comment_id), Post.limited_at.is_not(None)).values(limited_at=None)
    return bool(session.execute(limit.returning(Post.id)).scalars().all())


def is_limited(session: Session, comment_id: str) -> bool:
    return session.scalar(select(Post.id).where(_of(comment_id), Post.limited_at.is_not(None))) is not None


def _of(comment_id: str) -> ColumnElement[bool]:
    return Post.id == select(Comment.post_id).where(Comment.id == comment_id).scalar_subquery()
