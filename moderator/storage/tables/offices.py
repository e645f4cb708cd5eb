"""Offices, the people who work there, how they come in and go, what they like, and the office's own words."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from moderator.storage.tables.base import Base, Id


class Office(Base):
    __tablename__ = "offices"

    id: Mapped[Id]
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    timezone: Mapped[str] = mapped_column(default="Europe/London")
    created_at: Mapped[datetime]
    #: lane -> minutes that a case is held for whoever opened it; what is not named takes the service's own
    lease_minutes: Mapped[dict[str, Any]] = mapped_column(default=dict)
    #: severe cases that one person is asked to read, at most; None: no limit
    severe_per_hour: Mapped[int | None] = mapped_column(default=20)
    severe_per_day: Mapped[int | None] = mapped_column(default=60)


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
    #: their access ends by itself then
    ends_at: Mapped[datetime | None]
    #: the person whom the pages are about: abuse of themself is not shown to them
    representative: Mapped[bool] = mapped_column(default=False)


class ChannelRole(Base):
    """What a member may do on one channel. A member who has any of these sees no other channel."""

    __tablename__ = "channel_roles"

    member_id: Mapped[str] = mapped_column(ForeignKey("members.id"), primary_key=True)
    channel_id: Mapped[str] = mapped_column(ForeignKey("channels.id"), primary_key=True)
    role: Mapped[str]


class Invitation(Base):
    """A link that makes somebody a member, once. Only its hash is kept."""

    __tablename__ = "invitations"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    office_id: Mapped[str] = mapped_column(ForeignKey("offices.id"), index=True)
    email: Mapped[str]
    name: Mapped[str]
    role: Mapped[str]
    #: channel id -> role; empty: every channel
    channels: Mapped[dict[str, Any]]
    ends_at: Mapped[datetime | None]
    invited_by: Mapped[str] = mapped_column(ForeignKey("members.id"))
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]


class Preferences(Base):
    """How one member likes to work. Nobody else reads it."""

    __tablename__ = "preferences"

    member_id: Mapped[str] = mapped_column(ForeignKey("members.id"), primary_key=True)
    #: as `moderator.review.preferences` reads and writes it
    chosen: Mapped[dict[str, Any]]


class Exposure(Base):
    """How many cases of a kind one member was shown in one hour. Counts alone: not which, and not how fast."""

    __tablename__ = "exposures"

    member_id: Mapped[str] = mapped_column(ForeignKey("members.id"), primary_key=True)
    #: when the hour began
    hour: Mapped[datetime] = mapped_column(primary_key=True)
    #: `review.care.Kind`: all, severe, and how many severe ones stand in a row
    kind: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]


class SavedFilter(Base):
    """A view of the queue under a name."""

    __tablename__ = "saved_filters"
    __table_args__ = (UniqueConstraint("member_id", "name"), Index("ix_saved_filters_office_id", "office_id"))

    id: Mapped[Id]
    office_id: Mapped[str] = mapped_column(ForeignKey("offices.id"))
    member_id: Mapped[str] = mapped_column(ForeignKey("members.id"))
    name: Mapped[str]
    #: as it stands in the address
    query: Mapped[str]
    #: for every member of the office
    shared: Mapped[bool]
    created_at: Mapped[datetime]


class CannedReply(Base):
    """An answer that the office wrote once, to be sent to many."""

    __tablename__ = "canned_replies"
    __table_args__ = (Index("ix_canned_replies_office_id", "office_id"),)

    id: Mapped[Id]
    office_id: Mapped[str] = mapped_column(ForeignKey("offices.id"))
    name: Mapped[str]
    text: Mapped[str]
    #: reply, redirect
    verb: Mapped[str]
    #: offered first under this rule
    rule_id: Mapped[str | None]
    changed_by: Mapped[str] = mapped_column(ForeignKey("members.id"))
    changed_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class Figures(Base):
    """What was counted over a stretch of an office's work, so that no page has to count it again."""

    __tablename__ = "figures"

    office_id: Mapped[str] = mapped_column(ForeignKey("offices.id"), primary_key=True)
    #: a day of the office's own as 2026-11-21, or `waiting` for what waits now
    stretch: Mapped[str] = mapped_column(primary_key=True)
    counted: Mapped[dict[str, Any]]
    counted_at: Mapped[datetime]


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
    #: names of classifiers that read nothing of this office's
    off: Mapped[list[Any]] = mapped_column(default=list)


class PageProfile(Base):
    """What an office says about its page, so that comments can be held against it (`classifiers.base.Page`)."""

    __tablename__ = "page_profiles"

    office_id: Mapped[str] = mapped_column(ForeignKey("offices.id"), primary_key=True)
    #: field of `Page` -> what the office wrote there
    said: Mapped[dict[str, Any]]


class Term(Base):
    """A word or phrase the office bans or wants to look at."""

    __tablename__ = "terms"
    __table_args__ = (UniqueConstraint("office_id", "text"),)

    id: Mapped[Id]
    office_id: Mapped[str] = mapped_column(ForeignKey("offices.id"))
    text: Mapped[str]
    banned: Mapped[bool]
    created_at: Mapped[datetime]
