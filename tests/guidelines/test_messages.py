"""What people read when a document is wrong, held word for word by the files in tests/golden/guidelines.

`NAME.yaml` is a document with one mistake, `NAME.txt` is what must be said about it; documents in `several/` have more.
"""

from functools import cache
from pathlib import Path

import pytest

from guidelines.check import CHECKS, Check, check_file
from guidelines.load import load_file, read_text
from guidelines.schema import GuidelineError

GOLDEN = Path(__file__).parent.parent / "golden" / "guidelines"
ONE_MISTAKE = sorted(path.name for path in GOLDEN.glob("*.yaml"))
SEVERAL = sorted(path.name for path in (GOLDEN / "several").glob("*.yaml"))


def _expected(name: str) -> str:
    return Path(name).with_suffix(".txt").read_text(encoding="utf-8")


@cache
def _complaining(name: str) -> tuple[Check, ...]:
    """The checks that have something to say about the document; none where it cannot be read."""
    guidelines = read_text((GOLDEN / name).read_bytes().decode("utf-8", "replace")).guidelines
    return tuple(run for run in CHECKS if guidelines is not None and any(run(guidelines)))


@pytest.mark.parametrize("name", ONE_MISTAKE)
def test_a_document_with_one_mistake_is_answered_with_its_one_message(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(GOLDEN)
    problems, said = check_file(name)
    assert said == _expected(name)
    assert len(problems) == 1


@pytest.mark.parametrize("name", SEVERAL)
def test_a_document_with_several_mistakes_is_answered_with_all_of_them(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(GOLDEN / "several")
    problems, said = check_file(name)
    assert said == _expected(name)
    assert len(problems) > 1


@pytest.mark.parametrize("run", CHECKS, ids=lambda run: run.__name__)
def test_every_check_has_a_golden_document_that_it_alone_complains_about(run: Check) -> None:
    assert any(_complaining(name) == (run,) for name in ONE_MISTAKE)


def test_every_golden_message_belongs_to_a_document() -> None:
    for folder in (GOLDEN, GOLDEN / "several"):
        assert {path.stem for path in folder.glob("*.txt")} == {path.stem for path in folder.glob("*.yaml")}


def test_every_mistake_says_how_to_mend_it() -> None:
    without = [
        name for name in ONE_MISTAKE if "\n  mend: " not in (GOLDEN / name).with_suffix(".txt").read_text("utf-8")
    ]
    assert without == []


def test_loading_a_file_says_the_same_and_carries_every_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(GOLDEN / "several")
    with pytest.raises(GuidelineError) as caught:
        load_file("unknown-keys.yaml")
    assert str(caught.value) == _expected("unknown-keys.yaml")
    assert [(problem.line, problem.column) for problem in caught.value.problems] == [(2, 1), (4, 28), (11, 22), (12, 5)]
