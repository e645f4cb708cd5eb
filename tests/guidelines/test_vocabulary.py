"""The guideline language and the product use the same words, though neither imports the other's."""

from guidelines.schema import LABELS, REPORT_VERBS, VERBS
from moderator.domain.vocabulary import PERSON_ONLY, Label, Verb


def test_a_condition_may_name_exactly_the_labels_of_the_product() -> None:
    assert set(LABELS) == {label.value for label in Label}
    assert len(LABELS) == len(set(LABELS))


def test_a_rule_may_ask_for_verbs_of_the_product_only() -> None:
    assert set(VERBS) <= {verb.value for verb in Verb}


def test_every_report_is_for_a_person_to_decide() -> None:
    reports = {verb for verb in VERBS if verb.startswith("report_")}
    assert reports == REPORT_VERBS
    assert reports <= {verb.value for verb in PERSON_ONLY}
