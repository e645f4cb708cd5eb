"""Decisions, and the cases in which people make them."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from moderator.storage.tables.base import Base, Id


class Decision(Base):
    """What was decided about one revision, by whom, citing which rules of which version."""

    __tablename__ = "decisions"
    __table_args__ = (Index("ix_decisions_comment_id_made_at", "comment_id", "made_at"),)

    id: Mapped[Id]
    office_id: Mapped[str] = mapped_column(ForeignKey("offices.id"))
    comment_id: Mapped[str] = mapped_column(ForeignKey("comments.id"))
    revision_id: Mapped[str] = mapped_column(ForeignKey("revisions.id"))
    version_id: Mapped[str | None] = mapped_column(ForeignKey("guideline_versions.id"))
    #: `domain.decisions.State`
    state: Mapped[str]
    #: `domain.decisions.Maker`
    maker: Mapped[str]
    #: `domain.decisions.Reason`
    reason: Mapped[str]
    member_id: Mapped[str | None] = mapped_column(ForeignKey("members.id"))
    #: the second person, where the rule asks for two
    second_member_id: Mapped[str | None] = mapped_column(ForeignKey("members.id"))
    verbs: Mapped[list[Any]]
    rule_ids: Mapped[list[Any]]
    #: findings as published rules saw them: rule, strength, measures
    findings: Mapped[list[Any]]
    #: label -> the classifier whose score counted; empty for people's decisions
    answered: Mapped[dict[str, Any]] = mapped_column(default=dict)
    note: Mapped[str]
    #: the decision in force before this one, to go back to
    previous_id: Mapped[str | None]
    #: a person decided with a suggestion on the screen: did they follow it?
    suggestion_followed: Mapped[bool | None]
    made_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str | None] = mapped_column(ForeignKey("members.id"))


class Case(Base):
    """A comment waiting for people. At most one is open for a comment."""

    __tablename__ = "cases"
    __table_args__ = (
        Index("ix_cases_queue", "office_id", "state", "priority", "due_at", "id"),
        Index(
            "uq_cases_open",
            "comment_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )

    id: Mapped[Id]
    office_id: Mapped[str] = mapped_column(ForeignKey("offices.id"))
    comment_id: Mapped[str] = mapped_column(ForeignKey("comments.id"))
    #: the suggestion or proposal that waits
    decision_id: Mapped[str] = mapped_column(ForeignKey("decisions.id"))
    state: Mapped[str]
    lane: Mapped[str]
    #: 1 first
    priority: Mapped[int]
    due_at: Mapped[datetime]
    #: why it stands where it stands, in a sentence
    why: Mapped[str]
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None] = mapped_column(ForeignKey("members.id"))
