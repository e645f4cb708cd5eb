"""How a text differs from another that says nearly the same, in words: those it adds, and those it leaves out."""

from dataclasses import dataclass
from difflib import SequenceMatcher

#: Of a longer text the beginning is compared: a page compares many.
_WORDS = 100

#: With less in common, single words say nothing.
_IN_COMMON = 0.4

#: Stretches of words that are told of each.
_TOLD = 3


@dataclass(frozen=True, slots=True)
class Difference:
    """Stretches of words, `_TOLD` of each at most."""

    added: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    #: there are more of either
    more: bool = False
    #: too little is the same for single words to tell
    in_other_words: bool = False

    @property
    def same(self) -> bool:
        """Word for word, but for case and marks."""
        return not (self.added or self.left_out or self.in_other_words)


def difference(text: str, other: str) -> Difference:
    """What `text` says that `other` does not, and what it leaves out of it. Case and marks make no difference."""
    mine, theirs = text.split()[:_WORDS], other.split()[:_WORDS]
    matcher = SequenceMatcher(None, [_bare(word) for word in theirs], [_bare(word) for word in mine], autojunk=False)
    changes = [change for change in matcher.get_opcodes() if change[0] != "equal"]
    if changes and matcher.ratio() < _IN_COMMON:
        return Difference(in_other_words=True)
    left_out = [" ".join(theirs[start:end]) for _, start, end, _, _ in changes if end > start]
    added = [" ".join(mine[start:end]) for _, _, _, start, end in changes if end > start]
    more = len(added) > _TOLD or len(left_out) > _TOLD
    return Difference(tuple(added[:_TOLD]), tuple(left_out[:_TOLD]), more)


def _bare(word: str) -> str:
    return "".join(filter(str.isalnum, word)).casefold() or word
