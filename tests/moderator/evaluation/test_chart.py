"""The chart as a file: whole, still, the same every time, and honest about its axes."""

from importlib import import_module
from xml.etree import ElementTree

import numpy as np
import pytest

from moderator.evaluation.chart import draw
from moderator.evaluation.confusion import Groups
from moderator.evaluation.report import Evaluation, Plan, Rows, Scored, evaluate

_SVG = "{http://www.w3.org/2000/svg}"


def _evaluation() -> Evaluation:
    held = np.array([1.0, 0.0, 1.0, 0.0])
    rows = Rows({"threat": held, "spam": held}, Groups((), np.zeros((4, 0), bool)))
    good, bad = np.array([0.9, 0.7, 0.8, 0.75]), np.array([0.1, 0.9, 0.2, 0.8])
    scored = [Scored("good & true", "1", {"threat": good, "spam": good}), Scored("bad", "1", {"threat": bad})]
    return evaluate(rows, scored, Plan({}, resamples=100), compare=False)


def test_each_label_has_two_charts_and_each_classifier_a_line() -> None:
    root = ElementTree.fromstring(draw(_evaluation().classifiers))
    titles = [text.text for text in root.iter(f"{_SVG}text") if "title" in text.get("class", "")]
    assert [t for t in titles if t and ":" in t] == [
        "threat: calibration",
        "threat: precision and recall",
        "spam: calibration",
        "spam: precision and recall",
    ]
    legends = [group for group in root.iter(f"{_SVG}g") if group.get("class") == "legends"]
    named = [[text.text for text in group.iter(f"{_SVG}text")] for group in legends]
    assert named[0] == ["ideal", "good & true", "bad"]
    assert named[3] == ["chance", "good & true"]


def test_axes_run_from_nothing_to_all_whatever_the_scores() -> None:
    root = ElementTree.fromstring(draw(_evaluation().classifiers))
    axes = [group for group in root.iter(f"{_SVG}g") if group.get("class", "").startswith("axis ")]
    assert len(axes) == 8
    for axis in axes:
        assert [text.text for text in axis.iter(f"{_SVG}text")] == ["0", "0.2", "0.4", "0.6", "0.8", "1"]


def test_nothing_runs_and_nothing_is_fetched() -> None:
    drawn = draw(_evaluation().classifiers)
    root = ElementTree.fromstring(drawn)
    assert not list(root.iter(f"{_SVG}script"))
    assert "<?xml-stylesheet" not in drawn
    assert "@import" not in drawn
    assert "url(" not in drawn
    assert not [element for element in root.iter() if any(name.endswith("href") for name in element.attrib)]


def test_the_same_figures_give_the_same_file() -> None:
    assert draw(_evaluation().classifiers) == draw(_evaluation().classifiers)


def test_colours_follow_the_readers_choice_of_light_or_dark() -> None:
    assert "prefers-color-scheme: dark" in draw(_evaluation().classifiers)


def test_drawing_leaves_imports_as_they_were() -> None:
    with pytest.raises(ModuleNotFoundError):
        import_module("no_module_has_this_name")
