"""Texts taken through a classifier, in batches."""

from collections.abc import Callable, Sequence

import numpy as np

from classifiers.base import Classifier, Item
from moderator.errors import Invalid
from moderator.evaluation.report import Scored

#: Texts per call: enough to keep a model busy, few enough for a moving progress bar.
BATCH = 64


def score(
    name: str,
    classifier: Classifier,
    texts: Sequence[str],
    *,
    on_progress: Callable[[int], None] = lambda count: None,
) -> Scored:
    """Every label's scores for every text; `on_progress` is told how many texts more are done.

    `name` is what the classifier runs under here: two may be of one kind.
    Raises `Invalid` where the classifier fails or breaks its contract: there is no measuring half of the rows.
    """
    labels = classifier.labels
    scores = np.zeros((len(texts), len(labels)))
    for start in range(0, len(texts), BATCH):
        batch = texts[start : start + BATCH]
        scores[start : start + len(batch)] = _scores(name, classifier, batch, labels, start)
        on_progress(len(batch))
    columns = {label: scores[:, column] for column, label in enumerate(labels)}
    return Scored(name, classifier.version, columns)


def _scores(
    name: str, classifier: Classifier, batch: Sequence[str], labels: Sequence[str], start: int
) -> list[list[float]]:
    where = f"comments {start + 1} to {start + len(batch)}"
    try:
        results = classifier.classify([Item(text) for text in batch])
        scores = [[float(result.scores[label]) for label in labels] for result in results]
    except Exception as error:
        # The error may quote the comment, and the comment may hold what moves a cursor.
        why = f"{type(error).__name__}: {str(error)[:200]!a}"
        raise Invalid("classifier", f"classifier {name} failed on {where}: {why}") from error
    if len(scores) != len(batch) or not all(0 <= value <= 1 for row in scores for value in row):
        raise Invalid("classifier", f"classifier {name} gave no score between 0 and 1 on {where}")
    return scores
