"""Words, sentences and numbers of short texts, as claims and comments are compared by them. Every pattern is linear."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files

#: Characters of a text that are read, and sentences of it.
MOST_READ, MOST_SENTENCES = 6_000, 60

_LISTS: Mapping[str, str] = tomllib.loads(files(__package__).joinpath("words.toml").read_text("utf-8"))


def listed(name: str) -> frozenset[str]:
    """The words that `words.toml` lists under a name."""
    return frozenset(_LISTS[name].split())


#: Words that say nothing about what a text is about.
PLAIN = listed("plain")

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_SENTENCES = re.compile(r"(?<=[.!?…])\s+|[\n\r;]+|(?<=[?!])(?=[A-Z])")
_NUMBER = re.compile(r"[0-9]+(?:,[0-9]{3})*(?:\.[0-9]+)?(?:k|m|bn)?\b")
_UNITS: dict[str, float] = {
    "hundred": 100,
    "thousand": 1e3,
    "grand": 1e3,
    "k": 1e3,
    "million": 1e6,
    "m": 1e6,
    "billion": 1e9,
    "bn": 1e9,
}
_NUMERALS: dict[str, float] = {
    "zero": 0,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
    "thirteen": 13,
    "fourteen": 14,
    "fifteen": 15,
    "sixteen": 16,
    "seventeen": 17,
    "eighteen": 18,
    "nineteen": 19,
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
    "seventy": 70,
    "eighty": 80,
    "ninety": 90,
    "half": 0.5,
    "halved": 0.5,
    "quarter": 0.25,
    "fifth": 0.2,
    "double": 2,
    "doubled": 2,
    "twice": 2,
    "triple": 3,
    "threefold": 3,
}
_ENDINGS = (
    "ations",
    "ation",
    "ingly",
    "ings",
    "ing",
    "ities",
    "ity",
    "ers",
    "ies",
    "ed",
    "er",
    "es",
    "ly",
    "s",
    "e",
    "y",
)


def words(text: str) -> list[str]:
    """In small letters, apostrophes straight: "don't" is one word."""
    return _WORD.findall(text[:MOST_READ].replace("’", "'").lower())


def sentences(text: str) -> list[str]:
    """None of them empty; a text without words has none."""
    found = (part.strip() for part in _SENTENCES.split(text[:MOST_READ]))
    return [part for part in found if _WORD.search(part)][:MOST_SENTENCES]


def stem(word: str) -> str:
    """The word without its commonest endings: what is left need not be a word."""
    bare = word.removesuffix("'s")
    for ending in _ENDINGS:
        if bare.endswith(ending) and len(bare) - len(ending) >= 3:
            bare = bare[: -len(ending)]
            break
    return bare[:7]


def stems(found: Sequence[str]) -> list[str]:
    """Of the words that say what a text is about, in order."""
    return [stem(word) for word in found if word not in PLAIN and len(word) > 1]


def numbers(text: str) -> frozenset[float]:
    """The numbers of a text, in figures or words: "2m", "two million" and "2,000,000" are the same one."""
    return frozenset(_numbers(text[:MOST_READ].lower()))


def _numbers(text: str) -> Iterator[float]:
    tokens = re.findall(r"[0-9.,]+(?:bn|k|m)?\b|[^\W\d_]+", text)
    position = 0
    while position < len(tokens):
        number = _number(tokens[position])
        if number is None and tokens[position] in ("a", "an") and _UNITS.get(_at(tokens, position + 1), 0) >= 1e3:
            number = 1.0
        position += 1
        if number is None:
            continue
        while (unit := _UNITS.get(_at(tokens, position))) is not None:
            number *= unit
            position += 1
        yield round(number, 4)


def _number(token: str) -> float | None:
    if token in _NUMERALS:
        return _NUMERALS[token]
    found = _NUMBER.match(token)
    if found is None:
        return None
    plain = found[0].replace(",", "")
    unit = plain.lstrip("0123456789.")
    return float(plain.removesuffix(unit)[:15]) * _UNITS.get(unit, 1)


def _at(tokens: Sequence[str], position: int) -> str:
    return tokens[position] if position < len(tokens) else ""
