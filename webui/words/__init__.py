"""The public pages' own words, in the language of what is published: one TOML file per language, English behind all.

A file says everything that differs between languages, plurals, dates and lists included, so a new language is a new
file and nothing else. `en.toml` says how to write one. What is put into a sentence shows as text, whatever is in it.
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

#: Where the files are.
FOLDER = Path(__file__).parent

_FALLBACK = "en"
#: More words or sites than this are not all written out.
_QUOTED = 24
_HOURS_A_DAY, _DAYS_A_YEAR = 24, 365


class Words:
    """The words of one language. `words("appeal.heading")` is a text, `words("spans.days", 3)` one that counts."""

    def __init__(self, entries: Mapping[str, Any]) -> None:
        self._entries = entries
        self.language: str = entries["page"]["language"]
        self.direction: str = entries["page"]["direction"]

    def __call__(self, key: str, number: int | None = None, **values: object) -> Markup:
        """The text at `table.name`. A `number` chooses its form and is `{n}`. Raises `KeyError`."""
        table, _, name = key.partition(".")
        return self._filled(self._entries[table][name], number, values)

    def of(self, table: str, name: str, number: int | None = None, **values: object) -> Markup:
        """The text that a table has for one of the product's own ids. Raises `KeyError`."""
        return self._filled(self._entries[table][name], number, values)

    def has(self, table: str, name: str) -> bool:
        return name in self._entries[table]

    def listed(self, parts: Iterable[object], last: str = "and") -> Markup:
        """one, two and three; or with "or"."""
        *first, end = [escape(part) for part in parts] or [Markup("")]
        between = escape(self._entries["lists"]["between"])
        return self(f"lists.{last}", first=between.join(first), last=end) if first else end

    def quoted(self, texts: Sequence[str], more: str) -> Markup:
        """“one” or “two”, each kept apart from the direction of the words around it.

        Of very many the first are shown; `more` is the key of what is said of the rest.
        """
        shown = texts if len(texts) <= _QUOTED else texts[: _QUOTED - 1]
        rest = len(texts) - len(shown)
        quoted = [self("lists.quoted", text=own(text)) for text in shown]
        return self.listed([*quoted, self(more, rest)] if rest else quoted, "or")

    def percent(self, probability: float) -> Markup:
        """95%, or 99.5%"""
        return self("numbers.percent", n=f"{round(probability * 100, 1):g}")

    def date(self, when: date, zone: str = "UTC") -> Markup:
        """21 November 2026. A moment is told as the day it falls on in the zone."""
        day = when.astimezone(ZoneInfo(zone)) if isinstance(when, datetime) else when
        month = self._entries["dates"]["months"][day.month - 1]
        return self("dates.date", day=day.day, month=month, year=day.year)

    def hours(self, hours: float) -> Markup:
        """90 minutes, 24 hours, 7 days"""
        if hours >= 2 * _HOURS_A_DAY and hours % _HOURS_A_DAY == 0:
            return self.days(int(hours) // _HOURS_A_DAY)
        if hours != int(hours):
            return self("spans.minutes", max(1, round(hours * 60)))
        return self("spans.hours", int(hours))

    def days(self, days: int) -> Markup:
        """7 days, a year"""
        whole_years, rest = divmod(days, _DAYS_A_YEAR)
        return self("spans.years", whole_years) if whole_years and not rest else self("spans.days", days)

    def language_name(self, tag: str) -> Markup:
        """German, from `de` or `de-AT`; empty where there is no name for it"""
        return escape(self._entries["languages"].get(tag.lower().replace("_", "-").split("-")[0], ""))

    def _filled(self, entry: str | Mapping[str, str], number: int | None, values: Mapping[str, object]) -> Markup:
        if number is None:
            return _text(entry).format(**values)
        forms = {"other": entry} if isinstance(entry, str) else entry
        return _text(forms.get(self._form(number), forms["other"])).format(n=self._number(number), **values)

    def _form(self, number: int) -> str:
        return next((form for form, numbers in self._entries["plurals"].items() if number in numbers), "other")

    def _number(self, number: int) -> str:
        return f"{number:,}".replace(",", self._entries["numbers"]["thousands"])


def in_language(tag: str) -> Words:
    """The words of a language or, where nobody wrote them, English ones."""
    wanted = tag.lower().replace("_", "-")
    there = {path.stem: path for path in FOLDER.glob("*.toml")}
    return read(there.get(wanted) or there.get(wanted.split("-")[0]) or there[_FALLBACK])


@cache
def read(path: Path) -> Words:
    """The words of one file."""
    return Words(tomllib.loads(path.read_text("utf-8")))


def own(text: str) -> Markup:
    """Somebody's own words inside a sentence of ours, kept apart from its direction."""
    return Markup("<bdi>{}</bdi>").format(text)


def _text(entry: object) -> Markup:
    assert isinstance(entry, str)
    return escape(entry)
