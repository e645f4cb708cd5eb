"""What a difference between two sets is, and the comparisons that rules and the set around them share."""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Any, TypeVar

from guidelines.word_diff import Piece, pieces
from guidelines.wording import day, listed, quoted

T = TypeVar("T", bound=Hashable)


class Effect(StrEnum):
    """Whether more comments are acted on, or looked at, than before."""

    MORE = "more"
    LESS = "less"
    SAME = "same"


_REVERSE = {Effect.MORE: Effect.LESS, Effect.LESS: Effect.MORE, Effect.SAME: Effect.SAME}


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is no longer as it was."""

    kind: str
    #: a sentence without its full stop
    sentence: str
    effect: Effect = Effect.SAME
    #: of a text that changed: what was kept, dropped and added
    pieces: tuple[Piece, ...] = ()


def reverse(effect: Effect) -> Effect:
    """The same change inside an exception."""
    return _REVERSE[effect]


def by_size(before: float, after: float, larger: Effect = Effect.MORE) -> Effect:
    """`larger` where the number grew, its reverse where it shrank."""
    if before == after:
        return Effect.SAME
    return larger if after > before else reverse(larger)


def without_effect(differences: Iterable[Difference]) -> Iterator[Difference]:
    """The same differences, of something that acts on nothing."""
    return (replace(difference, effect=Effect.SAME) for difference in differences)


def members(before: Sequence[T], after: Sequence[T]) -> tuple[list[T], list[T]]:
    """What only the first has and what only the second has, each as often as that, in their order."""
    return _only(before, after), _only(after, before)


def text(kind: str, what: str, before: str, after: str) -> Iterator[Difference]:
    """A text that people read. `what` begins its sentence: "The text of the rule"."""
    if before == after:
        return
    if not before:
        yield Difference(kind, f"{what} is new: {quoted(after)}", pieces=pieces(before, after))
    elif not after:
        yield Difference(kind, f"{what} was taken out: {quoted(before)}", pieces=pieces(before, after))
    else:
        yield Difference(kind, f"{what} was reworded", pieces=pieces(before, after))


def value(kind: str, what: str, before: Any, after: Any) -> Iterator[Difference]:
    """A number, a day or a word. `what` begins its sentence: "The day by which we look again"."""
    if before != after:
        yield Difference(kind, f"{what}: {_said(after)}; before, {_said(before)}")


def texts(
    kind: str, what: str, before: Sequence[str], after: Sequence[str], added: Effect = Effect.SAME
) -> Iterator[Difference]:
    """A list of texts, such as examples. `added` is the effect of one more of them."""
    for _, old_start, old_end, new_start, new_end in SequenceMatcher(None, before, after).get_opcodes():
        old, new = before[old_start:old_end], after[new_start:new_end]
        if old == new:
            continue
        both = min(len(old), len(new))
        for was, now in zip(old[:both], new[:both], strict=True):
            yield Difference(kind, f"{what} was reworded", pieces=pieces(was, now))
        for gone in old[both:]:
            yield Difference(kind, f"{what} was taken out: {quoted(gone)}", reverse(added), pieces(gone, ""))
        for come in new[both:]:
            yield Difference(kind, f"{what} is new: {quoted(come)}", added, pieces("", come))


def names(kind: str, what: str, before: Sequence[str], after: Sequence[str]) -> Iterator[Difference]:
    """A list of short names, such as channels."""
    gone, come = members(before, after)
    if come:
        yield Difference(kind, f"{what}, new: {listed(come)}")
    if gone:
        yield Difference(kind, f"{what}, taken out: {listed(gone)}")
    if before != after and not gone and not come:
        yield Difference(kind, f"{what} stand in another order: {listed(after)}")


def _only(mine: Sequence[T], other: Sequence[T]) -> list[T]:
    left: dict[T, int] = {}
    for one in other:
        left[one] = left.get(one, 0) + 1
    found = []
    for one in mine:
        if left.get(one, 0):
            left[one] -= 1
        else:
            found.append(one)
    return found


def _said(value: object) -> str:
    if value is None or value == "":
        return "nothing said"
    if isinstance(value, date):
        return day(value)
    return quoted(value) if isinstance(value, str) else str(value)
