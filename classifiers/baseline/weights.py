"""The numbers behind the baseline: one committed file, read whole, checked against the card, never unpickled."""

import hashlib
import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifiers.baseline.features import BUCKETS, Features

Floats = NDArray[np.float64]


class WeightsDamaged(Exception):
    """The weight file is not the one the card describes; the message gives both hashes."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Small integers, so that a sum is exact and the same in every batch.

    A text's logit for label `l` is `slope[l] * sum(table[b, l]) / sqrt(sum(rarity[b])) + intercept[l]` over its
    buckets `b`; the sigmoid of that is the calibrated score.
    """

    labels: tuple[str, ...]
    #: int8, buckets × labels
    table: NDArray[np.int8]
    #: uint16, the square of a bucket's inverse document frequency, in fixed point
    rarity: NDArray[np.uint16]
    slope: Floats
    intercept: Floats

    def logits(self, found: Features) -> Floats:
        """Texts × labels; minus infinity for a text that has no features at all."""
        filled = np.flatnonzero(np.diff(found.starts))
        logits = np.full((len(found.starts) - 1, len(self.labels)), -np.inf)
        if len(filled):
            starts = found.starts[filled]
            sums = np.add.reduceat(self.table[found.buckets], starts, axis=0, dtype=np.int64)
            norms = np.sqrt(np.add.reduceat(self.rarity[found.buckets], starts, dtype=np.int64))
            logits[filled] = self.slope * sums / norms[:, None] + self.intercept
        return logits

    def dump(self) -> bytes:
        """The file's bytes: the same for the same numbers."""
        file = io.BytesIO()
        np.savez_compressed(
            file,
            labels=np.array(self.labels),
            table=self.table,
            rarity=self.rarity,
            slope=self.slope,
            intercept=self.intercept,
        )
        return file.getvalue()


def read(content: bytes, sha256: str) -> Weights:
    """Read what `dump` wrote. Raises `WeightsDamaged` unless the bytes have this hash."""
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise WeightsDamaged(
            f"the baseline's weights.npz has sha256 {found}, its card.toml says {sha256}: "
            "restore both from the release, or train again"
        )
    with np.load(io.BytesIO(content), allow_pickle=False) as file:
        weights = Weights(
            labels=tuple(str(label) for label in file["labels"]),
            table=file["table"],
            rarity=file["rarity"],
            slope=file["slope"],
            intercept=file["intercept"],
        )
    if weights.table.shape != (BUCKETS, len(weights.labels)):
        raise WeightsDamaged(f"the baseline's weights.npz has the shape {weights.table.shape}, made for other features")
    return weights


def sigmoid(logits: Floats) -> Floats:
    """From logits to probabilities; minus infinity gives 0."""
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -700, 700)))) * (logits > -np.inf)
