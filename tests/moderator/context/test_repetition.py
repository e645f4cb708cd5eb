"""Comments that say nearly the same find each other as they come in, are counted, and become campaigns."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from classifiers.repetition.echoes import Echoes
from moderator import clock, upkeep
from moderator.connectors.base import AuthorRef, EventKind, PostRef
from moderator.context import repetition
from moderator.echoes import campaigns, index
from moderator.pipeline import classify
from moderator.pipeline.classifier_room import ClassifierRoom
from moderator.storage.tables import Assessment, Campaign, CampaignComment, Comment, Echo, EchoKey
from tests.moderator.conftest import AtOnce, World, added

SAID = "Rowan Ellery sold our bus station to a friend of hers and nobody in this town was ever asked about it"
OTHER = "Thank you for the new crossing at the school, my children can walk there by themselves at last"
THIRD = "Please put the swimming pool back on the list of things that the council pays for this winter"

DRESSES = (
    SAID,
    SAID.upper() + "!!",
    "Wow. " + SAID,
    SAID + " 😡😡 share this",
    SAID.replace("bus", "coach"),
    "😡" + SAID,
)


def _gathered(world: World, comment_ids: Sequence[str]) -> list[Echoes]:
    revisions = [world.comment(each).revision_id for each in comment_ids]
    with world.database.read() as session:
        rows = {row.id: row for row in session.execute(classify.texts(revisions))}
    return repetition.gather(world.runtime, [rows[each] for each in revisions])


def _say(world: World, text: str, author: int | None = 1, post: int = 1, **facts: Any) -> str:
    by = AuthorRef(f"u{author}", f"Person {author}") if author else None
    return world.say(text, author=by, post=PostRef(f"p{post}"), **facts)


def _campaigns(world: World) -> list[tuple[int, int, int]]:
    return sorted((each.comments, each.authors, each.posts) for each in world.rows(Campaign))


def test_who_says_the_same_under_several_posts_is_counted_from_the_first_on(world: World) -> None:
    ids = [_say(world, text, post=post) for post, text in enumerate(DRESSES[:4])]
    _say(world, OTHER, 2)
    found = _gathered(world, ids)
    assert [(each.own_comments, each.own_posts) for each in found] == [(1, 1), (2, 2), (3, 3), (4, 4)]
    assert [each.authors for each in found] == [1, 1, 1, 1]
    assert _campaigns(world) == [(4, 1, 4)]


def test_many_who_say_the_same_are_counted_whatever_each_of_them_changed(world: World) -> None:
    ids = [_say(world, text, author) for author, text in enumerate(DRESSES, 1)]
    last = _gathered(world, ids)[-1]
    assert (last.comments, last.authors, last.posts, last.own_comments) == (6, 6, 1, 1)
    assert last.since == world.comment(ids[0]).posted_at
    [campaign] = world.rows(Campaign)
    assert (campaign.office_id, campaign.comment_id) == (world.office_id, ids[0])
    members = world.rows(CampaignComment, CampaignComment.campaign_id == campaign.id)
    assert {each.comment_id for each in members} == set(ids)
    assert campaign.last_at == max(each.at for each in members)


def test_asking_again_changes_nothing_and_is_told_the_same(world: World) -> None:
    ids = [_say(world, text, author) for author, text in enumerate(DRESSES, 1)]
    first = _gathered(world, ids)
    before = [len(world.rows(table)) for table in (Echo, EchoKey, CampaignComment)]
    later = [_say(world, SAID + " again", 9)]
    assert _gathered(world, later)[0].comments == 7
    assert _gathered(world, ids[::-1]) == first[::-1]
    assert [_gathered(world, [each])[0] for each in ids] == first
    assert before[0] + 1 == len(world.rows(Echo))
    assert _campaigns(world) == [(7, 7, 1)]


def test_one_by_one_or_together_they_are_counted_alike(world: World) -> None:
    ids = [_say(world, text, author) for author, text in enumerate(DRESSES, 1)]
    assert [_gathered(world, [each])[0].comments for each in ids] == [1, 2, 3, 4, 5, 6]
    assert _campaigns(world) == [(6, 6, 1)]


def test_two_are_no_campaign_and_short_ones_never_are(world: World) -> None:
    ids = [_say(world, SAID), _say(world, SAID, 2), *(_say(world, "Well said!", n) for n in range(1, 6))]
    found = _gathered(world, ids)
    assert [each.comments for each in found] == [1, 2, 1, 1, 1, 1, 1]
    assert world.rows(Campaign) == []


def test_neighbours_further_apart_than_three_days_do_not_hear_each_other(world: World) -> None:
    now = clock.now()

    def at(hours: float) -> datetime:
        return now - timedelta(hours=hours)

    chain = [_say(world, SAID, n, occurred_at=at(hours)) for n, hours in enumerate((400, 260, 200, 140), 1)]
    found = _gathered(world, chain)
    assert [each.comments for each in found] == [1, 1, 2, 2]
    assert _campaigns(world) == [(3, 3, 1)]
    [alone] = world.rows(Echo, Echo.campaign_id.is_(None))
    assert alone.comment_id == chain[0]


def test_a_year_that_no_calendar_has_to_be_kept_in_does_no_harm(world: World) -> None:
    far = [datetime(year, 1, 1, tzinfo=clock.now().tzinfo) for year in (1, 1969, 9999)]
    ids = [_say(world, SAID, n, occurred_at=at) for n, at in enumerate(far, 1)]
    assert [each.comments for each in _gathered(world, ids)] == [1, 1, 1]


def test_two_groups_that_turn_out_to_be_one_become_one(world: World) -> None:
    # A third of what either says is said by both: too little. What says all of it is like either.
    one, other = f"{SAID}. {OTHER}", f"{OTHER}. {THIRD}"
    halves = [_say(world, one, n) for n in (1, 2, 3)] + [_say(world, other, n) for n in (4, 5, 6)]
    _gathered(world, halves)
    assert _campaigns(world) == [(3, 3, 1), (3, 3, 1)]
    both = _say(world, f"{SAID}. {OTHER}. {THIRD}", 7)
    assert _gathered(world, [both])[0].comments == 7
    assert _campaigns(world) == [(7, 7, 1)]
    [campaign] = world.rows(Campaign)
    assert {each.campaign_id for each in world.rows(CampaignComment)} == {campaign.id}
    assert {each.campaign_id for each in world.rows(Echo)} == {campaign.id}


def test_a_pair_that_joins_a_campaign_is_shown_with_it(world: World) -> None:
    one, other = f"{SAID}. {OTHER}", f"{OTHER}. {THIRD}"
    _gathered(world, [_say(world, one, n) for n in (1, 2, 3)] + [_say(world, other, n) for n in (4, 5)])
    assert _campaigns(world) == [(3, 3, 1)]
    _gathered(world, [_say(world, f"{OTHER}. {SAID}. {THIRD}", 6)])
    assert _campaigns(world) == [(6, 6, 1)]


def test_authors_whom_nobody_names_are_no_other_authors(world: World) -> None:
    ids = [_say(world, SAID, None) for _ in range(4)]
    last = _gathered(world, ids)[-1]
    assert (last.comments, last.authors, last.own_comments) == (4, 0, 1)
    assert _campaigns(world) == [(4, 0, 1)]


def test_what_its_author_changed_is_compared_anew(world: World) -> None:
    ids = [_say(world, SAID, n, external_id=f"e{n}") for n in (1, 2, 3)]
    _gathered(world, ids)
    for number, text in ((3, OTHER), (2, "Never mind")):
        by = AuthorRef(f"u{number}", f"Person {number}")
        edit = added(text, f"e{number}", kind=EventKind.EDITED, author=by, post=PostRef("p1"))
        world.take(replace(edit, occurred_at=clock.now()))
    found = _gathered(world, ids)
    assert [each.comments for each in found] == [1, 1, 1]
    assert _campaigns(world) == []
    assert {each.comment_id for each in world.rows(Echo)} == {ids[0], ids[2]}
    assert len(world.rows(EchoKey)) == 18


def test_nothing_stays_of_comments_that_are_to_be_forgotten(world: World) -> None:
    ids = [_say(world, text, author) for author, text in enumerate(DRESSES[:5], 1)]
    _gathered(world, ids)
    with world.database.write() as session:
        index.forget(session, [ids[0], "0" * 26])
    [campaign] = world.rows(Campaign)
    assert (campaign.comments, campaign.comment_id) == (4, ids[1])
    with world.database.write() as session:
        index.forget(session, ids)
    assert [len(world.rows(table)) for table in (Echo, EchoKey, Campaign, CampaignComment)] == [0, 0, 0, 0]


def test_offices_do_not_hear_each_other(world: World) -> None:
    ids = [_say(world, SAID, n) for n in (1, 2, 3)]
    with world.database.write() as session:
        session.execute(update(Comment).where(Comment.id == ids[1]).values(office_id=world.people.charlie.office_id))
    assert [each.comments for each in _gathered(world, ids)] == [1, 1, 2]


def test_what_came_in_weeks_ago_leaves_the_index_and_campaigns_stay(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "_DROPPED_AT_ONCE", 2)
    ids = [_say(world, SAID, n) for n in (1, 2, 3)]
    _gathered(world, ids)
    with world.database.write() as session:
        index.drop_old(session, world.office_id)
    assert len(world.rows(Echo)) == 3
    world.clock.forward(days=22)
    assert index.drop_old in upkeep.CHORES
    with world.database.write() as session:
        index.drop_old(session, world.people.charlie.office_id)
        index.drop_old(session, world.office_id)
    assert len(world.rows(Echo)) == 1
    with world.database.write() as session:
        index.drop_old(session, world.office_id)
    assert [len(world.rows(table)) for table in (Echo, EchoKey)] == [0, 0]
    assert _campaigns(world) == [(3, 3, 1)]


def test_what_everybody_says_is_found_however_many_say_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repetition, "_COUNTED", 60)
    ids = [_say(world, SAID, n) for n in range(1, 81)]
    last = _gathered(world, ids)[-1]
    assert (last.more, last.comments) == (True, 60)
    assert len(world.rows(EchoKey)) <= 9 * 32
    assert _campaigns(world) == [(80, 80, 1)]


def test_workers_who_take_the_same_in_at_once_miss_nothing_and_double_nothing(world: World, at_once: AtOnce) -> None:
    ids = [_say(world, DRESSES[n % len(DRESSES)], n) for n in range(1, 25)]
    parts = [ids[n::4] for n in range(4)] + [ids[:12], ids[6:18]]
    at_once(6, lambda number: _gathered(world, parts[number]))
    assert _campaigns(world) == [(24, 24, 1)]
    assert len(world.rows(Echo)) == 24
    assert _gathered(world, ids)[-1].comments == 24


def test_a_worker_that_dies_before_it_is_done_leaves_nothing_half_done(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [_say(world, SAID, n) for n in (1, 2, 3)]
    with monkeypatch.context() as patched:
        patched.setattr(campaigns, "join", lambda *_: (_ for _ in ()).throw(RuntimeError("gone")))
        with pytest.raises(RuntimeError, match="gone"):
            _gathered(world, ids)
    assert world.rows(Echo) == []
    assert _gathered(world, ids)[-1].comments == 3


def test_the_sentence_stands_beside_the_scores(world: World) -> None:
    world.runtime = replace(world.runtime, classifiers=ClassifierRoom(("written", "repetition")))
    ids = [_say(world, SAID, n) for n in (1, 2, 3)]
    world.decide()
    revision_id = world.comment(ids[-1]).revision_id
    [found] = world.rows(Assessment, Assessment.revision_id == revision_id, Assessment.classifier == "repetition")
    assert found.scores["coordination"] >= 0.5
    assert found.scores["repetition"] == 0
    assert found.because["coordination"].startswith("Nearly the same was said 3 times by 3 accounts within an hour")
