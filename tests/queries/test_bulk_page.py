"""What is read before one choice is made about many comments, and after it."""

from collections.abc import Sequence
from typing import Any

import pytest

from moderator import accounts, channels
from moderator.domain.criticism import may_be_mere_criticism
from moderator.domain.vocabulary import Role, Verb
from moderator.errors import NotFound
from moderator.queries import bulk_page
from moderator.queries.bulk_page import Selection
from moderator.review import bulk, cases, leases
from moderator.review.access import Reach
from moderator.storage.database import Database
from moderator.storage.tables import BulkRun, Comment, Member
from tests.fakes import office
from tests.fakes.office import Seen
from tests.queries.conftest import SEALER, House

SAID = "Buy the cheap tea of my shop before it is gone"


def _spam(database: Database, house: House, text: str, **facts: Any) -> Seen:
    with database.write() as session:
        comment_id = office.say(session, house.channel_id, text, **facts)
        return office.suggest(session, comment_id, rule="2b", label="spam", automatic=None)


def _criticism(database: Database, house: House, text: str, **facts: Any) -> Seen:
    with database.write() as session:
        comment_id = office.say(session, house.channel_id, text, **facts)
        return office.suggest(session, comment_id, rule="", verbs=(Verb.KEEP,))


def _member(database: Database, house: House) -> Member:
    with database.read() as session:
        return session.get_one(Member, house.member_id)


def _colleague(database: Database, house: House) -> Member:
    with database.write() as session:
        return accounts.add_member(session, house.office_id, "leo@example.org", "Leo", Role.LEAD)


def _selection(database: Database, house: House, seen: Sequence[Seen], reach: Reach | None = None) -> Selection:
    with database.read() as session:
        member = session.get_one(Member, house.member_id)
        return bulk_page.of_cases(session, reach or Reach(house.office_id), member, [one.case_id for one in seen])


def _run(database: Database, house: House, seen: Sequence[Seen], verb: str = "hide") -> BulkRun:
    with database.write() as session:
        member, reach = session.get_one(Member, house.member_id), Reach(house.office_id)
        ids = [one.comment_id for one in seen]
        return bulk.start(session, member, reach, ids, [verb], "2b" if verb == "hide" else None, "A note")


def _carry_on(database: Database, run: BulkRun) -> None:
    """The job's work, without a worker."""
    with database.write() as session:
        bulk._slice(session, session.get_one(BulkRun, run.id))


def test_what_differs_stands_first_and_is_counted(database: Database, ours: House) -> None:
    copies = [_spam(database, ours, SAID + "!" * n, author=f"Copy {n}", minutes_ago=60 - n) for n in range(5)]
    other = _criticism(database, ours, "You broke every promise, shame on your whole party", minutes_ago=5)
    page = _selection(database, ours, [*copies, other])
    assert page.items[0].comment_id == other.comment_id
    assert [item.differs for item in page.items] == [True, *[False] * 5]
    assert (page.differing, page.critical, page.held, page.decided, page.apart) == (1, 1, 0, 0, 0)
    assert page.without_rule("2b") == 1
    assert (page.tally("channel"), page.kinds("author")) == ((("Alice's page", 6),), 6)
    names = [name for name, _ in page.samples]
    assert names == ["The most different", "The first"]  # the others say what stands there already
    shown = [item.text for _, items in page.samples for item in items]
    assert len(shown) == len(set(shown)) == 6


def test_what_is_decided_or_needs_a_second_person_is_told_apart(database: Database, ours: House) -> None:
    seen = [_spam(database, ours, f"{SAID} {n}") for n in range(3)]
    threat = _spam(database, ours, "Vote for the other one")
    leo = _colleague(database, ours)
    with database.write() as session:
        cases.resolve(session, leo, seen[0].case_id, seen[0].decision_id, ["keep"], None)
        cases.resolve(session, leo, threat.case_id, threat.decision_id, ["delete"], "2c")
    page = _selection(database, ours, [*seen, threat])
    assert {item.comment_id for item in page.items} == {seen[1].comment_id, seen[2].comment_id}
    assert (page.decided, page.apart) == (1, 1)


def test_what_a_colleague_holds_is_named(database: Database, ours: House) -> None:
    seen = [_spam(database, ours, f"{SAID} {n}") for n in range(2)]
    leo = _colleague(database, ours)
    with database.write() as session:
        leases.take(session, leo, seen[0].case_id)
        leases.take(session, session.get_one(Member, ours.member_id), seen[1].case_id)
    page = _selection(database, ours, seen)
    assert {item.comment_id: item.held_by for item in page.items} == {
        seen[0].comment_id: "Leo",
        seen[1].comment_id: "",
    }
    assert page.held == 1


def test_what_a_verb_does_on_each_channel_is_said(database: Database, ours: House) -> None:
    with database.write() as session:
        second = channels.create_channel(session, SEALER, ours.office_id, "webhook", "By hand").id
    there = House(ours.office_id, second, ours.member_id)
    page = _selection(database, ours, [_spam(database, ours, SAID), _spam(database, there, SAID)])
    effects = {effect.channel: effect for effect in page.effects_of("hide")}
    assert {name: effect.count for name, effect in effects.items()} == {"Alice's page": 1, "By hand": 1}
    able, by_hand = effects["Alice's page"].able, effects["By hand"].able
    assert able is not None
    assert by_hand is not None
    assert (able.automatic, by_hand.automatic) == (True, False)


def test_what_another_office_or_another_channel_has_is_not_there(
    database: Database, ours: House, theirs: House
) -> None:
    mine, other = _spam(database, ours, SAID), _spam(database, theirs, SAID)
    page = _selection(database, ours, [mine, other])
    assert [item.comment_id for item in page.items] == [mine.comment_id]
    narrow = Reach(ours.office_id, {theirs.channel_id: Role.MODERATOR})
    assert _selection(database, ours, [mine, other], narrow).items == ()
    with database.read() as session:
        member, reach = session.get_one(Member, ours.member_id), Reach(ours.office_id)
        with pytest.raises(NotFound):
            bulk_page.like_comment(session, reach, member, other.comment_id)
        with pytest.raises(NotFound):
            bulk_page.of_author(session, reach, member, session.get_one(Comment, other.comment_id).author_id or "")


def test_what_says_the_same_and_what_one_author_said_are_found(
    database: Database, ours: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    copies = [_spam(database, ours, f"{SAID} {'!' * n}", author="Una" if n else "Jo") for n in range(3)]
    _spam(database, ours, "Quite another thing is said here by Una", author="Una")
    with database.read() as session:
        member, reach = session.get_one(Member, ours.member_id), Reach(ours.office_id)
        like = bulk_page.like_comment(session, reach, member, copies[0].comment_id)
        author_id = session.get_one(Comment, copies[1].comment_id).author_id or ""
        una = bulk_page.of_author(session, reach, member, author_id)
        (campaign,) = bulk_page.said_again(session, reach, member)
        monkeypatch.setattr(bulk_page, "LISTED", 2)
        short = bulk_page.of_author(session, reach, member, author_id)
    assert {item.comment_id for item in like.items} == {copy.comment_id for copy in copies}
    assert (una.by_author, len(una.items), una.more) == ("Una", 3, False)
    assert campaign.count == 3
    assert (len(short.items), short.more) == (2, True)


@pytest.mark.parametrize(
    ("label", "score", "facts", "criticism"),
    [
        ("profanity", 0.9, [], True),
        ("accusation", 0.9, [], True),
        ("harassment", 0.9, [], False),
        ("threat", 0.4, [], True),
        ("profanity", 0.9, [{"kind": "words"}], False),
    ],
)
def test_harsh_words_alone_may_be_mere_criticism(label: str, score: float, facts: list[Any], criticism: bool) -> None:
    finding = {"measures": [{"label": label, "score": score, "review": 0.5, "automatic": None}], "facts": facts}
    assert may_be_mere_criticism([finding]) is criticism
    assert may_be_mere_criticism([]) is True


def test_a_run_is_shown_with_what_it_did_and_what_it_left_alone(database: Database, ours: House) -> None:
    seen = [_spam(database, ours, f"{SAID} {n}") for n in range(4)]
    leo = _colleague(database, ours)
    run = _run(database, ours, seen)
    with database.write() as session:
        cases.resolve(session, leo, seen[2].case_id, seen[2].decision_id, ["keep"], None)
    _carry_on(database, run)
    with database.write() as session:
        office.carry_out(session, seen[0].comment_id)
    with database.read() as session:
        page = bulk_page.run_page(session, Reach(ours.office_id), run.id)
        elsewhere = bulk_page.run_page(session, Reach(ours.office_id, {"none": Role.MODERATOR}), run.id)
    assert (page.line.state, page.line.done, page.line.left_alone, page.line.in_force) == ("done", 3, 1, 3)
    assert (page.note, page.line.asked_by, page.line.rule_id) == ("A note", "Alice", "2b")
    assert set(page.carried) == {("hide", "done", 1), ("hide", "pending", 2)}
    assert page.on_their_way == 2
    (left,) = page.left_alone
    assert (left.count, left.comments) == (1, ((seen[2].comment_id, f"{SAID} 2"),))
    assert left.why.startswith("Leo was first")
    assert [each.comments for each in elsewhere.left_alone] == [()]


def test_a_run_that_is_taken_back_says_by_whom_and_what_is_left(database: Database, ours: House) -> None:
    seen = [_spam(database, ours, f"{SAID} {n}") for n in range(3)]
    run = _run(database, ours, seen)
    _carry_on(database, run)
    leo = _colleague(database, ours)
    with database.write() as session:
        taking = bulk.undo(session, leo, run.id)
    with database.read() as session:
        page = bulk_page.run_page(session, Reach(ours.office_id), run.id)
    assert page.taking is not None
    assert page.taking.asked_by == "Leo"
    _carry_on(database, taking)
    with database.read() as session:
        page = bulk_page.run_page(session, Reach(ours.office_id), run.id)
        undone = bulk_page.run_page(session, Reach(ours.office_id), taking.id)
    assert (page.taking, page.line.in_force, len(page.undone_by)) == (None, 0, 1)
    assert (undone.line.undoes_id, undone.line.done, undone.carried) == (run.id, 3, ())


def test_runs_are_listed_newest_first_page_by_page_and_for_their_office_alone(
    database: Database, ours: House, theirs: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_page, "RUNS", 2)
    made = [_run(database, ours, [_spam(database, ours, f"{SAID} {n}")], "keep") for n in range(3)]
    _run(database, theirs, [_spam(database, theirs, SAID)], "keep")
    with database.read() as session:
        reach = Reach(ours.office_id)
        first, before = bulk_page.runs(session, reach, "")
        second, end = bulk_page.runs(session, reach, before)
        recent = bulk_page.recent_runs(session, session.get_one(Member, ours.member_id))
        with pytest.raises(NotFound):
            bulk_page.run_page(session, Reach(theirs.office_id), made[0].id)
    assert [line.id for line in (*first, *second)] == [run.id for run in reversed(made)]
    assert end == ""
    assert [line.id for line in recent] == [run.id for run in reversed(made)]
