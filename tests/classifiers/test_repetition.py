"""Counts become scores by plain formulas, and sentences that a moderator can check."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest

from classifiers.base import Item, Missing, NotGathered, Result
from classifiers.repetition.classifier import coordination, load, repetition
from classifiers.repetition.echoes import Echoes

SINCE = datetime(2026, 11, 3, 14, 5, tzinfo=UTC)


def _said(echoes: Echoes) -> Result:
    [result] = load().classify([Item("Save our library, vote no on Thursday", around=(echoes,))])
    return result


def test_two_comments_are_nobodys_campaign() -> None:
    two = _said(Echoes(comments=2, authors=2, posts=2, own_comments=2, own_posts=2))
    assert max(two.scores.values()) < 0.5
    assert two.because == {}


def test_one_who_says_it_three_times_is_shown_to_a_person_and_hidden_by_no_machine() -> None:
    assert 0.5 <= repetition(3, 1) < repetition(3, 3) < 0.95


def test_three_accounts_within_three_days_are_shown_to_a_person() -> None:
    assert 0.5 <= coordination(3, 72) < coordination(3, 1) < 0.95


def test_more_comments_posts_or_accounts_never_score_less_nor_does_more_haste() -> None:
    for posts in range(5):
        assert all(one <= other for one, other in pairwise(repetition(n, posts) for n in range(1, 60)))
    for comments in range(1, 30):
        assert all(one <= other for one, other in pairwise(repetition(comments, n) for n in range(20)))
    for hours in (0, 0.5, 1, 5, 30, 72):
        assert all(one <= other for one, other in pairwise(coordination(n, hours) for n in range(60)))
    for authors in range(1, 30):
        assert all(one >= other for one, other in pairwise(coordination(authors, hours) for hours in range(100)))


@pytest.mark.parametrize("count", [10**6, 10**9])
def test_no_count_is_too_large(count: int) -> None:
    result = _said(Echoes(count, count, count, 71.5, SINCE, count, count, SINCE, more=True))
    assert all(0.9 < score <= 1 for score in result.scores.values())


def test_the_sentence_for_one_account_says_how_often_where_and_since_when() -> None:
    found = _said(Echoes(4, 1, 3, 30.2, SINCE, own_comments=4, own_posts=3, own_since=SINCE))
    assert found.because == {
        "repetition": "This account said nearly the same 4 times under 3 posts, since 3 November.",
    }


def test_the_sentence_for_many_accounts_says_how_many_and_how_fast() -> None:
    found = _said(Echoes(14, 9, 3, 4.4, SINCE))
    assert found.because == {
        "coordination": "Nearly the same was said 14 times by 9 accounts under 3 posts within 5 hours,"
        " since 3 November.",
    }
    assert (
        "at least 14 times by 9 accounts within an hour"
        in _said(Echoes(14, 9, 1, 0.2, more=True)).because["coordination"]
    )
    assert "within 3 days" in _said(Echoes(14, 9, 1, 70)).because["coordination"]


def test_where_nobody_looked_nothing_is_said_and_where_looking_failed_a_person_looks() -> None:
    [nothing] = load().classify([Item("Save our library, vote no on Thursday")])
    assert (set(nothing.scores.values()), nothing.because, nothing.doubts) == ({0.0}, {}, ())
    with pytest.raises(NotGathered):
        load().classify([Item("Save our library", around=(Missing("Echoes", "locked"),))])
