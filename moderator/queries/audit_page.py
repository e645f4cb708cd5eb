"""The office's trail, newest first, and whether its newest stretch holds together."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from moderator import audit
from moderator.queries import rows
from moderator.review.access import Reach
from moderator.storage.tables import AuditEntry, AuditHead, Channel, Comment

PAGE = 50

#: Entries at the end of the chain whose hashes are recomputed for the page; `moderator audit verify` does them all.
CHECKED = 500

#: Entries that a page looks through for those of somebody's part of the office.
LOOKED_THROUGH = 1_000


@dataclass(frozen=True, slots=True)
class Filter:
    """Empty parts ask for nothing."""

    subject: str = ""
    event: str = ""
    actor: str = ""


@dataclass(frozen=True, slots=True)
class TrailLine:
    sequence: int
    at: datetime
    actor: str
    #: the member's name where the actor is one
    actor_name: str
    event: str
    subject: str
    #: the channel's or member's name where the subject is one
    subject_name: str
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AuditPage:
    filter: Filter
    lines: tuple[TrailLine, ...]
    #: pass it as `before` for what is older; None at the end
    next_before: int | None
    #: how many entries the chain has
    length: int
    #: what does not hold in the newest stretch that was checked; empty where all of it does
    broken: str
    #: the first entry of that stretch
    checked_from: int


def audit_page(session: Session, reach: Reach, wanted: Filter, before: int | None) -> AuditPage:
    """Entries of the office's chain, newest first. `before` is the last sequence of the page before.

    Whoever sees a part of the office reads what happened to its comments and channels.
    """
    office_id = reach.office_id
    found, next_before = _found(session, reach, wanted, before)
    names = _names(session, office_id, [who for entry in found for who in (entry.actor, entry.subject)])
    head = session.scalar(select(AuditHead.sequence).where(AuditHead.chain == office_id)) or 0
    after = max(0, head - CHECKED)
    broken = next(audit.verify_tail(session, office_id, after), None)
    return AuditPage(
        filter=wanted,
        lines=tuple(_line(entry, names) for entry in found),
        next_before=next_before,
        length=head,
        broken=f"entry {broken.sequence}: {broken.what}" if broken else "",
        checked_from=after + 1,
    )


def _found(session: Session, reach: Reach, wanted: Filter, before: int | None) -> tuple[list[AuditEntry], int | None]:
    """One page of entries, and where the next one begins."""
    query = select(AuditEntry).where(AuditEntry.chain == reach.office_id, *_narrowed(wanted))
    if before is not None:
        query = query.where(AuditEntry.sequence < before)
    if reach.whole:
        found = list(session.scalars(query.order_by(AuditEntry.sequence.desc()).limit(PAGE + 1)))
        return found[:PAGE], found[PAGE - 1].sequence if len(found) > PAGE else None
    # Somebody's part may be a thin one: a page looks through so many entries and no more, however few it shows.
    looked = list(session.scalars(query.order_by(AuditEntry.sequence.desc()).limit(LOOKED_THROUGH)))
    theirs = _reached(session, reach, {entry.subject for entry in looked})
    found = [entry for entry in looked if entry.subject in theirs][: PAGE + 1]
    if len(found) > PAGE:
        return found[:PAGE], found[PAGE - 1].sequence
    return found, looked[-1].sequence if len(looked) == LOOKED_THROUGH else None


def _reached(session: Session, reach: Reach, subjects: Collection[str]) -> set[str]:
    """Those subjects of the log that are comments and channels of the member's part."""
    ids: dict[str, list[str]] = {}
    for subject in subjects:
        kind, _, id = subject.partition(":")
        ids.setdefault(kind, []).append(id)
    comments = select(Comment.id).where(Comment.id.in_(ids.get("comment", ())), *reach.of_comments())
    channels = select(Channel.id).where(Channel.id.in_(ids.get("channel", ())), *reach.of_channels())
    return {f"comment:{id}" for id in session.scalars(comments)} | {f"channel:{id}" for id in session.scalars(channels)}


def _narrowed(wanted: Filter) -> list[ColumnElement[bool]]:
    asked = (
        (AuditEntry.subject, wanted.subject),
        (AuditEntry.event, wanted.event),
        (AuditEntry.actor, wanted.actor),
    )
    return [column == value for column, value in asked if value]


def _names(session: Session, office_id: str, references: Sequence[str]) -> dict[str, str]:
    """Names by reference (`member:…`, `channel:…`), of what the office has."""
    ids: dict[str, set[str]] = {}
    for reference in references:
        kind, _, id = reference.partition(":")
        ids.setdefault(kind, set()).add(id)
    names = {f"member:{id}": name for id, name in rows.member_names(session, ids.get("member", ())).items()}
    if wanted := ids.get("channel"):
        named = select(Channel.id, Channel.name).where(Channel.id.in_(wanted), Channel.office_id == office_id)
        names |= {f"channel:{id}": name for id, name in session.execute(named).tuples()}
    return names


def _line(entry: AuditEntry, names: Mapping[str, str]) -> TrailLine:
    return TrailLine(
        sequence=entry.sequence,
        at=datetime.fromisoformat(entry.at),
        actor=entry.actor,
        actor_name=names.get(entry.actor, ""),
        event=entry.event,
        subject=entry.subject,
        subject_name=names.get(entry.subject, ""),
        detail=json.loads(entry.detail),
    )
