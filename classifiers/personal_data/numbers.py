"""Telephone and card numbers: runs of digits, cut where a number ends and another begins."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumberType

from classifiers.personal_data.checksums import is_card
from classifiers.personal_data.countries import Country
from classifiers.personal_data.kinds import Found, Kind

_RUN = re.compile(
    r"(?<![\w.,@#£$€-])[+(]{0,2}\d(?:\d|[ .\-/()]{1,3}(?=[\d(]))*+(?:\s?(?:x|ext\.?|extension)\s?\d{1,6})?+"
)
_GROUP = re.compile(r"\d+")
_SPACES = re.compile(r"[^\d+]+")
_LEAST, _MOST = 6, 19
#: More groups of digits than this are a table, not a telephone number.
_GROUPS_OF_ONE = 12
_GROUPS_READ = 200

#: How far a word may stand from the number that it tells something about.
_BEFORE, _AFTER = 44, 16
_TELEPHONE_WORD = re.compile(
    r"\b(?:tele)?phone\b|\btel\b|\b(?:call|ring|dial|text|fax|mob(?:ile)?|cell|whats\s?app|landline|answer(?:s|ing)?"
    r"|contact (?:me|him|her|us|them|number|no)|reach (?:me|him|her|us|them|you)"
    r"|(?:my|his|her|their|your|our|new|phone) (?:number|no|nr))\b",
    re.IGNORECASE,
)
_AFTER_WORD = re.compile(r"[\s,\\-]{0,3}(?:\(?(?:office|fax|mobile|home|work|cell|phone|tel)\b)", re.IGNORECASE)
#: What else is numbered.
_OTHER_WORD = re.compile(
    r"\b(?:ref(?:erence)?|case|charity|company|companies house|vat|isbn|issn|order|ticket|invoice|petition|bill|hansard"
    r"|application|batch|version|page|vote[sd]?|majority|doi|id)\b[^a-z]{0,4}(?:(?:no|number|is|id)\b)?[^a-z]{0,4}$",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"(?:\d{1,2}[./-]\d{1,2}[./-](?:\d{4}|\d{2})|\d{4}[./-]\d{1,2}[./-]\d{1,2})(?:[ ,]\d{1,2}(?:[.: ]\d{2})*)?"
    r"|(?:19|20)\d\d(?: ?[-/ ] ?(?:(?:19|20)\d\d|\d{2}))+|(?:\d{1,3}\.){3}\d{1,3}|\d{1,3}(?:[., ]\d{3})+|\d{1,3}\.\d+"
)
_NOBODYS = frozenset(
    {
        PhoneNumberType.TOLL_FREE,
        PhoneNumberType.SHARED_COST,
        PhoneNumberType.PREMIUM_RATE,
        PhoneNumberType.UAN,
        PhoneNumberType.VOICEMAIL,
    }
)


def find(text: str, countries: Sequence[Country]) -> Iterator[Found]:
    for run in _RUN.finditer(text):
        if sum(map(str.isdigit, run[0])) >= _LEAST:
            yield from _numbers_in(text, run, countries)


def _numbers_in(text: str, run: re.Match[str], countries: Sequence[Country]) -> Iterator[Found]:
    """From the left, the longest piece of the run that is a number; then on from its end."""
    groups = [group.span() for group in _GROUP.finditer(run[0])][:_GROUPS_READ]
    first = 0
    while first < len(groups):
        last = min(first + _GROUPS_OF_ONE, len(groups))
        while last > first:
            found = _number(text, run.start() + groups[first][0], run.start() + groups[last - 1][1], countries)
            if found:
                yield found
                break
            last -= 1
        first = max(last, first + 1)


def _number(text: str, start: int, end: int, countries: Sequence[Country]) -> Found | None:
    written = text[start:end]
    digits = "".join(_GROUP.findall(written))
    if not _LEAST <= len(digits) <= _MOST:
        return None
    if len(digits) >= 13 and is_card(digits):
        return Found(Kind.CARD, start, end, 0.95)
    while start and text[start - 1] in "+(":
        start -= 1
    sure = _telephone(text, start, end, digits, countries)
    return Found(Kind.TELEPHONE, start, end, sure) if sure else None


def _telephone(text: str, start: int, end: int, digits: str, countries: Sequence[Country]) -> float:
    before = text[max(0, start - _BEFORE) : start]
    if len(digits) > 15 or _OTHER_WORD.search(before):
        return 0.0
    international = text[start:end].lstrip("(").startswith("+") or digits.startswith("00")
    if international:
        return _international(digits.removeprefix("00"))
    own = max((country.telephone(text[start:end], digits) for country in countries), default=0.0)
    if own or _DATE.fullmatch(text, start, end) or any(country.is_public(digits) for country in countries):
        return own
    told = _TELEPHONE_WORD.search(before) or _AFTER_WORD.match(text, end, end + _AFTER)
    return 0.8 if told else 0.0


@lru_cache(4_096)
def _international(digits: str) -> float:
    """How sure digits with a country code are somebody's telephone number."""
    try:
        number = phonenumbers.parse("+" + digits.replace("(0)", ""))
    except phonenumbers.NumberParseException:
        return 0.0
    if phonenumbers.is_valid_number(number):
        return 0.0 if phonenumbers.number_type(number) in _NOBODYS else 0.95
    return 0.75 if phonenumbers.is_possible_number(number) else 0.0
