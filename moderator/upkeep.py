"""What time alone changes in an office, done every half minute: cases fall overdue, leases run out, what the
office did is counted.

One job per office stands for it. `ensure` asks for it wherever workers start; it asks for itself from then on.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from moderator import clock, figures, membership
from moderator.domain.cases import CaseState, Lane
from moderator.echoes import index
from moderator.figures import Counted
from moderator.jobs import queue
from moderator.jobs.queue import Claimed
from moderator.review import care
from moderator.runtime import Runtime
from moderator.storage.database import Database
from moderator.storage.tables import Case, Lease, Office
from moderator.traces import without_words

log = logging.getLogger(__name__)

EVERY = timedelta(seconds=30)

#: One thing that time changes. Gets the office's id; all of them share a transaction.
Chore = Callable[[Session, str], None]


def ensure(database: Database) -> None:
    """See that every office is kept up. Called where workers start."""
    with database.write() as session:
        begin(session, session.scalars(select(Office.id)).all())


def begin(session: Session, office_ids: Sequence[str]) -> None:
    """Keep these offices up from now on. Asking twice changes nothing."""
    queue.add(session, queue.Kind.UPKEEP, office_ids)


def overdue_cases(session: Session, office_id: str) -> None:
    """What should have been looked at by now is to be acted on now."""
    session.execute(
        update(Case)
        .where(
            Case.office_id == office_id,
            Case.state == CaseState.OPEN,
            Case.lane == Lane.REVIEW,
            Case.due_at <= clock.now(),
        )
        .values(lane=Lane.ACT_NOW.value),
        execution_options={"synchronize_session": False},
    )


def ended_leases(session: Session, office_id: str) -> None:
    """A lease that ran out holds nothing anyway; this only tidies up."""
    session.execute(
        delete(Lease).where(Lease.office_id == office_id, Lease.until <= clock.now()),
        execution_options={"synchronize_session": False},
    )


CHORES: tuple[Chore, ...] = (overdue_cases, ended_leases, care.forgotten, membership.ended_members, index.drop_old)


def work(runtime: Runtime, jobs: Sequence[Claimed]) -> list[Counted]:
    """Counting takes its time, so it only reads: no writer waits for it."""
    with runtime.database.read() as session:
        return [counted for job in jobs for counted in figures.due(session, job.subject_id)]


def store(
    _runtime: Runtime, session: Session, jobs: Sequence[Claimed], counted: Sequence[Counted]
) -> Mapping[str, datetime]:
    again = {}
    figures.keep(session, counted)
    for job in jobs:
        for chore in CHORES:
            try:
                with session.begin_nested():
                    chore(session, job.subject_id)
            except Exception as error:
                # One chore that fails must not keep the others from being done, nor this job from coming back.
                log.error("upkeep: %s failed\n%s", chore.__name__, without_words(error))
        again[job.id] = clock.now() + EVERY
        queue.postpone(session, job.id, again[job.id], count=False)
    return again


def give_up(_runtime: Runtime, session: Session, job: Claimed, _error: str) -> None:
    """Whatever is wrong, the office is kept up again as soon as it is right: the next turn is a job of its own."""
    queue.finish(session, [job.id])
    queue.add(session, queue.Kind.UPKEEP, [job.subject_id], run_after=clock.now() + EVERY)
