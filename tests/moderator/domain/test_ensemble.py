"""Several classifiers, one answer for each label."""

import pytest

from classifiers.text import REASONS
from moderator.domain.ensemble import OTHER_LANGUAGE, Answers, Ensemble, Opinion, answer, dissent, silence

BOTH = Ensemble(("first", "second"))
MEASURED = {"first": frozenset({"threat", "spam"}), "second": frozenset({"threat", "sexual"})}

FOREIGN = (OTHER_LANGUAGE,)


def _silent(ensemble: Ensemble, opinions: list[Opinion], *wanted: str) -> tuple[set[str], set[str]]:
    """Labels left open because somebody failed, and because nobody reads the language."""
    found = silence(ensemble, opinions, answer(ensemble, opinions), wanted, MEASURED)
    return set(found.failed), set(found.language)


def test_the_first_that_measures_a_label_answers_for_it_however_high_the_others_score() -> None:
    opinions = [Opinion("second", {"threat": 0.9, "sexual": 0.4}), Opinion("first", {"threat": 0.2, "spam": 0.1})]
    assert answer(BOTH, opinions) == Answers(
        {"threat": 0.2, "spam": 0.1, "sexual": 0.4}, {"threat": "first", "spam": "first", "sexual": "second"}
    )


def test_an_office_may_turn_the_order_round_for_one_label_alone() -> None:
    turned = Ensemble(("first", "second"), {"threat": ("second", "first")})
    opinions = [Opinion("first", {"threat": 0.2, "spam": 0.1}), Opinion("second", {"threat": 0.9, "spam": 0.8})]
    assert answer(turned, opinions).scores == {"threat": 0.9, "spam": 0.1}


def test_those_that_an_office_left_out_never_answer() -> None:
    alone = Ensemble(("first", "second"), {"threat": ("first",)})
    opinions = [Opinion("first", {}, failed=True), Opinion("second", {"threat": 0.9})]
    assert "threat" not in answer(alone, opinions).by
    assert _silent(alone, opinions, "threat") == ({"threat"}, set())


def test_a_choice_of_classifiers_that_run_no_more_gives_way_to_the_usual_order() -> None:
    assert Ensemble(("first",), {"threat": ("gone",)}).order("threat") == ("first",)
    assert Ensemble(("first",), {"threat": ("gone", "first")}).order("threat") == ("first",)


@pytest.mark.parametrize(
    "absent",
    [Opinion("first", {}, failed=True), Opinion("first", {"threat": 0.9}, FOREIGN)],
    ids=["failed", "other-language"],
)
def test_the_next_answers_where_the_first_fails_or_does_not_read_the_language(absent: Opinion) -> None:
    opinions = [absent, Opinion("second", {"threat": 0.3})]
    assert answer(BOTH, opinions) == Answers({"threat": 0.3}, {"threat": "second"})
    assert _silent(BOTH, opinions, "threat") == (set(), set())


def test_a_label_that_only_the_absent_one_measures_stays_open() -> None:
    failed = [Opinion("first", {}, failed=True), Opinion("second", {"threat": 0.3})]
    assert _silent(BOTH, failed, "threat", "spam") == ({"spam"}, set())
    foreign = [Opinion("first", {"threat": 0.1, "spam": 0.9}, FOREIGN), Opinion("second", {"threat": 0.3})]
    assert _silent(BOTH, foreign, "threat", "spam") == (set(), {"spam"})


def test_a_label_that_nobody_measures_or_no_rule_asks_for_is_not_left_open() -> None:
    opinions = [Opinion("first", {}, failed=True), Opinion("second", {"threat": 0.3})]
    assert _silent(BOTH, opinions, "threat", "coordination") == (set(), set())


def test_nobody_knows_what_a_classifier_that_does_not_load_would_have_answered() -> None:
    opinions = [Opinion("first", {}, failed=True), Opinion("second", {"threat": 0.3})]
    found = silence(BOTH, opinions, answer(BOTH, opinions), ["threat", "off_topic"], MEASURED | {"first": None})
    assert found.failed == {"off_topic"}


def test_one_that_was_never_asked_leaves_its_labels_open() -> None:
    assert _silent(BOTH, [Opinion("second", {"threat": 0.3})], "spam") == ({"spam"}, set())


def test_where_one_fails_and_another_does_not_read_the_language_it_counts_as_failed() -> None:
    opinions = [Opinion("first", {}, failed=True), Opinion("second", {"threat": 0.3}, FOREIGN)]
    assert _silent(BOTH, opinions, "threat") == ({"threat"}, set())


def test_a_chosen_one_that_measures_the_label_no_more_does_not_turn_it_off() -> None:
    stale = Ensemble(("first", "second"), {"spam": ("second",)})
    opinions = [Opinion("first", {"spam": 0.9}), Opinion("second", {"threat": 0.3})]
    assert _silent(stale, opinions, "spam") == ({"spam"}, set())


def test_a_word_of_any_list_counts() -> None:
    opinions = [Opinion("first", {"banned_term": 0.0}), Opinion("wordlist", {"banned_term": 1.0})]
    assert answer(BOTH, opinions) == Answers({"banned_term": 1.0}, {"banned_term": "wordlist"})
    assert dissent(opinions, answer(BOTH, opinions), "banned_term", 0.3) == ()


@pytest.mark.parametrize(("other", "apart"), [(0.5, False), (0.50001, True), (0.1, False), (0.9, True), (0.0, False)])
def test_who_is_further_apart_than_the_margin_disagrees(other: float, apart: bool) -> None:
    opinions = [Opinion("first", {"threat": 0.2}), Opinion("second", {"threat": other})]
    assert bool(dissent(opinions, answer(BOTH, opinions), "threat", 0.3)) is apart


def test_the_furthest_apart_comes_first_and_who_does_not_count_does_not_disagree() -> None:
    opinions = [
        Opinion("first", {"threat": 0.1}),
        Opinion("second", {"threat": 0.6}),
        Opinion("third", {"threat": 0.9}),
        Opinion("foreign", {"threat": 1.0}, FOREIGN),
        Opinion("silent", {}, failed=True),
    ]
    found = dissent(opinions, answer(Ensemble(("first",)), opinions), "threat", 0.3)
    assert [opinion.classifier for opinion in found] == ["third", "second"]
    assert dissent(opinions, answer(Ensemble(("first",)), opinions), "spam", 0.3) == ()


def test_the_doubt_about_the_language_is_one_that_classifiers_have() -> None:
    assert OTHER_LANGUAGE in REASONS
