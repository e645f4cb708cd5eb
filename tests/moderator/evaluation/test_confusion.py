"""Error rates by group: counted by hand, with rows in several groups and groups too small to judge."""

import numpy as np
import pytest

from moderator.evaluation.confusion import Groups, at_cut, reach
from moderator.evaluation.thresholds import Cut

_NOBODY = Groups((), np.zeros((4, 0), bool))


def test_counts_at_a_threshold_include_the_score_that_meets_it() -> None:
    found = at_cut(np.array([0.9, 0.5, 0.4, 0.1]), np.array([1, 0, 1, 0], bool), _NOBODY, Cut("review", 0.5), 100, 0)
    assert (found.hits, found.alarms, found.misses, found.passes) == (1, 1, 1, 1)
    assert found.precision.value == found.recall.value == found.f1.value == found.accuracy.value == 0.5
    assert found.precision.low <= 0.5 <= found.precision.high


def test_each_group_has_its_own_rates_and_the_spread_is_between_them() -> None:
    scores = np.concatenate((np.full(10, 0.9), np.full(90, 0.1), np.full(5, 0.9), np.full(95, 0.1)))
    member = np.zeros((200, 2), bool)
    member[:100, 0] = member[100:, 1] = True
    found = at_cut(scores, np.zeros(200, bool), Groups(("north", "south"), member), Cut("review", 0.5), 400, 0)
    assert [group.false_positive_rate.value for group in found.groups] == [0.1, 0.05]
    assert found.false_positive_spread.value == pytest.approx(0.05)
    assert found.false_positive_spread.high > 0.05
    assert np.isnan(found.false_negative_spread.value)


def test_a_row_counts_in_each_of_its_groups_and_once_for_all() -> None:
    member = np.array([[1, 1], [1, 0], [0, 0]], bool)
    found = at_cut(
        np.array([0.9, 0.9, 0.1]), np.array([1, 0, 0], bool), Groups(("a", "b"), member), Cut("review", 0.5), 100, 0
    )
    assert [(group.rows, group.positives) for group in found.groups] == [(2, 1), (1, 1)]
    assert found.hits + found.alarms + found.misses + found.passes == 3


def test_a_group_of_few_rows_makes_no_spread() -> None:
    member = np.zeros((60, 3), bool)
    member[:25, 0] = member[25:55, 1] = member[55:, 2] = True
    scores = np.where(member[:, 2], 0.9, 0.1)
    groups = Groups(("a", "b", "tiny"), member)
    found = at_cut(scores, np.zeros(60, bool), groups, Cut("review", 0.5), 100, 0)
    assert found.groups[2].false_positive_rate.value == 1.0
    assert found.false_positive_spread.value == 0.0


def test_reach_is_the_share_of_all_rows() -> None:
    found = reach("automatic", np.array([1, 0, 0, 0], bool), _NOBODY, 100, 0)
    assert (found.rows, found.share.value) == (1, 0.25)
