"""What was decided, the bar after a decision, the trail, the settings: read on both databases."""

import pytest
from sqlalchemy import insert

from moderator import audit, channels, clock
from moderator.audit import Entry
from moderator.connectors import registry
from moderator.domain.decisions import Draft, Maker, Reason, State
from moderator.domain.vocabulary import Verb
from moderator.errors import NotFound
from moderator.queries import audit_page, decided_page, done_bar, guidelines_page, settings_page
from moderator.queries.decided_page import Filter
from moderator.queries.done_bar import Step
from moderator.review import cases, undo
from moderator.review.access import Reach
from moderator.sealing import Sealer
from moderator.storage.database import Database
from moderator.storage.tables import Channel, Member, Term
from tests.fakes import office
from tests.queries.conftest import House


def _decided(database: Database, house: House, wanted: Filter | None = None, before: str = "") -> list[str]:
    with database.read() as reading:
        page = decided_page.decided_page(reading, Reach(house.office_id), wanted or Filter(), before)
    return [item.text for item in page.items]


def _hide(database: Database, house: House, text: str) -> str:
    with database.write() as session:
        comment_id = office.say(session, house.channel_id, text)
        return office.rule_on(session, comment_id, Draft(State.MADE, Maker.RULE, Reason.FINDING, (Verb.HIDE,)))


def test_decisions_are_listed_newest_first_and_only_those_in_force(
    database: Database, ours: House, theirs: House
) -> None:
    decision_id = _hide(database, ours, "undone")
    _hide(database, ours, "older")
    _hide(database, ours, "newer")
    _hide(database, theirs, "not ours")
    with database.write() as session:
        office.suggest(session, office.say(session, ours.channel_id, "only suggested"))
        undo.undo(session, session.get_one(Member, ours.member_id), decision_id)
    assert _decided(database, ours) == ["newer", "older"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Filter(outcome="hide"), ["by a rule"]),
        (Filter(outcome="keep"), ["by a person"]),
        (Filter(outcome="report_platform"), []),
        (Filter(by="people"), ["by a person"]),
        (Filter(by="service"), ["by a rule"]),
        (Filter(channel_id="nothing"), []),
        (Filter(outcome='%"'), []),
    ],
)
def test_decisions_can_be_narrowed(database: Database, ours: House, wanted: Filter, found: list[str]) -> None:
    _hide(database, ours, "by a rule")
    with database.write() as session:
        seen = office.suggest(session, office.say(session, ours.channel_id, "by a person"))
        cases.resolve(session, session.get_one(Member, ours.member_id), seen.case_id, seen.decision_id, ["keep"], None)
    assert _decided(database, ours, wanted) == found


def test_older_decisions_follow_without_a_gap(database: Database, ours: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decided_page, "PAGE", 2)
    for number in range(5):
        _hide(database, ours, str(number))
    found: list[str] = []
    before: str | None = ""
    while before is not None:
        with database.read() as reading:
            page = decided_page.decided_page(reading, Reach(ours.office_id), Filter(), before)
        found += [item.text for item in page.items]
        before = page.next_before
    assert found == ["4", "3", "2", "1", "0"]


def test_the_bar_tells_how_far_each_verb_has_come(database: Database, ours: House, theirs: House) -> None:
    with database.write() as session:
        seen = office.suggest(session, office.say(session, ours.channel_id, "threat"))
        member = session.get_one(Member, ours.member_id)
        made = cases.resolve(session, member, seen.case_id, seen.decision_id, ["hide", "report_police"], "2a")
        office.carry_out(session, seen.comment_id)
        bar = done_bar.done_bar(session, Reach(ours.office_id), made.decision_id)
        assert bar is not None
        assert set(bar.steps) == {Step("hide", "done"), Step("report_police", "by_hand")}
        assert bar.undoable
        assert done_bar.done_bar(session, Reach(theirs.office_id), made.decision_id) is None
        undo.undo(session, member, made.decision_id)
        assert done_bar.done_bar(session, Reach(ours.office_id), made.decision_id) is None


def test_a_decision_that_another_has_replaced_is_not_offered_for_undo(database: Database, ours: House) -> None:
    with database.write() as session:
        comment_id = office.say(session, ours.channel_id, "one")
        first = office.keep(session, comment_id)
        office.rule_on(session, comment_id, Draft(State.MADE, Maker.PERSON, Reason.PERSON, (Verb.HIDE,)))
        bar = done_bar.done_bar(session, Reach(ours.office_id), first)
    assert bar is not None
    assert not bar.undoable


def test_the_trail_names_members_and_channels_of_the_office(database: Database, ours: House, theirs: House) -> None:
    with database.write() as session:
        entries = [
            Entry(ours.office_id, f"member:{ours.member_id}", "channel.changed", f"channel:{ours.channel_id}"),
            Entry(ours.office_id, "system", "channel.changed", f"channel:{theirs.channel_id}"),
        ]
        audit.append(session, entries)
    with database.read() as reading:
        page = audit_page.audit_page(reading, Reach(ours.office_id), audit_page.Filter(), None)
    lines = {line.subject: line for line in page.lines if line.event == "channel.changed"}
    ours_line = lines[f"channel:{ours.channel_id}"]
    assert (ours_line.actor_name, ours_line.subject_name) == ("Alice", "Alice's page")
    assert lines[f"channel:{theirs.channel_id}"].subject_name == ""
    assert page.broken == ""
    assert page.length == page.lines[0].sequence


def test_settings_count_what_the_office_has(database: Database, ours: House, theirs: House, sealer: Sealer) -> None:
    with database.write() as session:
        channels.create_channel(session, sealer, theirs.office_id, "webhook", "Not ours")
        session.get_one(Channel, ours.channel_id).stopped_at = clock.now()
        rows = [("a", True), ("b", False), ("c", False)]
        session.execute(
            insert(Term),
            [
                {
                    "id": clock.new_id(),
                    "office_id": ours.office_id,
                    "text": word,
                    "banned": banned,
                    "created_at": clock.now(),
                }
                for word, banned in rows
            ],
        )
    with database.read() as reading:
        assert settings_page.overview(reading, ours.office_id) == settings_page.Overview(
            channels=1, stopped=1, members=1, banned=1, suspect=2, version=1, own_orders=0
        )


def test_a_channel_is_listed_with_its_comments_and_what_waits_for_it(database: Database, ours: House) -> None:
    _hide(database, ours, "one")
    with database.write() as session:
        office.say(session, ours.channel_id, "two")
    with database.read() as reading:
        (line,) = settings_page.channel_lines(reading, ours.office_id)
    assert (line.name, line.comments, line.waiting) == ("Alice's page", 2, 1)


def test_a_channel_of_another_office_does_not_exist(
    database: Database, ours: House, theirs: House, sealer: Sealer
) -> None:
    with database.read() as reading, pytest.raises(NotFound):
        settings_page.channel_page(reading, sealer, ours.office_id, theirs.channel_id)


def test_secrets_stay_out_of_what_a_log_would_print(database: Database, ours: House, sealer: Sealer) -> None:
    with database.read() as reading:
        page = settings_page.channel_page(reading, sealer, ours.office_id, ours.channel_id)
    secrets = [field.value for field in page.fields if field.secret]
    assert secrets
    assert not any(secret in repr(page) for secret in secrets)


def test_the_fields_of_a_new_channel_start_with_their_defaults() -> None:
    fields = {field.key: field for field in settings_page.shown_fields(registry.get("facebook"), {}, {})}
    assert fields["graph_url"].value == "https://graph.facebook.com"
    assert fields["verify_token"].generated


def test_an_office_without_guidelines_has_no_page_of_them(database: Database, ours: House) -> None:
    with database.read() as reading, pytest.raises(NotFound, match="No office"):
        guidelines_page.guidelines_page(reading, "nobody", None, frozenset())
    with database.read() as reading, pytest.raises(NotFound, match="no version 2"):
        guidelines_page.guidelines_page(reading, "office-of-alice", 2, frozenset())
