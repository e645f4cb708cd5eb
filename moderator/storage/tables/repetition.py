"""Comments that say nearly the same, whoever wrote them and wherever they stand."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, LargeBinary, text
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


class Echo(Base):
    """A comment of the last weeks as the index of repetition knows it. All of it can be made again from the comments.

    No foreign keys: rows come and go by the thousand, and nothing but the index reads them.
    """

    __tablename__ = "echoes"
    __table_args__ = (
        Index(
            "ix_echoes_campaign_id_at",
            "campaign_id",
            "at",
            sqlite_where=text("campaign_id IS NOT NULL"),
            postgresql_where=text("campaign_id IS NOT NULL"),
        ),
    )

    #: made from the comment's id, and in its order
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    office_id: Mapped[Ref]
    comment_id: Mapped[Ref]
    #: the text that was read
    revision_id: Mapped[Ref]
    author_id: Mapped[Ref | None]
    post_id: Mapped[Ref | None]
    #: when it was written
    at: Mapped[datetime]
    #: what the text says, boiled down: `moderator.echoes.sketch`
    sketch: Mapped[bytes] = mapped_column(LargeBinary)
    #: set: at least one other says nearly the same. The id of the campaign that they are once they are three
    campaign_id: Mapped[Ref | None]


class EchoKey(Base):
    """Where to look for comments that may say nearly the same: those alike are likely to share a key.

    `moderator.echoes.index` says what a key is made of.
    """

    __tablename__ = "echo_keys"

    # On SQLite the plain integer is the row's own place: half the size and half the work of an index beside it.
    key: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=False
    )
    #: of the echo
    number: Mapped[int] = mapped_column(BigInteger)
