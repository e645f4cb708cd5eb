"""Scores phishing and advertising by the addresses of links and by words, as plain sums of published weights."""

import math
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files

from classifiers.base import Item, Page, Result, Span
from classifiers.links.signs import Sign, signs, strengths
from classifiers.links.sites import known

LABELS = ("phishing", "advertising")
#: From this score on, words are marked and the reasons are told.
TOLD = 0.3
MOST_SPANS = 5
#: A site that the office refuses is worth a look whatever else is said; a person decides.
REFUSED = 0.9

#: What is told of a kind of sign, those that say most first; {site} is the link's, {whom} whom it imitates.
_OF_LINKS = {
    "refused": "the link to {site} leads where this office says that no link may",
    "imitation": "the link to {site} looks like an address of {whom} and is not",
    "disguised": "the address {site} uses foreign letters that pass for plain ones",
    "named": "the link shows a name before the @ and leads to {site}",
    "raw_ip": "the link leads to a bare number, {site}",
    "port": "the link to {site} uses an unusual port",
    "redirect": "the link to {site} sends people on to another address",
    "shortener": "the short link to {site} hides where it leads",
    "borrowed": "the link to {site} has the name of {whom} in it",
    "lure_path": "the address of the link to {site} speaks of signing in, paying or claiming",
    "cheap_ending": "the site {site} has an ending that costs next to nothing",
    "free_host": "the site {site} is one where anybody may put up a page",
    "messenger": "a link to {site} leads to a private chat",
    "shop": "a link to {site} leads to a place where things are sold",
}
_OF_WORDS = {
    "credentials": "the words ask for passwords, codes or bank details",
    "alarm": "the words say that something must be done at once",
    "promise": "the words promise a prize or money",
    "invest": "the words speak of investments or crypto money",
    "earn": "the words speak of earning money",
    "testimonial": "somebody is praised for having made them money",
    "sales": "the words sell something",
    "trades": "the words offer a service that is often advertised",
    "channel": "the words call people to another page or channel",
    "message": "people are asked to get in touch privately",
    "telephone": "a telephone number is given",
    "wallet": "an address for crypto money is given",
}


class Links:
    """Labels as in its card. A result does not depend on the batch; no link is ever opened."""

    name = "links"
    labels = LABELS
    wants: tuple[type, ...] = (Page,)

    def __init__(self, weights: Mapping[str, Mapping[str, float]], version: str) -> None:
        self.version = version
        self._weights = weights

    def classify(self, batch: Sequence[Item]) -> list[Result]:
        return [self._result(item) for item in batch]

    def _result(self, item: Item) -> Result:
        found = signs(item.text, item.get(Page, Page()))
        there = strengths(found)
        scores = {label: _sum(self._weights[label], there) for label in LABELS}
        if "refused" in there:
            scores["phishing"] = max(scores["phishing"], REFUSED)
        told = [label for label in LABELS if scores[label] >= TOLD]
        return Result(
            scores,
            tuple(span for label in told for span in self._spans(found, label)),
            because={label: said for label in told if (said := self._because(found, label))},
        )

    def _spans(self, found: Sequence[Sign], label: str) -> list[Span]:
        weights = self._weights[label]
        placed = [sign for sign in found if sign.end > sign.start and _pushes(weights, sign)]
        placed.sort(key=lambda sign: -weights.get(sign.kind, math.inf))
        spans = dict.fromkeys(Span(sign.start, sign.end, label) for sign in placed)
        return sorted(list(spans)[:MOST_SPANS], key=lambda span: span.start)

    def _because(self, found: Sequence[Sign], label: str) -> str:
        """At most three of the signs that push the score, links before words."""
        pushing = [sign for sign in found if _pushes(self._weights[label], sign)]
        said = ", and ".join(list(dict.fromkeys(_said(pushing)))[:3])
        return f"{said[0].upper()}{said[1:]}." if said else ""


def load() -> Links:
    """The classifier with its committed weights."""
    place = files(__package__)
    card = tomllib.loads(place.joinpath("card.toml").read_text("utf-8"))
    known()
    return Links(tomllib.loads(place.joinpath("weights.toml").read_text("utf-8")), card["version"])


def _sum(weights: Mapping[str, float], there: Mapping[str, float]) -> float:
    logit = weights["bias"] + sum(weights.get(kind, 0.0) * strength for kind, strength in there.items())
    return 1 / (1 + math.exp(-max(min(logit, 30.0), -30.0)))


def _pushes(weights: Mapping[str, float], sign: Sign) -> bool:
    return sign.kind == "refused" or weights.get(sign.kind, 0.0) >= 0.3


def _said(pushing: Sequence[Sign]) -> Iterator[str]:
    for kind, sentence in _OF_LINKS.items():
        for sign in pushing:
            if sign.kind == kind and sign.link is not None:
                yield sentence.format(site=_short(sign.link.host), whom=sign.whom)
    kinds = {sign.kind for sign in pushing}
    yield from (sentence for kind, sentence in _OF_WORDS.items() if kind in kinds)


def _short(host: str) -> str:
    """The name of a site for a sentence: its registered end is what counts."""
    plain = "".join(character for character in host if character.isalnum() or character in ".-:[]")
    return plain if len(plain) <= 60 else f"…{plain[-59:]}"
