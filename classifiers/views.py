"""The ways to read a comment: as it stands and, where something looks like a disguise, with every disguise undone.

Every view costs a pass of the model, so an ordinary comment has one view, `literal`, and a disguised one has two. The
second is named after what it took: `plain` (other characters for letters, or characters that nobody sees), `joined`
(letters set apart put together), `parted` (words run together set apart), or several with a plus between. Genuine text
in other scripts has one view.

Both views read accents, emoji variants, capitals, hashtags in capitals and drawn-out letters alike, as those are no
disguise.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, pairwise, product
from string import ascii_lowercase

from classifiers import text as steps
from classifiers.segmentation import Words
from classifiers.text import HANDLE, LINK, Normalised, edited, replaced

LITERAL = "literal"


@dataclass(frozen=True, slots=True)
class View:
    """One reading of a comment; `plain` leads back to what was written."""

    name: str
    plain: Normalised


class Views:
    """Reads comments. `ranks`: a language's words in lower case, 0 the most common. Safe to share between threads."""

    def __init__(self, ranks: Mapping[str, int]) -> None:
        ranks = dict.fromkeys(_SHY, len(ranks) // 4) | dict(ranks)
        self._words = Words(ranks)
        self._by_frame = _by_frame(ranks)
        self._respelled = lru_cache(_REMEMBERED)(self._respell)

    @classmethod
    def of_word_pieces(cls, pieces: Mapping[str, int]) -> "Views":
        """From a vocabulary of word pieces whose ids follow frequency, as BERT's do."""
        whole = sorted((piece for piece in pieces if _PLAIN_WORD.fullmatch(piece)), key=pieces.__getitem__)
        return cls({word: rank for rank, word in enumerate(whole)})

    def of(self, text: str) -> tuple[View, ...]:
        """The literal view first and, where it differs, the one with every disguise undone."""
        literal = self.literal(text)
        view = View(LITERAL, literal)
        if text.isascii() and not self._looks_disguised(literal.text):
            return (view,)
        undone, taken = self._undone(text, literal.text)
        return (view,) if undone.text == literal.text else (view, View("+".join(taken), undone))

    def literal(self, text: str) -> Normalised:
        """The text as it stands: what somebody reads who takes every character at its word."""
        return self._with_open_tags(_folded(_alike(text)))

    def _with_open_tags(self, draft: Normalised) -> Normalised:
        """A hashtag is words run together, and no disguise."""
        if "#" not in draft.text:
            return draft
        tags = (tag.span(1) for tag in _TAG.finditer(draft.text))
        return edited(draft, ((place, place, " ") for tag in tags for place in self._ends(draft.text, *tag)))

    def _looks_disguised(self, literal: str) -> bool:
        return _BROKEN_WORD.search(literal) is not None or any(
            self._words.parted(run.replace("'", "")) for run in _LONG_WORD.findall(literal)
        )

    def _undone(self, text: str, literal: str) -> tuple[Normalised, list[str]]:
        """The text with every disguise undone, and what it took."""
        seen = _seen(text)
        joined = self._join(seen)
        folded = self._with_open_tags(_folded(joined))
        respelled = self._respell_all(folded)
        parted = self._part(respelled)
        unjoined = folded if joined is seen else self._with_open_tags(_folded(seen))
        taken = {
            "plain": respelled is not folded or unjoined.text != literal,
            "joined": joined is not seen,
            "parted": parted is not respelled,
        }
        return parted, [name for name, holds in taken.items() if holds]

    # --- letters set apart

    def _join(self, draft: Normalised) -> Normalised:
        return edited(draft, (edit for run in _SINGLES.finditer(draft.text) for edit in self._joined(run)))

    def _joined(self, run: re.Match[str]) -> Iterator[tuple[int, int, str]]:
        """Edits that put runs of single letters together, with spaces where their words end."""
        letters = [match.start() for match in _SINGLE.finditer(run.string, *run.span())]
        gaps = [run.string[left + 1 : right] for left, right in pairwise(letters)]
        stretches = list(pairwise((0, *_where_words_end(gaps), len(letters))))
        usual = Counter(gap for gap in gaps if len(stretches) == 1 or " " not in gap)
        for first, last in stretches:
            yield from self._joined_stretch(run.string, letters[first:last], gaps[first : last - 1], usual)

    def _joined_stretch(
        self, text: str, letters: Sequence[int], gaps: Sequence[str], elsewhere: Counter[str]
    ) -> Iterator[tuple[int, int, str]]:
        """`elsewhere`: how often letters around are set apart by what; a short word alone could be anything."""
        usual = Counter(gaps).most_common(1)[0][0] if gaps else ""
        words = _words_of(text, letters, gaps, usual)
        one_of_many = elsewhere[usual] > _MOST_LISTED and usual != "."
        if not one_of_many and not any(self._is_spelled_out(word, usual) for word in words):
            return
        breaks = self._breaks(words[0]) if len(words) == 1 and usual.isspace() else ()
        for place, ((left, right), gap) in enumerate(zip(pairwise(letters), gaps, strict=True), 1):
            if gap == usual:
                yield left + 1, right, " " if place in breaks else ""
            elif _is_apostrophe(gap, usual) or _ONLY_A_STROKE.fullmatch(gap):
                yield left + 1, right, "'" if "'" in gap else " "

    def _is_spelled_out(self, word: str, gap: str) -> bool:
        """Whether single letters in a row are a word set apart, not a list, a sum or an abbreviation."""
        letters = sum(map(str.isalpha, word))
        if letters < _FEWEST_LETTERS or 2 * letters < len(word) or (gap == "." and word.isupper()):
            return False
        return len(word) > _MOST_LISTED or word.lower().translate(_LEET) in self._words

    def _breaks(self, spelled: str) -> Collection[int]:
        """Where a new word begins within letters put together."""
        whole = spelled.lower().translate(_LEET)
        if whole in self._words or not whole.isalpha():
            return ()
        pieces = self._words.split(whole)
        known = all(piece in self._words for piece in pieces)
        return set(accumulate(map(len, pieces if known else self._words.parted(whole))))

    # --- signs for letters, and signs within words

    def _respell_all(self, draft: Normalised) -> Normalised:
        chunks = list(_CHUNK.finditer(draft.text))
        for boldly in (False, True):  # what is as good as a number may be a word where other numbers are
            respelled = [self._read_chunk(chunk[0], boldly) for chunk in chunks]
            if all(chunk[0] == new for chunk, new in zip(chunks, respelled, strict=True)):
                return draft
        changes = zip(chunks, respelled, strict=True)
        return edited(draft, ((*chunk.span(), new) for chunk, new in changes if new != chunk[0]))

    def _read_chunk(self, chunk: str, boldly: bool) -> str:
        if chunk.isalpha() or len(chunk) > _LONGEST_CHUNK:
            return chunk
        return self._respelled(chunk, boldly)

    def _respell(self, chunk: str, boldly: bool) -> str:
        """A chunk without white space, with what its signs stand for."""
        core = chunk.strip(_OUTSIDE)
        drawn = _DRAWN.sub(lambda found: _DRAWN_LETTERS[found[0]], core)
        if core.isalpha() or not core or LINK in core or HANDLE in core:
            return chunk
        start = chunk.index(core)
        new = _STARRED.sub(self._filled, _SPLIT_WORD.sub(self._mended, drawn))
        new = self._closed(new) or _LEET_WORD.sub(lambda word: self._decoded(word[0], boldly) or word[0], new)
        return chunk[:start] + new + chunk[start + len(core) :]

    def _filled(self, starred: re.Match[str]) -> str:
        """Starred vowels put back: the word that is most often starred out, else the most common that fits."""
        found = self._by_frame.get(_VOWEL.sub("*", starred[0]), ())
        return next((word for word in found if _fits(word, starred[0])), starred[0])

    def _mended(self, split: re.Match[str]) -> str:
        """A word split by emoji put together; two words with an emoji between stay two."""
        if not _HAS_LETTER.search(split[0]):
            return split[0]
        pieces = _NOT_ASCII_RUN.split(split[0])
        whole = "".join(pieces)
        whole = self._decoded(whole, boldly=True) or whole
        return whole if whole.partition("'")[0] in self._words or self._words.are_scraps(pieces) else split[0]

    def _closed(self, core: str) -> str:
        """A word split by plain signs put together; two words with a sign between stay two."""
        pieces = [self._decoded(piece) or piece for piece in _SPLITTERS.split(core) if piece]
        whole = "".join(pieces)
        if len(pieces) < 2 or len(whole) < _SHORTEST_CLOSED or all(piece in self._words for piece in pieces):
            return ""
        return whole if whole in self._words else ""

    def _decoded(self, core: str, boldly: bool = False) -> str:
        """Digits and signs as the letters they look like, where that makes words. Boldly: where it may."""
        stem, apostrophe, ending = core.partition("'")
        if apostrophe and ending.translate(_LEET) in _CLITICS:
            head = "i" if stem == "1" else self._decoded(stem, boldly) or stem
            return f"{head}'{ending.translate(_LEET)}"
        if core.isalpha() or self._is_a_number(core, boldly):
            return ""
        if found := next((word for word in _readings(core) if word in self._words), ""):
            return found if _HAS_LETTER.search(core) or found in _WRITTEN_AS_NUMBERS else ""
        plain = core.translate(_LEET)
        if _COUNTED.fullmatch(core):
            return ""
        if boldly and 2 * len(_HAS_LETTER.findall(core)) > len(core):
            return plain
        if plain.isalpha() and self._words.parted(plain):
            return plain
        return _LEET_INSIDE.sub(lambda found: found[0].translate(_LEET), core)

    def _is_a_number(self, core: str, boldly: bool) -> bool:
        """Whether digits are digits and signs are signs, as far as the word by itself can tell."""
        apart = _STOPS.split(core)
        if len(apart) > 1 and all(piece in self._words for piece in apart):
            return True
        if boldly:
            return len(core) < 2
        return len(core) < 3 or _QUANTITY.fullmatch(core) is not None or not _HAS_LETTER.search(core)

    # --- words run together

    def _part(self, draft: Normalised) -> Normalised:
        runs = (run.span() for run in _LONG_WORD.finditer(draft.text))
        return edited(draft, ((place, place, " ") for run in runs for place in self._ends(draft.text, *run)))

    def _ends(self, text: str, start: int, end: int) -> Iterator[int]:
        """Where words end within letters run together, the last one left out."""
        places = [place for place in range(start, end) if text[place] != "'"]
        done = 0
        for piece in self._words.parted(text[start:end].replace("'", ""))[:-1]:
            done += len(piece)
            yield places[done]


# --- what both views have in common ----------------------------------------------------------------------------------

_MARK = r"[\u0300-\u036f]"
_ACCENTS = re.compile(rf"[À-ÖØ-öø-ÿĀ-ɏḀ-ỿ]|(?<=[A-Za-zÀ-ÖØ-öø-ÿĀ-ɏḀ-ỿ]){_MARK}{{1,2}}(?!{_MARK})")
_UNSEEN = "[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
# what joins the parts of an emoji, and what nobody sees beside a word rather than in it
_GLUE = re.compile(
    rf"[\ufe0e\ufe0f]|(?<=[\u2000-\u2fff\U0001f000-\U0001faff])\u200d"
    r"|(?<![\w\u0590-\u1fff])[\u200c\u200d]|[\u200c\u200d](?![\w\u0590-\u1fff])"
    rf"|(?<=\U0001f3f4)[\U000e0020-\U000e007f]{{1,8}}|(?<!\w){_UNSEEN}|{_UNSEEN}(?!\w)"
)
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_USUAL_SIGNS = frozenset("™®½¼¾¹²³ªº№ﬀﬁﬂﬃﬄﬅﬆ")
_LATIN = re.compile(r"[A-Za-z0-9]")
_TAG = re.compile(r"#([a-z]{6,}+)(?![^\W_])")
_HASHTAG = re.compile(r"#\w++")
_NEXT_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Za-z])(?=[0-9])")


def _alike(text: str) -> Normalised:
    """What is but another way to write the same made the same."""
    draft = steps.alike(text)
    if text.isascii():
        return draft
    draft = replaced(steps.mend_surrogates(draft), _GLUE, lambda _: "")
    return _without_accents(replaced(draft, _NOT_ASCII, _usual))


def _folded(draft: Normalised) -> Normalised:
    return steps.shorten_runs(steps.fold_case(_open_hashtags(steps.hide_names(draft))))


def _usual(sign: str) -> str:
    """Another way to write the sign, unless that would turn it into a letter, which is a disguise."""
    plain = unicodedata.normalize("NFKC", sign)
    return plain if len(plain) <= 3 and (sign in _USUAL_SIGNS or not _LATIN.search(plain)) else sign


def _without_accents(draft: Normalised) -> Normalised:
    return draft if draft.text.isascii() else replaced(draft, _ACCENTS, _bare)


def _bare(accented: str) -> str:
    first = unicodedata.normalize("NFD", accented)[0]
    return first if first.isascii() else "" if unicodedata.combining(first) else accented


def _open_hashtags(draft: Normalised) -> Normalised:
    """The capitals within a hashtag are its spaces."""
    if "#" not in draft.text:
        return draft
    tags = (tag.span() for tag in _HASHTAG.finditer(draft.text))
    places = (place.start() for tag in tags for place in _NEXT_WORD.finditer(draft.text, *tag))
    return edited(draft, ((place, place, " ") for place in places))


# --- what only the second view undoes --------------------------------------------------------------------------------

_REMEMBERED = 5_000

_CAPS = "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡxʏᴢ"
_STRANGE = {ord(cap): letter for cap, letter in zip(_CAPS, ascii_lowercase, strict=True)} | {
    first + place: letter for first in (0x1F150, 0x1F170, 0x1F1E6) for place, letter in enumerate(ascii_lowercase)
}
# small capitals; white letters on black; and letters of flags where no two of them make a flag
_STRANGE_LETTERS = re.compile(
    f"[{_CAPS.replace('x', '')}\U0001f150-\U0001f169\U0001f170-\U0001f189]"
    "|(?<![\U0001f1e6-\U0001f1ff])[\U0001f1e6-\U0001f1ff](?![\U0001f1e6-\U0001f1ff])"
)
_LOOKALIKE_WORDS = re.compile(rf"(?<!\w)[{steps.LOOKALIKES}]++(?!\w)")
_ASCII_LETTERS = re.compile(r"[A-Za-z]")


def _seen(text: str) -> Normalised:
    """The text by what its characters look like, whatever they are; case and spaces as written."""
    draft = steps.drop_invisible(steps.mend_surrogates(steps.alike(text)))
    if draft.text.isascii():
        return draft
    draft = steps.compose(steps.fold_lookalikes(draft))  # composing would turn some into what nothing looks like
    draft = steps.drop_surplus_marks(_without_accents(draft))
    draft = steps.fold_lookalikes(replaced(draft, _STRANGE_LETTERS, lambda letter: letter.translate(_STRANGE)))
    if 3 * len(_ASCII_LETTERS.findall(draft.text)) < 2 * sum(map(str.isalpha, draft.text)):
        return draft  # the rest is a language of its own
    return replaced(draft, _LOOKALIKE_WORDS, steps.as_latin)


_SINGLE = re.compile(r"[A-Za-z0-9@$]")
_GAP = r"(?!')(?:[^\w@$,]|_){1,4}"
_SINGLES = re.compile(rf"(?<![^\W_])(?<![@$'])[A-Za-z0-9@$](?:{_GAP}[A-Za-z0-9@$](?![^\W_]|[@$])){{2,}}+")
_FEWEST_LETTERS = 3
_MOST_LISTED = 4

#: Cheap to look for in folded ASCII; without one of them, nothing but words run together can be undone.
_BROKEN_WORD = re.compile(
    r"[\x00-\x08\x0e-\x1b\x7f]"
    r"|[a-z][^a-z\s'\-,;:()\"?/<>]{1,3}[a-z]"
    r"|(?<![a-z0-9])[0-9$|][0-9$|@!]{0,3}[a-z]|[a-z][0134578$|]{1,3}(?![a-z0-9])"
    rf"|(?<![a-z0-9])[a-z0-9@$]{_GAP}[a-z0-9@$]{_GAP}[a-z0-9@$](?![a-z0-9])"
    r"|[|/\\()][-|/\\<()]"
)
# what follows an apostrophe is part of the run where it is longer than an ending
_LONG_WORD = re.compile(r"(?<![a-z'])(?=[a-z']{6})[a-z]++(?:'[a-z]{3,}+)*+")


def _where_words_end(gaps: Sequence[str]) -> list[int]:
    """Where most letters are set apart by signs, each of the gaps with a space in it ends a word."""
    spaces = [place for place, gap in enumerate(gaps, 1) if " " in gap]
    return spaces if 2 * len(spaces) < len(gaps) else []


def _words_of(text: str, letters: Sequence[int], gaps: Sequence[str], usual: str) -> list[str]:
    """The letters by the words that the gaps between them tell of: a gap unlike the others ends one."""
    words = [text[letters[0]]]
    for place, gap in zip(letters[1:], gaps, strict=True):
        if gap == usual or _is_apostrophe(gap, usual):
            words[-1] += text[place]
        else:
            words.append(text[place])
    return words


def _is_apostrophe(gap: str, usual: str) -> bool:
    return "'" in gap and gap.strip(f" {usual}") == "'"


_ONLY_A_STROKE = re.compile(r" ++[/|] ++")
_CHUNK = re.compile(r"\S+")
_LONGEST_CHUNK = 400
_OUTSIDE = ".,;:!?\"'()[]{}-~"
_HAS_LETTER = re.compile(r"[a-z]")
_PLAIN_WORD = re.compile(r"[a-z]+")
_VOWEL = re.compile(r"[aeiou]")
#: A word with starred letters, though not its first; words with emoji between them.
_STARRED = re.compile(r"(?<![a-z*])[a-z]++\*[a-z*]*+")
_SPLIT_WORD = re.compile(r"(?<![a-z0-9@$!'])[a-z0-9@$!][a-z0-9@$!']*+(?:[^\w\s\x00-\x7f]{1,8}[a-z0-9@$!']++)++")
_NOT_ASCII_RUN = re.compile(r"[^\x00-\x7f]+")
_SPLITTERS = re.compile(r"[^\w'\-@$!|+()\[\]/]+|_+")
_SHORTEST_CLOSED = 4

_SIGNS: Mapping[str, str] = {
    **{"0": "o", "1": "il", "2": "z", "3": "e", "4": "a", "5": "s", "6": "gb", "7": "t", "8": "b", "9": "g"},
    **{"@": "a", "$": "s", "!": "il", "|": "li", "+": "t"},
}
_LEET = str.maketrans({sign: letters[0] for sign, letters in _SIGNS.items() if sign not in "269+"})
_LEET_WORD = re.compile(r"[a-z0-9@$!|+']+")
_STOPS = re.compile(r"[!|+]+")
_COUNTED = re.compile(r"[0-9]{2,}+[a-z]{3,}")
_WRITTEN_AS_NUMBERS = frozenset(("to", "is", "it", "its", "so", "be", "as", "at", "too", "see"))
_LEET_INSIDE = re.compile(r"(?<=[a-z])[013457@$!]{1,3}(?=[a-z])")
_MOST_SIGNS = 6
_CLITICS = frozenset(("s", "t", "d", "m", "re", "ve", "ll", "il"))
_DRAWN_LETTERS: Mapping[str, str] = {
    **{"\\/\\/": "w", "|-|": "h", "/-\\": "a", "|<": "k", "\\/": "v", "/\\": "a", "()": "o", "|)": "d"}
}
_DRAWN = re.compile("|".join(map(re.escape, _DRAWN_LETTERS)))
_QUANTITY = re.compile(
    r"[0-9$]+|[0-9]{2,}+[a-z]{3,}|[a-z][0-9]{2,}|[a-z]{1,2}[0-9$]|[0-9]++(?:(?<=1)st|(?<=2)nd|(?<=3)rd|th|s|ish|am|pm"
    r"|a|b|c|d|e|f|g|h|k|m|p|v|w|x|bn|mn|tn|gb|mb|tb|km|kg|mg|ml|cm|mm|ft|in|oz|lbs?|hrs?|mins?|secs?|yrs?|yo|kw|mw|gw"
    r"|mph|kph|er|ers|go)"
)

#: What people star out, with an s or without: such a word comes before a more common one with the same letters.
_SHY = [
    word + ending
    for word in _PLAIN_WORD.findall(
        "arse ass bastard bitch bollock chink cock coon crap cum cunt damn dick dyke fag faggot fuck gook hell homo jew"
        " kike kill murder muslim nazi negro nigga nigger paki piss prick pussy queer rape raped rapist retard retarded"
        " sex shit slut spic suck tit tranny trannie twat wank wanker whore"
    )
    for ending in ("", "s")
]
_SHORT_STARRED = frozenset(("we", "he", "me", "be", "to", "so", "go", "no", "do", "my", "hi"))


def _by_frame(ranks: Mapping[str, int]) -> Mapping[str, Sequence[str]]:
    """Words by what is left when every vowel is starred, the likeliest first."""
    shy = set(_SHY)
    frames: dict[str, list[str]] = defaultdict(list)
    for word in sorted(ranks, key=lambda word: (word not in shy, ranks[word])):
        if len(word) > 2 or word in _SHORT_STARRED:
            frames[_VOWEL.sub("*", word)].append(word)
    return frames


def _fits(word: str, starred: str) -> bool:
    return all(sign in ("*", letter) for sign, letter in zip(starred, word, strict=True))


def _readings(core: str) -> Iterator[str]:
    """Every word that the signs may stand for, the likeliest letters first."""
    if sum(letter in _SIGNS for letter in core) <= _MOST_SIGNS:
        for letters in product(*(_SIGNS.get(letter, letter) for letter in core)):
            yield "".join(letters)
