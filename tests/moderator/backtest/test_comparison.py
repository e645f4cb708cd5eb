"""A draft beside the version in force. What it lists as flips is what publishing then does, comment by comment."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from guidelines.schema import (
    Activity,
    ActivityCondition,
    AllOf,
    AnyOf,
    By,
    Condition,
    GuidelineSet,
    LabelCondition,
    LinkCondition,
    Modality,
    Mode,
    Not,
    Period,
    PeriodCondition,
    RuleAction,
    Rung,
    Thresholds,
    WordsCondition,
)
from moderator import channels, ensembles, facts, publishing
from moderator.backtest import comparison, history
from moderator.backtest.comparison import Flip, compare, judged_anew
from moderator.backtest.tally import Tally
from moderator.connectors.base import AuthorRef, EventKind, PostRef
from moderator.domain.decisions import Reason, State
from moderator.domain.outcomes import Direction, Outcome
from moderator.pipeline import classify
from moderator.pipeline.judge import bench_for, hear
from moderator.storage.tables import Assessment, Comment, Decision
from tests.fakes.classifier import WrittenScores
from tests.moderator.conftest import RULES, World, added, guideline_set, rule

POLLS = Period("polls", "The weeks before the poll", date(2026, 4, 1), date(2026, 5, 7))


def _tried(world: World, draft: GuidelineSet, sample: int | None = None) -> tuple[Tally, dict[str, Flip]]:
    """The counts, and the flips by comment."""
    tally = Tally()
    flips: dict[str, Flip] = {}
    for _, found in compare(world.runtime, world.office_id, draft, sample):
        tally.merge(found.tally)
        flips |= {flip.comment_id: flip for flip in found.flips}
    return tally, flips


def _publish(world: World, guidelines: GuidelineSet) -> None:
    with world.database.write() as session:
        publishing.publish(session, world.office_id, guidelines)


def _outcome(world: World, comment_id: str) -> Outcome:
    """What became of a comment, by what is on record."""
    found = {(decision.state, *decision.verbs) for decision in world.decisions_of(comment_id)}
    if (State.MADE, "hide") in found:
        return Outcome.HIDDEN
    return Outcome.QUEUED if any(state == State.SUGGESTED for state, *_ in found) else Outcome.KEPT


# --- what publishing then does ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Said:
    text: str
    author: str
    post: str
    at: datetime


def _history(count: int) -> Iterator[Said]:
    """Comments that meet every kind of condition, singly and together, and the same text under post after post."""
    chance = random.Random(20)
    for number in range(count):
        parts = [f"{label}={chance.randrange(1, 100) / 100}" for label in ("threat", "spam", "harassment")]
        parts = [part for part in parts if chance.random() < 0.4]
        parts += chance.sample(
            ["see https://shop.example/sale", "see https://www.gov.uk/vote", "a l0ttery for all", "thank you so much"],
            chance.choice([0, 0, 1, 2]),
        )
        if chance.random() < 0.03:
            parts.append("explode")
        if chance.random() < 0.25:
            parts = [chance.choice(["the bins of Mill Lane are never emptied", "spam=0.4 our square is full of cars"])]
        at = datetime(2026, 3, 25, tzinfo=UTC) + timedelta(hours=3 * number)
        words = " and ".join(parts) or "a quiet word about the weather"
        yield Said(words, f"u{chance.randrange(6)}", f"p{chance.randrange(5)}", at)


def _say(world: World, said: Said) -> str:
    return world.say(said.text, author=AuthorRef(said.author), post=PostRef(said.post), occurred_at=said.at)


DRAFT = replace(
    guideline_set(
        replace(rule("1", "threat", "hide", "report_police", mode=Mode.AUTO_HIDE), thresholds=Thresholds(0.4, 0.8)),
        # no rule about spam alone any more: 4 was one
        replace(
            rule("3", "harassment", may=("hide", "delete")),
            condition=AllOf((LabelCondition("harassment", review=0.6), Not(WordsCondition(("thank you",))))),
        ),
        replace(
            rule("links", "links", "hide", mode=Mode.AUTO_HIDE),
            condition=AnyOf((LinkCondition(allowed=("gov.uk",), automatic=True), WordsCondition(("lottery",)))),
        ),
        replace(rule("again", "repeats", "hide"), condition=ActivityCondition(Activity.REPEATS, 3, 168)),
        replace(
            rule("polls", "spam", "hide"),
            condition=AllOf((LabelCondition("spam", review=0.3), PeriodCondition("polls"))),
        ),
    ),
    periods=(POLLS,),
)


def test_the_flips_are_exactly_those_that_publishing_then_produces(world: World) -> None:
    said = list(_history(150))
    first = [_say(world, each) for each in said]
    world.decide()
    tally, flips = _tried(world, DRAFT)

    _publish(world, DRAFT)
    with world.database.write() as session:
        second = channels.create_channel(session, world.runtime.sealer, world.office_id, "paper", "Another page")
    elsewhere = replace(world, channel=second)
    then = [_say(elsewhere, each) for each in said]
    world.decide()

    pairs = [(_outcome(world, one), _outcome(world, other)) for one, other in zip(first, then, strict=True)]
    assert {pair[0] is pair[1] for pair in pairs} == {True, False}
    changed = {one: pair for one, pair in zip(first, pairs, strict=True) if pair[0] is not pair[1]}
    assert {comment_id: (flip.before, flip.after) for comment_id, flip in flips.items()} == changed
    assert tally.outcomes == {pair: pairs.count(pair) for pair in set(pairs)}
    # Every condition has had its say, or this test would show less than it seems to.
    spoke = {rule_id for flip in flips.values() for rule_id in (*flip.rules_before, *flip.rules_after)}
    assert spoke == {rule.id for rule in DRAFT.rules} | {"4"}
    assert {flip.direction for flip in flips.values()} == set(Direction)


def test_the_version_in_force_flips_nothing(world: World) -> None:
    for each in _history(40):
        _say(world, each)
    world.decide()
    tally, flips = _tried(world, guideline_set(*RULES))
    assert (tally.comments, flips) == (40, {})
    assert tally.outcomes == {pair: count for pair, count in tally.outcomes.items() if pair[0] is pair[1]}


# --- every comment in full --------------------------------------------------------------------------------------------

LADDER = (
    Rung(1, 365, (RuleAction("block", Modality.MUST, duration_days=7),)),
    Rung(3, 365, (RuleAction("delete", Modality.MUST),)),
)


def _mixed(chance: random.Random) -> GuidelineSet:
    """Rules that ask for facts beside scores, instead of them, or for what comes on top."""
    again = ActivityCondition(Activity.REPEATS, chance.choice([2, 3]), 168, chance.choice(list(By)), automatic=True)
    often = ActivityCondition(Activity.COMMENTS, chance.choice([2, 4]), 24, automatic=chance.random() < 0.5)
    upheld = ActivityCondition(Activity.UPHELD, 1, 720)
    link, words = LinkCondition(allowed=("gov.uk",), automatic=True), WordsCondition(("lottery",))
    spam, threat = LabelCondition("spam", review=chance.choice([0.3, 0.6])), LabelCondition("threat")
    conditions: tuple[Condition, ...] = (
        AllOf((spam, AnyOf((again, often, link)))),
        AnyOf((threat, AllOf((words, Not(spam))))),
        AllOf((LabelCondition("harassment", 0.4, 0.6), Not(upheld))),
        again,
        spam,
    )
    made = [
        replace(
            rule(str(number), "spam", "hide", mode=chance.choice([Mode.AUTO_HIDE, Mode.SUGGEST])),
            condition=condition,
            thresholds=Thresholds(0.4, chance.choice([0.7, 0.9])),
            repeat=LADDER if chance.random() < 0.6 else (),
        )
        for number, condition in enumerate(conditions, 1)
    ]
    return guideline_set(*chance.sample(made, 4))


def _in_full(world: World, draft: GuidelineSet) -> tuple[Tally, dict[str, tuple[Outcome, Outcome]]]:
    """Every comment judged by itself, with all the facts that either set could ask for."""
    measured = world.runtime.classifiers.measured()
    tally, flips = Tally(), {}
    with world.database.read() as session:
        version = publishing.current(session, world.office_id)
        assert version is not None
        ensemble = ensembles.of_office(session, world.office_id, world.runtime.classifiers.names)
        benches = [bench_for(each, ensemble) for each in (publishing.read(version), draft)]
        wanted = facts.both(benches[0].needs, benches[1].needs)
        for comment in session.scalars(select(Comment).where(Comment.office_id == world.office_id)):
            heard = hear(
                ensemble, classify.opinions(session, [comment.revision_id])[comment.revision_id], unreadable=False
            )
            known = facts.gather(session, [comment.revision_id], wanted, {world.office_id: "Europe/London"})
            before, after = (judged_anew(bench, heard, known[comment.revision_id], measured) for bench in benches)
            decision = session.get(Decision, comment.decision_id) if comment.decision_id else None
            person = decision is not None and decision.reason == Reason.PERSON
            if tally.add(before, after, history.acted_on(decision.verbs) if decision and person else None):
                flips[comment.id] = (before.outcome, after.outcome)
    return tally, flips


@pytest.mark.parametrize("seed", range(3))
def test_what_is_spared_makes_no_difference_to_any_comment(world: World, seed: int) -> None:
    chance = random.Random(seed)
    in_force = _mixed(chance)
    _publish(world, in_force)
    said = [_say(world, each) for each in _history(70)]
    world.decide()
    for comment_id in said[:35]:
        if _outcome(world, comment_id) is Outcome.QUEUED:
            verb, rule_id = chance.choice([("hide", chance.choice(in_force.rules).id), ("keep", None)])
            world.resolve(world.people.mona, comment_id, verb, rule_id=rule_id)
    for _ in range(3):
        draft = _mixed(chance)
        tally, flips = _tried(world, draft)
        assert (tally, {id: (flip.before, flip.after) for id, flip in flips.items()}) == _in_full(world, draft)
        assert flips


# --- each comment as if it were new -----------------------------------------------------------------------------------

STRICTER = guideline_set(replace(RULES[3], thresholds=Thresholds(0.3, 0.6)), *RULES[:3])


def test_a_flip_names_the_rules_behind_it_on_either_side(world: World) -> None:
    comment_id = world.settled("spam=0.7 harassment=0.7")
    _, flips = _tried(world, STRICTER)
    flip = flips[comment_id]
    assert (flip.before, flip.rules_before) == (Outcome.QUEUED, ("3", "4"))
    assert (flip.after, flip.rules_after) == (Outcome.HIDDEN, ("4",))
    assert flip.revision_id == world.comment(comment_id).revision_id


def test_what_was_done_with_a_comment_does_not_matter_to_what_a_set_makes_of_it(world: World) -> None:
    hidden = world.settled("spam=0.95")
    assert world.comment(hidden).visibility == "hidden"
    judged = world.settled("harassment=0.7")
    world.resolve(world.people.mona, judged, "keep")
    tally, flips = _tried(world, guideline_set(RULES[0]))
    assert {id: (flip.before, flip.after) for id, flip in flips.items()} == {
        hidden: (Outcome.HIDDEN, Outcome.KEPT),
        judged: (Outcome.QUEUED, Outcome.KEPT),
    }
    assert tally.judged == {(False, Outcome.QUEUED, Outcome.KEPT): 1}


def test_trying_decides_nothing(world: World) -> None:
    world.settled("spam=0.7")
    decided, logged = len(world.rows(Decision)), world.log()
    _tried(world, STRICTER)
    assert (len(world.rows(Decision)), world.log()) == (decided, logged)
    assert world.platform.orders == []


def test_of_an_edited_comment_the_present_text_is_tried(world: World) -> None:
    comment_id = world.settled("spam=0.7")
    world.take(added("a quiet word", world.comment(comment_id).external_id, kind=EventKind.EDITED))
    world.work()
    tally, _ = _tried(world, STRICTER)
    assert tally.outcomes == {(Outcome.KEPT, Outcome.KEPT): 1}


def test_before_anything_is_published_every_comment_waits_for_a_person(bare_world: World) -> None:
    bare_world.settled("spam=0.95")
    bare_world.settled("a quiet word")
    tally, _ = _tried(bare_world, STRICTER)
    assert tally.outcomes == {(Outcome.QUEUED, Outcome.HIDDEN): 1, (Outcome.QUEUED, Outcome.KEPT): 1}


def test_a_reading_that_failed_waits_for_a_person_whatever_the_rules(world: World) -> None:
    world.settled("explode spam=0.95")
    tally, _ = _tried(world, STRICTER)
    assert tally.outcomes == {(Outcome.QUEUED, Outcome.QUEUED): 1}


def test_comments_of_other_offices_are_not_looked_at(world: World) -> None:
    world.settled("spam=0.7")
    tally = Tally()
    for _, found in compare(world.runtime, world.people.charlie.office_id, STRICTER, None):
        tally.merge(found.tally)
    assert tally.comments == 0


def test_slices_come_to_the_same_as_one(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for each in _history(30):
        _say(world, each)
    world.decide()
    whole = _tried(world, DRAFT)
    monkeypatch.setattr(comparison, "SLICE", 7)
    assert _tried(world, DRAFT) == whole


# --- texts that lack a score ------------------------------------------------------------------------------------------


def _assessed(world: World) -> list[tuple[str, str]]:
    return sorted((row.classifier, row.revision_id) for row in world.rows(Assessment))


def test_texts_that_nobody_read_are_read_first_and_their_scores_are_kept(world: World) -> None:
    comment_id = world.say("spam=0.7")
    tally, flips = _tried(world, STRICTER)
    assert (tally.comments, set(flips)) == (1, {comment_id})
    assert _assessed(world) == [("written", world.comment(comment_id).revision_id)]
    _tried(world, STRICTER)
    assert len(world.scores.batches) == 1


def test_many_texts_are_read_a_batch_at_a_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparison, "READ_AT_ONCE", 3)
    said = [world.say(f"spam=0.7 number {number}") for number in range(8)]
    found = [each for _, each in compare(world.runtime, world.office_id, STRICTER, None)]
    assert [each.read_first for each in found] == [3, 3, 2]
    assert [flip.comment_id for each in found for flip in each.flips] == said
    assert [len(batch) for batch in world.scores.batches] == [3, 3, 2]


def test_no_transaction_is_open_while_texts_are_read(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.say("spam=0.7")
    open_ones: list[Any] = []
    real = WrittenScores.classify

    def classify(self: WrittenScores, batch: Any) -> Any:
        with world.database.write() as session:  # would wait for another writer until it gave up
            open_ones.append(session.connection())
        return real(self, batch)

    monkeypatch.setattr(WrittenScores, "classify", classify)
    tally, _ = _tried(world, STRICTER)
    assert (tally.comments, len(open_ones)) == (1, 1)
