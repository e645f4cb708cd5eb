"""The measures against scikit-learn and against counting by hand, ties included."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.metrics import (  # type: ignore[import-untyped]
    average_precision_score,
    precision_recall_curve,
    roc_auc_score,
)

from moderator.evaluation.measures import (
    Bools,
    Floats,
    Wanted,
    calibration,
    interval,
    precision_recall,
    quality,
    rank,
    rates,
    resampled,
    share,
)

# Few different scores make many ties.
_rows = st.lists(st.tuples(st.sampled_from([0.0, 0.1, 1 / 3, 0.5, 0.8, 1.0]), st.booleans()), min_size=2, max_size=40)


def _split(rows: list[tuple[float, bool]]) -> tuple[Floats, Bools]:
    return np.array([score for score, _ in rows]), np.array([held for _, held in rows])


def _as_they_are(scores: Floats, held: Bools, wanted: Wanted = Wanted()) -> dict[str, float]:  # noqa: B008
    found = quality(rank(scores, held), np.ones((1, len(scores))), wanted)
    return {name: float(values[0]) for name, values in found.items()}


@given(_rows)
@settings(max_examples=60, deadline=None)
def test_area_and_average_precision_are_those_of_scikit_learn(rows: list[tuple[float, bool]]) -> None:
    scores, held = _split(rows)
    assume(held.any() and not held.all())
    found = _as_they_are(scores, held)
    assert found["roc_auc"] == pytest.approx(roc_auc_score(held, scores))
    assert found["average_precision"] == pytest.approx(average_precision_score(held, scores))


@given(_rows, st.sampled_from([0.2, 0.5, 0.8, 1.0]))
@settings(max_examples=60, deadline=None)
def test_the_best_precision_at_a_recall_and_the_reverse_are_on_the_curve(
    rows: list[tuple[float, bool]], at: float
) -> None:
    scores, held = _split(rows)
    assume(held.any())
    precision, recall, _ = precision_recall_curve(held, scores)
    found = _as_they_are(scores, held, Wanted(recall=at, precision=at))
    # scikit-learn ends its curve with an invented point of recall 0: no threshold gives it.
    assert found["precision_at_recall"] == pytest.approx(max(precision[:-1][recall[:-1] >= at - 1e-9]))
    assert found["recall_at_precision"] == pytest.approx(max(recall[:-1][precision[:-1] >= at - 1e-9], default=0.0))


@given(_rows, st.data())
@settings(max_examples=60, deadline=None)
def test_a_weight_is_the_same_as_repeating_the_row(rows: list[tuple[float, bool]], data: st.DataObject) -> None:
    scores, held = _split(rows)
    times = np.array(data.draw(st.lists(st.integers(0, 3), min_size=len(rows), max_size=len(rows))))
    assume(times.sum() > 0)
    weighted = quality(rank(scores, held), times[None].astype(float), Wanted())
    repeated = _as_they_are(np.repeat(scores, times), np.repeat(held, times))
    assert {name: float(values[0]) for name, values in weighted.items()} == pytest.approx(repeated, nan_ok=True)


def test_calibration_error_is_the_gap_of_each_bin_weighed_by_its_rows() -> None:
    scores, held = np.array([0.01, 0.03, 0.95, 1.0]), np.array([False, True, True, True])
    low, high = abs(0.02 - 0.5), abs(0.975 - 1.0)
    assert _as_they_are(scores, held)["calibration_error"] == pytest.approx((2 * low + 2 * high) / 4)
    curve = calibration(rank(scores, held))
    assert curve.x == pytest.approx([0.02, 0.975])
    assert curve.y == pytest.approx([0.5, 1.0])
    assert curve.rows.tolist() == [2, 2]


def test_one_answer_alone_defines_no_area() -> None:
    assert np.isnan(_as_they_are(np.array([0.1, 0.9]), np.array([True, True]))["roc_auc"])
    nothing_held = _as_they_are(np.array([0.1, 0.9]), np.array([False, False]))
    assert np.isnan([nothing_held[name] for name in ("roc_auc", "average_precision", "precision_at_recall")]).all()


def test_the_curve_steps_where_a_row_holds_the_label() -> None:
    curve = precision_recall(rank(np.array([0.9, 0.8, 0.7, 0.7]), np.array([True, False, True, False])))
    assert curve.x.tolist() == [0.5, 1.0]
    assert curve.y.tolist() == [1.0, 0.5]


def test_rates_follow_from_counts() -> None:
    found = rates(*(np.array([count]) for count in (6.0, 2.0, 4.0, 8.0)))
    assert {name: float(values[0]) for name, values in found.items()} == pytest.approx(
        {
            "precision": 0.75,
            "recall": 0.6,
            "f1": 2 / 3,
            "accuracy": 0.7,
            "false_positive_rate": 0.2,
            "false_negative_rate": 0.4,
        }
    )


def test_resamples_draw_as_many_rows_as_there_are_and_one_seed_draws_the_same() -> None:
    first, again, other = (np.concatenate(list(resampled(60_000, 9, seed))) for seed in (1, 1, 2))
    assert first.shape == (9, 60_000)
    assert set(first.sum(axis=1)) == {60_000}
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_the_interval_of_a_mean_is_as_wide_as_theory_says() -> None:
    held = np.arange(400) % 4 == 0
    draws = np.concatenate([weights @ held / 400 for weights in resampled(400, 2000, 0)])
    figure = interval(0.25, draws)
    error = 1.96 * (0.25 * 0.75 / 400) ** 0.5
    assert (figure.low, figure.high) == pytest.approx((0.25 - error, 0.25 + error), abs=0.005)


def test_a_figure_that_most_resamples_leave_undefined_has_no_interval() -> None:
    figure = interval(1.0, np.array([1.0, np.nan, np.nan]))
    assert figure.value == 1.0
    assert np.isnan([figure.low, figure.high]).all()


def test_none_of_a_hundred_is_no_proof_of_never() -> None:
    assert share(0, 100, np.zeros(50)).high == pytest.approx(0.0362, abs=1e-4)
    assert share(100, 100, np.ones(50)).low == pytest.approx(1 - 0.0362, abs=1e-4)
