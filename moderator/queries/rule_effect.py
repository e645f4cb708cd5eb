"""What one rule, as it is being written, makes of the office's latest comments: counts, a histogram, cases in doubt.

Everything comes from scores that are stored already: no classifier runs. The rule is held against the comments alone,
as if it were the only one.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from guidelines.evaluate import Evaluator, evidence, needs
from guidelines.schema import (
    NO_FACTS,
    AllOf,
    AnyOf,
    Condition,
    Facts,
    GuidelineSet,
    LabelCondition,
    Mode,
    Needs,
    Rule,
    Scores,
    Strength,
)
from moderator import facts
from moderator.domain.ensemble import Ensemble, Opinion, answer
from moderator.queries import rows
from moderator.storage.tables import Assessment, Author, Channel, Comment, Revision

#: Comments that a rule is held against: the latest.
SAMPLE = 2000
#: Bars of the histogram.
BARS = 20
#: Comments shown on each side of a threshold.
NEAREST = 2


@dataclass(frozen=True, slots=True)
class Near:
    """A comment whose score lies close to a threshold."""

    comment_id: str
    score: float
    text: str
    author: str
    channel: str


@dataclass(frozen=True, slots=True)
class Edge:
    """The comments nearest to one threshold: those that it reaches, and those that it just misses."""

    threshold: float
    reached: tuple[Near, ...]
    missed: tuple[Near, ...]


@dataclass(frozen=True, slots=True)
class Effect:
    """What the rule makes of the latest comments."""

    comments: int
    #: a person is asked; not those that it hides
    asked: int
    hidden: int
    #: the labels whose scores the histogram shows; empty where the rule measures nothing
    labels: tuple[str, ...]
    #: the score of a comment is that of the strongest label; else of the weakest
    strongest: bool
    #: comments by score, each bar 1/`BARS` wide; the last one holds the score 1 too
    bars: tuple[int, ...]
    #: comments without a score for these labels
    unscored: int
    review: Edge | None
    #: None where the rule never hides by itself
    automatic: Edge | None


def effect(
    session: Session, office_id: str, guidelines: GuidelineSet, rule: Rule, ensemble: Ensemble, zone: str
) -> Effect:
    """`guidelines` is the set that the rule is part of; `zone` is the time zone of the office."""
    comments = _latest(session, office_id, ensemble)
    strengths = _strengths(session, office_id, replace(guidelines, rules=(rule,)), comments, zone)
    counted = _counted(rule)
    scored = [
        _Scored(score, each.comment_id, each.revision_id)
        for each in comments
        if rule.condition is not None and (score := _score(rule.condition, counted, each.scores)) is not None
    ]
    review, automatic = rule.thresholds.review, rule.thresholds.automatic
    hides = rule.mode is Mode.AUTO_HIDE
    edges = _edges(session, scored, (review, automatic) if hides else (review,)) if counted else [None]
    return Effect(
        comments=len(comments),
        asked=strengths.count(Strength.REVIEW),
        hidden=strengths.count(Strength.AUTOMATIC),
        labels=tuple(dict.fromkeys(condition.label for condition in counted)),
        strongest=not isinstance(rule.condition, AllOf),
        bars=_bars(scored),
        unscored=len(comments) - len(scored) if counted else 0,
        review=edges[0],
        automatic=edges[1] if len(edges) > 1 else None,
    )


@dataclass(frozen=True, slots=True)
class _Latest:
    comment_id: str
    revision_id: str
    scores: Scores


@dataclass(frozen=True, slots=True, order=True)
class _Scored:
    score: float
    comment_id: str
    revision_id: str


def _latest(session: Session, office_id: str, ensemble: Ensemble) -> list[_Latest]:
    """The latest comments that somebody has read, each with the scores that count."""
    latest = (
        select(Comment.id, Comment.revision_id)
        .where(Comment.office_id == office_id)
        .order_by(Comment.received_at.desc(), Comment.id.desc())
        .limit(SAMPLE)
        .subquery()
    )
    opinions: dict[tuple[str, str], list[Opinion]] = {}
    for row in session.execute(
        select(
            latest.c.id,
            latest.c.revision_id,
            Assessment.classifier,
            Assessment.scores,
            Assessment.doubts,
            Assessment.error,
        ).join(Assessment, Assessment.revision_id == latest.c.revision_id)
    ):
        opinion = Opinion(row.classifier, row.scores, tuple(row.doubts), failed=bool(row.error))
        opinions.setdefault((row.id, row.revision_id), []).append(opinion)
    return [
        _Latest(comment_id, revision_id, answer(ensemble, heard).scores)
        for (comment_id, revision_id), heard in opinions.items()
    ]


def _strengths(
    session: Session, office_id: str, alone: GuidelineSet, comments: Sequence[_Latest], zone: str
) -> list[Strength]:
    """How strongly the rule speaks about each comment that it speaks about at all."""
    # How often it was upheld before makes a rule ask for more, and fires nothing.
    evaluator, wanted = Evaluator(alone), replace(needs(alone), rungs=frozenset())
    known: Mapping[str, Facts] = {}
    if wanted != Needs():
        known = facts.gather(session, [each.revision_id for each in comments], wanted, {office_id: zone})
    found = (evaluator(each.scores, known.get(each.revision_id, NO_FACTS)) for each in comments)
    return [finding.strength for findings in found for finding in findings]


def _counted(rule: Rule) -> tuple[LabelCondition, ...]:
    """The labels that the sliders are about: those that follow the rule's own thresholds, or all where none does."""
    if rule.condition is None:
        return ()
    found = tuple(evidence(rule.condition))
    return tuple(condition for condition in found if condition.review is None) or found


def _score(condition: Condition, counted: Sequence[LabelCondition], scores: Scores) -> float | None:
    """What a threshold is held against: the highest score where any label is enough, the lowest where all must be."""
    match condition:
        case LabelCondition(label):
            return scores.get(label) if condition in counted else None
        case AnyOf(parts) | AllOf(parts):
            found = [score for part in parts if (score := _score(part, counted, scores)) is not None]
            choose = max if isinstance(condition, AnyOf) else min
            return choose(found, default=None)
        case _:  # facts have no score, and exceptions are no evidence
            return None


def _bars(scored: Sequence[_Scored]) -> tuple[int, ...]:
    bars = [0] * BARS
    for each in scored:
        bars[min(BARS - 1, int(each.score * BARS + 1e-9))] += 1
    return tuple(bars)


def _edges(session: Session, scored: list[_Scored], thresholds: Sequence[float]) -> list[Edge | None]:
    """The comments nearest to each threshold, nearest first."""
    ordered = sorted(scored)
    around = []
    for threshold in thresholds:
        at = bisect_left(ordered, threshold, key=lambda each: each.score)
        around.append((threshold, ordered[at : at + NEAREST], ordered[max(0, at - NEAREST) : at][::-1]))
    shown = _shown(session, [each for _, reached, missed in around for each in (*reached, *missed)])
    return [
        Edge(threshold, tuple(shown[each] for each in reached), tuple(shown[each] for each in missed))
        for threshold, reached, missed in around
    ]


def _shown(session: Session, wanted: Sequence[_Scored]) -> dict[_Scored, Near]:
    found = {
        row.id: row
        for row in session.execute(
            select(
                Revision.id,
                func.substr(Revision.text, 1, rows.EXCERPT).label("text"),
                Author.name.label("author_name"),
                Author.handle.label("author_handle"),
                Channel.name.label("channel_name"),
            )
            .join(Comment, Comment.id == Revision.comment_id)
            .join(Channel, Channel.id == Comment.channel_id)
            .outerjoin(Author, Author.id == Comment.author_id)
            .where(Revision.id.in_({each.revision_id for each in wanted}))
        )
    }
    return {
        each: Near(each.comment_id, each.score, row.text, rows.name_of(row), row.channel_name)
        for each in wanted
        if (row := found.get(each.revision_id))
    }
