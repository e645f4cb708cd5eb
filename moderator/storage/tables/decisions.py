"""Decisions, the cases in which people make them, and how people share those out among themselves."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from moderator.storage.tables.base import Base, Id, Ref


class Decision(Base):
    """What was decided about one revision, by whom, citing which rules of which version."""

    __tablename__ = "decisions"
    __table_args__ = (
        Index("ix_decisions_comment_id_made_at", "comment_id", "made_at"),
        Index("ix_decisions_member_id_made_at", "member_id", "made_at"),
        Index("ix_decisions_second_member_id_made_at", "second_member_id", "made_at"),
        Index("ix_decisions_office_id_state_id", "office_id", "state", "id"),
        # What people said about a comment, among all that was decided about the other comments of its author.
        Index(
            "ix_decisions_by_people",
            "comment_id",
            sqlite_where=text("reason = 'person'"),
            postgresql_where=text("reason = 'person'"),
        ),
    )

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
        Index("ix_cases_queue", "office_id", "state", "urgent_at", "id"),
        Index("ix_cases_lane", "office_id", "state", "lane", "urgent_at", "id"),
        Index("ix_cases_channel", "office_id", "state", "channel_id", "urgent_at", "id"),
        Index("ix_cases_due", "office_id", "state", "lane", "due_at"),
        Index("ix_cases_opened", "office_id", "state", "opened_at"),
        Index("ix_cases_assignee_id", "assignee_id"),
        # All that a view of the queue asks of an open case, so that passing one over needs no look at the case itself.
        Index(
            "ix_cases_open",
            "office_id",
            "urgent_at",
            "id",
            "lane",
            "channel_id",
            "language",
            "opened_at",
            "severe",
            "assignee_id",
            "escalated_by",
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index("ix_cases_comment_id_closed_at", "comment_id", "closed_at"),
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
    # Copies of the comment's, so that the queue is read from one table; no foreign keys, as for those of `Comment`.
    channel_id: Mapped[Ref]
    author_id: Mapped[str | None] = mapped_column(index=True)
    #: ISO 639-1 code; None where nobody told
    language: Mapped[str | None]
    #: the suggestion or proposal that waits
    decision_id: Mapped[str] = mapped_column(ForeignKey("decisions.id"))
    state: Mapped[str]
    lane: Mapped[str]
    #: 1 first
    priority: Mapped[int]
    due_at: Mapped[datetime]
    #: what the queue is ordered by, earliest first: when it is due, brought forward for how much hangs on it
    urgent_at: Mapped[datetime]
    #: how many answers the comment had when the case was placed
    reach: Mapped[int] = mapped_column(default=0)
    #: reading it weighs on people: it counts towards what one person is asked to read
    severe: Mapped[bool] = mapped_column(default=False)
    #: why it stands where it stands, in a sentence
    why: Mapped[str]
    #: a colleague was asked to take it
    assignee_id: Mapped[str | None]
    assigned_by: Mapped[str | None]
    #: somebody asked that a lead decides
    escalated_by: Mapped[str | None]
    #: a person opened it for the first time
    first_seen_at: Mapped[datetime | None]
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None] = mapped_column(ForeignKey("members.id"))


class CaseFacet(Base):
    """What an open case can be found by: a rule that was found, a label that spoke for one, its language."""

    __tablename__ = "case_facets"
    __table_args__ = (Index("ix_case_facets_found", "office_id", "kind", "value", "urgent_at", "case_id"),)

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    #: rule, label, language
    kind: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(primary_key=True)
    office_id: Mapped[str] = mapped_column(ForeignKey("offices.id"))
    #: the case's own, so that the queue's order is the index's
    urgent_at: Mapped[datetime]


class Lease(Base):
    """A case on somebody's screen: nobody else is given it until then. Gone when released or decided."""

    __tablename__ = "leases"
    __table_args__ = (Index("ix_leases_office_id_until", "office_id", "until"),)

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    office_id: Mapped[str] = mapped_column(ForeignKey("offices.id"))
    member_id: Mapped[str] = mapped_column(ForeignKey("members.id"), index=True)
    taken_at: Mapped[datetime]
    until: Mapped[datetime]
    #: the member said that it takes longer: it is not given up when the tab sleeps
    kept: Mapped[bool]


class CasePass(Base):
    """A member gave a case to others without having to say why: it does not come back to them."""

    __tablename__ = "case_passes"

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    member_id: Mapped[str] = mapped_column(ForeignKey("members.id"), primary_key=True)
    at: Mapped[datetime]


class Note(Base):
    """What one member tells the others about a comment. Never leaves the office."""

    __tablename__ = "notes"
    __table_args__ = (Index("ix_notes_comment_id_at", "comment_id", "at"),)

    id: Mapped[Id]
    office_id: Mapped[str] = mapped_column(ForeignKey("offices.id"))
    comment_id: Mapped[str] = mapped_column(ForeignKey("comments.id"))
    member_id: Mapped[str] = mapped_column(ForeignKey("members.id"))
    text: Mapped[str]
    at: Mapped[datetime]


class Mention(Base):
    """A note asks for a colleague's eye."""

    __tablename__ = "mentions"
    __table_args__ = (Index("ix_mentions_member_id_seen_at", "member_id", "seen_at"),)

    note_id: Mapped[str] = mapped_column(ForeignKey("notes.id"), primary_key=True)
    member_id: Mapped[str] = mapped_column(ForeignKey("members.id"), primary_key=True)
    seen_at: Mapped[datetime | None]


class BulkRun(Base):
    """One choice for many comments, made by one person and carried out as a job; or the undoing of such a run."""

    __tablename__ = "bulk_runs"
    __table_args__ = (Index("ix_bulk_runs_office_id_asked_at", "office_id", "asked_at"),)

    id: Mapped[Id]
    office_id: Mapped[str] = mapped_column(ForeignKey("offices.id"))
    #: set: this run takes that one back
    undoes_id: Mapped[str | None] = mapped_column(ForeignKey("bulk_runs.id"))
    verbs: Mapped[list[Any]]
    rule_id: Mapped[str | None]
    note: Mapped[str]
    #: `domain.cases.BulkState`
    state: Mapped[str]
    total: Mapped[int]
    #: decided, or taken back
    done: Mapped[int] = mapped_column(default=0)
    #: left alone, each with its reason
    left_alone: Mapped[int] = mapped_column(default=0)
    asked_by: Mapped[str] = mapped_column(ForeignKey("members.id"))
    asked_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(default="")


class BulkItem(Base):
    """One comment of a bulk run, and what became of it."""

    __tablename__ = "bulk_items"
    __table_args__ = (Index("ix_bulk_items_decision_id", "decision_id"),)

    bulk_id: Mapped[str] = mapped_column(ForeignKey("bulk_runs.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    comment_id: Mapped[str] = mapped_column(ForeignKey("comments.id"))
    case_id: Mapped[str | None] = mapped_column(ForeignKey("cases.id"))
    #: the decision that was on the screen when the run was asked for
    seen_id: Mapped[str | None]
    #: `domain.cases.BulkItemState`
    state: Mapped[str]
    #: what was decided here, or which decision was taken back
    decision_id: Mapped[str | None]
    #: why it was left alone
    said: Mapped[str] = mapped_column(default="")
