"""What a platform says happened becomes rows, once, however often and in whatever order it says so."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from moderator import audit, channels
from moderator.connectors.base import AuthorRef, CommentEvent, EventKind, PostRef
from moderator.pipeline.ingest import Ingested, ingest
from moderator.pipeline.storable import original
from moderator.storage.tables import Author, Comment, Job, Post, Revision
from tests.moderator.conftest import AtOnce, World, added

NOON = datetime(2026, 10, 1, 12, tzinfo=UTC)


def _texts(world: World, comment_id: str) -> list[str]:
    rows = world.rows(Revision, Revision.comment_id == comment_id)
    return [original(row.text, row.original) for row in sorted(rows, key=lambda row: int(row.number))]


def _current_text(world: World, comment_id: str) -> str:
    return str(world.rows(Revision, Revision.id == world.comment(comment_id).revision_id)[0].text)


def _edit(text: str, at: datetime | None = None, external_id: str = "c1") -> CommentEvent:
    return added(text, external_id, kind=EventKind.EDITED, occurred_at=at)


def _happened(kind: EventKind, external_id: str = "c1") -> CommentEvent:
    return CommentEvent(kind=kind, external_id=external_id)


def test_a_new_comment_is_stored_with_its_surroundings_and_waits_for_the_classifiers(world: World) -> None:
    taken = world.take(
        added(
            "Hello",
            author=AuthorRef("u1", "Una", "una"),
            post=PostRef("p1", "The bins", "When do they come?", "https://example.org/p1"),
            parent_external_id="c0",
            permalink="https://example.org/c1",
            language="en",
            occurred_at=NOON,
        )
    )
    (comment_id,) = taken.comment_ids
    assert taken == Ingested(accepted=1, unchanged=0, comment_ids=(comment_id,))
    comment = world.comment(comment_id)
    assert (comment.external_id, comment.parent_external_id) == ("c1", "c0")
    assert (comment.permalink, comment.language) == ("https://example.org/c1", "en")
    assert (comment.posted_at, comment.visibility, comment.decision_id) == (NOON, "visible", None)
    (author,) = world.rows(Author)
    assert (comment.author_id, author.name, author.handle) == (author.id, "Una", "una")
    (post,) = world.rows(Post)
    assert (comment.post_id, post.title, post.text, post.permalink) == (
        post.id,
        "The bins",
        "When do they come?",
        "https://example.org/p1",
    )
    (revision,) = world.rows(Revision)
    assert (comment.revision_id, revision.number, revision.text, revision.original) == (revision.id, 1, "Hello", None)
    assert (revision.occurred_at, revision.unreadable) == (NOON, [])
    (job,) = world.rows(Job)
    assert (job.kind, job.subject_id) == ("classify", revision.id)
    assert world.log(f"comment:{comment_id}") == ["comment.received"]


def test_the_same_comment_again_changes_nothing(world: World) -> None:
    comment_id = world.say("Hello", external_id="c1")
    again = world.take(added("Hello"))
    assert again == Ingested(accepted=0, unchanged=1, comment_ids=(comment_id,))
    assert len(world.rows(Comment)) == len(world.rows(Revision)) == len(world.rows(Job)) == 1
    assert world.log(f"comment:{comment_id}") == ["comment.received"]


def test_the_same_comment_twice_in_one_delivery_is_one_comment(world: World) -> None:
    taken = world.take(added("Hello"), added("Hello"), _edit("Hello!"))
    assert (taken.accepted, taken.unchanged, len(taken.comment_ids)) == (2, 1, 1)
    assert _texts(world, taken.comment_ids[0]) == ["Hello", "Hello!"]


def test_the_same_id_on_another_channel_is_another_comment(world: World) -> None:
    with world.database.write() as session:
        other = channels.create_channel(session, world.runtime.sealer, world.office_id, "paper", "Another page")
    first = world.say("Hello", external_id="c1")
    with world.database.write() as session:
        taken = ingest(session, other, [added("Hello")])
    assert taken.accepted == 1
    assert taken.comment_ids != (first,)


def test_an_edit_makes_a_revision_and_a_new_look(world: World) -> None:
    comment_id = world.settled("Hello", external_id="c1")
    assert world.take(_edit("Hello, you")).accepted == 1
    assert _texts(world, comment_id) == ["Hello", "Hello, you"]
    assert _current_text(world, comment_id) == "Hello, you"
    (job,) = world.rows(Job)
    assert job.subject_id == world.comment(comment_id).revision_id
    assert world.log(f"comment:{comment_id}")[-1] == "comment.edited"


def test_an_edit_that_comes_before_the_comment_itself_makes_the_comment(world: World) -> None:
    taken = world.take(_edit("Second text", NOON + timedelta(minutes=1)))
    assert world.take(added("First text", occurred_at=NOON)).accepted == 0
    assert _texts(world, taken.comment_ids[0]) == ["Second text"]


def test_an_older_edit_that_comes_late_never_replaces_a_newer_one(world: World) -> None:
    comment_id = world.say("one", external_id="c1", occurred_at=NOON)
    world.take(_edit("three", NOON + timedelta(minutes=2)))
    assert world.take(_edit("two", NOON + timedelta(minutes=1))) == Ingested(0, 1, (comment_id,))
    assert _current_text(world, comment_id) == "three"


def test_an_edit_back_to_the_first_text_is_not_undone_by_the_edit_between(world: World) -> None:
    comment_id = world.say("one", external_id="c1", occurred_at=NOON)
    world.take(_edit("one", NOON + timedelta(minutes=2)))
    world.take(_edit("two", NOON + timedelta(minutes=1)))
    assert _current_text(world, comment_id) == "one"


def test_the_first_delivery_repeated_after_an_edit_does_not_bring_the_first_text_back(world: World) -> None:
    """Some platforms date an edit like the comment itself, and repeat a delivery that we answered too slowly."""
    first = added("one", occurred_at=NOON)
    (comment_id,) = world.take(first).comment_ids
    world.take(_edit("two", NOON))
    assert world.take(first).accepted == 0
    assert _current_text(world, comment_id) == "two"


def test_edits_dated_alike_count_in_the_order_they_come(world: World) -> None:
    comment_id = world.say("one", external_id="c1", occurred_at=NOON)
    world.take(_edit("two", NOON), _edit("three", NOON))
    assert _current_text(world, comment_id) == "three"


def test_undated_texts_count_in_the_order_they_come(world: World) -> None:
    comment_id = world.say("one", external_id="c1", occurred_at=NOON + timedelta(days=36500))
    world.take(added("two"), added("three"))
    assert _current_text(world, comment_id) == "three"


def test_the_order_of_deliveries_does_not_matter_where_the_platform_dates_them(world: World) -> None:
    events = [added("text 0", occurred_at=NOON)]
    events += [_edit(f"text {n}", NOON + timedelta(seconds=n)) for n in range(1, 8)]
    random.Random(7).shuffle(events)
    for event in events:
        world.take(event)
    (comment,) = world.rows(Comment)
    assert _current_text(world, comment.id) == "text 7"


def test_a_removed_comment_stays_removed(world: World) -> None:
    comment_id = world.say("Hello", external_id="c1")
    assert world.take(_happened(EventKind.REMOVED)).accepted == 1
    assert world.take(_happened(EventKind.REMOVED), _happened(EventKind.UNHIDDEN)) == Ingested(0, 2, ())
    assert world.comment(comment_id).visibility == "removed"
    assert world.log(f"comment:{comment_id}") == ["comment.received", "comment.visibility"]


def test_hidden_and_shown_on_the_platform_is_seen_here(world: World) -> None:
    comment_id = world.say("Hello", external_id="c1")
    assert world.take(_happened(EventKind.HIDDEN)).accepted == 1
    assert world.comment(comment_id).visibility == "hidden"
    assert world.take(_happened(EventKind.HIDDEN)).unchanged == 1
    assert world.take(_happened(EventKind.UNHIDDEN)).accepted == 1
    assert world.comment(comment_id).visibility == "visible"
    assert world.log(f"comment:{comment_id}") == ["comment.received", "comment.visibility", "comment.visibility"]


def test_the_echo_of_our_own_act_makes_no_work_and_no_entry(world: World) -> None:
    comment_id = world.settled("spam=0.95", external_id="c1")
    before = world.log()
    assert world.take(_happened(EventKind.HIDDEN)) == Ingested(0, 1, ())
    assert world.work() == 0
    assert world.log() == before
    assert world.platform.told == [("hide", "c1")]
    assert world.comment(comment_id).visibility == "hidden"


@pytest.mark.parametrize("kind", [EventKind.REMOVED, EventKind.HIDDEN, EventKind.UNHIDDEN])
def test_what_happened_to_a_comment_nobody_told_us_of_changes_nothing(world: World, kind: EventKind) -> None:
    assert world.take(_happened(kind, "never seen")) == Ingested(0, 1, ())
    assert world.rows(Comment) == []


def test_an_empty_delivery_is_fine(world: World) -> None:
    assert world.take() == Ingested(0, 0, ())


def test_a_thousand_changes_in_one_delivery(world: World) -> None:
    events = [added(f"Comment {n}", f"c{n}", author=AuthorRef(f"u{n % 50}"), post=PostRef("p1")) for n in range(1000)]
    taken = world.take(*events)
    assert (taken.accepted, len(taken.comment_ids)) == (1000, 1000)
    with world.database.read() as session:
        counts = [session.scalar(select(func.count()).select_from(t)) for t in (Comment, Revision, Job, Author, Post)]
        order = session.scalars(select(Comment.external_id).where(Comment.id == taken.comment_ids[7])).one()
    assert counts == [1000, 1000, 1000, 50, 1]
    assert order == "c7"
    assert world.take(*events) == Ingested(0, 1000, taken.comment_ids)


def test_the_same_delivery_fifty_times_at_once_makes_one_comment(world: World, at_once: AtOnce) -> None:
    event = added("Hello", author=AuthorRef("u1", "Una"), post=PostRef("p1", "The bins"), occurred_at=NOON)
    results = at_once(50, lambda _: world.take(event))
    assert sum(taken.accepted for taken in results) == 1
    assert len({taken.comment_ids for taken in results}) == 1
    assert [len(world.rows(table)) for table in (Comment, Revision, Job, Author, Post)] == [1, 1, 1, 1, 1]
    with world.database.read() as session:
        assert list(audit.verify(session)) == []


def test_overlapping_deliveries_at_once_lose_nothing_and_wait_for_nobody_forever(world: World, at_once: AtOnce) -> None:
    """Each names the same people, posts and comments in an order of its own, and knows something new about all."""

    def deliver(number: int) -> int:
        order = list(range(30))
        random.Random(number).shuffle(order)
        return world.take(
            *(
                added(
                    f"text {n}",
                    f"c{n}",
                    author=AuthorRef(f"u{n}", f"Name {number}"),
                    post=PostRef(f"p{n}", f"Title {number}"),
                    occurred_at=NOON,
                )
                for n in order
            )
        ).accepted

    assert sum(at_once(12, deliver)) == 30
    assert len(world.rows(Comment)) == len(world.rows(Revision)) == 30


@pytest.mark.parametrize(
    "text",
    [
        "a\0b",
        "\ud83d lone",
        "tail \udc80",
        "\u202eevil\u202c",
        "😀" * 40,
        "x" * 100_000,
        "\ufeff",
        "\u200b" * 12,
    ],
    ids=["nul", "high-surrogate", "low-surrogate", "override", "emoji", "long", "bom", "invisible"],
)
def test_a_text_that_no_machine_reads_is_kept_exactly_and_goes_to_a_person(world: World, text: str) -> None:
    comment_id = world.settled(text)
    assert _texts(world, comment_id) == [text]
    (revision,) = world.rows(Revision)
    assert revision.unreadable != []
    assert world.suggestion(comment_id).reason == "unreadable"
    assert world.platform.orders == []


def test_names_that_no_database_can_hold_are_stored_as_far_as_they_can_be_read(world: World) -> None:
    world.say("Hello", author=AuthorRef("u1", "Una\0", "\ud800una"), post=PostRef("p1", "T\0", "\udc80"))
    (author,) = world.rows(Author)
    assert (author.name, author.handle) == ("Una\ufffd", "\ufffduna")
    (post,) = world.rows(Post)
    assert (post.title, post.text) == ("T\ufffd", "\ufffd")


def test_authors_and_posts_are_renewed_and_never_emptied(world: World) -> None:
    world.say("one", author=AuthorRef("u1", "Una", "una"), post=PostRef("p1", "Old title", "Old text"))
    world.say("two", author=AuthorRef("u1", "Una Miller"), post=PostRef("p1", "New title"))
    world.say("three", author=AuthorRef("u1"), post=PostRef("p1"))
    (author,) = world.rows(Author)
    assert (author.name, author.handle) == ("Una Miller", "una")
    (post,) = world.rows(Post)
    assert (post.title, post.text) == ("New title", "Old text")


def test_the_fullest_mention_of_a_post_in_a_delivery_wins(world: World) -> None:
    world.take(added("one", "c1", post=PostRef("p1", "Title", "Text")), added("two", "c2", post=PostRef("p1")))
    (post,) = world.rows(Post)
    assert (post.title, post.text) == ("Title", "Text")


def test_a_comment_without_author_or_post_is_taken(world: World) -> None:
    taken = world.take(added("Hello"))
    comment = world.comment(taken.comment_ids[0])
    assert (comment.author_id, comment.post_id) == (None, None)


def test_a_delivery_that_fails_half_way_leaves_nothing(world: World) -> None:
    before = world.log()

    def fail() -> None:
        with world.database.write() as session:
            ingest(session, world.channel, [added("Hello", author=AuthorRef("u1"))])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert world.rows(Comment) == world.rows(Author) == world.rows(Job) == []
    assert world.log() == before
