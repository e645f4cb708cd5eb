"""What the network learns, in which order: three stages, each a list of batches that the same rows always give.

The broad stage goes over the public sets and teaches every label. The fine stage goes over what is written to fool a
model, our own items and a share of the rest, with some texts disguised as their authors might have disguised them.
The last stage does so again with our second items, written after the model of the first two stages was measured.
"""

import hashlib
import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from classifiers.civility.reading import Reader, worded
from classifiers.text import Normalised
from classifiers.training.evasions import EVASIONS
from classifiers.training.measures import truth
from classifiers.training.rows import LABELS, Part, Row
from classifiers.views import Views

#: Texts at once; batches are cut from stretches of `SORTED_TOGETHER` texts of like length.
BATCH, SORTED_TOGETHER = 48, 48 * 40
#: Word pieces of a text that are learned from, the two marks counted.
LENGTH = 72
READ = 1_000
#: How many disguised texts are learned from as the undoing leaves them, the others as they stand.
UNDONE = 0.7
OWN = "items"
#: Our items of the folder `second`, which only the last stage takes.
OWN_SECOND = "items/second"


@dataclass(frozen=True, slots=True)
class Stage:
    """`passes` says how often each set is gone over, 0.5 being half of it; `rate` where the learning rate begins and
    ends; `embedded` which share of the texts also holds the embedding near the base model's; `disguised` how many texts
    are disguised.
    """

    name: str
    passes: Mapping[str, float]
    rate: tuple[float, float]
    embedded: float
    disguised: float


STAGES = (
    Stage(
        "broad",
        MappingProxyType(
            {
                "dynahate": 1.0,
                "hatemoji": 1.0,
                "measuring_hate_speech_binary": 0.6,
                "implicit_hate": 0.4,
                "edos_sexism": 1.0,
                "gab_hate_corpus": 0.8,
                "cad_contextual_abuse": 0.8,
                "mupid_political_incivility": 0.7,
                "civil_toxic_spans": 0.6,
                "jigsaw_wiki_subset": 0.4,
                "wiki_context_toxicity": 0.1,
                "convabuse": 1.0,
                "hatexplain_magpie": 0.5,
                "davidson": 0.15,
                "toxigen_seed_statements": 1.0,
                "youtube_spam": 1.0,
                "sms_spam": 0.3,
                "janitr_x_scam_spam": 1.0,
            }
        ),
        rate=(1.5e-4, 6e-5),
        embedded=0.15,
        disguised=0.0,
    ),
    Stage(
        "fine",
        MappingProxyType(
            {
                "dynahate": 1.6,
                "hatemoji": 2.0,
                OWN: 2.0,
                "edos_sexism": 0.6,
                "gab_hate_corpus": 0.4,
                "cad_contextual_abuse": 0.45,
                "mupid_political_incivility": 0.3,
                "civil_toxic_spans": 0.2,
                "jigsaw_wiki_subset": 0.1,
                "convabuse": 0.6,
                "toxigen_seed_statements": 1.5,
                "youtube_spam": 1.0,
                "sms_spam": 0.1,
                "janitr_x_scam_spam": 0.6,
            }
        ),
        rate=(6e-5, 0.0),
        embedded=0.15,
        disguised=0.12,
    ),
    Stage(
        "last",
        MappingProxyType(
            {
                "dynahate": 0.8,
                "hatemoji": 2.0,
                OWN: 1.0,
                OWN_SECOND: 3.0,
                "edos_sexism": 0.9,
                "gab_hate_corpus": 0.4,
                "cad_contextual_abuse": 0.5,
                "mupid_political_incivility": 0.2,
                "civil_toxic_spans": 0.15,
                "jigsaw_wiki_subset": 0.1,
                "convabuse": 0.6,
                "toxigen_seed_statements": 1.5,
                "youtube_spam": 1.0,
                "sms_spam": 0.1,
                "janitr_x_scam_spam": 0.5,
            }
        ),
        rate=(5e-5, 0.0),
        embedded=0.12,
        disguised=0.18,
    ),
)


@dataclass(frozen=True, slots=True)
class Batch:
    """Texts of like length. Arrays of texts × length, and of texts × labels (NaN: unknown), and one value a text."""

    ids: NDArray[np.int64]
    mask: NDArray[np.int64]
    truth: NDArray[np.float64]
    weight: NDArray[np.float64]
    source: NDArray[np.int64]
    embedded: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Plan:
    """A stage, its batches, and a fingerprint of all that decides them."""

    stage: Stage
    batches: Sequence[Batch]
    fingerprint: str


def sources(rows: Sequence[Row]) -> tuple[str, ...]:
    """Names of the sets that have an offset of their own; our items are one set."""
    return tuple(sorted({source_of(row) for row in rows}))


def source_of(row: Row) -> str:
    return OWN if row.source.startswith("items/") else row.source


def _shelf(row: Row) -> str:
    """What `passes` calls the row's set."""
    return OWN_SECOND if row.source.startswith(f"{OWN_SECOND}/") else source_of(row)


def plan(stage: Stage, rows: Sequence[Row], names: Sequence[str], reader: Reader, seed: int) -> Plan:
    """The stage over the rows marked `TRAIN`; `names` orders the sets."""
    chosen = list(_chosen(stage, [row for row in rows if row.part is Part.TRAIN], seed))
    views = Views.of_word_pieces(reader.vocabulary)
    draw = random.Random(f"{seed}:{stage.name}")  # noqa: S311  # not a secret
    draw.shuffle(chosen)
    texts = [_text(stage, row, views, draw) for row in chosen]
    ids = reader.ids([worded(text).text for text in texts])
    embedded = np.array([draw.random() < stage.embedded for _ in chosen])
    known, weight = truth(chosen, LABELS), np.array([min(row.weight, 1.0) for row in chosen])
    place = {name: number for number, name in enumerate(names)}
    source = np.array([place[source_of(row)] for row in chosen])
    lines = [[reader.first, *pieces[: LENGTH - 2], reader.last] for pieces in ids]
    batches = [
        Batch(*_padded([lines[i] for i in group]), known[group], weight[group], source[group], embedded[group])
        for group in _groups([len(line) for line in lines], draw)
    ]
    return Plan(stage, batches, _fingerprint(stage, batches, names, seed))


def _chosen(stage: Stage, rows: Sequence[Row], seed: int) -> Iterator[Row]:
    for row in rows:
        passes = stage.passes.get(_shelf(row), 0.0)
        for number in range(math.ceil(passes)):
            if _place(f"{seed}:{stage.name}:{number}:{row.source}:{row.text}") < passes - number:
                yield row


def _text(stage: Stage, row: Row, views: Views, draw: random.Random) -> Normalised:
    """The row as the model would read it; of a disguised one, mostly with the disguise undone as well as can be."""
    text = row.text[:READ]
    if draw.random() >= stage.disguised:
        return views.of(text)[0].plain
    seen = views.of(EVASIONS[draw.choice(sorted(EVASIONS))](text, draw))
    return seen[-1 if draw.random() < UNDONE else 0].plain


def _place(name: str) -> float:
    return int.from_bytes(hashlib.sha256(name.encode("utf-8", "replace")).digest()[:4]) / 2**32


def _groups(lengths: Sequence[int], draw: random.Random) -> list[list[int]]:
    groups: list[list[int]] = []
    for start in range(0, len(lengths), SORTED_TOGETHER):
        stretch = sorted(range(start, min(start + SORTED_TOGETHER, len(lengths))), key=lengths.__getitem__)
        cut = [stretch[first : first + BATCH] for first in range(0, len(stretch), BATCH)]
        draw.shuffle(cut)
        groups += cut
    return groups


def _padded(lines: Sequence[Sequence[int]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    longest = max(map(len, lines))
    ids = np.array([[*line, *[0] * (longest - len(line))] for line in lines])
    mask = np.array([[1] * len(line) + [0] * (longest - len(line)) for line in lines])
    return ids, mask


def _fingerprint(stage: Stage, batches: Sequence[Batch], names: Sequence[str], seed: int) -> str:
    digest = hashlib.sha256(repr((stage.name, stage.rate, tuple(names), seed, LABELS)).encode())
    for batch in batches:
        for array in (batch.ids, batch.truth, batch.weight, batch.source, batch.embedded):
            digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
