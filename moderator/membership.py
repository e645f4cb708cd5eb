"""How people come to work in an office, what they may do there and how long, and how they leave.

Only owners change any of it, and an office always keeps an owner whose access does not end by itself.
"""

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, delete, func, select, update
from sqlalchemy.orm import Session

from moderator import accounts, audit, clock
from moderator.connectors import registry
from moderator.domain.cases import CaseState
from moderator.domain.drafts import OPEN_STATES
from moderator.domain.vocabulary import Role
from moderator.errors import Conflict, Invalid, NotAllowed, NotFound
from moderator.review.access import MANAGERS, reach
from moderator.storage.tables import (
    ApiKey,
    Case,
    Channel,
    ChannelRole,
    Exposure,
    GuidelineDraft,
    Invitation,
    Lease,
    Member,
    MemberSession,
    Office,
    Preferences,
    SignInLink,
)

VALID = timedelta(days=7)

#: What a member of each role may be on single channels. Whoever runs the office runs all of it.
ON_CHANNELS: Mapping[Role, tuple[Role, ...]] = {
    Role.MODERATOR: (Role.MODERATOR, Role.VOLUNTEER, Role.OBSERVER),
    Role.VOLUNTEER: (Role.VOLUNTEER,),
    Role.OBSERVER: (Role.OBSERVER,),
}

#: Cases that the log names at most of those that somebody held.
_MOST_CASES = 200


@dataclass(frozen=True, slots=True)
class Terms:
    """What a member may do, where, and how long."""

    role: str
    #: channel id -> role; empty: every channel
    channels: Mapping[str, str] = field(default_factory=dict)
    #: their access ends by itself then
    ends_at: datetime | None = None

    def settled(self) -> "Terms":
        """Who is the same on all of their channels is that in the office too."""
        roles = set(self.channels.values())
        return replace(self, role=roles.pop()) if len(roles) == 1 else self


@dataclass(frozen=True, slots=True)
class Knew:
    """What a member had in hand, by id: what is to be changed, passed on or looked through once they leave."""

    channels: tuple[str, ...]
    #: those of them whose secrets they could read
    secrets: tuple[str, ...]
    keys: tuple[str, ...]
    drafts: tuple[str, ...]
    #: open cases on their screen or in their name
    cases: tuple[str, ...]
    sessions: int
    links: int
    invitations: int


def invite(session: Session, owner: Member, email: str, name: str, terms: Terms) -> str:
    """The token of a link that makes somebody a member, once, within `VALID`. An earlier one to them is withdrawn.

    Raises `NotAllowed` or `Invalid`.
    """
    _require_owner_now(session, owner)
    address = accounts.usable_address(email)
    _check(session, owner.office_id, terms)
    terms = terms.settled()
    _require_free(session, owner.office_id, address)
    for earlier in session.scalars(_open(owner.office_id).where(Invitation.email == address)).all():
        _withdraw(session, earlier, owner)
    token = secrets.token_urlsafe(32)
    invitation = Invitation(
        token_hash=accounts.token_hash(token),
        office_id=owner.office_id,
        email=address,
        name=accounts.usable_name(name) if name.strip() else "",
        role=Role(terms.role).value,
        channels=dict(terms.channels),
        ends_at=terms.ends_at,
        invited_by=owner.id,
        made_at=clock.now(),
        expires_at=clock.now() + VALID,
        used_at=None,
        withdrawn_at=None,
    )
    session.add(invitation)
    session.flush()
    _log(session, owner, "member.invited", _of(invitation), **_said(terms))
    return token


def invited(session: Session, token: str) -> Invitation | None:
    """What a link invites to; None when it is used, withdrawn, too old or unknown. Changes nothing."""
    found = session.get(Invitation, accounts.token_hash(token))
    if found is None or found.used_at is not None or found.withdrawn_at is not None:
        return None
    return found if found.expires_at > clock.now() else None


def accept(session: Session, token: str, name: str, password_hash: str) -> Member | None:
    """Use an invitation up. None as for `invited`; of two at once one gets None. Raises `Invalid`."""
    name = accounts.usable_name(name)
    session.get(Invitation, accounts.token_hash(token), with_for_update=True, populate_existing=True)
    invitation = invited(session, token)
    if invitation is None:
        return None
    session.get(Office, invitation.office_id, with_for_update=True)
    terms = Terms(invitation.role, invitation.channels, invitation.ends_at)
    # The office may have changed since: a channel is gone, the last day is over.
    _check(session, invitation.office_id, terms)
    member = _seat(session, invitation)
    member.name, member.role, member.password_hash = name, invitation.role, password_hash
    member.left_at, member.ends_at = None, terms.ends_at
    session.flush()
    _write_channels(session, member.id, terms.channels)
    invitation.used_at = clock.now()
    _log(session, member, "member.added", f"member:{member.id}", **_said(terms), invitation=_of(invitation))
    return member


def withdraw(session: Session, owner: Member, email: str) -> None:
    """The link sent to this address works no more. Raises `NotAllowed` or `NotFound`."""
    _require_owner_now(session, owner)
    waiting = session.scalars(_open(owner.office_id).where(Invitation.email == email)).all()
    if not waiting:
        raise NotFound("There is no open invitation to this address.")
    for invitation in waiting:
        _withdraw(session, invitation, owner)


def change(session: Session, owner: Member, member_id: str, terms: Terms, *, representative: bool) -> None:
    """Change what a member may do, where and how long; `representative`: the pages are about them.

    It holds from their next click on. Raises `NotAllowed`, `NotFound`, `Invalid`, or `Conflict` for the last owner.
    """
    _require_owner_now(session, owner)
    member = of_office(session, owner.office_id, member_id)
    _check(session, owner.office_id, terms, before=member.ends_at)
    terms = terms.settled()
    if terms.role != Role.OWNER or terms.ends_at is not None:
        _require_another_owner(session, member)
    said = _said(terms) | {"representative": representative}
    before = _said(terms_of(session, member)) | {"representative": member.representative}
    if said == before:
        return
    member.role, member.ends_at, member.representative = Role(terms.role).value, terms.ends_at, representative
    _write_channels(session, member.id, terms.channels)
    held = _held(session, member)
    theirs = select(Case.id).where(Case.id.in_(held), *reach(session, member).of_cases())
    _give_back(session, set(held) - set(session.scalars(theirs)))
    _log(session, owner, "member.changed", f"member:{member.id}", **said, before=before)


def set_end(session: Session, member: Member, ends_at: datetime | None, actor: str) -> None:
    """Their access ends by itself then, or no more. Raises `Invalid` or `Conflict`."""
    session.get(Office, member.office_id, with_for_update=True)
    terms = terms_of(session, member)
    _check(session, member.office_id, Terms(terms.role, {}, ends_at))
    if ends_at is not None:
        _require_another_owner(session, member)
    before = _said(terms)
    member.ends_at = ends_at
    session.flush()
    detail = _said(terms_of(session, member)) | {"before": before}
    entry = audit.Entry(member.office_id, actor, "member.changed", f"member:{member.id}", detail)
    audit.append(session, [entry])


def leave(session: Session, member: Member, actor: str = "system") -> Knew:
    """Their access ends now, everywhere; what they decided stays on record. What they had in hand goes back.

    What it was is kept with the entry of the log. Whether it leaves the office an owner is for the caller to ask.
    """
    had = knew(session, member)
    member.left_at, member.password_hash, member.representative = clock.now(), None, False
    for table in (MemberSession, SignInLink, ChannelRole, Preferences, Exposure):
        session.execute(delete(table).where(table.member_id == member.id))
    _give_back(session, had.cases)
    for invitation in session.scalars(_open(member.office_id).where(Invitation.invited_by == member.id)).all():
        invitation.withdrawn_at = clock.now()
    session.flush()
    detail = {
        "channels": list(had.channels),
        "secrets": list(had.secrets),
        "keys": list(had.keys),
        "drafts": list(had.drafts),
        "cases": list(had.cases[:_MOST_CASES]),
        "sessions": had.sessions,
        "links": had.links,
        "invitations": had.invitations,
    }
    audit.append(session, [audit.Entry(member.office_id, actor, "member.left", f"member:{member.id}", detail)])
    return had


def dismiss(session: Session, owner: Member, member_id: str) -> Knew:
    """An owner ends a member's access. Raises `NotAllowed`, `NotFound`, or `Conflict` for the last owner."""
    _require_owner_now(session, owner)
    member = of_office(session, owner.office_id, member_id)
    _require_another_owner(session, member)
    return leave(session, member, f"member:{owner.id}")


def ended_members(session: Session, office_id: str) -> None:
    """Whose last day is over leaves. They cannot come in since then; this takes back what they had in hand."""
    over = select(Member).where(Member.office_id == office_id, Member.left_at.is_(None), Member.ends_at <= clock.now())
    for member in session.scalars(over).all():
        leave(session, member)


def knew(session: Session, member: Member) -> Knew:
    """What the member has in hand as things stand. Changes nothing."""
    channels = session.scalars(select(Channel).where(*reach(session, member).of_channels()).order_by(Channel.id)).all()
    manages = member.role in MANAGERS
    keys = select(ApiKey.id).where(ApiKey.office_id == member.office_id, ApiKey.revoked_at.is_(None))
    drafts = select(GuidelineDraft.id).where(
        GuidelineDraft.office_id == member.office_id,
        GuidelineDraft.state.in_(sorted(OPEN_STATES)),
        (GuidelineDraft.created_by == member.id) | (GuidelineDraft.updated_by == member.id),
    )
    return Knew(
        channels=tuple(channel.id for channel in channels),
        secrets=tuple(channel.id for channel in channels if manages and _has_secrets(channel)),
        keys=tuple(session.scalars(keys.order_by(ApiKey.id))) if manages else (),
        drafts=tuple(session.scalars(drafts.order_by(GuidelineDraft.id))),
        cases=_held(session, member),
        sessions=_how_many(session, MemberSession.member_id == member.id, MemberSession.expires_at > clock.now()),
        links=_how_many(
            session,
            SignInLink.member_id == member.id,
            SignInLink.used_at.is_(None),
            SignInLink.expires_at > clock.now(),
        ),
        invitations=len(session.scalars(_open(member.office_id).where(Invitation.invited_by == member.id)).all()),
    )


def end_of_day(office: Office, day: date) -> datetime:
    """The moment at which a day is over where the office is."""
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(office.timezone))


def last_day(office: Office, ends_at: datetime) -> date:
    """The day that `end_of_day` made this moment of."""
    return (ends_at - timedelta(microseconds=1)).astimezone(ZoneInfo(office.timezone)).date()


def terms_of(session: Session, member: Member) -> Terms:
    """What the member may do as things stand."""
    roles = select(ChannelRole.channel_id, ChannelRole.role).where(ChannelRole.member_id == member.id)
    return Terms(member.role, dict(session.execute(roles).tuples().all()), member.ends_at)


def of_office(session: Session, office_id: str, member_id: str) -> Member:
    """A member of the office who has not left. Raises `NotFound`."""
    member = session.get(Member, member_id)
    if member is None or member.office_id != office_id or member.left_at is not None:
        raise NotFound("There is no such member in your office.")
    return member


def require_owner(member: Member) -> None:
    """Raises `NotAllowed`."""
    if member.role != Role.OWNER:
        raise NotAllowed(f"the role {member.role} does not say who may do what here: owners do")


def _require_owner_now(session: Session, owner: Member) -> None:
    """Another owner may have been faster: nothing about the office's members changes until this is through."""
    session.get(Office, owner.office_id, with_for_update=True)
    current = session.get(Member, owner.id, populate_existing=True)
    if current is None or current.left_at is not None:
        raise NotAllowed("you are no member of this office any more")
    require_owner(current)


def _held(session: Session, member: Member) -> tuple[str, ...]:
    """The open cases on the member's screen or in their name."""
    held = select(Lease.case_id).where(Lease.member_id == member.id)
    given = select(Case.id).where(Case.assignee_id == member.id, Case.state == CaseState.OPEN)
    return tuple(dict.fromkeys([*session.scalars(held), *session.scalars(given.order_by(Case.urgent_at))]))


def _give_back(session: Session, case_ids: Collection[str]) -> None:
    """The cases wait for anybody again."""
    given = update(Case).where(Case.id.in_(case_ids)).values(assignee_id=None, assigned_by=None)
    session.execute(given, execution_options={"synchronize_session": False})
    session.execute(delete(Lease).where(Lease.case_id.in_(case_ids)))


def _check(session: Session, office_id: str, terms: Terms, before: datetime | None = None) -> None:
    """Raises `Invalid`. `before`: an end that is kept as it is may be close."""
    if terms.role not in set(Role):
        raise Invalid("role", f"{terms.role!r} is no role; the roles are {', '.join(Role)}")
    able = ON_CHANNELS.get(Role(terms.role), ())
    if terms.channels and not able:
        raise Invalid("channels", "who runs the office sees every channel: choose another role for single ones")
    for channel_id, role in terms.channels.items():
        if role not in able:
            raise Invalid("channels", f"a member with the role {terms.role} cannot be {role} on a channel")
        channel = session.get(Channel, channel_id)
        if channel is None or channel.office_id != office_id:
            raise Invalid("channels", "there is no such channel in your office")
    if terms.ends_at is not None and terms.ends_at != before and terms.ends_at <= clock.now():
        raise Invalid("ends_at", "the last day must not be over already")


def _require_free(session: Session, office_id: str, address: str) -> None:
    """Somebody who left may come back to the same office."""
    known = session.scalar(select(Member).where(Member.email == address))
    if known is not None and (known.left_at is None or known.office_id != office_id):
        raise Invalid("email", f"{address} belongs to a member already")


def _seat(session: Session, invitation: Invitation) -> Member:
    """A new member, or the one who left and comes back."""
    _require_free(session, invitation.office_id, invitation.email)
    known = session.scalar(select(Member).where(Member.email == invitation.email))
    if known is not None:
        return known
    member = Member(
        id=clock.new_id(),
        office_id=invitation.office_id,
        email=invitation.email,
        name="",
        role=invitation.role,
        created_at=clock.now(),
    )
    session.add(member)
    return member


def _require_another_owner(session: Session, member: Member) -> None:
    """Raises `Conflict` where nobody else would be left who owns the office for good."""
    if member.role != Role.OWNER:
        return
    others = select(Member.id).where(
        Member.office_id == member.office_id,
        Member.id != member.id,
        Member.role == Role.OWNER,
        Member.left_at.is_(None),
        Member.ends_at.is_(None),
    )
    if session.scalar(others.limit(1)) is None:
        raise Conflict("This is the only owner of the office for good. Make somebody else an owner first.")


def _write_channels(session: Session, member_id: str, channels: Mapping[str, str]) -> None:
    session.execute(delete(ChannelRole).where(ChannelRole.member_id == member_id))
    session.add_all(
        ChannelRole(member_id=member_id, channel_id=channel_id, role=Role(role).value)
        for channel_id, role in channels.items()
    )
    session.flush()


def _open(office_id: str) -> Select[tuple[Invitation]]:
    return select(Invitation).where(
        Invitation.office_id == office_id,
        Invitation.used_at.is_(None),
        Invitation.withdrawn_at.is_(None),
        Invitation.expires_at > clock.now(),
    )


def _withdraw(session: Session, invitation: Invitation, owner: Member) -> None:
    invitation.withdrawn_at = clock.now()
    session.flush()
    _log(session, owner, "member.invitation_withdrawn", _of(invitation))


def _of(invitation: Invitation) -> str:
    """How the log speaks of an invitation: it holds no addresses."""
    return f"invitation:{invitation.token_hash[:16]}"


def _has_secrets(channel: Channel) -> bool:
    return any(each.secret for each in registry.get(channel.connector).fields)


def _how_many(session: Session, *conditions: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).where(*conditions)) or 0


def _said(terms: Terms) -> dict[str, object]:
    return {
        "role": str(terms.role),
        "channels": {channel_id: str(role) for channel_id, role in sorted(terms.channels.items())},
        "ends_at": terms.ends_at.isoformat() if terms.ends_at else None,
    }


def _log(session: Session, actor: Member, event: str, subject: str, **detail: object) -> None:
    audit.append(session, [audit.Entry(actor.office_id, f"member:{actor.id}", event, subject, detail)])
