"""`evaluate` as people run it: a file in, figures out, and one line when something is wrong."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from classifiers import registry
from moderator.cli import main

Run = Callable[..., Result]

_RATED = """text,threat,harassment,place,verdict
threat=0.98 we will find you,1,0,north,BAD
threat=0.30 wait and see,0,,north,FINE
hello there,0,0,south,FINE
harassment=0.6 you Tory clown,0,1,south,BAD
threat=0.1 good luck,1,0,south,BAD
"""


@pytest.fixture
def rated(tmp_path: Path) -> Path:
    path = tmp_path / "rated.csv"
    path.write_text(_RATED)
    return path


@pytest.fixture
def run(rated: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command on the labelled file, with a classifier that reads its scores out of the text."""
    written = {"written": "tests.fakes.classifier:WrittenScores"}
    monkeypatch.setattr(registry, "BUILT_IN", dict(registry.BUILT_IN) | written)
    monkeypatch.setenv("MODERATOR_CLASSIFIERS", "written")
    monkeypatch.delenv("MODERATOR_CLASSIFIER_OPTIONS", raising=False)
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: str, file: Path = rated, code: int = 0) -> Result:
        result = CliRunner().invoke(main, ["evaluate", str(file), "--resamples", "100", *arguments])
        assert result.exit_code == code, result.output
        return result

    return run


def _labels(result: Result, classifier: int = 0) -> dict[str, dict[str, object]]:
    found = json.loads(result.stdout)["classifiers"][classifier]["labels"]
    return {label["label"]: label for label in found}


def test_each_label_is_measured_on_the_rows_that_know_it(run: Run) -> None:
    labels = _labels(run("--json"))
    assert {label: (found["rows"], found["positives"]) for label, found in labels.items()} == {
        "threat": (5, 2),
        "harassment": (4, 1),
    }
    # Of the six pairs of a threat and a clean row, 0.98 wins three and 0.1 wins two.
    assert labels["threat"]["roc_auc"]["value"] == pytest.approx(5 / 6, abs=1e-6)  # type: ignore[index]


def test_thresholds_are_those_of_the_guidelines(run: Run) -> None:
    cuts = _labels(run("--json"))["threat"]["cuts"]
    assert [(c["name"], c["threshold"], c["hits"], c["alarms"]) for c in cuts] == [  # type: ignore[attr-defined]
        ("review", 0.15, 1, 1),
        ("automatic", 0.97, 1, 0),
    ]


def test_a_threshold_by_hand_takes_their_place(run: Run) -> None:
    labels = _labels(run("--json", "--threshold", "0.5", "--threshold", "threat=0.05"))
    assert {label: [(c["name"], c["threshold"]) for c in found["cuts"]] for label, found in labels.items()} == {  # type: ignore[attr-defined]
        "threat": [("given", 0.05)],
        "harassment": [("given", 0.5)],
    }


def test_tables_name_labels_thresholds_groups_and_what_was_not_read(run: Run) -> None:
    shown = run("--group", "place")
    for words in ("threat", "review 0.15", "north", "highest less lowest", "rows that reach a threshold of any label"):
        assert words in shown.stdout
    assert "not read: 'verdict'" in shown.stderr


def test_words_of_a_column_and_words_of_a_text_can_stand_for_labels_and_groups(run: Run, tmp_path: Path) -> None:
    words = tmp_path / "words.txt"
    words.write_text("# parties\ntory\nclown\n")
    found = _labels(run("--json", "--label", "threat=verdict:BAD", "--group-words", str(words)))["threat"]
    assert found["positives"] == 3
    assert [g["name"] for g in found["cuts"][0]["groups"]] == ["tory", "clown"]  # type: ignore[index]
    assert "group" not in run("--group-words", "identities").stdout


def test_benign_rows_make_every_finding_a_false_alarm(run: Run) -> None:
    found = json.loads(run("--json", "--benign", "--where", "verdict=FINE").stdout)["classifiers"][0]
    reach = {cut["name"]: (cut["rows"], cut["share"]["value"]) for cut in found["reach"]}
    assert reach == {"review": (1, 0.5), "automatic": (0, 0.0)}
    assert {label["positives"] for label in found["labels"]} == {0}


def test_comparing_tests_each_label_on_the_same_rows(run: Run) -> None:
    result = run("--json", "--compare", "--classifier", "written", "--classifier", "baseline")
    compared = json.loads(result.stdout)["comparisons"]
    assert [(c["label"], c["first"], c["second"], c["rows"]) for c in compared] == [
        ("threat", "written", "baseline", 5),
        ("harassment", "written", "baseline", 4),
    ]
    assert all(0 < c["roc_auc"]["p"] <= 1 for c in compared)
    assert "McNemar" in run("--compare", "--classifier", "written", "--classifier", "baseline").stdout


def test_one_seed_gives_the_same_figures(run: Run) -> None:
    assert run("--json").stdout == run("--json").stdout
    assert run("--json").stdout != run("--json", "--seed", "1").stdout


def test_a_chart_is_drawn_on_request(run: Run, tmp_path: Path) -> None:
    run("--chart", str(tmp_path / "chart.svg"))
    assert (tmp_path / "chart.svg").read_text().startswith("<svg ")


def test_swapping_needs_no_labels_and_says_how_much_there_was_to_swap(run: Run) -> None:
    shown = run("--swap")
    assert "1 of 5 comments hold a name; 1 of them are swapped" in shown.stderr
    assert "Pairs across a threshold" in shown.stdout
    [found] = json.loads(run("--swap", "--json").stdout)
    assert found["crossed"]["value"] == 0.0


def test_a_file_without_a_name_has_nothing_to_swap(run: Run, tmp_path: Path) -> None:
    names = tmp_path / "names.yaml"
    names.write_text("wards: [Old Quay, Mill Lane]")
    assert "bring your own with --names" in run("--swap", "--names", str(names), code=1).stderr


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--classifier", "nobody"], 1, "no classifier is called 'nobody'"),
        (["--label", "thret=place"], 1, "there is no label 'thret'; did you mean \"threat\"?"),
        (["--label", "threat"], 1, "--label: 'threat' should be OURS=COLUMN"),
        (["--threshold", "high"], 1, "'high' should be 0.5 or threat=0.5"),
        (["--threshold", "thret=0.5"], 1, "there is no label 'thret'"),
        (["--guidelines", "open-forun"], 1, 'is neither a file nor a preset; did you mean "open-forum"?'),
        (["--compare"], 2, "--compare needs two classifiers"),
        (["--group", "place", "--group-words", "identities"], 2, "exclude each other"),
        (["--text", "txt"], 1, "has no column 'txt'"),
    ],
)
def test_a_mistake_is_one_line_with_its_mend(run: Run, arguments: list[str], code: int, said: str) -> None:
    assert said in run(*arguments, code=code).stderr


def test_a_classifier_that_fails_is_named_with_its_reason(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_text("text,threat\nexplode,1\n")
    failed = run(file=path, code=1).stderr
    assert "classifier written failed on comments 1 to 1: RuntimeError: 'this text makes it explode'" in failed
