"""International bank account numbers."""

import re
from collections.abc import Iterator

from classifiers.personal_data.checksums import iban_length, is_iban
from classifiers.personal_data.kinds import Found, Kind

_BEGINS = re.compile(r"\b([A-Za-z]{2})\d{2}(?=[ -]?[A-Za-z0-9]{4})")
#: With a gap after every fourth character, and no more than that.
_LONGEST = 45


def find(text: str) -> Iterator[Found]:
    for hit in _BEGINS.finditer(text):
        length = iban_length(hit[1].upper())
        places = [at for at, one in enumerate(text[hit.start() : hit.start() + _LONGEST]) if one.isalnum()][:length]
        if length and len(places) == length:
            start, end = hit.start(), hit.start() + places[-1] + 1
            written = "".join(filter(str.isalnum, text[start:end]))
            if written.isascii() and not text[end : end + 1].isalnum() and is_iban(written):
                yield Found(Kind.IBAN, start, end, 0.97)
