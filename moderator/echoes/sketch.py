"""A text boiled down to 128 bytes that tell how much it has in common with another, however either is dressed up.

Compared are the letters alone: case, spaces, marks, emoji, look-alikes, digits for letters and drawn-out letters are
undone first. Every stretch of five letters in a row is one thing that a text says. Two texts are as alike as the share
of such things that both say among those that either says (Jaccard), and that share is estimated by MinHash: for each
of 64 ways of mixing numbers, the least number of two texts is the same with just that chance.
"""

import re
import string
import unicodedata
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from classifiers.text import as_latin
from moderator.text_key import undisguised

#: Of a longer text the beginning counts, in characters as written.
READ = 2_000

#: With less said, nobody's campaign: many people say "well said".
LEAST_WORDS, LEAST_LETTERS = 4, 20

#: So many letters without a space between them count as one word, that taking all spaces out hides nothing.
_LONG_WORD = 12

#: Ways of mixing: the standard error of an estimate is 0.06 at most.
HASHES = 64

_SHINGLE = 5

_DRESSING = re.compile(
    "[\u2010-\u2018\u201a-\u2027\u2030-\u205e\u20a0-\u20bf\u2190-\u2bff\ufe0f\u200d\U0001f000-\U0001faff]+"
)
_APOSTROPHE = re.compile("[\u2019\u00b4]")
_OTHER = re.compile(r"[\W_]+")
_MARKS = re.compile("[\u0300-\u036f]+")

#: Signs and digits, and the letters that they stand in for; a one may be an i or an l, so those are the same as well.
_STANDING_IN = dict(zip("0134578@$l", "oieastbasi", strict=True))
_WORDS = (
    bytes(
        ord(_STANDING_IN.get(letter.lower(), letter.lower()))
        if letter in string.ascii_letters + string.digits + "@$"
        else ord(" ")
        for letter in map(chr, range(128))
    )
    + b" " * 128
)
_STANDING = str.maketrans(_STANDING_IN)

_MIX = np.uint64(0x9E37_79B9_7F4A_7C15)
# The same numbers each time: sketches are stored and compared with those of years ago.
_NUMBERS = np.random.default_rng(20_251).integers(1, 2**31, size=(HASHES, 2), dtype=np.uint32)
_WAYS = [(np.uint32(by * 2 + 1), np.uint32(plus)) for by, plus in _NUMBERS.tolist()]

Signatures = NDArray[np.uint16]


def letters(text: str) -> bytes:
    """What a text is compared by; empty where it says too little to be anybody's campaign."""
    words = _words(text[:READ])
    said = b"".join(words)
    if len(said) < LEAST_LETTERS or len(set(said)) < _SHINGLE:
        return b""
    if max(len(words), len(said) // _LONG_WORD) < LEAST_WORDS:
        return b""
    return said


def sketches(texts: Sequence[str]) -> list[bytes | None]:
    """The sketch of each text; None where it says too little."""
    said = [letters(text) for text in texts]
    places = [place for place, each in enumerate(said) if each]
    found: list[bytes | None] = [None] * len(texts)
    if places:
        for place, signature in zip(places, _signatures([said[place] for place in places]), strict=True):
            found[place] = signature.tobytes()
    return found


def read(stored: Sequence[bytes]) -> Signatures:
    """Sketches as numbers to compare: one row of `HASHES` for each."""
    return np.frombuffer(b"".join(stored), "<u2").reshape(-1, HASHES)


def likeness(one: Signatures, other: Signatures) -> NDArray[np.float64]:
    """How alike the texts of each row of one are with those of the same row of the other, 0 to 1."""
    agreed: NDArray[np.float64] = (one == other).mean(axis=1)
    return agreed


def _words(text: str) -> list[bytes]:
    """The words in small letters, undisguised. Nearly all texts take the quick way."""
    plain = text if text.isascii() else _DRESSING.sub(" ", _APOSTROPHE.sub("", text))
    if not plain.isascii():
        decomposed = unicodedata.normalize("NFKD", undisguised(plain))
        plain = _OTHER.sub(" ", _MARKS.sub("", decomposed.replace("'", "")))
        if 2 * sum(map(str.isascii, plain)) > len(plain):
            plain = as_latin(plain)  # also where a word has no Latin letter left
        if not plain.isascii():
            return plain.translate(_STANDING).encode("utf-8", "replace").split()
    return plain.encode().translate(_WORDS, b"'`").split()


def _signatures(said: Sequence[bytes]) -> Signatures:
    """One row for each, of the least number by each way of mixing."""
    numbers, starts = _shingles(said)
    least = np.empty((HASHES, len(said)), "<u2")
    mixed = np.empty_like(numbers)
    for row, (by, plus) in zip(least, _WAYS, strict=True):
        np.multiply(numbers, by, out=mixed)
        np.add(mixed, plus, out=mixed)
        # The lower half: the upper one of a least number is nearly always nought.
        row[:] = np.minimum.reduceat(mixed, starts).astype(np.uint16)
    return np.ascontiguousarray(least.T)


def _shingles(said: Sequence[bytes]) -> tuple[NDArray[np.uint32], NDArray[np.intp]]:
    """A number for every stretch of letters of all texts, one text after the other, and where each text begins.

    Of a letter drawn out one counts. `letters` sees to it that no text is shorter than a stretch.
    """
    everything = np.frombuffer(b"".join(said), np.uint8)
    ends = np.cumsum([len(each) for each in said])
    kept = np.concatenate(([True], everything[1:] != everything[:-1]))
    kept[ends[:-1]] = True
    everything = everything[kept].astype(np.uint64)
    ends = np.cumsum(kept)[ends - 1]
    grams = np.zeros(len(everything) - _SHINGLE + 1, np.uint64)
    for place in range(_SHINGLE):
        grams |= everything[place : place + len(grams)] << np.uint64(8 * place)
    inside = np.ones(len(grams), bool)
    for back in range(1, _SHINGLE):
        inside[ends[:-1] - back] = False
    starts = np.concatenate(([0], ends[:-1])) - (_SHINGLE - 1) * np.arange(len(said))
    mixed = grams[inside] * _MIX
    mixed ^= mixed >> np.uint64(29)
    return ((mixed * _MIX) >> np.uint64(32)).astype(np.uint32), starts.astype(np.intp)
