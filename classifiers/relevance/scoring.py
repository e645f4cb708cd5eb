"""From vectors and words to logits: training and use come through here alike."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from classifiers.relevance.reading import Floats
from classifiers.relevance.weights import Weights


def pair_features(
    comments: Floats, posts: Floats, answering: Floats, overlaps: Sequence[Sequence[float]]
) -> NDArray[np.float64]:
    """Pairs × `PAIR`: of vectors, pairs × 384, `answering` being the posts' times `Weights.answers`."""
    cosine, answers = np.einsum("ij,ij->i", comments, posts), np.einsum("ij,ij->i", comments, answering)
    return np.column_stack([cosine, answers, np.asarray(overlaps, np.float64).reshape(len(cosine), -1)])


def related(weights: Weights, features: NDArray[np.float64]) -> NDArray[np.float64]:
    """A logit per pair: high where the comment is about the post."""
    return np.asarray((features * weights.related[:-1]).sum(1) + weights.related[-1], np.float64)


def label_features(
    related: NDArray[np.float64], topic: NDArray[np.float64], own: NDArray[np.float64], passages: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Comments × `FEATURES`; `passages` are the last three of them."""
    return np.column_stack([related, topic, own, passages])


def passage_features(
    comment: Floats, passages: Floats, answering: Floats, post_to_usual: Floats, usual_matter: int
) -> tuple[float, float, float]:
    """The last three of `FEATURES`, of one comment and the vectors of a post's passages."""
    return float((passages @ comment).max()), float((answering @ comment).max()), float(post_to_usual[usual_matter])


def nearest(comments: Floats, anchors: Floats) -> NDArray[np.float64]:
    """The cosine of each comment to the nearest anchor."""
    return np.asarray(np.max(comments @ anchors.T, axis=1), np.float64)


def probabilities(weights: Weights, features: NDArray[np.float64]) -> NDArray[np.float64]:
    """Comments × labels."""
    logits = (features[:, None, :] * weights.heads[None, :, :-1]).sum(2) + weights.heads[:, -1]
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -60, 60))), np.float64)
