"""Documents as people write them: what is understood, what is refused, and that nothing gets through by accident."""

import string
import time
from collections.abc import Iterator
from contextlib import suppress
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from guidelines.check import check, check_text, report
from guidelines.document import MAX_BYTES, MAX_PROBLEMS
from guidelines.load import load_file, load_preset, load_text, preset_names, read_text
from guidelines.render import from_dict, to_yaml
from guidelines.schema import (
    NEVER,
    Activity,
    ActivityCondition,
    AllOf,
    AnyOf,
    Appeal,
    By,
    Decider,
    Ground,
    GuidelineError,
    LabelCondition,
    LinkCondition,
    Modality,
    Mode,
    Not,
    Notice,
    Office,
    Period,
    PeriodCondition,
    PostCondition,
    PostState,
    Principle,
    Promises,
    RecordedCondition,
    Risk,
    Rule,
    RuleAction,
    Rung,
    Scope,
    Standard,
    Surface,
    Target,
    Thresholds,
    WordsCondition,
)
from tests.guidelines.conftest import EVERY_KEY, OLD_FORUM

HEAD = """\
name: town
title: Our rules
language: en
office: {name: Our office}
preamble: Be kind.
"""
PRESET = to_yaml(load_text(OLD_FORUM))


def _rule(lines: str, rule_id: str = "2d") -> str:
    body = "".join(f"    {line}\n" for line in lines.splitlines())
    return f"{HEAD}rules:\n  - id: {rule_id}\n    title: Threats\n    text: Threaten nobody.\n    actions: []\n{body}"


def _codes(text: str) -> list[str]:
    return [problem.code for problem in read_text(text).problems]


def test_every_key_of_a_document_reaches_the_set() -> None:
    guidelines = load_text(EVERY_KEY)
    assert (guidelines.name, guidelines.title, guidelines.language) == ("town", "Our rules", "cy")
    assert guidelines.office == Office("Swyddfa", "Councillor", "office@town.example", "mornings", "the clerk")
    assert guidelines.scope == Scope(
        "every page",
        "the library and the bins",
        ("facebook.com/ourtown", "our blog"),
        (Surface.COMMENT, Surface.REPLY, Surface.MENTION),
        (Surface.DIRECT_MESSAGE,),
        ("en", "cy"),
    )
    assert guidelines.preamble == "Be kind."
    assert guidelines.principles == (Principle("1", "Respect", "Be fair."),)
    weeks = Period("election", "The weeks before the election", date(2027, 4, 1), date(2027, 5, 6))
    assert (guidelines.periods, guidelines.period("election")) == ((weeks,), weeks)
    assert guidelines.appeal == Appeal("Write to us.", 30, "the mayor", 14)
    assert guidelines.promises == Promises(
        "We answer on working days.",
        "We keep a copy for a year.",
        "See our notice.",
        "We say so on the page.",
        date(2027, 12, 31),
    )


def test_every_key_of_a_rule_reaches_the_rule() -> None:
    assert load_text(EVERY_KEY).rule("2d") == Rule(
        id="2d",
        title="Threats",
        text="Threaten nobody.",
        condition=LabelCondition("threat", 0.4, 0.8),
        mode=Mode.AUTO_HIDE,
        thresholds=Thresholds(0.55, 0.95),
        actions=(
            RuleAction("hide", Modality.MUST),
            RuleAction("report_police", Modality.MAY, "the local police force"),
        ),
        severity=1,
        viewpoint_risk=Risk.MEDIUM,
        review_within_hours=0.5,
        notice=Notice.NEVER,
        notice_reason="It was a threat.",
        redirect_text="Call us.",
        no_notice_reason="The police ask us to wait.",
        standard=Standard.FELT_TO_BE,
        decided_by=Decider.TWO_PEOPLE,
        exceptions=("A quotation from the news.", "Song words."),
        targets=(Target.REPRESENTATIVE, Target.MODERATORS),
        grounds=(Ground.RACE, Ground.RELIGION_OR_BELIEF),
        repeat=(Rung(2, 365, (RuleAction("block", Modality.MAY, duration_days=90),)),),
        breach_examples=("Watch your back.",),
        fine_examples=("Resign!", "Shame on you."),
    )


def test_every_kind_of_condition_reaches_the_rule() -> None:
    assert load_text(EVERY_KEY).rule("3").condition == AnyOf(
        (
            WordsCondition(("no", "1984", "rubbish"), automatic=True),
            LinkCondition((), ("gov.uk",)),
            LinkCondition(("shop.example", "casino.example"), automatic=True),
            RecordedCondition("outside_constituency"),
            ActivityCondition(Activity.COMMENTS, 20, 1),
            ActivityCondition(Activity.REPEATS, 3, 168, By.ANYONE, automatic=True),
            AllOf(
                (
                    PeriodCondition("election"),
                    PostCondition(PostState.LIMITED),
                    LabelCondition("off_topic_post", None, NEVER),
                    Not(LabelCondition("help_request")),
                )
            ),
        )
    )


def test_conditions_nest_and_a_label_may_be_kept_from_acting() -> None:
    text = _rule(
        """\
condition:
  all:
    - any:
        - {label: spam, automatic: never}
        - {label: phishing}
    - not: {label: help_request, review: 0.7}
"""
    )
    assert load_text(text).rules[0].condition == AllOf(
        (
            AnyOf((LabelCondition("spam", None, NEVER), LabelCondition("phishing"))),
            Not(LabelCondition("help_request", 0.7)),
        )
    )


@pytest.mark.parametrize(("written", "meant"), [("true", True), ("false", False), ("yes", True), ("No", False)])
def test_a_flag_is_what_yaml_takes_for_one(written: str, meant: bool) -> None:
    condition = load_text(_rule(f"condition: {{words: [x], automatic: {written}}}")).rules[0].condition
    assert condition == WordsCondition(("x",), meant)


@pytest.mark.parametrize("key", ["scope", "appeal"])
def test_text_alone_is_the_same_as_its_key(key: str) -> None:
    assert load_text(f"{_rule('')}{key}: Some words.\n") == load_text(f"{_rule('')}{key}: {{text: Some words.}}\n")


@pytest.mark.parametrize(
    ("lines", "said", "mend"),
    [
        ("standard: feels", 'unknown standard "feels"', "choose from is, felt_to_be, identified_as"),
        ("standard: identified", 'unknown standard "identified"', 'did you mean "identified_as"?'),
        ("decided_by: two", 'unknown decider "two"', "choose from one_person, two_people"),
        ("targets: [moderator]", 'unknown target "moderator"', 'did you mean "moderators"?'),
        ("targets: [staff, family, staff]", '"staff" is in "targets" twice', "keep one of them"),
        ("grounds: [religion]", 'unknown ground "religion"', 'did you mean "religion_or_belief"?'),
        ("grounds: race", "grounds must be a list, not text", "write each entry on its own line after a dash"),
        ("exceptions: [5]", 'an entry of "exceptions" must be text, not a number', 'put it between quotes: "5"'),
        (f"exceptions: [{'x, ' * 51}]", '"exceptions" has 51 entries', "list at most 50"),
        ("no_notice_reason: ' '", '"no_notice_reason" is empty', "write something here"),
        ("repeat: [{count: 2}]", 'a step of a ladder needs "within_days"', "add within_days:"),
        (f"repeat: [{'{}, ' * 11}]", '"repeat" has 11 entries', "list at most 10"),
        ("repeat: [{count: 0, within_days: 1, actions: []}]", '"count" must be from 1 to 10000', "change the number"),
        (
            "repeat: [{count: 1, within_days: 3661, actions: []}]",
            '"within_days" must be from 1 to',
            "change the number",
        ),
        ("repeat: [{count: 1.5, within_days: 1, actions: []}]", '"count" must be a whole number', "round it"),
        ("condition: {}", "a condition is one of label, words, links, recorded, activity,", "write label: threat"),
        ("condition: {word: [x]}", "a condition is one of label, words,", 'did you mean "words"?'),
        ("condition: {words: [x], links: any}", "this is words and links", "put them in a list under any: or all:"),
        ("condition: {words: []}", '"words" is empty', "list at least one, or leave the key out"),
        ("condition: {words: x}", "words must be a list, not text", "write each entry on its own line"),
        ("condition: {words: [x, x]}", '"x" is in "words" twice', "keep one of them"),
        ("condition: {words: [[x]]}", 'an entry of "words" must be text, not a list', "put text that holds"),
        (f"condition: {{words: [{'x' * 101}]}}", "is longer than 100 characters", "use a word or a short phrase"),
        ('condition: {words: ["x\\ny"]}', "must be one line", "join the lines"),
        ("condition: {words: [x], automatic: 0.9}", '"automatic" must be true or false, not a number', "write true or"),
        ("condition: {words: [x], automatic: 'true'}", '"automatic" must be true or false, not text', "without quotes"),
        ("condition: {words: [x], review: 0.5}", 'unknown key "review" in a condition on "words"', "choose from words"),
        ("condition: {links: gov.uk}", '"links" must be any or a list of sites', "write any, or a list of sites"),
        ("condition: {links: []}", '"links" is empty', "list at least one"),
        ("condition: {links: ['https://a.example/b']}", '"https://a.example/b" is not the name of a site', "alone"),
        ("condition: {links: [localhost]}", '"localhost" is not the name of a site', "write the name of a site alone"),
        ("condition: {links: [gov.uk, GOV.UK]}", '"gov.uk" is in "links" twice', "keep one of them"),
        ("condition: {links: any, allowed: [é.example]}", '"é.example" is not the name of a site', "as xn--"),
        ("condition: {recorded: outside constituency}", '"outside constituency" cannot be used for', "use up to 40"),
        ("condition: {activity: repeat, count: 2, within_hours: 1}", 'unknown activity "repeat"', 'mean "repeats"?'),
        ("condition: {activity: comments}", 'a condition on "activity" needs "count"', "add count:"),
        (
            "condition: {activity: comments, count: 10001, within_hours: 1}",
            '"count" must be from 1 to 10000',
            "change the number",
        ),
        (
            "condition: {activity: comments, count: 2, within_hours: 0}",
            '"within_hours" must be above 0 and at most 8760',
            "change the number",
        ),
        (
            "condition: {activity: comments, count: 2, within_hours: 1, by: everyone}",
            'unknown person "everyone"',
            "choose from author, anyone",
        ),
        ("condition: {post: limit}", 'unknown post state "limit"', 'did you mean "limited"?'),
        ("condition: {period: election}", 'unknown period "election"', "describe it in a list under periods:"),
    ],
)
def test_a_mistake_in_a_rule_is_shown_where_it_is_with_its_mend(lines: str, said: str, mend: str) -> None:
    problem = read_text(_rule(lines)).problems[0]
    assert said in problem.message
    assert mend in problem.mend
    assert problem.line == 11
    assert problem.column > 5


@pytest.mark.parametrize(
    ("line", "said", "mend"),
    [
        ("scope: [everywhere]", '"scope" must be text, not a list', "put text that holds"),
        ("scope: {purposes: x}", 'unknown key "purposes" in scope', 'did you mean "purpose"?'),
        ("scope: {surfaces: [comments]}", 'unknown surface "comments"', 'did you mean "comment"?'),
        ("scope: {unmonitored: [dm]}", 'unknown surface "dm"', "choose from comment, reply"),
        (
            "scope: {languages: [English]}",
            '"English" cannot be used for an entry of "languages"',
            "write a language tag",
        ),
        ("scope: {channels: [x, x]}", '"x" is in "channels" twice', "keep one of them"),
        ("appeal: {within_days: 0}", '"within_days" must be from 1 to 3660', "change the number"),
        ("appeal: {days: 30}", 'unknown key "days" in appeal', "within_days"),
        ("promises: We answer.", "promises must be keys and values, not text", "write its keys (replies, records,"),
        ("promises: {review_by: next year}", '"next year" is no date', "such as 2027-05-06"),
        ("promises: {review_by: 2027-02-30}", '"2027-02-30" is no date', "such as 2027-05-06"),
        ("promises: {review_by: 2027-5-6}", '"2027-5-6" is no date', "such as 2027-05-06"),
        ("promises: {review_by: 2027-05-06 10:00:00}", '"2027-05-06 10:00:00" is no date', "such as 2027-05-06"),
        ("periods: [{id: e, title: E, first: 2027-01-01}]", 'a period needs "last"', "add last:"),
        ("periods: [{id: a/b, title: E, first: 2027-01-01, last: 2027-01-01}]", '"a/b" cannot be used', "use up to 40"),
    ],
)
def test_a_mistake_in_what_an_office_says_is_shown_with_its_mend(line: str, said: str, mend: str) -> None:
    (problem,) = read_text(_rule("") + line).problems
    assert said in problem.message
    assert mend in problem.mend
    assert problem.line == 11


ELECTION = "{id: election, title: E, first: 2027-01-01, last: 2027-02-01}"


def test_a_condition_may_name_a_period_that_is_described_after_it() -> None:
    text = _rule("condition: {not: {period: election}}")
    assert load_text(f"{text}periods: [{ELECTION}]").periods[0].id == "election"
    (problem,) = read_text(f"{text}periods: [{ELECTION.replace('election', 'elections')}]").problems
    assert (problem.code, problem.mend) == ("unknown-period", 'did you mean "elections"?')
    assert (problem.line, problem.column) == (11, 31)


def test_an_unknown_period_is_shown_beside_the_other_mistakes() -> None:
    text = _rule("mode: never\ncondition: {period: election}")
    assert _codes(text) == ["unknown-mode", "unknown-period"]


def test_two_periods_with_one_id_are_refused() -> None:
    (problem,) = read_text(f"{_rule('')}periods: [{ELECTION}, {ELECTION}]").problems
    assert (problem.code, problem.line) == ("repeated-id", 11)


def test_a_date_is_a_date_with_or_without_quotes() -> None:
    quoted = ELECTION.replace("2027-01-01", '"2027-01-01"')
    assert load_text(f"{_rule('')}periods: [{quoted}]") == load_text(f"{_rule('')}periods: [{ELECTION}]")


@pytest.mark.parametrize("written", ["off", "Off", "OFF", "'off'", '"off"'])
def test_mode_off_means_off_although_yaml_takes_it_for_a_boolean(written: str) -> None:
    assert load_text(_rule(f"mode: {written}")).rules[0].mode is Mode.OFF


@pytest.mark.parametrize(
    ("written", "meant"),
    [("2", "2"), ("2.1", "2.1"), ("1e3", "1e3"), ("0x1F", "0x1F"), ("no", "no"), ("2d", "2d"), ('"2c-i"', "2c-i")],
)
def test_a_rule_id_is_what_was_written_with_or_without_quotes(written: str, meant: str) -> None:
    assert load_text(_rule("", rule_id=written)).rules[0].id == meant


@pytest.mark.parametrize("written", ["2/d", "..", "'2 d'", "-2", "2?", "é", "a" * 41, "'2\u200d'"])
def test_a_rule_id_that_would_break_an_address_is_refused(written: str) -> None:
    assert _codes(_rule("", rule_id=written)) == ["bad-id"]


def test_norwegian_is_a_language_and_not_a_boolean() -> None:
    assert load_text(_rule("").replace("language: en", "language: no")).language == "no"


@pytest.mark.parametrize("style", ["|", ">", "|+"])
def test_a_block_of_lines_does_not_end_in_an_empty_line(style: str) -> None:
    text = HEAD.replace("preamble: Be kind.", f"preamble: {style}\n  Be kind.\n") + "rules: []\n"
    assert load_text(text).preamble == "Be kind."


def test_a_key_left_blank_is_a_key_left_out() -> None:
    blank = load_text(_rule("redirect_text:\ncondition: ~\nexamples:\n  fine:\n"))
    assert blank == load_text(_rule(""))


def test_windows_line_ends_and_a_byte_order_mark_change_nothing(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + PRESET.replace("\n", "\r\n").encode())
    assert load_file(path) == load_text(PRESET)


def test_a_place_is_known_for_every_value_that_was_read() -> None:
    places = read_text(_rule("thresholds: {review: 0.4}")).places
    assert (places[()].line, places[()].column) == (1, 1)
    place = places["rules", 0, "thresholds", "review"]
    assert (place.line, place.column) == (11, 26)


def test_a_document_may_be_as_long_as_the_limit_and_no_longer(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    room = MAX_BYTES - len(_rule("").encode())
    path.write_text(_rule("") + "#" * (room - 2) + "é", encoding="utf-8")
    assert load_file(path).name == "town"
    path.write_text(_rule("") + "#" * (room - 1) + "é", encoding="utf-8")
    with pytest.raises(GuidelineError, match="longer than 256 kB"):
        load_file(path)
    assert _codes(path.read_text(encoding="utf-8")) == ["too-long"]


def test_a_missing_file_is_the_operating_system_s_to_explain(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load_file(tmp_path / "rules.yaml")


def test_reading_stops_at_a_hundred_problems() -> None:
    assert len(_codes("".join(f"key{number}: 1\n" for number in range(1000)))) == MAX_PROBLEMS


@pytest.mark.parametrize(
    "bomb",
    [
        "[" * MAX_BYTES,
        "{" * MAX_BYTES,
        "- " * (MAX_BYTES // 2),
        "? " * (MAX_BYTES // 2),
        "- - - -\n" * (MAX_BYTES // 8),
        "a: 1\n" * (MAX_BYTES // 5),
        'name: "' + "\\u0041" * 40_000,
        "a: &a [x]\nb: [*a]\n",
        "rules:\n  <<: {id: 1}\n",
    ],
    ids=["brackets", "braces", "dashes", "questions", "lists", "keys", "escapes", "aliases", "merge"],
)
def test_a_document_made_to_exhaust_the_reader_is_refused_soon(bomb: str) -> None:
    started = time.process_time()
    assert _codes(bomb)
    assert time.process_time() - started < 10


@pytest.mark.parametrize("number", ["\\UFFFFFFFF", "\\U00110000"])
def test_an_escape_beyond_unicode_is_a_problem_with_a_place(number: str) -> None:
    problems = read_text(f'name: town\ntitle: "{number}"').problems
    assert [problem.code for problem in problems] == ["yaml"]
    assert problems[0].line == 2


def test_numbers_that_only_yaml_understands_are_refused() -> None:
    for written in ("0x1", "1:30", ".nan", ".inf", "1" * 5000, "true", "[0.5]", "'0.5'"):
        assert _codes(_rule(f"thresholds: {{review: {written}}}")), written


def test_presets_are_listed_and_an_unknown_one_is_a_key_error() -> None:
    assert "open-forum" in preset_names()
    with pytest.raises(KeyError):
        load_preset("../open-forum")


def test_a_preset_takes_the_name_and_contact_of_the_office() -> None:
    plain = load_preset("open-forum")
    ours = load_preset("open-forum", office_name="Ynys Office", contact="ynys@office.example")
    assert (ours.office.name, ours.office.contact) == ("Ynys Office", "ynys@office.example")
    assert ours.office.hours == plain.office.hours
    assert ours.rules == plain.rules


def _keys(data: Any) -> Iterator[str]:
    if isinstance(data, dict):
        yield from data
    for inner in data.values() if isinstance(data, dict) else data if isinstance(data, list) else ():
        yield from _keys(inner)


#: A whole document, every key of the language, and values that some key or other understands.
_DATA = yaml.safe_load(EVERY_KEY)
_KEYS = sorted(set(_keys(_DATA)))
_VALUES: tuple[Any, ...] = (
    "any",
    "never",
    "election",
    "2027-01-01",
    "gov.uk",
    "is",
    "off",
    0,
    1,
    0.5,
    1e300,
    -1,
    True,
    [],
    {},
    [[]],
    None,
)


def _survives(text: str) -> None:
    """Loads, or says why not; and whatever is said can be shown."""
    with suppress(GuidelineError):
        load_text(text, "rules.yaml")
    report(check_text(text), text)


@settings(deadline=None, max_examples=300)
@given(st.text(st.characters()))
@example("\ud800")
@example("%YAML 9999999999.1\n---\na: b")
@example("!%ff x")
@example("? [a]\n: b")
@example("=")
def test_no_text_crashes_the_reader(text: str) -> None:
    _survives(text)


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_no_damage_to_a_good_document_crashes_the_reader(data: st.DataObject) -> None:
    document = data.draw(st.sampled_from((PRESET, EVERY_KEY)))
    text = document[: data.draw(st.integers(0, len(EVERY_KEY)))]
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text)))
        cut = data.draw(st.integers(0, 20))
        text = text[:at] + data.draw(st.text(string.punctuation + " \n\t09a\x07\u202e", max_size=4)) + text[at + cut :]
    _survives(text)


_PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.dates() | st.text(max_size=5) | st.binary()
_JUNK: st.SearchStrategy[Any] = st.recursive(
    _PLAIN,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_KEYS) | st.integers(), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(deadline=None, max_examples=200)
@given(_JUNK)
def test_no_other_shape_of_document_crashes_the_reader(junk: object) -> None:
    _survives(yaml.safe_dump(junk))


@settings(deadline=None, max_examples=100)
@given(st.data())
def test_no_other_value_in_a_good_document_crashes_the_reader(data: st.DataObject) -> None:
    document = deepcopy(_DATA)
    for _ in range(data.draw(st.integers(1, 3))):
        _change_one(document, data)
    with suppress(GuidelineError):
        check(from_dict(document))


def _change_one(document: Any, data: st.DataObject) -> None:
    """Another value, key or length somewhere in the document."""
    at = document
    while True:
        key = data.draw(st.sampled_from(sorted(at, key=str) if isinstance(at, dict) else range(len(at))))
        if not isinstance(at[key], dict | list) or not at[key] or data.draw(st.integers(0, 5)) == 0:
            break
        at = at[key]
    if isinstance(at, dict) and data.draw(st.booleans()):
        at[data.draw(st.sampled_from(_KEYS))] = at.pop(key)
    elif isinstance(at, list) and data.draw(st.booleans()):
        at.insert(key, at[key])
    else:
        at[key] = data.draw(_JUNK | st.sampled_from(_VALUES))
