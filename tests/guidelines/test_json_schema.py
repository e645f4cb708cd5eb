"""The schema that editors use, held to the loader: what one takes the other takes, and what one refuses too."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from jsonschema import Draft202012Validator

from guidelines.json_schema import schema
from guidelines.load import load_preset, preset_names, read_text
from guidelines.render import to_dict
from guidelines.schema import GuidelineSet
from tests.guidelines.conftest import EVERY_KEY, FINGERPRINTS, OLD_FORUM
from tests.guidelines.strategies import sets

VALIDATOR = Draft202012Validator(schema())
PRESETS = Path(__file__).parents[2] / "guidelines" / "presets"
DOCUMENTS = sorted([*FINGERPRINTS.parent.glob("*/*.yaml"), *PRESETS.glob("*.yaml")])


#: YAML 1.2, as editors read it: `off` and dates are text.
_EditorLoader: Any = type("_EditorLoader", (yaml.SafeLoader,), {"yaml_implicit_resolvers": {}})
_TAG = "tag:yaml.org,2002:"
_EditorLoader.add_implicit_resolver(_TAG + "null", re.compile("(~|null|)$"), ["~", "n", ""])
_EditorLoader.add_implicit_resolver(_TAG + "bool", re.compile("(true|false)$"), ["t", "f"])
_EditorLoader.add_implicit_resolver(_TAG + "int", re.compile("-?[0-9]+$"), list("-0123456789"))
_EditorLoader.add_implicit_resolver(_TAG + "float", re.compile(r"-?[0-9]+\.[0-9]+$"), list("-0123456789"))


def _read(text: str) -> Any:
    return yaml.load(text, _EditorLoader)


def _accepted(text: str) -> bool:
    return bool(VALIDATOR.is_valid(_read(text)))


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(schema())
    assert json.loads(json.dumps(schema())) == schema()


def test_the_golden_documents_are_there() -> None:
    assert {path.stem for path in DOCUMENTS} >= {"every-key", "open-forum", *preset_names()}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_document_that_loads_is_one_that_editors_are_content_with(path: Path) -> None:
    text = path.read_bytes().decode("utf-8", "replace")
    if read_text(text).guidelines is not None:
        assert [error.message for error in VALIDATOR.iter_errors(_read(text))] == []


@pytest.mark.parametrize("name", preset_names())
def test_every_preset_is_published_as_valid_json(name: str) -> None:
    VALIDATOR.validate(to_dict(load_preset(name)))


@settings(deadline=None, max_examples=50)
@given(sets())
def test_every_set_is_published_as_valid_json(guidelines: GuidelineSet) -> None:
    VALIDATOR.validate(to_dict(guidelines))


def _objects(part: Any) -> list[dict[str, Any]]:
    """Every mapping that the schema describes."""
    if isinstance(part, list):
        return [found for inner in part for found in _objects(inner)]
    if not isinstance(part, dict):
        return []
    inside = [found for inner in part.values() for found in _objects(inner)]
    return [part, *inside] if part.get("type") == "object" else inside


def _mappings(data: Any) -> list[frozenset[str]]:
    """The keys of every mapping in a document."""
    if isinstance(data, list):
        return [found for inner in data for found in _mappings(inner)]
    if not isinstance(data, dict):
        return []
    return [frozenset(data), *(found for inner in data.values() for found in _mappings(inner))]


def test_every_key_that_the_schema_knows_is_one_that_the_loader_reads() -> None:
    """The document with every key loads, so a key that is in no mapping of it would be the schema's invention."""
    written = _mappings(_read(EVERY_KEY))
    for described in _objects(schema()):
        keys = set(described["properties"])
        used = set().union(*(mapping for mapping in written if set(described["required"]) <= mapping <= keys))
        assert used == keys


def test_every_key_has_a_word_of_explanation() -> None:
    for described in _objects(schema()):
        silent = [key for key, value in described["properties"].items() if "description" not in value]
        assert set(silent) <= {"condition", "any", "all", "not"}


HEAD = "name: town\ntitle: T\nlanguage: en\noffice: {name: O}\npreamble: p\n"
RULE = f"{HEAD}rules: [{{id: 1, title: t, text: t, actions: [{{verb: hide, modality: must}}], %s}}]\n"


def _rules(*fields: str) -> list[str]:
    return [RULE % field for field in fields]


@pytest.mark.parametrize(
    "text",
    [
        f"{HEAD}rules: []",
        f"{HEAD}rules: []\nscope:\nprinciples: ~\npromises: {{replies: ~, review_by:}}",
        f"{HEAD}rules: []\nscope: {{}}\nappeal: {{}}\npromises: {{}}",
        HEAD.replace("title: T", "title: >\n  A title\n  on two lines\n") + "rules: []",
        *_rules(
            "mode: off",
            "review_within_hours: 720",
            "severity: 2.0",
            "condition: {words: [no, 1984, 2.5, true, on]}",
            "condition: {links: [GOV.UK]}",
            "condition: {label: spam, automatic: never}",
            "condition: {label: spam, automatic: 1, review: 0}",
            "examples: {breach: , fine: []}",
            "repeat: [{count: 10000, within_days: 3660, actions: []}]",
        ),
    ],
)
def test_what_is_unusual_and_fine_is_taken_by_both(text: str) -> None:
    assert read_text(text).problems == []
    assert _accepted(text)


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "name: town",
        HEAD,
        f"{HEAD}rules: {{}}",
        f"{HEAD}rules: []\nscopes: x",
        f"{HEAD}rules: []\nscope: [x]",
        f"{HEAD}rules: []\nscope: {{surfaces: [post]}}",
        f"{HEAD}rules: []\nscope: {{languages: [English]}}",
        f"{HEAD}rules: []\nappeal: {{within_days: 0}}",
        f"{HEAD}rules: []\nappeal: ' '",
        f"{HEAD}rules: []\npromises: {{review_by: soon}}",
        f"{HEAD}rules: []\nperiods: [{{id: e, title: E, first: 2027-01-01}}]",
        f"{HEAD}rules: []\nprinciples: [{{id: 1, title: 't\n\n t', text: t}}]",
        HEAD.replace("name: town", "name: our town") + "rules: []",
        HEAD.replace("language: en", "language: e") + "rules: []",
        (RULE % "").replace("id: 1", "id: -1"),
        (RULE % "").replace("verb: hide", "verb: shout"),
        (RULE % "").replace("modality: must", "modality: must, duration_days: 0"),
        (RULE % "").replace("modality: must", "modality: must, recipient: [me]"),
        *_rules(
            "colour: red",
            "mode: automatic",
            "severity: 5",
            "severity: 1.5",
            "viewpoint_risk: none",
            "review_within_hours: 0",
            "review_within_hours: 721",
            "notice: later",
            "standard: feels",
            "decided_by: three_people",
            "exceptions: [5]",
            "targets: [staff, staff]",
            "grounds: [eye_colour]",
            "thresholds: {review: 1.1}",
            "thresholds: {review: '0.5'}",
            "repeat: [{count: 0, within_days: 1, actions: []}]",
            "repeat: [{count: 1, within_days: 3661, actions: []}]",
            "repeat: [{count: 1, within_days: 1}]",
            "condition: {}",
            "condition: threat",
            "condition: {label: anger}",
            "condition: {label: spam, automatic: always}",
            "condition: {label: spam, words: [x]}",
            "condition: {any: []}",
            "condition: {not: [{label: spam}]}",
            "condition: {words: []}",
            "condition: {words: ['']}",
            "condition: {words: [x, x]}",
            f"condition: {{words: [{'x' * 101}]}}",
            "condition: {words: [x], automatic: 0.5}",
            "condition: {words: [x], automatic: never}",
            "condition: {links: all}",
            "condition: {links: []}",
            "condition: {links: ['https://gov.uk']}",
            "condition: {links: [localhost]}",
            "condition: {links: any, allowed: gov.uk}",
            "condition: {recorded: lives elsewhere}",
            "condition: {activity: posts, count: 2, within_hours: 1}",
            "condition: {activity: comments, count: 10001, within_hours: 1}",
            "condition: {activity: comments, count: 2, within_hours: 8761}",
            "condition: {activity: comments, count: 2}",
            "condition: {activity: comments, count: 2, within_hours: 1, by: me}",
            "condition: {post: deleted}",
            "condition: {period: [election]}",
        ),
    ],
)
def test_what_is_broken_is_refused_by_both(text: str) -> None:
    assert read_text(text).guidelines is None
    assert not _accepted(text)


def test_what_only_the_loader_can_say_it_says() -> None:
    deep = "{not: " * 9 + "{label: spam}" + "}" * 9
    for text in _rules(f"condition: {deep}", "condition: {period: election}", 'redirect_text: "a\\u202eb"'):
        assert _accepted(text)
        assert read_text(text).guidelines is None


def test_documents_from_before_conditions_on_facts_are_still_valid() -> None:
    assert _accepted(OLD_FORUM)
