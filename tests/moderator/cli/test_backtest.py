"""`guidelines backtest`: what a file would change, told to people, to programs and to a spreadsheet."""

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from classifiers.base import Classifier
from guidelines.render import to_yaml
from guidelines.schema import Rule, Thresholds
from moderator.backtest.flip_file import HEADER, harmless
from moderator.cli import main
from tests.fakes.classifier import WrittenScores
from tests.moderator.conftest import RULES, guideline_set

Run = Callable[..., Result]

COMMENTS = ("=spam=0.7", "a quiet word", "spam=0.95", "harassment=0.7")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, classifiers: dict[str, Classifier]) -> Run:
    """The command line of an office with four comments, under `RULES`."""
    classifiers["written"] = WrittenScores()
    for name in ("DATABASE_URL", "REDIS_URL", "MODERATOR_URL", "MODERATOR_CLASSIFIER_OPTIONS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MODERATOR_HOME", str(tmp_path))
    monkeypatch.setenv("MODERATOR_SECRET_KEY", "k" * 32)
    monkeypatch.setenv("MODERATOR_CLASSIFIERS", "written")

    def run(*arguments: str, code: int = 0) -> Result:
        result = CliRunner().invoke(main, arguments)
        assert result.exit_code == code, result.output
        return result

    run("office", "create", "Sam Field MP", "--contact", "office@example.org")
    run("guidelines", "publish", _file(tmp_path / "now.yaml", *RULES), "--office", "sam-field-mp")
    run("channel", "add", "--office", "sam-field-mp", "--connector", "webhook", "Page tool")
    with (tmp_path / "comments.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["text"], *([text] for text in COMMENTS)])
    run("import", str(tmp_path / "comments.csv"), "--channel", "Page tool", "--text-column", "text")
    return run


@pytest.fixture
def draft(tmp_path: Path) -> str:
    """Hides spam from 0.6 instead of 0.9, and asks about harassment no more."""
    return _file(tmp_path / "draft.yaml", RULES[0], replace(RULES[3], thresholds=Thresholds(0.5, 0.6)))


def _file(path: Path, *rules: Rule) -> str:
    path.write_text(to_yaml(guideline_set(*rules)), encoding="utf-8")
    return str(path)


def test_people_read_what_would_change(run: Run, draft: str) -> None:
    told = run("guidelines", "backtest", draft, "--office", "sam-field-mp").stdout
    assert "draft.yaml beside version 2: 4 comments of 4" in told
    assert "Of 4 comments, 2 would be decided otherwise." in told
    assert "1 comment that a person is asked about now would be hidden." in told
    assert "1 comment that a person is asked about now would be kept." in told
    assert "By rule" in told


def test_programs_read_json(run: Run, draft: str) -> None:
    told = json.loads(run("guidelines", "backtest", draft, "--office", "sam-field-mp", "--json").stdout)
    assert (told["version"], told["history"], told["comments"], told["flips"]) == (2, 4, 4, 2)
    assert told["directions"] == {"hides_more": 1, "asks_more": 0, "lets_go": 1}
    assert told["agreement"]["after"]["comments"] == 0


def test_a_sample_or_all(run: Run, draft: str) -> None:
    asked = ("guidelines", "backtest", draft, "--office", "sam-field-mp", "--json")
    assert json.loads(run(*asked, "--sample", "2").stdout)["comments"] == 2
    assert json.loads(run(*asked, "--all").stdout)["comments"] == 4
    assert "exclude each other" in run(*asked, "--all", "--sample", "2", code=2).stderr


def test_every_flip_is_a_line_that_no_spreadsheet_takes_for_a_formula(run: Run, draft: str, tmp_path: Path) -> None:
    run("guidelines", "backtest", draft, "--office", "sam-field-mp", "--flips", str(tmp_path / "flips.csv"))
    with (tmp_path / "flips.csv").open(encoding="utf-8", newline="") as file:
        lines = sorted(csv.DictReader(file), key=lambda line: line["text"])
    assert tuple(lines[0]) == HEADER
    assert [(line["text"], line["before"], line["after"], line["direction"]) for line in lines] == [
        ("'=spam=0.7", "queued", "hidden", "hides_more"),
        ("harassment=0.7", "queued", "kept", "lets_go"),
    ]
    assert (lines[1]["rules_before"], lines[1]["rules_after"]) == ("3", "")


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\uff1d1"])
def test_what_a_spreadsheet_would_work_out_is_text(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"


def test_other_cells_stay_as_they_are() -> None:
    assert harmless("a = b") == "a = b"
    assert harmless("") == ""


def test_a_file_that_cannot_be_read_is_one_report(run: Run, tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("rules: [oh")
    result = run("guidelines", "backtest", str(tmp_path / "broken.yaml"), "--office", "sam-field-mp", code=1)
    assert "broken.yaml" in result.stderr


def test_an_office_that_is_not_there_is_one_line(run: Run, draft: str) -> None:
    result = run("guidelines", "backtest", draft, "--office", "nobody", code=1)
    assert result.stderr.splitlines()[-1] == "Error: there is no office at the address 'nobody'"


def test_nothing_is_published(run: Run, draft: str) -> None:
    run("guidelines", "backtest", draft, "--office", "sam-field-mp")
    assert "sam-field-mp: version 2" in run("doctor", "--json").stdout
