"""A draft beside the version in force: its outcomes are written down, nothing follows, and deciding never notices."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event

from guidelines.render import to_yaml
from guidelines.schema import AllOf, GuidelineSet, LabelCondition, LinkCondition, Mode, Thresholds
from moderator import drafts
from moderator.backtest import shadow
from moderator.connectors.base import EventKind
from moderator.domain.outcomes import Outcome
from moderator.storage.tables import Decision, GuidelineDraft, ShadowOutcome
from tests.moderator.conftest import RULES, World, added, guideline_set, rule

STRICTER = guideline_set(RULES[0], replace(RULES[3], thresholds=Thresholds(0.3, 0.6)))


def _draft(world: World, guidelines: GuidelineSet = STRICTER, *, on: bool = True) -> GuidelineDraft:
    with world.database.write() as session:
        draft = drafts.create(session, world.people.alice, "Stricter on spam", to_yaml(guidelines))
        return drafts.set_shadow(session, world.people.alice, draft.id, on)


def _change(world: World, draft: GuidelineDraft, text: str) -> None:
    with world.database.write() as session:
        drafts.change(session, world.people.alice, draft.id, draft.revision, text)


def _outcomes(world: World) -> dict[str, tuple[str, str, Sequence[str], Sequence[str]]]:
    rows = world.rows(ShadowOutcome)
    return {row.comment_id: (row.before, row.after, row.rules_before, row.rules_after) for row in rows}


def test_every_new_comment_is_held_against_the_draft_too(world: World) -> None:
    draft = _draft(world)
    hidden, asked, kept = (world.settled(text) for text in ("spam=0.7", "harassment=0.7", "a quiet word"))
    assert _outcomes(world) == {
        hidden: (Outcome.QUEUED, Outcome.HIDDEN, ["4"], ["4"]),
        asked: (Outcome.QUEUED, Outcome.KEPT, ["3"], []),
        kept: (Outcome.KEPT, Outcome.KEPT, [], []),
    }
    assert {row.draft_revision for row in world.rows(ShadowOutcome)} == {draft.revision}


def test_nothing_follows_from_it(world: World) -> None:
    _draft(world)
    comment_id = world.settled("spam=0.7")
    assert [decision.state for decision in world.decisions_of(comment_id)] == ["suggested"]
    assert world.steps_of(comment_id) == []
    assert world.platform.orders == []


def test_facts_that_the_draft_alone_asks_for_are_found_out(world: World) -> None:
    links = replace(rule("links", "links", "hide", mode=Mode.AUTO_HIDE), condition=LinkCondition(automatic=True))
    both = AllOf((LabelCondition("spam", review=0.3), LinkCondition()))
    _draft(world, guideline_set(links, replace(rule("both", "spam", "hide"), condition=both)))
    linked, plain = world.settled("see https://shop.example"), world.settled("spam=0.4")
    assert {id: found[1] for id, found in _outcomes(world).items()} == {linked: Outcome.HIDDEN, plain: Outcome.KEPT}


def test_an_edit_is_held_against_both_as_it_stands(world: World) -> None:
    _draft(world)
    comment_id = world.settled("spam=0.95")
    world.take(added("a quiet word", world.comment(comment_id).external_id, kind=EventKind.EDITED))
    world.work()
    found = [(row.before, row.after) for row in sorted(world.rows(ShadowOutcome), key=lambda row: row.id)]
    # Hidden before and nothing found now: whether it should come back is for a person, whichever rules hold.
    assert found == [(Outcome.HIDDEN, Outcome.HIDDEN), (Outcome.QUEUED, Outcome.QUEUED)]


def test_a_draft_that_does_not_run_beside_the_version_is_left_alone(world: World) -> None:
    draft = _draft(world, on=False)
    world.settled("spam=0.7")
    with world.database.write() as session:
        drafts.set_shadow(session, world.people.alice, draft.id, True)
        drafts.discard(session, world.people.alice, draft.id, draft.revision)
    world.settled("spam=0.7 again")
    assert _outcomes(world) == {}


def test_a_draft_that_cannot_be_read_is_passed_over(world: World) -> None:
    draft = _draft(world)
    _change(world, draft, "rules: [oh")
    comment_id = world.settled("spam=0.7")
    assert _outcomes(world) == {}
    assert world.suggestion(comment_id).rule_ids == ["4"]


@pytest.mark.parametrize("place", ["judge", "insert_missing", "_running"])
def test_a_draft_that_crashes_disturbs_no_decision(world: World, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    _draft(world)

    def crash(*_: Any, **__: Any) -> Any:
        raise RuntimeError("oh")

    monkeypatch.setattr(shadow, place, crash)
    comment_id = world.settled("spam=0.95")
    assert world.in_force(comment_id).verbs == ["hide"]
    assert world.steps_of(comment_id) == [("hide", "done")]


def test_a_statement_that_the_database_refuses_disturbs_no_decision(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    _draft(world)
    real = shadow._row
    monkeypatch.setattr(shadow, "_row", lambda *arguments: real(*arguments) | {"before": None})
    comment_id = world.settled("spam=0.95")
    assert world.in_force(comment_id).verbs == ["hide"]
    assert _outcomes(world) == {}


def test_another_offices_draft_is_not_asked(world: World) -> None:
    with world.database.write() as session:
        charlie = world.people.charlie
        theirs = drafts.create(session, charlie, "Theirs", to_yaml(STRICTER))
        drafts.set_shadow(session, charlie, theirs.id, True)
    world.settled("spam=0.7")
    assert _outcomes(world) == {}


def test_where_no_draft_runs_it_costs_one_query_a_batch(world: World) -> None:
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    for number in range(5):
        world.say(f"comment {number}")
    event.listen(world.database._engine, "before_cursor_execute", note)
    world.decide()
    event.remove(world.database._engine, "before_cursor_execute", note)
    assert len(world.rows(Decision)) == 5
    assert sum("guideline_drafts" in statement for statement in asked) == 1
