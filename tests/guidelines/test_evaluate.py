"""What fires, how strongly, and in which order."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guidelines.evaluate import Evaluator, evaluate, labels_used, needs_person
from guidelines.load import load_preset
from guidelines.schema import (
    LABELS,
    NEVER,
    AllOf,
    AnyOf,
    Condition,
    Finding,
    LabelCondition,
    Measure,
    Mode,
    Not,
    Risk,
    Strength,
    Thresholds,
)
from tests.guidelines.conftest import MakeRule, MakeSet

THREAT = LabelCondition("threat")
SPAM = LabelCondition("spam")
HELP = LabelCondition("help_request")
ACTING = {"mode": Mode.AUTO_HIDE, "thresholds": Thresholds(0.5, 0.9)}


@pytest.mark.parametrize(
    ("score", "strength"),
    [(0.0, None), (0.49, None), (0.5, Strength.REVIEW), (0.89, Strength.REVIEW), (0.9, Strength.AUTOMATIC)],
)
def test_a_score_fires_from_its_threshold_on(
    a_rule: MakeRule, a_set: MakeSet, score: float, strength: Strength | None
) -> None:
    findings = evaluate(a_set(a_rule(**ACTING)), {"threat": score})
    assert [finding.strength for finding in findings] == ([strength] if strength else [])


def test_a_finding_names_the_rule_and_the_score_against_its_thresholds(a_rule: MakeRule, a_set: MakeSet) -> None:
    assert evaluate(a_set(a_rule(**ACTING)), {"threat": 0.7, "spam": 0.9}) == (
        Finding("2d", Strength.REVIEW, (Measure("threat", 0.7, 0.5, 0.9),)),
    )


def test_a_label_may_have_thresholds_of_its_own(a_rule: MakeRule, a_set: MakeSet) -> None:
    condition = AnyOf((LabelCondition("threat", 0.3, 0.6), SPAM))
    guidelines = a_set(a_rule(condition=condition, **ACTING))
    assert evaluate(guidelines, {"threat": 0.6, "spam": 0.6}) == (
        Finding("2d", Strength.AUTOMATIC, (Measure("threat", 0.6, 0.3, 0.6), Measure("spam", 0.6, 0.5, 0.9))),
    )


def test_a_label_that_never_acts_asks_a_person_at_any_score(a_rule: MakeRule, a_set: MakeSet) -> None:
    guidelines = a_set(a_rule(condition=LabelCondition("threat", automatic=NEVER), **ACTING))
    assert evaluate(guidelines, {"threat": 1.0}) == (
        Finding("2d", Strength.REVIEW, (Measure("threat", 1.0, 0.5, None),)),
    )


@pytest.mark.parametrize(
    "restraint",
    [{"mode": Mode.SUGGEST}, {"mode": Mode.AUTO_HIDE, "viewpoint_risk": Risk.HIGH}],
    ids=["suggest", "high risk"],
)
def test_a_rule_that_may_not_act_asks_a_person_at_any_score(
    a_rule: MakeRule, a_set: MakeSet, restraint: dict[str, object]
) -> None:
    (finding,) = evaluate(a_set(a_rule(**restraint)), {"threat": 1.0})
    assert finding.strength is Strength.REVIEW
    assert [measure.automatic for measure in finding.measures] == [None]


def test_a_rule_that_is_off_or_has_no_condition_never_fires(a_rule: MakeRule, a_set: MakeSet) -> None:
    guidelines = a_set(a_rule(mode=Mode.OFF), a_rule(id="3", condition=None))
    assert evaluate(guidelines, dict.fromkeys(LABELS, 1.0)) == ()


@pytest.mark.parametrize("scores", [{}, {"spam": 1.0}, {"threat": math.nan}], ids=["none", "another", "not a number"])
def test_a_label_without_a_score_fires_nothing(a_rule: MakeRule, a_set: MakeSet, scores: dict[str, float]) -> None:
    assert evaluate(a_set(a_rule(), a_rule(id="3", condition=AllOf((THREAT, SPAM)))), scores) == ()


@pytest.mark.parametrize(
    ("condition", "scores", "strength"),
    [
        # any: the strongest of its parts
        (AnyOf((THREAT, SPAM)), {"threat": 0.6, "spam": 0.95}, Strength.AUTOMATIC),
        (AnyOf((THREAT, SPAM)), {"threat": 0.6}, Strength.REVIEW),
        (AnyOf((THREAT, SPAM)), {"threat": 0.1, "spam": 0.2}, None),
        # all: the weakest of its parts
        (AllOf((THREAT, SPAM)), {"threat": 0.6, "spam": 0.95}, Strength.REVIEW),
        (AllOf((THREAT, SPAM)), {"threat": 0.95, "spam": 0.95}, Strength.AUTOMATIC),
        (AllOf((THREAT, SPAM)), {"threat": 0.95, "spam": 0.2}, None),
        (AllOf((THREAT, SPAM)), {"threat": 0.95}, None),
        # not: holds below the review threshold, and leaves the strength to the rest
        (Not(THREAT), {"threat": 0.49}, Strength.REVIEW),
        (Not(THREAT), {"threat": 0.0}, Strength.REVIEW),
        (Not(THREAT), {"threat": 0.5}, None),
        (AllOf((SPAM, Not(HELP))), {"spam": 0.95, "help_request": 0.1}, Strength.AUTOMATIC),
        (AllOf((SPAM, Not(HELP))), {"spam": 0.6, "help_request": 0.1}, Strength.REVIEW),
        (AllOf((SPAM, Not(HELP))), {"spam": 0.95, "help_request": 0.5}, None),
        (AllOf((SPAM, AnyOf((Not(HELP), THREAT)))), {"spam": 0.95, "help_request": 0.1}, Strength.AUTOMATIC),
        (AnyOf((Not(HELP), THREAT)), {"threat": 0.95, "help_request": 0.1}, Strength.AUTOMATIC),
        (Not(AnyOf((THREAT, SPAM))), {"threat": 0.1, "spam": 0.6}, None),
        (Not(AllOf((THREAT, SPAM))), {"threat": 0.1, "spam": 0.6}, Strength.REVIEW),
        (Not(Not(THREAT)), {"threat": 0.95}, Strength.REVIEW),
        # an exception that nobody measured: starts nothing, silences nothing, and lets no machine act
        (Not(THREAT), {}, None),
        (Not(Not(THREAT)), {}, None),
        (AllOf((SPAM, Not(HELP))), {"spam": 0.95}, Strength.REVIEW),
        (AllOf((Not(THREAT), Not(HELP))), {"threat": 0.1}, None),
        (AllOf((SPAM, Not(AnyOf((HELP, THREAT))))), {"spam": 0.95, "threat": 0.1}, Strength.REVIEW),
        (AllOf((SPAM, Not(AnyOf((HELP, THREAT))))), {"spam": 0.95, "threat": 0.6}, None),
    ],
)
def test_conditions_combine(
    a_rule: MakeRule, a_set: MakeSet, condition: Condition, scores: dict[str, float], strength: Strength | None
) -> None:
    findings = evaluate(a_set(a_rule(condition=condition, **ACTING)), scores)
    assert [finding.strength for finding in findings] == ([strength] if strength else [])


def test_an_exception_is_no_evidence(a_rule: MakeRule, a_set: MakeSet) -> None:
    guidelines = a_set(a_rule(condition=AllOf((SPAM, Not(LabelCondition("help_request", review=0.8))))))
    (finding,) = evaluate(guidelines, {"spam": 0.7, "help_request": 0.6})
    assert [measure.label for measure in finding.measures] == ["spam"]


def test_the_most_severe_comes_first_then_the_order_of_the_document(a_rule: MakeRule, a_set: MakeSet) -> None:
    guidelines = a_set(
        a_rule(id="a", severity=4),
        a_rule(id="b", severity=2),
        a_rule(id="c", severity=1, mode=Mode.SUGGEST),
        a_rule(id="d", severity=2, **ACTING),
    )
    assert [finding.rule_id for finding in evaluate(guidelines, {"threat": 1.0})] == ["c", "b", "d", "a"]


def test_two_sets_that_differ_are_never_mixed_up(a_rule: MakeRule, a_set: MakeSet) -> None:
    strict, lenient = a_set(a_rule(thresholds=Thresholds(0.3))), a_set(a_rule(thresholds=Thresholds(0.8)))
    assert [len(evaluate(guidelines, {"threat": 0.5})) for guidelines in (strict, lenient, strict)] == [1, 0, 1]


def test_the_labels_used_are_those_of_rules_that_can_fire(a_rule: MakeRule, a_set: MakeSet) -> None:
    guidelines = a_set(
        a_rule(condition=AllOf((AnyOf((THREAT, SPAM)), Not(HELP)))),
        a_rule(id="3", condition=LabelCondition("sexual"), mode=Mode.OFF),
        a_rule(id="4", condition=None, mode=Mode.OFF),
    )
    assert labels_used(guidelines) == {"threat", "spam", "help_request"}


@pytest.mark.parametrize(
    ("condition", "left_to_people"),
    [
        (None, True),
        (SPAM, False),
        (THREAT, True),
        (AnyOf((THREAT, SPAM)), False),
        (AllOf((THREAT, SPAM)), True),
        (AllOf((SPAM, Not(THREAT))), False),
        (Not(THREAT), True),
        (Not(SPAM), False),
        (AllOf((Not(SPAM), Not(THREAT))), True),
    ],
)
def test_a_rule_that_the_available_labels_cannot_test_needs_a_person(
    a_rule: MakeRule, a_set: MakeSet, condition: Condition | None, left_to_people: bool
) -> None:
    rule = a_rule(condition=condition)
    assert needs_person(a_set(rule), frozenset({"spam"})) == ((rule,) if left_to_people else ())


def test_a_rule_that_is_off_needs_a_person_whatever_is_measured(a_rule: MakeRule, a_set: MakeSet) -> None:
    rule = a_rule(mode=Mode.OFF)
    assert needs_person(a_set(rule), frozenset(LABELS)) == (rule,)


_SCORES = st.dictionaries(st.sampled_from(LABELS), st.floats(0, 1))
_OPEN_FORUM = load_preset("open-forum")
_EVALUATE = Evaluator(_OPEN_FORUM)


@given(_SCORES, st.sampled_from(LABELS))
def test_in_the_open_forum_a_higher_score_never_takes_a_finding_away(scores: dict[str, float], label: str) -> None:
    """True of every set without exceptions, and what people expect of a score."""
    lower = {finding.rule_id: finding.strength for finding in _EVALUATE(scores)}
    higher = {finding.rule_id: finding.strength for finding in _EVALUATE({**scores, label: 1.0})}
    assert lower.keys() <= higher.keys()
    kept = {rule_id for rule_id, strength in lower.items() if strength is Strength.AUTOMATIC}
    assert kept <= {rule_id for rule_id, strength in higher.items() if strength is Strength.AUTOMATIC}


@given(_SCORES)
def test_in_the_open_forum_only_rules_that_hide_by_themselves_are_automatic(scores: dict[str, float]) -> None:
    for finding in _EVALUATE(scores):
        if finding.strength is Strength.AUTOMATIC:
            assert _OPEN_FORUM.rule(finding.rule_id).mode is Mode.AUTO_HIDE
            assert any(m.automatic is not None and m.score >= m.automatic for m in finding.measures)
        assert all(measure.score >= measure.review for measure in finding.measures)
