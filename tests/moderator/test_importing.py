"""A file of comments: every row once, in a stream, and a word with the line number for what cannot be read."""

import csv
import gzip
import io
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from moderator import importing
from moderator.domain.decisions import State
from moderator.errors import Invalid
from moderator.importing import BATCH, Columns, Progress
from moderator.pipeline.storable import original
from moderator.storage.tables import Author, Comment, Job, Post, Revision
from tests.moderator.conftest import World

TEXT = Columns("text")


def _write(path: Path, *rows: Sequence[str], delimiter: str = ",") -> Path:
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter).writerows(rows)
    data = written.getvalue().encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def _import(world: World, path: Path, columns: Columns = TEXT, limit: int | None = None) -> Progress:
    return importing.import_file(world.runtime, world.channel, path, columns, limit=limit)


def _texts(world: World) -> list[str]:
    return sorted(original(row.text, row.original) for row in world.rows(Revision))


def test_every_row_is_decided_before_the_import_ends(world: World, tmp_path: Path) -> None:
    since = datetime.now(UTC)
    rows = [["A fine day"], ["spam=0.95"], ["harassment=0.7"], ["threat=0.95"], ["explode"]]
    done = _import(world, _write(tmp_path / "c.csv", ["text"], *rows))
    assert (done.rows, done.accepted, done.known, done.empty) == (5, 5, 0, 0)
    assert importing.outcomes(world.runtime, world.channel.id, since) == [
        (State.MADE, ("hide",), 2),
        (State.MADE, ("keep",), 1),
        (State.SUGGESTED, ("hide",), 1),
        (State.SUGGESTED, (), 1),
    ]
    assert importing.undecided(world.runtime) == 0


def test_nothing_is_sent_to_the_platform_by_the_import_itself(world: World, tmp_path: Path) -> None:
    _import(world, _write(tmp_path / "c.csv", ["text"], ["spam=0.95"]))
    assert world.platform.orders == []
    assert [job.kind for job in world.rows(Job)] == ["act"]
    world.work()
    assert len(world.platform.orders) == 1


def test_running_it_again_takes_no_row_twice(world: World, tmp_path: Path) -> None:
    path = _write(tmp_path / "c.csv", ["text"], *([f"row {n}"] for n in range(20)), ["row 0"])
    assert _import(world, path).accepted == 21
    again = _import(world, path)
    assert (again.rows, again.accepted, again.known) == (21, 0, 21)
    assert len(world.rows(Comment)) == 21


def test_an_import_cut_short_is_finished_by_running_it_again(world: World, tmp_path: Path) -> None:
    path = _write(tmp_path / "c.csv", ["text"], *([f"row {n}"] for n in range(20)))
    assert _import(world, path, limit=7).rows == 7
    done = _import(world, path)
    assert (done.accepted, done.known) == (13, 7)


def test_all_columns_are_taken_over(world: World, tmp_path: Path) -> None:
    columns = Columns("text", id="id", author="who", post="on", time="at")
    header = ["at", "id", "on", "text", "who", "more"]
    _import(world, _write(tmp_path / "c.csv", header, ["1790000000", "c 7", "p1", "Hello", "Una", "x"]), columns)
    (comment,) = world.rows(Comment)
    assert (comment.external_id, comment.posted_at) == ("c 7", datetime.fromtimestamp(1790000000, UTC))
    assert [(a.external_id, a.name) for a in world.rows(Author)] == [("Una", "Una")]
    assert [post.external_id for post in world.rows(Post)] == ["p1"]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-10-01T10:00:00Z", datetime(2026, 10, 1, 10, tzinfo=UTC)),
        ("2026-10-01T12:00:00+02:00", datetime(2026, 10, 1, 10, tzinfo=UTC)),
        ("2026-10-01 10:00", datetime(2026, 10, 1, 10, tzinfo=UTC)),
        ("2026-10-01", datetime(2026, 10, 1, tzinfo=UTC)),
        ("0", datetime(1970, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_time_is_iso_8601_or_unix_seconds(world: World, tmp_path: Path, written: str, expected: datetime) -> None:
    _import(world, _write(tmp_path / "c.csv", ["t", "text"], [written, "Hello"]), Columns("text", time="t"))
    assert world.rows(Comment)[0].posted_at == expected


@pytest.mark.parametrize("written", ["", "yesterday", "99999999999999", "1" * 30, "²", "0001-01-01T00:00:00+05:00"])
def test_a_time_that_is_none_is_named_with_its_line(world: World, tmp_path: Path, written: str) -> None:
    path = _write(tmp_path / "c.csv", ["t", "text"], ["0", "Hello"], [written, "there"])
    with pytest.raises(Invalid, match=r"c\.csv, line 3, t") as refused:
        _import(world, path, Columns("text", time="t"))
    assert refused.value.field == "--time-column"


def test_what_came_before_a_row_that_cannot_be_read_is_stored_and_decided(world: World, tmp_path: Path) -> None:
    rows = [["0", f"row {n}"] for n in range(30)]
    path = _write(tmp_path / "c.csv", ["t", "text"], *rows, ["never", "row 30"])
    with pytest.raises(Invalid):
        _import(world, path, Columns("text", time="t"))
    assert len(world.rows(Comment)) == 30
    assert importing.undecided(world.runtime) == 0


@pytest.mark.parametrize(
    ("columns", "option"),
    [
        (Columns("nope"), "--text-column"),
        (Columns("text", id="nope"), "--id-column"),
        (Columns("text", author="nope"), "--author-column"),
        (Columns("text", post="nope"), "--post-column"),
        (Columns("text", time="nope"), "--time-column"),
    ],
)
def test_a_column_that_is_not_there_is_named_with_those_that_are(
    world: World, tmp_path: Path, columns: Columns, option: str
) -> None:
    with pytest.raises(Invalid, match="'nope'; it has 'text', 'who'") as refused:
        _import(world, _write(tmp_path / "c.csv", ["text", "who"], ["Hello", "Una"]), columns)
    assert refused.value.field == option


def test_an_empty_file_has_no_columns(world: World, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="--text-column"):
        _import(world, _write(tmp_path / "c.csv"))


def test_a_row_that_is_too_short_has_no_text_and_one_that_is_too_long_has_more_than_we_need(
    world: World, tmp_path: Path
) -> None:
    path = _write(tmp_path / "c.csv", ["who", "text"], ["Una"], [], ["Una", "Hello", "and", "more"], ["Una", "  "])
    done = _import(world, path)
    assert (done.rows, done.accepted, done.empty) == (4, 1, 3)
    assert _texts(world) == ["Hello"]


def test_rows_without_an_id_are_comments_of_their_own(world: World, tmp_path: Path) -> None:
    path = _write(tmp_path / "c.csv", ["id", "text"], ["", "first"], ["", "second"], ["7", "third"])
    assert _import(world, path, Columns("text", id="id")).accepted == 3
    assert len(world.rows(Comment)) == 3
    assert _import(world, path, Columns("text", id="id")).known == 3


def test_two_rows_with_one_id_are_two_texts_of_one_comment(world: World, tmp_path: Path) -> None:
    path = _write(tmp_path / "c.csv", ["id", "text"], ["7", "first"], ["7", "second"])
    _import(world, path, Columns("text", id="id"))
    assert len(world.rows(Comment)) == 1
    assert _texts(world) == ["first", "second"]


@pytest.mark.parametrize("bad", ["x" * 300, "a\tb", "\u202e7", "a\0b"])
def test_an_id_that_is_no_plain_word_is_hashed(world: World, tmp_path: Path, bad: str) -> None:
    path = _write(tmp_path / "c.csv", ["id", "text"], [bad, "Hello"])
    _import(world, path, Columns("text", id="id"))
    (comment,) = world.rows(Comment)
    assert comment.external_id.startswith("sha256-")
    assert _import(world, path, Columns("text", id="id")).known == 1


def test_bytes_that_are_no_utf8_are_kept_and_go_to_a_person(world: World, tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_bytes(b"text,who\nna\xefve,Zo\xeb\n")
    _import(world, path, Columns("text", author="who"))
    assert _texts(world) == ["na\udcefve"]
    assert world.suggestion(world.rows(Comment)[0].id).reason == "unreadable"
    assert world.rows(Author)[0].name == "Zo\ufffd"


def test_a_mark_at_the_beginning_of_the_file_is_no_part_of_the_first_column(world: World, tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_bytes(b"\xef\xbb\xbftext\r\nHello\r\n")
    assert _import(world, path).accepted == 1


def test_a_text_may_span_lines_and_hold_anything(world: World, tmp_path: Path) -> None:
    texts = ['two\nlines, "quoted"', "a\0b", "x" * 200_000, "'; DROP TABLE comments; --"]
    _import(world, _write(tmp_path / "c.csv", ["text"], *([text] for text in texts)))
    assert _texts(world) == sorted(texts)


@pytest.mark.parametrize("name", ["c.tsv", "c.tab", "c.tsv.gz"])
def test_tabs_separate_where_the_name_says_so(world: World, tmp_path: Path, name: str) -> None:
    path = _write(tmp_path / name, ["id", "text"], ["7", "one, two"], delimiter="\t")
    assert _import(world, path, Columns("text", id="id")).accepted == 1
    assert _texts(world) == ["one, two"]


@pytest.mark.parametrize("damage", ["cut", "flipped", "not gzip"])
def test_a_damaged_archive_is_named_and_what_was_read_is_stored(world: World, tmp_path: Path, damage: str) -> None:
    path = _write(tmp_path / "c.csv.gz", ["text"], *([f"row {n} {'x' * n}"] for n in range(2000)))
    data = path.read_bytes()
    half = len(data) // 2
    broken = {"cut": data[:half], "flipped": data[:half] + b"\xff" * 9 + data[half + 9 :], "not gzip": b"text\nHello"}
    path.write_bytes(broken[damage])
    with pytest.raises(Invalid, match=r"c\.csv\.gz"):
        _import(world, path)
    if damage == "cut":
        assert len(world.rows(Comment)) > 100
    assert importing.undecided(world.runtime) == 0


def test_a_file_is_read_as_a_stream_and_progress_is_told_by_the_batch(world: World, tmp_path: Path) -> None:
    rows = BATCH * 2 + 3
    path = _write(tmp_path / "c.csv", ["text"], *([f"row {n} {'and more ' * 20}"] for n in range(rows)))
    seen: list[tuple[int, int]] = []

    def note(progress: Progress) -> None:
        seen.append((progress.rows, progress.read))
        assert importing.undecided(world.runtime) == 0

    importing.import_file(world.runtime, world.channel, path, TEXT, on_progress=note)
    assert [count for count, _ in seen] == [BATCH, BATCH * 2, rows]
    assert seen[0][1] < path.stat().st_size * 0.7
    assert seen[-1][1] == path.stat().st_size


def test_comments_decided_before_are_no_outcome_of_this_import(world: World, tmp_path: Path) -> None:
    _import(world, _write(tmp_path / "a.csv", ["text"], ["A fine day"]))
    world.clock.forward(minutes=1)
    since = world.clock.now()
    _import(world, _write(tmp_path / "b.csv", ["text"], ["spam=0.95"]))
    assert importing.outcomes(world.runtime, world.channel.id, since) == [(State.MADE, ("hide",), 1)]
    assert importing.outcomes(world.runtime, "another channel", since) == []
