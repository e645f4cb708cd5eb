"""How a text is read for personal data: its disguises undone, each character still knowing where it came from."""

import re
from collections.abc import Iterator

from classifiers.text import (
    Normalised,
    compose,
    drop_invisible,
    drop_surplus_marks,
    edited,
    mend_surrogates,
    replaced,
)

#: One for one. Line ends stay: what stands on two lines is seldom one number.
_PLAIN = str.maketrans("\t\r\v\f\x85\u2028\u2029‘’‛ʼ′´`‐‑‒–—―−", "    \n\n\n'''''''-------")

#: What may hold personal data has a digit or an @, or spells one out.
_SIGN = re.compile(r"\S@|@\s")
_TELLING_ABROAD = re.compile(r"[\d\u2460-\u249b\u24ea\uff20]")
_DIGIT = re.compile(r"[0-9]")

_NUMBER_WORDS = {
    **{word: str(number) for number, word in enumerate(("zero", "one", "two", "three", "four"))},
    **{word: str(number) for number, word in enumerate(("five", "six", "seven", "eight", "nine"), 5)},
    "oh": "0",
    "o": "0",
    "nought": "0",
}
#: Without one of them nobody spells out a long number.
_HINTS = ("zero", "oh", "double", "nine", "four", "seven")
_TIMES = {"double": 2, "treble": 3, "triple": 3}
_TOKENS = re.compile(rf"\d+|(?<![a-z])(?:{'|'.join((*_NUMBER_WORDS, *_TIMES))})(?![a-z'])", re.IGNORECASE)
_GAP = re.compile(r"[\s,.()-]{0,3}")
#: Fewer digits than this, spelled out, are no number that belongs to anybody.
_LEAST_DIGITS = 9

_LETTER_O = re.compile(r"[0-9][oO]{1,4}(?![A-Za-z])|\b[oO]{1,4}(?=[0-9])")
_ZEROES = str.maketrans("oO", "00")

_AT = re.compile(r"\s{0,2}[\[({<]\s{0,2}(?:at|@)\s{0,2}[\])}>]\s{0,2}", re.IGNORECASE)
_DOT = re.compile(r"\s{0,2}[\[({<]\s{0,2}(?:dot|\.)\s{0,2}[\])}>]\s{0,2}", re.IGNORECASE)
_ENDS = "com|org|net|uk|ie|eu|de|fr|it|es|nl|us|ca|au|info|io|me|live|email"
_SPOKEN = re.compile(
    rf"""
      (?<![\w.+-]) (?!(?:look|me|us|him|her|them|it|is|was|are|be|page|site|website|online|here|read|more|see|found
        |available|sign|up|out|book|buy|order|join|now|petition|donate|shop|vote|live|meet|there)\s)
      (?: [\w+-]{{1,40}}+ (?:\.|\s+dot\s+) ){{0,4}} [\w+-]{{1,40}}+
      \s{{0,2}} (?: (?<=\s) at (?=\s) | @ ) \s{{0,2}}
      (?: [\w-]{{1,40}}+ (?:\.|\s+dot\s+) ){{1,4}} (?:{_ENDS}) \b
    """,
    re.IGNORECASE | re.VERBOSE,
)
_SPOKEN_DOT = re.compile(r"\s+dot\s+", re.IGNORECASE)
_SPOKEN_AT = re.compile(r"\s+at\s+|\s*@\s*", re.IGNORECASE)


def is_worth_reading(text: str) -> bool:
    """Whether there can be personal data in a text at all. Most comments go no further than this."""
    if _DIGIT.search(text) or ("@" in text and _SIGN.search(text)):
        return True
    if not text.isascii() and _TELLING_ABROAD.search(text):
        return True
    lowered = text.lower()
    if "dot" in lowered and "at" in lowered:
        return True
    spelled = ("seven" in lowered or "double" in lowered) and ("oh" in lowered or "zero" in lowered)
    return spelled or ("oh one" in lowered or "oh two" in lowered or "nought" in lowered)


def read(text: str) -> Normalised:
    """The text with plain digits, signs and addresses where it spells, spaces or draws them."""
    draft = Normalised(text.translate(_PLAIN), range(len(text) + 1))
    if not draft.text.isascii():
        for step in (mend_surrogates, drop_invisible, compose, drop_surplus_marks):
            draft = step(draft)
    if _DIGIT.search(draft.text):
        draft = replaced(draft, _LETTER_O, lambda found: found.translate(_ZEROES))
    lowered = draft.text.lower()
    if any(word in lowered for word in _HINTS):
        draft = edited(draft, _spelled_out(draft.text))
    if "at" in lowered and any(bracket in lowered for bracket in "([{<"):
        draft = replaced(replaced(draft, _AT, lambda _: "@"), _DOT, lambda _: ".")
    if "dot" in lowered and ("@" in draft.text or "at" in lowered):
        draft = replaced(draft, _SPOKEN, _as_address)
    return draft


def _as_address(spoken: str) -> str:
    return _SPOKEN_AT.sub("@", _SPOKEN_DOT.sub(".", spoken), count=1)


def _spelled_out(text: str) -> Iterator[tuple[int, int, str]]:
    """Runs of digits and words for digits that make a long number: edits that leave the digits."""
    run: list[re.Match[str]] = []
    for token in _TOKENS.finditer(text):
        if run and not _GAP.fullmatch(text, run[-1].end(), token.start()):
            yield from _as_digits(run)
            run = []
        run.append(token)
    yield from _as_digits(run)


def _as_digits(run: list[re.Match[str]]) -> Iterator[tuple[int, int, str]]:
    if all(token[0][0].isdigit() for token in run):
        return
    digits, times = "", 1
    for token in run:
        word = token[0].lower()
        if word in _TIMES:
            times = _TIMES[word]
        else:
            digits += _NUMBER_WORDS.get(word, word) * times
            times = 1
    if len(digits) >= _LEAST_DIGITS:
        yield run[0].start(), run[-1].end(), digits
