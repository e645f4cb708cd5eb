"""Which comments say nearly the same: copies in any dress, and nothing that merely speaks of the same thing."""

import pytest

from moderator import clusters
from moderator.review import access
from moderator.storage.tables import Case
from tests.moderator.conftest import World, added

SAID = "Rowan Ellery sold our bus station to a friend of hers and nobody asked us"


@pytest.mark.parametrize(
    "copy",
    [
        SAID.upper() + "!!!",
        "😡😡 " + SAID.replace(" ", "  ") + " 😡",
        "R0wan Ellery s0ld our bus stаtion to a friend of hers, and nobody asked us.",  # with a Cyrillic letter
        "RowanEllery sold ourbusstation to afriend of hers and nobodyasked us",
        "Hey everyone, " + SAID + ", so share this!",
        "Rowan Ellery, honestly, sold our lovely bus station to a friend of hers and, well, nobody asked us",
        "Rowan Ellery’s sold our bus\u200b station to a friend of hers and nobody asked us",
    ],
)
def test_a_copy_is_found_whatever_it_wears(copy: str) -> None:
    assert [place for place, _ in clusters.alike(SAID, ["Something else entirely, said by somebody", copy])] == [1]


@pytest.mark.parametrize(
    "other",
    [
        "The bus station was sold, and I think that Rowan Ellery was right to do it",
        "Why did nobody ask us about the bus station?",
        "Rowan Ellery",
        "",
        "😡😡😡",
        "Buy the tea of my friend, it is cheap and good for everybody in the town",
    ],
)
def test_what_merely_speaks_of_the_same_is_no_copy(other: str) -> None:
    assert clusters.alike(SAID, [other]) == []


def test_the_very_same_letters_are_wholly_alike_and_padding_costs_some() -> None:
    found = dict(clusters.alike(SAID, [SAID.lower(), SAID + " and that is a shame"]))
    assert found[0] == 1.0
    assert clusters.ALIKE <= found[1] < 1.0


def test_few_words_are_alike_only_where_they_are_the_same() -> None:
    assert clusters.alike("Well said!", ["well  SAID", "well said indeed", "well done"]) == [(0, 1.0)]


def test_a_text_without_words_is_like_nothing() -> None:
    assert clusters.alike("😡", ["😡", "", "!!!"]) == []


def test_groups_are_found_among_many_and_the_first_of_each_speaks_for_it() -> None:
    copies = [SAID, SAID + "!", "Wow, " + SAID, SAID + " 😡", "People: " + SAID]
    tea = ["Buy this tea, it is the best in town"] * 2
    others = [f"this is comment {n * 7919 % 1013} about matter {n} and nothing {n * 31} more {n}" for n in range(60)]
    texts = [*others[:30], *copies, *others[30:], *tea]
    found = clusters.groups(texts)
    assert [len(group) for group in found[:2]] == [5, 2]
    assert {texts[place] for place in found[0]} == set(copies)
    assert found == clusters.groups(texts)


def test_nothing_is_grouped_where_there_is_nothing() -> None:
    assert clusters.groups([]) == []
    assert clusters.groups(["", "😡", "one", "another text of some words"]) == []


def test_what_is_shared_with_the_others_is_told_for_each() -> None:
    shares = clusters.in_common([SAID, SAID, SAID, "quite another thing was said here"])
    assert shares[0] == pytest.approx(2 / 3)
    assert shares[3] == 0.0
    assert clusters.in_common([SAID]) == [1.0]
    assert clusters.in_common([]) == []


def test_the_open_cases_like_a_comment_are_read_and_no_others(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [
        f"{SAID} harassment=0.7",
        f"{SAID.upper()} harassment=0.7",
        f"Wow, {SAID} harassment=0.7",
        "Other harassment=0.7",
    ]
    ids = [world.say(text) for text in texts]
    decided = world.say(f"{SAID} harassment=0.7!")
    world.decide()
    world.resolve(world.people.mona, decided, "keep")

    def found(comment_id: str, most: int = 100) -> tuple[set[str], clusters.Cluster]:
        with world.database.read() as session:
            reach = access.reach(session, world.people.mona)
            cluster = clusters.like(session, reach, comment_id, most)
            cases = [session.get_one(Case, near.case_id) for near in cluster.near]
            return {case.comment_id for case in cases}, cluster

    near, cluster = found(ids[0])
    assert near == set(ids[:3])
    assert (cluster.read, cluster.older) == (4, False)
    assert found(decided)[0] == set(ids[:3])
    assert len(found(ids[0], most=2)[0]) == 2
    monkeypatch.setattr(clusters, "READ_AT_MOST", 1)
    near, cluster = found(ids[0])
    assert near == {ids[0], ids[1]}  # of what came before, the very same letters alone
    assert (cluster.read, cluster.older) == (1, True)


def test_the_largest_groups_of_an_office_are_its_own(world: World) -> None:
    ids = [world.say(f"{SAID} number {n} harassment=0.7") for n in range(3)]
    world.take(added("Once harassment=0.7", "once"))
    world.decide()
    with world.database.read() as session:
        (group,) = clusters.largest(session, access.reach(session, world.people.mona), 5)
        assert clusters.largest(session, access.reach(session, world.people.charlie), 5) == ()
    assert (group.comment_id in ids, group.count) == (True, 3)
