"""How the model reads a text: what training and use must do alike, so that both see the same tokens."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

from tokenizers import Tokenizer

from classifiers.civility.names import neutral
from classifiers.emoji_words import spelled
from classifiers.text import HANDLE, LINK, Normalised, replaced

#: Tokens of one window, its two marks not counted, and how many it shares with the next.
WINDOW, OVERLAP = 126, 32

#: One common word each, as the base model knows no marks of ours; a row of names or links says no more than one.
_NAMED = re.compile(rf"{re.escape(HANDLE)}(?:\s*{re.escape(HANDLE)})*")
_LINKED = re.compile(rf"{re.escape(LINK)}(?:\s*{re.escape(LINK)})*")
_SPACES = re.compile(r"\s{2,}")


@dataclass(frozen=True, slots=True)
class Tokens:
    """Word pieces of a text: vocabulary ids, and of each where it begins and ends in the text as written."""

    ids: Sequence[int]
    spans: Sequence[tuple[int, int]]


class Reader:
    """Turns a view of a text into word pieces. Safe to share between threads."""

    def __init__(self, tokenizer: bytes) -> None:
        self._tokenizer = Tokenizer.from_buffer(tokenizer)
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self.vocabulary: dict[str, int] = self._tokenizer.get_vocab()
        self.first, self.last = self.vocabulary["[CLS]"], self.vocabulary["[SEP]"]

    def tokens(self, plain: Normalised) -> Tokens:
        """The pieces of a text of any length, without the marks of beginning and end."""
        words = worded(plain)
        found = self._tokenizer.encode(words.text, add_special_tokens=False)
        return Tokens(found.ids, [words.original_span(start, end) for start, end in found.offsets])

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Vocabulary ids alone, of many texts that `worded` gave, at once."""
        return [found.ids for found in self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)]


def reader() -> Reader:
    """The reader with the bundled vocabulary."""
    return Reader(files(__package__).joinpath("tokenizer.json").read_bytes())


def worded(plain: Normalised) -> Normalised:
    """Emoji, links and handles as words, and political names as one word each."""
    draft = neutral(spelled(plain))
    if "<" in draft.text:
        draft = replaced(replaced(draft, _NAMED, lambda _: " user "), _LINKED, lambda _: " url ")
    return replaced(draft, _SPACES, lambda _: " ")
