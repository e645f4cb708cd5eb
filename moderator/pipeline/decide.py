"""Step 3: scores and facts held against the published version, and what follows, put on record."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from guidelines.schema import Facts, Strength
from moderator import audit, channels, clock, ensembles, publishing, recording
from moderator.backtest import shadow
from moderator.domain.cases import CaseState, Lane
from moderator.domain.decisions import Draft, Maker, Reason, State
from moderator.domain.ensemble import Ensemble, Measured
from moderator.domain.vocabulary import Verb, Visibility
from moderator.facts import gather
from moderator.jobs import queue
from moderator.jobs.queue import Claimed
from moderator.pipeline import classify
from moderator.pipeline.judge import Bench, Judged, bench_for, hear, judge
from moderator.recording import Ruling
from moderator.runtime import Runtime
from moderator.storage.tables import Case, Channel, Comment, Decision, GuidelineVersion, Office, Revision


def work(runtime: Runtime, _jobs: Sequence[Claimed]) -> Measured:
    """What each classifier measures. Asked here, since one may have to be loaded first."""
    return runtime.classifiers.measured()


def store(runtime: Runtime, session: Session, jobs: Sequence[Claimed], measured: Measured) -> Mapping[str, datetime]:
    found = _current(session, [job.subject_id for job in jobs])
    benches = _benches(session, {row.office_id for row in found}, runtime.classifiers.names)
    judged = _judged(session, found, benches, measured)
    rulings = []
    for row, each in zip(found, judged, strict=True):
        version_id, answered = benches[row.office_id].version_id, each.heard.answers.by
        rulings += [_ruling(row, version_id, draft, each.visibility, answered=answered) for draft in each.drafts]
    _record(session, rulings)
    shadow.record(session, judged, {office_id: bench.ensemble for office_id, bench in benches.items()}, measured)
    return {}


def give_up(_runtime: Runtime, session: Session, job: Claimed, error: str) -> None:
    """It cannot be decided by machine: a person must."""
    draft = Draft(State.SUGGESTED, Maker.SYSTEM, Reason.ERROR)
    rulings = [_ruling(row, None, draft, note=error) for row in _current(session, [job.subject_id])]
    _record(session, rulings)


def _judged(session: Session, found: Sequence[Any], benches: Mapping[str, Bench], measured: Measured) -> list[Judged]:
    """Each text with what the rules of its office make of it."""
    opinions = classify.opinions(session, [row.revision_id for row in found])
    asked = _asked(session, [row.comment_id for row in found])
    facts = _facts(session, found, benches)
    judged = []
    for row in found:
        bench = benches[row.office_id]
        heard = hear(bench.ensemble, opinions.get(row.revision_id, []), unreadable=bool(row.unreadable))
        waiting, anew = row.comment_id in asked, asked.get(row.comment_id) == row.revision_id
        seen = _soon_seen(session, row, anew)
        known = facts[row.revision_id]
        drafts = judge(bench, heard, known, measured, visibility=seen, waiting=waiting, anew=anew)
        judged.append(Judged(row.office_id, row.comment_id, row.revision_id, heard, seen, waiting, drafts, anew))
    return judged


def _facts(session: Session, found: Sequence[Any], benches: Mapping[str, Bench]) -> dict[str, Facts]:
    """By revision. Nothing is looked up for rules that ask for no fact."""
    dated = {office_id for office_id, bench in benches.items() if bench.needs.day}
    query = select(Office.id, Office.timezone).where(Office.id.in_(dated))
    timezones = dict(session.execute(query).tuples().all()) if dated else {}
    facts: dict[str, Facts] = {}
    for office_id, bench in benches.items():
        theirs = [row.revision_id for row in found if row.office_id == office_id]
        facts |= gather(session, theirs, bench.needs, timezones)
    return facts


def _record(session: Session, rulings: Sequence[Ruling]) -> None:
    # Asking a person must work even where the channel's connector is not installed any more.
    acted_on = {ruling.channel_id for ruling in rulings if ruling.draft.state is State.MADE}
    rows = session.scalars(select(Channel).where(Channel.id.in_(acted_on)))
    recording.record(session, rulings, channels.capabilities(rows))
    suggested = [ruling.id for ruling in rulings if ruling.draft.state is State.SUGGESTED]
    queue.add(session, queue.Kind.TRIAGE, suggested)
    audit.append(session, [_entry(ruling) for ruling in rulings])


def _entry(ruling: Ruling) -> audit.Entry:
    draft = ruling.draft
    rules = [finding.rule_id for finding in draft.findings if finding.strength is Strength.AUTOMATIC]
    actor = f"rule:{rules[0]}" if draft.maker is Maker.RULE and rules else "system"
    detail = {
        "decision": ruling.id,
        "verbs": [verb.value for verb in draft.verbs],
        "reason": draft.reason.value,
        "rules": list(draft.rule_ids),
        "version": ruling.version_id,
    }
    return audit.Entry(ruling.office_id, actor, f"decision.{draft.state}", f"comment:{ruling.comment_id}", detail)


def _ruling(
    row: Any,
    version_id: str | None,
    draft: Draft,
    seen: Visibility = Visibility.VISIBLE,
    note: str = "",
    answered: Mapping[str, str] = MappingProxyType({}),
) -> Ruling:
    return Ruling(
        id=clock.new_id(),
        draft=draft,
        office_id=row.office_id,
        channel_id=row.channel_id,
        comment_id=row.comment_id,
        revision_id=row.revision_id,
        version_id=version_id,
        previous_id=row.decision_id,
        note=note,
        answered=answered,
        # There is nothing to hide where the comment is gone, or hidden and stays so.
        carry=() if draft.verbs == (Verb.HIDE,) and seen is not Visibility.VISIBLE else None,
    )


def _soon_seen(session: Session, row: Any, anew: bool) -> Visibility:
    """How the comment is seen once what was asked for has been done."""
    seen = Visibility(row.visibility)
    if seen is Visibility.REMOVED or (seen is Visibility.VISIBLE and row.number == 1 and not anew):
        return seen  # nothing can be on its way for a new comment
    return Visibility.HIDDEN if recording.soon_hidden(session, row.comment_id, seen) else Visibility.VISIBLE


def _current(session: Session, revision_ids: Sequence[str]) -> list[Any]:
    """The revisions that still are their comment's current text, each comment locked.

    Older texts need no decision, and neither does one about which a person was quicker.
    """
    rows = list(
        session.execute(
            select(
                Comment.id.label("comment_id"),
                Comment.office_id,
                Comment.channel_id,
                Comment.visibility,
                Comment.decision_id,
                Revision.id.label("revision_id"),
                Revision.number,
                Revision.unreadable,
            )
            .join(Revision, Revision.id == Comment.revision_id)
            .where(Revision.id.in_(revision_ids))
            .order_by(Comment.id)
            .with_for_update(of=Comment)
        )
    )
    judged = recording.judged_by_people(session, [row.decision_id for row in rows])
    return [row for row in rows if row.revision_id not in judged]


def _asked(session: Session, comment_ids: Sequence[str]) -> dict[str, str]:
    """The comments about which a person was asked and has not answered, each with the revision that it was about."""
    query = (
        select(Case.comment_id, Decision.revision_id)
        .join(Decision, Decision.id == Case.decision_id)
        .where(Case.comment_id.in_(comment_ids), Case.state == CaseState.OPEN, Case.lane != Lane.PLATFORM)
    )
    return dict(session.execute(query).tuples().all())


def _benches(session: Session, office_ids: set[str], classifiers: Sequence[str]) -> dict[str, Bench]:
    chosen = ensembles.of_offices(session, office_ids, classifiers)
    versions = {office_id: publishing.current(session, office_id) for office_id in office_ids}
    return {office_id: _bench(version, chosen[office_id]) for office_id, version in versions.items()}


def _bench(version: GuidelineVersion | None, ensemble: Ensemble) -> Bench:
    if version is None:
        return bench_for(None, ensemble)
    evaluator = publishing.evaluator(version)
    return bench_for(publishing.read(version), ensemble, evaluator=evaluator, version_id=version.id)
