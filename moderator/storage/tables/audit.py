"""The append-only, hash-chained log. One chain per office; database triggers refuse UPDATE and DELETE of entries."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from moderator.storage.tables.base import Base


class AuditEntry(Base):
    """One line of the log. Text columns only: what is hashed is exactly what is stored."""

    __tablename__ = "audit_entries"

    chain: Mapped[str] = mapped_column(String(26), primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[str]
    actor: Mapped[str]
    event: Mapped[str]
    subject: Mapped[str] = mapped_column(index=True)
    detail: Mapped[str]
    hash: Mapped[str]


class AuditHead(Base):
    """Where each chain ends. Its row is the lock that writers of one chain queue for."""

    __tablename__ = "audit_heads"

    chain: Mapped[str] = mapped_column(String(26), primary_key=True)
    sequence: Mapped[int]
    hash: Mapped[str]
