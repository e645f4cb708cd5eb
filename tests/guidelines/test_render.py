"""A set written out and read back is the same set, in every form."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guidelines.bounds import MAX_CONDITION_DEPTH
from guidelines.fingerprint import canonical, sha256
from guidelines.load import load_preset, load_text
from guidelines.render import from_dict, to_dict, to_json, to_yaml
from guidelines.schema import (
    LABELS,
    NEVER,
    VERBS,
    AllOf,
    AnyOf,
    Appeal,
    Condition,
    GuidelineError,
    GuidelineSet,
    LabelCondition,
    Modality,
    Mode,
    Not,
    Notice,
    Office,
    Principle,
    Risk,
    Rule,
    RuleAction,
    Scope,
    Thresholds,
)

_UNREADABLE = "\x85\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff\ufffe\uffff"
_CHARACTERS = st.characters(exclude_categories=("Cc", "Cs"), exclude_characters=_UNREADABLE)
_LINES = st.text(_CHARACTERS, min_size=1, max_size=12).filter(str.strip)
_TEXTS = st.text(_CHARACTERS | st.sampled_from("\n\t #:-|>'\"%@&*!?{}[]"), min_size=1, max_size=30).filter(str.strip)
_SOMETIMES = st.just("") | _TEXTS
_IDS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,5}", fullmatch=True)
_SHARES = st.floats(0, 1) | st.sampled_from((0, 1))
_LABELLED = st.builds(
    LabelCondition, st.sampled_from(LABELS), st.none() | _SHARES, st.none() | _SHARES | st.just(NEVER)
)


def _compound(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    several = st.lists(inner, min_size=1, max_size=3).map(tuple)
    return st.builds(AnyOf, several) | st.builds(AllOf, several) | st.builds(Not, inner)


def _depth(condition: Condition) -> int:
    match condition:
        case Not(inner):
            return 1 + _depth(inner)
        case AnyOf(parts) | AllOf(parts):
            return 1 + max(map(_depth, parts))
        case _:
            return 1


_CONDITIONS: st.SearchStrategy[Condition] = st.recursive(_LABELLED, _compound, max_leaves=6).filter(
    lambda condition: _depth(condition) <= MAX_CONDITION_DEPTH
)
_ACTIONS = st.builds(RuleAction, st.sampled_from(VERBS), st.sampled_from(Modality), st.just("") | _LINES)
_RULES = st.builds(
    Rule,
    id=_IDS,
    title=_LINES,
    text=_TEXTS,
    actions=st.lists(_ACTIONS, max_size=2).map(tuple),
    condition=st.none() | _CONDITIONS,
    mode=st.sampled_from(Mode),
    thresholds=st.builds(Thresholds, _SHARES, _SHARES),
    severity=st.integers(1, 4),
    viewpoint_risk=st.sampled_from(Risk),
    review_within_hours=st.floats(0, 720, exclude_min=True) | st.integers(1, 720),
    notice=st.sampled_from(Notice),
    notice_reason=_SOMETIMES,
    redirect_text=_SOMETIMES,
    breach_examples=st.lists(_TEXTS, max_size=2).map(tuple),
    fine_examples=st.lists(_TEXTS, max_size=2).map(tuple),
)
_OFFICES = st.builds(Office, _LINES, st.just("") | _LINES, _SOMETIMES, _SOMETIMES, _SOMETIMES)
_SETS = st.builds(
    GuidelineSet,
    name=_IDS,
    title=_LINES,
    language=st.sampled_from(("en", "cy", "no", "en-GB")),
    office=_OFFICES,
    preamble=_TEXTS,
    principles=st.lists(st.builds(Principle, _IDS, _LINES, _TEXTS), max_size=2).map(tuple),
    rules=st.lists(_RULES, max_size=2).map(tuple),
    appeal=st.builds(Appeal, _SOMETIMES),
    scope=st.builds(Scope, _SOMETIMES),
)


@settings(deadline=None, max_examples=200)
@given(_SETS)
def test_any_set_survives_data_json_and_yaml_with_its_fingerprint(guidelines: GuidelineSet) -> None:
    for copy in (
        from_dict(to_dict(guidelines)),
        from_dict(json.loads(to_json(guidelines))),
        from_dict(json.loads(canonical(guidelines))),
        load_text(to_yaml(guidelines)),
    ):
        assert copy == guidelines
        assert sha256(copy) == sha256(guidelines)


def test_data_has_the_keys_of_the_document_in_its_order() -> None:
    plain = to_dict(load_preset("open-forum"))
    assert list(plain) == ["name", "title", "language", "office", "scope", "preamble", "principles", "rules", "appeal"]
    blocking = next(rule for rule in plain["rules"] if rule["id"] == "3")
    assert "condition" not in blocking
    assert "redirect_text" not in blocking


def test_yaml_is_made_to_be_read_by_people() -> None:
    written = to_yaml(load_preset("open-forum"))
    assert "👏" in written
    assert "&id" not in written
    assert max(map(len, written.splitlines())) < 160


def _changed(path: tuple[str | int, ...], value: object) -> Any:
    data = to_dict(load_preset("open-forum"))
    target: Any = data
    for part in path[:-1]:
        target = target[part]
    target[path[-1]] = value
    return data


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (None, "document: the document must be keys and values, not nothing"),
        ([], "document: the document must be keys and values, not a list"),
        (object(), "this is not plain data"),
        (_changed(("rules", 2, "mode"), "automatic"), 'rules[2].mode: unknown mode "automatic"'),
        (_changed(("rules", 0, "title"), 5), 'rules[0].title: "title" must be text, not a number'),
        (_changed(("rules", 0, "severity"), 9), 'rules[0].severity: "severity" must be from 1 to 4'),
        (_changed(("rules", 1, "text"), "\ud800"), "rules[1].text: "),
        (_changed(("office", "telephone"), "1"), 'office: unknown key "telephone"'),
        (_changed(("preamble",), b"bytes"), 'preamble: "preamble" must be text, not bytes'),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else "",
)
def test_other_data_is_refused_with_the_path_of_the_mistake(data: object, said: str) -> None:
    with pytest.raises(GuidelineError) as caught:
        from_dict(data)
    assert said in str(caught.value)


def test_data_that_contains_itself_is_refused() -> None:
    ring: dict[str, Any] = {}
    ring["not"] = ring
    with pytest.raises(GuidelineError, match="nested more than 8 deep"):
        from_dict(_changed(("rules", 0, "condition"), ring))


def test_data_nested_beyond_reason_is_refused() -> None:
    tower: Any = "text"
    for _ in range(5000):
        tower = [tower]
    with pytest.raises(GuidelineError, match="not plain data"):
        from_dict(tower)
