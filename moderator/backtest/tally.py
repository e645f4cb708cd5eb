"""What was counted so far: adds up comment by comment and batch by batch, and goes into the database between slices."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from moderator.backtest.agreement import Judged
from moderator.domain.outcomes import Direction, Outcome, direction_of


class Verdict(NamedTuple):
    """What one set makes of one comment."""

    outcome: Outcome
    #: the rules that make it so
    rules: tuple[str, ...]
    #: every rule that was cited, also by what is only asked beside
    cited: tuple[str, ...]
    #: a person is asked, also where the comment is hidden by then
    asks: bool


@dataclass(slots=True)
class Tally:
    """Counts of comments. Keys are what was counted: an outcome before and after, a rule and what it did."""

    outcomes: Counter[tuple[Outcome, Outcome]] = field(default_factory=Counter)
    #: same outcome, under other rules
    other_rules: int = 0
    #: hidden without anybody being asked
    unseen_before: int = 0
    unseen_after: int = 0
    #: (rule, what it makes of a comment); a rule "" stands for comments that no rule speaks about
    rules_before: Counter[tuple[str, Outcome]] = field(default_factory=Counter)
    rules_after: Counter[tuple[str, Outcome]] = field(default_factory=Counter)
    #: (rule, direction) of comments whose outcome changes
    flips: Counter[tuple[str, Direction]] = field(default_factory=Counter)
    #: (people acted on it, before, after) of comments that people decided about
    judged: Counter[tuple[bool, Outcome, Outcome]] = field(default_factory=Counter)

    @property
    def comments(self) -> int:
        return self.outcomes.total()

    @property
    def flipped(self) -> int:
        return sum(count for (before, after), count in self.outcomes.items() if before is not after)

    def add(self, before: Verdict, after: Verdict, acted_on: bool | None, count: int = 1) -> Direction | None:
        """Count a comment, or several alike. `acted_on`: what a person decided, None where none did.

        Returns which way it flips.
        """
        self.outcomes[before.outcome, after.outcome] += count
        if acted_on is not None:
            self.judged[acted_on, before.outcome, after.outcome] += count
        if before.outcome is Outcome.KEPT and after.outcome is Outcome.KEPT:
            return None
        if before.outcome is Outcome.HIDDEN and not before.asks:
            self.unseen_before += count
        if after.outcome is Outcome.HIDDEN and not after.asks:
            self.unseen_after += count
        _count(self.rules_before, before, count)
        _count(self.rules_after, after, count)
        direction = direction_of(before.outcome, after.outcome)
        if direction is None:
            self.other_rules += count if set(before.cited) != set(after.cited) else 0
        else:
            for rule in charged(direction, before.rules, after.rules) or ("",):
                self.flips[rule, direction] += count
        return direction

    def merge(self, other: "Tally") -> None:
        """Add what another one counted."""
        self.other_rules += other.other_rules
        self.unseen_before += other.unseen_before
        self.unseen_after += other.unseen_after
        self.outcomes.update(other.outcomes)
        self.rules_before.update(other.rules_before)
        self.rules_after.update(other.rules_after)
        self.flips.update(other.flips)
        self.judged.update(other.judged)

    def judged_before(self) -> Judged:
        """What people decided, by what the version in force makes of it."""
        return self._judged(0)

    def judged_after(self) -> Judged:
        """What people decided, by what the draft makes of it."""
        return self._judged(1)

    def _judged(self, side: int) -> Judged:
        sums: dict[bool, Counter[Outcome]] = {True: Counter(), False: Counter()}
        for (acted_on, *outcomes), count in self.judged.items():
            sums[acted_on][outcomes[side]] += count
        return Judged(sums[True], sums[False])


def charged(direction: Direction, before: tuple[str, ...], after: tuple[str, ...]) -> tuple[str, ...]:
    """The rules behind a flip: those that take hold of a comment, or those that let go of it."""
    return before if direction is Direction.LETS_GO else after


def as_json(tally: Tally) -> dict[str, Any]:
    """For a JSON column; `from_json` reads it back."""
    return {
        "outcomes": _pairs(tally.outcomes.items()),
        "other_rules": tally.other_rules,
        "unseen_before": tally.unseen_before,
        "unseen_after": tally.unseen_after,
        "rules_before": _pairs(tally.rules_before.items()),
        "rules_after": _pairs(tally.rules_after.items()),
        "flips": _pairs(tally.flips.items()),
        "judged": _pairs(tally.judged.items()),
    }


def from_json(stored: dict[str, Any]) -> Tally:
    """An empty one where nothing was stored yet."""
    if not stored:
        return Tally()
    return Tally(
        outcomes=Counter({(Outcome(b), Outcome(a)): count for b, a, count in stored["outcomes"]}),
        other_rules=stored["other_rules"],
        unseen_before=stored["unseen_before"],
        unseen_after=stored["unseen_after"],
        rules_before=Counter({(rule, Outcome(o)): count for rule, o, count in stored["rules_before"]}),
        rules_after=Counter({(rule, Outcome(o)): count for rule, o, count in stored["rules_after"]}),
        flips=Counter({(rule, Direction(d)): count for rule, d, count in stored["flips"]}),
        judged=Counter({(acted, Outcome(b), Outcome(a)): count for acted, b, a, count in stored["judged"]}),
    )


def _count(rules: Counter[tuple[str, Outcome]], verdict: Verdict, count: int) -> None:
    if verdict.outcome is not Outcome.KEPT:
        for rule in verdict.rules or ("",):
            rules[rule, verdict.outcome] += count


def _pairs(items: Iterable[tuple[tuple[Any, ...], int]]) -> list[list[Any]]:
    return [[*key, count] for key, count in sorted(items)]
