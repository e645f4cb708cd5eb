"""Transformers small enough to build in a test: real classes, files and formats, random weights, signs as tokens."""

import string
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import torch
from tokenizers.pre_tokenizers import ByteLevel
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    BertTokenizer,
    PreTrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    RobertaConfig,
    RobertaForSequenceClassification,
    RobertaTokenizer,
    XLMRobertaConfig,
    XLMRobertaForSequenceClassification,
    XLMRobertaTokenizer,
)

from classifiers.civility.reading import WINDOW, reader
from classifiers.training.civility import graph
from classifiers.training.civility.network import Network
from classifiers.training.rows import LABELS

#: Tokens that a tiny model reads at once, its two marks counted.
ROOM = 64

#: The columns of the published checkpoints, as they are named in them.
CLASSES = {
    "original": ("toxic", "severe_toxic", "obscene", "threat", "insult", "identity_hate"),
    "unbiased": (
        *("toxicity", "severe_toxicity", "obscene", "identity_attack", "insult", "threat", "sexual_explicit"),
        *("male", "female", "homosexual_gay_or_lesbian", "christian", "jewish", "muslim", "black", "white"),
    ),
    "multilingual": (
        *("toxicity", "severe_toxicity", "obscene", "identity_attack", "insult", "threat", "sexual_explicit"),
    ),
}

_SIGNS = string.ascii_lowercase + string.digits + string.punctuation
Kind = Literal["regression", "single_label_classification", "multi_label_classification"]

_SIZE: dict[str, Any] = {
    "hidden_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "initializer_range": 0.7,  # wide enough that scores spread from 0 to 1
}
_MODELS: dict[str, type[PreTrainedModel]] = {
    "original": BertForSequenceClassification,
    "unbiased": RobertaForSequenceClassification,
    "multilingual": XLMRobertaForSequenceClassification,
}

#: A word each by which a tiny civility model knows a label, whatever stands around it.
LOUD: Mapping[str, str] = {"harassment": "donkey", "threat": "thunder", "spam": "mustard"}

#: As much of a card as `Civility` reads; in another order than the network's columns, one of which is not told.
CIVILITY_CARD: Mapping[str, Any] = {
    "version": "tiny",
    "outputs": list(LABELS),
    "calibration": {
        label: {"slope": 0.9, "intercept": -0.2} for label in sorted(LABELS, reverse=True) if label != "intolerance"
    },
}


def civility_network(sets: int = 1) -> Network:
    """The shape of the bundled network in small, with its whole vocabulary; random, but for the `LOUD` words."""
    vocabulary = reader().vocabulary
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=48,
        num_hidden_layers=6,
        num_attention_heads=12,
        intermediate_size=96,
        max_position_embeddings=WINDOW + 2,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(11)
        network = Network(config, sets)
    _make_loud(network, vocabulary)
    return network.eval()


def civility_model(network: Network, *, quantised: bool = True) -> bytes:
    """The network as the file that the classifier runs."""
    weights = {name: value.numpy() for name, value in network.state_dict().items()}
    return graph.build(weights, WINDOW + 2, quantised=quantised)


@torch.no_grad()
def _make_loud(network: Network, vocabulary: Mapping[str, int]) -> None:
    """Each loud word stands alone in a dimension of its own, and the greatest value there decides its label."""
    tables = network.encoder.embeddings
    network.heads.weight.mul_(0.1)
    network.heads.bias.fill_(-5)
    for dimension, (label, word) in enumerate(LOUD.items()):
        for table in (tables.word_embeddings, tables.position_embeddings, tables.token_type_embeddings):
            table.weight[:, dimension] = 0
        tables.word_embeddings.weight[vocabulary[word]] = 0
        tables.word_embeddings.weight[vocabulary[word], dimension] = 1
        network.heads.weight[LABELS.index(label), network.embedding.in_features + dimension] = 1.5


def save_base(folder: Path, variant: str = "original") -> Path:
    """Settings and vocabulary, as a folder of the base model of a Detoxify variant holds them."""
    folder.mkdir()
    tokenizer, config = _base(variant)
    tokenizer.save_pretrained(folder)
    config.save_pretrained(folder)
    return folder


def save_checkpoint(path: Path, variant: str = "original", base: str = "bert-base-uncased") -> Path:
    """A checkpoint in the format of Detoxify's published ones."""
    tokenizer, config = _base(variant)
    classes = CLASSES[variant]
    config.num_labels = len(classes)
    model = _model(variant, config)
    made = {
        "model_type": base,
        "model_name": type(model).__name__,
        "tokenizer_name": type(tokenizer).__name__,
        "num_classes": len(classes),
    }
    settings = {"arch": {"args": made}, "dataset": {"args": {"classes": list(classes)}}}
    torch.save({"config": settings, "state_dict": model.state_dict()}, path)
    return path


def save_classifier(folder: Path, labels: Sequence[str], problem_type: Kind | None = None) -> Path:
    """A sequence classifier as `save_pretrained` leaves it, with its weights as safetensors."""
    save_base(folder)
    config = _base("original")[1]
    config.id2label = dict(enumerate(labels))
    config.label2id = {label: number for number, label in enumerate(labels)}
    config.problem_type = problem_type
    _model("original", config).save_pretrained(folder)
    return folder


def _model(variant: str, config: PreTrainedConfig) -> PreTrainedModel:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(11)
        return _MODELS[variant](config)


def _base(variant: str) -> tuple[PreTrainedTokenizerBase, PreTrainedConfig]:
    if variant == "original":
        marks = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
        pieces = [*marks, *_SIGNS, *(f"##{sign}" for sign in _SIGNS)]
        bert = BertTokenizer(vocab=_numbered(pieces), model_max_length=ROOM)
        return bert, BertConfig(vocab_size=len(pieces), max_position_embeddings=ROOM, **_SIZE)
    marks = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    # positions are counted from behind the one of padding
    room: dict[str, Any] = {
        "max_position_embeddings": ROOM + 2,
        "pad_token_id": 1,
        "bos_token_id": 0,
        "eos_token_id": 2,
    }
    if variant == "unbiased":
        pieces = [*marks, *sorted(ByteLevel.alphabet())]
        roberta = RobertaTokenizer(vocab=_numbered(pieces), merges=[], model_max_length=ROOM)
        return roberta, RobertaConfig(vocab_size=len(pieces), **room, **_SIZE)
    pieces = [*marks, "▁", *_SIGNS, *string.ascii_uppercase]
    xlm = XLMRobertaTokenizer(vocab=[(piece, -1.0) for piece in pieces], model_max_length=ROOM)
    return xlm, XLMRobertaConfig(vocab_size=len(pieces), **room, **_SIZE)


def _numbered(pieces: Sequence[str]) -> dict[str, int]:
    return {piece: number for number, piece in enumerate(pieces)}
