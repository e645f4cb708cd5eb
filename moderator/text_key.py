"""What tells that two comments say the same, whatever their case, spaces and marks, and through the usual disguises.

Every comment gets one as it comes in, so this is cheap before it is clever: nearly all texts take the first way out.
"""

import hashlib
import re
import string

from classifiers.text import (
    MAX_READABLE,
    Normalised,
    compose,
    drop_invisible,
    drop_surplus_marks,
    fold_case,
    fold_lookalikes,
)

#: Shorter texts have no key: many people say "well said", and that is nobody's campaign.
LEAST = 20

_OTHER = re.compile(r"[\W_]+")
_NEITHER_LETTER_NOR_DIGIT = bytes(set(range(128)) - set((string.ascii_letters + string.digits).encode()))
#: Capitals are small letters, and digits the letters that they stand in for.
_PLAIN = bytes.maketrans(string.ascii_uppercase.encode() + b"013457", string.ascii_lowercase.encode() + b"oieast")
_PLAIN_DIGITS = str.maketrans("013457", "oieast")


def text_key(text: str) -> str | None:
    """The same for texts with the same letters and digits; None where too little is said to tell.

    Of a very long text the beginning counts.
    """
    said = _said(text[:MAX_READABLE])
    return hashlib.blake2b(said, digest_size=12).hexdigest() if said else None


def _said(text: str) -> bytes:
    """The letters and digits alone; empty where there are too few."""
    kept = text if text.isascii() else _OTHER.sub("", text)
    if kept.isascii():
        plain = kept.encode().translate(_PLAIN, _NEITHER_LETTER_NOR_DIGIT)
        return plain if len(plain) >= LEAST else b""
    letters = _OTHER.sub("", undisguised(text)).translate(_PLAIN_DIGITS)
    return letters.encode("utf-8", "replace") if len(letters) >= LEAST else b""


def undisguised(text: str) -> str:
    draft = Normalised(text, range(len(text) + 1))
    for step in (drop_invisible, compose, drop_surplus_marks, fold_lookalikes, fold_case):
        draft = step(draft)
    return draft.text
