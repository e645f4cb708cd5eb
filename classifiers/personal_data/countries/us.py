"""The United States."""

import re

from classifiers.personal_data.countries import Country
from classifiers.personal_data.kinds import Kind, Pattern

_STATES = (
    "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR "
    "PA PR RI SC SD TN TX UT VT VA WA WV WI WY"
)

PATTERNS = (
    Pattern(
        Kind.SOCIAL_SECURITY,
        re.compile(r"\b(?!000|666)\d{3}-(?!00)\d{2}-(?!0000)\d{4}\b"),
        0.85,
        re.compile(r"\bssn\b|social security", re.IGNORECASE),
        0.97,
        digits=9,
    ),
    Pattern(
        Kind.POSTCODE,
        re.compile(rf"\b(?:{'|'.join(_STATES.split())}),?\s(?P<it>\d{{5}}(?:-\d{{4}})?)\b"),
        0.6,
        digits=5,
    ),
    Pattern(
        Kind.POSTCODE,
        re.compile(r"\bzip(?:\s?code)?\b[^\d.!?]{0,12}(?P<it>\d{5}(?:-\d{4})?)\b", re.IGNORECASE),
        0.75,
        digits=5,
    ),
)

_PERSONAL = re.compile(r"1?[2-9]\d{2}[2-9]\d{6}")
_PUBLIC = re.compile(r"1?8(?:00|33|44|55|66|77|88)\d{7}|911|988|211|311")
_GROUPED = re.compile(r"(?:1[ .-]?)?\(?\d{3}\)?[ .-]{0,2}\d{3}[ .-]\d{4}")


def telephone(written: str, digits: str) -> float:
    if not _PERSONAL.fullmatch(digits) or is_public(digits):
        return 0.0
    return 0.85 if _GROUPED.fullmatch(written) else 0.0


def is_public(digits: str) -> bool:
    return _PUBLIC.fullmatch(digits) is not None


COUNTRY = Country("US", PATTERNS, telephone, is_public)
