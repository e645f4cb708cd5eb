"""From what somebody pasted, an id or a link, to the comment that it names."""

import re
from collections.abc import Iterable
from itertools import permutations
from urllib.parse import parse_qsl, unquote, urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderator.errors import NotFound
from moderator.queries import case_page
from moderator.queries.case_page import Whereabouts
from moderator.review.access import Reach
from moderator.storage.tables import Channel, Comment

LONGEST = 2_000

_OURS = re.compile(r"(?<![0-9a-z])[0-9a-v]{26}(?![0-9a-z])")
#: More than any link has that names one comment.
_MOST_PARTS = 20
_LONGEST_PART = 200
#: Facebook writes the number of the post and that of the comment as one id, and apart in its links.
_MOST_NUMBERS = 4


def whereabouts(session: Session, reach: Reach, pasted: str) -> Whereabouts | None:
    """Where the comment is that an id of ours, a link to a page of ours, or a link to the platform names.

    None where it names nothing that the member may see. A platform's link is known by the ids in it, so it may have
    been opened on another of its sites, or in an app.
    """
    text = pasted.strip()[:LONGEST]
    for found in _OURS.findall(text):
        for look in (case_page.of_case, case_page.of_comment):
            try:
                return look(session, reach, found)
            except NotFound:
                continue
    return _by_platform(session, reach, text)


def _by_platform(session: Session, reach: Reach, text: str) -> Whereabouts | None:
    ids = _ids_in(text)
    if not ids:
        return None
    channels = select(Channel.id).where(Channel.office_id == reach.office_id)
    named = session.execute(
        select(Comment.id, Comment.external_id).where(
            *reach.of_comments(), Comment.channel_id.in_(channels), Comment.external_id.in_(ids)
        )
    ).tuples()
    # A link to an answer names the comment above it too, and names it first.
    for comment_id, _ in sorted(named, key=lambda each: -ids.index(each[1])):
        try:
            return case_page.of_comment(session, reach, comment_id)
        except NotFound:
            continue
    return None


def _ids_in(text: str) -> list[str]:
    """What may be a platform's id for a comment, the most telling last: parts of the link, and two parts joined."""
    try:
        link = urlsplit(text)
        asked = parse_qsl(link.query, max_num_fields=_MOST_PARTS)
    except ValueError:
        return []
    path = [unquote(part) for part in link.path.split("/")]
    parts = _usable([*path, *(value for _, value in asked)])
    numbers = [part for part in parts if part.isascii() and part.isdigit()][-_MOST_NUMBERS:]
    return list(dict.fromkeys([*parts, *map("_".join, permutations(numbers, 2))]))


def _usable(parts: Iterable[str]) -> list[str]:
    found = [part for part in parts if part and part.isprintable() and len(part) <= _LONGEST_PART]
    return found[:_MOST_PARTS]
