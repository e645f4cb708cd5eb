"""The jobs table as a queue: add, claim by lease, finish, postpone."""

import os
import secrets
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, func, or_, select, update
from sqlalchemy.orm import Session

from moderator import clock
from moderator.storage.tables import Job
from moderator.storage.tables.base import table_of
from moderator.storage.upsert import insert_missing

#: A batch that is not settled by then is taken over by somebody else.
LEASE = timedelta(seconds=60)

_NO_SYNC = {"synchronize_session": False}


class Kind(StrEnum):
    """The steps that jobs stand for, in the order that a comment walks them."""

    CLASSIFY = "classify"
    DECIDE = "decide"
    TRIAGE = "triage"
    #: beside the walk: which words carry a score, for the person who will look
    EXPLAIN = "explain"
    ACT = "act"
    #: what lasts for a time is over
    END = "end"
    #: off the walk: a draft held against stored comments, a slice per turn
    BACKTEST = "backtest"
    #: one person's choice for many comments, a slice per turn
    BULK = "bulk"
    #: what time alone changes in an office: what is overdue, whose time is up, what was counted
    UPKEEP = "upkeep"


@dataclass(frozen=True, slots=True)
class Claimed:
    """A job that this owner holds until its lease ends. `attempts` counts this one."""

    id: str
    kind: Kind
    subject_id: str
    attempts: int


def new_owner() -> str:
    """A name for one claimer: machine, process, and a random part."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


def add(session: Session, kind: Kind, subject_ids: Iterable[str], run_after: datetime | None = None) -> None:
    """Ask for work on each subject. Asking twice while the first waits changes nothing."""
    when = run_after or clock.now()
    rows = [
        {
            "id": clock.new_id(),
            "kind": kind.value,
            "subject_id": subject,
            "run_after": when,
            "attempts": 0,
            "lease_owner": None,
            "lease_until": None,
            "last_error": "",
        }
        for subject in subject_ids
    ]
    insert_missing(session, table_of(Job), rows)


def claim(session: Session, kind: Kind, owner: str, limit: int) -> list[Claimed]:
    """Lease up to `limit` due jobs, oldest first. Commit before working on them."""
    now = clock.now()
    rows = session.execute(
        select(Job.id, Job.subject_id, Job.attempts)
        .where(Job.kind == kind, _due(now))
        .order_by(Job.run_after, Job.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    if not rows:
        return []
    session.execute(
        update(Job)
        .where(Job.id.in_([row.id for row in rows]))
        .values(lease_owner=owner, lease_until=now + LEASE, attempts=Job.attempts + 1),
        execution_options=_NO_SYNC,
    )
    return [Claimed(row.id, kind, row.subject_id, row.attempts + 1) for row in rows]


def still_owned(session: Session, jobs: Sequence[Claimed], owner: str) -> list[Claimed]:
    """The jobs whose lease nobody has taken over; their rows stay locked until the transaction ends."""
    ids = [job.id for job in jobs]
    query = select(Job.id).where(Job.id.in_(ids), Job.lease_owner == owner).order_by(Job.id).with_for_update()
    held = set(session.scalars(query))
    return [job for job in jobs if job.id in held]


def finish(session: Session, job_ids: Sequence[str]) -> None:
    """Work done: the rows go, in the caller's transaction, together with the result."""
    if job_ids:
        session.execute(delete(Job).where(Job.id.in_(job_ids)), execution_options=_NO_SYNC)


def postpone(session: Session, job_id: str, run_after: datetime, error: str = "", *, count: bool = True) -> None:
    """Put a job back for later. `count=False` takes the attempt back: it was not the job's fault."""
    values: dict[str, Any] = {
        "lease_owner": None,
        "lease_until": None,
        "run_after": run_after,
        "last_error": error[:500],
    }
    if not count:
        values["attempts"] = Job.attempts - 1
    session.execute(update(Job).where(Job.id == job_id).values(values), execution_options=_NO_SYNC)


def bring_forward(session: Session, kind: Kind, subject_ids: Select[tuple[str]]) -> None:
    """What they waited for is over: jobs on these subjects are due now."""
    session.execute(
        update(Job).where(Job.kind == kind, Job.subject_id.in_(subject_ids)).values(run_after=clock.now()),
        execution_options=_NO_SYNC,
    )


def cancel(session: Session, kind: Kind, subject_id: str) -> bool:
    """Take back a job that nobody has taken on yet. False: too late, or there is none.

    A lease that ran out is too late as well: its holder may have done the work and not come to say so.
    """
    query = select(Job.id).where(Job.kind == kind, Job.subject_id == subject_id, Job.attempts == 0).with_for_update()
    job_id = session.scalar(query)
    if job_id is None:
        return False
    finish(session, [job_id])
    return True


def any_due(session: Session, kind: Kind | None = None) -> bool:
    """Whether there is work that nobody holds, of one kind or of any."""
    query = select(Job.id).where(_due(clock.now())).limit(1)
    return session.scalar(query if kind is None else query.where(Job.kind == kind)) is not None


def backlog(session: Session, kind: Kind, at_most: int) -> int:
    """How many jobs of the kind are due, held by somebody or not; counted no further than `at_most`."""
    due = select(Job.id).where(Job.kind == kind, Job.run_after <= clock.now()).limit(at_most)
    return session.scalar(select(func.count()).select_from(due.subquery())) or 0


def waiting(session: Session) -> dict[str, int]:
    """How many jobs of each kind there are, held and due and postponed alike."""
    rows = session.execute(select(Job.kind, func.count()).group_by(Job.kind)).tuples()
    return dict(rows.all())


def release_dead(session: Session) -> int:
    """Free the leases of processes of this machine that are gone, so that a restart need not wait for them."""
    here = socket.gethostname()
    owners = session.scalars(select(Job.lease_owner).where(Job.lease_owner.is_not(None)).distinct())
    dead = [owner for owner in owners if owner and _is_dead(owner, here)]
    if dead:
        session.execute(
            update(Job).where(Job.lease_owner.in_(dead)).values(lease_owner=None, lease_until=None),
            execution_options=_NO_SYNC,
        )
    return len(dead)


def _is_dead(owner: str, here: str) -> bool:
    host, _, rest = owner.rpartition(":")[0].rpartition(":")
    if host != here or not rest.isdigit():
        return False
    try:
        os.kill(int(rest), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _free(now: datetime) -> ColumnElement[bool]:
    return or_(Job.lease_until.is_(None), Job.lease_until < now)


def _due(now: datetime) -> ColumnElement[bool]:
    return (Job.run_after <= now) & _free(now)
