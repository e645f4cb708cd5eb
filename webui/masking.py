"""Swear words and slurs shown by their first letter, for whoever would rather not read them all day.

A preference and nothing more: masking has not been shown to protect anybody, and nothing here says that it does. A
masked text is as long as the text, so whatever points into one points into the other; what was written is never
changed, only what is shown of it.
"""

import re
from collections.abc import Iterator, Sequence

from classifiers.text import normalise
from moderator.domain.vocabulary import Label
from webui.visible import SHOWN_AT_MOST, Span

DOT = "•"

#: English alone, and short on purpose. What classifiers mark as swearing is masked beside it, in any language.
_WITHIN = ("fuck",)
_BEGINNINGS = (
    "arsehole",
    "asshole",
    "bastard",
    "bitch",
    "bollock",
    "bullshit",
    "cunt",
    "dickhead",
    "faggot",
    "retard",
    "shit",
    "slut",
    "twat",
    "wank",
    "whore",
)
_WHOLE = ("coon", "gyppo", "kike", "nigga", "nigger", "nonce", "paki", "prick", "spastic", "tosser", "tranny")

#: A longer stretch that a classifier marks is a phrase, and is shown as it is.
_LONGEST = 24


def cover(text: str, spans: Sequence[Span] = ()) -> str:
    """The text with such words masked, character for character. `spans` are what classifiers marked in it."""
    characters = list(text)
    for start, end in _stretches(text, spans):
        for at in range(start + 1, end):
            if not characters[at].isspace():
                characters[at] = DOT
    return "".join(characters)


def _stretches(text: str, spans: Sequence[Span]) -> Iterator[tuple[int, int]]:
    # What is too long for a page is not shown at all, so nobody needs to look there.
    read = normalise(text[:SHOWN_AT_MOST], mask_links=False)
    for hit in _WORDS.finditer(read.text):
        yield read.original_span(*hit.span())
    for start, end, label in spans:
        start, end = max(start, 0), min(end, len(text))
        if label == Label.PROFANITY and 0 < end - start <= _LONGEST and len(text[start:end].split()) <= 2:
            yield start, end


def _drawn_out(word: str) -> str:
    """The word as it is also written by somebody who leans on a key."""
    return re.sub(r"(.)\1*", lambda run: f"{run[1]}{{{len(run[0])},}}", word)


def _any(words: Sequence[str]) -> str:
    return "|".join(map(_drawn_out, words))


_WORDS = re.compile(rf"\b(?:\w*(?:{_any(_WITHIN)})\w*|(?:{_any(_BEGINNINGS)})\w*|(?:{_any(_WHOLE)})(?:e?s)?\b)")
