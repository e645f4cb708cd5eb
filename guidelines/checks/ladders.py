"""What becomes of those who break a rule again: steps that follow on each other, and can be reached."""

import math
from collections.abc import Iterator, Mapping
from itertools import pairwise

from guidelines.checks.flaw import Flaw, rules
from guidelines.schema import UPHOLDING_VERBS, VERBS, GuidelineSet, Modality, Rule, RuleAction

_FIRMNESS = {verb: position for position, verb in enumerate(VERBS)}


def step_without_actions(guidelines: GuidelineSet) -> Iterator[Flaw]:
    for path, rule in rules(guidelines):
        for step, rung in enumerate(rule.repeat):
            if not rung.actions:
                message = f"a step of rule {rule.id}'s ladder asks for no action"
                yield Flaw((*path, "repeat", step, "actions"), "no-actions", message, "add one, or take the step out")


def steps_out_of_order(guidelines: GuidelineSet) -> Iterator[Flaw]:
    for path, rule in rules(guidelines):
        for step, (before, rung) in enumerate(pairwise(rule.repeat), start=1):
            if rung.count <= before.count:
                message = f"rule {rule.id}'s ladder asks for {rung.count} after {before.count}, so it goes down"
                mend = "put the steps in order, the fewest breaches first"
                yield Flaw((*path, "repeat", step, "count"), "ladder-order", message, mend)


def step_gets_milder(guidelines: GuidelineSet) -> Iterator[Flaw]:
    for path, rule in rules(guidelines):
        for step, (before, after) in enumerate(pairwise(_asked(rule))):
            if rule.repeat[step].actions and _weight(after) < _weight(before):
                message = f"after {rule.repeat[step].count} breaches rule {rule.id} is milder than before"
                mend = "make each step firmer than the one before"
                yield Flaw((*path, "repeat", step, "actions"), "ladder-gets-milder", message, mend, True)


def step_adds_nothing(guidelines: GuidelineSet) -> Iterator[Flaw]:
    for path, rule in rules(guidelines):
        for step, (before, after) in enumerate(pairwise(_asked(rule))):
            if rule.repeat[step].actions and after == before:
                message = f"a step of rule {rule.id}'s ladder asks for nothing that is not done already"
                mend = "ask for more, or take the step out"
                yield Flaw((*path, "repeat", step, "actions"), "ladder-adds-nothing", message, mend, True)


def ladder_without_breaches(guidelines: GuidelineSet) -> Iterator[Flaw]:
    """Whoever is only shown the way broke nothing."""
    for path, rule in rules(guidelines):
        if rule.repeat and rule.actions and UPHOLDING_VERBS.isdisjoint(action.verb for action in rule.actions):
            message = f"rule {rule.id} holds nothing against anybody at first, so its ladder is never climbed"
            yield Flaw(
                (*path, "repeat"), "unreachable", message, "add reply or hide to actions, or take the ladder out"
            )


def step_out_of_reach(guidelines: GuidelineSet) -> Iterator[Flaw]:
    """Whoever is blocked cannot break the rule again in time."""
    for path, rule in rules(guidelines):
        blocked = max(map(_blocked_days, rule.actions), default=0.0)
        for step, rung in enumerate(rule.repeat):
            if rung.count > 1 and rung.within_days <= blocked:
                message = f"whoever rule {rule.id} blocks cannot break it again within these {rung.within_days} days"
                mend = "make within_days longer than the block, or let the ladder do the blocking"
                yield Flaw((*path, "repeat", step, "within_days"), "unreachable", message, mend)


CHECKS = (
    step_without_actions,
    steps_out_of_order,
    step_gets_milder,
    step_adds_nothing,
    ladder_without_breaches,
    step_out_of_reach,
)


def _asked(rule: Rule) -> Iterator[Mapping[str, RuleAction]]:
    """What the rule asks for at first, then on each step: its own actions, where the step does not say otherwise."""
    own = {action.verb: action for action in rule.actions}
    yield own
    for rung in rule.repeat:
        yield own | {action.verb: action for action in rung.actions}


def _weight(asked: Mapping[str, RuleAction]) -> tuple[int, float]:
    """How firm the firmest of the actions is; without an end is longest."""
    weights = ((_FIRMNESS.get(verb, -1), action.duration_days or math.inf) for verb, action in asked.items())
    return max(weights, default=(-1, 0.0))


def _blocked_days(action: RuleAction) -> float:
    if action.verb != "block" or action.modality is not Modality.MUST:
        return 0.0
    return math.inf if action.duration_days is None else action.duration_days
