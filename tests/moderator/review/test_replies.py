"""Replies that are prepared once: written by leads, filled in for each comment, never sent half filled in."""

import pytest

from moderator.errors import Conflict, Invalid, NotAllowed, NotFound
from moderator.review import replies
from moderator.storage.tables import CannedReply, Member
from tests.moderator.conftest import World


def _write(
    world: World,
    name: str = "Casework",
    text: str = "Dear {author}, write to {contact}.",
    verb: str = "redirect",
    rule_id: str | None = None,
    member: Member | None = None,
) -> str:
    with world.database.write() as session:
        return replies.write(session, member or world.people.leo, name, text, verb, rule_id).id


def _names(world: World) -> list[str]:
    with world.database.read() as session:
        return [reply.name for reply in replies.of_office(session, world.office_id)]


def test_a_lead_writes_changes_and_withdraws_a_reply(world: World) -> None:
    reply_id = _write(world, name="  Case \n work ", text=" Hello\r\n{author} ", rule_id="3")
    (row,) = world.rows(CannedReply)
    assert (row.name, row.text, row.verb, row.rule_id) == ("Case work", "Hello\n{author}", "redirect", "3")
    with world.database.write() as session:
        replies.change(session, world.people.alice, reply_id, "Thanks", "Thank you.", "reply", "")
    (row,) = world.rows(CannedReply)
    assert (row.name, row.verb, row.rule_id, row.changed_by) == ("Thanks", "reply", None, world.people.alice.id)
    with world.database.write() as session:
        replies.withdraw(session, world.people.leo, reply_id)
    assert _names(world) == []
    with pytest.raises(NotFound), world.database.write() as session:
        replies.withdraw(session, world.people.leo, reply_id)
    assert world.log(f"office:{world.office_id}")[-3:] == ["reply.written", "reply.changed", "reply.withdrawn"]


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("name", {"name": " "}),
        ("name", {"name": "n" * 81}),
        ("text", {"text": "\n"}),
        ("text", {"text": "t" * 2001}),
        ("verb", {"verb": "delete"}),
        ("rule_id", {"rule_id": "99"}),
    ],
)
def test_a_reply_that_cannot_be_used_is_not_stored(world: World, field: str, changes: dict[str, str]) -> None:
    with pytest.raises(Invalid) as refused:
        _write(world, **changes)  # type: ignore[arg-type]
    assert refused.value.field == field
    assert world.rows(CannedReply) == []


def test_only_owners_and_leads_of_the_office_write_them(world: World) -> None:
    for other in (world.people.mona, world.people.victor, world.people.olive):
        with pytest.raises(NotAllowed):
            _write(world, member=other)
    reply_id = _write(world)
    with pytest.raises(NotFound), world.database.write() as session:
        replies.change(session, world.people.charlie, reply_id, "Mine", "Mine", "reply", "")
    assert _names(world) == ["Casework"]


def test_an_office_has_so_many_at_most(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replies, "MOST", 1)
    _write(world)
    with pytest.raises(Conflict):
        _write(world)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Dear {author},", "Dear Una,"),
        ("{author}{author}", "UnaUna"),
        ("Write to {contact}.", "Write to {contact}."),
        ("Call {number of the office}", "Call {number of the office}"),
        ("{office}: {{author}}", "{author}: {Una}"),
        ("{AUTHOR} {0} {} {author.__class__}", "{AUTHOR} {0} {} {author.__class__}"),
    ],
)
def test_what_is_known_is_filled_in_and_nothing_else(text: str, expected: str) -> None:
    assert replies.filled(text, {"author": "Una", "contact": "", "office": "{author}"}) == expected
