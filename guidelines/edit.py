"""Changes to a set, one at a time, as a form makes them. Every result can be written down and read back.

Values come from people: whatever the language has no place for is refused with the key it stands under, and the set
that was there before is still there.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import yaml

from guidelines.render import from_dict, to_dict
from guidelines.schema import GuidelineError, GuidelineSet, Problem, Rule


def replace_set(guidelines: GuidelineSet, **fields: Any) -> GuidelineSet:
    """The set with these fields of its own: title, preamble, principles and so on. Raises `GuidelineError`."""
    return _readable(replace(guidelines, **fields))


def replace_office(guidelines: GuidelineSet, **fields: Any) -> GuidelineSet:
    """Raises `GuidelineError`, as all below do for what the language has no place for."""
    return replace_set(guidelines, office=replace(guidelines.office, **fields))


def replace_scope(guidelines: GuidelineSet, **fields: Any) -> GuidelineSet:
    return replace_set(guidelines, scope=replace(guidelines.scope, **fields))


def replace_appeal(guidelines: GuidelineSet, **fields: Any) -> GuidelineSet:
    return replace_set(guidelines, appeal=replace(guidelines.appeal, **fields))


def replace_promises(guidelines: GuidelineSet, **fields: Any) -> GuidelineSet:
    return replace_set(guidelines, promises=replace(guidelines.promises, **fields))


def replace_rule(guidelines: GuidelineSet, rule_id: str, **fields: Any) -> GuidelineSet:
    """The set with these fields of one rule, at its old place. Raises `KeyError` where there is no such rule."""
    rule = guidelines.rule(rule_id)
    changed = replace(rule, **fields)
    others = tuple(other for other in guidelines.rules if other is not rule)
    _require_free(others, changed.id)
    return _with_rules(guidelines, tuple(changed if other is rule else other for other in guidelines.rules))


def add_rule(guidelines: GuidelineSet, rule: Rule, position: int | None = None) -> GuidelineSet:
    """The set with one more rule, last where no position is given."""
    _require_free(guidelines.rules, rule.id)
    at = len(guidelines.rules) if position is None else max(position, 0)
    return _with_rules(guidelines, (*guidelines.rules[:at], rule, *guidelines.rules[at:]))


def remove_rule(guidelines: GuidelineSet, rule_id: str) -> GuidelineSet:
    """The set without one rule. Raises `KeyError` where there is no such rule."""
    rule = guidelines.rule(rule_id)
    return _with_rules(guidelines, tuple(other for other in guidelines.rules if other is not rule))


def move_rule(guidelines: GuidelineSet, rule_id: str, position: int) -> GuidelineSet:
    """The set with one rule at another place, counted from 0; beyond the ends is at the end. Raises `KeyError`."""
    rule = guidelines.rule(rule_id)
    return add_rule(remove_rule(guidelines, rule_id), rule, position)


def free_rule_id(guidelines: GuidelineSet) -> str:
    """An id for the next rule: a number above all that rules and principles begin with, so that none returns."""
    ids = [rule.id for rule in guidelines.rules] + [principle.id for principle in guidelines.principles]
    numbers = [int(found[0]) for found in (re.match("[0-9]{1,6}", one) for one in ids) if found]
    return str(max(numbers, default=0) + 1)


def has_comments(document: str) -> bool:
    """Whether a YAML document says something behind a # that writing the set out again would drop."""
    try:
        return any("#" in gap for gap in _between(document))
    except yaml.YAMLError:
        return "#" in document


def _between(document: str) -> Iterator[str]:
    """The pieces of a document in which YAML looks for comments: between its tokens, and behind | and >."""
    end = 0
    for token in yaml.scan(document, Loader=yaml.SafeLoader):
        start = token.start_mark.index
        yield document[end:start]
        end = token.end_mark.index
        if isinstance(token, yaml.ScalarToken) and token.style in ("|", ">"):
            yield document[start:end].partition("\n")[0]
    yield document[end:]


def _with_rules(guidelines: GuidelineSet, rules: tuple[Rule, ...]) -> GuidelineSet:
    return replace_set(guidelines, rules=rules)


def _require_free(rules: tuple[Rule, ...], rule_id: str) -> None:
    """Decisions cite rules by id, in addresses too, so letter case does not tell two apart."""
    if any(other.id.lower() == rule_id.lower() for other in rules):
        raise _refused("repeated-id", f"there is a rule {rule_id} already", "give each its own")


def _readable(guidelines: GuidelineSet) -> GuidelineSet:
    try:
        return from_dict(to_dict(guidelines))
    except (OverflowError, ValueError):
        raise _refused("out-of-range", "a number here is not finite", "write a plain number") from None


def _refused(code: str, message: str, mend: str) -> GuidelineError:
    return GuidelineError([Problem(code, message, mend)], message)
