"""The one place where a machine decides: what it may do by itself, and what it must leave to a person."""

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guidelines.schema import (
    RESTRICTIVE_VERBS,
    VERBS,
    Decider,
    Finding,
    GuidelineSet,
    LabelCondition,
    Measure,
    Modality,
    Mode,
    Office,
    Risk,
    Rule,
    RuleAction,
    Rung,
    Strength,
)
from moderator.domain.decisions import Draft, Maker, Reason, State, asked_for, decide, lasts, needs_two
from moderator.domain.vocabulary import PERSON_ONLY, Verb, Visibility


def _rule(rule_id: str, mode: Mode, risk: Risk, actions: list[tuple[str, Modality]]) -> Rule:
    return Rule(
        id=rule_id,
        title=f"Rule {rule_id}",
        text="",
        actions=tuple(RuleAction(verb, modality) for verb, modality in actions),
        condition=LabelCondition("threat"),
        mode=mode,
        viewpoint_risk=risk,
    )


def _set(*rules: Rule) -> GuidelineSet:
    return GuidelineSet("s", "S", "en", Office("O"), "", (), rules)


def _found(rule_id: str, strength: Strength) -> Finding:
    return Finding(rule_id, strength, (Measure("threat", 0.95, 0.5, 0.9),))


def _decide(guidelines: GuidelineSet | None, *findings: Finding, **facts: object) -> tuple[Draft, ...]:
    given_facts = {"unreadable": False, "failed": False, "visibility": Visibility.VISIBLE} | facts
    return decide(guidelines, findings, **given_facts)  # type: ignore[arg-type]


HIDES = _rule("hides", Mode.AUTO_HIDE, Risk.LOW, [("hide", Modality.MUST)])
REPORTS = _rule("reports", Mode.AUTO_HIDE, Risk.LOW, [("hide", Modality.MUST), ("report_police", Modality.MUST)])
ASKS = _rule("asks", Mode.SUGGEST, Risk.LOW, [("delete", Modality.MAY), ("hide", Modality.MAY)])
DELETES = _rule("deletes", Mode.SUGGEST, Risk.HIGH, [("delete", Modality.MUST)])
ALL = _set(HIDES, REPORTS, ASKS, DELETES)


def test_a_comment_that_breaks_no_rule_is_kept() -> None:
    assert _decide(ALL) == (Draft(State.MADE, Maker.SYSTEM, Reason.NO_FINDING, (Verb.KEEP,)),)


def test_a_clear_breach_of_a_rule_that_hides_is_hidden_in_the_name_of_the_rule() -> None:
    finding = _found("hides", Strength.AUTOMATIC)
    assert _decide(ALL, finding) == (Draft(State.MADE, Maker.RULE, Reason.FINDING, (Verb.HIDE,), (finding,)),)


def test_what_a_rule_asks_for_beyond_hiding_waits_for_a_person_while_the_comment_is_hidden() -> None:
    finding = _found("reports", Strength.AUTOMATIC)
    made, asked = _decide(ALL, finding)
    assert (made.state, made.verbs) == (State.MADE, (Verb.HIDE,))
    assert (asked.state, asked.verbs, asked.rule_ids) == (State.SUGGESTED, (Verb.REPORT_POLICE,), ("reports",))


def test_a_decision_cites_only_the_rules_that_were_certain_and_the_question_cites_all() -> None:
    certain, doubtful = _found("hides", Strength.AUTOMATIC), _found("deletes", Strength.REVIEW)
    made, asked = _decide(ALL, certain, doubtful)
    assert made.rule_ids == ("hides",)
    assert asked.rule_ids == ("hides", "deletes")
    assert asked.verbs == (Verb.DELETE,)


def test_a_doubtful_breach_is_a_question() -> None:
    (asked,) = _decide(ALL, _found("hides", Strength.REVIEW))
    assert (asked.state, asked.maker, asked.reason, asked.verbs) == (
        State.SUGGESTED,
        Maker.SYSTEM,
        Reason.FINDING,
        (Verb.HIDE,),
    )


def test_where_a_rule_only_permits_the_mildest_reversible_verb_is_suggested() -> None:
    (asked,) = _decide(ALL, _found("asks", Strength.REVIEW))
    assert asked.verbs == (Verb.HIDE,)


HELPS = _rule("helps", Mode.AUTO_HIDE, Risk.LOW, [("redirect", Modality.MUST), ("hide", Modality.MUST)])


def test_whoever_asks_for_help_is_answered_and_never_hidden_for_it() -> None:
    call = Finding("helps", Strength.AUTOMATIC, (Measure("help_request", 0.95, 0.5, 0.9),))
    (asked,) = _decide(_set(HELPS), call)
    assert (asked.state, asked.verbs) == (State.SUGGESTED, (Verb.REDIRECT,))
    made, beside = _decide(_set(HELPS, HIDES), call, _found("hides", Strength.AUTOMATIC))
    assert (made.rule_ids, made.verbs, beside.verbs) == (("hides",), (Verb.HIDE,), (Verb.REDIRECT,))


def test_without_guidelines_everything_goes_to_a_person() -> None:
    (asked,) = _decide(None)
    assert (asked.state, asked.reason, asked.verbs) == (State.SUGGESTED, Reason.NO_GUIDELINES, ())


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"unreadable": True}, Reason.UNREADABLE),
        ({"failed": True}, Reason.CLASSIFIER_FAILED),
        ({"unreadable": True, "failed": True}, Reason.UNREADABLE),
    ],
)
def test_what_cannot_be_judged_goes_to_a_person_however_certain_a_rule_is(
    facts: dict[str, bool], reason: Reason
) -> None:
    (asked,) = _decide(ALL, _found("hides", Strength.AUTOMATIC), **facts)
    assert (asked.state, asked.reason) == (State.SUGGESTED, reason)


def test_a_hidden_comment_in_which_nothing_is_found_any_more_is_not_shown_by_a_machine() -> None:
    (asked,) = _decide(ALL, visibility=Visibility.HIDDEN)
    assert (asked.state, asked.reason, asked.verbs) == (State.SUGGESTED, Reason.EDITED_WHILE_HIDDEN, (Verb.UNHIDE,))


def test_an_edit_does_not_take_back_the_question_that_a_person_was_asked() -> None:
    (asked,) = _decide(ALL, waiting=True)
    assert (asked.state, asked.reason, asked.verbs) == (State.SUGGESTED, Reason.EDITED_WHILE_WAITING, (Verb.KEEP,))


def test_a_comment_that_is_hidden_after_an_edit_stays_with_the_person_who_was_asked() -> None:
    made, asked = _decide(ALL, _found("hides", Strength.AUTOMATIC), waiting=True)
    assert (made.state, made.verbs) == (State.MADE, (Verb.HIDE,))
    assert (asked.state, asked.reason, asked.verbs) == (State.SUGGESTED, Reason.FINDING, (Verb.HIDE,))


@pytest.mark.parametrize(
    ("mode", "risk"), [(Mode.AUTO_HIDE, Risk.HIGH), (Mode.SUGGEST, Risk.LOW), (Mode.OFF, Risk.LOW)]
)
def test_a_rule_that_may_not_act_by_itself_only_asks_whatever_strength_a_finding_claims(mode: Mode, risk: Risk) -> None:
    rules = _set(_rule("r", mode, risk, [("hide", Modality.MUST)]))
    (asked,) = _decide(rules, _found("r", Strength.AUTOMATIC))
    assert (asked.state, asked.verbs) == (State.SUGGESTED, (Verb.HIDE,))


@pytest.mark.parametrize("risk", list(Risk))
@pytest.mark.parametrize("verb", list(Verb))
def test_two_people_are_needed_to_delete_or_block_where_the_rule_could_be_used_against_a_view(
    risk: Risk, verb: Verb
) -> None:
    expected = risk is Risk.HIGH and verb in (Verb.DELETE, Verb.BLOCK)
    assert needs_two(_rule("r", Mode.SUGGEST, risk, []), (Verb.HIDE, verb)) is expected


_actions = st.lists(st.tuples(st.sampled_from(VERBS), st.sampled_from(list(Modality))), max_size=5)


@st.composite
def _cases(draw: st.DrawFn) -> tuple[GuidelineSet | None, list[Finding]]:
    rules = [
        _rule(str(number), draw(st.sampled_from(list(Mode))), draw(st.sampled_from(list(Risk))), draw(_actions))
        for number in range(draw(st.integers(1, 4)))
    ]
    chosen = draw(st.lists(st.sampled_from(rules), unique_by=lambda rule: rule.id))
    findings = [_found(rule.id, draw(st.sampled_from(list(Strength)))) for rule in chosen]
    return draw(st.sampled_from([_set(*rules), None])), findings


@given(_cases(), st.booleans(), st.booleans(), st.sampled_from(list(Visibility)), st.booleans())
def test_whatever_the_rules_say_a_machine_only_keeps_or_hides_and_only_where_it_may(
    case: tuple[GuidelineSet | None, list[Finding]],
    unreadable: bool,
    failed: bool,
    visibility: Visibility,
    waiting: bool,
) -> None:
    guidelines, findings = case
    drafts = decide(guidelines, findings, unreadable=unreadable, failed=failed, visibility=visibility, waiting=waiting)

    made = [draft for draft in drafts if draft.state is State.MADE]
    asked = [draft for draft in drafts if draft.state is State.SUGGESTED]
    assert len(made) <= 1
    assert len(asked) <= 1
    assert len(made) + len(asked) == len(drafts) >= 1
    assert asked or not waiting
    for draft in made:
        assert guidelines is not None
        assert not unreadable
        assert not failed
        assert draft.verbs in ((Verb.KEEP,), (Verb.HIDE,))
        assert not PERSON_ONLY & set(draft.verbs)
        for rule_id in draft.rule_ids:
            rule = guidelines.rule(rule_id)
            assert rule.mode is Mode.AUTO_HIDE
            assert rule.viewpoint_risk is not Risk.HIGH
        assert (draft.verbs == (Verb.HIDE,)) == bool(draft.rule_ids)
    for draft in asked:
        assert len(set(draft.verbs)) == len(draft.verbs)


@pytest.mark.parametrize(
    ("unreadable", "failed", "visibility"), list(itertools.product((False, True), (False, True), Visibility))
)
def test_a_comment_is_kept_by_a_machine_only_when_it_was_read_and_nothing_was_found(
    unreadable: bool, failed: bool, visibility: Visibility
) -> None:
    drafts = decide(ALL, (), unreadable=unreadable, failed=failed, visibility=visibility)
    kept = any(draft.state is State.MADE for draft in drafts)
    assert kept == (not unreadable and not failed and visibility is not Visibility.HIDDEN)


STEPS = (
    Rung(1, 30, (RuleAction("mute", Modality.MUST, duration_days=7),)),
    Rung(3, 365, (RuleAction("block", Modality.MUST, duration_days=90), RuleAction("hide", Modality.MAY))),
)
LADDER = replace(HIDES, id="ladder", repeat=STEPS)
TWO = replace(HIDES, id="two", decided_by=Decider.TWO_PEOPLE)


def _climbed(rung: int) -> Finding:
    return replace(_found("ladder", Strength.REVIEW), rung=rung)


@pytest.mark.parametrize(
    ("rung", "verbs"),
    [(0, (Verb.HIDE,)), (1, (Verb.HIDE, Verb.MUTE)), (2, (Verb.BLOCK,)), (3, (Verb.BLOCK,))],
)
def test_the_step_that_was_reached_asks_for_more_and_says_how(rung: int, verbs: tuple[Verb, ...]) -> None:
    (draft,) = _decide(_set(LADDER), _climbed(rung))
    assert draft.verbs == verbs


def test_a_machine_hides_and_the_step_waits_for_a_person() -> None:
    made, asked = _decide(_set(LADDER), replace(_climbed(1), strength=Strength.AUTOMATIC))
    assert (made.verbs, asked.verbs) == ((Verb.HIDE,), (Verb.MUTE,))


def test_how_long_a_verb_lasts_is_said_by_the_step_before_the_rule() -> None:
    blocks = replace(LADDER, actions=(RuleAction("block", Modality.MAY, duration_days=7),))
    assert [lasts(blocks, rung, Verb.BLOCK) for rung in (0, 1, 2)] == [7, 7, 90]
    assert [lasts(blocks, rung, Verb.MUTE) for rung in (0, 1, 2)] == [None, 7, None]
    assert lasts(HIDES, 1, Verb.HIDE) is None
    assert asked_for(HIDES, 2) == HIDES.actions


@pytest.mark.parametrize("verb", list(Verb))
def test_under_a_rule_for_two_whatever_takes_something_away_needs_a_second_person(verb: Verb) -> None:
    assert needs_two(TWO, (verb,)) == (verb in RESTRICTIVE_VERBS)


def test_a_rule_for_two_is_never_acted_on_by_a_machine() -> None:
    (draft,) = _decide(_set(TWO), _found("two", Strength.AUTOMATIC))
    assert (draft.state, draft.verbs) == (State.SUGGESTED, (Verb.HIDE,))


@pytest.mark.parametrize("visibility", [Visibility.VISIBLE, Visibility.HIDDEN])
def test_a_question_about_the_very_same_text_is_not_taken_back_either(visibility: Visibility) -> None:
    (draft,) = _decide(ALL, visibility=visibility, waiting=True, anew=True)
    assert (draft.state, draft.reason) == (State.SUGGESTED, Reason.FACTS_CHANGED)
    assert draft.verbs == ((Verb.UNHIDE,) if visibility is Visibility.HIDDEN else (Verb.KEEP,))
