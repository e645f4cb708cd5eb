"""Who else in the office can be asked about a comment: those who would be shown it as well."""

from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from moderator import clock
from moderator.domain.vocabulary import Role
from moderator.review import access
from moderator.review.access import Reach
from moderator.storage.tables import ChannelRole, Comment, Member


@dataclass(frozen=True, slots=True)
class Colleague:
    id: str
    name: str
    #: what they are where the comment stands
    role: Role
    #: they are owner or lead of the office
    manages: bool

    @property
    def decides(self) -> bool:
        return self.role in (Role.OWNER, Role.LEAD, Role.MODERATOR)


def of_comment(session: Session, member: Member, comment_id: str) -> tuple[Colleague, ...]:
    """Everybody but the member who is shown this comment when they open it, by name."""
    comment = session.get(Comment, comment_id)
    if comment is None or comment.office_id != member.office_id:
        return ()
    others = session.scalars(
        select(Member)
        .where(
            Member.office_id == member.office_id,
            Member.id != member.id,
            Member.left_at.is_(None),
            or_(Member.ends_at.is_(None), Member.ends_at > clock.now()),
        )
        .order_by(Member.name, Member.id)
    ).all()
    narrowed = _channel_roles(session, [other.id for other in others])
    found, shielded = [], set()
    for other in others:
        roles = narrowed.get(other.id)
        role = Role(other.role) if roles is None else roles.get(comment.channel_id)
        if role is None:
            continue
        found.append(Colleague(other.id, other.name, role, access.may_manage(other)))
        if role is Role.VOLUNTEER or other.representative:
            shielded.add(other.id)
    if shielded and not _is_mild(session, comment):
        found = [colleague for colleague in found if colleague.id not in shielded]
    return tuple(found)


def _channel_roles(session: Session, member_ids: list[str]) -> dict[str, dict[str, Role]]:
    """channel id -> role, of those members who have a role on some channels only."""
    narrowed: dict[str, dict[str, Role]] = {}
    query = select(ChannelRole.member_id, ChannelRole.channel_id, ChannelRole.role)
    for member_id, channel_id, role in session.execute(query.where(ChannelRole.member_id.in_(member_ids))).tuples():
        narrowed.setdefault(member_id, {})[channel_id] = Role(role)
    return narrowed


def _is_mild(session: Session, comment: Comment) -> bool:
    """Whether those from whom the severe is kept are shown it."""
    shielded = Reach(comment.office_id, severe=False)
    return session.scalar(select(Comment.id).where(Comment.id == comment.id, *shielded.of_comments())) is not None
