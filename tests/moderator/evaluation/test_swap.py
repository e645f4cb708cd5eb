"""Names are found and replaced as people write them, and a verdict that hangs on one is seen."""

import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from classifiers.base import Item, Result
from moderator.errors import Invalid
from moderator.evaluation.names import Name, Names, bundled, load
from moderator.evaluation.swap import Pairs, make_pairs, measure
from moderator.evaluation.thresholds import Cut

_NAMES = Names(
    [
        Name("leaders", ("Ada Moss", "Moss")),
        Name("leaders", ("Ben Reed", "Reed")),
        Name("leaders", ("Cy Oduya", "")),
        Name("parties", ("Harbour Party",)),
        Name("parties", ("Meadow Party",)),
        Name("alone", ("Nowhere",)),
    ]
)


def _swapped(text: str) -> str | None:
    return _NAMES.swapped(text, random.Random(0))


@pytest.mark.parametrize(
    ("written", "becomes"),
    [
        ("Moss lied.", "Reed lied."),
        ("MOSS OUT", "REED OUT"),
        ("Moss's friends", "Reed's friends"),
        ("the Harbour Party and Moss", "the Meadow Party and Reed"),
        ("#HarbourParty #harbourparty", "#MeadowParty #MeadowParty"),
        ("Ada Moss? Moss!", "Ben Reed? Reed!"),
    ],
)
def test_a_name_is_replaced_as_it_was_written(written: str, becomes: str) -> None:
    assert _swapped(written) == becomes


@pytest.mark.parametrize("text", ["Mossy stones", "moss on a roof", "@Moss", "nothing here", ""])
def test_what_is_no_name_is_left_alone(text: str) -> None:
    assert text not in _NAMES


def test_two_names_stay_two() -> None:
    full_names = {f"{a} against {b}" for a in ("Ada Moss", "Ben Reed") for b in ("Ben Reed", "Cy Oduya")}
    swaps = {_NAMES.swapped("Ada Moss", random.Random(seed)) for seed in range(20)}
    assert swaps == {"Ben Reed", "Cy Oduya"}
    assert _swapped("Ada Moss against Ben Reed") not in full_names
    # Two of three are taken, and both need another.
    assert _swapped("Ada Moss against Ben Reed") is None


def test_a_name_without_another_of_its_kind_cannot_be_swapped() -> None:
    assert _swapped("Nowhere") is None


def test_the_bundled_names_cover_four_countries() -> None:
    names = bundled()
    for text in ("Keir Starmer", "the Tories", "Ohio", "#DonaldTrump", "Papineau", "Sinn Féin", "the NDP"):
        swapped = names.swapped(text, random.Random(0))
        assert swapped is not None
        assert swapped != text


def test_pairs_come_from_comments_that_hold_a_name_and_one_seed_makes_the_same() -> None:
    texts = ["hello", "Ada Moss", "Reed", "bye", "the Meadow Party"]
    first, again = (make_pairs(texts, [2, 3, 4, 5, 6], _NAMES, comments=2, variants=5, seed=7) for _ in range(2))
    assert first == again
    assert (first.rows, first.with_names, first.comments) == (5, 3, 2)
    assert {pair.line for pair in first.pairs} < {3, 4, 6}
    assert all(pair.text != pair.swapped for pair in first.pairs)


class _Partial:
    """Thinks worse of what mentions one name."""

    name, version, labels = "partial", "1", ("threat", "spam", "incivility")

    def classify(self, batch: Sequence[Item]) -> list[Result]:
        return [Result({"threat": 0.8 if "Reed" in i.text else 0.1, "spam": 0.2, "incivility": 0.9}) for i in batch]


def _pairs(*texts: str) -> Pairs:
    return make_pairs(texts, range(1, len(texts) + 1), _NAMES, comments=9, variants=3, seed=0)


def test_a_verdict_that_hangs_on_a_name_is_counted_and_shown() -> None:
    cuts = {"threat": (Cut("review", 0.2), Cut("automatic", 0.5)), "spam": (Cut("review", 0.5),)}
    found = measure("mine", _Partial(), _pairs("Moss", "Harbour Party"), cuts, resamples=100, seed=0)
    assert (found.name, found.pairs) == ("mine", 2)
    assert found.crossed.value == 0.5
    assert {label.label: label.crossed.value for label in found.labels} == {"threat": 0.5, "spam": 0.0}
    [worst] = found.worst
    assert (worst.label, worst.threshold, worst.before, worst.after) == ("threat", 0.5, 0.1, 0.8)
    assert (worst.pair.line, worst.pair.swapped) == (1, "Reed")


def test_no_crossing_in_few_comments_proves_little() -> None:
    found = measure(
        "mine", _Partial(), _pairs("Harbour Party"), {"threat": (Cut("review", 0.2),)}, resamples=100, seed=0
    )
    assert found.crossed.value == 0.0
    assert found.crossed.high > 0.9


def test_ones_own_names_replace_the_bundled_ones(tmp_path: Path) -> None:
    path = tmp_path / "names.yaml"
    path.write_text(
        "wards: [Old Quay, Mill Lane]\nleaders: {forms: [full, short], names: [[Di Fox, Fox], [Ed Orr, ~]]}\n"
    )
    names = load(path)
    assert names.swapped("OLD QUAY", random.Random(0)) == "MILL LANE"
    assert names.swapped("Fox", random.Random(0)) is None
    assert "Keir Starmer" not in names


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("wards: [Old Quay", "is no YAML"),
        ("- Old Quay", "write kinds of names"),
        ("wards: Old Quay", "names.yaml, wards: write a list of names"),
        ("wards: [Old Quay]", "two names at least"),
        ("wards: [Old Quay, 7]", "7 is not a name"),
        ("wards: [Old Quay, Old Quay]", "is there twice"),
        ("wards: {forms: [a, b], names: [[x], [y, z]]}", "is not a list of 2 forms"),
        ("wards: {forms: [a, b]}", "'names', and nothing else"),
    ],
)
def test_a_mistake_in_a_list_of_names_is_answered_with_its_mend(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "names.yaml"
    path.write_text(content)
    with pytest.raises(Invalid) as caught:
        load(path)
    assert said in str(caught.value)
