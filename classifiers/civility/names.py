"""Political names read as one word each: parties, politicians and places must not sway a score.

Which names these are stands in `names.toml`. It is the reading that is blind, in training as in use, and not the model
that is hoped to be: two comments that differ in listed names alone get the same score.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from classifiers.text import Normalised, edited

# words that are a party's name only where they stand in no other common phrase
_WORK = r"market|force|forces|cost|costs|pain|pains|intensive|camp|camps|shortage|ward|law|laws|union|unions|day"
_NO_PARTY = {
    "labour": re.compile(
        r"(?<!hard )(?<!slave )(?<!forced )(?<!child )(?<!cheap )(?<!manual )(?<!free )(?<!unpaid )(?<!of )"
        rf"(?<!skilled )(?<!in )(?<!into )\blabour\b(?! (?:of|{_WORK})\b)"
    ),
    "reform": re.compile(
        r"(?:(?<=vote )|(?<=voted )|(?<=voting )|(?<=for )|(?<=join )|(?<=joined ))reform\b(?! (?:of|the)\b)"
        r"|\breform(?= (?:mp|mps|voter|voters|candidate|candidates|councillor|councillors|supporter|supporters)\b)"
    ),
}
_SPLIT = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class _Listed:
    """`words` holds the first word of every name: a text with none of them holds no name."""

    read_as: Mapping[str, str]
    words: frozenset[str]
    pattern: re.Pattern[str]


def neutral(draft: Normalised) -> Normalised:
    """Every listed name replaced by the word for its kind. Takes a text written small."""
    listed = _listed()
    if listed.words.isdisjoint(_SPLIT.findall(draft.text)):
        return draft
    return edited(draft, _edits(draft.text, listed))


def _edits(text: str, listed: _Listed) -> Iterator[tuple[int, int, str]]:
    for match in listed.pattern.finditer(text):
        exact = _NO_PARTY.get(match[0])
        if exact is None or exact.match(text, match.start()):
            yield *match.span(), listed.read_as[match[0]]


@cache
def _listed() -> _Listed:
    kinds = tomllib.loads(files(__package__).joinpath("names.toml").read_text(encoding="utf-8")).values()
    read_as = {form: kind["read_as"] for kind in kinds for name in kind["names"] for form in _forms(name)}
    longest_first = "|".join(map(re.escape, sorted(read_as, key=len, reverse=True)))
    words = frozenset(_SPLIT.findall(form)[0] for form in read_as)
    return _Listed(read_as, words, re.compile(rf"(?<!\w)(?:{longest_first})(?!\w)"))


def _forms(name: str) -> Iterator[str]:
    yield name
    if " " in name:
        yield re.sub(r"\W", "", name)
