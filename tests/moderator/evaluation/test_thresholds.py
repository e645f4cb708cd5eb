"""Thresholds taken from rules, each with what it is for."""

from guidelines.load import load_preset
from moderator.evaluation.thresholds import Cut, cuts_of


def test_the_preset_gives_each_label_its_rules_thresholds() -> None:
    cuts = cuts_of(load_preset("open-forum"))
    assert cuts["threat"] == (Cut("review", 0.15), Cut("automatic", 0.97))
    # This label never acts by itself, though its rule may.
    assert cuts["profanity"] == (Cut("review", 0.8),)
