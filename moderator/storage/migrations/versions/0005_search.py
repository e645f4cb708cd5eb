"""Search: the words that comments can be found by, of those that are here already too."""

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from moderator.search_words import entry_words
from moderator.storage.tables.search import Words

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_BATCH = 1_000

_ENTRIES = sa.table(
    "search_entries",
    sa.column("comment_id"),
    sa.column("office_id"),
    sa.column("channel_id"),
    sa.column("words", Words()),
)

_COMMENTS = sa.text(
    "SELECT comments.id, comments.office_id, comments.channel_id, revisions.text, authors.name, authors.handle"
    " FROM comments JOIN revisions ON revisions.id = comments.revision_id"
    " LEFT JOIN authors ON authors.id = comments.author_id"
    " WHERE comments.id > :after ORDER BY comments.id LIMIT :most"
)

_NOTES = sa.text("SELECT comment_id, text FROM notes WHERE comment_id >= :first AND comment_id <= :last ORDER BY id")

# The index has no text of its own: it reads it, and is told of every change, through the table of entries.
_SQLITE_INDEX = (
    "CREATE VIRTUAL TABLE search_words"
    " USING fts5(words, content='search_entries', content_rowid='number', tokenize='ascii', columnsize=0)"
)
_REMOVE = "INSERT INTO search_words (search_words, rowid, words) VALUES ('delete', old.number, old.words);"
_ADD = "INSERT INTO search_words (rowid, words) VALUES (new.number, new.words);"
_SQLITE_TRIGGERS = (
    f"CREATE TRIGGER search_entries_added AFTER INSERT ON search_entries BEGIN {_ADD} END",
    f"CREATE TRIGGER search_entries_changed AFTER UPDATE OF words ON search_entries BEGIN {_REMOVE} {_ADD} END",
    f"CREATE TRIGGER search_entries_removed AFTER DELETE ON search_entries BEGIN {_REMOVE} END",
)


def upgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    op.create_table(
        "search_entries",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("comment_id", sa.String(), nullable=False),
        sa.Column("office_id", sa.String(), nullable=False),
        sa.Column("channel_id", sa.String(), nullable=False),
        sa.Column("words", Words(), nullable=False),
        sa.ForeignKeyConstraint(["comment_id"], ["comments.id"], name=op.f("fk_search_entries_comment_id_comments")),
        sa.ForeignKeyConstraint(["office_id"], ["offices.id"], name=op.f("fk_search_entries_office_id_offices")),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_search_entries_channel_id_channels")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_search_entries")),
        sa.UniqueConstraint("comment_id", name=op.f("uq_search_entries_comment_id")),
    )
    _enter_comments()
    # After the rows: an index of many rows is made far faster than it is added to.
    op.create_index("ix_search_entries_office_id_number", "search_entries", ["office_id", "number"], unique=False)
    if sqlite:
        op.execute(_SQLITE_INDEX)
        op.execute("INSERT INTO search_words (search_words) VALUES ('rebuild')")
        for trigger in _SQLITE_TRIGGERS:
            op.execute(trigger)
    else:
        op.create_index("ix_search_entries_words", "search_entries", ["words"], postgresql_using="gin", unique=False)
        op.execute("ANALYZE search_entries")


def _enter_comments() -> None:
    connection = op.get_bind()
    for batch in _batches(connection):
        bounds = {"first": batch[0].id, "last": batch[-1].id}
        notes: dict[str, list[str]] = {}
        for comment_id, text in connection.execute(_NOTES, bounds):
            notes.setdefault(comment_id, []).append(text)
        rows = [
            {
                "comment_id": row.id,
                "office_id": row.office_id,
                "channel_id": row.channel_id,
                "words": entry_words(
                    row.office_id, row.channel_id, row.text, [row.name or "", row.handle or ""], notes.get(row.id, ())
                ),
            }
            for row in batch
        ]
        connection.execute(_ENTRIES.insert(), rows)


def _batches(connection: sa.Connection) -> Iterator[Sequence[Any]]:
    after = ""
    while batch := connection.execute(_COMMENTS, {"after": after, "most": _BATCH}).all():
        yield batch
        after = batch[-1].id


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE search_words")
    op.drop_table("search_entries")
