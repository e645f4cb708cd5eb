"""How problems of meaning are reported; each mistake itself is held by a golden document (test_messages)."""

import time
from dataclasses import replace
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guidelines.check import check, check_text, errors, report
from guidelines.checks import between, conditions
from guidelines.evaluate import evaluate
from guidelines.load import load_preset, preset_names
from guidelines.render import to_yaml
from guidelines.schema import (
    NEVER,
    AllOf,
    AnyOf,
    Appeal,
    Condition,
    Facts,
    GuidelineSet,
    LabelCondition,
    LinkCondition,
    Modality,
    Mode,
    Not,
    Office,
    Problem,
    RecordedCondition,
    Rule,
    RuleAction,
    Rung,
    Standard,
    Thresholds,
    WordsCondition,
)
from tests.guidelines.conftest import MakeRule, MakeSet
from tests.guidelines.strategies import conditions_of, sets

SPAM = LabelCondition("spam")
SILENT = LabelCondition("profanity", automatic=NEVER)
LOCAL = RecordedCondition("outside_constituency")


@pytest.fixture
def a_rule(a_rule: MakeRule) -> MakeRule:
    """A rule that nothing is wrong with: somebody looks at threats soon."""
    return partial(a_rule, review_within_hours=4)


@pytest.fixture
def a_set(a_set: MakeSet) -> MakeSet:
    """A set that nothing is wrong with: it says who moderates, and when."""
    return partial(a_set, office=replace(a_set().office, hours="weekdays", moderators="our staff"))


def test_a_sound_set_has_no_problem(a_rule: MakeRule, a_set: MakeSet) -> None:
    assert check(a_set(a_rule())) == []


@pytest.mark.parametrize("name", preset_names())
def test_a_preset_is_ready_to_publish_as_it_is(name: str) -> None:
    assert check(load_preset(name)) == []


def test_without_places_a_problem_names_its_rule_and_points_nowhere(a_rule: MakeRule, a_set: MakeSet) -> None:
    assert check(a_set(a_rule(actions=()))) == [
        Problem("no-actions", "rule 2d asks for no action", "add one, or make it a principle")
    ]


def test_a_document_that_cannot_be_read_is_reported_as_such() -> None:
    assert [problem.code for problem in check_text("name: [")] == ["yaml"]


def test_warnings_do_not_keep_a_set_from_being_published(a_rule: MakeRule, a_set: MakeSet) -> None:
    guidelines = a_set(a_rule(actions=(), fine_examples=()), office=Office("Our office"), appeal=Appeal())
    problems = check(guidelines)
    assert [problem.code for problem in errors(problems)] == ["no-actions"]
    warnings = {problem.code for problem in problems if problem.warning}
    assert warnings == {"no-fine-example", "no-contact", "no-hours", "no-moderators", "no-appeal"}


def test_problems_come_in_the_order_of_the_document(a_rule: MakeRule, a_set: MakeSet) -> None:
    first, second = a_rule(id="1", fine_examples=()), a_rule(id="1", actions=(), condition=SPAM)
    text = to_yaml(a_set(first, second, a_rule(id="3", condition=None)))
    lines = [problem.line for problem in check_text(text)]
    assert len(lines) == 4
    assert lines == sorted(lines)
    assert all(lines)


def test_a_text_of_spaces_is_no_contact(a_rule: MakeRule, a_set: MakeSet) -> None:
    guidelines = a_set(a_rule(), office=Office("Our office", contact="  ", hours="weekdays", moderators="our staff"))
    assert [problem.code for problem in check(guidelines)] == ["no-contact"]


@pytest.mark.parametrize(
    ("condition", "can_act"),
    [
        (SPAM, True),
        (SILENT, False),
        (AnyOf((SPAM, SILENT)), True),
        (AllOf((SPAM, SILENT)), False),
        (AllOf((SPAM, Not(SILENT))), True),
        (AllOf((SPAM, AnyOf((SILENT, Not(SILENT))))), True),
        (AllOf((SPAM, AllOf((Not(SILENT), Not(SILENT))))), True),
        (AllOf((SPAM, AllOf((Not(SILENT), SILENT)))), False),
        (AllOf((Not(SPAM), Not(SILENT))), False),
    ],
)
def test_a_rule_that_hides_by_itself_must_be_able_to(
    a_rule: MakeRule, a_set: MakeSet, condition: Condition, can_act: bool
) -> None:
    codes = {problem.code for problem in check(a_set(a_rule(condition=condition, mode=Mode.AUTO_HIDE)))}
    assert ("unreachable" not in codes) is can_act


@pytest.mark.parametrize(("inner", "fires"), [(0.8, True), (0.5, False), (0.2, False)])
def test_a_label_and_its_own_exception_hold_together_only_between_two_thresholds(
    a_rule: MakeRule, a_set: MakeSet, inner: float, fires: bool
) -> None:
    condition = AllOf((SPAM, Not(LabelCondition("spam", review=inner))))
    assert ([problem.code for problem in check(a_set(a_rule(condition=condition)))] == []) is fires


def test_a_threshold_that_cannot_act_may_stand_below_the_review_threshold(a_rule: MakeRule, a_set: MakeSet) -> None:
    condition = AnyOf((SPAM, LabelCondition("profanity", review=0.99, automatic=NEVER)))
    rule = a_rule(condition=condition, mode=Mode.AUTO_HIDE, thresholds=Thresholds(0.5, 0.9))
    assert check(a_set(rule)) == []


@pytest.mark.parametrize(
    ("condition", "rests"),
    [
        (LOCAL, True),
        (AllOf((SPAM, LOCAL)), True),
        (AnyOf((LOCAL, RecordedCondition("moved_away"))), True),
        (Not(Not(LOCAL)), True),
        (AnyOf((SPAM, LOCAL)), False),
        (AllOf((SPAM, WordsCondition(("up north",)))), False),
    ],
)
def test_who_somebody_is_comes_from_a_record_and_from_nothing_else(
    a_rule: MakeRule, a_set: MakeSet, condition: Condition, rests: bool
) -> None:
    problems = check(a_set(a_rule(condition=condition, standard=Standard.IDENTIFIED_AS)))
    assert [problem.code for problem in problems] == ([] if rests else ["inferred-identity"])


@pytest.mark.parametrize("fact", ["party-member", "Voted.Labour", "is_MUSLIM", "disabled", "trade_union", "migrant"])
def test_no_rule_asks_for_what_the_law_protects_most(a_rule: MakeRule, a_set: MakeSet, fact: str) -> None:
    rule = a_rule(condition=RecordedCondition(fact), standard=Standard.IDENTIFIED_AS)
    assert [problem.code for problem in check(a_set(rule))] == ["recorded-trait"]


@pytest.mark.parametrize(
    "fact", ["outside_constituency", "banned_before", "closed-complaint", "countryside", "under_16"]
)
def test_a_fact_about_conduct_or_residence_may_be_asked_for(a_rule: MakeRule, a_set: MakeSet, fact: str) -> None:
    assert check(a_set(a_rule(condition=RecordedCondition(fact), standard=Standard.IDENTIFIED_AS))) == []


def test_a_ladder_is_checked_as_the_rule_is(a_rule: MakeRule, a_set: MakeSet) -> None:
    report_and_block = (RuleAction("report_police", Modality.MUST), RuleAction("block", Modality.MUST))
    problems = check(a_set(a_rule(repeat=(Rung(2, 30, report_and_block),))))
    assert [problem.code for problem in problems] == ["no-recipient", "no-duration"]


@given(sets(), st.booleans())
@settings(max_examples=30, deadline=None)
def test_no_set_makes_a_check_stumble(guidelines: GuidelineSet, twice: bool) -> None:
    if twice:
        guidelines = replace(guidelines, rules=guidelines.rules * 2)
    problems = check(guidelines)
    assert all(problem.code and problem.message and problem.mend for problem in problems)
    text = to_yaml(guidelines)
    placed = check_text(text)
    assert sorted(problem.message for problem in placed) == sorted(problem.message for problem in problems)
    assert all(problem.line and problem.column for problem in placed)
    assert report(placed, text).count("mend: ") >= len(placed)


_THRESHOLDS = st.sampled_from((0.2, 0.5, 0.8))
_LEAVES: st.SearchStrategy[Condition] = st.one_of(
    st.builds(LabelCondition, st.sampled_from(("spam", "threat")), _THRESHOLDS),
    st.sampled_from((LOCAL, WordsCondition(("sale",)), WordsCondition(("sale", "shop")))),
)
_RULES = st.lists(conditions_of(_LEAVES), min_size=2, max_size=5)
_SCORES = st.fixed_dictionaries({label: st.sampled_from((0.0, 0.3, 0.6, 0.9)) for label in ("spam", "threat")})
_FACTS = st.builds(
    Facts,
    words=st.frozensets(st.sampled_from(("sale", "shop"))),
    recorded=st.sampled_from((frozenset(), frozenset({LOCAL.fact}))),
)


@given(_RULES, st.lists(st.tuples(_SCORES, _FACTS), min_size=1, max_size=20))
@settings(max_examples=60, deadline=None)
def test_what_is_said_of_rules_that_fire_is_true(
    asked: list[Condition], comments: list[tuple[dict[str, float], Facts]]
) -> None:
    hide = (RuleAction("hide", Modality.MUST),)
    rules = tuple(Rule(str(at), "title", "text", hide, condition) for at, condition in enumerate(asked))
    guidelines = GuidelineSet("town", "title", "en", Office("office"), "preamble", (), rules)
    superfluous = [str(flaw.path[1]) for flaw in between.superfluous_rule(guidelines)]
    silent = [str(flaw.path[1]) for flaw in conditions.contradiction(guidelines) if flaw.path[2:] == ("condition",)]
    together = [flaw.message for flaw in between.rules_that_fire_together(guidelines)]
    for scores, facts in comments:
        fired = {finding.rule_id for finding in evaluate(guidelines, scores, facts)}
        assert all(name not in fired or len(fired) > 1 for name in superfluous)
        assert fired.isdisjoint(silent)
        for message in together:
            _, one, _, other, *_ = message.split()
            assert (one in fired) is (other in fired)


def test_a_rule_is_superfluous_only_beside_a_wider_one_that_asks_for_as_much(a_rule: MakeRule, a_set: MakeSet) -> None:
    wide = a_rule(id="wide", condition=AnyOf((SPAM, LabelCondition("phishing"))))
    narrow = a_rule(id="narrow", condition=LabelCondition("spam", review=0.8))

    def found(*rules: Rule) -> list[str]:
        return [problem.code for problem in check(a_set(*rules))]

    assert found(wide, narrow) == found(narrow, wide) == ["superfluous-rule"]
    assert found(wide, replace(narrow, severity=1)) == []
    assert found(replace(wide, exceptions=("Questions.",)), narrow) == []
    assert found(wide, replace(narrow, actions=(RuleAction("delete", Modality.MUST),))) == []
    assert found(wide, replace(narrow, mode=Mode.AUTO_HIDE)) == []


def test_allowed_sites_are_held_against_listed_ones_by_their_parts(a_rule: MakeRule, a_set: MakeSet) -> None:
    listed = LinkCondition(("shop.example", "evilgov.uk"), allowed=("gov.uk", "news.shop.example"))
    assert [problem.message for problem in check(a_set(a_rule(condition=listed)))] == [
        "rule 2d allows gov.uk, which is none of the sites it lists"
    ]


def test_many_rules_on_one_label_take_no_more_than_their_share(a_rule: MakeRule, a_set: MakeSet) -> None:
    def seconds(count: int) -> float:
        rules = [a_rule(id=f"r{at}", condition=LabelCondition("spam", review=at / count)) for at in range(count)]
        guidelines = a_set(*rules)
        started = time.process_time()
        check(guidelines)
        return time.process_time() - started

    few, many = min(seconds(50) for _ in range(3)), seconds(800)
    # Sixteen times the rules; pair by pair they would take 256 times as long.
    assert many < 100 * few
