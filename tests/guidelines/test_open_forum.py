"""The preset `open-forum`, row by row: what each clause asks, of whom, and who decides."""

from dataclasses import dataclass

import pytest

from guidelines.evaluate import Evaluator, evaluate, needs_person
from guidelines.load import load_preset
from guidelines.schema import (
    LABELS,
    NEVER,
    REPORT_VERBS,
    AllOf,
    AnyOf,
    Condition,
    LabelCondition,
    Mode,
    Notice,
    Risk,
    Strength,
)
from moderator.domain.vocabulary import PERSON_ONLY, TWO_PEOPLE_IF_HIGH_RISK

REMOVE_AND_REPORT = "must hide, must delete, must report_platform"
#: What the first classifiers of the product measure; the rest of the rules are for people until others join them.
MEASURED = frozenset({"discrimination", "threat", "harassment", "profanity", "sexual", "spam"})

FORUM = load_preset("open-forum")


@dataclass(frozen=True)
class Row:
    """One clause of the protocol that the preset follows."""

    rule_id: str
    condition: Condition | None
    mode: Mode
    actions: str
    notice: Notice
    #: who decides what the actions ask for at most: "software hides", "a person", "two people"
    decider: str
    severity: int
    hours: float

    def __str__(self) -> str:
        return self.rule_id


def _on(*labels: str) -> Condition:
    conditions = tuple(LabelCondition(label) for label in labels)
    return conditions[0] if len(conditions) == 1 else AnyOf(conditions)


SUGGEST, HIDE, OFF = Mode.SUGGEST, Mode.AUTO_HIDE, Mode.OFF
AFTER, NO_NOTICE = Notice.AFTER, Notice.NEVER
FAKE = AllOf((_on("automation"), _on("coordination", "repetition")))
LANGUAGE = AnyOf(
    (
        LabelCondition("profanity", review=0.8, automatic=NEVER),
        LabelCondition("sexual", automatic=NEVER),
        LabelCondition("banned_term", review=0.5, automatic=0.5),
        LabelCondition("suspect_term", review=0.5, automatic=NEVER),
    )
)
POLICE = "must hide, must delete, must report_platform, may report_police"
MAY_ALL = "may hide, may delete, may report_platform, may report_police"

ROWS = (
    Row("2a", _on("discrimination"), HIDE, REMOVE_AND_REPORT, AFTER, "software hides", 2, 8),
    Row("2b", _on("advertising"), SUGGEST, REMOVE_AND_REPORT, AFTER, "a person", 4, 48),
    Row("2c-i", _on("spam", "phishing", "gibberish"), HIDE, REMOVE_AND_REPORT, AFTER, "software hides", 4, 24),
    Row("2c-ii", _on("off_topic"), SUGGEST, REMOVE_AND_REPORT, AFTER, "two people", 4, 48),
    Row("2c-iii", _on("repetition"), SUGGEST, REMOVE_AND_REPORT, AFTER, "a person", 4, 48),
    Row("2d", _on("threat"), HIDE, POLICE, AFTER, "software hides", 1, 1),
    Row("2e", _on("misinformation"), SUGGEST, REMOVE_AND_REPORT, AFTER, "two people", 3, 24),
    Row("2f", FAKE, SUGGEST, REMOVE_AND_REPORT, AFTER, "a person", 3, 24),
    Row("2g", LANGUAGE, HIDE, "must hide, must delete", AFTER, "software hides", 3, 24),
    Row("3", None, OFF, "must hide, must delete, must block", AFTER, "a person", 2, 24),
    Row("4", None, OFF, "must limit_comments", AFTER, "a person", 4, 24),
    Row("5", _on("harassment"), SUGGEST, MAY_ALL, AFTER, "a person", 2, 8),
    Row("6", _on("help_request"), SUGGEST, "must redirect", NO_NOTICE, "a person", 3, 24),
)


def _decider(rule_id: str) -> str:
    rule = FORUM.rule(rule_id)
    if rule.viewpoint_risk is Risk.HIGH and any(action.verb in TWO_PEOPLE_IF_HIGH_RISK for action in rule.actions):
        return "two people"
    return "software hides" if rule.mode is Mode.AUTO_HIDE else "a person"


def _strengths(scores: dict[str, float]) -> dict[str, Strength]:
    return {finding.rule_id: finding.strength for finding in evaluate(FORUM, scores)}


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_clause_asks_what_its_row_says(row: Row) -> None:
    rule = FORUM.rule(row.rule_id)
    assert rule.condition == row.condition
    assert rule.mode is row.mode
    assert ", ".join(f"{action.modality} {action.verb}" for action in rule.actions) == row.actions
    assert rule.notice is row.notice
    assert _decider(row.rule_id) == row.decider
    assert (rule.severity, rule.review_within_hours) == (row.severity, row.hours)


def test_there_are_no_other_clauses() -> None:
    assert [rule.id for rule in FORUM.rules] == [row.rule_id for row in ROWS]


def test_respect_is_a_principle_and_no_ground_for_action() -> None:
    assert [principle.id for principle in FORUM.principles] == ["1"]
    assert "1" not in {rule.id for rule in FORUM.rules}


def test_the_page_says_where_the_guidelines_hold_who_moderates_and_how_to_appeal() -> None:
    assert all((FORUM.scope, FORUM.preamble, FORUM.appeal))
    office = FORUM.office
    assert all((office.name, office.capacity, office.contact, office.hours, office.moderators))


def test_the_preamble_protects_criticism() -> None:
    assert "Criticise us as hard as you like" in FORUM.preamble


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_clause_shows_what_breaks_it_and_what_does_not(row: Row) -> None:
    rule = FORUM.rule(row.rule_id)
    assert rule.breach_examples
    assert rule.fine_examples
    assert bool(rule.notice_reason) is (rule.notice is not Notice.NEVER)


def test_hiding_comes_before_deleting_and_reports_say_where_they_go() -> None:
    for rule in FORUM.rules:
        verbs = [action.verb for action in rule.actions]
        if "delete" in verbs:
            assert verbs.index("hide") < verbs.index("delete")
        assert all(action.recipient for action in rule.actions if action.verb in REPORT_VERBS)


def test_every_clause_that_hides_by_itself_also_asks_a_person() -> None:
    for rule in FORUM.rules:
        if rule.mode is Mode.AUTO_HIDE:
            assert any(action.modality == "must" and action.verb in PERSON_ONLY for action in rule.actions)


def test_a_request_for_help_is_answered_with_what_to_send() -> None:
    answer = FORUM.rule("6").redirect_text
    assert all(part in answer for part in ("e-mail", "full name", "address"))


def test_a_certain_score_hides_only_by_the_clear_cut_labels() -> None:
    acting = {label for label in LABELS if Strength.AUTOMATIC in _strengths({label: 1.0}).values()}
    assert acting == {"threat", "discrimination", "spam", "phishing", "gibberish", "banned_term"}


@pytest.mark.parametrize(
    ("label", "reviewed_from"),
    [("threat", 0.2), ("discrimination", 0.4), ("harassment", 0.4), ("spam", 0.5), ("sexual", 0.5), ("profanity", 0.8)],
)
def test_a_person_is_asked_from_the_published_threshold_on(label: str, reviewed_from: float) -> None:
    assert _strengths({label: reviewed_from - 0.01}) == {}
    assert set(_strengths({label: reviewed_from}).values()) == {Strength.REVIEW}


def test_the_words_of_the_office_act_at_once_where_banned_and_ask_where_suspect() -> None:
    assert _strengths({"banned_term": 1.0, "suspect_term": 0.0}) == {"2g": Strength.AUTOMATIC}
    assert _strengths({"banned_term": 0.0, "suspect_term": 1.0}) == {"2g": Strength.REVIEW}


def test_a_fake_account_alone_is_no_breach_without_a_hijack() -> None:
    assert _strengths({"automation": 1.0, "repetition": 0.1, "coordination": 0.1}) == {}
    assert "2f" in _strengths({"automation": 0.7, "coordination": 0.7})


def test_threats_come_before_everything_else() -> None:
    findings = Evaluator(FORUM)(dict.fromkeys(LABELS, 1.0))
    assert findings[0].rule_id == "2d"


def test_what_nothing_measures_yet_is_left_to_people() -> None:
    left = [rule.id for rule in needs_person(FORUM, MEASURED)]
    assert left == ["2b", "2c-ii", "2c-iii", "2e", "2f", "3", "4", "6"]
