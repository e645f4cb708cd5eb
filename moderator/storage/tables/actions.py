"""Actions carried to platforms, what the platforms answered, and what was kept beforehand."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from moderator.storage.tables.base import Base, Id


class Action(Base):
    """One verb for one comment. Its id is the idempotency key on every attempt."""

    __tablename__ = "actions"
    __table_args__ = (
        UniqueConstraint("comment_id", "sequence"),
        Index("ix_actions_office_id_state", "office_id", "state"),
    )

    id: Mapped[Id]
    office_id: Mapped[str] = mapped_column(ForeignKey("offices.id"))
    channel_id: Mapped[str] = mapped_column(ForeignKey("channels.id"), index=True)
    comment_id: Mapped[str] = mapped_column(ForeignKey("comments.id"))
    decision_id: Mapped[str] = mapped_column(ForeignKey("decisions.id"), index=True)
    verb: Mapped[str]
    #: `domain.actions.State`
    state: Mapped[str]
    #: 1, 2, 3 … for one comment: carried out in this order
    sequence: Mapped[int]
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    #: how long it lasts once done: a block of 90 days; None: until somebody ends it
    duration_days: Mapped[int | None]
    #: set when it is done, where it lasts for a time
    ends_at: Mapped[datetime | None]
    #: what is written to the author: replies and redirections only
    text: Mapped[str] = mapped_column(default="")
    #: it cannot be taken back, so it waits until then for somebody to think better of it
    waits_until: Mapped[datetime | None]


class Receipt(Base):
    """What a platform answered to one attempt."""

    __tablename__ = "receipts"
    __table_args__ = (UniqueConstraint("action_id", "attempt"),)

    id: Mapped[Id]
    action_id: Mapped[str] = mapped_column(ForeignKey("actions.id"))
    attempt: Mapped[int]
    outcome: Mapped[str]
    status_code: Mapped[int | None]
    detail: Mapped[str]
    at: Mapped[datetime]


class EvidenceSnapshot(Base):
    """The comment, its context and its scores as they were before something was done about it."""

    __tablename__ = "evidence_snapshots"

    id: Mapped[Id]
    office_id: Mapped[str] = mapped_column(ForeignKey("offices.id"))
    comment_id: Mapped[str] = mapped_column(ForeignKey("comments.id"), index=True)
    decision_id: Mapped[str] = mapped_column(ForeignKey("decisions.id"), index=True)
    body: Mapped[dict[str, Any]]
    #: of the canonical JSON of `body`
    sha256: Mapped[str]
    at: Mapped[datetime]
