"""One text held against one set of rules, without a database: the function that deciding and trying share."""

from types import MappingProxyType

import pytest

from guidelines.schema import (
    NO_FACTS,
    Activity,
    ActivityCondition,
    Count,
    Facts,
    GuidelineSet,
    Mode,
    Needs,
    RuleAction,
    Rung,
    RungCount,
    WordsCondition,
)
from moderator.domain.decisions import Draft, Reason, State
from moderator.domain.ensemble import OTHER_LANGUAGE, Ensemble, Opinion
from moderator.domain.vocabulary import Verb, Visibility
from moderator.pipeline.judge import bench_for, hear, judge
from tests.moderator.conftest import guideline_set, rule

READER = Ensemble(("reader",))
MEASURED = {"reader": frozenset({"threat", "spam", "harassment", "discrimination"})}
FINE = Opinion("reader", dict.fromkeys(MEASURED["reader"], 0.1))


def _judged(
    guidelines: GuidelineSet | None, *opinions: Opinion, facts: Facts = NO_FACTS, unreadable: bool = False
) -> tuple[Draft, ...]:
    heard = hear(READER, opinions, unreadable=unreadable)
    return judge(bench_for(guidelines, READER), heard, facts, MEASURED, visibility=Visibility.VISIBLE)


def _reasons(drafts: tuple[Draft, ...]) -> list[Reason]:
    return [draft.reason for draft in drafts]


def test_without_rules_a_person_is_asked() -> None:
    assert _reasons(_judged(None, FINE)) == [Reason.NO_GUIDELINES]


@pytest.mark.parametrize(
    ("opinions", "reason"),
    [
        ((FINE,), Reason.NO_FINDING),
        ((), Reason.CLASSIFIER_FAILED),
        ((Opinion("reader", {}, failed=True),), Reason.CLASSIFIER_FAILED),
        ((FINE, Opinion("wordlist", {}, failed=True)), Reason.CLASSIFIER_FAILED),
        ((Opinion("reader", FINE.scores, (OTHER_LANGUAGE,)),), Reason.UNREADABLE),
        ((Opinion("reader", FINE.scores, ("no_letters",)),), Reason.UNREADABLE),
    ],
)
def test_what_was_not_read_goes_to_a_person(opinions: tuple[Opinion, ...], reason: Reason) -> None:
    assert _reasons(_judged(guideline_set(), *opinions)) == [reason]


def test_a_text_that_no_machine_may_judge_goes_to_a_person_whatever_it_scores() -> None:
    assert _reasons(_judged(guideline_set(), FINE, unreadable=True)) == [Reason.UNREADABLE]


def test_facts_are_held_against_the_rules_beside_scores() -> None:
    rules = guideline_set(rule("8", "spam", "hide", condition=WordsCondition(("bus",), True), mode=Mode.AUTO_HIDE))
    assert _reasons(_judged(rules, FINE)) == [Reason.NO_FINDING]
    (draft,) = _judged(rules, FINE, facts=Facts(words=frozenset({"bus"})))
    assert (draft.state, draft.verbs, draft.rule_ids) == (State.MADE, (Verb.HIDE,), ("8",))


def test_a_bench_knows_which_facts_and_labels_its_rules_ask_for() -> None:
    ladder = (Rung(2, 30, (RuleAction("hide", rule("1", "spam", "hide").actions[0].modality),)),)
    rules = guideline_set(
        rule("1", "spam", "hide", repeat=ladder),
        rule("2", "threat", "hide", condition=ActivityCondition(Activity.REPEATS, 3, 168)),
    )
    bench = bench_for(rules, READER, version_id="v")
    assert bench.wanted == {"spam"}
    assert bench.needs.counts == {Count(Activity.REPEATS, 168)}
    assert bench.needs.rungs == {RungCount("1", 30)}
    assert bench.version_id == "v"
    assert bench_for(None, READER).needs == Needs()


def test_a_step_that_was_reached_asks_for_more() -> None:
    plain = rule("1", "spam", "hide")
    block = RuleAction("block", plain.actions[0].modality, duration_days=30)
    rules = guideline_set(rule("1", "spam", "hide", repeat=(Rung(2, 30, (block,)),)))
    spam = Opinion("reader", {**FINE.scores, "spam": 0.6})
    known = Facts(upheld=MappingProxyType({RungCount("1", 30): 2}))
    assert _judged(rules, spam)[0].verbs == (Verb.HIDE,)
    assert _judged(rules, spam, facts=known)[0].verbs == (Verb.HIDE, Verb.BLOCK)
