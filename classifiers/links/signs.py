"""What a text shows that speaks for or against selling and luring: kinds of words, of links, and of writing."""

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from classifiers.base import Page
from classifiers.links import sites
from classifiers.links.written import Link, links
from classifiers.phrases import READ, Phrases, searchable

#: Links beyond these are not looked at.
_MOST_LINKS = 20
#: Kinds of words that lure, and those that lure or sell; several of them together say more than their sum.
LURING = ("credentials", "alarm", "promise", "invest", "earn", "testimonial")
PUSHING = ("promise", "invest", "earn", "testimonial", "message", "channel", "sales", "trades", "join", "urgency")

_TELEPHONE = re.compile(r"(?<![\w.,£$€])\+?\(?\d[\d ()-]{7,15}\d(?![\w%])")
_DIGITS = re.compile(r"\d")
_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,4}[a-z]{2,24}\b", re.IGNORECASE)
_PRICE = re.compile(r"[£$€]\s?\d|\d\s?(?:£|€|usd\b|gbp\b|pounds\b)", re.IGNORECASE)
_SHARE = re.compile(r"\d\s?%")
_ADDRESS_OF_MONEY = re.compile(r"(?<!\w)[0-9A-Za-z]{30,64}(?!\w)")
_TICKERS = re.compile(r"(?<!\w)\$[A-Za-z]{2,10}\b")
_TAGS = re.compile(r"(?<!\w)#\w")
_HANDLES = re.compile(r"(?<!\w)@\w")
_PICTURES = re.compile("[👉👇⬇➡🔗📲📱☎📞💰💸🚀🎁🎉🎰🔥💯⭐✅✔🏆💎🔔📚🚨⏳💵🤑📈]")
_CAPITALS, _SMALL = re.compile("[A-Z]"), re.compile("[a-z]")


@dataclass(frozen=True, slots=True)
class Sign:
    """One thing that was seen, and where in the text as its author wrote it, where it has a place."""

    kind: str
    start: int = 0
    end: int = 0
    link: Link | None = None
    #: whom a link imitates
    whom: str = ""


def signs(text: str, page: Page) -> list[Sign]:
    """Everything a text shows, kinds several times where they occur several times."""
    text = text[:READ]
    found = [*_words(text), *_links(text, page), *_writing(text)]
    kinds = {sign.kind for sign in found}
    reachable = bool(kinds & {"link", "telephone", "mail", "message", "messenger"})
    luring, pushing = len(kinds.intersection(LURING)), len(kinds.intersection(PUSHING))
    if luring >= 2:
        found.append(Sign("several_lures"))
    if luring and reachable:
        found.append(Sign("baited"))
    if pushing >= 2:
        found.append(Sign("several"))
    if pushing >= 3:
        found.append(Sign("many"))
    if pushing and reachable:
        found.append(Sign("reachable"))
    return found


@cache
def phrases() -> Phrases:
    told = tomllib.loads(files(__package__).joinpath("wording.toml").read_text("utf-8"))
    return Phrases(told["kinds"])


def _words(text: str) -> Iterator[Sign]:
    plain = searchable(text)
    for phrase in phrases().find(plain.text):
        yield Sign(phrase.kind, *plain.original_span(phrase.start, phrase.end))


def _links(text: str, page: Page) -> Iterator[Sign]:
    found = [link for link in links(text)[:_MOST_LINKS] if link.host]
    for link in found:
        for trait in sites.known().traits(link, page):
            yield Sign(trait.kind, link.start, link.end, link, trait.whom)
    if len(found) >= 3:
        yield Sign("links")


def _writing(text: str) -> Iterator[Sign]:
    digits = len(_DIGITS.findall(text))
    if digits:
        yield from _numbers(text, digits)
    if "@" in text:
        yield from (Sign("mail", *found.span()) for found in _MAIL.finditer(text))
        if len(_HANDLES.findall(text)) >= 2:
            yield Sign("handles")
    if "$" in text and _TICKERS.search(text):
        yield Sign("tickers")
    if "#" in text and len(_TAGS.findall(text)) >= 2:
        yield Sign("tags")
    if not text.isascii() and len(_PICTURES.findall(text)) >= 2:
        yield Sign("pictures")
    if text.count("!") >= 3:
        yield Sign("exclaims")
    capitals = len(_CAPITALS.findall(text))
    if capitals >= 15 and capitals > len(_SMALL.findall(text)):
        yield Sign("capitals")
    if text.rstrip().endswith("?"):
        yield Sign("asks")


def _numbers(text: str, digits: int) -> Iterator[Sign]:
    if digits >= 9:
        for found in _TELEPHONE.finditer(text):
            if 9 <= len(_DIGITS.findall(found[0])) <= 15:
                yield Sign("telephone", *found.span())
        for found in _ADDRESS_OF_MONEY.finditer(text):
            if sum(map(str.isdigit, found[0])) >= 3 and not found[0].isdigit():
                yield Sign("wallet", *found.span())
    if _PRICE.search(text):
        yield Sign("price")
    if _SHARE.search(text):
        yield Sign("percent")


def strengths(found: Sequence[Sign]) -> dict[str, float]:
    """How much of each kind there is: 1, and a half more where it occurs again."""
    counted: dict[str, float] = {}
    for sign in found:
        counted[sign.kind] = 1.5 if sign.kind in counted else 1.0
    return counted
