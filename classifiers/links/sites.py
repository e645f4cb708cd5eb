"""What can be told from the address of a link alone: whose it pretends to be, where it hides what is behind it."""

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise

from publicsuffixlist import PublicSuffixList

from classifiers.base import Page
from classifiers.links.written import Link
from classifiers.text import as_latin

_PACKAGE = "classifiers.links"
#: Letters that a name must have before one wrong letter in it is taken for a disguise.
_NEAR_FROM = 7
#: Labels of a host beyond these say nothing that these do not.
_MOST_LABELS = 12

_IP = re.compile(r"\[[0-9a-f:.]+\]|\d{1,3}(?:\.\d{1,3}){3}|0x[0-9a-f]{8}|\d{8,10}")
_USUAL_PORTS = {"", "80", "443"}
_REDIRECT = re.compile(
    r"[?&](?:url|u|uri|link|redirect|redirect_uri|redir|next|goto|target|dest|destination|continue|return|out)="
    r"(?:https?)?(?::|%3a)?(?:/|%2f){1,2}\w|/(?:redirect|redir|away|goto|out)(?:\.php)?[/?]",
    re.IGNORECASE,
)
_WORDS = re.compile(r"[a-z0-9]+")
_SHAPES = str.maketrans("013457$", "oleastS")
_TOP = {"com", "co", "net", "org", "uk", "gov"}


@dataclass(frozen=True, slots=True)
class Trait:
    """What a link shows, by the names that `weights.toml` gives weights to; `whom` it imitates, where it does."""

    kind: str
    link: Link
    whom: str = ""


@dataclass(frozen=True, slots=True)
class _Service:
    title: str
    common: bool


class Sites:
    """What is known of sites, from the files in this folder and the packaged list of public suffixes."""

    def __init__(self) -> None:
        place = files(_PACKAGE)
        told = tomllib.loads(place.joinpath("services.toml").read_text("utf-8"))["service"]
        kinds = tomllib.loads(place.joinpath("sites.toml").read_text("utf-8"))
        self._services: Mapping[str, _Service] = {
            name: _Service(service["title"], service.get("common", False))
            for service in told
            for name in service["names"]
        }
        self._long = tuple(n for n, s in self._services.items() if len(n) >= _NEAR_FROM and not s.common)
        self._own = frozenset(site for service in told for site in service["sites"])
        self._shorteners = frozenset(kinds["shorteners"])
        self._kinds = {
            "shortener": self._shorteners,
            "messenger": frozenset(kinds["messengers"]),
            "free_host": frozenset(kinds["free_hosts"]),
            "shop": frozenset(kinds["shops"]),
            "civic_site": frozenset(kinds["civic"]),
        }
        self._cheap = frozenset(kinds["cheap_endings"])
        self._lures = frozenset(kinds["lures"])
        self._soft_lures = self._lures | frozenset(kinds["soft_lures"])
        self._suffixes = PublicSuffixList()

    def traits(self, link: Link, page: Page) -> tuple[Trait, ...]:
        """What this link shows on this page; a site that the office trusts shows nothing."""
        host = link.host.removeprefix("www.")
        if _belongs(link.host, page.refused_sites):
            return (Trait("link", link), Trait("refused", link))
        if _belongs(link.host, page.trusted_sites):
            return (Trait("civic_site", link),)
        return tuple(self._shown(link, host))

    def registered(self, host: str) -> str:
        """The name that somebody registered: `example.co.uk` of `www.example.co.uk`; else the host itself."""
        return self._suffixes.privatesuffix(host) or host

    def _shown(self, link: Link, host: str) -> Iterator[Trait]:
        yield Trait("link", link)
        yield from (Trait(kind, link) for kind in self._address(link, host))
        for kind, sites in self._kinds.items():
            if _belongs(host, sites):
                yield Trait(kind, link)
        if _belongs(host, self._own) or _is_government(host) or _IP.fullmatch(host):
            return
        if host.rpartition(".")[2] in self._cheap:
            yield Trait("cheap_ending", link)
        if self._lures.intersection(_WORDS.findall(link.path[:200].lower())):
            yield Trait("lure_path", link)
        yield from self._pretends(link, host)

    def _address(self, link: Link, host: str) -> Iterator[str]:
        if _IP.fullmatch(host):
            yield "raw_ip"
        if link.named:
            yield "named"
        if link.port.lstrip("0") not in _USUAL_PORTS:
            yield "port"
        if _REDIRECT.search(link.path) and "share" not in link.path:
            yield "redirect"

    def _pretends(self, link: Link, host: str) -> Iterator[Trait]:
        labels = [_decoded(label) for label in self.registered(host).split(".")[:1]]
        below = host.removesuffix(self.registered(host)).strip(".")
        labels = [*(_decoded(label) for label in below.split(".")[-_MOST_LABELS:] if label), *labels]
        if any(_mixes_alphabets(label) for label in labels):
            yield Trait("disguised", link)
        elif not all(label.isascii() for label in labels):
            yield Trait("foreign_letters", link)
        found = self._imitated(labels, host, link.path)
        if found:
            yield Trait(found[0], link, found[1].title)

    def _imitated(self, labels: Sequence[str], host: str, path: str) -> tuple[str, _Service] | None:
        """`imitation` or, where it may be innocent, `borrowed`; and whose name it is."""
        pieces = [piece for label in labels for piece in re.split("[-_]", label) if piece]
        lured = {*pieces, *_WORDS.findall(path[:200].lower())}
        name = labels[-1]
        weak: tuple[str, _Service] | None = None
        for piece in pieces:
            shape = _shape(piece)
            service = self._services.get(shape)
            if service is not None and shape != piece:
                return "imitation", service
            if service is not None:
                if lured.intersection(self._lures if service.common else self._soft_lures):
                    return "imitation", service
                if not service.common and (self._stands_below(piece, labels) or self._alone(piece, name, host)):
                    return "imitation", service
                if not service.common and piece != name:
                    weak = weak or ("borrowed", service)
                continue
            close = self._run_on(shape) or self._near(shape)
            if close is not None:
                return "imitation", close
        return weak

    def _stands_below(self, piece: str, labels: Sequence[str]) -> bool:
        """As in `paypal.com.example.org`."""
        return any(first == piece and second in _TOP for first, second in pairwise(labels))

    def _alone(self, piece: str, name: str, host: str) -> bool:
        """As in `paypal.top`; `amazon.it` may be the service's own."""
        return piece == name and host.endswith(f"{name}.{host.rpartition('.')[2]}") and len(host.rpartition(".")[2]) > 2

    def _run_on(self, piece: str) -> _Service | None:
        """As in `hmrcrefund`."""
        for end in range(3, len(piece)):
            for name, rest in ((piece[:end], piece[end:]), (piece[end:], piece[:end])):
                service = self._services.get(name)
                if service and rest in self._lures:
                    return service
        return None

    def _near(self, piece: str) -> _Service | None:
        if len(piece) < _NEAR_FROM - 1 or len(piece) > 30:
            return None
        return next((self._services[name] for name in self._long if _one_wrong(piece, name)), None)


@cache
def known() -> Sites:
    """Read once: the list of public suffixes has 10,000 lines."""
    return Sites()


def _belongs(host: str, sites: Sequence[str] | frozenset[str]) -> bool:
    """Whether a host is one of these sites or below it."""
    if not sites:
        return False
    while host:
        if host in sites:
            return True
        host = host.partition(".")[2]
    return False


def _is_government(host: str) -> bool:
    """`usa.gov` and `service.gov.au`, which only a government gets."""
    labels = host.split(".")
    return labels[-1] == "gov" or (len(labels) > 2 and labels[-2] in {"gov", "gob", "gouv"} and len(labels[-1]) == 2)


def _decoded(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return label.encode("ascii").decode("idna")
    except UnicodeError:
        return label


def _mixes_alphabets(label: str) -> bool:
    """Whether letters that pass for Latin ones make it look like a plain name."""
    return not label.isascii() and as_latin(label).isascii()


def _shape(piece: str) -> str:
    """What a hasty reader takes it for."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", as_latin(piece)) if not unicodedata.combining(c))
    if plain.isdigit():
        return plain
    return plain.translate(_SHAPES).replace("rn", "m").replace("vv", "w").lower() if _odd(plain) else plain


def _odd(piece: str) -> bool:
    return "rn" in piece or "vv" in piece or any(character in "013457$" for character in piece)


def _one_wrong(written: str, name: str) -> bool:
    """Whether one letter is wrong, missing, too many, or two are swapped; a plural is no disguise."""
    if written == name or abs(len(written) - len(name)) > 1 or written.rstrip("s") == name.rstrip("s"):
        return False
    start = 0
    while start < min(len(written), len(name)) and written[start] == name[start]:
        start += 1
    left, right = written[start:], name[start:]
    return (
        left[1:] == right
        or left == right[1:]
        or left[1:] == right[1:]
        or (left[:2] == right[1::-1] and left[2:] == right[2:])
    )
