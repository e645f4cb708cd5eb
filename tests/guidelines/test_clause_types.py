"""`docs/guidelines.md` shows every kind of clause as YAML: each can be published, and fires where it should.

The examples stand here, beside the numbers of the clauses. `knows` is all that is known of a comment: its scores, and
facts. What is left out of the facts is not known.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path

import pytest
import yaml

from guidelines.check import check_text, report
from guidelines.evaluate import evaluate
from guidelines.load import load_text
from guidelines.schema import (
    NO_FACTS,
    Activity,
    By,
    Count,
    Facts,
    GuidelineSet,
    Mode,
    PostState,
    RungCount,
    Standard,
    Surface,
)

PAGE = (Path(__file__).parents[2] / "docs" / "guidelines.md").read_text(encoding="utf-8")
SECTION = re.compile(r"^### (C\d\d) (.+?)\n(.*?)(?=^### |\Z)", re.MULTILINE | re.DOTALL)
SECTIONS = {number: (title, body) for number, title, body in SECTION.findall(PAGE)}
ALL = tuple(f"C{number:02}" for number in range(1, 47))

#: What a clause needs around it to be a whole set. It has nothing that a clause could lean on.
FRAME = {
    "name": "name: clause",
    "title": "title: Our rules",
    "language": "language: en",
    "office": "office: {name: Our office, contact: office@example.org, hours: Every day., moderators: All of us.}",
    "preamble": "preamble: Welcome.",
    "rules": """\
rules:
  - id: any
    title: Anything else
    text: People judge the rest.
    mode: off
    actions: [{verb: keep, modality: may}]
    notice_reason: A person looked at your comment.
    examples: {fine: [Good morning.]}""",
    "appeal": "appeal: {text: Write to us., within_days: 180, reviewer: Somebody else}",
}


@dataclass(frozen=True)
class Known:
    """What is known of a comment."""

    scores: Mapping[str, float] = field(default_factory=dict)
    facts: Facts = NO_FACTS


@dataclass(frozen=True)
class Example:
    """A comment that the clause fires on, and one that it does not."""

    breach: Known
    fine: Known
    #: the rule that fires, where the clause has several
    rule_id: str = ""


def _scored(**scores: float) -> Known:
    return Known(scores)


def _recorded(*facts: str) -> Known:
    return Known(facts=Facts(recorded=frozenset(facts)))


def _counted(count: int, activity: Activity, hours: float, by: By = By.AUTHOR) -> Facts:
    return Facts(counts={Count(activity, hours, by): count})


def _said(*words: str, hosts: tuple[str, ...] = (), **scores: float) -> Known:
    return Known(scores, Facts(words=frozenset(words), hosts=frozenset(hosts)))


def _repeated(count: int, hours: float, by: By, **scores: float) -> Known:
    return Known(scores, _counted(count, Activity.REPEATS, hours, by))


def _in_april(count: int, day: date) -> Known:
    counts = {Count(Activity.REPEATS, 24, By.ANYONE): count}
    return Known(facts=Facts(counts=counts, day=day))


def _under_post(*states: PostState, harassment: float) -> Known:
    return Known({"harassment": harassment}, Facts(post=frozenset(states)))


HELP = {"help_request": 0.9}
EXAMPLES = {
    "C02": (Example(_scored(threat=0.98), _scored(threat=0.1)),),
    "C03": (Example(_scored(harassment=0.5), _scored(harassment=0.3)),),
    "C04": (Example(_scored(discrimination=0.5), _scored(discrimination=0.3)),),
    "C05": (
        Example(_scored(profanity=0.8), _scored(profanity=0.5)),
        Example(_scored(suspect_term=1.0), _scored(suspect_term=0.0)),
    ),
    "C06": (
        Example(_said("tosspot"), _said()),
        Example(_scored(banned_term=1.0), _scored(banned_term=0.0, profanity=0.7)),
    ),
    "C07": (Example(_scored(sexual=0.6), _scored(sexual=0.2)),),
    "C08": (
        Example(_scored(off_topic=0.6), _scored(off_topic=0.2)),
        Example(_scored(off_topic_post=0.9), _scored(off_topic_post=0.7)),
    ),
    "C09": (Example(_scored(deflection=0.6), _scored(deflection=0.2)),),
    "C10": (
        Example(_repeated(3, 168, By.AUTHOR), _repeated(2, 168, By.AUTHOR)),
        Example(_repeated(8, 24, By.ANYONE), _repeated(7, 24, By.ANYONE)),
    ),
    "C11": (
        Example(
            Known(facts=_counted(30, Activity.COMMENTS, 24)),
            Known(facts=_counted(29, Activity.COMMENTS, 24)),
        ),
    ),
    "C12": (Example(_scored(gibberish=0.96), _scored(gibberish=0.1)),),
    "C13": (Example(_scored(advertising=0.6), _scored(advertising=0.4)),),
    "C14": (Example(_said(hosts=("shop.example",)), _said(hosts=("www.gov.uk",))),),
    "C15": (
        Example(_said("vote for", hosts=("party.example",)), _said("vote for")),
        Example(_said("our manifesto", hosts=("party.example",)), _said("our manifesto", hosts=("www.parliament.uk",))),
    ),
    "C16": (Example(_in_april(5, date(2027, 5, 6)), _in_april(5, date(2027, 5, 7))),),
    "C18": (Example(_scored(accusation=0.7), _scored(accusation=0.3)),),
    "C19": (Example(_said("injunction"), _said()),),
    "C20": (Example(_scored(personal_data=0.7), _scored(personal_data=0.3)),),
    "C21": (Example(_said("caseworker", harassment=0.5), _said(harassment=0.5)),),
    "C22": (Example(_scored(misinformation=0.7), _scored(misinformation=0.3)),),
    "C23": (Example(_recorded("impersonates"), _recorded()),),
    "C24": (
        Example(_repeated(5, 24, By.ANYONE, automation=0.9), _repeated(5, 24, By.ANYONE, automation=0.1)),
        Example(_scored(automation=0.9, coordination=0.9), _scored(automation=0.9, coordination=0.1)),
    ),
    "C26": (Example(_recorded("stands_in_for_blocked"), _recorded("outside_constituency")),),
    "C30": (Example(_recorded("outside_constituency"), _recorded()),),
    "C31": (
        Example(Known(HELP), _scored(help_request=0.1)),
        Example(_said("freedom of information"), _said()),
    ),
    "C32": (Example(_recorded("complaint_closed"), _recorded()),),
    "C34": (
        Example(_said(hosts=("www.gofundme.com",)), _said(hosts=("gofundme.com.example",))),
        Example(_said("donate", hosts=("cause.example",)), _said("donate")),
    ),
    "C35": (Example(_recorded("said_under_13"), _recorded()),),
    "C36": (Example(Known({**HELP, "personal_data": 0.9}), Known({**HELP, "personal_data": 0.1})),),
    "C38": (
        Example(
            _under_post(PostState.LIMITED, harassment=0.3),
            _under_post(harassment=0.3),
            rule_id="while-limited",
        ),
    ),
    "C40": (Example(_scored(profanity=0.9), _scored(profanity=0.5)),),
    "C41": (
        Example(_scored(sexual=0.9), _scored(sexual=0.1), rule_id="sexual"),
        Example(_scored(phishing=0.9), _scored(phishing=0.1), rule_id="phishing"),
    ),
}
CASES = [(number, example) for number, examples in EXAMPLES.items() for example in examples]
CASE_IDS = [f"{number}-{position}" for number, examples in EXAMPLES.items() for position in range(len(examples))]


def test_the_page_shows_each_of_the_46_kinds_once_and_in_order() -> None:
    assert tuple(SECTIONS) == ALL
    assert tuple(re.findall(r"^### (C\d\d)", PAGE, re.MULTILINE)) == ALL


@pytest.mark.parametrize("number", ALL)
def test_the_table_leads_to_the_clause(number: str) -> None:
    title, _ = SECTIONS[number]
    anchor = re.sub(r"[^\w\- ]", "", f"{number} {title}".lower()).replace(" ", "-")
    assert f"| {number} | [{title}](#{anchor}) |" in PAGE


@pytest.mark.parametrize("number", ALL)
def test_a_clause_can_be_published_as_it_stands(number: str) -> None:
    text = _whole(number)
    problems = check_text(text)
    assert problems == [], report(problems, text, number)


@pytest.mark.parametrize("number", ALL)
def test_a_clause_has_examples_here_exactly_where_a_machine_tests_it(number: str) -> None:
    tested = {rule.id for rule in _clause(number).rules if rule.mode is not Mode.OFF}
    shown = {_rule_id(number, example) for example in EXAMPLES.get(number, ())}
    assert shown == tested


@pytest.mark.parametrize(("number", "example"), CASES, ids=CASE_IDS)
def test_a_clause_fires_on_what_breaks_it(number: str, example: Example) -> None:
    assert _fired(number, example.breach) == {_rule_id(number, example)}


@pytest.mark.parametrize(("number", "example"), CASES, ids=CASE_IDS)
def test_a_clause_leaves_alone_what_is_fine(number: str, example: Example) -> None:
    assert _fired(number, example.fine) == set()


@pytest.mark.parametrize(("number", "example"), CASES, ids=CASE_IDS)
def test_a_clause_fires_on_nothing_that_is_not_known(number: str, example: Example) -> None:
    assert _fired(number, Known()) == set()


@pytest.mark.parametrize("number", ALL)
def test_what_stands_in_a_list_is_a_whole_sentence(number: str) -> None:
    """A comma in a list without quotes would split one."""
    said = [text for rule in _clause(number).rules for text in rule.exceptions]
    assert all(re.fullmatch(r"[A-Z].*\.", text) for text in said)


@pytest.mark.parametrize("number", ["C05", "C33"])
def test_what_is_felt_to_be_so_never_acts_by_itself(number: str) -> None:
    (rule,) = _clause(number).rules
    assert rule.standard is Standard.FELT_TO_BE
    assert rule.mode is not Mode.AUTO_HIDE


@pytest.mark.parametrize("number", ["C23", "C26", "C30", "C32", "C35"])
def test_what_is_recorded_about_an_author_is_the_standard_where_a_clause_asks_for_it(number: str) -> None:
    (rule,) = _clause(number).rules
    assert rule.standard is Standard.IDENTIFIED_AS


@pytest.mark.parametrize(
    ("number", "upheld", "rung"),
    [("C03", 0, 0), ("C03", 1, 1), ("C08", 2, 1), ("C22", 1, 1), ("C40", 1, 1), ("C40", 2, 2)],
)
def test_a_ladder_is_climbed_by_breaches_that_people_upheld(number: str, upheld: int, rung: int) -> None:
    (rule,) = _clause(number).rules
    scores = EXAMPLES[number][0].breach.scores
    counts = {RungCount(rule.id, step.within_days): upheld for step in rule.repeat}
    (finding,) = evaluate(_clause(number), scores, Facts(upheld=counts))
    assert finding.rung == rung


def test_notice_is_given_before_after_or_never_with_the_reason() -> None:
    rules = _clause("C41").rules
    assert [rule.notice for rule in rules] == ["before", "after", "never"]
    assert [bool(rule.notice_reason) for rule in rules] == [True, True, False]
    assert rules[2].no_notice_reason


def test_what_is_no_rule_is_said_by_the_set() -> None:
    assert [principle.id for principle in _clause("C01").principles] == ["respect"]
    assert _clause("C37").office.hours
    assert _clause("C37").promises.replies
    assert _clause("C37").scope.unmonitored == (Surface.DIRECT_MESSAGE,)
    assert set(_clause("C39").scope.surfaces) == set(Surface) - {Surface.DIRECT_MESSAGE}
    assert _clause("C42").appeal.within_days == 180
    assert "somebody who did not" in _clause("C42").appeal.reviewer.lower()
    assert _clause("C43").promises.records
    assert "Criticise us" in _clause("C44").preamble
    assert _clause("C45").promises.review_by == date(2027, 10, 1)
    assert _clause("C46").promises.privacy


def test_the_set_that_shows_the_language_can_be_published_as_it_stands() -> None:
    text = PAGE.split("```yaml\n")[1].split("```")[0]
    problems = check_text(text)
    assert problems == [], report(problems, text, "the language")
    shown = load_text(text)
    assert {finding.rule_id for finding in evaluate(shown, {"threat": 0.3})} == {"1"}


def _yaml(number: str) -> str:
    _, body = SECTIONS[number]
    (shown,) = re.findall(r"^```yaml\n(.*?)^```$", body, re.MULTILINE | re.DOTALL)
    return str(shown)


def _whole(number: str) -> str:
    """The clause with what it needs around it, as text, so that it is read as people would write it."""
    shown = _yaml(number)
    given = yaml.load(shown, yaml.BaseLoader)
    return "\n".join([*(text for key, text in FRAME.items() if key not in given), shown])


@cache
def _clause(number: str) -> GuidelineSet:
    return load_text(_whole(number))


def _rule_id(number: str, example: Example) -> str:
    return example.rule_id or _clause(number).rules[0].id


def _fired(number: str, known: Known) -> set[str]:
    return {finding.rule_id for finding in evaluate(_clause(number), known.scores, known.facts)}
