"""What is found, on both databases alike: whatever is typed, newest first, and never what a member is not to see."""

from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, insert, select

from moderator import channels, search, storage
from moderator.connectors.base import AuthorRef, EventKind
from moderator.domain.vocabulary import Role
from moderator.review import access, notes
from moderator.review.access import Reach
from moderator.search import Scope
from moderator.search_words import understand
from moderator.storage.database import Database
from moderator.storage.tables import ChannelRole, Member, SearchEntry
from tests.moderator.conftest import World

EVERYTHING = Scope(author=None, notes=None)


def found(world: World, typed: str, scope: Scope = EVERYTHING, **options: Any) -> list[str]:
    """The ids of the comments that are found."""
    reach = options.pop("reach", Reach(world.office_id))
    with world.database.read() as session:
        hits = search.find(session, reach, scope, understand(typed), options.pop("limit", 50), **options)
    return [hit.comment_id for hit in hits]


@pytest.fixture
def said(world: World) -> dict[str, str]:
    texts = {
        "plain": "The bus stops in our village",
        "accents": "Un bus à l'École — DÉJÀ vu, naïve",
        "turned": "The village bus stops: stop, I said",
        "emoji": "What a clown 🤡",
        "letters": "Don't trust O’Neill, 100%; \\'quoted\\' <b>&amp;</b>",
    }
    return {name: world.say(comment, external_id=name) for name, comment in texts.items()}


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("bus", ["turned", "accents", "plain"]),
        ("BUS village", ["turned", "plain"]),
        ('"bus stops"', ["turned", "plain"]),
        ('"village bus"', ["turned"]),
        ("bus -village", ["accents"]),
        ('bus -"village bus"', ["accents", "plain"]),
        ("ecole", ["accents"]),
        ("École", ["accents"]),
        ("deja", ["accents"]),
        ("vill", ["turned", "plain"]),
        ('"vill"', []),
        ("vill bus", []),
        ("🤡", ["emoji"]),
        ("don't", ["letters"]),
        ("o'neill", ["letters"]),
        ("'quoted'", ["letters"]),
        ("-bus", []),
        ("", []),
        ("no such words", []),
    ],
)
def test_words_phrases_beginnings_and_what_must_not_be_there(
    world: World, said: dict[str, str], typed: str, names: list[str]
) -> None:
    assert found(world, typed) == [said[name] for name in names]


@settings(suppress_health_check=list(HealthCheck), max_examples=60, deadline=None, derandomize=True)
@given(st.text(st.sampled_from("ab\"'*:^()-+&|!<>\\@{}%_;\x00 ANDORNEARé政\ue000\ue002"), max_size=30))
def test_whatever_is_typed_is_only_looked_for(world: World, typed: str) -> None:
    assert found(world, typed) == []


def test_pages_follow_each_other_without_a_gap(world: World) -> None:
    ids = [world.say(f"comment number {number}") for number in range(5)]
    with world.database.read() as session:
        first = search.find(session, Reach(world.office_id), EVERYTHING, understand("comment"), 2)
    following = found(world, "comment", limit=10, before=first[-1].number)
    assert [hit.comment_id for hit in first] + following == ids[::-1]


def test_what_stands_far_back_is_found_as_well(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "_WALKED", 2)
    ids = [world.say(words) for words in ("a rare word", "a rare thing", "plain", "a rare word", "plain", "plain")]
    assert found(world, "rare word") == [ids[3], ids[0]]
    assert found(world, "rare", limit=2) == [ids[3], ids[1]]


def test_an_edit_is_found_by_its_new_words_alone(world: World) -> None:
    comment_id = world.say("the first version", external_id="c")
    world.say("the second wording", external_id="c", kind=EventKind.EDITED)
    assert found(world, "wording") == [comment_id]
    assert found(world, "version") == []


def test_an_author_is_found_by_name_and_handle_and_by_the_new_name(world: World) -> None:
    first = world.say("one", author=AuthorRef("u7", "Zoë Quill", "zquill"))
    assert found(world, "zoe") == found(world, "zquill") == [first]
    second = world.say("two", author=AuthorRef("u7", "Zoë Marsh", "zquill"))
    assert found(world, "marsh") == [second, first]
    assert found(world, "quill") == []


def test_notes_are_found_once_they_are_written(world: World) -> None:
    comment_id = world.say("one")
    with world.database.write() as session:
        notes.add(session, world.people.mona, comment_id, "Ask the council about this")
    assert found(world, "council") == [comment_id]
    assert found(world, "council one") == [comment_id]


def test_another_office_is_never_searched(world: World) -> None:
    world.say("the bus")
    assert found(world, "bus", reach=Reach(world.people.charlie.office_id)) == []


def test_only_the_channels_that_are_reached_are_searched(world: World) -> None:
    here = world.say("the bus", external_id="here")
    assert found(world, "bus", reach=Reach(world.office_id, {world.channel.id: Role.MODERATOR})) == [here]
    assert found(world, "bus", reach=Reach(world.office_id, {"elsewhere": Role.MODERATOR})) == []
    assert found(world, "bus", reach=Reach(world.office_id, {})) == []


def _scope(world: World, member: Member) -> Scope:
    with world.database.read() as session:
        return search.scope(access.reach(session, member), member)


def test_names_are_for_those_who_are_told_them_and_notes_for_those_who_decide(world: World) -> None:
    comment_id = world.say("one", author=AuthorRef("u9", "Quincy"))
    with world.database.write() as session:
        notes.add(session, world.people.mona, comment_id, "Ask the council about this")
    seen = {
        name: (found(world, "quincy", scope), found(world, "council", scope))
        for name in ("alice", "mona", "victor", "olive")
        for scope in [_scope(world, getattr(world.people, name))]
    }
    there = [comment_id]
    assert seen == {"alice": (there, there), "mona": (there, there), "victor": ([], []), "olive": (there, [])}


def test_a_role_on_one_channel_tells_names_and_notes_of_that_channel_alone(world: World) -> None:
    with world.database.write() as session:
        other = channels.create_channel(session, world.runtime.sealer, world.office_id, "paper", "The other").id
        session.execute(
            insert(ChannelRole),
            [
                {"member_id": world.people.mona.id, "channel_id": world.channel.id, "role": Role.MODERATOR},
                {"member_id": world.people.mona.id, "channel_id": other, "role": Role.VOLUNTEER},
            ],
        )
    here = world.say("the bus", author=AuthorRef("u9", "Quincy"), external_id="here")
    world.channel.id, mine = other, world.channel.id
    there = world.say("the bus", author=AuthorRef("u9", "Quincy"), external_id="there")
    world.channel.id = mine
    with world.database.read() as session:
        reach = access.reach(session, world.people.mona)
    scope = search.scope(reach, world.people.mona)
    assert found(world, "bus", scope, reach=reach) == [there, here]
    assert found(world, "quincy", scope, reach=reach) == [here]


def test_a_comment_that_is_gone_is_gone_from_the_index(world: World) -> None:
    comment_id = world.say("the bus")
    with world.database.write() as session:
        session.delete(session.scalars(select(SearchEntry).where(SearchEntry.comment_id == comment_id)).one())
    assert found(world, "bus") == []


def test_a_longer_text_than_any_index_takes_is_found_by_its_beginning(world: World) -> None:
    comment_id = world.say("first " + "word " * 30_000 + "last " + "x" * 5_000)
    assert found(world, "first") == [comment_id]
    assert found(world, "last") == []


def test_what_was_there_before_is_entered_by_the_migration(world: World, database: Database) -> None:
    ids = [world.say(f"the bus, {number}", author=AuthorRef("u1", "Zoë")) for number in range(3)]
    with world.database.write() as session:
        notes.add(session, world.people.mona, ids[1], "Ask the council")
    _migrate_again(database)
    assert found(world, "bus") == ids[::-1]
    assert found(world, "zoe 1") == found(world, "council") == [ids[1]]
    assert world.say("one more bus") in found(world, "bus")


def _migrate_again(database: Database) -> None:
    engine = create_engine(database.url)
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(Path(storage.__file__).parent / "migrations"))
        config.set_main_option("path_separator", "os")
        config.attributes["connection"] = connection
        command.downgrade(config, "0004")
    engine.dispose()
    database.migrate()
