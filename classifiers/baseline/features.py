"""Turns normalised texts into hashed features. Training and inference both come through here, and nowhere else.

A text is cut into tokens: words, runs of signs, single emoji. Its features are the words, the pairs of neighbouring
words, and every run of two to five characters within a word, the word's edges counting as characters. Each feature is
hashed to one of `BUCKETS` numbers by arithmetic on code points alone, so the same text has the same features on every
machine, in every process. All of it is NumPy over the whole batch; no Python runs per token or feature.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BUCKET_BITS = 18
BUCKETS = 1 << BUCKET_BITS
LONGEST_RUN = 5

Ints = NDArray[np.int64]
Hashes = NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Tokens:
    """Where each token stands: `start` to `end` in text number `document`, in reading order."""

    document: Ints
    start: Ints
    end: Ints


@dataclass(frozen=True, slots=True)
class Grams:
    """Every occurrence of every feature, with the first and the last token it comes from."""

    bucket: Ints
    first: Ints
    last: Ints
    tokens: Tokens


@dataclass(frozen=True, slots=True)
class Features:
    """The different buckets of each text: those of text `i` are `buckets[starts[i]:starts[i + 1]]`, ascending."""

    buckets: Ints
    starts: Ints


def grams(texts: Sequence[str]) -> Grams:
    """Every feature of the texts, with the token it comes from."""
    codes = np.frombuffer("\n".join([*texts, ""]).encode("utf-32-le", "surrogatepass"), "<u4")
    kinds = _kinds(codes)
    begins, ends = _edges(kinds)
    tokens, letters_before = _tokens(texts, begins, ends)
    letters = codes[kinds != _SPACE]
    token_of_letter = np.cumsum(begins)[kinds != _SPACE] - 1
    runs, token_of_run = _runs(letters, token_of_letter, len(letters_before))
    words = _words(letters, token_of_letter, letters_before)
    pairs, second = _pairs(words, tokens.document)
    hashes = np.concatenate([*runs, _finish(words, _A_WORD), pairs])
    one_token = np.concatenate([*token_of_run, np.arange(len(words))])
    return Grams(
        bucket=(hashes >> np.uint32(32 - BUCKET_BITS)).astype(np.int64),
        first=np.concatenate([one_token, second - 1]),
        last=np.concatenate([one_token, second]),
        tokens=tokens,
    )


def features(texts: Sequence[str]) -> Features:
    """The features of each text, each counted once however often it occurs."""
    found = grams(texts)
    keys = np.sort(found.tokens.document[found.last] << BUCKET_BITS | found.bucket)
    keys = keys[np.flatnonzero(np.diff(keys, prepend=-1))]
    starts = np.searchsorted(keys, np.arange(len(texts) + 1) << BUCKET_BITS)
    return Features(keys & (BUCKETS - 1), starts)


# --- tokens ----------------------------------------------------------------------------------------------------------

_SPACE, _SIGN, _WORD, _EMOJI, _JOINER = range(5)


def _ascii_kinds() -> NDArray[np.uint8]:
    kinds = np.full(128, _SIGN, np.uint8)
    kinds[: ord(" ") + 1] = _SPACE
    for code in range(128):
        if chr(code).isalnum() or chr(code) in "<>_":
            kinds[code] = _WORD
    kinds[[ord("'"), ord("*")]] = _JOINER
    return kinds


_ASCII_KINDS = _ascii_kinds()


def _kinds(codes: NDArray[np.uint32]) -> NDArray[np.uint8]:
    """The kind of each character. `'` and `*` belong to a word only between its letters: don't, f**k."""
    kinds = _ASCII_KINDS[np.minimum(codes, 127)]
    wide = np.flatnonzero(codes > 127)
    if len(wide):
        kinds[wide] = _wide_kinds(codes[wide])
    joiners = np.flatnonzero(kinds == _JOINER)
    if len(joiners):
        kinds[joiners] = _joiner_kinds(kinds, joiners)
    return kinds


def _wide_kinds(codes: NDArray[np.uint32]) -> NDArray[np.uint8]:
    kinds = np.full(len(codes), _WORD, np.uint8)
    kinds[(codes < 0xC0) | (codes >= 0x2000) & (codes < 0x2600) | (codes >= 0x3000) & (codes < 0x3040)] = _SIGN
    kinds[(codes >= 0x2600) & (codes < 0x2800) | (codes >= 0x1F000) & (codes < 0x20000)] = _EMOJI
    kinds[(codes == 0xA0) | (codes == 0x3000) | (codes >= 0x2000) & (codes <= 0x200F)] = _SPACE
    return kinds


def _joiner_kinds(kinds: NDArray[np.uint8], joiners: Ints) -> NDArray[np.uint8]:
    padded = np.concatenate([[_SPACE, _SPACE], kinds, [_SPACE, _SPACE]])
    at = joiners + 2
    joined = np.ones(len(at), bool)
    for side in (-1, 1):
        near, far = padded[at + side], padded[at + 2 * side]
        joined &= (near == _WORD) | (near == _JOINER) & (far == _WORD)
    return np.where(joined, _WORD, _SIGN).astype(np.uint8)


def _edges(kinds: NDArray[np.uint8]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether a token begins at, and ends with, each character. The last character is always a space."""
    changes = kinds[1:] != kinds[:-1]
    alone = kinds == _EMOJI
    begins = (np.concatenate([[True], changes]) | alone) & (kinds != _SPACE)
    ends = (np.concatenate([changes, [True]]) | alone) & (kinds != _SPACE)
    return begins, ends


def _tokens(texts: Sequence[str], begins: NDArray[np.bool_], ends: NDArray[np.bool_]) -> tuple[Tokens, Ints]:
    """The tokens, and for each the number of characters before it, space left out."""
    start, end = np.flatnonzero(begins), np.flatnonzero(ends) + 1
    lengths = np.fromiter((len(text) + 1 for text in texts), np.int64, len(texts))
    text_starts = np.cumsum(lengths) - lengths
    document = np.searchsorted(text_starts, start, "right") - 1
    length = end - start
    return Tokens(document, start - text_starts[document], end - text_starts[document]), np.cumsum(length) - length


# --- hashes ----------------------------------------------------------------------------------------------------------

_EDGE = 1  # a code point that no normalised text holds
_STEP = np.uint32(0x9E3779B1)
_A_LETTER, _A_WORD, _A_PAIR = 7, 101, 102  # beside the lengths 2 to 5 of the runs


def _finish(hashes: Hashes, kind: int) -> Hashes:
    """Spread a running hash over all 32 bits (the finaliser of MurmurHash3); `kind` keeps features apart."""
    mixed = hashes + np.uint32(kind * 0x01000193)
    mixed ^= mixed >> np.uint32(16)
    mixed *= np.uint32(0x85EBCA6B)
    mixed ^= mixed >> np.uint32(13)
    mixed *= np.uint32(0xC2B2AE35)
    mixed ^= mixed >> np.uint32(16)
    return mixed


def _runs(letters: NDArray[np.uint32], token_of_letter: Ints, count: int) -> tuple[list[Hashes], list[Ints]]:
    """Hashes of the runs of each length, by a rolling polynomial over the tokens laid side by side between edges."""
    padded = np.full(len(letters) + count + 1, _EDGE, np.uint32)
    places = np.arange(len(letters)) + token_of_letter + 1
    padded[places] = letters
    edge = np.flatnonzero(padded == _EDGE)
    token = np.repeat(np.arange(count), np.diff(edge))
    room = edge[token + 1] - np.arange(len(token))  # steps to the edge that closes the token
    rolling = padded
    hashes: list[Hashes] = []
    tokens: list[Ints] = []
    for length in range(2, LONGEST_RUN + 1):
        rolling = rolling[:-1] * _STEP + padded[length - 1 :]
        fits = np.flatnonzero(room >= length - 1)
        hashes.append(_finish(rolling[fits], length))
        tokens.append(token[fits])
    return hashes, tokens


def _words(letters: NDArray[np.uint32], token_of_letter: Ints, letters_before: Ints) -> Hashes:
    if not len(letters_before):
        return np.zeros(0, np.uint32)
    position = (np.arange(len(letters)) - letters_before[token_of_letter]).astype(np.uint32)
    return np.add.reduceat(_finish(letters + position * _STEP, _A_LETTER), letters_before, dtype=np.uint32)


def _pairs(words: Hashes, document: Ints) -> tuple[Hashes, Ints]:
    second = np.flatnonzero(document[1:] == document[:-1]) + 1
    return _finish(words[second - 1] * _STEP + words[second], _A_PAIR), second
