"""Does a verdict hang on a name? Each name in a comment is swapped for others of its kind, and both are scored."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from classifiers.base import Classifier
from moderator.evaluation.measures import Bools, Figure, Floats, Places, interval, ratio, resampled, share
from moderator.evaluation.names import Names
from moderator.evaluation.scoring import score
from moderator.evaluation.thresholds import Cuts

WORST = 5


@dataclass(frozen=True, slots=True)
class Pair:
    """Two texts that differ in names alone; the comment begins at `line` of its file."""

    line: int
    text: str
    swapped: str


@dataclass(frozen=True, slots=True)
class Pairs:
    """`with_names` of `rows` comments hold a name; `comments` of those were swapped, several times each."""

    rows: int
    with_names: int
    comments: int
    pairs: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class LabelMoves:
    """How far one label's score moved: `crossed` is the share of pairs in which it crossed a threshold."""

    label: str
    crossed: Figure
    mean_move: float
    largest_move: float


@dataclass(frozen=True, slots=True)
class Crossing:
    """A pair in which a score crossed a threshold."""

    pair: Pair
    label: str
    threshold: float
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class SwapReport:
    """`crossed`: the share of pairs in which any label crossed any threshold. `worst`: the widest moves first."""

    name: str
    version: str
    rows: int
    with_names: int
    comments: int
    pairs: int
    crossed: Figure
    labels: tuple[LabelMoves, ...]
    worst: tuple[Crossing, ...]


def make_pairs(
    texts: Sequence[str], lines: Sequence[int], names: Names, *, comments: int, variants: int, seed: int
) -> Pairs:
    """Up to `variants` different swaps of each of up to `comments` comments, drawn from those that hold a name."""
    generator = random.Random(seed)  # noqa: S311 - a sample, not a secret
    holding = [row for row, text in enumerate(texts) if text in names]
    pairs: list[Pair] = []
    used = 0
    for row in generator.sample(holding, len(holding)):
        if used == comments:
            break
        swaps = dict.fromkeys(names.swapped(texts[row], generator) for _ in range(variants))
        made = [Pair(lines[row], texts[row], swapped) for swapped in swaps if swapped is not None]
        used += bool(made)
        pairs += made
    return Pairs(len(texts), len(holding), used, tuple(pairs))


def measure(
    name: str,
    classifier: Classifier,
    pairs: Pairs,
    cuts: Cuts,
    *,
    resamples: int,
    seed: int,
    on_progress: Callable[[int], None] = lambda count: None,
) -> SwapReport:
    """Score both sides of every pair, of which there is at least one, and count the thresholds crossed.

    Raises as `score` does.
    """
    texts = list(dict.fromkeys(text for pair in pairs.pairs for text in (pair.text, pair.swapped)))
    place = {text: index for index, text in enumerate(texts)}
    scores = score(name, classifier, texts, on_progress=on_progress).scores
    befores = np.array([place[pair.text] for pair in pairs.pairs], dtype=np.intp)
    afters = np.array([place[pair.swapped] for pair in pairs.pairs], dtype=np.intp)
    moves = [
        _Moves(label, mine[befores], mine[afters], tuple(cut.at for cut in cuts[label]))
        for label, mine in scores.items()
        if cuts.get(label)
    ]
    anywhere = np.any([move.crossed for move in moves], axis=0) if moves else np.zeros(len(pairs.pairs), bool)
    comment_of = np.unique([pair.line for pair in pairs.pairs], return_inverse=True)[1].reshape(-1)
    return SwapReport(
        name=name,
        version=classifier.version,
        rows=pairs.rows,
        with_names=pairs.with_names,
        comments=pairs.comments,
        pairs=len(pairs.pairs),
        crossed=_share(anywhere, comment_of, resamples, seed),
        labels=tuple(
            LabelMoves(
                move.label,
                _share(move.crossed, comment_of, resamples, seed),
                float(move.distance.mean()),
                float(move.distance.max()),
            )
            for move in moves
        ),
        worst=_worst(pairs.pairs, moves),
    )


@dataclass(frozen=True, slots=True)
class _Moves:
    """One label's score on both sides of every pair."""

    label: str
    before: Floats
    after: Floats
    thresholds: tuple[float, ...]

    @property
    def distance(self) -> Floats:
        return np.abs(self.after - self.before)

    @property
    def crossed(self) -> Bools:
        found: Bools = np.any([self._crosses(threshold) for threshold in self.thresholds], axis=0)
        return found

    def _crosses(self, threshold: float) -> Bools:
        found: Bools = (self.before >= threshold) != (self.after >= threshold)
        return found

    def crossed_at(self, pair: int) -> float:
        """The highest threshold that the pair crosses."""
        return max(threshold for threshold in self.thresholds if self._crosses(threshold)[pair])


def _share(crossed: Bools, comment_of: Places, resamples: int, seed: int) -> Figure:
    """Pairs of one comment are no strangers to one another, so comments are resampled, with all their pairs."""
    pairs = np.bincount(comment_of).astype(np.float64)
    hits = np.bincount(comment_of, crossed)
    draws = [ratio(weights @ hits, weights @ pairs) for weights in resampled(len(pairs), resamples, seed)]
    figure = interval(float(hits.sum() / pairs.sum()), np.concatenate(draws))
    return share(0, len(pairs), np.concatenate(draws)) if not hits.any() else figure


def _worst(pairs: Sequence[Pair], moves: Sequence[_Moves]) -> tuple[Crossing, ...]:
    crossings = [(move.distance[pair], move, int(pair)) for move in moves for pair in np.flatnonzero(move.crossed)]
    crossings.sort(key=lambda crossing: -crossing[0])
    return tuple(
        Crossing(pairs[pair], move.label, move.crossed_at(pair), float(move.before[pair]), float(move.after[pair]))
        for _, move, pair in crossings[:WORST]
    )
