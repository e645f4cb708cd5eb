"""What a chart keeps of what the library draws."""

import pytest
from markupsafe import Markup

from webui import charts
from webui.charts import Series


def _bars(title: str = "Two bars", labels: tuple[str, ...] = ("one", "two")) -> Markup:
    return charts.stacked_bars(title, labels, [Series("People", (1.0,) * len(labels))])


def test_ninety_days_are_not_all_labelled() -> None:
    labels = [f"{number} Nov" for number in range(90)]
    drawn = charts.stacked_bars("Ninety days", labels, [Series("People", tuple(range(90)))])
    assert drawn.count("Nov</text>") <= 8
    assert drawn.count('class="rect') == 90


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", '"><img src=x>', "\x07\x1b[31m", "‮evil", "é" * 500])
def test_names_are_text_whatever_they_hold(hostile: str) -> None:
    for drawn in (_bars(title=hostile), _bars(labels=(hostile, "two"))):
        assert "<script" not in drawn
        assert "<img" not in drawn
        assert "\x07" not in drawn


def test_shapes_and_class_names_alone_are_kept() -> None:
    drawn = charts.lying_bars("Lying", ["2a", "2b"], [Series("Overdue", (1, 2)), Series("In time", (3, 0))])
    for unwanted in ("<style", "<script", "style=", " id=", "<desc", "<!--", "tooltip-overlay"):
        assert unwanted not in drawn
    assert drawn.startswith("<svg")
    assert 'role="img"' in drawn
    assert 'aria-label="Lying"' in drawn
    assert drawn.index("2b</text>") < drawn.index("2a</text>"), "from below: the first comes to stand on top"
