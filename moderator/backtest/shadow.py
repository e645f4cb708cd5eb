"""Drafts beside the version in force: held against every comment as it is decided, and nothing follows from it.

Written down in the transaction that decides. Whatever goes wrong here is for the log: deciding never notices.
"""

import logging
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from guidelines.schema import Facts
from moderator import clock, facts
from moderator.backtest import sets
from moderator.backtest.comparison import verdict
from moderator.backtest.tally import Verdict
from moderator.domain.drafts import OPEN_STATES
from moderator.domain.ensemble import Ensemble, Measured
from moderator.pipeline.judge import Bench, Judged, bench_for, judge
from moderator.storage.tables import GuidelineDraft, Office, ShadowOutcome
from moderator.storage.tables.base import table_of
from moderator.storage.upsert import insert_missing
from moderator.traces import without_words

log = logging.getLogger(__name__)


def record(session: Session, judged: Sequence[Judged], ensembles: Mapping[str, Ensemble], measured: Measured) -> None:
    """Hold each draft that runs beside an office's version against the texts that the office has just judged.

    `ensembles` are the offices', by id.
    """
    try:
        # What fails inside leaves the transaction as it was.
        with session.begin_nested():
            for draft in _running(session, {each.office_id for each in judged}):
                theirs = [each for each in judged if each.office_id == draft.office_id]
                _hold(session, draft, theirs, ensembles[draft.office_id], measured)
    except Exception as error:
        log.error("drafts could not be held against new comments\n%s", without_words(error))


def _running(session: Session, office_ids: Collection[str]) -> Sequence[Any]:
    """Nearly always none."""
    query = select(
        GuidelineDraft.id,
        GuidelineDraft.office_id,
        GuidelineDraft.revision,
        GuidelineDraft.document,
        Office.timezone,
    ).join(Office, Office.id == GuidelineDraft.office_id)
    return session.execute(
        query.where(
            GuidelineDraft.office_id.in_(office_ids),
            GuidelineDraft.state.in_([state.value for state in OPEN_STATES]),
            GuidelineDraft.shadow_since.is_not(None),
        )
    ).all()


def _hold(session: Session, draft: Any, judged: Sequence[Judged], ensemble: Ensemble, measured: Measured) -> None:
    guidelines = sets.of_draft(draft.document)
    if guidelines is None:
        return  # somebody is in the middle of writing it
    bench = bench_for(guidelines, ensemble, evaluator=sets.evaluator(guidelines))
    timezones = {draft.office_id: draft.timezone}
    known = facts.gather(session, [each.revision_id for each in judged], bench.needs, timezones)
    now = clock.now()
    rows = [_row(draft, each, _after(bench, each, known[each.revision_id], measured), now) for each in judged]
    insert_missing(session, table_of(ShadowOutcome), rows)


def _after(bench: Bench, each: Judged, known: Facts, measured: Measured) -> Verdict:
    """What the draft makes of a text where the version in force has just judged it, in the same circumstances."""
    seen, waiting, anew = each.visibility, each.waiting, each.anew
    return verdict(judge(bench, each.heard, known, measured, visibility=seen, waiting=waiting, anew=anew))


def _row(draft: Any, each: Judged, after: Verdict, now: datetime) -> dict[str, Any]:
    before = verdict(each.drafts)
    return {
        "id": clock.new_id(),
        "draft_id": draft.id,
        "draft_revision": draft.revision,
        "comment_id": each.comment_id,
        "revision_id": each.revision_id,
        "before": before.outcome.value,
        "after": after.outcome.value,
        "rules_before": list(before.rules),
        "rules_after": list(after.rules),
        "at": now,
    }
