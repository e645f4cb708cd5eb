"""Comments that say nearly the same, whoever wrote them and wherever they stand."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from moderator.storage.tables.base import Base, Id, Ref


class Campaign(Base):
    """Three comments or more that say nearly the same, none long after the one before it."""

    __tablename__ = "campaigns"
    __table_args__ = (Index("ix_campaigns_office_id_last_at", "office_id", "last_at"),)

    id: Mapped[Id]
    office_id: Mapped[str] = mapped_column(ForeignKey("offices.id"))
    #: the comment that speaks for all of them
    comment_id: Mapped[str] = mapped_column(ForeignKey("comments.id"))
    comments: Mapped[int]
    #: authors that the platforms tell apart
    authors: Mapped[int]
    posts: Mapped[int]
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]


class CampaignComment(Base):
    """A comment that is part of a campaign."""

    __tablename__ = "campaign_comments"
    __table_args__ = (Index("ix_campaign_comments_campaign_id_at", "campaign_id", "at"),)

    comment_id: Mapped[str] = mapped_column(ForeignKey("comments.id"), primary_key=True)
    campaign_id: Mapped[str] = mapped_column(ForeignKey("campaigns.id"))
    author_id: Mapped[Ref | None]
    post_id: Mapped[Ref | None]
    #: when it was written
    at: Mapped[datetime]
