"""Which of an office's checked claims each comment is near.

An office without claims costs one look at one row for a batch. The claims of the others are kept in memory until they
change or a day ends; a vector that is missing is made when it is first needed, a few hundred in a batch.
"""

import threading
import tomllib
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select, update

from classifiers import embedding, registry
from classifiers.claims.checked import Checked, CheckedClaims, Near, Verdict
from classifiers.claims.retrieval import Found, Index, passage
from moderator import clock
from moderator.claims import MOST
from moderator.pipeline.storable import original
from moderator.runtime import Runtime
from moderator.storage.database import Database
from moderator.storage.tables import CheckedClaim, ClaimMatch, ClaimStore
from moderator.storage.tables.base import table_of
from moderator.storage.upsert import insert_missing

NOTHING = CheckedClaims()

#: Vectors that one batch makes, at most: the rest is found by its words until the next batch.
MOST_AT_ONCE = 400

#: What comes this near is shown to whoever looks at the comment.
NOTED = 0.75

#: Offices whose claims are kept in memory.
_KEPT = 64

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Known:
    """An office's claims that hold on a day."""

    stamp: str
    day: date
    complete: bool
    ids: Sequence[str]
    claims: Sequence[Checked]
    index: Index


@dataclass(frozen=True, slots=True)
class _Look:
    """One comment of the batch, by its place there, beside the claims of its office."""

    place: int
    revision_id: str
    text: str
    known: _Known
    vector: Vectors
    hits: Sequence[Found]


#: by database and office
_known: WeakKeyDictionary[Database, OrderedDict[str, _Known]] = WeakKeyDictionary()
_lock = threading.Lock()


def gather(runtime: Runtime, rows: Sequence[Any]) -> list[CheckedClaims]:
    known = _of_offices(runtime, {row.office_id for row in rows})
    about = [(i, row, known[row.office_id]) for i, row in enumerate(rows) if row.office_id in known]
    found = [NOTHING] * len(rows)
    if not about:
        return found
    texts = [original(row.text, row.original) for _, row, _ in about]
    looked = [
        _Look(i, row.id, text, claims, vector, claims.index.nearest(text, vector))
        for (i, row, claims), text, vector in zip(about, texts, embedding.embed(texts), strict=True)
    ]
    near = [look for look in looked if look.hits]
    for look, part in zip(near, _passages(near), strict=True):
        found[look.place] = CheckedClaims(tuple(_near(look, hit.claim, part) for hit in look.hits))
    _note(runtime, near)
    return found


def _near(look: _Look, place: int, part: Vectors | None) -> Near:
    vector = look.known.index.vectors[place]
    nearer = part is not None and part @ vector > look.vector @ vector
    return Near(look.known.claims[place], part if part is not None and nearer else look.vector, vector)


def _passages(near: Sequence[_Look]) -> list[Vectors | None]:
    """For each comment, the vector of the sentence that speaks of its nearest claim, where it has several."""
    parts = [passage(look.text, look.known.claims[look.hits[0].claim].text) for look in near]
    several = [part for part in parts if part]
    vectors = iter(embedding.embed(several) if several else ())
    return [next(vectors) if part else None for part in parts]


def _of_offices(runtime: Runtime, office_ids: set[str]) -> dict[str, _Known]:
    """The claims of the offices that have any."""
    with runtime.database.read() as session:
        stores = session.execute(
            select(ClaimStore.office_id, ClaimStore.stamp).where(ClaimStore.office_id.in_(office_ids))
        )
        stamps: Mapping[str, str] = dict(stores.tuples().all())
    found = {office_id: _of_office(runtime, office_id, stamp) for office_id, stamp in stamps.items()}
    return {office_id: known for office_id, known in found.items() if known.claims}


def _of_office(runtime: Runtime, office_id: str, stamp: str) -> _Known:
    today = clock.now().date()
    with _lock:
        kept = _known.setdefault(runtime.database, OrderedDict())
        known = kept.get(office_id)
    if known is None or not known.complete or (known.stamp, known.day) != (stamp, today):
        known = _read(runtime, office_id, stamp, today)
    with _lock:
        kept[office_id] = known
        kept.move_to_end(office_id)
        while len(kept) > _KEPT:
            kept.popitem(last=False)
    return known


def _read(runtime: Runtime, office_id: str, stamp: str, today: date) -> _Known:
    query = (
        select(CheckedClaim)
        .where(
            CheckedClaim.office_id == office_id,
            CheckedClaim.withdrawn_at.is_(None),
            CheckedClaim.expires_on >= today,
        )
        .order_by(CheckedClaim.id)
        .limit(MOST)
    )
    with runtime.database.read() as session:
        rows = session.scalars(query).all()
    lacking = [row for row in rows if row.vector is None or row.vector_version != _model()]
    made = _made(runtime, lacking[:MOST_AT_ONCE])
    return _Known(
        stamp=stamp,
        day=today,
        complete=len(lacking) <= MOST_AT_ONCE,
        ids=[row.id for row in rows],
        claims=[Checked(row.text, Verdict(row.verdict), row.rating, row.source, row.checked_on) for row in rows],
        index=Index([row.text for row in rows], _vectors(rows, made)),
    )


def _made(runtime: Runtime, rows: Sequence[CheckedClaim]) -> dict[str, bytes]:
    """Vectors by id of the claim, written down for the next time. The claim may have changed meanwhile."""
    vectors = embedding.embed([row.text for row in rows]).astype(np.float16)
    made = {row.id: vector.tobytes() for row, vector in zip(rows, vectors, strict=True)}
    if made:
        with runtime.database.write() as session:
            for row in rows:
                session.execute(
                    update(CheckedClaim)
                    .where(CheckedClaim.id == row.id, CheckedClaim.key == row.key)
                    .values(vector=made[row.id], vector_version=_model())
                )
    return made


def _vectors(rows: Sequence[CheckedClaim], made: Mapping[str, bytes]) -> Vectors:
    found = np.zeros((len(rows), embedding.WIDTH), np.float32)
    for place, row in enumerate(rows):
        stored = made.get(row.id) or (row.vector if row.vector_version == _model() else None)
        if stored is not None:
            found[place] = np.frombuffer(stored, np.float16)
    return found


def _note(runtime: Runtime, near: Sequence[_Look]) -> None:
    """What each text came near, for whoever looks at the comment."""
    rows = [
        {"revision_id": look.revision_id, "claim_id": look.known.ids[hit.claim], "place": place}
        for look in sorted(near, key=lambda look: look.revision_id)
        for place, hit in enumerate(look.hits, 1)
        if hit.nearness >= NOTED
    ]
    if rows:
        with runtime.database.write() as session:
            insert_missing(session, table_of(ClaimMatch), rows)


@cache
def _model() -> str:
    """Whose vectors they are."""
    card = tomllib.loads(registry.folder("civility").joinpath("card.toml").read_text("utf-8"))
    return f"civility {card['version']}"
