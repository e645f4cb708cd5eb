"""Checked claims as members look at them: the office's store, and those that one comment came near."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderator import clock
from moderator.review.access import Reach
from moderator.storage.tables import CheckedClaim, ClaimMatch, Comment, Member

#: Claims on one page of the list.
SHOWN = 50


@dataclass(frozen=True, slots=True)
class ClaimShown:
    id: str
    text: str
    rating: str
    verdict: str
    source: str
    link: str
    checked_on: date
    expires_on: date
    #: who added it; empty where they have left
    added_by: str
    withdrawn: bool
    expired: bool

    @property
    def counts(self) -> bool:
        return not self.withdrawn and not self.expired


@dataclass(frozen=True, slots=True)
class ClaimsPage:
    """Newest first. `older` is the id to go on from; empty where there are no more."""

    claims: tuple[ClaimShown, ...]
    older: str


def claims_page(session: Session, office_id: str, before: str = "") -> ClaimsPage:
    query = (
        select(CheckedClaim, Member.name)
        .outerjoin(Member, Member.id == CheckedClaim.added_by)
        .where(CheckedClaim.office_id == office_id)
        .order_by(CheckedClaim.id.desc())
        .limit(SHOWN + 1)
    )
    if before:
        query = query.where(CheckedClaim.id < before)
    found = [_shown(claim, name or "") for claim, name in session.execute(query).tuples()]
    return ClaimsPage(tuple(found[:SHOWN]), found[SHOWN - 1].id if len(found) > SHOWN else "")


def near(session: Session, reach: Reach, comment_id: str) -> tuple[ClaimShown, ...]:
    """The claims that the comment's text came near, nearest first, those that hold no longer left out."""
    query = (
        select(CheckedClaim)
        .join(ClaimMatch, ClaimMatch.claim_id == CheckedClaim.id)
        .join(Comment, Comment.revision_id == ClaimMatch.revision_id)
        .where(Comment.id == comment_id, CheckedClaim.office_id == reach.office_id, *reach.of_comments())
        .order_by(ClaimMatch.place)
        .limit(5)
    )
    claims: Sequence[CheckedClaim] = session.scalars(query).all()
    return tuple(shown for claim in claims if (shown := _shown(claim, "")).counts)


def _shown(claim: CheckedClaim, added_by: str) -> ClaimShown:
    return ClaimShown(
        id=claim.id,
        text=claim.text,
        rating=claim.rating,
        verdict=claim.verdict,
        source=claim.source,
        link=claim.link,
        checked_on=claim.checked_on,
        expires_on=claim.expires_on,
        added_by=added_by,
        withdrawn=claim.withdrawn_at is not None,
        expired=claim.expires_on < clock.now().date(),
    )
