"""What becomes of those who break a rule again: steps that follow on each other, and can be reached."""

import math
from collections.abc import Iterator
from itertools import pairwise

from guidelines.checks.flaw import Flaw, rules
from guidelines.reader import Path
from guidelines.schema import VERBS, GuidelineSet, Modality, RuleAction, Rung


def step_without_actions(guidelines: GuidelineSet) -> Iterator[Flaw]:
    for path, rule in rules(guidelines):
        for step, rung in enumerate(rule.repeat):
            if not rung.actions:
                message = f"a step of rule {rule.id}'s ladder asks for no action"
                yield Flaw((*path, "repeat", step, "actions"), "no-actions", message, "add one, or take the step out")


def steps_out_of_order(guidelines: GuidelineSet) -> Iterator[Flaw]:
    for path, before, rung, rule_id in _steps(guidelines):
        if rung.count <= before.count:
            message = f"rule {rule_id}'s ladder asks for {rung.count} after {before.count}, so it goes down"
            yield Flaw((*path, "count"), "ladder-order", message, "put the steps in order, the fewest breaches first")


def step_gets_milder(guidelines: GuidelineSet) -> Iterator[Flaw]:
    for path, before, rung, rule_id in _steps(guidelines):
        if rung.actions and _weight(rung.actions) < _weight(before.actions):
            message = f"after {rung.count} breaches rule {rule_id} is milder than after {before.count}"
            yield Flaw((*path, "actions"), "ladder-gets-milder", message, "make the later step the firmer one", True)


def step_out_of_reach(guidelines: GuidelineSet) -> Iterator[Flaw]:
    """Whoever is blocked cannot break the rule again in time."""
    for path, rule in rules(guidelines):
        blocked = max((_blocked_days(action) for action in rule.actions), default=0.0)
        for step, rung in enumerate(rule.repeat):
            if rung.count > 1 and rung.within_days <= blocked:
                message = f"whoever rule {rule.id} blocks cannot break it again within these {rung.within_days} days"
                mend = "make within_days longer than the block, or let the ladder do the blocking"
                yield Flaw((*path, "repeat", step, "within_days"), "unreachable", message, mend)


def step_adds_nothing(guidelines: GuidelineSet) -> Iterator[Flaw]:
    for path, rule in rules(guidelines):
        done = set(rule.actions)
        for step, rung in enumerate(rule.repeat):
            if rung.actions and done.issuperset(rung.actions):
                message = f"a step of rule {rule.id}'s ladder asks for nothing that is not done already"
                mend = "ask for more, or take the step out"
                yield Flaw((*path, "repeat", step, "actions"), "ladder-adds-nothing", message, mend, True)
            done.update(rung.actions)


_FIRMNESS = {verb: position for position, verb in enumerate(VERBS)}

CHECKS = (step_without_actions, steps_out_of_order, step_gets_milder, step_out_of_reach, step_adds_nothing)


def _steps(guidelines: GuidelineSet) -> Iterator[tuple[Path, Rung, Rung, str]]:
    """Every step but the first of each ladder: its path, the step before it, itself, and the rule's id."""
    for path, rule in rules(guidelines):
        for step, (before, rung) in enumerate(pairwise(rule.repeat), start=1):
            yield (*path, "repeat", step), before, rung, rule.id


def _weight(asked: tuple[RuleAction, ...]) -> tuple[int, float]:
    """How firm the firmest of the actions is; without an end is longest."""
    weights = ((_FIRMNESS.get(action.verb, -1), action.duration_days or math.inf) for action in asked)
    return max(weights, default=(-1, 0.0))


def _blocked_days(action: RuleAction) -> float:
    if action.verb != "block" or action.modality is not Modality.MUST:
        return 0.0
    return math.inf if action.duration_days is None else action.duration_days
