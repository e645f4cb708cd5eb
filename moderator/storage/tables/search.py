"""What comments can be found by."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, Dialect, ForeignKey, Index, Integer, Text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import TypeDecorator, TypeEngine

from moderator.storage.tables.base import Base

#: PostgreSQL numbers words no further.
_LAST_PLACE = 16_383


class Words(TypeDecorator[Sequence[str]]):
    """Words in their order, written only, never read: a vector of PostgreSQL's, or a text that SQLite's index cuts."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(TSVECTOR() if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Sequence[str] | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        return " ".join(value) if dialect.name == "sqlite" else _vector(value)


class SearchEntry(Base):
    """One comment in the index. On SQLite triggers carry every change of a row on to the table `search_words`."""

    __tablename__ = "search_entries"
    __table_args__ = (
        Index("ix_search_entries_office_id_number", "office_id", "number"),
        Index("ix_search_entries_words", "words", postgresql_using="gin").ddl_if(dialect="postgresql"),
    )

    #: in the order in which comments came: the newest has the highest
    number: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    comment_id: Mapped[str] = mapped_column(ForeignKey("comments.id"), unique=True)
    office_id: Mapped[str] = mapped_column(ForeignKey("offices.id"))
    channel_id: Mapped[str] = mapped_column(ForeignKey("channels.id"))
    words: Mapped[Sequence[str]] = mapped_column(Words())


def _vector(words: Sequence[str]) -> str:
    """The words with their places, as PostgreSQL reads a vector. None of them holds a quotation mark."""
    places: dict[str, list[int]] = {}
    for place, word in enumerate(words[:_LAST_PLACE], start=1):
        places.setdefault(word, []).append(place)
    return " ".join(f"'{word}':{','.join(map(str, at))}" for word, at in places.items())
