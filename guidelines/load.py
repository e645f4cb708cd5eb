"""YAML to a `GuidelineSet`, or every mistake of shape at once, each with its line and column.

Shape only: which keys, which kinds of value, which words. Whether the rules make sense is for `check` to say.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from pathlib import Path as FilePath
from typing import Any

import yaml

from guidelines.document import MAX_BYTES, Refused, compose, decode
from guidelines.reader import BadValue, Path, Places, Read, Reader, TooManyProblems, nearest
from guidelines.report import report
from guidelines.schema import (
    LABELS,
    NEVER,
    VERBS,
    AllOf,
    AnyOf,
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
    Problem,
    Risk,
    Rule,
    RuleAction,
    Thresholds,
)

#: Conditions inside conditions; more than this nobody can follow.
MAX_CONDITION_DEPTH = 8
MAX_REVIEW_HOURS = 720

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
_ID_MEND = "use up to 40 letters a to z, digits, dots, dashes and underscores, starting with a letter or digit"
_COMPOUNDS: Mapping[str, Callable[[Any], Condition]] = {"any": AnyOf, "all": AllOf, "not": Not}
_SHAPES = ("label", *_COMPOUNDS)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
_LANGUAGE_MEND = "write a language tag, such as en or cy"


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of one document. `guidelines` is None exactly where `problems` is not empty."""

    guidelines: GuidelineSet | None
    places: Places
    problems: list[Problem]


def load_text(text: str, source: str = "<text>") -> GuidelineSet:
    """The set that a YAML document describes. `source` names the text in messages.

    Raises `GuidelineError` with every mistake found, and nothing else, on any string.
    """
    reading = read_text(text)
    if reading.guidelines is None:
        raise GuidelineError(reading.problems, report(reading.problems, text, source))
    return reading.guidelines


def load_file(path: FilePath | str) -> GuidelineSet:
    """As `load_text`. A file that cannot be opened raises `OSError`."""
    return load_text(read_file(path), str(path))


def read_file(path: FilePath | str) -> str:
    """The text of a document. Raises `OSError`, or `GuidelineError` where it is too long or not UTF-8."""
    with open(path, "rb") as file:
        data = file.read(MAX_BYTES + 1)
    try:
        return decode(data)
    except Refused as refused:
        shown = data.decode("utf-8", "replace")
        raise GuidelineError(refused.problems, report(refused.problems, shown, str(path))) from None


def load_preset(name: str, *, office_name: str = "", contact: str = "") -> GuidelineSet:
    """A set that comes with the product, with the office's name and contact filled in where given.

    Raises `KeyError` for a name that is not in `preset_names()`.
    """
    preset = _preset(name)
    office = replace(
        preset.office,
        name=office_name or preset.office.name,
        contact=contact or preset.office.contact,
    )
    return replace(preset, office=office)


def preset_names() -> tuple[str, ...]:
    """In alphabetical order."""
    files = (resources.files("guidelines") / "presets").iterdir()
    return tuple(sorted(file.name.removesuffix(".yaml") for file in files if file.name.endswith(".yaml")))


def read_text(text: str) -> Reading:
    """As `load_text`, with the place of every value; problems are returned instead of raised."""
    try:
        root = compose(text)
    except Refused as refused:
        return Reading(None, {}, refused.problems)
    return read_node(root)


def read_node(root: yaml.Node) -> Reading:
    """A document already composed, or plain data represented as nodes."""
    reader = _DocumentReader()
    try:
        guidelines = reader.document(root)
    except (BadValue, TooManyProblems):
        ordered = sorted(reader.problems, key=lambda problem: (problem.line, problem.column))
        return Reading(None, reader.places, ordered)
    return Reading(guidelines, reader.places, [])


@cache
def _preset(name: str) -> GuidelineSet:
    if name not in preset_names():
        raise KeyError(name)
    file = resources.files("guidelines") / "presets" / f"{name}.yaml"
    return load_text(file.read_text(encoding="utf-8"), file.name)


class _DocumentReader(Reader):
    """The shape of a guideline document, one method per kind of mapping in it."""

    def document(self, node: yaml.Node) -> GuidelineSet:
        required = {
            "name": self.matching(_ID, "bad-id", _ID_MEND),
            "title": self.line,
            "language": self.matching(_LANGUAGE, "bad-language", _LANGUAGE_MEND),
            "office": self.office,
            "preamble": self.text,
            "rules": self.rules,
        }
        optional = {"scope": self.text, "principles": self.principles, "appeal": self.text}
        values = self.record(node, (), "the document", required, optional)
        return GuidelineSet(**{"principles": (), **values})

    def office(self, node: yaml.Node, path: Path) -> Office:
        optional = {"capacity": self.line, "contact": self.text, "hours": self.text, "moderators": self.text}
        return Office(**self.record(node, path, "the office", {"name": self.line}, optional))

    def principles(self, node: yaml.Node, path: Path) -> tuple[Principle, ...]:
        return self.sequence(node, path, "principles", self.principle)

    def principle(self, node: yaml.Node, path: Path) -> Principle:
        required = {"id": self.matching(_ID, "bad-id", _ID_MEND), "title": self.line, "text": self.text}
        return Principle(**self.record(node, path, "a principle", required, {}))

    def rules(self, node: yaml.Node, path: Path) -> tuple[Rule, ...]:
        return self.sequence(node, path, "rules", self.rule)

    def rule(self, node: yaml.Node, path: Path) -> Rule:
        required = {
            "id": self.matching(_ID, "bad-id", _ID_MEND),
            "title": self.line,
            "text": self.text,
            "actions": self.actions,
        }
        optional: dict[str, Read[Any]] = {
            "condition": self.condition,
            "mode": self.mode,
            "thresholds": self.thresholds,
            "severity": self.whole(1, 4),
            "viewpoint_risk": self.risk,
            "review_within_hours": self.number(0, MAX_REVIEW_HOURS, above_low=True),
            "notice": self.notice,
            "notice_reason": self.text,
            "redirect_text": self.text,
            "examples": self.examples,
        }
        values = self.record(node, path, "a rule", required, optional)
        return Rule(**values.pop("examples", {}), **values)

    def actions(self, node: yaml.Node, path: Path) -> tuple[RuleAction, ...]:
        return self.sequence(node, path, "actions", self.action)

    def action(self, node: yaml.Node, path: Path) -> RuleAction:
        required = {"verb": self.choice("verb", VERBS), "modality": self.modality}
        return RuleAction(**self.record(node, path, "an action", required, {"recipient": self.line}))

    def thresholds(self, node: yaml.Node, path: Path) -> Thresholds:
        optional = {"review": self.number(0, 1), "automatic": self.number(0, 1)}
        return Thresholds(**self.record(node, path, "thresholds", {}, optional))

    def examples(self, node: yaml.Node, path: Path) -> dict[str, tuple[str, ...]]:
        values = self.record(node, path, "examples", {}, {"breach": self.texts, "fine": self.texts})
        return {f"{kind}_examples": texts for kind, texts in values.items()}

    def texts(self, node: yaml.Node, path: Path) -> tuple[str, ...]:
        return self.sequence(node, path, str(path[-1]), self.text)

    def condition(self, node: yaml.Node, path: Path, depth: int = 1) -> Condition:
        if depth > MAX_CONDITION_DEPTH:
            message = f"conditions are nested more than {MAX_CONDITION_DEPTH} deep"
            raise self.refuse(node, path, "too-deep", message, "split the rule in two")

        def inner(node: yaml.Node, path: Path) -> Condition:
            return self.condition(node, path, depth + 1)

        def group(node: yaml.Node, path: Path) -> tuple[Condition, ...]:
            if isinstance(node, yaml.SequenceNode) and not node.value:
                raise self.refuse(node, path, "empty", f"{path[-1]} has no conditions", "list at least one")
            return self.sequence(node, path, str(path[-1]), inner)

        shape = self._shape_of(node, path)
        if shape == "label":
            optional = {"review": self.number(0, 1), "automatic": self.automatic}
            required = {"label": self.choice("label", LABELS)}
            return LabelCondition(**self.record(node, path, "a condition", required, optional))
        of: Read[Any] = inner if shape == "not" else group
        return _COMPOUNDS[shape](self.record(node, path, "a condition", {shape: of}, {})[shape])

    def automatic(self, node: yaml.Node, path: Path) -> float:
        if isinstance(node, yaml.ScalarNode) and node.value == "never":
            return NEVER
        return self.number(0, 1)(node, path)

    def mode(self, node: yaml.Node, path: Path) -> Mode:
        return Mode(self.choice("mode", Mode)(node, path))

    def modality(self, node: yaml.Node, path: Path) -> Modality:
        return Modality(self.choice("modality", Modality)(node, path))

    def risk(self, node: yaml.Node, path: Path) -> Risk:
        return Risk(self.choice("risk", Risk)(node, path))

    def notice(self, node: yaml.Node, path: Path) -> Notice:
        return Notice(self.choice("notice", Notice)(node, path))

    def _shape_of(self, node: yaml.Node, path: Path) -> str:
        """Which one of the shapes a condition has. Raises `BadValue` where it is none or several."""
        keys = [key.value for key, _ in node.value] if isinstance(node, yaml.MappingNode) else []
        named = [shape for shape in _SHAPES if shape in keys]
        if len(named) == 1:
            return named[0]
        if named:
            message = f"a condition is one of {', '.join(_SHAPES)}; this is {' and '.join(named)}"
            raise self.refuse(node, path, "bad-condition", message, "put them in a list under any: or all:")
        mend = next((nearest(key, _SHAPES) for key in keys if isinstance(key, str)), "write label: threat, for example")
        raise self.refuse(node, path, "bad-condition", f"a condition is one of {', '.join(_SHAPES)}", mend)
