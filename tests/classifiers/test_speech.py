"""What a comment does: accuse somebody, ask for help, speak to somebody."""

import pytest

from classifiers import registry
from classifiers.base import Classifier, Item, Page, Result
from classifiers.speech.cues import cues, names

PAGE = Page(representative=("Jane Ashworth", "@JaneAshworthMP"), staff=("Tom Bell",))


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return registry.load("speech")


def looked(classifier: Classifier, text: str, parent: str = "") -> Result:
    return classifier.classify([Item(text, "", parent, (PAGE,))])[0]


def cue(text: str, name: str, page: Page = PAGE) -> float:
    return cues(Item(text, around=(page,))).numbers[names().index(name)]


def test_an_accusation_is_told_without_repeating_it_or_the_name(classifier: Classifier) -> None:
    result = looked(classifier, "Councillor Harte took money from the builder and pocketed it, brown envelope and all")
    assert result.scores["accusation"] >= 0.5
    said = result.because["accusation"]
    assert said.endswith(".")
    assert not {"Harte", "money", "envelope"} & set(said.replace(".", "").split())


@pytest.mark.parametrize(
    "text",
    [
        "You took money from the gambling firms and voted their way",
        "Jane Ashworth lied to this town about the hospital",
        "All politicians are corrupt thieves",
        "The energy firms are robbing us blind",
        "Minister Delaney voted against the pay rise, shame on him",
    ],
)
def test_the_representative_groups_and_votes_are_no_third_persons(classifier: Classifier, text: str) -> None:
    assert looked(classifier, text).scores["accusation"] < 0.5


def test_without_anybody_who_can_be_told_there_is_no_accusation(classifier: Classifier) -> None:
    text = "stole the raffle takings, embezzled the grant, forged the minutes"
    assert not cues(Item(text)).person
    assert looked(classifier, text).scores["accusation"] < 0.5


def test_somebody_in_need_is_seen_and_the_need_is_named(classifier: Classifier) -> None:
    result = looked(classifier, "no money for food until Friday and I'm scared to go home, please can someone help me")
    assert result.scores["help_request"] >= 0.5
    assert result.because["help_request"].startswith("Somebody seems to need help: the words speak of ")
    assert {span.label for span in result.spans} == {"help_request"}


def test_the_representative_and_staff_are_known_by_every_part_of_their_names() -> None:
    assert cue("What does Ms Ashworth say?", "names_representative") == 1
    assert cue("Ask @janeashworthmp about it", "names_representative") == 1
    assert cue("I spoke to Tom Bell", "names_staff") == 1
    assert cue("I spoke to Tom Bell", "names_staff", Page()) == 0


def test_whom_it_speaks_to_is_a_share_of_one(classifier: Classifier) -> None:
    scores = looked(classifier, "Your staff never pick up the phone").scores
    shares = {label: score for label, score in scores.items() if label.startswith("to_")}
    assert max(shares, key=lambda label: shares[label]) == "to_staff"
    assert sum(shares.values()) <= 1


def test_another_language_is_said_to_be_one(classifier: Classifier) -> None:
    text = "Vergogna, non avete fatto niente per la nostra città e per le famiglie povere"
    assert looked(classifier, text).doubts == ("other_language",)
    assert looked(classifier, "Please come and see the state of our road").doubts == ()
