"""Where the spaces belong in letters run together, told from how common each word is.

A word's cost is the logarithm of its rank, so that a split into common words is cheap. Letters that spell nothing known
stay together as one stranger, which costs more with every letter. Whether to split at all is settled against what the
letters would cost as one unknown word, by how such words are spelled: "discriminatory" may be unknown, but it reads
like a word, and "killallofthem" does not.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import islice

_LONGEST = 20
#: How many answers are kept, and for letters of what number: longer ones do not come twice.
_REMEMBERED, _WORTH_REMEMBERING = 20_000, 60
#: What somebody who guesses pays for a letter, and on top for a word that nobody knows; tuned by restoring comments
#: whose spaces had been taken out.
_LETTER, _STRANGER = 2.9, 8.0
_ENDING = 2.0
_ENDINGS = ("s", "es", "d", "ed", "ing", "er", "ers", "ly", "y")
_SHORTEST_STEM = 3
_LISTED = re.compile(r"[a-z]+")
#: Words of one and two letters, most common first: a vocabulary of word pieces is full of other scraps. "a" and "i" are
#: further down than they should be, or they would be seen everywhere.
_SHORT = _LISTED.findall(
    "to of in is it on my be me he we so do if no at as or an by up us a i am go oh hi ok im ur u r"
)
_CHEAPEST_SHORT = 5
#: Contractions as they are without their apostrophe, which a vocabulary of word pieces does not have.
_CONTRACTED = _LISTED.findall(
    "dont cant im its thats didnt isnt youre ive theyre doesnt wont hes shes arent wasnt lets whats theres havent"
    " wouldnt couldnt shouldnt aint hasnt werent youve theyve weve youll theyll hadnt"
)
_RANK_OF_CONTRACTED = 300

#: How much cheaper the split must be than the whole, a letter, by the number of its words: two words that happen to
#: make a third are common, three are not. Tuned to leave ordinary comments alone.
_MARGINS = {2: 1.5, 3: 0.7}
_MARGIN = 0.3
_SHORTEST_RUN = 6
_SHORTEST_MEAN = 2.5
#: What stands before or behind a word to make another one, and is a word itself.
_AFFIXES = frozenset(
    _LISTED.findall(
        "anti auto bio counter cyber down eco ex euro extra fore geo hyper im inter intra macro mega mid mini mis multi"
        " neo non out over post pre pro pseudo re semi socio sub super techno trans tri un under up vice able age an"
        " dom ful fold fully hood ian ish ism ist ists it is ive ize less lessly like man men ment ness ship some ville"
        " ward wards way wide wise woman women"
    )
)


class Words:
    """A vocabulary, asked for the words in a run of lower-case letters. `ranks`: word → rank, 0 the most common.

    Words of one and two letters in it are passed over for a list of our own. Safe to share between threads.
    """

    def __init__(self, ranks: Mapping[str, int]) -> None:
        base = math.log(math.log(len(ranks) + 3))
        long = {word: rank for word, rank in ranks.items() if len(word) > 2 and word.isalpha()}
        self._costs = {word: base + math.log(rank + 2) for word, rank in long.items()}
        self._costs |= dict.fromkeys(_CONTRACTED, base + math.log(_RANK_OF_CONTRACTED))
        self._costs |= {word: base + math.log(2 * place + _CHEAPEST_SHORT) for place, word in enumerate(_SHORT)}
        self._spelling = _Spelling(sorted(long, key=long.__getitem__))
        self._known_answer = lru_cache(_REMEMBERED)(self._parted)

    def __contains__(self, word: str) -> bool:
        """Whether this is a word, plain or with a common ending."""
        return word in self._costs or any(
            word.endswith(ending) and word[: -len(ending)] in self._costs and len(word) - len(ending) >= _SHORTEST_STEM
            for ending in _ENDINGS
        )

    def are_scraps(self, pieces: Sequence[str]) -> bool:
        """Whether letters written in pieces rather spell one unknown word than several."""
        return self._spelling.cost("".join(pieces)) < sum(
            self._cost(piece) if piece in self else self._spelling.cost(piece) for piece in pieces
        )

    def parted(self, letters: str) -> tuple[str, ...]:
        """The words, if these letters are several words rather than one; otherwise nothing."""
        return self._known_answer(letters) if len(letters) <= _WORTH_REMEMBERING else self._parted(letters)

    def _parted(self, letters: str) -> tuple[str, ...]:
        if len(letters) < _SHORTEST_RUN or letters in self:
            return ()
        pieces = self.split(letters)
        if len(pieces) < 2 or len(letters) < _SHORTEST_MEAN * len(pieces):
            return ()
        if len(pieces) in _MARGINS and not self._are_words(pieces):
            return ()
        gain = self._spelling.cost(letters) - sum(map(self._cost, pieces))
        return pieces if gain > _MARGINS.get(len(pieces), _MARGIN) * len(letters) else ()

    def _are_words(self, pieces: tuple[str, ...]) -> bool:
        """Whether these few are words in a row rather than the parts of one."""
        return all(piece in self for piece in pieces) and sum(piece not in _AFFIXES for piece in pieces) > 1

    def _cost(self, word: str) -> float:
        stems = (word[: -len(ending)] for ending in _ENDINGS if word.endswith(ending))
        costs = (self._costs.get(stem, math.inf) + _ENDING for stem in stems if len(stem) >= _SHORTEST_STEM)
        return min(self._costs.get(word, math.inf), _STRANGER + _LETTER * len(word), *costs)

    def split(self, letters: str) -> tuple[str, ...]:
        """The cheapest words that spell these letters, in order. Work grows no faster than the number of letters."""
        known: list[list[tuple[int, float]]] = [[]]  # of each place: where the words that end there begin, and costs
        best = [(0.0, 0)]  # of each place: the cheapest way to get there, and where its last word begins
        strange = (math.inf, 0)  # the cheapest way whose last word is a stranger that may go on
        for end in range(1, len(letters) + 1):
            known.append(self._ending_at(letters, end))
            before = best[-1][0]
            strange = min((strange[0] + _LETTER, strange[1]), (before + _STRANGER + _LETTER, end - 1))
            cheapest = strange
            for start, cost in (*known[end], *_with_endings(letters, end, known)):
                if best[start][0] + cost < cheapest[0]:
                    cheapest = (best[start][0] + cost, start)
            best.append(cheapest)
        return _pieces(letters, [start for _, start in best])

    def _ending_at(self, letters: str, end: int) -> list[tuple[int, float]]:
        found = []
        for start in range(max(0, end - _LONGEST), end):
            cost = self._costs.get(letters[start:end])
            if cost is not None:
                found.append((start, cost))
        return found


class _Spelling:
    """What a word costs that nobody knows, told from the letters that follow each other in words somebody knows."""

    _LEARNED = 12_000
    _DOUBT = 4.0

    def __init__(self, words: Iterable[str]) -> None:
        self._after: list[Counter[str]] = [Counter(), Counter(), Counter()]
        self._before: list[Counter[str]] = [Counter(), Counter(), Counter()]
        for word in islice(words, self._LEARNED):
            marked = f"^^^{word}$"
            for i in range(3, len(marked)):
                for length in (1, 2, 3):
                    self._after[length - 1][marked[i - length : i + 1]] += 1
                    self._before[length - 1][marked[i - length : i]] += 1

    def cost(self, word: str) -> float:
        marked = f"^^^{word}$"
        return -sum(math.log(self._chance(marked, i)) for i in range(3, len(marked)))

    def _chance(self, marked: str, i: int) -> float:
        chance = 1 / 28
        for length, (after, before) in enumerate(zip(self._after, self._before, strict=True), 1):
            times = after[marked[i - length : i + 1]]
            chance = (times + self._DOUBT * chance) / (before[marked[i - length : i]] + self._DOUBT)
        return chance


def _with_endings(letters: str, end: int, known: list[list[tuple[int, float]]]) -> list[tuple[int, float]]:
    return [
        (start, cost + _ENDING)
        for ending in _ENDINGS
        if letters.endswith(ending, 0, end)
        for start, cost in known[max(0, end - len(ending))]
        if end - len(ending) - start >= _SHORTEST_STEM
    ]


def _pieces(letters: str, starts: list[int]) -> tuple[str, ...]:
    pieces: list[str] = []
    end = len(letters)
    while end:
        pieces.append(letters[starts[end] : end])
        end = starts[end]
    return tuple(reversed(pieces))
