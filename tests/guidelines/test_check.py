"""How problems of meaning are reported; each mistake itself is held by a golden document (test_messages)."""

import pytest

from guidelines.check import check, check_text, errors
from guidelines.load import load_preset, preset_names
from guidelines.render import to_yaml
from guidelines.schema import (
    NEVER,
    AllOf,
    AnyOf,
    Appeal,
    Condition,
    LabelCondition,
    Mode,
    Not,
    Office,
    Problem,
    Thresholds,
)
from tests.guidelines.conftest import MakeRule, MakeSet

SPAM = LabelCondition("spam")
SILENT = LabelCondition("profanity", automatic=NEVER)


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
    assert warnings == {"no-fine-example", "no-contact", "no-appeal"}


def test_problems_come_in_the_order_of_the_document(a_rule: MakeRule, a_set: MakeSet) -> None:
    text = to_yaml(a_set(a_rule(id="1", fine_examples=()), a_rule(id="1", actions=()), a_rule(id="3", condition=None)))
    lines = [problem.line for problem in check_text(text)]
    assert len(lines) == 4
    assert lines == sorted(lines)
    assert all(lines)


def test_a_text_of_spaces_is_no_contact(a_rule: MakeRule, a_set: MakeSet) -> None:
    guidelines = a_set(a_rule(), office=Office("Our office", contact="  "))
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
