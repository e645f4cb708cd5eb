"""What a check yields, and the ways through a set that checks share. Every way leads in the order of the document."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from guidelines.evaluate import evidence
from guidelines.reader import Path
from guidelines.schema import AllOf, AnyOf, Condition, GuidelineSet, LabelCondition, Mode, Not, Rule, RuleAction

#: Labels of the office's own word list: a word is there or not, so their scores are 0 and 1 alone.
CERTAIN = frozenset({"banned_term", "suspect_term"})

#: Verbs that take a comment from its readers: what keeping it is the opposite of.
REMOVING = frozenset({"hide", "delete"})


@dataclass(frozen=True, slots=True)
class Flaw:
    """A mistake and the path to it; `check` turns the path into a line and a column."""

    path: Path
    code: str
    message: str
    mend: str
    warning: bool = False


Check = Callable[[GuidelineSet], Iterator[Flaw]]


def rules(guidelines: GuidelineSet) -> Iterator[tuple[Path, Rule]]:
    for position, rule in enumerate(guidelines.rules):
        yield ("rules", position), rule


def automatic_rules(guidelines: GuidelineSet) -> Iterator[tuple[Path, Rule]]:
    """Those whose mode lets the service hide by itself."""
    return ((path, rule) for path, rule in rules(guidelines) if rule.mode is Mode.AUTO_HIDE)


def actions(path: Path, rule: Rule) -> Iterator[tuple[Path, RuleAction]]:
    """Every action that the rule may come to, those of its ladder included."""
    for position, action in enumerate(rule.actions):
        yield (*path, "actions", position), action
    for step, rung in enumerate(rule.repeat):
        for position, action in enumerate(rung.actions):
            yield (*path, "repeat", step, "actions", position), action


def conditions(path: Path, rule: Rule) -> Iterator[tuple[Path, Condition]]:
    """The rule's condition and every one inside it."""
    if rule.condition is not None:
        yield from _inside((*path, "condition"), rule.condition)


def label_conditions(path: Path, rule: Rule) -> Iterator[tuple[Path, LabelCondition]]:
    for inner, condition in conditions(path, rule):
        if isinstance(condition, LabelCondition):
            yield inner, condition


def labels_asked(rule: Rule) -> frozenset[str]:
    """The labels that speak for the rule."""
    return frozenset(part.label for part in evidence(rule.condition)) if rule.condition is not None else frozenset()


def repeated(names: Iterable[str]) -> Iterator[int]:
    """Positions of names that were there before, in whatever case."""
    seen: set[str] = set()
    for position, name in enumerate(map(str.lower, names)):
        if name in seen:
            yield position
        seen.add(name)


def _inside(path: Path, condition: Condition) -> Iterator[tuple[Path, Condition]]:
    yield path, condition
    match condition:
        case Not(inner):
            yield from _inside((*path, "not"), inner)
        case AnyOf(parts) | AllOf(parts):
            key = "any" if isinstance(condition, AnyOf) else "all"
            for position, part in enumerate(parts):
                yield from _inside((*path, key, position), part)
