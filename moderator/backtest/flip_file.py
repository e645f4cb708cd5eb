"""Flips as a CSV file that a spreadsheet opens without harm: comments are strangers' words, and some begin with `=`."""

from collections.abc import Sequence
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderator.backtest.comparison import Flip
from moderator.storage.tables import Channel, Comment, Revision

HEADER = (
    "comment",
    "posted_at",
    "channel",
    "permalink",
    "text",
    "before",
    "after",
    "direction",
    "rules_before",
    "rules_after",
)

#: A cell that begins with one of these is a formula to some spreadsheet, full-width forms included.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


class Writer(Protocol):
    """What `csv.writer` makes."""

    def writerow(self, row: Sequence[str], /) -> object: ...


def write(session: Session, writer: Writer, flips: Sequence[Flip]) -> None:
    """A line for each flip, with the text that was tried."""
    texts = {
        row.id: row
        for row in session.execute(
            select(Revision.id, Revision.text, Comment.posted_at, Comment.permalink, Channel.name)
            .join(Comment, Comment.id == Revision.comment_id)
            .join(Channel, Channel.id == Comment.channel_id)
            .where(Revision.id.in_([flip.revision_id for flip in flips]))
        )
    }
    for flip in flips:
        said = texts[flip.revision_id]
        row = (
            flip.comment_id,
            said.posted_at.isoformat(),
            said.name,
            said.permalink,
            said.text,
            flip.before.value,
            flip.after.value,
            flip.direction.value if flip.direction else "",
            " ".join(flip.rules_before),
            " ".join(flip.rules_after),
        )
        writer.writerow([harmless(cell) for cell in row])


def harmless(cell: str) -> str:
    """The cell as text: what a spreadsheet would take for a formula gets an apostrophe before it."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
