"""The log says where something failed and never repeats a comment."""

import logging
import re
from collections.abc import Sequence
from pathlib import Path

import pytest

import moderator
import webui
from classifiers import registry
from classifiers.base import Item, Result
from moderator.pipeline.classifier_room import ClassifierRoom
from moderator.traces import without_words

SAID = "She lives at 22 Quarry Lane"


class Quotes:
    """A classifier that fails and says on what."""

    name = "quotes"
    version = "1"
    labels = ("spam",)

    def classify(self, batch: Sequence[Item]) -> list[Result]:
        try:
            int(batch[0].text)
        except ValueError as error:
            raise RuntimeError(f"cannot read {batch[0].text!r}") from error
        return [Result({"spam": 0.0})]


def test_a_classifier_that_quotes_a_comment_does_not_get_it_into_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(registry, "load", lambda name, **options: Quotes())
    with caplog.at_level(logging.DEBUG):
        readings = ClassifierRoom(["quotes"]).read([Item(SAID)], [None])
    assert SAID in readings[0][0].error
    assert "classifier quotes failed on one comment" in caplog.text
    assert "RuntimeError" in caplog.text
    assert "ValueError" in caplog.text
    assert "in classify" in caplog.text
    assert "Quarry" not in caplog.text


def test_an_error_without_a_cause_is_told_by_itself() -> None:
    try:
        try:
            raise KeyError(SAID)
        except KeyError:
            raise OSError(SAID) from None
    except OSError as error:
        told = without_words(error)
    assert told.endswith("OSError")
    assert "KeyError" not in told.replace("raise KeyError(SAID)", "").replace("except KeyError", "")
    assert SAID not in told


def test_no_log_line_is_written_with_the_words_of_an_error() -> None:
    folders = [Path(package.__file__ or "").parent for package in (moderator, webui)]
    files = [path for folder in folders for path in folder.rglob("*.py")]
    loose = re.compile(r"\blog(?:ger)?\.exception\(|exc_info\s*=")
    assert files
    assert [str(path) for path in files if loose.search(path.read_text("utf-8"))] == []
