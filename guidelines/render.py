"""A `GuidelineSet` as plain data, JSON and YAML, in the shape of the document it was read from."""

import json
from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import Any

import yaml

from guidelines.load import read_node
from guidelines.report import report
from guidelines.schema import (
    ActivityCondition,
    AllOf,
    AnyOf,
    Appeal,
    By,
    Condition,
    Decider,
    GuidelineError,
    GuidelineSet,
    LabelCondition,
    LinkCondition,
    Not,
    Office,
    Period,
    PeriodCondition,
    PostCondition,
    Principle,
    Problem,
    Promises,
    RecordedCondition,
    Rule,
    RuleAction,
    Rung,
    Scope,
    Standard,
    WordsCondition,
)

Plain = dict[str, Any]


def to_dict(guidelines: GuidelineSet) -> Plain:
    """Plain data with the keys of the document, in its order. What is empty or as it would be anyway is left out.

    So a field that joins the schema later changes no fingerprint of today. The first fields that a rule had are always
    written: their defaults are part of every published version.
    """
    return {
        "name": guidelines.name,
        "title": guidelines.title,
        "language": guidelines.language,
        "office": _office(guidelines.office),
        **_filled(scope=_scope(guidelines.scope)),
        "preamble": guidelines.preamble,
        **_filled(principles=[_principle(principle) for principle in guidelines.principles]),
        **_filled(periods=[_period(period) for period in guidelines.periods]),
        "rules": [_rule(rule) for rule in guidelines.rules],
        **_filled(appeal=_appeal(guidelines.appeal), promises=_promises(guidelines.promises)),
    }


def from_dict(data: object) -> GuidelineSet:
    """What `to_dict` was given. Anything else raises `GuidelineError`, its messages naming the key: rules[2].mode."""
    try:
        node = yaml.representer.SafeRepresenter().represent_data(data)
    except (yaml.representer.RepresenterError, RecursionError):
        raise _error(
            [Problem("wrong-type", "this is not plain data: texts, numbers, lists and keys with values")]
        ) from None
    reading = read_node(node)
    if reading.guidelines is None:
        raise _error(reading.problems)
    return reading.guidelines


def to_json(guidelines: GuidelineSet) -> str:
    """Indented, for people; `fingerprint.canonical` is the form that is hashed."""
    return json.dumps(to_dict(guidelines), ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def to_yaml(guidelines: GuidelineSet) -> str:
    """A document that `load_text` reads back to the same set."""
    document: str = yaml.dump(to_dict(guidelines), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)
    return document


def _office(office: Office) -> Plain:
    optional = _filled(
        capacity=office.capacity, contact=office.contact, hours=office.hours, moderators=office.moderators
    )
    return {"name": office.name, **optional}


def _scope(scope: Scope) -> Plain | str:
    return _text_alone(
        _filled(
            text=scope.text,
            purpose=scope.purpose,
            channels=list(scope.channels),
            surfaces=_words(scope.surfaces),
            unmonitored=_words(scope.unmonitored),
            languages=list(scope.languages),
        )
    )


def _appeal(appeal: Appeal) -> Plain | str:
    return _text_alone(
        _filled(
            text=appeal.text,
            within_days=appeal.within_days,
            reviewer=appeal.reviewer,
            answer_within_days=appeal.answer_within_days,
        )
    )


def _text_alone(plain: Plain) -> Plain | str:
    """Where there is nothing but a text, that text: what was written before these keys had any other."""
    return str(plain["text"]) if plain.keys() == {"text"} else plain


def _promises(promises: Promises) -> Plain:
    return _filled(
        replies=promises.replies,
        records=promises.records,
        privacy=promises.privacy,
        changes=promises.changes,
        review_by=_day(promises.review_by) if promises.review_by else None,
    )


def _period(period: Period) -> Plain:
    return {"id": period.id, "title": period.title, "first": _day(period.first), "last": _day(period.last)}


def _principle(principle: Principle) -> Plain:
    return {"id": principle.id, "title": principle.title, "text": principle.text}


def _rule(rule: Rule) -> Plain:
    thresholds = {"review": _number(rule.thresholds.review), "automatic": _number(rule.thresholds.automatic)}
    examples = _filled(breach=list(rule.breach_examples), fine=list(rule.fine_examples))
    return {
        "id": rule.id,
        "title": rule.title,
        "text": rule.text,
        **_filled(condition=_condition(rule.condition) if rule.condition else None),
        "mode": str(rule.mode),
        "thresholds": thresholds,
        "actions": [_action(action) for action in rule.actions],
        "severity": rule.severity,
        "viewpoint_risk": str(rule.viewpoint_risk),
        "review_within_hours": _number(rule.review_within_hours),
        "notice": str(rule.notice),
        **_filled(
            notice_reason=rule.notice_reason,
            redirect_text=rule.redirect_text,
            no_notice_reason=rule.no_notice_reason,
            standard=_unless(Standard.IS, rule.standard),
            decided_by=_unless(Decider.ONE_PERSON, rule.decided_by),
            exceptions=list(rule.exceptions),
            targets=_words(rule.targets),
            grounds=_words(rule.grounds),
            repeat=[_rung(rung) for rung in rule.repeat],
            examples=examples,
        ),
    }


def _rung(rung: Rung) -> Plain:
    actions = [_action(action) for action in rung.actions]
    return {"count": rung.count, "within_days": rung.within_days, "actions": actions}


def _action(action: RuleAction) -> Plain:
    optional = _filled(recipient=action.recipient, duration_days=action.duration_days)
    return {"verb": action.verb, "modality": str(action.modality), **optional}


def _condition(condition: Condition) -> Plain:
    match condition:
        case LabelCondition(label, review, automatic):
            thresholds = {"review": review, "automatic": automatic}
            return {"label": label} | {key: _threshold(value) for key, value in thresholds.items() if value is not None}
        case AnyOf(parts):
            return {"any": [_condition(part) for part in parts]}
        case AllOf(parts):
            return {"all": [_condition(part) for part in parts]}
        case Not(inner):
            return {"not": _condition(inner)}
        case WordsCondition(words, automatic):
            return {"words": list(words), **_filled(automatic=automatic)}
        case LinkCondition(domains, allowed, automatic):
            return {"links": list(domains) or "any", **_filled(allowed=list(allowed), automatic=automatic)}
        case RecordedCondition(fact):
            return {"recorded": fact}
        case ActivityCondition(activity, count, hours, by, automatic):
            counted = {"activity": str(activity), "count": count, "within_hours": _number(hours)}
            return counted | _filled(by=_unless(By.AUTHOR, by), automatic=automatic)
        case PostCondition(state):
            return {"post": str(state)}
        case PeriodCondition(period):
            return {"period": period}


def _threshold(value: float) -> float | int | str:
    return "never" if value > 1 else _number(value)


def _number(value: float) -> float | int:
    """24 and 24.0 are the same hours, so they must be the same bytes."""
    return int(value) if value == int(value) else value


def _words(words: Iterable[StrEnum]) -> list[str]:
    return [str(word) for word in words]


def _unless(default: StrEnum, value: StrEnum) -> str:
    return "" if value is default else str(value)


def _day(day: date) -> str:
    return day.isoformat()


def _filled(**values: object) -> Plain:
    return {key: value for key, value in values.items() if value}


def _error(problems: list[Problem]) -> GuidelineError:
    return GuidelineError(problems, report(problems, "", "data"))


class _Dumper(yaml.SafeDumper):
    """Texts of several lines as blocks, and every value written out where it stands."""

    def ignore_aliases(self, data: object) -> bool:
        return True

    def represent_text(self, text: str) -> yaml.Node:
        # A block says nothing reliable about line breaks at its end, so such a text is quoted.
        block = "\n" in text.strip("\n") and not text.endswith("\n")
        return self.represent_scalar("tag:yaml.org,2002:str", text, style="|" if block else None)


_Dumper.add_representer(str, _Dumper.represent_text)
