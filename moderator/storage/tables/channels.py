"""Channels: the connected pages and accounts."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from moderator.storage.tables.base import Base, Id


class Channel(Base):
    __tablename__ = "channels"

    id: Mapped[Id]
    office_id: Mapped[str] = mapped_column(ForeignKey("offices.id"), index=True)
    connector: Mapped[str]
    name: Mapped[str]
    #: the page or account as its platform names it; empty where it has none
    external_id: Mapped[str] = mapped_column(default="")
    config: Mapped[dict[str, Any]]
    sealed_secrets: Mapped[str]
    created_at: Mapped[datetime]
    #: set: actions wait, because the platform refused the channel itself
    stopped_at: Mapped[datetime | None]
    stopped_reason: Mapped[str] = mapped_column(default="")
