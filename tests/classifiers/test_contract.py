"""The contract suite over every registered classifier, and proof that the suite notices a breach."""

import tomllib
from collections.abc import Callable, Sequence
from functools import cache

import pytest

from classifiers import registry
from classifiers.base import Classifier, Item, Result, Span
from classifiers.testing import CHECKS, ContractBroken, Example, Folder, check_classifier, folder_of

cached_folder = cache(folder_of)


def _comes_complete(name: str) -> bool:
    """A classifier that an extra brings needs a model from outside; its own tests make one and run the suite."""
    return "extra" not in tomllib.loads(registry.folder(name).joinpath("card.toml").read_text("utf-8"))


COMPLETE = [name for name in registry.names() if _comes_complete(name)]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__.removeprefix("check_"))
@pytest.mark.parametrize("name", COMPLETE)
def test_every_classifier_keeps_the_contract(name: str, check: Callable[[Classifier, Sequence[Example]], None]) -> None:
    folder = cached_folder(name)
    check(folder.classifier, folder.examples)


@pytest.mark.parametrize("name", COMPLETE)
def test_every_card_says_what_the_classifier_is(name: str) -> None:
    folder: Folder = cached_folder(name)
    assert folder.card["name"] == folder.classifier.name == name
    assert tuple(folder.card["labels"]) == folder.classifier.labels
    assert folder.classifier.version.startswith(folder.card["version"])
    assert folder.card["licence"]
    assert folder.card["limits"]
    assert len(folder.examples) >= 10


class Fake:
    """Keeps the contract unless a test bends it."""

    name = "fake"
    version = "1"
    labels: tuple[str, ...] = ("threat",)

    def classify(self, batch: Sequence[Item]) -> list[Result]:
        return [self.result(item.text) for item in batch]

    def result(self, text: str) -> Result:
        return Result({"threat": min(len(text), 10) / 10})


class Nameless(Fake):
    name = ""


class DoublesALabel(Fake):
    labels = ("threat", "threat")


class DropsTheLast(Fake):
    def classify(self, batch: Sequence[Item]) -> list[Result]:
        return super().classify(batch)[:-1]


class ScoresBeyondOne(Fake):
    def result(self, text: str) -> Result:
        return Result({"threat": 1.5})


class ScoresNotANumber(Fake):
    def result(self, text: str) -> Result:
        return Result({"threat": float("nan")})


class ScoresAnotherLabel(Fake):
    def result(self, text: str) -> Result:
        return Result({"spam": 0.5})


class SortsTheBatch(Fake):
    def classify(self, batch: Sequence[Item]) -> list[Result]:
        return super().classify(sorted(batch, key=lambda item: item.text))


class ComparesWithinTheBatch(Fake):
    def classify(self, batch: Sequence[Item]) -> list[Result]:
        longest = max((len(item.text) for item in batch), default=1)
        return [Result({"threat": len(item.text) / max(longest, 1)}) for item in batch]


class Remembers(Fake):
    seen = 0

    def result(self, text: str) -> Result:
        self.seen += 1
        return Result({"threat": 1 / self.seen})


class PointsOutside(Fake):
    def result(self, text: str) -> Result:
        return Result({"threat": 0.9}, (Span(0, len(text) + 1, "threat"),))


class PointsAtNothing(Fake):
    def result(self, text: str) -> Result:
        return Result({"threat": 0.9}, (Span(0, 0, "threat"),))


class FallsOverBrokenText(Fake):
    def result(self, text: str) -> Result:
        text.encode()
        return super().result(text)


BREACHES = [cls for cls in Fake.__subclasses__() if cls is not Fake]


def test_a_sound_classifier_passes_the_suite() -> None:
    check_classifier(Fake(), [Example(Item("long enough"), {"threat": ">=1"})])


@pytest.mark.parametrize("broken", BREACHES, ids=lambda cls: cls.__name__)
def test_the_suite_notices_each_breach(broken: type[Fake]) -> None:
    with pytest.raises(ContractBroken):
        check_classifier(broken())


@pytest.mark.parametrize("expect", [{"threat": "<1"}, {"threat": "<=0.9"}, {"threat": ">1"}, {"no_such": ">0"}])
def test_the_suite_notices_an_example_that_does_not_hold(expect: dict[str, str]) -> None:
    with pytest.raises(ContractBroken, match="long enough"):
        check_classifier(Fake(), [Example(Item("long enough"), expect)])


def test_an_expectation_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(ValueError, match="'about 1'"):
        check_classifier(Fake(), [Example(Item("x"), {"threat": "about 1"})])
