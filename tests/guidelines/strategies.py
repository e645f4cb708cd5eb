"""Guideline sets of every shape, as the loader could have read them."""

from datetime import date
from typing import TypeVar

from hypothesis import strategies as st

from guidelines.bounds import MAX_CONDITION_DEPTH, MAX_COUNT, MAX_DAYS, MAX_WITHIN_HOURS, MAX_WORD
from guidelines.schema import (
    LABELS,
    NEVER,
    VERBS,
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

_UNREADABLE = "\x85\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff\ufffe\uffff"
_CHARACTERS = st.characters(exclude_categories=("Cc", "Cs"), exclude_characters=_UNREADABLE)
_LINES = st.text(_CHARACTERS, min_size=1, max_size=12).filter(str.strip)
_TEXTS = st.text(_CHARACTERS | st.sampled_from("\n\t #:-|>'\"%@&*!?{}[]"), min_size=1, max_size=30).filter(str.strip)
_SOMETIMES = st.just("") | _TEXTS
_IDS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,5}", fullmatch=True)
_LANGUAGES = st.sampled_from(("en", "cy", "no", "en-GB"))
_SHARES = st.floats(0, 1) | st.sampled_from((0, 1))
_DAYS = st.integers(1, MAX_DAYS)
_WORDS = _LINES | st.sampled_from(("no", "1984", "on", "~x", "x" * MAX_WORD))
_HOSTS = st.sampled_from(("gov.uk", "example.org", "www.example.org", "xn--e1afmkfd.example", "1.example"))
_HOURS = st.floats(0, MAX_WITHIN_HOURS, exclude_min=True) | st.integers(1, MAX_WITHIN_HOURS)


T = TypeVar("T")


def _some(of: st.SearchStrategy[T], least: int = 0, most: int = 3) -> st.SearchStrategy[tuple[T, ...]]:
    return st.lists(of, min_size=least, max_size=most).map(tuple)


def _distinct(of: st.SearchStrategy[T], least: int = 0, most: int = 3) -> st.SearchStrategy[tuple[T, ...]]:
    return st.lists(of, min_size=least, max_size=most, unique=True).map(tuple)


_LABELLED = st.builds(
    LabelCondition, st.sampled_from(LABELS), st.none() | _SHARES, st.none() | _SHARES | st.just(NEVER)
)
_FACTS: st.SearchStrategy[Condition] = st.one_of(
    st.builds(WordsCondition, _distinct(_WORDS, 1), st.booleans()),
    st.builds(LinkCondition, _distinct(_HOSTS), _distinct(_HOSTS), st.booleans()),
    st.builds(RecordedCondition, _IDS),
    st.builds(
        ActivityCondition,
        st.sampled_from(Activity),
        st.integers(1, MAX_COUNT),
        _HOURS,
        st.sampled_from(By),
        st.booleans(),
    ),
    st.builds(PostCondition, st.sampled_from(PostState)),
)


def _compound(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    several = _some(inner, 1)
    return st.builds(AnyOf, several) | st.builds(AllOf, several) | st.builds(Not, inner)


def _depth(condition: Condition) -> int:
    match condition:
        case Not(inner):
            return 1 + _depth(inner)
        case AnyOf(parts) | AllOf(parts):
            return 1 + max(map(_depth, parts))
        case _:
            return 1


def conditions_of(leaves: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    """Conditions made of these, no deeper than a document may be."""
    nested: st.SearchStrategy[Condition] = st.recursive(leaves, _compound, max_leaves=6)
    return nested.filter(lambda condition: _depth(condition) <= MAX_CONDITION_DEPTH)


_ACTIONS = st.builds(
    RuleAction, st.sampled_from(VERBS), st.sampled_from(Modality), st.just("") | _LINES, st.none() | _DAYS
)
_RUNGS = st.builds(Rung, st.integers(1, MAX_COUNT), _DAYS, _some(_ACTIONS, most=2))


def _rules(conditions: st.SearchStrategy[Condition]) -> st.SearchStrategy[Rule]:
    return st.builds(
        Rule,
        id=_IDS,
        title=_LINES,
        text=_TEXTS,
        actions=_some(_ACTIONS, most=2),
        condition=st.none() | conditions,
        mode=st.sampled_from(Mode),
        thresholds=st.builds(Thresholds, _SHARES, _SHARES),
        severity=st.integers(1, 4),
        viewpoint_risk=st.sampled_from(Risk),
        review_within_hours=st.floats(0, 720, exclude_min=True) | st.integers(1, 720),
        notice=st.sampled_from(Notice),
        notice_reason=_SOMETIMES,
        redirect_text=_SOMETIMES,
        no_notice_reason=_SOMETIMES,
        standard=st.sampled_from(Standard),
        decided_by=st.sampled_from(Decider),
        exceptions=_some(_TEXTS, most=2),
        targets=_distinct(st.sampled_from(Target)),
        grounds=_distinct(st.sampled_from(Ground)),
        repeat=_some(_RUNGS, most=2),
        breach_examples=_some(_TEXTS, most=2),
        fine_examples=_some(_TEXTS, most=2),
    )


_OFFICES = st.builds(Office, _LINES, st.just("") | _LINES, _SOMETIMES, _SOMETIMES, _SOMETIMES)
_SCOPES = st.builds(
    Scope,
    _SOMETIMES,
    _SOMETIMES,
    _distinct(_LINES),
    _distinct(st.sampled_from(Surface)),
    _distinct(st.sampled_from(Surface)),
    _distinct(_LANGUAGES),
)
_APPEALS = st.builds(Appeal, _SOMETIMES, st.none() | _DAYS, _SOMETIMES, st.none() | _DAYS)
_PROMISES = st.builds(Promises, _SOMETIMES, _SOMETIMES, _SOMETIMES, _SOMETIMES, st.none() | st.dates())


@st.composite
def sets(draw: st.DrawFn) -> GuidelineSet:
    """Whole sets with every key of the language, whatever sense they make."""
    periods = draw(st.lists(st.sampled_from(("election", "by-election", "1")), unique=True))
    leaves = _LABELLED | _FACTS
    if periods:
        leaves |= st.builds(PeriodCondition, st.sampled_from(periods))
    return GuidelineSet(
        name=draw(_IDS),
        title=draw(_LINES),
        language=draw(_LANGUAGES),
        office=draw(_OFFICES),
        preamble=draw(_TEXTS),
        principles=draw(_some(st.builds(Principle, _IDS, _LINES, _TEXTS), most=2)),
        rules=draw(_some(_rules(conditions_of(leaves)), most=2)),
        appeal=draw(st.just(Appeal()) | _APPEALS),
        scope=draw(st.just(Scope()) | _SCOPES),
        periods=tuple(Period(name, draw(_LINES), draw(st.dates()), draw(st.dates())) for name in periods),
        promises=draw(st.just(Promises()) | _PROMISES),
    )


_PERIODS = (Period("election", "Election", date(2027, 4, 1), date(2027, 5, 6)),)
_JUDGING_RULES = st.builds(
    Rule,
    id=st.sampled_from(("1", "2", "3")),
    title=st.just("Title"),
    text=st.just("Text"),
    actions=st.just(()),
    condition=conditions_of(_LABELLED | _FACTS | st.just(PeriodCondition("election"))),
    mode=st.sampled_from(Mode),
    severity=st.integers(1, 4),
    viewpoint_risk=st.sampled_from(Risk),
)


def judging_sets() -> st.SearchStrategy[GuidelineSet]:
    """Sets that differ in what decides, and in no words."""
    rules = _some(_JUDGING_RULES, 1)
    return rules.map(
        lambda rules: GuidelineSet("town", "Title", "en", Office("Office"), "Text", (), rules, periods=_PERIODS)
    )
