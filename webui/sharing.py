"""What an office puts where people comment: a square code for its short address, and texts to pin. Knows no Flask."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import segno

from guidelines.schema import GuidelineSet
from webui.words import Words

#: How many characters a post or a profile may have, where a pinned text goes. Without paid extras.
PLATFORMS: tuple[tuple[str, int], ...] = (
    ("X", 280),
    ("Bluesky", 300),
    ("Threads", 500),
    ("Mastodon", 500),
    ("Instagram", 2_200),
    ("LinkedIn", 3_000),
    ("Facebook", 63_206),
)

#: The empty edge that readers need around a code, in modules.
_QUIET_ZONE = 4
_PIXELS_A_MODULE = 16
_COLUMNS = 40


@dataclass(frozen=True, slots=True)
class PinnedText:
    """`name` is that of its heading among the page's words."""

    name: str
    text: str
    fits: tuple[str, ...]
    too_long: tuple[str, ...]

    @property
    def length(self) -> int:
        """Characters as people count them, line ends included."""
        return len(self.text)

    @property
    def rows(self) -> int:
        """Lines of a field that shows all of it, or nearly."""
        return min(24, sum(1 + len(line) // _COLUMNS for line in self.text.split("\n")))


@lru_cache(maxsize=64)
def code_svg(address: str) -> bytes:
    """The code as SVG, black on white with its quiet zone, so that it can be read on a dark page as well."""
    out = io.BytesIO()
    _code(address).save(out, kind="svg", scale=4, border=_QUIET_ZONE, dark="#000", light="#fff", omitsize=True)
    return out.getvalue()


@lru_cache(maxsize=64)
def code_png(address: str) -> bytes:
    out = io.BytesIO()
    _code(address).save(out, kind="png", scale=_PIXELS_A_MODULE, border=_QUIET_ZONE, dark="#000", light="#fff")
    return out.getvalue()


def pinned_texts(words: Words, guidelines: GuidelineSet, address: str) -> tuple[PinnedText, ...]:
    """Three texts to pin, the shortest first."""
    return tuple(
        PinnedText(
            name,
            text,
            fits=tuple(platform for platform, limit in PLATFORMS if len(text) <= limit),
            too_long=tuple(platform for platform, limit in PLATFORMS if len(text) > limit),
        )
        for name, text in _texts(words, guidelines, address)
    )


def _texts(words: Words, guidelines: GuidelineSet, address: str) -> Iterator[tuple[str, str]]:
    # Markup is for pages. These are texts, and the page escapes them like any other.
    short = words("pin.text_short", title=guidelines.title, address=address).unescape()
    rules = words("pin.text_rules", rules=words.listed(rule.title for rule in guidelines.rules)).unescape()
    yield "smallest", words("pin.text_smallest", address=address).unescape()
    yield "short", short
    yield "long", f"{guidelines.office.name}\n{short}\n{rules}"


def _code(address: str) -> segno.QRCode:
    return segno.make_qr(address, error="m")
