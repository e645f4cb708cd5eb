"""From which scores on rules act, with the rule language's exceptions and defaults."""

from dataclasses import replace

from guidelines.load import load_preset
from guidelines.schema import AllOf, AnyOf, LabelCondition, Mode, Not, Thresholds
from moderator.domain.thresholds import Lowest, lowest_of

_SET = load_preset("open-forum")
_RULE = replace(_SET.rules[0], mode=Mode.AUTO_HIDE, thresholds=Thresholds(0.4, 0.9))


def test_the_lowest_threshold_of_several_rules_counts() -> None:
    strict = replace(_RULE, condition=LabelCondition("spam", review=0.7, automatic=0.8))
    early = replace(_RULE, condition=AnyOf((LabelCondition("spam"), LabelCondition("phishing"))))
    assert lowest_of(replace(_SET, rules=(strict, early))) == {"spam": Lowest(0.4, 0.8), "phishing": Lowest(0.4, 0.9)}


def test_a_rule_that_only_suggests_hides_nothing_by_itself() -> None:
    suggesting = replace(_RULE, mode=Mode.SUGGEST, condition=LabelCondition("spam"))
    assert lowest_of(replace(_SET, rules=(suggesting,))) == {"spam": Lowest(0.4, None)}


def test_exceptions_and_rules_that_are_off_give_no_threshold() -> None:
    guarded = replace(_RULE, condition=AllOf((LabelCondition("spam"), Not(LabelCondition("help_request")))))
    off = replace(_RULE, mode=Mode.OFF, condition=LabelCondition("threat"))
    assert set(lowest_of(replace(_SET, rules=(guarded, off)))) == {"spam"}
