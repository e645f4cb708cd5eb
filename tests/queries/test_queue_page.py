"""What the queue reads, on both databases."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from moderator import channels, clock
from moderator.domain.cases import Lane, urgent_at
from moderator.domain.decisions import Draft, Maker, Reason, State
from moderator.domain.filters import NOBODY, Filter
from moderator.domain.vocabulary import Role, Verb
from moderator.queries import queue_page
from moderator.queries.queue_page import QueuePage, Tally
from moderator.review import cases, leases, view
from moderator.review.access import Reach
from moderator.sealing import Sealer
from moderator.storage.database import Database
from moderator.storage.tables import Case, CaseFacet, Member
from tests.fakes import office
from tests.queries.conftest import House

LABELS = frozenset({"threat", "spam"})
EVERYTHING = Filter()


def _page(
    database: Database, house: House, wanted: Filter = EVERYTHING, after: str = "", reach: Reach | None = None
) -> QueuePage:
    with database.read() as reading:
        began = clock.now() - timedelta(hours=1)
        member = reading.get_one(Member, house.member_id)
        return queue_page.queue_page(reading, reach or Reach(house.office_id), member, wanted, after, LABELS, began)


def _texts(page: QueuePage) -> list[str]:
    return [card.text for card in page.cards]


def test_cases_stand_in_the_order_in_which_they_are_urgent(database: Database, ours: House) -> None:
    now = clock.now()
    # (severity, due in hours, answers): nearest first, unless much hangs on another or many answer it
    places = {"third": (3, 3, 0), "first": (1, 9, 0), "fourth": (4, 3, 0), "second": (3, 3, 40), "last": (2, 48, 0)}
    with database.write() as session:
        for text, (severity, hours, answers) in places.items():
            seen = office.suggest(session, office.say(session, ours.channel_id, text))
            case = session.get_one(Case, seen.case_id)
            case.urgent_at = urgent_at(now + timedelta(hours=hours), severity, answers)
    assert _texts(_page(database, ours)) == ["first", "second", "third", "fourth", "last"]


def test_pages_join_without_a_gap_or_a_repeat_even_where_all_are_due_at_once(
    database: Database, ours: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue_page, "PAGE", 4)
    now = clock.now()
    with database.write() as session:
        for number in range(11):
            seen = office.suggest(session, office.say(session, ours.channel_id, str(number)))
            session.get_one(Case, seen.case_id).due_at = now
    found: list[str] = []
    after: str | None = ""
    while after is not None:
        page = _page(database, ours, after=after)
        found += [card.text for card in page.cards]
        after = page.next_after
    assert found == [str(number) for number in range(11)]


def test_a_page_goes_on_after_a_case_that_was_closed_meanwhile(
    database: Database, ours: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue_page, "PAGE", 1)
    with database.write() as session:
        for text in ("one", "two"):
            office.suggest(session, office.say(session, ours.channel_id, text))
    first = _page(database, ours)
    with database.write() as session:
        session.get_one(Case, first.next_after).state = "closed"
    assert [card.text for card in _page(database, ours, after=first.next_after or "").cards] == ["two"]


def test_counts_are_by_lane_and_for_this_office_alone(database: Database, ours: House, theirs: House) -> None:
    with database.write() as session:
        office.suggest(session, office.say(session, ours.channel_id, "threat"))
        office.suggest(session, office.say(session, ours.channel_id, "tea"), rule="2b", label="spam", automatic=None)
        office.suggest(session, office.say(session, theirs.channel_id, "threat"))
    page = _page(database, ours)
    assert page.counts == {"act_now": 1, "review": 1, "second_opinion": 0, "appeals": 0, "platform": 0}
    assert page.to_decide == 2
    assert len(page.cards) == 2


def test_what_waits_on_the_platform_is_listed_by_action_with_what_the_platform_said(
    database: Database, ours: House
) -> None:
    with database.write() as session:
        seen = office.suggest(session, office.say(session, ours.channel_id, "threat"))
        member = session.get_one(Member, ours.member_id)
        verbs = ["hide", "report_police"]
        cases.resolve(session, member, seen.case_id, seen.decision_id, verbs, "2a")
        office.refuse(session, seen.comment_id, "no such comment")
    page = _page(database, ours, Filter(lane=Lane.PLATFORM))
    assert {(e.verb, e.failed, e.said) for e in page.errands} == {
        ("hide", True, "no such comment"),
        ("report_police", False, ""),
    }
    assert page.counts["platform"] == 2


def test_today_counts_what_was_decided_and_not_what_was_undone(database: Database, ours: House) -> None:
    with database.write() as session:
        for text in ("one", "two"):
            office.keep(session, office.say(session, ours.channel_id, text))
        hidden = office.say(session, ours.channel_id, "three")
        office.rule_on(session, hidden, Draft(State.MADE, Maker.RULE, Reason.FINDING, (Verb.HIDE,)))
        undone = office.say(session, ours.channel_id, "four")
        office.rule_on(session, undone, Draft(State.UNDONE, Maker.PERSON, Reason.PERSON, (Verb.DELETE,)))
    assert _page(database, ours).today == (Tally(False, ("keep",), 2), Tally(False, ("hide",), 1))


def test_today_is_not_counted_while_something_waits(database: Database, ours: House) -> None:
    with database.write() as session:
        office.keep(session, office.say(session, ours.channel_id, "one"))
        office.suggest(session, office.say(session, ours.channel_id, "two"))
    assert _page(database, ours).today == ()


def test_rules_that_nothing_tests_depend_on_what_is_measured(database: Database, ours: House) -> None:
    assert [rule.id for rule in _page(database, ours).judged_rules] == ["2c"]
    with database.read() as reading:
        member = reading.get_one(Member, ours.member_id)
        page = queue_page.queue_page(
            reading, Reach(ours.office_id), member, EVERYTHING, "", frozenset({"threat"}), clock.now()
        )
    assert [rule.id for rule in page.judged_rules] == ["2b", "2c"]


def test_the_queue_beside_a_case_shows_some_before_it_and_more_after(
    database: Database, ours: House, theirs: House
) -> None:
    with database.write() as session:
        office.suggest(session, office.say(session, theirs.channel_id, "not ours"))
        seen = [office.suggest(session, office.say(session, ours.channel_id, str(number))) for number in range(30)]
        for number, one in enumerate(seen):
            session.get_one(Case, one.case_id).due_at = clock.now() + timedelta(hours=number)
    with database.read() as reading:
        member = reading.get_one(Member, ours.member_id)
        found = queue_page.beside(reading, Reach(ours.office_id), member, EVERYTHING, seen[10].case_id)
        texts = [card.text for card in found]
    assert texts == [str(number) for number in range(6, 26)]


def _asked(database: Database, house: House) -> dict[str, str]:
    """Five cases that differ in one thing each from a plain one. Their ids by their texts."""
    with database.write() as session:

        def ask(text: str, **how: Any) -> str:
            return office.suggest(session, office.say(session, house.channel_id, text), **how).case_id

        spam = {"rule": "2b", "label": "spam", "automatic": None}
        cases = {text: ask(text, **spam) for text in ("plain", "german", "given", "held", "escalated", "yesterday")}
        cases["threat"] = ask("threat")
        member = session.get_one(Member, house.member_id)
        session.get_one(Case, cases["german"]).language = "de"
        session.get_one(Case, cases["given"]).assignee_id = member.id
        session.get_one(Case, cases["escalated"]).escalated_by = member.id
        session.get_one(Case, cases["yesterday"]).opened_at = clock.now() - timedelta(days=2)
        leases.take(session, member, cases["held"])
        session.flush()
        session.get_one(Case, cases["given"]).assigned_by = member.id
    return cases


ALL = {"plain", "german", "given", "held", "escalated", "yesterday", "threat"}
TODAY = clock.now().date().isoformat()


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Filter(), ALL),
        (Filter(lane="act_now"), {"threat"}),
        (Filter(rule="2b"), ALL - {"threat"}),
        (Filter(label="threat"), {"threat"}),
        (Filter(rule="2b", label="threat"), set()),
        (Filter(rule="2b", label="spam", state="held"), {"held"}),
        (Filter(language="de"), {"german"}),
        (Filter(state="waiting"), ALL - {"held"}),
        (Filter(state="held"), {"held"}),
        (Filter(state="mine"), {"held", "given"}),
        (Filter(state="escalated"), {"escalated"}),
        (Filter(state="closed"), set()),
        (Filter(assignee=NOBODY), ALL - {"given"}),
        (Filter(since=TODAY), ALL - {"yesterday"}),
        (Filter(until=TODAY), ALL),
        (Filter(until="2001-01-01"), set()),
        (Filter(since="0001-01-01", until="9999-12-31"), ALL),
    ],
)
def test_each_filter_narrows_and_together_they_narrow_further(
    database: Database, ours: House, theirs: House, wanted: Filter, found: set[str]
) -> None:
    _asked(database, ours)
    _asked(database, theirs)
    page = _page(database, ours, wanted)
    assert set(_texts(page)) == found
    assert page.found == len(found)
    assert _texts(page) == [text for text in _texts(_page(database, ours)) if text in found]


def test_the_walk_along_the_cases_and_the_one_along_a_rule_find_the_same(
    database: Database, ours: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    _asked(database, ours)
    wanted = Filter(rule="2b", language="de")
    along_the_rule = _texts(_page(database, ours, wanted))
    monkeypatch.setattr(view, "_FEW", 1)
    assert _texts(_page(database, ours, wanted)) == along_the_rule == ["german"]


def test_a_card_says_who_has_it_whom_it_was_given_to_and_how_bad_it_would_be(database: Database, ours: House) -> None:
    _asked(database, ours)
    cards = {card.text: card for card in _page(database, ours).cards}
    holder = cards["held"].holder
    assert holder is not None
    assert (holder.name, holder.mine) == ("Alice", True)
    assert (cards["given"].assignee, cards["escalated"].escalated_by) == ("Alice", "Alice")
    assert (cards["threat"].severity, cards["threat"].severe, cards["plain"].severity) == (1, True, 3)
    assert cards["plain"].holder is None


def test_closed_cases_are_found_with_what_was_decided_and_by_whom(database: Database, ours: House) -> None:
    with database.write() as session:
        member = session.get_one(Member, ours.member_id)
        for text in ("threat", "another"):
            seen = office.suggest(session, office.say(session, ours.channel_id, text))
            cases.resolve(session, member, seen.case_id, seen.decision_id, ["hide"], "2a")
        office.suggest(session, office.say(session, ours.channel_id, "open still"))
    page = _page(database, ours, Filter(state="closed", rule="2a", label="threat"))
    assert sorted(_texts(page)) == ["another", "threat"]
    closing = page.cards[0].closing
    assert closing is not None
    assert (closing.by, closing.verbs) == ("Alice", ("hide",))
    assert _texts(_page(database, ours, Filter(state="closed", rule="2b"))) == []


def test_closed_cases_are_looked_through_so_far_and_no_further(
    database: Database, ours: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue_page, "LOOKED_THROUGH", 2)
    with database.write() as session:
        for number in range(4):
            seen = office.suggest(session, office.say(session, ours.channel_id, str(number)))
            case = session.get_one(Case, seen.case_id)
            case.state, case.closed_at, case.opened_at = "closed", clock.now(), clock.now() - timedelta(days=number)
    assert _texts(_page(database, ours, Filter(state="closed"))) == ["0", "1"]


def test_nothing_is_counted_further_than_anybody_is_told(
    database: Database, ours: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue_page, "COUNTED", 3)
    with database.write() as session:
        for number in range(5):
            office.suggest(session, office.say(session, ours.channel_id, str(number)))
    page = _page(database, ours)
    assert (page.counts["act_now"], page.found) == (3, 3)


def test_an_empty_view_says_by_when_somebody_is_to_look_at_what_waits_elsewhere(
    database: Database, ours: House
) -> None:
    with database.write() as session:
        seen = office.suggest(session, office.say(session, ours.channel_id, "threat"))
        due_at = session.get_one(Case, seen.case_id).due_at
    assert _page(database, ours, Filter(lane="second_opinion")).next_due == due_at
    assert _page(database, ours).next_due is None


def test_what_can_be_chosen_is_what_open_cases_are_about(database: Database, ours: House, theirs: House) -> None:
    with database.write() as session:
        office.suggest(session, office.say(session, ours.channel_id, "one"))
        other = office.suggest(session, office.say(session, ours.channel_id, "two"), label="profanity")
        session.get_one(CaseFacet, (other.case_id, "rule", "2a")).value = "9z"
        office.suggest(session, office.say(session, theirs.channel_id, "three"), rule="2b", label="spam")
    choices = _page(database, ours).choices
    assert choices.labels == ("profanity", "threat")
    assert (choices.rules["9z"], choices.rules["2a"]) == ("", "Threats")
    assert list(choices.channels) == [ours.channel_id]
    assert list(choices.members) == [ours.member_id]


def test_whoever_sees_one_channel_counts_and_finds_that_one_alone(
    database: Database, ours: House, sealer: Sealer
) -> None:
    with database.write() as session:
        settings = {"target_url": "https://tool.example.org/hook"}
        other = channels.create_channel(session, sealer, ours.office_id, "webhook", "Other", config=settings)
        office.suggest(session, office.say(session, ours.channel_id, "here"))
        office.suggest(session, office.say(session, other.id, "there"))
    page = _page(database, ours, reach=Reach(ours.office_id, {other.id: Role.MODERATOR}))
    assert _texts(page) == ["there"]
    assert page.counts["act_now"] == 1
    assert _texts(_page(database, ours, Filter(channel=ours.channel_id))) == ["here"]


def test_the_queue_beside_a_case_follows_the_same_view_and_holds_the_case_itself(
    database: Database, ours: House
) -> None:
    ids = _asked(database, ours)
    with database.read() as reading:
        member = reading.get_one(Member, ours.member_id)
        found = queue_page.beside(reading, Reach(ours.office_id), member, Filter(rule="2b", state="held"), ids["plain"])
    assert {card.text for card in found} == {"plain", "held"}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "wanted", [Filter(language="de"), Filter(state="escalated"), Filter(since=TODAY), Filter(assignee=NOBODY)]
)
def test_sqlite_walks_the_index_of_open_cases_and_sorts_nothing(
    database: Database, ours: House, wanted: Filter
) -> None:
    with database.read() as reading:
        member = reading.get_one(Member, ours.member_id)
        seen = view.view(reading, Reach(ours.office_id), member, wanted)
        ordered = seen.query.order_by(seen.urgent_at, seen.case_id)
        written = ordered.compile(reading.get_bind(), compile_kwargs={"render_postcompile": True})
        values = tuple(written.construct_params()[name] for name in written.positiontup or ())
        plan = [str(step[3]) for step in reading.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {written}", values)]
    assert "SEARCH cases USING INDEX ix_cases_open (office_id=?)" in plan
    assert not [step for step in plan if "ORDER BY" in step]


def test_a_page_takes_the_same_number_of_reads_however_many_cases_it_shows(database: Database, ours: House) -> None:
    with database.write() as session:
        office.suggest(session, office.say(session, ours.channel_id, "one"))
    few = _reads(database, ours)
    with database.write() as session:
        for number in range(20):
            office.suggest(session, office.say(session, ours.channel_id, f"more {number}", author=str(number)))
    assert _reads(database, ours) == few


def _reads(database: Database, house: House) -> int:
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    with database.read() as reading:
        event.listen(reading.get_bind(), "before_cursor_execute", note)
        member = reading.get_one(Member, house.member_id)
        queue_page.queue_page(reading, Reach(house.office_id), member, EVERYTHING, "", LABELS, clock.now())
        event.remove(reading.get_bind(), "before_cursor_execute", note)
    return len(statements)
