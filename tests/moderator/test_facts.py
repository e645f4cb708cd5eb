"""Facts about comments: as they were when each came in, the same whenever one asks, and none without need."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, update
from sqlalchemy.orm import Session

from guidelines.schema import NO_FACTS, Activity, By, Count, Facts, Needs, PostState, RungCount
from moderator import channels, clock, posts
from moderator.connectors.base import AuthorRef, EventKind, PostRef
from moderator.facts import gather, gather_each
from moderator.review.undo import undo
from moderator.storage.tables import AuthorFact, Comment, Post, Revision
from tests.moderator.conftest import World, added

SAID = "The bus must stay in our village, whatever it costs!"
WEEK = 168.0

COMMENTS = Count(Activity.COMMENTS, WEEK)
REPEATS = Count(Activity.REPEATS, WEEK)
UPHELD = Count(Activity.UPHELD, WEEK)


def facts_of(world: World, comment_id: str, **needs: Any) -> Facts:
    revision_id = world.comment(comment_id).revision_id
    with world.database.read() as session:
        return gather(session, [revision_id], Needs(**needs), {world.office_id: "Europe/London"})[revision_id]


def count(world: World, comment_id: str, asked: Count) -> int | None:
    return facts_of(world, comment_id, counts=frozenset({asked})).counts.get(asked)


def anyone(asked: Count) -> Count:
    return replace(asked, by=By.ANYONE)


def statements(world: World, **needs: Any) -> int:
    """How many statements it takes to find out about everything stored."""
    seen: list[str] = []
    ids = [row.id for row in world.rows(Revision)]
    with world.database.read() as session:
        session.connection()

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            seen.append(statement)

        engine = session.get_bind()
        event.listen(engine, "before_cursor_execute", note)
        gather(session, ids, Needs(**needs), {world.office_id: "Europe/London"})
        event.remove(engine, "before_cursor_execute", note)
    return len(seen)


def author_id_of(world: World, comment_id: str) -> str:
    author_id = world.comment(comment_id).author_id
    assert author_id is not None
    return author_id


def record(session: Session, world: World, author_id: str, fact: str, **known: Any) -> None:
    row = AuthorFact(
        id=clock.new_id(),
        office_id=world.office_id,
        author_id=author_id,
        fact=fact,
        source="their profile",
        recorded_by=world.people.mona.id,
        recorded_at=clock.now(),
        **known,
    )
    session.add(row)


def test_who_asks_for_nothing_is_told_nothing_and_asks_no_database(world: World) -> None:
    comment_id = world.say(SAID)
    assert facts_of(world, comment_id) is NO_FACTS
    assert statements(world) == 0


@pytest.mark.parametrize(
    ("needs", "expected"),
    [
        ({"words": frozenset({"bus"}), "links": True, "post": True, "day": True}, 1),
        ({"recorded": True}, 2),
        ({"counts": frozenset({COMMENTS, replace(COMMENTS, within_hours=1)})}, 2),
        # Nothing was said twice, and then that is all there is to ask.
        ({"counts": frozenset({REPEATS, anyone(REPEATS)})}, 1),
        ({"counts": frozenset({UPHELD}), "rungs": frozenset({RungCount("3", 30)})}, 2),
        ({"counts": frozenset({COMMENTS, anyone(COMMENTS), REPEATS, anyone(REPEATS)})}, 5),
    ],
)
def test_one_question_for_each_kind_of_fact_however_many_comments(
    world: World, needs: Mapping[str, Any], expected: int
) -> None:
    for number in range(5):
        world.say(f"{SAID} {number}")
    assert statements(world, **needs) == expected


def test_words_and_links_are_those_of_the_text_as_it_came(world: World) -> None:
    comment_id = world.say("Vote for the b\u200bus\0! See BIT.ly/x")
    facts = facts_of(world, comment_id, words=frozenset({"bus", "train", "!!"}), links=True)
    assert facts.words == frozenset({"bus"})
    assert facts.hosts == frozenset({"bit.ly"})
    assert (facts.recorded, facts.post, facts.day) == (None, None, None)


def test_the_day_is_the_offices_own(world: World) -> None:
    late = world.say(SAID, occurred_at=datetime(2026, 5, 6, 23, 30, tzinfo=UTC))
    assert facts_of(world, late, day=True).day == date(2026, 5, 7)


@pytest.mark.parametrize("year", [1, 9999])
def test_a_comment_from_the_end_of_the_calendar_is_no_reason_to_fail(world: World, year: int) -> None:
    month, day = (1, 1) if year == 1 else (12, 31)
    odd = world.say(SAID, occurred_at=datetime(year, month, day, 23, 59, tzinfo=UTC))
    asked = frozenset({replace(COMMENTS, within_hours=1e9), anyone(REPEATS)})
    facts = facts_of(world, odd, counts=asked, day=True, rungs=frozenset({RungCount("3", 10**6)}))
    assert set(facts.counts.values()) == {1}
    assert facts.day == date(year, month, day)


def test_what_is_recorded_holds_until_it_is_withdrawn(world: World) -> None:
    comment_id = world.say(SAID)
    author_id = author_id_of(world, comment_id)
    assert facts_of(world, comment_id, recorded=True).recorded == frozenset()
    with world.database.write() as session:
        record(session, world, author_id, "outside_constituency")
        record(session, world, author_id, "supplier", withdrawn_at=clock.now(), withdrawn_by=world.people.leo.id)
    assert facts_of(world, comment_id, recorded=True).recorded == frozenset({"outside_constituency"})


def test_where_no_author_is_named_what_they_did_is_not_known(world: World) -> None:
    nobody = world.say(SAID, author=None)
    asked = frozenset({COMMENTS, REPEATS, UPHELD, anyone(COMMENTS)})
    facts = facts_of(world, nobody, recorded=True, counts=asked, rungs=frozenset({RungCount("3", 30)}))
    assert facts.recorded is None
    assert facts.counts == {anyone(COMMENTS): 1}
    assert facts.upheld == {}


def test_comments_of_the_author_are_counted_within_the_hours_and_this_one_too(world: World) -> None:
    now = world.clock.now()
    world.say("long ago", occurred_at=now - timedelta(days=8))
    world.say("lately", occurred_at=now - timedelta(days=6))
    world.say("somebody else", author=AuthorRef("u2", "Ulf"))
    this = world.say("now", occurred_at=now)
    assert count(world, this, COMMENTS) == 2
    assert count(world, this, anyone(COMMENTS)) == 3
    assert count(world, this, replace(COMMENTS, within_hours=24)) == 1
    assert count(world, this, replace(COMMENTS, within_hours=24 * 30)) == 3


def test_what_came_in_later_changes_no_count(world: World) -> None:
    asked = frozenset({COMMENTS, REPEATS, anyone(COMMENTS), anyone(REPEATS)})
    first = world.say(SAID)
    before = facts_of(world, first, counts=asked)
    for number in range(3):
        world.clock.forward(minutes=1)
        world.say(SAID, post=PostRef(f"later {number}"))
    assert facts_of(world, first, counts=asked) == before
    assert set(before.counts.values()) == {1}


def test_comments_of_one_delivery_follow_each_other_in_time(world: World) -> None:
    now = world.clock.now()
    taken = world.take(
        *(
            added(f"{n}", f"c{n}", author=AuthorRef("u1"), occurred_at=now - timedelta(minutes=n), post=PostRef("p"))
            for n in range(4)
        )
    )
    assert [count(world, comment_id, COMMENTS) for comment_id in taken.comment_ids] == [4, 3, 2, 1]


def test_asking_about_one_and_about_all_gives_the_same(world: World) -> None:
    ids = []
    for number in range(6):
        world.clock.forward(hours=30)
        ids.append(world.say(SAID, post=PostRef(f"p{number % 3}"), author=AuthorRef(f"u{number % 2}")))
    needs = Needs(counts=frozenset({COMMENTS, REPEATS, anyone(COMMENTS), anyone(REPEATS)}))
    revisions = [world.comment(comment_id).revision_id for comment_id in ids]
    with world.database.read() as session:
        together = gather(session, revisions, needs, {})
        alone = {id: gather(session, [id], needs, {})[id] for id in revisions}
    assert together == alone
    assert [together[id].counts[anyone(REPEATS)] for id in revisions] == [1, 2, 3, 3, 3, 3]
    assert [together[id].counts[REPEATS] for id in revisions] == [1, 1, 2, 2, 3, 3]


def test_each_text_is_told_what_it_needs_whatever_others_need(world: World) -> None:
    once = world.say("Nobody else would ever say a thing like this", post=PostRef("p1"))
    short = world.say("Well said", post=PostRef("p1"))
    unnamed = world.say("What an anonymous person says of their village", author=None, post=PostRef("p2"))
    first, second = (world.say(SAID, post=PostRef(post)) for post in ("p3", "p4"))
    last = world.say(SAID, post=PostRef("p5"))
    repeats = Needs(counts=frozenset({REPEATS, anyone(REPEATS)}))
    more = Needs(words=frozenset({"bus"}), counts=frozenset({REPEATS, COMMENTS}), rungs=frozenset({RungCount("3", 30)}))
    ids = {comment_id: world.comment(comment_id).revision_id for comment_id in (once, short, unnamed, first, last)}
    wanted = dict.fromkeys(ids.values(), repeats) | {world.comment(second).revision_id: more, ids[short]: Needs()}
    with world.database.read() as session:
        known = gather_each(session, wanted, {})
        alone = {id: gather(session, [id], needs, {})[id] for id, needs in wanted.items()}
    assert known == alone
    counts = {comment_id: known[revision_id].counts for comment_id, revision_id in ids.items()}
    assert counts[once] == {REPEATS: 1, anyone(REPEATS): 1}
    assert counts[unnamed] == {anyone(REPEATS): 1}
    assert counts[last] == {REPEATS: 3, anyone(REPEATS): 3}
    assert known[ids[short]] is NO_FACTS
    assert known[world.comment(second).revision_id].words == frozenset({"bus"})


def test_the_same_text_counts_once_for_each_post(world: World) -> None:
    world.say(SAID, post=PostRef("p1"))
    world.say(SAID.upper().replace(" ", "  "), post=PostRef("p1"))
    world.say("Something else that is quite long enough to tell", post=PostRef("p2"))
    this = world.say(SAID.replace("!", "…"), post=PostRef("p3"))
    assert count(world, this, REPEATS) == 2


def test_a_campaign_is_the_same_text_from_anybody_on_any_channel_of_the_office(world: World) -> None:
    with world.database.write() as session:
        second = channels.create_channel(session, world.runtime.sealer, world.office_id, "paper", "Another page")
        charlies = channels.create_channel(
            session, world.runtime.sealer, world.people.charlie.office_id, "paper", "Charlie's page"
        )
    world.say(SAID, post=PostRef("p1"), author=AuthorRef("u2"))
    ours = world.channel
    world.channel = second
    world.say(SAID, post=PostRef("p1"), author=AuthorRef("u3"))
    world.channel = charlies
    world.say(SAID, post=PostRef("p9"), author=AuthorRef("u4"))
    world.channel = ours
    this = world.say(SAID, post=PostRef("p2"))
    assert count(world, this, anyone(REPEATS)) == 3
    assert count(world, this, REPEATS) == 1


def test_a_short_text_is_nobodys_campaign(world: World) -> None:
    world.say("Well said", post=PostRef("p1"))
    this = world.say("Well said", post=PostRef("p2"))
    assert count(world, this, anyone(REPEATS)) is None


def test_a_text_from_before_there_were_keys_is_not_known(world: World) -> None:
    old = world.say(SAID, post=PostRef("p1"))
    with world.database.write() as session:
        session.execute(update(Revision).values(text_key=None))
    this = world.say(SAID, post=PostRef("p2"))
    assert count(world, old, REPEATS) is None
    assert count(world, this, REPEATS) == 1


def test_an_edit_is_judged_by_what_was_known_when_it_came(world: World) -> None:
    world.say("Quite harmless at first", external_id="e", post=PostRef("p1"))
    world.clock.forward(minutes=5)
    world.say(SAID, post=PostRef("p2"))
    world.clock.forward(minutes=5)
    world.take(added(SAID, "e", kind=EventKind.EDITED, occurred_at=world.clock.now()))
    edited = world.rows(Comment, Comment.external_id == "e")[0].id
    assert count(world, edited, REPEATS) == 2
    assert count(world, edited, COMMENTS) == 2


def test_upheld_is_what_a_person_decided_before_this_comment_came(world: World) -> None:
    breach = world.settled("harassment=0.6")
    early = world.say("before anybody looked")
    world.resolve(world.people.mona, breach, "hide", rule_id="3")
    world.clock.forward(minutes=1)
    hidden_by_rule = world.settled("spam=0.95")
    late = world.say("after")
    rungs = frozenset({RungCount("3", 30), RungCount("4", 30)})
    assert world.in_force(hidden_by_rule).verbs == ["hide"]
    assert facts_of(world, early, rungs=rungs).upheld == {RungCount("3", 30): 0, RungCount("4", 30): 0}
    assert facts_of(world, late, rungs=rungs).upheld == {RungCount("3", 30): 1, RungCount("4", 30): 0}
    assert count(world, late, UPHELD) == 1
    assert count(world, late, anyone(UPHELD)) == 1


def test_a_decision_to_keep_or_one_that_was_undone_holds_nothing_against_anybody(world: World) -> None:
    kept, undone = world.settled("harassment=0.6"), world.settled("harassment=0.7")
    world.resolve(world.people.mona, kept, "keep")
    world.resolve(world.people.mona, undone, "hide", rule_id="3")
    world.clock.forward(minutes=1)
    between = world.say("between")
    world.clock.forward(minutes=1)
    with world.database.write() as session:
        undo(session, world.people.mona, world.in_force(undone).id)
    after = world.say("after")
    assert (count(world, between, UPHELD), count(world, after, UPHELD)) == (1, 0)


def test_an_edit_does_not_wipe_out_what_was_upheld(world: World) -> None:
    breach = world.settled("harassment=0.6", external_id="b")
    world.resolve(world.people.mona, breach, "hide", rule_id="3")
    world.work()
    world.clock.forward(minutes=1)
    world.take(added("Quite harmless now", "b", kind=EventKind.EDITED, occurred_at=world.clock.now()))
    world.work()
    after = world.say("after")
    assert count(world, after, UPHELD) == 1
    assert count(world, breach, UPHELD) == 0  # never against itself


def test_a_comment_upheld_too_long_ago_counts_no_more(world: World) -> None:
    breach = world.settled("harassment=0.6")
    world.resolve(world.people.mona, breach, "hide", rule_id="3")
    world.clock.forward(days=31)
    later = world.say("later")
    rungs = frozenset({RungCount("3", 30), RungCount("3", 32)})
    assert facts_of(world, later, rungs=rungs).upheld == {RungCount("3", 30): 0, RungCount("3", 32): 1}


def test_a_post_is_limited_from_when_it_was_until_it_is_open_again(world: World) -> None:
    before = world.say("before")
    world.clock.forward(minutes=1)
    with world.database.write() as session:
        posts.limited(session, before)
    world.clock.forward(minutes=1)
    after, elsewhere = world.say("after"), world.say("elsewhere", post=PostRef("p2"))
    under_none = world.say("under no post", post=None)

    def state(comment_id: str) -> frozenset[PostState] | None:
        return facts_of(world, comment_id, post=True).post

    assert [state(before), state(after), state(elsewhere), state(under_none)] == [
        frozenset(),
        {PostState.LIMITED},
        frozenset(),
        None,
    ]
    with world.database.write() as session:
        assert posts.open_again(session, after)
        assert not posts.open_again(session, after)
    assert state(after) == frozenset()
    assert [post.limited_at for post in world.rows(Post)] == [None, None]
