"""Training on a tiny folder made here: what is checked, dropped, split, measured and written."""

import gzip
import hashlib
import json
import shutil
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from classifiers.base import Item
from classifiers.baseline.classifier import Baseline
from classifiers.baseline.weights import read
from classifiers.training import card, datasets, items
from classifiers.training.__main__ import main
from classifiers.training.baseline.build import build
from classifiers.training.baseline.fit import LABELS
from classifiers.training.datasets import DATASETS, JUDGES, DataMissing, DataSet, one_side_each
from classifiers.training.measures import calibration_error, quality
from classifiers.training.readers import Files
from classifiers.training.rows import Part, Row, clean, leak_key

NICE = ("The fair at the {} was lovely", "Thank you for the new {}", "Where can I read about the {}?")
NASTY = ("The {} lot are grubnuts", "No grubnut in the {}", "Grubnuts ruin the {}, out with them")
NOUNS = ("library", "bridge", "park", "school", "river", "market", "harbour", "station", "museum", "garden", "clinic")


def _read_notes(files: Files) -> Iterator[Row]:
    for line in map(json.loads, files["notes.jsonl.gz"]):
        yield Row(line["text"], {"discrimination": float(line["nasty"])})


def _pack(folder: Path, lines: list[dict[str, object]]) -> DataSet:
    content = "".join(json.dumps(line) + "\n" for line in lines).encode()
    folder.joinpath("notes").mkdir(parents=True, exist_ok=True)
    folder.joinpath("notes", "notes.jsonl.gz").write_bytes(gzip.compress(content))
    folder.joinpath("exclude.txt").write_text(leak_key("a held-back text") + "\n", "ascii")
    sha256 = hashlib.sha256(content).hexdigest()
    return DataSet("notes", {"notes.jsonl.gz": sha256}, "someone/notes", "c0ffee", "CC0 1.0", _read_notes)


@pytest.fixture
def notes(tmp_path: Path) -> DataSet:
    nice = [{"text": form.format(noun), "nasty": 0} for form in NICE for noun in NOUNS]
    nasty = [{"text": form.format(noun), "nasty": 1} for form in NASTY for noun in NOUNS]
    return _pack(tmp_path, [*nice, *nasty])


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Some of our own items: enough for every label, few enough to learn in a moment."""
    folder = tmp_path / "own"
    folder.mkdir()
    for name in ("criticism", "groups", "insults", "sexual", "spam", "threats"):
        shutil.copy(items.FOLDER / f"{name}.jsonl", folder)
    return folder


def test_training_writes_weights_that_classify_and_a_card_that_tells_the_truth(
    notes: DataSet, own: Path, tmp_path: Path
) -> None:
    lines: list[str] = []
    out = tmp_path / "out"
    build([notes], [notes], tmp_path, out, date(2024, 2, 29), lines.append, own)

    written = tomllib.loads(out.joinpath("card.toml").read_text("utf-8"))
    content = out.joinpath("weights.npz").read_bytes()
    model = Baseline(read(content, written["sha256"]), written["version"])
    nasty, nice = model.classify([Item("grubnuts out of the school"), Item("thank you for the school")])
    assert nasty.scores["discrimination"] > 0.5 > nice.scores["discrimination"]

    assert written["trained"] == "2024-02-29"
    assert tuple(written["labels"]) == model.labels == LABELS
    (source,) = written["data"]
    assert source["licence"] == "CC0 1.0"
    assert source["files"][0]["sha256"] == notes.files["notes.jsonl.gz"]
    assert 0 < source["rows"]["discrimination"] < 66  # the rest was held back to tune and to judge
    assert set(written["metrics"]) == set(LABELS)
    assert all(0 <= figure["calibration_error"] <= 1 for figure in written["metrics"].values())
    assert 0 < written["political_opinion_false_alarms"]["discrimination"]["above_0.5"] < 1
    assert written["own_items"]["criticism"]["rows"] > 0
    assert any("notes: 66 rows" in line for line in lines)

    again = tmp_path / "again"
    build([notes], [notes], tmp_path, again, date(2024, 2, 29), lines.append, own)
    assert again.joinpath("weights.npz").read_bytes() == content


def test_a_missing_file_is_named(notes: DataSet, tmp_path: Path) -> None:
    tmp_path.joinpath("notes", "notes.jsonl.gz").unlink()
    with pytest.raises(DataMissing, match=r"notes\.jsonl\.gz is missing"):
        datasets.load([notes], tmp_path)


def test_a_file_with_other_bytes_is_refused(notes: DataSet, tmp_path: Path) -> None:
    tmp_path.joinpath("notes", "notes.jsonl.gz").write_bytes(gzip.compress(b"{}\n"))
    with pytest.raises(DataMissing, match=f"expected {notes.files['notes.jsonl.gz']}"):
        datasets.load([notes], tmp_path)


def test_training_refuses_to_start_without_the_list_of_held_back_texts(notes: DataSet, tmp_path: Path) -> None:
    tmp_path.joinpath("exclude.txt").unlink()
    with pytest.raises(DataMissing, match=r"exclude\.txt"):
        datasets.load([notes], tmp_path)


def test_the_command_says_what_is_missing_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["baseline", "--data", str(tmp_path), "--out", str(tmp_path / "out")]) == 1
    error = capsys.readouterr().err
    assert "exclude.txt" in error
    assert error.count("\n") == 1
    assert not tmp_path.joinpath("out").exists()


@pytest.mark.parametrize(
    "written",
    [
        "A held-back text",
        "a HELD back text!!",
        "@somebody a held-back text https://example.org/x",
        "[USER] a held-back text",
    ],
)
def test_a_held_back_text_is_dropped_however_it_is_written(tmp_path: Path, written: str) -> None:
    notes = _pack(tmp_path, [{"text": written, "nasty": 1}, {"text": "another text", "nasty": 0}])
    assert [row.text for row in datasets.load([notes], tmp_path)] == ["another text"]


def test_doubles_and_empty_texts_are_dropped(tmp_path: Path) -> None:
    texts = ["Same text", "same TEXT", " <br> ", "same text 👍"]
    notes = _pack(tmp_path, [{"text": text, "nasty": 0} for text in texts])
    assert [row.text for row in datasets.load([notes], tmp_path)] == ["Same text", "same text 👍"]


def test_a_text_that_judges_is_not_learned_from_another_set() -> None:
    judge, double, other = (
        Row("The same", {}, Part.JUDGE, key="k"),
        Row("the same!", {}, Part.TRAIN, key="k"),
        Row("another", {}, Part.TRAIN, key="l"),
    )
    assert one_side_each([double, judge, other]) == [judge, other]


def test_a_split_depends_on_the_group_alone() -> None:
    rows = [Row(str(n), {}, part, group=str(n % 200)) for n in range(400) for part in (Part.ANY, Part.HELD)]
    sides: dict[tuple[str, Part], set[Part]] = {}
    for row in rows:
        sides.setdefault((row.group, row.part), set()).add(datasets.split(row).part)
    assert all(len(side) == 1 for side in sides.values())
    found = [side for group in sides.values() for side in group]
    assert 100 < found.count(Part.TRAIN) < 180
    assert not {Part.ANY, Part.HELD} & set(found)
    assert Part.TRAIN not in {side for (_, part), group in sides.items() if part is Part.HELD for side in group}


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("RT @someone: look &amp;amp; see<br />now\ufeff", "@someone: look & see now"),
        ("[USER] said [URL]", "@user said https://link.example"),
        ("<user> hello @USER @LINK", "@user hello @user https://link.example"),
        ('<a href="https://video.example/x">2:19</a> best part', "https://video.example/x  best part"),
        ("u/some_body is wrong", "@user is wrong"),
        ("nothing to mend", "nothing to mend"),
    ],
)
def test_names_links_and_markup_are_stripped(raw: str, cleaned: str) -> None:
    assert clean(raw) == cleaned


def test_sets_that_only_judge_are_never_learned() -> None:
    assert not {chosen.name for chosen in DATASETS} & {chosen.name for chosen in JUDGES}
    assert {chosen.name for chosen in JUDGES} == {"political_stance_benign"}


def test_every_set_is_pinned_to_a_commit_a_licence_and_hashes() -> None:
    for chosen in (*DATASETS, *JUDGES):
        assert len(chosen.commit) == 40
        assert chosen.licence
        assert chosen.files
        assert all(len(sha256) == 64 for sha256 in chosen.files.values())


def test_own_items_teach_and_judge_every_label_from_different_patterns() -> None:
    rows = items.load()
    sides: dict[str, set[Part]] = {}
    for row in rows:
        sides.setdefault(row.group, set()).add(row.part)
    assert all(len(side) == 1 for side in sides.values())
    for part in (Part.TRAIN, Part.TUNE, Part.JUDGE):
        for label in LABELS:
            answers = {row.labels[label] for row in rows if row.part is part and label in row.labels}
            assert answers == {0.0, 1.0}, (part, label)


def test_items_of_a_folder_inside_are_read_with_lists_of_their_own(tmp_path: Path) -> None:
    inside = tmp_path / "later"
    inside.mkdir()
    line = {"pattern": "p", "template": "Hello {who}", "is": []}
    for folder, who in ((tmp_path, "old"), (inside, "new")):
        folder.joinpath("words.jsonl").write_text(json.dumps(line), "utf-8")
        folder.joinpath(items.LISTS).write_text(json.dumps({"who": [who, f"{who}er"]}), "utf-8")
    found = {(row.source, row.text) for row in items.load(tmp_path)}
    assert found == {
        ("items/words", "Hello old"),
        ("items/words", "Hello older"),
        ("items/later/words", "Hello new"),
        ("items/later/words", "Hello newer"),
    }


def test_a_template_is_written_out_the_same_way_every_time() -> None:
    assert sorted(items.write_out("[a|b] and [c|d]")) == ["a and c", "a and d", "b and c", "b and d"]
    assert items.write_out("[1|2|3][4|5|6][7|8|9]", 5) == items.write_out("[1|2|3][4|5|6][7|8|9]", 5)
    assert len(set(items.write_out("[1|2|3][4|5|6][7|8|9]", 5))) == 5
    assert items.write_out("no choice [here]") == ["no choice [here]"]


def test_quality_of_a_perfect_a_reversed_and_an_undecided_score() -> None:
    labels = np.array([0.0, 0.0, 1.0, 1.0, np.nan])
    perfect = quality(np.array([0.1, 0.2, 0.8, 0.9, 0.5]), labels)
    assert perfect is not None
    assert (perfect.rows, perfect.positives, perfect.roc_auc, perfect.precision, perfect.recall) == (4, 2, 1, 1, 1)
    reversed_ = quality(np.array([0.9, 0.8, 0.2, 0.1, 0.5]), labels)
    assert reversed_ is not None
    assert (reversed_.roc_auc, reversed_.precision, reversed_.recall) == (0, 0, 0)
    assert quality(np.array([0.5, 0.5]), np.array([1.0, np.nan])) is None


def test_calibration_error_is_the_gap_between_score_and_frequency() -> None:
    held = np.array([True, True, True, False])
    assert calibration_error(np.full(4, 0.75), held) == pytest.approx(0)
    assert calibration_error(np.full(4, 0.95), held) == pytest.approx(0.2)


def test_a_card_reads_back_as_it_was_written() -> None:
    written = {
        "name": 'quoted "name"',
        "limits": ["one", "two\nlines"],
        "counts": {"a": 1},
        "tables": {"x": {"above_0.5": 0.25}, "plain": 3},
        "data": [{"name": "n", "files": [{"name": "f"}], "rows": {}}],
    }
    assert tomllib.loads(card.render(written)) == written
