"""What disguises cost a classifier, measured on rows that judge."""

import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from classifiers.base import Item, Result
from classifiers.training.robustness import main, measure, sample
from classifiers.training.rows import Part, Row


class Literal:
    """Finds a word as it is written, and nothing else."""

    name, version, labels = "literal", "1", ("threat", "spam")

    def classify(self, batch: Sequence[Item]) -> list[Result]:
        return [Result({"threat": float("thrash" in item.text), "spam": 0.0}) for item in batch]


ROWS = [
    *(Row(f"i will thrash you {n}", {"threat": 1.0}, Part.JUDGE, source="one") for n in range(4)),
    *(Row(f"a walk in the park {n}", {"threat": 0.0}, Part.JUDGE, source="one") for n in range(4)),
]


def test_a_classifier_that_reads_letters_alone_finds_nothing_once_they_change() -> None:
    labels = ("threat", "spam")
    clean = measure(Literal(), ROWS, labels, None, 0.5)
    disguised = measure(Literal(), ROWS, labels, lambda text, _: text.replace("a", "4"), 0.5)
    assert (clean.recall, clean.false_alarms) == (1.0, 0.0)
    assert (disguised.recall, disguised.false_alarms) == (0.0, 0.0)


def test_a_disguise_that_makes_harmless_text_look_bad_is_a_false_alarm() -> None:
    found = measure(Literal(), ROWS, ("threat",), lambda _, chance: chance.choice(["thrash"]), 0.5)
    assert (found.recall, found.false_alarms) == (1.0, 1.0)


def test_only_rows_that_judge_and_know_are_drawn_set_by_set() -> None:
    big = [Row(f"big {n}", {"threat": 1.0}, Part.JUDGE, source="big") for n in range(50)]
    small = [Row(f"small {n}", {"threat": 1.0}, Part.JUDGE, source="small") for n in range(3)]
    others = [
        Row("learned", {"threat": 1.0}, Part.TRAIN, source="small"),
        Row("knows another label", {"sexual": 0.0}, Part.JUDGE, source="small"),
        Row("half of a breach", {"threat": 0.3}, Part.JUDGE, source="small"),
        Row("x" * 500, {"threat": 1.0}, Part.JUDGE, source="small"),
    ]
    rows = [*big, *small, *others]
    random.Random(1).shuffle(rows)
    drawn = sample(rows, ("threat",), 6, seed=0)
    assert sorted(row.source for row in drawn) == ["big"] * 3 + ["small"] * 3
    assert all(row.part is Part.JUDGE and row.labels["threat"] == 1.0 for row in drawn)
    assert drawn == sample(rows, ("threat",), 6, seed=0)


def test_missing_data_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", str(tmp_path)]) == 1
    assert "exclude.txt" in capsys.readouterr().err
