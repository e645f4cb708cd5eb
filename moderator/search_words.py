"""The words that a comment can be found by, and what somebody typed turned into a question about them.

Case, accents and width make no difference, nor do characters that show nothing. Both databases are given the very same
words and asked the very same question, so both find the same; neither cuts or folds anything by itself.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

#: Characters of a text that are looked at, and of what somebody typed.
READ_AT_MOST, TYPED_AT_MOST = 20_000, 200

#: Words and phrases of one question; the rest is left out.
MOST_TERMS = 12

#: A shorter last word is looked for as it stands: too much begins with two letters.
SHORTEST_BEGINNING = 3

#: Words that are entered of each: together no more than PostgreSQL can number.
_MOST_SAID, _MOST_IN_NAME, _MOST_NOTED = 10_000, 40, 4_000

#: Words that stand everywhere. Nobody who types one means whatever begins with it.
_EVERYWHERE = frozenset({"and", "for", "that", "the", "this", "with", "you"})

_LONGEST_WORD = 64
#: the same before folding, with characters that show nothing among its letters
_WRITTEN_AT_MOST = 4 * _LONGEST_WORD


class Field(StrEnum):
    """Where a word stands, as a mark before it. The marks are characters that no folded word holds."""

    SAID = ""
    AUTHOR = "\ue000"
    NOTES = "\ue001"
    #: not what anybody wrote: the office and the channel
    PLACE = "\ue002"


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it is looked for, and where it stands in the text as written."""

    start: int
    end: int
    folded: str


@dataclass(frozen=True, slots=True)
class Term:
    """One word, or several that must follow each other."""

    words: tuple[str, ...]
    #: comments with it are left out
    without: bool = False
    #: the last word may go on
    beginning: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody typed. Nothing can be found where `wanted` is empty."""

    terms: tuple[Term, ...]
    #: more was typed than is looked for
    cut: bool = False

    @property
    def wanted(self) -> tuple[Term, ...]:
        return tuple(term for term in self.terms if not term.without)

    @property
    def unwanted(self) -> tuple[Term, ...]:
        return tuple(term for term in self.terms if term.without)


def understand(typed: str) -> Question:
    """Words, "phrases" in quotation marks, and -words that must not be there. Whatever is typed is understood."""
    whole = typed.strip()
    found: list[Term] = []
    last_is_open = False
    for minus, quoted, plain in _TYPED.findall(whole[:TYPED_AT_MOST]):
        folded = tuple(word.folded for word in words(quoted or plain))
        if not folded:
            continue
        last_is_open = bool(plain) and not minus and _may_go_on(folded[-1])
        found.append(Term(folded, bool(minus)))
    terms = found[:MOST_TERMS]
    cut = len(found) > MOST_TERMS or len(whole) > TYPED_AT_MOST
    if terms and last_is_open and not cut:
        terms[-1] = Term(terms[-1].words, beginning=True)
    return Question(tuple(terms), cut)


def _may_go_on(word: str) -> bool:
    return len(word) >= SHORTEST_BEGINNING and word not in _EVERYWHERE


def words(text: str) -> Iterator[Word]:
    """The words of a text in their order."""
    read = text[:READ_AT_MOST]
    if read.isascii():
        for found in _PLAIN.finditer(read):
            yield Word(found.start(), found.end(), found[0].lower()[:_LONGEST_WORD])
        return
    pattern = _pattern()
    for found in pattern.finditer(read):
        written = found[0]
        if written.isascii():
            yield Word(found.start(), found.end(), written.lower()[:_LONGEST_WORD])
            continue
        # What is one word as written may fold to two: ½ is 1 and 2.
        for folded in pattern.findall(_fold(written[:_WRITTEN_AT_MOST])):
            yield Word(found.start(), found.end(), folded[:_LONGEST_WORD])


def folded_words(text: str) -> list[str]:
    """As `words`, without their places."""
    read = text[:READ_AT_MOST]
    if not read.isascii():
        return [word.folded for word in words(read)]
    found: list[str] = _PLAIN.findall(read.lower())
    return found if len(max(found, key=len, default="")) <= _LONGEST_WORD else [word[:_LONGEST_WORD] for word in found]


def entry_words(office_id: str, channel_id: str, said: str, author: Sequence[str], notes: Sequence[str]) -> list[str]:
    """All that a comment is found by, each word with the mark of its field: a phrase never spans two of them."""
    found = folded_words(said)[:_MOST_SAID]
    for name in author:
        found += [Field.AUTHOR.value + word for word in folded_words(name)[:_MOST_IN_NAME]]
    noted = [Field.NOTES.value + word for note in notes for word in folded_words(note)]
    return [*found, *noted[:_MOST_NOTED], Field.PLACE.value + office_id, Field.PLACE.value + channel_id]


def spans(text: str, question: Question) -> list[tuple[int, int]]:
    """Where the question's words stand in a text: (start, end) in characters, none inside another's beginning."""
    said = list(words(text))
    found = [span for term in question.wanted for span in _spans_of(said, term)]
    return sorted(set(found))


def _spans_of(said: Sequence[Word], term: Term) -> Iterator[tuple[int, int]]:
    length = len(term.words)
    for at in range(len(said) - length + 1):
        stretch = said[at : at + length]
        if all(_same(*pair, term.beginning) for pair in zip(stretch[-1:], term.words[-1:], strict=True)) and all(
            word.folded == wanted for word, wanted in zip(stretch[:-1], term.words[:-1], strict=True)
        ):
            yield stretch[0].start, stretch[-1].end


def _same(word: Word, wanted: str, beginning: bool) -> bool:
    return word.folded.startswith(wanted) if beginning else word.folded == wanted


# --- how a word is cut and folded ----------------------------------------------------------------------------------

_TYPED = re.compile(r'(-?)(?:"([^"]*)"?|([^\s"]+))')

_PLAIN = re.compile(r"[A-Za-z0-9]+")

#: Letters that have no accent to take away, and how people type them.
_TYPED_AS = str.maketrans({"ø": "o", "đ": "d", "ł": "l", "ħ": "h", "æ": "ae", "œ": "oe", "ı": "i", "ð": "d"})

#: Scripts written without blanks between words: each character counts as a word, and several as a phrase.
_WITHOUT_BLANKS = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_EMOJI = "\u2600-\u27bf\U0001f000-\U0001faff"
_UNSEEN = "\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff"
_NOT_SEEN = re.compile(f"[{_UNSEEN}]+")

#: Marks of a lower class are part of a letter (the voicing of kana, the nukta); the rest are accents and points.
_FIRST_ACCENT = 10


@cache
def _pattern() -> re.Pattern[str]:
    """One word: a sign that stands for itself, or letters and digits with the marks on them."""
    # Not beyond the first plane: what is there makes every look many times slower.
    marks = "".join(map(chr, filter(_is_mark, range(0x0300, 0xFFFF))))
    alone, on_it = f"[{_WITHOUT_BLANKS}{_EMOJI}]", f"[{_UNSEEN}{marks}]*"
    return re.compile(rf"[A-Za-z0-9]++(?![^\x00-\x7f])|{alone}{on_it}|(?:(?!{alone})[^\W_]{on_it})+")


def _is_mark(number: int) -> bool:
    return unicodedata.category(chr(number)).startswith("M")


def _fold(written: str) -> str:
    shown = _NOT_SEEN.sub("", written)
    letters = unicodedata.normalize("NFKD", shown.casefold())
    plain = "".join(letter for letter in letters if unicodedata.combining(letter) < _FIRST_ACCENT)
    return unicodedata.normalize("NFKC", plain.casefold()).translate(_TYPED_AS)
