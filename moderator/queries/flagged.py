"""What decisions in force hold against an author's other comments: those comments, and never the others."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Text, cast, select
from sqlalchemy.orm import Session

from guidelines.schema import UPHOLDING_VERBS
from moderator.domain.decisions import State
from moderator.queries import rows
from moderator.review.access import Reach
from moderator.storage.tables import Comment, Decision

#: Shown at most, newest first.
MOST = 10

#: Of what an author wrote, so much is looked through, newest first: nobody wrote enough to keep the page waiting.
LOOKED_THROUGH = 500


@dataclass(frozen=True, slots=True)
class Flagged:
    """A comment that a decision in force holds against a rule. The text is a beginning."""

    comment_id: str
    text: str
    posted_at: datetime
    visibility: str
    verbs: tuple[str, ...]
    rule_ids: tuple[str, ...]
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class Record:
    """What there is against an author beside the comment on the page."""

    flagged: tuple[Flagged, ...]
    #: how many there are, of which `flagged` are the newest
    count: int
    #: only their newest comments were looked through
    in_part: bool


NOTHING = Record((), 0, in_part=False)


def against(session: Session, reach: Reach, author_id: str | None, without: str) -> Record:
    """`without` is the comment on the page. Nothing where nobody knows, or may know, who wrote it."""
    if author_id is None:
        return NOTHING
    newest = (
        select(Comment.id, Comment.decision_id)
        .where(Comment.author_id == author_id, *reach.of_comments())
        .order_by(Comment.received_at.desc())
        .limit(LOOKED_THROUGH)
        .subquery()
    )
    looked = session.execute(
        select(newest.c.id, Decision.id.label("decision_id"), Decision.verbs, Decision.rule_ids, Decision.made_at)
        .outerjoin(
            Decision,
            (Decision.id == newest.c.decision_id)
            & (Decision.state == State.MADE)
            & (cast(Decision.rule_ids, Text) != "[]"),
        )
        .select_from(newest)
    ).all()
    # Ids are in the order of time.
    held = [
        row for row in looked if row.decision_id and row.id != without and not UPHOLDING_VERBS.isdisjoint(row.verbs)
    ]
    held.sort(key=lambda row: row.id, reverse=True)
    newest_held = rows.comments().where(Comment.id.in_([row.id for row in held[:MOST]]))
    texts = {row.comment_id: row for row in session.execute(newest_held)}
    return Record(
        flagged=tuple(
            Flagged(
                comment_id=row.id,
                text=texts[row.id].text,
                posted_at=texts[row.id].posted_at,
                visibility=texts[row.id].visibility,
                verbs=tuple(row.verbs),
                rule_ids=tuple(row.rule_ids),
                decided_at=row.made_at,
            )
            for row in held[:MOST]
        ),
        count=len(held),
        in_part=len(looked) == LOOKED_THROUGH,
    )
