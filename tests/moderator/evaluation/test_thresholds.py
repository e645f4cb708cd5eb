"""Thresholds taken from rules, with the rule language's exceptions and defaults."""

from dataclasses import replace

from guidelines.load import load_preset
from guidelines.schema import AllOf, AnyOf, LabelCondition, Mode, Not, Thresholds
from moderator.evaluation.thresholds import Cut, cuts_of

_SET = load_preset("open-forum")
_RULE = replace(_SET.rules[0], mode=Mode.AUTO_HIDE, thresholds=Thresholds(0.4, 0.9))


def test_the_preset_gives_each_label_its_rules_thresholds() -> None:
    cuts = cuts_of(_SET)
    assert cuts["threat"] == (Cut("review", 0.2), Cut("automatic", 0.9))
    # This label never acts by itself, though its rule may.
    assert cuts["profanity"] == (Cut("review", 0.8),)


def test_the_lowest_threshold_of_several_rules_counts() -> None:
    strict = replace(_RULE, condition=LabelCondition("spam", review=0.7, automatic=0.8))
    early = replace(_RULE, condition=AnyOf((LabelCondition("spam"), LabelCondition("phishing"))))
    assert cuts_of(replace(_SET, rules=(strict, early)))["spam"] == (Cut("review", 0.4), Cut("automatic", 0.8))


def test_exceptions_and_rules_that_are_off_give_no_threshold() -> None:
    guarded = replace(_RULE, condition=AllOf((LabelCondition("spam"), Not(LabelCondition("help_request")))))
    off = replace(_RULE, mode=Mode.OFF, condition=LabelCondition("threat"))
    assert set(cuts_of(replace(_SET, rules=(guarded, off)))) == {"spam"}
