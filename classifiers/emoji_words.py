"""Emoji as the words they stand for, since they carry meaning that a vocabulary of words has no piece for.

Names are those of the Unicode annotations, by the package `emoji`. A skin tone is said of a person and left out of a
gesture: a thumb of any colour means the same.
"""

import re
from collections.abc import Mapping
from functools import cache

import emoji

from classifiers.text import Normalised, replaced

_TONES = "\U0001f3fb-\U0001f3ff"
_FLAG = "[\U0001f1e6-\U0001f1ff]{2}"
_PEOPLE = re.compile(r"\b(?:man|woman|person|boy|girl|baby|child|people|men|women|mother|princess|prince)\b")


def spelled(draft: Normalised) -> Normalised:
    """Each emoji replaced by its name in words, set apart by spaces. Joiners and variation signs may be gone."""
    if draft.text.isascii():
        return draft
    return replaced(draft, _pattern(), _words)


def _words(sign: str) -> str:
    tone = _names().get(sign[1:], "") if len(sign) > 1 else ""
    name = _names().get(sign) or _names().get(sign[0], "")
    if tone and _PEOPLE.search(name):
        name = f"{tone.removesuffix(' tone')} {name}"
    return f" {name} " if name else sign


@cache
def _names() -> Mapping[str, str]:
    """Names of the emoji that are one character, with or without a tone, and of the flags."""
    found: dict[str, str] = {}
    for sign, facts in emoji.EMOJI_DATA.items():
        bare = sign.replace("\ufe0f", "")
        if len(bare) == 1 or re.fullmatch(_FLAG, bare):
            found[bare] = facts["en"].strip(":").replace("_", " ").replace("-", " ").lower()
    return {sign: name for sign, name in found.items() if not sign.isascii()}


@cache
def _pattern() -> re.Pattern[str]:
    single = "".join(re.escape(sign) for sign in sorted(_names()) if len(sign) == 1)
    return re.compile(f"{_FLAG}|[{single}][{_TONES}]?")
