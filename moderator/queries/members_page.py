"""Who works in the office, who is invited, who has left, and what those who left had in hand."""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from moderator import clock, membership
from moderator.domain.cases import CaseState
from moderator.domain.vocabulary import Role
from moderator.errors import NotFound
from moderator.queries import rows
from moderator.storage.tables import (
    ApiKey,
    AuditEntry,
    Case,
    Channel,
    ChannelRole,
    GuidelineDraft,
    Invitation,
    Member,
    MemberSession,
    Office,
)

_ORDER = {role: place for place, role in enumerate(Role)}

#: Of those who have left, so many are shown, the last first.
MOST_LEFT = 100


@dataclass(frozen=True, slots=True)
class ChannelRoleShown:
    channel: str
    role: str


@dataclass(frozen=True, slots=True)
class MemberLine:
    id: str
    name: str
    email: str
    role: str
    #: empty: every channel
    channels: tuple[ChannelRoleShown, ...]
    since: datetime
    #: the last day of their access, where it ends by itself
    until: date | None
    #: the last of their days that is known; None: not for a week, or never
    seen_at: datetime | None
    representative: bool


@dataclass(frozen=True, slots=True)
class InvitationLine:
    email: str
    name: str
    role: str
    channels: tuple[ChannelRoleShown, ...]
    until: date | None
    invited_by: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class LeftLine:
    id: str
    name: str
    role: str
    left_at: datetime


@dataclass(frozen=True, slots=True)
class MembersPage:
    members: tuple[MemberLine, ...]
    invitations: tuple[InvitationLine, ...]
    left: tuple[LeftLine, ...]


@dataclass(frozen=True, slots=True)
class MemberPage:
    """One member, for the form that changes what they may do."""

    id: str
    name: str
    email: str
    role: str
    #: channel id -> role
    roles: Mapping[str, str]
    until: date | None
    representative: bool
    since: datetime


@dataclass(frozen=True, slots=True)
class Named:
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class HeldCase:
    """A case that somebody had in hand. The reason why it waits stands for its text."""

    id: str
    why: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class Handover:
    """What somebody had in hand, by name."""

    member_id: str
    name: str
    role: str
    #: None: they have not left
    left_at: datetime | None
    #: who ended their access; empty: it ended by itself, or whoever runs the service did
    by: str
    channels: tuple[Named, ...]
    #: those whose secrets they could read
    secrets: tuple[Named, ...]
    keys: tuple[Named, ...]
    drafts: tuple[Named, ...]
    cases: tuple[HeldCase, ...]
    sessions: int
    links: int
    invitations: int


@dataclass(frozen=True, slots=True)
class Welcome:
    """What an invitation says to whoever opens it."""

    office: str
    email: str
    name: str
    role: str
    channels: tuple[ChannelRoleShown, ...]
    until: date | None
    invited_by: str


def members_page(session: Session, office: Office) -> MembersPage:
    here = select(Member).where(Member.office_id == office.id, Member.left_at.is_(None))
    members = sorted(session.scalars(here), key=lambda each: (_ORDER[Role(each.role)], each.name.casefold()))
    ids = [member.id for member in members]
    seen = select(MemberSession.member_id, func.max(MemberSession.seen_at)).where(MemberSession.member_id.in_(ids))
    last = dict(session.execute(seen.group_by(MemberSession.member_id)).tuples().all())
    gone = select(Member).where(Member.office_id == office.id, Member.left_at.is_not(None))
    return MembersPage(
        members=tuple(_line(office, each, _channel_roles(session, each.id), last.get(each.id)) for each in members),
        invitations=tuple(_invitation(session, office, each) for each in _invitations(session, office.id)),
        left=tuple(
            LeftLine(each.id, each.name, each.role, each.left_at)
            for each in session.scalars(gone.order_by(Member.left_at.desc()).limit(MOST_LEFT))
            if each.left_at is not None
        ),
    )


def member_page(session: Session, office: Office, member_id: str) -> MemberPage:
    """Raises `NotFound`, also for somebody who has left."""
    member = membership.of_office(session, office.id, member_id)
    terms = membership.terms_of(session, member)
    return MemberPage(
        id=member.id,
        name=member.name,
        email=member.email,
        role=member.role,
        roles=terms.channels,
        until=_day(office, member.ends_at),
        representative=member.representative,
        since=member.created_at,
    )


def channel_choices(session: Session, office_id: str) -> tuple[Named, ...]:
    """The channels that somebody's work can be narrowed to."""
    named = select(Channel.id, Channel.name).where(Channel.office_id == office_id).order_by(Channel.id)
    return tuple(Named(*row) for row in session.execute(named).tuples())


def handover(session: Session, office: Office, member_id: str) -> Handover:
    """What the member would leave behind if they left now. Raises `NotFound`."""
    member = membership.of_office(session, office.id, member_id)
    had = membership.knew(session, member)
    return _handover(
        session,
        member,
        "",
        {
            "channels": had.channels,
            "secrets": had.secrets,
            "keys": had.keys,
            "drafts": had.drafts,
            "cases": had.cases,
            "sessions": had.sessions,
            "links": had.links,
            "invitations": had.invitations,
        },
    )


def left_behind(session: Session, office: Office, member_id: str) -> Handover:
    """What somebody who left had in hand, as the log kept it. Raises `NotFound`."""
    member = session.get(Member, member_id)
    if member is None or member.office_id != office.id or member.left_at is None:
        raise NotFound("Nobody like this has left your office.")
    entry = session.scalar(
        select(AuditEntry)
        .where(
            AuditEntry.subject == f"member:{member.id}",
            AuditEntry.chain == office.id,
            AuditEntry.event == "member.left",
        )
        .order_by(AuditEntry.sequence.desc())
        .limit(1)
    )
    kind, _, actor_id = entry.actor.partition(":") if entry else ("", "", "")
    by = rows.member_names(session, [actor_id]).get(actor_id, "") if kind == "member" else ""
    return _handover(session, member, by, json.loads(entry.detail) if entry else {})


def welcome(session: Session, invitation: Invitation) -> Welcome:
    office = session.get_one(Office, invitation.office_id)
    line = _invitation(session, office, invitation)
    return Welcome(office.name, line.email, line.name, line.role, line.channels, line.until, line.invited_by)


def _line(
    office: Office, member: Member, channels: tuple[ChannelRoleShown, ...], seen_at: datetime | None
) -> MemberLine:
    return MemberLine(
        id=member.id,
        name=member.name,
        email=member.email,
        role=member.role,
        channels=channels,
        since=member.created_at,
        until=_day(office, member.ends_at),
        seen_at=seen_at,
        representative=member.representative,
    )


def _channel_roles(session: Session, member_id: str) -> tuple[ChannelRoleShown, ...]:
    found = session.execute(
        select(Channel.name, ChannelRole.role)
        .join(Channel, Channel.id == ChannelRole.channel_id)
        .where(ChannelRole.member_id == member_id)
        .order_by(Channel.id)
    )
    return tuple(ChannelRoleShown(*row) for row in found.tuples())


def _invitations(session: Session, office_id: str) -> Iterable[Invitation]:
    waiting = select(Invitation).where(
        Invitation.office_id == office_id,
        Invitation.used_at.is_(None),
        Invitation.withdrawn_at.is_(None),
        Invitation.expires_at > clock.now(),
    )
    return session.scalars(waiting.order_by(Invitation.made_at.desc())).all()


def _invitation(session: Session, office: Office, invitation: Invitation) -> InvitationLine:
    named = _names(session, Channel.id, Channel.name, invitation.channels)
    return InvitationLine(
        email=invitation.email,
        name=invitation.name,
        role=invitation.role,
        channels=tuple(ChannelRoleShown(each.name, invitation.channels[each.id]) for each in named),
        until=_day(office, invitation.ends_at),
        invited_by=rows.member_names(session, [invitation.invited_by]).get(invitation.invited_by, ""),
        expires_at=invitation.expires_at,
    )


def _handover(session: Session, member: Member, by: str, had: Mapping[str, Any]) -> Handover:
    asked = select(Case.id, Case.why, Case.state).where(Case.id.in_(had.get("cases", ()))).order_by(Case.urgent_at)
    return Handover(
        member_id=member.id,
        name=member.name,
        role=member.role,
        left_at=member.left_at,
        by=by,
        channels=_names(session, Channel.id, Channel.name, had.get("channels", ())),
        secrets=_names(session, Channel.id, Channel.name, had.get("secrets", ())),
        keys=_names(session, ApiKey.id, ApiKey.name, had.get("keys", ())),
        drafts=_names(session, GuidelineDraft.id, GuidelineDraft.title, had.get("drafts", ())),
        cases=tuple(
            HeldCase(case_id, why, state == CaseState.OPEN) for case_id, why, state in session.execute(asked).tuples()
        ),
        sessions=int(had.get("sessions", 0)),
        links=int(had.get("links", 0)),
        invitations=int(had.get("invitations", 0)),
    )


def _names(
    session: Session, id: InstrumentedAttribute[str], name: InstrumentedAttribute[str], ids: Collection[str]
) -> tuple[Named, ...]:
    """Those of the ids that are still there, by name."""
    found = session.execute(select(id, name).where(id.in_(list(ids))).order_by(id)) if ids else ()
    return tuple(Named(*row) for row in found)


def _day(office: Office, ends_at: datetime | None) -> date | None:
    return membership.last_day(office, ends_at) if ends_at else None
