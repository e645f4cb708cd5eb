"""What is known about the account behind a comment: as it stood when the comment came in, and at little cost."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from classifiers.automation.account import LEAST_COMMENTS, MOST_COMMENTS, Account, Conduct, Profile
from moderator import channels, clock, ensembles
from moderator.connectors.base import AccountFacts, AuthorRef, CommentEvent, EventKind, PostRef
from moderator.context import account
from moderator.pipeline.classifier_room import ClassifierRoom
from moderator.pipeline.classify import texts
from moderator.storage.tables import Assessment, Author, Post, SearchEntry
from tests.moderator.conftest import World, added

FACTS = AccountFacts(date(2026, 1, 31), 1_234, 56, 98_765, default_picture=True)


def said(
    world: World,
    number: int,
    *,
    text: str = "I have something to say about the {} th matter",
    author: str = "u1",
    post: str = "p1",
    every: float = 60,
    ago: float = 3_600,
    published: datetime | None = None,
    facts: AccountFacts | None = None,
) -> list[str]:
    """So many comments of one account, the first `ago` seconds ago. Returns their ids."""
    begun = clock.now() - timedelta(seconds=ago)
    events = [
        added(
            text.format(place),
            clock.new_id(),
            author=AuthorRef(author, account=facts),
            post=PostRef(post, published_at=published),
            occurred_at=begun + timedelta(seconds=place * every),
        )
        for place in range(number)
    ]
    return list(world.take(*events).comment_ids)


def rows_of(world: World, comment_ids: Sequence[str]) -> list[Any]:
    revisions = [world.comment(comment_id).revision_id for comment_id in comment_ids]
    with world.database.read() as session:
        rows = {row.id: row for row in session.execute(texts(revisions))}
    return [rows[revision] for revision in revisions]


def gathered(world: World, comment_ids: Sequence[str]) -> list[Account]:
    return account.gather(world.runtime, rows_of(world, comment_ids))


def conduct(world: World, comment_id: str) -> Conduct:
    [found] = gathered(world, [comment_id])
    assert found.conduct is not None
    return found.conduct


def told(world: World, external_id: str = "u1") -> dict[str, Any]:
    [author] = world.rows(Author, Author.external_id == external_id)
    return dict(author.account)


# What is kept


def test_what_is_kept_of_an_account_is_no_more_than_the_score_reads(world: World) -> None:
    said(world, 1, facts=FACTS)
    assert told(world) == {
        "since": "2026-01-31",
        "followers": 1_200,
        "following": 56,
        "posts": 99_000,
        "default_picture": True,
    }


def test_the_last_word_on_each_fact_counts_and_silence_takes_nothing_back(world: World) -> None:
    said(world, 1, facts=FACTS)
    said(world, 1, facts=AccountFacts(followers=0))
    said(world, 1)
    assert told(world) == {
        "since": "2026-01-31",
        "followers": 0,
        "following": 56,
        "posts": 99_000,
        "default_picture": True,
    }


def test_in_one_delivery_the_facts_of_all_mentions_count(world: World) -> None:
    world.take(
        added("a", "c1", author=AuthorRef("u1", account=FACTS)),
        added("b", "c2", author=AuthorRef("u1", account=AccountFacts(posts=4))),
        added("c", "c3", author=AuthorRef("u1")),
        added("d", "c4", author=AuthorRef("u2", account=AccountFacts())),
    )
    assert (told(world)["posts"], told(world)["following"], told(world, "u2")) == (4, 56, {})


def test_news_about_an_account_writes_nothing_to_the_search(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    said(world, 1, facts=FACTS)
    before = len(world.rows(SearchEntry))
    monkeypatch.setattr("moderator.search.enter_authors", lambda _session, renamed: renamed and pytest.fail("renamed"))
    said(world, 1, facts=AccountFacts(followers=7))
    assert len(world.rows(SearchEntry)) == before + 1


def test_a_channel_that_may_keep_nothing_about_accounts_keeps_nothing_and_forgets(world: World) -> None:
    with world.database.write() as session:
        channel = channels.create_channel(session, world.runtime.sealer, world.office_id, "webhook", "Tool")
    world.channel = channel
    said(world, 1, facts=FACTS)
    with world.database.write() as session:
        mine = session.merge(channel)
        config = {"account_facts": "no"}
        channels.update_channel(session, world.runtime.sealer, mine, "Tool", config, {}, "alice")
    world.channel = mine
    assert told(world) == {}
    said(world, 1, facts=FACTS)
    said(world, 1, author="u2", facts=FACTS)
    assert (told(world), told(world, "u2")) == ({}, {})


def test_an_office_that_switched_the_classifier_off_keeps_nothing_either(world: World) -> None:
    world.runtime = replace(world.runtime, classifiers=ClassifierRoom(("written", "automation")))
    measured = world.runtime.classifiers.measured()
    with world.database.write() as session:
        ensembles.change(session, world.people.alice, measured, {}, 0.3, ["automation"])
    said(world, 1, facts=FACTS)
    assert told(world) == {}


def test_a_post_is_dated_once_the_platform_says_when(world: World) -> None:
    noon = datetime(2026, 10, 1, 12, tzinfo=UTC)
    for published in (None, noon, None):
        said(world, 1, published=published)
    [post] = world.rows(Post)
    assert post.published_at == noon


# What is gathered


def test_a_new_supporter_with_two_comments_is_not_looked_at(world: World) -> None:
    ids = said(world, 2, facts=FACTS)
    assert gathered(world, ids) == [Account(), Account()]


def test_an_unnamed_author_is_nobody(world: World) -> None:
    ids = [world.say(f"Comment {number}", author=None) for number in range(6)]
    assert gathered(world, ids) == [Account()] * 6


def test_the_day_up_to_a_comment_is_counted(world: World) -> None:
    said(world, 3, ago=7_200)
    *_, last = said(world, 6, ago=900, post="p2", text="The same thing, as I say every time")
    found = conduct(world, last)
    assert (found.day, found.hour, found.thread) == (9, 6, 6)
    assert (found.compared, found.repeats) == (9, 5)


def test_what_came_later_is_not_known_yet(world: World) -> None:
    ids = said(world, LEAST_COMMENTS + 2)
    assert [found.conduct and found.conduct.day for found in gathered(world, ids)] == [None] * 4 + [5, 6, 7]


def test_what_is_known_stays_the_same_however_late_it_is_asked(world: World) -> None:
    ids = said(world, 12, facts=FACTS)
    before = gathered(world, ids)
    world.clock.forward(hours=3)
    said(world, 40, ago=1_800)
    world.clock.forward(days=30)
    assert gathered(world, ids) == before


def test_yesterday_does_not_count(world: World) -> None:
    said(world, 20, ago=90_000)
    [last] = said(world, 1, ago=60)
    assert gathered(world, [last]) == [Account()]


def test_another_account_does_not_count(world: World) -> None:
    said(world, 20, author="u2")
    ids = said(world, 4)
    assert gathered(world, ids) == [Account()] * 4


def test_the_profile_is_as_old_as_it_was_then(world: World) -> None:
    *_, last = said(world, 6, facts=FACTS)
    age = (world.comment(last).posted_at - datetime(2026, 1, 31, tzinfo=UTC)) / timedelta(days=1)
    [found] = gathered(world, [last])
    assert found.profile.age_days == pytest.approx(age)
    assert replace(found.profile, age_days=None) == Profile(None, 1_200, 56, 99_000, default_picture=True)


def test_a_platform_that_tells_nothing_is_known_to_tell_nothing(world: World) -> None:
    *_, last = said(world, 6)
    assert gathered(world, [last])[0].profile == Profile()


def test_even_gaps_are_noticed_with_a_pause_between_them(world: World) -> None:
    said(world, 8, ago=30_000, every=45)
    *_, last = said(world, 8, ago=600, every=45)
    found = conduct(world, last)
    assert found.gap_seconds == pytest.approx(45)
    assert found.unevenness == pytest.approx(0, abs=0.01)


def test_too_few_gaps_have_no_rhythm(world: World) -> None:
    *_, last = said(world, 8)
    assert conduct(world, last).unevenness is None


def test_what_the_platform_does_not_date_has_neither_rhythm_nor_delay(world: World) -> None:
    published = clock.now() - timedelta(seconds=5)
    for number in range(12):
        last = world.say(f"Comment {number}", post=PostRef(f"p{number % 4}", published_at=published))
    found = conduct(world, last)
    assert (found.day, found.unevenness, found.delay_seconds) == (12, None, None)


def test_the_usual_delay_after_a_post_is_the_first_comment_under_each(world: World) -> None:
    for number in range(4):
        ago = 4_000 - number * 900
        published = clock.now() - timedelta(seconds=ago + 3 + number)
        *_, last = said(world, 3, ago=ago, post=f"p{number}", published=published)
    found = conduct(world, last)
    assert found.delays == 4
    assert found.delay_seconds == pytest.approx(4.5, abs=0.1)


def test_quick_answers_to_two_posts_may_be_chance(world: World) -> None:
    for number in range(2):
        *_, last = said(world, 3, post=f"p{number}", published=clock.now() - timedelta(seconds=3_601))
    assert conduct(world, last).delay_seconds is None


def test_of_a_flood_no_more_is_read_than_is_counted(world: World) -> None:
    early = said(world, 150, every=1)
    late = said(world, MOST_COMMENTS, every=1, ago=600)
    [found] = gathered(world, [late[-1]])
    assert found.conduct is not None
    assert (found.conduct.day, found.conduct.thread) == (MOST_COMMENTS, MOST_COMMENTS)
    assert conduct(world, early[-1]).day == 150


def test_in_a_batch_each_comment_of_a_flood_has_those_before_it(world: World) -> None:
    ids = said(world, MOST_COMMENTS + 60, every=1)
    days = [found.conduct.day if found.conduct else 0 for found in gathered(world, ids)]
    assert days == [number if number >= LEAST_COMMENTS else 0 for number in range(1, 200)] + [200] * 61


def test_a_batch_with_nothing_special_costs_two_queries(world: World) -> None:
    ids = [said(world, 1, author=f"u{number}", facts=FACTS)[0] for number in range(8)]
    rows = rows_of(world, ids)
    with queries(world) as asked:
        account.gather(world.runtime, rows)
    assert len(asked) == 2


def test_a_busy_batch_costs_four_queries_and_walks_the_index(world: World) -> None:
    ids = [id for number in range(8) for id in said(world, 6, author=f"u{number}")]
    rows = rows_of(world, ids)
    with queries(world) as asked:
        account.gather(world.runtime, rows)
    assert len(asked) == 4
    if world.database.dialect == "sqlite":
        with world.database.read() as session:
            for query, values in asked.items():
                plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", values)
                steps = [str(step[3]) for step in plan]
                assert not [step for step in steps if step.startswith("SCAN") and "CONSTANT" not in step], steps
                assert ("ix_comments_author_id_received_at" in str(steps)) == ("received_at >" in query)


@contextmanager
def queries(world: World) -> Iterator[dict[str, Any]]:
    """What is asked of the database, with its values."""
    asked: dict[str, Any] = {}

    def note(_conn: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if statement.startswith("SELECT"):
            asked[statement] = values

    event.listen(world.database._engine, "before_cursor_execute", note)
    yield asked
    event.remove(world.database._engine, "before_cursor_execute", note)


def test_the_reasons_are_stored_with_the_score(world: World) -> None:
    world.runtime = replace(world.runtime, classifiers=ClassifierRoom(("written", "automation")))
    *_, last = said(world, 30, text="Everybody knows that this must stop now", every=20, facts=FACTS)
    world.decide()
    revision_id = world.comment(last).revision_id
    [row] = world.rows(Assessment, Assessment.revision_id == revision_id, Assessment.classifier == "automation")
    assert row.scores["automation"] > 0.8
    assert row.because["automation"].startswith("The account wrote 30 comments under one post within a day: ")
    assert row.error == ""


def test_dates_outside_any_calendar_are_survived(world: World) -> None:
    first = world.take(
        *[
            CommentEvent(
                EventKind.ADDED,
                f"x{year}{number}",
                f"A comment of the year {year}",
                AuthorRef("u1"),
                occurred_at=datetime(year, 1, 1, tzinfo=UTC),
            )
            for year in (1, 1969, 9999)
            for number in range(6)
        ]
    ).comment_ids
    assert len(gathered(world, first)) == 18
