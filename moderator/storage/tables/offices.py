"""Offices, the people who work there, their sessions, keys and word lists."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from moderator.storage.tables.base import Base, Id


class Office(Base):
    __tablename__ = "offices"

    id: Mapped[Id]
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    timezone: Mapped[str] = mapped_column(default="Europe/London")
    created_at: Mapped[datetime]


class Member(Base):
    __tablename__ = "members"
    __table_args__ = (UniqueConstraint("email"),)

    id: Mapped[Id]
    office_id: Mapped[str] = mapped_column(ForeignKey("offices.id"), index=True)
    email: Mapped[str]
    name: Mapped[str]
    role: Mapped[str]
    password_hash: Mapped[str | None]
    created_at: Mapped[datetime]
    left_at: Mapped[datetime | None]


class SignInLink(Base):
    """A link that signs a member in once. Only its hash is kept."""

    __tablename__ = "sign_in_links"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    member_id: Mapped[str] = mapped_column(ForeignKey("members.id"), index=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class MemberSession(Base):
    """A browser that is signed in. Only the hash of its cookie is kept."""

    __tablename__ = "member_sessions"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    member_id: Mapped[str] = mapped_column(ForeignKey("members.id"), index=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class ApiKey(Base):
    __tablename__ = "api_keys"

    id: Mapped[Id]
    office_id: Mapped[str] = mapped_column(ForeignKey("offices.id"), index=True)
    name: Mapped[str]
    key_hash: Mapped[str] = mapped_column(unique=True)
    scopes: Mapped[list[Any]]
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class EnsembleChoice(Base):
    """Which classifiers an office lets answer, where it does not take them as the service runs them."""

    __tablename__ = "ensemble_choices"

    office_id: Mapped[str] = mapped_column(ForeignKey("offices.id"), primary_key=True)
    #: label -> names of classifiers, first choice first
    orders: Mapped[dict[str, Any]]
    #: scores further apart than this are shown to the moderator
    margin: Mapped[float]


class Term(Base):
    """A word or phrase the office bans or wants to look at."""

    __tablename__ = "terms"
    __table_args__ = (UniqueConstraint("office_id", "text"),)

    id: Mapped[Id]
    office_id: Mapped[str] = mapped_column(ForeignKey("offices.id"))
    text: Mapped[str]
    banned: Mapped[bool]
    created_at: Mapped[datetime]
