"""What a rule, as it is being written, makes of the comments that are stored."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from guidelines.schema import (
    AllOf,
    AnyOf,
    Condition,
    GuidelineSet,
    LabelCondition,
    LinkCondition,
    Mode,
    Not,
    Rule,
    Thresholds,
)
from moderator.domain.ensemble import Ensemble
from moderator.queries import rule_effect
from moderator.queries.rule_effect import Effect
from moderator.storage.database import Database
from tests.fakes import office
from tests.queries.conftest import House

ENSEMBLE = Ensemble(("baseline",))


def _rule(condition: Condition | None, mode: Mode = Mode.AUTO_HIDE, review: float = 0.5) -> Rule:
    return replace(office.guidelines().rule("2a"), condition=condition, mode=mode, thresholds=Thresholds(review, 0.9))


def _say(database: Database, house: House, *scores: dict[str, float], text: str = "Comment") -> list[str]:
    with database.write() as session:
        said = []
        for number, each in enumerate(scores):
            said.append(office.say(session, house.channel_id, f"{text} {number}"))
            office.assess(session, said[-1], each)
        return said


def _effect(database: Database, house: House, rule: Rule, guidelines: GuidelineSet | None = None) -> Effect:
    with database.read() as reading:
        return rule_effect.effect(
            reading, house.office_id, guidelines or office.guidelines(), rule, ENSEMBLE, "Europe/London"
        )


def _threats(scores: Sequence[float]) -> list[dict[str, float]]:
    return [{"threat": score} for score in scores]


def test_a_rule_asks_from_one_threshold_and_hides_from_the_other(database: Database, ours: House) -> None:
    _say(database, ours, *_threats([0.1, 0.49, 0.5, 0.89, 0.9, 1.0]))
    found = _effect(database, ours, _rule(LabelCondition("threat")))
    assert (found.comments, found.asked, found.hidden) == (6, 2, 2)
    assert sum(found.bars) == 6
    assert found.bars[-1] == 1
    assert found.labels == ("threat",)


def test_the_comments_nearest_to_a_threshold_come_nearest_first(database: Database, ours: House) -> None:
    said = _say(database, ours, *_threats([0.1, 0.3, 0.4, 0.55, 0.6, 0.95]))
    found = _effect(database, ours, _rule(LabelCondition("threat")))
    assert found.review is not None
    assert [near.comment_id for near in found.review.reached] == [said[3], said[4]]
    assert [near.comment_id for near in found.review.missed] == [said[2], said[1]]
    assert found.automatic is not None
    assert [near.comment_id for near in found.automatic.reached] == [said[5]]


@pytest.mark.parametrize(("group", "asked"), [(AnyOf, 3), (AllOf, 1)])
def test_the_histogram_shows_the_score_that_counts(
    database: Database, ours: House, group: type[AnyOf] | type[AllOf], asked: int
) -> None:
    _say(database, ours, *({"threat": a, "spam": b} for a, b in ((0.1, 0.6), (0.6, 0.1), (0.7, 0.8), (0.0, 0.0))))
    found = _effect(database, ours, _rule(group((LabelCondition("threat"), LabelCondition("spam")))))
    assert found.asked == asked
    assert sum(found.bars[10:]) == asked
    assert found.strongest is (group is AnyOf)


def test_exceptions_and_labels_with_thresholds_of_their_own_move_no_slider(database: Database, ours: House) -> None:
    condition = AllOf((LabelCondition("threat"), Not(LabelCondition("help_request"))))
    assert _effect(database, ours, _rule(condition)).labels == ("threat",)
    condition_with_own = AnyOf((LabelCondition("threat"), LabelCondition("spam", 0.7)))
    assert _effect(database, ours, _rule(condition_with_own)).labels == ("threat",)
    assert _effect(database, ours, _rule(LabelCondition("spam", 0.7))).labels == ("spam",)


def test_facts_count_too(database: Database, ours: House) -> None:
    _say(database, ours, {"spam": 0.0}, text="See https://example.org/x")
    _say(database, ours, {"spam": 0.0}, text="See nothing")
    found = _effect(database, ours, _rule(LinkCondition(("example.org",)), Mode.SUGGEST))
    assert (found.comments, found.asked, found.labels) == (2, 1, ())
    assert found.review is None


def test_a_rule_that_people_judge_asks_and_hides_nothing(database: Database, ours: House) -> None:
    _say(database, ours, *_threats([0.99]))
    found = _effect(database, ours, _rule(LabelCondition("threat"), Mode.OFF))
    assert (found.asked, found.hidden) == (0, 0)
    assert _effect(database, ours, _rule(None, Mode.OFF)).labels == ()


def test_comments_without_the_score_are_counted_apart(database: Database, ours: House) -> None:
    _say(database, ours, {"threat": 0.9}, {"spam": 0.9})
    found = _effect(database, ours, _rule(LabelCondition("threat")))
    assert (found.comments, found.unscored, sum(found.bars)) == (2, 1, 1)


def test_only_the_latest_comments_are_looked_at(
    database: Database, ours: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rule_effect, "SAMPLE", 2)
    _say(database, ours, *_threats([0.9, 0.1, 0.1]))
    found = _effect(database, ours, _rule(LabelCondition("threat")))
    assert (found.comments, found.hidden) == (2, 0)


def test_nothing_of_another_office_is_seen(database: Database, ours: House, theirs: House) -> None:
    _say(database, theirs, *_threats([0.9]))
    found = _effect(database, ours, _rule(LabelCondition("threat")))
    assert (found.comments, sum(found.bars)) == (0, 0)
    assert found.review is not None
    assert found.review.reached == ()
