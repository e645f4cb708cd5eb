"""The finished network as the classifier that ships, so that what is measured is what people get."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifiers.base import Item
from classifiers.civility.classifier import OBFUSCATION, Civility
from classifiers.civility.reading import WINDOW, reader
from classifiers.training.calibration import logits_of
from classifiers.training.civility import graph
from classifiers.training.civility.network import Network
from classifiers.training.measures import Floats
from classifiers.training.rows import LABELS

#: A window and its two marks.
POSITIONS = WINDOW + 2
TEXTS_AT_ONCE = 512

Report = Callable[[str], None]


def files(network: Network) -> tuple[bytes, bytes]:
    """The model in int8 and in float32."""
    weights: dict[str, NDArray[np.float32]] = {
        name: value.detach().cpu().numpy() for name, value in network.state_dict().items()
    }
    return graph.build(weights, POSITIONS, quantised=True), graph.build(weights, POSITIONS, quantised=False)


def uncalibrated(model: bytes, threads: int | None = None) -> Civility:
    """The classifier with every label that the network knows; its scores are plain logistic ones."""
    plain = {label: {"slope": 1.0, "intercept": 0.0} for label in LABELS}
    card: Mapping[str, Any] = {"version": "uncalibrated", "outputs": list(LABELS), "calibration": plain}
    return Civility(model, reader(), card, threads)


def logits(classifier: Civility, texts: Sequence[str], report: Report = lambda _: None) -> Floats:
    """Texts × the network's labels: of each text the highest over its windows and views."""
    labels = [label for label in classifier.labels if label != OBFUSCATION]
    rows: list[list[float]] = []
    for start in range(0, len(texts), TEXTS_AT_ONCE):
        results = classifier.classify([Item(text) for text in texts[start : start + TEXTS_AT_ONCE]])
        rows += ([result.scores[label] for label in labels] for result in results)
        if start // TEXTS_AT_ONCE % 20 == 19:
            report(f"scored {len(rows):,} of {len(texts):,} texts")
    return logits_of(np.array(rows).reshape(-1, len(labels)))
