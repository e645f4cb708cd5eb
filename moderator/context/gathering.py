"""Everything that the classifiers want to know around a batch of comments."""

import logging
from collections.abc import Collection, Sequence
from typing import Any

from classifiers.base import Missing
from moderator.context import registry
from moderator.context.registry import Gatherer
from moderator.pipeline.storable import storable
from moderator.runtime import Runtime
from moderator.traces import without_words

log = logging.getLogger(__name__)


def gather(runtime: Runtime, rows: Sequence[Any], wanted: Collection[type]) -> list[tuple[object, ...]]:
    """For each row of `pipeline.classify.texts`, in order, one object of each type wanted that this service can find.

    Where a gatherer fails, its rows are asked about one by one, and those that fail alone get `Missing`.
    """
    around: list[tuple[object, ...]] = [()] * len(rows)
    for kind in sorted(wanted, key=lambda each: each.__name__):
        gatherer = registry.find(kind)
        if gatherer is not None and rows:
            found = _gathered(gatherer, kind, runtime, rows)
            around = [(*before, known) for before, known in zip(around, found, strict=True)]
    return around


def _gathered(gatherer: Gatherer, kind: type, runtime: Runtime, rows: Sequence[Any]) -> Sequence[object]:
    try:
        found = gatherer(runtime, rows)
        if len(found) != len(rows):
            raise ValueError(f"{len(found)} answers for {len(rows)} comments")
        return found
    except Exception as error:
        if len(rows) > 1:
            return [known for row in rows for known in _gathered(gatherer, kind, runtime, [row])]
        log.error("%s could not be found out for one comment\n%s", kind.__name__, without_words(error))
        return [Missing(kind.__name__, storable(f"{type(error).__name__}: {error}"[:500])[0])]
