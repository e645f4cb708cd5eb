"""Rules held against each other: those that fire on the same comments, and those that need not be there.

Rules are looked up by what they ask for, so a set of many rules is not compared pair by pair.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from guidelines.checks.flaw import REMOVING, Flaw, rules
from guidelines.checks.forms import Form, members, normal
from guidelines.reader import Path
from guidelines.schema import NEVER, Condition, GuidelineSet, Modality, Mode, Rule, RuleAction, Target

#: How many rules another one is held against.
_CANDIDATES = 8


def contradictory_rules(guidelines: GuidelineSet) -> Iterator[Flaw]:
    for together in _firing_together(guidelines):
        if (pair := _opposites(together)) is not None:
            (_, first), (path, second) = pair
            message = f"rules {first.id} and {second.id} always fire together, and one keeps what the other takes away"
            yield Flaw((*path, "actions"), "contradictory-rules", message, "decide which of the two it is")


def rules_that_fire_together(guidelines: GuidelineSet) -> Iterator[Flaw]:
    for together in _firing_together(guidelines):
        if _opposites(together) is None:
            (_, first), *others = together
            for path, rule in others:
                message = f"rules {first.id} and {rule.id} always fire together"
                yield Flaw((*path, "condition"), "same-condition", message, "make one rule of them", True)


def superfluous_rule(guidelines: GuidelineSet) -> Iterator[Flaw]:
    """A rule that only suggests what another one asks for anyway, on every comment that it fires on."""
    firing = [_firing(path, rule, condition) for path, rule, condition in _conditions(guidelines)]
    index = _index(firing)
    for narrow in firing:
        if (covering := _covering(narrow, index)) is not None:
            message = f"rule {narrow.rule.id} adds nothing to rule {covering.rule.id}, which fires wherever it does"
            yield Flaw(narrow.path, "superfluous-rule", message, "take it out, or let it ask for something else", True)


CHECKS = (contradictory_rules, rules_that_fire_together, superfluous_rule)


@dataclass(frozen=True, slots=True)
class _Firing:
    """A rule that can fire. Any one of the alternatives is enough."""

    path: Path
    rule: Rule
    alternatives: frozenset[Form]
    #: label → the lowest review threshold from which the label alone is enough
    reviews: dict[str, float]

    def covers(self, alternative: Form) -> bool:
        """Whether the rule fires wherever the alternative holds, as far as the forms tell."""
        return alternative in self.alternatives or any(map(self._covers_part, members(alternative, "all")))

    def _covers_part(self, part: Form) -> bool:
        match part:
            case ("label", str(label), float() | int() as review):
                return self.reviews.get(label, NEVER) <= review
            case _:
                return part in self.alternatives


#: What a rule may be covered by → the rules to look at.
_Index = Mapping[Form | str, list[_Firing]]


def _firing_together(guidelines: GuidelineSet) -> Iterator[list[tuple[Path, Rule]]]:
    groups: dict[Form, list[tuple[Path, Rule]]] = defaultdict(list)
    for path, rule, condition in _conditions(guidelines):
        groups[normal(rule, condition)].append((path, rule))
    return (group for group in groups.values() if len(group) > 1)


def _opposites(together: list[tuple[Path, Rule]]) -> tuple[tuple[Path, Rule], tuple[Path, Rule]] | None:
    """The first rule that must keep a comment and the first that must take it away, in the order of the document."""
    keeping = next((entry for entry in together if _must(entry[1], frozenset({"keep"}))), None)
    removing = next((entry for entry in together if _must(entry[1], REMOVING)), None)
    if keeping is None or removing is None or keeping is removing:
        return None
    return (keeping, removing) if together.index(keeping) < together.index(removing) else (removing, keeping)


def _must(rule: Rule, verbs: frozenset[str]) -> bool:
    return any(action.verb in verbs and action.modality is Modality.MUST for action in rule.actions)


def _conditions(guidelines: GuidelineSet) -> Iterator[tuple[Path, Rule, Condition]]:
    """Of the rules that can fire."""
    for path, rule in rules(guidelines):
        if rule.condition is not None and rule.mode is not Mode.OFF:
            yield path, rule, rule.condition


def _firing(path: Path, rule: Rule, condition: Condition) -> _Firing:
    alternatives = members(normal(rule, condition), "any")
    reviews: dict[str, float] = {}
    for alternative in alternatives:
        match alternative:
            case ("label", str(label), float() | int() as review):
                reviews[label] = min(review, reviews.get(label, review))
    return _Firing(path, rule, alternatives, reviews)


def _index(firing: list[_Firing]) -> _Index:
    by_key: dict[Form | str, list[_Firing]] = defaultdict(list)
    for rule in firing:
        for alternative in rule.alternatives:
            by_key[alternative].append(rule)
        for label in rule.reviews:
            by_key[label].append(rule)
    return {key: _widest(key, found) for key, found in by_key.items()}


def _widest(key: Form | str, found: list[_Firing]) -> list[_Firing]:
    """The few that are likeliest to cover others, so that many rules on one label take no longer than few."""
    if isinstance(key, str):
        found = sorted(found, key=lambda rule: rule.reviews[key])
    return found[:_CANDIDATES]


def _covering(narrow: _Firing, index: _Index) -> _Firing | None:
    """The first other rule that makes this one superfluous."""
    if narrow.rule.mode is not Mode.SUGGEST or not narrow.alternatives:
        return None
    # Whatever covers the rule covers each of its alternatives, so one of them finds all candidates.
    candidates = (other for key in _keys(next(iter(narrow.alternatives))) for other in index.get(key, ()))
    covering = (
        other
        for other in candidates
        if other is not narrow and _asks_as_much(other.rule, narrow.rule) and _fires_wherever(other, narrow)
    )
    return min(covering, key=lambda other: other.path[-1], default=None)


def _keys(alternative: Form) -> Iterator[Form | str]:
    """What a rule that covers the alternative is looked up by."""
    yield alternative
    for part in members(alternative, "all"):
        yield part
        match part:
            case ("label", str(label), _):
                yield label


def _fires_wherever(other: _Firing, narrow: _Firing) -> bool:
    """Of two rules that fire on just the same comments, neither is the wider one."""
    return all(map(other.covers, narrow.alternatives)) and not all(map(narrow.covers, other.alternatives))


def _asks_as_much(other: Rule, narrow: Rule) -> bool:
    return (
        all(any(_at_least(mine, asked) for mine in other.actions) for asked in narrow.actions)
        and set(other.repeat) >= set(narrow.repeat)
        and other.severity <= narrow.severity
        and other.review_within_hours <= narrow.review_within_hours
        and (other.notice, other.standard, other.decided_by) == (narrow.notice, narrow.standard, narrow.decided_by)
        and other.viewpoint_risk is narrow.viewpoint_risk
        and set(other.exceptions) <= set(narrow.exceptions)
        and _reaches(other.targets, narrow.targets, Target.ANYONE)
        and _reaches(other.grounds, narrow.grounds)
    )


def _at_least(mine: RuleAction, asked: RuleAction) -> bool:
    same = (mine.verb, mine.recipient, mine.duration_days) == (asked.verb, asked.recipient, asked.duration_days)
    return same and (mine.modality is Modality.MUST or asked.modality is Modality.MAY)


def _reaches(mine: tuple[str, ...], asked: tuple[str, ...], everybody: str | None = None) -> bool:
    """Whether a list that names whom a rule is about leaves out nobody that the other one names. Empty is everybody."""
    return not mine or everybody in mine or (bool(asked) and set(asked) <= set(mine))
