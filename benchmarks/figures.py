"""Turning measurements into tables."""

import time
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from rich.console import Console
from rich.table import Table

#: Enough for the widest table, also where the output goes to a file.
_WIDTH = 112

T = TypeVar("T")


def seconds_each(call: Callable[[T], object], arguments: Iterable[T]) -> list[float]:
    """How long the call takes with each argument."""
    taken = []
    for argument in arguments:
        begun = time.perf_counter()
        call(argument)
        taken.append(time.perf_counter() - begun)
    return taken


def milliseconds(values: Sequence[float], percent: float) -> str:
    """A percentile of seconds, by the nearest rank, as milliseconds."""
    rank = max(1, -(-len(values) * percent // 100))
    return f"{sorted(values)[int(rank) - 1] * 1000:.1f}"


def show(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print one table: the first column names, the others are figures."""
    table = Table(title=title, title_justify="left")
    for index, column in enumerate(columns):
        table.add_column(column, justify="right" if index else "left")
    for row in rows:
        table.add_row(*row)
    Console(width=_WIDTH).print(table)
