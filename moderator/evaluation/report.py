"""Everything that is measured on one file, gathered: classifiers one by one, then one against another."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from moderator.evaluation.comparison import Difference, Disagreement, difference, disagreement
from moderator.evaluation.confusion import AtCut, Groups, Reach, at_cut, reach
from moderator.evaluation.measures import (
    Bools,
    Curve,
    Figure,
    Floats,
    Ranked,
    Wanted,
    interval,
    quality,
    rank,
    resampled,
)
from moderator.evaluation.measures import calibration as calibration_curve
from moderator.evaluation.measures import precision_recall as precision_recall_curve
from moderator.evaluation.thresholds import Cuts


@dataclass(frozen=True, slots=True)
class Scored:
    """One classifier's scores: label → one for each row."""

    name: str
    version: str
    scores: Mapping[str, Floats]


@dataclass(frozen=True, slots=True)
class Rows:
    """What is known of the rows: label → 0 to 1 for each row, NaN where a row does not know; and their groups."""

    truth: Mapping[str, Floats]
    groups: Groups


@dataclass(frozen=True, slots=True)
class Plan:
    """How to measure."""

    cuts: Cuts
    wanted: Wanted = field(default_factory=Wanted)
    resamples: int = 1000
    seed: int = 0


@dataclass(frozen=True, slots=True)
class LabelReport:
    """One label of one classifier, on the rows that know it."""

    label: str
    rows: int
    positives: int
    roc_auc: Figure
    average_precision: Figure
    precision_at_recall: Figure
    recall_at_precision: Figure
    calibration_error: Figure
    cuts: tuple[AtCut, ...]
    calibration: Curve
    precision_recall: Curve


@dataclass(frozen=True, slots=True)
class ClassifierReport:
    """`reach` is about all rows, also those of which nobody knows what they hold."""

    name: str
    version: str
    labels: tuple[LabelReport, ...]
    reach: tuple[Reach, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two classifiers on the rows that know one label; differences are the second's less the first's."""

    label: str
    first: str
    second: str
    rows: int
    roc_auc: Difference
    average_precision: Difference
    cuts: tuple[Disagreement, ...]


@dataclass(frozen=True, slots=True)
class Evaluation:
    classifiers: tuple[ClassifierReport, ...]
    comparisons: tuple[Comparison, ...]


@dataclass(frozen=True, slots=True)
class _Measured:
    """One label's threshold-free figures: as the rows are, and for every resample."""

    ranked: Ranked
    found: Mapping[str, float]
    draws: Mapping[str, Floats]

    def figure(self, name: str) -> Figure:
        return interval(self.found[name], self.draws[name])


def evaluate(
    rows: Rows, scored: Sequence[Scored], plan: Plan, *, compare: bool, on_label: Callable[[], None] = lambda: None
) -> Evaluation:
    """Measure every label that the rows know and a classifier scores; `on_label` is called after each label.

    With `compare` the first classifier is held against each of the others.
    """
    reports: dict[str, list[LabelReport]] = {classifier.name: [] for classifier in scored}
    comparisons: list[Comparison] = []
    for label, truth in rows.truth.items():
        measuring = [classifier for classifier in scored if label in classifier.scores]
        known = ~np.isnan(truth)
        if known.any() and measuring:
            held = truth[known] >= 0.5
            scores = {classifier.name: classifier.scores[label][known] for classifier in measuring}
            measured = _measured(scores, held, plan)
            for name, mine in measured.items():
                reports[name].append(_label_report(label, mine, scores[name], held, rows.groups.of(known), plan))
            if compare:
                comparisons += _comparisons(label, measured, scores, held, plan)
        on_label()
    return Evaluation(
        tuple(ClassifierReport(s.name, s.version, tuple(reports[s.name]), _reach(rows, s, plan)) for s in scored),
        tuple(comparisons),
    )


def _measured(scores: Mapping[str, Floats], held: Bools, plan: Plan) -> dict[str, _Measured]:
    """Every classifier on the same resamples, so that their draws can be held against each other."""
    ranked = {name: rank(mine, held) for name, mine in scores.items()}
    parts: dict[str, list[Mapping[str, Floats]]] = {name: [] for name in scores}
    for weights in resampled(len(held), plan.resamples, plan.seed):
        for name, mine in ranked.items():
            parts[name].append(quality(mine, weights, plan.wanted))
    ones = np.ones((1, len(held)))
    return {
        name: _Measured(
            mine,
            {measure: float(values[0]) for measure, values in quality(mine, ones, plan.wanted).items()},
            {measure: np.concatenate([part[measure] for part in parts[name]]) for measure in parts[name][0]},
        )
        for name, mine in ranked.items()
    }


def _label_report(
    label: str, measured: _Measured, scores: Floats, held: Bools, groups: Groups, plan: Plan
) -> LabelReport:
    return LabelReport(
        label=label,
        rows=len(held),
        positives=int(held.sum()),
        roc_auc=measured.figure("roc_auc"),
        average_precision=measured.figure("average_precision"),
        precision_at_recall=measured.figure("precision_at_recall"),
        recall_at_precision=measured.figure("recall_at_precision"),
        calibration_error=measured.figure("calibration_error"),
        cuts=tuple(at_cut(scores, held, groups, cut, plan.resamples, plan.seed) for cut in plan.cuts.get(label, ())),
        calibration=calibration_curve(measured.ranked),
        precision_recall=precision_recall_curve(measured.ranked),
    )


def _reach(rows: Rows, scored: Scored, plan: Plan) -> tuple[Reach, ...]:
    names = dict.fromkeys(cut.name for label in scored.scores for cut in plan.cuts.get(label, ()))
    found = []
    for name in names:
        reached = np.zeros(len(rows.groups.member), bool)
        for label, scores in scored.scores.items():
            for cut in plan.cuts.get(label, ()):
                if cut.name == name:
                    reached |= scores >= cut.at
        found.append(reach(name, reached, rows.groups, plan.resamples, plan.seed))
    return tuple(found)


def _comparisons(
    label: str, measured: Mapping[str, _Measured], scores: Mapping[str, Floats], held: Bools, plan: Plan
) -> list[Comparison]:
    first, *others = measured
    return [
        Comparison(
            label=label,
            first=first,
            second=second,
            rows=len(held),
            roc_auc=_difference("roc_auc", measured[first], measured[second]),
            average_precision=_difference("average_precision", measured[first], measured[second]),
            cuts=tuple(
                disagreement(cut.name, cut.at, scores[first], scores[second], held) for cut in plan.cuts.get(label, ())
            ),
        )
        for second in others
    ]


def _difference(name: str, first: _Measured, second: _Measured) -> Difference:
    return difference(first.found[name], second.found[name], first.draws[name], second.draws[name])
