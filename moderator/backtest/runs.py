"""Runs that members start and stop, and the job that does them: a slice per turn, so that nobody's work waits long, a
process that dies loses a slice at most, and stopping takes hold at the next one.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from guidelines import fingerprint
from guidelines.load import load_text
from guidelines.schema import GuidelineError
from moderator import audit, clock, publishing
from moderator.backtest import comparison, history, sets
from moderator.backtest.comparison import Flip, Slice
from moderator.backtest.history import Extent
from moderator.backtest.tally import as_json, from_json
from moderator.domain.drafts import OPEN_STATES, BacktestState
from moderator.errors import Conflict, Invalid, NotFound
from moderator.jobs import queue
from moderator.jobs.queue import Claimed
from moderator.review.access import require_manager
from moderator.runtime import Runtime
from moderator.storage.tables import Backtest, BacktestFlip, GuidelineDraft, GuidelineVersion, Member
from moderator.storage.tables.base import table_of

#: The states in which a run is still to be gone on with.
UNFINISHED = frozenset({BacktestState.WAITING, BacktestState.RUNNING})


def start(session: Session, member: Member, draft_id: str, sample: int | None = history.SAMPLE) -> Backtest:
    """Hold the draft as it is now against the office's comments: so many of them, or all (None).

    Another run of the draft that is not done yet is stopped: the newest question counts. Raises `NotFound`,
    `NotAllowed`, `Conflict` for a draft that is nobody's work any more, `Invalid` where it cannot be read.
    """
    require_manager(member)
    draft = session.get(GuidelineDraft, draft_id, with_for_update=True)
    if draft is None or draft.office_id != member.office_id:
        raise NotFound("there is no such draft")
    if draft.state not in OPEN_STATES:
        raise Conflict(f"This draft is {draft.state}, so there is nothing to try any more.")
    if sample is not None and sample < 1:
        raise Invalid("sample", "try it on at least one comment")
    try:
        guidelines = load_text(draft.document)
    except GuidelineError as error:
        raise Invalid("document", str(error)) from None
    for other in session.scalars(select(Backtest).where(Backtest.draft_id == draft.id, _unfinished())):
        _end(other, BacktestState.STOPPED)
    version = publishing.current(session, member.office_id)
    extent = history.measure(session, member.office_id, sample)
    run = Backtest(
        id=clock.new_id(),
        office_id=member.office_id,
        draft_id=draft.id,
        document=fingerprint.canonical(guidelines).decode(),
        sha256=fingerprint.sha256(guidelines),
        version_id=version.id if version else None,
        sample=sample,
        state=BacktestState.WAITING.value,
        total=extent.total,
        progress={"newest": extent.newest, "history": extent.history, "after": "", "read_first": 0},
        asked_by=member.id,
        asked_at=clock.now(),
    )
    session.add(run)
    session.flush()
    queue.add(session, queue.Kind.BACKTEST, [run.id])
    audit.append(session, [_entry(member, run, "backtest.started", {"comments": extent.total})])
    return run


def stop(session: Session, member: Member, backtest_id: str) -> Backtest:
    """Leave a run as far as it is; one that has ended stays as it ended. Raises `NotFound`, `NotAllowed`."""
    require_manager(member)
    run = session.get(Backtest, backtest_id, with_for_update=True)
    if run is None or run.office_id != member.office_id:
        raise NotFound("there is no such run")
    if run.state in UNFINISHED:
        _end(run, BacktestState.STOPPED)
        audit.append(session, [_entry(member, run, "backtest.stopped", {"comments": run.done})])
    return run


def work(runtime: Runtime, jobs: Sequence[Claimed]) -> dict[str, Slice]:
    """The next slice of each run, by the run's id; none for a run that somebody stopped."""
    measured = runtime.classifiers.measured()
    slices = {}
    for job in jobs:
        with runtime.database.read() as session:
            run = session.get(Backtest, job.subject_id)
            if run is None or run.state not in UNFINISHED:
                continue
            version = session.get(GuidelineVersion, run.version_id) if run.version_id else None
            draft = sets.of_run(run.document)
            question = comparison.ask(runtime, session, _extent(run), version, draft, measured)
        slices[run.id] = comparison.step(runtime, question, run.progress["after"])
    return slices


def store(
    _runtime: Runtime, session: Session, jobs: Sequence[Claimed], slices: Mapping[str, Slice]
) -> Mapping[str, datetime]:
    """Adds the slice to its run, and asks for the next one at once."""
    again: dict[str, datetime] = {}
    for job in jobs:
        run = session.get(Backtest, job.subject_id, with_for_update=True)
        found = slices.get(job.subject_id)
        if run is None or found is None or run.state not in UNFINISHED:
            continue
        _add(session, run, found)
        if run.state in UNFINISHED:
            again[job.id] = clock.now()
            queue.postpone(session, job.id, again[job.id], count=False)
    return again


def give_up(_runtime: Runtime, session: Session, job: Claimed, error: str) -> None:
    run = session.get(Backtest, job.subject_id, with_for_update=True)
    if run is not None and run.state in UNFINISHED:
        run.error = f"Trying the draft failed, and was tried again: {error}"
        _end(run, BacktestState.FAILED)


def _add(session: Session, run: Backtest, found: Slice) -> None:
    tally = from_json(run.result)
    tally.merge(found.tally)
    run.result, run.done, run.state = as_json(tally), tally.comments, BacktestState.RUNNING.value
    read_first = run.progress["read_first"] + found.read_first
    run.progress = {**run.progress, "after": found.last or run.progress["after"], "read_first": read_first}
    if found.flips:
        session.execute(insert(table_of(BacktestFlip)), [_row(run.id, flip) for flip in found.flips])
    if not found.last or run.done >= run.total:
        _end(run, BacktestState.DONE)


def _row(backtest_id: str, flip: Flip) -> dict[str, Any]:
    return {
        "id": clock.new_id(),
        "backtest_id": backtest_id,
        "comment_id": flip.comment_id,
        "revision_id": flip.revision_id,
        "before": flip.before.value,
        "after": flip.after.value,
        "rules_before": list(flip.rules_before),
        "rules_after": list(flip.rules_after),
    }


def _extent(run: Backtest) -> Extent:
    return Extent(run.office_id, run.progress["newest"], run.progress["history"], run.total)


def _unfinished() -> Any:
    return Backtest.state.in_([state.value for state in UNFINISHED])


def _end(run: Backtest, state: BacktestState) -> None:
    run.state, run.ended_at = state.value, clock.now()


def _entry(member: Member, run: Backtest, event: str, detail: Mapping[str, Any]) -> audit.Entry:
    return audit.Entry(run.office_id, f"member:{member.id}", event, f"draft:{run.draft_id}", {"run": run.id, **detail})
