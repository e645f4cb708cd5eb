"""The numbers behind the classifier: one committed file, read whole, checked against the card, never unpickled."""

import hashlib
import io
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from classifiers.relevance.reading import OWN, PAIR, Floats

LABELS = ("off_topic_post", "off_topic", "deflection")
#: What the heads weigh: the logit of the pair, the nearest topic of the page, the comment by itself, the passage of the
#: post that is nearest and the one that it answers best, and how near the post is to the usual matter of the comment.
FEATURES = ("related", "topic", *OWN, "passage", "passage_answered", "post_likeness")


class WeightsDamaged(Exception):
    """The weight file is not the one the card describes; the message gives both hashes."""


@dataclass(frozen=True, slots=True)
class Weights:
    """`related` judges a pair: a logit over `PAIR` and a constant, high where the comment is about the post.

    `heads` has a row per label of `LABELS` over `FEATURES` and a constant; they are calibrated.
    """

    #: uint8, how rare a stem is, by hash
    rarities: NDArray[np.uint8]
    #: 384 × 384: a post's vector times this, times a comment's, is how well the one answers the other
    answers: NDArray[np.float16]
    related: Floats
    heads: Floats
    #: unit vectors of what any office is asked, and of what none is for
    usual: Floats
    alien: Floats

    def dump(self) -> bytes:
        """The file's bytes: the same for the same numbers."""
        file = io.BytesIO()
        np.savez_compressed(file, **{field.name: getattr(self, field.name) for field in fields(self)})
        return file.getvalue()


def read(content: bytes, sha256: str) -> Weights:
    """Read what `dump` wrote. Raises `WeightsDamaged` unless the bytes have this hash."""
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise WeightsDamaged(
            f"the weights.npz of relevance has sha256 {found}, its card.toml says {sha256}: "
            "restore both from the release, or train again"
        )
    with np.load(io.BytesIO(content), allow_pickle=False) as file:
        weights = Weights(**{field.name: file[field.name] for field in fields(Weights)})
    if weights.related.shape != (len(PAIR) + 1,) or weights.heads.shape != (len(LABELS), len(FEATURES) + 1):
        raise WeightsDamaged("the weights.npz of relevance was made for other features")
    return weights
