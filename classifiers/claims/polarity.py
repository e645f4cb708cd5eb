"""What a comment does with a claim: repeats it, disputes it, asks about it, or is about something else.

Plain features that can be read, the vectors of the two, and one small linear model over them (`weights.npz`,
`python -m classifiers.training.claims`). Disputing is debunking it, and quoting it in order to criticise it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import IO

import numpy as np
from numpy.typing import NDArray

from classifiers.claims.words import MOST_READ, listed, numbers, sentences, stems, words

Floats = NDArray[np.float64]
Vector = NDArray[np.float32]


class Stance(StrEnum):
    """What a comment does with a claim."""

    REPEATS = "repeats"
    DISPUTES = "disputes"
    ASKS = "asks"
    OTHER = "other"


STANCES = tuple(Stance)

_NEGATIONS = listed("negations")
_DENYING = listed("denying")
_REFUTES = listed("refutes")
_CORRECTS = listed("corrects")
_CITES = listed("cites")
_ATTRIBUTES = listed("attributes")
_OPENS_QUESTION = listed("opens_question")
_ANSWERS = listed("answers")
_OPPOSITES = (
    ("open opens opened", "close closed closes closing shut shuts"),
    ("more higher up rise rises rose risen rising increased increase", "less fewer lower down fall falls fell fallen"),
    ("before", "after"),
    ("legal", "illegal"),
    ("above", "below"),
    ("double doubled twice", "half halved"),
    ("safe", "unsafe poison poisons dangerous"),
    ("cheap cheaper cheapest", "dear dearer expensive costs"),
    ("allowed allow welcome may", "banned ban bans forbidden"),
    ("quicker faster fast beats", "slower slow"),
    ("reopens reopened reopen", "closed closes"),
    ("won win wins", "lost lose loses"),
    ("bought", "sold"),
    ("few fewer little tenth fraction", "many times most all every"),
    ("yes", "no"),
    ("always", "never"),
    ("best", "worst"),
    ("free", "charge charged charges pay pays"),
    ("prevents prevent protects protect", "causes cause"),
    ("most highest", "least lowest"),
)
_SPEAKER = frozenset(("i", "my", "we", "me", "i'm", "i've", "we've"))
_CONTRASTS = ("but", "nothing to do with", "rather than")
_CLAUSES = re.compile(r"[,:–—()]+ | [-–—] |, |\b(?:but|and|so|because|while)\b")
_ANTONYMS: Mapping[str, frozenset[str]] = {
    word: frozenset(other.split())
    for left, right in _OPPOSITES
    for one, other in ((left, right), (right, left))
    for word in one.split()
}

FEATURES = (
    "nearness",
    "near_07",
    "far_from_065",
    "covers_claim",
    "covered_by_claim",
    "negation_differs",
    "denial_differs",
    "sentence_negation_differs",
    "negated_beside",
    "both_negated",
    "negated_elsewhere",
    "begins_with_no",
    "refutes",
    "corrects",
    "cites",
    "attributes",
    "quotes_words",
    "opposite",
    "numbers_differ",
    "numbers_added",
    "numbers_shared",
    "numbers_missing",
    "question_mark",
    "question_elsewhere",
    "opens_question",
    "did_you_know",
    "true_or_not",
    "contrast",
    "first_person",
    "short",
    "sentences",
)


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """A comment, a claim, and unit vectors: of the passage that is nearest to the claim, and of the claim."""

    comment: str
    claim: str
    passage: Vector
    vector: Vector

    @property
    def nearness(self) -> float:
        return float(self.passage @ self.vector)


def features(pair: Pair) -> dict[str, float]:
    """What is seen of a pair, by name, each about 0 to 1."""
    parts = sentences(pair.comment) or [pair.comment[:200]]
    claim_words = words(pair.claim)
    about, stated = set(stems(claim_words)), set(claim_words)
    by_part = [words(part) for part in parts]
    at = max(range(len(parts)), key=lambda i: (len(about & set(stems(by_part[i]))), -i))
    focus, here = parts[at], by_part[at]
    rest = [word for i, several in enumerate(by_part) if i != at for word in several]
    said, clause = here + rest, _clause(focus, about)
    asks = "?" in focus[-4:]
    found = {
        "did_you_know": "did you know" in " ".join(said),
        "sentences": min(len(parts), 4) / 4,
        "short": len(said) <= 4,
        "first_person": bool(_SPEAKER & set(said) - stated),
        "quotes_words": sum(map(pair.comment[:MOST_READ].count, '"“”')) >= 2,
        "opposite": any(_ANTONYMS.get(word, frozenset()) & stated and word not in stated for word in here),
        "question_mark": asks,
        "question_elsewhere": not asks and "?" in pair.comment,
        "opens_question": here[:1] != [] and here[0] in _OPENS_QUESTION,
        "begins_with_no": by_part[0][:1] != [] and by_part[0][0] in _ANSWERS and by_part[0][0] not in stated,
    }
    return (
        {name: float(value) for name, value in found.items()}
        | _distances(pair.nearness, about, said, here)
        | _negations(claim_words, clause, here, rest)
        | _cues(said, stated, here)
        | _figures(numbers(pair.comment), numbers(pair.claim))
    )


def _distances(nearness: float, about: set[str], said: Sequence[str], here: Sequence[str]) -> dict[str, float]:
    focus = set(stems(here))
    return {
        "nearness": nearness,
        "near_07": max(nearness - 0.7, 0.0) * 4,
        "far_from_065": max(0.65 - nearness, 0.0) * 4,
        "covers_claim": len(about & set(stems(said))) / max(len(about), 1),
        "covered_by_claim": len(about & focus) / max(len(focus), 1),
    }


def _negations(
    claim: Sequence[str], clause: Sequence[str], sentence: Sequence[str], rest: Sequence[str]
) -> dict[str, float]:
    claimed, there, around = _negated(claim), _negated(clause), _negated(sentence)
    return {
        "negation_differs": float(there != claimed),
        "denial_differs": float(_denials(clause) % 2 != _denials(claim) % 2),
        "sentence_negation_differs": float(around != claimed),
        "negated_beside": float(around and not there),
        "both_negated": float(there and claimed),
        "negated_elsewhere": float(_negated(rest)),
    }


def _cues(said: Sequence[str], stated: set[str], here: Sequence[str]) -> dict[str, float]:
    text = f" {' '.join(said)} "
    return {
        "refutes": _some(_REFUTES, said, stated),
        "corrects": _some(_CORRECTS, said, stated),
        "cites": _some(_CITES, said, stated),
        "attributes": _some(_ATTRIBUTES, said, stated),
        "true_or_not": float(any(f" {cue} " in text for cue in ("it true", "true or", "anyone know", "or not"))),
        "contrast": float("not" in here[-4:] or any(f" {cue} " in text for cue in _CONTRASTS)),
    }


def _figures(ours: frozenset[float], theirs: frozenset[float]) -> dict[str, float]:
    return {
        "numbers_differ": float(bool(ours and theirs and not ours & theirs)),
        "numbers_added": float(bool(theirs and ours - theirs)),
        "numbers_shared": float(bool(ours & theirs)),
        "numbers_missing": float(bool(theirs and not ours)),
    }


class Polarity:
    """The model. Safe to share between threads."""

    def __init__(self, weights: Floats) -> None:
        """`weights`: what `inputs` gives and a last line for the bias × `STANCES`."""
        self._weights = weights

    def stances(self, pairs: Sequence[Pair]) -> Floats:
        """Pairs × `STANCES`: how likely each is."""
        if not pairs:
            return np.zeros((0, len(STANCES)))
        logits = inputs(pairs) @ self._weights[:-1] + self._weights[-1]
        likely = np.exp(logits - logits.max(axis=1, keepdims=True))
        found: Floats = likely / likely.sum(axis=1, keepdims=True)
        return found


def inputs(pairs: Sequence[Pair]) -> Floats:
    """What the model is given: pairs × (`FEATURES`, how the vectors differ, the passage's vector)."""
    seen = [features(pair) for pair in pairs]
    named = np.array([[each[name] for name in FEATURES] for each in seen])
    passages, claims = (np.stack(vectors) for vectors in ([p.passage for p in pairs], [p.vector for p in pairs]))
    return np.concatenate([named, passages - claims, passages], axis=1)


def read(file: IO[bytes]) -> Polarity:
    """The model of a `weights.npz`. Raises `ValueError` where it was made for other features."""
    with np.load(file, allow_pickle=False) as stored:
        if tuple(stored["features"]) != FEATURES or tuple(stored["stances"]) != STANCES:
            raise ValueError("the weights were made for other features")
        return Polarity(stored["weights"].astype(np.float64))


def _negated(found: Sequence[str]) -> bool:
    """Whether a sentence denies something: "not only" does not."""
    return any(
        (word in _NEGATIONS or word.endswith("n't")) and found[i + 1 : i + 2] != ["only"]
        for i, word in enumerate(found)
    )


def _denials(found: Sequence[str]) -> int:
    return sum(word in _NEGATIONS or word in _DENYING or word.endswith("n't") for word in found)


def _clause(sentence: str, about: set[str]) -> list[str]:
    """The words of the part of a sentence that says most of what a claim is `about`."""
    parts = [words(part) for part in _CLAUSES.split(sentence)]
    return max(parts, key=lambda part: len(about & set(stems(part))))


def _some(known: frozenset[str], said: Sequence[str], stated: set[str]) -> float:
    """Whether the comment has one of the words known, other than the claim itself."""
    return float(any(word in known and word not in stated for word in said))
