"""Scores accusations and requests for help, and tells whom a comment speaks to: meaning and words, one linear head."""

import io
import tomllib
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifiers import embedding
from classifiers.base import Item, Page, Result, Span
from classifiers.language import ENGLISH, language_of
from classifiers.speech.cues import Cues, cues, names

Floats = NDArray[np.float64]

ACCUSATION, HELP = "accusation", "help_request"
#: Whom it speaks to; the rest of the probability is that it speaks to nobody.
ADDRESSED = ("to_representative", "to_staff", "to_commenter", "to_group")
LABELS = (ACCUSATION, HELP, *ADDRESSED)
#: An accusation needs somebody who can be told: without a sign of one, the score stays below a half.
NOBODY_TOLD = 0.45
#: From this score on, words are marked and the reason is told.
TOLD = 0.3
MOST_SPANS = 6
#: Numbers of a vector are small beside cues, which are 0 or 1.
SCALE = 2.5

_NEED = {
    "despair": "of not being able to go on",
    "danger": "of danger or violence",
    "homeless": "of having nowhere to stay",
    "hunger": "of hunger or having no money",
    "cold": "of a home without heat or in ruins",
    "sick": "of illness or somebody in the family",
    "case": "of a case that does not move",
}
_MARKS: Mapping[str, tuple[str, ...]] = {ACCUSATION: ("wrong", "hint"), HELP: (*_NEED, "asking")}


class Speech:
    """Labels as in its card. It needs the bundled model, whose vector of a comment it shares."""

    name = "speech"
    labels = LABELS
    wants: tuple[type, ...] = (Page,)

    def __init__(self, heads: Mapping[str, Floats], version: str) -> None:
        self.version = version
        self._heads = heads

    def classify(self, batch: Sequence[Item]) -> list[Result]:
        if not batch:
            return []
        seen = [cues(item) for item in batch]
        scores = scored(self._heads, rows(embedding.embed([item.text for item in batch]), seen), seen)
        return [_result(item, found, row) for item, found, row in zip(batch, seen, scores, strict=True)]


def load() -> Speech:
    """The classifier with its committed heads; the bundled model is loaded when the first comment comes."""
    place = files(__package__)
    card: Mapping[str, Any] = tomllib.loads(place.joinpath("card.toml").read_text("utf-8"))
    with np.load(io.BytesIO(place.joinpath("heads.npz").read_bytes())) as stored:
        heads = {name: stored[name].astype(np.float64) for name in (ACCUSATION, HELP, "addressed")}
    if any(head.shape[-1] != 1 + embedding.WIDTH + len(names()) for head in heads.values()):
        raise ValueError("heads.npz does not belong to wording.toml: run python -m classifiers.training.speech")
    return Speech(heads, card["version"])


def rows(vectors: NDArray[np.float32], seen: Sequence[Cues]) -> Floats:
    """Comments × what the heads look at: a one for the bias, the vector, the cues."""
    numbers = np.array([found.numbers for found in seen])
    return np.hstack([np.ones((len(seen), 1)), vectors.astype(np.float64) * SCALE, numbers])


def scored(heads: Mapping[str, Floats], table: Floats, seen: Sequence[Cues]) -> list[dict[str, float]]:
    """Scores of every label for each row."""
    accused, help_wanted = (1 / (1 + np.exp(-(table @ heads[label]))) for label in (ACCUSATION, HELP))
    told = np.array([found.person for found in seen])
    accused = np.where(told, accused, np.minimum(accused, NOBODY_TOLD))
    logits = table @ heads["addressed"].T
    likely = np.exp(logits - logits.max(axis=1, keepdims=True))
    likely /= likely.sum(axis=1, keepdims=True)
    columns = np.column_stack([accused, help_wanted, likely[:, : len(ADDRESSED)]])
    return [dict(zip(LABELS, map(float, row), strict=True)) for row in columns]


def _result(item: Item, found: Cues, scores: dict[str, float]) -> Result:
    told = [label for label in (ACCUSATION, HELP) if scores[label] >= TOLD]
    foreign = language_of(item.text[:600].lower()) not in (ENGLISH, "")
    return Result(
        scores,
        tuple(span for label in told for span in _spans(found, label)),
        doubts=("other_language",) if foreign else (),
        because={label: _because(found, label) for label in told},
    )


def _spans(found: Cues, label: str) -> list[Span]:
    marked = dict.fromkeys(Span(p.start, p.end, label) for p in found.phrases if p.kind in _MARKS[label])
    return sorted(list(marked)[:MOST_SPANS], key=lambda span: (span.start, span.end))


def _because(found: Cues, label: str) -> str:
    if label == ACCUSATION:
        kind = "hinted" if "hint" in found.kinds and "wrong" not in found.kinds else "said"
        return f"Somebody other than the representative, who can be told, is {kind} to have done wrong."
    needs = [words for kind, words in _NEED.items() if kind in found.kinds][:2]
    if needs:
        return f"Somebody seems to need help: the words speak {' and '.join(needs)}."
    return "The words read like those of somebody who needs help."
