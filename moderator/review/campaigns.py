"""Comments of a campaign that the service kept, put before people, and taken out of the queue again.

That many say the same is no finding: the service keeps such comments where no rule is broken. Whoever decides may
still want to look at them one by one, or choose for all of them at once. For that there must be something to decide.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, select
from sqlalchemy.orm import Session, aliased

from moderator import audit, casebook, clock, publishing, recording
from moderator.casebook import Question
from moderator.domain.cases import Lane, Placement
from moderator.domain.decisions import Draft, Maker, Reason, State
from moderator.domain.vocabulary import Visibility
from moderator.errors import Conflict, NotFound
from moderator.recording import Ruling
from moderator.review import access, bulk
from moderator.review.access import Reach
from moderator.review.view import IS_OPEN
from moderator.storage.tables import Campaign, CampaignComment, Case, Comment, Decision, Member

#: Comments that are put before people, or taken from them, in one go: more would keep other writers waiting.
MOST = 500

#: So many comments of a campaign are looked through, the newest: a larger one is counted in part, and said to be. What
#: somebody does not see takes longer to tell, so it is fewer for whoever sees only part of the office.
LOOKED_AT, LOOKED_AT_IN_PART = 20_000, 5_000

#: Nothing was found in them, so a day is soon enough.
_SOON, _PRIORITY = timedelta(days=1), 3


def newest(campaign_id: str, most: int, *conditions: ColumnElement[bool]) -> Any:
    """Comments of a campaign, `most` of them, the newest: `comment_id`, `author_id`, `post_id` and `at`, to join."""
    return (
        select(
            CampaignComment.campaign_id,
            CampaignComment.comment_id,
            CampaignComment.author_id,
            CampaignComment.post_id,
            CampaignComment.at,
        )
        .where(CampaignComment.campaign_id == campaign_id, *conditions)
        .order_by(CampaignComment.at.desc(), CampaignComment.comment_id.desc())
        .limit(most)
        .subquery()
    )


def looked_at(reach: Reach) -> int:
    """How many comments of one campaign are looked through for this member."""
    return LOOKED_AT if reach.whole else LOOKED_AT_IN_PART


def of_office(session: Session, reach: Reach, campaign_id: str) -> Campaign:
    """Raises `NotFound`, also where the member reaches none of its comments."""
    campaign = session.get(Campaign, campaign_id)
    if campaign is None or campaign.office_id != reach.office_id or not _is_reached(session, reach, campaign_id):
        raise NotFound("There is no such campaign in your office.")
    return campaign


def deciding(reach: Reach, member: Member) -> Reach:
    """What the member reaches and decides about. Raises `NotAllowed` where that is no channel at all."""
    bulk.require_bulk(member, reach)
    if reach.channels is None:
        return reach
    return replace(reach, channels={id: role for id, role in reach.channels.items() if access.may_decide(member, role)})


def unasked() -> ColumnElement[bool]:
    """Of a comment: the service kept it by itself, it is there to be seen, and nobody is asked about it."""
    kept, case = aliased(Decision), aliased(Case)
    return (
        exists()
        .where(
            kept.id == Comment.decision_id,
            kept.maker == Maker.SYSTEM,
            kept.reason == Reason.NO_FINDING,
            kept.revision_id == Comment.revision_id,
        )
        .correlate(Comment)
        & (Comment.visibility == Visibility.VISIBLE)
        & ~exists().where(case.comment_id == Comment.id, case.closed_at.is_(None)).correlate(Comment)
    )


def asked_here() -> ColumnElement[bool]:
    """Of a case: it is open because a colleague put the campaign before people."""
    asks = aliased(Decision)
    return IS_OPEN & exists().where(asks.id == Case.decision_id, asks.reason == Reason.CAMPAIGN).correlate(Case)


def ask(session: Session, member: Member, reach: Reach, campaign_id: str) -> int:
    """Put before people what the service kept and nobody was asked about, the newest `MOST`. Returns how many.

    Raises `NotAllowed`, `NotFound`, or `Conflict` where nothing of the kind is left.
    """
    theirs = deciding(reach, member)
    campaign = of_office(session, theirs, campaign_id)
    rows = _locked(session, theirs, campaign_id)
    if not rows:
        raise Conflict("Nothing in this campaign is left to put before people.")
    version = publishing.current(session, campaign.office_id)
    asking = [_ruling(row, member, version.id if version else None) for row in rows]
    recording.record(session, asking, {})
    why = f"{member.name} asked for a look, since many comments say nearly the same"
    questions = [_question(row, ruling.id, why) for row, ruling in zip(rows, asking, strict=True)]
    casebook.open_cases(session, questions)
    comment_ids = [question.comment_id for question in questions]
    _log(session, member, campaign, ("campaign.asked", "case.opened"), comment_ids)
    return len(comment_ids)


def withdraw(session: Session, member: Member, reach: Reach, campaign_id: str) -> int:
    """Take out of the queue again what `ask` put there and nobody has decided, `MOST` at a time. Returns how many.

    The comments stay kept, as they were. Raises `NotAllowed`, `NotFound`, or `Conflict` where nothing is left.
    """
    theirs = deciding(reach, member)
    campaign = of_office(session, theirs, campaign_id)
    waiting = _cases(session, theirs, campaign_id)
    if not waiting:
        raise Conflict("Nothing in this campaign waits because somebody asked for a look.")
    casebook.close_all(session, waiting, member.id)
    comment_ids = [case.comment_id for case in waiting]
    _log(session, member, campaign, ("campaign.withdrawn", "case.closed"), comment_ids)
    return len(comment_ids)


def _is_reached(session: Session, reach: Reach, campaign_id: str) -> bool:
    if reach.whole:
        return True
    found = newest(campaign_id, looked_at(reach))
    query = select(Comment.id).join(found, found.c.comment_id == Comment.id).where(*reach.of_comments()).limit(1)
    return session.scalar(query) is not None


def _locked(session: Session, reach: Reach, campaign_id: str) -> Sequence[Any]:
    """What is to be put before people, each comment locked, in the order in which everybody locks them."""
    found = newest(campaign_id, looked_at(reach))
    wanted = session.scalars(
        select(Comment.id)
        .join(found, found.c.comment_id == Comment.id)
        .where(*reach.of_comments(), unasked())
        .order_by(found.c.at.desc(), Comment.id.desc())
        .limit(MOST)
    ).all()
    session.execute(select(Comment.id).where(Comment.id.in_(wanted)).order_by(Comment.id).with_for_update())
    # Somebody may have been quicker before the comments were held, so each is looked at again.
    columns = (Comment.id, Comment.office_id, Comment.channel_id, Comment.author_id, Comment.language)
    query = select(*columns, Comment.revision_id, Comment.decision_id).where(Comment.id.in_(wanted), unasked())
    return session.execute(query.order_by(Comment.id)).all()


def _cases(session: Session, reach: Reach, campaign_id: str) -> Sequence[Case]:
    """The open cases that `ask` opened, their comments locked."""

    def waiting() -> Select[tuple[Case]]:
        return select(Case).where(*reach.of_cases(), asked_here())

    found = newest(campaign_id, looked_at(reach))
    joined = waiting().join(found, found.c.comment_id == Case.comment_id).with_only_columns(Case.comment_id)
    wanted = session.scalars(joined.limit(MOST)).all()
    session.execute(select(Comment.id).where(Comment.id.in_(wanted)).order_by(Comment.id).with_for_update())
    return session.scalars(waiting().where(Case.comment_id.in_(wanted)).order_by(Case.comment_id)).all()


def _ruling(row: Any, member: Member, version_id: str | None) -> Ruling:
    return Ruling(
        id=clock.new_id(),
        draft=Draft(State.SUGGESTED, Maker.PERSON, Reason.CAMPAIGN),
        office_id=row.office_id,
        channel_id=row.channel_id,
        comment_id=row.id,
        revision_id=row.revision_id,
        version_id=version_id,
        previous_id=row.decision_id,
        member_id=member.id,
    )


def _question(row: Any, decision_id: str, why: str) -> Question:
    return Question(
        decision_id=decision_id,
        office_id=row.office_id,
        comment_id=row.id,
        channel_id=row.channel_id,
        author_id=row.author_id,
        language=row.language,
        placement=Placement(Lane.REVIEW, _PRIORITY, clock.now() + _SOON, why),
    )


def _log(
    session: Session, member: Member, campaign: Campaign, events: tuple[str, str], comment_ids: Sequence[str]
) -> None:
    """`events`: of the campaign as a whole, and of each comment."""
    actor, (of_all, of_each) = f"member:{member.id}", events
    detail = {"campaign": campaign.id}
    whole = {**detail, "comments": len(comment_ids)}
    entries = [audit.Entry(campaign.office_id, actor, of_all, f"campaign:{campaign.id}", whole)]
    entries += [audit.Entry(campaign.office_id, actor, of_each, f"comment:{id}", detail) for id in comment_ids]
    audit.append(session, entries)
