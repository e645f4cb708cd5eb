"""What becomes of a condition for one comment: its tests, and the facts that they find.

Pure. Rules and findings are `evaluate`'s, which also says which thresholds hold for a label.
"""

from collections.abc import Callable, Iterable, Mapping
from enum import IntEnum

from guidelines.schema import (
    ActivityCondition,
    AllOf,
    AnyOf,
    Condition,
    Count,
    FactCondition,
    Facts,
    Held,
    LabelCondition,
    LinkCondition,
    Measure,
    Not,
    Period,
    PeriodCondition,
    PostCondition,
    RecordedCondition,
    Scores,
    WordsCondition,
)


class State(IntEnum):
    """In this order, so that `any` is the greatest of its parts."""

    ABSENT = 0  # below the review threshold, or not a fact
    UNKNOWN = 1  # no score or fact to tell
    UNTESTED = 2  # an exception (`not`) that nothing can tell: stops nothing, starts nothing, and lets no machine act
    REVIEW = 3
    CLEAR = 4  # an exception that does not apply: it holds, but says nothing for acting
    HELD = 5  # a fact that holds: it speaks for the rule, and leaves it to the rest how far to go
    AUTOMATIC = 6


Test = Callable[[Scores, Facts], State]

#: What a comment has of a fact. Empty: the fact does not hold; None: nobody knows.
Find = Callable[[Facts], tuple[Held, ...] | None]

#: What `not` makes of each state. By position: an enumeration as a dictionary's key is hashed in Python, slowly.
_NEGATED = (
    State.CLEAR,  # absent
    State.UNTESTED,  # unknown
    State.UNKNOWN,  # untested
    State.ABSENT,  # review
    State.ABSENT,  # clear
    State.ABSENT,  # held
    State.ABSENT,  # automatic
)

#: Beside one of these, an exception that nothing can tell leaves the comment for a person to look at.
_SPOKEN = (State.REVIEW, State.HELD, State.AUTOMATIC)


class Compiler:
    """Makes tests for the conditions of one rule.

    `measure` says which thresholds hold for a label, `may_act` whether the rule may hide by itself at all.
    """

    def __init__(self, measure: Callable[[LabelCondition], Measure], may_act: bool, periods: Iterable[Period]) -> None:
        self._measure = measure
        self._may_act = may_act
        self._periods = {period.id: period for period in periods}

    def test(self, condition: Condition) -> Test:
        match condition:
            case LabelCondition():
                return _label_test(self._measure(condition))
            case Not(inner):
                return _not_test(self.test(inner))
            case AnyOf(parts):
                return _any_test(tuple(map(self.test, parts)))
            case AllOf(parts):
                return _all_test(tuple(map(self.test, parts)))
            case _:
                return _fact_test(self.find(condition), self._may_act and acts(condition))

    def find(self, condition: FactCondition) -> Find:
        match condition:
            case WordsCondition(words):
                return _find_words(words)
            case LinkCondition(domains, allowed):
                return _find_links(frozenset(domains), frozenset(allowed))
            case RecordedCondition(fact):
                return _find_recorded(fact)
            case ActivityCondition():
                return _find_activity(condition)
            case PostCondition():
                return _find_post(condition)
            case PeriodCondition(period):
                return _find_period(period, self._periods)


def acts(condition: FactCondition) -> bool:
    """Whether the fact alone is enough for a rule that may hide by itself."""
    match condition:
        case WordsCondition() | LinkCondition() | ActivityCondition():
            return condition.automatic
        case _:
            return False


def count_of(condition: ActivityCondition) -> Count:
    """What has to be counted to tell."""
    return Count(condition.activity, condition.within_hours, condition.by)


def _label_test(measure: Measure) -> Test:
    label, review, automatic = measure.label, measure.review, measure.automatic

    def test(scores: Scores, facts: Facts) -> State:
        score = scores.get(label)
        if score is None or score != score:
            return State.UNKNOWN
        if score < review:
            return State.ABSENT
        return State.AUTOMATIC if automatic is not None and score >= automatic else State.REVIEW

    return test


def _fact_test(find: Find, acting: bool) -> Test:
    holds = State.AUTOMATIC if acting else State.HELD

    def test(scores: Scores, facts: Facts) -> State:
        found = find(facts)
        if found is None:
            return State.UNKNOWN
        return holds if found else State.ABSENT

    return test


def _not_test(inner: Test) -> Test:
    return lambda scores, facts: _NEGATED[inner(scores, facts)]


def _any_test(tests: tuple[Test, ...]) -> Test:
    return lambda scores, facts: max([test(scores, facts) for test in tests], default=State.ABSENT)


def _all_test(tests: tuple[Test, ...]) -> Test:
    return lambda scores, facts: _weakest([test(scores, facts) for test in tests])


def _weakest(states: list[State]) -> State:
    least = min(states, default=State.ABSENT)
    if least is State.UNTESTED:
        return State.REVIEW if any(state in states for state in _SPOKEN) else State.UNTESTED
    # Facts and exceptions that hold give way to what the rest says.
    return max(states) if least >= State.CLEAR else least


def _find_words(words: tuple[str, ...]) -> Find:
    wanted = frozenset(words)

    def find(facts: Facts) -> tuple[Held, ...] | None:
        if not facts.words:
            return None if facts.words is None else ()
        there = wanted & facts.words
        return tuple(Held("words", word) for word in words if word in there) if there else ()

    return find


def _find_links(sites: frozenset[str], allowed: frozenset[str]) -> Find:
    def find(facts: Facts) -> tuple[Held, ...] | None:
        if not facts.hosts:
            return None if facts.hosts is None else ()
        return tuple(
            Held("links", host)
            for host in sorted(facts.hosts)
            if (not sites or _is_part_of(host, sites)) and not _is_part_of(host, allowed)
        )

    return find


def _is_part_of(host: str, sites: frozenset[str]) -> bool:
    """Whether the host is one of the sites, or below one: www.gov.uk is part of gov.uk, evilgov.uk is not."""
    while host:
        if host in sites:
            return True
        host = host.partition(".")[2]
    return False


def _find_recorded(fact: str) -> Find:
    held = (Held("recorded", fact),)

    def find(facts: Facts) -> tuple[Held, ...] | None:
        if facts.recorded is None:
            return None
        return held if fact in facts.recorded else ()

    return find


def _find_activity(condition: ActivityCondition) -> Find:
    wanted = count_of(condition)

    def find(facts: Facts) -> tuple[Held, ...] | None:
        counted = facts.counts.get(wanted)
        if counted is None:
            return None
        if counted < condition.count:
            return ()
        return (Held("activity", str(condition.activity), counted, condition.within_hours, str(condition.by)),)

    return find


def _find_post(condition: PostCondition) -> Find:
    held = (Held("post", str(condition.state)),)

    def find(facts: Facts) -> tuple[Held, ...] | None:
        if facts.post is None:
            return None
        return held if condition.state in facts.post else ()

    return find


def _find_period(period_id: str, periods: Mapping[str, Period]) -> Find:
    held = (Held("period", period_id),)
    period = periods.get(period_id)

    def find(facts: Facts) -> tuple[Held, ...] | None:
        if facts.day is None or period is None:
            return None
        return held if period.first <= facts.day <= period.last else ()

    return find
