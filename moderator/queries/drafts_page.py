"""Guidelines as their authors see them: the versions of an office, its drafts, and where one draft stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from guidelines.schema import GuidelineSet
from moderator import drafts, publishing
from moderator.domain.drafts import OPEN_STATES, BacktestState, DraftState
from moderator.domain.vocabulary import Role
from moderator.errors import NotFound
from moderator.queries import rows
from moderator.storage.tables import Backtest, GuidelineDraft, GuidelineVersion, Member

#: Drafts that are published or given up, newest first, shown at most.
MOST_CLOSED = 20


@dataclass(frozen=True, slots=True)
class VersionLine:
    """A published version. Names are empty where nobody is on record."""

    number: int
    published_at: datetime
    published_by: str
    #: the second member who agreed to it
    approved_by: str
    effective_at: datetime
    note: str
    in_force: bool
    upcoming: bool


@dataclass(frozen=True, slots=True)
class DraftLine:
    id: str
    title: str
    state: DraftState
    base_number: int | None
    updated_by: str
    updated_at: datetime
    shadowed: bool
    #: number of the version that it became
    became: int | None


@dataclass(frozen=True, slots=True)
class DraftsPage:
    current: VersionLine | None
    #: the next one first
    upcoming: tuple[VersionLine, ...]
    #: newest first
    versions: tuple[VersionLine, ...]
    open: tuple[DraftLine, ...]
    closed: tuple[DraftLine, ...]


@dataclass(frozen=True, slots=True)
class DraftPage:
    """One draft, and what it would take the place of."""

    id: str
    title: str
    document: str
    revision: int
    state: DraftState
    base_number: int | None
    updated_by: str
    updated_at: datetime
    submitted_by: str
    submitted_at: datetime | None
    note: str
    reviewed_by: str
    reviewed_at: datetime | None
    review_note: str
    shadow_since: datetime | None
    became: int | None
    #: the version in force, and its number
    in_force: GuidelineSet | None
    in_force_number: int | None
    #: hashes of the texts that were tried on stored comments to the end
    tried: frozenset[str]
    #: other guidelines were published since it was agreed to: it has to be submitted again
    overtaken: bool
    #: the office has no other owner or lead than the member who asks
    alone: bool
    #: owners and leads who may review it: who asks is among them only where they may
    readers: tuple[str, ...]
    may_write: bool
    may_review: bool

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES


def drafts_page(session: Session, office_id: str) -> DraftsPage:
    """Everything of the office."""
    versions = version_lines(session, office_id)
    found = list(
        session.scalars(
            select(GuidelineDraft).where(GuidelineDraft.office_id == office_id).order_by(GuidelineDraft.id.desc())
        )
    )
    names = rows.member_names(session, [draft.updated_by for draft in found])
    became = _numbers(session, found)
    lines = [_draft_line(draft, names, became) for draft in found]
    return DraftsPage(
        current=next((line for line in versions if line.in_force), None),
        upcoming=tuple(sorted((line for line in versions if line.upcoming), key=lambda line: line.effective_at)),
        versions=versions,
        open=tuple(line for line in lines if line.state in OPEN_STATES),
        closed=tuple(line for line in lines if line.state not in OPEN_STATES)[:MOST_CLOSED],
    )


def version_lines(session: Session, office_id: str) -> tuple[VersionLine, ...]:
    """All versions, newest first."""
    found = publishing.versions(session, office_id)
    current = publishing.current(session, office_id)
    upcoming = {version.id for version in publishing.upcoming(session, office_id)}
    names = rows.member_names(session, [who for each in found for who in (each.published_by, each.approved_by)])
    return tuple(
        VersionLine(
            number=version.number,
            published_at=version.published_at,
            published_by=names.get(version.published_by or "", ""),
            approved_by=names.get(version.approved_by or "", ""),
            effective_at=version.effective_at,
            note=version.note,
            in_force=current is not None and version.id == current.id,
            upcoming=version.id in upcoming,
        )
        for version in found
    )


def draft_page(session: Session, member: Member, draft_id: str) -> DraftPage:
    """One draft as the member sees it. Raises `NotFound`."""
    draft = draft_of(session, member.office_id, draft_id)
    names = rows.member_names(session, [draft.updated_by, draft.submitted_by, draft.reviewed_by])
    current = publishing.current(session, member.office_id)
    readers = drafts.readers(session, draft)
    may_write = member.role in (Role.OWNER, Role.LEAD)
    return DraftPage(
        id=draft.id,
        title=draft.title,
        document=draft.document,
        revision=draft.revision,
        state=DraftState(draft.state),
        base_number=draft.base_number,
        updated_by=names.get(draft.updated_by or "", ""),
        updated_at=draft.updated_at,
        submitted_by=names.get(draft.submitted_by or "", ""),
        submitted_at=draft.submitted_at,
        note=draft.note,
        reviewed_by=names.get(draft.reviewed_by or "", ""),
        reviewed_at=draft.reviewed_at,
        review_note=draft.review_note,
        shadow_since=draft.shadow_since,
        became=_numbers(session, [draft]).get(draft.id),
        in_force=publishing.read(current) if current else None,
        in_force_number=current.number if current else None,
        tried=_tried(session, draft.id),
        overtaken=_overtaken(session, draft),
        alone=may_write and drafts.works_alone(session, member),
        readers=tuple(reader.name for reader in readers),
        may_write=may_write,
        may_review=any(reader.id == member.id for reader in readers),
    )


def draft_of(session: Session, office_id: str, draft_id: str) -> GuidelineDraft:
    """Raises `NotFound`, also for a draft of another office."""
    draft = session.get(GuidelineDraft, draft_id)
    if draft is None or draft.office_id != office_id:
        raise NotFound("There is no such draft in your office.")
    return draft


def _overtaken(session: Session, draft: GuidelineDraft) -> bool:
    newest = publishing.newest(session, draft.office_id)
    agreed = draft.reviewed_at if draft.state == DraftState.APPROVED else None
    return newest is not None and agreed is not None and newest.published_at > agreed


def _draft_line(draft: GuidelineDraft, names: Mapping[str, str], became: Mapping[str, int]) -> DraftLine:
    return DraftLine(
        id=draft.id,
        title=draft.title,
        state=DraftState(draft.state),
        base_number=draft.base_number,
        updated_by=names.get(draft.updated_by or "", ""),
        updated_at=draft.updated_at,
        shadowed=draft.shadow_since is not None,
        became=became.get(draft.id),
    )


def _numbers(session: Session, found: Sequence[GuidelineDraft]) -> dict[str, int]:
    """The number of the version that each published draft became, by the draft's id."""
    wanted = {draft.version_id for draft in found if draft.version_id}
    if not wanted:
        return {}
    query = select(GuidelineVersion.id, GuidelineVersion.number).where(GuidelineVersion.id.in_(wanted))
    numbers = dict(session.execute(query).tuples().all())
    return {draft.id: numbers[draft.version_id] for draft in found if draft.version_id in numbers}


def _tried(session: Session, draft_id: str) -> frozenset[str]:
    done = select(Backtest.sha256).where(Backtest.draft_id == draft_id, Backtest.state == BacktestState.DONE)
    return frozenset(session.scalars(done))
