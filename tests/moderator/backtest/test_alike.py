"""Comments of one kind come to the same, whatever the rules."""

import random
from collections.abc import Mapping
from dataclasses import replace

import pytest

from guidelines.schema import (
    NO_FACTS,
    Activity,
    ActivityCondition,
    AllOf,
    AnyOf,
    Condition,
    Count,
    Facts,
    GuidelineSet,
    LabelCondition,
    Mode,
    Not,
    Thresholds,
    WordsCondition,
)
from moderator.backtest.alike import Kinds, known
from moderator.backtest.comparison import judged_anew
from moderator.domain.ensemble import OTHER_LANGUAGE, Ensemble, Opinion
from moderator.pipeline.judge import Heard, bench_for, hear
from tests.moderator.conftest import guideline_set, rule

LABELS = ("threat", "spam")
ENSEMBLE = Ensemble(("written",))
MEASURED = {"written": frozenset(LABELS)}
CUTS = (0.2, 0.5, 0.7, 0.9)


def _condition(chance: random.Random, depth: int = 2) -> Condition:
    kind = chance.randrange(6 if depth else 3)
    if kind == 0:
        return ActivityCondition(Activity.REPEATS, 3, 24, automatic=True)
    if kind == 1:
        return WordsCondition(("bins",))
    if kind == 2:
        low, high = sorted(chance.choices(CUTS, k=2))
        return LabelCondition(chance.choice(LABELS), review=low, automatic=high)
    if kind == 3:
        return Not(_condition(chance, depth - 1))
    parts = tuple(_condition(chance, depth - 1) for _ in range(2))
    return AnyOf(parts) if kind == 4 else AllOf(parts)


def _set(chance: random.Random) -> GuidelineSet:
    modes = (Mode.AUTO_HIDE, Mode.SUGGEST, Mode.OFF)
    rules = (rule(str(number), "threat", "hide", mode=chance.choice(modes)) for number in range(3))
    return guideline_set(
        *(replace(each, condition=_condition(chance), thresholds=Thresholds(0.5, 0.9)) for each in rules)
    )


def _heard(chance: random.Random) -> Heard:
    scores = {label: chance.choice([*CUTS, chance.random()]) for label in LABELS if chance.random() < 0.8}
    doubts = chance.choice([(), (), (), (OTHER_LANGUAGE,), ("nul",)])
    failed = chance.random() < 0.1
    opinion = Opinion("written", {} if failed else scores, doubts, failed)
    return hear(ENSEMBLE, [opinion] if chance.random() < 0.9 else [], unreadable=chance.random() < 0.1)


def _facts(chance: random.Random) -> Facts:
    words = chance.choice([None, frozenset(), frozenset({"bins"})])
    return chance.choice([NO_FACTS, Facts(words=words, counts={Count(Activity.REPEATS, 24): chance.randrange(1, 5)})])


@pytest.mark.parametrize("seed", range(40))
def test_comments_of_one_kind_come_to_the_same(seed: int) -> None:
    chance = random.Random(seed)
    sets = [_set(chance), _set(chance)]
    kinds, benches = Kinds(*sets), [bench_for(each, ENSEMBLE) for each in sets]
    found: dict[object, object] = {}
    for _ in range(60):
        heard, facts = _heard(chance), _facts(chance)
        verdicts = [judged_anew(bench, heard, facts, MEASURED) for bench in benches]
        assert found.setdefault((kinds(heard), known(facts)), verdicts) == verdicts
    assert len(found) < 60  # or no two were alike, and this showed nothing


def _kind(kinds: Kinds, scores: Mapping[str, float]) -> object:
    return kinds(hear(ENSEMBLE, [Opinion("written", scores)], unreadable=False))


def test_scores_on_the_same_side_of_every_threshold_are_alike() -> None:
    kinds = Kinds(guideline_set(rule("1", "threat", "hide", mode=Mode.AUTO_HIDE)))  # from 0.5, and from 0.9
    assert _kind(kinds, {"threat": 0.5, "spam": 0.1}) == _kind(kinds, {"threat": 0.89, "spam": 0.9})
    assert len({_kind(kinds, {"threat": score}) for score in (0.49, 0.5, 0.9, float("nan"))}) == 4
