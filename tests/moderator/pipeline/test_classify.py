"""Step 2: what the classifiers are shown, and what of their answer is kept."""

from sqlalchemy import update

from classifiers.base import Classifier, Item, Result
from moderator import channels
from moderator.connectors.base import PostRef
from moderator.jobs import handlers, queue
from moderator.jobs.queue import Kind
from moderator.jobs.runner import MAX_FAILURES, Runner
from moderator.pipeline.classifier_room import ClassifierRoom
from moderator.review import words
from moderator.runtime import Runtime
from moderator.storage.tables import Assessment, Job, Revision
from tests.fakes.classifier import QUIET, WrittenScores
from tests.moderator.conftest import World, added


class Listening(WrittenScores):
    """Keeps what it was shown."""

    def __init__(self) -> None:
        super().__init__()
        self.items: list[Item] = []

    def result(self, item: Item) -> Result:
        self.items.append(item)
        return super().result(item)


def _assessments(world: World, comment_id: str) -> dict[str, Assessment]:
    revision_id = world.comment(comment_id).revision_id
    return {row.classifier: row for row in world.rows(Assessment, Assessment.revision_id == revision_id)}


def test_scores_are_stored_with_the_version_that_gave_them(world: World) -> None:
    comment_id = world.settled("You! harassment=0.61234567")
    (stored,) = _assessments(world, comment_id).values()
    assert (stored.classifier, stored.version, stored.error) == ("written", "1", "")
    assert stored.scores == dict.fromkeys(WrittenScores.labels, QUIET) | {"harassment": 0.6123}
    assert stored.spans == [[5, 26, "harassment"]]


def test_a_classifier_sees_the_comment_exactly_and_what_it_stands_under(
    world: World, classifiers: dict[str, Classifier]
) -> None:
    listening = Listening()
    classifiers["written"] = listening
    world.settled("The parent", external_id="parent", post=PostRef("p1", "Bins", "When do the bins come?"))
    world.settled("a\0b\ud800", external_id="child", parent_external_id="parent", post=PostRef("p1"))
    world.settled("alone", external_id="orphan", parent_external_id="nobody knows", post=None)
    assert listening.items == [
        Item("The parent", "When do the bins come?", ""),
        Item("a\0b\ud800", "When do the bins come?", "The parent"),
        Item("alone", "", ""),
    ]


def test_many_comments_are_read_in_one_call(world: World, scores: WrittenScores) -> None:
    world.take(*(added(f"Comment {n}", f"c{n}") for n in range(300)))
    world.decide()
    assert [len(batch) for batch in scores.batches] == [256, 44]


def test_an_office_is_read_with_its_own_word_list(world: World) -> None:
    with world.database.write() as session:
        words.set_terms(session, world.people.alice, ["kumquat"], ["durian"])
        words.set_terms(session, world.people.charlie, ["durian"], [])
    comment_id = world.settled("Kumquats? A kumquat and a durian.")
    stored = _assessments(world, comment_id)["wordlist"]
    assert stored.scores == {"banned_term": 1.0, "suspect_term": 1.0}
    assert [label for _, _, label in stored.spans] == ["banned_term", "suspect_term"]
    assert stored.version


def test_an_office_without_a_word_list_is_read_without_one(world: World) -> None:
    assert list(_assessments(world, world.settled("A kumquat"))) == ["written"]


def test_reading_the_same_text_again_keeps_the_first_reading(world: World) -> None:
    comment_id = world.settled("spam=0.3")
    revision_id = world.comment(comment_id).revision_id
    with world.database.write() as session:
        session.execute(update(Assessment).values(scores={"spam": 0.2}))
        queue.add(session, Kind.CLASSIFY, [revision_id])
    world.work()
    assert [row.scores for row in _assessments(world, comment_id).values()] == [{"spam": 0.2}]


def test_a_comment_that_no_classifier_reads_goes_to_a_person(world: World) -> None:
    runtime = Runtime(
        world.runtime.settings, world.database, world.runtime.doorbell, world.runtime.sealer, ClassifierRoom(())
    )
    comment_id = world.say("Hello")
    Runner(runtime, handlers.ALL).drain()
    assert world.suggestion(comment_id).reason == "classifier_failed"


def test_a_comment_that_cannot_be_read_for_other_reasons_is_given_up_to_a_person(world: World) -> None:
    comment_id = world.say("spam=0.99")
    with world.database.write() as session:
        # Text that no program of ours writes: reading it back fails before any classifier sees it.
        session.execute(update(Revision).values(original="not JSON"))
    for _ in range(MAX_FAILURES):
        world.work()
        world.clock.forward(hours=1)
    assert world.suggestion(comment_id).reason == "classifier_failed"
    assert "JSONDecodeError" in _assessments(world, comment_id)["none"].error
    assert world.rows(Job) == []
    assert world.platform.orders == []


def test_what_is_read_on_one_channel_is_not_the_parent_on_another(
    world: World, classifiers: dict[str, Classifier]
) -> None:
    listening = Listening()
    classifiers["written"] = listening
    world.settled("The parent", external_id="parent")
    with world.database.write() as session:
        other = channels.create_channel(session, world.runtime.sealer, world.office_id, "paper", "Elsewhere")
    World(world.runtime, world.platform, world.scores, world.clock, world.people, other).settled(
        "child", external_id="child", parent_external_id="parent"
    )
    assert listening.items[-1] == Item("child", "", "")
