"""Documents as people write them: what is understood, what is refused, and that nothing gets through by accident."""

import string
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from guidelines.check import check_text, report
from guidelines.document import MAX_BYTES, MAX_PROBLEMS
from guidelines.load import load_file, load_preset, load_text, preset_names, read_text
from guidelines.render import to_yaml
from guidelines.schema import (
    NEVER,
    AllOf,
    AnyOf,
    Appeal,
    GuidelineError,
    LabelCondition,
    Modality,
    Mode,
    Not,
    Notice,
    Risk,
    RuleAction,
    Scope,
    Thresholds,
)

HEAD = """\
name: town
title: Our rules
language: en
office: {name: Our office}
preamble: Be kind.
"""
PRESET = to_yaml(load_preset("open-forum"))


def _rule(lines: str, rule_id: str = "2d") -> str:
    body = "".join(f"    {line}\n" for line in lines.splitlines())
    return f"{HEAD}rules:\n  - id: {rule_id}\n    title: Threats\n    text: Threaten nobody.\n    actions: []\n{body}"


def _codes(text: str) -> list[str]:
    return [problem.code for problem in read_text(text).problems]


def test_every_key_of_a_document_reaches_the_set() -> None:
    guidelines = load_text(
        """\
name: town
title: Our rules
language: cy
office:
  name: Swyddfa
  capacity: Councillor
  contact: office@town.example
  hours: mornings
  moderators: the clerk
scope: every page
preamble: Be kind.
principles:
  - {id: 1, title: Respect, text: Be fair.}
rules:
  - id: 2d
    title: Threats
    text: Threaten nobody.
    condition: {label: threat, review: 0.4, automatic: 0.8}
    mode: auto_hide
    thresholds: {review: 0.55, automatic: 0.95}
    actions:
      - {verb: hide, modality: must}
      - {verb: report_police, modality: may, recipient: the local police force}
    severity: 1
    viewpoint_risk: medium
    review_within_hours: 0.5
    notice: before
    notice_reason: It was a threat.
    redirect_text: Call us.
    examples:
      breach: [Watch your back.]
      fine: [Resign!, Shame on you.]
appeal: Write to us.
"""
    )
    assert (guidelines.name, guidelines.title, guidelines.language) == ("town", "Our rules", "cy")
    assert guidelines.office.capacity == "Councillor"
    assert guidelines.office.contact == "office@town.example"
    assert (guidelines.office.hours, guidelines.office.moderators) == ("mornings", "the clerk")
    assert (guidelines.scope, guidelines.appeal) == (Scope("every page"), Appeal("Write to us."))
    assert guidelines.preamble == "Be kind."
    assert [(p.id, p.title, p.text) for p in guidelines.principles] == [("1", "Respect", "Be fair.")]
    rule = guidelines.rule("2d")
    assert (rule.title, rule.text) == ("Threats", "Threaten nobody.")
    assert rule.condition == LabelCondition("threat", 0.4, 0.8)
    assert (rule.mode, rule.thresholds) == (Mode.AUTO_HIDE, Thresholds(0.55, 0.95))
    assert rule.actions == (
        RuleAction("hide", Modality.MUST),
        RuleAction("report_police", Modality.MAY, "the local police force"),
    )
    assert (rule.severity, rule.viewpoint_risk, rule.review_within_hours) == (1, Risk.MEDIUM, 0.5)
    assert (rule.notice, rule.notice_reason, rule.redirect_text) == (Notice.BEFORE, "It was a threat.", "Call us.")
    assert rule.breach_examples == ("Watch your back.",)
    assert rule.fine_examples == ("Resign!", "Shame on you.")


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


@settings(deadline=None, max_examples=100)
@given(st.data())
def test_no_damage_to_a_good_document_crashes_the_reader(data: st.DataObject) -> None:
    text = PRESET[: data.draw(st.integers(0, 3000))]
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text)))
        cut = data.draw(st.integers(0, 20))
        text = text[:at] + data.draw(st.text(string.punctuation + " \n\t09a\x07\u202e", max_size=4)) + text[at + cut :]
    _survives(text)


_KEYS = st.sampled_from(("name", "office", "rules", "id", "text", "actions", "condition", "label", "any", "mode"))
_PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.dates() | st.text(max_size=5) | st.binary()
_JUNK: st.SearchStrategy[Any] = st.recursive(
    _PLAIN,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS | st.integers(), inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None, max_examples=200)
@given(_JUNK)
def test_no_other_shape_of_document_crashes_the_reader(junk: object) -> None:
    _survives(yaml.safe_dump(junk))
