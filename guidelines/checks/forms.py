"""Conditions compared: when two of them ask for the same, however they are written."""

from collections.abc import Hashable

from guidelines.schema import (
    ActivityCondition,
    AllOf,
    AnyOf,
    Condition,
    LabelCondition,
    LinkCondition,
    Not,
    PeriodCondition,
    PostCondition,
    RecordedCondition,
    Rule,
    WordsCondition,
)

#: A condition in a shape that can be looked up: what it is, then what it asks for.
Form = tuple[Hashable, ...]


def normal(rule: Rule, condition: Condition) -> Form:
    """Equal for two conditions that hold for the same comments, as far as their form tells.

    Order, repetition, groups in groups and double `not` make no difference; nor does what may happen automatically.
    """
    match condition:
        case LabelCondition(label, review):
            return "label", label, rule.thresholds.review if review is None else review
        case WordsCondition(words):
            return "words", frozenset(map(folded, words))
        case LinkCondition(domains, allowed):
            return "links", frozenset(domains), frozenset(allowed)
        case RecordedCondition(fact):
            return "recorded", fact
        case ActivityCondition(activity, count, within_hours, by):
            return "activity", activity, count, within_hours, by
        case PostCondition(state):
            return "post", state
        case PeriodCondition(period):
            return "period", period
        case Not(Not(inner)):
            return normal(rule, inner)
        case Not(inner):
            return "not", normal(rule, inner)
        case AnyOf(parts):
            return _group("any", rule, parts)
        case AllOf(parts):
            return _group("all", rule, parts)


def members(form: Form, kind: str) -> frozenset[Form]:
    """The parts of a group of this kind; of anything else, itself alone."""
    match form:
        case (str(name), frozenset() as parts) if name == kind:
            return parts
        case _:
            return frozenset({form})


def folded(words: str) -> str:
    """Words as one would compare them: letter case and spaces make no difference."""
    return " ".join(words.casefold().split())


def _group(kind: str, rule: Rule, parts: tuple[Condition, ...]) -> Form:
    inside = frozenset(form for part in parts for form in members(normal(rule, part), kind))
    return next(iter(inside)) if len(inside) == 1 else (kind, inside)
