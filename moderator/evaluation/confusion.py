"""Right and wrong claims at one threshold, for all rows and for each group of them.

Rows that agree in group, truth and claim are alike, so a bootstrap of the rows is a draw of how many are of each kind.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from moderator.evaluation.measures import Bools, Figure, Floats, Places, interval, rates, share
from moderator.evaluation.thresholds import Cut

#: A group needs so many rows of a kind before its rate counts for the spread: below, chance alone makes one.
ROWS_FOR_SPREAD = 20


@dataclass(frozen=True, slots=True)
class Groups:
    """Which rows (first axis of `member`) belong to which group (second axis). A row may belong to several."""

    names: tuple[str, ...]
    member: Bools

    def of(self, rows: Bools) -> "Groups":
        """The groups of some of the rows."""
        return Groups(self.names, self.member[rows])


@dataclass(frozen=True, slots=True)
class GroupRates:
    name: str
    rows: int
    positives: int
    false_positive_rate: Figure
    false_negative_rate: Figure


@dataclass(frozen=True, slots=True)
class AtCut:
    """One label at one threshold. A spread is the highest rate of a group less the lowest, in groups large enough."""

    name: str
    threshold: float
    hits: int
    alarms: int
    misses: int
    passes: int
    precision: Figure
    recall: Figure
    f1: Figure
    accuracy: Figure
    false_positive_rate: Figure
    false_negative_rate: Figure
    groups: tuple[GroupRates, ...]
    false_positive_spread: Figure
    false_negative_spread: Figure


@dataclass(frozen=True, slots=True)
class GroupShare:
    name: str
    rows: int
    share: Figure


@dataclass(frozen=True, slots=True)
class Reach:
    """How many rows get as far as a threshold of any label, whatever they hold."""

    name: str
    rows: int
    share: Figure
    groups: tuple[GroupShare, ...]
    spread: Figure


@dataclass(frozen=True, slots=True)
class _Counts:
    """How many rows were rightly and wrongly claimed and not claimed; first axis resamples, second groups if any."""

    hits: Floats
    alarms: Floats
    misses: Floats
    passes: Floats

    def rates(self) -> Mapping[str, Floats]:
        return rates(self.hits, self.alarms, self.misses, self.passes)


#: Each rate as a share: what counts towards it, and out of what.
_SHARES = {
    "precision": (("hits",), ("hits", "alarms")),
    "recall": (("hits",), ("hits", "misses")),
    "accuracy": (("hits", "passes"), ("hits", "alarms", "misses", "passes")),
    "false_positive_rate": (("alarms",), ("alarms", "passes")),
    "false_negative_rate": (("misses",), ("hits", "misses")),
}


def at_cut(scores: Floats, held: Bools, groups: Groups, cut: Cut, resamples: int, seed: int) -> AtCut:
    """What the threshold does to these rows."""
    return _measured(scores >= cut.at, held, groups, cut, resamples, seed)


def reach(name: str, reached: Bools, groups: Groups, resamples: int, seed: int) -> Reach:
    """How many of all rows got there, and of each group."""
    nothing_held = np.zeros(len(reached), bool)
    found = _measured(reached, nothing_held, groups, Cut(name, float("nan")), resamples, seed)
    return Reach(
        name=name,
        rows=found.alarms,
        share=found.false_positive_rate,
        groups=tuple(GroupShare(group.name, group.rows, group.false_positive_rate) for group in found.groups),
        spread=found.false_positive_spread,
    )


def _measured(claimed: Bools, held: Bools, groups: Groups, cut: Cut, resamples: int, seed: int) -> AtCut:
    kinds, kind_of = _kinds(groups.member)
    cells = np.bincount(kind_of * 4 + held * 2 + claimed, minlength=len(kinds) * 4).astype(np.int64)
    drawn = np.random.default_rng(seed).multinomial(len(held), cells / max(len(held), 1), resamples)
    found, draws = _grid(cells[None]), _grid(drawn)
    everybody = np.ones((len(kinds), 1))
    figures = _figures(_counts(found, everybody), _counts(draws, everybody), 0)
    whole = _counts(found, everybody)
    mine, my_draws = _counts(found, kinds), _counts(draws, kinds)
    return AtCut(
        name=cut.name,
        threshold=cut.at,
        hits=int(whole.hits[0, 0]),
        alarms=int(whole.alarms[0, 0]),
        misses=int(whole.misses[0, 0]),
        passes=int(whole.passes[0, 0]),
        **figures,
        groups=tuple(_group(name, mine, my_draws, index) for index, name in enumerate(groups.names)),
        false_positive_spread=_spread("false_positive_rate", mine, my_draws),
        false_negative_spread=_spread("false_negative_rate", mine, my_draws),
    )


def _kinds(member: Bools) -> tuple[Floats, Places]:
    """The different memberships there are (kinds × groups), and which of them each row has."""
    if not member.shape[1]:
        return np.zeros((1, 0)), np.zeros(len(member), np.intp)
    kinds, kind_of = np.unique(member, axis=0, return_inverse=True)
    return kinds.astype(np.float64), kind_of.reshape(-1)


def _grid(cells: NDArray[np.int64]) -> Floats:
    """Resamples × kinds × held × claimed."""
    return cells.reshape(len(cells), -1, 2, 2).astype(np.float64)


def _counts(grid: Floats, kinds: Floats) -> _Counts:
    per_group = np.einsum("rkhc,kg->rghc", grid, kinds)
    return _Counts(
        hits=per_group[:, :, 1, 1],
        alarms=per_group[:, :, 0, 1],
        misses=per_group[:, :, 1, 0],
        passes=per_group[:, :, 0, 0],
    )


def _figures(found: _Counts, draws: _Counts, group: int) -> dict[str, Figure]:
    drawn = draws.rates()
    figures = {"f1": interval(float(found.rates()["f1"][0, group]), drawn["f1"][:, group])}
    for name, (above, below) in _SHARES.items():
        hits = sum(float(getattr(found, part)[0, group]) for part in above)
        total = sum(float(getattr(found, part)[0, group]) for part in below)
        figures[name] = share(hits, total, drawn[name][:, group])
    return figures


def _group(name: str, found: _Counts, draws: _Counts, index: int) -> GroupRates:
    figures = _figures(found, draws, index)
    positives = int(found.hits[0, index] + found.misses[0, index])
    return GroupRates(
        name=name,
        rows=positives + int(found.alarms[0, index] + found.passes[0, index]),
        positives=positives,
        false_positive_rate=figures["false_positive_rate"],
        false_negative_rate=figures["false_negative_rate"],
    )


def _spread(rate: str, found: _Counts, draws: _Counts) -> Figure:
    _, below = _SHARES[rate]
    large = sum(getattr(found, part)[0] for part in below) >= ROWS_FOR_SPREAD
    if large.sum() < 2:
        return Figure(np.nan, np.nan, np.nan)
    value, drawn = found.rates()[rate][:, large], draws.rates()[rate][:, large]
    return interval(float(np.ptp(value)), np.ptp(drawn, axis=1))
