"""What a machine reads: a plain form of a comment that keeps the way back to what the author wrote.

`normalise` undoes the disguises that hide a word from a machine but not from a reader; `unreadable` says when a
machine has no business judging at all. Nothing here scores, and nothing here is shown to the public: the original
text is what people see, store and quote.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

#: What stands in the normalised text for a link or e-mail address, and for a handle.
LINK = "<link>"
HANDLE = "<handle>"

#: Longer texts go to a person, in characters as written.
MAX_READABLE = 10_000

#: Why a person must look: stable id → a sentence for them.
REASONS: Mapping[str, str] = MappingProxyType(
    {
        "empty": "The comment has no visible text.",
        "lone_surrogate": "The comment holds a broken character that cannot be shown.",
        "nul": "The comment holds a NUL character.",
        "too_long": f"The comment is longer than {MAX_READABLE:,} characters.",
        "read_in_part": "The comment is so long that the classifiers read it only in parts.",
        "direction_override": "The comment holds characters that turn the reading direction: it may read wrongly.",
        "control_characters": "The comment holds invisible control characters.",
        "no_letters": "The comment has no letters, only emoji, numbers or signs.",
        "other_script": "The comment is mostly in a script that the classifiers do not read.",
        "other_language": "The comment is in a language that the classifiers do not read.",
    }
)


@dataclass(frozen=True, slots=True)
class Normalised:
    """`offsets[i]` is the index in the original of `text[i]`; the last entry is the original's length.

    Offsets never decrease, and there is one more of them than characters.
    """

    text: str
    offsets: Sequence[int]

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """Where `text[start:end]` stands in the original, end excluded; never empty unless the slice is."""
        if start >= end:
            return self.offsets[start], self.offsets[start]
        # one written character may have become several: step over the rest of them
        while end < len(self.text) and self.offsets[end] == self.offsets[end - 1]:
            end += 1
        return self.offsets[start], self.offsets[end]


def normalise(text: str, *, mask_links: bool = True) -> Normalised:
    """Case, width, look-alikes, digits for letters, invisible characters and long runs made plain.

    With `mask_links` a link or address becomes `LINK` and a handle becomes `HANDLE`, so that nobody is judged by the
    name of a site or an account; without it they stay, for lists that name sites. Genuine text in other scripts stays
    readable. Takes any `str`.
    """
    plain = text.translate(_SAME_LENGTH)
    if plain.isascii() and not _needs_work(plain):
        return Normalised(plain.lower(), range(len(text) + 1))
    draft = Normalised(plain, range(len(text) + 1))
    for step in _steps(plain.isascii(), mask_links):
        draft = step(draft)
    return draft


def unreadable(text: str) -> tuple[str, ...]:
    """Ids from `REASONS` why a person, not a machine, must judge this text; empty when a machine may."""
    if len(text) <= MAX_READABLE and text.isascii() and _LETTER.search(text) and not _CONTROL.search(text):
        return ()
    return tuple(reason for reason, holds in _CHECKS.items() if holds(text))


# --- normalise, step by step ---------------------------------------------------------------------------------------

_LETTER_CLASS = r"[^\W\d_]"

# one character for one, so that offsets stay: white space, typographic quotes and dashes, broken characters
_SAME_LENGTH = (
    dict.fromkeys(map(ord, "\t\n\r\v\f\x1c\x1d\x1e\x1f\x85\u2028\u2029"), " ")
    | dict.fromkeys(map(ord, "‘’‛ʼ′´`"), "'")
    | dict.fromkeys(map(ord, "“”„‟″«»"), '"')
    | dict.fromkeys(map(ord, "‐‑‒–—―−"), "-")
)

_TOP_DOMAINS = (
    "com|org|net|info|biz|xyz|top|site|online|shop|store|app|link|live|club|vip|win|bet|fun|icu|click|news"
    "|io|co|uk|eu|de|fr|nl|ru|cn|ca|au|gg|ly|tv"
)
_LINKS = re.compile(
    rf"""
      \bhttps?://\S+
    | \bwww\.\S+
    | (?<![\w.@/+-]) [\w.+-]++ @ (?:[\w-]++\.)+ [a-z]{{2,24}} \b                        # an e-mail address
    | (?<![\w.@/-]) (?:[a-z0-9-]++\.)+ (?: (?:{_TOP_DOMAINS}) \b (?:[/?\#]\S*)? | [a-z]{{2,24}} /\S+ )
    """,
    re.IGNORECASE | re.VERBOSE,
)
# "@ss" and its kin are insults before they are anybody's name
_HANDLES = re.compile(r"(?<![\w@])@(?!ss(?:es|holes?)?\b)\w+", re.IGNORECASE)

_LEET = str.maketrans("013457@$!", "oieastasi")
_LEET_RUNS = re.compile(
    rf"(?<={_LETTER_CLASS})[013457@$!]{{1,3}}(?={_LETTER_CLASS})"  # b1tch, a$$hole, f@ggot
    r"|(?<![\w$@])\$(?=[a-z])|(?<![\w$@])\$(?=[A-Z][a-z])"  # $hit, but not $BTC
    r"|(?<![\w$@])@(?=ss)",
)
# cheap to look for, and without one of them the patterns above find nothing
_MAYBE_LINK = re.compile(r"://|[\w-]\.\S")
_LEET_SIGN = re.compile(r"[013457@$!]")
_LONG_RUNS = re.compile(r"([^\d\s])\1{3,}", re.IGNORECASE)
_SPACES = re.compile(r"\s{2,}")

# turned into Latin only where the same word has Latin letters too: on its own it is a letter of its own script
#: Letters of other alphabets that pass for Latin ones, and those they pass for.
LOOKALIKES = (
    "АВЕКМНОРСТУХІЈЅԚԜаеорсухіјѕԁһԛԝкмтвнӏӀгьЬүҮѵпҽԌΑΒΕΖΗΙΚΜΝΟΡΤΥΧαβεηικνορτυχωγϲϹϳϜօոսհցՕՍՏᎪᏴᏟᎠᎬᏀᎻᎫᏦᏞᎷᏢᎡᏚᎢᏙᎳᏃɑɡıɩƒƄ"
)
_LOOKALIKES = str.maketrans(
    LOOKALIKES,
    "ABEKMHOPCTYXIJSQWaeopcyxijsdhqwkmtbhlIrbbyYvneGABEZHIKMNOPTYXabenikvoptuxwycCjFonuhgOUSABCDEGHJKLMPRSTVWZagiifb",
)
_WORDS_WITH_LOOKALIKES = re.compile(r"\b(?=\w*[A-Za-z])(?=\w*[\u0370-\u058f\u13a0-\u13ffɑɡıɩƒƄ])\w+")

_SURROGATES = re.compile(r"[\ud800-\udfff]")
_INVISIBLE = re.compile(
    "["
    "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f"  # controls that are not white space
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff"
    "]"
    # the joiners are part of the spelling between letters of the scripts from Hebrew to Mongolian, nowhere else
    r"|(?<![\u0590-\u1fff])[\u200c\u200d]|[\u200c\u200d](?![\u0590-\u1fff])"
)
_MARKS = r"[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
# composed first, so a mark left on an ASCII letter is decoration; elsewhere one stays, as the spelling may need it
_SURPLUS_MARKS = re.compile(rf"(?<=[\x00-\x7f]){_MARKS}+|(?<={_MARKS}){_MARKS}+|^{_MARKS}+")
# vowels and finals of a Hangul syllable written in parts; voicing marks of half-width kana
_CONTINUES = re.compile(r"[\u1161-\u11ff\uff9e\uff9f]")
_MOST_LETTERS_IN_ONE = 6
_NOT_ASCII = re.compile(r"[\x00-\x7f]?[^\x00-\x7f]+")

_ATTENTION = re.compile(
    r"  |[@\x00-\x08\x0e-\x1b\x7f]|://|www\.|[a-z0-9]\.[a-z]{2}|[a-z][013457$!]+[a-z]|\$[a-z]", re.IGNORECASE
)


def _needs_work(plain: str) -> bool:
    return _ATTENTION.search(plain) is not None or _LONG_RUNS.search(plain) is not None


def alike(text: str) -> Normalised:
    """White space, typographic quotes and dashes as their plain kin: the draft that every other step starts from."""
    return Normalised(text.translate(_SAME_LENGTH), range(len(text) + 1))


def replaced(draft: Normalised, pattern: re.Pattern[str], replacement: Callable[[str], str]) -> Normalised:
    """Every match replaced; of the replacement, each character stands where the match began, or one for one."""
    return edited(draft, ((*match.span(), replacement(match[0])) for match in pattern.finditer(draft.text)))


def edited(draft: Normalised, edits: Iterable[tuple[int, int, str]]) -> Normalised:
    """`text[start:end]` gives way to a new text, for each (start, end, new): in order, none overlapping another.

    Of the new text, each character stands where the old one began, or one for one.
    """
    pieces: list[str] = []
    offsets: list[int] = []
    done = 0
    for start, end, new in edits:
        pieces += (draft.text[done:start], new)
        offsets += draft.offsets[done:start]
        offsets += draft.offsets[start:end] if len(new) == end - start else [draft.offsets[start]] * len(new)
        done = end
    if not pieces:
        return draft
    pieces.append(draft.text[done:])
    offsets += draft.offsets[done:]
    return Normalised("".join(pieces), offsets)


def mend_surrogates(draft: Normalised) -> Normalised:
    """Halves of a broken character become U+FFFD, so that the text can be encoded."""
    return replaced(draft, _SURROGATES, lambda found: "\ufffd" * len(found))


def drop_invisible(draft: Normalised) -> Normalised:
    """Characters that a reader does not see are gone; joiners stay where the spelling needs them."""
    return replaced(draft, _INVISIBLE, lambda _: "")


def compose(draft: Normalised) -> Normalised:
    """NFKC, one cluster (a character and the marks on it) at a time, so that offsets stay true."""
    if unicodedata.is_normalized("NFKC", draft.text):
        return draft
    pieces: list[str] = []
    offsets: list[int] = []
    done = 0
    for match in _NOT_ASCII.finditer(draft.text):
        start, end = match.span()
        if unicodedata.is_normalized("NFKC", match[0]):
            continue
        pieces.append(draft.text[done:start])
        offsets += draft.offsets[done:start]
        for first, last in _clusters(draft.text, start, end):
            new = _composed(draft.text[first:last])
            pieces.append(new)
            same_length = len(new) == last - first
            offsets += draft.offsets[first:last] if same_length else [draft.offsets[first]] * len(new)
        done = end
    pieces.append(draft.text[done:])
    offsets += draft.offsets[done:]
    return Normalised("".join(pieces), offsets)


def _clusters(text: str, start: int, end: int) -> list[tuple[int, int]]:
    starts = [start]
    for i in range(start + 1, end):
        character = text[i]
        if not unicodedata.combining(character) and not _CONTINUES.match(character):
            starts.append(i)
    return list(zip(starts, [*starts[1:], end], strict=True))


def _composed(cluster: str) -> str:
    new = unicodedata.normalize("NFKC", cluster)
    # one Arabic sign stands for eighteen letters: left as it is, so that a text cannot swell
    return new if len(new) <= _MOST_LETTERS_IN_ONE * len(cluster) else cluster


def drop_surplus_marks(draft: Normalised) -> Normalised:
    """Marks heaped on a letter, or put on one that never bears them, are gone."""
    return replaced(draft, _SURPLUS_MARKS, lambda _: "")


def hide_names(draft: Normalised) -> Normalised:
    """`LINK` for every link and address, `HANDLE` for every handle."""
    masked = replaced(draft, _LINKS, lambda _: LINK) if _MAYBE_LINK.search(draft.text) else draft
    return replaced(masked, _HANDLES, lambda _: HANDLE) if "@" in masked.text else masked


def undo_leet(draft: Normalised) -> Normalised:
    """Digits and signs within a word become the letters they look like."""
    return replaced(draft, _LEET_RUNS, lambda found: found.translate(_LEET)) if _LEET_SIGN.search(draft.text) else draft


def fold_case(draft: Normalised) -> Normalised:
    """Upper and lower case are the same, in every script."""
    folded = draft.text.casefold()
    if len(folded) == len(draft.text):  # no character ever folds to nothing, so each stands where it stood
        return Normalised(folded, draft.offsets)
    parts = [character.casefold() for character in draft.text]
    offsets = [offset for part, offset in zip(parts, draft.offsets, strict=False) for _ in part]
    return Normalised(folded, [*offsets, draft.offsets[-1]])


def fold_lookalikes(draft: Normalised) -> Normalised:
    """Letters of other scripts within a Latin word become the Latin ones they look like."""
    return replaced(draft, _WORDS_WITH_LOOKALIKES, as_latin)


def as_latin(letters: str) -> str:
    """`LOOKALIKES` as the Latin letters they pass for, one for one."""
    return letters.translate(_LOOKALIKES)


def shorten_runs(draft: Normalised) -> Normalised:
    """A drawn-out letter is written once, a repeated sign three times, white space is one space."""
    shorter = replaced(draft, _LONG_RUNS, lambda run: run[0] if run[0].isalpha() else run[:3])
    return replaced(shorter, _SPACES, lambda _: " ")


_BEFORE = (mend_surrogates, drop_invisible, compose, drop_surplus_marks)
_AFTER = (undo_leet, fold_lookalikes, fold_case, shorten_runs)
#: what can change a text of plain ASCII; the other steps would look through all of it for nothing
_ASCII_BEFORE = (drop_invisible,)
_ASCII_AFTER = (undo_leet, fold_case, shorten_runs)


def _steps(ascii_only: bool, mask_links: bool) -> tuple[Callable[[Normalised], Normalised], ...]:
    before, after = (_ASCII_BEFORE, _ASCII_AFTER) if ascii_only else (_BEFORE, _AFTER)
    return (*before, hide_names, *after) if mask_links else before + after


# --- unreadable ------------------------------------------------------------------------------------------------------

_LETTER = re.compile(_LETTER_CLASS)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")
_CONTROL_NOT_NUL = re.compile(r"[\x01-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")
_DIRECTION = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
_LATIN_LETTER = re.compile(r"[A-Za-zªºÀ-ÖØ-öø-ɏɐ-ʯᴀ-ᵿḀ-ỿⱠ-Ɀ꜠-ꟿ]")


def _empty(text: str) -> bool:
    return not _INVISIBLE.sub("", text).strip()


def _no_letters(text: str) -> bool:
    return not _empty(text) and not _LETTER.search(text)


def _other_script(text: str) -> bool:
    if text.isascii():
        return False
    written = unicodedata.normalize("NFKC", text[:MAX_READABLE])
    return 2 * len(_LATIN_LETTER.findall(written)) < len(_LETTER.findall(written))


_CHECKS: Mapping[str, Callable[[str], bool]] = MappingProxyType(
    {
        "empty": _empty,
        "lone_surrogate": lambda text: _SURROGATES.search(text) is not None,
        "nul": lambda text: "\x00" in text,
        "too_long": lambda text: len(text) > MAX_READABLE,
        "direction_override": lambda text: _DIRECTION.search(text) is not None,
        "control_characters": lambda text: _CONTROL_NOT_NUL.search(text) is not None,
        "no_letters": _no_letters,
        "other_script": _other_script,
    }
)
