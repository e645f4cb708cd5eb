"""What a comparison came to, in figures and sentences: the same for the page, the command and programs."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from guidelines.schema import GuidelineSet
from moderator.backtest.agreement import ENOUGH, Judged, Share
from moderator.backtest.tally import Tally
from moderator.domain.outcomes import Direction, Outcome, direction_of


@dataclass(frozen=True, slots=True)
class Side:
    """What becomes of the comments under one set."""

    kept: int
    queued: int
    hidden: int
    #: of the hidden ones, those that nobody is asked about; None where that was not recorded
    unseen: int | None


@dataclass(frozen=True, slots=True)
class Change:
    """So many comments go from one outcome to another."""

    before: Outcome
    after: Outcome
    comments: int

    @property
    def direction(self) -> Direction | None:
        return direction_of(self.before, self.after)

    @property
    def sentence(self) -> str:
        return f"{comments(self.comments)} {_CHANGES[self.before, self.after]}"


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule: what it makes of the comments in either set, and the flips that it is behind.

    The rule without an id stands for comments that no rule speaks about: nobody could judge them.
    """

    rule_id: str
    title: str
    asks_before: int
    asks_after: int
    hides_before: int
    hides_after: int
    hides_more: int
    asks_more: int
    lets_go: int

    @property
    def flips(self) -> int:
        return self.hides_more + self.asks_more + self.lets_go

    @property
    def sentence(self) -> str:
        """Empty where the rule is behind no flip."""
        parts = (
            (self.hides_more, f"hides {self.hides_more:,} more"),
            (self.asks_more, f"asks about {self.asks_more:,} more"),
            (self.lets_go, f"lets {self.lets_go:,} go"),
        )
        written = ", ".join(words for count, words in parts if count)
        return written[:1].upper() + written[1:]


@dataclass(frozen=True, slots=True)
class Report:
    """The draft beside the version in force."""

    comments: int
    #: None: nothing was in force
    before: Side | None
    after: Side
    #: most frequent first
    changes: tuple[Change, ...]
    directions: Mapping[Direction, int]
    #: same outcome, under other rules
    other_rules: int
    #: those with most flips first; those that touch no comment are left out
    rules: tuple[RuleLine, ...]
    judged_before: Judged | None
    judged_after: Judged

    @property
    def flipped(self) -> int:
        return sum(self.directions.values())

    @property
    def sentences(self) -> tuple[str, ...]:
        """The whole in a few sentences, the most important one first."""
        if not self.comments:
            return ("There are no comments to try it on.",)
        if not self.flipped:
            first = f"Of {comments(self.comments)}, none would be decided otherwise."
        else:
            first = f"Of {comments(self.comments)}, {self.flipped:,} would be decided otherwise."
        return (first, *(f"{change.sentence}." for change in self.changes), *self._asides())

    def _asides(self) -> Iterable[str]:
        if self.other_rules:
            yield f"{comments(self.other_rules)} would be decided as now, but under other rules."
        if self.after.unseen is not None and self.after.hidden:
            yield (
                f"{comments(self.after.hidden)} would be hidden by the service itself, "
                f"{self.after.unseen:,} of them without a person being asked."
            )


#: What a change of outcome is called, in the order in which people want to know of it.
_CHANGES = {
    (Outcome.KEPT, Outcome.HIDDEN): "that would be kept now would be hidden",
    (Outcome.QUEUED, Outcome.HIDDEN): "that a person is asked about now would be hidden",
    (Outcome.KEPT, Outcome.QUEUED): "that would be kept now would wait for a person",
    (Outcome.HIDDEN, Outcome.QUEUED): "that would be hidden now would wait for a person",
    (Outcome.HIDDEN, Outcome.KEPT): "that would be hidden now would be kept",
    (Outcome.QUEUED, Outcome.KEPT): "that a person is asked about now would be kept",
}


def report(
    tally: Tally, before: GuidelineSet | None, after: GuidelineSet | None, *, unseen_known: bool = True
) -> Report:
    """`before` is the set in force, `after` the draft; None where it cannot be read any more.

    `unseen_known`: it was recorded whether a person is asked about a hidden comment.
    """
    totals_before, totals_after = _totals(tally, 0), _totals(tally, 1)
    changes = [Change(*pair, tally.outcomes[pair]) for pair in _CHANGES if tally.outcomes[pair]]
    return Report(
        comments=tally.comments,
        before=_side(totals_before, tally.unseen_before if unseen_known else None) if before else None,
        after=_side(totals_after, tally.unseen_after if unseen_known else None),
        changes=tuple(changes),
        directions={
            direction: sum(change.comments for change in changes if change.direction is direction)
            for direction in Direction
        },
        other_rules=tally.other_rules,
        rules=_lines(tally, before, after),
        judged_before=tally.judged_before() if before else None,
        judged_after=tally.judged_after(),
    )


def comments(count: int) -> str:
    """`1 comment`, `2,000 comments`."""
    return f"{count:,} comment{'' if count == 1 else 's'}"


def share(measured: Share) -> str:
    """A share in words that never say more than the comments carry."""
    if measured.value is None or measured.interval is None:
        return "no comment to tell by"
    low, high = measured.interval
    few = "" if measured.enough else f"; fewer than {ENOUGH}, too few to rely on"
    return f"{measured.value:.0%} ({low:.0%} to {high:.0%}), {measured.hits:,} of {measured.total:,}{few}"


def _totals(tally: Tally, side: int) -> Counter[Outcome]:
    totals: Counter[Outcome] = Counter()
    for pair, count in tally.outcomes.items():
        totals[pair[side]] += count
    return totals


def _side(totals: Counter[Outcome], unseen: int | None) -> Side:
    return Side(totals[Outcome.KEPT], totals[Outcome.QUEUED], totals[Outcome.HIDDEN], unseen)


def _lines(tally: Tally, before: GuidelineSet | None, after: GuidelineSet | None) -> tuple[RuleLine, ...]:
    """Rules as the draft calls them; those that it leaves out, as the version in force does."""
    titles = {rule.id: rule.title for guidelines in (before, after) if guidelines for rule in guidelines.rules}
    touched = {rule for rule, _ in (*tally.rules_before, *tally.rules_after, *tally.flips)}
    lines = [
        RuleLine(
            rule_id=rule,
            title=titles.get(rule, ""),
            asks_before=tally.rules_before[rule, Outcome.QUEUED],
            asks_after=tally.rules_after[rule, Outcome.QUEUED],
            hides_before=tally.rules_before[rule, Outcome.HIDDEN],
            hides_after=tally.rules_after[rule, Outcome.HIDDEN],
            hides_more=tally.flips[rule, Direction.HIDES_MORE],
            asks_more=tally.flips[rule, Direction.ASKS_MORE],
            lets_go=tally.flips[rule, Direction.LETS_GO],
        )
        for rule in touched
    ]
    return tuple(sorted(lines, key=lambda line: (-line.flips, line.rule_id)))


def plain(found: Report) -> dict[str, Any]:
    """The report as JSON can hold it."""
    return {
        "comments": found.comments,
        "flips": found.flipped,
        "before": asdict(found.before) if found.before else None,
        "after": asdict(found.after),
        "changes": [asdict(change) for change in found.changes],
        "directions": dict(found.directions),
        "other_rules": found.other_rules,
        "rules": [asdict(line) for line in found.rules],
        "agreement": {
            "before": _plain_judged(found.judged_before) if found.judged_before else None,
            "after": _plain_judged(found.judged_after),
        },
    }


def _plain_judged(judged: Judged) -> dict[str, Any]:
    return {
        "comments": judged.comments,
        **{
            claim: {"precision": _plain_share(agreement.precision), "recall": _plain_share(agreement.recall)}
            for claim, agreement in (("asks_or_hides", judged.asks_or_hides), ("hides", judged.hides))
        },
    }


def _plain_share(measured: Share) -> dict[str, Any]:
    low, high = measured.interval or (None, None)
    return {
        "value": measured.value,
        "low": low,
        "high": high,
        "hits": measured.hits,
        "total": measured.total,
        "enough": measured.enough,
    }
