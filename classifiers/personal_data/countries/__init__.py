"""Country packs: what telephone numbers, plates and documents look like somewhere, and how sure each shape is.

A pack is one module here with a `COUNTRY` and one line in `PACKS`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import cast

from classifiers.personal_data.kinds import Pattern


@dataclass(frozen=True, slots=True)
class Country:
    """What personal data looks like in one country."""

    #: ISO 3166
    code: str
    patterns: tuple[Pattern, ...]
    #: a number as it was written, and its digits, without a country's code → how sure it is somebody's; 0 for none
    telephone: Callable[[str, str], float]
    #: whether these digits are a number for everybody: helplines, services
    is_public: Callable[[str], bool]


#: code → module
PACKS: Mapping[str, str] = MappingProxyType(
    {
        "GB": "classifiers.personal_data.countries.gb",
        "IE": "classifiers.personal_data.countries.ie",
        "US": "classifiers.personal_data.countries.us",
    }
)


def chosen(codes: Sequence[str]) -> tuple[Country, ...]:
    """The packs of these countries, in order; a country without one is left out."""
    return tuple(_pack(PACKS[code]) for code in codes if code in PACKS)


@cache
def _pack(module: str) -> Country:
    return cast(Country, import_module(module).COUNTRY)
