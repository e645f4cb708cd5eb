"""Rules taken out and moved, an id for the next one, and the comments that writing a set out again would drop."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guidelines import edit
from guidelines.load import load_preset, load_text
from guidelines.render import to_yaml
from guidelines.schema import GuidelineError, GuidelineSet, Principle
from tests.guidelines.conftest import MakeRule, MakeSet
from tests.guidelines.strategies import sets


@pytest.fixture
def town(a_set: MakeSet, a_rule: MakeRule) -> GuidelineSet:
    return a_set(a_rule(id="1"), a_rule(id="2b", title="Spam"), a_rule(id="3", title="Insults"))


def _ids(guidelines: GuidelineSet) -> list[str]:
    return [rule.id for rule in guidelines.rules]


def test_a_rule_is_taken_out_and_the_others_stay(town: GuidelineSet) -> None:
    left = edit.remove_rule(town, "2b")
    assert left == replace(town, rules=(town.rules[0], town.rules[2]))


@pytest.mark.parametrize(
    ("position", "expected"),
    [(0, ["3", "1", "2b"]), (1, ["1", "3", "2b"]), (9, ["1", "2b", "3"]), (-5, ["3", "1", "2b"])],
)
def test_a_rule_moves_to_a_place_or_to_an_end(town: GuidelineSet, position: int, expected: list[str]) -> None:
    assert _ids(edit.move_rule(town, "3", position)) == expected


def test_what_is_not_there_cannot_be_changed(town: GuidelineSet) -> None:
    with pytest.raises(KeyError):
        edit.remove_rule(town, "2B")
    with pytest.raises(KeyError):
        edit.move_rule(town, "9", 0)


def test_of_two_rules_with_one_id_neither_is_guessed(a_set: MakeSet, a_rule: MakeRule) -> None:
    twice = a_set(a_rule(id="2"), a_rule(id="3"), a_rule(id="2", title="Spam"))
    with pytest.raises(GuidelineError, match=r"Two rules have the id 2\."):
        edit.remove_rule(twice, "2")
    with pytest.raises(GuidelineError, match=r"Two rules have the id 2\."):
        edit.move_rule(twice, "2", 1)
    assert _ids(edit.move_rule(twice, "3", 0)) == ["3", "2", "2"]


@settings(deadline=None, max_examples=15)
@given(sets(), st.integers(-2, 9))
def test_whatever_comes_out_loads_back(guidelines: GuidelineSet, at: int) -> None:
    for rule_id in {rule.id for rule in guidelines.rules}:
        if _ids(guidelines).count(rule_id) == 1:
            for changed in (edit.move_rule(guidelines, rule_id, at), edit.remove_rule(guidelines, rule_id)):
                assert load_text(to_yaml(changed)) == changed


def test_a_new_rule_gets_a_number_that_no_other_begins_with(
    town: GuidelineSet, a_set: MakeSet, a_rule: MakeRule
) -> None:
    assert edit.free_rule_id(town) == "4"
    assert edit.free_rule_id(a_set()) == "1"
    assert edit.free_rule_id(replace(town, principles=(Principle("12a", "x", "y"),))) == "13"
    assert edit.free_rule_id(a_set(a_rule(id="2b"), a_rule(id="threats"))) == "3"


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
