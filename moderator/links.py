"""The sites that a text links to, by name alone: nothing here is ever looked up or fetched."""

import re
from collections.abc import Iterator

from classifiers.text import alike, compose, drop_invisible

#: Endings after which a bare name is a link also without a path. After others it takes one: `t.me/news`.
_ENDINGS = (
    "com|org|net|edu|gov|int|info|biz|xyz|top|site|online|website|shop|store|app|link|live|club|vip|win|bet|fun|icu"
    "|click|news|blog|page|party|vote|scot|wales|cymru|london|io|co|uk|ie|eu|de|fr|nl|es|pl|ru|cn|ca|au|nz|gg|ly|tv|be"
)
_NAME = r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?)"
_LINKS = re.compile(
    rf"""
      \b[a-z][a-z0-9+.-]{{1,9}}://(?P<whole>[^\s<>"'`|{{}}]+)
    | (?<![\w@.-]) (?P<bare> (?:{_NAME}[.\u3002\uff61])+ (?P<ending>[^\W\d_]{{2,24}}|xn--[a-z0-9-]{{2,59}}) )
      (?![\w@-]) (?P<path>[/?\#]\S)?
    """,
    re.IGNORECASE | re.VERBOSE,
)
_KNOWN_ENDING = re.compile(rf"(?:{_ENDINGS})\Z", re.IGNORECASE)
_AFTER_HOST = re.compile(r"[/?#\\]")
_DOTS = re.compile("[\u3002\uff61]")


def hosts(text: str) -> frozenset[str]:
    """Host names of the links in a text, lower case, as ASCII, without a port. E-mail addresses are no links."""
    if text.isascii() and "." not in text and "://" not in text:
        return frozenset()
    plain = text if text.isascii() else compose(drop_invisible(alike(text))).text
    return frozenset(host for host in map(_ascii, _written(plain)) if host)


def _written(text: str) -> Iterator[str]:
    for found in _LINKS.finditer(text):
        if found["whole"]:
            # As a browser reads it: what stands before an @ is a name, not the site.
            authority = _AFTER_HOST.split(found["whole"], maxsplit=1)[0].rpartition("@")[2]
            yield authority.rpartition(":")[0] if re.search(r":\d*\Z", authority) else authority
        elif found["path"] or _reads_as_link(found["bare"], found["ending"]):
            yield found["bare"]


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
