"""Two offices with something of everything, each thing marked with its office, so that a stray one is seen at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderator import accounts, channels, clock, drafts, membership
from moderator.backtest import runs
from moderator.domain.cases import BulkState
from moderator.domain.vocabulary import Role, Verb
from moderator.membership import Terms
from moderator.review import cases, facts
from moderator.runtime import Runtime
from moderator.storage.tables import (
    Action,
    BulkRun,
    CannedReply,
    CheckedClaim,
    Comment,
    Member,
    Office,
    SavedFilter,
)
from tests.fakes import office

GUIDELINES = office.GUIDELINES.replace(
    "condition: {label: spam}", "condition: {any: [{label: spam}, {recorded: outside_constituency}]}"
)

_SPAM: Mapping[str, Any] = {"rule": "2b", "label": "spam", "automatic": None}


@dataclass(frozen=True, slots=True)
class House:
    """An office, and what its addresses go by."""

    tag: str
    people: Mapping[str, Member]
    #: moderates one channel and sees no other
    limited: Member
    #: by the name of the part of an address
    ids: Mapping[str, str]
    #: the same for what is severe, and for what stands on the other channel
    severe: Mapping[str, str]
    elsewhere: Mapping[str, str]
    #: the suggestion that the case of `ids` asks about
    asks_id: str

    @property
    def office_id(self) -> str:
        return self.limited.office_id


def furnished(runtime: Runtime, session: Session, tag: str) -> House:
    """An office by this name. Every text in it ends with the name, and says which kind it is of."""
    people = _people(session, tag)
    owner, moderator = people[Role.OWNER], people[Role.MODERATOR]
    office_id = owner.office_id
    office.publish(session, office_id, GUIDELINES)
    here, there = (
        channels.create_channel(session, runtime.sealer, office_id, "webhook", f"{name}-{tag}").id
        for name in ("Alpha", "Beta")
    )
    author = f"Pia Named-{tag}"
    waiting = _asked(session, here, f"Mild words-{tag}", author, **_SPAM)
    severe = _asked(session, here, f"Weighty words-{tag}", author)
    elsewhere = _asked(session, there, f"Faraway words-{tag}", f"Zed Away-{tag}", **_SPAM)
    settled = _asked(session, here, f"Settled words-{tag}", author, **_SPAM)
    made = cases.resolve(session, moderator, settled.case_id, settled.decision_id, ["hide"], "2b")
    weighed = _asked(session, here, f"Weighed words-{tag}", author)
    cases.resolve(session, moderator, weighed.case_id, weighed.decision_id, ["hide"], "2a")
    gone = accounts.add_member(session, office_id, f"gone@{tag}.example", f"Member-{tag} gone", Role.MODERATOR)
    membership.leave(session, gone, f"member:{owner.id}")
    limited = accounts.add_member(session, office_id, f"part@{tag}.example", f"Member-{tag} part", Role.MODERATOR)
    terms = Terms(Role.MODERATOR, {here: Role.MODERATOR})
    membership.change(session, owner, limited.id, terms, representative=False)
    campaigns = [
        office.campaign(session, [each.comment_id for each in same])
        for same in ((waiting, settled), (severe, weighed), (elsewhere,))
    ]
    author_id = session.get_one(Comment, waiting.comment_id).author_id or ""
    fact = facts.record_fact(session, moderator, author_id, "outside_constituency", f"Says so-{tag}")
    draft = drafts.from_text(session, owner, GUIDELINES, f"Draft-{tag}")
    rows = _rows(owner, tag)
    session.add_all(rows.values())
    session.flush()
    ids = {
        "case_id": waiting.case_id,
        "comment_id": settled.comment_id,
        "decision_id": made.decision_id,
        "action_id": session.scalars(select(Action.id).where(Action.comment_id == settled.comment_id)).one(),
        "fact_id": fact.id,
        "channel_id": here,
        "member_id": limited.id,
        #: somebody who has left
        "gone_id": gone.id,
        "draft_id": draft.id,
        "run_id": runs.start(session, owner, draft.id).id,
        "campaign_id": campaigns[0],
        "slug": session.get_one(Office, office_id).slug,
    }
    return House(
        tag,
        people,
        limited,
        ids | {name: row.id for name, row in rows.items()},
        severe={"case_id": severe.case_id, "comment_id": weighed.comment_id, "campaign_id": campaigns[1]},
        elsewhere={
            "case_id": elsewhere.case_id,
            "comment_id": elsewhere.comment_id,
            "channel_id": there,
            "campaign_id": campaigns[2],
        },
        asks_id=waiting.decision_id,
    )


def _people(session: Session, tag: str) -> dict[str, Member]:
    office_id = accounts.create_office(session, f"Office {tag}").id
    return {
        role.value: accounts.add_member(session, office_id, f"{role}@{tag}.example", f"Member-{tag} {role}", role)
        for role in Role
    }


def _asked(session: Session, channel_id: str, text: str, author: str, **asked: Any) -> office.Seen:
    comment_id = office.say(session, channel_id, text, author=author, post=f"post of {channel_id}")
    return office.suggest(session, comment_id, **asked)


def _rows(owner: Member, tag: str) -> dict[str, Any]:
    """What no step of the product makes without workers, by the part of an address that names it."""
    now = clock.now()
    return {
        "bulk_id": BulkRun(
            id=clock.new_id(),
            office_id=owner.office_id,
            undoes_id=None,
            verbs=["hide"],
            rule_id="2b",
            note=f"Note of many-{tag}",
            state=BulkState.WAITING.value,
            total=0,
            asked_by=owner.id,
            asked_at=now,
        ),
        "reply_id": CannedReply(
            id=clock.new_id(),
            office_id=owner.office_id,
            name=f"Reply-{tag}",
            text="Thank you.",
            verb=Verb.REPLY.value,
            rule_id=None,
            changed_by=owner.id,
            changed_at=now,
        ),
        "claim_id": CheckedClaim(
            id=clock.new_id(),
            office_id=owner.office_id,
            key=tag,
            text=f"Claimed words-{tag}",
            rating="False",
            verdict="false",
            source=f"Checkers-{tag}",
            link="https://checks.example/1",
            checked_on=now.date(),
            expires_on=now.date(),
            added_by=owner.id,
            added_at=now,
            withdrawn_by=None,
            withdrawn_at=None,
            vector=None,
            vector_version="",
        ),
        "filter_id": SavedFilter(
            id=clock.new_id(),
            office_id=owner.office_id,
            member_id=owner.id,
            name=f"View-{tag}",
            query="lane=review",
            shared=True,
            created_at=now,
        ),
    }
