"""What held, in sentences that a moderator understands at once, whatever was typed into the rules."""

import pytest

from guidelines.schema import Modality, RuleAction
from moderator.queries.reasons import FactShown, StepShown
from tests.fakes.office import HOSTILE
from tests.fakes.pages import plain
from webui.fact_words import fact_name, fact_sentences, step_sentence


def _fact(kind: str, value: str, count: int | None = None, hours: float | None = None, by: str = "") -> FactShown:
    return FactShown(kind, value, count, hours, by)


@pytest.mark.parametrize(
    ("fact", "sentence"),
    [
        (_fact("words", "bus"), "The word “bus”"),
        (_fact("links", "bit.ly"), "Link to bit.ly"),
        (_fact("activity", "repeats", 4, 168, "author"), "Same text under 4 posts within 7 days"),
        (_fact("activity", "repeats", 4, 168, "anyone"), "Same text under 4 posts within 7 days, by anybody"),
        (_fact("activity", "comments", 40, 24, "author"), "40 comments within 24 hours"),
        (_fact("activity", "comments", 1, 1, "author"), "1 comment within 1 hour"),
        (_fact("activity", "upheld", 2, 36, ""), "2 comments that people found to break a rule within 36 hours"),
        (_fact("post", "limited"), "Comments under the post are limited"),
        (FactShown("period", "election", None, None, "", title="May elections"), "During: May elections"),
        (_fact("recorded", "outside_constituency"), "Recorded: outside constituency"),
        (
            FactShown("recorded", "outside_constituency", None, None, "", source="their profile"),
            "Recorded: outside constituency (source: their profile)",
        ),
        (_fact("moon", "full"), "moon: full"),
    ],
)
def test_a_fact_is_a_sentence(fact: FactShown, sentence: str) -> None:
    assert [plain(said) for said in fact_sentences([fact])] == [sentence]


def test_words_and_links_are_listed_together() -> None:
    facts = [_fact("words", "bus"), _fact("links", "a.example"), _fact("words", "train"), _fact("links", "b.example")]
    assert [plain(said) for said in fact_sentences(facts)] == [
        "The words “bus”, “train”",
        "Links to a.example, b.example",
    ]


def test_what_was_typed_is_text() -> None:
    facts = [
        _fact("words", HOSTILE),
        _fact("links", HOSTILE),
        _fact("recorded", HOSTILE),
        FactShown("recorded", "fact", None, None, "", source=HOSTILE),
        _fact("post", HOSTILE),
        _fact("period", HOSTILE),
        _fact("activity", HOSTILE, 2, 1, HOSTILE),
        _fact(HOSTILE, HOSTILE),
    ]
    assert all("<script" not in said for said in fact_sentences(facts))
    assert fact_name("outside-the_constituency") == "outside the constituency"


def test_a_step_says_what_it_asks_for_and_what_it_allows() -> None:
    must, may = Modality.MUST, Modality.MAY
    step = StepShown(2, 365, (RuleAction("block", must, duration_days=90),))
    assert step_sentence(step) == (
        "After 2 comments of theirs upheld under this rule within 365 days, it also asks for a block of 90 days"
    )
    both = StepShown(1, 1, (RuleAction("mute", must, duration_days=1), RuleAction("report_police", may, "the police")))
    assert step_sentence(both) == (
        "After 1 comment of theirs upheld under this rule within 1 day, "
        "it also asks for muting the author for 1 day and allows a report to the police"
    )
