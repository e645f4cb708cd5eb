"""Detoxify's `original` as it runs by itself: the architecture of bert-base through the `detoxify` package."""

import json
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from classifiers.base import Item
from classifiers.transformers.libraries import library

NAME = "detoxify"

_CLASSES = ("toxic", "severe_toxic", "obscene", "threat", "insult", "identity_hate")
_ROOM = 512


class Peer:
    """`Detoxify.predict` as it is: padded to the longest of a batch, cut off at 512 tokens."""

    name = "detoxify original, random weights"
    version = ""

    def __init__(self, folder: Path) -> None:
        self._itself = library("detoxify", "detoxify").Detoxify(checkpoint=str(_checkpoint(folder)))

    def classify(self, batch: Sequence[Item]) -> Any:
        return self._itself.predict([item.text for item in batch])


def save(folder: Path) -> None:
    """Base and checkpoint in the published format, 440 MB. Raises `MissingExtra`."""
    library("detoxify", "detoxify")
    torch, transformers = library("torch", "detoxify"), library("transformers", "detoxify")
    # the bundled model and Detoxify's `original` were both trained from uncased BERT vocabulary
    vocabulary = json.loads(files("classifiers.civility").joinpath("tokenizer.json").read_bytes())["model"]["vocab"]
    transformers.BertTokenizer(vocab=vocabulary, model_max_length=_ROOM).save_pretrained(folder)
    config = transformers.BertConfig(vocab_size=len(vocabulary), num_labels=len(_CLASSES))
    config.save_pretrained(folder)
    made = {
        "model_type": str(folder),
        "model_name": "BertForSequenceClassification",
        "tokenizer_name": "BertTokenizer",
        "num_classes": len(_CLASSES),
    }
    settings = {"arch": {"args": made}, "dataset": {"args": {"classes": list(_CLASSES)}}}
    weights = transformers.BertForSequenceClassification(config).state_dict()
    torch.save({"config": settings, "state_dict": weights}, _checkpoint(folder))


def _checkpoint(folder: Path) -> Path:
    return folder / "original.ckpt"
