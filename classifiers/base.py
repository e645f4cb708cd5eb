"""The contract every classifier keeps. `classifiers.testing` checks it for all of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Item:
    """One comment to look at, with what it stands under. All texts are as the author wrote them."""

    text: str
    post_text: str = ""
    parent_text: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """Part of `Item.text` that carries a label: characters `start` to `end` (end excluded)."""

    start: int
    end: int
    label: str


@dataclass(frozen=True, slots=True)
class Result:
    """Scores are calibrated probabilities, 0 to 1: at 0.5 the label is as likely as not.

    `language` is the ISO 639-1 code of the text where the classifier told one. `doubts` are ids from
    `classifiers.text.REASONS`: why a person must look, whatever the scores. `views` names, for a label whose score
    comes from another view than the text as written, that view (`classifiers.views`).
    """

    scores: Mapping[str, float]
    spans: tuple[Span, ...] = field(default=())
    language: str = ""
    doubts: tuple[str, ...] = ()
    views: Mapping[str, str] = field(default_factory=dict)


class Classifier(Protocol):
    """Texts in, scores and spans out, on this machine, with no side effect.

    `classify` returns one result per item, in order; each result scores every label in `labels`.
    It accepts any `str` (empty, huge, lone surrogates) and may be called from several threads.
    """

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def labels(self) -> tuple[str, ...]: ...
    def classify(self, batch: Sequence[Item]) -> list[Result]: ...


@runtime_checkable
class Explainer(Protocol):
    """A classifier that can say which words carry a score, at the cost of several looks at the text."""

    def explain(self, item: Item, labels: Sequence[str]) -> tuple[Span, ...]:
        """Spans of the words without which each of `labels` would score clearly lower, in reading order."""
        ...
