"""One rule as the fields of a form, and back. Knows no Flask: fields come as a mapping of lists, as browsers send them.

A `RuleForm` holds what was typed, as text, whether or not it can be used: so a form comes back as it was sent.
What the fields of a condition cannot show is shown as YAML, so nothing that the language can say is lost here.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import isfinite
from typing import Any, TypeVar

import yaml

from guidelines.document import Refused, compose
from guidelines.reader import Path
from guidelines.render import to_dict
from guidelines.schema import (
    ActivityCondition,
    AllOf,
    AnyOf,
    Condition,
    GuidelineSet,
    LabelCondition,
    LinkCondition,
    Not,
    Office,
    PeriodCondition,
    PostCondition,
    PostState,
    Problem,
    RecordedCondition,
    Rule,
    RuleAction,
    Rung,
    WordsCondition,
)
from webui.drafts.reading import condition_of

Plain = dict[str, Any]
#: What a browser sends: for each name all values, in the order of the page.
Fields = Mapping[str, Sequence[str]]

T = TypeVar("T")

#: Rows of one kind that are read at most. The loader takes fewer entries than this in a whole document.
MAX_ROWS = 500

#: The kinds of test that have fields of their own, by the key of their condition.
KINDS = ("label", "words", "links", "activity", "recorded", "post", "period")


@dataclass(frozen=True, slots=True)
class ActionRow:
    """One action as it was typed."""

    verb: str = ""
    modality: str = "must"
    recipient: str = ""
    duration_days: str = ""


@dataclass(frozen=True, slots=True)
class RungRow:
    """One step of the ladder as it was typed."""

    count: str = ""
    within_days: str = ""
    actions: tuple[ActionRow, ...] = ()


@dataclass(frozen=True, slots=True)
class TestRow:
    """One test of a condition as it was typed. `kind` says which of the other fields count."""

    kind: str
    label: str = ""
    #: empty: as the rule has it
    review: str = ""
    automatic: str = ""
    #: not empty: this label never hides by itself
    never: str = ""
    #: a word, or a site, on each line
    words: str = ""
    domains: str = ""
    allowed: str = ""
    fact: str = ""
    activity: str = "comments"
    count: str = ""
    within_hours: str = ""
    by: str = "author"
    period: str = ""
    #: not empty: enough for a rule that hides by itself
    acts: str = ""


#: The fields of each kind of test, beside the kind itself.
_TEST_FIELDS: Mapping[str, tuple[str, ...]] = {
    "label": ("label", "review", "automatic", "never"),
    "words": ("words", "acts"),
    "links": ("domains", "allowed", "acts"),
    "activity": ("activity", "count", "within_hours", "by", "acts"),
    "recorded": ("fact",),
    "post": (),
    "period": ("period",),
}


@dataclass(frozen=True, slots=True)
class ConditionForm:
    """When the rule fires: tests joined by any or all, and what excuses. With `as_yaml`, the text of the condition."""

    join: str = "any"
    tests: tuple[TestRow, ...] = ()
    #: what has to be there as well, whichever of the tests holds
    also: tuple[TestRow, ...] = ()
    excuses: tuple[TestRow, ...] = ()
    as_yaml: bool = False
    yaml: str = ""


@dataclass(frozen=True, slots=True)
class RuleForm:
    """A rule as it was typed."""

    id: str = ""
    title: str = ""
    text: str = ""
    mode: str = "off"
    review: str = "0.5"
    automatic: str = "0.9"
    severity: str = "3"
    viewpoint_risk: str = "low"
    review_within_hours: str = "24"
    standard: str = "is"
    decided_by: str = "one_person"
    notice: str = "after"
    notice_reason: str = ""
    no_notice_reason: str = ""
    redirect_text: str = ""
    exceptions: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    grounds: tuple[str, ...] = ()
    breach: tuple[str, ...] = ()
    fine: tuple[str, ...] = ()
    actions: tuple[ActionRow, ...] = ()
    ladder: tuple[RungRow, ...] = ()
    condition: ConditionForm = field(default_factory=ConditionForm)


#: Fields of the form that hold one text each.
_TEXTS = (
    "id",
    "title",
    "text",
    "mode",
    "review",
    "automatic",
    "severity",
    "viewpoint_risk",
    "review_within_hours",
    "standard",
    "decided_by",
    "notice",
    "notice_reason",
    "no_notice_reason",
    "redirect_text",
)
#: Fields that are sent once for each entry.
_LISTS = ("exceptions", "targets", "grounds", "breach", "fine")


def of_rule(rule: Rule) -> RuleForm:
    """The form that shows the rule."""
    return RuleForm(
        id=rule.id,
        title=rule.title,
        text=rule.text,
        mode=rule.mode.value,
        review=written(rule.thresholds.review),
        automatic=written(rule.thresholds.automatic),
        severity=str(rule.severity),
        viewpoint_risk=rule.viewpoint_risk.value,
        review_within_hours=written(rule.review_within_hours),
        standard=rule.standard.value,
        decided_by=rule.decided_by.value,
        notice=rule.notice.value,
        notice_reason=rule.notice_reason,
        no_notice_reason=rule.no_notice_reason,
        redirect_text=rule.redirect_text,
        exceptions=rule.exceptions,
        targets=tuple(target.value for target in rule.targets),
        grounds=tuple(ground.value for ground in rule.grounds),
        breach=rule.breach_examples,
        fine=rule.fine_examples,
        actions=tuple(map(_action_row, rule.actions)),
        ladder=tuple(map(_rung_row, rule.repeat)),
        condition=_condition_form(rule.condition),
    )


def blank(rule_id: str) -> RuleForm:
    """The form of a rule that is yet to be written: people judge, and may hide."""
    return RuleForm(id=rule_id, actions=(ActionRow("hide", "may"),), breach=("",), fine=("",))


def of_fields(fields: Fields) -> RuleForm:
    """The form that a browser sent. Total: whatever it sent is a form, if perhaps one that cannot be used."""
    texts: Plain = {name: first(fields, name, getattr(_EMPTY, name)) for name in _TEXTS}
    lists: Plain = {name: tuple(text for text in map(tidy, fields.get(name, ())) if text.strip()) for name in _LISTS}
    condition = ConditionForm(
        join="all" if first(fields, "join") == "all" else "any",
        tests=tuple(_test_of_fields(fields, prefix) for prefix in rows_of(fields, "test", "kind")),
        also=tuple(_test_of_fields(fields, prefix) for prefix in rows_of(fields, "also", "kind")),
        excuses=tuple(_test_of_fields(fields, prefix) for prefix in rows_of(fields, "excuse", "kind")),
        as_yaml=first(fields, "condition-as") == "yaml",
        yaml=first(fields, "condition-yaml"),
    )
    return RuleForm(
        **texts,
        **lists,
        actions=_actions_of_fields(fields, "action"),
        ladder=tuple(_rung_of_fields(fields, prefix) for prefix in rows_of(fields, "rung", "count")),
        condition=condition,
    )


def to_fields(form: RuleForm) -> dict[str, list[str]]:
    """What a browser sends for the form when nothing in it is changed."""
    fields: dict[str, list[str]] = {name: [getattr(form, name)] for name in _TEXTS}
    fields |= {name: list(getattr(form, name)) for name in _LISTS}
    _actions_to_fields(fields, "action", form.actions)
    for number, rung in enumerate(form.ladder):
        prefix = f"rung-{number}"
        fields |= {f"{prefix}-count": [rung.count], f"{prefix}-within_days": [rung.within_days]}
        _actions_to_fields(fields, f"{prefix}-action", rung.actions)
    fields["join"] = [form.condition.join]
    if form.condition.as_yaml:
        fields |= {"condition-as": ["yaml"], "condition-yaml": [form.condition.yaml]}
    condition = form.condition
    for name, rows in (("test", condition.tests), ("also", condition.also), ("excuse", condition.excuses)):
        for number, row in enumerate(rows):
            names = ("kind", *_TEST_FIELDS.get(row.kind, ()))
            fields |= {f"{name}-{number}-{each}": [getattr(row, each)] for each in names}
    return fields


@dataclass(frozen=True, slots=True)
class Written:
    """A form as the data of a document, and which part of the form each part of the data came from."""

    #: the condition may be a `yaml.Node`, where it was typed as YAML
    rule: Plain
    slots: Mapping[Path, str]
    #: what keeps the YAML of the condition from being read
    problems: tuple[Problem, ...] = ()


def to_plain(form: RuleForm) -> Written:
    """The rule as its document would have it. Nothing is judged: that is for the loader and the checks."""
    slots: dict[Path, str] = {}
    condition, problems = _condition_plain(form.condition, slots)
    for number in range(len(form.actions)):
        slots["actions", number] = f"action-{number}"
    for number in range(len(form.ladder)):
        slots["repeat", number] = f"rung-{number}"
    rule: Plain = {
        "id": form.id.strip(),
        "title": form.title,
        "text": form.text,
        **({} if condition is None else {"condition": condition}),
        "mode": form.mode,
        "thresholds": {"review": number_of(form.review), "automatic": number_of(form.automatic)},
        "actions": [_action_plain(row) for row in form.actions],
        "severity": number_of(form.severity),
        "viewpoint_risk": form.viewpoint_risk,
        "review_within_hours": number_of(form.review_within_hours),
        "standard": form.standard,
        "decided_by": form.decided_by,
        "notice": form.notice,
        **_filled(
            notice_reason=said(form.notice_reason),
            no_notice_reason=said(form.no_notice_reason),
            redirect_text=said(form.redirect_text),
            exceptions=list(form.exceptions),
            targets=list(form.targets),
            grounds=list(form.grounds),
            repeat=[_rung_plain(rung) for rung in form.ladder],
            examples=_filled(breach=list(form.breach), fine=list(form.fine)),
        ),
    }
    return Written(rule, slots, problems)


def changed(form: RuleForm, deed: str, chosen: str = "") -> RuleForm:
    """The form after one of its own buttons: a row more, a row less, a row up or down. Unknown deeds change nothing.

    `deed` is a list's name and what to do: `actions.add`, `rungs.2.actions.0.up`. `chosen` is the kind of a new test.
    """
    match deed.split("."):
        case ["actions", *rest]:
            return replace(form, actions=rearranged(form.actions, rest, ActionRow))
        case ["rungs", number, "actions", *rest] if (at := _index(number, form.ladder)) is not None:
            rung = form.ladder[at]
            grown = replace(rung, actions=rearranged(rung.actions, rest, ActionRow))
            return replace(form, ladder=(*form.ladder[:at], grown, *form.ladder[at + 1 :]))
        case ["rungs", *rest]:
            return replace(form, ladder=rearranged(form.ladder, rest, lambda: RungRow(actions=(ActionRow(),))))
        case ["tests", *rest]:
            return replace(form, condition=_tests_changed(form.condition, "tests", rest, chosen))
        case ["also", *rest]:
            return replace(form, condition=_tests_changed(form.condition, "also", rest, chosen))
        case ["excuses", *rest]:
            return replace(form, condition=_tests_changed(form.condition, "excuses", rest, chosen))
        case ["breach" | "fine" | "exceptions" as name, "add"]:
            longer: Plain = {name: (*getattr(form, name), "")}
            return replace(form, **longer)
        case ["condition", "yaml"]:
            return replace(form, condition=_as_yaml(form.condition))
        case ["condition", "fields"]:
            return replace(form, condition=_as_fields(form.condition))
    return form


def written(number: float) -> str:
    """A number as one types it: 24, 0.95."""
    return str(int(number)) if number == int(number) else repr(number)


def number_of(typed: str) -> float | str:
    """The number that was typed; what is none stays as it is, for the loader to say so."""
    try:
        number = float(typed.strip().replace(",", "."))
    except ValueError:
        return typed
    return number if isfinite(number) else typed


def said(text: str) -> str:
    """The text, or nothing where it is blank."""
    return text if text.strip() else ""


def lines(text: str) -> list[str]:
    """What stands on the lines of a text, without those that are blank."""
    return [line.strip() for line in text.split("\n") if line.strip()]


def rule_yaml(rule: Rule) -> str:
    """A rule as it stands in a document."""
    return _dumped(_rule_plain(rule))


def first(fields: Fields, name: str, default: str = "") -> str:
    """The first value sent under a name."""
    values = fields.get(name, ())
    return tidy(values[0]) if values else default


def tidy(text: str) -> str:
    """Browsers send each line end as two characters."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def rows_of(fields: Fields, name: str, key: str) -> Iterator[str]:
    """The prefixes `name-N` under which the form has a row, in the order of N."""
    pattern = re.compile(rf"{re.escape(name)}-([0-9]{{1,4}})-{key}")
    found = sorted({int(hit[1]) for each in fields if (hit := pattern.fullmatch(each))})
    return (f"{name}-{number}" for number in found[:MAX_ROWS])


def rearranged(rows: tuple[T, ...], deed: list[str], blank: Callable[[], T]) -> tuple[T, ...]:
    match deed:
        case ["add"] if len(rows) < MAX_ROWS:
            return (*rows, blank())
        case [number, "remove"] if (at := _index(number, rows)) is not None:
            return (*rows[:at], *rows[at + 1 :])
        case [number, "up"] if (at := _index(number, rows)) is not None and at > 0:
            return (*rows[: at - 1], rows[at], rows[at - 1], *rows[at + 1 :])
        case [number, "down"] if (at := _index(number, rows)) is not None and at + 1 < len(rows):
            return (*rows[:at], rows[at + 1], rows[at], *rows[at + 2 :])
    return rows


_EMPTY = RuleForm()
_NO_RULE = Rule("rule", "rule", "rule", ())
_NOTHING = GuidelineSet("set", "set", "en", Office("office"), "text", (), ())


def _rule_plain(rule: Rule) -> Plain:
    [plain] = to_dict(replace(_NOTHING, rules=(rule,)))["rules"]
    return dict(plain)


def _condition_as_data(condition: Condition) -> Any:
    return _rule_plain(replace(_NO_RULE, condition=condition))["condition"]


def _dumped(plain: Any) -> str:
    return str(yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=100))


def _actions_of_fields(fields: Fields, name: str) -> tuple[ActionRow, ...]:
    return tuple(
        ActionRow(
            verb=first(fields, f"{prefix}-verb"),
            modality=first(fields, f"{prefix}-modality", "must"),
            recipient=first(fields, f"{prefix}-recipient"),
            duration_days=first(fields, f"{prefix}-duration_days"),
        )
        for prefix in rows_of(fields, name, "verb")
    )


def _actions_to_fields(fields: dict[str, list[str]], name: str, rows: Sequence[ActionRow]) -> None:
    for number, row in enumerate(rows):
        for each in ("verb", "modality", "recipient", "duration_days"):
            fields[f"{name}-{number}-{each}"] = [getattr(row, each)]


def _rung_of_fields(fields: Fields, prefix: str) -> RungRow:
    return RungRow(
        count=first(fields, f"{prefix}-count"),
        within_days=first(fields, f"{prefix}-within_days"),
        actions=_actions_of_fields(fields, f"{prefix}-action"),
    )


def _test_of_fields(fields: Fields, prefix: str) -> TestRow:
    kind = first(fields, f"{prefix}-kind")
    kind = kind if kind in KINDS else KINDS[0]
    blank = TestRow(kind)
    values = {name: first(fields, f"{prefix}-{name}", getattr(blank, name)) for name in _TEST_FIELDS[kind]}
    return replace(blank, **values)


def _action_row(action: RuleAction) -> ActionRow:
    days = "" if action.duration_days is None else str(action.duration_days)
    return ActionRow(action.verb, action.modality.value, action.recipient, days)


def _rung_row(rung: Rung) -> RungRow:
    return RungRow(str(rung.count), str(rung.within_days), tuple(map(_action_row, rung.actions)))


def _action_plain(row: ActionRow) -> Plain:
    days = number_of(row.duration_days) if row.duration_days.strip() else None
    return {
        "verb": row.verb,
        "modality": row.modality,
        **_filled(recipient=said(row.recipient)),
        **({} if days is None else {"duration_days": days}),
    }


def _rung_plain(row: RungRow) -> Plain:
    return {
        "count": number_of(row.count),
        "within_days": number_of(row.within_days),
        "actions": [_action_plain(action) for action in row.actions],
    }


def _condition_form(condition: Condition | None) -> ConditionForm:
    """The fields that show the condition; its YAML where fields cannot say just the same."""
    if condition is None:
        return ConditionForm()
    form = _in_fields(condition)
    return form if form is not None else ConditionForm(as_yaml=True, yaml=_dumped(_condition_as_data(condition)))


def _in_fields(condition: Condition) -> ConditionForm | None:
    """None where the fields cannot show the condition."""
    form = _parted(condition)
    if form is None:
        return None
    plain, _ = _condition_plain(form, {})
    return form if _same(plain, _condition_as_data(condition)) else None


def _parted(condition: Condition) -> ConditionForm | None:
    """Tests and excuses, where the condition is any of single tests, or all of them, but not some others."""
    parts = condition.of if isinstance(condition, AllOf) else (condition,)
    asked: list[Condition] = [part for part in parts if not isinstance(part, Not)]
    groups = [part for part in asked if isinstance(part, AnyOf)]
    if len(groups) == 1:
        join, tests = "any", _test_rows(groups[0].of)
        also = _test_rows([part for part in asked if part is not groups[0]])
    else:
        join, tests, also = "all" if len(asked) > 1 else "any", _test_rows(asked), ()
    excuses = _test_rows([part.of for part in parts if isinstance(part, Not)])
    if not tests or also is None or excuses is None:
        return None
    return ConditionForm(join, tests, also, excuses)


def _test_rows(conditions: Sequence[Condition]) -> tuple[TestRow, ...] | None:
    """None where one of them is more than a single test."""
    rows = [_test_row(condition) for condition in conditions]
    found = tuple(row for row in rows if row is not None)
    return found if len(found) == len(rows) else None


def _test_row(condition: Condition) -> TestRow | None:
    match condition:
        case LabelCondition(label, review, automatic):
            never = automatic is not None and automatic > 1
            return TestRow(
                "label",
                label=label,
                review="" if review is None else written(review),
                automatic="" if automatic is None or never else written(automatic),
                never="yes" if never else "",
            )
        case WordsCondition(words, automatic):
            return TestRow("words", words="\n".join(words), acts=_yes(automatic))
        case LinkCondition(domains, allowed, automatic):
            return TestRow("links", domains="\n".join(domains), allowed="\n".join(allowed), acts=_yes(automatic))
        case RecordedCondition(fact):
            return TestRow("recorded", fact=fact)
        case ActivityCondition(activity, count, within_hours, by, automatic):
            return TestRow(
                "activity",
                activity=activity.value,
                count=str(count),
                within_hours=written(within_hours),
                by=by.value,
                acts=_yes(automatic),
            )
        case PostCondition(PostState.LIMITED):
            return TestRow("post")
        case PeriodCondition(period):
            return TestRow("period", period=period)
        case _:
            return None


def _condition_plain(form: ConditionForm, slots: dict[Path, str]) -> tuple[Any, tuple[Problem, ...]]:
    """The condition as data, None where there is none; its parts are noted in `slots`."""
    slots["condition",] = "condition"
    if form.as_yaml:
        return _condition_node(form.yaml)
    tests = [(row, f"test-{number}") for number, row in enumerate(form.tests)]
    also = [(row, f"also-{number}") for number, row in enumerate(form.also)]
    excuses = [(row, f"excuse-{number}") for number, row in enumerate(form.excuses)]
    if not (tests or also or excuses):
        return None, ()
    if len(tests) == 1 and not (also or excuses):
        slots["condition",] = "test-0"
        return _test_plain(form.tests[0]), ()
    if form.join == "any" and not (also or excuses):
        return {"any": _listed(tests, slots, ("condition", "any"))}, ()
    asked: list[Any] = []
    if form.join == "any" and len(tests) > 1:
        asked = [{"any": _listed(tests, slots, ("condition", "all", 0, "any"))}]
        tests = []
    asked += _listed([*tests, *also], slots, ("condition", "all"), len(asked))
    for row, slot in excuses:
        slots["condition", "all", len(asked)] = slot
        asked.append({"not": _test_plain(row)})
    return {"all": asked}, ()


def _listed(rows: Sequence[tuple[TestRow, str]], slots: dict[Path, str], path: Path, start: int = 0) -> list[Any]:
    for number, (_, slot) in enumerate(rows, start):
        slots[(*path, number)] = slot
    return [_test_plain(row) for row, _ in rows]


def _condition_node(text: str) -> tuple[Any, tuple[Problem, ...]]:
    if not text.strip():
        return None, ()
    try:
        return compose(text), ()
    except Refused as refused:
        return None, tuple(refused.problems)


def _test_plain(row: TestRow) -> Plain:
    automatic = _filled(automatic=bool(row.acts))
    match row.kind:
        case "words":
            return {"words": lines(row.words), **automatic}
        case "links":
            return {"links": lines(row.domains) or "any", **_filled(allowed=lines(row.allowed)), **automatic}
        case "recorded":
            return {"recorded": row.fact.strip()}
        case "activity":
            return {
                "activity": row.activity,
                "count": number_of(row.count),
                "within_hours": number_of(row.within_hours),
                "by": row.by,
                **automatic,
            }
        case "post":
            return {"post": PostState.LIMITED.value}
        case "period":
            return {"period": row.period}
    own: Plain = {"review": number_of(row.review)} if row.review.strip() else {}
    if row.never:
        own["automatic"] = "never"
    elif row.automatic.strip():
        own["automatic"] = number_of(row.automatic)
    return {"label": row.label, **own}


def _same(plain: Any, other: Any) -> bool:
    """Whether two conditions say the same; who is counted is left out where it is the author."""
    if isinstance(plain, dict) and isinstance(other, dict):
        if "activity" in plain:
            plain, other = {"by": "author"} | plain, {"by": "author"} | other
        return plain.keys() == other.keys() and all(_same(plain[key], other[key]) for key in plain)
    if isinstance(plain, list) and isinstance(other, list):
        return len(plain) == len(other) and all(map(_same, plain, other))
    return bool(plain == other)


def _as_yaml(form: ConditionForm) -> ConditionForm:
    plain, _ = _condition_plain(form, {})
    if form.as_yaml:
        return form
    return ConditionForm(as_yaml=True, yaml="" if plain is None else _dumped(plain))


def _as_fields(form: ConditionForm) -> ConditionForm:
    """The same in fields; where they cannot show it, the YAML stays."""
    if not form.as_yaml or not form.yaml.strip():
        return replace(form, as_yaml=False)
    condition = condition_of(form.yaml)
    shown = _in_fields(condition) if condition is not None else None
    return form if shown is None else shown


def _tests_changed(form: ConditionForm, name: str, deed: list[str], chosen: str) -> ConditionForm:
    kind = chosen if chosen in KINDS else KINDS[0]
    rows: tuple[TestRow, ...] = getattr(form, name)
    found: Plain = {name: rearranged(rows, deed, lambda: TestRow(kind))}
    return replace(form, **found)


def _index(number: str, rows: Sequence[object]) -> int | None:
    if not (number.isascii() and number.isdigit() and len(number) <= 4):
        return None
    return int(number) if int(number) < len(rows) else None


def _yes(value: bool) -> str:
    return "yes" if value else ""


def _filled(**values: object) -> Plain:
    return {key: value for key, value in values.items() if value}
