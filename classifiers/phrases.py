"""Phrases of several kinds found in one pass over a text, whatever their number."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import ahocorasick  # type: ignore[import-not-found]  # it has no stubs

from classifiers.text import Normalised, alike, normalise

#: Longer texts are read to here: beyond, a person looks at the comment anyway.
READ = 10_000


@dataclass(frozen=True, slots=True)
class Phrase:
    """One that was found: characters `start` to `end` (end excluded) of what was searched."""

    start: int
    end: int
    kind: str


class Phrases:
    """Kinds of phrases in lower case. A phrase is whole words; one that ends in * may go on within its last word."""

    def __init__(self, kinds: Mapping[str, Iterable[str]]) -> None:
        entries: dict[str, list[tuple[int, bool, str]]] = {}
        for kind, phrases in kinds.items():
            for phrase in phrases:
                open_ended = phrase.endswith("*")
                words = phrase.removesuffix("*")
                entries.setdefault(words, []).append((len(words), open_ended, kind))
        self._automaton = ahocorasick.Automaton()
        for words, found in entries.items():
            self._automaton.add_word(words, tuple(found))
        self._automaton.make_automaton()

    def find(self, text: str) -> Iterator[Phrase]:
        """Everything in a text in lower case, by where it ends."""
        for last, found in self._automaton.iter(text):
            end = last + 1
            for length, open_ended, kind in found:
                start = end - length
                if (start == 0 or not (text[start - 1].isalnum() and text[start].isalnum())) and (
                    open_ended or end == len(text) or not (text[last].isalnum() and text[end].isalnum())
                ):
                    yield Phrase(start, end, kind)


def searchable(text: str) -> Normalised:
    """The beginning of a text in lower case and plain letters; links and handles stay as they are."""
    plain = alike(text[:READ])
    if plain.text.isascii():
        return Normalised(plain.text.lower(), plain.offsets)
    return normalise(text[:READ], mask_links=False)
