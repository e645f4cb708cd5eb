"""Labelled files: every way to write them, and every mistake answered with its place and its mend."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from moderator.errors import Invalid
from moderator.evaluation.labelled import Columns, Labelled, Source, read, source

_LABELS = ("threat", "spam")


def _read(tmp_path: Path, content: str, columns: Columns | None = None, name: str = "rated.csv") -> Labelled:
    path = tmp_path / name
    data = content.encode("utf-8", "surrogateescape")
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return read(path, columns or Columns(), _LABELS)


def _refusal(tmp_path: Path, content: str, columns: Columns | None = None, name: str = "rated.csv") -> str:
    with pytest.raises(Invalid) as caught:
        _read(tmp_path, content, columns, name)
    return str(caught.value)


@pytest.mark.parametrize("name", ["rated.csv", "rated.csv.gz"])
def test_labels_may_be_digits_words_shares_or_unknown(tmp_path: Path, name: str) -> None:
    found = _read(tmp_path, "text,threat\na,1\nb,False\nc,0.25\nd,\n", name=name)
    assert found.texts == ["a", "b", "c", "d"]
    assert found.rows.truth["threat"].tolist()[:3] == [1.0, 0.0, 0.25]
    assert np.isnan(found.rows.truth["threat"][3])


def test_tabs_separate_a_tsv(tmp_path: Path) -> None:
    assert _read(tmp_path, "text\tspam\nhello, you\t0\n", name="rated.tsv").texts == ["hello, you"]


def test_json_lines_may_lack_keys(tmp_path: Path) -> None:
    lines = '{"text": "a", "threat": true}\n\n{"text": "b", "spam": 0.5, "threat": null}\n'
    found = _read(tmp_path, lines, name="rated.jsonl")
    assert found.lines == [1, 3]
    assert found.rows.truth["threat"][0] == 1.0
    assert np.isnan(found.rows.truth["threat"][1])
    assert np.isnan(found.rows.truth["spam"][0])


def test_a_row_that_spans_lines_is_found_at_its_first(tmp_path: Path) -> None:
    assert _read(tmp_path, 'text,threat\n"a\nb",1\nc,0\n').lines == [2, 4]


def test_a_column_of_words_is_read_by_the_word(tmp_path: Path) -> None:
    columns = Columns(labels={"threat": source("verdict:BAD")})
    found = _read(tmp_path, "text,verdict\na,BAD\nb,NOT_BAD\nc,\n", columns)
    assert found.rows.truth["threat"].tolist()[:2] == [1.0, 0.0]
    assert np.isnan(found.rows.truth["threat"][2])


def test_a_header_with_a_colon_is_a_name_first(tmp_path: Path) -> None:
    columns = Columns(labels={"threat": source("rated:threat")})
    assert _read(tmp_path, "text,rated:threat\na,1\n", columns).rows.truth["threat"].tolist() == [1.0]


def test_where_keeps_some_rows_and_rows_without_a_text_are_counted(tmp_path: Path) -> None:
    columns = Columns(where=[("split", "dev")])
    found = _read(tmp_path, "text,threat,split\na,1,dev\nb,0,train\n ,0,dev\n", columns)
    assert (found.texts, found.without_text) == (["a"], 1)


def test_benign_rows_hold_nothing_whatever_the_columns_say(tmp_path: Path) -> None:
    found = _read(tmp_path, "text,threat\na,1\n", Columns(benign=True))
    assert {label: values.tolist() for label, values in found.rows.truth.items()} == {"threat": [0.0], "spam": [0.0]}


def test_a_group_column_makes_a_group_of_each_value(tmp_path: Path) -> None:
    found = _read(tmp_path, "text,threat,place\na,0,south\nb,0,\nc,0,north\n", Columns(group="place"))
    assert found.rows.groups.names == ("north", "south")
    assert found.rows.groups.member.tolist() == [[False, True], [False, False], [True, False]]


def test_group_words_are_found_whole_and_the_longest_wins(tmp_path: Path) -> None:
    columns = Columns(group_words=["american", "African American", "old", "unused"])
    found = _read(tmp_path, "text,threat\nOld African  American,0\nAmericans are bolder,0\n", columns)
    assert found.rows.groups.names == ("african american", "old")
    assert found.rows.groups.member.tolist() == [[True, True], [False, False]]


def test_bytes_that_are_no_text_are_read_all_the_same(tmp_path: Path) -> None:
    assert _read(tmp_path, "text,threat\na\udcff,1\n").texts == ["a\udcff"]


def test_columns_that_nobody_asked_for_are_named(tmp_path: Path) -> None:
    assert _read(tmp_path, "text,threat,thread\na,1,2\n").unread == ("thread",)


@pytest.mark.parametrize(
    ("content", "columns", "said"),
    [
        ("text,threat\na,1\nb,maybe\n", None, "rated.csv, line 3, column 'threat': 'maybe' says neither yes nor no"),
        ("text,threat\na,2\n", None, "line 2, column 'threat'"),
        ("text,threat\na,1\nb,c,0\n", None, "line 3: 3 values under 2 columns; put values"),
        ("text,threat,threat\n", None, "column 'threat' is there twice"),
        ("txt,threat\na,1\n", None, "--text: rated.csv has no column 'text'; did you mean \"txt\"?"),
        ("text,threat\na,1\n", Columns(group="place"), "--group: rated.csv has no column 'place'"),
        ("text,threat\na,1\n", Columns(where=[("split", "dev")]), "--where: rated.csv has no column 'split'"),
        ("text,x\na,1\n", Columns(labels={"thret": Source("x")}), "no label 'thret'; did you mean \"threat\"?"),
        ("text,threats\na,1\n", None, "did you mean --label threat=threats?"),
        ("text,x\na,1\n", Columns(labels={"spam": Source("y")}), "--label spam: rated.csv has no column 'y'"),
        ("text,threat\n", None, "has no row with a text"),
    ],
)
def test_a_mistake_is_answered_with_its_place_and_mend(
    tmp_path: Path, content: str, columns: Columns | None, said: str
) -> None:
    assert said in _refusal(tmp_path, content, columns)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"text": "a"}\n{"text": \n', "line 2, column 9: this is no JSON"),
        ("[1]\n", "line 1: write an object"),
        ('{"text": "a", "threat": [1]}\n', "line 1, column 'threat': '[1]'"),
    ],
)
def test_a_mistake_in_json_lines_is_answered_the_same_way(tmp_path: Path, content: str, said: str) -> None:
    assert said in _refusal(tmp_path, content, name="rated.jsonl")


def test_a_damaged_archive_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "rated.csv.gz").write_bytes(gzip.compress(b"text,threat\n" + b"a,1\n" * 999)[:-12])
    with pytest.raises(Invalid, match=r"rated\.csv\.gz"):
        read(tmp_path / "rated.csv.gz", Columns(), _LABELS)
