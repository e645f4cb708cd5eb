"""Guidelines on the command line: published by the operator, listed, compared, taken in and handed out."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from guidelines.load import preset_text
from moderator import clock
from moderator.cli import main

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command line, with an office called sam that has published open-forum."""
    monkeypatch.setenv("MODERATOR_HOME", str(tmp_path))
    monkeypatch.setenv("MODERATOR_SECRET_KEY", "k" * 32)
    for name in ("DATABASE_URL", "REDIS_URL", "MODERATOR_URL", "MODERATOR_CLASSIFIERS", "MODERATOR_CLASSIFIER_OPTIONS"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str, code: int = 0) -> Result:
        result = CliRunner().invoke(main, arguments)
        assert result.exit_code == code, result.output
        return result

    run("office", "create", "Sam Field", "--slug", "sam", "--timezone", "Pacific/Kiritimati")
    return run


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "rules.yaml"
    path.write_text(preset_text("minimal"), "utf-8")
    return path


def test_the_operator_publishes_at_once_or_for_a_day_where_the_office_is(run: Run, file: Path) -> None:
    day = f"{clock.now().year + 1}-12-01"
    told = run("guidelines", "publish", str(file), "--office", "sam", "--effective", day, "--note", "Winter.")
    assert f"It takes effect on {day} 00:00 +14." in told.stdout
    rows = json.loads(run("guidelines", "versions", "--office", "sam", "--json").stdout)
    assert [(row["number"], row["standing"], row["note"]) for row in rows] == [
        (2, "to come", "Winter."),
        (1, "in force", ""),
    ]
    assert rows[0]["effective_at"] == day.replace("12-01", "11-30T10:00:00+00:00")
    again = run("guidelines", "publish", str(file), "--office", "sam", "--effective", day).stdout
    assert again.startswith("Nothing was published: word for word, this is in force then already.\nVersion 2, ")
    now = run("guidelines", "publish", str(file), "--office", "sam").stdout
    assert f"\nVersion 2 takes over on {day} 00:00 +14.\n" in now
    lines = run("guidelines", "versions", "--office", "sam").stdout.splitlines()
    assert ["in force" in line for line in lines] == [True, False, False]
    assert "past" in lines[2]


@pytest.mark.parametrize(("moment", "said"), [("noon", "is no moment"), ("2020-01-01", "in the past")])
def test_a_moment_that_is_none_or_over_is_one_line(run: Run, file: Path, moment: str, said: str) -> None:
    refused = run("guidelines", "publish", str(file), "--office", "sam", "--effective", moment, code=1)
    assert said in refused.stderr
    assert len(refused.stderr.splitlines()) == 1


def test_what_is_exported_can_be_checked_and_published_again(run: Run, tmp_path: Path) -> None:
    (row,) = json.loads(run("guidelines", "versions", "--office", "sam", "--json").stdout)
    document = run("guidelines", "export", "--office", "sam", "--version", "1", "--json").stdout
    assert hashlib.sha256(document.encode()).hexdigest() == row["sha256"]
    path = tmp_path / "exported.yaml"
    path.write_text(run("guidelines", "export", "--office", "sam").stdout, "utf-8")
    assert "Version 1, sha256 " + row["sha256"] in run("guidelines", "publish", str(path), "--office", "sam").stdout
    assert "no version 7" in run("guidelines", "export", "--office", "sam", "--version", "7", code=1).stderr


def test_two_sets_are_compared_whether_files_presets_or_versions(run: Run, file: Path) -> None:
    text = file.read_text("utf-8").replace("title: Rules of this page", "title: Rules")
    assert text != file.read_text("utf-8")
    file.write_text(text, "utf-8")
    told = run("guidelines", "diff", "minimal", str(file)).stdout
    assert told == "Outside the rules\n  same  Title: “Rules”; before, “Rules of this page”\n"
    (change,) = json.loads(run("guidelines", "diff", "minimal", str(file), "--json").stdout)
    assert (change["kind"], change["effect"]) == ("title", "same")
    assert run("guidelines", "diff", "sam", "sam@1").stdout == "Nothing changed.\n"
    run("guidelines", "publish", str(file), "--office", "sam")
    assert "Rule dropped: " in run("guidelines", "diff", "sam@1", "sam@2").stdout
    assert "as a number" in run("guidelines", "diff", "sam@one", "sam", code=1).stderr
    assert "no version 9" in run("guidelines", "diff", "sam@9", "sam", code=1).stderr
    neither = run("guidelines", "diff", "rules.yml", "sam", code=1).stderr
    assert neither == "Error: 'rules.yml' is no file, no preset, and no office's address\n"


def test_a_text_that_changed_shows_its_words(run: Run, file: Path) -> None:
    text = file.read_text("utf-8").replace("preamble: >\n", "preamble: >\n  Friends and neighbours,\n", 1)
    assert "neighbours" in text
    file.write_text(text, "utf-8")
    assert "{+Friends and neighbours,+}" in run("guidelines", "diff", "minimal", str(file)).stdout


def test_a_file_becomes_a_draft_and_nothing_is_published(run: Run, file: Path) -> None:
    told = run("guidelines", "import", str(file), "--office", "sam", "--title", "For winter").stdout
    assert told.startswith("Draft “For winter”: http://127.0.0.1:8000/drafts/")
    assert len(json.loads(run("guidelines", "versions", "--office", "sam", "--json").stdout)) == 1
    file.write_text("rules: [", "utf-8")
    assert "Line 1" in run("guidelines", "import", str(file), "--office", "sam", code=1).stderr
    assert "No such file" in run("guidelines", "import", "nowhere.yaml", "--office", "sam", code=1).stderr
    private = run("guidelines", "import", "https://127.0.0.1:9/guidelines/town", "--office", "sam", code=1)
    assert "not on the public internet" in private.stderr


def test_the_language_is_printed_as_json_schema(run: Run) -> None:
    assert json.loads(run("guidelines", "schema").stdout)["$schema"].endswith("2020-12/schema")
