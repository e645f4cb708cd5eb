"""Which comments say nearly the same: a campaign under many names, however each copy was dressed up.

Texts are compared by their words and by the pairs of words that follow each other, once case, marks, emoji and letters
in disguise are undone. So a copy with a few words put before, after or between is still a copy, while two comments that
merely speak of the same thing are not. What is alike can be counted by hand. Two texts that differ in one "not" are
alike as well: that is why people look through a cluster before they decide it.
"""

import re
import string
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from moderator.domain.cases import CaseState, Lane
from moderator.review.access import Reach
from moderator.storage.tables import Case, Comment, Revision
from moderator.text_key import undisguised

#: Two texts are alike from here: so much of what either says, words and pairs, is said by both (Jaccard).
ALIKE = 0.5

#: With fewer words, only the very same letters are alike: many people say "well said", and that is nobody's campaign.
LEAST_WORDS = 4

#: Open cases that one comment is held against, the newest: more would keep people waiting for the page.
READ_AT_MOST = 20_000

#: Open cases among which groups are looked for with no comment to start from, the newest.
GROUPED_AT_MOST = 5_000

#: The lanes in which a person is asked what to do and may answer alone.
LANES: tuple[Lane, ...] = (Lane.ACT_NOW, Lane.REVIEW)

#: Of a longer text the beginning counts.
_READ = 2_000

_DRESSING = re.compile("[\u2010-\u2018\u201a-\u2027\u2030-\u205e\u20a0-\u2bff\ufe0f\u200d\U0001f000-\U0001faff]+")
_APOSTROPHE = re.compile("[\u2019\u00b4]")
_OTHER = re.compile(r"[\W_]+")
_PLAIN_DIGITS = str.maketrans("013457", "oieast")
_WORDS = (
    bytes(byte if chr(byte) in string.ascii_letters + string.digits else ord(" ") for byte in range(128)) + b" " * 128
)
_PLAIN = bytes.maketrans(string.ascii_uppercase.encode() + b"013457", string.ascii_lowercase.encode() + b"oieast")
_TO_WORDS = _WORDS.translate(_PLAIN)

_HASHES, _ROWS = 32, 2
_PRIME, _MIX = np.uint64(4_294_967_311), np.uint64(0x9E37_79B9_7F4A_7C15)


@dataclass(frozen=True, slots=True)
class Near:
    """An open case whose comment says nearly the same; 1: the very same letters."""

    case_id: str
    likeness: float


@dataclass(frozen=True, slots=True)
class Cluster:
    """What says nearly the same as one comment, itself included where it waits; the most alike first."""

    near: tuple[Near, ...]
    #: how many open cases it was held against, the newest ones
    read: int
    #: there are older ones: of those only the very same letters were looked for
    older: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Comments that say nearly the same; `comment_id` is one that speaks for all of them."""

    comment_id: str
    text: str
    count: int


def like(session: Session, reach: Reach, comment_id: str, most: int, *conditions: ColumnElement[bool]) -> Cluster:
    """The open cases whose comments say nearly the same as this one, `most` of them at most.

    `conditions` narrow the cases further. The comment must be one that `reach` covers.
    """
    text, key = session.execute(
        select(func.substr(Revision.text, 1, _READ), Revision.text_key)
        .join(Comment, Comment.revision_id == Revision.id)
        .where(Comment.id == comment_id)
    ).one()
    found = dict.fromkeys(_same_letters(session, reach, key, most, conditions), 1.0)
    newest = session.execute(_waiting(reach, conditions).limit(READ_AT_MOST + 1)).all()
    read = newest[:READ_AT_MOST]
    for at, likeness in alike(text, [row.text for row in read]):
        found.setdefault(read[at].case_id, likeness)
    ranked = sorted(found.items(), key=lambda item: -item[1])[:most]
    return Cluster(tuple(Near(*item) for item in ranked), len(read), len(newest) > READ_AT_MOST)


def largest(session: Session, reach: Reach, count: int, *conditions: ColumnElement[bool]) -> tuple[Group, ...]:
    """The largest groups among the newest open cases that hold three comments or more."""
    rows = session.execute(_waiting(reach, conditions).limit(GROUPED_AT_MOST)).all()
    found = [group for group in groups([row.text for row in rows]) if len(group) > 2]
    return tuple(Group(rows[group[0]].comment_id, rows[group[0]].text, len(group)) for group in found[:count])


def parts(text: str) -> frozenset[bytes]:
    """What a text is compared by: its words, and the pairs of words that follow each other."""
    words = _words(text)
    return frozenset(chain(words, (b" ".join(pair) for pair in pairwise(words))))


def alike(text: str, others: Sequence[str]) -> list[tuple[int, float]]:
    """Place and likeness of those among `others` that say nearly the same as the text."""
    words = _words(text)
    mine, letters, known = parts(text), b"".join(words), frozenset(words)
    # No text shares half of what either says without a third of the words of this one.
    enough = len(known) / 3
    found = []
    for place, other in enumerate(others):
        theirs = _words(other)
        if letters and b"".join(theirs) == letters:
            found.append((place, 1.0))
        elif len(words) >= LEAST_WORDS <= len(theirs) and len(known.intersection(theirs)) >= enough:
            likeness = _jaccard(mine, parts(other))
            if likeness >= ALIKE:
                found.append((place, likeness))
    return found


def groups(texts: Sequence[str]) -> list[list[int]]:
    """Places of texts that say nearly the same, largest group first; the first of each is most like its others.

    Found by banded MinHash and then checked, so that no text is held against all others. A group may be a chain: its
    ends need not be alike.
    """
    read = [parts(text) if len(_words(text)) >= LEAST_WORDS else frozenset[bytes]() for text in texts]
    joined = _Joined(len(texts))
    letters: dict[bytes, int] = {}
    for place, text in enumerate(texts):
        if said := b"".join(_words(text)):
            joined.join(letters.setdefault(said, place), place)
    for bucket in _buckets(read):
        for place in bucket[1:]:
            if not joined.together(bucket[0], place) and _jaccard(read[bucket[0]], read[place]) >= ALIKE:
                joined.join(bucket[0], place)
    found = sorted((group for group in joined.groups() if len(group) > 1), key=lambda group: -len(group))
    return [_speaker_first(group, read) for group in found]


def in_common(texts: Sequence[str]) -> list[float]:
    """For each text, how many of the others say what it says, on average over its words and pairs: 0 none, 1 all."""
    read = [parts(text) for text in texts]
    others = len(texts) - 1
    if others < 1:
        return [1.0] * len(texts)
    said_by = Counter(chain.from_iterable(read))
    return [sum(said_by[part] - 1 for part in said) / (len(said) * others) if said else 0.0 for said in read]


class _Joined:
    """Which places belong together, by joining two at a time."""

    def __init__(self, count: int) -> None:
        self._above = list(range(count))

    def join(self, one: int, other: int) -> None:
        self._above[self._top(other)] = self._top(one)

    def together(self, one: int, other: int) -> bool:
        return self._top(one) == self._top(other)

    def groups(self) -> Iterable[list[int]]:
        found: dict[int, list[int]] = defaultdict(list)
        for place in range(len(self._above)):
            found[self._top(place)].append(place)
        return found.values()

    def _top(self, place: int) -> int:
        while self._above[place] != place:
            self._above[place] = self._above[self._above[place]]
            place = self._above[place]
        return place


def _words(text: str) -> list[bytes]:
    """The words in small letters, undisguised. Nearly all texts take the quick way."""
    plain = text if text.isascii() else _DRESSING.sub(" ", _APOSTROPHE.sub("", text))
    if plain.isascii():
        return plain.encode().translate(_TO_WORDS, b"'`").split()
    spoken = _OTHER.sub(" ", undisguised(plain.replace("'", ""))).translate(_PLAIN_DIGITS)
    return spoken.encode("utf-8", "replace").split()


def _jaccard(one: frozenset[bytes], other: frozenset[bytes]) -> float:
    both = len(one & other)
    return both / (len(one) + len(other) - both) if both else 0.0


def _speaker_first(group: list[int], read: Sequence[frozenset[bytes]]) -> list[int]:
    """The one that says most of what the group says, and then the others as they come."""
    said_by = Counter(chain.from_iterable(read[place] for place in group))
    speaker = max(group, key=lambda place: sum(said_by[part] for part in read[place]) / (len(read[place]) or 1))
    return [speaker, *(place for place in group if place != speaker)]


def _buckets(read: Sequence[frozenset[bytes]]) -> list[list[int]]:
    """Places that may be alike: at a likeness of one half, two share a bucket 99 times in 100."""
    places = [place for place, said in enumerate(read) if said]
    if not places:
        return []
    signatures = _signatures([read[place] for place in places])
    found: list[list[int]] = []
    for band in range(0, _HASHES, _ROWS):
        keys = signatures[band] * _MIX + signatures[band + 1]
        order = np.argsort(keys, kind="stable")
        ends = np.flatnonzero(np.diff(keys[order])) + 1
        found += [[places[at] for at in bucket] for bucket in np.split(order, ends) if len(bucket) > 1]
    return found


def _signatures(read: Sequence[frozenset[bytes]]) -> NDArray[np.uint64]:
    """The least hashes of each text: a row for each way of hashing, a column for each text."""
    hashes = np.fromiter(map(crc32, chain.from_iterable(read)), np.uint64)
    starts = np.cumsum([0, *(len(said) for said in read[:-1])])
    # The same numbers each time, so that the same texts make the same groups.
    numbers = np.random.default_rng(7).integers(1, 2**31, size=(_HASHES, 2), dtype=np.uint64)
    return np.stack([np.minimum.reduceat((hashes * by + plus) % _PRIME, starts) for by, plus in numbers])


def _waiting(reach: Reach, conditions: Sequence[ColumnElement[bool]]) -> Select[Any]:
    """The open cases that one person may decide, newest first, with the beginning of what was said."""
    return (
        select(
            Case.id.label("case_id"), Comment.id.label("comment_id"), func.substr(Revision.text, 1, _READ).label("text")
        )
        .join(Comment, Comment.id == Case.comment_id)
        .join(Revision, Revision.id == Comment.revision_id)
        .where(*reach.of_cases(), Case.state == CaseState.OPEN, Case.lane.in_(LANES), *conditions)
        .order_by(Case.opened_at.desc())
    )


def _same_letters(
    session: Session, reach: Reach, key: str | None, most: int, conditions: Sequence[ColumnElement[bool]]
) -> Sequence[str]:
    """Of all open cases, however old."""
    if key is None:
        return ()
    query = (
        select(Case.id)
        .select_from(Revision)
        .join(Comment, (Comment.id == Revision.comment_id) & (Comment.revision_id == Revision.id))
        .join(Case, Case.comment_id == Comment.id)
        .where(Revision.text_key == key, *reach.of_cases(), Case.state == CaseState.OPEN, Case.lane.in_(LANES))
        .where(*conditions)
        .limit(most)
    )
    return session.scalars(query).all()
