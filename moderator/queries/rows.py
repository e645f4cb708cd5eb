"""Reads that several pages share."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from guidelines.evaluate import needs_person
from moderator import publishing
from moderator.review.access import Reach
from moderator.storage.tables import Author, Channel, Comment, GuidelineVersion, Member, Post, Revision

#: Characters of a text that a list needs: an excerpt, and room for what its making drops.
EXCERPT = 480

#: What a member reads who is not told names.
THE_AUTHOR, ANOTHER = "the author", "another commenter"


@dataclass(frozen=True, slots=True)
class JudgedRule:
    """A published rule that no machine tests: people look for what it names."""

    id: str
    title: str


def comments(*columns: Any) -> Select[Any]:
    """`columns`, and the beginning of a comment with what it stands under. To be narrowed by the caller."""
    return (
        select(
            *columns,
            Comment.id.label("comment_id"),
            Comment.channel_id,
            Comment.posted_at,
            Comment.visibility,
            Revision.number.label("revision_number"),
            func.substr(Revision.text, 1, EXCERPT).label("text"),
            Author.name.label("author_name"),
            Author.handle.label("author_handle"),
            Channel.name.label("channel_name"),
            func.substr(Post.title, 1, EXCERPT).label("post_title"),
            func.substr(Post.text, 1, EXCERPT).label("post_text"),
        )
        .select_from(Comment)
        .join(Revision, Revision.id == Comment.revision_id)
        .join(Channel, Channel.id == Comment.channel_id)
        .outerjoin(Author, Author.id == Comment.author_id)
        .outerjoin(Post, Post.id == Comment.post_id)
    )


def name_of(row: Any) -> str:
    """The author as the platform names them; empty where it does not. For those who may see every name."""
    return row.author_name or row.author_handle or ""


def author_of(row: Any, reach: Reach, withheld: str = THE_AUTHOR) -> str:
    """The author of a row of `comments`, as far as this member is told who it is."""
    return name_of(row) if reach.names_on(row.channel_id) else withheld


def post_of(row: Any) -> str:
    """What names the post on one line; empty where there is none."""
    return row.post_title or row.post_text or ""


def member_names(session: Session, member_ids: Iterable[str | None]) -> Mapping[str, str]:
    """Names by id, also of members who have left."""
    wanted = {member_id for member_id in member_ids if member_id}
    if not wanted:
        return {}
    return dict(session.execute(select(Member.id, Member.name).where(Member.id.in_(wanted))).tuples().all())


def judged_rules(version: GuidelineVersion | None, labels: frozenset[str]) -> tuple[JudgedRule, ...]:
    """The rules of a version that nothing tests with these labels."""
    if version is None:
        return ()
    return tuple(JudgedRule(rule.id, rule.title) for rule in needs_person(publishing.read(version), labels))
