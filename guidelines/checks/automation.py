"""What a set leaves to the machine: hiding, where the rule is about behaviour, and nothing else."""

from collections.abc import Iterator

from guidelines.checks.flaw import Flaw, automatic_rules, conditions, label_conditions, rules
from guidelines.schema import (
    RESTRICTIVE_VERBS,
    AllOf,
    AnyOf,
    Condition,
    Decider,
    GuidelineSet,
    LabelCondition,
    Modality,
    Mode,
    Not,
    Notice,
    Risk,
    Rule,
    Standard,
)
from guidelines.states import acts

_SUGGEST = "write mode: suggest"
#: What only people do, however a rule is written.
_FOR_PEOPLE = RESTRICTIVE_VERBS - {"hide"}


def automatic_without_hide(guidelines: GuidelineSet) -> Iterator[Flaw]:
    """Hiding is all that the service does by itself."""
    for path, rule in automatic_rules(guidelines):
        if not _hides(rule) and not _asks_people(rule):
            message = f"rule {rule.id} hides automatically, but hide is not among its actions"
            yield Flaw((*path, "mode"), "automatic-without-hide", message, "add hide, or write mode: suggest")


def automatic_beyond_hiding(guidelines: GuidelineSet) -> Iterator[Flaw]:
    """A rule that a machine should carry out, and nothing in it that a machine may do."""
    for path, rule in automatic_rules(guidelines):
        if not _hides(rule) and (verb := _asks_people(rule)):
            message = f"rule {rule.id} asks a machine for {verb}, which only people decide: a machine hides"
            yield Flaw((*path, "mode"), "automatic-beyond-hiding", message, "add hide as well, or write mode: suggest")


def automatic_choice(guidelines: GuidelineSet) -> Iterator[Flaw]:
    """What may be done is for people to weigh; a machine would do it every time."""
    for path, rule in automatic_rules(guidelines):
        for position, action in enumerate(rule.actions):
            if action.verb == "hide" and action.modality is Modality.MAY:
                message = f"rule {rule.id} says that we may hide, but a machine would hide every time"
                mend = "write modality: must, or mode: suggest"
                yield Flaw((*path, "actions", position), "automatic-choice", message, mend, True)


def automatic_at_high_risk(guidelines: GuidelineSet) -> Iterator[Flaw]:
    for path, rule in automatic_rules(guidelines):
        if rule.viewpoint_risk is Risk.HIGH:
            message = f"rule {rule.id} could be used against a view, so it must not hide automatically"
            yield Flaw((*path, "mode"), "automatic-at-high-risk", message, _SUGGEST)


def automatic_by_feeling(guidelines: GuidelineSet) -> Iterator[Flaw]:
    for path, rule in automatic_rules(guidelines):
        if rule.standard is Standard.FELT_TO_BE:
            message = f"rule {rule.id} goes by what people feel, and a machine feels nothing"
            yield Flaw((*path, "mode"), "automatic-by-feeling", message, _SUGGEST)


def automatic_by_person(guidelines: GuidelineSet) -> Iterator[Flaw]:
    for path, rule in automatic_rules(guidelines):
        if rule.standard is Standard.IDENTIFIED_AS:
            message = f"rule {rule.id} goes by who somebody is, so it must not hide automatically"
            yield Flaw((*path, "mode"), "automatic-by-person", message, _SUGGEST)


def automatic_for_two_people(guidelines: GuidelineSet) -> Iterator[Flaw]:
    for path, rule in automatic_rules(guidelines):
        if rule.decided_by is Decider.TWO_PEOPLE:
            message = f"rule {rule.id} hides automatically, but promises that two people decide"
            yield Flaw((*path, "mode"), "automatic-for-two-people", message, _SUGGEST)


def notice_too_late(guidelines: GuidelineSet) -> Iterator[Flaw]:
    for path, rule in automatic_rules(guidelines):
        if rule.notice is Notice.BEFORE:
            message = f"rule {rule.id} promises notice before anything is done, but a machine hides at once"
            yield Flaw((*path, "notice"), "notice-too-late", message, "write notice: after, or mode: suggest")


def automatic_out_of_reach(guidelines: GuidelineSet) -> Iterator[Flaw]:
    for path, rule in automatic_rules(guidelines):
        if rule.condition is not None and not _can_act(rule.condition):
            message = f"rule {rule.id} hides automatically, but its condition never gets that far"
            mend = "let a label act (automatic: 0.95) or a fact (automatic: true), or write mode: suggest"
            yield Flaw((*path, "condition"), "unreachable", message, mend)


def automatic_without_effect(guidelines: GuidelineSet) -> Iterator[Flaw]:
    for path, rule in rules(guidelines):
        if rule.mode is Mode.AUTO_HIDE:
            continue
        for inner, condition in label_conditions(path, rule):
            if condition.automatic is not None and condition.automatic <= 1:
                message = (
                    f"rule {rule.id} has mode {rule.mode}, so the automatic threshold of {condition.label} is unused"
                )
                yield Flaw((*inner, "automatic"), "unused-threshold", message, "take it out", True)


def automatic_fact_without_effect(guidelines: GuidelineSet) -> Iterator[Flaw]:
    for path, rule in rules(guidelines):
        if rule.mode is Mode.AUTO_HIDE:
            continue
        for inner, condition in conditions(path, rule):
            if not isinstance(condition, LabelCondition | AnyOf | AllOf | Not) and acts(condition):
                message = f"rule {rule.id} has mode {rule.mode}, so automatic: true changes nothing"
                yield Flaw((*inner, "automatic"), "unused-automatic", message, "take it out", True)


CHECKS = (
    automatic_without_hide,
    automatic_beyond_hiding,
    automatic_choice,
    automatic_at_high_risk,
    automatic_by_feeling,
    automatic_by_person,
    automatic_for_two_people,
    notice_too_late,
    automatic_out_of_reach,
    automatic_without_effect,
    automatic_fact_without_effect,
)


def _hides(rule: Rule) -> bool:
    return any(action.verb == "hide" for action in rule.actions)


def _asks_people(rule: Rule) -> str | None:
    """The first verb of the rule that is for people alone."""
    return next((action.verb for action in rule.actions if action.verb in _FOR_PEOPLE), None)


def _can_act(condition: Condition) -> bool:
    """Whether anything takes the condition to where an `auto_hide` rule hides."""
    match condition:
        case LabelCondition(_, _, automatic):
            return automatic is None or automatic <= 1
        case Not():
            return False
        case AnyOf(parts):
            return any(map(_can_act, parts))
        case AllOf(parts):
            return any(map(_can_act, parts)) and all(_can_act(part) or _can_give_way(part) for part in parts)
        case _:
            return acts(condition)


def _can_give_way(condition: Condition) -> bool:
    """Whether the condition can hold as a fact or an exception does, leaving it to the rest how far to go."""
    match condition:
        case LabelCondition():
            return False
        case AnyOf(parts):
            return any(map(_can_give_way, parts))
        case AllOf(parts):
            return all(map(_can_give_way, parts))
        case _:
            return True
