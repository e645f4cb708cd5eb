"""Finds the terms of an office's own lists. It knows words, not meaning, and judges nothing else.

A term is one or more words, matched as whole words in the normalised text; a trailing `*` matches the start of a
word. There are no other patterns: what members type here never becomes a regular expression. A score is 1 or 0,
because a term is there or it is not.
"""

import hashlib
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

import ahocorasick  # type: ignore[import-not-found]  # it has no stubs

from classifiers.base import Item, Result, Span
from classifiers.text import Normalised, normalise

LABELS = ("banned_term", "suspect_term")
MAX_TERM = 100


@dataclass(frozen=True, slots=True)
class Term:
    """A term as it is looked for. `text` is normalised."""

    text: str
    label: str
    is_prefix: bool


class WordList:
    """Labels `banned_term` and `suspect_term`. `version` names the lists by their content."""

    name = "wordlist"
    labels = LABELS

    def __init__(self, terms: Sequence[Term]) -> None:
        self.version = f"1-{_fingerprint(terms)}"
        self._automaton = _automaton(terms)

    def classify(self, batch: Sequence[Item]) -> list[Result]:
        return [self._classify(item.text) for item in batch]

    def spans(self, text: str) -> tuple[Span, ...]:
        """Where terms of the list stand, each with the term's label."""
        normalised = normalise(text, mask_links=False)
        return tuple(sorted(set(self._spans(normalised)), key=lambda span: (span.start, span.end, span.label)))

    def _classify(self, text: str) -> Result:
        spans = self.spans(text)
        found = {span.label for span in spans}
        return Result({label: float(label in found) for label in LABELS}, spans)

    def _spans(self, normalised: Normalised) -> Iterator[Span]:
        if self._automaton is None:
            return
        text = normalised.text
        for last, terms in self._automaton.iter(text):
            end = last + 1
            for term in terms:
                start = end - len(term.text)
                if _begins_word(text, start) and (term.is_prefix or _ends_word(text, end)):
                    yield Span(*normalised.original_span(start, end), term.label)


def load(banned: Iterable[str] = (), suspect: Iterable[str] = ()) -> WordList:
    """Build the classifier from an office's terms; either list may be empty.

    Raises `ValueError`, naming the term, for one that is empty once normalised or longer than `MAX_TERM` characters.
    """
    lists = zip(LABELS, (banned, suspect), strict=True)
    return WordList(sorted({parse(term, label) for label, terms in lists for term in terms}, key=_order))


def finder(words: Iterable[str]) -> Callable[[str], frozenset[str]]:
    """Tells which of these words are in a text, matched as the terms of a list are.

    A word with nothing in it to look for is in no text.
    """
    terms = []
    for word in sorted(set(words)):
        with suppress(ValueError):
            terms.append(parse(word, word))
    matcher = WordList(terms)
    return lambda text: frozenset(span.label for span in matcher.spans(text))


def parse(written: str, label: str) -> Term:
    """Read one term as a member typed it. Raises `ValueError` as `load` does."""
    if len(written) > MAX_TERM:
        raise ValueError(f"the term {written[:40] + '…'!r} is longer than {MAX_TERM} characters")
    stripped = written.strip()
    # lower case first: a term is a word, never the ticker symbol its capitals could be taken for
    text = normalise(stripped.removesuffix("*").lower(), mask_links=False).text.strip()
    if not any(character.isalnum() or unicodedata.category(character) == "So" for character in text):
        raise ValueError(f"the term {written!r} has nothing in it to look for")
    return Term(text, label, stripped.endswith("*"))


def _order(term: Term) -> tuple[str, str, bool]:
    return term.text, term.label, term.is_prefix


def _fingerprint(terms: Sequence[Term]) -> str:
    return hashlib.sha256(repr([_order(term) for term in terms]).encode()).hexdigest()[:12]


def _automaton(terms: Sequence[Term]) -> ahocorasick.Automaton | None:
    if not terms:
        return None
    by_text: dict[str, tuple[Term, ...]] = {}
    for term in terms:
        by_text[term.text] = (*by_text.get(term.text, ()), term)
    automaton = ahocorasick.Automaton()
    for text, same in by_text.items():
        automaton.add_word(text, same)
    automaton.make_automaton()
    return automaton


def _begins_word(text: str, start: int) -> bool:
    return start == 0 or not _joined(text[start - 1], text[start])


def _ends_word(text: str, end: int) -> bool:
    return end == len(text) or not _joined(text[end - 1], text[end])


def _joined(left: str, right: str) -> bool:
    """Whether two neighbours belong to one word."""
    if not (_in_word(left) and _in_word(right)):
        return False
    return not (_unspaced(left) or _unspaced(right))


def _in_word(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character).startswith("M")


def _unspaced(character: str) -> bool:
    """Scripts that put no space between words, so that every place may be a boundary: Thai to Khmer, kana, Han."""
    return (
        "\u0e00" <= character <= "\u0eff"
        or "\u1000" <= character <= "\u109f"
        or ("\u1780" <= character <= "\u17ff" or "\u3040" <= character <= "\u30ff" or "\u3400" <= character <= "\u9fff")
    )
