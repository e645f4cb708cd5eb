"""Facts that are left out make no difference; and most of them are left out."""

import random
from dataclasses import replace

import pytest

from guidelines.evaluate import needs
from guidelines.load import load_preset
from guidelines.schema import (
    Activity,
    ActivityCondition,
    AllOf,
    AnyOf,
    By,
    Condition,
    Count,
    Facts,
    GuidelineSet,
    LabelCondition,
    Modality,
    Mode,
    Needs,
    Not,
    Rule,
    RuleAction,
    Rung,
    RungCount,
    Thresholds,
    WordsCondition,
)
from moderator.backtest.comparison import judged_anew
from moderator.backtest.stakes import Stakes
from moderator.domain.ensemble import Ensemble, Opinion
from moderator.domain.outcomes import Outcome
from moderator.pipeline.judge import bench_for, hear
from tests.moderator.conftest import guideline_set, rule

LABELS = ("threat", "spam")
ENSEMBLE = Ensemble(("written",))
MEASURED = {"written": frozenset(LABELS)}
CUTS = (0.2, 0.5, 0.7, 0.9)


def _condition(chance: random.Random, depth: int = 2) -> Condition:
    kind = chance.randrange(7 if depth else 4)
    if kind == 0:
        return ActivityCondition(Activity.REPEATS, 3, 24, automatic=chance.random() < 0.5)
    if kind == 1:
        return WordsCondition((chance.choice(["bins", "buses"]),), automatic=chance.random() < 0.5)
    if kind in (2, 3):
        low, high = sorted(chance.choices(CUTS, k=2))
        return LabelCondition(chance.choice(LABELS), review=low, automatic=high)
    if kind == 4:
        return Not(_condition(chance, depth - 1))
    parts = tuple(_condition(chance, depth - 1) for _ in range(chance.randrange(1, 4)))
    return AnyOf(parts) if kind == 5 else AllOf(parts)


def _rule(chance: random.Random, number: int) -> Rule:
    made = rule(str(number), "threat", "hide", mode=chance.choice([Mode.AUTO_HIDE, Mode.AUTO_HIDE, Mode.SUGGEST]))
    ladder = (Rung(2, 30, (RuleAction("block", Modality.MUST),)),) if chance.random() < 0.5 else ()
    return replace(made, condition=_condition(chance), thresholds=Thresholds(0.5, 0.9), repeat=ladder)


def _facts(chance: random.Random, asked: Needs) -> Facts:
    """All that is asked for, known or not."""
    return Facts(
        words=None if chance.random() < 0.1 else frozenset(word for word in asked.words if chance.random() < 0.5),
        counts={count: chance.randrange(1, 5) for count in asked.counts if chance.random() < 0.9},
        upheld={rung: chance.randrange(4) for rung in asked.rungs if chance.random() < 0.9},
    )


def _left(facts: Facts, asked: Needs) -> Facts:
    """Of the facts those asked for."""
    return Facts(
        words=facts.words & asked.words if facts.words is not None and asked.words else None,
        counts={count: number for count, number in facts.counts.items() if count in asked.counts},
        upheld={rung: number for rung, number in facts.upheld.items() if rung in asked.rungs},
    )


@pytest.mark.parametrize("seed", range(40))
def test_what_a_set_makes_of_a_comment_is_the_same_without_the_other_facts(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(25):
        guidelines = guideline_set(*(_rule(chance, number) for number in range(3)))
        bench, stakes = bench_for(guidelines, ENSEMBLE), Stakes(guidelines)
        for _ in range(20):
            scores = {label: chance.choice([*CUTS, chance.random()]) for label in LABELS if chance.random() < 0.8}
            opinion = Opinion("written", scores, failed=chance.random() < 0.05)
            heard = hear(ENSEMBLE, [opinion], unreadable=chance.random() < 0.05)
            asked, facts = stakes(heard.answers.scores), _facts(chance, needs(guidelines))
            plain = judged_anew(bench, heard, facts, MEASURED)
            assert judged_anew(bench, heard, _left(facts, asked), MEASURED) == plain


REPEATS = Count(Activity.REPEATS, 168)
ANYONE = ActivityCondition(Activity.REPEATS, 5, 24, By.ANYONE)
LADDER = (Rung(1, 365, (RuleAction("block", Modality.MUST),)),)


def _told(*rules: Rule, **scores: float) -> Needs:
    return Stakes(guideline_set(*rules))(scores)


def test_a_rule_that_its_scores_keep_from_firing_asks_for_no_facts() -> None:
    made = replace(rule("1", "spam", "hide"), condition=AllOf((LabelCondition("spam"), ANYONE)))
    assert _told(made, spam=0.4) == Needs()
    assert _told(made, spam=0.5) == Needs(counts=frozenset({Count(Activity.REPEATS, 24, By.ANYONE)}))


@pytest.mark.parametrize(("mode", "asks"), [(Mode.AUTO_HIDE, True), (Mode.SUGGEST, False), (Mode.OFF, False)])
def test_a_ladder_matters_where_the_service_may_hide(mode: Mode, asks: bool) -> None:
    made = rule("1", "spam", "hide", mode=mode, repeat=LADDER)
    assert _told(made, spam=0.8) == Needs()
    assert _told(made, spam=0.95) == (Needs(rungs=frozenset({RungCount("1", 365)})) if asks else Needs())


def test_a_ladder_that_is_left_out_would_have_made_a_difference_to_what_is_asked_beside_hiding() -> None:
    guidelines = guideline_set(rule("1", "spam", "hide", mode=Mode.AUTO_HIDE, repeat=LADDER))
    bench, heard = (
        bench_for(guidelines, ENSEMBLE),
        hear(ENSEMBLE, [Opinion("written", {"spam": 0.95})], unreadable=False),
    )
    first = judged_anew(bench, heard, Facts(), MEASURED)
    again = judged_anew(bench, heard, Facts(upheld={RungCount("1", 365): 1}), MEASURED)
    assert (first.outcome, first.asks, again.outcome, again.asks) == (Outcome.HIDDEN, False, Outcome.HIDDEN, True)


def test_of_a_quiet_comment_the_open_forum_asks_for_its_repeats_alone() -> None:
    preset: GuidelineSet = load_preset("open-forum", office_name="Alice Archer", contact="by letter")
    assert Stakes(preset)({"spam": 0.1, "threat": 0.05}) == Needs(counts=frozenset({REPEATS}))


def test_without_a_set_nothing_matters() -> None:
    assert Stakes(None)({"spam": 1.0}) == Needs()
