"""Text from outside, made safe and honest to look at: what hides or reorders a line is shown as a small sign instead.

Nothing here judges a text. Escaping is Jinja's and MarkupSafe's alone.
"""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from markupsafe import Markup

#: (start, end, label) in characters; the shape in which spans are stored
Span = tuple[int, int, str]

FOLD_AT = 6_000
FOLD_LINES = 80
#: More than this is a file, not a page.
SHOWN_AT_MOST = 20_000

#: Characters that show nothing, or reorder what stands beside them. Tab and line ends are not among them.
_UNSEEN = (
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff\ue000-\uf8ff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff\U000f0000-\U0010ffff"
)

#: A flag such as Wales's is a black flag and unseen letters: one sign, and meant to be. Otherwise one unseen
#: character, with all its repetitions.
_HIDDEN = re.compile(f"\U0001f3f4[\U000e0061-\U000e007a]{{3,6}}\U000e007f|(?P<unseen>[{_UNSEEN}])(?P=unseen)*")

_SIGNS = {
    0x00: "NUL",
    0x1B: "ESC",
    0xAD: "SHY",
    0x034F: "CGJ",
    0x061C: "ALM",
    0x200B: "ZWSP",
    0x200C: "ZWNJ",
    0x200D: "ZWJ",
    0x200E: "LRM",
    0x200F: "RLM",
    0x202A: "LRE",
    0x202B: "RLE",
    0x202C: "PDF",
    0x202D: "LRO",
    0x202E: "RLO",
    0x2060: "WJ",
    0x2066: "LRI",
    0x2067: "RLI",
    0x2068: "FSI",
    0x2069: "PDI",
    0xFEFF: "BOM",
}

_LINE_ENDS = re.compile(r"[\t\n\r]")

_JOINERS = "\u200c\u200d"
_VARIATIONS = "\ufe0e\ufe0f"
#: What a variation selector may follow to choose between a sign's plain and its coloured form.
_VARIED = frozenset({"So", "Sm", "Sk", "Po", "Nd", "Pd"})
_PART_OF_EMOJI = frozenset({"So", "Sk"})


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text to show. `name` is set for a hidden character: then `text` is the sign that stands for it."""

    text: str
    labels: tuple[str, ...] = ()
    name: str = ""
    #: the labels that end with this piece: here a reader is told what it was
    ends: tuple[str, ...] = ()


def pieces(text: str, spans: Sequence[Span] = ()) -> list[Piece]:
    """Cut a text at its spans and its hidden characters. Spans may overlap; what lies outside the text is ignored."""
    changes = _changes(len(text), spans)
    bounds = sorted(changes)
    active: Counter[str] = Counter()
    passed = 0
    found: list[Piece] = []
    for start, end, sign, name in _atoms(text):
        inner = [] if name else bounds[bisect_right(bounds, start) : bisect_left(bounds, end)]
        for here, there in pairwise([start, *inner, end]):
            while passed < len(bounds) and bounds[passed] <= here:
                active.update(changes[bounds[passed]])
                passed += 1
            labels = tuple(sorted(label for label, count in active.items() if count > 0))
            found.append(Piece(sign if name else text[here:there], labels, name))
    return _with_ends(found)


def shown(text: str) -> Markup:
    """A short text for one line: isolated from the direction of its surroundings, hidden characters shown."""
    return Markup("<bdi>{}</bdi>").format(Markup("").join(_markup(piece) for piece in pieces(text)))


def marked(text: str, spans: Sequence[Span], name_label: Callable[[str], str]) -> Markup:
    """A text with its labelled parts in `mark`, each stretch followed by what it is labelled as."""
    return Markup("").join(_marked(piece, name_label) for piece in pieces(text, spans))


@dataclass(frozen=True, slots=True)
class Folded:
    """A long text in the parts a page shows it in."""

    head: Markup
    #: to be unfolded; empty for nearly all
    rest: Markup
    #: characters of `rest`
    rest_length: int
    #: characters that are too many for a page
    left_out: int


def folded(text: str, spans: Sequence[Span], name_label: Callable[[str], str]) -> Folded:
    """The text cut where it would push everything else away: after `FOLD_AT` characters or `FOLD_LINES` lines."""
    cut = _fold(text)
    end = max(cut, min(len(text), SHOWN_AT_MOST))
    inside = [(start - cut, stop - cut, label) for start, stop, label in spans]
    return Folded(
        head=marked(text[:cut], spans, name_label),
        rest=marked(text[cut:end], inside, name_label),
        rest_length=end - cut,
        left_out=len(text) - end,
    )


def excerpt(text: str, length: int = 200) -> str:
    """The beginning of a text on one line, cut at a word where one ends near `length`, with an ellipsis."""
    line = " ".join(text[: length * 2 + 1].split())
    if len(line) <= length and len(text) <= length * 2:
        return line
    cut = length
    while cut > 1 and cut < len(line) and _joins(line[cut - 1], line[cut]):
        cut -= 1
    blank = line.rfind(" ", cut - 24, cut)
    return line[: blank if blank > 0 else cut].rstrip(" .,;:…") + "…"


@dataclass(frozen=True, slots=True)
class Stretch:
    """The part of a text around what was found in it."""

    text: str
    #: (start, end) in characters of `text`
    found: tuple[tuple[int, int], ...]
    cut_before: bool
    cut_after: bool


def around(text: str, found: Sequence[tuple[int, int]], length: int = 240) -> Stretch:
    """About `length` characters of a text, from a little before the first that was found, cut at blanks."""
    first = found[0][0] if found else 0
    start = _blank_after(text, first - length // 3, first) if first > length // 2 else 0
    end = _blank_before(text, start + length, start + length // 2) if len(text) > start + length else len(text)
    inside = tuple((low - start, min(high, end) - start) for low, high in found if start <= low < end)
    return Stretch(text[start:end], inside, start > 0, end < len(text))


def highlighted(stretch: Stretch) -> Markup:
    """The stretch on one line with what was found in `mark`, and an ellipsis where it was cut."""
    # One character for one, so that places stay.
    line = _LINE_ENDS.sub(" ", stretch.text)
    spans = [(start, end, "found") for start, end in stretch.found]
    inner = Markup("").join(
        Markup("<mark>{}</mark>").format(_markup(piece)) if piece.labels else _markup(piece)
        for piece in pieces(line, spans)
    )
    before, after = "… " if stretch.cut_before else "", " …" if stretch.cut_after else ""
    return Markup("<bdi>{}{}{}</bdi>").format(before, inner, after)


def _blank_after(text: str, low: int, high: int) -> int:
    """Where the first word begins between the two; `low` where none does."""
    blank = text.find(" ", low, high)
    return blank + 1 if blank >= 0 else _whole_sign(text, low)


def _blank_before(text: str, high: int, low: int) -> int:
    blank = text.rfind(" ", low, high)
    return blank if blank >= 0 else _whole_sign(text, high)


def _whole_sign(text: str, cut: int) -> int:
    while 1 < cut < len(text) and _joins(text[cut - 1], text[cut]):
        cut -= 1
    return cut


def _markup(piece: Piece) -> Markup:
    if not piece.name:
        return Markup("{}").format(piece.text)
    return Markup('<span class="unseen" title="{}">{}</span>').format(piece.name, piece.text)


def _marked(piece: Piece, name_label: Callable[[str], str]) -> Markup:
    if not piece.labels:
        return _markup(piece)
    names = ", ".join(name_label(label) for label in piece.ends)
    label = Markup('<span class="label">{}</span>').format(names) if names else Markup("")
    return Markup("<mark>{}</mark>{}").format(_markup(piece), label)


def _fold(text: str) -> int:
    """Where to cut: at a line end or a blank near the limit, never inside a sign."""
    lines = 0
    for at, character in enumerate(text[: FOLD_AT + 1]):
        lines += character == "\n"
        if lines > FOLD_LINES:
            return at
    if len(text) <= FOLD_AT:
        return len(text)
    blank = max(text.rfind(" ", 0, FOLD_AT), text.rfind("\n", 0, FOLD_AT))
    cut = blank if blank > FOLD_AT - 200 else FOLD_AT
    while cut > 1 and _joins(text[cut - 1], text[cut]):
        cut -= 1
    return cut


def _changes(length: int, spans: Sequence[Span]) -> dict[int, Counter[str]]:
    """Where labels begin (+1) and end (-1)."""
    changes: dict[int, Counter[str]] = {}
    for start, end, label in spans:
        start, end = max(0, start), min(length, end)
        if start < end:
            changes.setdefault(start, Counter())[label] += 1
            changes.setdefault(end, Counter())[label] -= 1
    return changes


def _atoms(text: str) -> Iterator[tuple[int, int, str, str]]:
    """The text as stretches: (start, end, "", "") to show as they are, (start, end, sign, name) for hidden ones."""
    done = 0
    for hit in _HIDDEN.finditer(text):
        start, end = hit.span()
        if hit["unseen"] is None or _belongs(text, start, end):
            continue
        if done < start:
            yield done, start, "", ""
        yield start, end, *_sign(hit["unseen"], end - start)
        done = end
    if done < len(text):
        yield done, len(text), "", ""


def _belongs(text: str, start: int, end: int) -> bool:
    """Whether one unseen character is there for a reason: inside an emoji, or a script that is joined by it."""
    if end - start > 1 or start == 0:
        return False
    character, before = text[start], text[start - 1]
    if character in _VARIATIONS:
        return unicodedata.category(before) in _VARIED
    if character not in _JOINERS or end == len(text):
        return False
    after = text[end]
    emoji = unicodedata.category(after) in _PART_OF_EMOJI and (
        before in _VARIATIONS or unicodedata.category(before) in _PART_OF_EMOJI
    )
    return emoji or (_is_joined_script(before) and _is_joined_script(after))


def _is_joined_script(character: str) -> bool:
    """Letters and marks from Hebrew to Mongolian: among them all scripts whose spelling needs joiners."""
    return "\u0590" <= character <= "\u18af" and unicodedata.category(character)[0] in "LM"


def _sign(character: str, count: int) -> tuple[str, str]:
    number = ord(character)
    code = f"U+{number:04X}"
    times = f"×{count}" if count > 1 else ""
    name = unicodedata.name(character, "a character that shows nothing").lower()
    return _SIGNS.get(number, code) + times, f"{name}, {code}" + (f", {count} times" if count > 1 else "")


def _with_ends(found: list[Piece]) -> list[Piece]:
    """The same pieces, each with the labels that do not go on in the next."""
    labels: list[tuple[str, ...]] = [*(piece.labels for piece in found), ()]
    return [
        replace(piece, ends=tuple(label for label in piece.labels if label not in following))
        for piece, following in zip(found, labels[1:], strict=True)
    ]


def _joins(before: str, after: str) -> bool:
    """Whether a cut between the two would break one sign in half."""
    marks = unicodedata.category(after) in ("Mn", "Me", "Mc", "Sk")
    return marks or before in _JOINERS or after in _JOINERS + _VARIATIONS or "\U0001f1e6" <= after <= "\U0001f1ff"
