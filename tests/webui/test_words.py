"""The public pages' words: complete in every language, none of them idle, and all that a new language needs."""

import re
import tomllib
from datetime import UTC, date, datetime
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from guidelines import schema
from guidelines.schema import Activity, By, Decider, Ground, Notice, PostState, Standard, Surface, Target
from webui import words

ROOM = Path(__file__).parents[2] / "webui"
FILES = sorted((ROOM / "words").glob("*.toml"))

#: Where the words are asked for by their keys.
ASKING = [
    *sorted((ROOM / "templates" / "guidelines").glob("*.html")),
    *(ROOM / "words").glob("*.py"),
    ROOM / "sharing.py",
]

#: Tables that hold a word for each of the product's own ids.
TABLES: dict[str, set[str]] = {
    "labels": set(schema.LABELS),
    "must": set(schema.VERBS),
    "may": set(schema.VERBS),
    "must_for": set(schema.ACCOUNT_VERBS),
    "may_for": set(schema.ACCOUNT_VERBS),
    "recipients": set(schema.REPORT_VERBS),
    "decider": set(Decider) | {"opinion", "soon"},
    "standard": set(Standard),
    "notice": set(Notice),
    "targets": set(Target),
    "grounds": set(Ground),
    "surfaces": set(Surface),
    "post": set(PostState),
    "activity": {f"{activity}_{by}" for activity, by in product(Activity, By)},
}
#: Tables whose ids are everybody's: as many as there are words for.
OPEN = {"languages", "recorded"}
#: What the catalogue itself reads.
FRAME = {"page.language", "page.direction", "dates.months", "numbers.thousands", "lists.between"}


def _read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text("utf-8"))


def _keys(entries: dict[str, Any]) -> set[str]:
    return {f"{table}.{name}" for table, names in entries.items() if table not in OPEN | {"plurals"} for name in names}


def _asked() -> set[str]:
    texts = "\n".join(path.read_text("utf-8") for path in ASKING)
    literal = set(re.findall(r'["\']([a-z]+\.[a-z_]+)["\']', texts))
    named = {f"lists.{last}" for last in ("and", "or")}
    pinned = {f"pin.{name}" for name in re.findall(r'yield "(\w+)"', texts)}
    effects = {f"changes.{effect}" for effect in ("more", "less")}
    of_ids = {f"{table}.{name}" for table, names in TABLES.items() for name in names}
    return literal | named | pinned | effects | of_ids | FRAME


ENGLISH = _read(ROOM / "words" / "en.toml")


def test_no_word_is_missing_and_none_is_idle() -> None:
    tables = set(ENGLISH)
    asked = {key for key in _asked() if key.split(".")[0] in tables}
    assert asked - _keys(ENGLISH) == set(), "asked for and not in en.toml"
    assert _keys(ENGLISH) - asked == set(), "in en.toml and asked for by nobody"


@pytest.mark.parametrize("table", TABLES)
def test_a_table_has_a_word_for_each_id_of_the_product(table: str) -> None:
    assert set(ENGLISH[table]) == TABLES[table]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_language_says_the_same_things_with_the_same_blanks(path: Path) -> None:
    entries = _read(path)
    assert _keys(entries) == _keys(ENGLISH)
    for key in _keys(ENGLISH) - FRAME:
        table, name = key.split(".")
        for form in _forms(entries[table][name]):
            # A form for one or two of a thing may say so in a word.
            assert _blanks(form) - {"n"} == _blanks(_forms(ENGLISH[table][name])[-1]) - {"n"}, key
    assert len(entries["dates"]["months"]) == 12
    assert entries["page"]["direction"] in ("ltr", "rtl")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_counted_word_has_a_form_for_every_number(path: Path) -> None:
    entries = _read(path)
    forms = {"other", *entries["plurals"]}
    for table, names in entries.items():
        for name, entry in names.items():
            if isinstance(entry, dict):
                assert "other" in entry, f"{table}.{name}"
                assert set(entry) <= forms, f"{table}.{name}"
    numbers = [number for taken in entries["plurals"].values() for number in taken]
    assert len(numbers) == len(set(numbers)), "two forms take the same number"


def test_numbers_days_and_lists_read_as_english() -> None:
    english = words.in_language("en-GB")
    assert [english.days(days) for days in (1, 7, 365, 730, 1500)] == [
        "one day",
        "7 days",
        "a year",
        "2 years",
        "1,500 days",
    ]
    assert [english.hours(hours) for hours in (0.5, 1, 1.5, 24, 48, 8760)] == [
        "30 minutes",
        "one hour",
        "90 minutes",
        "24 hours",
        "2 days",
        "a year",
    ]
    assert english.date(date(2026, 5, 3)) == "3 May 2026"
    assert english.date(datetime(2026, 5, 3, 23, 30, tzinfo=UTC), "Europe/London") == "4 May 2026"
    assert english.listed(["a", "b", "c"]) == "a, b and c"
    assert english.listed(["a", "b"], "or") == "a or b"
    assert english.listed([]) == ""
    assert english.percent(0.995) == "99.5%"
    assert english.language_name("cy-GB") == "Welsh"
    assert english.language_name("tlh") == ""


def test_what_is_put_into_a_sentence_is_text() -> None:
    english = words.in_language("en")
    assert english("test.words", words=english.quoted(["<b>", "{n}"], "test.more")) == (
        "The comment has one of these words: “<bdi>&lt;b&gt;</bdi>” or “<bdi>{n}</bdi>”."
    )
    assert english("told.reason", reason="</p><script>") == "The reason we give: &lt;/p&gt;&lt;script&gt;"


def test_of_very_many_words_the_first_are_shown_and_the_rest_counted() -> None:
    listed = words.in_language("en").quoted([f"w{number}" for number in range(1_000)], "test.more")
    assert listed.count("<bdi>") == 23
    assert "or 977 more that the forms for programs name" in listed
    assert words.in_language("en").quoted([f"w{number}" for number in range(24)], "test.more").count("<bdi>") == 24


def test_a_language_nobody_wrote_is_told_in_english() -> None:
    for tag in ("xx", "xx-GB", "../en", "", "EN_gb"):
        assert words.in_language(tag).language == "en-GB"


def test_a_language_with_six_forms_for_numbers_needs_its_file_and_nothing_else(tmp_path: Path) -> None:
    """Not Welsh, which somebody should write who speaks it: its way of counting, with stand-ins for its words."""
    path = tmp_path / "cy.toml"
    path.write_text(
        """
[page]
language = "cy"
direction = "ltr"
[plurals]
zero = [0]
one = [1]
two = [2]
few = [3]
many = [6]
[numbers]
thousands = "."
[dates]
date = "{month} {day}, {year}"
months = ["m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8", "m9", "m10", "m11", "m12"]
[spans]
days = {zero = "{n} zero", one = "{n} one", two = "{n} two", few = "{n} few", many = "{n} many", other = "{n} other"}
""",
        "utf-8",
    )
    theirs = words.read(path)
    assert [theirs("spans.days", number) for number in (0, 1, 2, 3, 4, 6, 7, 1200)] == [
        "0 zero",
        "1 one",
        "2 two",
        "3 few",
        "4 other",
        "6 many",
        "7 other",
        "1.200 other",
    ]
    assert theirs.date(date(2026, 11, 21)) == "m11 21, 2026"


def test_a_key_that_is_not_there_is_an_error_and_no_empty_place() -> None:
    with pytest.raises(KeyError):
        words.in_language("en")("rules.nowhere")


def _forms(entry: Any) -> list[str]:
    return list(entry.values()) if isinstance(entry, dict) else [entry]


def _blanks(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))
