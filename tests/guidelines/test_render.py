"""A set written out and read back is the same set, in every form."""

import json
from typing import Any

import pytest
import yaml
from hypothesis import given, settings

from guidelines.fingerprint import canonical, sha256
from guidelines.load import load_text
from guidelines.render import from_dict, to_dict, to_json, to_yaml
from guidelines.schema import Appeal, GuidelineError, GuidelineSet, Promises, Scope
from tests.guidelines.conftest import EVERY_KEY, OLD_FORUM, MakeRule, MakeSet
from tests.guidelines.strategies import sets


@settings(deadline=None, max_examples=60)
@given(sets())
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
    assert to_dict(load_text(EVERY_KEY)) == _as_written(EVERY_KEY)
    assert list(to_dict(load_text(EVERY_KEY))) == list(yaml.safe_load(EVERY_KEY))


def _as_written(text: str) -> Any:
    """The data of the document where it differs from what YAML makes of it: spelling, dates, and what is left out."""
    data = yaml.safe_load(text)
    data["principles"][0]["id"] = "1"
    data["periods"][0]["first"] = "2027-04-01"
    data["promises"]["review_by"] = "2027-12-31"
    everything = data["rules"][1]
    everything["id"] = "3"
    everything["condition"]["any"][0]["words"] = ["no", "1984", "rubbish"]
    everything["condition"]["any"][2]["links"] = ["shop.example", "casino.example"]
    defaults = {"mode": "suggest", "thresholds": {"review": 0.5, "automatic": 0.9}, "severity": 3}
    everything |= defaults | {"viewpoint_risk": "low", "review_within_hours": 24, "notice": "after"}
    return data


def test_what_is_as_it_would_be_anyway_is_left_out(a_rule: MakeRule, a_set: MakeSet) -> None:
    plain = to_dict(a_set(a_rule(), scope=Scope(), appeal=Appeal(), promises=Promises()))
    assert list(plain) == ["name", "title", "language", "office", "preamble", "rules"]
    always = ["mode", "thresholds", "actions", "severity", "viewpoint_risk", "review_within_hours", "notice"]
    assert list(plain["rules"][0]) == ["id", "title", "text", "condition", *always, "examples"]
    assert plain["rules"][0]["actions"] == [{"verb": "hide", "modality": "must"}]


def test_scope_and_appeal_are_text_where_they_are_nothing_else(a_rule: MakeRule, a_set: MakeSet) -> None:
    plain = to_dict(a_set(a_rule(), scope=Scope("every page"), appeal=Appeal("Write.", within_days=30)))
    assert plain["scope"] == "every page"
    assert plain["appeal"] == {"text": "Write.", "within_days": 30}


def test_yaml_is_made_to_be_read_by_people() -> None:
    written = to_yaml(load_text(OLD_FORUM))
    assert "👏" in written
    assert "&id" not in written
    assert max(map(len, written.splitlines())) < 160


def _changed(path: tuple[str | int, ...], value: object) -> Any:
    data = to_dict(load_text(OLD_FORUM))
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
