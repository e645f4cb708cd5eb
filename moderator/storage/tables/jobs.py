"""Machine work that waits. A row lives until its work is done, and leaves in the same commit as the result."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from moderator.storage.tables.base import Base, Id


class Job(Base):
    __tablename__ = "jobs"
    __table_args__ = (
        UniqueConstraint("kind", "subject_id"),
        Index("ix_jobs_kind_run_after_id", "kind", "run_after", "id"),
    )

    id: Mapped[Id]
    kind: Mapped[str]
    #: what it is about: a revision, a decision, an action
    subject_id: Mapped[str]
    run_after: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    lease_owner: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    last_error: Mapped[str] = mapped_column(default="")
