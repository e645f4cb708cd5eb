"""What trying a draft showed: one run on stored comments, and the draft beside the version in force from now on."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, and_, cast, func, or_, select, true
from sqlalchemy.orm import Session

from guidelines.schema import GuidelineSet
from moderator import publishing
from moderator.backtest import sets
from moderator.backtest.report import Report, report
from moderator.backtest.tally import Tally, Verdict, from_json
from moderator.domain.drafts import BacktestState
from moderator.domain.outcomes import Direction, Outcome, direction_of
from moderator.errors import NotFound
from moderator.queries import rows
from moderator.storage.tables import (
    Author,
    Backtest,
    BacktestFlip,
    Channel,
    Comment,
    GuidelineDraft,
    GuidelineVersion,
    Member,
    Revision,
    ShadowOutcome,
)

PAGE = 30

#: As `Filter.rule_id`: comments that no rule speaks about, because nobody could judge them.
NO_RULE = "-"


@dataclass(frozen=True, slots=True)
class Filter:
    """Which flips are shown. Empty parts ask for nothing."""

    direction: Direction | None = None
    rule_id: str = ""


@dataclass(frozen=True, slots=True)
class RuleNamed:
    id: str
    title: str


@dataclass(frozen=True, slots=True)
class FlipShown:
    """A comment that would be decided otherwise. The text is a beginning, of what it said when it was tried."""

    comment_id: str
    text: str
    author: str
    channel: str
    posted_at: datetime
    before: Outcome
    after: Outcome
    direction: Direction
    #: the rules that make it so
    rules_before: tuple[RuleNamed, ...]
    rules_after: tuple[RuleNamed, ...]


@dataclass(frozen=True, slots=True)
class FlipsShown:
    """One page of flips, the newest comments first."""

    filter: Filter
    items: tuple[FlipShown, ...]
    #: pass it as `after` for what follows; None at the end
    next_after: str | None


@dataclass(frozen=True, slots=True)
class RunLine:
    """One run in the list of a draft's runs."""

    id: str
    state: BacktestState
    sample: int | None
    done: int
    total: int
    asked_by: str
    asked_at: datetime
    ended_at: datetime | None
    #: the draft's text has changed since
    outdated: bool


@dataclass(frozen=True, slots=True)
class RunPage:
    """One run: how far it is, what it counted so far, and the flips it found so far."""

    run: RunLine
    draft_id: str
    draft_title: str
    #: what the draft was compared with; None: nothing was published
    version_number: int | None
    #: another version has come into force since
    version_outdated: bool
    #: how many comments the office had then
    history: int
    #: texts that had to be read first
    read_first: int
    error: str
    report: Report
    flips: FlipsShown

    @property
    def unfinished(self) -> bool:
        return self.run.state in (BacktestState.WAITING, BacktestState.RUNNING)


@dataclass(frozen=True, slots=True)
class ShadowPage:
    """A draft beside the version in force: what it would have done with the comments decided since it began."""

    draft_id: str
    draft_title: str
    #: None: it does not run beside it now
    since: datetime | None
    #: what the text as it is now was held against
    report: Report
    #: comments that earlier texts of the draft were held against
    earlier: int
    flips: FlipsShown


def runs_of_draft(session: Session, office_id: str, draft_id: str) -> tuple[RunLine, ...]:
    """The draft's last runs, newest first. Raises `NotFound`."""
    draft = _draft(session, office_id, draft_id)
    found = session.scalars(
        select(Backtest)
        .where(Backtest.draft_id == draft.id)
        .order_by(Backtest.asked_at.desc(), Backtest.id.desc())
        .limit(PAGE)
    ).all()
    names = rows.member_names(session, [run.asked_by for run in found])
    return tuple(_line(run, draft, names.get(run.asked_by or "", "")) for run in found)


def run_page(session: Session, office_id: str, backtest_id: str, wanted: Filter, after: str) -> RunPage:
    """One run. `after` is `next_after` of the page of flips before, empty at the start. Raises `NotFound`."""
    found = session.execute(
        select(Backtest, GuidelineDraft, GuidelineVersion, Member.name)
        .join(GuidelineDraft, GuidelineDraft.id == Backtest.draft_id)
        .outerjoin(GuidelineVersion, GuidelineVersion.id == Backtest.version_id)
        .outerjoin(Member, Member.id == Backtest.asked_by)
        .where(Backtest.id == backtest_id, Backtest.office_id == office_id)
    ).one_or_none()
    if found is None:
        raise NotFound("there is no such run")
    run, draft, version, asked_by = found
    current = publishing.current(session, office_id)
    before, tried = publishing.read(version) if version else None, sets.of_run(run.document)
    flips = select(BacktestFlip).where(BacktestFlip.backtest_id == run.id)
    return RunPage(
        run=_line(run, draft, asked_by or ""),
        draft_id=draft.id,
        draft_title=draft.title,
        version_number=version.number if version else None,
        version_outdated=(current.id if current else None) != run.version_id,
        history=run.progress.get("history", 0),
        read_first=run.progress.get("read_first", 0),
        error=run.error,
        report=report(from_json(run.result), before, tried),
        flips=_flips(session, flips, BacktestFlip, (before, tried), wanted, after),
    )


def shadow_page(session: Session, office_id: str, draft_id: str, wanted: Filter, after: str) -> ShadowPage:
    """What the draft's present text would have done beside the version in force. Raises `NotFound`."""
    draft = _draft(session, office_id, draft_id)
    version = publishing.current(session, office_id)
    before = publishing.read(version) if version else None
    tried = sets.of_draft(draft.document)
    mine = (ShadowOutcome.draft_id == draft.id) & (ShadowOutcome.draft_revision == draft.revision)
    earlier = (ShadowOutcome.draft_id == draft.id) & (ShadowOutcome.draft_revision != draft.revision)
    flips = select(ShadowOutcome).where(mine, ShadowOutcome.before != ShadowOutcome.after)
    return ShadowPage(
        draft_id=draft.id,
        draft_title=draft.title,
        since=draft.shadow_since,
        report=report(_shadow_tally(session, mine), before, tried, unseen_known=False),
        earlier=session.scalar(select(func.count()).select_from(ShadowOutcome).where(earlier)) or 0,
        flips=_flips(session, flips, ShadowOutcome, (before, tried), wanted, after),
    )


def _draft(session: Session, office_id: str, draft_id: str) -> GuidelineDraft:
    draft = session.get(GuidelineDraft, draft_id)
    if draft is None or draft.office_id != office_id:
        raise NotFound("there is no such draft")
    return draft


def _line(run: Backtest, draft: GuidelineDraft, asked_by: str) -> RunLine:
    return RunLine(
        id=run.id,
        state=BacktestState(run.state),
        sample=run.sample,
        done=run.done,
        total=run.total,
        asked_by=asked_by,
        asked_at=run.asked_at,
        ended_at=run.ended_at,
        outdated=run.sha256 != sets.sha256_of_draft(draft.document),
    )


def _flips(
    session: Session,
    found: Select[Any],
    flip: type[BacktestFlip] | type[ShadowOutcome],
    compared: Sequence[GuidelineSet | None],
    wanted: Filter,
    after: str,
) -> FlipsShown:
    """One page of the flips `found`, which are rows of the table `flip`."""
    query = (
        found.with_only_columns(
            flip.comment_id,
            flip.revision_id,
            flip.before,
            flip.after,
            flip.rules_before,
            flip.rules_after,
            Comment.posted_at,
            func.substr(Revision.text, 1, rows.EXCERPT).label("text"),
            Author.name.label("author_name"),
            Author.handle.label("author_handle"),
            Channel.name.label("channel_name"),
        )
        .join(Comment, Comment.id == flip.comment_id)
        .join(Revision, Revision.id == flip.revision_id)
        .join(Channel, Channel.id == Comment.channel_id)
        .outerjoin(Author, Author.id == Comment.author_id)
        .where(_narrowed(flip, wanted))
        .order_by(flip.revision_id.desc())
        .limit(PAGE + 1)
    )
    if after:
        query = query.where(flip.revision_id < after)
    shown = session.execute(query).all()
    titles = {rule.id: rule.title for guidelines in compared if guidelines for rule in guidelines.rules}
    return FlipsShown(
        filter=wanted,
        items=tuple(_flip(row, titles) for row in shown[:PAGE]),
        next_after=shown[PAGE - 1].revision_id if len(shown) > PAGE else None,
    )


def _flip(row: Any, titles: Mapping[str, str]) -> FlipShown:
    before, after = Outcome(row.before), Outcome(row.after)
    direction = direction_of(before, after)
    assert direction is not None, "what is listed here is a change"
    return FlipShown(
        comment_id=row.comment_id,
        text=row.text,
        author=rows.name_of(row),
        channel=row.channel_name,
        posted_at=row.posted_at,
        before=before,
        after=after,
        direction=direction,
        rules_before=tuple(RuleNamed(rule, titles.get(rule, "")) for rule in row.rules_before),
        rules_after=tuple(RuleNamed(rule, titles.get(rule, "")) for rule in row.rules_after),
    )


def _narrowed(flip: type[BacktestFlip] | type[ShadowOutcome], wanted: Filter) -> ColumnElement[bool]:
    """The flips of one direction, or of all; those that one rule is behind, as `tally.charged` has it, or all."""
    directions = [wanted.direction] if wanted.direction else list(Direction)
    return or_(*(and_(_goes(flip, direction), _charges(flip, direction, wanted.rule_id)) for direction in directions))


def _goes(flip: type[BacktestFlip] | type[ShadowOutcome], direction: Direction) -> ColumnElement[bool]:
    pairs = [(b, a) for b, a in product(Outcome, Outcome) if direction_of(b, a) is direction]
    return or_(*(and_(flip.before == before, flip.after == after) for before, after in pairs))


def _charges(flip: type[BacktestFlip] | type[ShadowOutcome], direction: Direction, rule_id: str) -> ColumnElement[bool]:
    if not rule_id:
        return true()
    rules = cast(flip.rules_before if direction is Direction.LETS_GO else flip.rules_after, Text)
    if rule_id == NO_RULE:
        return rules == "[]"
    # Not LIKE: on SQLite it takes a capital for a small letter.
    return func.replace(rules, json.dumps(rule_id), "") != rules


def _shadow_tally(session: Session, mine: ColumnElement[bool]) -> Tally:
    """Added up by the database: a draft may run beside the version in force for months."""
    rules_before, rules_after = cast(ShadowOutcome.rules_before, Text), cast(ShadowOutcome.rules_after, Text)
    columns = (ShadowOutcome.before, ShadowOutcome.after, rules_before, rules_after)
    tally = Tally()
    for before, after, cited_before, cited_after, count in session.execute(
        select(*columns, func.count()).where(mine).group_by(*columns)
    ):
        tally.add(_verdict(before, cited_before), _verdict(after, cited_after), None, count)
    return tally


def _verdict(outcome: str, written: str) -> Verdict:
    rules = tuple(json.loads(written))
    return Verdict(Outcome(outcome), rules, cited=rules, asks=outcome == Outcome.QUEUED)
