"""The United Kingdom."""

import re

from classifiers.personal_data.checksums import is_nhs_number
from classifiers.personal_data.countries import Country
from classifiers.personal_data.kinds import Kind, Pattern

_AREA_LIST = (
    "AB AL B BA BB BD BH BL BN BR BS BT CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY E EC EH EN EX FK FY "
    "G GL GU GY HA HD HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY L LA LD LE LL LN LS LU M ME MK ML N NE NG NN NP NR "
    "NW OL OX PA PE PH PL PO PR RG RH RM S SA SE SG SK SL SM SN SO SP SR SS ST SW SY TA TD TF TN TQ TR TS TW UB W WA "
    "WC WD WF WN WR WS WV YO ZE"
)
_AREAS = frozenset(_AREA_LIST.split())
_POSTCODE = re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]?\s{0,2}(?!(?:1st|2nd|3rd|\dth)\b)\d[ABD-HJLNP-UW-Z]{2}\b", re.IGNORECASE)
#: parliaments, palaces and ministries, where anybody may write to
_PUBLIC_POSTCODES = re.compile(r"SW1A(?:0(?:AA|PW)|1AA|2\w\w)|SW1P3JA|EH991SP|CF991(?:NA|SN)|BT43XX")

_CAR = re.compile(
    r"\b(?:reg(?:istration)?|number\s?plate|plates?|car|van|vehicle|driv(?:es|ing|er|eway)|drive|parked|park(?:s|ing)"
    r"|lorry|truck|motorbike|audi|bmw|ford|fiesta|golf|rover|mercedes|merc|tesla|bentley|corsa|vauxhall|toyota|nissan"
    r"|jaguar|volvo|skoda|honda|kia|taxi|suv)\b",
    re.IGNORECASE,
)
#: in capitals, the end of a plate reads like one of these
_WORDS = (
    "(?!AND|ARE|BUS|BUT|CAN|FOR|GET|HAS|HOW|LET|MAN|MAY|MPS|NOT|NOW|OUR|OUT|ROW|SAY|SHE|THE|TOO|WAS|WAY|WHO|WHY|YES"
    "|YET|YOU)"
)

_SORT_CODE = r"\d\d[- ]?\d\d[- ]?\d\d"


def _is_private_postcode(written: str) -> bool:
    code = "".join(written.split()).upper()
    area = code[:2] if code[1].isalpha() else code[0]
    return area in _AREAS and not _PUBLIC_POSTCODES.fullmatch(code)


def _is_nhs(written: str) -> bool:
    return is_nhs_number("".join(filter(str.isdigit, written)))


PATTERNS = (
    Pattern(
        Kind.POSTCODE,
        _POSTCODE,
        0.6,
        re.compile(r"\b(?:post\s?code|lives?|living|home|address|house)\b", re.IGNORECASE),
        0.75,
        _is_private_postcode,
        digits=2,
        joined=True,
    ),
    Pattern(
        Kind.NATIONAL_INSURANCE,
        re.compile(
            r"\b(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z](?:[ -]?\d\d){3}[ -]?[A-D]\b", re.IGNORECASE
        ),
        0.9,
        re.compile(r"\bnino\b|\bn\.?i\.?\b|national insurance|\binsurance number", re.IGNORECASE),
        0.97,
        digits=6,
    ),
    Pattern(
        Kind.PLATE,
        re.compile(rf"\b[A-HJ-PR-Y]{{2}}(?:0[1-9]|[1-3]\d|[5-8]\d)\s?{_WORDS}[A-HJ-PR-Z]{{3}}\b"),
        0.7,
        _CAR,
        0.92,
        digits=2,
        joined=True,
    ),
    Pattern(
        Kind.PLATE,
        re.compile(r"\b[A-HJ-PR-Y]{2}(?:0[1-9]|[1-3]\d|[5-8]\d)\s?[A-HJ-PR-Z]{3}\b", re.IGNORECASE),
        0.0,
        _CAR,
        0.8,
        digits=2,
        joined=True,
    ),
    Pattern(
        Kind.PLATE,
        re.compile(
            r"\b(?:[A-HJ-NP-TV-Y]\d{1,3}\s?[A-HJ-PR-Y][A-Z]{2}|[A-Z]{3}\s?\d{1,3}[A-Y]|[A-Z]?[A-Z]?[IZ][A-Z]?\s?\d{1,4})\b"
        ),
        0.0,
        _CAR,
        0.75,
        digits=1,
    ),
    Pattern(
        Kind.PLATE,
        re.compile(
            r"\b(?:reg(?:istration)?|plates?)(?: (?:no|number|is|was|mark))?[ :.]{1,2}"
            r"(?P<it>(?=[A-Z0-9 ]{2,8}\b)(?:[A-Z]{1,3}\s?\d{1,4}(?:\s?[A-Z]{1,3})?|\d{1,4}\s?[A-Z]{1,3}))\b"
        ),
        0.8,
        digits=1,
    ),
    Pattern(
        Kind.NHS_NUMBER,
        re.compile(r"\b\d{3}[ -]?\d{3}[ -]?\d{4}\b"),
        0.0,
        re.compile(r"\bNHS\b", re.IGNORECASE),
        0.95,
        _is_nhs,
        digits=10,
    ),
    Pattern(
        Kind.DRIVING_LICENCE,
        re.compile(r"\b[A-Z9]{5}\d[0156]\d[0-3]\d\d[A-Z9]{2}[A-Z0-9]{3}\b", re.IGNORECASE),
        0.95,
        digits=6,
        joined=True,
    ),
    Pattern(
        Kind.BANK_ACCOUNT, re.compile(rf"\b{_SORT_CODE}[\s,;:/a-z.]{{1,24}}\b\d{{8}}\b", re.IGNORECASE), 0.88, digits=14
    ),
    Pattern(
        Kind.BANK_ACCOUNT,
        re.compile(rf"\b(?:sort(?:\s?code)?|s/c)\b\D{{0,12}}\b(?P<it>{_SORT_CODE})\b", re.IGNORECASE),
        0.88,
        digits=6,
    ),
    Pattern(
        Kind.BANK_ACCOUNT,
        re.compile(r"\b(?:account|acct|acc|a/c)\b[^\d.!?]{0,14}\b(?P<it>\d{8})\b", re.IGNORECASE),
        0.88,
        digits=8,
    ),
)

_PERSONAL = re.compile(r"0(?:7\d{9}|[12]\d{8,9}|5[56]\d{8})")
_PUBLIC = re.compile(r"0(?:[389]\d{5,10}|500\d{6})|1(?:01|05|11|12|16\d{3}|18\d{3}|23|59)|999")


def telephone(written: str, digits: str) -> float:
    if not _PERSONAL.fullmatch(digits):
        return 0.0
    return 0.95 if len(digits) == 11 else 0.7


def is_public(digits: str) -> bool:
    return _PUBLIC.fullmatch(digits) is not None


COUNTRY = Country("GB", PATTERNS, telephone, is_public)
