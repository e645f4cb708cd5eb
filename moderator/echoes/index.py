"""The index: comments that say nearly what a new one says are found without looking at the others.

From each sketch twelve keys are made, of three of its numbers each, and two comments that share a key may be alike: at
a likeness of 0.5 they share one 80 times in 100, at 0.7 99 times, and by accident one time in a hundred thousand.
Keys of one week stand together, so that neither taking a comment in nor looking for others touches what is old.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import BigInteger, ColumnElement, cast, delete, func, insert, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute, Session

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
ALIKE = 0.5

_BANDS, _ROWS = 12, 3
#: A power of two.
_SLOTS = 32

#: Echoes that one turn of upkeep drops: so few that nobody who wants to write waits for it.
_DROPPED_AT_ONCE = 2_000

_WEEK = timedelta(days=7)
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_END = datetime(9999, 1, 1, tzinfo=UTC)
_KEY_BITS = 44
_MIX = np.uint64(0x9E37_79B9_7F4A_7C15)

_TAKE_KEYS = {
    "sqlite": "INSERT INTO echo_keys (key, slot, number)"
    " SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]')"
    " FROM json_each(:rows) WHERE true ON CONFLICT (key, slot) DO UPDATE SET number = excluded.number",
    "postgresql": "INSERT INTO echo_keys (key, slot, number)"
    " SELECT * FROM unnest(CAST(:keys AS bigint[]), CAST(:slots AS smallint[]), CAST(:numbers AS bigint[]))"
    " ON CONFLICT (key, slot) DO UPDATE SET number = excluded.number",
}


@dataclass(frozen=True, slots=True)
class Said:
    """A comment as the index takes it in: its present text, boiled down."""

    comment_id: str
    revision_id: str
    office_id: str
    author_id: str | None
    post_id: str | None
    at: datetime
    sketch: bytes

    @property
    def number(self) -> int:
        return number_of(self.comment_id)


def number_of(comment_id: str) -> int:
    """What the index calls a comment: the second in which it came in, and 32 bits of its own."""
    seconds = (int(comment_id, 32) >> 80) // 1000 & 0x7FFF_FFFF
    return seconds << 32 | int.from_bytes(blake2b(comment_id.encode(), digest_size=4).digest())


def standing(session: Session, comment_ids: Collection[str]) -> dict[str, bytes]:
    """The sketches of those of these comments that stand in the index, by comment id."""
    wanted = {number_of(each) for each in comment_ids}
    found = session.execute(select(Echo.comment_id, Echo.sketch).where(_among(session, Echo.number, wanted)))
    return {row.comment_id: row.sketch for row in found}


def enter(session: Session, said: Sequence[Said]) -> None:
    """Take comments in, and put those together that say nearly the same. Taking one in twice changes nothing.

    A comment whose text is another now is taken in anew. Those who take in comments of one office wait for each other,
    so that no two comments miss each other.
    """
    offices = select(Office.id).where(Office.id.in_({each.office_id for each in said})).order_by(Office.id)
    session.execute(offices.with_for_update(key_share=True)).all()
    there = standing(session, [each.comment_id for each in said])
    new = [each for each in said if there.get(each.comment_id) != each.sketch]
    forget(session, [each.comment_id for each in new if each.comment_id in there])
    new = _without_doubles(session, new)
    if new:
        session.execute(insert(table_of(Echo)), [_row(each) for each in new])
        keys = _Keys(new)
        _take_keys(session, new, keys)
        campaigns.join(session, *_alike(session, new, keys))


def campaigns_of(session: Session, comment_ids: Collection[str]) -> dict[str, str]:
    """What those of these comments are part of that somebody echoes, by comment id: a campaign, once they are three."""
    wanted = {number_of(each) for each in comment_ids}
    query = select(Echo.comment_id, Echo.campaign_id).where(_among(session, Echo.number, wanted))
    found = session.execute(query.where(Echo.campaign_id.is_not(None)))
    return {row.comment_id: row.campaign_id for row in found}


def forget(session: Session, comment_ids: Sequence[str]) -> None:
    """Nothing of these comments stays in the index, nor in a campaign. Ids that it does not know do no harm."""
    if comment_ids:
        numbers = [number_of(each) for each in comment_ids]
        _drop(session, _among(session, Echo.number, numbers) & Echo.comment_id.in_(comment_ids))
        campaigns.leave(session, comment_ids)


def drop_old(session: Session, office_id: str) -> None:
    """A chore of upkeep: what came in longer ago than `KEPT` leaves the index. Campaigns stay as they are."""
    oldest = number_of(clock.first_id(clock.now() - KEPT))
    numbers = session.scalars(
        select(Echo.number)
        .where(Echo.number < oldest, Echo.office_id == office_id)
        .order_by(Echo.number)
        .limit(_DROPPED_AT_ONCE)
    ).all()
    if numbers:
        _drop(session, _among(session, Echo.number, numbers))


class _Keys:
    """The keys of some comments, by their place."""

    def __init__(self, said: Sequence[Any]) -> None:
        """`said` have a number, an office_id, a sketch, and when they were written."""
        self._said = said
        self._hashes = _hashes(said)
        self._weeks = np.array([_week(each.at) for each in said], np.int64)

    def own(self) -> list[list[int]]:
        """Under which keys each is to be found."""
        found: list[list[int]] = self._of(self._weeks).tolist()
        return found

    def near(self) -> list[list[int]]:
        """Under which keys those alike are to be found that were written within `WINDOW` of each."""
        before = self._of(np.array([_week(shifted(each.at, -WINDOW)) for each in self._said], np.int64)).tolist()
        after = self._of(np.array([_week(shifted(each.at, WINDOW)) for each in self._said], np.int64)).tolist()
        # A window is shorter than a week: it lies in one or in two.
        return [one if one[0] == other[0] else one + other for one, other in zip(before, after, strict=True)]

    def _of(self, weeks: NDArray[np.int64]) -> NDArray[np.int64]:
        return self._hashes | (weeks << _KEY_BITS)[:, None]


def _hashes(said: Sequence[Any]) -> NDArray[np.int64]:
    """A row of the lower bits of its keys for each."""
    bands = sketch.read([each.sketch for each in said])[:, : _BANDS * _ROWS].astype(np.uint64)
    bands = bands.reshape(len(said), _BANDS, _ROWS)
    salts = np.array([_salt(each.office_id) for each in said], np.uint64)
    hashes = salts[:, None] + np.arange(_BANDS, dtype=np.uint64) * _MIX
    for row in range(_ROWS):
        hashes = (hashes ^ bands[:, :, row]) * _MIX
        hashes ^= hashes >> np.uint64(32)
    return (hashes >> np.uint64(64 - _KEY_BITS)).astype(np.int64)


@lru_cache(maxsize=1024)
def _salt(office_id: str) -> int:
    """No office finds what another was told."""
    return int.from_bytes(blake2b(office_id.encode(), digest_size=8).digest())


def shifted(at: datetime, by: timedelta) -> datetime:
    """A moment before or after, kept within the calendar: a platform may date a comment in any year."""
    return min(max(at, _BEGINNING), _END) + by


def _week(at: datetime) -> int:
    return (min(max(at, _BEGINNING), _END) - _BEGINNING) // _WEEK


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
    taken = session.scalars(select(Echo.number).where(_among(session, Echo.number, found)))
    return [found[number] for number in sorted(found.keys() - set(taken))]


def _take_keys(session: Session, said: Sequence[Said], keys: _Keys) -> None:
    """Where two want one slot of a key, the later one has it."""
    slots = {
        (key, each.number % _SLOTS): each.number for each, own in zip(said, keys.own(), strict=True) for key in own
    }
    rows = [(key, slot, number) for (key, slot), number in sorted(slots.items())]
    dialect = session.get_bind().dialect.name
    if dialect == "sqlite":
        given: dict[str, Any] = {"rows": json.dumps(rows)}
    else:
        given = dict(zip(("keys", "slots", "numbers"), map(list, zip(*rows, strict=True)), strict=True))
    session.execute(text(_TAKE_KEYS[dialect]), given)


def _alike(session: Session, new: Sequence[Said], keys: _Keys) -> tuple[list[Voice], list[tuple[int, int]]]:
    """Everybody who may say nearly the same, and the pairs of places among them that do; the new ones come first."""
    near = keys.near()
    found = session.execute(
        select(EchoKey.key, EchoKey.number).where(_among(session, EchoKey.key, {key for each in near for key in each}))
    )
    under: dict[int, list[int]] = {}
    for key, number in found:
        under.setdefault(key, []).append(number)
    met = [{number for key in each for number in under.get(key, ())} for each in near]
    mine = {each.number: place for place, each in enumerate(new)}
    voices = [Voice(each.number, each.comment_id, each.author_id, each.post_id, each.at, None) for each in new]
    sketches = [each.sketch for each in new]
    for row in _echoes(session, {number for each in met for number in each} - mine.keys()):
        mine[row.number] = len(voices)
        voices.append(Voice(row.number, row.comment_id, row.author_id, row.post_id, row.at, row.campaign_id))
        sketches.append(row.sketch)
    pairs = {
        (min(one, mine[number]), max(one, mine[number]))
        for one, numbers in enumerate(met)
        for number in numbers
        if mine.get(number, one) != one
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


def _echoes(session: Session, numbers: Collection[int]) -> Iterable[Any]:
    if not numbers:
        return ()
    table = table_of(Echo)
    columns = (table.c.number, table.c.comment_id, table.c.author_id, table.c.post_id, table.c.at)
    query = select(*columns, table.c.sketch, table.c.campaign_id)
    return session.execute(query.where(_among(session, Echo.number, numbers))).all()


def _drop(session: Session, which: ColumnElement[bool]) -> None:
    rows = session.execute(select(Echo.number, Echo.office_id, Echo.sketch, Echo.at).where(which)).all()
    if not rows:
        return
    numbers = [row.number for row in rows]
    keys = {key for own in _Keys(rows).own() for key in own}
    for gone in (
        delete(EchoKey).where(_among(session, EchoKey.key, keys), _among(session, EchoKey.number, numbers)),
        delete(Echo).where(_among(session, Echo.number, numbers)),
    ):
        session.execute(gone, execution_options={"synchronize_session": False})


def _among(session: Session, column: InstrumentedAttribute[int], numbers: Collection[int]) -> ColumnElement[bool]:
    """One of many numbers, given as one parameter: thousands of them would cost more than looking them up."""
    wanted = sorted(numbers)
    if session.get_bind().dialect.name == "sqlite":
        return column.in_(select(func.json_each(json.dumps(wanted)).table_valued("value").c.value))
    return column == func.any(cast(wanted, ARRAY(BigInteger)))
