"""`python -m classifiers.training.personal_data --data PATH`: how much is found, how much of it is right, how fast."""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from math import sqrt
from pathlib import Path

from classifiers.base import Page
from classifiers.personal_data.classifier import MARKED
from classifiers.personal_data.finding import find
from classifiers.personal_data.kinds import Kind
from classifiers.personal_data.reading import is_worth_reading
from classifiers.training import Lack
from classifiers.training.personal_data.sets import Half, Marked, own, public

#: The public set is of the whole world, mostly American.
ALL_PACKS = Page(countries=("GB", "IE", "US"))
_COARSE = {Kind.TELEPHONE: "telephone", Kind.EMAIL: "email", Kind.ADDRESS: "address", Kind.POSTCODE: "address"}


def main(arguments: list[str] | None = None) -> int:
    """Print the figures of both halves. Exit status 1 with one line where the data is missing."""
    parser = argparse.ArgumentParser(prog="python -m classifiers.training.personal_data", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with one sub-folder per set")
    chosen = parser.parse_args(arguments)
    try:
        texts = public(chosen.data)
        with_streets = public(chosen.data, streets_alone=True)
    except Lack as lack:
        print(lack, file=sys.stderr)
        return 1
    ours = own()
    for half in Half:
        _print(f"Presidio templates, {half}", texts, half, lambda text: _public_kinds(text, ALL_PACKS))
    _print("the same, GB pack alone", texts, Half.JUDGES, lambda text: _public_kinds(text, Page()))
    _print("the same, with streets alone", with_streets, Half.JUDGES, lambda text: _public_kinds(text, ALL_PACKS))
    for half in Half:
        _print(f"own items, {half}", ours, half, _kinds)
    _print_cost(ours)
    return 0


def _kinds(text: str) -> frozenset[str]:
    return frozenset(each.kind.value for each in find(text) if each.sure >= MARKED)


def _public_kinds(text: str, page: Page) -> frozenset[str]:
    return frozenset(_COARSE.get(each.kind, "number") for each in find(text, page) if each.sure >= MARKED)


def _print(title: str, texts: Sequence[Marked], half: Half, look: Callable[[str], frozenset[str]]) -> None:
    mine = [each for each in texts if each.half is half]
    right, found, there = Counter[str](), Counter[str](), Counter[str]()
    for each in mine:
        seen = look(each.text)
        right.update(seen & each.kinds)
        found.update(seen)
        there.update(each.kinds)
    print(f"\n{title}: {len(mine)} texts, {sum(bool(each.kinds) for each in mine)} with personal data")
    for kind in sorted(found | there):
        _print_line(kind, right[kind], found[kind], there[kind])
    _print_line("all", right.total(), found.total(), there.total())


def _print_line(kind: str, right: int, found: int, there: int) -> None:
    print(f"  {kind:20} precision {_share(right, found):32} recall {_share(right, there)}")


def _share(part: int, whole: int) -> str:
    """100.0 % (95.1 to 100.0, 74 of 74), with Wilson's interval at 95 %"""
    if not whole:
        return "-"
    share, z = part / whole, 1.96
    middle = share + z * z / (2 * whole)
    spread = z * sqrt(share * (1 - share) / whole + z * z / (4 * whole * whole))
    low, high = ((middle + sign * spread) / (1 + z * z / whole) for sign in (-1, 1))
    return f"{share:6.1%} ({low:.1%} to {min(high, 1):.1%}, {part} of {whole})"


def _print_cost(texts: Sequence[Marked]) -> None:
    plain = [each for each in texts if not is_worth_reading(each.text)]
    for name, chosen in (("that is let go at once", plain), ("of the own items", texts)):
        best = min(_seconds([each.text for each in chosen]) for _ in range(25))
        print(f"\n{best / len(chosen) * 1e6:.1f} microseconds of the processor for each text {name}", end="")
    print()


def _seconds(texts: Sequence[str]) -> float:
    began = time.process_time()
    for text in texts:
        find(text)
    return time.process_time() - began


if __name__ == "__main__":
    sys.exit(main())
