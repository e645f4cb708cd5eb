"""Detoxify's own models through its own package: same scores, but nothing unverified is read and nothing cut off."""

import hashlib
import pickle
import socket
import sys
import tomllib
from collections.abc import Callable, Sequence
from functools import partial
from inspect import signature
from pathlib import Path
from typing import Any

import pytest
import torch
from detoxify import Detoxify

from classifiers import registry
from classifiers.base import Classifier, Item
from classifiers.detoxify.classifier import LABELS, load
from classifiers.testing import (
    CHECKS,
    Example,
    check_hostile_texts_are_scored,
    check_spans_lie_inside_the_text,
)
from classifiers.transformers.libraries import MissingExtra
from tests.classifiers import tiny

SHORT = ["Thank you for the new bus line.", "resign, you fool", "x", "NO! 7 times no"]

Options = dict[str, Any]


@pytest.fixture(scope="module")
def options(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Options]:
    """What loads each variant, its base and checkpoint being files here."""
    folder = tmp_path_factory.mktemp("detoxify")
    made: dict[str, Options] = {}
    for variant in tiny.CLASSES:
        base = tiny.save_base(folder / variant, variant)
        checkpoint = tiny.save_checkpoint(folder / f"{variant}.ckpt", variant, str(base))
        made[variant] = {"variant": variant, "checkpoint": checkpoint, "sha256": _digest(checkpoint), "base": base}
    return made


@pytest.fixture(scope="module")
def loaded(options: dict[str, Options]) -> dict[str, Classifier]:
    return {variant: registry.load("detoxify", **chosen) for variant, chosen in options.items()}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__.removeprefix("check_"))
def test_it_keeps_the_contract(
    loaded: dict[str, Classifier], check: Callable[[Classifier, Sequence[Example]], None]
) -> None:
    check(loaded["original"], [Example(Item(text), {"threat": ">=0"}) for text in SHORT])


@pytest.mark.parametrize("variant", ["unbiased", "multilingual"])
def test_nothing_that_can_be_sent_makes_another_variant_fail(loaded: dict[str, Classifier], variant: str) -> None:
    check_hostile_texts_are_scored(loaded[variant], [])
    check_spans_lie_inside_the_text(loaded[variant], [])


@pytest.mark.parametrize("variant", tiny.CLASSES)
def test_a_short_text_scores_as_detoxify_itself_scores_it(
    loaded: dict[str, Classifier], options: dict[str, Options], variant: str
) -> None:
    itself = Detoxify(checkpoint=str(options[variant]["checkpoint"]))
    for text, result in zip(SHORT, loaded[variant].classify([Item(text) for text in SHORT]), strict=True):
        theirs = {LABELS[name]: score for name, score in itself.predict(text).items() if name in LABELS}
        assert dict(result.scores) == pytest.approx(theirs, abs=1e-6)
        assert result.spans == ()


def test_the_labels_are_ours_and_as_many_as_the_variant_knows(loaded: dict[str, Classifier]) -> None:
    ours = {"incivility", "profanity", "threat", "harassment", "discrimination"}
    assert set(loaded["original"].labels) == ours
    assert set(loaded["unbiased"].labels) == set(loaded["multilingual"].labels) == ours | {"sexual"}


def test_a_long_text_has_the_score_of_its_worst_window_and_a_span_says_which(
    loaded: dict[str, Classifier], options: dict[str, Options]
) -> None:
    itself = Detoxify(checkpoint=str(options["unbiased"]["checkpoint"]))
    text = "".join(f"Item {n}: the road to the school stays as it is. " for n in range(9))
    (result,) = loaded["unbiased"].classify([Item(text)])
    # one token a character here: 62 fit between the marks, 15 are shared
    parts = [text[start : start + 62] for start in (*range(0, len(text) - 62, 47), len(text) - 62)]
    by_window = itself.predict(parts)
    for name, label in LABELS.items():
        if name in by_window:
            assert result.scores[label] == pytest.approx(max(by_window[name]), abs=1e-6)
    assert result.spans
    for span in result.spans:
        assert itself.predict(text[span.start : span.end])[_theirs(span.label, by_window)] == pytest.approx(
            result.scores[span.label], abs=1e-6
        )
    cut_off = itself.predict(text)
    assert any(result.scores[LABELS[name]] > score + 0.05 for name, score in cut_off.items() if name in LABELS)


def test_a_language_that_the_variant_was_not_trained_on_is_doubted(loaded: dict[str, Classifier]) -> None:
    french = Item("Je ne suis pas d'accord avec cette décision, elle coûte beaucoup trop cher à la ville.")
    english = Item("I do not agree with this decision, it costs the town far too much.")
    doubts = {variant: [r.doubts for r in loaded[variant].classify([french, english])] for variant in loaded}
    assert doubts == {
        "original": [("other_language",), ()],
        "unbiased": [("other_language",), ()],
        "multilingual": [(), ()],
    }
    assert [result.language for result in loaded["multilingual"].classify([french, english])] == ["fr", "en"]


def test_loading_asks_no_server(options: dict[str, Options], monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda *address, **_: asked.append(address))
    monkeypatch.setattr(socket.socket, "connect", lambda _, address: asked.append(address))
    registry.load("detoxify", **options["original"])
    assert asked == []


class _Bomb:
    """Unpickled in full, it leaves a file behind."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


@pytest.fixture
def bomb(tmp_path: Path) -> Path:
    torch.save({"config": _Bomb(tmp_path / "went off"), "state_dict": {}}, tmp_path / "bomb.ckpt")
    return tmp_path / "bomb.ckpt"


def test_bytes_with_another_digest_are_not_unpickled(bomb: Path, options: dict[str, Options]) -> None:
    with pytest.raises(ValueError, match=f"sha256.*{_digest(bomb)}"):
        registry.load("detoxify", checkpoint=bomb, sha256=options["original"]["sha256"])
    assert not (bomb.parent / "went off").exists()


def test_code_in_a_checkpoint_does_not_run_even_with_the_right_digest(bomb: Path) -> None:
    with pytest.raises(ValueError, match="weights and settings alone"):
        registry.load("detoxify", checkpoint=bomb, sha256=_digest(bomb))
    assert not (bomb.parent / "went off").exists()
    torch.load(bomb, weights_only=False)
    assert (bomb.parent / "went off").exists()


def test_the_digest_may_be_written_in_capitals(options: dict[str, Options]) -> None:
    registry.load("detoxify", **options["original"] | {"sha256": options["original"]["sha256"].upper()})


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"variant": "orignal"}, "option variant must be one of original"),
        ({"checkpoint": None}, "option checkpoint is missing: .* allow_download = true"),
        ({"checkpoint": "no/such.ckpt"}, "option checkpoint: no/such.ckpt cannot be read"),
        ({"sha256": None}, "option sha256 is missing"),
        ({"variant": "unbiased"}, "set variant = 'original'"),
        ({"base": "no/such/folder"}, "option base: no/such/folder is not a folder"),
        ({"window": 65}, "option window: the model cannot read 65"),
        ({"window": 3}, "option window: 3 tokens leave no room"),
        ({"window": "64"}, "option window must be a whole number"),
        ({"batch_size": 0}, "option batch_size must be a whole number of at least 1"),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(options: dict[str, Options], changed: Options, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        registry.load("detoxify", **options["original"] | changed)


def test_without_base_or_download_the_mend_is_named(tmp_path: Path) -> None:
    checkpoint = tiny.save_checkpoint(tmp_path / "c.ckpt", base="nobody/no-such-base")
    with pytest.raises(ValueError, match=r"nobody/no-such-base is not on this machine.*or base to a folder"):
        registry.load("detoxify", checkpoint=checkpoint, sha256=_digest(checkpoint))


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "weights and settings alone"),
        (b"no pickle", "weights and settings alone"),
        (pickle.dumps({"config": {}}, protocol=2), "weights and settings alone"),
        ({"state_dict": {}}, "no checkpoint of Detoxify"),
        ([1, 2], "no checkpoint of Detoxify"),
    ],
)
def test_a_file_that_is_no_checkpoint_is_refused(tmp_path: Path, content: Any, complaint: str) -> None:
    path = tmp_path / "c.ckpt"
    write = path.write_bytes if isinstance(content, bytes) else partial(torch.save, f=path)
    write(content)
    with pytest.raises(ValueError, match=complaint):
        registry.load("detoxify", checkpoint=path, sha256=_digest(path))


def test_weights_that_lack_a_layer_are_refused(options: dict[str, Options], tmp_path: Path) -> None:
    chosen = options["original"]
    held = torch.load(chosen["checkpoint"], weights_only=True)
    del held["state_dict"]["classifier.weight"]
    path = tmp_path / "c.ckpt"
    torch.save(held, path)
    with pytest.raises(ValueError, match=r"lacks classifier\.weight"):
        registry.load("detoxify", **chosen | {"checkpoint": path, "sha256": _digest(path)})


def test_a_base_of_another_kind_is_refused(options: dict[str, Options], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"option base: .* does not fit the checkpoint"):
        registry.load("detoxify", **options["original"] | {"base": tmp_path})


def test_a_published_file_that_was_changed_on_disk_is_refused(
    options: dict[str, Options], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "hub" / "checkpoints"
    kept.mkdir(parents=True)
    (kept / "toxic_original-c1212f89.ckpt").write_bytes(options["original"]["checkpoint"].read_bytes())
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    with pytest.raises(ValueError, match=r"toxic_original-c1212f89\.ckpt is damaged or not the published file"):
        registry.load("detoxify", variant="original", allow_download=True)


def test_the_version_follows_the_checkpoint(options: dict[str, Options], tmp_path: Path) -> None:
    chosen = options["original"]
    other = tmp_path / "other.ckpt"
    held = torch.load(chosen["checkpoint"], weights_only=True)
    held["state_dict"]["classifier.bias"] += 1
    torch.save(held, other)
    first = registry.load("detoxify", **chosen).version
    assert first.startswith("1-original-")
    assert first == registry.load("detoxify", **chosen).version
    assert first != registry.load("detoxify", **chosen | {"checkpoint": other, "sha256": _digest(other)}).version


def test_without_the_extra_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "detoxify", None)
    monkeypatch.setitem(sys.modules, "detoxify.detoxify", None)
    with pytest.raises(MissingExtra, match=r"^detoxify is not installed: pip install 'moderator\[detoxify\]'$"):
        registry.load("detoxify")


def test_the_card_names_the_options_and_labels(loaded: dict[str, Classifier]) -> None:
    card = tomllib.loads(registry.folder("detoxify").joinpath("card.toml").read_text("utf-8"))
    assert card["configure"].keys() == signature(load).parameters.keys()
    assert set(card["labels"]) == set(loaded["unbiased"].labels)
    assert card["label_map"].items() >= {(name, LABELS[name]) for name in tiny.CLASSES["unbiased"] if name in LABELS}
    for classifier in loaded.values():
        assert classifier.name == card["name"]
        assert classifier.version.startswith(card["version"])


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _theirs(label: str, scores: dict[str, Any]) -> str:
    return next(name for name, ours in LABELS.items() if ours == label and name in scores)
