"""What trying a draft showed: counts that match what is listed, one page after the other, for one office alone."""

from typing import Any

import pytest
from sqlalchemy import insert

from guidelines import fingerprint
from guidelines.schema import GuidelineSet
from moderator import clock, drafts, publishing
from moderator.backtest.tally import Tally, Verdict, as_json
from moderator.domain.drafts import BacktestState
from moderator.domain.outcomes import Direction, Outcome
from moderator.errors import NotFound
from moderator.queries.backtest_page import NO_RULE, PAGE, Filter, run_page, runs_of_draft, shadow_page
from moderator.storage.database import Database
from moderator.storage.tables import Backtest, BacktestFlip, Comment, GuidelineDraft, Member, ShadowOutcome
from tests.fakes import office
from tests.queries.conftest import House

KEPT = Verdict(Outcome.KEPT, (), (), asks=False)
ALL = Filter()


def _asked(*rules: str) -> Verdict:
    return Verdict(Outcome.QUEUED, rules, rules, asks=True)


def _hidden(*rules: str) -> Verdict:
    return Verdict(Outcome.HIDDEN, rules, rules, asks=False)


#: text, before, after: what a draft did in these tests
FLIPS = (
    ("one <b>threat</b>", _asked("2a"), _hidden("2a")),
    ("two advertisements", KEPT, _asked("2b", "2a")),
    ("three kind words", _asked("2b"), KEPT),
    ("four in a language nobody reads", KEPT, _asked()),
)


def _draft(database: Database, house: House, text: str = office.GUIDELINES) -> GuidelineDraft:
    with database.write() as session:
        return drafts.create(session, session.get_one(Member, house.member_id), "Stricter", text)


def _comments(database: Database, house: House, texts: list[str]) -> list[tuple[str, str]]:
    """Ids of the comments and of their texts."""
    with database.write() as session:
        ids = [office.say(session, house.channel_id, text) for text in texts]
        return [(id, session.get_one(Comment, id).revision_id) for id in ids]


def _run(database: Database, house: House, draft: GuidelineDraft, flips: Any = FLIPS, kept: int = 6) -> str:
    """A run that is done, with these flips and so many comments that stay as they are."""
    tried: GuidelineSet = office.guidelines()
    tally = Tally()
    tally.add(KEPT, KEPT, None, kept)
    comments = _comments(database, house, [text for text, _, _ in flips])
    with database.write() as session:
        version = publishing.current(session, house.office_id)
        run = Backtest(
            id=clock.new_id(),
            office_id=house.office_id,
            draft_id=draft.id,
            document=fingerprint.canonical(tried).decode(),
            sha256=fingerprint.sha256(tried),
            version_id=version.id if version else None,
            sample=2_000,
            state=BacktestState.DONE.value,
            done=kept + len(flips),
            total=kept + len(flips),
            progress={"history": 100, "read_first": 3, "newest": "", "after": ""},
            asked_by=house.member_id,
            asked_at=clock.now(),
            ended_at=clock.now(),
        )
        session.add(run)
        session.flush()
        for (comment_id, revision_id), (_, before, after) in zip(comments, flips, strict=True):
            tally.add(before, after, None)
            ids = {"id": clock.new_id(), "backtest_id": run.id, "comment_id": comment_id, "revision_id": revision_id}
            session.execute(insert(BacktestFlip), [ids | _sides(before, after)])
        run.result = as_json(tally)
        return run.id


def _sides(before: Verdict, after: Verdict) -> dict[str, Any]:
    return {
        "before": before.outcome.value,
        "after": after.outcome.value,
        "rules_before": list(before.rules),
        "rules_after": list(after.rules),
    }


def test_a_run_shows_its_counts_and_its_flips_newest_first(database: Database, ours: House) -> None:
    run_id = _run(database, ours, _draft(database, ours))
    with database.read() as session:
        page = run_page(session, ours.office_id, run_id, ALL, "")
    assert (page.run.done, page.run.total, page.history, page.read_first) == (10, 10, 100, 3)
    assert (page.run.asked_by, page.version_number, page.unfinished) == ("Alice", 1, False)
    assert (page.run.outdated, page.version_outdated) == (False, False)
    assert page.report.flipped == len(page.flips.items) == 4
    assert [flip.text for flip in page.flips.items] == [text for text, _, _ in reversed(FLIPS)]
    newest = page.flips.items[-1]
    assert (newest.before, newest.after, newest.direction) == (Outcome.QUEUED, Outcome.HIDDEN, Direction.HIDES_MORE)
    assert [(rule.id, rule.title) for rule in newest.rules_after] == [("2a", "Threats")]
    assert (newest.author, newest.channel) == ("Jo Bloggs", "Alice's page")


def test_every_count_by_rule_and_direction_is_what_its_filter_lists(database: Database, ours: House) -> None:
    run_id = _run(database, ours, _draft(database, ours))
    with database.read() as session:
        page = run_page(session, ours.office_id, run_id, ALL, "")
        for line in page.report.rules:
            for direction, count in (
                (Direction.HIDES_MORE, line.hides_more),
                (Direction.ASKS_MORE, line.asks_more),
                (Direction.LETS_GO, line.lets_go),
                (None, line.flips),
            ):
                wanted = Filter(direction, line.rule_id or NO_RULE)
                assert len(run_page(session, ours.office_id, run_id, wanted, "").flips.items) == count
        for wanted_direction, count in page.report.directions.items():
            found = run_page(session, ours.office_id, run_id, Filter(wanted_direction), "").flips.items
            assert len(found) == count


@pytest.mark.parametrize("rule_id", ["2A", "2", "%", "nothing", '"', "\x00"])
def test_a_rule_that_is_behind_nothing_lists_nothing(database: Database, ours: House, rule_id: str) -> None:
    run_id = _run(database, ours, _draft(database, ours))
    with database.read() as session:
        assert run_page(session, ours.office_id, run_id, Filter(None, rule_id), "").flips.items == ()


def test_flips_come_a_page_at_a_time(database: Database, ours: House) -> None:
    many = [(f"number {number}", KEPT, _hidden("2a")) for number in range(PAGE + 2)]
    run_id = _run(database, ours, _draft(database, ours), many)
    with database.read() as session:
        first = run_page(session, ours.office_id, run_id, ALL, "").flips
        assert first.next_after is not None
        second = run_page(session, ours.office_id, run_id, ALL, first.next_after).flips
    assert second.next_after is None
    assert [flip.text for flip in (*first.items, *second.items)] == [text for text, _, _ in reversed(many)]


def test_a_run_says_when_the_draft_or_the_version_has_changed_since(database: Database, ours: House) -> None:
    draft = _draft(database, ours)
    run_id = _run(database, ours, draft)
    with database.write() as session:
        member = session.get_one(Member, ours.member_id)
        changed = office.GUIDELINES.replace("review: 0.6", "review: 0.7")
        drafts.change(session, member, draft.id, draft.revision, changed)
        publishing.publish(session, ours.office_id, office.guidelines(changed))
    with database.read() as session:
        page = run_page(session, ours.office_id, run_id, ALL, "")
    assert (page.run.outdated, page.version_outdated, page.version_number) == (True, True, 1)


def test_a_drafts_runs_are_listed_newest_first(database: Database, ours: House) -> None:
    draft = _draft(database, ours)
    ids = [_run(database, ours, draft) for _ in range(3)]
    with database.read() as session:
        assert [line.id for line in runs_of_draft(session, ours.office_id, draft.id)] == ids[::-1]


def _shadow(database: Database, house: House, draft: GuidelineDraft, revision: int) -> None:
    comments = _comments(database, house, [text for text, _, _ in FLIPS])
    with database.write() as session:
        for (comment_id, revision_id), (_, before, after) in zip(comments, FLIPS, strict=True):
            ids = {"id": clock.new_id(), "draft_id": draft.id, "draft_revision": revision, "at": clock.now()}
            row = ids | {"comment_id": comment_id, "revision_id": revision_id} | _sides(before, after)
            session.execute(insert(ShadowOutcome), [row])


def test_a_draft_beside_the_version_shows_what_its_present_text_came_to(database: Database, ours: House) -> None:
    draft = _draft(database, ours)
    _shadow(database, ours, draft, draft.revision)
    _shadow(database, ours, draft, draft.revision - 1)
    with database.read() as session:
        page = shadow_page(session, ours.office_id, draft.id, ALL, "")
        one = shadow_page(session, ours.office_id, draft.id, Filter(Direction.LETS_GO, "2b"), "")
    assert (page.since, page.earlier, page.report.comments, page.report.flipped) == (None, 4, 4, 4)
    assert page.report.after.unseen is None
    assert [flip.text for flip in page.flips.items] == [text for text, _, _ in reversed(FLIPS)]
    assert [flip.text for flip in one.flips.items] == ["three kind words"]


def test_a_draft_that_cannot_be_read_any_more_still_has_its_page(database: Database, ours: House) -> None:
    draft = _draft(database, ours, "rules: [oh")
    _shadow(database, ours, draft, draft.revision)
    with database.read() as session:
        assert shadow_page(session, ours.office_id, draft.id, ALL, "").report.flipped == 4


def test_another_offices_runs_and_drafts_do_not_exist(database: Database, ours: House, theirs: House) -> None:
    draft = _draft(database, theirs)
    run_id = _run(database, theirs, draft)
    with database.read() as session:
        for ask in (
            lambda: run_page(session, ours.office_id, run_id, ALL, ""),
            lambda: runs_of_draft(session, ours.office_id, draft.id),
            lambda: shadow_page(session, ours.office_id, draft.id, ALL, ""),
        ):
            with pytest.raises(NotFound):
                ask()
