"""What is kept before something is done: the comment as it was, whole, and a hash that fits."""

import hashlib
import json
from dataclasses import replace

from classifiers.base import Classifier
from moderator import evidence
from moderator.connectors.base import AuthorRef, EventKind, PostRef
from moderator.pipeline.classifier_room import ClassifierRoom
from moderator.storage.tables import EvidenceSnapshot
from tests.fakes.classifier import Speaker
from tests.moderator.conftest import World, added


def _fits(snapshot: EvidenceSnapshot) -> bool:
    canonical = json.dumps(snapshot.body, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest() == snapshot.sha256


def _snapshots(world: World) -> list[EvidenceSnapshot]:
    return sorted(world.rows(EvidenceSnapshot), key=lambda row: str(row.id))


def test_a_snapshot_holds_the_comment_its_place_its_author_and_what_was_said_of_it(world: World) -> None:
    comment_id = world.settled(
        "Buy! spam=0.95",
        external_id="c9",
        author=AuthorRef("u1", "Una 😀", "una"),
        post=PostRef("p1", "The bins", "When?"),
        parent_external_id="c8",
        permalink="https://example.org/c9",
    )
    (snapshot,) = _snapshots(world)
    comment = world.comment(comment_id)
    assert snapshot.body == {
        "office_id": world.office_id,
        "comment_id": comment_id,
        "channel_id": world.channel.id,
        "external_id": "c9",
        "permalink": "https://example.org/c9",
        "parent_external_id": "c8",
        "posted_at": comment.posted_at.isoformat(),
        "received_at": comment.received_at.isoformat(),
        "visibility": "visible",
        "revision": 1,
        "text": "Buy! spam=0.95",
        "original": None,
        "language": None,
        "unreadable": [],
        "author": {"external_id": "u1", "name": "Una 😀", "handle": "una"},
        "post": {"external_id": "p1", "title": "The bins", "text": "When?"},
        "assessments": [
            {
                "classifier": "written",
                "version": "1",
                "scores": {"threat": 0.01, "harassment": 0.01, "discrimination": 0.01, "spam": 0.95},
                "language": "",
                "doubts": [],
                "views": {},
                "because": {},
                "error": "",
            }
        ],
        "answered": dict.fromkeys(("threat", "harassment", "discrimination", "spam"), "written"),
        "findings": world.in_force(comment_id).findings,
        "recorded": [],
    }
    assert _fits(snapshot)
    assert (snapshot.comment_id, snapshot.decision_id) == (comment_id, comment.decision_id)


def test_a_snapshot_holds_what_each_of_several_classifiers_said_and_who_answered(
    world: World, classifiers: dict[str, Classifier]
) -> None:
    names = ("first", "second", "third")
    classifiers |= {name: Speaker(name, "spam", languages=("en", "fr")) for name in names[1:]}
    classifiers["first"] = Speaker("first", "spam")
    world.runtime = replace(world.runtime, classifiers=ClassifierRoom(names))
    world.settled("language=fr spam=0.95 view=joined third.fails=1")
    (snapshot,) = _snapshots(world)
    said = {each["classifier"]: each for each in snapshot.body["assessments"]}
    assert {name: said[name]["language"] for name in names} == {"first": "fr", "second": "fr", "third": ""}
    assert {name: said[name]["doubts"] for name in names} == {"first": ["other_language"], "second": [], "third": []}
    assert said["second"]["views"] == {"spam": "joined"}
    assert [name for name in names if said[name]["error"]] == ["third"]
    assert snapshot.body["answered"] == {"spam": "second"}
    assert _fits(snapshot)


def test_what_a_person_does_keeps_who_answered_when_the_service_judged_that_text(world: World) -> None:
    comment_id = world.settled("harassment=0.7", external_id="c1")
    world.resolve(world.people.mona, comment_id, "hide", rule_id="3")
    (snapshot,) = _snapshots(world)
    assert world.in_force(comment_id).answered == {}
    assert snapshot.body["answered"]["harassment"] == "written"
    assert _fits(snapshot)


def test_every_act_keeps_its_own_snapshot_of_the_text_it_was_about(world: World) -> None:
    comment_id = world.settled("spam=0.95", external_id="c1")
    world.choose(world.people.mona, comment_id, "keep")
    world.work()
    world.take(added("threat=0.95", "c1", kind=EventKind.EDITED))
    world.work()
    first, second, third = _snapshots(world)
    assert [row.body["text"] for row in (first, second, third)] == ["spam=0.95", "spam=0.95", "threat=0.95"]
    assert [row.body["visibility"] for row in (first, second, third)] == ["visible", "hidden", "visible"]
    assert [row.body["revision"] for row in (first, second, third)] == [1, 1, 2]
    assert all(map(_fits, (first, second, third)))


def test_a_comment_without_author_and_post_has_evidence_too(world: World) -> None:
    world.settled("spam=0.95", author=None, post=None)
    (snapshot,) = _snapshots(world)
    assert (snapshot.body["author"], snapshot.body["post"]) == (None, None)
    assert _fits(snapshot)


def test_a_batch_keeps_one_snapshot_for_each_comment(world: World) -> None:
    world.take(*(added(f"spam=0.9{n}", f"c{n}") for n in range(9)))
    world.work()
    snapshots = _snapshots(world)
    assert sorted(row.body["external_id"] for row in snapshots) == [f"c{n}" for n in range(9)]
    assert all(map(_fits, snapshots))


def test_nothing_to_keep_is_nothing_kept(world: World) -> None:
    with world.database.write() as session:
        evidence.keep(session, {})
    assert _snapshots(world) == []
