"""What a rule looks for, before and after: tests put in and taken out, thresholds moved, exceptions made.

Inside an exception everything means its opposite: what is excused sooner is acted on less.
"""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from guidelines.difference import Difference, Effect, by_size, members, reverse
from guidelines.schema import (
    ActivityCondition,
    AllOf,
    AnyOf,
    Condition,
    LabelCondition,
    LinkCondition,
    Mode,
    Not,
    Period,
    PeriodCondition,
    PostCondition,
    RecordedCondition,
    Rule,
    WordsCondition,
)
from guidelines.wording import capital, condition, label, listed, quoted, share

Side = Literal["review", "automatic"]


@dataclass(frozen=True, slots=True)
class _Move:
    """A threshold of one label that is elsewhere now. Those that moved alike are told in one sentence."""

    label: str
    side: Side
    before: float
    after: float
    excuses: bool


@dataclass(frozen=True, slots=True)
class _View:
    """From where two conditions are compared."""

    periods: tuple[Period, ...]
    #: the rule hides by itself, before and after
    acts: bool
    #: inside an exception
    excuses: bool = False

    @property
    def inside(self) -> "_View":
        return replace(self, excuses=not self.excuses)

    def effect(self, effect: Effect) -> Effect:
        return reverse(effect) if self.excuses else effect

    def more(self, what: str) -> Difference:
        said = f"Also makes an exception for {what}" if self.excuses else f"Also looks for {what}"
        return Difference("condition", said, self.effect(Effect.MORE))

    def less(self, what: str) -> Difference:
        said = f"No longer makes an exception for {what}" if self.excuses else f"No longer looks for {what}"
        return Difference("condition", said, self.effect(Effect.LESS))

    def acting(self, before: bool, after: bool, what: str) -> Iterator[Difference]:
        """Whether a test that is no score is enough to hide."""
        if before != after:
            said = f"Hides by itself on {what}" if after else f"No longer hides by itself on {what}"
            effect = Effect.MORE if after else Effect.LESS
            yield Difference("condition", said, effect if self.acts and not self.excuses else Effect.SAME)

    def describe(self, asked: Condition) -> str:
        said = condition(asked, self.periods)
        if not isinstance(asked, LabelCondition) or asked.review is None:
            return said
        acts = self.acts and not self.excuses and asked.automatic is not None and asked.automatic <= 1
        hides = f", hides from {share(asked.automatic or 0)}" if acts else ""
        return f"{said} (from {share(asked.review)}{hides})"


def tests(before: Rule, after: Rule, periods: Iterable[Period]) -> Iterator[Difference]:
    """The conditions of two rules with their thresholds."""
    old, new = _resolved(before), _resolved(after)
    view = _View(tuple(periods), before.mode is after.mode is Mode.AUTO_HIDE)
    found = list(_whole(old, new, view))
    moves = [one for one in found if isinstance(one, _Move)]
    yield from (one for one in found if isinstance(one, Difference))
    # Where the rule starts to hide by itself, that says from where on, and what was unused before says nothing.
    starts = after.mode is Mode.AUTO_HIDE and not view.acts
    yield from _told([move for move in moves if not starts or move.excuses or move.side == "review"], view.acts)
    if before.condition != after.condition and not found:
        yield Difference("condition", "What the rule looks for is written differently, and means the same")
    yield from _untold(before, after, {move.side for move in moves})


def _whole(old: Condition | None, new: Condition | None, view: _View) -> Iterator[Difference | _Move]:
    if old is not None and new is not None:
        yield from _compared(old, new, view)
    elif new is not None:
        yield Difference("condition", f"Now looks for {view.describe(new)}", Effect.MORE)
    elif old is not None:
        yield Difference("condition", f"No longer looks for {view.describe(old)}", Effect.LESS)


def _compared(before: Condition, after: Condition, view: _View) -> Iterator[Difference | _Move]:
    if before == after:
        return
    match before, after:
        case LabelCondition(), LabelCondition() if before.label == after.label:
            yield from _moves(before, after, view.excuses)
        case WordsCondition(), WordsCondition():
            yield from _words(before, after, view)
        case LinkCondition(), LinkCondition():
            yield from _links(before, after, view)
        case ActivityCondition(), ActivityCondition() if _key(before) == _key(after):
            yield from _activities(before, after, view)
        case Not(old), Not(new):
            yield from _compared(old, new, view.inside)
        case (AllOf(), _) | (_, AllOf()):
            yield from _groups(_parts(before, AllOf), _parts(after, AllOf), view, all_of=True)
        case _:
            yield from _groups(_parts(before, AnyOf), _parts(after, AnyOf), view, all_of=False)


def _groups(
    before: Sequence[Condition], after: Sequence[Condition], view: _View, *, all_of: bool
) -> Iterator[Difference | _Move]:
    """Parts of the same kind are compared with each other; the rest was put in or taken out."""
    gone, come = members(before, after)
    left: dict[Hashable, list[Condition]] = {}
    for part in gone:
        left.setdefault(_key(part), []).append(part)
    fresh = []
    for part in come:
        if old := left.get(_key(part)):
            yield from _compared(old.pop(0), part, view)
        else:
            fresh.append(part)
    stale = [part for parts in left.values() for part in parts]
    yield from (_put_in_all if all_of else _put_in_any)(fresh, view)
    yield from (_taken_out_of_all if all_of else _taken_out_of_any)(stale, view)


def _put_in_any(parts: Sequence[Condition], view: _View) -> Iterator[Difference]:
    if parts:
        yield view.more(listed(map(view.describe, parts)))


def _taken_out_of_any(parts: Sequence[Condition], view: _View) -> Iterator[Difference]:
    if parts:
        yield view.less(listed(map(view.describe, parts)))


def _put_in_all(parts: Sequence[Condition], view: _View) -> Iterator[Difference]:
    excuses, demands = _split(parts)
    if excuses:
        yield view.inside.more(listed(map(view.inside.describe, excuses), "or"))
    if demands:
        what = listed(map(view.describe, demands))
        said = f"Makes an exception only with {what} as well" if view.excuses else f"Only together with {what}"
        yield Difference("condition", said, view.effect(Effect.LESS))


def _taken_out_of_all(parts: Sequence[Condition], view: _View) -> Iterator[Difference]:
    excuses, demands = _split(parts)
    if excuses:
        yield view.inside.less(listed(map(view.inside.describe, excuses), "or"))
    if demands:
        what = listed(map(view.describe, demands))
        said = f"Makes an exception also without {what}" if view.excuses else f"Also without {what}"
        yield Difference("condition", said, view.effect(Effect.MORE))


def _split(parts: Sequence[Condition]) -> tuple[list[Condition], list[Condition]]:
    """Exceptions, without their `not`, and the rest."""
    return [part.of for part in parts if isinstance(part, Not)], [part for part in parts if not isinstance(part, Not)]


def _moves(before: LabelCondition, after: LabelCondition, excuses: bool) -> Iterator[_Move]:
    pairs: tuple[tuple[Side, float | None, float | None], ...] = (
        ("review", before.review, after.review),
        ("automatic", before.automatic, after.automatic),
    )
    for side, old, new in pairs:
        if old is not None and new is not None and old != new:
            yield _Move(before.label, side, old, new, excuses)


def _told(moves: Iterable[_Move], acts: bool) -> Iterator[Difference]:
    """One sentence for all labels whose threshold moved alike."""
    alike: dict[_Move, list[str]] = {}
    for move in moves:
        alike.setdefault(replace(move, label=""), []).append(label(move.label))
    for move, labels in alike.items():
        what = listed(dict.fromkeys(labels))
        if move.side == "review":
            yield _review_moved(move, what)
        else:
            yield _automatic_moved(move, what, acts)


def _review_moved(move: _Move, what: str) -> Difference:
    sooner = move.after < move.before
    numbers = f"{what} from {share(move.before)} to {share(move.after)}"
    if move.excuses:
        said = "Makes an exception sooner" if sooner else "Makes an exception later"
        return Difference("threshold", f"{said}: {numbers}", Effect.LESS if sooner else Effect.MORE)
    said = "Asks a person more often" if sooner else "Asks a person less often"
    return Difference("threshold", f"{said}: {numbers}", Effect.MORE if sooner else Effect.LESS)


def _automatic_moved(move: _Move, what: str, acts: bool) -> Difference:
    if move.excuses or not acts:
        numbers = f"from {_automatic(move.before)} to {_automatic(move.after)}"
        return Difference("threshold", f"The threshold for hiding by itself moves, unused here: {what} {numbers}")
    if move.after > 1:
        said = f"No longer hides by itself: {what} (before, from {share(move.before)})"
        return Difference("threshold", said, Effect.LESS)
    if move.before > 1:
        return Difference("threshold", f"Now hides by itself: {what} from {share(move.after)}", Effect.MORE)
    more = move.after < move.before
    said = f"Hides {'more' if more else 'less'}: {what} from {share(move.before)} to {share(move.after)}"
    return Difference("threshold", said, Effect.MORE if more else Effect.LESS)


def _untold(before: Rule, after: Rule, told: set[Side]) -> Iterator[Difference]:
    """Thresholds of the rule itself that none of its tests takes."""
    pairs: tuple[tuple[Side, str, float, float], ...] = (
        ("review", "asking a person", before.thresholds.review, after.thresholds.review),
        ("automatic", "hiding by itself", before.thresholds.automatic, after.thresholds.automatic),
    )
    for side, what, old, new in pairs:
        if old != new and side not in told:
            said = f"The rule's own threshold for {what} moves, and no test takes it: from {share(old)} to {share(new)}"
            yield Difference("threshold", said)


def _words(before: WordsCondition, after: WordsCondition, view: _View) -> Iterator[Difference]:
    gone, come = members(before.words, after.words)
    if come:
        yield view.more(f"the words {listed(map(quoted, come))}")
    if gone:
        yield view.less(f"the words {listed(map(quoted, gone))}")
    yield from view.acting(before.automatic, after.automatic, condition(after))


def _links(before: LinkCondition, after: LinkCondition, view: _View) -> Iterator[Difference]:
    gone, come = members(before.domains, after.domains)
    if before.domains and not after.domains:
        yield view.more("links to any site")
    elif after.domains and not before.domains:
        yield view.less(f"links to other sites than {listed(after.domains)}")
    else:
        if come:
            yield view.more(f"links to {listed(come)}")
        if gone:
            yield view.less(f"links to {listed(gone)}")
    gone, come = members(before.allowed, after.allowed)
    if come:
        yield Difference("condition", f"Links to {listed(come)} are always fine", view.effect(Effect.LESS))
    if gone:
        yield Difference("condition", f"Links to {listed(gone)} are not always fine now", view.effect(Effect.MORE))
    yield from view.acting(before.automatic, after.automatic, condition(after))


def _activities(before: ActivityCondition, after: ActivityCondition, view: _View) -> Iterator[Difference]:
    if (before.count, before.within_hours) != (after.count, after.within_hours):
        effects = {
            by_size(before.count, after.count, Effect.LESS),
            by_size(before.within_hours, after.within_hours),
        } - {Effect.SAME}
        effect = view.effect(effects.pop()) if len(effects) == 1 else Effect.SAME
        yield Difference("condition", f"{capital(condition(after))}; before, {condition(before)}", effect)
    yield from view.acting(before.automatic, after.automatic, condition(after))


def _resolved(rule: Rule) -> Condition | None:
    """The condition with every threshold written out."""
    return None if rule.condition is None else _filled_in(rule.condition, rule)


def _filled_in(asked: Condition, rule: Rule) -> Condition:
    match asked:
        case LabelCondition(name, review, automatic):
            return LabelCondition(
                name,
                rule.thresholds.review if review is None else review,
                rule.thresholds.automatic if automatic is None else automatic,
            )
        case AnyOf(parts):
            return AnyOf(tuple(_filled_in(part, rule) for part in parts))
        case AllOf(parts):
            return AllOf(tuple(_filled_in(part, rule) for part in parts))
        case Not(inner):
            return Not(_filled_in(inner, rule))
        case _:
            return asked


def _parts(asked: Condition, group: type[AnyOf] | type[AllOf]) -> tuple[Condition, ...]:
    """A condition that is no such group is one of a single part."""
    return asked.of if isinstance(asked, group) else (asked,)


def _key(asked: Condition) -> Hashable:
    """What two conditions share that are the same test, set otherwise."""
    match asked:
        case LabelCondition(name):
            return "label", name
        case RecordedCondition(fact):
            return "recorded", fact
        case ActivityCondition():
            return "activity", asked.activity, asked.by
        case PostCondition(state):
            return "post", state
        case PeriodCondition(period):
            return "period", period
        case _:
            return type(asked).__name__


def _automatic(threshold: float) -> str:
    return "never" if threshold > 1 else share(threshold)
