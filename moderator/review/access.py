"""Who may decide what."""

from collections.abc import Sequence

from moderator.domain.vocabulary import Role, Verb
from moderator.errors import NotAllowed
from moderator.storage.tables import Member

_DECIDE = frozenset({Role.OWNER, Role.LEAD, Role.MODERATOR})
MANAGERS = frozenset({Role.OWNER, Role.LEAD})


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
