"""Charts as SVG inside a page: drawn by pygal, coloured by the page's style sheet, no script or style of their own.

The content policy allows nothing inline, and the tokens of the sheet know about light and dark: so of what pygal draws
only the shapes and their class names are kept. Each chart stands beside a table that says the same in numbers.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from xml.etree import ElementTree

import pygal  # type: ignore[import-untyped]
from markupsafe import Markup
from pygal.style import Style  # type: ignore[import-untyped]

# pygal looks for map plugins through an import hook of a kind that Python no longer calls, and warns of at every import
# that comes after. The charts here need no maps.
sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, pygal.PluginImportFixer)]

_LEFT_OUT = frozenset({"defs", "desc", "title", "script", "style"})
_OVERLAYS = ("overlay", "text-overlay", "tooltip-overlay")
#: Units of the drawing; the page scales it.
_WIDTH, _HEIGHT = 520, 240
_ROW = 30
#: As in the style sheet: pygal leaves room for labels by it.
_STYLE = Style(label_font_size=14, major_label_font_size=14)
#: So many labels fit under a chart.
_MOST_LABELS = 8


@dataclass(frozen=True, slots=True)
class Series:
    name: str
    values: tuple[float, ...]


def stacked_bars(
    title: str, labels: Sequence[str], series: Sequence[Series], *, most_labels: int = _MOST_LABELS
) -> Markup:
    """Upright bars, the series on top of each other. `title` is what a screen reader says.

    `most_labels`: so many of these labels fit under it.
    """
    return _drawn(pygal.StackedBar, title, tuple(labels), tuple(series), height=_HEIGHT, most_labels=most_labels)


def bars(title: str, labels: Sequence[str], values: Sequence[float]) -> Markup:
    """Upright bars, one for each label."""
    return _drawn(pygal.Bar, title, tuple(labels), (Series("", tuple(values)),), height=_HEIGHT, every_label=True)


def lying_bars(title: str, labels: Sequence[str], series: Sequence[Series]) -> Markup:
    """Lying bars, the first on top, the series one after the other."""
    turned = tuple(Series(each.name, tuple(reversed(each.values))) for each in series)
    height = 60 + _ROW * len(labels)
    upwards = tuple(reversed(labels))
    return _drawn(pygal.HorizontalStackedBar, title, upwards, turned, height=height, every_label=True)


# Figures change twice a minute at most, and pages that show them are opened more often.
@lru_cache(maxsize=64)
def _drawn(
    kind: type[pygal.Graph],
    title: str,
    labels: tuple[str, ...],
    series: tuple[Series, ...],
    *,
    height: int,
    every_label: bool = False,
    most_labels: int = _MOST_LABELS,
) -> Markup:
    step = 1 if every_label else -(-len(labels) // most_labels)
    chart = kind(
        width=_WIDTH,
        height=height,
        margin=8,
        spacing=6,
        show_legend=False,
        style=_STYLE,
        truncate_label=-1,
        js=[],
        css=[],
        disable_xml_declaration=True,
        rounded_bars=2,
        min_scale=3,
        max_scale=5,
        show_minor_x_labels=step == 1,
        formatter=lambda value: f"{value:,.0f}" if value == int(value) else f"{value:g}",
    )
    chart.x_labels = [_printable(label) for label in labels]
    if step > 1:
        chart.x_labels_major = [_printable(label) for label in labels[::step]]
    for each in series:
        chart.add(each.name, list(each.values))
    root = chart.render_tree()
    _strip(root)
    root.attrib.pop("id", None)
    root.attrib |= {"class": "drawing", "role": "img", "aria-label": _printable(title)}
    return Markup(ElementTree.tostring(root, encoding="unicode"))  # noqa: S704 - made here, every text escaped by it


def _strip(element: ElementTree.Element) -> None:
    for child in list(element):
        classes = (child.get("class") or "").split()
        if (
            not isinstance(child.tag, str)
            or child.tag.rpartition("}")[2] in _LEFT_OUT
            or any(name in _OVERLAYS for name in classes)
        ):
            element.remove(child)
            continue
        child.attrib.pop("style", None)
        _strip(child)


def _printable(text: str) -> str:
    """XML has no place for control characters."""
    return "".join(c if c.isprintable() else " " for c in text)
