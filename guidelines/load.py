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

from guidelines import bounds
from guidelines.document import MAX_BYTES, Refused, compose, decode
from guidelines.reader import BadValue, Path, Places, Read, Reader, TooManyProblems, nearest, quote
from guidelines.report import report
from guidelines.schema import (
    LABELS,
    NEVER,
    VERBS,
    Activity,
    ActivityCondition,
    AllOf,
    AnyOf,
    Appeal,
    By,
    Condition,
    Decider,
    Ground,
    GuidelineError,
    GuidelineSet,
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
    Problem,
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

_ID = re.compile(bounds.ID)
_ID_MEND = "use up to 40 letters a to z, digits, dots, dashes and underscores, starting with a letter or digit"
_LANGUAGE = re.compile(bounds.LANGUAGE)
_LANGUAGE_MEND = "write a language tag, such as en or cy"
_HOST = re.compile(bounds.HOST)
_HOST_MEND = "write the name of a site alone, such as example.org; letters of other scripts as xn--"
_COMPOUNDS: Mapping[str, Callable[[Any], Condition]] = {"any": AnyOf, "all": AllOf, "not": Not}
_FACTS = ("words", "links", "recorded", "activity", "post", "period")
_SHAPES = ("label", *_FACTS, *_COMPOUNDS)


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


def preset_text(name: str) -> str:
    """The document of a preset as it was written, with its comments. Raises `KeyError` as `load_preset` does."""
    if name not in preset_names():
        raise KeyError(name)
    return (resources.files("guidelines") / "presets" / f"{name}.yaml").read_text(encoding="utf-8")


def preset_about(name: str) -> str:
    """What a preset is for, in a sentence: the first line of its document. Raises `KeyError`."""
    return preset_text(name).partition("\n")[0].removeprefix("# ")


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
    return load_text(preset_text(name), f"{name}.yaml")


class _DocumentReader(Reader):
    """The shape of a guideline document, one method per kind of mapping in it."""

    def __init__(self) -> None:
        super().__init__()
        self._periods: list[str] = []
        #: where conditions name a period, which may be described further down
        self._named_periods: list[tuple[yaml.Node, Path, str]] = []

    def document(self, node: yaml.Node) -> GuidelineSet:
        required = {
            "name": self.id,
            "title": self.line,
            "language": self.language,
            "office": self.office,
            "preamble": self.text,
            "rules": self.rules,
        }
        optional: dict[str, Read[Any]] = {
            "scope": self.scope,
            "principles": self.principles,
            "periods": self.periods,
            "appeal": self.appeal,
            "promises": self.promises,
        }
        try:
            values = self.record(node, (), "the document", required, optional)
        finally:
            self._refuse_unknown_periods()
        if self.problems:
            raise BadValue
        return GuidelineSet(**{"principles": (), **values})

    def office(self, node: yaml.Node, path: Path) -> Office:
        optional = {"capacity": self.line, "contact": self.text, "hours": self.text, "moderators": self.text}
        return Office(**self.record(node, path, "the office", {"name": self.line}, optional))

    def scope(self, node: yaml.Node, path: Path) -> Scope:
        surfaces = self.distinct("surfaces", self.one_of("surface", Surface))
        optional: dict[str, Read[Any]] = {
            "text": self.text,
            "purpose": self.text,
            "channels": self.distinct("channels", self.line, most=bounds.MAX_ENTRIES),
            "surfaces": surfaces,
            "unmonitored": surfaces,
            "languages": self.distinct("languages", self.language, most=bounds.MAX_ENTRIES),
        }
        return Scope(**self._text_or(node, path, "scope", optional))

    def appeal(self, node: yaml.Node, path: Path) -> Appeal:
        optional: dict[str, Read[Any]] = {
            "text": self.text,
            "within_days": self.days,
            "reviewer": self.text,
            "answer_within_days": self.days,
        }
        return Appeal(**self._text_or(node, path, "appeal", optional))

    def promises(self, node: yaml.Node, path: Path) -> Promises:
        optional: dict[str, Read[Any]] = {
            "replies": self.text,
            "records": self.text,
            "privacy": self.text,
            "changes": self.text,
            "review_by": self.day,
        }
        return Promises(**self.record(node, path, "promises", {}, optional))

    def principles(self, node: yaml.Node, path: Path) -> tuple[Principle, ...]:
        return self.sequence(node, path, "principles", self.principle)

    def principle(self, node: yaml.Node, path: Path) -> Principle:
        required = {"id": self.id, "title": self.line, "text": self.text}
        return Principle(**self.record(node, path, "a principle", required, {}))

    def periods(self, node: yaml.Node, path: Path) -> tuple[Period, ...]:
        return self.sequence(node, path, "periods", self.period, most=bounds.MAX_PERIODS)

    def period(self, node: yaml.Node, path: Path) -> Period:
        required: dict[str, Read[Any]] = {
            "id": self.period_id,
            "title": self.line,
            "first": self.day,
            "last": self.day,
        }
        return Period(**self.record(node, path, "a period", required, {}))

    def period_id(self, node: yaml.Node, path: Path) -> str:
        value = self.id(node, path)
        if value in self._periods:
            raise self.refuse(node, path, "repeated-id", f"two periods have the id {value}", "give each its own")
        self._periods.append(value)
        return value

    def rules(self, node: yaml.Node, path: Path) -> tuple[Rule, ...]:
        return self.sequence(node, path, "rules", self.rule)

    def rule(self, node: yaml.Node, path: Path) -> Rule:
        required = {
            "id": self.id,
            "title": self.line,
            "text": self.text,
            "actions": self.actions,
        }
        optional: dict[str, Read[Any]] = {
            "condition": self.condition,
            "mode": self.one_of("mode", Mode),
            "thresholds": self.thresholds,
            "severity": self.whole(1, 4),
            "viewpoint_risk": self.one_of("risk", Risk),
            "review_within_hours": self.number(0, bounds.MAX_REVIEW_HOURS, above_low=True),
            "notice": self.one_of("notice", Notice),
            "notice_reason": self.text,
            "redirect_text": self.text,
            "no_notice_reason": self.text,
            "standard": self.one_of("standard", Standard),
            "decided_by": self.one_of("decider", Decider),
            "exceptions": self.exceptions,
            "targets": self.distinct("targets", self.one_of("target", Target)),
            "grounds": self.distinct("grounds", self.one_of("ground", Ground)),
            "repeat": self.ladder,
            "examples": self.examples,
        }
        values = self.record(node, path, "a rule", required, optional)
        return Rule(**values.pop("examples", {}), **values)

    def exceptions(self, node: yaml.Node, path: Path) -> tuple[str, ...]:
        return self.sequence(node, path, "exceptions", self.text, most=bounds.MAX_ENTRIES)

    def ladder(self, node: yaml.Node, path: Path) -> tuple[Rung, ...]:
        return self.sequence(node, path, "repeat", self.rung, most=bounds.MAX_RUNGS)

    def rung(self, node: yaml.Node, path: Path) -> Rung:
        required: dict[str, Read[Any]] = {
            "count": self.whole(1, bounds.MAX_COUNT),
            "within_days": self.days,
            "actions": self.actions,
        }
        return Rung(**self.record(node, path, "a step of a ladder", required, {}))

    def actions(self, node: yaml.Node, path: Path) -> tuple[RuleAction, ...]:
        return self.sequence(node, path, "actions", self.action)

    def action(self, node: yaml.Node, path: Path) -> RuleAction:
        required = {"verb": self.choice("verb", VERBS), "modality": self.one_of("modality", Modality)}
        optional: dict[str, Read[Any]] = {"recipient": self.line, "duration_days": self.days}
        return RuleAction(**self.record(node, path, "an action", required, optional))

    def thresholds(self, node: yaml.Node, path: Path) -> Thresholds:
        optional = {"review": self.number(0, 1), "automatic": self.number(0, 1)}
        return Thresholds(**self.record(node, path, "thresholds", {}, optional))

    def examples(self, node: yaml.Node, path: Path) -> dict[str, tuple[str, ...]]:
        values = self.record(node, path, "examples", {}, {"breach": self.texts, "fine": self.texts})
        return {f"{kind}_examples": texts for kind, texts in values.items()}

    def texts(self, node: yaml.Node, path: Path) -> tuple[str, ...]:
        return self.sequence(node, path, str(path[-1]), self.text)

    def condition(self, node: yaml.Node, path: Path, depth: int = 1) -> Condition:
        if depth > bounds.MAX_CONDITION_DEPTH:
            message = f"conditions are nested more than {bounds.MAX_CONDITION_DEPTH} deep"
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
        if shape in _FACTS:
            return self.fact(node, path, shape)
        of: Read[Any] = inner if shape == "not" else group
        return _COMPOUNDS[shape](self.record(node, path, "a condition", {shape: of}, {})[shape])

    def fact(self, node: yaml.Node, path: Path, shape: str) -> Condition:
        """A condition on a fact, which has no score to set thresholds on."""

        def record(required: Mapping[str, Read[Any]], **optional: Read[Any]) -> dict[str, Any]:
            return self.record(node, path, f'a condition on "{shape}"', required, optional)

        match shape:
            case "words":
                return WordsCondition(**record({"words": self.words}, automatic=self.flag))
            case "links":
                values = record({"links": self.any_or_hosts}, allowed=self.hosts, automatic=self.flag)
                return LinkCondition(values.pop("links"), **values)
            case "recorded":
                return RecordedCondition(record({"recorded": self.id})["recorded"])
            case "activity":
                required: dict[str, Read[Any]] = {
                    "activity": self.one_of("activity", Activity),
                    "count": self.whole(1, bounds.MAX_COUNT),
                    "within_hours": self.number(0, bounds.MAX_WITHIN_HOURS, above_low=True),
                }
                return ActivityCondition(**record(required, by=self.one_of("person", By), automatic=self.flag))
            case "post":
                return PostCondition(record({"post": self.one_of("post state", PostState)})["post"])
            case _:
                return PeriodCondition(record({"period": self.named_period})["period"])

    def words(self, node: yaml.Node, path: Path) -> tuple[str, ...]:
        return self.distinct("words", self.phrase, least=1, most=bounds.MAX_WORDS)(node, path)

    def phrase(self, node: yaml.Node, path: Path) -> str:
        """A word or phrase as written, so that an unquoted `no` or 1984 is one too."""
        value = self.word(node, path)
        if len(value) > bounds.MAX_WORD:
            message = f"{quote(value)} is longer than {bounds.MAX_WORD} characters"
            raise self.refuse(node, path, "too-long", message, "use a word or a short phrase")
        if "\n" in value or "\t" in value:
            raise self.refuse(node, path, "not-one-line", f"{quote(value)} must be one line", "join the lines")
        return value

    def any_or_hosts(self, node: yaml.Node, path: Path) -> tuple[str, ...]:
        if isinstance(node, yaml.ScalarNode) and self.word(node, path).lower() == "any":
            return ()
        if isinstance(node, yaml.ScalarNode):
            mend = "write any, or a list of sites: [example.org]"
            raise self.refuse(node, path, "wrong-type", '"links" must be any or a list of sites', mend)
        return self.distinct("links", self.host, least=1, most=bounds.MAX_DOMAINS)(node, path)

    def hosts(self, node: yaml.Node, path: Path) -> tuple[str, ...]:
        return self.distinct("allowed", self.host, most=bounds.MAX_DOMAINS)(node, path)

    def host(self, node: yaml.Node, path: Path) -> str:
        value = self.word(node, path)
        if not _HOST.fullmatch(value.lower()):
            raise self.refuse(node, path, "bad-site", f"{quote(value)} is not the name of a site", _HOST_MEND)
        return value.lower()

    def named_period(self, node: yaml.Node, path: Path) -> str:
        value = self.id(node, path)
        self._named_periods.append((node, path, value))
        return value

    def automatic(self, node: yaml.Node, path: Path) -> float:
        if isinstance(node, yaml.ScalarNode) and node.value == "never":
            return NEVER
        return self.number(0, 1)(node, path)

    def id(self, node: yaml.Node, path: Path) -> str:
        return self.matching(_ID, "bad-id", _ID_MEND)(node, path)

    def language(self, node: yaml.Node, path: Path) -> str:
        return self.matching(_LANGUAGE, "bad-language", _LANGUAGE_MEND)(node, path)

    def days(self, node: yaml.Node, path: Path) -> int:
        return self.whole(1, bounds.MAX_DAYS)(node, path)

    def _text_or(self, node: yaml.Node, path: Path, what: str, optional: Mapping[str, Read[Any]]) -> Mapping[str, Any]:
        """A mapping with these keys, or its `text` alone."""
        if isinstance(node, yaml.MappingNode):
            return self.record(node, path, what, {}, optional)
        return {"text": self.text(node, path)}

    def _refuse_unknown_periods(self) -> None:
        for node, path, name in self._named_periods:
            if name not in self._periods:
                mend = nearest(name, self._periods) if self._periods else "describe it in a list under periods:"
                self.refuse(node, path, "unknown-period", f"unknown period {quote(name)}", mend)

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
