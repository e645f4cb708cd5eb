"""One contract suite for every classifier, ours and other people's.

A classifier is a folder with `classifier.py`, `card.toml` and `examples.jsonl`, registered by name. `folder_of(name)`
loads all three; every function in `CHECKS` then takes the classifier and its examples and raises `ContractBroken`.
`check_classifier` runs them all.
"""

import json
import math
import operator
import tomllib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from classifiers import registry
from classifiers.base import Classifier, Item, Result

#: Texts that a hostile or careless author can send, which no classifier may fall over.
HOSTILE: Mapping[str, str] = {
    "empty": "",
    "white space": " \t\n\u00a0\u2003",
    "100,000 letters": "a" * 100_000,
    "100,000 characters of words": "you said so yourself " * 4_762,
    "100,000 combining marks": "a" + "\u0336" * 100_000,
    "lone surrogates": "broken \ud800 text \udfff\udc00",
    "NUL": "before\x00after",
    "controls": "".join(map(chr, range(32))) + "\x7f\x85\x9b",
    "only emoji": "😀🖕🏿👨‍👩‍👧‍👦🏴󠁧󠁢󠁳󠁣󠁴󠁿1️⃣",
    "right to left": "هذا تعليق عادي على المنشور",
    "direction overrides": "\u202egnihtemos\u202c \u2066x\u2069",
    "noncharacters": "\ufffe\uffff\U0010ffff\ue000",
    "one word": "x",
    "markup": "<script>alert(1)</script>{{7*7}}' OR 1=1 --",
}

#: Ordinary texts for the checks that need several different ones.
ORDINARY: tuple[str, ...] = (
    "Thank you for coming to the school fair on Saturday.",
    "You promised a new bus line and nothing happened. Resign!",
    "Get out of here, you rotten liar 😡😡",
    "Win a FREE phone now at https://prize.example/x?id=1 !!!",
    "I don’t agree with the vote on clause 14(b), and here’s why: it costs 30 % more.",
    "L'école de mon quartier a besoin d'un toit.",
    "word " * 900,
)

_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}


class ContractBroken(AssertionError):
    """The classifier does not keep the contract; the message says where."""


@dataclass(frozen=True, slots=True)
class Example:
    """A text and, for some labels, what its score must satisfy: `{"threat": ">=0.8"}`."""

    item: Item
    expect: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Folder:
    """What a classifier's folder holds, the classifier built with the `[options]` of its card."""

    classifier: Classifier
    card: Mapping[str, Any]
    examples: tuple[Example, ...]


def folder_of(name: str) -> Folder:
    """Load a registered classifier with its card and examples. Raises `FileNotFoundError` for a missing file."""
    place = registry.folder(name)
    card = tomllib.loads(place.joinpath("card.toml").read_text("utf-8"))
    lines = place.joinpath("examples.jsonl").read_text("utf-8").splitlines()
    classifier = registry.load(name, **card.get("options", {}))
    return Folder(classifier, card, tuple(_example(json.loads(line)) for line in lines))


def check_classifier(classifier: Classifier, examples: Sequence[Example] = ()) -> None:
    """Run the whole suite. Raises `ContractBroken` at the first breach."""
    for check in CHECKS:
        check(classifier, examples)


def check_it_says_what_it_is(classifier: Classifier, examples: Sequence[Example]) -> None:
    """A name, a version, and labels that are there once each."""
    _require(bool(classifier.name and classifier.version), "name or version is empty")
    _require(len(set(classifier.labels)) == len(classifier.labels) > 0, "labels are missing or doubled")


def check_one_result_per_item(classifier: Classifier, examples: Sequence[Example]) -> None:
    """As many results as items, also for none; each scores every label and no other, from 0 to 1."""
    _require(classifier.classify([]) == [], "an empty batch does not give an empty list")
    for result in _classify(classifier, ORDINARY):
        _check_scores(classifier, result)


def check_results_keep_the_order(classifier: Classifier, examples: Sequence[Example]) -> None:
    """Turning the batch round turns the results round."""
    texts = [*ORDINARY, *(example.item.text for example in examples)]
    there, back = _classify(classifier, texts), _classify(classifier, texts[::-1])
    _check_same(there, back[::-1], "turning the batch round changes a result")


def check_a_batch_changes_nothing(classifier: Classifier, examples: Sequence[Example]) -> None:
    """One by one or together: the same scores to 1e-6 and the same spans."""
    texts = [*ORDINARY, *HOSTILE.values()]
    alone = [_classify(classifier, [text])[0] for text in texts]
    _check_same(alone, _classify(classifier, texts), "a batch changes a result")


def check_it_is_deterministic(classifier: Classifier, examples: Sequence[Example]) -> None:
    """The same batch twice gives the same results exactly."""
    _require(_classify(classifier, ORDINARY) == _classify(classifier, ORDINARY), "the second run differs")


def check_spans_lie_inside_the_text(classifier: Classifier, examples: Sequence[Example]) -> None:
    """Spans are not empty, stay inside the text as written and carry a label of the classifier."""
    texts = [*ORDINARY, *HOSTILE.values(), *(example.item.text for example in examples)]
    for text, result in zip(texts, _classify(classifier, texts), strict=True):
        for span in result.spans:
            inside = 0 <= span.start < span.end <= len(text)
            _require(inside and span.label in classifier.labels, f"bad span {span} in {text[:60]!r}")


def check_hostile_texts_are_scored(classifier: Classifier, examples: Sequence[Example]) -> None:
    """Nothing that can be typed or sent makes it fail, as comment, post or parent."""
    for what, text in HOSTILE.items():
        try:
            results = classifier.classify([Item(text), Item("A comment.", text, text)])
        except Exception as error:
            raise ContractBroken(f"{what}: raises {error!r}") from error
        for result in results:
            _check_scores(classifier, result)


def check_threads_do_not_disturb_each_other(classifier: Classifier, examples: Sequence[Example]) -> None:
    """Eight threads at once get what one alone gets."""
    alone = _classify(classifier, ORDINARY)
    with ThreadPoolExecutor(8) as pool:
        for together in pool.map(lambda _: _classify(classifier, ORDINARY), range(24)):
            _check_same(alone, together, "another thread changes a result")


def check_the_examples_hold(classifier: Classifier, examples: Sequence[Example]) -> None:
    """Every example of the folder scores as it says."""
    results = classifier.classify([example.item for example in examples])
    for example, result in zip(examples, results, strict=True):
        for label, wanted in example.expect.items():
            _require(label in result.scores, f"{example.item.text!r} expects the unknown label {label!r}")
            score = result.scores[label]
            _require(_satisfies(score, wanted), f"{example.item.text!r}: {label} is {score:.3f}, not {wanted}")


#: The suite, for a test that wants one case per check.
CHECKS: tuple[Callable[[Classifier, Sequence[Example]], None], ...] = (
    check_it_says_what_it_is,
    check_hostile_texts_are_scored,
    check_one_result_per_item,
    check_results_keep_the_order,
    check_a_batch_changes_nothing,
    check_it_is_deterministic,
    check_spans_lie_inside_the_text,
    check_threads_do_not_disturb_each_other,
    check_the_examples_hold,
)


def _example(line: Mapping[str, Any]) -> Example:
    return Example(Item(line["text"], line.get("post_text", ""), line.get("parent_text", "")), line["expect"])


def _classify(classifier: Classifier, texts: Sequence[str]) -> list[Result]:
    results = classifier.classify([Item(text) for text in texts])
    _require(len(results) == len(texts), f"{len(texts)} items gave {len(results)} results")
    return results


def _check_scores(classifier: Classifier, result: Result) -> None:
    _require(set(result.scores) == set(classifier.labels), f"scores are for {sorted(result.scores)}")
    for label, score in result.scores.items():
        _require(isinstance(score, float) and math.isfinite(score) and 0 <= score <= 1, f"{label} scores {score!r}")


def _check_same(left: Sequence[Result], right: Sequence[Result], complaint: str) -> None:
    for one, other in zip(left, right, strict=True):
        near = all(abs(score - other.scores[label]) <= 1e-6 for label, score in one.scores.items())
        _require(near and one.spans == other.spans, f"{complaint}: {one} and {other}")


def _satisfies(score: float, wanted: str) -> bool:
    for sign, compare in _COMPARISONS.items():
        if wanted.startswith(sign):
            return compare(score, float(wanted.removeprefix(sign)))
    raise ValueError(f"an expectation begins with one of {', '.join(_COMPARISONS)}, not {wanted!r}")


def _require(holds: bool, complaint: str) -> None:
    if not holds:
        raise ContractBroken(complaint)
