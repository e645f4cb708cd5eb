"""The links that stand in a text, by what is written alone: nothing here is ever looked up or fetched."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from classifiers.text import Normalised, alike, compose, drop_invisible

#: Endings after which a bare name is a link also without a path. After others it takes one: `t.me/news`.
_ENDINGS = (
    "com|org|net|edu|gov|int|info|biz|xyz|top|site|online|website|shop|store|app|link|live|club|vip|win|bet|fun|icu"
    "|click|news|blog|page|party|vote|scot|wales|cymru|london|io|co|uk|ie|eu|de|fr|nl|es|pl|ru|cn|ca|au|nz|gg|ly|tv|be"
)
_NAME = r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?)"
_LINKS = re.compile(
    rf"""
      \b(?P<scheme>[a-z][a-z0-9+.-]{{1,9}})://(?P<whole>[^\s<>"'`|{{}}]+)
    | (?<![\w@.-]) (?P<bare> (?:{_NAME}[.\u3002\uff61])+ (?P<ending>[^\W\d_]{{2,24}}|xn--[a-z0-9-]{{2,59}}) )
      (?![\w@-]) (?P<path>[/?\#]\S)?
    """,
    re.IGNORECASE | re.VERBOSE,
)
#: Without one of these the pattern above finds nothing, at a tenth of its cost.
_MAYBE = re.compile("://|[.\u3002\uff61][^\\W\\d_]")
_KNOWN_ENDING = re.compile(rf"(?:{_ENDINGS})\Z", re.IGNORECASE)
_AFTER_HOST = re.compile(r"[/?#\\]")
_PORT = re.compile(r":(\d*)\Z")
_REST = re.compile(r"""[^\s<>"'`|{}]{0,2000}""")
_DOTS = re.compile("[\u3002\uff61]")


@dataclass(frozen=True, slots=True)
class Link:
    """A link as a browser reads it."""

    #: lower case, as ASCII, without a port; empty where there is nothing to go to
    host: str
    #: lower case; empty where none is written
    scheme: str
    port: str
    #: whether a name stands before the host, as in `gov.uk@bad.example`
    named: bool
    #: path, query and fragment as written
    path: str
    #: where it stands in the text as its author wrote it, end excluded
    start: int
    end: int


def links(text: str) -> tuple[Link, ...]:
    """The links of a text in reading order. E-mail addresses are no links."""
    if text.isascii():
        if "." not in text and "://" not in text:
            return ()
        plain = Normalised(text, range(len(text) + 1))
    else:
        plain = compose(drop_invisible(alike(text)))
    return tuple(_written(plain)) if _MAYBE.search(plain.text) else ()


def hosts(text: str) -> frozenset[str]:
    """Host names of the links in a text, lower case, as ASCII, without a port."""
    return frozenset(link.host for link in links(text) if link.host)


def _written(plain: Normalised) -> Iterator[Link]:
    for found in _LINKS.finditer(plain.text):
        if found["whole"]:
            yield _whole(plain, found)
        elif found["path"] or _reads_as_link(found["bare"], found["ending"]):
            yield _bare(plain, found)


def _whole(plain: Normalised, found: re.Match[str]) -> Link:
    authority = _AFTER_HOST.split(found["whole"], maxsplit=1)[0]
    # As a browser reads it: what stands before an @ is a name, not the site.
    name, _, place = authority.rpartition("@")
    port = _PORT.search(place)
    host = _ascii(place[: port.start()] if port else place)
    start, end = plain.original_span(*found.span())
    return Link(
        host, found["scheme"].lower(), port[1] if port else "", bool(name), found["whole"][len(authority) :], start, end
    )


def _bare(plain: Normalised, found: re.Match[str]) -> Link:
    last = found.end("bare")
    rest = _REST.match(plain.text, last) if found["path"] else None
    start, end = plain.original_span(found.start(), rest.end() if rest else last)
    return Link(_ascii(found["bare"]), "", "", False, rest[0] if rest else "", start, end)


def _reads_as_link(name: str, ending: str) -> bool:
    """Whether a bare name is meant as a link. `work.Live` is the end of one sentence and the beginning of the next."""
    if name.lower().startswith("www."):
        return True
    return _KNOWN_ENDING.match(ending) is not None and not ending.istitle()


def _ascii(host: str) -> str:
    name = _DOTS.sub(".", host).strip(".,;:!?)*" if host.startswith("[") else ".,;:!?)]*").lower()
    if name.isascii():
        return name
    try:
        return name.encode("idna").decode("ascii")
    except UnicodeError:
        return name  # no such site can exist, but it was meant as a link
