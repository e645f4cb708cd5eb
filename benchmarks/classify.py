"""`classify`: how many comments a second, and how long one alone takes."""

import time
from itertools import islice

from benchmarks import figures
from benchmarks.options import Options
from classifiers import registry
from classifiers.base import Item

_NAMES = ("baseline",)
_BATCH = 256
_ALONE = 1_000


def run(options: Options) -> None:
    items = [Item(text) for text in options.texts()]
    figures.show(
        f"classify: {len(items):,} {options.source}",
        ("classifier", "load s", f"comments/s in batches of {_BATCH}", "one alone, p50 ms", "p99 ms"),
        [_measure(name, items) for name in _NAMES],
    )


def _measure(name: str, items: list[Item]) -> tuple[str, ...]:
    begun = time.perf_counter()
    classifier = registry.load(name)
    classifier.classify(items[:1])
    loaded = time.perf_counter() - begun

    batches = [items[begin : begin + _BATCH] for begin in range(0, len(items), _BATCH)]
    together = sum(figures.seconds_each(classifier.classify, batches))
    alone = figures.seconds_each(classifier.classify, ([item] for item in islice(items, _ALONE)))
    return (
        f"{classifier.name} {classifier.version}",
        f"{loaded:.2f}",
        f"{len(items) / together:,.0f}",
        figures.milliseconds(alone, 50),
        figures.milliseconds(alone, 99),
    )
