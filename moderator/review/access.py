"""Who may see and decide what, in their office and on each of its channels."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy import ColumnElement, Text, and_, cast, exists, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from moderator.domain.vocabulary import Role, Verb
from moderator.errors import NotAllowed, NotFound
from moderator.storage.tables import Case, Channel, ChannelRole, Comment, Decision, Member

_DECIDE = frozenset({Role.OWNER, Role.LEAD, Role.MODERATOR})
#: They are told no names and shown nothing severe.
_SHIELDED = frozenset({Role.VOLUNTEER})
MANAGERS = frozenset({Role.OWNER, Role.LEAD})


@dataclass(frozen=True, slots=True)
class Reach:
    """What one member may see. Every query that shows comments is narrowed by it."""

    office_id: str
    #: channel id -> the member's role there; None: every channel of the office
    channels: Mapping[str, Role] | None = None
    #: whether they are told who said something, on any channel at all; `names_on` answers for one
    names: bool = True
    #: whether they see what weighs on whoever reads it, on any channel at all
    severe: bool = True

    @property
    def whole(self) -> bool:
        """Whether nothing of the office is kept from them."""
        return self.channels is None and self.names and self.severe

    def names_on(self, channel_id: str) -> bool:
        """Whether they are told who said something on this channel."""
        return self.names and (self.channels is None or self.channels.get(channel_id) not in _SHIELDED)

    def severe_on(self, channel_id: str) -> bool:
        """Whether they see what is severe on this channel."""
        return self.severe and (self.channels is None or self.channels.get(channel_id) not in _SHIELDED)

    def of_channels(self) -> list[ColumnElement[bool]]:
        """What a query over `Channel` must hold to."""
        conditions = [Channel.office_id == self.office_id]
        return conditions if self.channels is None else [*conditions, Channel.id.in_(sorted(self.channels))]

    def of_cases(self) -> list[ColumnElement[bool]]:
        """What a query over `Case` must hold to."""
        return [Case.office_id == self.office_id, *self._narrowed(Case.channel_id, _mild_case)]

    def of_comments(self, comment: type[Comment] = Comment) -> list[ColumnElement[bool]]:
        """What a query over `Comment`, or over an alias of it, must hold to."""
        mild = partial(_known_to_be_mild, comment)
        return [comment.office_id == self.office_id, *self._narrowed(comment.channel_id, mild)]

    def _narrowed(
        self, channel_id: InstrumentedAttribute[str], mild: Callable[[], ColumnElement[bool]]
    ) -> list[ColumnElement[bool]]:
        conditions: list[ColumnElement[bool]] = []
        if self.channels is not None:
            conditions.append(channel_id.in_(sorted(self.channels)))
        open_to_them = sorted(each for each in self.channels or () if self.severe_on(each))
        if open_to_them and len(open_to_them) < len(self.channels or ()):
            conditions.append(or_(channel_id.in_(open_to_them), mild()))
        elif not self.severe:
            conditions.append(mild())
        return conditions


def reach(session: Session, member: Member) -> Reach:
    """What the member may see."""
    roles = select(ChannelRole.channel_id, ChannelRole.role).where(ChannelRole.member_id == member.id)
    channels = {channel_id: Role(role) for channel_id, role in session.execute(roles).tuples()}
    open_hearted = not set(channels.values() or [Role(member.role)]) <= _SHIELDED
    return Reach(member.office_id, channels or None, names=open_hearted, severe=open_hearted)


def role_on(reach: Reach, member: Member, channel_id: str) -> Role:
    """What the member is on this channel. Raises `NotFound` where they do not reach it."""
    if reach.channels is None:
        return Role(member.role)
    try:
        return reach.channels[channel_id]
    except KeyError:
        raise NotFound("There is no such channel in your office.") from None


def role_at(session: Session, member: Member, comment_id: str) -> Role:
    """What the member is where the comment stands. Raises `NotFound` where they do not reach it."""
    theirs = reach(session, member)
    query = select(Comment.channel_id).where(Comment.id == comment_id, *theirs.of_comments())
    channel_id = session.scalar(query)
    if channel_id is None:
        raise NotFound("There is no such comment in your office.")
    return role_on(theirs, member, channel_id)


def may_decide(member: Member, role: Role | None = None) -> bool:
    """`role`: theirs on the channel in question, where they have one of its own."""
    return (role or member.role) in _DECIDE


def may_suggest(member: Member, role: Role | None = None) -> bool:
    """What they choose is put before somebody who decides. `role` as for `may_decide`."""
    return (role or member.role) == Role.VOLUNTEER


def may_manage(member: Member) -> bool:
    """Channels, word lists and other settings of the office."""
    return member.role in MANAGERS


def require_decider(member: Member, verbs: Sequence[Verb] = (), role: Role | None = None) -> None:
    """Raises `NotAllowed`. `verbs` are what they would decide; `role` as for `may_decide`."""
    if may_decide(member, role):
        return
    if may_suggest(member, role) and verbs:
        what = " and ".join(verb.replace("_", " ") for verb in verbs)
        raise NotAllowed(f"a volunteer may suggest to {what}, and does not decide it")
    raise NotAllowed(f"the role {role or member.role} does not decide about comments")


def require_decider_at(session: Session, member: Member, comment_id: str) -> None:
    """Raises `NotAllowed`, or `NotFound` where the member does not reach the comment at all."""
    require_decider(member, role=role_at(session, member, comment_id))


def require_manager(member: Member) -> None:
    """Raises `NotAllowed`."""
    if not may_manage(member):
        raise NotAllowed(f"the role {member.role} does not change the office's settings")


def _mild_case() -> ColumnElement[bool]:
    comment = aliased(Comment)
    known = exists().where(comment.id == Case.comment_id, _known_to_be_mild(comment)).correlate(Case)
    return and_(Case.severe.is_(False), known)


def _known_to_be_mild(comment: type[Comment]) -> ColumnElement[bool]:
    """People were asked about its text and never for something severe; or it was judged, and no rule is cited."""
    asked, asks, weighty, judged = aliased(Case), aliased(Decision), aliased(Case), aliased(Decision)
    return and_(
        ~exists().where(weighty.comment_id == comment.id, weighty.severe.is_(True)).correlate(comment),
        or_(
            exists()
            .where(
                asked.comment_id == comment.id,
                asks.id == asked.decision_id,
                asks.revision_id == comment.revision_id,
            )
            .correlate(comment),
            exists()
            .where(
                judged.id == comment.decision_id,
                judged.revision_id == comment.revision_id,
                cast(judged.rule_ids, Text) == "[]",
            )
            .correlate(comment),
        ),
    )
