"""Ireland."""

import re

from classifiers.personal_data.countries import Country
from classifiers.personal_data.kinds import Kind, Pattern

_WEIGHTS = (8, 7, 6, 5, 4, 3, 2)


def _is_pps(written: str) -> bool:
    """Seven digits and their check letter, mod 23; a second letter counts nine times."""
    digits, letters = written[:7], written[7:].strip().upper()
    second = (ord(letters[1]) - 64) % 23 if letters[1:] and letters[1] != "W" else 0
    total = sum(int(digit) * weight for digit, weight in zip(digits, _WEIGHTS, strict=True)) + 9 * second
    return "WABCDEFGHIJKLMNOPQRSTUV"[total % 23] == letters[0]


PATTERNS = (
    Pattern(
        Kind.POSTCODE,
        re.compile(r"\b(?:[AC-FHKNPRTV-Y]\d{2}|D6W)[ -]?(?=[A-Z0-9]{0,3}\d)[AC-FHKNPRTV-Y0-9]{4}\b"),
        0.7,
        re.compile(r"\b(?:eir\s?code|lives?|home|address|house)\b", re.IGNORECASE),
        0.85,
        digits=3,
    ),
    Pattern(
        Kind.PPS_NUMBER,
        re.compile(r"\b\d{7}\s?[A-W][A-IW]?\b", re.IGNORECASE),
        0.6,
        re.compile(r"\bpps", re.IGNORECASE),
        0.95,
        _is_pps,
        digits=7,
    ),
    Pattern(
        Kind.PLATE,
        re.compile(
            r"\b(?:\d{2}|[12]\d[12])-(?:C[ENW]?|D[L]?|G|K[EKY]|L[DHKMS]?|M[HNO]|OY|RN|SO|T[NS]?|W[HWX]?)-\d{1,6}\b"
        ),
        0.9,
        digits=3,
    ),
)

_PERSONAL = re.compile(r"08[35679]\d{7}|01\d{7}|0[2-79]\d{6,8}")
_PUBLIC = re.compile(r"1[58]\d{2}\d{6}|1890\d{6}|0818\d{6}|999|112|116\d{3}")


def telephone(written: str, digits: str) -> float:
    if not _PERSONAL.fullmatch(digits):
        return 0.0
    return 0.9 if digits.startswith("08") else 0.7 if written != digits else 0.4


def is_public(digits: str) -> bool:
    return _PUBLIC.fullmatch(digits) is not None


COUNTRY = Country("IE", PATTERNS, telephone, is_public)
