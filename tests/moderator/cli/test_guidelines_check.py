"""`moderator guidelines check`: for people, and for programs that show mistakes where they are."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from moderator.cli import main

GOLDEN = Path(__file__).parents[2] / "golden" / "guidelines"


@pytest.mark.parametrize("name", ["after-emoji", "after-a-tab", "not-utf8", "unknown-ground", "no-hours"])
def test_programs_get_what_people_read_with_its_place(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(GOLDEN)
    shown = CliRunner().invoke(main, ["guidelines", "check", f"{name}.yaml"])
    given = CliRunner().invoke(main, ["guidelines", "check", f"{name}.yaml", "--json"])
    (problem,) = json.loads(given.stdout)
    place = f"{name}.yaml:{problem['line']}:{problem['column']}: "
    kind = "warning: " if problem["warning"] else ""
    assert shown.stdout.startswith(f"{place}{kind}{problem['message']}\n")
    assert f"  mend: {problem['mend']}\n" in shown.stdout
    assert shown.exit_code == given.exit_code == (0 if problem["warning"] else 1)


def test_a_column_counts_characters_and_not_what_they_take_on_a_screen() -> None:
    path = GOLDEN / "after-emoji.yaml"
    given = CliRunner().invoke(main, ["guidelines", "check", str(path), "--json"])
    (problem,) = json.loads(given.stdout)
    line = path.read_text(encoding="utf-8").splitlines()[problem["line"] - 1]
    assert line[problem["column"] - 1 :].startswith("[]")
