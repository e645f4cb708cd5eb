"""Calibration and precision against recall, drawn as one SVG: no script, nothing fetched, light and dark."""

import sys
from collections.abc import Iterator, Sequence
from math import sqrt
from xml.etree import ElementTree

import numpy as np
import pygal  # type: ignore[import-untyped]
from pygal.style import Style  # type: ignore[import-untyped]

from moderator.evaluation.measures import Curve
from moderator.evaluation.report import ClassifierReport, LabelReport

# pygal looks for map plugins through an import hook of a kind that Python no longer calls, and warns of at every import
# that comes after. The charts here need no maps.
sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, pygal.PluginImportFixer)]

_SVG = "http://www.w3.org/2000/svg"
_WIDTH, _HEIGHT = 460, 360
#: More points than this nobody can see.
_POINTS = 300
_TICKS = (0, 0.2, 0.4, 0.6, 0.8, 1)

#: Dashes tell classifiers apart where colours do not.
_DASHES = ("", "8,3", "2,3", "10,3,2,3")
_THEME = """
.charts { --ground: #ffffff; --ink: #1f2933; --soft: #5f6b76; --line: #d5dade;
  --series-1: #0f766e; --series-2: #9a4a00; --series-3: #5b3fa8; --series-4: #44505c; background: var(--ground); }
@media (prefers-color-scheme: dark) { .charts { --ground: #14191e; --ink: #e6eaee; --soft: #9aa7b3; --line: #38434d;
  --series-1: #4fd1c1; --series-2: #f0a860; --series-3: #b7a3f0; --series-4: #b8c2cc; } }
.charts .dot { stroke: none; fill-opacity: 1; }
"""
#: Four colours, each with every dash: more lines than a chart can bear.
_COLOURS = tuple(f"var(--series-{number})" for _ in _DASHES for number in (1, 2, 3, 4))
_STYLE = Style(
    background="var(--ground)",
    plot_background="var(--ground)",
    foreground="var(--ink)",
    foreground_strong="var(--ink)",
    foreground_subtle="var(--line)",
    guide_stroke_color="var(--line)",
    major_guide_stroke_color="var(--line)",
    colors=("var(--soft)", *_COLOURS),
    value_colors=("var(--ink)",) * (len(_COLOURS) + 1),
    font_family="system-ui, sans-serif",
    label_font_size=11,
    major_label_font_size=11,
    title_font_size=14,
    legend_font_size=12,
    transition="none",
    opacity="1",
    stroke_width="1.6",
    stroke_opacity="1",
)


def draw(classifiers: Sequence[ClassifierReport]) -> str:
    """An SVG document: for each label its calibration curve and its precision-recall curve, a line per classifier.

    Both axes always run from 0 to 1, so that no difference looks larger than it is.
    """
    ElementTree.register_namespace("", _SVG)
    labels = dict.fromkeys(report.label for classifier in classifiers for report in classifier.labels)
    names = ", ".join(classifier.name for classifier in classifiers)
    root = ElementTree.Element(
        f"{{{_SVG}}}svg",
        {
            "class": "charts",
            "role": "img",
            "viewBox": f"0 0 {2 * _WIDTH} {max(len(labels), 1) * _HEIGHT}",
            "width": str(2 * _WIDTH),
        },
    )
    ElementTree.SubElement(root, f"{{{_SVG}}}title").text = f"Calibration, precision and recall of {names}"
    ElementTree.SubElement(root, f"{{{_SVG}}}style").text = _THEME
    for row, label in enumerate(labels):
        lines = [(c.name, report) for c in classifiers for report in c.labels if report.label == label]
        for column, chart in enumerate((_calibration(label, lines), _precision_recall(label, lines))):
            part = _plain(chart)
            part.attrib |= {"x": str(column * _WIDTH), "y": str(row * _HEIGHT)}
            part.attrib |= {"width": str(_WIDTH), "height": str(_HEIGHT)}
            root.append(part)
    return ElementTree.tostring(root, encoding="unicode") + "\n"


def _calibration(label: str, lines: Sequence[tuple[str, LabelReport]]) -> pygal.XY:
    chart = _chart(f"{label}: calibration", "mean score of a bin", "share that holds the label", f"calibration-{label}")
    chart.add("ideal", [(0, 0), (1, 1)], show_dots=False, stroke_style=_stroke(1, "4,4"))
    for index, (name, report) in enumerate(lines):
        chart.add(name, list(_dots(report.calibration)), stroke_style=_stroke(index))
    return chart


def _precision_recall(label: str, lines: Sequence[tuple[str, LabelReport]]) -> pygal.XY:
    chart = _chart(f"{label}: precision and recall", "recall", "precision", f"precision-recall-{label}")
    report = lines[0][1]
    chance = report.positives / report.rows
    chart.add("chance", [(0, chance), (1, chance)], show_dots=False, stroke_style=_stroke(1, "4,4"))
    for index, (name, report) in enumerate(lines):
        chart.add(name, _steps(report.precision_recall), show_dots=False, stroke_style=_stroke(index))
    return chart


def _chart(title: str, x_title: str, y_title: str, name: str) -> pygal.XY:
    chart = pygal.XY(
        style=_STYLE,
        js=(),
        title=title,
        x_title=x_title,
        y_title=y_title,
        width=_WIDTH,
        height=_HEIGHT,
        range=(0, 1),
        xrange=(0, 1),
        legend_at_bottom=True,
        legend_at_bottom_columns=3,
        legend_box_size=10,
        show_x_guides=True,
        truncate_legend=-1,
        margin=12,
    )
    chart.x_labels = chart.y_labels = _TICKS
    # By default a random id: the same figures would never give the same file.
    chart.uuid = name
    return chart


def _stroke(index: int, dashes: str = "") -> dict[str, str | float]:
    return {"width": 1.6, "dasharray": dashes or _DASHES[(index + index // 4) % len(_DASHES)] or "none"}


def _dots(curve: Curve) -> Iterator[dict[str, object]]:
    """A dot's area grows with the rows of its bin: what rests on little shows little."""
    largest = max(curve.rows, default=1)
    for x, y, rows in zip(curve.x, curve.y, curve.rows, strict=True):
        yield {"value": (float(x), float(y)), "node": {"r": 1.5 + 4 * sqrt(rows / largest)}}


def _steps(curve: Curve) -> list[tuple[float, float]]:
    """The staircase that precision walks down as recall grows, thinned to what can be seen."""
    shown = np.flatnonzero(np.diff(np.floor(curve.x * _POINTS), append=np.inf))
    points: list[tuple[float, float]] = []
    before = 0.0
    for x, y in zip(curve.x[shown].tolist(), curve.y[shown].tolist(), strict=True):
        points += [(before, y), (x, y)]
        before = x
    return points


def _plain(chart: pygal.XY) -> ElementTree.Element:
    """The chart without its scripts, and without the comments, which carry a date."""
    root = ElementTree.fromstring(chart.render())  # noqa: S314 - written a moment ago, from numbers and labels
    for parent in root.iter():
        for child in list(parent):
            if child.tag == f"{{{_SVG}}}script":
                parent.remove(child)
    return root
