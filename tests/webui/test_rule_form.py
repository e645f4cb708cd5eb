"""A rule as the fields of a form: nothing that the language can say is lost on the way there and back."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guidelines.load import load_preset, preset_names
from guidelines.render import to_dict
from guidelines.schema import (
    LABELS,
    NEVER,
    VERBS,
    Activity,
    ActivityCondition,
    AllOf,
    AnyOf,
    By,
    Condition,
    Decider,
    Ground,
    GuidelineSet,
    LabelCondition,
    LinkCondition,
    Modality,
    Mode,
    Not,
    Notice,
    PeriodCondition,
    PostCondition,
    PostState,
    RecordedCondition,
    Risk,
    Rule,
    RuleAction,
    Rung,
    Standard,
    Target,
    Thresholds,
    WordsCondition,
)
from tests.fakes.everything import everything
from webui.drafts import about_form, rule_form
from webui.drafts.reading import judge_data
from webui.drafts.rule_form import RuleForm

BASE = load_preset("open-forum")

texts = st.text(st.sampled_from("aZé 9:#-'\"{}[]&*!|>%@`,?\n<…🎈"), min_size=1, max_size=24).filter(str.strip)
one_line = texts.map(lambda text: text.replace("\n", " ")).filter(str.strip)
ids = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,8}", fullmatch=True)
words = st.from_regex(r"[a-z]{2,8}( [a-z]{2,8})?", fullmatch=True)
sites = st.from_regex(r"[a-z]{2,8}\.(uk|example)", fullmatch=True)
chances = st.floats(0, 1, allow_nan=False)
facts = st.from_regex(r"[a-z][a-z_]{2,12}[a-z]", fullmatch=True)


def _set_of(each: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(each, min_size=1, max_size=3, unique=True).map(tuple)


leaves: st.SearchStrategy[Condition] = st.one_of(
    st.builds(LabelCondition, st.sampled_from(LABELS), st.none() | chances, st.none() | chances | st.just(NEVER)),
    st.builds(WordsCondition, _set_of(words), st.booleans()),
    st.builds(LinkCondition, st.just(()) | _set_of(sites), st.just(()) | _set_of(sites), st.booleans()),
    st.builds(RecordedCondition, facts),
    st.builds(
        ActivityCondition,
        st.sampled_from([Activity.COMMENTS, Activity.REPEATS]),
        st.integers(2, 40),
        st.sampled_from([0.5, 1.0, 24.0, 168.0]),
        st.sampled_from(By),
        st.booleans(),
    ),
    st.builds(PostCondition, st.just(PostState.LIMITED)),
    st.builds(PeriodCondition, st.just("election")),
)


def _groups(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    several = st.lists(inner, min_size=1, max_size=3).map(tuple)
    return st.one_of(st.builds(AnyOf, several), st.builds(AllOf, several), st.builds(Not, inner))


conditions = st.recursive(leaves, _groups, max_leaves=6)
actions = st.lists(
    st.builds(
        RuleAction,
        st.sampled_from(VERBS),
        st.sampled_from(Modality),
        st.just("") | one_line,
        st.none(),
    )
    | st.builds(RuleAction, st.just("block"), st.sampled_from(Modality), st.just(""), st.integers(1, 365)),
    min_size=1,
    max_size=4,
).map(tuple)
rules = st.builds(
    Rule,
    id=ids,
    title=one_line,
    text=texts,
    actions=actions,
    condition=st.none() | conditions,
    mode=st.sampled_from(Mode),
    thresholds=st.builds(Thresholds, chances, chances),
    severity=st.integers(1, 4),
    viewpoint_risk=st.sampled_from(Risk),
    review_within_hours=st.sampled_from([0.25, 1.0, 24.0, 720.0]),
    notice=st.sampled_from(Notice),
    notice_reason=st.just("") | texts,
    redirect_text=st.just("") | texts,
    no_notice_reason=st.just("") | texts,
    standard=st.sampled_from(Standard),
    decided_by=st.sampled_from(Decider),
    exceptions=st.lists(texts, max_size=2).map(tuple),
    targets=st.lists(st.sampled_from(Target), max_size=3, unique=True).map(tuple),
    grounds=st.lists(st.sampled_from(Ground), max_size=3, unique=True).map(tuple),
    repeat=st.lists(st.builds(Rung, st.integers(1, 9), st.integers(1, 365), actions), max_size=2).map(tuple),
    breach_examples=st.lists(texts, max_size=2).map(tuple),
    fine_examples=st.lists(texts, max_size=2).map(tuple),
)


def _read(form: RuleForm) -> Rule:
    """The rule that a form stands for."""
    document = to_dict(BASE) | {
        "rules": [rule_form.to_plain(form).rule],
        "periods": [{"id": "election", "title": "Election", "first": "2026-04-01", "last": "2026-05-07"}],
    }
    judged = judge_data(document)
    assert judged.guidelines is not None, judged.notes
    return judged.guidelines.rules[0]


@settings(max_examples=150, deadline=None)
@given(rule=rules)
def test_a_rule_comes_back_from_its_form_word_for_word(rule: Rule) -> None:
    form = rule_form.of_rule(rule)
    assert _read(form) == rule
    assert _read(rule_form.of_fields(rule_form.to_fields(form))) == rule


def test_every_rule_of_a_set_that_says_everything_comes_back() -> None:
    for rule in everything().rules:
        sent = rule_form.to_fields(rule_form.of_rule(rule))
        document = to_dict(everything()) | {"rules": [rule_form.to_plain(rule_form.of_fields(sent)).rule]}
        judged = judge_data(document)
        assert judged.guidelines is not None
        assert judged.guidelines.rules == (rule,)


@pytest.mark.parametrize("guidelines", [everything(), *map(load_preset, preset_names())], ids=lambda each: each.name)
def test_everything_around_the_rules_comes_back(guidelines: GuidelineSet) -> None:
    sent = about_form.to_fields(about_form.of_set(guidelines))
    document = about_form.to_plain(about_form.of_fields(sent), to_dict(guidelines)["rules"])
    assert judge_data(document).guidelines == guidelines


@settings(max_examples=100, deadline=None)
@given(
    fields=st.dictionaries(
        st.sampled_from([*about_form.TEXTS, "surfaces", "period-0-id", "principle-3-id"]) | st.text(max_size=9),
        st.lists(st.text(max_size=30), min_size=1, max_size=2),
        max_size=9,
    ),
    deed=st.text(max_size=20),
)
def test_whatever_a_browser_sends_about_the_office_can_be_shown_again(fields: dict[str, list[str]], deed: str) -> None:
    form = about_form.changed(about_form.of_fields(fields), deed)
    again = about_form.of_fields(about_form.to_fields(form))
    judge_data(about_form.to_plain(again, to_dict(BASE)["rules"]))


@pytest.mark.parametrize("name", preset_names())
def test_every_rule_of_every_preset_comes_back(name: str) -> None:
    for rule in load_preset(name).rules:
        sent = rule_form.to_fields(rule_form.of_rule(rule))
        assert _read(rule_form.of_fields(sent)) == rule


@settings(max_examples=100, deadline=None)
@given(condition=conditions)
def test_a_condition_shown_as_yaml_says_the_same(condition: Condition) -> None:
    rule = replace(BASE.rules[0], condition=condition)
    form = rule_form.changed(rule_form.of_rule(rule), "condition.yaml")
    assert form.condition.as_yaml
    assert _read(form).condition == condition
    back = rule_form.changed(form, "condition.fields")
    assert _read(back).condition == condition


hostile = st.text(max_size=30)
names = st.one_of(
    st.sampled_from([*rule_form.to_fields(rule_form.of_rule(BASE.rules[0])), "test-0-kind", "rung-1-count", "join"]),
    st.from_regex(r"(action|test|excuse|rung)-[0-9]{1,5}-(kind|verb|label|count)", fullmatch=True),
    hostile,
)


@settings(max_examples=150, deadline=None)
@given(fields=st.dictionaries(names, st.lists(hostile, min_size=1, max_size=3), max_size=12), deed=hostile)
def test_whatever_a_browser_sends_is_a_form_that_can_be_shown_again(fields: dict[str, list[str]], deed: str) -> None:
    form = rule_form.changed(rule_form.of_fields(fields), deed, "words")
    again = rule_form.of_fields(rule_form.to_fields(form))
    assert rule_form.to_plain(again).rule.keys() >= {"id", "title", "text", "actions"}
    judge_data(to_dict(BASE) | {"rules": [rule_form.to_plain(again).rule]})


@pytest.mark.parametrize(
    "condition",
    [
        LabelCondition("threat"),
        AnyOf((LabelCondition("spam"), LabelCondition("phishing", 0.6, NEVER))),
        AllOf((LabelCondition("off_topic"), RecordedCondition("outside_constituency"))),
        AllOf((LabelCondition("spam"), Not(LinkCondition(("gov.uk",))))),
        AllOf((AnyOf((LabelCondition("spam"), WordsCondition(("win money",)))), Not(LabelCondition("help_request")))),
        ActivityCondition(Activity.REPEATS, 3, 24.0, By.ANYONE, True),
        AllOf(
            (
                AnyOf((LabelCondition("spam"), LabelCondition("threat", 0.2))),
                ActivityCondition(Activity.UPHELD, 1, 24.0),
                PostCondition(PostState.LIMITED),
                Not(PeriodCondition("election")),
            )
        ),
    ],
)
def test_the_common_shapes_of_a_condition_have_fields(condition: Condition) -> None:
    assert not rule_form.of_rule(replace(BASE.rules[0], condition=condition)).condition.as_yaml


def test_rows_are_added_moved_and_taken_out_by_the_form_s_own_buttons() -> None:
    form = rule_form.of_rule(BASE.rules[0])
    verbs = [row.verb for row in form.actions]
    up = rule_form.changed(form, "actions.1.up")
    assert [row.verb for row in up.actions] == [verbs[1], verbs[0], *verbs[2:]]
    assert rule_form.changed(up, "actions.0.down").actions == form.actions
    assert rule_form.changed(form, "actions.0.remove").actions == form.actions[1:]
    assert len(rule_form.changed(form, "actions.add").actions) == len(verbs) + 1
    assert rule_form.changed(form, "tests.add", "words").condition.tests[-1].kind == "words"
    assert rule_form.changed(form, "excuses.add", "links").condition.excuses[-1].kind == "links"
    stepped = rule_form.changed(rule_form.changed(form, "rungs.add"), "rungs.0.actions.add")
    assert len(stepped.ladder[0].actions) == 2


@pytest.mark.parametrize(
    "deed", ["actions.0.up", "actions.99.remove", "actions.-1.remove", "rungs.99.actions.add", "x"]
)
def test_a_button_that_leads_nowhere_changes_nothing(deed: str) -> None:
    form = rule_form.of_rule(BASE.rules[0])
    assert rule_form.changed(form, deed) == form


def test_a_problem_in_the_condition_s_yaml_has_its_place_in_that_box() -> None:
    form = replace(
        rule_form.of_rule(BASE.rules[0]), condition=rule_form.ConditionForm(as_yaml=True, yaml="any:\n- {lable: x}")
    )
    [note] = judge_data(to_dict(BASE) | {"rules": [rule_form.to_plain(form).rule]}).notes
    assert (note.path[:3], note.line) == (("rules", 0, "condition"), 2)


def test_line_ends_and_decimal_commas_are_taken_as_people_type_them() -> None:
    form = rule_form.of_fields({"text": ["one\r\ntwo"], "review": [" 0,4 "]})
    assert form.text == "one\ntwo"
    assert rule_form.to_plain(form).rule["thresholds"]["review"] == 0.4
