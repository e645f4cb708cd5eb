"""Who may see and decide what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from moderator.domain.vocabulary import Role, Verb
from moderator.errors import NotAllowed
from moderator.storage.tables import Case, ChannelRole, Comment, Member

_DECIDE = frozenset({Role.OWNER, Role.LEAD, Role.MODERATOR})
MANAGERS = frozenset({Role.OWNER, Role.LEAD})


@dataclass(frozen=True, slots=True)
class Reach:
    """What one member may see. Every query that shows comments is narrowed by it."""

    office_id: str
    #: channel id -> the member's role there; None: every channel of the office
    channels: Mapping[str, Role] | None = None
    #: whether they are told who said something
    names: bool = True
    #: whether they see what weighs on whoever reads it
    severe: bool = True

    def of_cases(self) -> list[ColumnElement[bool]]:
        """What a query over `Case` must hold to."""
        conditions: list[ColumnElement[bool]] = [Case.office_id == self.office_id]
        if self.channels is not None:
            conditions.append(Case.channel_id.in_(sorted(self.channels)))
        if not self.severe:
            conditions.append(Case.severe.is_(False))
        return conditions

    def of_comments(self) -> list[ColumnElement[bool]]:
        """What a query over `Comment` must hold to."""
        conditions: list[ColumnElement[bool]] = [Comment.office_id == self.office_id]
        if self.channels is not None:
            conditions.append(Comment.channel_id.in_(sorted(self.channels)))
        return conditions


def reach(session: Session, member: Member) -> Reach:
    """What the member may see."""
    roles = select(ChannelRole.channel_id, ChannelRole.role).where(ChannelRole.member_id == member.id)
    channels = {channel_id: Role(role) for channel_id, role in session.execute(roles).tuples()}
    return Reach(member.office_id, channels or None)


def may_decide(member: Member) -> bool:
    return member.role in _DECIDE


def may_manage(member: Member) -> bool:
    """Channels, word lists and other settings of the office."""
    return member.role in MANAGERS


def require_decider(member: Member, verbs: Sequence[Verb] = ()) -> None:
    """Raises `NotAllowed`. A volunteer may keep a comment, nothing more."""
    if may_decide(member) or (member.role == Role.VOLUNTEER and tuple(verbs) == (Verb.KEEP,)):
        return
    raise NotAllowed(f"the role {member.role} does not decide about comments")


def require_manager(member: Member) -> None:
    """Raises `NotAllowed`."""
    if not may_manage(member):
        raise NotAllowed(f"the role {member.role} does not change the office's settings")
