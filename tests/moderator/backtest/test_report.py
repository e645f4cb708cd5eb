"""The whole in a few sentences that say neither more nor less than was counted."""

import json

from moderator.backtest.agreement import Share
from moderator.backtest.report import plain, report, share
from moderator.backtest.tally import Tally, Verdict
from moderator.domain.outcomes import Direction, Outcome
from tests.moderator.conftest import guideline_set, rule

BEFORE = guideline_set(rule("1", "threat", "hide"), rule("2", "spam", "hide"))
AFTER = guideline_set(rule("1", "threat", "hide"), rule("3", "harassment", "hide"))

KEPT = Verdict(Outcome.KEPT, (), (), asks=False)
ASKED = Verdict(Outcome.QUEUED, ("2",), ("2",), asks=True)
HIDDEN = Verdict(Outcome.HIDDEN, ("1",), ("1",), asks=False)


def _tally(*comments: tuple[Verdict, Verdict, int]) -> Tally:
    tally = Tally()
    for before, after, count in comments:
        tally.add(before, after, None, count)
    return tally


def test_the_sentences_name_every_change_and_how_many() -> None:
    found = report(_tally((KEPT, KEPT, 1990), (KEPT, HIDDEN, 7), (ASKED, HIDDEN, 2), (ASKED, KEPT, 1)), BEFORE, AFTER)
    assert found.sentences == (
        "Of 2,000 comments, 10 would be decided otherwise.",
        "7 comments that would be kept now would be hidden.",
        "2 comments that a person is asked about now would be hidden.",
        "1 comment that a person is asked about now would be kept.",
        "9 comments would be hidden by the service itself, 9 of them without a person being asked.",
    )
    assert found.directions == {Direction.HIDES_MORE: 9, Direction.ASKS_MORE: 0, Direction.LETS_GO: 1}


def test_nothing_changed_is_said_too() -> None:
    found = report(_tally((KEPT, KEPT, 3), (ASKED, ASKED, 1)), BEFORE, AFTER)
    assert found.sentences == ("Of 4 comments, none would be decided otherwise.",)


def test_without_comments_there_is_nothing_to_say() -> None:
    assert report(Tally(), BEFORE, AFTER).sentences == ("There are no comments to try it on.",)


def test_a_rule_says_what_it_does_more_and_less() -> None:
    found = report(_tally((KEPT, HIDDEN, 3), (ASKED, KEPT, 2)), BEFORE, AFTER)
    assert [(line.rule_id, line.title, line.sentence) for line in found.rules] == [
        ("1", "No threat", "Hides 3 more"),
        ("2", "No spam", "Lets 2 go"),
    ]


def test_where_nothing_is_in_force_there_is_nothing_to_agree_with_people() -> None:
    found = report(_tally((ASKED, KEPT, 1)), None, AFTER)
    assert (found.before, found.judged_before) == (None, None)


def test_the_report_is_json() -> None:
    found = report(_tally((KEPT, HIDDEN, 3)), BEFORE, AFTER)
    assert json.loads(json.dumps(plain(found)))["changes"] == [{"before": "kept", "after": "hidden", "comments": 3}]


def test_a_share_says_how_sure_it_is() -> None:
    assert share(Share(0, 0)) == "no comment to tell by"
    assert share(Share(15, 148)) == "10% (6% to 16%), 15 of 148"
    assert share(Share(2, 4)).endswith("2 of 4; fewer than 30, too few to rely on")
