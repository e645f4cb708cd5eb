"""Claims that somebody checked, as an office keeps them, and the comments that came near one."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from moderator.storage.tables.base import Base, Id


class CheckedClaim(Base):
    """A claim, and what its source made of it. Expired or withdrawn, it stays and counts no more."""

    __tablename__ = "checked_claims"
    __table_args__ = (UniqueConstraint("office_id", "key"), Index("ix_checked_claims_office_id_id", "office_id", "id"))

    id: Mapped[Id]
    office_id: Mapped[str] = mapped_column(ForeignKey("offices.id"))
    #: SHA-256 of the claim and the link: the same check is kept once
    key: Mapped[str]
    text: Mapped[str]
    #: as the source words it
    rating: Mapped[str]
    #: `classifiers.claims.checked.Verdict`
    verdict: Mapped[str]
    source: Mapped[str]
    link: Mapped[str]
    checked_on: Mapped[date]
    #: the last day on which it counts
    expires_on: Mapped[date]
    added_by: Mapped[str | None] = mapped_column(ForeignKey("members.id"))
    added_at: Mapped[datetime]
    withdrawn_by: Mapped[str | None] = mapped_column(ForeignKey("members.id"))
    withdrawn_at: Mapped[datetime | None]
    #: of the text, as float16, and by which model; None until it is first needed
    vector: Mapped[bytes | None]
    vector_version: Mapped[str]


class ClaimStore(Base):
    """When the claims of an office last changed. An office without a row has none and never had."""

    __tablename__ = "claim_stores"

    office_id: Mapped[str] = mapped_column(ForeignKey("offices.id"), primary_key=True)
    #: a new one with every change
    stamp: Mapped[str]


class ClaimMatch(Base):
    """A text that came near a checked claim when it was looked at."""

    __tablename__ = "claim_matches"

    revision_id: Mapped[str] = mapped_column(ForeignKey("revisions.id"), primary_key=True)
    claim_id: Mapped[str] = mapped_column(ForeignKey("checked_claims.id"), primary_key=True)
    #: 1 is the nearest
    place: Mapped[int]
