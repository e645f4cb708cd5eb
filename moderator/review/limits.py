"""Comments under a post that were limited, and are limited no longer."""

from sqlalchemy.orm import Session

from moderator import audit, posts
from moderator.errors import Conflict, NotFound
from moderator.review.access import require_decider_at
from moderator.storage.tables import Comment, Member


def lift(session: Session, member: Member, comment_id: str) -> None:
    """A member says that the limit on comments under this comment's post was lifted on the platform.

    Raises `NotFound`, `NotAllowed`, or `Conflict` where there is no limit.
    """
    comment = session.get(Comment, comment_id)
    if comment is None or comment.office_id != member.office_id:
        raise NotFound("there is no such comment")
    require_decider_at(session, member, comment.id)
    if not posts.open_again(session, comment.id):
        raise Conflict("Comments under this post are not limited any more.")
    subject = f"comment:{comment.id}"
    entry = audit.Entry(comment.office_id, f"member:{member.id}", "post.opened", subject, {"post": comment.post_id})
    audit.append(session, [entry])
