"""Answers that the office wrote once, to be sent to many, with places to fill in for the comment at hand."""

import re
from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderator import audit, clock, publishing
from moderator.domain.vocabulary import WRITTEN, Verb
from moderator.errors import Conflict, Invalid, NotFound
from moderator.pipeline.storable import storable
from moderator.review.access import require_manager
from moderator.review.ruling import MOST_WRITTEN
from moderator.storage.tables import CannedReply, Member

MAX_NAME = 80

#: An office with more of them would look for them longer than it takes to write one.
MOST = 100

#: What is filled in by itself where it is known. Anything else in braces is for the member to fill in.
PLACES: Mapping[str, str] = {
    "author": "the author’s name, as the platform shows it",
    "office": "the name of your office",
    "contact": "the contact in your guidelines",
    "guidelines": "the address of your guidelines",
}

_PLACE = re.compile(r"\{([a-z_]{1,40})\}")


def of_office(session: Session, office_id: str) -> Sequence[CannedReply]:
    """Those in use, by name."""
    query = select(CannedReply).where(CannedReply.office_id == office_id, CannedReply.withdrawn_at.is_(None))
    return session.scalars(query.order_by(CannedReply.name, CannedReply.id).limit(MOST)).all()


def one(session: Session, office_id: str, reply_id: str) -> CannedReply:
    """Raises `NotFound` for one of another office, or one that was withdrawn."""
    reply = session.get(CannedReply, reply_id)
    if reply is None or reply.office_id != office_id or reply.withdrawn_at is not None:
        raise NotFound("There is no such reply in your office.")
    return reply


def write(session: Session, member: Member, name: str, text: str, verb: str, rule_id: str | None) -> CannedReply:
    """Raises `NotAllowed`, `Invalid`, or `Conflict` where the office has as many as it can have."""
    require_manager(member)
    if len(of_office(session, member.office_id)) >= MOST:
        raise Conflict(f"Your office has {MOST} replies: withdraw one before you write another.")
    reply = CannedReply(id=clock.new_id(), office_id=member.office_id, withdrawn_at=None)
    _fill_in(session, member, reply, name, text, verb, rule_id)
    session.add(reply)
    session.flush()
    _log(session, member, reply, "reply.written")
    return reply


def change(
    session: Session, member: Member, reply_id: str, name: str, text: str, verb: str, rule_id: str | None
) -> None:
    """What was sent before stays as it was sent. Raises `NotAllowed`, `NotFound`, `Invalid`."""
    require_manager(member)
    reply = one(session, member.office_id, reply_id)
    _fill_in(session, member, reply, name, text, verb, rule_id)
    session.flush()
    _log(session, member, reply, "reply.changed")


def withdraw(session: Session, member: Member, reply_id: str) -> None:
    """It is offered no more. Raises `NotAllowed`, `NotFound`."""
    require_manager(member)
    reply = one(session, member.office_id, reply_id)
    reply.withdrawn_at = clock.now()
    session.flush()
    _log(session, member, reply, "reply.withdrawn")


def filled(text: str, known: Mapping[str, str]) -> str:
    """The text with what is known in its places. A place for which nothing is known stays: so it cannot be sent yet.

    What is filled in is taken as it is, whatever it looks like.
    """
    return _PLACE.sub(lambda place: known.get(place[1], "") or place[0], text)


def _fill_in(
    session: Session, member: Member, reply: CannedReply, name: str, text: str, verb: str, rule_id: str | None
) -> None:
    tidy = storable(" ".join(name.split()))[0]
    if not tidy or len(tidy) > MAX_NAME:
        raise Invalid("name", f"a reply needs a name of at most {MAX_NAME} characters")
    words = storable(text.replace("\r\n", "\n").strip())[0]
    if not words or len(words) > MOST_WRITTEN:
        raise Invalid("text", f"a reply has words, and at most {MOST_WRITTEN:,} characters of them")
    if verb not in WRITTEN:
        raise Invalid("verb", "choose whether it answers or points elsewhere")
    if rule_id and rule_id not in _rule_ids(session, member.office_id):
        raise Invalid("rule_id", "your published guidelines have no such rule")
    reply.name, reply.text, reply.verb, reply.rule_id = tidy, words, Verb(verb).value, rule_id or None
    reply.changed_by, reply.changed_at = member.id, clock.now()


def _rule_ids(session: Session, office_id: str) -> set[str]:
    version = publishing.current(session, office_id)
    return {rule.id for rule in publishing.read(version).rules} if version else set()


def _log(session: Session, member: Member, reply: CannedReply, event: str) -> None:
    subject = f"office:{reply.office_id}"
    audit.append(session, [audit.Entry(reply.office_id, f"member:{member.id}", event, subject, {"name": reply.name})])
