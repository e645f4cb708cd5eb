"""Rules and principles as people read them: what they are called, and what shows where they end."""

import re
from collections.abc import Iterator

from guidelines.checks.flaw import Flaw, repeated, rules
from guidelines.checks.forms import folded
from guidelines.schema import GuidelineSet

_CITED = re.compile(r"\bprinciple\s+([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)", re.IGNORECASE)


def no_rules(guidelines: GuidelineSet) -> Iterator[Flaw]:
    if not guidelines.rules:
        yield Flaw(("rules",), "no-rules", "there are no rules", "write at least one")


def repeated_rule_id(guidelines: GuidelineSet) -> Iterator[Flaw]:
    """Decisions cite rules by id, in addresses too, so letter case does not tell two apart."""
    for position in repeated(rule.id for rule in guidelines.rules):
        rule_id = guidelines.rules[position].id
        yield Flaw(("rules", position, "id"), "repeated-id", f"two rules have the id {rule_id}", "give each its own")


def repeated_principle_id(guidelines: GuidelineSet) -> Iterator[Flaw]:
    for position in repeated(principle.id for principle in guidelines.principles):
        message = f"two principles have the id {guidelines.principles[position].id}"
        yield Flaw(("principles", position, "id"), "repeated-id", message, "give each its own")


def principle_as_rule(guidelines: GuidelineSet) -> Iterator[Flaw]:
    """A principle is never a ground for action, so no decision may seem to cite one."""
    principles = {principle.id.lower() for principle in guidelines.principles}
    for path, rule in rules(guidelines):
        if rule.id.lower() in principles:
            message = f"rule {rule.id} has the id of a principle"
            yield Flaw((*path, "id"), "principle-id", message, "give the rule an id of its own")


def principle_as_reason(guidelines: GuidelineSet) -> Iterator[Flaw]:
    """A rule's text may point to a principle; the reason given to somebody whose comment was hidden may not."""
    principles = {principle.id.lower() for principle in guidelines.principles}
    for path, rule in rules(guidelines):
        cited = next((name for name in _CITED.findall(rule.notice_reason) if name.lower() in principles), None)
        if cited is not None:
            message = f"rule {rule.id} gives principle {cited} as the reason, but a principle is no ground for action"
            yield Flaw((*path, "notice_reason"), "principle-as-reason", message, "say what the rule itself asks for")


def no_fine_example(guidelines: GuidelineSet) -> Iterator[Flaw]:
    """What is still allowed tells people more than what is not."""
    for path, rule in rules(guidelines):
        if not rule.fine_examples:
            message = f"rule {rule.id} has no example of what is fine"
            yield Flaw((*path, "examples"), "no-fine-example", message, "add one under examples: fine:", True)


def example_of_both(guidelines: GuidelineSet) -> Iterator[Flaw]:
    for path, rule in rules(guidelines):
        breaches = set(map(folded, rule.breach_examples))
        for position, example in enumerate(rule.fine_examples):
            if folded(example) in breaches:
                message = f"rule {rule.id} shows one example both as a breach and as fine"
                yield Flaw((*path, "examples", "fine", position), "example-of-both", message, "keep it in one place")


CHECKS = (
    no_rules,
    repeated_rule_id,
    repeated_principle_id,
    principle_as_rule,
    principle_as_reason,
    no_fine_example,
    example_of_both,
)
