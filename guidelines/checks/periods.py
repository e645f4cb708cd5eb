"""Periods: days that come, once each, and that some rule is waiting for."""

from collections.abc import Iterator

from guidelines.checks.flaw import Flaw, conditions, repeated, rules
from guidelines.schema import GuidelineSet, PeriodCondition


def repeated_period_id(guidelines: GuidelineSet) -> Iterator[Flaw]:
    for position in repeated(period.id for period in guidelines.periods):
        message = f"two periods have the id {guidelines.periods[position].id}"
        yield Flaw(("periods", position, "id"), "repeated-id", message, "give each its own")


def backward_period(guidelines: GuidelineSet) -> Iterator[Flaw]:
    for position, period in enumerate(guidelines.periods):
        if period.last < period.first:
            message = f"period {period.id} ends on {period.last}, before it begins on {period.first}"
            yield Flaw(("periods", position, "last"), "backward-period", message, "swap the two days")


def overlapping_periods(guidelines: GuidelineSet) -> Iterator[Flaw]:
    """Each period is held against the one before it that lasts longest."""
    sound = [(period, at) for at, period in enumerate(guidelines.periods) if period.first <= period.last]
    longest = None
    for period, position in sorted(sound, key=lambda entry: (entry[0].first, entry[1])):
        if longest is not None and period.first <= longest.last:
            message = f"period {period.id} begins on {period.first}, when {longest.id} has not ended"
            mend = f"end {longest.id} the day before, or make one period of them"
            yield Flaw(("periods", position, "first"), "overlapping-periods", message, mend, True)
        if longest is None or period.last > longest.last:
            longest = period


def unused_period(guidelines: GuidelineSet) -> Iterator[Flaw]:
    used = {
        condition.period
        for path, rule in rules(guidelines)
        for _, condition in conditions(path, rule)
        if isinstance(condition, PeriodCondition)
    }
    for position, period in enumerate(guidelines.periods):
        if period.id not in used:
            message = f"no rule asks for period {period.id}"
            mend = f"add period: {period.id} to a condition, or take the period out"
            yield Flaw(("periods", position), "unused-period", message, mend, True)


CHECKS = (repeated_period_id, backward_period, overlapping_periods, unused_period)
