"""What the classifier of repetition is told about a comment."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Echoes:
    """Comments that said nearly the same shortly before, the comment itself among them, as it was when it came in.

    An author whom the platform does not name is nobody's other comment, and no further author.
    """

    #: comments that say nearly the same, by how many authors and under how many posts
    comments: int = 1
    authors: int = 0
    posts: int = 0
    #: from the first of them to the last
    hours: float = 0.0
    since: datetime | None = None
    #: those by the comment's own author
    own_comments: int = 1
    own_posts: int = 0
    own_since: datetime | None = None
    #: there are more than were counted
    more: bool = False
