"""Twelve things that people do to a comment before they post it once more.

Each takes the text and a source of chance.
"""

import random
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from classifiers.training.evasions import EVASIONS

Edit = Callable[[str, random.Random], str]

_PADDING = (
    *("honestly", "please", "friends", "share this", "I said it before", "wake up", "just saying", "once more"),
    *("everybody should read this", "good morning all", "so there", "think about it", "pass it on", "look at this"),
    *("from a neighbour", "as a voter", "well", "again and again"),
)
_TAGS = ("#share", "#mustread", "#vote", "@everyone", "@mayor_example", "@news_example", "https://example.org/x?id=")
_EMOJI = ("😡", "👏", "🙏", "🔥", "😂", "❤️", "👍🏽", "🇬🇧", "‼️", "😤")
_SIGNS = ("!!!", "...", " - ", ",", " / ", "?!", ";", " ~ ")
_FILLERS = ("really", "very", "just", "actually", "simply", "truly", "honestly", "well", "like", "so", "indeed")
_OTHERS = ("thing", "people", "town", "matter", "person", "place", "time", "story", "folks", "way", "stuff", "council")
_CLAUSE_END = re.compile(r"(?<=[.!?;,:])\s+")

#: One word in so many is changed by the edits that change words.
_ONE_WORD_IN = 8


def padded(text: str, chance: random.Random) -> str:
    """Up to a third as many words as it has before and after it, tags and links among them."""
    room = max(1, len(text.split()) // 3)
    before, after = [], []
    while room > 0:
        words = chance.choice((*_PADDING, *_TAGS))
        if words.endswith("="):
            words += str(chance.randrange(10**6))
        chance.choice((before, after)).append(words)
        room -= max(1, len(words) // 5)
    return " ".join((*before, text, *after))


def with_emoji(text: str, chance: random.Random) -> str:
    words = text.split()
    return " ".join(word + (chance.choice(_EMOJI) if chance.random() < 0.4 else "") for word in words)


def marks_and_case(text: str, chance: random.Random) -> str:
    cased = chance.choice((str.upper, str.lower, str.title, str.swapcase))(text)
    return " ".join(word + (chance.choice(_SIGNS) if chance.random() < 0.3 else "") for word in cased.split())


def reordered(text: str, chance: random.Random) -> str:
    """Clauses in another order; where there is one alone, its halves."""
    clauses = _CLAUSE_END.split(text)
    if len(clauses) < 2:
        words = text.split()
        clauses = [" ".join(words[len(words) // 2 :]), " ".join(words[: len(words) // 2])]
    else:
        chance.shuffle(clauses)
    return " ".join(clauses)


def spacing(text: str, chance: random.Random) -> str:
    return EVASIONS[chance.choice(("spaced", "unspaced"))](text, chance)


def dressed_letters(text: str, chance: random.Random) -> str:
    return EVASIONS[chance.choice(("full_width", "diacritics", "doubled_letters"))](text, chance)


def mistyped(text: str, chance: random.Random) -> str:
    def mistype(word: str) -> str:
        place = chance.randrange(len(word))
        one = word[place : place + 2]
        return word[:place] + chance.choice((one[::-1], one[1:], one[:1] + one)) + word[place + 2 :]

    return _some_words(text, chance, mistype)


def words_exchanged(text: str, chance: random.Random) -> str:
    return _some_words(text, chance, lambda _: chance.choice(_OTHERS))


def words_added_and_dropped(text: str, chance: random.Random) -> str:
    return _some_words(text, chance, lambda word: chance.choice((f"{word} {chance.choice(_FILLERS)}", "")))


def _some_words(text: str, chance: random.Random, change: Callable[[str], str]) -> str:
    """One word in eight, and at least one."""
    words = text.split()
    for place in chance.sample(range(len(words)), max(1, round(len(words) / _ONE_WORD_IN))):
        words[place] = change(words[place])
    return " ".join(words)


EDITS: Mapping[str, Edit] = MappingProxyType(
    {
        "padded": padded,
        "with emoji": with_emoji,
        "marks and case": marks_and_case,
        "reordered": reordered,
        "look-alikes": EVASIONS["homoglyph"],
        "digits for letters": EVASIONS["leet"],
        "invisible characters": EVASIONS["zero_width"],
        "spaces in and out": spacing,
        "dressed letters": dressed_letters,
        "mistyped": mistyped,
        "words exchanged": words_exchanged,
        "words added and dropped": words_added_and_dropped,
    }
)
