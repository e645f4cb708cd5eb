"""The preset `open-forum` at work: what it measures, from where it asks and acts, and what it leaves to people.

What each of its rules must be, clause by clause, is in `test_protocols`.
"""

import pytest

from guidelines.evaluate import Evaluator, evaluate, needs, needs_person
from guidelines.load import load_preset
from guidelines.schema import (
    LABELS,
    NEVER,
    Activity,
    AnyOf,
    By,
    Count,
    Facts,
    LabelCondition,
    Mode,
    Rule,
    RungCount,
    Strength,
)
from moderator.domain.vocabulary import PERSON_ONLY

#: What the first classifiers of the product measure; the rest of the rules are for people until others join them.
MEASURED = frozenset({"discrimination", "threat", "harassment", "profanity", "sexual", "spam"})

FORUM = load_preset("open-forum")

each_rule = pytest.mark.parametrize("rule", FORUM.rules, ids=[rule.id for rule in FORUM.rules])


def _strengths(scores: dict[str, float], facts: Facts | None = None) -> dict[str, Strength]:
    return {finding.rule_id: finding.strength for finding in evaluate(FORUM, scores, facts or Facts())}


def _counted(activity: Activity, hours: float, by: By, count: int) -> Facts:
    return Facts(counts={Count(activity, hours, by): count})


@pytest.mark.parametrize(
    ("rule_id", "severity", "hours"),
    [
        ("2a", 2, 8),
        ("2b", 4, 48),
        ("2c-i", 4, 24),
        ("2c-ii", 4, 48),
        ("2c-iii", 4, 48),
        ("2d", 1, 1),
        ("2e", 3, 24),
        ("2f", 3, 24),
        ("2g", 3, 24),
        ("3", 2, 24),
        ("4", 4, 24),
        ("5", 2, 8),
        ("6", 3, 24),
    ],
)
def test_what_endangers_people_is_looked_at_first(rule_id: str, severity: int, hours: float) -> None:
    rule = FORUM.rule(rule_id)
    assert (rule.severity, rule.review_within_hours) == (severity, hours)


def test_bad_language_is_measured_and_held_against_the_office_s_own_words() -> None:
    assert FORUM.rule("2g").condition == AnyOf(
        (
            LabelCondition("profanity", review=0.8, automatic=NEVER),
            LabelCondition("sexual", automatic=NEVER),
            LabelCondition("banned_term", review=0.5, automatic=0.5),
            LabelCondition("suspect_term", review=0.5, automatic=NEVER),
        )
    )
    assert [action.verb for action in FORUM.rule("2g").actions] == ["hide", "delete"]


def test_the_page_says_where_the_guidelines_hold_who_moderates_and_how_to_appeal() -> None:
    assert all((FORUM.scope.text, FORUM.preamble, FORUM.appeal.text, FORUM.appeal.reviewer))
    office = FORUM.office
    assert all((office.name, office.capacity, office.contact, office.hours, office.moderators))


def test_one_may_ask_for_another_look_for_half_a_year() -> None:
    assert FORUM.appeal.within_days == 180


def test_the_preamble_protects_criticism() -> None:
    assert "Criticise us as hard as you like" in FORUM.preamble


@each_rule
def test_a_rule_that_hides_by_itself_also_asks_a_person(rule: Rule) -> None:
    asks = any(action.modality == "must" and action.verb in PERSON_ONLY for action in rule.actions)
    assert asks or rule.mode is not Mode.AUTO_HIDE


def test_a_certain_score_hides_only_by_the_clear_cut_labels() -> None:
    acting = {label for label in LABELS if Strength.AUTOMATIC in _strengths({label: 1.0}).values()}
    assert acting == {"threat", "discrimination", "spam", "banned_term"}


@pytest.mark.parametrize(
    ("label", "reviewed_from"),
    [
        ("threat", 0.15),
        ("discrimination", 0.4),
        ("harassment", 0.4),
        ("spam", 0.5),
        ("sexual", 0.5),
        ("profanity", 0.8),
    ],
)
def test_a_person_is_asked_from_the_published_threshold_on(label: str, reviewed_from: float) -> None:
    assert _strengths({label: reviewed_from - 0.01}) == {}
    assert set(_strengths({label: reviewed_from}).values()) == {Strength.REVIEW}


def test_threats_are_hidden_from_where_the_bundled_model_is_nearly_always_right() -> None:
    assert _strengths({"threat": 0.96})["2d"] is Strength.REVIEW
    assert _strengths({"threat": 0.97})["2d"] is Strength.AUTOMATIC


def test_the_words_of_the_office_act_at_once_where_banned_and_ask_where_suspect() -> None:
    assert _strengths({"banned_term": 1.0, "suspect_term": 0.0}) == {"2g": Strength.AUTOMATIC}
    assert _strengths({"banned_term": 0.0, "suspect_term": 1.0}) == {"2g": Strength.REVIEW}


def test_a_fake_account_alone_is_no_breach_without_a_hijack() -> None:
    assert _strengths({"automation": 1.0, "repetition": 0.1, "coordination": 0.1}) == {}
    assert "2f" in _strengths({"automation": 0.7, "coordination": 0.7})


def test_a_hijack_alone_is_no_breach_without_a_fake_account() -> None:
    many = _counted(Activity.COMMENTS, 24, By.AUTHOR, 100)
    assert "2f" not in _strengths({"automation": 0.1}, many)
    assert "2f" in _strengths({"automation": 0.7}, many)


@pytest.mark.parametrize(("count", "asked"), [(2, set()), (3, {"2c-iii"})])
def test_the_same_text_under_three_posts_in_a_week_is_put_before_a_person(count: int, asked: set[str]) -> None:
    found = _strengths({}, _counted(Activity.REPEATS, 168, By.AUTHOR, count))
    assert found == dict.fromkeys(asked, Strength.REVIEW)


def test_many_people_making_one_point_break_no_rule() -> None:
    assert _strengths({}, _counted(Activity.REPEATS, 24, By.ANYONE, 1000)) == {}


def test_a_second_breach_within_a_year_is_shown_to_whoever_decides() -> None:
    upheld = Facts(upheld={RungCount("5", 365): 1})
    (finding,) = evaluate(FORUM, {"harassment": 0.9}, upheld)
    assert (finding.rule_id, finding.rung) == ("5", 1)


def test_threats_come_before_everything_else() -> None:
    findings = Evaluator(FORUM)(dict.fromkeys(LABELS, 1.0))
    assert findings[0].rule_id == "2d"


def test_nothing_about_an_author_has_to_be_recorded() -> None:
    assert not needs(FORUM).recorded


def test_what_nothing_measures_yet_is_left_to_people() -> None:
    left = [rule.id for rule in needs_person(FORUM, MEASURED)]
    assert left == ["2b", "2c-ii", "2e", "2f", "3", "4", "6"]
