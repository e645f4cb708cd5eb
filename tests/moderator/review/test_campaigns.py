"""What the service kept of a campaign is put before people, once, and taken from them again."""

import json

import pytest

from moderator.connectors.base import AuthorRef, EventKind, PostRef
from moderator.domain.cases import BulkState
from moderator.domain.decisions import Reason, State
from moderator.domain.vocabulary import Role
from moderator.errors import Conflict, NotAllowed, NotFound
from moderator.jobs import queue
from moderator.review import access, bulk, campaigns
from moderator.storage.tables import AuditEntry, BulkRun, Case, Job, Member
from tests.fakes import office
from tests.moderator.conftest import World, added


def _say(world: World, *texts: str) -> list[str]:
    events = [
        added(text, f"copy {number}", author=AuthorRef(f"u{number}", f"Una {number}"), post=PostRef("p1"))
        for number, text in enumerate(texts)
    ]
    ids = list(world.take(*events).comment_ids)
    world.work()
    return ids


def _campaign(world: World, *texts: str) -> tuple[str, list[str]]:
    """A campaign of comments that have been looked at, and the comments."""
    ids = _say(world, *texts)
    with world.database.write() as session:
        return office.campaign(session, ids), ids


def _ask(world: World, campaign_id: str, member: Member | None = None) -> int:
    who = member or world.people.mona
    with world.database.write() as session:
        return campaigns.ask(session, who, access.reach(session, who), campaign_id)


def _withdraw(world: World, campaign_id: str, member: Member | None = None) -> int:
    who = member or world.people.mona
    with world.database.write() as session:
        return campaigns.withdraw(session, who, access.reach(session, who), campaign_id)


def _open(world: World, ids: list[str]) -> list[str]:
    return [comment_id for comment_id in ids if world.case_of(comment_id) is not None]


def test_only_what_the_service_kept_and_nobody_was_asked_about_is_put_before_people(world: World) -> None:
    campaign_id, ids = _campaign(world, "kind 1", "kind 2", "harassment=0.7", "spam=0.95", "kind 3")
    world.choose(world.people.mona, ids[4], "keep")
    assert _ask(world, campaign_id) == 2
    assert _open(world, ids) == ids[:3]
    case, asked = world.case_of(ids[0]), world.suggestion(ids[0])
    assert case is not None
    assert (case.lane, case.priority, case.severe) == ("review", 3, False)
    assert case.why == "Mona asked for a look, since many comments say nearly the same"
    assert case.due_at > world.clock.now()
    assert (asked.state, asked.reason, asked.verbs) == (State.SUGGESTED, Reason.CAMPAIGN, [])
    assert asked.member_id == world.people.mona.id
    assert world.in_force(ids[0]).reason == Reason.NO_FINDING, "it stays kept"
    assert world.actions_of(ids[0]) == []


def test_asking_is_on_record_for_the_campaign_and_for_each_comment(world: World) -> None:
    campaign_id, ids = _campaign(world, "kind 1", "kind 2", "kind 3")
    _ask(world, campaign_id)
    (entry,) = world.rows(AuditEntry, AuditEntry.event == "campaign.asked")
    assert (entry.actor, entry.subject) == (f"member:{world.people.mona.id}", f"campaign:{campaign_id}")
    assert json.loads(entry.detail) == {"campaign": campaign_id, "comments": 3}
    assert world.log(f"comment:{ids[1]}")[-1] == "case.opened"
    _withdraw(world, campaign_id)
    assert world.log(f"comment:{ids[1]}")[-1] == "case.closed"
    assert world.log(f"campaign:{campaign_id}") == ["campaign.asked", "campaign.withdrawn"]


def test_asking_twice_opens_nothing_twice(world: World) -> None:
    campaign_id, ids = _campaign(world, "kind 1", "kind 2", "kind 3")
    assert _ask(world, campaign_id) == 3
    with pytest.raises(Conflict):
        _ask(world, campaign_id, world.people.leo)
    assert len(world.rows(Case)) == len(ids)


def test_taking_them_out_again_leaves_alone_what_was_decided_and_what_was_asked_anyway(world: World) -> None:
    campaign_id, ids = _campaign(world, "kind 1", "kind 2", "harassment=0.7", "kind 3")
    _ask(world, campaign_id)
    world.resolve(world.people.mona, ids[0], "hide", rule_id="3")
    assert _withdraw(world, campaign_id, world.people.leo) == 2
    assert _open(world, ids) == [ids[2]]
    assert [world.in_force(comment_id).verbs for comment_id in ids[:2]] == [["hide"], ["keep"]]
    with pytest.raises(Conflict):
        _withdraw(world, campaign_id)
    assert _ask(world, campaign_id) == 2, "what was taken out can be asked about again"


def test_so_many_at_once_and_the_newest_first(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(campaigns, "MOST", 2)
    campaign_id, ids = _campaign(world, "kind 1", "kind 2", "kind 3")
    assert _ask(world, campaign_id) == 2
    assert _open(world, ids) == ids[1:]
    assert _ask(world, campaign_id) == 1
    assert (_withdraw(world, campaign_id), _withdraw(world, campaign_id)) == (2, 1)


def test_one_choice_for_all_of_them_and_all_of_it_taken_back(world: World) -> None:
    campaign_id, ids = _campaign(world, "kind 1", "kind 2", "kind 3")
    _ask(world, campaign_id)
    with world.database.write() as session:
        reach = access.reach(session, world.people.mona)
        run = bulk.start(session, world.people.mona, reach, ids, ["hide"], "3").id
    _finish(world)
    assert {world.comment(comment_id).visibility for comment_id in ids} == {"hidden"}
    with world.database.write() as session:
        bulk.undo(session, world.people.mona, run)
    _finish(world)
    assert {world.comment(comment_id).visibility for comment_id in ids} == {"visible"}
    assert _open(world, ids) == ids
    assert {run.state for run in world.rows(BulkRun)} == {BulkState.DONE}
    assert _withdraw(world, campaign_id) == 3


def test_what_is_edited_while_it_waits_goes_on_waiting(world: World) -> None:
    campaign_id, ids = _campaign(world, "kind 1", "kind 2", "kind 3")
    _ask(world, campaign_id)
    world.take(added("kind, and edited", "copy 0", kind=EventKind.EDITED))
    world.work()
    assert world.suggestion(ids[0]).reason == Reason.EDITED_WHILE_WAITING
    assert _withdraw(world, campaign_id) == 2


def test_those_who_decide_nothing_ask_nothing(world: World) -> None:
    campaign_id, _ = _campaign(world, "kind 1", "kind 2", "kind 3")
    for member in (world.people.victor, world.people.olive):
        with pytest.raises(NotAllowed):
            _ask(world, campaign_id, member)
        with pytest.raises(NotAllowed):
            _withdraw(world, campaign_id, member)
    with pytest.raises(NotFound):
        _ask(world, campaign_id, world.people.charlie)


def test_a_member_of_one_channel_asks_about_that_channel_alone(world: World) -> None:
    campaign_id, _ = _campaign(world, "kind 1", "kind 2", "kind 3")
    here = world.channel.id
    observes = access.Reach(world.office_id, channels={here: Role.OBSERVER, "another": Role.MODERATOR})
    elsewhere = access.Reach(world.office_id, channels={"another": Role.MODERATOR})
    with world.database.write() as session:
        for reach in (observes, elsewhere):
            with pytest.raises(NotFound):
                campaigns.ask(session, world.people.mona, reach, campaign_id)
        only_here = access.Reach(world.office_id, channels={here: Role.MODERATOR})
        assert campaigns.ask(session, world.people.mona, only_here, campaign_id) == 3


def _finish(world: World) -> None:
    for _ in range(100):
        world.work()
        if not world.rows(Job, Job.kind == queue.Kind.BULK):
            return
        world.clock.forward(seconds=1)
    pytest.fail("the run never ended")
