"""What is known around a comment reaches the classifiers that want it, and a person where it cannot be found out."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from classifiers.base import Classifier, Item, Missing, NotGathered, Page, Result
from moderator import ensembles
from moderator.context import registry
from moderator.pipeline.classifier_room import ClassifierRoom
from moderator.runtime import Runtime
from moderator.storage.tables import Assessment, PageProfile
from tests.fakes.classifier import WrittenScores
from tests.moderator.conftest import World


class Curious(WrittenScores):
    """Looks at what the office says about its page, and says so."""

    name = "curious"
    wants = (Page,)

    def __init__(self) -> None:
        super().__init__()
        self.pages: list[Page] = []

    def result(self, item: Item) -> Result:
        page = item.get(Page, Page())
        self.pages.append(page)
        result = super().result(item)
        return replace(result, because={"spam": f"The page is for {', '.join(page.topics) or 'anything'}."})


@pytest.fixture
def curious(world: World, classifiers: dict[str, Classifier]) -> Curious:
    mine = Curious()
    classifiers["curious"] = mine
    world.runtime = replace(world.runtime, classifiers=ClassifierRoom(("written", "curious")))
    return mine


def _say_what_the_page_is_for(world: World) -> None:
    with world.database.write() as session:
        session.add(PageProfile(office_id=world.office_id, said={"topics": ["the bus line"], "unknown": ["x"]}))


def _reading(world: World, comment_id: str) -> Assessment:
    revision_id = world.comment(comment_id).revision_id
    row: Assessment
    [row] = world.rows(Assessment, Assessment.revision_id == revision_id, Assessment.classifier == "curious")
    return row


def test_what_an_office_says_about_its_page_reaches_whoever_wants_it(world: World, curious: Curious) -> None:
    _say_what_the_page_is_for(world)
    comment_id = world.settled("spam=0.4")
    assert curious.pages == [Page(topics=("the bus line",))]
    assert _reading(world, comment_id).because == {"spam": "The page is for the bus line."}


def test_an_office_that_says_nothing_is_known_to_say_nothing(world: World, curious: Curious) -> None:
    world.settled("spam=0.4")
    assert curious.pages == [Page()]


def test_nothing_is_looked_up_that_nobody_wants(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "find", lambda kind: pytest.fail(f"{kind} was looked for"))
    assert world.in_force(world.settled("Hello")).reason == "no_finding"


def test_what_cannot_be_found_out_about_one_comment_fails_on_that_one_alone(
    world: World, curious: Curious, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gather(_: Runtime, rows: Sequence[Any]) -> list[Page]:
        if any("poison" in row.text for row in rows):
            raise RuntimeError("no idea")
        return [Page(topics=("tea",))] * len(rows)

    monkeypatch.setattr(registry, "find", lambda _: gather)
    good, bad = world.say("Hello"), world.say("poison")
    world.decide()
    assert _reading(world, good).error == ""
    assert "Page is not known: RuntimeError: no idea" in _reading(world, bad).error


def test_a_gatherer_that_answers_for_too_few_counts_as_failed(
    world: World, curious: Curious, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "find", lambda _: lambda _runtime, _rows: [])
    assert "0 answers for 1 comments" in _reading(world, world.settled("Hello")).error


def test_a_classifier_that_an_office_switched_off_reads_nothing_of_its(world: World, curious: Curious) -> None:
    measured = world.runtime.classifiers.measured()
    with world.database.write() as session:
        ensembles.change(session, world.people.alice, measured, {}, 0.3, ["curious"])
    comment_id = world.settled("Hello")
    assert curious.pages == []
    assert world.in_force(comment_id).reason == "no_finding"
    with world.database.read() as session:
        assert ensembles.off(session, world.office_id) == ("curious",)


def test_what_is_missing_is_an_error_and_what_nobody_looked_for_is_not() -> None:
    assert Item("x").get(Page, Page()) == Page()
    assert Item("x", around=(Page(staff=("Jo",)),)).get(Page, Page()).staff == ("Jo",)
    with pytest.raises(NotGathered, match="Page is not known: locked"):
        Item("x", around=(Missing("Page", "locked"),)).get(Page, Page())
