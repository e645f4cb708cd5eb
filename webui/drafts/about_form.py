"""Everything of a guideline set but its rules as the fields of a form, and back: office, scope, principles, promises.

As in `rule_form`, what was typed is kept as text, so that a form comes back as it was sent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from guidelines.reader import Path
from guidelines.render import to_dict
from guidelines.schema import GuidelineSet
from webui.drafts.rule_form import Fields, Plain, first, lines, number_of, rearranged, rows_of, said, tidy


@dataclass(frozen=True, slots=True)
class PrincipleRow:
    id: str = ""
    title: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class PeriodRow:
    id: str = ""
    title: str = ""
    first: str = ""
    last: str = ""


@dataclass(frozen=True, slots=True)
class AboutForm:
    """What was typed. `texts` has one text for each name in `TEXTS`, by that name."""

    texts: Mapping[str, str]
    surfaces: tuple[str, ...] = ()
    unmonitored: tuple[str, ...] = ()
    principles: tuple[PrincipleRow, ...] = ()
    periods: tuple[PeriodRow, ...] = ()


#: Field → where its value stands in the document.
TEXTS: Mapping[str, Path] = {
    "name": ("name",),
    "title": ("title",),
    "language": ("language",),
    "office-name": ("office", "name"),
    "office-capacity": ("office", "capacity"),
    "office-contact": ("office", "contact"),
    "office-hours": ("office", "hours"),
    "office-moderators": ("office", "moderators"),
    "preamble": ("preamble",),
    "scope-text": ("scope", "text"),
    "scope-purpose": ("scope", "purpose"),
    "scope-channels": ("scope", "channels"),
    "scope-languages": ("scope", "languages"),
    "appeal-text": ("appeal", "text"),
    "appeal-within_days": ("appeal", "within_days"),
    "appeal-reviewer": ("appeal", "reviewer"),
    "appeal-answer_within_days": ("appeal", "answer_within_days"),
    "promises-replies": ("promises", "replies"),
    "promises-records": ("promises", "records"),
    "promises-privacy": ("promises", "privacy"),
    "promises-changes": ("promises", "changes"),
    "promises-review_by": ("promises", "review_by"),
}
_REQUIRED = frozenset({"name", "title", "language", "office-name", "preamble"})
_NUMBERS = frozenset({"appeal-within_days", "appeal-answer_within_days"})
#: Fields with an entry on each line.
_LINES = frozenset({"scope-channels", "scope-languages"})


def of_set(guidelines: GuidelineSet) -> AboutForm:
    """The form that shows the set."""
    document = to_dict(guidelines)
    for name in ("scope", "appeal"):
        # Where there is nothing but a text, the document has that text alone.
        if isinstance(document.get(name), str):
            document[name] = {"text": document[name]}
    return AboutForm(
        texts={name: _text_at(document, path) for name, path in TEXTS.items()},
        surfaces=tuple(each.value for each in guidelines.scope.surfaces),
        unmonitored=tuple(each.value for each in guidelines.scope.unmonitored),
        principles=tuple(PrincipleRow(each.id, each.title, each.text) for each in guidelines.principles),
        periods=tuple(
            PeriodRow(each.id, each.title, each.first.isoformat(), each.last.isoformat()) for each in guidelines.periods
        ),
    )


def of_fields(fields: Fields) -> AboutForm:
    """The form that a browser sent. Total: whatever it sent is a form, if perhaps one that cannot be used."""
    return AboutForm(
        texts={name: first(fields, name) for name in TEXTS},
        surfaces=tuple(map(tidy, fields.get("surfaces", ()))),
        unmonitored=tuple(map(tidy, fields.get("unmonitored", ()))),
        principles=tuple(
            PrincipleRow(*(first(fields, f"{prefix}-{name}") for name in ("id", "title", "text")))
            for prefix in rows_of(fields, "principle", "id")
        ),
        periods=tuple(
            PeriodRow(*(first(fields, f"{prefix}-{name}") for name in ("id", "title", "first", "last")))
            for prefix in rows_of(fields, "period", "id")
        ),
    )


def to_fields(form: AboutForm) -> dict[str, list[str]]:
    """What a browser sends for the form when nothing in it is changed."""
    fields = {name: [text] for name, text in form.texts.items()}
    fields |= {"surfaces": list(form.surfaces), "unmonitored": list(form.unmonitored)}
    for number, principle in enumerate(form.principles):
        fields |= {f"principle-{number}-{name}": [getattr(principle, name)] for name in ("id", "title", "text")}
    for number, period in enumerate(form.periods):
        fields |= {f"period-{number}-{name}": [getattr(period, name)] for name in ("id", "title", "first", "last")}
    return fields


def to_plain(form: AboutForm, rules: Sequence[Plain]) -> Plain:
    """The document that the form stands for, with these rules in it. Nothing is judged: the loader does that."""
    document: Plain = {}
    for name, path in TEXTS.items():
        if name in _REQUIRED or said(form.texts[name]):
            _put(document, path, _value(name, form.texts[name]))
    for name, chosen in (("surfaces", form.surfaces), ("unmonitored", form.unmonitored)):
        if chosen:
            _put(document, ("scope", name), list(chosen))
    principles = [{"id": each.id.strip(), "title": each.title, "text": each.text} for each in form.principles]
    periods = [
        {"id": each.id.strip(), "title": each.title, "first": each.first.strip(), "last": each.last.strip()}
        for each in form.periods
    ]
    lists: Plain = {"principles": principles, "periods": periods}
    return document | {name: entries for name, entries in lists.items() if entries} | {"rules": list(rules)}


def slots(form: AboutForm) -> dict[Path, str]:
    """Which part of the form each part of the document belongs to."""
    found: dict[Path, str] = {path: name for name, path in TEXTS.items()}
    found |= {("scope", "surfaces"): "surfaces", ("scope", "unmonitored"): "unmonitored"}
    found |= {("office",): "office-name", ("scope",): "scope-text", ("appeal",): "appeal-text"}
    found |= {("promises",): "promises-replies", ("principles",): "principles", ("periods",): "periods"}
    found |= {("principles", number): f"principle-{number}" for number in range(len(form.principles))}
    return found | {("periods", number): f"period-{number}" for number in range(len(form.periods))}


def changed(form: AboutForm, deed: str) -> AboutForm:
    """The form after one of its own buttons: `principles.add`, `periods.1.remove`. Unknown deeds change nothing."""
    match deed.split("."):
        case ["principles", *rest]:
            return replace(form, principles=rearranged(form.principles, rest, PrincipleRow))
        case ["periods", *rest]:
            return replace(form, periods=rearranged(form.periods, rest, PeriodRow))
    return form


def _text_at(document: Plain, path: Path) -> str:
    value: object = document
    for key in path:
        value = value.get(str(key), "") if isinstance(value, dict) else ""
    return "\n".join(value) if isinstance(value, list) else str(value)


def _value(name: str, text: str) -> object:
    if name in _NUMBERS:
        return number_of(text)
    if name in _LINES:
        return lines(text)
    return text.strip() if name in ("name", "language", "promises-review_by") else text


def _put(document: Plain, path: Path, value: object) -> None:
    *outer, last = map(str, path)
    for key in outer:
        document = document.setdefault(key, {})
    document[last] = value
