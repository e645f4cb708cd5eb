"""What people read when a document is wrong, held word for word by the files in tests/golden/guidelines.

`NAME.yaml` is a document, `NAME.txt` is what must be said about it.
"""

from pathlib import Path

import pytest

from guidelines.check import CHECKS, Check, check_text, report
from guidelines.load import load_file, read_file, read_text
from guidelines.schema import GuidelineError

GOLDEN = Path(__file__).parent.parent / "golden" / "guidelines"
DOCUMENTS = sorted(path.name for path in GOLDEN.glob("*.yaml"))


@pytest.fixture(autouse=True)
def _inside_the_golden_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(GOLDEN)


def _said_about(name: str) -> str:
    try:
        text = read_file(name)
    except GuidelineError as error:
        return str(error)
    return report(check_text(text), text, name)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_with_mistakes_is_answered_with_the_golden_message(name: str) -> None:
    expected = Path(name).with_suffix(".txt").read_text(encoding="utf-8")
    assert _said_about(name) == expected


@pytest.mark.parametrize("run", CHECKS, ids=lambda run: run.__name__)
def test_every_check_has_a_golden_document_that_it_complains_about(run: Check) -> None:
    texts = [Path(name).read_bytes().decode("utf-8", "replace") for name in DOCUMENTS]
    sets = [reading.guidelines for reading in map(read_text, texts) if reading.guidelines]
    assert any(list(run(guidelines)) for guidelines in sets)


def test_loading_a_file_says_the_same_and_carries_every_problem() -> None:
    with pytest.raises(GuidelineError) as caught:
        load_file("unknown-keys.yaml")
    assert str(caught.value) == Path("unknown-keys.txt").read_text(encoding="utf-8")
    assert [(problem.line, problem.column) for problem in caught.value.problems] == [(2, 1), (4, 28), (11, 22), (12, 5)]
