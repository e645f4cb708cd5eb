"""The contract every classifier keeps. `classifiers.testing` checks it for all of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar, runtime_checkable

Known = TypeVar("Known")


class NotGathered(Exception):
    """What a classifier wants to know around a comment could not be found out; the message says why."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Stands in `Item.around` for what could not be found out, by the name of its type."""

    kind: str
    error: str


@dataclass(frozen=True, slots=True)
class Page:
    """What an office says about its page. Empty where it says nothing."""

    #: names and handles of the person whom the page is about, as people write them
    representative: tuple[str, ...] = ()
    #: those of the people who work for them
    staff: tuple[str, ...] = ()
    #: what the page is for, in a few words each
    topics: tuple[str, ...] = ()
    #: the office's public telephone numbers and addresses, which anybody may repeat
    contacts: tuple[str, ...] = ()
    #: sites that are always fine, and sites that never are (example.org: also www.example.org)
    trusted_sites: tuple[str, ...] = ()
    refused_sites: tuple[str, ...] = ()
    #: ISO 3166 codes: whose telephone numbers and addresses people write; a number without a prefix is of the first
    countries: tuple[str, ...] = ("GB",)


@dataclass(frozen=True, slots=True)
class Item:
    """One comment to look at, with what it stands under. All texts are as the author wrote them."""

    text: str
    post_text: str = ""
    parent_text: str = ""
    #: what is known around the comment beside its texts, at most one of each type: see `Contextual`
    around: tuple[object, ...] = ()

    def get(self, kind: type[Known], otherwise: Known) -> Known:
        """What is known of this type; `otherwise` where nobody looked. Raises `NotGathered` where looking failed."""
        for known in self.around:
            if isinstance(known, kind):
                return known
            if isinstance(known, Missing) and known.kind == kind.__name__:
                raise NotGathered(f"{kind.__name__} is not known: {known.error}")
        return otherwise


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
    comes from another view than the text as written, that view (`classifiers.views`). `because` says for a label, in
    one English sentence for moderators, what was seen; it repeats nothing private.
    """

    scores: Mapping[str, float]
    spans: tuple[Span, ...] = field(default=())
    language: str = ""
    doubts: tuple[str, ...] = ()
    views: Mapping[str, str] = field(default_factory=dict)
    because: Mapping[str, str] = field(default_factory=dict)


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
class Contextual(Protocol):
    """A classifier that looks at more than texts.

    `wants` are types; whoever runs it puts one of each into `Item.around`, or `Missing`. It must do without any.
    """

    @property
    def wants(self) -> tuple[type, ...]: ...


@runtime_checkable
class Explainer(Protocol):
    """A classifier that can say which words carry a score, at the cost of several looks at the text."""

    def explain(self, item: Item, labels: Sequence[str]) -> tuple[Span, ...]:
        """Spans of the words without which each of `labels` would score clearly lower, in reading order."""
        ...
