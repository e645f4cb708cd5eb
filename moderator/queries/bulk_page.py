"""Many comments before one choice is made about them, and what became of such choices."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from moderator import channels, clock, clusters, publishing
from moderator.clusters import Cluster, Group
from moderator.connectors.base import Capability
from moderator.domain.actions import ActionState
from moderator.domain.cases import BulkItemState, CaseState
from moderator.domain.criticism import may_be_mere_criticism
from moderator.domain.decisions import State, needs_two
from moderator.domain.vocabulary import Verb
from moderator.errors import NotFound
from moderator.queries import rows
from moderator.review import bulk, campaigns, care
from moderator.review.access import Reach
from moderator.review.view import IS_OPEN
from moderator.storage.tables import (
    Action,
    Author,
    BulkItem,
    BulkRun,
    CampaignComment,
    Case,
    Channel,
    Comment,
    Decision,
    Lease,
    Member,
    Revision,
)

#: Comments that one page shows: more cannot be looked through.
LISTED = 1_000

#: Comments that can be ticked by hand in the queue.
BY_HAND = 500

#: A comment differs from the rest where fewer than this share of the others say what it says, on average over its
#: words; or where fewer do than is usual among those that were chosen.
DIFFERS = 0.3
_USUAL = 0.9

#: Runs on one page.
RUNS = 30

_SAMPLES = 3
_TALLIES = 8
_GROUPS = 6
_SHOWN_LEFT_ALONE = 200


@dataclass(frozen=True, slots=True)
class Item:
    """A comment that the choice would be about. The text is a beginning."""

    case_id: str
    comment_id: str
    #: what its case asks
    seen_id: str
    text: str
    author: str
    channel_id: str
    channel: str
    post: str
    language: str
    posted_at: datetime
    visibility: str
    #: the rules that the service found
    rule_ids: tuple[str, ...]
    #: how many of the others say what it says, on average over its words: 0 none, 1 all
    in_common: float
    differs: bool
    #: nothing was found in it but what people do when they criticise
    criticism: bool
    #: a colleague who has it on their screen; empty: nobody
    held_by: str


@dataclass(frozen=True, slots=True)
class RuleChoice:
    id: str
    title: str
    #: two people decide under it, one comment at a time
    two_people: bool


@dataclass(frozen=True, slots=True)
class Effect:
    """What one verb does on one channel."""

    verb: str
    channel: str
    count: int
    #: None: it does not exist there
    able: Capability | None


@dataclass(frozen=True, slots=True)
class Selection:
    """What somebody chose to decide about, those first that differ most from the rest."""

    items: tuple[Item, ...]
    #: chosen, and decided by somebody in the meantime
    decided: int
    #: chosen, and waiting for a second person or a hand on the platform
    apart: int
    rules: tuple[RuleChoice, ...]
    effects: tuple[Effect, ...]
    #: there are more than one page shows
    more: bool = False
    #: where it was chosen by what is said
    cluster: Cluster | None = None
    like_text: str = ""
    #: where it was chosen by who said it
    by_author: str = ""
    #: where it was chosen as part of a campaign
    campaign_id: str = ""

    @property
    def differing(self) -> int:
        return sum(item.differs for item in self.items)

    @property
    def critical(self) -> int:
        return sum(item.criticism for item in self.items)

    @property
    def held(self) -> int:
        return sum(bool(item.held_by) for item in self.items)

    @property
    def samples(self) -> tuple[tuple[str, tuple[Item, ...]], ...]:
        """The first, the latest and the most different ones; what is said in the same words stands here once."""
        in_time = sorted(self.items, key=lambda item: (item.posted_at, item.comment_id))
        shown: set[str] = set()
        found = []
        for name, items in (
            ("The most different", self.items),
            ("The first", in_time),
            ("The latest", in_time[::-1]),
        ):
            picked: list[Item] = []
            for item in items:
                if item.text not in shown and len(picked) < _SAMPLES:
                    shown.add(item.text)
                    picked.append(item)
            if picked:
                found.append((name, tuple(picked)))
        return tuple(found)

    def tally(self, name: str) -> tuple[tuple[str, int], ...]:
        """How many there are of each channel, post, author or language, most first; "" for what is not known."""
        return tuple(Counter(getattr(item, name) for item in self.items).most_common(_TALLIES))

    def kinds(self, name: str) -> int:
        """How many different channels, posts, authors or languages there are."""
        return len({getattr(item, name) for item in self.items})

    def without_rule(self, rule_id: str) -> int:
        """In how many the service did not find this rule."""
        return sum(rule_id not in item.rule_ids for item in self.items)

    def effects_of(self, verb: str) -> tuple[Effect, ...]:
        return tuple(effect for effect in self.effects if effect.verb == verb)


@dataclass(frozen=True, slots=True)
class RunLine:
    """A run on one line."""

    id: str
    verbs: tuple[str, ...]
    rule_id: str
    #: it takes another run back
    undoes_id: str | None
    state: str
    total: int
    done: int
    left_alone: int
    #: empty for somebody who has left without a trace
    asked_by: str
    asked_at: datetime
    ended_at: datetime | None
    #: how many of its decisions nobody took back or replaced; 0: there is nothing left to undo
    in_force: int = 0

    @property
    def unfinished(self) -> bool:
        return self.state in bulk.UNFINISHED

    @property
    def settled(self) -> int:
        return self.done + self.left_alone


@dataclass(frozen=True, slots=True)
class LeftAlone:
    """Comments left alone for one reason; the texts are beginnings, and not of all."""

    why: str
    count: int
    comments: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class RunPage:
    line: RunLine
    note: str
    error: str
    #: verb and state of what it asked of the platforms, with how many there are of each
    carried: tuple[tuple[str, str, int], ...]
    left_alone: tuple[LeftAlone, ...]
    #: runs that take this one back, newest first
    undone_by: tuple[RunLine, ...] = field(default=())

    @property
    def taking(self) -> RunLine | None:
        """The run that is taking this one back just now."""
        return next((run for run in self.undone_by if run.unfinished), None)

    @property
    def on_their_way(self) -> int:
        return sum(count for _, state, count in self.carried if state == ActionState.PENDING)


def of_cases(session: Session, reach: Reach, member: Member, case_ids: Sequence[str], **chosen: Any) -> Selection:
    """These cases, as far as the member reaches them. `chosen`: how they were chosen, for `Selection`."""
    found = session.execute(
        rows.comments(
            Case.id.label("case_id"),
            Case.decision_id.label("seen_id"),
            Case.state.label("case_state"),
            Case.lane,
            Case.language,
            Decision.rule_ids,
            Decision.findings,
        )
        .join(Case, Case.comment_id == Comment.id)
        .join(Decision, Decision.id == Case.decision_id)
        .where(Case.id.in_(list(dict.fromkeys(case_ids))[:LISTED]), *reach.of_cases())
    ).all()
    still_open = [row for row in found if row.case_state == CaseState.OPEN]
    mine = [row for row in still_open if row.lane in clusters.LANES]
    shares = clusters.in_common([row.text for row in mine])
    least = max(DIFFERS, _USUAL * median(shares)) if shares else DIFFERS
    held = _held_by_others(session, member, [row.case_id for row in mine])
    items = [_item(row, reach, share, least, held) for row, share in zip(mine, shares, strict=True)]
    return Selection(
        items=tuple(sorted(items, key=lambda item: (item.in_common, item.comment_id))),
        decided=len(found) - len(still_open),
        apart=len(still_open) - len(mine),
        rules=_rules(session, reach.office_id),
        effects=_effects(session, items),
        **chosen,
    )


def like_comment(session: Session, reach: Reach, member: Member, comment_id: str) -> Selection:
    """What says nearly the same as this comment. Raises `NotFound`."""
    text = session.scalar(
        select(func.substr(Revision.text, 1, rows.EXCERPT))
        .join(Comment, Comment.revision_id == Revision.id)
        .where(Comment.id == comment_id, *reach.of_comments())
    )
    if text is None:
        raise NotFound("there is no such comment")
    cluster = clusters.like(session, reach, comment_id, LISTED + 1, *care.allowed(session, member))
    ids = [near.case_id for near in cluster.near]
    return of_cases(session, reach, member, ids[:LISTED], more=len(ids) > LISTED, cluster=cluster, like_text=text)


def of_author(session: Session, reach: Reach, member: Member, author_id: str) -> Selection:
    """Everything by this author that waits. Raises `NotFound`."""
    author = session.execute(
        select(Author.name, Author.handle)
        .join(Comment, Comment.author_id == Author.id)
        .where(Author.id == author_id, *reach.of_comments())
        .limit(1)
    ).one_or_none()
    if author is None or not reach.names:
        raise NotFound("there is no such author")
    query = (
        select(Case.id)
        .where(Case.author_id == author_id, *reach.of_cases(), IS_OPEN, Case.lane.in_(clusters.LANES))
        .where(*care.allowed(session, member))
        .order_by(Case.opened_at.desc())
        .limit(LISTED + 1)
    )
    ids = session.scalars(query).all()
    name = author.name or author.handle
    return of_cases(session, reach, member, ids[:LISTED], more=len(ids) > LISTED, by_author=name)


def of_campaign(session: Session, reach: Reach, member: Member, campaign_id: str) -> Selection:
    """What waits of a campaign, the newest first. Raises `NotFound`."""
    campaign = campaigns.of_office(session, reach, campaign_id)
    query = (
        select(Case.id)
        .join(CampaignComment, CampaignComment.comment_id == Case.comment_id)
        .where(CampaignComment.campaign_id == campaign.id, *reach.of_cases(), IS_OPEN, Case.lane.in_(clusters.LANES))
        .where(*care.allowed(session, member))
        .order_by(CampaignComment.at.desc())
        .limit(LISTED + 1)
    )
    ids = session.scalars(query).all()
    return of_cases(session, reach, member, ids[:LISTED], more=len(ids) > LISTED, campaign_id=campaign.id)


def said_again(session: Session, reach: Reach, member: Member) -> tuple[Group, ...]:
    """The largest groups of comments that say nearly the same, among those that wait."""
    return clusters.largest(session, reach, _GROUPS, *care.allowed(session, member))


def comments_of(session: Session, reach: Reach, case_ids: Collection[str]) -> Mapping[str, str]:
    """The comment of each case, as far as the member reaches it."""
    query = select(Case.id, Case.comment_id).where(Case.id.in_(list(case_ids)), *reach.of_cases())
    return dict(session.execute(query).tuples().all())


def runs(session: Session, reach: Reach, before: str) -> tuple[tuple[RunLine, ...], str]:
    """The office's runs, newest first, and what to pass as `before` for those that follow; empty at the end."""
    query = _run_query().where(BulkRun.office_id == reach.office_id)
    if before:
        last = session.execute(
            select(BulkRun.asked_at, BulkRun.id).where(BulkRun.id == before, BulkRun.office_id == reach.office_id)
        ).one_or_none()
        if last is not None:
            query = query.where(
                (BulkRun.asked_at < last.asked_at) | ((BulkRun.asked_at == last.asked_at) & (BulkRun.id < last.id))
            )
    found = session.execute(query.order_by(BulkRun.asked_at.desc(), BulkRun.id.desc()).limit(RUNS + 1)).all()
    lines = tuple(_line(row) for row in found[:RUNS])
    return lines, lines[-1].id if len(found) > RUNS else ""


def recent_runs(session: Session, member: Member, count: int = 20) -> tuple[RunLine, ...]:
    """What the member decided for many at once, newest first, with how much of each is left to undo."""
    query = (
        _run_query()
        .where(BulkRun.office_id == member.office_id, BulkRun.asked_by == member.id, BulkRun.undoes_id.is_(None))
        .order_by(BulkRun.asked_at.desc(), BulkRun.id.desc())
        .limit(count)
    )
    found = session.execute(query).all()
    left = _in_force(session, [row.BulkRun.id for row in found])
    return tuple(_line(row, left) for row in found)


def run_page(session: Session, reach: Reach, bulk_id: str) -> RunPage:
    """Raises `NotFound`."""
    found = session.execute(
        _run_query().where(BulkRun.id == bulk_id, BulkRun.office_id == reach.office_id)
    ).one_or_none()
    if found is None:
        raise NotFound("there is no such run")
    run = found.BulkRun
    undoing = session.execute(_run_query().where(BulkRun.undoes_id == run.id).order_by(BulkRun.id.desc())).all()
    return RunPage(
        line=_line(found, _in_force(session, [run.id])),
        note=run.note,
        error=run.error,
        carried=_carried(session, run),
        left_alone=_left_alone(session, reach, run.id),
        undone_by=tuple(_line(row) for row in undoing),
    )


def _item(row: Any, reach: Reach, share: float, least: float, held: Mapping[str, str]) -> Item:
    return Item(
        case_id=row.case_id,
        comment_id=row.comment_id,
        seen_id=row.seen_id,
        text=row.text,
        author=rows.author_of(row, reach),
        channel_id=row.channel_id,
        channel=row.channel_name,
        post=rows.post_of(row),
        language=row.language or "",
        posted_at=row.posted_at,
        visibility=row.visibility,
        rule_ids=tuple(row.rule_ids),
        in_common=share,
        differs=share < least,
        criticism=may_be_mere_criticism(row.findings),
        held_by=held.get(row.case_id, ""),
    )


def _held_by_others(session: Session, member: Member, case_ids: Sequence[str]) -> dict[str, str]:
    query = (
        select(Lease.case_id, Member.name)
        .join(Member, Member.id == Lease.member_id)
        .where(Lease.case_id.in_(case_ids), Lease.until > clock.now(), Lease.member_id != member.id)
    )
    return dict(session.execute(query).tuples().all())


def _rules(session: Session, office_id: str) -> tuple[RuleChoice, ...]:
    version = publishing.current(session, office_id)
    if version is None:
        return ()
    return tuple(
        RuleChoice(rule.id, rule.title, needs_two(rule, (Verb.HIDE,))) for rule in publishing.read(version).rules
    )


def _effects(session: Session, items: Iterable[Item]) -> tuple[Effect, ...]:
    counts = Counter(item.channel_id for item in items)
    concerned = session.scalars(select(Channel).where(Channel.id.in_(list(counts))).order_by(Channel.id)).all()
    possible = channels.capabilities(concerned)
    return tuple(
        Effect(verb.value, channel.name, counts[channel.id], possible[channel.id].get(verb))
        for verb in bulk.OFFERED
        if verb is not Verb.KEEP
        for channel in concerned
    )


def _run_query() -> Any:
    return select(BulkRun, Member.name.label("asked_by_name")).outerjoin(Member, Member.id == BulkRun.asked_by)


def _line(row: Any, in_force: Mapping[str, int] | None = None) -> RunLine:
    run: BulkRun = row.BulkRun
    return RunLine(
        id=run.id,
        verbs=tuple(run.verbs),
        rule_id=run.rule_id or "",
        undoes_id=run.undoes_id,
        state=run.state,
        total=run.total,
        done=run.done,
        left_alone=run.left_alone,
        asked_by=row.asked_by_name or "",
        asked_at=run.asked_at,
        ended_at=run.ended_at,
        in_force=(in_force or {}).get(run.id, 0) if run.undoes_id is None else 0,
    )


def _in_force(session: Session, bulk_ids: Sequence[str]) -> dict[str, int]:
    query = (
        select(BulkItem.bulk_id, func.count())
        .join(Comment, (Comment.id == BulkItem.comment_id) & (Comment.decision_id == BulkItem.decision_id))
        .join(Decision, (Decision.id == BulkItem.decision_id) & (Decision.state == State.MADE))
        .where(BulkItem.bulk_id.in_(bulk_ids), BulkItem.state == BulkItemState.DONE)
        .group_by(BulkItem.bulk_id)
    )
    return dict(session.execute(query).tuples().all())


def _carried(session: Session, run: BulkRun) -> tuple[tuple[str, str, int], ...]:
    """What a run asked of the platforms. What one that takes another back asked stands with what is in force again."""
    made = aliased(Decision)
    query = (
        select(Action.verb, Action.state, func.count())
        .join(made, made.id == Action.decision_id)
        .group_by(Action.verb, Action.state)
        .order_by(Action.verb, Action.state)
    )
    if run.undoes_id is None:
        query = query.join(BulkItem, BulkItem.decision_id == made.id)
    else:
        query = query.join(
            BulkItem, (BulkItem.comment_id == made.comment_id) & (BulkItem.decision_id == made.previous_id)
        )
    return tuple(session.execute(query.where(BulkItem.bulk_id == run.id)).tuples().all())


def _left_alone(session: Session, reach: Reach, bulk_id: str) -> tuple[LeftAlone, ...]:
    of_run = (BulkItem.bulk_id == bulk_id, BulkItem.state == BulkItemState.LEFT_ALONE)
    counts = session.execute(
        select(BulkItem.said, func.count()).where(*of_run).group_by(BulkItem.said).order_by(func.count().desc())
    ).tuples()
    shown = session.execute(
        rows.comments(BulkItem.said)
        .join(BulkItem, BulkItem.comment_id == Comment.id)
        .where(*of_run, *reach.of_comments())
        .order_by(BulkItem.position)
        .limit(_SHOWN_LEFT_ALONE)
    ).all()
    return tuple(
        LeftAlone(why, count, tuple((row.comment_id, row.text) for row in shown if row.said == why))
        for why, count in counts
    )
