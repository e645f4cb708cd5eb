"""Whether a number checks out: the sums that cards, bank accounts and health services put into theirs."""

#: ISO 13616: how long an IBAN is, by country
_IBAN_LENGTHS = {
    **dict.fromkeys(("NO",), 15),
    **dict.fromkeys(("BE",), 16),
    **dict.fromkeys(("DK", "FI", "NL", "FO", "GL"), 18),
    **dict.fromkeys(("MK", "SI"), 19),
    **dict.fromkeys(("AT", "BA", "EE", "LT", "LU", "KZ", "XK"), 20),
    **dict.fromkeys(("CH", "HR", "LI", "LV", "CR"), 21),
    **dict.fromkeys(("BG", "BH", "DE", "GB", "GE", "IE", "ME", "RS"), 22),
    **dict.fromkeys(("AE", "GI", "IL"), 23),
    **dict.fromkeys(("AD", "CZ", "ES", "MD", "PK", "RO", "SA", "SE", "SK", "TN", "VG"), 24),
    **dict.fromkeys(("PT",), 25),
    **dict.fromkeys(("IS", "TR"), 26),
    **dict.fromkeys(("FR", "GR", "IT", "MC", "MR", "SM"), 27),
    **dict.fromkeys(("AL", "AZ", "CY", "DO", "GT", "HU", "LB", "PL"), 28),
    **dict.fromkeys(("BR", "PS", "QA", "UA"), 29),
    **dict.fromkeys(("JO", "KW", "MU"), 30),
    **dict.fromkeys(("MT", "SC"), 31),
}


def iban_length(country: str) -> int:
    """0 for a country that has no IBAN."""
    return _IBAN_LENGTHS.get(country, 0)


def is_iban(written: str) -> bool:
    """Letters and digits alone, any case (ISO 7064, mod 97-10)."""
    turned = written[4:] + written[:4]
    return int("".join(str(int(each, 36)) for each in turned)) % 97 == 1


def is_card(digits: str) -> bool:
    """A number that a card scheme gives out, with its check digit (ISO/IEC 7812)."""
    return _has_scheme(digits) and _luhn(digits) and len(set(digits)) > 1


def is_nhs_number(digits: str) -> bool:
    """Ten digits, the last one mod 11."""
    check = 11 - sum(int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=False)) % 11
    return len(digits) == 10 and check != 10 and check % 11 == int(digits[-1])


def _has_scheme(digits: str) -> bool:
    length, begins = len(digits), int(digits[:4])
    if digits[0] == "4":
        return length in (13, 16, 19)
    if 5100 <= begins <= 5599 or 2221 <= begins <= 2720:
        return length == 16
    if digits[:2] in ("34", "37"):
        return length == 15
    if digits[:2] in ("30", "36", "38", "39"):
        return length == 14
    return 14 <= length <= 19 and (digits[0] == "6" or digits[:2] in ("35", "50", "56", "57", "58"))


def _luhn(digits: str) -> bool:
    doubled = sum(sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (doubled + sum(map(int, digits[-1::-2]))) % 10 == 0
