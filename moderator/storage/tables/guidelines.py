"""Guidelines on their way to being published, and published: drafts, what trying them showed, frozen versions."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from moderator.storage.tables.base import Base, Id


class GuidelineVersion(Base):
    """A published set: numbered, hashed, frozen. In force is the one that took effect last."""

    __tablename__ = "guideline_versions"
    __table_args__ = (UniqueConstraint("office_id", "number"),)

    id: Mapped[Id]
    office_id: Mapped[str] = mapped_column(ForeignKey("offices.id"))
    number: Mapped[int]
    sha256: Mapped[str]
    #: canonical JSON: the bytes that `sha256` is the hash of
    document: Mapped[str]
    published_at: Mapped[datetime]
    published_by: Mapped[str | None] = mapped_column(ForeignKey("members.id"))
    #: when it takes effect, or took
    effective_at: Mapped[datetime]
    #: the second member who read it before it was published; None where nobody did. No foreign key: it came later, and
    #: SQLite adds none to a table that is there.
    approved_by: Mapped[str | None]
    #: what changed and why, in the office's words
    note: Mapped[str] = mapped_column(default="")


class GuidelineDraft(Base):
    """A set that somebody is writing. Kept as it was typed, also where it cannot be read."""

    __tablename__ = "guideline_drafts"
    __table_args__ = (Index("ix_guideline_drafts_office_id_state", "office_id", "state"),)

    id: Mapped[Id]
    office_id: Mapped[str] = mapped_column(ForeignKey("offices.id"))
    title: Mapped[str]
    #: YAML
    document: Mapped[str]
    #: counts changes of the text: a change made on an older one is refused
    revision: Mapped[int]
    #: `domain.drafts.DraftState`
    state: Mapped[str]
    #: number of the version it began as; None: a preset or a file
    base_number: Mapped[int | None]
    created_by: Mapped[str | None] = mapped_column(ForeignKey("members.id"))
    created_at: Mapped[datetime]
    #: who changed the text last
    updated_by: Mapped[str | None] = mapped_column(ForeignKey("members.id"))
    updated_at: Mapped[datetime]
    submitted_by: Mapped[str | None] = mapped_column(ForeignKey("members.id"))
    submitted_at: Mapped[datetime | None]
    #: what changed and why, for whoever reviews it and for the public
    note: Mapped[str] = mapped_column(default="")
    reviewed_by: Mapped[str | None] = mapped_column(ForeignKey("members.id"))
    reviewed_at: Mapped[datetime | None]
    review_note: Mapped[str] = mapped_column(default="")
    #: it is held against every new comment beside the version in force, and nothing follows from it
    shadow_since: Mapped[datetime | None]
    #: what it became
    version_id: Mapped[str | None] = mapped_column(ForeignKey("guideline_versions.id"))


class Backtest(Base):
    """A draft held against stored comments."""

    __tablename__ = "backtests"
    __table_args__ = (Index("ix_backtests_draft_id_asked_at", "draft_id", "asked_at"),)

    id: Mapped[Id]
    office_id: Mapped[str] = mapped_column(ForeignKey("offices.id"))
    draft_id: Mapped[str] = mapped_column(ForeignKey("guideline_drafts.id"))
    #: the draft as it was then: canonical JSON, and its hash
    document: Mapped[str]
    sha256: Mapped[str]
    #: the version it was compared with; None: nothing was published
    version_id: Mapped[str | None] = mapped_column(ForeignKey("guideline_versions.id"))
    #: how many comments were asked for; None: all
    sample: Mapped[int | None]
    #: `domain.drafts.BacktestState`
    state: Mapped[str]
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    #: where to go on: nothing but what the run itself needs
    progress: Mapped[dict[str, Any]] = mapped_column(default=dict)
    #: counts and measures, complete once `state` is done
    result: Mapped[dict[str, Any]] = mapped_column(default=dict)
    error: Mapped[str] = mapped_column(default="")
    asked_by: Mapped[str | None] = mapped_column(ForeignKey("members.id"))
    asked_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class BacktestFlip(Base):
    """A comment that would be decided otherwise under the draft."""

    __tablename__ = "backtest_flips"
    __table_args__ = (UniqueConstraint("backtest_id", "revision_id"),)

    id: Mapped[Id]
    backtest_id: Mapped[str] = mapped_column(ForeignKey("backtests.id"))
    comment_id: Mapped[str] = mapped_column(ForeignKey("comments.id"))
    revision_id: Mapped[str] = mapped_column(ForeignKey("revisions.id"))
    #: `domain.outcomes.Outcome`: as the version in force has it, and as the draft has it
    before: Mapped[str]
    after: Mapped[str]
    rules_before: Mapped[list[Any]]
    rules_after: Mapped[list[Any]]


class ShadowOutcome(Base):
    """What a draft that runs beside the version in force would have done with a new comment."""

    __tablename__ = "shadow_outcomes"
    __table_args__ = (UniqueConstraint("draft_id", "revision_id"),)

    id: Mapped[Id]
    draft_id: Mapped[str] = mapped_column(ForeignKey("guideline_drafts.id"))
    #: the draft's text then: `GuidelineDraft.revision`
    draft_revision: Mapped[int]
    comment_id: Mapped[str] = mapped_column(ForeignKey("comments.id"))
    revision_id: Mapped[str] = mapped_column(ForeignKey("revisions.id"))
    before: Mapped[str]
    after: Mapped[str]
    rules_before: Mapped[list[Any]]
    rules_after: Mapped[list[Any]]
    at: Mapped[datetime]
