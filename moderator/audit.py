"""The append-only log: who did what to what, when. One hash chain per office.

Each entry's hash covers the entry and the hash before it, so a change anywhere breaks everything after it.
Entries hold ids, never comment text: erasing a person's comment leaves no gap here.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from sqlalchemy import event, func, insert, select, update
from sqlalchemy.orm import Session, SessionTransaction

from moderator import clock
from moderator.storage.tables import AuditEntry, AuditHead
from moderator.storage.tables.base import table_of
from moderator.storage.upsert import insert_missing

#: The chain of what belongs to no office.
SYSTEM_CHAIN = "system"

_START = "0" * 64

# Made once: `json.dumps` with options makes an encoder for every entry.
_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode

_WAITING = "audit entries of this transaction"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. `chain` is the office's id; `actor` and `subject` read `kind:id`."""

    chain: str
    actor: str
    event: str
    subject: str
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Break:
    """A place where a chain does not hold."""

    chain: str
    sequence: int
    what: str


#: an entry, and the transactions that it is part of
_Waiting = tuple[Entry, tuple[SessionTransaction, ...]]


def append(session: Session, entries: Sequence[Entry]) -> None:
    """Add entries, in the order given, to what this transaction will write at the very end of its commit.

    Last, because writers of one chain queue for its head: they wait for a commit, not for a transaction. What was added
    within a savepoint that is rolled back is not written, and what was added before it is.
    """
    waiting: list[_Waiting] | None = session.info.get(_WAITING)
    if waiting is None:
        waiting = session.info[_WAITING] = []
        event.listen(session, "before_commit", _write_waiting)
        event.listen(session, "after_soft_rollback", _drop_undone)
    within = _open_transactions(session)
    waiting.extend((entry, within) for entry in entries)


def _open_transactions(session: Session) -> tuple[SessionTransaction, ...]:
    """The innermost savepoint and all around it."""
    found, current = [], session.get_nested_transaction() or session.get_transaction()
    while current is not None:
        found.append(current)
        current = current.parent
    return tuple(found)


def _write_waiting(session: Session) -> None:
    if session.get_nested_transaction() is None:
        session.flush()
        waiting: list[_Waiting] = session.info[_WAITING]
        _write(session, [entry for entry, _ in waiting])
        waiting.clear()


def _drop_undone(session: Session, undone: SessionTransaction) -> None:
    waiting: list[_Waiting] = session.info[_WAITING]
    waiting[:] = [each for each in waiting if undone not in each[1]]


def _write(session: Session, entries: Sequence[Entry]) -> None:
    at = clock.now().isoformat()
    for chain, group in groupby(sorted(entries, key=lambda entry: entry.chain), key=lambda entry: entry.chain):
        head = _locked_head(session, chain)
        sequence, previous, rows = head.sequence, head.hash, []
        for entry in group:
            sequence += 1
            row = {
                "chain": chain,
                "sequence": sequence,
                "at": at,
                "actor": entry.actor,
                "event": entry.event,
                "subject": entry.subject,
                "detail": _canonical(entry.detail),
            }
            previous = row["hash"] = _hash(previous, row)
            rows.append(row)
        session.execute(insert(table_of(AuditEntry)), rows)
        session.execute(
            update(AuditHead).where(AuditHead.chain == chain).values(sequence=sequence, hash=previous),
            execution_options={"synchronize_session": False},
        )


def chains(session: Session) -> list[str]:
    """Every chain there is, by name."""
    return list(session.scalars(select(AuditHead.chain).order_by(AuditHead.chain)))


def length(session: Session, chain: str | None = None) -> int:
    """How many entries there are, in one chain or in all."""
    query = select(func.count()).select_from(AuditEntry)
    return session.scalar(query if chain is None else query.where(AuditEntry.chain == chain)) or 0


def latest(session: Session, chain: str, subject: str, name: str) -> Mapping[str, Any] | None:
    """The detail of the newest entry about the subject with this event; None where there is none."""
    query = (
        select(AuditEntry.detail)
        .where(AuditEntry.chain == chain, AuditEntry.subject == subject, AuditEntry.event == name)
        .order_by(AuditEntry.sequence.desc())
        .limit(1)
    )
    detail = session.scalar(query)
    return None if detail is None else dict(json.loads(detail))


def verify(session: Session, chain: str | None = None) -> Iterator[Break]:
    """Recompute every hash, in constant memory. Yields each break; none means that the log holds.

    Finds entries that were changed, left out or put in, and a tail cut off without its head being rewritten too.
    """
    known = set(chains(session)) | set(session.scalars(select(AuditEntry.chain).distinct()))
    for name in sorted(known) if chain is None else [chain]:
        yield from _verify_chain(session, name)


def verify_tail(session: Session, chain: str, after: int) -> Iterator[Break]:
    """As `verify`, but only what follows entry `after`, whose hash is taken as it stands: quick enough for a page."""
    yield from _verify_chain(session, chain, after)


def _verify_chain(session: Session, chain: str, after: int = 0) -> Iterator[Break]:
    table = AuditEntry.__table__
    query = select(table).where(table.c.chain == chain).order_by(table.c.sequence)
    sequence, previous = 0, _START
    trusted = session.scalar(select(table.c.hash).where(table.c.chain == chain, table.c.sequence == after))
    if after > 0 and trusted is not None:
        sequence, previous, query = after, trusted, query.where(table.c.sequence > after)
    rows = session.execute(query, execution_options={"yield_per": 1000})
    for row in rows.mappings():
        if row["sequence"] <= sequence:
            yield Break(chain, row["sequence"], "the entry stands before the first one")
            continue
        if row["sequence"] != sequence + 1:
            yield Break(chain, sequence + 1, f"entries {sequence + 1} to {row['sequence'] - 1} are missing")
        if row["hash"] != _hash(previous, row):
            yield Break(chain, row["sequence"], "the entry does not match its hash")
        sequence, previous = row["sequence"], row["hash"]
    head = session.execute(select(AuditHead.sequence, AuditHead.hash).where(AuditHead.chain == chain)).one_or_none()
    if head is None:
        yield Break(chain, sequence, "the chain has no head")
    elif (head.sequence, head.hash) != (sequence, previous):
        yield Break(chain, sequence, f"the chain ends at entry {sequence}, its head says {head.sequence}")


def _locked_head(session: Session, chain: str) -> Any:
    query = select(AuditHead.sequence, AuditHead.hash).where(AuditHead.chain == chain).with_for_update()
    head = session.execute(query).one_or_none()
    if head is None:
        fresh = {"chain": chain, "sequence": 0, "hash": _START}
        # Two first writers of one chain: the second waits here and then finds the row.
        insert_missing(session, table_of(AuditHead), [fresh])
        head = session.execute(query).one()
    return head


def _canonical(value: Mapping[str, Any]) -> str:
    return _encode(dict(value))


def _hash(previous: str, row: Mapping[Any, Any]) -> str:
    parts = [previous, *(str(row[key]) for key in ("chain", "sequence", "at", "actor", "event", "subject", "detail"))]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=True).encode()).hexdigest()
