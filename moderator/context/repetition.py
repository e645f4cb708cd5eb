"""Who said nearly the same shortly before, and how often: for the classifier of repetition.

The comments of a batch are taken into the index first, so that those of one batch hear each other. Counted is what
had come in before each comment, so that whoever asks later is told the same, as long as the index remembers.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from classifiers.repetition.echoes import Echoes
from moderator.echoes import index, sketch
from moderator.echoes.index import WINDOW, Said
from moderator.pipeline.storable import original
from moderator.runtime import Runtime
from moderator.storage.tables import Comment, Echo, Revision
from moderator.storage.tables.base import table_of

#: Echoes of one campaign that are counted, the newest: "at least so many" says as much as more would.
_COUNTED = 1_000

_NONE = Echoes()


@dataclass(frozen=True, slots=True)
class _Heard:
    """A comment of a campaign, as the index knows it."""

    revision_id: str
    author_id: str | None
    post_id: str | None
    at: datetime


def gather(runtime: Runtime, rows: Sequence[Any]) -> list[Echoes]:
    sketches = sketch.sketches([original(row.text, row.original)[: sketch.READ] for row in rows])
    with runtime.database.read() as session:
        present = _present(session, {row.id: said for row, said in zip(rows, sketches, strict=True)})
        there = index.standing(session, present)
    new = [each for each in present if each.sketch and there.get(each.comment_id) != each.sketch]
    silent = [each.comment_id for each in present if not each.sketch and each.comment_id in there]
    if new or silent:
        with runtime.database.write() as session:
            index.forget(session, silent)
            if new:
                index.enter(session, new)
    with runtime.database.read() as session:
        counted = _counted(session, present)
    return [counted.get(row.id, _NONE) for row in rows]


def _present(session: Session, sketches: dict[str, bytes | None]) -> list[Said]:
    """The comments of these texts, but for texts that their authors have changed since."""
    query = (
        select(
            Comment.id,
            Comment.revision_id,
            Comment.office_id,
            Comment.author_id,
            Comment.post_id,
            Comment.posted_at,
            Revision.number,
            Revision.occurred_at,
            Revision.received_at,
        )
        .join(Revision, Revision.id == Comment.revision_id)
        .where(Revision.id.in_(sketches))
    )
    return [
        Said(
            row.id,
            row.revision_id,
            row.office_id,
            row.author_id,
            row.post_id,
            _written(row),
            sketches[row.revision_id] or b"",
        )
        for row in session.execute(query)
    ]


def _written(row: Any) -> datetime:
    """When the text was written. Not after we got it, whatever the platform's clock says."""
    at: datetime = min(row.posted_at if row.number == 1 else row.occurred_at, row.received_at)
    return at


def _counted(session: Session, said: Sequence[Said]) -> dict[str, Echoes]:
    """By revision; only of those that echo, which few do."""
    theirs = index.campaigns_of(session, [each for each in said if each.sketch])
    groups: dict[str, list[Said]] = {}
    for each in said:
        if each.comment_id in theirs:
            groups.setdefault(theirs[each.comment_id], []).append(each)
    found: dict[str, Echoes] = {}
    for campaign_id, mine in groups.items():
        heard, more = _heard(session, campaign_id, mine)
        found |= {each.revision_id: _echoes(each, heard, more) for each in mine}
    return found


def _heard(session: Session, campaign_id: str, mine: Iterable[Said]) -> tuple[list[_Heard], bool]:
    """The echoes around these comments, in the order in which they came in; and whether there are more."""
    moments = [each.at for each in mine]
    table = table_of(Echo)
    rows = session.execute(
        select(table.c.revision_id, table.c.author_id, table.c.post_id, table.c.at)
        .where(
            table.c.campaign_id == campaign_id,
            table.c.at.between(index.shifted(min(moments), -WINDOW), index.shifted(max(moments), WINDOW)),
        )
        .order_by(table.c.at.desc())
        .limit(_COUNTED + 1)
    ).all()
    return sorted((_Heard(*row) for row in rows[:_COUNTED]), key=lambda each: each.revision_id), len(rows) > _COUNTED


def _echoes(said: Said, heard: Sequence[_Heard], more: bool) -> Echoes:
    before = heard[: bisect_left(heard, said.revision_id, key=lambda each: each.revision_id)]
    near = [each for each in before if abs(each.at - said.at) <= WINDOW]
    near.append(_Heard(said.revision_id, said.author_id, said.post_id, said.at))
    own = [each for each in near if said.author_id and each.author_id == said.author_id]
    first = min(each.at for each in near)
    return Echoes(
        comments=len(near),
        authors=len({each.author_id for each in near} - {None}),
        posts=len({each.post_id for each in near} - {None}),
        hours=(max(each.at for each in near) - first).total_seconds() / 3600,
        since=first,
        own_comments=len(own) or 1,
        own_posts=len({each.post_id for each in own} - {None}),
        own_since=min((each.at for each in own), default=None),
        more=more,
    )
