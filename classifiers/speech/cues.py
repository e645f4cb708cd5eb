"""What the words of a comment say of what it does, as numbers beside its meaning."""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from classifiers.base import Item, Page
from classifiers.phrases import Phrase, Phrases, searchable

#: What is read of a comment, in characters: what the model makes a vector of, and a little more.
READ = 2_000

_TITLES = (
    "Mr|Mrs|Ms|Miss|Dr|Cllr|Councillor|Sir|Lord|Lady|Baroness|Judge|Inspector|Sergeant|PC|Professor|Prof|Rev|Father"
    "|Senator|Minister|Alderman|Mayor|Director|Matron|Bishop|Governor|General|Ambassador|Coach|Nurse|Sister|Solicitor"
    "|Constable|Magistrate|Head|Captain|President|Trustee|Registrar|Warden|Editor|Farmer|Builder|Butcher|Landlord"
    "|Chancellor"
)
_TITLED = re.compile(rf"\b(?:{_TITLES})\.?\s(?!MP\b)[A-Z][a-z'-]{{1,30}}")
_NAMED = re.compile(r"\b(?!The\b|My\b|Our\b|Your\b|What\b|Why\b|How\b|When\b)[A-Z][a-z'-]{1,30}\s[A-Z][a-z'-]{1,30}\b")
_INNER_NAME = re.compile(r"(?<=[a-z,'] )[A-Z][a-z]{2,30}\b")
_HANDLE = re.compile(r"(?<!\w)@\w{2,40}")
_LINK = re.compile(r"https?://|www\.|[a-z]\.(?:com|org|co\.uk|gov\.uk|example)\b")
#: What is written with a capital and is nobody.
_NOBODYS = frozenset(
    {"Westminster", "Parliament", "Christmas", "Easter", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday"}
    | {"Saturday", "Sunday", "Labour", "Tory", "Tories", "Reform", "Greens", "Conservatives", "English", "British"}
    | {"Guardian", "Council", "Home Office", "Lib Dem", "Lib Dems", "High Street", "Thames Water"}
    | {"March", "June", "December", "November"}
)

#: Beside the kinds of `wording.toml`.
SHAPES = (
    "titled",
    "named",
    "handle",
    "names_representative",
    "names_staff",
    "begins_with_name",
    "answers",
    "asks",
    "link",
    "short",
    "person_and_wrong",
    "hint_and_person",
    "you_and_wrong",
    "group_and_wrong",
    "need_and_first",
    "need_and_policy",
    "imperative",
)
_NEEDS = ("danger", "despair", "homeless", "hunger", "cold", "sick", "case")


@dataclass(frozen=True, slots=True)
class Cues:
    """Numbers in the order of `names`, what was found where, and whether a third person can be told."""

    numbers: tuple[float, ...]
    phrases: tuple[Phrase, ...]
    person: bool

    @property
    def kinds(self) -> frozenset[str]:
        return frozenset(phrase.kind for phrase in self.phrases)


@cache
def phrases() -> tuple[tuple[str, ...], Phrases]:
    """The kinds of words in order, and what finds them."""
    told = tomllib.loads(files(__package__).joinpath("wording.toml").read_text("utf-8"))["kinds"]
    return tuple(told), Phrases(told)


def names() -> tuple[str, ...]:
    return (*phrases()[0], *SHAPES)


def cues(item: Item) -> Cues:
    """What the comment shows, on the page that is known around it."""
    page = item.get(Page, Page())
    text = item.text[:READ]
    plain = searchable(text)
    kinds, finder = phrases()
    found = tuple(finder.find(plain.text))
    counted: dict[str, int] = {}
    for phrase in found:
        counted[phrase.kind] = counted.get(phrase.kind, 0) + 1
    own, staff = _known(page.representative), _known(page.staff)
    others, of_representative, of_staff = _people(text, plain.text, own, staff)
    person = others > 0 or bool(counted.keys() & {"relation", "third"})
    shapes = _shapes(item, text, counted, person, of_representative, of_staff)
    placed = tuple(Phrase(*plain.original_span(p.start, p.end), p.kind) for p in found if p.end > p.start)
    return Cues((*(min(counted.get(kind, 0), 3) / 2 for kind in kinds), *shapes), placed, person)


def _shapes(
    item: Item, text: str, counted: dict[str, int], person: bool, of_representative: bool, of_staff: bool
) -> tuple[float, ...]:
    wrong = "wrong" in counted or "lie" in counted
    need = sum(kind in counted for kind in _NEEDS)
    start = text.lstrip()[:40]
    held = {
        "titled": _TITLED.search(text) is not None,
        "named": _NAMED.search(text) is not None,
        "handle": _HANDLE.search(text) is not None,
        "names_representative": of_representative,
        "names_staff": of_staff,
        "begins_with_name": re.match(r"@\w|[A-Z][a-z]+(?: [A-Z][a-z]+)?[,:] ", start) is not None,
        "answers": bool(item.parent_text),
        "asks": "?" in text,
        "link": _LINK.search(text) is not None,
        "short": len(text) < 30,
        "person_and_wrong": person and wrong,
        "hint_and_person": person and "hint" in counted,
        "you_and_wrong": wrong and not person and ("second" in counted or of_representative),
        "group_and_wrong": wrong and not person and bool(counted.keys() & {"group", "firm"}),
        "need_and_first": min(need, 3) / 2 if "first" in counted or "many" in counted else 0.0,
        "need_and_policy": bool(need) and "policy" in counted,
        "imperative": re.match(r"(?i)(?:please|stop|try|tell|go|stand|look|keep|vote|come|resign)\b", start)
        is not None,
    }
    return tuple(float(held[name]) for name in SHAPES)


def _people(text: str, lower: str, own: frozenset[str], staff: frozenset[str]) -> tuple[int, bool, bool]:
    """How many others are named, and whether the representative and staff are."""
    of_own = of_staff = False
    others = 0
    for pattern in (_TITLED, _NAMED, _INNER_NAME, _HANDLE):
        for found in pattern.finditer(text):
            words = found[0].lower().lstrip("@")
            if own.intersection({words, *words.split()}):
                of_own = True
            elif staff.intersection({words, *words.split()}):
                of_staff = True
            elif found[0] not in _NOBODYS:
                others += 1
    first = lower.split(maxsplit=1)[0].strip(",.!:@?") if lower.strip() else ""
    return others, of_own or first in own, of_staff or first in staff


@lru_cache(256)
def _known(written: Sequence[str]) -> frozenset[str]:
    """What people may call somebody: the whole name, first name, surname, handle."""
    found: set[str] = set()
    for name in written:
        plain = name.lower().lstrip("@").strip()
        words = [
            word
            for word in plain.split()
            if len(word) > 2 and word not in {"the", "cllr", "councillor", "mrs", "dame", "lord", "lady"}
        ]
        found.update({plain, *words})
    return frozenset(found)
