"""The whole way from the data folder and the base weights to the files that are committed."""

from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import BertModel

from classifiers.civility.reading import reader
from classifiers.training import datasets, items
from classifiers.training.civility import loop, plan
from classifiers.training.civility.network import Network, base_config, base_weights, from_base, pooled
from classifiers.training.datasets import DataSet

Report = Callable[[str], None]


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


def train(
    sets: Sequence[DataSet], data: Path, base: Path, work: Path, seed: int, threads: int, report: Report
) -> Network:
    torch.set_num_threads(threads)
    public = datasets.one_side_each(datasets.load(sets, data, report))
    own = items.load()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    names = (*sorted({chosen.name for chosen in sets}), plan.OWN)
    torch.manual_seed(seed)
    network = from_base(base, len(names)).to(device)
    teacher = Base(base).to(device)
    for number, stage in enumerate(plan.STAGES):
        rows = datasets.one_side_each([*public, *own]) if plan.OWN in stage.passes else public
        made = plan.plan(stage, rows, names, reader(), seed)
        sizes = sum(batch.ids.size for batch in made.batches), sum(int(batch.mask.sum()) for batch in made.batches)
        report(f"{stage.name}: {len(made.batches):,} batches, {sizes[0]:,} tokens, {sizes[1]:,} real")
        network.train()
        torch.manual_seed(seed + number)
        loop.run(made, network, teacher, work / f"{stage.name}.pt", device, report)
    return network.eval()
