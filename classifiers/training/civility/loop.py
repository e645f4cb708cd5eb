"""Walks the network through a plan, and can be cut off at any moment: it goes on from its last checkpoint.

With the same plan, seed, number of threads and machine it ends in the same weights, cut or not.
"""

import hashlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from classifiers.training import Lack
from classifiers.training.civility.network import Network
from classifiers.training.civility.plan import Batch, Plan, Stage
from classifiers.training.rows import LABELS

Report = Callable[[str], None]

HEAD_RATE = 10.0  #: how much faster the fresh layers learn than the encoder
WARM_UP = 0.03  #: share of a stage's steps in which the rate rises
DECAY = 0.01
OFFSET_DECAY = 0.1
CLIP = 1.0
#: Threats are the scarcest label: one that holds counts for more.
HELD_WEIGHT = {"threat": 2.0}
EMBEDDING_WEIGHT = 1.0
AVERAGE = 0.998  #: the finished weights are a running mean over the last few hundred steps
SAVE_EVERY, REPORT_EVERY = 200, 50


class PlanChanged(Lack):
    """A checkpoint stems from another plan than the one to go on with."""


@dataclass(slots=True)
class Progress:
    """All that a cut may not lose."""

    step: int
    network: Network
    optimiser: torch.optim.Optimizer
    average: dict[str, Tensor]


def run(plan: Plan, network: Network, base: nn.Module, checkpoint: Path, device: str, report: Report) -> Network:
    """Train through the plan and return the network with averaged weights. Raises `PlanChanged`."""
    progress = _resumed(plan, network, checkpoint, device, report) or _fresh(network, plan.stage)
    began, first = time.monotonic(), progress.step
    running = 0.0
    while progress.step < len(plan.batches):
        batch = plan.batches[progress.step]
        running += _step(progress, batch, base, _rate(plan.stage, progress.step, len(plan.batches)), device)
        progress.step += 1
        if progress.step % REPORT_EVERY == 0:
            pace = (time.monotonic() - began) / (progress.step - first)
            left = pace * (len(plan.batches) - progress.step)
            report(
                f"{plan.stage.name}: step {progress.step:,} of {len(plan.batches):,}, "
                f"loss {running / REPORT_EVERY:.4f}, {left / 60:.0f} min left"
            )
            running = 0.0
        if progress.step % SAVE_EVERY == 0 or progress.step == len(plan.batches):
            _save(plan, progress, checkpoint)
    network.load_state_dict(progress.average)
    return network


def loss_of(logits: Tensor, truth: Tensor, weight: Tensor) -> Tensor:
    """Binary cross-entropy over what is known, per text; `truth` is NaN where a text does not know."""
    known = ~torch.isnan(truth)
    wanted = torch.where(known, truth, torch.zeros_like(truth))
    held = torch.tensor([HELD_WEIGHT.get(label, 1.0) for label in LABELS], device=logits.device)
    each = nn.functional.binary_cross_entropy_with_logits(logits, wanted, pos_weight=held, reduction="none")
    return (each * known * weight.unsqueeze(1)).sum() / len(logits)


def _step(progress: Progress, batch: Batch, base: nn.Module, rate: float, device: str) -> float:
    for group in progress.optimiser.param_groups:
        group["lr"] = rate * group["faster"]
    ids, mask = torch.from_numpy(batch.ids).to(device), torch.from_numpy(batch.mask).to(device)
    source = torch.from_numpy(batch.source).to(device)
    network = progress.network
    logits, embedding = network(ids, mask)
    truth = torch.from_numpy(batch.truth).float().to(device)
    loss = loss_of(logits + network.offsets(source), truth, torch.from_numpy(batch.weight).float().to(device))
    chosen = torch.from_numpy(batch.embedded).to(device)
    if chosen.any():
        with torch.no_grad():
            wanted = base(ids[chosen], mask[chosen])
        distance = 1 - (embedding[chosen] * wanted).sum(1)
        loss = loss + EMBEDDING_WEIGHT * distance.sum() / len(ids)
    progress.optimiser.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(network.parameters(), CLIP)
    progress.optimiser.step()
    _follow(progress)
    return float(loss.detach())


@torch.no_grad()
def _follow(progress: Progress) -> None:
    kept = min(AVERAGE, (1 + progress.step) / (10 + progress.step))
    values = progress.network.state_dict()
    names = [name for name, value in values.items() if value.is_floating_point()]
    averages = [progress.average[name] for name in names]
    torch._foreach_lerp_(averages, [values[name] for name in names], 1 - kept)


def _rate(stage: Stage, step: int, steps: int) -> float:
    warm = max(int(steps * WARM_UP), 1)
    start, end = stage.rate
    return start * (step + 1) / warm if step < warm else start + (end - start) * (step - warm) / max(steps - warm, 1)


def _fresh(network: Network, stage: Stage) -> Progress:
    average = {name: value.detach().clone() for name, value in network.state_dict().items()}
    return Progress(0, network, _optimiser(network, stage), average)


def _optimiser(network: Network, stage: Stage) -> torch.optim.Optimizer:
    """The word table stays as it is: half of all weights, and the disguises are undone before it."""
    for parameter in network.encoder.embeddings.parameters():
        parameter.requires_grad_(False)
    encoder = [value for value in network.encoder.parameters() if value.requires_grad]
    fresh = [*network.heads.parameters(), *network.embedding.parameters()]
    groups: list[dict[str, Any]] = [
        {"params": encoder, "weight_decay": DECAY, "faster": 1.0},
        {"params": fresh, "weight_decay": DECAY, "faster": HEAD_RATE},
        {"params": list(network.offsets.parameters()), "weight_decay": OFFSET_DECAY, "faster": HEAD_RATE},
    ]
    return torch.optim.AdamW(groups, lr=stage.rate[0], foreach=True)


def _fingerprint(plan: Plan) -> str:
    """Of all that decides where the walk ends, but for the weights that it begins with."""
    settings = (HEAD_RATE, WARM_UP, DECAY, OFFSET_DECAY, CLIP, HELD_WEIGHT, EMBEDDING_WEIGHT, AVERAGE)
    return hashlib.sha256(f"{plan.fingerprint}{settings}".encode()).hexdigest()


def _save(plan: Plan, progress: Progress, checkpoint: Path) -> None:
    """Whole or not at all: written beside the old one, then renamed over it."""
    state = {
        "fingerprint": _fingerprint(plan),
        "step": progress.step,
        "network": progress.network.state_dict(),
        "optimiser": progress.optimiser.state_dict(),
        "average": progress.average,
        "random": torch.get_rng_state(),
        "random_on_devices": torch.cuda.get_rng_state_all(),
    }
    beside = checkpoint.with_suffix(".part")
    torch.save(state, beside)
    os.replace(beside, checkpoint)


def _resumed(plan: Plan, network: Network, checkpoint: Path, device: str, report: Report) -> Progress | None:
    if not checkpoint.is_file():
        return None
    state = torch.load(checkpoint, map_location=device, weights_only=True)
    if state["fingerprint"] != _fingerprint(plan):
        raise PlanChanged(f"{checkpoint} belongs to other rows or settings: remove it to begin anew")
    network.load_state_dict(state["network"])
    progress = Progress(state["step"], network, _optimiser(network, plan.stage), state["average"])
    progress.optimiser.load_state_dict(state["optimiser"])
    torch.set_rng_state(state["random"].cpu())
    torch.cuda.set_rng_state_all([kept.cpu() for kept in state["random_on_devices"]])
    report(f"{plan.stage.name}: goes on from step {progress.step:,}")
    return progress
