"""What of a text is not shown until somebody asks for it: personal data, and swear words for whoever wants that.

Personal data is masked for everybody from the moment a comment is there, whether a classifier has read it or not.
Swear words and slurs are shown by their first letter, for whoever would rather not read them all day. That is a
preference and nothing more: masking has not been shown to protect anybody, and nothing here says that it does. A masked
text is as long as the text, so whatever points into one points into the other; what was written is never changed, only
what is shown of it.
"""

import re
from collections.abc import Iterator, Sequence

from classifiers.base import Page
from classifiers.personal_data.classifier import MARKED
from classifiers.personal_data.finding import find
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


#: The end of a text that was cut may be the beginning of a number.
_CUT_NUMBER = re.compile(r"[+(]?\d[\d\s().+/-]{3,24}$")

_ANYBODYS = Page()


def cover(
    text: str, spans: Sequence[Span] = (), page: Page = _ANYBODYS, *, swearing: bool = True, is_cut: bool = False
) -> str:
    """The text with personal data masked, and swear words unless they may stay, character for character.

    `spans` are what classifiers marked in it, `page` what its office says: its own contacts are no secret. `is_cut`
    says that the text went on.
    """
    characters = list(text)
    for start, end in _personal(text, spans, page, is_cut):
        _put_dots(characters, start, end)
    for start, end in _swearing(text, spans) if swearing else ():
        _put_dots(characters, start + 1, end)
    return "".join(characters)


def _put_dots(characters: list[str], start: int, end: int) -> None:
    for at in range(start, end):
        if not characters[at].isspace():
            characters[at] = DOT


def _personal(text: str, spans: Sequence[Span], page: Page, is_cut: bool) -> Iterator[tuple[int, int]]:
    for found in find(text[:SHOWN_AT_MOST], page):
        if found.sure >= MARKED:
            yield found.start, found.end
    for start, end, label in spans:
        if label == Label.PERSONAL_DATA:
            yield max(start, 0), min(end, len(text))
    if is_cut and (number := _CUT_NUMBER.search(text, max(0, len(text) - 30))):
        yield number.span()


def _swearing(text: str, spans: Sequence[Span]) -> Iterator[tuple[int, int]]:
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
