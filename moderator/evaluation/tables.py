"""Measures as tables for the terminal and as plain data for programs."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
from rich.table import Table
from rich.text import Text

from moderator.evaluation.comparison import Difference
from moderator.evaluation.confusion import Reach
from moderator.evaluation.measures import Figure, Wanted
from moderator.evaluation.report import ClassifierReport, Comparison, LabelReport
from moderator.evaluation.swap import Crossing, SwapReport

#: A comment longer than this is cut where it is only an example.
_EXAMPLE = 160
_SPREAD = "highest less lowest"


def plain(value: Any) -> Any:
    """Data that JSON can hold: NaN and what else is not a number becomes null, figures keep six digits."""
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, np.ndarray):
        return [plain(part) for part in value.tolist()]
    if isinstance(value, tuple | list):
        return [plain(part) for part in value]
    if isinstance(value, float):
        return round(value, 6) if math.isfinite(value) else None
    return value


def of_classifier(report: ClassifierReport, wanted: Wanted) -> Iterator[Table]:
    """Everything measured of one classifier, as few tables as it fills."""
    name = f"{report.name} {report.version}"
    if report.labels:
        yield _ranking(name, report.labels, wanted)
        yield _thresholds(name, report.labels)
    if report.reach:
        yield _reach(name, report.reach)
        if report.reach[0].groups:
            yield _groups_reached(name, report.reach)
    for label in report.labels:
        if label.cuts and label.cuts[0].groups:
            yield _groups(name, label)


def of_comparisons(comparisons: Iterable[Comparison]) -> Iterator[Table]:
    """One table for each pair of classifiers."""
    pairs: dict[tuple[str, str], list[Comparison]] = {}
    for comparison in comparisons:
        pairs.setdefault((comparison.first, comparison.second), []).append(comparison)
    for (first, second), mine in pairs.items():
        yield _differences(first, second, mine)
        yield _disagreements(first, second, mine)


def of_swap(report: SwapReport) -> Iterator[Table]:
    """How far scores moved, then the worst examples."""
    table = _table(
        f"{report.name} {report.version}: {report.pairs} pairs from {report.comments} comments",
        ("Label", "Pairs across a threshold", "Mean move", "Largest move"),
    )
    table.add_row("any label", _percent(report.crossed), "", "", end_section=True)
    for label in report.labels:
        table.add_row(label.label, _percent(label.crossed), f"{label.mean_move:.3f}", f"{label.largest_move:.3f}")
    yield table
    if report.worst:
        yield _worst(report.worst)


def printable(text: str) -> str:
    """A comment in a terminal: one line, not long, and nothing in it that moves a cursor."""
    shown = "".join(c if c.isprintable() else "�" for c in " ".join(text.split()))
    return shown if len(shown) <= _EXAMPLE else shown[: _EXAMPLE - 1] + "…"


def _ranking(name: str, labels: Iterable[LabelReport], wanted: Wanted) -> Table:
    table = _table(
        f"{name}: whatever the threshold",
        (
            "Label",
            "Rows",
            "Positive",
            "ROC AUC",
            "Average precision",
            f"Precision at recall {wanted.recall:g}",
            f"Recall at precision {wanted.precision:g}",
            "Calibration error",
        ),
    )
    for report in labels:
        table.add_row(
            report.label,
            str(report.rows),
            str(report.positives),
            _figure(report.roc_auc),
            _figure(report.average_precision),
            _figure(report.precision_at_recall),
            _figure(report.recall_at_precision),
            _figure(report.calibration_error),
        )
    return table


def _thresholds(name: str, labels: Iterable[LabelReport]) -> Table:
    columns = ("Label", "Threshold", "Precision", "Recall", "F1", "Accuracy", "False positives")
    table = _table(f"{name}: at the thresholds", columns)
    for report in labels:
        for cut in report.cuts:
            table.add_row(
                report.label,
                f"{cut.name} {cut.threshold:g}",
                _figure(cut.precision),
                _figure(cut.recall),
                _figure(cut.f1),
                _figure(cut.accuracy),
                _percent(cut.false_positive_rate),
            )
        if not report.cuts:
            table.add_row(report.label, "no rule uses it", *("–" for _ in columns[2:]))
    return table


def _reach(name: str, reached: Iterable[Reach]) -> Table:
    table = _table(f"{name}: rows that reach a threshold of any label", ("Threshold", "Rows", "Share of all"))
    for cut in reached:
        table.add_row(cut.name, str(cut.rows), _percent(cut.share))
    return table


def _groups_reached(name: str, reached: Sequence[Reach]) -> Table:
    table = _table(
        f"{name}: the same by group", ("Group", "Rows", *(f"Share that reaches {cut.name}" for cut in reached))
    )
    for row in zip(*(cut.groups for cut in reached), strict=True):
        table.add_row(_name(row[0].name), str(row[0].rows), *(_percent(group.share) for group in row))
    table.add_section()
    table.add_row(_SPREAD, "", *(_percent(cut.spread) for cut in reached))
    return table


def _groups(name: str, report: LabelReport) -> Table:
    rates = [
        f"False {what}, {cut.name} {cut.threshold:g}" for cut in report.cuts for what in ("positives", "negatives")
    ]
    table = _table(f"{name}: {report.label} by group", ("Group", "Rows", "Positive", *rates))
    for row in zip(*(cut.groups for cut in report.cuts), strict=True):
        figures = [figure for group in row for figure in (group.false_positive_rate, group.false_negative_rate)]
        table.add_row(_name(row[0].name), str(row[0].rows), str(row[0].positives), *map(_percent, figures))
    table.add_section()
    spreads = [s for cut in report.cuts for s in (cut.false_positive_spread, cut.false_negative_spread)]
    table.add_row(_SPREAD, "", "", *map(_percent, spreads))
    return table


def _name(group: str) -> Text:
    return Text(printable(group))


def _differences(first: str, second: str, comparisons: Iterable[Comparison]) -> Table:
    table = _table(
        f"{second} less {first}, on the same rows", ("Label", "Rows", "ROC AUC", "p", "Average precision", "p")
    )
    for comparison in comparisons:
        auc, precision = comparison.roc_auc, comparison.average_precision
        table.add_row(
            comparison.label, str(comparison.rows), _signed(auc), _p(auc.p), _signed(precision), _p(precision.p)
        )
    return table


def _disagreements(first: str, second: str, comparisons: Iterable[Comparison]) -> Table:
    table = _table("Right at a threshold", ("Label", "Threshold", f"{first} alone", f"{second} alone", "McNemar p"))
    for comparison in comparisons:
        for cut in comparison.cuts:
            table.add_row(
                comparison.label,
                f"{cut.name} {cut.threshold:g}",
                str(cut.only_first_right),
                str(cut.only_second_right),
                _p(cut.p),
            )
    return table


def _worst(crossings: Iterable[Crossing]) -> Table:
    table = Table(title="Widest moves across a threshold", title_justify="left", show_lines=True)
    table.add_column("Label")
    table.add_column("Line", justify="right")
    table.add_column("Scores", justify="right")
    table.add_column("Comment, as written and swapped", ratio=1)
    for crossing in crossings:
        table.add_row(
            f"{crossing.label}\n{crossing.threshold:g}",
            str(crossing.pair.line),
            f"{crossing.before:.2f}\n{crossing.after:.2f}",
            Text(f"{printable(crossing.pair.text)}\n{printable(crossing.pair.swapped)}"),
        )
    return table


def _table(title: str, columns: Iterable[str]) -> Table:
    # A title is broken where its table ends, however wide the terminal.
    table = Table(title=title, title_justify="left", min_width=len(title))
    for index, column in enumerate(columns):
        table.add_column(column, justify="right" if index else "left", no_wrap=not index)
    return table


def _figure(figure: Figure) -> str:
    return _written(figure.value, figure.low, figure.high, ".3f")


def _percent(figure: Figure) -> str:
    return _written(figure.value, figure.low, figure.high, ".1%")


def _signed(difference: Difference) -> str:
    return _written(difference.figure.value, difference.figure.low, difference.figure.high, "+.3f")


def _written(value: float, low: float, high: float, form: str) -> str:
    if math.isnan(value):
        return "–"
    return f"{value:{form}}" if math.isnan(low) else f"{value:{form}} ({low:{form}}–{high:{form}})"


def _p(p: float) -> str:
    return "–" if math.isnan(p) else "< 0.001" if p < 0.001 else f"{p:.3f}"
