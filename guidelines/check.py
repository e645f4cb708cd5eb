"""Whether a set of rules makes sense: one function per mistake, all of them in `CHECKS`.

An error keeps a set from being published; a warning says that somebody should look. Nothing here changes a set.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from guidelines.document import Place
from guidelines.evaluate import measure_of
from guidelines.load import read_text
from guidelines.reader import Path, Places
from guidelines.report import report as report  # for callers: what checks a text also shows what is wrong with it
from guidelines.schema import (
    REPORT_VERBS,
    AllOf,
    AnyOf,
    Condition,
    GuidelineSet,
    LabelCondition,
    Mode,
    Not,
    Problem,
    Risk,
    Rule,
)
from guidelines.states import acts


@dataclass(frozen=True, slots=True)
class Flaw:
    """A mistake and the path to it; `check` turns the path into a line and a column."""

    path: Path
    code: str
    message: str
    mend: str
    warning: bool = False


Check = Callable[[GuidelineSet], Iterator[Flaw]]

_NOWHERE: Places = MappingProxyType({})


def check(guidelines: GuidelineSet, places: Places = _NOWHERE) -> list[Problem]:
    """Errors and warnings in the order of the document, or of `CHECKS` where `places` does not know it."""
    problems = [_problem(flaw, places) for run in CHECKS for flaw in run(guidelines)]
    return sorted(problems, key=lambda problem: (problem.line, problem.column))


def check_text(text: str) -> list[Problem]:
    """What is wrong with a document: its shape if that cannot be read, else what it says. Never raises."""
    reading = read_text(text)
    return reading.problems if reading.guidelines is None else check(reading.guidelines, reading.places)


def errors(problems: Iterable[Problem]) -> list[Problem]:
    """Those that keep the set from being published."""
    return [problem for problem in problems if not problem.warning]


def no_rules(guidelines: GuidelineSet) -> Iterator[Flaw]:
    if not guidelines.rules:
        yield Flaw(("rules",), "no-rules", "there are no rules", "write at least one")


def repeated_rule_id(guidelines: GuidelineSet) -> Iterator[Flaw]:
    """Decisions cite rules by id, in addresses too, so letter case does not tell two apart."""
    for position in _repeated(rule.id for rule in guidelines.rules):
        rule_id = guidelines.rules[position].id
        yield Flaw(("rules", position, "id"), "repeated-id", f"two rules have the id {rule_id}", "give each its own")


def repeated_principle_id(guidelines: GuidelineSet) -> Iterator[Flaw]:
    for position in _repeated(principle.id for principle in guidelines.principles):
        message = f"two principles have the id {guidelines.principles[position].id}"
        yield Flaw(("principles", position, "id"), "repeated-id", message, "give each its own")


def principle_as_rule(guidelines: GuidelineSet) -> Iterator[Flaw]:
    """A principle is never a ground for action, so no decision may seem to cite one."""
    principles = {principle.id.lower() for principle in guidelines.principles}
    for path, rule in _rules(guidelines):
        if rule.id.lower() in principles:
            message = f"rule {rule.id} has the id of a principle"
            yield Flaw((*path, "id"), "principle-id", message, "give the rule an id of its own")


def no_actions(guidelines: GuidelineSet) -> Iterator[Flaw]:
    for path, rule in _rules(guidelines):
        if not rule.actions:
            message = f"rule {rule.id} asks for no action"
            yield Flaw((*path, "actions"), "no-actions", message, "add one, or make it a principle")


def repeated_verb(guidelines: GuidelineSet) -> Iterator[Flaw]:
    for path, rule in _rules(guidelines):
        for position in _repeated(action.verb for action in rule.actions):
            message = f"rule {rule.id} asks for {rule.actions[position].verb} twice"
            yield Flaw((*path, "actions", position), "repeated-verb", message, "keep one of them")


def report_to_nobody(guidelines: GuidelineSet) -> Iterator[Flaw]:
    for path, rule in _rules(guidelines):
        for position, action in enumerate(rule.actions):
            if action.verb in REPORT_VERBS and not action.recipient.strip():
                message = f"rule {rule.id} does not say who {action.verb} goes to"
                yield Flaw((*path, "actions", position), "no-recipient", message, "add recipient: and a name")


def redirect_without_text(guidelines: GuidelineSet) -> Iterator[Flaw]:
    for path, rule in _rules(guidelines):
        if not rule.redirect_text.strip() and any(action.verb == "redirect" for action in rule.actions):
            message = f"rule {rule.id} redirects people without a word"
            yield Flaw((*path, "actions"), "no-redirect-text", message, "add redirect_text: and what to tell them")


def automatic_without_hide(guidelines: GuidelineSet) -> Iterator[Flaw]:
    """Hiding is all that the service does by itself; what else a rule asks for, only people decide."""
    for path, rule in _rules(guidelines):
        if rule.mode is Mode.AUTO_HIDE and all(action.verb != "hide" for action in rule.actions):
            message = f"rule {rule.id} hides automatically, but hide is not among its actions"
            yield Flaw((*path, "mode"), "automatic-without-hide", message, "add hide, or write mode: suggest")


def automatic_at_high_risk(guidelines: GuidelineSet) -> Iterator[Flaw]:
    for path, rule in _rules(guidelines):
        if rule.mode is Mode.AUTO_HIDE and rule.viewpoint_risk is Risk.HIGH:
            message = f"rule {rule.id} could be used against a view, so it must not hide automatically"
            yield Flaw((*path, "mode"), "automatic-at-high-risk", message, "write mode: suggest")


def mode_without_condition(guidelines: GuidelineSet) -> Iterator[Flaw]:
    for path, rule in _rules(guidelines):
        if rule.mode is not Mode.OFF and rule.condition is None:
            message = f"rule {rule.id} has mode {rule.mode}, but no condition that could fire"
            yield Flaw((*path, "mode"), "no-condition", message, "add condition:, or write mode: off")


def condition_without_mode(guidelines: GuidelineSet) -> Iterator[Flaw]:
    for path, rule in _rules(guidelines):
        if rule.mode is Mode.OFF and rule.condition is not None:
            message = f"rule {rule.id} has a condition, but its mode is off"
            yield Flaw((*path, "condition"), "condition-off", message, "take it out, or write mode: suggest", True)


def review_above_automatic(guidelines: GuidelineSet) -> Iterator[Flaw]:
    for path, rule in _rules(guidelines):
        if rule.thresholds.review > rule.thresholds.automatic:
            yield _above((*path, "thresholds", "review"), rule, rule.thresholds.review, rule.thresholds.automatic)
            continue
        for inner, condition in _label_conditions(path, rule):
            measure = measure_of(rule, condition, 0.0)
            if measure.automatic is not None and measure.review > measure.automatic:
                yield _above(inner, rule, measure.review, measure.automatic)


def automatic_out_of_reach(guidelines: GuidelineSet) -> Iterator[Flaw]:
    for path, rule in _rules(guidelines):
        if rule.mode is Mode.AUTO_HIDE and rule.condition is not None and not _can_act(rule.condition):
            message = f"rule {rule.id} hides automatically, but its condition never gets that far"
            mend = "let a label act (automatic: 0.95), or write mode: suggest"
            yield Flaw((*path, "condition"), "unreachable", message, mend)


def automatic_without_effect(guidelines: GuidelineSet) -> Iterator[Flaw]:
    for path, rule in _rules(guidelines):
        for inner, condition in _label_conditions(path, rule):
            if rule.mode is not Mode.AUTO_HIDE and condition.automatic is not None and condition.automatic <= 1:
                message = (
                    f"rule {rule.id} has mode {rule.mode}, so the automatic threshold of {condition.label} is unused"
                )
                yield Flaw((*inner, "automatic"), "unused-threshold", message, "take it out", True)


def contradiction(guidelines: GuidelineSet) -> Iterator[Flaw]:
    """`all` of a label and its own exception."""
    for path, rule in _rules(guidelines):
        for inner, condition in _conditions(path, rule):
            if isinstance(condition, AllOf) and (label := _contradicted(rule, condition)):
                message = f"rule {rule.id} asks for {label} and for its absence, so it never fires"
                yield Flaw(inner, "unreachable", message, "take one of them out")


def fires_on_everything(guidelines: GuidelineSet) -> Iterator[Flaw]:
    for path, rule in _rules(guidelines):
        for inner, condition in _label_conditions(path, rule):
            if measure_of(rule, condition, 0.0).review == 0:
                message = f"rule {rule.id} fires on every comment: {condition.label} is reviewed from 0"
                yield Flaw(inner, "fires-on-everything", message, "raise review", True)


def only_exceptions(guidelines: GuidelineSet) -> Iterator[Flaw]:
    for path, rule in _rules(guidelines):
        if rule.condition is not None and not _asks(rule.condition):
            message = f"rule {rule.id} can fire on what a comment is not, which is most comments"
            yield Flaw((*path, "condition"), "only-exceptions", message, "put not: into all: beside a label", True)


def no_fine_example(guidelines: GuidelineSet) -> Iterator[Flaw]:
    """What is still allowed tells people more than what is not."""
    for path, rule in _rules(guidelines):
        if not rule.fine_examples:
            message = f"rule {rule.id} has no example of what is fine"
            yield Flaw((*path, "examples"), "no-fine-example", message, "add one under examples: fine:", True)


def no_contact(guidelines: GuidelineSet) -> Iterator[Flaw]:
    if not guidelines.office.contact.strip():
        yield Flaw(("office", "contact"), "no-contact", "the office gives no contact", "add contact: to office", True)


def no_appeal(guidelines: GuidelineSet) -> Iterator[Flaw]:
    if not guidelines.appeal.text.strip():
        message = "nothing tells people how to ask for another look"
        yield Flaw(("appeal",), "no-appeal", message, "add appeal: and what to do", True)


#: A new check is one function above and its name here.
CHECKS: tuple[Check, ...] = (
    no_rules,
    repeated_rule_id,
    repeated_principle_id,
    principle_as_rule,
    no_actions,
    repeated_verb,
    report_to_nobody,
    redirect_without_text,
    automatic_without_hide,
    automatic_at_high_risk,
    mode_without_condition,
    condition_without_mode,
    review_above_automatic,
    automatic_out_of_reach,
    automatic_without_effect,
    contradiction,
    fires_on_everything,
    only_exceptions,
    no_fine_example,
    no_contact,
    no_appeal,
)


def _problem(flaw: Flaw, places: Places) -> Problem:
    place = _place(flaw.path, places)
    return Problem(flaw.code, flaw.message, flaw.mend, place.line, place.column, flaw.warning)


def _place(path: Path, places: Places) -> Place:
    """The place of the value, or of the nearest thing around it that is in the document."""
    known: Mapping[Path, Place] = places
    while path and path not in known:
        path = path[:-1]
    return known.get(path, Place(0, 0))


def _rules(guidelines: GuidelineSet) -> Iterator[tuple[Path, Rule]]:
    for position, rule in enumerate(guidelines.rules):
        yield ("rules", position), rule


def _conditions(path: Path, rule: Rule) -> Iterator[tuple[Path, Condition]]:
    if rule.condition is not None:
        yield from _walk((*path, "condition"), rule.condition)


def _label_conditions(path: Path, rule: Rule) -> Iterator[tuple[Path, LabelCondition]]:
    for inner, condition in _conditions(path, rule):
        if isinstance(condition, LabelCondition):
            yield inner, condition


def _walk(path: Path, condition: Condition) -> Iterator[tuple[Path, Condition]]:
    yield path, condition
    match condition:
        case Not(inner):
            yield from _walk((*path, "not"), inner)
        case AnyOf(parts) | AllOf(parts):
            key = "any" if isinstance(condition, AnyOf) else "all"
            for position, part in enumerate(parts):
                yield from _walk((*path, key, position), part)


def _repeated(ids: Iterable[str]) -> Iterator[int]:
    """Positions of ids that were there before."""
    seen: set[str] = set()
    for position, name in enumerate(ids):
        if name.lower() in seen:
            yield position
        seen.add(name.lower())


def _above(path: Path, rule: Rule, review: float, automatic: float) -> Flaw:
    message = f"rule {rule.id} asks people from {review:g}, but acts automatically from {automatic:g} already"
    return Flaw(path, "review-above-automatic", message, "make automatic the higher of the two")


def _can_act(condition: Condition) -> bool:
    """Whether any score takes the condition to the automatic threshold of an `auto_hide` rule."""
    match condition:
        case LabelCondition(_, _, automatic):
            return automatic is None or automatic <= 1
        case Not():
            return False
        case AnyOf(parts):
            return any(_can_act(part) for part in parts)
        case AllOf(parts):
            return any(map(_can_act, parts)) and all(_can_act(part) or _can_give_way(part) for part in parts)
        case _:
            return acts(condition)


def _can_give_way(condition: Condition) -> bool:
    """Whether the condition can hold as a fact or an exception does, leaving it to the rest how far to go."""
    match condition:
        case LabelCondition():
            return False
        case Not():
            return True
        case AnyOf(parts):
            return any(map(_can_give_way, parts))
        case AllOf(parts):
            return all(map(_can_give_way, parts))
        case _:
            return True


def _asks(condition: Condition) -> bool:
    """Whether something must be there for the condition to hold; `not` alone holds for nearly every comment."""
    match condition:
        case LabelCondition():
            return True
        case Not(inner):
            return isinstance(inner, Not) and _asks(inner.of)
        case AnyOf(parts):
            return all(_asks(part) for part in parts)
        case AllOf(parts):
            return any(_asks(part) for part in parts)
        case _:
            return True


def _contradicted(rule: Rule, condition: AllOf) -> str | None:
    asked = {
        part.label: measure_of(rule, part, 0.0).review for part in condition.of if isinstance(part, LabelCondition)
    }
    for part in condition.of:
        if isinstance(part, Not) and isinstance(part.of, LabelCondition):
            label = part.of.label
            if label in asked and measure_of(rule, part.of, 0.0).review <= asked[label]:
                return label
    return None
