"""Counts add up, whichever way the comments are cut into batches, and survive the database."""

import json
from functools import reduce

from hypothesis import given
from hypothesis import strategies as st

from moderator.backtest.tally import Tally, Verdict, as_json, from_json
from moderator.domain.outcomes import Direction, Outcome

_RULES = st.lists(st.sampled_from(["1", "2 a", "3]"]), unique=True, max_size=2).map(tuple)


@st.composite
def _verdicts(draw: st.DrawFn) -> Verdict:
    outcome = draw(st.sampled_from(Outcome))
    if outcome is Outcome.KEPT:
        return Verdict(outcome, (), (), asks=False)
    rules = draw(_RULES)
    return Verdict(outcome, rules, (*rules, *draw(_RULES)), outcome is Outcome.QUEUED or draw(st.booleans()))


_COMMENTS = st.lists(st.tuples(_verdicts(), _verdicts(), st.sampled_from([True, False, None])), max_size=30)


def _tally(comments: list[tuple[Verdict, Verdict, bool | None]]) -> Tally:
    tally = Tally()
    for before, after, acted_on in comments:
        tally.add(before, after, acted_on)
    return tally


def _merged(one: Tally, other: Tally) -> Tally:
    one.merge(other)
    return one


@given(st.lists(_COMMENTS, max_size=4))
def test_batches_come_to_the_same_as_the_whole(batches: list[list[tuple[Verdict, Verdict, bool | None]]]) -> None:
    whole = _tally([comment for batch in batches for comment in batch])
    assert reduce(_merged, map(_tally, batches), Tally()) == whole


@given(_COMMENTS)
def test_what_is_stored_loads_back(comments: list[tuple[Verdict, Verdict, bool | None]]) -> None:
    tally = _tally(comments)
    assert from_json(json.loads(json.dumps(as_json(tally)))) == tally


@given(_COMMENTS)
def test_every_flip_has_a_direction(comments: list[tuple[Verdict, Verdict, bool | None]]) -> None:
    flips = 0
    for before, after, acted_on in comments:
        direction = Tally().add(before, after, acted_on)
        assert (direction is None) == (before.outcome is after.outcome)
        flips += direction is not None
    assert _tally(comments).flipped == flips


def _hidden(*rules: str, asks: bool = False, cited: tuple[str, ...] = ()) -> Verdict:
    return Verdict(Outcome.HIDDEN, rules, cited or rules, asks)


def _queued(*rules: str) -> Verdict:
    return Verdict(Outcome.QUEUED, rules, rules, asks=True)


KEPT = Verdict(Outcome.KEPT, (), (), asks=False)


def test_a_flip_is_put_down_to_the_rules_that_take_hold_or_let_go() -> None:
    tally = Tally()
    tally.add(_queued("2"), _hidden("1", cited=("1", "2")), None)
    tally.add(KEPT, _queued("2", "3"), None)
    tally.add(_hidden("1"), _queued("2"), None)
    tally.add(_queued("3"), KEPT, None)
    assert tally.flips == {
        ("1", Direction.HIDES_MORE): 1,
        ("2", Direction.ASKS_MORE): 1,
        ("3", Direction.ASKS_MORE): 1,
        ("1", Direction.LETS_GO): 1,
        ("3", Direction.LETS_GO): 1,
    }


def test_the_same_outcome_under_other_rules_is_no_flip_and_is_counted_apart() -> None:
    tally = Tally()
    tally.add(_queued("1"), _queued("2"), None)
    tally.add(_queued("1"), _queued("1"), None)
    tally.add(_hidden("1"), _hidden("1", cited=("1", "2")), None)
    assert (tally.flipped, tally.other_rules) == (0, 2)


def test_a_comment_that_nobody_could_judge_is_put_down_to_no_rule() -> None:
    tally = Tally()
    tally.add(KEPT, _queued(), None)
    assert tally.flips == {("", Direction.ASKS_MORE): 1}


def test_what_is_hidden_without_anybody_being_asked_is_counted() -> None:
    tally = Tally()
    tally.add(_hidden("1"), _hidden("1", asks=True), None)
    assert (tally.unseen_before, tally.unseen_after) == (1, 0)
