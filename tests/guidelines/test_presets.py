"""The presets that come with the product: each can be published as it is, and none goes further than it may."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from itertools import chain

import pytest

from guidelines.check import check_text, report
from guidelines.evaluate import evaluate, fact_conditions
from guidelines.fingerprint import sha256
from guidelines.load import load_preset, load_text, preset_about, preset_names, preset_text
from guidelines.render import to_yaml
from guidelines.schema import (
    ACCOUNT_VERBS,
    LABELS,
    REPORT_VERBS,
    RESTRICTIVE_VERBS,
    Activity,
    By,
    Count,
    Facts,
    GuidelineSet,
    Mode,
    RecordedCondition,
    Risk,
    Rule,
    RuleAction,
    Standard,
    Strength,
)

NAMES = ("constituency-first", "election-period", "minimal", "open-forum")
SETS = {name: load_preset(name) for name in NAMES}
RULES = [(name, rule) for name, guidelines in SETS.items() for rule in guidelines.rules]

#: Labels whose highest scores may hide by themselves: what they find is plain, or was put on a list by the office.
CLEAR_CUT = {"threat", "discrimination", "spam", "banned_term"}

#: In the period, on the day before it, and on the day after it.
WITHIN, BEFORE, AFTER = date(2027, 4, 20), date(2027, 3, 21), date(2027, 5, 7)

each_set = pytest.mark.parametrize("guidelines", SETS.values(), ids=NAMES)
each_rule = pytest.mark.parametrize(
    "rule", [rule for _, rule in RULES], ids=[f"{name}-{rule.id}" for name, rule in RULES]
)


def test_these_four_come_with_the_product() -> None:
    assert preset_names() == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_preset_s_own_document_says_what_it_is_for_and_has_no_mistake(name: str) -> None:
    text = preset_text(name)
    assert preset_about(name).endswith(".")
    assert load_text(text) == SETS[name]
    assert check_text(text) == []


@pytest.mark.parametrize("ask", [preset_text, preset_about])
def test_there_is_no_document_of_a_preset_that_does_not_exist(ask: Callable[[str], str]) -> None:
    with pytest.raises(KeyError):
        ask("../open-forum")


@each_set
def test_a_preset_has_no_mistake_as_people_read_it(guidelines: GuidelineSet) -> None:
    text = to_yaml(guidelines)
    problems = check_text(text)
    assert problems == [], report(problems, text, guidelines.name)


@pytest.mark.parametrize("name", NAMES)
def test_a_preset_goes_by_its_name_and_reads_back_the_same(name: str) -> None:
    assert SETS[name].name == name
    assert sha256(load_text(to_yaml(SETS[name]))) == sha256(SETS[name])


@pytest.mark.parametrize("name", NAMES)
def test_only_the_office_s_name_and_contact_are_left_to_fill_in(name: str) -> None:
    filled = load_preset(name, office_name="Ynys Office", contact="ynys@office.example")
    assert (filled.office.name, filled.office.contact) == ("Ynys Office", "ynys@office.example")
    assert not re.search(r"\b(?:TODO|TBC|XX+)\b|[<{]|\[[a-z ]+\]|example\.(?:org|com)", _words(filled))


@each_set
def test_a_preset_says_who_moderates_when_where_and_how_to_ask_for_another_look(guidelines: GuidelineSet) -> None:
    office, scope, appeal = guidelines.office, guidelines.scope, guidelines.appeal
    assert all((office.capacity, office.contact, office.hours, office.moderators, scope.text, scope.surfaces))
    assert all((appeal.text, appeal.within_days, appeal.reviewer))
    assert all((guidelines.preamble, guidelines.promises.records, guidelines.promises.changes))


@each_set
def test_no_label_hides_by_itself_but_those_that_are_clear_cut(guidelines: GuidelineSet) -> None:
    hiding = {
        label
        for label in LABELS
        if any(finding.strength is Strength.AUTOMATIC for finding in evaluate(guidelines, {label: 1.0}))
    }
    assert hiding <= CLEAR_CUT


@each_set
def test_threats_are_hidden_only_from_where_the_bundled_model_is_nearly_always_right(guidelines: GuidelineSet) -> None:
    assert next(finding.strength for finding in evaluate(guidelines, {"threat": 0.96})) is Strength.REVIEW
    assert next(finding.strength for finding in evaluate(guidelines, {"threat": 0.97})) is Strength.AUTOMATIC


@each_set
def test_threats_come_first(guidelines: GuidelineSet) -> None:
    (first, *_) = evaluate(guidelines, dict.fromkeys(LABELS, 1.0))
    assert guidelines.rule(first.rule_id).title == "Threats"


@each_rule
def test_a_rule_can_fire_or_is_off(rule: Rule) -> None:
    assert (rule.condition is None) is (rule.mode is Mode.OFF)


@each_rule
def test_a_rule_shows_what_breaks_it_and_what_does_not(rule: Rule) -> None:
    assert rule.breach_examples
    assert rule.fine_examples


@each_rule
def test_an_exception_is_a_whole_sentence(rule: Rule) -> None:
    """A comma in a list without quotes would split one."""
    assert all(re.fullmatch(r"[A-Z].*\.", text) for text in rule.exceptions)


@each_set
def test_rules_are_numbered_as_people_cite_them(guidelines: GuidelineSet) -> None:
    assert all(re.fullmatch(r"\d[a-g]?(-i{1,3})?|1\d", rule.id) for rule in guidelines.rules)


@each_rule
def test_a_rule_gives_its_reason_or_says_why_nobody_is_told(rule: Rule) -> None:
    assert bool(rule.notice_reason) is (rule.notice != "never")
    assert bool(rule.no_notice_reason) is (rule.notice == "never")


@each_rule
def test_nothing_is_deleted_before_it_was_hidden(rule: Rule) -> None:
    verbs = [action.verb for action in rule.actions]
    assert "delete" not in verbs or verbs.index("hide") < verbs.index("delete")


@each_rule
def test_a_report_goes_to_somebody_and_a_block_ends(rule: Rule) -> None:
    for action in _actions(rule):
        assert bool(action.recipient) is (action.verb in REPORT_VERBS)
        assert bool(action.duration_days) is (action.verb in ACCOUNT_VERBS)


@each_rule
def test_what_could_be_used_against_a_view_never_acts_by_itself(rule: Rule) -> None:
    assert rule.viewpoint_risk is not Risk.HIGH or rule.mode is not Mode.AUTO_HIDE


@each_rule
def test_only_what_a_member_recorded_says_something_about_an_author(rule: Rule) -> None:
    asks = rule.condition is not None and any(
        isinstance(fact, RecordedCondition) for fact in fact_conditions(rule.condition)
    )
    assert asks is (rule.standard is Standard.IDENTIFIED_AS)


@each_rule
def test_a_ladder_gets_steeper_and_only_by_blocking_for_a_time(rule: Rule) -> None:
    assert [rung.count for rung in rule.repeat] == sorted(rung.count for rung in rule.repeat)
    assert all(action.verb == "block" for rung in rule.repeat for action in rung.actions)


def test_the_minimal_set_has_few_words_and_leaves_manners_and_views_alone() -> None:
    minimal = SETS["minimal"]
    assert len(_words(minimal).split()) < len(_words(SETS["open-forum"]).split()) / 2
    assert [rule.title for rule in minimal.rules] == [
        "Threats",
        "Hatred",
        "Harassment",
        "Personal data",
        "Sexual content",
        "Spam and fraud",
        "Courts and confidences",
        "What is against the law",
    ]
    left_alone = (
        "profanity",
        "off_topic",
        "off_topic_post",
        "deflection",
        "misinformation",
        "accusation",
        "repetition",
    )
    assert evaluate(minimal, dict.fromkeys(left_alone, 1.0)) == ()
    assert all(rule.viewpoint_risk is not Risk.HIGH for rule in minimal.rules)


ELECTION = SETS["election-period"]
POLLING, IMPERSONATION, CAMPAIGN, ELECTION_LAW = "5", "6", "7", "14"
CAMPAIGNING = Facts(words=frozenset({"vote for"}), hosts=frozenset({"party.example"}))


@pytest.mark.parametrize(("day", "fired"), [(WITHIN, {CAMPAIGN}), (BEFORE, set()), (AFTER, set()), (None, set())])
def test_campaign_material_is_looked_at_only_in_the_weeks_before_the_election(
    day: date | None, fired: set[str]
) -> None:
    facts = replace(CAMPAIGNING, day=day)
    assert {finding.rule_id for finding in evaluate(ELECTION, {}, facts)} == fired


def test_the_first_and_the_last_day_of_the_period_are_in_it() -> None:
    (period,) = ELECTION.periods
    assert period.last - period.first > timedelta(weeks=5)
    for day in (period.first, period.last):
        assert evaluate(ELECTION, {}, replace(CAMPAIGNING, day=day))


def test_saying_whom_one_will_vote_for_is_no_campaign_material() -> None:
    facts = Facts(words=frozenset({"vote for"}), hosts=frozenset(), day=WITHIN)
    assert evaluate(ELECTION, {}, facts) == ()


def test_a_link_to_a_public_body_is_no_campaign_material() -> None:
    facts = Facts(words=frozenset({"vote for"}), hosts=frozenset({"www.gov.uk"}), day=WITHIN)
    assert evaluate(ELECTION, {}, facts) == ()


@pytest.mark.parametrize(
    ("scores", "words", "day", "fires"),
    [
        ({"misinformation": 0.8}, {"polling station"}, BEFORE, True),
        ({"misinformation": 0.8}, set(), WITHIN, False),
        ({"misinformation": 0.1}, {"polling station"}, WITHIN, False),
        ({}, {"vote by text"}, WITHIN, True),
        ({}, {"vote by text"}, BEFORE, False),
    ],
)
def test_false_information_about_voting_is_looked_for_always_and_more_widely_in_the_period(
    scores: dict[str, float], words: set[str], day: date, fires: bool
) -> None:
    fired = {finding.rule_id for finding in evaluate(ELECTION, scores, Facts(words=frozenset(words), day=day))}
    assert (POLLING in fired) is fires


@pytest.mark.parametrize(("day", "fires"), [(WITHIN, True), (BEFORE, False)])
def test_floods_by_many_accounts_are_looked_at_only_in_the_period(day: date, fires: bool) -> None:
    counts = {Count(Activity.REPEATS, 24, By.ANYONE): 8}
    assert bool(evaluate(ELECTION, {}, Facts(counts=counts, day=day))) is fires


def test_an_impostor_is_known_by_what_a_member_recorded() -> None:
    (finding,) = evaluate(ELECTION, {}, Facts(recorded=frozenset({"impersonates"})))
    assert finding.rule_id == IMPERSONATION


def test_imprints_and_spending_are_others_to_judge_and_nothing_is_taken_away_for_raising_them() -> None:
    rule = ELECTION.rule(ELECTION_LAW)
    assert not {action.verb for action in rule.actions} & RESTRICTIVE_VERBS
    assert all(name in rule.redirect_text for name in ("Electoral Commission", "returning officer", "police"))


def _actions(rule: Rule) -> list[RuleAction]:
    return [*rule.actions, *chain.from_iterable(rung.actions for rung in rule.repeat)]


def _words(guidelines: GuidelineSet) -> str:
    """Everything that is published as text."""
    office, scope, promises = guidelines.office, guidelines.scope, guidelines.promises
    of_set = [guidelines.title, guidelines.preamble, guidelines.appeal.text, scope.text, scope.purpose]
    of_office = [office.capacity, office.contact, office.hours, office.moderators]
    of_promises = [promises.replies, promises.records, promises.privacy, promises.changes]
    of_principles = [part for principle in guidelines.principles for part in (principle.title, principle.text)]
    of_rules = [
        part
        for rule in guidelines.rules
        for part in (rule.title, rule.text, rule.notice_reason, rule.redirect_text, *rule.exceptions)
    ]
    examples = [part for rule in guidelines.rules for part in (*rule.breach_examples, *rule.fine_examples)]
    return "\n".join(of_set + of_office + of_promises + of_principles + of_rules + examples)
