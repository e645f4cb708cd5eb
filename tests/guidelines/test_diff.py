"""What changed between two sets: every field has its sentence, and each sentence says what it means for people."""

import dataclasses
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from enum import Enum
from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guidelines.diff import Change, diff
from guidelines.difference import Effect
from guidelines.load import load_preset
from guidelines.schema import (
    NEVER,
    Activity,
    ActivityCondition,
    AllOf,
    AnyOf,
    Appeal,
    By,
    Condition,
    Decider,
    Ground,
    GuidelineSet,
    LabelCondition,
    LinkCondition,
    Modality,
    Mode,
    Not,
    Notice,
    Office,
    Period,
    PeriodCondition,
    PostCondition,
    PostState,
    Principle,
    Promises,
    RecordedCondition,
    Risk,
    Rule,
    RuleAction,
    Rung,
    Scope,
    Standard,
    Surface,
    Target,
    Thresholds,
    WordsCondition,
)
from guidelines.word_diff import MAX_COMPARED, Fate, pieces
from tests.guidelines.conftest import MakeRule, MakeSet
from tests.guidelines.strategies import sets

MORE, LESS, SAME = Effect.MORE, Effect.LESS, Effect.SAME
MUST, MAY = Modality.MUST, Modality.MAY
THREAT, SPAM = LabelCondition("threat"), LabelCondition("spam")
HIDE, DELETE = RuleAction("hide", MUST), RuleAction("delete", MUST)

#: Every field of the language filled in, with every kind of condition.
FULL = GuidelineSet(
    name="town",
    title="Our rules",
    language="en",
    office=Office("Our office", "Councillor", "office@town.example", "mornings", "the clerk"),
    preamble="Be kind.",
    principles=(Principle("p1", "Respect", "Be fair."), Principle("p2", "Calm", "Be calm.")),
    rules=(
        Rule(
            id="1",
            title="Threats",
            text="Threaten nobody.",
            actions=(HIDE, RuleAction("report_police", MAY, "the police"), RuleAction("block", MAY, "", 7)),
            condition=AllOf(
                (
                    AnyOf(
                        (
                            LabelCondition("threat", 0.4, 0.8),
                            WordsCondition(("one", "two"), True),
                            LinkCondition(("a.example", "b.example"), ("c.example", "d.example"), True),
                            ActivityCondition(Activity.REPEATS, 3, 24, By.AUTHOR, True),
                        )
                    ),
                    RecordedCondition("outside_constituency"),
                    PostCondition(PostState.LIMITED),
                    Not(PeriodCondition("election")),
                )
            ),
            mode=Mode.AUTO_HIDE,
            thresholds=Thresholds(0.5, 0.9),
            severity=2,
            viewpoint_risk=Risk.MEDIUM,
            review_within_hours=12,
            notice=Notice.BEFORE,
            notice_reason="It was a threat.",
            redirect_text="Call us.",
            no_notice_reason="Nobody would read it.",
            standard=Standard.FELT_TO_BE,
            decided_by=Decider.TWO_PEOPLE,
            exceptions=("Jokes among friends.", "Quotations."),
            targets=(Target.STAFF, Target.FAMILY),
            grounds=(Ground.AGE, Ground.SEX),
            repeat=(Rung(2, 30, (RuleAction("mute", MUST, "", 3),)), Rung(4, 90, (RuleAction("block", MUST, "", 30),))),
            breach_examples=("I will find you.", "Watch it."),
            fine_examples=("Resign!", "Shame on you."),
        ),
        Rule(id="2", title="Spam", text="Do not advertise.", actions=(HIDE,), condition=SPAM),
    ),
    appeal=Appeal("Write to us.", 30, "the clerk", 10),
    scope=Scope(
        "All pages.",
        "News of the town.",
        ("the page", "the group"),
        (Surface.COMMENT, Surface.REPLY),
        (Surface.MENTION, Surface.TAG),
        ("en", "cy"),
    ),
    periods=(
        Period("election", "The election", date(2027, 4, 1), date(2027, 5, 6)),
        Period("summer", "Summer", date(2027, 7, 1), date(2027, 8, 31)),
    ),
    promises=Promises("None.", "A year.", "Ask us.", "We say so here.", date(2027, 1, 1)),
)

Field = tuple[str, str]


def _variants(value: Any) -> Iterator[tuple[frozenset[Field], Any]]:
    """The value with one thing in it changed, and in which field, for each thing that could change."""
    match value:
        case Enum():
            others = [other for other in type(value) if other is not value]
            yield from ((frozenset(), other) for other in others[:1])
        case bool():
            yield frozenset(), not value
        case str():
            yield frozenset(), f"{value} x"
        case int() | float():
            yield frozenset(), value + (1 if value >= 1 else 0.05)
        case None:
            yield frozenset(), 5
        case date():
            yield frozenset(), value + timedelta(days=1)
        case tuple():
            yield frozenset(), value[:-1]
            yield frozenset(), value[::-1]
            for place, one in enumerate(value):
                for fields, changed in _variants(one):
                    yield fields, (*value[:place], changed, *value[place + 1 :])
        case _:
            for field in dataclasses.fields(value):
                here = frozenset({(type(value).__name__, field.name)})
                for fields, changed in _variants(getattr(value, field.name)):
                    yield fields | here, replace(value, **{field.name: changed})


def _classes(kind: Any) -> set[Any]:
    """The dataclasses that a set is made of."""
    found: set[Any] = set()
    open_kinds = [kind]
    while open_kinds:
        one = open_kinds.pop()
        if dataclasses.is_dataclass(one) and one not in found:
            found.add(one)
            open_kinds += get_type_hints(one).values()
        open_kinds += get_args(one)
    return found


def test_no_field_changes_without_a_sentence() -> None:
    visited: set[Field] = set()
    for fields, changed in _variants(FULL):
        if changed != FULL:
            there, back = diff(FULL, changed), diff(changed, FULL)
            assert there, f"{sorted(fields)} changed"
            assert back, f"{sorted(fields)} changed back"
            assert all(change.sentence for change in (*there, *back))
            visited |= fields
    known = {(kind.__name__, field.name) for kind in _classes(GuidelineSet) for field in dataclasses.fields(kind)}
    # Of posts there is one state only, so it cannot become another one.
    assert known - visited == {("PostCondition", "state")}


@settings(deadline=None, max_examples=40)
@given(sets(), sets())
def test_sets_have_changes_exactly_where_they_differ(before: GuidelineSet, after: GuidelineSet) -> None:
    assert diff(before, before) == ()
    mixed = replace(before, rules=(*after.rules, *before.rules))
    for one, other in ((before, after), (after, before), (before, mixed), (mixed, before)):
        changes = diff(one, other)
        assert bool(changes) is (one != other)
        known = {(rule.id, rule.title) for rule in (*one.rules, *other.rules)} | {("", "")}
        assert {(change.rule_id, change.rule_title) for change in changes} <= known


def _said(before: Rule, after: Rule) -> list[tuple[str, Effect]]:
    one = replace(FULL, rules=(before,))
    return [(change.sentence, change.effect) for change in diff(one, replace(FULL, rules=(after,)))]


@pytest.fixture
def rule(a_rule: MakeRule) -> Rule:
    """Looks for threats, hides by itself: from 0.50 and from 0.90."""
    return a_rule(mode=Mode.AUTO_HIDE)


@pytest.mark.parametrize(
    ("now", "sentence", "effect"),
    [
        (Thresholds(0.5, 0.7), "Hides more: threats from 0.90 to 0.70", MORE),
        (Thresholds(0.5, 0.975), "Hides less: threats from 0.90 to 0.975", LESS),
        (Thresholds(0.4, 0.9), "Asks a person more often: threats from 0.50 to 0.40", MORE),
        (Thresholds(0.6, 0.9), "Asks a person less often: threats from 0.50 to 0.60", LESS),
    ],
)
def test_a_threshold_says_where_it_was_and_is(rule: Rule, now: Thresholds, sentence: str, effect: Effect) -> None:
    assert _said(rule, replace(rule, thresholds=now)) == [(sentence, effect)]


def test_a_threshold_of_a_label_counts_before_that_of_the_rule(rule: Rule) -> None:
    own = replace(rule, condition=LabelCondition("threat", 0.5, 0.9))
    (condition,) = _said(rule, own)
    assert condition == ("What the rule looks for is written differently, and means the same", SAME)
    moved = replace(own, thresholds=Thresholds(0.3, 0.9))
    assert _said(own, moved) == [
        ("The rule's own threshold for asking a person moves, and no test takes it: from 0.50 to 0.30", SAME)
    ]
    assert _said(rule, replace(rule, condition=LabelCondition("threat", 0.5, NEVER))) == [
        ("No longer hides by itself: threats (before, from 0.90)", LESS)
    ]
    assert _said(replace(rule, condition=LabelCondition("threat", 0.5, NEVER)), rule) == [
        ("Now hides by itself: threats from 0.90", MORE)
    ]


def test_labels_whose_thresholds_move_alike_share_a_sentence(rule: Rule) -> None:
    several = replace(rule, condition=AnyOf((THREAT, SPAM, LabelCondition("phishing", 0.7))))
    moved = replace(several, thresholds=Thresholds(0.4, 0.9))
    assert _said(several, moved) == [("Asks a person more often: threats and spam from 0.50 to 0.40", MORE)]


@pytest.mark.parametrize(
    ("looks_for", "sure"),
    [
        (THREAT, " (from 0.95)"),
        (AnyOf((THREAT, SPAM)), " (from 0.95)"),
        (AnyOf((THREAT, LabelCondition("spam", None, 0.975))), " (threats from 0.95 and spam from 0.975)"),
        (AnyOf((THREAT, LabelCondition("spam", None, NEVER))), " (threats from 0.95)"),
        (AllOf((THREAT, Not(LabelCondition("spam", None, 0.7)))), " (from 0.95)"),
        (WordsCondition(("one",), True), ""),
        (LabelCondition("spam", None, NEVER), ""),
    ],
)
def test_a_rule_that_starts_to_hide_says_from_where_on(rule: Rule, looks_for: Condition, sure: str) -> None:
    asking = replace(rule, condition=looks_for, mode=Mode.SUGGEST)
    hiding = replace(asking, mode=Mode.AUTO_HIDE, thresholds=Thresholds(0.5, 0.95))
    hides = f"hides by itself where it is sure{sure}"
    said = f"The service {hides}, and asks a person where it is not; before, the service asks a person"
    assert _said(replace(asking, thresholds=hiding.thresholds), hiding) == [(said, MORE)]
    assert diff(None, replace(FULL, rules=(hiding,)))[0].sentence.endswith(f" and {hides}; we must hide the comment")


def test_the_threshold_of_a_rule_that_starts_to_hide_is_not_told_twice(rule: Rule) -> None:
    hiding = replace(rule, thresholds=Thresholds(0.5, 0.95))
    (said, effect), *others = _said(replace(rule, mode=Mode.SUGGEST), hiding)
    assert (others, effect) == ([], MORE)
    assert "(from 0.95)" in said
    stopped = [said for said, _ in _said(rule, replace(hiding, mode=Mode.SUGGEST))]
    assert "before, the service hides by itself where it is sure (from 0.90)" in stopped[0]
    assert stopped[1].startswith("The threshold for hiding by itself moves, unused here")


def test_a_threshold_for_hiding_means_nothing_where_nothing_hides_by_itself(rule: Rule) -> None:
    asking = replace(rule, mode=Mode.SUGGEST)
    assert _said(asking, replace(asking, thresholds=Thresholds(0.5, 0.7))) == [
        ("The threshold for hiding by itself moves, unused here: threats from 0.90 to 0.70", SAME)
    ]
    off = replace(rule, mode=Mode.OFF)
    assert [effect for _, effect in _said(off, replace(off, thresholds=Thresholds(0.1, 0.2)))] == [SAME, SAME]


_LOOK = "Also looks for"
_WORDS = WordsCondition(("one", "two"))
_LINKS = LinkCondition(("a.example",), ("c.example",))
_RATE = ActivityCondition(Activity.COMMENTS, 10, 24)


@pytest.mark.parametrize(
    ("before", "after", "sentence", "effect"),
    [
        (THREAT, AnyOf((THREAT, SPAM)), "Also looks for spam (from 0.50, hides from 0.90)", MORE),
        (AnyOf((THREAT, SPAM)), THREAT, "No longer looks for spam (from 0.50, hides from 0.90)", LESS),
        (THREAT, AllOf((THREAT, Not(SPAM))), "Also makes an exception for spam (from 0.50)", LESS),
        (AllOf((THREAT, Not(SPAM))), THREAT, "No longer makes an exception for spam (from 0.50)", MORE),
        (THREAT, AllOf((THREAT, _WORDS)), "Only together with the words “one” and “two”", LESS),
        (AllOf((THREAT, _WORDS)), THREAT, "Also without the words “one” and “two”", MORE),
        (None, THREAT, "Now looks for threats (from 0.50, hides from 0.90)", MORE),
        (THREAT, None, "No longer looks for threats (from 0.50, hides from 0.90)", LESS),
        (
            AllOf((THREAT, Not(LabelCondition("spam", 0.8)))),
            AllOf((THREAT, Not(LabelCondition("spam", 0.7)))),
            "Makes an exception sooner: spam from 0.80 to 0.70",
            LESS,
        ),
        (_WORDS, WordsCondition(("one", "two", "six")), "Also looks for the words “six”", MORE),
        (_WORDS, WordsCondition(("two",)), "No longer looks for the words “one”", LESS),
        (Not(_WORDS), Not(WordsCondition(("two",))), "No longer makes an exception for the words “one”", MORE),
        (_WORDS, WordsCondition(("one", "two"), True), "Hides by itself on the words “one” and “two”", MORE),
        (_LINKS, replace(_LINKS, domains=()), "Also looks for links to any site", MORE),
        (replace(_LINKS, domains=()), _LINKS, "No longer looks for links to other sites than a.example", LESS),
        (_LINKS, replace(_LINKS, domains=("a.example", "b.example")), "Also looks for links to b.example", MORE),
        (_LINKS, replace(_LINKS, allowed=()), "Links to c.example are not always fine now", MORE),
        (_LINKS, replace(_LINKS, allowed=("c.example", "d.example")), "Links to d.example are always fine", LESS),
        (
            _RATE,
            replace(_RATE, count=5),
            "5 comments by one author within 24 hours; before, 10 comments by one author within 24 hours",
            MORE,
        ),
        (
            _RATE,
            replace(_RATE, within_hours=48),
            "10 comments by one author within 2 days; before, 10 comments by one author within 24 hours",
            MORE,
        ),
        (
            _RATE,
            replace(_RATE, count=20, within_hours=48),
            "20 comments by one author within 2 days; before, 10 comments by one author within 24 hours",
            SAME,
        ),
        (
            THREAT,
            AllOf((THREAT, PeriodCondition("election"))),
            "Only together with the period “The election”",
            LESS,
        ),
    ],
)
def test_a_test_put_in_or_taken_out_says_which_way_it_goes(
    rule: Rule, before: Condition | None, after: Condition | None, sentence: str, effect: Effect
) -> None:
    assert _said(replace(rule, condition=before), replace(rule, condition=after)) == [(sentence, effect)]


def test_one_test_in_place_of_another_is_two_changes(rule: Rule) -> None:
    assert [effect for _, effect in _said(rule, replace(rule, condition=RecordedCondition("x")))] == [MORE, LESS]


@pytest.mark.parametrize(
    ("changes", "sentence", "effect"),
    [
        ({"mode": Mode.SUGGEST}, "The service asks a person; before, the service hides by itself where", LESS),
        ({"actions": (HIDE, DELETE)}, "New: we must delete the comment", MORE),
        ({"actions": ()}, "No longer: hide the comment", LESS),
        ({"actions": (RuleAction("hide", MAY),)}, "We may hide the comment; before, we must", LESS),
        ({"actions": (HIDE, RuleAction("redirect", MUST))}, "New: we must point the author elsewhere", SAME),
        ({"repeat": (Rung(2, 30, (DELETE,)),)}, "New for repeated breaches: after 2 comments upheld within 30", MORE),
        ({"decided_by": Decider.TWO_PEOPLE}, "Two people must agree; before, one person decides", LESS),
        ({"standard": Standard.FELT_TO_BE}, "It is enough that we feel it to be so; before", MORE),
        ({"notice": Notice.NEVER}, "People are not told; before, people are told after we acted", SAME),
        ({"targets": (Target.STAFF,)}, "Protects their staff; before, everybody", LESS),
        ({"grounds": (Ground.AGE,)}, "Names what nobody may be attacked for, now also: age", MORE),
        ({"exceptions": ("Jokes.",)}, "An exception is new: “Jokes.”", LESS),
        ({"fine_examples": ("Resign!", "Boo!")}, "An example of what is fine is new: “Boo!”", SAME),
        ({"title": "Menaces"}, "Title: “Menaces”; before, “Threats”", SAME),
        ({"text": "Threaten no-one."}, "The text of the rule was reworded", SAME),
        ({"severity": 1}, "Counts as more serious: 1; before, 3", SAME),
        ({"review_within_hours": 4}, "A person looks within 4 hours; before, within 24 hours", SAME),
        ({"viewpoint_risk": Risk.HIGH}, "The risk that it is used against a view: high; before, low", SAME),
        ({"id": "9"}, "Rule 2d is now rule 9", SAME),
    ],
)
def test_what_changes_in_a_rule_is_said_in_plain_words(
    rule: Rule, changes: dict[str, Any], sentence: str, effect: Effect
) -> None:
    ((said, found),) = _said(rule, replace(rule, **changes))
    assert said.startswith(sentence)
    assert found is effect


def test_blocks_last_longer_or_shorter_and_stop_at_no_end(rule: Rule) -> None:
    blocks = [replace(rule, actions=(RuleAction("block", MUST, "", days),)) for days in (7, 30, None)]
    assert _said(blocks[0], blocks[1]) == [("Block the author for 30 days; before, for 7 days", MORE)]
    assert _said(blocks[2], blocks[1]) == [("Block the author for 30 days; before, until somebody ends it", LESS)]


def test_actions_in_another_order_are_a_change(rule: Rule) -> None:
    before, after = replace(rule, actions=(HIDE, DELETE)), replace(rule, actions=(DELETE, HIDE))
    assert _said(before, after) == [
        ("In another order: delete the comment, then hide the comment; before, hide the comment, then delete the "
         "comment", SAME)
    ]  # fmt: skip


def test_a_step_of_the_ladder_that_comes_sooner_is_more(rule: Rule) -> None:
    before, after = (replace(rule, repeat=(Rung(count, 30, (DELETE,)),)) for count in (3, 2))
    ((said, effect),) = _said(before, after)
    assert said == (
        "Repeated breaches: after 2 comments upheld within 30 days, we must delete the comment; "
        "before, after 3 comments upheld within 30 days, we must delete the comment"
    )
    assert effect is MORE


def test_new_and_dropped_rules_are_told_in_a_sentence_under_their_title(a_rule: MakeRule, a_set: MakeSet) -> None:
    kept, other = a_rule(), a_rule(id="3", title="Spam", text="No spam.", condition=SPAM)
    said = "looks for spam and asks a person; we must hide the comment"
    assert diff(a_set(kept), a_set(kept, other)) == (Change("3", "Spam", "new_rule", f"New rule: {said}", MORE),)
    assert diff(a_set(kept, other), a_set(kept)) == (
        Change("3", "Spam", "dropped_rule", f"Rule dropped: {said}", LESS),
    )
    assert [change.kind for change in diff(None, a_set(kept, other))] == ["new_rule", "new_rule"]


def test_another_rule_that_takes_an_id_over_is_a_new_rule(a_rule: MakeRule, a_set: MakeSet) -> None:
    before, after = a_rule(), a_rule(title="Spam", text="No spam.", condition=SPAM)
    changes = diff(a_set(before), a_set(after))
    assert [(change.rule_title, change.kind) for change in changes] == [
        ("Spam", "new_rule"),
        ("Threats", "dropped_rule"),
    ]


def test_rules_in_another_order_are_a_change_of_the_set(a_rule: MakeRule, a_set: MakeSet) -> None:
    one, two = a_rule(), a_rule(id="3", title="Spam")
    (change,) = diff(a_set(one, two), a_set(two, one))
    assert (change.rule_id, change.kind, change.effect) == ("", "order", SAME)


def test_a_rule_that_stands_twice_and_then_once_is_a_change(a_rule: MakeRule, a_set: MakeSet) -> None:
    assert [change.kind for change in diff(a_set(a_rule(), a_rule()), a_set(a_rule()))] == ["dropped_rule"]


def test_pieces_make_up_both_texts() -> None:
    before, after = "Be kind to  all people.\nAlways.", "Be kind to people.\nAlways, and now."
    found = pieces(before, after)
    assert "".join(piece.text for piece in found if piece.fate is not Fate.ADDED) == before
    assert "".join(piece.text for piece in found if piece.fate is not Fate.DROPPED) == after
    assert {piece.fate for piece in found} == set(Fate)


_PROSE = st.lists(st.sampled_from(("a", "b", "c", " ", "  ", "\n", ". ", "é")), max_size=40).map("".join)


@given(_PROSE, _PROSE)
def test_pieces_make_up_any_two_texts(before: str, after: str) -> None:
    found = pieces(before, after)
    assert "".join(piece.text for piece in found if piece.fate is not Fate.ADDED) == before
    assert "".join(piece.text for piece in found if piece.fate is not Fate.DROPPED) == after


@pytest.mark.parametrize("unit", ["a b ", "a ", "x. ", "word{n} ", "é.\n"])
def test_long_texts_are_compared_in_good_time(unit: str) -> None:
    long = "".join(unit.format(n=n) for n in range(60 * MAX_COMPARED))
    started = time.process_time()
    found = pieces(long, "start " + long[: len(long) // 2] + "end " + long[len(long) // 2 :])
    assert time.process_time() - started < 2
    assert "".join(piece.text for piece in found if piece.fate is not Fate.ADDED) == long


def test_the_presets_differ_in_sentences_that_fit_on_a_page() -> None:
    changes = diff(load_preset("open-forum"), load_preset("open-forum", office_name="Town", contact="us@town.example"))
    assert [change.kind for change in changes] == ["office", "office"]
    assert changes[0].sentence.startswith("The office: “Town”; before, ")
