"""How a problem looks in a terminal, whatever the document holds."""

import pytest

from guidelines.report import report
from guidelines.schema import Problem


def test_a_problem_without_a_place_names_the_source_alone() -> None:
    assert (
        report([Problem("empty", "the document is empty")], "", "rules.yaml") == "rules.yaml: the document is empty\n"
    )


def test_a_warning_is_called_one() -> None:
    shown = report([Problem("no-appeal", "no appeal", "add one", 1, 1, warning=True)], "name: x", "rules.yaml")
    assert shown.splitlines()[0] == "rules.yaml:1:1: warning: no appeal"


def test_nothing_in_a_hostile_document_or_file_name_reaches_the_terminal() -> None:
    hostile = "\x1b[2J\u202e\x00"
    shown = report([Problem("x", f"bad {hostile}", f"mend {hostile}", 1, 1)], f"key{hostile}: 1", f"{hostile}.yaml")
    assert all(character.isprintable() or character == "\n" for character in shown)


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r", "\x85", "\u2028"])
def test_lines_are_counted_as_yaml_counts_them(ending: str) -> None:
    shown = report([Problem("x", "wrong", "", 2, 3)], f"one: 1{ending}two: 2{ending}", "rules.yaml")
    assert shown.splitlines()[1:] == ["    2 | two: 2", "          ^"]


def test_a_caret_stands_under_its_character_beside_tabs_and_wide_letters() -> None:
    shown = report([Problem("x", "wrong", "", 1, 7)], "a:\t規e\u0301x", "rules.yaml")
    line, caret = shown.splitlines()[1:]
    assert line == "    1 | a: 規e\u0301x"
    # The margin, then three narrow characters, a wide one, and a letter that its accent adds nothing to.
    assert caret == " " * (8 + 3 + 2 + 1) + "^"


@pytest.mark.parametrize(
    ("before", "columns"),
    [
        ("\U0001f3a3", 2),
        ("\U0001f44d\U0001f3fd", 2),
        ("\u2764\ufe0f", 2),
        ("\u2764", 1),
        ("\u1112\u1161\u11ab", 2),
        ("e\u0301", 1),
        ("\t", 1),
    ],
    ids=["emoji", "skin tone", "heart as a picture", "heart as a letter", "Korean in parts", "accent", "tab"],
)
def test_a_caret_stands_where_the_text_before_it_ends(before: str, columns: int) -> None:
    shown = report([Problem("x", "wrong", "", 1, len(before) + 1)], f"{before}x", "rules.yaml")
    assert shown.splitlines()[2] == " " * (8 + columns) + "^"


def test_a_long_line_is_cut_around_the_mistake() -> None:
    shown = report([Problem("x", "wrong", "", 1, 5001)], "a" * 5000 + "B" + "c" * 5000, "rules.yaml")
    line, caret = shown.splitlines()[1:]
    assert len(line) < 120
    assert line[caret.index("^")] == "B"
