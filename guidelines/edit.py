"""Changes to a set that need no form: a rule taken out or moved, a free id; and comments that would be lost."""

import re
from collections.abc import Iterator
from dataclasses import replace

import yaml

from guidelines.schema import GuidelineError, GuidelineSet, Problem, Rule


def remove_rule(guidelines: GuidelineSet, rule_id: str) -> GuidelineSet:
    """The set without one rule.

    Raises `KeyError` where there is no such rule, and `GuidelineError` where there are two: either could be meant.
    """
    return replace(guidelines, rules=_others(guidelines, _only(guidelines, rule_id)))


def move_rule(guidelines: GuidelineSet, rule_id: str, position: int) -> GuidelineSet:
    """The set with one rule at another place, counted from 0; beyond an end is at the end. Raises as `remove_rule`."""
    rule = _only(guidelines, rule_id)
    others, at = _others(guidelines, rule), max(position, 0)
    return replace(guidelines, rules=(*others[:at], rule, *others[at:]))


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


def _only(guidelines: GuidelineSet, rule_id: str) -> Rule:
    rule = guidelines.rule(rule_id)
    if any(other.id == rule_id for other in _others(guidelines, rule)):
        problem = Problem("repeated-id", f"two rules have the id {rule_id}", "give each its own")
        raise GuidelineError([problem], f"Two rules have the id {rule_id}.")
    return rule


def _others(guidelines: GuidelineSet, rule: Rule) -> tuple[Rule, ...]:
    return tuple(other for other in guidelines.rules if other is not rule)
