"""Changes as a form makes them: what comes out can always be read back, and what cannot is refused."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guidelines import edit
from guidelines.load import load_preset, load_text
from guidelines.render import to_yaml
from guidelines.schema import (
    GuidelineError,
    GuidelineSet,
    LabelCondition,
    Modality,
    Principle,
    RuleAction,
    Thresholds,
)
from tests.guidelines.conftest import MakeRule, MakeSet
from tests.guidelines.strategies import sets


@pytest.fixture
def town(a_set: MakeSet, a_rule: MakeRule) -> GuidelineSet:
    return a_set(a_rule(id="1"), a_rule(id="2b", title="Spam"), a_rule(id="3", title="Insults"))


def _ids(guidelines: GuidelineSet) -> list[str]:
    return [rule.id for rule in guidelines.rules]


def test_one_rule_is_replaced_at_its_place(town: GuidelineSet) -> None:
    changed = edit.replace_rule(town, "2b", id="2c", thresholds=Thresholds(0.4, 0.8))
    assert _ids(changed) == ["1", "2c", "3"]
    assert changed.rule("2c").thresholds == Thresholds(0.4, 0.8)
    assert (changed.rules[0], changed.rules[2]) == (town.rules[0], town.rules[2])


def test_rules_come_go_and_move(town: GuidelineSet, a_rule: MakeRule) -> None:
    assert _ids(edit.add_rule(town, a_rule(id="9"))) == ["1", "2b", "3", "9"]
    assert _ids(edit.add_rule(town, a_rule(id="9"), 1)) == ["1", "9", "2b", "3"]
    assert _ids(edit.remove_rule(town, "2b")) == ["1", "3"]


@pytest.mark.parametrize(
    ("position", "expected"),
    [(0, ["3", "1", "2b"]), (1, ["1", "3", "2b"]), (9, ["1", "2b", "3"]), (-5, ["3", "1", "2b"])],
)
def test_a_rule_moves_to_a_place_or_to_an_end(town: GuidelineSet, position: int, expected: list[str]) -> None:
    assert _ids(edit.move_rule(town, "3", position)) == expected


def test_what_is_not_there_cannot_be_changed(town: GuidelineSet) -> None:
    with pytest.raises(KeyError):
        edit.replace_rule(town, "2B", title="x")
    with pytest.raises(KeyError):
        edit.remove_rule(town, "")
    with pytest.raises(KeyError):
        edit.move_rule(town, "9", 0)


def test_no_two_rules_get_one_id_whatever_its_letters(town: GuidelineSet, a_rule: MakeRule) -> None:
    with pytest.raises(GuidelineError, match="there is a rule 2B already"):
        edit.add_rule(town, a_rule(id="2B"))
    with pytest.raises(GuidelineError, match="there is a rule 2b already"):
        edit.replace_rule(town, "3", id="2b")
    assert _ids(edit.replace_rule(town, "2b", id="2B")) == ["1", "2B", "3"]


def test_the_set_around_the_rules_is_replaced_part_by_part(town: GuidelineSet) -> None:
    changed = edit.replace_office(town, hours="mornings")
    changed = edit.replace_scope(changed, purpose="news")
    changed = edit.replace_appeal(changed, within_days=14)
    changed = edit.replace_promises(changed, records="a year")
    changed = edit.replace_set(changed, title="New", principles=(Principle("p", "Calm", "Be calm."),))
    assert changed.office == replace(town.office, hours="mornings")
    assert (changed.scope.purpose, changed.appeal.within_days, changed.promises.records) == ("news", 14, "a year")
    assert (changed.title, changed.principles[0].title) == ("New", "Calm")
    assert changed.rules == town.rules


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"title": " "}, 'rules[0].title: "title" is empty'),
        ({"title": "two\nlines"}, "rules[0].title: "),
        ({"text": "\u202eturned"}, "rules[0].text: "),
        ({"id": "../1"}, "rules[0].id: "),
        ({"thresholds": Thresholds(0.5, 7)}, "rules[0].thresholds.automatic: "),
        ({"thresholds": Thresholds(float("inf"), 0.5)}, "not finite"),
        ({"thresholds": Thresholds(float("nan"), 0.5)}, "not finite"),
        ({"condition": LabelCondition("thret")}, 'rules[0].condition.label: unknown label "thret"'),
        ({"actions": (RuleAction("shout", Modality.MUST),)}, 'rules[0].actions[0].verb: unknown verb "shout"'),
        ({"fine_examples": ("",)}, "rules[0].examples.fine[0]: "),
    ],
)
def test_what_the_language_has_no_place_for_is_refused_with_its_key(
    town: GuidelineSet, fields: dict[str, Any], said: str
) -> None:
    with pytest.raises(GuidelineError) as refused:
        edit.replace_rule(town, "1", **fields)
    assert said in str(refused.value)


@settings(deadline=None, max_examples=15)
@given(sets(), sets(), st.text(max_size=8), st.integers(-2, 9))
def test_whatever_comes_out_loads_back(before: GuidelineSet, other: GuidelineSet, typed: str, at: int) -> None:
    changed = before
    for rule in other.rules:
        steps: list[tuple[Callable[..., GuidelineSet], tuple[Any, ...], dict[str, str]]] = [
            (edit.add_rule, (rule, at), {}),
            (edit.move_rule, (rule.id, at), {}),
            (edit.replace_rule, (rule.id,), {"title": typed}),
            (edit.replace_office, (), {"name": typed}),
        ]
        for step, arguments, fields in steps:
            with suppress(GuidelineError, KeyError):
                changed = step(changed, *arguments, **fields)
    assert load_text(to_yaml(changed)) == changed


def test_a_new_rule_gets_a_number_that_no_other_begins_with(town: GuidelineSet, a_set: MakeSet) -> None:
    assert edit.free_rule_id(town) == "4"
    assert edit.free_rule_id(a_set()) == "1"
    assert edit.free_rule_id(edit.replace_set(town, principles=(Principle("12a", "x", "y"),))) == "13"
    assert edit.free_rule_id(edit.replace_rule(town, "3", id="threats")) == "3"


@pytest.mark.parametrize(
    "document",
    ["# first\na: b", "a: b # why", "a: | # why\n  b\n", "a: |\n  b\n# after\n", "a: [b, # why\n  c]", "a: [ # broken"],
)
def test_a_comment_that_would_be_lost_is_seen(document: str) -> None:
    assert edit.has_comments(document)


@pytest.mark.parametrize(
    "document",
    ["", "a: b#c", "a: '# no'", 'a: "x\n # no"', "a: |\n  # no\n  b\n", "a: >-\n  b # no\n\n", "a: ["],
)
def test_a_sign_inside_a_text_is_no_comment(document: str) -> None:
    assert not edit.has_comments(document)


def test_a_set_written_out_has_no_comments() -> None:
    assert not edit.has_comments(to_yaml(load_preset("open-forum")))
