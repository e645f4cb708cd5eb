"""The index: comments that say nearly what a new one says are found without looking at the others.

From each sketch nine keys are made, of three of its numbers each, and two comments that share a key may be alike: at a
likeness of 0.5 they share one 70 times in 100, at 0.7 97 times, and by accident once in a hundred thousand. In a group
of several, one that misses another meets a third. Keys of one week stand together, so that neither taking a comment in
nor looking for others touches what is old.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import BigInteger, Column, ColumnElement, cast, delete, func, insert, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from moderator import clock
from moderator.echoes import campaigns, sketch
from moderator.echoes.campaigns import Voice
from moderator.storage.tables import Echo, EchoKey, Office
from moderator.storage.tables.base import table_of

#: Comments are neighbours in time that were written no further apart.
WINDOW = timedelta(hours=72)

#: For how long a comment stays in the index from when it came in.
KEPT = timedelta(days=21)

#: Two comments say nearly the same from here.
ALIKE = 0.4

_BANDS, _ROWS = 9, 3

#: Echoes that one turn of upkeep drops: so few that nobody who wants to write waits for it.
_DROPPED_AT_ONCE = 2_000

_WEEK = timedelta(days=7)
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_END = datetime(2120, 1, 1, tzinfo=UTC)
_MIX = np.uint64(0x9E37_79B9_7F4A_7C15)

#: A key is so many bits of hash below those of the week, and above those of the slot: comments under one key have
#: numbers from the key on. What everybody says makes no look-up long: newer comments take the slots of older ones.
_HASH_BITS, _SLOT_BITS = 45, 5
_SLOTS = 2**_SLOT_BITS

_ECHOES, _KEYS = table_of(Echo), table_of(EchoKey)

_TAKE = {
    "sqlite": "INSERT INTO echo_keys (key, number) VALUES (?, ?)"
    " ON CONFLICT (key) DO UPDATE SET number = excluded.number",
    "postgresql": "INSERT INTO echo_keys (key, number) SELECT * FROM unnest(%s::bigint[], %s::bigint[])"
    " ON CONFLICT (key) DO UPDATE SET number = excluded.number",
}
_LOOK_UP = {
    "sqlite": "SELECT wanted.value, echo_keys.number FROM json_each(?) AS wanted"
    " CROSS JOIN echo_keys ON echo_keys.key BETWEEN wanted.value AND wanted.value + ?",
    # The limit is never met: it tells the planner that few stand under one key, so that it takes the index.
    "postgresql": "SELECT wanted.value, found.number FROM unnest(%s::bigint[]) AS wanted (value) CROSS JOIN LATERAL"
    " (SELECT number FROM echo_keys WHERE key BETWEEN wanted.value AND wanted.value + %s"
    " ORDER BY key LIMIT 32) AS found",
}


@dataclass(frozen=True)
class Said:
    """A comment as the index takes it in: its present text, boiled down; nothing where it says too little."""

    comment_id: str
    revision_id: str
    office_id: str
    author_id: str | None
    post_id: str | None
    at: datetime
    sketch: bytes

    @cached_property
    def number(self) -> int:
        return number_of(self.comment_id)


def number_of(comment_id: str) -> int:
    """What the index calls a comment: the second in which it came in, and 32 bits of its own."""
    seconds = (int(comment_id, 32) >> 80) // 1000 & 0x7FFF_FFFF
    return seconds << 32 | int.from_bytes(blake2b(comment_id.encode(), digest_size=4).digest())


def standing(session: Session, said: Sequence[Said]) -> dict[str, bytes]:
    """The sketches of those of these comments that stand in the index, by comment id."""
    query = select(_ECHOES.c.comment_id, _ECHOES.c.sketch)
    found = session.execute(query.where(_among(session, _ECHOES.c.number, [each.number for each in said])))
    return {row.comment_id: row.sketch for row in found}


def enter(session: Session, said: Sequence[Said]) -> None:
    """Take comments in, and put those together that say nearly the same. Taking one in twice changes nothing.

    A comment whose text is another now is taken in anew. Those who take in comments of one office wait for each other,
    so that no two comments miss each other.
    """
    offices = select(Office.id).where(Office.id.in_({each.office_id for each in said})).order_by(Office.id)
    session.execute(offices.with_for_update(key_share=True)).all()
    there = standing(session, said)
    new = [each for each in said if there.get(each.comment_id) != each.sketch]
    forget(session, [each.comment_id for each in new if each.comment_id in there])
    new = _without_doubles(session, new)
    if new:
        keys = _Keys(new)
        found = _alike(session, new, keys)
        session.execute(insert(_ECHOES), [_row(each) for each in new])
        _take(session, keys)
        campaigns.join(session, *found)


def campaigns_of(session: Session, said: Sequence[Said]) -> dict[str, str]:
    """What those of these comments are part of that somebody echoes, by comment id: a campaign, once they are three."""
    query = select(_ECHOES.c.comment_id, _ECHOES.c.campaign_id).where(_ECHOES.c.campaign_id.is_not(None))
    found = session.execute(query.where(_among(session, _ECHOES.c.number, [each.number for each in said])))
    return {row.comment_id: row.campaign_id for row in found}


def forget(session: Session, comment_ids: Sequence[str]) -> None:
    """Nothing of these comments stays in the index, nor in a campaign. Ids that it does not know do no harm."""
    if comment_ids:
        numbers = [number_of(each) for each in comment_ids]
        _drop(session, _among(session, _ECHOES.c.number, numbers) & _ECHOES.c.comment_id.in_(comment_ids))
        campaigns.leave(session, comment_ids)


def drop_old(session: Session, office_id: str) -> None:
    """A chore of upkeep: what came in longer ago than `KEPT` leaves the index. Campaigns stay as they are."""
    oldest = number_of(clock.first_id(clock.now() - KEPT))
    numbers = session.scalars(
        select(_ECHOES.c.number)
        .where(_ECHOES.c.number < oldest, _ECHOES.c.office_id == office_id)
        .order_by(_ECHOES.c.number)
        .limit(_DROPPED_AT_ONCE)
    ).all()
    if numbers:
        _drop(session, _among(session, _ECHOES.c.number, numbers))


class _Keys:
    """The keys of some comments, by their place."""

    def __init__(self, said: Sequence[Any]) -> None:
        """`said` have a number, an office_id, a sketch, and when they were written."""
        self._said = said
        self._hashes = _hashes(said)
        #: under which keys each is to be found
        self.own = self._of(each.at for each in said)

    def slots(self) -> dict[int, int]:
        """Which place of which key each takes, with its number. Where two want the same, the later one has it."""
        return {
            key | each.number % _SLOTS: each.number
            for each, keys in zip(self._said, self.own, strict=True)
            for key in keys
        }

    def near(self) -> list[list[int]]:
        """Under which keys those alike are to be found that were written within `WINDOW` of each."""
        before = self._of(shifted(each.at, -WINDOW) for each in self._said)
        after = self._of(shifted(each.at, WINDOW) for each in self._said)
        # A window is shorter than a week: it lies in one or in two.
        return [one if one[0] == other[0] else one + other for one, other in zip(before, after, strict=True)]

    def _of(self, moments: Iterable[datetime]) -> list[list[int]]:
        weeks = np.fromiter(map(_week, moments), np.int64, len(self._said))
        found: list[list[int]] = (self._hashes | (weeks << (_HASH_BITS + _SLOT_BITS))[:, None]).tolist()
        return found


def _hashes(said: Sequence[Any]) -> NDArray[np.int64]:
    """A row of the lower bits of its keys for each."""
    bands = sketch.read([each.sketch for each in said])[:, : _BANDS * _ROWS].astype(np.uint64)
    bands = bands.reshape(len(said), _BANDS, _ROWS)
    salts = np.array([_salt(each.office_id) for each in said], np.uint64)
    hashes = salts[:, None] + np.arange(_BANDS, dtype=np.uint64) * _MIX
    for row in range(_ROWS):
        hashes = (hashes ^ bands[:, :, row]) * _MIX
        hashes ^= hashes >> np.uint64(32)
    return (hashes >> np.uint64(64 - _HASH_BITS)).astype(np.int64) << _SLOT_BITS


@lru_cache(maxsize=1024)
def _salt(office_id: str) -> int:
    """No office finds what another was told."""
    return int.from_bytes(blake2b(office_id.encode(), digest_size=8).digest())


def shifted(at: datetime, by: timedelta) -> datetime:
    """A moment before or after, kept within the calendar: a platform may date a comment in any year."""
    return min(max(at, _BEGINNING), _END) + by


def _week(at: datetime) -> int:
    return max(0, (min(at, _END) - _BEGINNING) // _WEEK)


def _row(said: Said) -> dict[str, Any]:
    return {
        "number": said.number,
        "office_id": said.office_id,
        "comment_id": said.comment_id,
        "revision_id": said.revision_id,
        "author_id": said.author_id,
        "post_id": said.post_id,
        "at": said.at,
        "sketch": said.sketch,
        "campaign_id": None,
    }


def _without_doubles(session: Session, said: Sequence[Said]) -> list[Said]:
    """Two comments of one second share a number once in four thousand millions: then the later one stays out."""
    found = {each.number: each for each in reversed(said)}
    taken = session.scalars(select(_ECHOES.c.number).where(_among(session, _ECHOES.c.number, found)))
    return [found[number] for number in sorted(found.keys() - set(taken))]


def _take(session: Session, keys: _Keys) -> None:
    rows = sorted(keys.slots().items())
    sqlite = session.get_bind().dialect.name == "sqlite"
    given: Any = rows if sqlite else tuple(map(list, zip(*rows, strict=True)))
    session.connection().exec_driver_sql(_TAKE["sqlite" if sqlite else "postgresql"], given)


def _look_up(session: Session, keys: Collection[int]) -> Iterable[Any]:
    """Pairs of a key and the number of a comment under it."""
    sqlite = session.get_bind().dialect.name == "sqlite"
    given: Any = (json.dumps(sorted(keys)) if sqlite else sorted(keys), _SLOTS - 1)
    return session.connection().exec_driver_sql(_LOOK_UP["sqlite" if sqlite else "postgresql"], given)


def _alike(session: Session, new: Sequence[Said], keys: _Keys) -> tuple[list[Voice], list[tuple[int, int]]]:
    """Everybody who may say nearly the same, and the pairs of places among them that do; the new ones come first."""
    near = keys.near()
    under: dict[int, list[int]] = {}
    for key, number in _look_up(session, {key for each in near for key in each}):
        under.setdefault(key, []).append(number)
    for each, own in zip(new, keys.own, strict=True):
        for key in own:
            under.setdefault(key, []).append(each.number)
    met = [{number for key in each for number in under.get(key, ())} for each in near]
    places = {each.number: place for place, each in enumerate(new)}
    voices = [Voice(each.number, each.at, None) for each in new]
    sketches = [each.sketch for each in new]
    for number, at, stored, campaign_id in _heard(session, set().union(*met) - places.keys()):
        places[number] = len(voices)
        voices.append(Voice(number, at, campaign_id))
        sketches.append(stored)
    pairs = {
        (min(one, places[number]), max(one, places[number]))
        for one, numbers in enumerate(met)
        for number in numbers
        if places.get(number, one) != one
    }
    return voices, _checked(voices, sketch.read(sketches), sorted(pairs))


def _checked(
    voices: Sequence[Voice], sketches: sketch.Signatures, pairs: Sequence[tuple[int, int]]
) -> list[tuple[int, int]]:
    """The pairs that are alike indeed, and were written near each other."""
    if not pairs:
        return []
    places = np.array(pairs)
    alike = sketch.likeness(sketches[places[:, 0]], sketches[places[:, 1]]) >= ALIKE
    return [(one, other) for one, other in places[alike].tolist() if abs(voices[one].at - voices[other].at) <= WINDOW]


def _heard(session: Session, numbers: Collection[int]) -> Iterable[Any]:
    if not numbers:
        return ()
    query = select(_ECHOES.c.number, _ECHOES.c.at, _ECHOES.c.sketch, _ECHOES.c.campaign_id)
    return session.execute(query.where(_among(session, _ECHOES.c.number, numbers)))


def _drop(session: Session, which: ColumnElement[bool]) -> None:
    query = select(_ECHOES.c.number, _ECHOES.c.office_id, _ECHOES.c.sketch, _ECHOES.c.at)
    rows = session.execute(query.where(which)).all()
    if rows:
        numbers = [row.number for row in rows]
        keys = _among(session, _KEYS.c.key, _Keys(rows).slots())
        session.execute(delete(_KEYS).where(keys, _among(session, _KEYS.c.number, numbers)))
        session.execute(delete(_ECHOES).where(_among(session, _ECHOES.c.number, numbers)))


def _among(session: Session, column: Column[Any], numbers: Collection[int]) -> ColumnElement[bool]:
    """One of many numbers, given as one parameter: thousands of them would cost more than looking them up."""
    wanted = sorted(numbers)
    if session.get_bind().dialect.name == "sqlite":
        return column.in_(select(func.json_each(json.dumps(wanted)).table_valued("value").c.value))
    return column == func.any(cast(wanted, ARRAY(BigInteger)))
