"""What colleagues say to each other stays in the office and reaches whom it names, and nobody who must not see it."""

import pytest

from moderator.domain.vocabulary import Role
from moderator.errors import Invalid, NotAllowed, NotFound
from moderator.queries import notes_page
from moderator.review import notes
from moderator.review.access import reach
from moderator.storage.tables import ChannelRole, Member, Mention
from tests.moderator.conftest import World


@pytest.fixture
def comment_id(world: World) -> str:
    return world.settled("harassment=0.7")


def _add(world: World, member: Member, comment_id: str, text: str, *mentioned: Member) -> str:
    with world.database.write() as session:
        return notes.add(session, member, comment_id, text, [one.id for one in mentioned]).id


def _mentioned(world: World) -> set[str]:
    return {mention.member_id for mention in world.rows(Mention)}


def _read(world: World, member: Member, comment_id: str) -> tuple[notes_page.NoteLine, ...]:
    with world.database.read() as session:
        return notes_page.notes_of(session, reach(session, member), member, comment_id)


def _waiting(world: World, member: Member) -> int:
    with world.database.read() as session:
        return notes_page.mentions_waiting(session, reach(session, member), member)


def test_a_note_is_read_by_colleagues_and_waits_for_whom_it_asks(world: World, comment_id: str) -> None:
    _add(world, world.people.mona, comment_id, "  Is this the man from Tuesday?\r\nI am not sure. ", world.people.leo)
    (line,) = _read(world, world.people.leo, comment_id)
    assert (line.text, line.by, line.mentioned, line.unseen) == (
        "Is this the man from Tuesday?\nI am not sure.",
        "Mona",
        ("Leo",),
        True,
    )
    assert (_waiting(world, world.people.leo), _waiting(world, world.people.alice)) == (1, 0)
    assert not _read(world, world.people.alice, comment_id)[0].unseen


def test_what_was_seen_waits_no_longer_and_stays_in_the_list(world: World, comment_id: str) -> None:
    first = _add(world, world.people.mona, comment_id, "One", world.people.leo)
    second = _add(world, world.people.mona, comment_id, "Two", world.people.leo)
    with world.database.write() as session:
        notes.seen(session, world.people.leo, [second])
    with world.database.read() as session:
        lines = notes_page.mentions(session, reach(session, world.people.leo), world.people.leo)
    assert [(line.note_id, line.unseen) for line in lines] == [(first, True), (second, False)]
    with world.database.write() as session:
        notes.seen(session, world.people.leo)
    assert _waiting(world, world.people.leo) == 0


def test_a_name_typed_after_an_at_sign_asks_that_colleague(world: World, comment_id: str) -> None:
    _add(world, world.people.mona, comment_id, "@leo, could you? Not you, mail@alice. And @Olivetta is nobody.")
    assert _mentioned(world) == {world.people.leo.id}


def test_a_first_name_that_two_share_asks_nobody_but_the_whole_name_does(world: World, comment_id: str) -> None:
    with world.database.write() as session:
        session.get_one(Member, world.people.leo.id).name = "Sam Leigh (lead)"
        session.get_one(Member, world.people.alice.id).name = "Sam Archer"
    _add(world, world.people.mona, comment_id, "@Sam?")
    assert _mentioned(world) == set()
    _add(world, world.people.mona, comment_id, "@sam leigh (LEAD)?")
    assert _mentioned(world) == {world.people.leo.id}


@pytest.mark.parametrize("text", ["", " \r\n ", "x" * (notes.MAX_NOTE + 1)])
def test_a_note_has_words_and_not_too_many(world: World, comment_id: str, text: str) -> None:
    with pytest.raises(Invalid):
        _add(world, world.people.mona, comment_id, text)


def test_text_that_no_database_can_hold_is_stored_all_the_same(world: World, comment_id: str) -> None:
    _add(world, world.people.mona, comment_id, "before \0 after \ud83d <script>")
    assert [line.text for line in _read(world, world.people.mona, comment_id)] == ["before � after � <script>"]


def test_observers_and_other_offices_leave_no_notes(world: World, comment_id: str) -> None:
    with pytest.raises(NotAllowed):
        _add(world, world.people.olive, comment_id, "Hello")
    with pytest.raises(NotFound):
        _add(world, world.people.charlie, comment_id, "Hello")
    assert _read(world, world.people.charlie, comment_id) == ()


def test_nobody_is_asked_about_what_they_are_not_shown(world: World) -> None:
    threat = world.settled("threat=0.7")
    for stranger in (world.people.charlie, world.people.victor):
        with pytest.raises(Invalid):
            _add(world, world.people.mona, threat, "Look", stranger)
    _add(world, world.people.mona, threat, "@Victor @Charlie @Olive")
    assert _mentioned(world) == {world.people.olive.id}


def test_whoever_left_or_works_on_other_channels_only_is_not_asked(world: World, comment_id: str) -> None:
    with world.database.write() as session:
        session.get_one(Member, world.people.leo.id).left_at = world.clock.now()
        session.get_one(Member, world.people.olive.id).ends_at = world.clock.now()
    for gone in (world.people.leo, world.people.olive):
        with pytest.raises(Invalid):
            _add(world, world.people.mona, comment_id, "Look", gone)


def test_a_volunteer_reads_only_what_they_wrote_and_what_asks_them(world: World, comment_id: str) -> None:
    _add(world, world.people.mona, comment_id, "The author is Mrs Miller from the bakery")
    _add(world, world.people.mona, comment_id, "Is that irony?", world.people.victor)
    _add(world, world.people.victor, comment_id, "Yes")
    assert [line.text for line in _read(world, world.people.victor, comment_id)] == ["Is that irony?", "Yes"]
    assert len(_read(world, world.people.leo, comment_id)) == 3


def test_a_role_on_one_channel_counts_there(world: World, comment_id: str) -> None:
    with world.database.write() as session:
        session.add(ChannelRole(member_id=world.people.mona.id, channel_id=world.channel.id, role=Role.OBSERVER))
    with pytest.raises(NotAllowed):
        _add(world, world.people.mona, comment_id, "Hello")
