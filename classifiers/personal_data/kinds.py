"""The kinds of personal data, and what was found of them."""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    TELEPHONE = "telephone"
    EMAIL = "email"
    POSTCODE = "postcode"
    ADDRESS = "address"
    NATIONAL_INSURANCE = "national_insurance"
    SOCIAL_SECURITY = "social_security"
    CARD = "card"
    IBAN = "iban"
    BANK_ACCOUNT = "bank_account"
    PLATE = "plate"
    PASSPORT = "passport"
    NHS_NUMBER = "nhs_number"
    PPS_NUMBER = "pps_number"
    DRIVING_LICENCE = "driving_licence"


#: one and several of each, in the order in which they are told
_WORDS: dict[Kind, tuple[str, str]] = {
    Kind.TELEPHONE: ("a telephone number", "telephone numbers"),
    Kind.EMAIL: ("an e-mail address", "e-mail addresses"),
    Kind.ADDRESS: ("an address", "addresses"),
    Kind.POSTCODE: ("a postcode", "postcodes"),
    Kind.NATIONAL_INSURANCE: ("a national insurance number", "national insurance numbers"),
    Kind.SOCIAL_SECURITY: ("a social security number", "social security numbers"),
    Kind.CARD: ("a card number", "card numbers"),
    Kind.IBAN: ("an IBAN", "IBANs"),
    Kind.BANK_ACCOUNT: ("a bank account", "bank accounts"),
    Kind.PLATE: ("a number plate", "number plates"),
    Kind.PASSPORT: ("a passport number", "passport numbers"),
    Kind.NHS_NUMBER: ("an NHS number", "NHS numbers"),
    Kind.PPS_NUMBER: ("a PPS number", "PPS numbers"),
    Kind.DRIVING_LICENCE: ("a driving licence number", "driving licence numbers"),
}


@dataclass(frozen=True, slots=True)
class Found:
    """Characters `start` to `end` (end excluded) are, with probability `sure`, personal data of this kind."""

    kind: Kind
    start: int
    end: int
    sure: float


@dataclass(frozen=True, slots=True)
class Pattern:
    """A shape that a kind has in one country, and how sure it is: by itself, and with a telling word beside it."""

    kind: Kind
    #: its group `it`, or all of it, is what was found
    shape: re.Pattern[str]
    alone: float
    #: looked for in the few words before and after; None where there is no such word
    word: re.Pattern[str] | None = None
    beside: float = 0.0
    #: what else has to hold, such as a checksum
    holds: Callable[[str], bool] = lambda _: True
    #: nothing is looked for in a text with fewer digits
    digits: int = 1
    #: nothing is looked for in a text without a digit that follows a letter
    joined: bool = False


def say(found: Collection[Found]) -> str:
    """What was found, in one sentence that names kinds and repeats nothing; empty for nothing."""
    counts = {kind: sum(each.kind is kind for each in found) for kind in _WORDS}
    parts = [_WORDS[kind][count > 1] for kind, count in counts.items() if count]
    if not parts:
        return ""
    listed = f"{', '.join(parts[:-1])} and {parts[-1]}" if parts[1:] else parts[0]
    return f"Holds {listed}."
