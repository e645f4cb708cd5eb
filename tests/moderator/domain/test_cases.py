"""Where a case stands in the queue, and the sentence that says why."""

from datetime import UTC, datetime, timedelta

import pytest

from moderator.domain.cases import Lane, Placement, RuleFact, place
from moderator.domain.decisions import Reason

RECEIVED = datetime(2026, 10, 1, 12, tzinfo=UTC)


def _placed(reason: Reason, *rules: RuleFact) -> Placement:
    return place(reason, rules, RECEIVED)


def test_the_most_severe_rule_sets_lane_and_priority_and_the_tightest_one_the_due_time() -> None:
    placement = _placed(
        Reason.FINDING, RuleFact("7", "No spam", 4, 0.5), RuleFact("2", "No insults", 2, 12), RuleFact("9", "x", 3, 24)
    )
    assert (placement.lane, placement.priority) == (Lane.REVIEW, 2)
    assert placement.due_at == RECEIVED + timedelta(minutes=30)
    assert placement.why == "Rule 2, No insults and 2 more: a look within 30 minutes"


def test_danger_to_a_person_is_to_be_acted_on_now() -> None:
    placement = _placed(Reason.FINDING, RuleFact("1", "No threats", 1, 1))
    assert (placement.lane, placement.priority) == (Lane.ACT_NOW, 1)
    assert placement.why == "Rule 1, No threats: a look within 1 hour"


def test_of_two_rules_equally_severe_the_more_urgent_one_is_named() -> None:
    placement = _placed(Reason.FINDING, RuleFact("a", "A", 3, 48), RuleFact("b", "B", 3, 6))
    assert placement.why == "Rule b, B and 1 more: a look within 6 hours"


@pytest.mark.parametrize("reason", list(Reason))
def test_without_a_rule_a_case_is_due_in_a_day_and_says_why_it_is_there(reason: Reason) -> None:
    placement = _placed(reason)
    assert (placement.lane, placement.priority) == (Lane.REVIEW, 3)
    assert placement.due_at == RECEIVED + timedelta(days=1)
    assert placement.why


@pytest.mark.parametrize(
    ("reason", "says"),
    [
        (Reason.UNREADABLE, "cannot read"),
        (Reason.CLASSIFIER_FAILED, "classifiers failed"),
        (Reason.NO_GUIDELINES, "published no guidelines"),
        (Reason.EDITED_WHILE_HIDDEN, "edited after it was hidden"),
        (Reason.EDITED_WHILE_WAITING, "edited while it waited"),
        (Reason.FACTS_CHANGED, "known about its author changed"),
        (Reason.ERROR, "went wrong"),
    ],
)
def test_each_reason_that_no_rule_gives_has_its_own_sentence(reason: Reason, says: str) -> None:
    assert says in _placed(reason).why
