"""What commenters do to a text so that people still read it and a machine does not.

Each evasion takes a text and a source of chance and gives the text disguised: some of its words, or all. They teach the
model (augmentation) and they judge it (recall on the disguised text against recall on the clean one), so they are
written from the reader's side and know nothing of how a disguise is undone. The same chance gives the same text.

`python -m classifiers.training.evasions --data PATH` says how often a view restores the clean text, by evasion.
"""

import argparse
import random
import re
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from classifiers.civility.reading import reader
from classifiers.training.datasets import DATASETS, DataMissing, load
from classifiers.training.rows import Part
from classifiers.views import Views

Evasion = Callable[[str, random.Random], str]

#: How likely somebody disguises every word rather than about half of those that are long enough.
_ALL_WORDS = 0.5

_TOKEN = re.compile(r"\S+")
# also what another evasion has made of a word
_WORD = re.compile(r"[^\W_](?:[\w@$\u0300-\u036f]|[!'’](?=\w))*")
_LETTER = re.compile(r"\w[\u0300-\u036f]*|.")
_CLAUSE = re.compile(r"[^.!?,;:()\n\"]+")
_NAMES = ("http", "www.", "@", "#", "<")
_VOWELS = frozenset("aeiouAEIOU")

_ZERO_WIDTH = "\u200b\u200c\u200d\u2060\ufeff\u00ad"
_TAGS = "".join(map(chr, range(0xE0061, 0xE007B)))
_ACCENTS = "\u0300\u0301\u0302\u0303\u0308\u030a\u0327"
_HEAPS = "".join(map(chr, range(0x300, 0x34F)))
_OVERLAYS = "\u0335\u0336\u0337\u0338"
_EMOJI = ("🔥", "💀", "😂", "❤️", "🙂", "✨", "🤡", "👀", "💯", "🖤")
_SEPARATORS = (" ", " ", ".", "-", "_", "*", "~", "|", "/", "+")
_WORD_GAPS = ("  ", "   ", " / ", " ")

# a letter and those of six other alphabets that look like it in common fonts
_LOOKALIKES: Mapping[str, str] = MappingProxyType(
    {
        group[0]: group[1:]
        for group in _TOKEN.findall(
            "aаɑα bЬƄ cсϲ dԁ eеҽ fƒ gɡց hһհ iіıι jјϳ kкκ lӏ mм nոп oоοօ pрρ qԛ rгʀ sѕꜱ tтτ uսυ vνѵ wԝω xхχ yуγ zᴢ"
            " AАΑᎪ BВΒᏴ CСϹᏟ DᎠ EЕΕᎬ FϜ GԌᏀ HНΗᎻ IІΙӀ JЈᎫ KКΚᏦ LᏞ MМΜᎷ NΝ OОΟՕ PРΡᏢ QԚ RᎡ SЅՏᏚ TТΤᎢ UՍ VᏙ WԜᎳ"
            " XХΧ YΥҮ ZΖᏃ"
        )
    }
)
_LEET: Mapping[str, Sequence[str]] = MappingProxyType(
    {"a": "4@", "e": "3", "i": "1!", "o": "0", "s": "5$", "t": "7", "l": "1", "b": "8", "g": "9"}
)
#: Hardly anybody writes these for the letter, though everybody reads them.
_RARE_LEET = frozenset("lbg")


def zero_width(text: str, chance: random.Random) -> str:
    return _each_word(text, chance, lambda word: _threaded(word, _ZERO_WIDTH, chance))


def tag_characters(text: str, chance: random.Random) -> str:
    return _each_word(text, chance, lambda word: _threaded(word, _TAGS, chance))


def homoglyph(text: str, chance: random.Random) -> str:
    """About 30 % of all letters."""
    return "".join(
        chance.choice(_LOOKALIKES[letter]) if letter in _LOOKALIKES and chance.random() < 0.3 else letter
        for letter in text
    )


def leet(text: str, chance: random.Random) -> str:
    return _each_word(text, chance, lambda word: _in_leet(word, chance))


def spaced(text: str, chance: random.Random) -> str:
    """Letters set apart: all of them, or those of some words."""
    separator = chance.choice(_SEPARATORS)
    if separator == " " and chance.random() < _ALL_WORDS:
        return chance.choice(_WORD_GAPS).join(" ".join(_LETTER.findall(token)) for token in _TOKEN.findall(text))
    return _each_word(text, chance, lambda word: separator.join(_LETTER.findall(word)), least=3)


def unspaced(text: str, chance: random.Random) -> str:
    """All spaces of a clause taken out, or of every clause."""
    whole = chance.random() < _ALL_WORDS
    clauses = [match.span() for match in _CLAUSE.finditer(text) if len(match[0].split()) > 1]
    chosen = clauses if whole else chance.sample(clauses, min(1, len(clauses)))
    return _rewritten(text, [(start, end, _without_spaces(text[start:end])) for start, end in chosen])


def full_width(text: str, chance: random.Random) -> str:
    return _each_word(text, chance, lambda word: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in word))


def diacritics(text: str, chance: random.Random) -> str:
    """An accent on some letters, a heap of marks on every letter, or a line through all of them."""
    style = chance.choice(("accents", "heap", "line"))
    line = chance.choice(_OVERLAYS)

    def marked(letter: str) -> str:
        if style == "line":
            return letter + line
        if style == "heap":
            return letter + "".join(chance.choices(_HEAPS, k=chance.randint(2, 5)))
        return letter + chance.choice(_ACCENTS) if chance.random() < 0.5 else letter

    return _each_word(text, chance, lambda word: "".join(map(marked, word)))


def emoji_split(text: str, chance: random.Random) -> str:
    sign = chance.choice(_EMOJI)

    def split(word: str) -> str:
        if chance.random() < 0.2:
            return sign.join(_LETTER.findall(word))
        return _inserted(word, sign, chance)

    return _each_word(text, chance, split, least=3)


def masked(text: str, chance: random.Random) -> str:
    """The first vowel after the first letter starred out, or every such vowel."""
    every = chance.random() < 0.3

    def starred(word: str) -> str:
        places = [i for i, letter in enumerate(word) if i and letter in _VOWELS]
        return "".join("*" if i in (places if every else places[:1]) else letter for i, letter in enumerate(word))

    return _each_word(text, chance, starred, least=3)


def swapped_letters(text: str, chance: random.Random) -> str:
    def swapped(word: str) -> str:
        place = chance.randrange(1, len(word) - 2)
        return word[:place] + word[place + 1] + word[place] + word[place + 2 :]

    return _each_word(text, chance, swapped, least=4)


def dropped_letter(text: str, chance: random.Random) -> str:
    def dropped(word: str) -> str:
        place = chance.randrange(1, len(word) - 1)
        return word[:place] + word[place + 1 :]

    return _each_word(text, chance, dropped, least=4)


def doubled_letters(text: str, chance: random.Random) -> str:
    def doubled(word: str) -> str:
        place = chance.randrange(len(word))
        return word[:place] + word[place] * chance.randint(2, 3) + word[place + 1 :]

    return _each_word(text, chance, doubled, least=3)


def combined(text: str, chance: random.Random) -> str:
    """Two or three at once, of different kinds, in the order in which somebody would do it by hand."""
    kinds = sorted(chance.sample(range(len(_KINDS)), chance.choice((2, 3))))
    for kind in kinds:
        text = chance.choice(_KINDS[kind])(text, chance)
    return text


_KINDS: tuple[tuple[Evasion, ...], ...] = (
    (leet, homoglyph, full_width, diacritics),
    (spaced, unspaced, emoji_split),
    (zero_width, tag_characters),
)

EVASIONS: Mapping[str, Evasion] = MappingProxyType(
    {
        evasion.__name__: evasion
        for evasion in (
            *(zero_width, homoglyph, leet, spaced, unspaced, full_width, diacritics, tag_characters, emoji_split),
            *(masked, swapped_letters, dropped_letter, doubled_letters, combined),
        )
    }
)


def _each_word(text: str, chance: random.Random, change: Callable[[str], str], least: int = 2) -> str:
    """Words of `least` letters or more changed: all, or about half and at least one. Names and links stay."""
    names = {place for token in _TOKEN.finditer(text) if token[0].startswith(_NAMES) for place in range(*token.span())}
    words = [word for word in _WORD.finditer(text) if word.start() not in names and len(word[0]) >= least]
    if not words:
        return text
    share = 1.0 if chance.random() < _ALL_WORDS else 0.5
    chosen = [word for word in words if chance.random() < share] or [chance.choice(words)]
    return _rewritten(text, [(*word.span(), change(word[0])) for word in chosen])


def _rewritten(text: str, changes: Sequence[tuple[int, int, str]]) -> str:
    pieces: list[str] = []
    done = 0
    for start, end, new in changes:
        pieces += (text[done:start], new)
        done = end
    return "".join((*pieces, text[done:]))


def _threaded(word: str, signs: str, chance: random.Random) -> str:
    """Signs between the letters: everywhere or in one place."""
    if chance.random() < 0.5:
        return "".join(chance.choice(signs) + letter for letter in _LETTER.findall(word))[1:]
    return _inserted(word, chance.choice(signs), chance)


def _inserted(word: str, sign: str, chance: random.Random) -> str:
    letters = _LETTER.findall(word)
    place = chance.randrange(1, max(2, len(letters)))
    return "".join((*letters[:place], sign, *letters[place:]))


def _in_leet(word: str, chance: random.Random) -> str:
    def instead(place: int, letter: str) -> str:
        signs = _LEET.get(letter.lower(), "")
        if not signs or chance.random() < (0.8 if letter.lower() in _RARE_LEET else 0.2):
            return letter
        at_an_end = place in (0, len(word) - 1)
        return signs[0] if at_an_end else chance.choice(signs)  # a sign at an end is a handle or an exclamation

    return "".join(instead(place, letter) for place, letter in enumerate(word))


def _without_spaces(clause: str) -> str:
    inner = clause.strip()
    return clause.replace(inner, "".join(inner.split()))


@dataclass(frozen=True, slots=True)
class Undone:
    """How far the views undo an evasion: shares of the texts and of their words that one view shows, views per text."""

    texts: float
    words: float
    views: float


def undone(texts: Sequence[str], evasion: Evasion, views: Views, seed: int = 0) -> Undone:
    """Disguise each text and compare what its views show with what those of the clean text show."""
    whole = words = shown = 0.0
    for place, text in enumerate(texts):
        chance = random.Random(f"{seed}:{place}")  # noqa: S311 - the same texts each time
        clean = [view.plain.text for view in views.of(text)]
        readings = [view.plain.text for view in views.of(evasion(text, chance))]
        whole += not set(clean).isdisjoint(readings)
        words += max(_share(clean[0], reading) for reading in readings)
        shown += len(readings)
    return Undone(whole / len(texts), words / len(texts), shown / len(texts))


def _share(clean: str, reading: str) -> float:
    wanted, found = Counter(_WORD.findall(clean)), Counter(_WORD.findall(reading))
    return (wanted & found).total() / max(1, wanted.total())


def main(arguments: list[str] | None = None) -> int:
    """Print one line for each evasion, and one for the texts as they are. Exit status 1 with one line on any lack."""
    parser = argparse.ArgumentParser(prog="python -m classifiers.training.evasions", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with one sub-folder per set, and exclude.txt")
    parser.add_argument("--texts", type=int, default=500, help="how many (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args(arguments)
    try:
        rows = load([found for found in DATASETS if found.name == "dynahate"], chosen.data)
    except DataMissing as lack:
        print(lack, file=sys.stderr)
        return 1
    held = [row.text for row in rows if row.part is not Part.TRAIN]
    chance = random.Random(chosen.seed)  # noqa: S311 - the same texts each time
    texts = chance.sample(held, min(chosen.texts, len(held)))
    views = Views.of_word_pieces(reader().vocabulary)
    print(f"{'evasion':<16} texts  words  views per text, of {len(texts)} texts")
    for name, evasion in {"none": lambda text, _: text, **EVASIONS}.items():
        found = undone(texts, evasion, views, chosen.seed)
        print(f"{name:<16} {found.texts:5.1%}  {found.words:5.1%}  {found.views:.3f}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
