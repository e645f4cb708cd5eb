"""Any sequence classifier is read in full, under the operator's labels, from files that are what they should be."""

import hashlib
import json
import subprocess
import sys
import tomllib
from collections.abc import Callable, Sequence
from inspect import signature
from pathlib import Path
from string import ascii_lowercase
from typing import Any

import huggingface_hub
import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModel, pipeline

from classifiers import registry
from classifiers.base import Classifier, Item
from classifiers.testing import CHECKS, Example
from classifiers.transformers.classifier import load
from classifiers.transformers.libraries import MissingExtra
from tests.classifiers import tiny

SHORT = ["Thank you for the new bus line.", "resign, you fool", "x", "NO! 7 times no"]
NAMES = ["toxic", "severe_insult", "insult", "neutral"]
LABELS = {"toxic": "incivility", "severe_insult": "harassment", "insult": "harassment"}
SEVERAL: tiny.Kind = "multi_label_classification"
ONE: tiny.Kind = "single_label_classification"


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A model whose labels are independent, and one whose labels exclude each other."""
    place = tmp_path_factory.mktemp("transformers")
    return {kind: tiny.save_classifier(place / kind, NAMES, kind) for kind in (SEVERAL, ONE)}


@pytest.fixture
def folder(folders: dict[str, Path]) -> Path:
    return folders[SEVERAL]


@pytest.fixture(scope="module")
def loaded(folders: dict[str, Path]) -> dict[str, Classifier]:
    return {kind: registry.load("transformers", path=folder, labels=LABELS) for kind, folder in folders.items()}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__.removeprefix("check_"))
def test_it_keeps_the_contract(
    loaded: dict[str, Classifier], check: Callable[[Classifier, Sequence[Example]], None]
) -> None:
    check(loaded[ONE], [Example(Item(text), {"harassment": ">=0"}) for text in SHORT])


@pytest.mark.parametrize("kind", [SEVERAL, ONE])
def test_a_short_text_scores_as_the_library_itself_scores_it(
    loaded: dict[str, Classifier], folders: dict[str, Path], kind: str
) -> None:
    itself: Any = pipeline("text-classification", model=str(folders[kind]), top_k=None)
    join: Callable[[list[float]], float] = max if kind == SEVERAL else sum
    for text, result in zip(SHORT, loaded[kind].classify([Item(text) for text in SHORT]), strict=True):
        theirs = {found["label"]: found["score"] for found in itself([text])[0]}
        assert result.scores["incivility"] == pytest.approx(theirs["toxic"], abs=1e-6)
        joined = join([theirs["severe_insult"], theirs["insult"]])
        assert result.scores["harassment"] == pytest.approx(joined, abs=1e-6)


def test_the_end_of_a_long_text_counts_and_is_pointed_at(loaded: dict[str, Classifier]) -> None:
    quiet, loud = _quietest_and_loudest(loaded[SEVERAL], "harassment")
    calm = quiet * 300
    alone, result = loaded[SEVERAL].classify([Item(calm), Item(calm + loud * 80)])
    assert result.scores["harassment"] > alone.scores["harassment"] + 0.01
    (span,) = [span for span in result.spans if span.label == "harassment"]
    assert span.end > len(calm)
    assert span.end - span.start < 125
    assert result.doubts == ()


def test_of_an_absurdly_long_text_start_and_end_count_and_a_person_must_look(loaded: dict[str, Classifier]) -> None:
    quiet, loud = _quietest_and_loudest(loaded[SEVERAL], "harassment")
    calm = quiet * 16_000
    short, start, end = loaded[SEVERAL].classify([Item(quiet * 300), Item(loud * 80 + calm), Item(calm + loud * 80)])
    assert short.doubts == ()
    for result in (start, end):
        assert result.doubts == ("read_in_part",)
        assert result.scores["harassment"] > short.scores["harassment"] + 0.01


def test_labels_left_out_are_not_scored(folder: Path) -> None:
    classifier = registry.load("transformers", path=folder, labels={"insult": "harassment"})
    assert classifier.labels == ("harassment",)


def test_a_text_in_none_of_the_languages_is_doubted_where_they_are_told(folder: Path) -> None:
    german = Item("Das ist eine sehr gute Entscheidung für unsere Stadt, vielen Dank dafür.")
    told = registry.load("transformers", path=folder, labels=LABELS, languages=["EN"])
    untold = registry.load("transformers", path=folder, labels=LABELS)
    assert [(r.language, r.doubts) for r in told.classify([german])] == [("de", ("other_language",))]
    assert [(r.language, r.doubts) for r in untold.classify([german])] == [("", ())]


def test_the_operator_may_choose_the_activation(folder: Path, loaded: dict[str, Classifier]) -> None:
    chosen = registry.load("transformers", path=folder, labels=LABELS, activation="softmax")
    items = [Item(text) for text in SHORT]
    assert [dict(r.scores) for r in chosen.classify(items)] == [
        pytest.approx(dict(r.scores), abs=1e-9) for r in loaded[ONE].classify(items)
    ]


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"path": None}, "set one of the options path .* and hub_name"),
        ({"hub_name": "owner/model"}, "set one of the options path .* and hub_name"),
        ({"path": "no/such/folder"}, "option path: no/such/folder is not a folder"),
        ({"labels": None}, "option labels must say .* the model has toxic, severe_insult, insult, neutral"),
        ({"labels": {"toxic": ""}}, "option labels must say"),
        ({"labels": {"Insullt": "harassment"}}, "no label 'Insullt'; the nearest is 'insult'"),
        ({"activation": "relu"}, "option activation must be sigmoid or softmax"),
        ({"languages": "en"}, "option languages must be a list"),
        ({"languages": ["en", "french"]}, "option languages: 'french' is no language code"),
        ({"window": 65}, "option window: the model cannot read 65 tokens"),
        ({"window": 1.5}, "option window must be a whole number"),
        ({"batch_size": True}, "option batch_size must be a whole number"),
        ({"sha256": "abc"}, "option sha256 must give the digest of each file"),
        ({"sha256": {"model.safetensors": "0" * 64}}, "model.safetensors has the digest"),
        ({"sha256": {"other.safetensors": "0" * 64}}, "other.safetensors is none of the files read"),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(folder: Path, changed: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        registry.load("transformers", **{"path": folder, "labels": LABELS} | changed)


def test_the_right_digest_is_accepted_and_each_file_needs_one(folder: Path, tmp_path: Path) -> None:
    digest = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    registry.load("transformers", path=folder, labels=LABELS, sha256={"model.safetensors": digest})
    two = _copy(folder, tmp_path / "two")
    (two / "model-00002.safetensors").write_bytes(b"")
    with pytest.raises(ValueError, match=r"model-00002\.safetensors is read too"):
        registry.load("transformers", path=two, labels=LABELS, sha256={"model.safetensors": digest})


def test_pickled_weights_are_read_only_with_their_digest(folder: Path, tmp_path: Path) -> None:
    pickled = _copy(folder, tmp_path / "pickled")
    whole = registry.load("transformers", path=folder, labels=LABELS)
    torch.save(_weights(folder), pickled / "pytorch_model.bin")
    (pickled / "model.safetensors").unlink()
    with pytest.raises(ValueError, match=r"pickles only: convert them .* sha256 of pytorch_model\.bin"):
        registry.load("transformers", path=pickled, labels=LABELS)
    digest = hashlib.sha256((pickled / "pytorch_model.bin").read_bytes()).hexdigest()
    again = registry.load("transformers", path=pickled, labels=LABELS, sha256={"pytorch_model.bin": digest})
    (here,), (there,) = (classifier.classify([Item("resign")]) for classifier in (again, whole))
    assert dict(here.scores) == pytest.approx(dict(there.scores), abs=1e-6)


def test_a_folder_that_is_no_trained_classifier_is_refused(folder: Path, tmp_path: Path) -> None:
    headless = _copy(folder, tmp_path / "headless")
    AutoModel.from_pretrained(folder).save_pretrained(headless)
    with pytest.raises(ValueError, match=r"no trained sequence classifier: it lacks classifier\.bias"):
        registry.load("transformers", path=headless, labels=LABELS)
    (headless / "model.safetensors").write_bytes(b"not weights")
    with pytest.raises(ValueError, match="cannot be read as a sequence classifier"):
        registry.load("transformers", path=headless, labels=LABELS)
    (headless / "model.safetensors").unlink()
    with pytest.raises(ValueError, match="holds no weights"):
        registry.load("transformers", path=headless, labels=LABELS)


def test_code_in_a_folder_is_not_run(folder: Path, tmp_path: Path) -> None:
    hostile = _copy(folder, tmp_path / "hostile")
    settings = json.loads((hostile / "config.json").read_text("utf-8"))
    settings["model_type"] = "own"
    settings["auto_map"] = {"AutoConfig": "own.Own", "AutoModelForSequenceClassification": "own.Own"}
    (hostile / "config.json").write_text(json.dumps(settings), "utf-8")
    (hostile / "own.py").write_text(f"open({str(tmp_path / 'went off')!r}, 'w')", "utf-8")
    with pytest.raises(ValueError, match="cannot be read as a sequence classifier"):
        registry.load("transformers", path=hostile, labels=LABELS)
    assert not (tmp_path / "went off").exists()


def test_a_model_of_the_hub_is_used_from_its_copy_here_and_never_fetched_unasked(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(ValueError, match=r"owner/model is not on this machine.*allow_download = true, or path"):
        registry.load("transformers", hub_name="owner/model", labels=LABELS)
    kept = tmp_path / "models--owner--model"
    (kept / "refs").mkdir(parents=True)
    (kept / "refs" / "main").write_text("0" * 40, "ascii")
    (kept / "snapshots").mkdir()
    _copy(folder, kept / "snapshots" / ("0" * 40))
    assert registry.load("transformers", hub_name="owner/model", labels=LABELS).labels == ("incivility", "harassment")


def test_a_name_that_is_no_name_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\.\./etc"):
        registry.load("transformers", hub_name="../etc", labels=LABELS, allow_download=True)


def test_the_version_follows_weights_and_labels(folders: dict[str, Path]) -> None:
    first = registry.load("transformers", path=folders[SEVERAL], labels=LABELS).version
    assert first == registry.load("transformers", path=folders[SEVERAL], labels=LABELS).version
    assert first != registry.load("transformers", path=folders[SEVERAL], labels={"toxic": "incivility"}).version
    assert first != registry.load("transformers", path=folders[ONE], labels=LABELS).version


def test_without_the_extra_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(MissingExtra, match=r"^transformers is not installed: pip install 'moderator\[transformers\]'$"):
        registry.load("transformers")


def test_the_folders_can_be_imported_without_torch() -> None:
    script = (
        "import sys; import classifiers.detoxify.classifier, classifiers.transformers.classifier;"
        "print(sys.modules.keys() & {'torch', 'transformers', 'detoxify', 'huggingface_hub'})"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_the_card_names_the_options(loaded: dict[str, Classifier]) -> None:
    card = tomllib.loads(registry.folder("transformers").joinpath("card.toml").read_text("utf-8"))
    assert card["configure"].keys() == signature(load).parameters.keys()
    assert loaded[ONE].name == card["name"]
    assert loaded[ONE].version.startswith(card["version"])


def _quietest_and_loudest(classifier: Classifier, label: str) -> tuple[str, str]:
    """Of words of one token, those that the random weights mind least and most when a window is full of them."""
    words = [f"{letter} " for letter in ascii_lowercase]
    results = classifier.classify([Item(word * (tiny.ROOM - 2)) for word in words])
    ranked = sorted(zip(results, words, strict=True), key=lambda pair: pair[0].scores[label])
    return ranked[0][1], ranked[-1][1]


def _copy(folder: Path, to: Path) -> Path:
    to.mkdir()
    for file in folder.iterdir():
        (to / file.name).write_bytes(file.read_bytes())
    return to


def _weights(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / "model.safetensors")
