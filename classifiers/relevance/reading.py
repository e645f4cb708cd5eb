"""What is read off a comment and a post, word by word: training and use come through here alike.

Everything is bounded: only the beginning of a text is read, and no pattern looks further than one word.
"""

import re
import tomllib
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import islice
from math import log1p, sqrt

import numpy as np
from numpy.typing import NDArray

from classifiers.text import HANDLE, LINK, Normalised, normalise

Floats = NDArray[np.float32]

#: Characters of a comment or a post that are read.
READ = 2_000
#: A word's place in the table of rarities is a hash of so many bits.
RARITY_BITS = 15
#: In the table, one unit is so much of a logarithm.
RARITY_UNIT = 1 / 20
#: Fewer words than this, or fewer matter words, and a comment is a short reaction: it has no subject of its own.
FEWEST_WORDS, FEWEST_MATTERS = 7, 3
#: A question of at most so many words to whoever wrote the post is asked of them, whatever it is about.
SHORT_QUESTION = 10

#: What the two texts have to do with each other, and what the comment is by itself, in this order.
PAIR = ("cosine", "answers", "words", "covered", "least", "rarest", "pieces", "comment_length", "post_length")
OWN = ("matters", "second_person", "question", "opening", "silence", "demand", "usual", "alien")

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_ENDINGS = ("'s", "ies", "ing", "ed", "es", "s", "ly")
_SHORTEST_STEM = 3
_PIECE = 4
_YOU = frozenset(["you", "you'd", "you'll", "you're", "you've", "your", "yours", "yourself", "u", "ur"])


#: Passages of a post that are looked at.
MOST_PASSAGES = 20
_PASSAGE = re.compile(r"[^.!?\n]+[.!?]*")


@dataclass(frozen=True, slots=True)
class Lists:
    """`words.toml`."""

    plain: frozenset[str]
    reaction: frozenset[str]
    #: first word of a phrase → its kind and all its words
    turns: Mapping[str, Sequence[tuple[str, tuple[str, ...]]]]
    anchors: Mapping[str, Sequence[str]]


@cache
def lists() -> Lists:
    told = tomllib.loads(files(__package__).joinpath("words.toml").read_text("utf-8"))
    turns: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    for kind, phrases in told["turns"].items():
        for phrase in phrases:
            several = tuple(phrase.split())
            turns.setdefault(several[0], []).append((kind, several))
    return Lists(frozenset(told["plain"].split()), frozenset(told["reaction"].split()), turns, told["anchors"])


@dataclass(frozen=True, slots=True)
class Read:
    """A text as its words: those that carry a matter by stem, each with its rarity."""

    words: Sequence[str]
    #: stem → rarity, of every word that is not plain
    rarity: Mapping[str, float]
    pieces: frozenset[str]
    #: root of the sum of the squares of the rarities
    norm: float
    #: how many different words name a matter
    matters: int
    asks: bool

    @property
    def is_reaction(self) -> bool:
        """Whether the comment has no subject of its own, so that none can be the wrong one."""
        return len(self.words) < FEWEST_WORDS or self.matters < FEWEST_MATTERS

    @property
    def is_short_question(self) -> bool:
        return self.asks and len(self.words) <= SHORT_QUESTION

    @property
    def turns(self) -> Mapping[str, int]:
        """How many phrases of each kind turn away from the post."""
        found = dict.fromkeys(("opening", "silence", "demand"), 0)
        known = lists().turns
        for place, word in enumerate(self.words):
            for kind, phrase in known.get(word, ()):
                if tuple(self.words[place : place + len(phrase)]) == phrase:
                    found[kind] += 1
        return found


def plain_of(text: str) -> Normalised:
    return normalise(text[:READ])


def passages(post: str) -> list[str]:
    """The sentences of a post, the first ones; of a post without any, itself."""
    found = (match[0].strip() for match in _PASSAGE.finditer(post[:READ]))
    return list(islice(filter(None, found), MOST_PASSAGES)) or [post[:READ]]


def words(text: str) -> list[str]:
    """The words of a normalised text; links and handles are none."""
    return _WORD.findall(text.replace(LINK, " ").replace(HANDLE, " "))


def stem(word: str) -> str:
    """The word without its ending, roughly: it need not be a word, only the same for forms of one."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            return word[: -len(ending)]
    return word


def bucket(text: str) -> int:
    return zlib.crc32(text.encode("utf-8", "replace")) & ((1 << RARITY_BITS) - 1)


def read(text: str, rarities: NDArray[np.uint8]) -> Read:
    """Reads the beginning of a text as written."""
    found = words(plain_of(text).text)
    known = lists()
    carrying = [word for word in dict.fromkeys(found) if word not in known.plain]
    rarity = {short: float(rarities[bucket(short)]) * RARITY_UNIT for short in dict.fromkeys(map(stem, carrying))}
    return Read(
        words=found,
        rarity=rarity,
        pieces=frozenset(_pieces(carrying)),
        norm=sqrt(sum(value * value for value in rarity.values())),
        matters=sum(word not in known.reaction and not word.isdigit() for word in carrying),
        asks="?" in text[:READ],
    )


def overlap(comment: Read, post: Read) -> tuple[float, ...]:
    """The last seven of `PAIR`: what the words have in common, weighed by how rare they are."""
    shared = [comment.rarity[word] for word in comment.rarity.keys() & post.rarity.keys()]
    weight = sum(value * value for value in sorted(shared))
    pieces = len(comment.pieces & post.pieces) / sqrt((len(comment.pieces) + 1) * (len(post.pieces) + 1))
    return (
        weight / ((comment.norm + 1) * (post.norm + 1)),
        weight / (comment.norm**2 + 1),
        weight / (min(comment.norm, post.norm) ** 2 + 1),
        max(shared, default=0.0),
        pieces,
        log1p(len(comment.rarity)),
        log1p(len(post.rarity)),
    )


def manner(comment: Read) -> tuple[float, ...]:
    """The first six of `OWN`."""
    turns = comment.turns
    return (
        log1p(comment.matters),
        float(any(word in _YOU for word in comment.words)),
        float(comment.asks),
        *(min(turns[kind], 2) / 2 for kind in ("opening", "silence", "demand")),
    )


def _pieces(carrying: Sequence[str]) -> Iterator[str]:
    """The runs of four characters within longer words."""
    for word in carrying:
        if len(word) > _PIECE:
            for place in range(len(word) - _PIECE + 1):
                yield word[place : place + _PIECE]
