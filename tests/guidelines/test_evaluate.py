"""What fires, how strongly, and in which order."""

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guidelines.evaluate import (
    Evaluator,
    evaluate,
    evidence,
    fact_conditions,
    fact_evidence,
    label_conditions,
    labels_used,
    needs,
    needs_person,
    rung_of,
)
from guidelines.load import load_text
from guidelines.schema import (
    LABELS,
    NEVER,
    NO_FACTS,
    Activity,
    ActivityCondition,
    AllOf,
    AnyOf,
    By,
    Condition,
    Count,
    Facts,
    Finding,
    GuidelineSet,
    Held,
    LabelCondition,
    LinkCondition,
    Measure,
    Mode,
    Needs,
    Not,
    Period,
    PeriodCondition,
    PostCondition,
    PostState,
    RecordedCondition,
    Risk,
    Rung,
    RungCount,
    Strength,
    Thresholds,
    WordsCondition,
)
from tests.guidelines.conftest import EVERY_KEY, OLD_FORUM, MakeRule, MakeSet
from tests.guidelines.strategies import judging_sets

THREAT = LabelCondition("threat")
SPAM = LabelCondition("spam")
HELP = LabelCondition("help_request")
WORDS = WordsCondition(("bin",))
LIVES_ELSEWHERE = RecordedCondition("outside_constituency")
ELECTION = Period("election", "Election", date(2027, 4, 1), date(2027, 5, 6))
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


#: What each fact needs to hold, and not to hold.
FACTS = [
    (WORDS, {"words": frozenset({"bin", "van"})}, {"words": frozenset({"van"})}),
    (LinkCondition(), {"hosts": frozenset({"a.example"})}, {"hosts": frozenset()}),
    (LIVES_ELSEWHERE, {"recorded": frozenset({"outside_constituency"})}, {"recorded": frozenset({"candidate"})}),
    (ActivityCondition(Activity.REPEATS, 3, 24), *({"counts": {Count(Activity.REPEATS, 24): n}} for n in (3, 2))),
    (PostCondition(PostState.LIMITED), {"post": frozenset({PostState.LIMITED})}, {"post": frozenset()}),
    (PeriodCondition("election"), {"day": date(2027, 5, 6)}, {"day": date(2027, 5, 7)}),
]
KINDS = ("words", "links", "recorded", "activity", "post", "period")
AUTOMATIC = (Strength.AUTOMATIC,)
REVIEW = (Strength.REVIEW,)
NOTHING: tuple[Strength, ...] = ()


@pytest.mark.parametrize(("fact", "held", "missing"), FACTS, ids=KINDS)
@pytest.mark.parametrize(
    ("combine", "scores", "if_held", "if_missing", "if_unknown"),
    [
        # by itself: a person looks
        (lambda fact: fact, {}, REVIEW, NOTHING, NOTHING),
        (lambda fact: Not(Not(fact)), {}, REVIEW, NOTHING, NOTHING),
        # beside a label: it lets the label go as far as it goes
        (lambda fact: AllOf((fact, SPAM)), {"spam": 0.95}, AUTOMATIC, NOTHING, NOTHING),
        (lambda fact: AllOf((SPAM, fact)), {"spam": 0.6}, REVIEW, NOTHING, NOTHING),
        (lambda fact: AllOf((SPAM, fact)), {"spam": 0.1}, NOTHING, NOTHING, NOTHING),
        (lambda fact: AllOf((SPAM, fact)), {}, NOTHING, NOTHING, NOTHING),
        # or a label: whichever holds
        (lambda fact: AnyOf((fact, SPAM)), {"spam": 0.95}, AUTOMATIC, AUTOMATIC, AUTOMATIC),
        (lambda fact: AnyOf((fact, SPAM)), {"spam": 0.1}, REVIEW, NOTHING, NOTHING),
        (lambda fact: AnyOf((fact, SPAM)), {}, REVIEW, NOTHING, NOTHING),
        # as an exception: known, it excuses or gives way; unknown, it excuses nothing and lets no machine act
        (lambda fact: AllOf((SPAM, Not(fact))), {"spam": 0.95}, NOTHING, AUTOMATIC, REVIEW),
        (lambda fact: AllOf((SPAM, Not(fact))), {"spam": 0.6}, NOTHING, REVIEW, REVIEW),
        (lambda fact: AllOf((SPAM, Not(fact))), {"spam": 0.1}, NOTHING, NOTHING, NOTHING),
        (lambda fact: Not(fact), {}, NOTHING, REVIEW, NOTHING),
        # beside an exception that is clear, or that nobody measured
        (lambda fact: AllOf((fact, Not(HELP))), {"help_request": 0.1}, REVIEW, NOTHING, NOTHING),
        (lambda fact: AllOf((fact, Not(HELP))), {"help_request": 0.9}, NOTHING, NOTHING, NOTHING),
        (lambda fact: AllOf((fact, Not(HELP))), {}, REVIEW, NOTHING, NOTHING),
        (lambda fact: AllOf((fact, SPAM, Not(HELP))), {"spam": 0.95, "help_request": 0.1}, AUTOMATIC, NOTHING, NOTHING),
        (lambda fact: AllOf((fact, SPAM, Not(HELP))), {"spam": 0.95}, REVIEW, NOTHING, NOTHING),
        (lambda fact: AllOf((AllOf((fact, Not(THREAT))), Not(HELP))), {"threat": 0.1}, REVIEW, NOTHING, NOTHING),
        # nested
        (lambda fact: AllOf((AnyOf((fact, HELP)), SPAM)), {"spam": 0.95}, AUTOMATIC, NOTHING, NOTHING),
        (lambda fact: Not(AllOf((fact, SPAM))), {"spam": 0.9}, NOTHING, REVIEW, NOTHING),
        (lambda fact: Not(AnyOf((fact, SPAM))), {"spam": 0.1}, NOTHING, REVIEW, NOTHING),
    ],
)
def test_a_fact_holds_or_does_not_or_nobody_knows(
    a_rule: MakeRule,
    a_set: MakeSet,
    fact: Condition,
    held: dict[str, object],
    missing: dict[str, object],
    combine: Callable[[Condition], Condition],
    scores: dict[str, float],
    if_held: tuple[Strength, ...],
    if_missing: tuple[Strength, ...],
    if_unknown: tuple[Strength, ...],
) -> None:
    guidelines = a_set(a_rule(condition=combine(fact), **ACTING), periods=(ELECTION,))
    for facts, strengths in ((held, if_held), (missing, if_missing), ({}, if_unknown)):
        findings = evaluate(guidelines, scores, Facts(**facts))  # type: ignore[arg-type]
        assert tuple(finding.strength for finding in findings) == strengths


ACTING_FACTS = [
    (WordsCondition(("bin",), automatic=True), Facts(words=frozenset({"bin"}))),
    (LinkCondition(automatic=True), Facts(hosts=frozenset({"a.example"}))),
    (
        ActivityCondition(Activity.COMMENTS, 3, 24, automatic=True),
        Facts(counts={Count(Activity.COMMENTS, 24): 3}),
    ),
]


@pytest.mark.parametrize(("fact", "facts"), ACTING_FACTS, ids=["words", "links", "activity"])
@pytest.mark.parametrize(
    ("combine", "scores", "strengths"),
    [
        (lambda fact: fact, {}, AUTOMATIC),
        (lambda fact: AnyOf((SPAM, fact)), {"spam": 0.1}, AUTOMATIC),
        (lambda fact: AllOf((SPAM, fact)), {"spam": 0.95}, AUTOMATIC),
        (lambda fact: AllOf((SPAM, fact)), {"spam": 0.6}, REVIEW),
        (lambda fact: AllOf((fact, Not(HELP))), {"help_request": 0.1}, AUTOMATIC),
        (lambda fact: AllOf((fact, Not(HELP))), {}, REVIEW),
        (lambda fact: AllOf((fact, Not(HELP))), {"help_request": 0.9}, NOTHING),
        (lambda fact: Not(fact), {}, NOTHING),
    ],
)
def test_a_fact_may_be_enough_to_act(
    a_rule: MakeRule,
    a_set: MakeSet,
    fact: Condition,
    facts: Facts,
    combine: Callable[[Condition], Condition],
    scores: dict[str, float],
    strengths: tuple[Strength, ...],
) -> None:
    acting = a_set(a_rule(condition=combine(fact), **ACTING))
    assert tuple(finding.strength for finding in evaluate(acting, scores, facts)) == strengths
    for restraint in ({"mode": Mode.SUGGEST}, {"viewpoint_risk": Risk.HIGH}):
        (rule,) = acting.rules
        found = evaluate(a_set(replace(rule, **restraint)), scores, facts)
        assert len(found) == len(strengths)
        assert all(finding.strength is Strength.REVIEW for finding in found)


def test_a_fact_that_may_act_lets_a_recorded_one_stand_beside_it(a_rule: MakeRule, a_set: MakeSet) -> None:
    condition = AllOf((WordsCondition(("bin",), automatic=True), LIVES_ELSEWHERE))
    facts = Facts(words=frozenset({"bin"}), recorded=frozenset({"outside_constituency"}))
    (finding,) = evaluate(a_set(a_rule(condition=condition, **ACTING)), {}, facts)
    assert finding.strength is Strength.AUTOMATIC


@pytest.mark.parametrize(
    ("domains", "allowed", "hosts", "found"),
    [
        ((), (), {"a.example", "b.example"}, ["a.example", "b.example"]),
        ((), ("gov.uk",), {"gov.uk", "www.gov.uk", "a.b.gov.uk"}, []),
        ((), ("gov.uk",), {"evilgov.uk", "gov.uk.example", "uk"}, ["evilgov.uk", "gov.uk.example", "uk"]),
        (("example.org",), (), {"example.org", "www.example.org", "other.org", "myexample.org"}, 2),
        (("example.org",), ("safe.example.org",), {"safe.example.org", "www.safe.example.org", "bad.example.org"}, 1),
        (("www.example.org",), (), {"example.org"}, []),
        ((), ("example.org",), {""}, [""]),
    ],
)
def test_a_site_is_itself_and_all_that_is_below_it(
    a_rule: MakeRule,
    a_set: MakeSet,
    domains: tuple[str, ...],
    allowed: tuple[str, ...],
    hosts: set[str],
    found: list[str] | int,
) -> None:
    guidelines = a_set(a_rule(condition=LinkCondition(domains, allowed)))
    held = [held.value for finding in evaluate(guidelines, {}, Facts(hosts=frozenset(hosts))) for held in finding.facts]
    assert held == found if isinstance(found, list) else len(held) == found


@pytest.mark.parametrize(
    ("counted", "fires"),
    [
        ({}, False),
        ({Count(Activity.REPEATS, 24): 2}, False),
        ({Count(Activity.REPEATS, 24): 3}, True),
        ({Count(Activity.REPEATS, 24.0): 4}, True),
        ({Count(Activity.COMMENTS, 24): 9}, False),
        ({Count(Activity.REPEATS, 48): 9}, False),
        ({Count(Activity.REPEATS, 24, By.ANYONE): 9}, False),
    ],
)
def test_only_the_count_that_was_asked_for_counts(
    a_rule: MakeRule, a_set: MakeSet, counted: dict[Count, int], fires: bool
) -> None:
    guidelines = a_set(a_rule(condition=ActivityCondition(Activity.REPEATS, 3, 24)))
    assert bool(evaluate(guidelines, {}, Facts(counts=counted))) is fires


@pytest.mark.parametrize(
    ("day", "fires"),
    [
        (date(2027, 3, 31), False),
        (date(2027, 4, 1), True),
        (date(2027, 5, 6), True),
        (date(2027, 5, 7), False),
    ],
)
def test_the_first_and_the_last_day_of_a_period_count(a_rule: MakeRule, a_set: MakeSet, day: date, fires: bool) -> None:
    guidelines = a_set(a_rule(condition=PeriodCondition("election")), periods=(ELECTION,))
    assert bool(evaluate(guidelines, {}, Facts(day=day))) is fires


def test_a_period_that_is_not_described_is_unknown(a_rule: MakeRule, a_set: MakeSet) -> None:
    guidelines = a_set(a_rule(condition=AllOf((SPAM, Not(PeriodCondition("election")))), **ACTING))
    (finding,) = evaluate(guidelines, {"spam": 0.99}, Facts(day=date(2027, 5, 1)))
    assert finding.strength is Strength.REVIEW


def test_a_finding_names_the_facts_that_spoke_for_the_rule(a_rule: MakeRule, a_set: MakeSet) -> None:
    repeats = ActivityCondition(Activity.REPEATS, 3, 24, By.ANYONE)
    condition = AnyOf(
        (
            WordsCondition(("van", "bin", "car")),
            LinkCondition(),
            AllOf((LIVES_ELSEWHERE, repeats)),
            PostCondition(PostState.LIMITED),
            AllOf((PeriodCondition("election"), SPAM, Not(RecordedCondition("candidate")))),
            AllOf((WORDS, Not(Not(PeriodCondition("election"))))),
        )
    )
    facts = Facts(
        words=frozenset({"bin", "van"}),
        hosts=frozenset({"b.example", "a.example"}),
        recorded=frozenset({"outside_constituency", "candidate"}),
        counts={Count(Activity.REPEATS, 24, By.ANYONE): 7},
        post=frozenset({PostState.LIMITED}),
        day=date(2027, 5, 1),
    )
    guidelines = a_set(a_rule(condition=condition), periods=(ELECTION,))
    assert evaluate(guidelines, {"spam": 0.6}, facts) == (
        Finding(
            "2d",
            Strength.REVIEW,
            (Measure("spam", 0.6, 0.5, None),),
            (
                Held("words", "van"),
                Held("words", "bin"),
                Held("links", "a.example"),
                Held("links", "b.example"),
                Held("recorded", "outside_constituency"),
                Held("activity", "repeats", 7, 24, "anyone"),
                Held("post", "limited"),
                Held("period", "election"),
            ),
        ),
    )


@pytest.mark.parametrize(
    ("upheld", "rung"),
    [
        ({}, 0),
        ({RungCount("2d", 365): 1}, 0),
        ({RungCount("2d", 365): 2}, 1),
        ({RungCount("2d", 365): 5}, 2),
        ({RungCount("2d", 30): 3}, 3),
        ({RungCount("2d", 30): 2, RungCount("2d", 365): 4}, 1),
        ({RungCount("3", 365): 9, RungCount("2d", 7): 9}, 0),
    ],
)
def test_the_rung_is_the_highest_whose_count_is_reached(
    a_rule: MakeRule, a_set: MakeSet, upheld: dict[RungCount, int], rung: int
) -> None:
    rule = a_rule(repeat=(Rung(2, 365, ()), Rung(5, 365, ()), Rung(3, 30, ())))
    (finding,) = evaluate(a_set(rule), {"threat": 0.6}, Facts(upheld=upheld))
    assert finding.rung == rung_of(rule, upheld) == rung


def test_a_rule_without_a_ladder_has_no_rung(a_rule: MakeRule) -> None:
    assert rung_of(a_rule(), {RungCount("2d", 365): 9}) == 0


def test_a_set_needs_the_facts_of_its_rules_that_can_fire() -> None:
    everything = load_text(EVERY_KEY)
    assert needs(everything) == Needs(
        words=frozenset({"no", "1984", "rubbish"}),
        links=True,
        recorded=True,
        counts=frozenset({Count(Activity.COMMENTS, 1), Count(Activity.REPEATS, 168, By.ANYONE)}),
        post=True,
        day=True,
        rungs=frozenset({RungCount("2d", 365)}),
    )
    silent = replace(everything, rules=tuple(replace(rule, mode=Mode.OFF) for rule in everything.rules))
    assert needs(silent) == needs(load_text(OLD_FORUM)) == Needs()


def test_a_fact_under_an_exception_is_needed_too(a_rule: MakeRule, a_set: MakeSet) -> None:
    guidelines = a_set(a_rule(condition=AllOf((SPAM, Not(LIVES_ELSEWHERE)))))
    assert needs(guidelines) == Needs(recorded=True)


def test_conditions_are_walked_in_the_order_of_the_document() -> None:
    condition = AllOf((WORDS, AnyOf((SPAM, Not(HELP))), Not(AllOf((LIVES_ELSEWHERE, Not(THREAT))))))
    assert list(label_conditions(condition)) == [SPAM, HELP, THREAT]
    assert list(fact_conditions(condition)) == [WORDS, LIVES_ELSEWHERE]
    assert list(evidence(condition)) == [SPAM, THREAT]
    assert list(fact_evidence(condition)) == [WORDS]


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
        (WORDS, False),
        (AllOf((WORDS, SPAM)), False),
        (AllOf((WORDS, THREAT)), True),
        (AnyOf((LIVES_ELSEWHERE, THREAT)), False),
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
_OPEN_FORUM = load_text(OLD_FORUM)
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


_SETS = judging_sets()
_ALL_SCORES = st.fixed_dictionaries({label: st.sampled_from((0.0, 0.4, 0.7, 1.0)) for label in LABELS})


@settings(deadline=None, max_examples=60)
@given(_SETS, _ALL_SCORES, st.data())
def test_a_rule_that_is_not_asked_would_not_have_fired(
    guidelines: GuidelineSet, scores: dict[str, float], data: st.DataObject
) -> None:
    """An exception that always applies changes nothing, but makes the evaluator ask every rule of every comment."""
    facts = data.draw(_facts(guidelines))
    always = Not(LabelCondition("gibberish", review=0))
    asked = replace(
        guidelines,
        rules=tuple(
            replace(rule, condition=AnyOf((rule.condition, always))) if rule.condition else rule
            for rule in guidelines.rules
        ),
    )
    assert evaluate(guidelines, scores, facts) == evaluate(asked, scores, facts)


@settings(deadline=None, max_examples=60)
@given(_SETS, _ALL_SCORES, st.data())
def test_only_a_rule_that_may_act_acts_and_only_for_something_it_can_name(
    guidelines: GuidelineSet, scores: dict[str, float], data: st.DataObject
) -> None:
    for finding in evaluate(guidelines, scores, data.draw(_facts(guidelines))):
        if finding.strength is Strength.AUTOMATIC:
            rules = [rule for rule in guidelines.rules if rule.id == finding.rule_id]
            assert any(rule.mode is Mode.AUTO_HIDE and rule.viewpoint_risk is not Risk.HIGH for rule in rules)
            measured = [m for m in finding.measures if m.automatic is not None and m.score >= m.automatic]
            assert measured or {held.kind for held in finding.facts} & {"words", "links", "activity"}


def _facts(guidelines: GuidelineSet) -> st.SearchStrategy[Facts]:
    """Facts that the set asks for, each known or not."""
    asked = needs(guidelines)
    words = sorted(asked.words)
    return st.builds(
        Facts,
        words=st.none() | st.frozensets(st.sampled_from(words) if words else st.nothing()),
        hosts=st.none() | st.frozensets(st.sampled_from(("gov.uk", "a.example.org", "other.example"))),
        recorded=st.none() | st.frozensets(st.text("aA1", min_size=1, max_size=2)),
        counts=st.dictionaries(st.sampled_from(sorted(asked.counts, key=str)), st.integers(1, 20_000))
        if asked.counts
        else st.just({}),
        post=st.none() | st.frozensets(st.sampled_from(PostState)),
        day=st.none() | st.dates(),
    )


def test_without_facts_everything_is_unknown() -> None:
    assert Facts() == NO_FACTS
    assert evaluate(load_text(EVERY_KEY), {}) == ()
