"""What changed between two guideline sets, in sentences for those who are held to them.

A sentence has no full stop and says how it is now, then how it was: "Hides more: threats from 0.80 to 0.70".
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from guidelines import difference, rule_diff
from guidelines.difference import Difference, Effect
from guidelines.schema import Appeal, GuidelineSet, Office, Period, Principle, Promises, Rule, Scope
from guidelines.word_diff import Piece
from guidelines.wording import day, listed, quoted


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is no longer as it was. `rule_id` and `rule_title` are empty for what belongs to no rule."""

    rule_id: str
    rule_title: str
    kind: str
    sentence: str
    #: whether more comments are acted on, or looked at, than before
    effect: Effect
    #: of a text that changed: what was kept, dropped and added
    pieces: tuple[Piece, ...] = ()


class _Known(Protocol):
    @property
    def id(self) -> str: ...


T = TypeVar("T", bound=_Known)


def diff(before: GuidelineSet | None, after: GuidelineSet) -> tuple[Change, ...]:
    """Everything that changed: first what belongs to no rule, then rule by rule, then rules that are gone.

    Equal sets have no changes, and sets that differ in anything have at least one. Without `before`, all rules are new.
    """
    if before is None:
        return tuple(_change(rule, _new(rule, after.periods)) for rule in after.rules)
    return tuple(_diff(before, after))


def _diff(before: GuidelineSet, after: GuidelineSet) -> Iterator[Change]:
    periods = (*after.periods, *before.periods)
    pairs, gone = _paired_rules(before.rules, after.rules)
    for one in _around(before, after):
        yield _change(None, one)
    if (moved := _another_order(pairs, before.rules)) is not None:
        yield _change(None, moved)
    for was, now in pairs:
        found = rule_diff.differences(was, now, periods) if was else iter((_new(now, periods),))
        for one in found:
            yield _change(now, one)
    for rule in gone:
        said = f"Rule dropped: {rule_diff.summary(rule, periods)}"
        yield _change(rule, Difference("dropped_rule", said, Effect.LESS))


def _change(rule: Rule | None, one: Difference) -> Change:
    title, rule_id = (rule.title, rule.id) if rule else ("", "")
    return Change(rule_id, title, one.kind, one.sentence, one.effect, one.pieces)


def _new(rule: Rule, periods: Sequence[Period]) -> Difference:
    return Difference("new_rule", f"New rule: {rule_diff.summary(rule, periods)}", Effect.MORE)


def _paired_rules(before: Sequence[Rule], after: Sequence[Rule]) -> tuple[list[tuple[Rule | None, Rule]], list[Rule]]:
    """Each rule with what it was before: the one of its id, or else one of its title; and the rules that are gone."""
    old, new = _by_id(before), _by_id(after)
    partners = {key: old[key] for key, rule in new.items() if key in old and _akin(old[key], rule)}
    left = {key: rule for key, rule in old.items() if key not in partners}
    for key, rule in new.items():
        namesake = next((other for other, one in left.items() if one.title == rule.title), None)
        if key not in partners and namesake is not None:
            partners[key] = left.pop(namesake)
    return [(partners.get(key), rule) for key, rule in new.items()], list(left.values())


def _akin(before: Rule, after: Rule) -> bool:
    """Whether two rules of one id are the same rule: another one may have taken the id over."""
    return before.title == after.title or before.text == after.text or before.condition == after.condition


def _by_id(found: Sequence[T]) -> dict[tuple[str, int], T]:
    """By id, and by its turn where a draft has the id twice."""
    known: dict[tuple[str, int], T] = {}
    turns: dict[str, int] = {}
    for one in found:
        turn = turns[one.id] = turns.get(one.id, -1) + 1
        known[one.id, turn] = one
    return known


def _another_order(pairs: Sequence[tuple[Rule | None, Rule]], before: Sequence[Rule]) -> Difference | None:
    """Rules that both sets have, where they stand otherwise to each other."""
    places = {id(rule): place for place, rule in enumerate(before)}
    kept = [places[id(was)] for was, _ in pairs if was is not None]
    if kept == sorted(kept):
        return None
    return Difference("order", f"The rules stand in another order: {listed(now.id for was, now in pairs if was)}")


def _around(before: GuidelineSet, after: GuidelineSet) -> Iterator[Difference]:
    """What belongs to no rule, in the order of the document."""
    yield from difference.value("title", "Title", before.title, after.title)
    yield from difference.value("name", "Short name of the guidelines", before.name, after.name)
    yield from difference.value("language", "Language", before.language, after.language)
    yield from _office(before.office, after.office)
    yield from _scope(before.scope, after.scope)
    yield from difference.text("preamble", "The preamble", before.preamble, after.preamble)
    yield from _principles(before.principles, after.principles)
    yield from _periods(before.periods, after.periods)
    yield from _appeal(before.appeal, after.appeal)
    yield from _promises(before.promises, after.promises)


def _office(before: Office, after: Office) -> Iterator[Difference]:
    yield from difference.value("office", "The office", before.name, after.name)
    yield from difference.value("office", "In what capacity the office publishes", before.capacity, after.capacity)
    yield from difference.text("office", "How to reach the office", before.contact, after.contact)
    yield from difference.text("office", "When comments are looked at", before.hours, after.hours)
    yield from difference.text("office", "Who moderates", before.moderators, after.moderators)


def _scope(before: Scope, after: Scope) -> Iterator[Difference]:
    yield from difference.text("scope", "Where the rules hold", before.text, after.text)
    yield from difference.text("scope", "What the pages are for", before.purpose, after.purpose)
    yield from difference.names("scope", "Pages and accounts", before.channels, after.channels)
    for what, was, now in (
        ("Where people write to us", before.surfaces, after.surfaces),
        ("Where nobody looks", before.unmonitored, after.unmonitored),
    ):
        yield from difference.names(
            "scope", what, [one.replace("_", " ") for one in was], [one.replace("_", " ") for one in now]
        )
    yield from difference.names("scope", "Languages that are moderated", before.languages, after.languages)


def _appeal(before: Appeal, after: Appeal) -> Iterator[Difference]:
    yield from difference.text("appeal", "How to ask for another look", before.text, after.text)
    yield from difference.value(
        "appeal", "Days in which to ask for another look", before.within_days, after.within_days
    )
    yield from difference.text("appeal", "Who takes another look", before.reviewer, after.reviewer)
    yield from difference.value(
        "appeal", "Days until there is an answer", before.answer_within_days, after.answer_within_days
    )


def _promises(before: Promises, after: Promises) -> Iterator[Difference]:
    yield from difference.text("promises", "What we promise about answers", before.replies, after.replies)
    yield from difference.text("promises", "What we promise about records", before.records, after.records)
    yield from difference.text("promises", "What we promise about privacy", before.privacy, after.privacy)
    yield from difference.text(
        "promises", "What we promise about changes of these guidelines", before.changes, after.changes
    )
    yield from difference.value(
        "promises", "The day by which we look at these guidelines again", before.review_by, after.review_by
    )


def _principles(before: Sequence[Principle], after: Sequence[Principle]) -> Iterator[Difference]:
    old, new = _by_id(before), _by_id(after)
    for key, now in new.items():
        if (was := old.get(key)) is None:
            yield Difference("principles", f"New principle: {quoted(now.title)}")
            continue
        yield from difference.value("principles", f"Title of principle {now.id}", was.title, now.title)
        yield from difference.text("principles", f"The text of principle {now.id}", was.text, now.text)
    for key, was in old.items():
        if key not in new:
            yield Difference("principles", f"Principle dropped: {quoted(was.title)}")
    yield from _reordered("principles", "The principles", old, new)


def _periods(before: Sequence[Period], after: Sequence[Period]) -> Iterator[Difference]:
    old, new = _by_id(before), _by_id(after)
    for key, now in new.items():
        if (was := old.get(key)) is None:
            yield Difference("periods", f"New period: {_period(now)}")
        elif was != now:
            yield Difference("periods", f"Period {_period(now)}; before, {_period(was)}")
    for key, was in old.items():
        if key not in new:
            yield Difference("periods", f"Period dropped: {_period(was)}")
    yield from _reordered("periods", "The periods", old, new)


def _period(period: Period) -> str:
    return f"{quoted(period.title)}, {day(period.first)} to {day(period.last)}"


def _reordered(
    kind: str, what: str, old: dict[tuple[str, int], T], new: dict[tuple[str, int], T]
) -> Iterator[Difference]:
    if [key for key in old if key in new] != [key for key in new if key in old]:
        yield Difference(kind, f"{what} stand in another order: {listed(one.id for one in new.values())}")
