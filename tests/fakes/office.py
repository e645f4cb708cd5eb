"""Fills a database with comments in every state a page can show, by the product's own steps and without its workers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from guidelines.load import load_text
from guidelines.schema import Finding, GuidelineSet, Measure, Strength
from moderator import channels, clock, publishing, recording
from moderator.connectors.base import AuthorRef, CommentEvent, EventKind, Outcome, PostRef
from moderator.domain.actions import ActionState
from moderator.domain.decisions import Draft, Maker, Reason, State
from moderator.domain.vocabulary import Verb
from moderator.pipeline import triage
from moderator.pipeline.act import finish_action
from moderator.pipeline.classifier_room import ClassifierRoom
from moderator.pipeline.ingest import ingest
from moderator.recording import Ruling
from moderator.storage.tables import (
    Action,
    Assessment,
    Campaign,
    CampaignComment,
    Case,
    Channel,
    Comment,
    Receipt,
)

#: Mark-up that must show as text wherever it stands.
HOSTILE = "<script>alert('no')</script>"

GUIDELINES = f"""
name: pages
title: House rules {HOSTILE}
language: en
office: {{name: Our office, contact: Write to us., hours: Ten to four., moderators: Two of our staff.}}
preamble: Everybody is welcome here.
principles:
  - {{id: "1", title: Respect, text: Talk as you would at a kitchen table.}}
appeal: Ask for another look.
rules:
  - id: 2a
    title: Threats
    text: Do not threaten anybody.
    condition: {{label: threat}}
    mode: auto_hide
    thresholds: {{review: 0.6, automatic: 0.9}}
    actions: [{{verb: hide, modality: must}}, {{verb: report_police, modality: may, recipient: police}}]
    severity: 1
    review_within_hours: 1
    examples: {{breach: [I will find you.], fine: [I will vote you out.]}}
  - id: 2b
    title: Advertising {HOSTILE}
    text: Do not advertise.
    condition: {{label: spam}}
    mode: suggest
    thresholds: {{review: 0.5}}
    actions: [{{verb: hide, modality: must}}, {{verb: delete, modality: must}}]
    severity: 3
    examples: {{breach: [Buy my tea.], fine: [The tea shop is nice.]}}
  - id: 2c
    title: Campaigning
    text: Do not campaign for others here.
    mode: "off"
    actions: [{{verb: hide, modality: may}}, {{verb: delete, modality: may}}]
    severity: 3
    viewpoint_risk: high
    examples: {{breach: [Vote for the other one.], fine: [Your plan is bad.]}}
"""


class Room(ClassifierRoom):
    """Measures threats and spam, as far as anybody asks; reads nothing."""

    def __init__(self) -> None:
        super().__init__(())

    def labels(self) -> frozenset[str]:
        return frozenset({"threat", "spam"})


@dataclass(frozen=True, slots=True)
class Seen:
    """A comment that waits, and the ids that its page goes by."""

    comment_id: str
    case_id: str
    decision_id: str


def guidelines(text: str = GUIDELINES) -> GuidelineSet:
    return load_text(text)


def publish(session: Session, office_id: str, text: str = GUIDELINES) -> str:
    """The id of the version."""
    return publishing.publish(session, office_id, guidelines(text)).id


def say(
    session: Session,
    channel_id: str,
    text: str,
    *,
    author: str = "Jo Bloggs",
    post: str = "The bus stays",
    post_text: str = "Four journeys a day.",
    parent: str | None = None,
    permalink: str = "https://social.example/c/1",
    minutes_ago: float = 12,
    external_id: str = "",
) -> str:
    """Somebody comments. Returns the comment's id."""
    event = CommentEvent(
        kind=EventKind.ADDED,
        external_id=external_id or clock.new_id(),
        text=text,
        author=AuthorRef(f"author of {author}", author, ""),
        post=PostRef(f"post {post}", post, post_text, "https://social.example/p/1"),
        parent_external_id=parent,
        permalink=permalink,
        occurred_at=clock.now() - timedelta(minutes=minutes_ago),
    )
    return ingest(session, session.get_one(Channel, channel_id), [event]).comment_ids[0]


def assess(
    session: Session,
    comment_id: str,
    scores: Mapping[str, float],
    spans: Sequence[tuple[int, int, str]] = (),
    *,
    classifier: str = "baseline",
    error: str = "",
    language: str = "",
    doubts: Sequence[str] = (),
    views: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """A classifier reads the comment as it stands."""
    row = {
        "id": clock.new_id(),
        "revision_id": session.get_one(Comment, comment_id).revision_id,
        "classifier": classifier,
        "version": "7",
        "scores": dict(scores),
        "spans": [list(span) for span in spans],
        "error": error,
        "language": language,
        "doubts": list(doubts),
        "views": dict(views),
        "created_at": clock.now(),
    }
    session.execute(insert(Assessment), [row])


def suggest(
    session: Session,
    comment_id: str,
    *,
    rule: str = "2a",
    label: str = "threat",
    score: float = 0.84,
    review: float = 0.6,
    automatic: float | None = 0.9,
    verbs: Sequence[Verb] = (Verb.HIDE,),
    reason: Reason = Reason.FINDING,
    answered: Mapping[str, str] = MappingProxyType({}),
) -> Seen:
    """The service asks a person about the comment."""
    findings = (Finding(rule, Strength.REVIEW, (Measure(label, score, review, automatic),)),) if rule else ()
    draft = Draft(State.SUGGESTED, Maker.SYSTEM, reason, tuple(verbs), findings)
    decision_id = rule_on(session, comment_id, draft, answered)
    triage.open_cases(session, [decision_id])
    session.flush()
    case_id = session.scalars(select(Case.id).where(Case.decision_id == decision_id)).one()
    return Seen(comment_id, case_id, decision_id)


def keep(session: Session, comment_id: str) -> str:
    """The service finds nothing. Returns the decision's id."""
    return rule_on(session, comment_id, Draft(State.MADE, Maker.SYSTEM, Reason.NO_FINDING, (Verb.KEEP,)))


def rule_on(session: Session, comment_id: str, draft: Draft, answered: Mapping[str, str] = MappingProxyType({})) -> str:
    """Put any draft on record. Returns the decision's id."""
    comment = session.get_one(Comment, comment_id)
    session.refresh(comment)
    channel = session.get_one(Channel, comment.channel_id)
    version = publishing.current(session, comment.office_id)
    ruling = Ruling(
        id=clock.new_id(),
        draft=draft,
        office_id=comment.office_id,
        channel_id=comment.channel_id,
        comment_id=comment.id,
        revision_id=comment.revision_id,
        version_id=version.id if version else None,
        previous_id=comment.decision_id,
        answered=answered,
    )
    recording.record(session, [ruling], channels.capabilities([channel]))
    session.expire(comment)
    return ruling.id


def campaign(session: Session, comment_ids: Sequence[str]) -> str:
    """These comments say nearly the same, and the first speaks for all. Returns the campaign's id."""
    said = session.scalars(select(Comment).where(Comment.id.in_(comment_ids))).all()
    moments = [comment.posted_at for comment in said]
    found = Campaign(
        id=clock.new_id(),
        office_id=said[0].office_id,
        comment_id=comment_ids[0],
        comments=len(said),
        authors=len({comment.author_id for comment in said}),
        posts=len({comment.post_id for comment in said}),
        first_at=min(moments),
        last_at=max(moments),
    )
    session.add(found)
    session.flush()
    for comment in said:
        session.add(
            CampaignComment(
                comment_id=comment.id,
                campaign_id=found.id,
                author_id=comment.author_id,
                post_id=comment.post_id,
                at=comment.posted_at,
            )
        )
    session.flush()
    return found.id


def carry_out(session: Session, comment_id: str) -> None:
    """The platform does everything that is on its way for the comment."""
    pending = select(Action).where(Action.comment_id == comment_id, Action.state == ActionState.PENDING)
    for action in session.scalars(pending.order_by(Action.sequence)).all():
        finish_action(session, action, "system", {"outcome": "done", "attempt": 1})


def refuse(session: Session, comment_id: str, said: str = "") -> None:
    """The platform takes nothing of what is on its way for the comment."""
    pending = select(Action).where(Action.comment_id == comment_id, Action.state == ActionState.PENDING)
    for action in session.scalars(pending).all():
        action.state = ActionState.NEEDS_PERSON.value
        before = session.scalar(select(func.max(Receipt.attempt)).where(Receipt.action_id == action.id)) or 0
        session.add(
            Receipt(
                id=clock.new_id(),
                action_id=action.id,
                attempt=before + 1,
                outcome=Outcome.REFUSED.value,
                status_code=400,
                detail=said,
                at=clock.now(),
            )
        )
    session.flush()
