"""How the letters of a text follow each other, in a few numbers: one pass over arrays, whatever the text."""

import re
import unicodedata
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: The 26 letters and what is none.
SIGNS = 27
#: What is read of a text, in characters.
READ = 2_000
#: From this mean surprise per letter on, in nats, a word is odd.
ODD = 7.0
#: Below this one, the text is as good as any: half the comments of a page have 4.5, one in a hundred 5.7.
PLAIN = 5.5
#: Shorter words are never odd: abbreviations are short.
ODD_FROM = 5

#: What the text-level model looks at, in order.
FEATURES = ("surprise", "odd", "rare", "neighbours", "vowels", "repeats")

_NO_WORDS = re.compile(r"\S*(?:://|www\.)\S*|(?<!\w)[@#][\w.]+|\S+@\S+|\S{0,60}\.\S{0,60}/\S*")
_NAMES = re.compile(r"(?<=[a-z,;] )[A-Z][a-z'-]+")
_LETTERS = re.compile(r"[a-z]+")
_LAUGHS = re.compile(r"[hae]|(?:lo)+l?")
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_RARE = 9.0


@dataclass(frozen=True, slots=True)
class Letters:
    """What was seen: the features in order, how many letters were looked at, and the odd words with their places."""

    features: tuple[float, ...]
    count: int
    words: int
    odd: tuple[tuple[int, int], ...]


def codes(text: str) -> Ints:
    """1 to 26 for a letter of a text in lower case and plain ASCII, 0 for anything else; a gap at both ends."""
    return _CODES[np.frombuffer(f" {text} ".encode("ascii", "replace"), np.uint8)]


def triples(letters: Ints) -> tuple[Ints, Ints]:
    """For each letter, the number of the triple that it is the middle of, and its place."""
    middle = np.flatnonzero(letters[1:-1]) + 1
    return letters[middle - 1] * SIGNS**2 + letters[middle] * SIGNS + letters[middle + 1], middle


def plain(text: str) -> str:
    """The text in lower case and plain letters, what is no word blanked; as long as what was read of it."""
    text = text[:READ]
    if any(sign in text for sign in ("@", "#", "/", "www.")):
        text = _NO_WORDS.sub(lambda found: " " * len(found[0]), text)
    text = _NAMES.sub(lambda found: " " * len(found[0]), text)
    if not text.isascii():
        text = "".join(map(_plain, text))
    return _LETTERS.sub(_no_noise, text.lower())


def is_plain(text: str, table: NDArray[np.float32]) -> bool:
    """Whether the letters follow each other as they usually do: a quick look that spares most comments the rest."""
    triple, _ = triples(codes(text[:READ].lower()))
    return not len(triple) or float(table[triple].mean()) < PLAIN


def seen(text: str, table: NDArray[np.float32]) -> Letters:
    """Features of a text by a table of surprises, one per triple, in nats."""
    letters = codes(plain(text))
    triple, middle = triples(letters)
    if not len(triple):
        return Letters((0.0,) * len(FEATURES), 0, 0, ())
    surprise = table[triple].astype(np.float64)
    starts = np.flatnonzero((letters[middle - 1] == 0) | (np.diff(middle, prepend=-1) > 1))
    lengths = np.diff(np.append(starts, len(middle)))
    means = np.add.reduceat(surprise, starts) / lengths
    is_odd = (means >= ODD) & (lengths >= ODD_FROM)
    features = (
        float(surprise.mean()),
        float(lengths[is_odd].sum() / len(middle)),
        float((surprise >= _RARE).mean()),
        _neighbours(letters),
        abs(float(_VOWELS[letters[middle]].mean()) - 0.38),
        _repeats(letters[middle]),
    )
    odd = tuple(
        (int(middle[s]) - 1, int(middle[s]) - 1 + int(n)) for s, n in zip(starts[is_odd], lengths[is_odd], strict=True)
    )
    return Letters(features, len(middle), len(starts), odd)


def _neighbours(letters: Ints) -> float:
    """Share of pairs that lie side by side on a keyboard."""
    left, right = letters[:-1], letters[1:]
    both = (left > 0) & (right > 0)
    return float(_BESIDE[left[both], right[both]].mean()) if both.any() else 0.0


def _repeats(letters: Ints) -> float:
    """Share of letters that say again what stood two, three or four letters before."""
    return max((float((letters[n:] == letters[:-n]).mean()) for n in (2, 3, 4) if len(letters) > n), default=0.0)


def _no_noise(found: re.Match[str]) -> str:
    """Laughter and drawn-out sounds are no words, and no gibberish."""
    word = found[0]
    kinds = set(word)
    if len(kinds) <= 2 or len(kinds - set("hae")) <= 1 or (len(kinds) <= 3 and 4 * len(kinds) <= len(word)):
        return " " * len(word)
    return word


def _plain(character: str) -> str:
    """One character for one: an accent is dropped, and what is no Latin letter is none."""
    if character.isascii():
        return character
    first = unicodedata.normalize("NFKD", character)[0]
    return first if first.isascii() else " "


def _beside() -> NDArray[np.bool_]:
    table = np.zeros((SIGNS, SIGNS), bool)
    for row in _ROWS:
        for left, right in pairwise(row):
            table[ord(left) - 96, ord(right) - 96] = table[ord(right) - 96, ord(left) - 96] = True
    return table


_BESIDE = _beside()
_CODES = np.where(np.isin(np.arange(256), np.arange(97, 123)), np.arange(256) - 96, 0)
_VOWELS = np.isin(np.arange(SIGNS), [ord(vowel) - 96 for vowel in "aeiouy"])
