"""What was published, what was said under it, by whom, and what the classifiers made of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from moderator.storage.tables.base import Base, Id, Ref


class Author(Base):
    """Who said it, as the platform names them."""

    __tablename__ = "authors"
    __table_args__ = (UniqueConstraint("channel_id", "external_id"),)

    id: Mapped[Id]
    channel_id: Mapped[str] = mapped_column(ForeignKey("channels.id"))
    external_id: Mapped[str]
    name: Mapped[str]
    handle: Mapped[str]
    #: what the platform told about the account, as `moderator.account_facts` keeps it; empty for nearly all
    account: Mapped[dict[str, Any]] = mapped_column(default=dict)


class AuthorFact(Base):
    """What a member recorded about an author, and where it comes from. Nothing here is ever inferred."""

    __tablename__ = "author_facts"
    __table_args__ = (Index("ix_author_facts_author_id_fact", "author_id", "fact"),)

    id: Mapped[Id]
    office_id: Mapped[str] = mapped_column(ForeignKey("offices.id"))
    author_id: Mapped[str] = mapped_column(ForeignKey("authors.id"))
    #: as the rules name it: `outside_constituency`
    fact: Mapped[str]
    #: how the member knows: their own words, or an address
    source: Mapped[str]
    recorded_by: Mapped[str] = mapped_column(ForeignKey("members.id"))
    recorded_at: Mapped[datetime]
    withdrawn_by: Mapped[str | None] = mapped_column(ForeignKey("members.id"))
    withdrawn_at: Mapped[datetime | None]


class Post(Base):
    __tablename__ = "posts"
    __table_args__ = (UniqueConstraint("channel_id", "external_id"),)

    id: Mapped[Id]
    channel_id: Mapped[str] = mapped_column(ForeignKey("channels.id"))
    external_id: Mapped[str]
    title: Mapped[str]
    text: Mapped[str]
    permalink: Mapped[str]
    #: None where the platform does not say
    published_at: Mapped[datetime | None]
    #: set: the office limits comments and replies here
    limited_at: Mapped[datetime | None]


class Comment(Base):
    """One comment as it stands. `revision_id` and `decision_id` point at the current ones."""

    __tablename__ = "comments"
    __table_args__ = (
        UniqueConstraint("channel_id", "external_id"),
        Index("ix_comments_office_id_received_at", "office_id", "received_at"),
        Index("ix_comments_post_id_posted_at", "post_id", "posted_at"),
        Index("ix_comments_author_id_received_at", "author_id", "received_at"),
        Index("ix_comments_answers", "channel_id", "parent_external_id", "posted_at"),
    )

    id: Mapped[Id]
    office_id: Mapped[str] = mapped_column(ForeignKey("offices.id"))
    channel_id: Mapped[str] = mapped_column(ForeignKey("channels.id"))
    external_id: Mapped[str]
    post_id: Mapped[str | None] = mapped_column(ForeignKey("posts.id"))
    author_id: Mapped[str | None] = mapped_column(ForeignKey("authors.id"), index=True)
    parent_external_id: Mapped[str | None]
    permalink: Mapped[str]
    language: Mapped[str | None]
    posted_at: Mapped[datetime]
    received_at: Mapped[datetime]
    visibility: Mapped[str]
    # No foreign keys: these two tables point back here, and rows of one batch are written in one go.
    revision_id: Mapped[Ref]
    decision_id: Mapped[str | None]


class Revision(Base):
    """One text of a comment."""

    __tablename__ = "revisions"
    __table_args__ = (UniqueConstraint("comment_id", "number"), Index("ix_revisions_text_key", "text_key"))

    id: Mapped[Id]
    comment_id: Mapped[str] = mapped_column(ForeignKey("comments.id"))
    number: Mapped[int]
    text: Mapped[str]
    #: the exact text as a JSON string in ASCII, where no database can hold it as it came; else None
    original: Mapped[str | None]
    #: why no machine can judge this text; empty for nearly all
    unreadable: Mapped[list[Any]]
    #: the same for texts that differ in nothing but case, spaces and marks; None where too little is said to tell
    text_key: Mapped[str | None]
    occurred_at: Mapped[datetime]
    received_at: Mapped[datetime]


class Assessment(Base):
    """What one classifier made of one revision."""

    __tablename__ = "assessments"
    __table_args__ = (UniqueConstraint("revision_id", "classifier"),)

    id: Mapped[Id]
    revision_id: Mapped[str] = mapped_column(ForeignKey("revisions.id"))
    classifier: Mapped[str]
    version: Mapped[str]
    #: label -> calibrated probability
    scores: Mapped[dict[str, Any]]
    #: [start, end, label] in characters of the revision's text
    spans: Mapped[list[Any]]
    #: set: the classifier failed, and a person must judge
    error: Mapped[str] = mapped_column(default="")
    #: ISO 639-1 code, where the classifier told one
    language: Mapped[str] = mapped_column(default="")
    #: ids from `classifiers.text.REASONS`: why a person must look, whatever the scores
    doubts: Mapped[list[Any]] = mapped_column(default=list)
    #: label -> the view that scored, where that was not the text as written
    views: Mapped[dict[str, Any]] = mapped_column(default=dict)
    #: label -> one sentence for moderators: what was seen
    because: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]
