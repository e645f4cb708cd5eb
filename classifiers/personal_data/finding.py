"""What personal data a text holds, given what an office says about its page."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from classifiers.base import Page
from classifiers.personal_data import emails, iban, numbers, places
from classifiers.personal_data.countries import Country, chosen
from classifiers.personal_data.kinds import Found, Kind, Pattern
from classifiers.personal_data.reading import is_worth_reading, read
from classifiers.text import MAX_READABLE

#: What is less sure than this is not told of.
LEAST = 0.3
#: The rest of a longer text is not read; a person sees all of what is longer than half of this.
READ_AT_MOST = 2 * MAX_READABLE
#: How many characters before and after something a word that tells what it is may stand.
_BEFORE, _AFTER = 40, 24
#: A postcode that follows its address within so many characters is part of it.
_NEAR = 60
#: Shorter ones would allow half of everything.
_LEAST_CONTACT = 5

_NOBODY = Page()
_SHORT_FORMS = re.compile(r"\b(street|road|avenue|lane|drive|close|court|place|square|terrace|gardens|crescent)\b")
_DIGIT = re.compile(r"\d")
_JOINED = re.compile(r"[A-Za-z]\d")
_CLEAN = re.compile(r"[^a-z0-9]")


def find(text: str, page: Page = _NOBODY) -> tuple[Found, ...]:
    """What was found, in reading order, none overlapping another; nothing that is among the page's contacts."""
    text = text[:READ_AT_MOST]
    if not is_worth_reading(text):
        return ()
    reading = read(text)
    plain = reading.text
    found = [each for each in _all(plain, chosen(page.countries)) if each.sure >= LEAST]
    if not found:
        return ()
    contacts = _contacts(page.contacts)
    kept = [
        each
        for each in _apart(_together(_whole(found)))
        if not _is_contact(plain[each.start : each.end], each.kind, contacts)
    ]
    return tuple(
        Found(each.kind, *reading.original_span(each.start, each.end), each.sure)
        for each in sorted(kept, key=lambda each: each.start)
    )


def _all(text: str, countries: Sequence[Country]) -> Iterator[Found]:
    digits = len(_DIGIT.findall(text))
    yield from emails.find(text)
    if not digits:
        return
    if digits >= 6:
        yield from numbers.find(text, countries)
    if digits >= 10:
        yield from iban.find(text)
    yield from places.find(text)
    joined = _JOINED.search(text) is not None
    for country in countries:
        for pattern in country.patterns:
            if digits >= pattern.digits and (joined or not pattern.joined):
                yield from _matches(text, pattern)
    if digits >= 4:
        yield from _documents(text)


def _matches(text: str, pattern: Pattern) -> Iterator[Found]:
    group = "it" if "it" in pattern.shape.groupindex else 0
    for hit in pattern.shape.finditer(text):
        start, end = hit.span(group)
        sure = pattern.alone
        if pattern.word and (
            pattern.word.search(text, max(0, start - _BEFORE), start) or pattern.word.search(text, end, end + _AFTER)
        ):
            sure = pattern.beside
        if pattern.kind is Kind.POSTCODE:
            sure = places.or_public(text, start, end, sure)
        if sure and pattern.holds(hit[group]):
            yield Found(pattern.kind, start, end, sure)


#: Documents that are as long as they like, everywhere, and are known by the word before them: what the text has to
#: say, the kind, its shape and how sure it is.
_DOCUMENTS = (
    (
        "passport",
        Kind.PASSPORT,
        re.compile(r"\bpassports?\b[^\d.!?]{0,20}\b(?P<it>[A-Z]{0,2}\d{7,9})\b", re.IGNORECASE),
        0.9,
    ),
    (
        "licen",
        Kind.DRIVING_LICENCE,
        re.compile(
            r"\b(?:driv(?:er'?s?|ing) licen[cs]e|licen[cs]e (?:no|number))\b[^\d.!?]{0,20}?\b"
            r"(?P<it>(?=\w{0,4}\d\w{0,12}\d)[A-Z0-9]{7,18})\b",
            re.IGNORECASE,
        ),
        0.9,
    ),
    (
        "ssn",
        Kind.SOCIAL_SECURITY,
        re.compile(r"\bssn\b[^\d.!?]{0,20}\b(?P<it>\d{3}[ -]?\d{2}[ -]?\d{4})\b", re.IGNORECASE),
        0.9,
    ),
    (
        "social security",
        Kind.SOCIAL_SECURITY,
        re.compile(r"\bsocial security\b[^\d.!?]{0,20}\b(?P<it>\d{3}[ -]?\d{2}[ -]?\d{4})\b", re.IGNORECASE),
        0.9,
    ),
    (
        "code",
        Kind.POSTCODE,
        re.compile(r"\b(?:zip|post(?:al)?)\s?codes?\b[^\d.!?]{0,12}\b(?P<it>\d{4,6})\b", re.IGNORECASE),
        0.7,
    ),
)


def _documents(text: str) -> Iterator[Found]:
    lowered = text.lower()
    for word, kind, shape, sure in _DOCUMENTS:
        if word in lowered:
            for hit in shape.finditer(text):
                yield Found(kind, *hit.span("it"), sure)


def _whole(found: Sequence[Found]) -> list[Found]:
    """Addresses that overlap are one, as sure as the surest: a flat and its house, a house and its town."""
    streets: list[Found] = []
    for each in sorted((each for each in found if each.kind is Kind.ADDRESS), key=lambda each: each.start):
        last = streets[-1] if streets else None
        if last and each.start < last.end:
            streets[-1] = Found(each.kind, last.start, max(last.end, each.end), max(last.sure, each.sure))
        else:
            streets.append(each)
    return [*streets, *(each for each in found if each.kind is not Kind.ADDRESS)]


def _together(found: Sequence[Found]) -> list[Found]:
    """An address and a postcode beside it make each other surer."""
    streets = [each for each in found if each.kind is Kind.ADDRESS]
    codes = [each for each in found if each.kind is Kind.POSTCODE]
    surer = {
        id(each)
        for code in codes[:_NEAR]
        for street in streets
        if 0 <= code.start - street.end <= _NEAR
        for each in (code, street)
    }
    return [Found(each.kind, each.start, each.end, 0.97) if id(each) in surer else each for each in found]


def _apart(found: Sequence[Found]) -> list[Found]:
    """The surest of those that overlap; of equals the longest."""
    kept: list[Found] = []
    taken: set[int] = set()
    for each in sorted(found, key=lambda each: (-each.sure, each.start - each.end, each.start)):
        # each number of the text is in at most one of them, so looking is as long as what is looked at
        if taken.isdisjoint(range(each.start, each.end)):
            kept.append(each)
            taken.update(range(each.start, each.end))
    return kept


@lru_cache(256)
def _contacts(written: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(clean for each in written if len(clean := _as_contact(read(each).text)) >= _LEAST_CONTACT)


def _is_contact(written: str, kind: Kind, contacts: Sequence[str]) -> bool:
    if not contacts:
        return False
    clean = _as_contact(written)
    if kind is Kind.TELEPHONE:
        tail = clean.removeprefix("00")[-9:]
        return any(each[-9:] == tail for each in contacts)
    return any(clean == each or (kind in (Kind.ADDRESS, Kind.POSTCODE) and clean in each) for each in contacts)


def _as_contact(written: str) -> str:
    """The same for every spelling of a number or an address."""
    short = _SHORT_FORMS.sub(lambda word: _SHORTENED[word[1]], written.lower())
    return _CLEAN.sub("", short)


_SHORTENED = {
    "street": "st",
    "road": "rd",
    "avenue": "ave",
    "lane": "ln",
    "drive": "dr",
    "close": "cl",
    "court": "ct",
    "place": "pl",
    "square": "sq",
    "terrace": "terr",
    "gardens": "gdns",
    "crescent": "cres",
}
