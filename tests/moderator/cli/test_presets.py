"""`guidelines presets` and `guidelines show`: what there is, and a copy to change."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from guidelines.load import load_preset, load_text, preset_names
from guidelines.render import to_dict
from moderator.cli import main


def _run(*arguments: str) -> str:
    result = CliRunner().invoke(main, ["guidelines", *arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_each_preset_is_listed_with_what_it_is_for() -> None:
    lines = _run("presets").splitlines()
    assert [line.split()[0] for line in lines] == list(preset_names())
    assert all(len(line.split()) > 5 for line in lines)


def test_programs_get_the_list_as_json() -> None:
    rows = json.loads(_run("presets", "--json"))
    assert [row["name"] for row in rows] == list(preset_names())
    assert all(row["rules"] == len(load_preset(row["name"]).rules) for row in rows)


@pytest.mark.parametrize("name", preset_names())
def test_what_is_shown_can_be_changed_checked_and_published(name: str, tmp_path: Path) -> None:
    shown = _run("show", name)
    assert shown.startswith("# ")
    assert load_text(shown) == load_preset(name)
    file = tmp_path / "rules.yaml"
    file.write_text(shown, encoding="utf-8")
    assert "no mistakes" in _run("check", str(file))


def test_programs_get_a_preset_as_json() -> None:
    assert json.loads(_run("show", "minimal", "--json")) == json.loads(json.dumps(to_dict(load_preset("minimal"))))


def test_a_preset_that_does_not_exist_is_named() -> None:
    result = CliRunner().invoke(main, ["guidelines", "show", "open-forun"])
    assert result.exit_code == 2
    assert "'open-forun' is not one of 'constituency-first'" in result.stderr
